"""CocoaPods: Podfile.lock, and what a Podfile names in so many words: it is a program, and none is run here."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.capabilities.team_code.dependencies.facts import Declared, Entry, Locked, Own
from bot.capabilities.team_code.dependencies.page import Page
from bot.capabilities.team_code.dependencies.scripts import arguments, constants, literal, value
from bot.capabilities.team_code.dependencies.words import without_credentials

POD = re.compile(r"  - \"?([^\s()\"]+(?: [^\s()\"]+)*) \(([^()]+)\)\"?:?$")
ASKED = re.compile(r"  - \"?([^\s()\"]+)")
KEY = re.compile(r"([A-Z][A-Z ]+):")
TEXT = r"[\"']([^\"'\n]+)[\"']"
NAMED = re.compile(rf"pod[\s(]+{TEXT}(.*)$")
OWN = re.compile(rf"\s*\w+\.name\s*=\s*{TEXT}\s*$")
DEPENDENCY = re.compile(r"\s*\w+(?:\.(?:ios|osx|macos|tvos|watchos|visionos))?\.dependency[\s(]+(.+)$")
OPTION = re.compile(r"(?::?\w+\s*=>|\w+:|\S+\s+if\b)")
PLACE = re.compile(rf"(?:\b(git|path|podspec):|:(git|path|podspec)\s*=>)\s*{TEXT}")
MAX_LINE_CHARS = 1_000


def read_podfile_lock(page: Page) -> Iterator[Entry]:
    """PODS lists each pod with its version, DEPENDENCIES what the Podfile asks for; below a pod stands what it needs itself."""
    section, locks, asked = "", list[tuple[str, str, int]](), set[str]()
    for number, line in enumerate(page.lines, 1):
        if found := KEY.match(line):
            section = found[1]
        elif section == "PODS" and (found := POD.match(line)):
            locks.append((found[1], found[2], number))
        elif section == "DEPENDENCIES" and (found := ASKED.match(line)):
            asked.add(found[1])
        elif line.startswith(("<<<<<<<", "=======", ">>>>>>>")):
            page.wrong(f"line {number} is a mark of an unfinished merge")
    for name, version, number in locks:
        yield Locked("cocoapods", name, version, page.path, number, name in asked)


def read_podspec(page: Page) -> Iterator[Entry]:
    """What a pod of the repository's own asks for, in so many words."""
    known = constants(page.lines)
    for number, line in enumerate(page.lines, 1):
        if len(line) > MAX_LINE_CHARS or line.lstrip().startswith("#"):
            continue
        if found := OWN.match(line):
            yield Own("cocoapods", found[1], "", page.path, number)
        elif found := DEPENDENCY.match(line):
            name, *ranges = arguments(found[1])
            if called := literal(name):
                wanted = ", ".join(value(one, known) for one in ranges if not OPTION.match(one))
                yield Declared("cocoapods", called, wanted, "", page.path, number)


def read_podfile(page: Page) -> Iterator[Entry]:
    known = constants(page.lines)
    for number, line in enumerate(page.lines, 1):
        if len(line) > MAX_LINE_CHARS or not (found := NAMED.match(re.sub(r"\s#.*$", "", line.strip()))):
            continue
        ranges = [value(one, known) for one in arguments(found[2]) if not OPTION.match(one)]
        if place := PLACE.search(found[0]):
            ranges.append(f"{place[1] or place[2]} {without_credentials(place[3])}")
        yield Declared("cocoapods", found[1], ", ".join(ranges), "", page.path, number)
