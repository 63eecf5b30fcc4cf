"""An answer out of facts: what could not be read first, then what was asked, locks before declarations, the same thing once.

Nothing is said to be absent that may stand in a file that was not read.
"""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from bot.capabilities.team_code.dependencies.ecosystems import (
    NAMES,
    belongs,
    last,
    plain,
    runtime_named,
    runtimes_of,
)
from bot.capabilities.team_code.dependencies.facts import (
    VERSION_KEY,
    Declared,
    Dependencies,
    Locked,
    Own,
    Problem,
    Runtime,
)
from bot.capabilities.team_code.dependencies.kinds import kind_of
from bot.capabilities.team_code.dependencies.left_open import NEEDS_LOCK, covers, is_loose
from bot.capabilities.team_code.dependencies.names import BY_LAST_PART, Asked, Match, Package, Register, asked
from bot.capabilities.team_code.dependencies.places import TRIED_OUT, aside, is_above, order
from bot.capabilities.team_code.dependencies.question import NotRead, Question, Row
from bot.capabilities.team_code.dependencies.unread import BY_NAME
from bot.capabilities.team_code.dependencies.wording import (
    bare,
    capped,
    declared_row,
    declared_text,
    groups,
    listed,
    locked_row,
    locked_text,
    once,
    placed,
    runtime_rows,
    same_ask,
    same_lock,
)

MOST_PROBLEMS = 6
MOST_LOCKED = 10
MOST_DECLARED = 8
MOST_OWN = 3
MOST_NEAR = 3


def answer(question: Question, found: Dependencies, files: int) -> list[Row]:
    """`files` were read."""
    return list(_Report(question, found, files).rows())


class _Report:
    def __init__(self, question: Question, found: Dependencies, files: int) -> None:
        self._question = question
        self._files = files
        self._problems = [one for one in found.problems if self._concerns(one.path)]
        self._runtimes = found.runtimes
        self._declared = [one for one in found.declared if belongs(one.ecosystem, question.ecosystem)]
        self._locked = [one for one in found.locked if belongs(one.ecosystem, question.ecosystem)]
        self._all = found
        self._keys = [one for one in self._declared if one.group == VERSION_KEY]
        self._register = Register.of([*(one for one in self._declared if one.group != VERSION_KEY), *self._locked])
        self._own = [
            one for one in found.own if belongs(one.ecosystem, question.ecosystem) and self._is_inside(one.path)
        ]
        self._own_locks = [one for one in self._locked if self._is_inside(one.path)]

    def rows(self) -> Iterator[Row]:
        yield from self._unread()
        if self._question.names:
            shown: set[str] = set()
            told: set[str] = set()
            rows = [
                replace(row, name=name)
                for name in self._question.names
                for row in self._named(asked(name), shown, told)
            ]
            yield from once([*rows, *self._running(shown, told)])
        else:
            yield from self._running(set(), set())
            yield from self._direct()

    def _is_inside(self, path: str) -> bool:
        return path not in self._question.outside

    def _concerns(self, path: str) -> bool:
        kind = kind_of(path)
        return not kind or not kind.ecosystem or belongs(kind.ecosystem, self._question.ecosystem)

    # --- what is not known ------------------------------------------------------------------------------------------

    def _unread(self) -> Iterator[Row]:
        whole = [*self._question.not_read, *(_not_read(one) for one in self._problems if one.is_whole)]
        whole.sort(key=lambda one: (not one.is_lock, order(one.path)))
        yield from _some(
            (Row(f"not read: {one.path}: {bare(one.reason)}") for one in whole), len(whole), "files not read"
        )
        by_name: dict[str, list[str]] = defaultdict(list)
        for one in sorted(self._question.not_understood, key=lambda one: order(one.path)):
            by_name[_family(one.path)].append(one.path)
        for paths in list(by_name.values())[:MOST_PROBLEMS]:
            more = f" (and {len(paths) - 1:,} more of its kind)" if len(paths) > 1 else ""
            yield Row(f"not understood: {paths[0]} is here{more} and is not understood; read_file shows it")
        if len(by_name) > MOST_PROBLEMS:
            yield Row(f"not understood: {len(by_name) - MOST_PROBLEMS} more kinds of files")
        partly = sorted((one for one in self._problems if not one.is_whole), key=lambda one: order(one.path))
        yield from _some((Row(f"read in part: {one}") for one in partly), len(partly), "files read in part")
        if self._question.left_out:
            yield Row(
                f"not read: {self._question.left_out:,} more dependency files; narrow path_glob or ecosystem to have them read"
            )

    def _blind(self, ecosystems: Iterable[str], folder: str | None = None) -> list[str]:
        """Files that were not read whole and might hold a package of these ecosystems; in a folder, the locks that hold for it.

        A broken fixture is said to be unread like others; what the product depends on does not stand in it.
        """
        wanted = set(ecosystems)
        unread = [*self._question.not_read, *self._question.not_understood, *map(_not_read, self._problems)]
        paths = [
            one.path
            for one in unread
            if (any(belongs(one.ecosystem, name) for name in wanted) if wanted else one.ecosystem in NAMES)
            and (
                (self._question.folder or aside(one.path) < TRIED_OUT)
                if folder is None
                else (one.is_lock and is_above(posixpath.dirname(one.path), folder))
            )
        ]
        return sorted(dict.fromkeys(paths), key=order)

    # --- names ------------------------------------------------------------------------------------------------------

    def _named(self, wanted: Asked, shown: set[str], told: set[str]) -> Iterator[Row]:
        """`shown` are the ecosystems of packages that were told of, `told` the runtimes."""
        match = self._register.match(wanted)
        packages = [one for one in match.packages if belongs(one[0], wanted.ecosystem)]
        running = self._runtime_named(wanted)
        if running and match.how:
            packages = []  # `gradle` is the program, and not com.android.tools.build:gradle
        if running and not packages:
            told.update(one.name for one in running)
            yield from self._runtime_rows(running, only_nearest=False)
        itself = list(self._itself(wanted, packages))
        keys = (
            [] if packages else groups([one for one in self._keys if plain(one.name) == plain(wanted.name)], same_ask)
        )
        if not packages:
            yield from itself or map(declared_row, keys) if keys or itself or running else self._absent(wanted, match)
            return
        kinds = sorted({ecosystem for ecosystem, _ in packages})
        if match.how:
            yield Row(f"{wanted.written}: {match.how}")
        if len(kinds) > 1:
            yield Row(f"{wanted.written} is a package in {' and in '.join(kinds)} here; they are not the same")
        for package in packages:
            shown.add(package[0])
            yield from self._package(package)
        yield from itself
        if near := match.near or (self._register.near(wanted.name) if self._is_aside(wanted, packages) else ()):
            yield from self._near_rows([one for one in near if one not in packages])

    def _is_aside(self, wanted: Asked, packages: Iterable[Package]) -> bool:
        """Whether only a plugin of the build or something for tests has a plain name: what people mean may be called otherwise."""
        if not wanted.name.isalnum():
            return False
        asks = [one for package in packages for one in self._facts(package)[1]]
        locks = any(self._facts(package)[0] for package in packages)
        return bool(asks) and not locks and all(one.group in ("plugin", "dev", "build") for one in asks)

    def _itself(self, wanted: Asked, packages: Sequence[Package]) -> Iterator[Row]:
        """A name that means a package of the repository's own."""
        own = [one for one in self._own if belongs(one.ecosystem, wanted.ecosystem)]
        names = {plain(wanted.name), *(plain(name) for _, name in packages)}
        named = [one for one in own if plain(one.name) in names]
        for one in sorted(named or _ending(own, wanted), key=lambda one: order(one.path))[:MOST_OWN]:
            version = f", version {one.version}" if one.version else ""
            text = f"{one.ecosystem} {one.name} is this repository's own{version}  ({one.path}:{one.line})"
            yield Row(text, one.path, one.line)

    def _runtime_named(self, wanted: Asked) -> list[Runtime]:
        """`php` and `node` are no packages, and have versions all the same."""
        name = runtime_named(wanted.name) or plain(wanted.name)
        return [one for one in self._runtimes if plain(one.name) == name]

    def _absent(self, wanted: Asked, match: Match) -> Iterator[Row]:
        limit = self._question.ecosystem or wanted.ecosystem
        where = f" of {limit}" if limit else ""
        inside = f" under {self._question.folder}" if self._question.folder else ""
        files = f"{self._files:,} dependency files{where}{inside}"
        if blind := self._blind({limit} if limit else ()):
            yield Row(
                f"{wanted.written}: not known: in none of the {files}, but {listed(blind)} could not be read, or not whole"
            )
        elif self._question.left_out:
            yield Row(f"{wanted.written}: not known: in none of the {files} that were looked at; others were not")
        else:
            yield Row(f"{wanted.written}: in none of the {files} that were looked at")
        for row in self._elsewhere(wanted, limit):
            yield row
            return
        near = (*match.packages, *match.near)
        yield from self._near_rows([one for one in near if belongs(one[0], wanted.ecosystem)])

    def _near_rows(self, packages: Sequence[Package]) -> Iterator[Row]:
        for package in packages[:MOST_NEAR]:
            locks, asks = self._facts(package)
            if lock := next(iter(groups(locks, same_lock)), None):
                yield placed(f"near: {locked_text(lock[0])}", lock[0])
            elif ask := next(iter(groups(asks, same_ask)), None):
                yield placed(f"near: {declared_text(ask[0])}", ask[0])

    def _elsewhere(self, wanted: Asked, limit: str) -> Iterator[Row]:
        """The same name in an ecosystem that was not asked for is another package."""
        if not limit:
            return
        facts: list[Declared | Locked] = [*self._all.locked, *self._all.declared]
        others = [one for one in facts if not belongs(one.ecosystem, limit)]
        names = Register.of(others).match(wanted).packages
        if names:
            yield Row(
                f"{', '.join(sorted({name for name, _ in names}))} has a package of that name here; it is another one"
            )

    def _facts(self, package: Package) -> tuple[list[Locked], list[Declared]]:
        """What is said above the folder that is asked about counts where nothing in it does; go.mod says both on one line."""
        locks = [one for one in self._locked if (one.ecosystem, one.name) == package]
        locks = [one for one in locks if self._is_inside(one.path)] or locks
        places = {(one.path, one.line) for one in locks}
        asks = [one for one in self._declared if (one.ecosystem, one.name) == package]
        asks = [one for one in asks if self._is_inside(one.path)] or asks
        return locks, [one for one in asks if (one.path, one.line) not in places]

    def _package(self, package: Package) -> Iterator[Row]:
        locks, asks = self._facts(package)
        yield from capped(
            groups(locks, same_lock), MOST_LOCKED, locked_row, f"more versions of {package[1]} in lock files"
        )
        yield from capped(
            groups(asks, same_ask), MOST_DECLARED, declared_row, f"more ranges of {package[1]} in manifests"
        )
        yield from self._open(package, locks, asks)

    def _open(self, package: Package, locks: Sequence[Locked], asks: Sequence[Declared]) -> Iterator[Row]:
        """What is asked for and pinned by nothing: said as such only where every lock that could pin it was read."""
        ecosystem, name = package
        locks = [*locks, *self._same_elsewhere(package)]
        loose = [one for one in asks if is_loose(one) and not any(covers(lock.path, one) for lock in locks)]
        if not loose or (ecosystem not in NEEDS_LOCK and locks):
            return
        blind = {one.path: self._blind({ecosystem}, posixpath.dirname(one.path)) for one in loose}
        hidden = sorted({path for paths in blind.values() for path in paths}, key=order)
        free = sorted({one.path for one in loose if not blind[one.path]}, key=order)
        if hidden:
            yield Row(f"{name}: which version is locked is not known: {listed(hidden)} could not be read")
        if not free:
            return
        if ecosystem == "dotnet":
            yield Row(f"{name}: no lock file pins it; NuGet takes the lowest version that all ranges allow")
        elif not locks:
            yield Row(f"{name}: no lock file pins it, so the exact version is not known")
        elif ecosystem in NEEDS_LOCK:
            yield Row(f"{name}: no lock file beside or above {listed(free)} pins it")

    def _same_elsewhere(self, package: Package) -> list[Locked]:
        """Conda installs what Python's own manifest asks for."""
        ecosystem, name = package
        if ecosystem != "python":
            return []
        return [one for one in self._locked if one.ecosystem == "conda" and plain(one.name) == plain(name)]

    # --- all that is direct -----------------------------------------------------------------------------------------

    def _direct(self) -> Iterator[Row]:
        pinned = [one for one in self._own_locks if one.direct]
        names = {(one.ecosystem, one.name) for one in pinned}
        asks = [one for one in self._declared if self._is_inside(one.path) and one.group != VERSION_KEY]
        above = {(one.ecosystem, one.name) for one in asks} - names
        pinned += [one for one in self._locked if not self._is_inside(one.path) and (one.ecosystem, one.name) in above]
        pinned += [one for one in self._own_locks if one.direct is None and (one.ecosystem, one.name) in above]
        names |= {(one.ecosystem, one.name) for one in pinned}
        for group in groups(pinned, same_lock):
            yield locked_row(group)
        for alike in groups([one for one in asks if (one.ecosystem, one.name) not in names], same_ask):
            yield declared_row(alike)
        if not pinned and not asks:
            yield Row(f"nothing is asked for directly in the {self._files} dependency files that were looked at")

    # --- runtimes ---------------------------------------------------------------------------------------------------

    def _running(self, shown: set[str], told: set[str]) -> Iterator[Row]:
        """Those of the ecosystem that is asked about, nearest to the root."""
        about = {self._question.ecosystem} if self._question.ecosystem else shown
        kinds = {name for one in about for name in runtimes_of(one)}
        rest = [one for one in self._runtimes if one.name not in told]
        yield from self._runtime_rows([one for one in rest if not about or one.name in kinds])

    def _runtime_rows(self, fitting: Sequence[Runtime], *, only_nearest: bool = True) -> Iterator[Row]:
        own = [one for one in fitting if self._is_inside(one.path)] or fitting
        yield from runtime_rows(own, only_nearest=only_nearest)


def _ending(own: Sequence[Own], wanted: Asked) -> list[Own]:
    """Of those that have an owner, the ones that end so, where they are few."""
    found = [one for one in own if one.ecosystem in BY_LAST_PART and last(one.name) == plain(wanted.name)]
    return found if len(found) <= MOST_OWN else []


def _not_read(problem: Problem) -> NotRead:
    kind = kind_of(problem.path)
    return NotRead(problem.path, kind.ecosystem if kind else "", problem.reason, bool(kind and kind.is_lock))


def _family(path: str) -> str:
    name = path.rpartition("/")[2]
    return name if name in BY_NAME else name.rpartition(".")[2]


def _some(rows: Iterable[Row], count: int, what: str) -> Iterator[Row]:
    for _, row in zip(range(MOST_PROBLEMS), rows, strict=False):
        yield row
    if count > MOST_PROBLEMS:
        yield Row(f"and {count - MOST_PROBLEMS:,} more {what}")
