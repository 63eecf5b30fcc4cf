"""In which format the team's own JavaScript is written, where no package.json says it."""

from __future__ import annotations

import os
import re
from functools import lru_cache
from pathlib import Path

ENDING = re.compile(r"\.(?:js|cjs)$")
OF_MODULES = re.compile(
    r"^(?:import\s+(?:[\w{*\"'$])|export\s+(?:default|const|let|class|function|async|\{|\*))", re.MULTILINE
)
OF_COMMONJS = re.compile(r"^\s*(?:module\.)?exports\b|\brequire\(\s*[\"']", re.MULTILINE)
MOST_FILES, LARGEST_BYTES = 300, 200_000


@lru_cache(maxsize=200)
def is_all_commonjs(root: Path, folder: str) -> bool:
    """Some files at or below a folder are CommonJS, and none is an ES module. Blocks."""
    found = count = 0
    for base, folders, files in os.walk(root / folder, followlinks=False):
        folders[:] = sorted(one for one in folders if one != "node_modules")
        for name in sorted(files):
            path = Path(base, name)
            if not ENDING.search(name) or name.startswith("plumbline_") or path.is_symlink():
                continue
            count += 1
            if count > MOST_FILES:
                return found > 0
            try:
                text = path.read_text("utf-8", "replace") if path.stat().st_size < LARGEST_BYTES else ""
            except OSError:
                continue
            if OF_MODULES.search(text):
                return False
            found += bool(OF_COMMONJS.search(text))
    return found > 0
