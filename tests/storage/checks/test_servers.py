"""How long a checker is waited for: by the processor time that it takes, for a busy machine is no fault of it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from storage.checks.servers import TOO_LARGE, Server
from storage.checks.wire import ServerDied


class Starved(Server):
    """Its process has had so much of the processor whenever somebody looks, and answers after so many looks."""

    def __init__(self, used: float, looks: int) -> None:
        super().__init__("ty", Path("/nonexistent"), answer_seconds=0.01)
        self._each = used
        self._used = 0.0
        self._looks = looks
        self._answered = asyncio.Event()

    def _used_seconds(self) -> float:
        self._looks -= 1
        self._used += self._each
        if self._looks == 0:
            self._answered.set()
        return self._used

    async def _asked(self, method: str, asked: Mapping[str, Any]) -> Any:
        await self._answered.wait()
        return "answered"


async def test_one_that_gets_little_of_the_processor_is_waited_for() -> None:
    assert await Starved(used=0.0, looks=2)._ask("hover", {}) == "answered"


@pytest.mark.parametrize(
    ("used", "looks"), [(1.0, 3), (0.0, 10), (float("inf"), 3)], ids=["busy", "for ever", "unknown"]
)
async def test_one_that_is_at_work_or_never_answers_is_ended(used: float, looks: int) -> None:
    with pytest.raises(ServerDied, match="did not answer"):
        await Starved(used, looks)._ask("hover", {})


async def test_whoever_waits_for_one_that_is_ended_is_told_why() -> None:
    server = Starved(0.0, 0)
    waiting = server._waiting[1] = asyncio.get_running_loop().create_future()

    await server.stop(TOO_LARGE)

    with pytest.raises(ServerDied, match=TOO_LARGE):
        await waiting
