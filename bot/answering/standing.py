"""Whether the decision that an answer was begun under still holds, asked while it is written: rights change meanwhile.

Asking is cheap where nobody told of a change (`Marks`), and is done beside what takes longer.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Awaitable, Callable

from bot.answering import phrases
from bot.errors import NotForYou, ReadersUnknown, StoreUnavailable
from bot.events import Status
from bot.ports.policy import Decision, RuleName

log = logging.getLogger(__name__)

GLANCE_SECONDS = 5.0
"""How often it is asked again while nothing but text comes."""

SIGN_SECONDS = 2.5
"""A decision that takes longer waits until the platform may be asked: whoever asks is told."""


async def signs_until(deciding: asyncio.Task[Decision]) -> AsyncGenerator[Status, None]:
    """What is shown until the decision is there, if that takes long. Whoever stops listening has given it up."""
    try:
        if not (await asyncio.wait([deciding], timeout=SIGN_SECONDS))[0]:
            yield Status(phrases.waits_for_its_turn())
            await asyncio.wait([deciding])
            yield Status("")
    finally:
        deciding.cancel()


class Standing:
    """`decide` decides anew, as for a question that is asked now; `begun` is what it said at the beginning."""

    def __init__(
        self,
        decide: Callable[[], Awaitable[Decision]],
        begun: Decision,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._decide = decide
        self._begun = begun
        self._clock = clock
        self._looked_at = clock()
        self._looking: asyncio.Task[None] | None = None

    async def check(self) -> None:
        """Raises NotForYou where less may be shown than at the beginning, and ReadersUnknown where that cannot be known.

        A store that is away tells nobody of changes, and costs no answer.
        """
        try:
            now = await self._decide()
        except StoreUnavailable:
            log.warning("rights not asked again: the store is away")
            return
        if now.rule.name is RuleName.LOOK_UP_FAILED:
            raise ReadersUnknown(now.rule.where)
        if now.refused or not self._begun.visible.keys() <= now.visible.keys():
            log.info("an answer is taken back", extra={"rule": now.rule.name.name})
            raise NotForYou(now.rule.name.name if now.refused else "RIGHTS_CHANGED")

    def glance(self) -> None:
        """Has it asked beside the answer, now and then. Raises NotForYou as soon as that is known; what could not be looked up is
        asked again by `check`."""
        if self._looking is None:
            if self._clock() - self._looked_at >= GLANCE_SECONDS:
                self._looked_at = self._clock()
                self._looking = asyncio.create_task(self.check())
        elif self._looking.done():
            looked, self._looking = self._looking, None
            if isinstance(fault := looked.exception(), NotForYou):
                raise fault
            if fault:
                log.warning("rights not asked again", extra={"reason": type(fault).__name__})

    async def close(self) -> None:
        if self._looking:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)
