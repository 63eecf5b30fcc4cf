"""Gemfile and *.gemspec, as far as they can be read without running them, and Gemfile.lock."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.capabilities.team_code.dependencies.facts import Declared, Entry, Locked, Runtime
from bot.capabilities.team_code.dependencies.page import Page
from bot.capabilities.team_code.dependencies.words import without_credentials

TEXT = r"""["']([^"']+)["']"""
GEM = re.compile(rf"gem[\s(]+{TEXT}(.*)$")
RUBY = re.compile(rf"ruby[\s(]+{TEXT}")
GROUP = re.compile(r"group[\s(]+([^|]*?)\)?\s*do\b")
GROUP_OPTION = re.compile(r"(?:\bgroups?:|:groups?\s*=>)\s*(\[[^]]*\]|[:\"']\w+)")
PLACE = re.compile(rf"(?:\b(git|github|path):|:(git|github|path)\s*=>)\s*{TEXT}")
RANGE = re.compile(rf"\s*,\s*{TEXT}(?!\s*=>)")
RANGES = re.compile(r"\s*,\s*\[([^]]*)\]")
OPENS = re.compile(r"(?:if|unless|case|begin|while|def)\b|.*\bdo(?:\s*\|[^|]*\|)?$")
WORDS = re.compile(r"\w+")

TEXT_OR_Q = r"""["']([^"'\n]+)["']|%q<([^>\n]+)>"""
ADDS = re.compile(r"\.add_(?:runtime_)?(development_)?dependency\b")
WANTS_RUBY = re.compile(r"\.required_ruby_version\s*=\s*(.*)$")

SPEC = re.compile(r"    ([^\s()]+) \(([^)]+)\)$")
DEPENDENCY = re.compile(r"  ([^\s()!]+)(?: \([^)]*\))?(!)?$")
FIELD = re.compile(r"  (remote|revision): (.*)$")
RUBY_VERSION = re.compile(r"   ruby (\S+)")
SECTIONS = ("GEM", "PATH", "GIT", "PLUGIN SOURCE")


def read_gemfile(page: Page) -> Iterator[Entry]:
    blocks: list[str] = []
    for number, text in _statements(page.lines):
        if found := GEM.match(text):
            yield _gem(page, found[1], found[2], [*filter(None, blocks)], number)
        elif found := RUBY.match(text):
            yield Runtime("ruby", found[1], page.path, number)
        elif text == "end":
            del blocks[-1:]
        elif OPENS.match(text):
            group = GROUP.match(text)
            blocks.append(_groups(group[1]) if group else "")


def _gem(page: Page, name: str, rest: str, groups: list[str], line: int) -> Declared:
    if option := GROUP_OPTION.search(rest):
        groups = [*groups, _groups(option[1])]
    ranges, at = [], 0
    if several := RANGES.match(rest):
        ranges = re.findall(TEXT, several[1])
    while found := RANGE.match(rest, at):
        ranges.append(found[1])
        at = found.end()
    if place := PLACE.search(rest):
        ranges.append(f"{place[1] or place[2]} {without_credentials(place[3])}")
    return Declared("ruby", name, ", ".join(ranges), ",".join(groups), page.path, line)


def _groups(text: str) -> str:
    return ",".join(name for name in WORDS.findall(text) if name not in ("optional", "true", "default"))


def _statements(lines: list[str]) -> Iterator[tuple[int, str]]:
    """A line that ends in a comma goes on in the next."""
    start = 0
    parts: list[str] = []
    for number, line in enumerate(lines, 1):
        text = re.sub(r"(?:^|\s)#(?!\{).*$", "", line).strip()
        if not text:
            continue
        start = start if parts else number
        parts.append(text)
        if not text.endswith(","):
            yield start, " ".join(parts)
            parts = []
    if parts:
        yield start, " ".join(parts)


def read_gemspec(page: Page) -> Iterator[Entry]:
    """What a gem asks for in so many words; a specification is a program, and none is run here."""
    for number, text in _statements(page.lines):
        if found := ADDS.search(text):
            texts = re.findall(TEXT_OR_Q, text[found.end() :])
            name, *ranges = [one or other for one, other in texts] or [""]
            if name:
                yield Declared("ruby", name, ", ".join(ranges), "dev" if found[1] else "", page.path, number)
        elif found := WANTS_RUBY.search(text):
            ranges = [one or other for one, other in re.findall(TEXT_OR_Q, found[1])]
            if ranges:
                yield Runtime("ruby", ", ".join(ranges), page.path, number)


def read_gemfile_lock(page: Page) -> Iterator[Entry]:
    section, fields = "", dict[str, str]()
    locks: list[Locked] = []
    asked: set[str] | None = None
    for number, line in enumerate(page.lines, 1):
        if line and not line[0].isspace():
            section, fields = line.strip(), {}
            if section == "DEPENDENCIES":
                asked = set()
            elif line.startswith(("<<<<<<<", "=======", ">>>>>>>")):
                page.wrong(f"line {number} is a mark of an unfinished merge")
        elif section in SECTIONS and (found := FIELD.match(line)):
            fields[found[1]] = found[2].strip()
        elif section in SECTIONS and (found := SPEC.match(line)):
            locks.append(Locked("ruby", found[1], found[2], page.path, number, None, _note(section, fields)))
        elif section == "DEPENDENCIES" and asked is not None and (found := DEPENDENCY.match(line)):
            asked.add(found[1])
        elif section == "RUBY VERSION" and (found := RUBY_VERSION.match(line)):
            yield Runtime("ruby", found[1], page.path, number)
    for lock in locks:
        direct = page.asks(lock.name) if asked is None else lock.name in asked
        yield Locked("ruby", lock.name, lock.version, page.path, lock.line, direct, lock.note)


def _note(section: str, fields: dict[str, str]) -> str:
    remote = without_credentials(fields.get("remote", ""))
    match section:
        case "GIT":
            return f"git+{remote} at {fields.get('revision', '?')}"
        case "PATH":
            return f"path {remote}"
    return ""
