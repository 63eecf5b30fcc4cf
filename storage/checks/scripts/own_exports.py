"""What the team's own files export, by name: where a name that a block uses and does not import is to be had."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

EXPORTED = re.compile(
    r"^export\s+(?:declare\s+)?(?:default\s+)?(?:abstract\s+)?(?:async\s+)?"
    r"(?:const\s+enum|function\s*\*?|class|const|let|var|enum|interface|type)\s+([A-Za-z_$][\w$]*)",
    re.MULTILINE,
)
LISTED = re.compile(r"^export\s+(?:type\s+)?\{([^{}]*)\}", re.MULTILINE)
ENDING = re.compile(r"(?<!\.d)\.[cm]?[jt]sx?$")
TESTS = re.compile(r"(?:^|[./_-])(?:tests?|spec|__tests__|__mocks__|fixtures?|stories)(?:[./_-]|$)")
MOST_FILES, LARGEST_BYTES = 5_000, 300_000


def read(root: Path) -> Mapping[str, tuple[str, ...]]:
    """By name the files, relative to the root, that export it; tests are nobody's home. Blocks."""
    found: dict[str, list[str]] = {}
    for path in _files(root):
        try:
            text = path.read_text("utf-8", "replace") if path.stat().st_size < LARGEST_BYTES else ""
        except OSError:
            continue
        for name in dict.fromkeys(exported_by(text)):
            found.setdefault(name, []).append(path.relative_to(root).as_posix())
    return {name: tuple(paths) for name, paths in found.items()}


def exported_by(text: str) -> Iterator[str]:
    for one in EXPORTED.finditer(text):
        yield one[1]
    for listed in LISTED.finditer(text):
        for entry in listed[1].split(","):
            name = entry.split()[-1] if entry.split() else ""
            if re.fullmatch(r"[A-Za-z_$][\w$]*", name) and name != "default":
                yield name


def _files(root: Path) -> Iterator[Path]:
    count = 0
    for base, folders, files in os.walk(root, followlinks=False):
        folders[:] = sorted(one for one in folders if one != "node_modules")
        for name in sorted(files):
            path = Path(base, name)
            if not ENDING.search(name) or name.startswith("plumbline_") or path.is_symlink():
                continue
            if TESTS.search(path.relative_to(root).as_posix()):
                continue
            count += 1
            if count > MOST_FILES:
                return
            yield path
