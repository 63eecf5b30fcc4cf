"""In which format the team's own JavaScript is written, where no package.json says it."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from storage.checks.scripts.team.own_texts import own_texts

ENDING = re.compile(r"\.(?:js|cjs)$")
OF_MODULES = re.compile(
    r"^(?:import\s+(?:[\w{*\"'$])|export\s+(?:default|const|let|class|function|async|\{|\*))", re.MULTILINE
)
OF_COMMONJS = re.compile(r"^\s*(?:module\.)?exports\b|\brequire\(\s*[\"']", re.MULTILINE)
MOST_FILES = 300


@lru_cache(maxsize=200)
def is_all_commonjs(root: Path, folder: str) -> bool:
    """Some files at or below a folder are CommonJS, and none is an ES module. Blocks."""
    found = False
    for _, text in own_texts(root, ENDING, MOST_FILES, folder):
        if OF_MODULES.search(text):
            return False
        found = found or bool(OF_COMMONJS.search(text))
    return found
