"""Gemfile and *.gemspec, as far as they can be read without running them, and Gemfile.lock."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from bot.capabilities.team_code.dependencies.facts import Declared, Entry, Locked, Runtime
from bot.capabilities.team_code.dependencies.page import Page
from bot.capabilities.team_code.dependencies.scripts import arguments, constants, literal, value
from bot.capabilities.team_code.dependencies.words import without_credentials

TEXT = r"""["']([^"']+)["']"""
GEM = re.compile(rf"gem[\s(]+{TEXT}(.*)$")
COMPUTED_GEM = re.compile(r"gem[\s(]+[a-z_@]")
RUBY = re.compile(rf"ruby[\s(]+{TEXT}")
GROUP = re.compile(r"group[\s(]+([^|]*?)\)?\s*do\b")
GROUP_OPTION = re.compile(r"(?:\bgroups?:|:groups?\s*=>)\s*(\[[^]]*\]|[:\"']\w+)")
PLACE = re.compile(rf"(?:\b(git|github|path):|:(git|github|path)\s*=>)\s*{TEXT}")
OPTION = re.compile(r"""(?:[a-z_]+:(?!:)|:\w+\s*=>|["'][\w-]+["']\s*(?:=>|:)|\*\*)""")
MODIFIER = re.compile(r"\s(?:if|unless)\s.*$")
OPENS = re.compile(r"(?:if|unless|case|begin|while|def)\b|.*\bdo(?:\s*\|[^|]*\|)?$")
WORDS = re.compile(r"\w+")

TEXT_OR_Q = r"""["']([^"'\n]+)["']|%q<([^>\n]+)>"""
ADDS = re.compile(r"\.add_(?:runtime_)?(development_)?dependency\b\s*\(?")
WANTS_RUBY = re.compile(r"\.required_ruby_version\s*=\s*(.*)$")

SPEC = re.compile(r"    ([^\s()]+) \(([^)-]+)(?:-([^)]+))?\)$")
"""The last is a platform: a version has no hyphen here (https://guides.rubygems.org/patterns/#prerelease-gems)."""

DEPENDENCY = re.compile(r"  ([^\s()!]+)(?: \([^)]*\))?(!)?$")
FIELD = re.compile(r"  (remote|revision): (.*)$")
RUBY_VERSION = re.compile(r"\s+ruby (\S+)")
BUNDLED_WITH = re.compile(r"\s+(\d[\w.]*)\s*$")
SECTIONS = ("GEM", "PATH", "GIT", "PLUGIN SOURCE")


def read_gemfile(page: Page) -> Iterator[Entry]:
    blocks: list[str] = []
    known = constants(page.lines)
    for number, text in _statements(page.lines):
        if found := GEM.match(text):
            yield _gem(page, found[1], _ranges(found[2], known), found[2], [*filter(None, blocks)], number)
        elif COMPUTED_GEM.match(text):
            page.wrong(f"line {number} asks for a gem whose name is computed")
        elif found := RUBY.match(text):
            yield Runtime("ruby", found[1], page.path, number)
        elif text == "end":
            del blocks[-1:]
        elif OPENS.match(text):
            group = GROUP.match(text)
            blocks.append(_groups(group[1]) if group else "")


def _gem(page: Page, name: str, ranges: list[str], rest: str, groups: list[str], line: int) -> Declared:
    if option := GROUP_OPTION.search(rest):
        groups = [*groups, _groups(option[1])]
    if place := PLACE.search(rest):
        ranges.append(f"{place[1] or place[2]} {without_credentials(place[3])}")
    return Declared("ruby", name, ", ".join(ranges), ",".join(groups), page.path, line)


def _ranges(rest: str, known: Mapping[str, str]) -> list[str]:
    """The ranges among the arguments behind a name; options are none."""
    out: list[str] = []
    for part in arguments(MODIFIER.sub("", rest)):
        if OPTION.match(part):
            break
        inner = part[1:-1] if part.startswith("[") and part.endswith("]") else part
        out += [value(one, known) for one in arguments(inner)]
    return out


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
    known = constants(page.lines)
    for number, text in _statements(page.lines):
        if found := ADDS.search(text):
            first, *rest = arguments(text[found.end() :]) or [""]
            if name := literal(first):
                ranges = _ranges(",".join(rest), known)
                yield Declared("ruby", name, ", ".join(ranges), "dev" if found[1] else "", page.path, number)
            else:
                page.wrong(f"line {number} asks for a gem whose name is computed")
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
            _add(locks, Locked("ruby", found[1], found[2], page.path, number, None, _note(section, fields)), found[3])
        elif section == "DEPENDENCIES" and asked is not None and (found := DEPENDENCY.match(line)):
            asked.add(found[1])
        elif section == "RUBY VERSION" and (found := RUBY_VERSION.match(line)):
            yield Runtime("ruby", found[1], page.path, number)
        elif section == "BUNDLED WITH" and (found := BUNDLED_WITH.match(line)):
            yield Runtime("bundler", found[1], page.path, number)
    for lock in locks:
        direct = page.asks(lock.name) if asked is None else lock.name in asked
        yield Locked("ruby", lock.name, lock.version, page.path, lock.line, direct, lock.note)


def _add(locks: list[Locked], lock: Locked, platform: str | None) -> None:
    """One version is one fact, for however many platforms it was built."""
    last = locks[-1] if locks else None
    if last and (last.name, last.version) == (lock.name, lock.version) and platform:
        note = f"{last.note}, {platform}" if last.note else f"any platform, {platform}"
        locks[-1] = replace(last, note=note)
    else:
        locks.append(replace(lock, note=", ".join(filter(None, (lock.note, f"for {platform}" if platform else "")))))


def _note(section: str, fields: dict[str, str]) -> str:
    remote = without_credentials(fields.get("remote", ""))
    match section:
        case "GIT":
            return f"git+{remote} at {fields.get('revision', '?')}"
        case "PATH":
            return f"path {remote}"
    return ""
