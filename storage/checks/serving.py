"""What every process of checkers does: questions in, answers out, a line of JSON each, until its input ends."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping
from typing import Any, Protocol

LONGEST_LINE = 1 << 26


class Answering(Protocol):
    async def answer(self, asked: Mapping[str, Any]) -> dict[str, Any]: ...

    async def watch(self) -> None:
        """Keeps what is held within its limits, until cancelled."""

    async def slim(self) -> None:
        """The same, once, after each question."""

    async def stop(self) -> None: ...


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
