"""What every process of checkers does: questions in, answers out, a line of JSON each, until its input ends."""

from __future__ import annotations

import asyncio
import json
import resource
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bot.capabilities.checks.verdicts import Verdict

LONGEST_LINE = 1 << 26


class Answering(ABC):
    """Whoever answers in such a process. One that holds nothing between two questions says how it answers, and no more."""

    @abstractmethod
    async def answer(self, asked: Mapping[str, Any]) -> dict[str, Any]: ...

    async def watch(self) -> None:
        """Keeps what is held within its limits, until cancelled."""
        await asyncio.Event().wait()

    async def slim(self) -> None:
        """The same, once, after each question."""
        return

    async def stop(self) -> None:
        """Lets go of what is held."""
        return


def told(verdicts: Iterable[Verdict]) -> dict[str, Any]:
    """Verdicts as an answer carries them."""
    return {"verdicts": [asdict(one) | {"versions": dict(one.versions)} for one in verdicts]}


def begin(folders: Iterable[Path], memory_bytes: int, depth: int = 0) -> None:
    """Makes the folders that are written in, and limits what this process and those it starts may hold. `depth` is how deep calls may
    go, where that is more than Python's own limit."""
    for one in folders:
        one.mkdir(parents=True, exist_ok=True, mode=0o700)
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, resource.RLIM_INFINITY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if depth:
        sys.setrecursionlimit(depth)


async def serve(keeper: Answering) -> None:
    """Questions are answered as they come, several at once. One that fails is answered with its fault."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=LONGEST_LINE)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    watching = asyncio.create_task(keeper.watch())
    running: set[asyncio.Task[None]] = set()

    async def one(line: bytes) -> None:
        asked = json.loads(line)
        try:
            said = await keeper.answer(asked)
        except Exception as fault:
            said = {"fault": f"{type(fault).__name__}: {fault}"[:500]}
            if "--faults" in sys.argv:
                import traceback

                traceback.print_exc()
        sys.stdout.write(json.dumps({"id": asked["id"], **said}) + "\n")
        sys.stdout.flush()
        await keeper.slim()

    try:
        while line := await reader.readline():
            task = asyncio.create_task(one(line))
            running.add(task)
            task.add_done_callback(running.discard)
        await asyncio.gather(*running, return_exceptions=True)
    finally:
        watching.cancel()
        await keeper.stop()
