"""Package.resolved, and what Package.swift names in so many words: a manifest is a program, and none is run here."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from bot.capabilities.team_code.dependencies.facts import Declared, Entry, Locked, Runtime
from bot.capabilities.team_code.dependencies.page import Page
from bot.capabilities.team_code.dependencies.scripts import computed, constants
from bot.capabilities.team_code.dependencies.words import line_of, without_credentials

TEXT = r'"([^"\\\n]*)"'
PACKAGE = re.compile(
    rf"\.package\(\s*(?:name:\s*{TEXT}\s*,\s*)?(url|path|id):\s*{TEXT}\s*((?:[^()]++|\([^()]*+\))*+)\)"
)
TOOLS = re.compile(r"//\s*swift-tools-version:\s*([\d.]+)")
RANGE = re.compile(
    rf"\b(from|exact|branch|revision):\s*{TEXT}"
    rf"|\.(exact|branch|revision|upToNextMajor|upToNextMinor)\((?:from:\s*)?{TEXT}\)"
    rf"|{TEXT}\s*(\.\.[.<])\s*{TEXT}"
)
NAMED = re.compile(r"(\b(?:from|exact|branch|revision):\s*)([A-Za-z_]\w*)\b(?!\s*[(.])")
COMMENT = re.compile(r"(?m)^[ \t]*//.*$")


def read_resolved(page: Page) -> Iterator[Entry]:
    """Form 1 keeps the pins within an object and names them by package; forms 2 and 3 by identity."""
    data = page.json()
    holder = page.table(data, "object") or data
    for pin in page.tables(holder, "pins"):
        name = page.word(pin, "identity") or page.word(pin, "package")
        location = page.word(pin, "location") or page.word(pin, "repositoryURL") or ""
        if not name:
            page.wrong("a pin has no name")
            continue
        state = page.table(pin, "state")
        commit = str(page.word(state, "revision") or "")
        version = page.word(state, "version")
        branch = page.word(state, "branch")
        notes = [without_credentials(location), f"branch {branch}" if branch else ""]
        direct = page.asks(name_of(location) if location else name) or None
        yield Locked(
            "swift", name_of(location) or str(name), str(version or commit), page.path, line_of(name), direct,
            "; ".join(filter(None, notes)), str(name),
        )  # fmt: skip


def read_package_swift(page: Page) -> Iterator[Entry]:
    if found := TOOLS.match(page.text):
        yield Runtime("swift", found[1], page.path, 1)
    text = COMMENT.sub("", page.text)
    line, at, known = 1, 0, constants(page.lines)
    for found in PACKAGE.finditer(text):
        line += text.count("\n", at, found.start())
        at = found.start()
        name, kind, place, rest = found[1], found[2], found[3], found[4]
        if kind == "path":
            yield Declared("swift", name or name_of(place), f"path {place}", "", page.path, line)
            continue
        called = name_of(place) if kind == "url" else place
        yield Declared("swift", called, _range(rest, known), "", page.path, line, name or "")


def _range(rest: str, known: Mapping[str, str]) -> str:
    rest = NAMED.sub(lambda found: f'{found[1]}"{known[found[2]]}"' if found[2] in known else found[0], rest)
    if not (found := RANGE.search(rest)):
        return computed(rest.strip(" ,\n")) if rest.strip(" ,\n") else ""
    if found[1] or found[3]:
        how, version = found[1] or found[3], found[2] or found[4]
        words = {"exact": "exactly", "upToNextMajor": "from", "upToNextMinor": "next minor from"}
        return f"{words.get(how, how)} {version}"
    return f"{found[5]}{found[6]}{found[7]}"


def name_of(location: str) -> str:
    """Swift's identity of a package: the last part of its address, in small letters, without .git."""
    return re.split(r"[/:]", location.rstrip("/").removesuffix(".git"))[-1].lower()
