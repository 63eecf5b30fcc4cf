"""Conda: environment.yml and conda-lock.yml. What pip installs in an environment is Python's, the rest is conda's own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from packaging.utils import canonicalize_name

from bot.capabilities.team_code.dependencies.facts import Declared, Entry, Locked, Runtime
from bot.capabilities.team_code.dependencies.page import Page
from bot.capabilities.team_code.dependencies.python_asks import declared
from bot.capabilities.team_code.dependencies.words import Word

ARCHIVE = re.compile(r"/([^/]+)-([^-/]+)-[^-/]+\.(?:conda|tar\.bz2)$")
"""An address names a package with its version and build."""

MAX_CHARS = 1_000
LISTED = re.compile(r"^dependencies:", re.MULTILINE)
SPEC = re.compile(r"(?:[^\s:\[\]]+::)?([A-Za-z0-9_][\w.-]*)\s*(?:\[[^]]*\])?\s*([<>=!~\d*].*)?$")


@dataclass(slots=True)
class Package:
    line: int
    platforms: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)


def read_environment(page: Page) -> Iterator[Entry]:
    if not LISTED.search(page.text):
        return  # other files are called so, too, and need not be YAML
    for data in page.yaml():
        if not isinstance(data.get("dependencies"), list):
            continue
        for item in page.items(data, "dependencies"):
            if isinstance(item, Word):
                yield from _spec(page, item)
            elif isinstance(item, dict):
                for text in page.words(item, "pip") if "pip" in item else ():
                    if not text.startswith("-") and (asks := declared(page, text, text.line, "")):
                        yield asks


def _spec(page: Page, text: Word) -> Iterator[Entry]:
    """`name`, `name=1.2`, `name >=1.2`, `channel::name=1.2=build`."""
    found = SPEC.match(text.partition("#")[0].strip())
    if not found:
        page.wrong(f"line {text.line} is not a package of conda")
        return
    name, wanted = found[1].lower(), (found[2] or "").strip()
    if name == "python" and wanted:
        yield Runtime("python", wanted.lstrip("="), page.path, text.line)
    else:
        yield Declared("conda", name, wanted, "", page.path, text.line)


def read_explicit(page: Page) -> Iterator[Entry]:
    """A list of addresses, as `conda list --explicit` and conda-lock's older form write it; other texts of that name hold none."""
    for number, line in enumerate(page.lines, 1):
        if found := ARCHIVE.search(line.partition("#")[0].strip()[:MAX_CHARS]):
            yield Locked("conda", found[1], found[2], page.path, number, None)


def read_conda_lock(page: Page) -> Iterator[Entry]:
    """A package stands there once for each platform; those that agree on a version are one fact."""
    for data in page.yaml():
        packages: dict[tuple[str, str, str], Package] = {}
        all_platforms: set[str] = set()
        for entry in page.tables(data, "package"):
            name, version = page.word(entry, "name"), page.word(entry, "version")
            if not name or version is None:
                page.wrong("a package has no name or version")
                continue
            by_pip = page.word(entry, "manager") == "pip"
            key = ("python", canonicalize_name(name), str(version)) if by_pip else ("conda", str(name), str(version))
            package = packages.setdefault(key, Package(name.line))
            platform = str(page.word(entry, "platform") or "")
            all_platforms.add(platform)
            package.platforms.append(platform)
            package.groups.append(str(page.word(entry, "category") or "main"))
        for (ecosystem, called, settled), package in packages.items():
            where = sorted(set(package.platforms))
            notes = [f"for {', '.join(where)}" if set(where) != all_platforms else ""]
            notes += [f"for {group}" for group in sorted(set(package.groups)) if "main" not in package.groups]
            direct = _asks(page, ecosystem, called) or None  # an environment may be locked from several files
            yield Locked(ecosystem, called, settled, page.path, package.line, direct, "; ".join(filter(None, notes)))


def _asks(page: Page, ecosystem: str, name: str) -> bool:
    return any(isinstance(one, Declared) and (one.ecosystem, one.name) == (ecosystem, name) for one in page.near or ())
