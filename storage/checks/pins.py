"""What a lock file settles: which version of each Python package, and for which Python. Read by the readers of team_code."""

from __future__ import annotations

import contextlib
import hashlib
import json
import platform
import re
import sys
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from bot.capabilities.team_code.dependencies import Declared, Locked, read, wants
from bot.capabilities.team_code.dependencies.python_requirements import is_compiled

LOCKS = ("uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock")
MOST_PINS = 1_500
MINORS = range(8, 16)
"""The Python 3 versions that are looked at."""

NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,98}[a-z0-9])?")
VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+!-]{0,60}")
PLACES = ("git+", "url ", "path ", "hg+", "svn+", "bzr+")


@dataclass(frozen=True, slots=True)
class Pins:
    """Versions by normalised name. `wanted` are requirements that leave the version open; `direct` what the team asks for itself, None
    where nobody tells; `unread` packages that no index has (git, addresses, folders), each with the reason.
    """

    python: str
    versions: Mapping[str, str] = field(default_factory=dict)
    wanted: tuple[str, ...] = ()
    direct: frozenset[str] | None = None
    unread: Mapping[str, str] = field(default_factory=dict)
    is_whole: bool = False
    problems: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        told = [4, self.python, platform.machine(), sorted(self.versions.items()), sorted(self.wanted), self.is_whole]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:32]

    @property
    def is_empty(self) -> bool:
        return not self.versions and not self.wanted


def running_python() -> str:
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def of_lines(lines: Iterable[str], python: str = "") -> Pins:
    """Requirement lines, as `pip freeze` writes them or people do."""
    return of_files({"requirements.txt": "\n".join(lines) + "\n"}, python)


def of_files(files: Mapping[str, str], python: str = "") -> Pins:
    """All that the manifests and locks say, by path. Of several locks in one folder the tool's own counts; the root's come first."""
    known = {path: text for path, text in files.items() if wants(path)}
    found = read(known)
    version = python or _python([one.version for one in found.runtimes if one.name == "python"])
    locked = [one for one in found.locked if one.ecosystem == "python"]
    projects = _projects(known)
    declared = [one for one in found.declared if one.ecosystem == "python" and one.name not in projects]
    paths = _chosen(sorted({one.path for one in locked}, key=lambda path: (path.count("/"), path)), known)
    versions: dict[str, str] = {}
    unread: dict[str, str] = {}
    for path in paths:
        _take(versions, unread, [one for one in locked if one.path == path], version)
    asked = {one.name for one in declared} | {one.name for one in locked if one.direct}
    is_whole = any(_is_whole(path, known[path]) for path in paths)
    wanted = _wanted(declared, versions, unread)
    wanted = [] if is_whole else wanted  # what comes from other places no lock for an index holds
    if len(versions) + len(wanted) > MOST_PINS:
        return Pins(version, problems=(f"it has more than {MOST_PINS:,} packages",))
    problems = tuple(str(one) for one in found.problems if one.is_whole)
    return Pins(version, versions, tuple(wanted), frozenset(asked) or None, unread, is_whole, problems)


def locks(files: Mapping[str, str]) -> list[str]:
    """The files that pin packages, the strongest kind of each folder, those nearest to the top first."""
    known = {path: text for path, text in files.items() if wants(path)}
    locked = {one.path for one in read(known).locked if one.ecosystem == "python"}
    return _chosen(sorted(locked, key=lambda path: (path.count("/"), path)), known)


def _chosen(paths: list[str], files: Mapping[str, str]) -> list[str]:
    """In each folder the strongest kind of lock; pinned requirements stand beside each other."""
    chosen: list[str] = []
    for folder in dict.fromkeys(path.rpartition("/")[0] for path in paths):
        here = [path for path in paths if path.rpartition("/")[0] == folder]
        whole = sorted((path for path in here if _is_whole(path, files[path])), key=lambda path: _rank(path))
        strongest = [path for path in whole if _rank(path) == _rank(whole[0])] if whole else []
        chosen += strongest or here
    return chosen


def _rank(path: str) -> int:
    name = path.rpartition("/")[2]
    return LOCKS.index(name) if name in LOCKS else len(LOCKS)


def _is_whole(path: str, text: str) -> bool:
    """Whether it names what its packages need, too."""
    name = path.rpartition("/")[2]
    return name in LOCKS or (name.startswith("pylock") and name.endswith(".toml")) or is_compiled(text)


def _take(versions: dict[str, str], unread: dict[str, str], locked: Iterable[Locked], python: str) -> None:
    """The first file that pins a package counts; of several pins in one file the newest that Python's version does not rule out."""
    mine: dict[str, str] = {}
    for one in locked:
        if not NAME.fullmatch(one.name) or one.name in versions or one.note.startswith("workspace"):
            continue
        if one.note.startswith(PLACES):
            unread.setdefault(one.name, "it comes from a git repository, an address or a folder")
        elif VERSION.fullmatch(one.version) and _fits(one.note, python):
            mine[one.name] = _newest(mine.get(one.name, ""), one.version)
    versions.update(mine)


def _fits(note: str, python: str) -> bool:
    """A marker that rules this Python out; anything else in it is left to whoever installs."""
    for operator, wanted in re.findall(r"python(?:_full)?_version\s*(==|!=|<=|>=|<|>)\s*['\"]([\d.*]+)['\"]", note):
        if " or " in note:
            return True
        try:
            if Version(python + ".9") not in SpecifierSet(operator + wanted) and Version(python) not in SpecifierSet(
                operator + wanted
            ):
                return False
        except (InvalidSpecifier, InvalidVersion):
            continue
    return True


def _newest(one: str, other: str) -> str:
    try:
        return max((one, other), key=lambda text: Version(text or "0"))
    except InvalidVersion:
        return other


def _projects(files: Mapping[str, str]) -> frozenset[str]:
    """What the team's own projects are called: one that asks for its own extras means itself, not what an index has by that name."""
    found = set()
    for path, text in files.items():
        if path.rpartition("/")[2] == "pyproject.toml":
            with contextlib.suppress(tomllib.TOMLDecodeError, AttributeError, TypeError):
                told = tomllib.loads(text)
                projects = told.get("project", {}), told.get("tool", {}).get("poetry", {})
                found |= {canonical(str(one["name"])) for one in projects if "name" in one}
    return frozenset(found)


def _wanted(declared: Iterable[Declared], versions: Mapping[str, str], unread: dict[str, str]) -> list[str]:
    wanted: dict[str, str] = {}
    for one in declared:
        if one.name in versions or not NAME.fullmatch(one.name) or one.group == "build" or one.name == "python":
            continue
        bare = one.range.partition(";")[0].strip()
        if "@" in bare or "://" in bare:
            unread.setdefault(one.name, "it comes from a git repository, an address or a folder")
            continue
        bare = re.sub(r"^\[[^]]*\]", "", bare).strip()
        try:
            wanted.setdefault(one.name, f"{one.name}{SpecifierSet(bare)}")
        except InvalidSpecifier:
            wanted.setdefault(one.name, one.name)
    return list(wanted.values())


def _python(asked: Iterable[str]) -> str:
    """The oldest Python that all are content with: what runs there runs on newer ones, mostly. Ours where nobody tells."""
    texts = list(asked)
    for text in texts:
        if found := re.fullmatch(r"(?:python-?)?3\.(\d+)(?:\.\d+)?", text.strip()):
            return f"3.{found[1]}"
    for text in texts:
        bare = re.sub(r"\^(\d+\.\d+(?:\.\d+)?)", r">=\1,<4", text.replace("~=", "~=")).strip()
        try:
            wanted = SpecifierSet(bare)
        except InvalidSpecifier:
            continue
        for minor in MINORS:
            if Version(f"3.{minor}.30") in wanted:
                return f"3.{max(minor, 8)}"
    return running_python()


def canonical(name: str) -> str:
    return canonicalize_name(name)
