"""What the team's own files export, and what they import, by name: where a name that a block uses and does not import is to be had."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from posixpath import dirname, normpath

from storage.checks.scripts.team.own_texts import own_texts

DEFINED = re.compile(
    r"^(export\s+)?(?:declare\s+)?(?:default\s+)?(?:abstract\s+)?(?:async\s+)?"
    r"(?:const\s+enum|function\s*\*?|class|const|let|var|enum|interface|type)\s+([A-Za-z_$][\w$]*)",
    re.MULTILINE,
)
IMPORTED = re.compile(
    r"^import\s+(?:type\s+)?(?:\*\s+as\s+)?(?:([A-Za-z_$][\w$]*)\s*,?\s*)?(?:\{([^{}]*)\}\s*)?from\s*[\"']([^\"'\n]+)[\"']|"
    r"^(?:const|let|var)\s+(?:([A-Za-z_$][\w$]*)|\{([^{}]*)\})\s*=\s*require\([\"']([^\"'\n]+)[\"']\)|"
    r"^import\s*[\"']([^\"'\n]+)[\"']",
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
        for name in dict.fromkeys(name for _, name in DEFINED.findall(text)):
            found.setdefault(name, []).append(path)
    return {name: tuple(paths) for name, paths in found.items()}


def imported(root: Path) -> tuple[Mapping[str, tuple[str, ...]], frozenset[tuple[str, str]]]:
    """By the name that they call it the modules, no files of theirs, that the team's files take it from, the most usual first; and
    each module, by its path from the root where it is a file of theirs, with each name that is asked of it. Blocks."""
    found: dict[str, Counter[str]] = {}
    asked: set[tuple[str, str]] = set()
    for path, text in own_texts(root, ENDING, MOST_FILES):
        for name, module, exported in () if TESTS.search(path) else imported_by(text):
            if not module.startswith((".", "/")):
                found.setdefault(name, Counter())[module] += 1
            is_beside = module.startswith(".")
            asked.add((normpath(f"{dirname(path) or '.'}/{module}") if is_beside else module, exported))
    return {name: tuple(one for one, _ in modules.most_common()) for name, modules in found.items()}, frozenset(asked)


def imported_by(text: str) -> Iterator[tuple[str, str, str]]:
    """Each name, its module, and what that calls it, as far as they stand in the usual ways; "" is the name of a module that is only
    run, and what a default or a whole module is called."""
    for one in IMPORTED.finditer(text):
        module = one[3] or one[6] or one[7]
        if one[7]:
            yield "", module, ""
        if whole := one[1] or one[4]:
            yield whole, module, ""
        for entry in (one[2] or one[5] or "").split(","):
            named = re.split(r"\s+as\s+|\s*:\s*", entry.strip().removeprefix("type "))
            if re.fullmatch(r"[A-Za-z_$][\w$]*", named[-1]):
                yield named[-1], module, named[0]


def exported_by(text: str) -> Iterator[str]:
    yield from (name for is_exported, name in DEFINED.findall(text) if is_exported)
    for listed in LISTED.finditer(text):
        for entry in listed[1].split(","):
            name = entry.split()[-1] if entry.split() else ""
            if re.fullmatch(r"[A-Za-z_$][\w$]*", name) and name != "default":
                yield name
