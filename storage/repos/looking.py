"""Asks for history in a process of its own, and ends it where it takes too long. What it held in memory goes with it."""

from __future__ import annotations

from pydantic import TypeAdapter

from bot.apart import NotDone, TookTooLong, answer_of
from bot.capabilities.team_code.code import Blame, Change, Log
from bot.capabilities.team_code.repositories import BadQuery
from bot.capabilities.team_code.slots import Slots
from storage.repos.past_child import Question

CHILD = "storage.repos.past_child"
SECONDS = 25
MOST_ANSWER_BYTES = 8_000_000
TOO_LARGE = "This part of the history is too large to be looked into; ask for one file, or less."
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
    try:
        told = await answer_of(child, [asked.model_dump_json().encode()], SECONDS)
    except TookTooLong as fault:
        raise BadQuery(f"Looking into the history took longer than {SECONDS} s; ask for one file, or less.") from fault
    except NotDone as fault:
        raise BadQuery(TOO_LARGE) from fault
    if len(told) > MOST_ANSWER_BYTES:
        raise BadQuery(TOO_LARGE)
    if not told.startswith(b"+"):
        said = told[1:].decode("utf-8", "replace")
        raise BadQuery(f"{said[:1].upper()}{said[1:]}.")
    return told[1:]
