"""Reads the streams of one engine: how long each may be silent, and how often many at once are looked at.

A stream is read until its message is whole; what it says is stream.py's, what follows from it client.py's.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

from bot.claude import frames
from bot.claude.faults import CUTS, StreamCut
from bot.claude.meter import Meter
from bot.claude.stream import Delta, Reading
from bot.claude.words import Words
from bot.events import Restart, TextDelta, Thinking
from bot.ports.model import Spent

log = logging.getLogger(__name__)

END_SECONDS = 5
"""How long a stream may stay open once it was said why its message ended: some gateways never close one."""

DRAIN_SECONDS = 0.05

MANY_STREAMS, GATHER_SECONDS, LONGEST_GATHER_SECONDS = 20, 0.0025, 0.25
"""Beyond so many answers at once each read waits for a few words more, so long for each stream: a wake-up for every event costs more
than the event, and posts are edited once a second at most."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long without a sign of life, pings being none: `stall_seconds`, and `opening_seconds` from the request to the first one; 0:
    as long for the headers, and again for the first word."""

    stall_seconds: float = 90
    opening_seconds: float = 0

    @property
    def headers_seconds(self) -> float:
        return self.opening_seconds or self.stall_seconds


class Streams:
    """Those that are being read from one engine."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._count = 0

    @contextlib.contextmanager
    def counted(self) -> Iterator[None]:
        self._count += 1
        try:
            yield
        finally:
            self._count -= 1

    async def read(
        self, response: Any, reading: Reading, words: Words, meter: Meter, begun: float
    ) -> AsyncGenerator[TextDelta | Thinking | Restart | Spent, None]:
        """One stream, until its message is whole. `begun`: when it was asked for, on the loop's clock. Raises StreamCut where it is not
        whole."""
        data, characters = _data(response), 0
        while not reading.is_whole:
            deltas = await self._next(data, reading, begun)
            text = ""
            for delta in reading.end() if deltas is None else deltas:
                characters += len(delta.text)
                if delta.is_thinking:
                    yield Thinking(delta.text)
                    continue
                if delta.withdraws:
                    words.withdraw()
                    text = ""
                    yield Restart()
                text += words.join(delta)
            if spent := meter.due(characters):
                yield spent
            if text:
                yield TextDelta(text)
            if deltas is None:
                break
        if reading.is_whole:
            await _drain(data)
        elif not reading.stop_reason:
            raise StreamCut

    async def _next(self, data: AsyncIterator[bytes], reading: Reading, begun: float) -> list[Delta] | None:
        """What came next, in one piece where several events are there already; None at the stream's end. Pings are no sign of life."""
        if reading.blocks and self._count > MANY_STREAMS:
            await asyncio.sleep(min(GATHER_SECONDS * self._count, LONGEST_GATHER_SECONDS))
        try:
            async with asyncio.timeout_at(self._latest(reading, begun, asyncio.get_running_loop().time())):
                while (read := await anext(data, None)) is not None:
                    deltas, is_alive = reading.feed(read)
                    if is_alive:
                        return deltas
        except CUTS:
            if not reading.stop_reason:
                raise
            log.info("a stream ended after its message")
        return None

    def _latest(self, reading: Reading, begun: float, now: float) -> float:
        """By when the next sign of life has to be there."""
        if reading.stop_reason:
            return now + END_SECONDS
        if self._patience.opening_seconds and not reading.is_begun:
            return begun + self._patience.opening_seconds
        return now + self._patience.stall_seconds


def _data(response: Any) -> AsyncIterator[bytes]:
    """The reply's bytes as server-sent events, however its service frames them."""
    data: AsyncIterator[bytes] = response.iter_bytes()
    is_framed = response.headers.get("content-type", "").startswith(frames.CONTENT_TYPE)
    return frames.as_events(data) if is_framed else data


async def _drain(data: AsyncIterator[bytes]) -> None:
    """Read a finished message's stream to its end, where that comes at once: then its connection serves the next request."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(DRAIN_SECONDS):
            while await anext(data, None) is not None:
                continue
