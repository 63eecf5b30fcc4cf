"""Time for a model's client that waits for nobody."""

from __future__ import annotations

import asyncio

from tests.fakes import FixedClock


class Clock(FixedClock):
    """Time in which nobody waits: sleeping moves it."""

    def __init__(self) -> None:
        super().__init__()
        self.slept: list[float] = []

    def seconds(self) -> float:
        return self.now.timestamp()

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.move(seconds=seconds)
        await asyncio.sleep(0)
