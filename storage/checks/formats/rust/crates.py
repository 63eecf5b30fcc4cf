"""Names that a Rust block takes from crates, held against the sources of the locked version, as far as they lie on this machine: in the
repository's `vendor`, or in cargo's registry folder. Only whether a word stands there at all is asked; nothing is built.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from tree_sitter import Node

from bot.capabilities.checks.verdicts import Finding
from storage.checks.syntax import field, parsed, text_of, walk

MOST_FILES, MOST_BYTES = 4_000, 40_000_000
HANDED_ON = re.compile(r"\bpub\s+(?:use|extern\s+crate)\s+(?:::)?(\w+)")
OWN = frozenset(["crate", "self", "super", "std", "core", "alloc"])
MADE = re.compile(r"\bpaste!|\bpaste::|\bconcat_idents!")
"""A macro that makes names: what it makes stands nowhere."""


@dataclass(frozen=True, slots=True)
class Crate:
    """`handed_on` are names of other crates that it may give its own users."""

    words: frozenset[str]
    handed_on: frozenset[str]
    makes_names: bool


def findings(code: str, versions: Mapping[str, str], tree: Path | None) -> tuple[list[Finding], set[str]]:
    """And the crates whose names could be looked at. `versions` by the crate's name, as Cargo.lock writes it."""
    by_name = {name.replace("-", "_"): (name, version) for name, version in versions.items() if version}
    found: list[Finding] = []
    seen: set[str] = set()
    told: set[tuple[str, str]] = set()
    for line, path in _paths(parsed("rust", code)):
        if path[0] not in by_name or len(path) < 2:
            continue
        name, version = by_name[path[0]]
        crates = _reached(name, versions, tree)
        if not crates:
            continue
        seen.add(path[0])
        for word in path[1:]:
            if word in OWN or any(word in one.words for one in crates):
                continue
            if (path[0], word) not in told and not any(one.makes_names and word[:1].islower() for one in crates):
                told.add((path[0], word))
                near = next(iter(difflib.get_close_matches(word, sorted(crates[0].words), n=1, cutoff=0.8)), "")
                meant = f"; did you mean `{near}`?" if near else ""
                found.append(Finding(line, "attribute", f"`{name}` has no `{word}`{meant}", name, version))
            break
    return found, seen


def _paths(root: Node) -> Iterator[tuple[int, tuple[str, ...]]]:
    for node in walk(root):
        if node.type == "use_declaration":
            yield from _of_use(field(node, "argument"), ())
        elif (
            node.type == "scoped_identifier"
            and (node.parent is None or node.parent.type not in ("scoped_identifier", "use_as_clause"))
            and not _is_in_use(node)
        ):
            yield int(node.start_point[0]) + 1, tuple(text_of(node).replace(" ", "").split("::"))[:2]


def _is_in_use(node: Node) -> bool:
    above = node.parent
    while above is not None and above.type in (
        "use_list",
        "scoped_use_list",
        "use_as_clause",
        "scoped_identifier",
        "use_wildcard",
    ):
        above = above.parent
    return above is not None and above.type == "use_declaration"


def _of_use(node: Node | None, before: tuple[str, ...]) -> Iterator[tuple[int, tuple[str, ...]]]:
    if node is None:
        return
    line = int(node.start_point[0]) + 1
    match node.type:
        case "scoped_use_list":
            path = field(node, "path")
            head = (*before, *(text_of(path).split("::") if path is not None else ()))
            listed = field(node, "list")
            for one in listed.named_children if listed is not None else ():
                yield from _of_use(one, head)
        case "use_as_clause":
            yield from _of_use(field(node, "path"), before)
        case "use_wildcard":
            yield line, (*before, *text_of(node).removesuffix("::*").removesuffix("*").split("::"))
        case "identifier" | "scoped_identifier":
            yield line, (*before, *text_of(node).split("::"))


def _reached(name: str, versions: Mapping[str, str], tree: Path | None) -> list[Crate]:
    """The crate, and those that it hands on; none where one of them cannot be read."""
    pending, seen = [name], set[str]()
    found: list[Crate] = []
    while pending and len(found) < 30:
        one = pending.pop(0)
        folder = _folder(one, versions.get(one, ""), tree)
        if one in seen:
            continue
        seen.add(one)
        if folder is None:
            return []
        crate = _read(str(folder))
        found.append(crate)
        of_others = {each.replace("-", "_"): each for each in versions}
        pending += [of_others[each] for each in sorted(crate.handed_on) if each in of_others]
    return found


def _folder(name: str, version: str, tree: Path | None) -> Path | None:
    home = os.environ.get("CARGO_HOME") or str(Path(os.environ.get("HOME", "/")) / ".cargo")
    places = [tree / "vendor" / name, tree / "vendor" / f"{name}-{version}"] if tree is not None else []
    if version and re.fullmatch(r"[\w.+-]+", version) and re.fullmatch(r"[\w-]+", name):
        places += sorted((Path(home) / "registry" / "src").glob(f"*/{name}-{version}"))
    return next((one for one in places if (one / "Cargo.toml").is_file()), None)


@lru_cache(maxsize=40)
def _read(folder: str) -> Crate:
    words: set[str] = set()
    handed_on: set[str] = set()
    makes_names, left = False, MOST_BYTES
    for path in sorted(Path(folder).rglob("*.rs"))[:MOST_FILES]:
        text = path.read_bytes()[: max(0, left)].decode("utf-8", "replace")
        left -= len(text)
        words |= set(re.findall(r"[A-Za-z_]\w*", text))
        handed_on |= set(HANDED_ON.findall(text)) - OWN
        makes_names = makes_names or bool(MADE.search(text))
    return Crate(frozenset(words), frozenset(handed_on), makes_names)
