"""The process that reads much text: bounded in memory as a whole, and in time for each file. Question in, rows out, as JSON."""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple

from bot.apart import bounded as limits
from bot.capabilities.team_code.dependencies.bounded import unpacked
from bot.capabilities.team_code.dependencies.reading import TooLong, read
from bot.capabilities.team_code.dependencies.report import answer

FILE_SECONDS = 20.0
ALL_SECONDS = 22.0
"""Less than the other side waits: what was read by then is told, and what was not."""

MEMORY_BYTES = 2_000_000_000


class Budget:
    """Time for each file, and for all of them."""

    def __init__(self, file_seconds: float = FILE_SECONDS, all_seconds: float = ALL_SECONDS) -> None:
        self._file_seconds = file_seconds
        self._end = time.monotonic() + all_seconds

    @contextmanager
    def one(self) -> Iterator[None]:
        """Raises TooLong within what it is held around."""
        left = min(self._file_seconds, self._end - time.monotonic())
        if left <= 0:
            raise TooLong
        signal.setitimer(signal.ITIMER_REAL, left)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)


def end(*_: object) -> None:
    raise TooLong


def main() -> None:
    limits(MEMORY_BYTES)
    signal.signal(signal.SIGALRM, end)
    head = sys.stdin.buffer.readline()
    question, files = unpacked(head, sys.stdin.buffer.read())
    rows = answer(question, read(files, Budget().one), len(files))
    print(json.dumps([astuple(row) for row in rows]))


if __name__ == "__main__":
    main()
