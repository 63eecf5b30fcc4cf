"""What one turn may look at: its channel's grants, bound before the model runs, and the commits its thread is pinned to.

A name that is not granted is answered exactly like one that does not exist. Nothing that a model writes can widen this.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic

from bot.capabilities.team_code import phrases
from bot.capabilities.team_code.code import Repository, ShownLines
from bot.capabilities.team_code.repositories import BadQuery, Pins, Repositories, Snapshot
from bot.conversation import ThreadId
from bot.errors import StoreUnavailable
from bot.ports.model import Tool
from bot.ports.policy import Deed, LookInto

log = logging.getLogger(__name__)

PATIENCE_SECONDS, SHORT_PATIENCE_SECONDS = 240, 20
"""How long one turn waits for a repository whose index is being made; the short one where there are others to look into."""

NEWS_SECONDS = 2.0

GROUND_SECONDS = 10
MOST_GROUNDS = 8
"""How long, and for how many repositories, an answer waits that cites a place before anything was looked at."""


MOST_RANGES = 40
"""Of one file, in one result."""


@dataclass(frozen=True, slots=True)
class Place:
    """Lines of a file that were shown to the model."""

    repository: str
    path: str
    start: int
    end: int


class Access:
    """One turn's view of the team's code. `default` is the channel's own repository, or the only one."""

    def __init__(
        self, thread: ThreadId, granted: Sequence[Repository], default: str, repositories: Repositories, pins: Pins
    ) -> None:
        self.thread = thread
        self.granted = {repository.name: repository for repository in granted}
        self.default = default if default in self.granted else next(iter(self.granted), "") if len(granted) == 1 else ""
        self.opened: dict[str, Snapshot] = {}
        self.seen: list[Place] = []
        self.seen_before: list[Place] = []
        """What earlier turns were shown, or this one at a worker before us, at the commits that are still looked at."""
        self.looked: set[str] = set()
        """What a tool opened, in earlier turns too; what only the check of an answer opened is not here."""
        self.lists_its_places = False
        """The answer is a list of places already."""
        self._repositories = repositories
        self._pins = pins
        self._opening: dict[str, asyncio.Lock] = {}
        self._refused: dict[str, str] = {}
        """What could not be opened in this round, and why: nobody waits for it twice."""
        self._patience: float = PATIENCE_SECONDS
        self._remembered = 0
        self._recalled = False
        self._told: set[str] = set()

    async def snapshot(self, name: str) -> Snapshot:
        """The repository at the thread's commit. Raises BadQuery, with the names that can be asked for where it is none of them."""
        name = name.strip() or self.default
        if name not in self.granted:
            log.warning(
                "repository refused", extra={"thread_id": str(self.thread)}
            )  # the name is the model's own words
            known = ", ".join(self.granted) or "none"
            raise BadQuery(f"There is no repository {name[:80]!r}. Repositories here: {known}.")
        if name in self._refused and name not in self.opened:
            raise BadQuery(self._refused[name])
        snapshot = await self._opened(name)
        self.looked.add(name)
        return snapshot

    async def prepare(self, names: Sequence[str]) -> AsyncGenerator[str, None]:
        """Wait for these repositories while their indexes are being made, as long as this turn's patience lasts; says how far it is."""
        wanted = {name.strip() or self.default for name in names} & self.granted.keys() - self.opened.keys()
        for name in wanted:
            self._refused.pop(name, None)
        if not wanted:
            return
        begun = monotonic()
        until = begun + min(self._patience, SHORT_PATIENCE_SECONDS if len(wanted) > 1 else PATIENCE_SECONDS)
        opening = {name: asyncio.create_task(self._opened(name)) for name in sorted(wanted)}
        try:
            while opening and monotonic() < until:
                await asyncio.wait(opening.values(), timeout=NEWS_SECONDS)
                progress = await self.progress()
                for name, task in list(opening.items()):
                    if task.done():
                        opening.pop(name)
                        fault = task.exception()
                        if isinstance(fault, BadQuery) and progress.get(name):
                            opening[name] = asyncio.create_task(self._opened(name))
                        elif isinstance(fault, BadQuery):
                            self._refused[name] = str(fault)
                if opening:
                    yield phrases.preparing([(name, progress.get(name, "")) for name in opening])
            for name in opening:
                self._refused[name] = phrases.not_ready(name, (await self.progress()).get(name, ""))
        finally:
            self._patience = max(0.0, self._patience - (monotonic() - begun))
            for task in opening.values():
                task.cancel()
            await asyncio.gather(*opening.values(), return_exceptions=True)

    async def progress(self) -> Mapping[str, str]:
        """How far each granted repository is that is being fetched or indexed now; nothing of one that failed the last time."""
        states = await self._repositories.states()
        return {one.name: one.progress for one in states if one.name in self.granted and not one.fault}

    async def unready(self) -> Mapping[str, str]:
        """Why those cannot be looked into of which nothing is indexed yet; nobody waits for it."""
        return {
            one.name: phrases.not_ready(one.name, one.progress, one.fault)
            for one in await self._repositories.states()
            if one.name in self.granted and not one.commit and (one.progress or one.fault)
        }

    async def _opened(self, name: str) -> Snapshot:
        async with self._opening.setdefault(name, asyncio.Lock()):
            if name not in self.opened:
                self.opened[name] = await self._open(name)
            return self.opened[name]

    async def _open(self, name: str) -> Snapshot:
        pinned = (await self._pins.load(self.thread)).get(name)
        if pinned is None:
            pinned = await self._pins.pin(self.thread, name, await self._repositories.head(name))
        return await self._repositories.at(name, pinned)

    async def pinned(self) -> Sequence[Snapshot]:
        """All that the thread has looked at, in earlier turns too: follow-ups are checked against the same commits.

        Asked of the store once a turn; an answer never fails because the store is away meanwhile.
        """
        if not self._recalled:
            self._recalled = True
            try:
                recalled = await self._pins.load(self.thread)
                async with asyncio.timeout(GROUND_SECONDS):
                    for name in recalled:
                        if name in self.granted:
                            await self._opened(name)
                self._recall(await self._pins.shown(self.thread))
            except (TimeoutError, BadQuery, StoreUnavailable) as fault:
                reason = str(fault) or "it took too long"
                log.warning("pinned commits not opened", extra={"thread_id": str(self.thread), "reason": reason})
        return list(self.opened.values())

    async def ground(self, named: Sequence[str] = ()) -> bool:
        """Open, for a check, what an answer names; where it names none the default, else all that is granted, within bounds.

        False when something could not be opened in time.
        """
        wanted = [one for one in named if one in self.granted] or (
            [self.default] if self.default else list(self.granted)
        )
        try:
            async with asyncio.timeout(GROUND_SECONDS):
                for name in wanted[:MOST_GROUNDS]:
                    await self._opened(name)
        except (TimeoutError, BadQuery, StoreUnavailable) as fault:
            reason = str(fault) or "it took too long"
            log.warning("repository not opened for a check", extra={"thread_id": str(self.thread), "reason": reason})
            return False
        return len(wanted) <= MOST_GROUNDS

    def saw(self, repository: str, path: str, start: int, end: int) -> None:
        self.seen.append(Place(repository, path, start, end))

    def was_shown(self, repository: str, path: str, start: int, end: int) -> bool:
        """Whether a tool showed lines of this range in this thread."""
        return any(
            one.repository == repository and one.path == path and one.start <= end and start <= one.end
            for one in (*self.seen, *self.seen_before)
        )

    async def remember(self) -> None:
        """Keep with the thread what was looked at since the last time. A store that is away costs the memory, not the look."""
        new, upto = self.seen[self._remembered :], len(self.seen)
        by_file: dict[tuple[str, str], list[tuple[int, int]]] = {(name, ""): [] for name in self.looked - self._told}
        for one in new:
            by_file.setdefault((one.repository, one.path), []).append((one.start, one.end))
        places = [
            ShownLines(name, self.opened[name].commit, path, tuple(_merged(lines)[:MOST_RANGES]))
            for (name, path), lines in by_file.items()
            if name in self.opened
        ]
        self._remembered = upto
        self._told |= {place.repository for place in places}
        try:
            if places:
                await self._pins.show(self.thread, places)
        except StoreUnavailable as fault:
            self._remembered = upto - len(new)
            self._told -= {place.repository for place in places}
            log.warning("shown lines not kept", extra={"thread_id": str(self.thread), "reason": str(fault)})

    def _recall(self, places: Sequence[ShownLines]) -> None:
        """What was shown at a commit that is looked at no more says nothing."""
        for one in places:
            if one.repository in self.opened and self.opened[one.repository].commit == one.commit:
                self.looked.add(one.repository)
                self._told.add(one.repository)
                self.seen_before += [Place(one.repository, one.path, start, end) for start, end in one.lines]

    def searched(self) -> Sequence[str]:
        """Where plain words are looked up: the channel's own repository, else all that is granted."""
        return [self.default] if self.default else list(self.granted)


class Remembering(Tool):
    """A tool whose shown lines are kept with the thread: later turns, and whoever takes this one over, know them too."""

    def __init__(self, tool: Tool, access: Access) -> None:
        self._tool, self._access = tool, access
        self.name, self.description, self.schema = tool.name, tool.description, tool.schema

    def label(self, arguments: Mapping[str, object]) -> str:
        return self._tool.label(arguments)

    async def run(self, arguments: Mapping[str, object]) -> str:
        result = await self._tool.run(arguments)
        await self._access.remember()
        return result


def granted_in(repositories: Repositories, may: Callable[[Deed], bool]) -> list[Repository]:
    """What somebody may look into, in the place that `may` was decided for."""
    return [one for one in repositories.declared() if may(LookInto(one.name))]


def _merged(lines: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Ranges in order, those that touch as one."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(lines):
        if merged and start <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
