"""What the team's own files export, by name: where a name that a block uses and does not import is to be had."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from storage.checks.scripts.own_texts import own_texts

EXPORTED = re.compile(
    r"^export\s+(?:declare\s+)?(?:default\s+)?(?:abstract\s+)?(?:async\s+)?"
    r"(?:const\s+enum|function\s*\*?|class|const|let|var|enum|interface|type)\s+([A-Za-z_$][\w$]*)",
    re.MULTILINE,
)
DEFINED = re.compile(
    r"^(?:export\s+)?(?:declare\s+)?(?:default\s+)?(?:abstract\s+)?(?:async\s+)?"
    r"(?:const\s+enum|function\s*\*?|class|const|let|var|enum|interface|type)\s+([A-Za-z_$][\w$]*)",
    re.MULTILINE,
)
LISTED = re.compile(r"^export\s+(?:type\s+)?\{([^{}]*)\}", re.MULTILINE)
ENDING = re.compile(r"(?<!\.d)\.[cm]?[jt]sx?$")
TESTS = re.compile(r"(?:^|[./_-])(?:tests?|spec|__tests__|__mocks__|fixtures?|stories)(?:[./_-]|$)")
MOST_FILES = 5_000


def read(root: Path) -> Mapping[str, tuple[str, ...]]:
    """By name the files, relative to the root, that export it; tests are nobody's home. Blocks."""
    found: dict[str, list[str]] = {}
    for path, text in own_texts(root, ENDING, MOST_FILES):
        if not TESTS.search(path):
            for name in dict.fromkeys(exported_by(text)):
                found.setdefault(name, []).append(path)
    return {name: tuple(paths) for name, paths in found.items()}


def defining(root: Path) -> Mapping[str, tuple[str, ...]]:
    """By name the files that define it at their top, exported or not; tests among them. Blocks."""
    found: dict[str, list[str]] = {}
    for path, text in own_texts(root, ENDING, MOST_FILES):
        for name in dict.fromkeys(DEFINED.findall(text)):
            found.setdefault(name, []).append(path)
    return {name: tuple(paths) for name, paths in found.items()}


def exported_by(text: str) -> Iterator[str]:
    for one in EXPORTED.finditer(text):
        yield one[1]
    for listed in LISTED.finditer(text):
        for entry in listed[1].split(","):
            name = entry.split()[-1] if entry.split() else ""
            if re.fullmatch(r"[A-Za-z_$][\w$]*", name) and name != "default":
                yield name
