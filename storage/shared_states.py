"""How the repositories are on each host that answers, told through Redis: a gateway has none of its own, and is asked all the same."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.capabilities.team_code.code import Repository, RepositoryState
from bot.capabilities.team_code.repositories import Repositories, Snapshot
from bot.loops import outlived
from storage.connections import RedisClients, redis_errors
from storage.encoding import Codec, UnreadableEntry
from storage.store_clock import StoreClock

log = logging.getLogger(__name__)

KEY = "plumbline:repositories"
TELL_SECONDS, BELIEVED_SECONDS = 10.0, 60.0
SHORT = 8


@dataclass(frozen=True, slots=True)
class Told:
    """`at`: in seconds since 1970, by the store's clock."""

    at: float
    states: tuple[RepositoryState, ...]


TOLD = Codec(Told)


class SharedStates:
    """`host`: whose states are told; processes of one host with one data directory tell the same."""

    def __init__(self, clients: RedisClients, host: str) -> None:
        self._redis = clients.hot
        self._clock = StoreClock(self._redis)
        self._host = host

    async def keep_telling(self, repositories: Repositories) -> None:
        """Until cancelled."""
        while True:
            with outlived(log, "the repositories' states not told"):
                await self.tell(await repositories.states())
            await asyncio.sleep(TELL_SECONDS)

    async def tell(self, states: Sequence[RepositoryState]) -> None:
        now = await self._clock.now()
        with redis_errors():
            await self._redis.hset(KEY, self._host, TOLD.write(Told(now, tuple(states))))

    async def by_host(self) -> Mapping[str, Sequence[RepositoryState]]:
        """Of those that told theirs within a minute; others are forgotten."""
        with redis_errors():
            found = await self._redis.hgetall(KEY)
        since = await self._clock.now() - BELIEVED_SECONDS
        told = {str(host): _read(written) for host, written in found.items()}
        fresh = {host: one.states for host, one in told.items() if one and one.at > since}
        if gone := sorted(told.keys() - fresh.keys()):
            with redis_errors():
                await self._redis.hdel(KEY, *gone)
        return fresh


def _read(written: str | bytes) -> Told | None:
    try:
        return TOLD.read(written)
    except UnreadableEntry:
        return None


class TheirRepositories(Repositories):
    """The declared repositories, as they are where answers are written; where nobody tells, as they are here."""

    def __init__(self, here: Repositories, shared: SharedStates) -> None:
        self._here = here
        self._shared = shared

    def declared(self) -> Sequence[Repository]:
        return self._here.declared()

    def default(self, place: str) -> str:
        return self._here.default(place)

    def guidance(self, place: str) -> tuple[str, ...]:
        return self._here.guidance(place)

    async def head(self, name: str) -> str:
        return await self._here.head(name)

    async def at(self, name: str, commit: str) -> Snapshot:
        return await self._here.at(name, commit)

    async def indexed(self, name: str, commit: str) -> Snapshot | None:
        return await self._here.indexed(name, commit)

    async def states(self) -> Sequence[RepositoryState]:
        """Of each the worst: a fault first, then no commit, then the oldest; with each host's commit where they differ."""
        hosts = await self._shared.by_host()
        return [
            _together({host: state for host, states in hosts.items() for state in states if state.name == here.name})
            or here
            for here in await self._here.states()
        ]


def _together(states: Mapping[str, RepositoryState]) -> RepositoryState | None:
    if not states:
        return None
    worst = min(states.values(), key=lambda one: (not one.fault, bool(one.commit), _age(one)))
    if worst.fault or worst.progress or len({one.commit for one in states.values()}) == 1:
        return worst
    each = ", ".join(f"{host} {one.commit[:SHORT] or 'none'}" for host, one in sorted(states.items()))
    return replace(worst, progress=f"at different commits: {each}")


def _age(state: RepositoryState) -> float:
    return state.fetched_at.timestamp() if state.fetched_at else 0.0
