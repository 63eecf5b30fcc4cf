"""The process that reads much text: bounded in memory as a whole, and in time for each file. Question in, rows out, as JSON."""

from __future__ import annotations

import json
import resource
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple

from bot.capabilities.team_code.dependencies.bounded import unpacked
from bot.capabilities.team_code.dependencies.reading import TooLong, read
from bot.capabilities.team_code.dependencies.report import answer

FILE_SECONDS = 15.0
MEMORY_BYTES = 2_000_000_000
PROCESSOR_SECONDS = 60


@contextmanager
def bounds(seconds: float = FILE_SECONDS) -> Iterator[None]:
    """Counts this process's own time: a busy machine makes nothing too long."""
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def end(*_: object) -> None:
    raise TooLong


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR_SECONDS, PROCESSOR_SECONDS))
    signal.signal(signal.SIGVTALRM, end)
    head = sys.stdin.buffer.readline()
    question, files = unpacked(head, sys.stdin.buffer.read())
    rows = answer(question, read(files, bounds), len(files))
    print(json.dumps([astuple(row) for row in rows]))


if __name__ == "__main__":
    main()
