"""What is written in a PDF, read by a process of its own that can be ended: a stranger's file may hold it up, or fill the memory."""

from __future__ import annotations

import asyncio
import os
import sys
from weakref import WeakKeyDictionary

MAGIC = b"%PDF-"
CHILD = "bot.answering.pdf_child"
CPU_SECONDS, WHOLE_SECONDS = 20, 40
"""Of one file's process: of work, and with the wait for a processor."""

MEMORY_BYTES = 1_500_000_000
MOST_CHARACTERS = 4_000_000
MOST_AT_ONCE = 2
KEPT = ("PATH", "PYTHONPATH", "LANG", "SYSTEMROOT")
"""All that the process is told of the environment: it needs no secret of ours."""

_loops: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


class PdfNotRead(Exception):
    """It is damaged or encrypted, or too much for the bounds: nobody knows what is written in it."""


async def words_of(data: bytes) -> str:
    """The text of its pages, forms, notes and titles; "" where it holds pictures alone. Raises PdfNotRead."""
    places = _loops.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(MOST_AT_ONCE))
    async with places:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", CHILD,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
            env={name: os.environ[name] for name in KEPT if name in os.environ},
        )  # fmt: skip
        try:
            async with asyncio.timeout(WHOLE_SECONDS):
                told, _ = await process.communicate(data)
        except TimeoutError as fault:
            raise PdfNotRead(f"more than {WHOLE_SECONDS} s") from fault
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    if process.returncode != 0:
        raise PdfNotRead(f"exit code {process.returncode}")
    return told.decode("utf-8", "replace")
