"""What Rust's compiler asks of the team's own items, as their sources tell them: a `match` over an own enum that leaves variants out
and has no arm for the rest, and `?` behind an own `async fn` that nobody awaits. Nothing is built; types are not followed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from tree_sitter import Node

from bot.capabilities.checks.verdicts import Finding
from storage.checks.formats.rust import rust_names
from storage.checks.syntax import field as part
from storage.checks.syntax import parsed, text_of, walk

MOST_FILES, MOST_BYTES = 1_500, 8_000_000
OWN = frozenset(["crate", "self", "super"])
SKIPPED = frozenset(["target", "vendor", ".git", "node_modules"])
TAKING = ("tuple_struct_pattern", "struct_pattern")
PLAIN = re.compile(
    r"#\[(?:doc|allow|expect|warn|deny|inline|must_use|tracing::instrument|instrument|cold|deprecated)\b"
)
"""Attributes that leave a function what it is written as."""

EMPTY = re.compile(r"#\[cfg|\b(?:Infallible|Void|Never)\b|[(:,]\s*!")
Path_ = tuple[str, ...]


@dataclass(slots=True)
class Items:
    """Enums with their variants, None for one that cannot be told; functions outside of types, and whether each is `async`."""

    enums: dict[str, list[frozenset[str] | None]] = field(default_factory=dict)
    functions: dict[str, set[bool]] = field(default_factory=dict)
    crates: set[str] = field(default_factory=set)


def findings(code: str, tree: Path | None) -> list[Finding]:
    root = parsed("rust", code)
    if root.has_error:
        return []
    block = Items()
    _collect(root, block)
    own = _items(str(tree), tree.stat().st_mtime) if tree is not None else Items()
    imports = dict(rust_names.bindings(root))
    reach = _Reach(block, own, imports)
    return [*_matches(root, reach), *_unawaited(root, reach)]


@dataclass(frozen=True, slots=True)
class _Reach:
    block: Items
    own: Items
    imports: Mapping[str, Path_]

    def variants(self, path: Path_) -> frozenset[str] | None:
        """Of the enum that a path names; None where it is not the team's, or more than one is called so."""
        full = (*self.imports.get(path[0], path[:1]), *path[1:])
        found = self._home(full, path[0] in self.block.enums).enums.get(full[-1], [])
        return found[0] if len(found) == 1 else None

    def is_async(self, path: Path_) -> bool:
        """Whether all functions that a path can name are `async`."""
        full = (*self.imports.get(path[0], path[:1]), *path[1:])
        return self._home(full, path[0] in self.block.functions).functions.get(full[-1]) == {True}

    def _home(self, full: Path_, is_in_block: bool) -> Items:
        if len(full) == 1:
            return self.block if is_in_block else Items()
        return self.own if full[0] in OWN | self.own.crates else Items()


def _matches(root: Node, reach: _Reach) -> Iterator[Finding]:
    for node in walk(root):
        body = part(node, "body") if node.type == "match_expression" else None
        arms = [one for one in body.named_children if one.type == "match_arm"] if body is not None else []
        named = [path for arm in arms for path in _patterns(part(arm, "pattern"))]
        if not named or any(len(path) < 2 for path in named) or len({path[:-1] for path in named}) != 1:
            continue
        if named[0][:-1] == ("Self",) or any(one.type == "attribute_item" for one in walk(body or node)):
            continue
        variants = reach.variants(named[0][:-1])
        seen = {path[-1] for path in named}
        if variants is None or not seen <= variants or not (missing := sorted(variants - seen)):
            continue
        listed = ", ".join(f"`{named[0][-2]}::{one}`" for one in missing[:4])
        said = f"this `match` leaves out {listed}, and has no arm for the rest"
        yield Finding(int(node.start_point[0]) + 1, "argument", said)


def _patterns(node: Node | None) -> Iterator[Path_]:
    """The variants that a pattern names; `()` for one that names none, and may take in anything."""
    if node is None or any(one.type == "_" for one in node.children if node.type not in TAKING):
        yield ()
        return
    match node.type:
        case "match_pattern" | "reference_pattern" | "or_pattern":
            inner = [one for one in node.named_children if one.type != "mutable_specifier"]
            condition = part(node, "condition")
            for one in inner:
                if condition is None or one != condition:
                    yield from _patterns(one)
        case "captured_pattern":
            yield from _patterns(node.named_children[-1])
        case "tuple_struct_pattern" | "struct_pattern":
            yield _segments(part(node, "type"))
        case "scoped_identifier":
            yield _segments(node)
        case _:
            yield ()


def _segments(node: Node | None) -> Path_:
    words = text_of(node).replace(" ", "").split("::")
    return tuple(words) if all(re.fullmatch(r"\w+", one) for one in words) else ()


def _unawaited(root: Node, reach: _Reach) -> Iterator[Finding]:
    bound = {text_of(one) for node in walk(root) for one in _bound(node)}
    for node in walk(root):
        called = node.named_children[0] if node.type == "try_expression" and node.named_children else None
        function = part(called, "function") if called is not None and called.type == "call_expression" else None
        if function is None or function.type not in ("identifier", "scoped_identifier"):
            continue
        path = _segments(function)
        if path and path[0] not in bound and reach.is_async(path):
            said = f"`{'::'.join(path)}` is `async`: `?` takes what it gives only behind `.await`"
            yield Finding(int(node.start_point[0]) + 1, "argument", said)


def _bound(node: Node) -> list[Node]:
    """Names of values: a closure may be called as a function is."""
    found = part(node, "pattern") if node.type in ("let_declaration", "parameter", "closure_parameters") else None
    return [one for one in walk(found) if one.type == "identifier"] if found is not None else []


# --- what the sources have ----------------------------------------------------------------------------------------------


@lru_cache(maxsize=8)
def _items(tree: str, stamp: float) -> Items:
    found = Items()
    left = MOST_BYTES
    paths: list[Path] = []
    for folder, folders, files in os.walk(tree):
        folders[:] = sorted(one for one in folders if one not in SKIPPED)
        paths += [Path(folder, one) for one in sorted(files) if one.endswith(".rs") or one == "Cargo.toml"]
    if len(paths) > MOST_FILES:
        return found
    for path in paths:
        text = "" if path.is_symlink() else path.read_bytes()[: max(0, left)].decode("utf-8", "replace")
        left -= len(text)
        if path.name == "Cargo.toml":
            found.crates |= {one.replace("-", "_") for one in re.findall(r'^name\s*=\s*"([\w-]+)"', text, re.MULTILINE)}
        else:
            _collect(parsed("rust", text), found)
    return found if left > 0 else Items()


def _collect(root: Node, found: Items) -> None:
    for node in walk(root):
        name = text_of(part(node, "name"))
        if node.type == "enum_item":
            found.enums.setdefault(name, []).append(_variants(node))
        elif node.type == "function_item" and not _is_member(node):
            kinds = [text_of(one) for one in node.children if one.type == "function_modifiers"]
            is_async = any("async" in one.split() for one in kinds) and not _is_changed(node)
            found.functions.setdefault(name, set()).add(is_async)


def _is_changed(function: Node) -> bool:
    """An attribute may make something else of it, as `#[tokio::main]` does."""
    above = function.prev_named_sibling
    while above is not None and above.type in ("attribute_item", "line_comment", "block_comment"):
        if above.type == "attribute_item" and not PLAIN.match(text_of(above)):
            return True
        above = above.prev_named_sibling
    return False


def _is_member(node: Node) -> bool:
    above = node.parent
    return above is not None and above.parent is not None and above.parent.type in ("impl_item", "trait_item")


def _variants(node: Node) -> frozenset[str] | None:
    """None where some may be built or not, or may have no values at all, and so need no arm."""
    body = part(node, "body")
    if body is None or part(node, "type_parameters") is not None or EMPTY.search(text_of(body)):
        return None
    return frozenset(text_of(part(one, "name")) for one in body.named_children if one.type == "enum_variant")
