"""Classes of the team's JavaScript that a function is handed without saying so: `store` of `function deliver(store)` is what their
`HookStore` makes, where that has all that is asked of it, and no other class that might be meant has."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection
from functools import lru_cache
from pathlib import Path

from storage.checks.scripts.blocks.grammars import field as part
from storage.checks.scripts.blocks.grammars import parsed, text_of, walk
from storage.checks.scripts.team import module_exports
from storage.checks.scripts.team.own_texts import own_texts

ENDING = re.compile(r"\.[cm]?js$")
MOST_FILES = 3_000
MEMBER = re.compile(r"\bthis\.([\w$]+)|^\s+(?:async\s+|get\s+|set\s+|\*\s*)*([\w$]+)\s*\(", re.MULTILINE)
SHORTEST = 4
"""Letters of a name that tells what it is."""
FEWEST = 2
"""Members that have to be asked for, unless the name is the class's own."""


def meant(name: str, members: Collection[str], folder: str, root: Path) -> str:
    """The type of what a parameter is, as documentation in a folder's file names it; "" where nobody can tell. Blocks."""
    word = name.lower()
    found = [
        (kind, file, is_whole)
        for kind, file, is_whole, has in _classes(root) if len(word) >= SHORTEST and members
        if kind.lower().endswith(word) and (len(members) >= FEWEST or kind.lower() == word) and set(members) <= has
    ]  # fmt: skip
    if len(found) != 1:
        return ""
    kind, file, is_whole = found[0]
    path = posixpath.relpath(file, folder or ".")
    module = f'import("{path if path.startswith(".") else f"./{path}"}")'
    return f"InstanceType<typeof {module}{'' if is_whole else f'.{kind}'}>"


@lru_cache(maxsize=8)
def _classes(root: Path) -> tuple[tuple[str, str, bool, frozenset[str]], ...]:
    """Those that a file exports and that stand below no other: the name, the file, whether it is all of the file, the members."""
    found = []
    for path, text in own_texts(root, ENDING, MOST_FILES):
        exported = module_exports.of_file(root / path) if re.search(r"\bclass\s+[A-Z]", text) else None
        for node in walk(parsed(text, is_jsx=False).root_node) if exported is not None else ():
            name = text_of(part(node, "name")) if node.type in module_exports.CLASSES else ""
            is_heir = any(one.type == "class_heritage" for one in node.named_children)
            is_whole = exported is not None and exported.whole == name
            if exported is not None and name and not is_heir and (is_whole or name in exported.names):
                found.append((name, path, is_whole, frozenset(_members(text_of(part(node, "body"))))))
    return tuple(found)


def _members(body: str) -> set[str]:
    return {one or other for one, other in MEMBER.findall(body)}
