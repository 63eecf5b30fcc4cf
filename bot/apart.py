"""Work on what strangers send, in a process of its own: bounded in memory and time, and told nothing that it need not know.

Parsers written in C keep the interpreter to themselves while they run, and cannot be stopped; a process can, and what it held in
memory goes with it. The process begins with `bounded`; whoever waits for it asks by `answer_of`.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import sys
from collections.abc import Iterable

KEPT = ("PATH", "PYTHONPATH", "LANG", "SYSTEMROOT")


class NotDone(Exception):
    """The process ended by itself, or by a bound of its own."""


class TookTooLong(NotDone):
    """It was ended here."""


def environment() -> dict[str, str]:
    """All that such a process is told of the environment: it needs no secret of ours."""
    return {name: os.environ[name] for name in KEPT if name in os.environ}


def bounded(memory_bytes: int, processor_seconds: int = 0) -> None:
    """For the process itself, first of all; it leaves no picture of its memory behind. 0 seconds: as long as it takes."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    if processor_seconds:
        resource.setrlimit(resource.RLIMIT_CPU, (processor_seconds, processor_seconds))


async def answer_of(module: str, question: Iterable[bytes], seconds: float) -> bytes:
    """What `python -m module` writes when the pieces of the question are its input. Raises NotDone, or TookTooLong after `seconds`."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL, env=environment(),
    )  # fmt: skip
    if process.stdin is None or process.stdout is None:
        raise AssertionError("the pipes were asked for")
    try:
        async with asyncio.timeout(seconds):
            _, answer = await asyncio.gather(_written(process.stdin, question), process.stdout.read())
            await process.wait()
    except TimeoutError as fault:
        raise TookTooLong(f"more than {seconds:g} s") from fault
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise NotDone(f"exit code {process.returncode}")
    return answer


async def _written(pipe: asyncio.StreamWriter, pieces: Iterable[bytes]) -> None:
    with contextlib.suppress(ConnectionError):  # it ended before it had read all: its exit code says so
        for piece in pieces:
            pipe.write(piece)
            await pipe.drain()
    pipe.close()
