"""sbt and Mill: the modules that a build names in so many words, with the constants that its versions are kept in.

A build is a Scala program and is never run: texts, names of texts and the two ways of mapping a list are read; what else stands where a
version should is said to be computed. `%%` adds the Scala version to an artifact's name; here it is left as it is written.
"""

from __future__ import annotations

import posixpath
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from bot.capabilities.team_code.dependencies.facts import OVERRIDE, Declared, Entry, Runtime, Setting
from bot.capabilities.team_code.dependencies.page import Page
from bot.capabilities.team_code.dependencies.scripts import computed

ASSIGNMENT = "sbt"
MARK = "\N{DOUBLE DAGGER}"
"""Before what is written instead of a version, until all files of the build are read."""

TEXT = r'"(?:[^"\\\n]{0,200})"'
PATH = r"[A-Za-z_]\w*(?:\.[A-Za-z_`]\w*`?)*"
TERM = rf"(?<![\w.])(?:s?{TEXT}|{PATH})"
TYPE = r"(?:\s*:\s*[\w.]+(?:\[\w+\])?)?"
COMMENT = re.compile(rf'(?P<text>"""[\s\S]*?"""|{TEXT})|//[^\n]*|/\*[\s\S]*?(?:\*/|\Z)')
ASSIGNED = re.compile(
    rf"\b(?:val|def|var)\s+(?P<name>\w+|`[^`\n]+`){TYPE}\s*=\s*(?P<value>{TERM})(?P<more>[ \t]*[^\s;)}}/][^\n]*)?"
)
HOLDER = re.compile(r"\b(?:object|class|trait)\s+(?P<name>\w+)[^{}\n=]{0,200}\{")
MODULE = re.compile(
    rf"(?P<group>{TERM})\s*(?P<cross>%%?%?)\s*(?P<artifact>s?{TEXT}|{PATH})\s*%\s*(?P<version>s?{TEXT}|{PATH}(?!\s*\()|[^\s,;]+)"
    rf"(?P<scope>\s*\)?\s*%\s*(?:{TEXT}|[A-Z]\w*))?"
)
PAIR = re.compile(rf"(?P<group>{TERM})\s*%%?%?\s*(?P<artifact>s?{TEXT})(?!\s*%)")
MAPPED = re.compile(
    rf"\)\s*\.map\s*\(\s*(?:(?P<group>{TERM})\s*%%?%?\s*)?_\s*%\s*(?P<version>{TERM})(?P<scope>\s*%\s*(?:{TEXT}|[A-Z]\w*))?"
)
LITERAL = re.compile(TEXT)
IVY = re.compile(
    r'\b(?:ivy|mvn)"(?P<group>[\w.-]+):{1,3}(?P<artifact>[\w.${}-]+):{1,2}(?P<version>[^":;\s]+)(?:[:;][^"]*)?"'
)
SCALA = re.compile(rf"\bscalaVersion\s*:=\s*(?P<value>{TERM})|\bdef\s+scalaVersion\s*=\s*(?P<own>{TERM})")
SBT = re.compile(r"\s*sbt\.version\s*[=:]\s*(\d\S*)\s*$")
VARIABLE = re.compile(rf"\$(?:\{{({PATH})\}}|(\w+))")
DEV = re.compile(r"(?i).*\b(?:test|it|integrationtest)\b")
MOST_BEFORE = 300
"""Characters of a line that say what a module is for."""

MOST_MAPPED, LONGEST_LIST = 300, 10_000
"""Of one file: for each the list before it is looked for."""

DEEPEST = 5
"""How many names may stand for names."""


def read_build(page: Page) -> Iterator[Entry]:
    text = COMMENT.sub(lambda found: found["text"] or _blank(found[0]), "\n".join(page.lines))
    lines = _Lines(text)
    yield from _constants(page, text, lines)
    for found in SCALA.finditer(text):
        yield Runtime("scala", MARK + (found["value"] or found["own"]), page.path, lines.of(found.start()))
    for found in MODULE.finditer(text):
        if found["version"] != "_" and "VersionScheme" not in found["version"]:
            yield _declared(page, text, found, lines.of(found.start("artifact")), found["artifact"])
    for found in islice(MAPPED.finditer(text), MOST_MAPPED):
        yield from _each(page, text, found, lines)
    for found in IVY.finditer(text):
        name = f"{found['group']}:{found['artifact']}"
        yield Declared("java", name, MARK + f's"{found["version"]}"', "", page.path, lines.of(found.start()))


def read_properties(page: Page) -> Iterator[Entry]:
    """project/build.properties."""
    for number, line in enumerate(page.lines, 1):
        if found := SBT.match(line):
            yield Runtime("sbt", found[1], page.path, number)


def _constants(page: Page, text: str, lines: _Lines) -> Iterator[Setting]:
    holders = [(found.start(), found["name"]) for found in HOLDER.finditer(text)]
    for found in ASSIGNED.finditer(text):
        value = found["value"] if not found["more"] or found["value"].startswith(("s", '"')) else ""
        if not value or (found["more"] and not found["more"].strip().startswith("//")):
            continue
        name, line = found["name"].strip("`"), lines.of(found.start())
        yield Setting(ASSIGNMENT, name, value, page.path, line)
        inside = [holder for start, holder in holders if start < found.start()]
        if inside:
            yield Setting(ASSIGNMENT, f"{inside[-1]}.{name}", value, page.path, line)


def _declared(page: Page, text: str, found: re.Match[str], line: int, artifact: str) -> Declared:
    """Names that are constants are filled in with the versions, when all files are read."""
    before = text[max(0, found.start() - MOST_BEFORE) : found.start()].rpartition("\n")[2]
    group = "dev" if found["scope"] and DEV.match(found["scope"]) else ""
    if "addSbtPlugin" in before or "addCompilerPlugin" in before or "compilerPlugin" in before:
        group = "plugin"
    elif "dependencyOverrides" in before:
        group = OVERRIDE
    return Declared("java", f"{MARK}{found['group']}{MARK}{artifact}", MARK + found["version"], group, page.path, line)


def _each(page: Page, text: str, found: re.Match[str], lines: _Lines) -> Iterator[Declared]:
    """`Seq("a", "b").map("org" %% _ % version)` and `Seq("org" % "a").map(_ % version)`."""
    start = _opening(text, found.start())
    inside = text[start + 1 : found.start()]
    parts = LITERAL.finditer(inside) if found["group"] else PAIR.finditer(inside)
    for part in parts:
        owner, artifact = (found["group"], part[0]) if found["group"] else (part["group"], part["artifact"])
        one = _declared(page, text, found, lines.of(start + 1 + part.start()), artifact)
        yield replace(one, name=f"{MARK}{owner}{MARK}{artifact}")


def _opening(text: str, closing: int) -> int:
    """The bracket that this one closes."""
    depth = 0
    for at in range(closing, max(-1, closing - LONGEST_LIST), -1):
        depth += (text[at] == ")") - (text[at] == "(")
        if not depth:
            return at
    return closing


def _blank(comment: str) -> str:
    return re.sub(r"[^\n]", " ", comment)


class _Lines:
    """Numbers of lines by offset."""

    def __init__(self, text: str) -> None:
        self._ends = [found.start() for found in re.finditer("\n", text)]

    def of(self, at: int) -> int:
        return bisect_left(self._ends, at) + 1


@dataclass(frozen=True, slots=True)
class _Known:
    """What names stand for: by file, and by the build that the file belongs to."""

    here: Mapping[tuple[str, str], set[str]]
    build: Mapping[tuple[str, str], set[str]]

    def text(self, term: str, path: str, depth: int = 0) -> str | None:
        """The text of a literal or a name; None where it is no constant, or more than one."""
        if term.endswith('"'):
            return self._interpolated(term, path, depth)
        if depth > DEEPEST:
            return None
        name = ".".join(term.replace("`", "").split(".")[-2:])
        for key, values in (((path, name), self.here), ((home(path), name), self.build)):
            if found := values.get(key):
                return self.text(next(iter(found)), path, depth + 1) if len(found) == 1 else None
        return None

    def _interpolated(self, term: str, path: str, depth: int) -> str | None:
        bare = term.removeprefix("s")[1:-1]
        if not term.startswith("s"):
            return bare
        missing: list[str] = []

        def value(found: re.Match[str]) -> str:
            text = self.text(found[1] or found[2], path, depth + 1)
            missing.extend([found[0]] if text is None else ())
            return text or found[0]

        filled = VARIABLE.sub(value, bare)
        return None if missing else filled


def resolved(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Names of versions, groups and artifacts become the texts that the build gives them."""
    here: dict[tuple[str, str], set[str]] = defaultdict(set)
    build: dict[tuple[str, str], set[str]] = defaultdict(set)
    rest: list[Entry] = []
    for entry in entries:
        if isinstance(entry, Setting) and entry.kind == ASSIGNMENT:
            here[entry.path, entry.name].add(entry.value)
            build[home(entry.path), entry.name].add(entry.value)
        else:
            rest.append(entry)
    known = _Known(here, build)
    for entry in rest:
        if isinstance(entry, Runtime) and entry.version.startswith(MARK):
            yield replace(entry, version=_version(entry.version, entry.path, known))
        elif isinstance(entry, Declared) and entry.range.startswith(MARK):
            if name := _name(entry, known):
                yield replace(entry, name=name, range=_version(entry.range, entry.path, known))
        else:
            yield entry


def _version(written: str, path: str, known: _Known) -> str:
    term = written.removeprefix(MARK)
    text = known.text(term, path)
    return computed(term.strip("()")) if text is None else text


def _name(entry: Declared, known: _Known) -> str:
    """ "" for one whose name only running tells."""
    if not entry.name.startswith(MARK):
        return entry.name
    parts: Sequence[str | None] = [known.text(one, entry.path) for one in entry.name.split(MARK)[1:]]
    return ":".join(one for one in parts if one) if all(parts) else ""


def home(path: str) -> str:
    """The folder of the build that a file belongs to: what stands in project/ is of the one around it."""
    parts = path.split("/")[:-1]
    while parts and parts[-1] == "project":
        parts.pop()
    return posixpath.join("", *parts) if parts else ""
