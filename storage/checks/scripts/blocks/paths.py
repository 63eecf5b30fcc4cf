"""The file that a block says it is."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path

from bot.capabilities.checks.verdicts import Block

ENDINGS = re.compile(r"(?:\.d)?\.[cm]?[jt]sx?$")
LANGUAGES_BY_ENDING = frozenset({"ts", "tsx", "mts", "cts", "js", "jsx", "mjs", "cjs"})
CHANGED = re.compile(r"^\+\+\+ (?:b/)?(?!/dev/null)(\S+)", re.MULTILINE)
PATH_LINE = re.compile(
    r"^\s*(?://|/\*)\s*(?:file(?:name)?:\s*)?`?((?:[\w@.()\[\]$+~-]+/)*[\w@.()\[\]$+~-]+\.[cm]?[jt]sx?)`?\s*(?:\*/)?\s*$",
    re.IGNORECASE,
)
LONGEST = 300


def is_change(block: Block) -> bool:
    return block.diff or block.language in ("diff", "patch")


def language_of(block: Block) -> str:
    """A change is of the language of its file."""
    ending = path_in(block).rpartition(".")[2]
    return ending if ending in LANGUAGES_BY_ENDING and (is_change(block) or not block.language) else block.language


def path_in(block: Block) -> str:
    """By what it was told, by the head of a change, or by its first line; "" for none."""
    if block.path:
        return posixpath.normpath(block.path.strip().removeprefix("./"))
    if is_change(block):
        changed = CHANGED.search(block.code)
        return posixpath.normpath(changed[1]) if changed else ""
    found = PATH_LINE.match(block.code.partition("\n")[0])
    return posixpath.normpath(found[1]) if found else ""


def is_inside(named: str, root: Path) -> bool:
    """Its folder is one of the repository."""
    return (
        not named.startswith(("/", ".."))
        and len(named) < LONGEST
        and "node_modules" not in named
        and (root / posixpath.dirname(named)).is_dir()
    )


def code_of(block: Block) -> str:
    """Of a change what it adds and keeps, at its own lines."""
    if not is_change(block):
        return block.code
    kept = [
        line[1:] if line[:1] in ("+", " ") and not line.startswith("+++") else "" for line in block.code.split("\n")
    ]
    return "\n".join(kept)
