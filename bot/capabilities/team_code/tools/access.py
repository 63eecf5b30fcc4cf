"""What one turn may look at: its channel's grants, bound before the model runs, and the commits its thread is pinned to.

A name that is not granted is answered exactly like one that does not exist. Nothing that a model writes can widen this.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.capabilities.team_code.code import Candidate, Repository
from bot.capabilities.team_code.repositories import BadQuery, Pins, Repositories, Snapshot
from bot.conversation import ThreadId
from bot.errors import StoreUnavailable
from bot.ports.policy import Deed, LookInto

log = logging.getLogger(__name__)

GROUND_SECONDS = 10
MOST_GROUNDS = 8
"""How long, and for how many repositories, an answer waits that cites a place before anything was looked at."""


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
        self.looked: set[str] = set()
        """What a tool opened; what only the check of an answer opened is not here."""
        self._repositories = repositories
        self._pins = pins
        self._opening = asyncio.Lock()
        self._recalled = False
        self._recalled_names: frozenset[str] = frozenset()

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
                self._recalled_names = frozenset(recalled) & frozenset(self.granted)
                for name in recalled:
                    if name in self.granted:
                        await self._opened(name)
            except (BadQuery, StoreUnavailable) as fault:
                log.warning("pinned commits not opened", extra={"thread_id": str(self.thread), "reason": str(fault)})
        return list(self.opened.values())

    async def looked_before(self) -> bool:
        """Whether the thread had looked at something in an earlier turn."""
        await self.pinned()
        return bool(self._recalled_names)

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

    async def find(self, question: str, limit: int) -> list[tuple[Snapshot, Candidate]]:
        """The best places for plain words over all that is granted, or the channel's default alone where there is one."""
        found: list[tuple[Snapshot, Candidate]] = []
        for name in [self.default] if self.default else list(self.granted):
            snapshot = await self.snapshot(name)
            best = await snapshot.candidates(question, "", 2 * limit)
            found += [(snapshot, one) for one in best.files if one.start]
        found.sort(key=lambda one: -one[1].score)
        return found[:limit]


def granted_in(repositories: Repositories, may: Callable[[Deed], bool]) -> list[Repository]:
    """What somebody may look into, in the place that `may` was decided for."""
    return [one for one in repositories.declared() if may(LookInto(one.name))]
