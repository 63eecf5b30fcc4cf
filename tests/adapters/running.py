"""An adapter at its work, for as long as a test looks on."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from bot.ports.doors import Adapter


@contextlib.asynccontextmanager
async def running(adapter: Adapter) -> AsyncIterator[None]:
    task = asyncio.create_task(adapter.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await asyncio.sleep(
            0
        )  # what a library has just scheduled begins, and is then cancelled with the loop like everything else
