"""Terraform (https://developer.hashicorp.com/terraform/language): its grammar, the words of its own blocks, its functions, and what a
module refers to of itself.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

from tree_sitter import Node

from bot.capabilities.checks.verdicts import Finding
from storage.checks import syntax
from storage.checks.formats import nodes
from storage.checks.formats.said import Said, grammar, unread
from storage.checks.formats.shell.flags import slip
from storage.checks.formats.terraform import bodies, providers, terraform_iterations, terraform_names, terraform_words

LEFT_OUT = re.compile(r"(?<![\w.)\]>])\.\.\.(?![\w.\]*\[])|…|\{\{|<[a-z][\w -]*>(?=\s*[;,)]|\s*$)", re.MULTILINE)
DEEPEST, LONGEST_LINE = 100, 20_000
HELD = "Terraform's own words"
MAIN = frozenset(["resource", "data", "variable", "output", "module", "provider", "terraform", "locals"])
FAR = ("for_each", "depends_on")
"""Arguments of Terraform's own that no argument of a provider is nearly called."""

OF_PROVIDERS = frozenset(["source", "version", "configuration_aliases"])
MEANT = re.compile(r"^\s*(?:resource|variable|module|output|provider|data|locals|terraform)\b", re.MULTILINE)


def read(code: str, tree: Path | None, path: str, beside: Sequence[str], published: Mapping[str, str]) -> Said:
    """`beside` are the answer's other blocks, which may declare what this one refers to, `published` the bindings of providers."""
    if syntax.nesting(code) > DEEPEST or max(map(len, code.split("\n"))) > LONGEST_LINE:
        return unread("it is nested too deep")
    root = syntax.parsed("hcl", code)
    if root.has_error:
        if LEFT_OUT.search(code) or re.search(r"<[\w -]+>", code) or not MEANT.search(code):
            return unread("parts of it are left out")
        return Said({"Terraform's grammar": ""}, [Finding(_error_line(root), "syntax", "this is no valid Terraform")])
    blocks = bodies.of(bodies.body_of(root), "block")
    if not _is_terraform(blocks):
        return grammar("Terraform's grammar")
    said = Said({HELD: ""})
    for one in blocks:
        said.findings += _block(one)
    said.findings += _twice(blocks)
    said.findings += _calls(root)
    if not said.findings and not LEFT_OUT.search(code):
        where = PurePosixPath(path) if path else None
        said.findings += terraform_names.undeclared(root, tree, where, beside, said.assumed)
        said.findings += terraform_iterations.findings(root, tree, where, beside)
    others = [terraform_names.of_folder(tree, PurePosixPath(path))] if path else terraform_names.folders(tree)
    texts = [code, *beside, *(one for each in others for one in each)]
    providers.read(blocks, published, texts, said)
    said.findings += providers.asked_for(root, published, said)
    return said


def _error_line(root: Node) -> int:
    faults = [node for node in syntax.walk(root) if node.is_error or node.is_missing]
    inner = [one for one in faults if not any(child.has_error for child in one.children)]
    return min((one.start_point[0] + 1 for one in inner or faults), default=1)


def _is_terraform(blocks: list[Node]) -> bool:
    """At least one block that only Terraform has, and none that it does not have and that is near to none of its own."""
    words = {bodies.word(one) for one in blocks}
    if not words & MAIN and not any(slip(one, sorted(MAIN)) for one in words):
        return False
    return all(one in terraform_words.BLOCKS or nodes.near(one, terraform_words.BLOCKS) for one in words)


def _block(block: Node) -> Iterator[Finding]:
    word, labels, body = bodies.word(block), bodies.labels(block), bodies.body_of(block)
    if word not in terraform_words.BLOCKS:
        near = nodes.near(word, terraform_words.BLOCKS)
        yield Finding(bodies.line(block), "name", f"Terraform has no block `{word}`{near}")
        return
    told = terraform_words.BLOCKS[word]
    if told.labels != len(labels):
        called = {0: "no label", 1: "one label", 2: "two labels: a type and a name"}[told.labels]
        yield Finding(bodies.line(block), "argument", f"a block `{word}` takes {called}")
    attributes = bodies.attributes(body)
    for name, line in attributes.items():
        if told.attributes is not None and name not in told.attributes:
            yield Finding(line, "name", f"`{word}` has no argument `{name}`{nodes.near(name, told.attributes)}")
    for name in told.needed:
        if name not in attributes and "source" not in attributes:
            near = next((one for one in attributes if told.attributes is None and slip(one, [name])), "")
            said = f"`{word}` needs `{name}`" + (f", not `{near}`" if near else "")
            yield Finding(attributes.get(near, bodies.line(block)), "argument", said)
    if {"count", "for_each"} <= attributes.keys():
        yield Finding(attributes["for_each"], "argument", "`count` and `for_each` do not go together")
    yield from _inner(word, body)
    if word in ("resource", "data", "module", "ephemeral"):
        misspelt = [(one, near) for one in attributes if (near := slip(one, list(FAR)))]
        for name, near in misspelt:
            yield Finding(attributes[name], "name", f"`{word}` has no argument `{name}`; did you mean `{near}`?")
        yield from _iterated(body, attributes, word) if not misspelt else ()
    if word == "variable":
        yield from _type_of(body)
    counted = Counter(bodies.word(one) for one in bodies.of(body, "attribute"))
    for one in bodies.of(body, "attribute"):
        name = bodies.word(one)
        if counted[name] > 1:
            counted[name] = 0
            yield Finding(bodies.line(_last(body, name) or one), "syntax", f"`{name}` stands here twice")


def _last(body: Node | None, name: str) -> Node | None:
    found = [one for one in bodies.of(body, "attribute") if bodies.word(one) == name]
    return found[-1] if found else None


def _inner(word: str, body: Node | None) -> Iterator[Finding]:
    """Blocks in blocks that are Terraform's own; those of a provider are its business."""
    for one in bodies.of(body, "block"):
        name = bodies.word(one)
        told = terraform_words.INNER.get(name) if word != "terraform" or name != "backend" else None
        for key, line in bodies.attributes(bodies.body_of(one)).items() if told else ():
            if told and key not in told:
                yield Finding(line, "name", f"`{name}` has no argument `{key}`{nodes.near(key, told)}")
        for elem in syntax.walk(one) if name == "required_providers" and word == "terraform" else ():
            named = elem.child_by_field_name("key") if elem.type == "object_elem" else None
            if named is not None and (wanted := syntax.text_of(named).strip('"')) not in OF_PROVIDERS:
                said = f"a provider that is required has no `{wanted}`{nodes.near(wanted, OF_PROVIDERS)}"
                yield Finding(bodies.line(elem), "name", said)
        known = terraform_words.BLOCKS[word].blocks
        if known is None and name in ("precondition", "postcondition"):
            yield Finding(bodies.line(one), "name", f"`{name}` stands in `lifecycle`, not in `{word}` itself")
        if known is not None and name not in known:
            yield Finding(bodies.line(one), "name", f"`{word}` has no block `{name}`{nodes.near(name, known)}")


def _iterated(body: Node | None, attributes: dict[str, int], word: str) -> Iterator[Finding]:
    """`each` and `count.index` want their argument in the same block."""
    for node in syntax.walk(body) if body is not None else ():
        if node.type != "variable_expr":
            continue
        name = syntax.text_of(node)
        if name == "each" and "for_each" not in attributes:
            yield Finding(bodies.line(node), "name", f"`each` is only there where the {word} has `for_each`")
            return
        if name == "count" and "count" not in attributes and _after(node) == "index":
            yield Finding(bodies.line(node), "name", f"`count.index` is only there where the {word} has `count`")
            return


def _after(node: Node) -> str:
    following = node.next_named_sibling
    return syntax.text_of(following).lstrip(".") if following is not None and following.type == "get_attr" else ""


def _type_of(body: Node | None) -> Iterator[Finding]:
    """A variable's type is made of a few words."""
    for one in bodies.of(body, "attribute"):
        if bodies.word(one) != "type" or len(one.named_children) < 2:
            continue
        for node in syntax.walk(one.named_children[1]):
            is_word = node.type == "variable_expr" or (
                node.type == "identifier" and node.parent is not None and node.parent.type == "function_call"
            )
            name = syntax.text_of(node)
            if is_word and name not in terraform_words.TYPES and not _is_key(node):
                yield Finding(
                    bodies.line(node),
                    "argument",
                    f"Terraform has no type `{name}`{nodes.near(name, terraform_words.TYPES)}",
                )
                return


def _is_key(node: Node) -> bool:
    """Of a table: the name of an attribute of `object({...})`, or within a default of `optional`."""
    above: Node | None = node.parent
    below = node
    while above is not None and above.type != "attribute":
        if above.type == "object_elem" and above.child_by_field_name("key") == below:
            return True
        if above.type == "function_arguments" and above.parent is not None and above.named_children:
            called = syntax.text_of(above.parent.named_children[0])
            if called == "optional" and above.named_children[0] != below:
                return True
        below, above = above, above.parent
    return False


def _twice(blocks: list[Node]) -> Iterator[Finding]:
    seen: set[tuple[str, ...]] = set()
    for one in blocks:
        word = bodies.word(one)
        if word not in ("variable", "output", "resource", "data", "module"):
            continue
        key = (word, *bodies.labels(one))
        if key in seen:
            yield Finding(bodies.line(one), "name", f"{word} `{'.'.join(key[1:])}` is declared twice")
        seen.add(key)


def _calls(root: Node) -> Iterator[Finding]:
    for node in syntax.walk(root):
        if node.type != "function_call" or not node.named_children:
            continue
        name = syntax.text_of(node.named_children[0])
        if "::" in name or name.startswith("__") or _in_type(node):
            continue
        told = terraform_words.FUNCTIONS.get(name)
        if told is None:
            if name not in terraform_words.TYPES:
                near = nodes.near(name, terraform_words.FUNCTIONS)
                yield Finding(bodies.line(node), "name", f"Terraform has no function `{name}`{near}")
            continue
        least, is_open = told
        arguments = next((one for one in node.named_children if one.type == "function_arguments"), None)
        given = [one for one in arguments.named_children if one.type == "expression"] if arguments is not None else []
        if arguments is not None and "..." in syntax.text_of(arguments)[-4:]:
            continue
        if len(given) < least or (len(given) > least and not is_open):
            wanted = f"{least} or more" if is_open else str(least)
            yield Finding(
                bodies.line(node), "argument", f"`{name}` takes {wanted} argument{'s' * (least != 1)}, not {len(given)}"
            )


def _in_type(node: Node) -> bool:
    above: Node | None = node.parent
    while above is not None and above.type != "attribute":
        above = above.parent
    return above is not None and syntax.text_of(above.named_children[0]) == "type"
