"""Directives that came with a newer nginx than the one that the team's images name (compose files, Dockerfiles)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from bot.capabilities.checks.verdicts import Finding
from storage.checks.formats.settings.nginx_words import Statement, directives

IMAGE = re.compile(
    r"^\s*(?:FROM|-?\s*image:)\s+[\"']?(?:[\w.-]+/)*nginx(?:-unprivileged)?(?::(\d+\.\d+(?:\.\d+)?)?|[\"'@\s])",
    re.MULTILINE,
)
FILES = re.compile(r"(?:Dockerfile|Containerfile)[\w.-]*|.*compose.*\.ya?ml|.*\.dockerfile", re.IGNORECASE)
MOST_FILES, MOST_BYTES = 400, 200_000


def newer(statements: Sequence[Statement], tree: Path | None) -> Iterator[Finding]:
    known: Mapping[str, Mapping[str, object]] = directives()
    late = [(one, str(known.get(one.name, {}).get("a", ""))) for one in statements]
    theirs = _theirs(tree) if tree is not None and any(since for _, since in late) else ""
    for one, since in late:
        if theirs and since and _numbers(since) > (*_numbers(theirs), 999):
            yield Finding(one.words[0][1], "name", f"`{one.name}` came with nginx {since}; your image has {theirs}")


def _theirs(tree: Path) -> str:
    """The newest that an image names; "" where one says none."""
    files = [
        one for one in sorted(tree.rglob("*")) if FILES.fullmatch(one.name) and one.is_file() and not one.is_symlink()
    ]
    texts = (one.read_bytes()[:MOST_BYTES].decode("utf-8", "replace") for one in files[:MOST_FILES])
    named = [found for text in texts for found in IMAGE.findall(text)]
    return max(named, key=_numbers, default="") if all(named) else ""


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(one) for one in version.split("."))
