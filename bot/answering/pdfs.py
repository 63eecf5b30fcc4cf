"""What is written in a PDF, read by a process of its own that can be ended: a stranger's file may hold it up, or fill the memory."""

from __future__ import annotations

import asyncio
from weakref import WeakKeyDictionary

from bot.apart import NotDone, answer_of

MAGIC = b"%PDF-"
CHILD = "bot.answering.pdf_child"
CPU_SECONDS, WHOLE_SECONDS = 20, 40
"""Of one file's process: of work, and with the wait for a processor."""

MEMORY_BYTES = 1_500_000_000
MOST_CHARACTERS = 4_000_000
MOST_AT_ONCE = 2

_loops: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


class PdfNotRead(Exception):
    """It is damaged or encrypted, or too much for the bounds: nobody knows what is written in it."""


async def words_of(data: bytes) -> str:
    """The text of its pages, forms, notes and titles; "" where it holds pictures alone. Raises PdfNotRead."""
    places = _loops.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(MOST_AT_ONCE))
    async with places:
        try:
            told = await answer_of(CHILD, [data], WHOLE_SECONDS)
        except NotDone as fault:
            raise PdfNotRead(str(fault)) from fault
    return told.decode("utf-8", "replace")
