"""What a Terraform module refers to of itself: variables, locals, modules, resources and data that nothing declares.

A module is a folder. A block that says its file is held against the files there; one that says none, against the one folder that
declares a resource, data or module it refers to. Where there is none, or several, it is held against itself: then only what is nearly
something that it declares, and uses nowhere, is a finding.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path, PurePosixPath

from tree_sitter import Node

from bot.capabilities.checks.verdicts import Finding
from storage.checks import syntax
from storage.checks.formats import nodes
from storage.checks.formats.shell.flags import slip

KINDS = {"var": "variable", "local": "local value", "module": "module"}
OWN = frozenset(
    "var local module data each count self path terraform ephemeral action provider null true false".split()
)
GONE = ("moved", "removed")
"""Blocks that name what is declared no more."""

MOST_BYTES, MOST_FILES = 500_000, 1_000
RESOURCE = re.compile(r"[a-z][a-z0-9]*_[a-z0-9_]+")


@dataclass(slots=True)
class Names:
    """By kind: `variable`, `local value`, `module`, or the type of a resource (`data.` before that of data)."""

    declared: dict[str, set[str]] = field(default_factory=dict)
    used: list[tuple[str, str, int]] = field(default_factory=list)

    def add(self, kind: str, name: str) -> None:
        self.declared.setdefault(kind, set()).add(name)


def undeclared(
    root: Node, tree: Path | None, path: PurePosixPath | None, beside: Sequence[str], assumed: list[str]
) -> Iterator[Finding]:
    """Into `assumed` go those of which it is not known where they would be declared."""
    own = _names(root)
    others = of_folder(tree, path) if path is not None else _around(own, tree)
    for text in (*others, *beside):
        for kind, names in _names(syntax.parsed("hcl", text)).declared.items():
            for name in names:
                own.add(kind, name)
    used = {(kind, name) for kind, name, _ in own.used}
    told: set[tuple[str, str]] = set()
    for kind, name, line in own.used:
        declared = own.declared.get(kind, set())
        if name in declared or (kind, name) in told:
            continue
        near = nodes.near(name, declared) or _longer(name, kind, declared, used)
        told.add((kind, name))
        called = f"{kind} `{name}`" if kind in KINDS.values() else f"`{kind}.{name}`"
        if others:
            yield Finding(line, "name", f"no {called} is declared in this module{near}")
        elif near and _is_meant(name, kind, declared, used) and (kind, name) not in _elsewhere(tree):
            yield Finding(line, "name", f"no {called} is declared here{near}")
        else:
            assumed.append(called.replace("`", ""))


def _is_meant(name: str, kind: str, declared: set[str], used: set[tuple[str, str]]) -> bool:
    """One of those that are declared: one that nothing uses, or one a letter away."""
    if re.sub(r"[\d_]|s$", "", name) in {re.sub(r"[\d_]|s$", "", one) for one in declared if (kind, one) in used}:
        return False
    unused = {one for one in declared if (kind, one) not in used}
    return bool(nodes.near(name, unused) or _longer(name, kind, declared, used)) or bool(slip(name, sorted(declared)))


def _longer(name: str, kind: str, declared: set[str], used: set[tuple[str, str]]) -> str:
    """One that nothing uses and is the beginning of the name, or begins with it: `env` for `environment`."""
    unused = sorted(
        one for one in declared if (kind, one) not in used and (one.startswith(name) or name.startswith(one))
    )
    return f"; did you mean `{unused[0]}`?" if len(unused) == 1 else ""


def _names(root: Node) -> Names:
    found = Names()
    body = next((one for one in root.named_children if one.type == "body"), None)
    for block in body.named_children if body is not None else ():
        if block.type == "block":
            _declare(block, found)
    for top in body.named_children if body is not None else ():
        if top.type == "block" and syntax.text_of(top.named_children[0]) in GONE:
            continue
        for node in syntax.walk(top):
            if node.type == "variable_expr":
                _use(node, found)
    return found


def _declare(block: Node, found: Names) -> None:
    words = [syntax.text_of(one).strip('"') for one in block.named_children if one.type in ("identifier", "string_lit")]
    match words:
        case ["variable", name]:
            found.add("variable", name)
        case ["module", name]:
            found.add("module", name)
        case ["resource", kind, name]:
            found.add(kind, name)
        case ["data" | "ephemeral" as word, kind, name]:
            found.add(f"{word}.{kind}", name)
        case ["locals"]:
            body = next((one for one in block.named_children if one.type == "body"), None)
            for one in body.named_children if body is not None else ():
                if one.type == "attribute":
                    found.add("local value", syntax.text_of(one.named_children[0]))
    for node in syntax.walk(block) if words[:1] == ["check"] else ():
        if node.type == "block" and node != block:
            _declare(node, found)


def _use(node: Node, found: Names) -> None:
    """`var.a`, `data.type.name`, `type.name`; not the names that a `for`, or a dynamic block, binds."""
    head, after = syntax.text_of(node), _attributes(node)
    line = int(node.start_point[0]) + 1
    if head in KINDS and after:
        found.used.append((KINDS[head], after[0], line))
    elif head in ("data", "ephemeral") and len(after) > 1:
        found.used.append((f"{head}.{after[0]}", after[1], line))
    elif head not in OWN and RESOURCE.fullmatch(head) and after and not _is_bound(node, head):
        found.used.append((head, after[0], line))


def _attributes(node: Node) -> list[str]:
    found: list[str] = []
    following = node.next_named_sibling
    while following is not None and following.type == "get_attr":
        found.append(syntax.text_of(following).lstrip("."))
        following = following.next_named_sibling
    return found


def _is_bound(node: Node, name: str) -> bool:
    above = node.parent
    while above is not None:
        if above.type in ("for_tuple_expr", "for_object_expr"):
            intro = next((one for one in above.named_children if one.type == "for_intro"), None)
            if intro is not None and name in [
                syntax.text_of(one) for one in intro.named_children if one.type == "identifier"
            ]:
                return True
        if above.type in ("template_for", "template_for_start") and name in syntax.text_of(above).partition("}")[0]:
            return True
        if above.type == "block" and syntax.text_of(above.named_children[0]) == "dynamic":
            label = syntax.text_of(above.named_children[1]).strip('"') if len(above.named_children) > 1 else ""
            if name == label or re.search(rf"\biterator\s*=\s*{re.escape(name)}\b", syntax.text_of(above)):
                return True
        above = above.parent
    return False


def _around(own: Names, tree: Path | None) -> list[str]:
    """The files of the one folder that has what the block refers to and does not declare; none where that is not clear."""
    asked = {(kind, name) for kind, name, _ in own.used if kind not in ("variable", "local value")}
    asked -= {(kind, name) for kind, names in own.declared.items() for name in names}
    fitting = [texts for texts in folders(tree) if asked & _declared(texts)] if asked else []
    return fitting[0] if len(fitting) == 1 else []


@lru_cache(maxsize=4)
def _elsewhere(tree: Path | None) -> set[tuple[str, str]]:
    return {one for texts in folders(tree) for one in _declared(texts)}


@lru_cache(maxsize=4)
def folders(tree: Path | None) -> list[list[str]]:
    """Each folder's files; none of a repository that has too many."""
    files = sorted(tree.rglob("*.tf"))[: MOST_FILES + 1] if tree is not None else []
    found: dict[Path, list[str]] = {}
    for one in files if len(files) <= MOST_FILES else []:
        if one.is_file() and not one.is_symlink():
            found.setdefault(one.parent, []).append(one.read_text("utf-8", "replace")[:MOST_BYTES])
    return list(found.values())


def _declared(texts: Sequence[str]) -> set[tuple[str, str]]:
    return {
        (kind, name)
        for text in texts
        for kind, names in _names(syntax.parsed("hcl", text)).declared.items()
        for name in names
    }


def of_folder(tree: Path | None, path: PurePosixPath) -> list[str]:
    """The files of the block's folder, with the one that it is, or is a part of."""
    if tree is None or ".." in path.parts or path.is_absolute():
        return []
    folder = tree / path.parent
    files = sorted(folder.glob("*.tf"))[:MOST_FILES] if folder.is_dir() else []
    return [one.read_text("utf-8", "replace")[:MOST_BYTES] for one in files if one.is_file() and not one.is_symlink()]
