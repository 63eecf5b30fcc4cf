"""Time that passes only while nobody has anything to do: a pause of half a minute is over at once, and a busy machine adds nothing.

For tests in which both sides of the wire run in the test's own loop. The loop's clock and `time.monotonic` stand still while there is
work, and jump to the next timer when there is none. Threads of the loop's executor are waited for in real time.
"""

from __future__ import annotations

import asyncio
import selectors
import time
from typing import Any

import pytest

from adapters.delivery import Artist
from adapters.discord import budget as discord
from adapters.slack import budget as slack

GRACE_SECONDS, LONG_GRACE_SECONDS = 0.001, 0.02
"""What is written to a loopback socket can be read at once, or nearly so; the longer the jump, the longer we look first."""

LONG_SECONDS = 1.0

ROUND_SECONDS = 1e-6
"""What a round of the loop takes: who waits for less than the clock can show would wait for ever."""

BOUND_EARLY: tuple[Any, ...] = (Artist.__init__, discord.CallBudget.__init__, slack.CallBudget.__init__)
"""What has `time.monotonic` as its default clock, bound when it was imported."""


class Clock:
    """Stands in for the loop's selector, whose waiting is what makes time pass."""

    def __init__(self, loop: asyncio.SelectorEventLoop) -> None:
        self._real: selectors.BaseSelector = loop._selector  # type: ignore[attr-defined]
        self._run_in_executor: Any = loop.run_in_executor
        self._now = time.monotonic()
        self._threads = 0

    def now(self) -> float:
        return self._now

    def select(self, timeout: float | None) -> Any:
        self._now += ROUND_SECONDS
        ready = self._real.select(0)
        if ready or (timeout is not None and timeout <= 0):
            return ready
        if timeout is None or self._threads:
            return self._real.select(timeout)
        ready = self._real.select(LONG_GRACE_SECONDS if timeout > LONG_SECONDS else GRACE_SECONDS)
        if not ready:
            self._now += timeout
        return ready

    def run_in_executor(self, *work: Any) -> asyncio.Future[Any]:
        future: asyncio.Future[Any] = self._run_in_executor(*work)
        self._threads += 1
        future.add_done_callback(self._thread_is_over)
        return future

    def _thread_is_over(self, _: object) -> None:
        self._threads -= 1

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


@pytest.fixture
async def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Taken by name, in files of their own: before any other fixture that looks at the time."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, asyncio.SelectorEventLoop)
    clock = Clock(loop)
    for name, ours in (("_selector", clock), ("time", clock.now), ("run_in_executor", clock.run_in_executor)):
        monkeypatch.setattr(loop, name, ours)
    ends: Any = loop.shutdown_default_executor
    monkeypatch.setattr(
        loop, "shutdown_default_executor", lambda *_: ends()
    )  # its threads end in real time, too; limited from 3.12 on
    for one in BOUND_EARLY:
        defaults = [clock.now if value is time.monotonic else value for value in one.__defaults__ or ()]
        assert clock.now in defaults, one
        monkeypatch.setattr(one, "__defaults__", tuple(defaults))
    monkeypatch.setattr(time, "monotonic", clock.now)
    return clock
