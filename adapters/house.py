"""The bot, built: its doors, its worker and what keeps them, run under one roof and drained together."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Coroutine, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from adapters.metrics import HealthPage
from adapters.worker import Worker
from bot.errors import DoorShut
from bot.loops import endable
from bot.ports.doors import Adapter, Platform

log = logging.getLogger(__name__)


@dataclass(slots=True)
class House:
    """What listens, what answers, what says how it is; `keepers` run beside them. `chats`: the names of those doors for which it is
    worth to go on where another one is shut; `on_shut` is told a door's name, and what an operator has to do."""

    adapters: Sequence[Adapter]
    worker: Worker | None
    health: HealthPage | None
    platforms: Sequence[Platform]
    keepers: Sequence[Callable[[], Coroutine[Any, Any, None]]] = ()
    chats: Collection[str] = ()
    on_shut: Callable[[str, str], None] = lambda name, why: None
    shut: set[str] = field(default_factory=set)
    listening: list[asyncio.Task[None]] = field(default_factory=list)
    telling: list[asyncio.Task[None]] = field(default_factory=list)

    async def run(self) -> None:
        """Everything under one roof, until cancelled; what cannot recover ends all, so that a supervisor starts it anew."""
        try:
            async with asyncio.TaskGroup() as group:
                self.listening += [
                    group.create_task(endable(partial(self._listen, adapter)), name=adapter.name)
                    for adapter in self.adapters
                ]
                if self.health:
                    self.telling.append(group.create_task(endable(self.health.run), name="health"))
                if self.worker:
                    group.create_task(endable(self.worker.run), name="worker")
                self.listening += [group.create_task(endable(keep), name="keeper") for keep in self.keepers]
        finally:
            for platform in self.platforms:
                await platform.close()

    async def _listen(self, adapter: Adapter) -> None:
        """A chat that does not let us in any more is no reason to leave the others."""
        try:
            await adapter.run()
        except DoorShut as fault:
            self.shut.add(adapter.name)
            if not any(other.name in self.chats and other.name not in self.shut for other in self.adapters):
                raise
            cure = str(fault)
        else:
            return
        log.error("a platform does not let us in any more", extra={"platform": adapter.name, "cure": cure})
        self.on_shut(adapter.name, cure)

    async def drain(self) -> None:
        """Hear nothing new, finish what is being answered, and let it be counted."""
        if self.health:
            self.health.drain()
        for task in self.listening:
            task.cancel()
        await asyncio.gather(*self.listening, return_exceptions=True)
        try:
            if self.worker:
                await self.worker.drain()
            if self.health:
                await self.health.last_look()
        finally:
            for task in self.telling:
                task.cancel()
