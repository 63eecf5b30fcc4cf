"""go.mod and go.sum. The version that go.mod requires is the locked one: Go takes the highest that anybody requires."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.capabilities.team_code.dependencies.facts import Declared, Entry, Locked, Own, Runtime
from bot.capabilities.team_code.dependencies.page import Page
from bot.capabilities.team_code.dependencies.words import Word, word

DIRECTIVE = re.compile(r"(module|go|toolchain|require|replace)(?:[ \t]+|(?=\())(.*)$")
MODULE = re.compile(r"\"?([^\s\"`()]+)\"?\s+(v[^\s\"()]+)$")
REPLACE = re.compile(r"(\S+)(?:\s+(v\S+))?\s*=>\s*(\S+)(?:\s+(v\S+))?$")


def read_go_mod(page: Page) -> Iterator[Entry]:
    replaced: dict[tuple[str, str], Word] = {}
    required: list[tuple[str, str, int, bool]] = []
    for verb, rest, comment in _directives(page):
        if verb in ("go", "toolchain"):
            yield Runtime("go", str(rest), page.path, rest.line)
        elif verb == "module" and rest:
            yield Own("go", rest.strip('"`'), "", page.path, rest.line)
        elif verb == "require" and (found := MODULE.match(rest)):
            required.append((found[1], found[2], rest.line, comment.startswith("indirect")))
        elif verb == "replace" and (found := REPLACE.match(rest)):
            replaced[found[1], found[2] or ""] = rest
        else:
            page.wrong(f"line {rest.line} is not a {verb} directive")
    for name, version, line, indirect in required:
        if not indirect:
            yield Declared("go", name, version, "", page.path, line)
        other = replaced.get((name, version)) or replaced.get((name, ""))
        yield _locked(page, Locked("go", name, version, page.path, line, not indirect), other)


def _locked(page: Page, lock: Locked, other: Word | None) -> Locked:
    if other is None or not (found := REPLACE.match(other)):
        return lock
    if found[4]:
        note = f"replaced by {found[3]}" if found[3] != lock.name else "replaced"
        return Locked("go", lock.name, found[4], page.path, other.line, lock.direct, note)
    return Locked("go", lock.name, lock.version, page.path, lock.line, lock.direct, f"path {found[3]}")


def _directives(page: Page) -> Iterator[tuple[str, Word, str]]:
    """Each directive of interest: its verb, what follows, and the comment behind it; blocks taken apart."""
    block = ""
    for number, line in enumerate(page.lines, 1):
        text, _, comment = line.partition("//")
        text, comment = text.strip(), comment.strip()
        if block:
            if text == ")":
                block = ""
            elif text and block in ("require", "replace"):
                yield block, word(text, number), comment
        elif text.endswith("("):
            block = text.removesuffix("(").strip()
        elif found := DIRECTIVE.match(text):
            yield found[1], word(found[2].strip(), number), comment


def read_go_sum(page: Page) -> Iterator[Entry]:
    """Only for modules that no go.mod lists: of those it does list, go.sum also keeps versions that are not used."""
    listed = {entry.name for entry in page.near or () if isinstance(entry, Locked) and entry.ecosystem == "go"}
    for number, line in enumerate(page.lines, 1):
        if not (parts := line.split()):
            continue
        if len(parts) < 3 or not parts[1].startswith("v"):  # a sum that looks like a secret is masked, in words
            page.wrong(f"line {number} is not a checksum")
        elif parts[0] not in listed and not parts[1].endswith("/go.mod"):
            yield Locked("go", parts[0], parts[1], page.path, number, False if page.near is not None else None)
