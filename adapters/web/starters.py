"""What stands on the empty page: the repositories by name, how they get on, and questions made from them.

Made in the background, once for each commit: the page never waits for it long.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from bot.capabilities.team_code import offers
from bot.capabilities.team_code.browsing import Looking, NotThere
from bot.capabilities.team_code.code import Repository, RepositoryState
from bot.capabilities.team_code.repositories import BadQuery
from bot.errors import StoreUnavailable

WAIT_SECONDS = 1.0
MOST_REPOSITORIES = 4
"""Of how many there are questions: four buttons have no room for more."""


@dataclass(frozen=True, slots=True)
class Start:
    """`is_coming`: there will be more to show in a moment."""

    states: Sequence[tuple[Repository, RepositoryState]] = ()
    questions: Sequence[str] = ()
    is_coming: bool = False


class Starters:
    def __init__(self, looking: Looking) -> None:
        self._looking = looking
        self._making: dict[tuple[str, str], asyncio.Task[offers.Facts | None]] = {}

    async def now(self) -> Start:
        """What there is by now, or in a moment. A store that is away costs the offers, not the page."""
        try:
            states = await self._looking.states()
        except StoreUnavailable:
            return Start()
        ready = [(about.name, state.commit) for about, state in states if state.commit][:MOST_REPOSITORIES]
        for key in [key for key in self._making if key not in ready]:
            self._making.pop(key).cancel()
        for key in ready:
            if key not in self._making:
                self._making[key] = asyncio.create_task(self._facts(*key), name=f"offers {key[0]}")
        making = [self._making[key] for key in ready]
        if making:
            await asyncio.wait(making, timeout=WAIT_SECONDS)
        made = [task.result() for task in making if task.done() and not task.cancelled()]
        for key, task in zip(ready, making, strict=True):
            if task.done() and not task.cancelled() and not ((one := task.result()) and one.is_whole):
                self._making.pop(
                    key, None
                )  # what could not be looked up for a moment is looked up for the next who comes
        is_coming = any(not task.done() for task in making) or any(
            not state.commit and not state.fault for _, state in states
        )
        return Start(states, offers.offered([one for one in made if one]), is_coming)

    async def _facts(self, name: str, commit: str) -> offers.Facts | None:
        try:
            return await offers.facts(await self._looking.snapshot(name, commit))
        except (NotThere, BadQuery, StoreUnavailable):
            return None

    async def stop(self) -> None:
        for task in self._making.values():
            task.cancel()
        await asyncio.gather(*self._making.values(), return_exceptions=True)
        self._making.clear()
