"""What resources and data of a provider take and have, by the bindings that CDK Terrain generates of its schema and publishes in
Python's index (`cdktn-provider-aws`): read as text, never imported.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from pathlib import Path

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from tree_sitter import Node

from bot.capabilities.checks.verdicts import Finding
from storage.checks import syntax
from storage.checks.formats import nodes
from storage.checks.formats.said import Said
from storage.checks.formats.shell.flags import slip
from storage.checks.formats.terraform import bodies

CALLED = re.compile(rb"\A\s*r'''\s*# `(\w+)`")
BOUND = re.compile(r"provider bindings|bindings for (?P<source>\S+) provider version (?P<version>[\w.]+)")
CLASS = re.compile(r"^class (\w+)[(:]", re.MULTILINE)
MADE = re.compile(r"    def __init__\(\n(.*?)\n    \) -> None:\n(?:        '''(.*?)''')?", re.DOTALL)
GIVEN = re.compile(r"^        (\w+): (.+?),?$", re.MULTILINE)
ANCHOR = re.compile(r":param (\w+): .*?#(\w+) \w+#\w+\}")
HAS = re.compile(r"    @builtins\.property\n    @jsii\.member\(jsii_name=\"\w+\"\)\n    def (\w+)\(self\)")
LITERAL = re.compile(r'"[^"$%]*"|-?[\d.]+')
WORD = re.compile(r"\"(\w+)\"")
OWN = frozenset(
    "count depends_on for_each lifecycle provider provisioner connection dynamic timeouts alias version".split()
)
LARGEST, BEGINNING, MOST_WORDS, MOST_FOUND = 3_000_000, 400, 300, 50
REQUIRED = re.compile(r"(?<![\w-])([\w-]+)\s*=\s*\{([^{}]*)\}")
SAID = re.compile(r"(source|version)\s*=\s*\"([^\"]+)\"")
KINDS = ("resource", "data", "ephemeral", "provider")


@dataclass(frozen=True, slots=True)
class Argument:
    """`kind` is text, number, truth, list, map, or "" for what may be of several; `inner` the class of what stands in its block."""

    kind: str
    inner: str
    is_needed: bool


@dataclass(frozen=True, slots=True)
class Shape:
    """Of a class of the bindings: what it takes, and what it has besides."""

    arguments: Mapping[str, Argument]
    has: frozenset[str]


@dataclass(frozen=True, slots=True)
class Provider:
    source: str
    version: str
    files: Mapping[str, Path]

    def allows(self, wanted: str) -> bool:
        """Whether it may be the version that a module asks for, as far as arguments go: none is taken away within a major one."""
        told = re.sub(r"(^|,)\s*(?=\d)", r"\1==", wanted.replace("~>", "~="))
        told = re.sub(r"~=\s*v?(\d+)(?![\d.])", r">=\1", re.sub(r"(?<![<>=!~])=(?!=)", "==", told))
        try:
            allowed = SpecifierSet(told)
        except InvalidSpecifier:
            return False
        major = self.version.partition(".")[0]
        later = [self.version, *(f"{major}.{minor}.{patch}" for minor in range(150) for patch in (0, 1, 5))]
        pinned = re.fullmatch(r"==\s*(\d+)\.[\d.]+", told)
        return pinned[1] == major if pinned else any(one in allowed for one in later)


@lru_cache(maxsize=8)
def provider(folder: str) -> Provider | None:
    """Of the unpacked package; None where it is none."""
    top = Path(folder)
    about = top / "__init__.py"
    told = BOUND.search(about.read_text("utf-8", "replace")[:BEGINNING]) if about.is_file() else None
    if told is None or not told["source"]:
        return None
    files: dict[str, Path] = {}
    for one in top.glob("*/__init__.py"):
        with one.open("rb") as file:
            if called := CALLED.match(file.read(BEGINNING)):
                files[called[1].decode()] = one
    return Provider(told["source"], told["version"], files)


@lru_cache(maxsize=32)
def shapes(file: Path) -> Mapping[str, Shape]:
    """By class; the first is that of the resource itself. None of a file that is too large."""
    if file.stat().st_size > LARGEST:
        return {}
    text = file.read_text("utf-8", "replace")
    starts = [(one[1], one.start()) for one in CLASS.finditer(text)]
    ends = [start for _, start in starts[1:]] + [len(text)]
    return {name: _shape(text[start:end]) for (name, start), end in zip(starts, ends, strict=True) if name[0] != "_"}


def _shape(text: str) -> Shape:
    found: dict[str, Argument] = {}
    made = MADE.search(text)
    given, about = (made[1].partition("        *,\n")[2], made[2] or "") if made else ("", "")
    names = dict(ANCHOR.findall(about))
    for name, kind in GIVEN.findall(given):
        inner = next((one for one in WORD.findall(kind) if not one.startswith("_")), "")
        found[names.get(name, name)] = Argument(_kind(kind, inner), inner, not kind.startswith("typing.Optional"))
    return Shape(found, frozenset([*HAS.findall(text), *found]))


def _kind(told: str, inner: str) -> str:
    signs = {"typing.Mapping[": "map", "typing.Sequence[": "list", "builtins.bool": "truth", "builtins.str": "text"}
    found = next((kind for sign, kind in signs.items() if sign in told), "number" if "jsii.Number" in told else "")
    return "" if inner else found


def required(texts: Sequence[str]) -> dict[str, dict[str, set[str]]]:
    """Of each provider that these files name: every `source` and `version`."""
    found: dict[str, dict[str, set[str]]] = {}
    for text in texts:
        for name, told in REQUIRED.findall(text) if "required_providers" in text else ():
            for word, value in SAID.findall(told):
                found.setdefault(name, {}).setdefault(word, set()).add(value)
    return found


def read(blocks: Sequence[Node], published: Mapping[str, str], texts: Sequence[str], said: Said) -> None:
    """`published` are the folders of bindings by a provider's name, or why there are none; `texts` the files of the module."""
    asked = required(texts)
    unseen: dict[str, None] = {}
    for block in blocks:
        word, labels = bodies.word(block), bodies.labels(block)
        if word == "module":
            unseen["what modules take is not looked at"] = None
        if word not in KINDS or not labels:
            continue
        name = _provider_of(block)
        told = asked.get(name, {})
        found = provider(published[name]) if published.get(name) else None
        sources = {one.lower().removeprefix("registry.terraform.io/") for one in told.get("source", ())}
        if found is None or sources - {found.source}:
            why = "it is still being fetched" if published.get(name) == "" else "nothing published tells it here"
            unseen[f"what the provider `{name[:40]}` takes is not looked at: {why}"] = None
            continue
        others = sorted(one for one in told.get("version", ()) if not found.allows(one))
        said.held[found.source] = found.version
        for one in others[:1]:
            what = f"{found.source} is known here as {found.version}, and `{one[:40]}` is asked for"
            unseen[f"{what}: only slips are told"] = None
        said.findings += islice(_block(found, block, not others, unseen), MOST_FOUND)
        if len(said.findings) > MOST_FOUND:
            break
    said.reasons += unseen


def _provider_of(block: Node) -> str:
    for one in bodies.of(bodies.body_of(block), "attribute"):
        if bodies.word(one) == "provider":
            return syntax.text_of(one.named_children[-1]).strip(' "').partition(".")[0]
    return bodies.labels(block)[0].partition("_")[0]


def _block(found: Provider, block: Node, is_sure: bool, unseen: dict[str, None]) -> Iterator[Finding]:
    word, kind = bodies.word(block), bodies.labels(block)[0]
    called = {"resource": kind, "provider": "provider"}.get(word, f"{word}_{kind}")
    if called not in found.files:
        near = nodes.near(kind, [one.removeprefix(f"{word}_") for one in found.files if one.startswith(called[:4])])
        if word != "provider" and (is_sure or near):
            kinds = "resource" if word == "resource" else "data" if word == "data" else word
            yield Finding(
                bodies.line(block), "name", f"{found.source} {found.version} has no {kinds} `{kind[:60]}`{near}"
            )
        return
    known = shapes(found.files[called])
    if not known:
        unseen[f"what `{kind[:60]}` takes is not looked at: it is too much"] = None
    for shape in [*known.values()][:1]:
        yield from _body(block, shape, known, kind, is_sure)


def _body(block: Node, shape: Shape, known: Mapping[str, Shape], where: str, is_sure: bool) -> Iterator[Finding]:
    body = bodies.body_of(block)
    if not shape.arguments:
        return
    given = {word: one for one in bodies.of(body, "attribute") if (word := bodies.word(one))}
    inner = [(_name(one), one) for one in bodies.of(body, "block")]
    every = [*given.items(), *((name, one) for name, one in inner if name)][:MOST_WORDS]
    here = dict(every)
    left = [word for word in shape.arguments if word not in here]
    for name, one in every:
        if name in OWN or name in shape.arguments:
            continue
        is_computed = name in shape.has and not LITERAL.fullmatch(syntax.text_of(one.named_children[-1]).strip())
        if not is_computed and (is_sure or slip(name, left)):
            yield Finding(
                bodies.line(one), "name", f"`{where}` takes no `{name[:60]}`{nodes.near(name, left or shape.arguments)}"
            )
    for name, one in given.items():
        if (argument := shape.arguments.get(name)) and (fault := _fault(one, argument)):
            yield Finding(bodies.line(one), "argument", f"`{name}` takes {fault}")
    missing = [name for name, one in shape.arguments.items() if one.is_needed and name not in here]
    misspelt = any(slip(name, missing) for name, _ in every)
    for name in missing if is_sure and not misspelt else ():
        yield Finding(bodies.line(block), "argument", f"`{where}` needs `{name}`")
    for name, one in inner:
        below = shape.arguments.get(name)
        if below is not None and below.kind and name not in OWN:
            yield Finding(bodies.line(one), "argument", f"`{name}` is no block: `{name} = ...`")
        if below is not None and below.inner in known:
            having = known.get(f"{below.inner}OutputReference", known[below.inner]).has
            contents = bodies.of(bodies.body_of(one), "block") if bodies.word(one) == "dynamic" else [one]
            for each in contents:
                yield from _body(each, replace(known[below.inner], has=having), known, name, is_sure)


def _name(block: Node) -> str:
    """What it fills in; a dynamic block says it in its label."""
    word, labels = bodies.word(block), bodies.labels(block)
    return labels[0] if word == "dynamic" and labels else word


TAKES = {"list": "a list", "map": "a map", "text": "a text", "number": "a number", "truth": "true or false"}


def _fault(attribute: Node, argument: Argument) -> str:
    """What a value that is written out cannot be: Terraform turns texts, numbers and truths into each other where they can be."""
    value = attribute.named_children[-1]
    text = syntax.text_of(value).strip()
    is_list, is_text = text.startswith("[") and text.endswith("]"), bool(re.fullmatch(r'"[^"$%]*"', text))
    is_plain = is_text or bool(re.fullmatch(r"true|false|-?\d[\d.]*", text))
    wanted = TAKES.get(argument.kind, "")
    if argument.kind in ("list", "map"):
        return f"{wanted}, not `{text[:40]}`" if is_plain else ""
    if (
        argument.kind in ("text", "number", "truth")
        and is_list
        and len(value.named_children) == 1
        and value.named_children[0].type == "collection_value"
    ):
        return f"{wanted}, not a list"
    bare = text.strip('"')
    if argument.kind == "number" and (
        (is_text and not re.fullmatch(r"-?\d+(?:\.\d+)?", bare)) or bare in ("true", "false")
    ):
        return f"{wanted}, not `{text[:40]}`"
    if argument.kind == "truth" and is_plain and bare not in ("true", "false", "1", "0", ""):
        return f"{wanted}, not `{text[:40]}`"
    return ""


def asked_for(root: Node, published: Mapping[str, str], said: Said) -> Iterator[Finding]:
    """Attributes that nothing has: `aws_db_instance.main.endpoind`."""
    for node in syntax.walk(root):
        head, after = syntax.text_of(node), bodies.path_after(node) if node.type == "variable_expr" else []
        kind, rest = (after[0], after[1:]) if head == "data" and after else (head, after)
        folder = published.get(kind.partition("_")[0])
        found = provider(folder) if folder and "_" in kind and len(rest) > 1 else None
        file = found.files.get(f"data_{kind}" if head == "data" else kind) if found else None
        if found is None or file is None or said.held.get(found.source) is None:
            continue
        for shape in [*shapes(file).values()][:1]:
            if rest[1].replace("_", "") not in {one.replace("_", "") for one in (*shape.has, "id")}:
                has = [one for one in shape.has if not one.endswith("_input")]
                yield Finding(
                    bodies.line(node), "attribute", f"`{kind}` has no `{rest[1][:60]}`{nodes.near(rest[1], has)}"
                )
