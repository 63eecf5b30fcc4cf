"""Which files are understood, and how they are read together: manifests first, then the locks that stand beside them."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Any, TypeVar

from bot.capabilities.team_code.dependencies import dotnet, gradle, maven, node_workspace, sbt
from bot.capabilities.team_code.dependencies import python_requirements as requirements
from bot.capabilities.team_code.dependencies.cargo import inherit
from bot.capabilities.team_code.dependencies.facts import (
    Declared,
    Dependencies,
    Entry,
    Locked,
    Member,
    Own,
    Problem,
    Runtime,
)
from bot.capabilities.team_code.dependencies.kinds import COMPILED, CONSTRAINTS, REQUIREMENTS, Kind, kind_of
from bot.capabilities.team_code.dependencies.marked import MARK
from bot.capabilities.team_code.dependencies.page import Page
from bot.capabilities.team_code.dependencies.words import Malformed, Word

MAX_NAME_CHARS = 100
MOST_ENTRIES = 200_000
"""Of one file; the largest lock files in the wild have some 60,000."""

NOT_OURS = frozenset({"node_modules", "vendor", ".venv", "venv", "site-packages", "Pods"})


def wants(path: str) -> bool:
    """Whether `read` understands this file. What was installed or copied in from elsewhere is not the repository's own."""
    return kind_of(path) is not None and is_ours(path)


def is_ours(path: str) -> bool:
    return NOT_OURS.isdisjoint(path.split("/")[:-1])


def most_bytes(path: str) -> int:
    """How large a file may be to be read here; 0 for one that is not."""
    kind = kind_of(path) if is_ours(path) else None
    return kind.max_chars if kind else 0


class TooLong(Exception):
    """Raised within a reader by whoever bounds its time."""


Bounds = Callable[[], AbstractContextManager[object]]


def read(files: Mapping[str, str], bounds: Bounds = nullcontext) -> Dependencies:
    """All that the files say; those that `wants` does not know count only where a requirements file takes them in.

    `bounds` is held around each file, and may end its reading with TooLong.
    """
    kinds = {path: kind for path in files if wants(path) and (kind := kind_of(path))}
    kinds |= _requirement_kinds(files, kinds)
    repository = _Repository(bounds)
    for path in sorted(kinds, key=lambda path: (kinds[path].is_lock, path)):
        repository.add(path, files[path], kinds[path])
    repository.problems += _missing(files, kinds)
    return repository.dependencies()


@dataclass(slots=True)
class _Repository:
    """What was read so far; of the manifests, by directory."""

    bounds: Bounds
    asked: dict[str, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    locks: list[Entry] = field(default_factory=list)
    manifests: set[tuple[str, str]] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)
    paths: set[str] = field(default_factory=set)

    def add(self, path: str, text: str, kind: Kind) -> None:
        page = Page(path, _cleaned(text[: kind.max_chars]), kind.ecosystem, self._near(path, kind))
        self.paths.add(path)
        entries = self.locks if kind.is_lock else self.asked[page.directory]
        before = len(entries)
        self._fill(entries, page, text, kind)
        if not kind.is_lock:
            self.manifests.add((page.directory, kind.ecosystem))
        if page.problems:
            more = f" (and {len(page.problems) - 1:,} more)" if len(page.problems) > 1 else ""
            self.problems.append(Problem(path, page.problems[0] + more, is_whole=len(entries) == before))

    def _fill(self, entries: list[Entry], page: Page, text: str, kind: Kind) -> None:
        """As far as it goes: what was read before something went wrong counts."""
        try:
            _check(text, kind)
            with self.bounds():
                entries.extend(_counted(kind.reader(page)))
        except Malformed as error:
            page.problems.insert(0, str(error))
        except (TooLong, MemoryError) as error:
            much = "memory" if isinstance(error, MemoryError) else "time"
            page.problems.insert(0, f"not read to its end: it takes too much {much}")

    def _near(self, path: str, kind: Kind) -> tuple[Entry, ...] | None:
        """What the manifests of a lock's own directory say, and those of the members it names."""
        if not kind.is_lock:
            return None
        folder = posixpath.dirname(path)
        folders = [folder]
        if kind is COMPILED and posixpath.basename(folder) == "requirements":
            folders.append(posixpath.dirname(folder))
        patterns = [entry.pattern for entry in self.asked.get(folder, ()) if isinstance(entry, Member)]
        if patterns:
            folders += [other for other in self.asked if _is_member(other, folder, patterns)]
        if not any((place, kind.ecosystem) in self.manifests for place in folders):
            return None
        return tuple(entry for place in folders for entry in self.asked.get(place, ()))

    def dependencies(self) -> Dependencies:
        entries = [entry for some in (*self.asked.values(), self.locks) for entry in some]
        taken, missing = dotnet.imports(entries, self.paths)
        self.problems += missing
        entries = list(
            node_workspace.resolved(dotnet.resolved(sbt.resolved(gradle.resolved(maven.resolved(entries))), taken))
        )
        declared = inherit(entry for entry in entries if isinstance(entry, Declared))
        return Dependencies(
            tuple(sorted(map(_plain, declared), key=_order)),
            tuple(sorted((_plain(entry) for entry in entries if isinstance(entry, Locked)), key=_order)),
            tuple(sorted((_plain(entry) for entry in entries if isinstance(entry, Runtime)), key=_order)),
            tuple(sorted(self.problems, key=str)),
            tuple(sorted((_plain(entry) for entry in entries if isinstance(entry, Own)), key=_order)),
        )


def _counted(entries: Iterator[Entry]) -> Iterator[Entry]:
    for number, entry in enumerate(entries):
        if number >= MOST_ENTRIES:
            raise Malformed(f"not read beyond {MOST_ENTRIES:,} entries")
        yield entry


def _requirement_kinds(files: Mapping[str, str], kinds: Mapping[str, Kind]) -> dict[str, Kind]:
    """Which files of requirements are ones of constraints or compiled, only their text and those that name them tell."""
    named = {path: False for path in requirements.named_by_projects(files) if path in files and path not in kinds}
    starts = named | {path: kind is CONSTRAINTS for path, kind in kinds.items() if kind in (REQUIREMENTS, CONSTRAINTS)}
    return {
        path: CONSTRAINTS if constraint else COMPILED if requirements.is_compiled(files[path]) else REQUIREMENTS
        for path, constraint in requirements.included(files, starts).items()
    }


def _missing(files: Mapping[str, str], kinds: Mapping[str, Kind]) -> list[Problem]:
    return [
        Problem(path, f"includes {target[:MAX_NAME_CHARS]} (line {line}), which was not given")
        for path, kind in kinds.items()
        if kind in (REQUIREMENTS, CONSTRAINTS, COMPILED)
        for target, _, line in requirements.includes(path, files[path])
        if target not in files and ":/" not in target
    ]


def _is_member(folder: str, root: str, patterns: list[str]) -> bool:
    """Whether a pattern such as packages/* names the folder; ** takes in everything below."""
    if root and not folder.startswith(f"{root}/"):
        return False
    parts = folder.removeprefix(root).strip("/").split("/")
    named = False
    for pattern in patterns:
        wanted = pattern.removeprefix("!").removeprefix("./").rstrip("/").split("/")
        if "**" in wanted:
            wanted = wanted[: wanted.index("**")]
            inside = len(parts) > len(wanted)
        else:
            inside = len(parts) == len(wanted)
        if inside and all(fnmatchcase(part, want) for part, want in zip(parts, wanted, strict=False)):
            named = not pattern.startswith("!")
    return named


def _check(text: str, kind: Kind) -> None:
    if len(text) > kind.max_chars:
        raise Malformed(f"not read: longer than {kind.max_chars:,} characters")
    if "\0" in text:
        raise Malformed("not a text file")


def _cleaned(text: str) -> str:
    """Line ends as everywhere, no byte order mark, and the character free that marks lines."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace(MARK, "?")


def _order(entry: Declared | Locked | Runtime | Own) -> tuple[str, int, str]:
    return entry.path, entry.line, entry.name


T = TypeVar("T", Declared, Locked, Runtime, Own)


def _plain(entry: T) -> T:
    """Words have done their work; what is handed out is plain text."""
    texts: dict[str, Any] = {
        name: str(value) for name in entry.__slots__ if isinstance(value := getattr(entry, name), Word)
    }
    return replace(entry, **texts) if texts else entry
