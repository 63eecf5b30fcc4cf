"""Relative imports without the ending that Node asks for in an ES module, where all of the team's own imports have it
(https://nodejs.org/api/esm.html#mandatory-file-extensions)."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from bot.capabilities.checks.verdicts import Finding
from storage.checks.scripts.blocks import placing
from storage.checks.scripts.blocks.written import Document
from storage.checks.scripts.team.own_texts import own_texts

ENDING = re.compile(r"(?<!\.d)\.m?[jt]s$")
RELATIVE = re.compile(r"\bfrom\s+[\"'](\.{1,2}/[^\"'\n]+)[\"']")
MOST_FILES = 500
FEWEST = 2
"""Imports with an ending that make a habit."""
AS_IMPORTED = {".ts": ".js", ".mts": ".mjs", ".tsx": ".js"}


@lru_cache(maxsize=200)
def is_habit(root: Path, folder: str) -> bool:
    """Each relative import at or below a folder has its ending, and there are some. Blocks."""
    count = 0
    for _, text in own_texts(root, ENDING, MOST_FILES, folder):
        for specifier in RELATIVE.findall(text):
            if not placing.CODE.search(specifier):
                return False
            count += 1
    return count >= FEWEST


def lacking(document: Document, root: Path) -> Iterator[Finding]:
    """Of a block that is an ES module, and that nothing translates."""
    for one in document.snippet.imports:
        file = document.place.resolved.get(one.specifier, "")
        if one.kind == "require" or not file or not placing.is_relative(one.specifier):
            continue
        if placing.CODE.search(one.specifier) or not is_habit(root, document.folder):
            continue
        stem, ending = posixpath.splitext(posixpath.relpath(file, document.folder or "."))
        meant = (stem if stem.startswith(".") else f"./{stem}") + AS_IMPORTED.get(ending, ending)
        said = f"`{one.specifier}` lacks its ending, which an ES module has to name here: `{meant}`"
        yield Finding(one.at, "import", said)
