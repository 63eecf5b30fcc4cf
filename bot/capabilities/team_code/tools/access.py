"""What one turn may look at: its channel's grants, bound before the model runs, and the commits its thread is pinned to.

A name that is not granted is answered exactly like one that does not exist. Nothing that a model writes can widen this.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.capabilities.team_code.code import Repository, ShownLines
from bot.capabilities.team_code.repositories import BadQuery, Pins, Repositories, Snapshot
from bot.conversation import ThreadId
from bot.errors import StoreUnavailable
from bot.ports.model import Tool
from bot.ports.policy import Deed, LookInto

log = logging.getLogger(__name__)

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
        self._opening = asyncio.Lock()
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
        snapshot = await self._opened(name)
        self.looked.add(name)
        return snapshot

    async def _opened(self, name: str) -> Snapshot:
        async with self._opening:
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
                for name in recalled:
                    if name in self.granted:
                        await self._opened(name)
                self._recall(await self._pins.shown(self.thread))
            except (BadQuery, StoreUnavailable) as fault:
                log.warning("pinned commits not opened", extra={"thread_id": str(self.thread), "reason": str(fault)})
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
