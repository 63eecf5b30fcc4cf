"""The language images that a Dockerfile builds on, stage by stage."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.capabilities.team_code.dependencies.ecosystems import ALL_RUNTIMES
from bot.capabilities.team_code.dependencies.facts import Entry, Runtime
from bot.capabilities.team_code.dependencies.page import Page

IMAGES = {"golang": "go", "openjdk": "java", "eclipse-temurin": "java", "amazoncorretto": "java"}
"""Those that bear another name than what runs in them."""

ARG = re.compile(r"ARG\s+(\w+)=(\"[^\"]*\"|'[^']*'|\S*)", re.I)
FROM = re.compile(r"FROM\s+(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?", re.I)
VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)(?::?-([^}$]*))?\})")
MAX_IMAGE_CHARS = 500


def read_dockerfile(page: Page) -> Iterator[Entry]:
    """ARGs before the first FROM are the ones its image may use; a stage built on another adds nothing of its own."""
    defaults: dict[str, str] = {}
    stages: set[str] = set()
    began = False
    for number, text in _instructions(page):
        if not began and (found := ARG.match(text)):
            defaults[found[1]] = _expanded(found[2].strip("\"'"), defaults)
        elif found := FROM.match(text):
            began = True
            image = _expanded(found[1], defaults)
            if image.lower() not in stages:
                yield from _runtime(page, image, number)
            if found[2]:
                stages.add(found[2].lower())


def _runtime(page: Page, image: str, line: int) -> Iterator[Entry]:
    """registry.example:5000/library/python:3.12-slim@sha256:... is python 3.12-slim; without a tag Docker takes latest."""
    named, _, digest = image.partition("@")
    folder, _, last = named.rpartition("/")
    name, _, tag = last.partition(":")
    if folder.rpartition("/")[2] == "dotnet":
        name = "dotnet"
    language = IMAGES.get(name, name)
    if language in ALL_RUNTIMES:
        yield Runtime(language, tag or digest or "latest", page.path, line)


def _expanded(text: str, defaults: dict[str, str]) -> str:
    """A variable without a default stays as it is written."""
    text = text[:MAX_IMAGE_CHARS]
    done = VARIABLE.sub(lambda found: defaults.get(found[1] or found[2]) or found[3] or found[0], text)
    return done[:MAX_IMAGE_CHARS]


def _instructions(page: Page) -> Iterator[tuple[int, str]]:
    """Whole instructions, each with its first line; comments and empty lines may stand in the middle of one."""
    start = 0
    parts: list[str] = []
    for number, line in enumerate(page.lines, 1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        start = start if parts else number
        parts.append(text.removesuffix("\\").strip())
        if not text.endswith("\\"):
            yield start, " ".join(parts)
            parts = []
    if parts:
        yield start, " ".join(parts)
