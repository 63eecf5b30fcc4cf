"""Asks for history in a process of its own, and ends it where it takes too long. What it held in memory goes with it."""

from __future__ import annotations

import asyncio
import os
import sys

from pydantic import TypeAdapter

from bot.capabilities.team_code.code import Blame, Change, Log
from bot.capabilities.team_code.repositories import BadQuery
from bot.capabilities.team_code.slots import Slots
from storage.repos.past_child import Question

CHILD = "storage.repos.past_child"
SECONDS = 25
MOST_ANSWER_BYTES = 8_000_000
KEPT = ("PATH", "PYTHONPATH", "LANG", "SYSTEMROOT")
"""All that the process is told of the environment: it needs no secret of ours."""

AT_ONCE, WAIT_SECONDS = 3, 10.0
"""Processes of up to 1 GB each, and how long a question waits for its turn."""

SLOTS = Slots(AT_ONCE, WAIT_SECONDS)

LOG: TypeAdapter[Log] = TypeAdapter(Log)
BLAMES: TypeAdapter[list[Blame]] = TypeAdapter(list[Blame])
CHANGE: TypeAdapter[Change] = TypeAdapter(Change)


async def log(asked: Question) -> Log:
    return LOG.validate_json(await _told(asked))


async def blame(asked: Question) -> list[Blame]:
    return BLAMES.validate_json(await _told(asked))


async def change(asked: Question) -> Change:
    return CHANGE.validate_json(await _told(asked))


async def _told(asked: Question, child: str = CHILD) -> bytes:
    """Raises BadQuery, saying why, in words that a model can act on."""
    async with SLOTS.taken():
        return await _answered(asked, child)


async def _answered(asked: Question, child: str) -> bytes:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", child,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        env={name: os.environ[name] for name in KEPT if name in os.environ},
    )  # fmt: skip
    try:
        async with asyncio.timeout(SECONDS):
            told, _ = await process.communicate(asked.model_dump_json().encode())
    except TimeoutError as fault:
        raise BadQuery(f"Looking into the history took longer than {SECONDS} s; ask for one file, or less.") from fault
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0 or len(told) > MOST_ANSWER_BYTES:
        raise BadQuery("This part of the history is too large to be looked into; ask for one file, or less.")
    if not told.startswith(b"+"):
        raise BadQuery(f"{told[1:].decode('utf-8', 'replace')}.".capitalize())
    return told[1:]
