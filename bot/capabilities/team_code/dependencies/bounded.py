"""Reads and answers where nobody is kept waiting: a little text in a thread, more in a process of its own that can be ended."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict

from bot.apart import NotDone, TookTooLong, answer_of
from bot.capabilities.team_code.dependencies.question import NotRead, Question, Row
from bot.capabilities.team_code.dependencies.reading import read
from bot.capabilities.team_code.dependencies.report import answer
from bot.capabilities.team_code.slots import Slots

CHILD = "bot.capabilities.team_code.dependencies.child"
SMALL_CHARS = 300_000
WHOLE_SECONDS = 27
"""Less than any tool may take, so that what is said is why."""

SLOTS = Slots(2, 10.0)
"""Processes of up to 2 GB each, and how long a question waits for its turn."""

CHUNK_CHARS = 100_000


class ReadingFailed(Exception):
    """The message says why, and what to ask for instead."""


async def ask(question: Question, files: Mapping[str, str]) -> list[Row]:
    if sum(map(len, files.values())) <= SMALL_CHARS:
        return await asyncio.to_thread(lambda: answer(question, read(files), len(files)))
    async with SLOTS.taken():
        return await _answered(question, files)


async def _answered(question: Question, files: Mapping[str, str]) -> list[Row]:
    head = await asyncio.to_thread(_head, question, files)
    try:
        told = await answer_of(CHILD, _pieces(head, files), WHOLE_SECONDS)
    except TookTooLong as fault:
        raise ReadingFailed(f"Reading took longer than {WHOLE_SECONDS} s; narrow path_glob or ecosystem.") from fault
    except NotDone as fault:
        raise ReadingFailed(
            "The dependency files could not be read within bounds; narrow path_glob or ecosystem."
        ) from fault
    return [Row(*one) for one in json.loads(told)]


def _pieces(head: bytes, files: Mapping[str, str]) -> Iterator[bytes]:
    yield head
    for text in files.values():
        for start in range(0, len(text), CHUNK_CHARS):
            yield _bytes(text[start : start + CHUNK_CHARS])


def _head(question: Question, files: Mapping[str, str]) -> bytes:
    """One line of JSON that tells how many bytes of which file follow."""
    sizes = [[path, len(text) if text.isascii() else len(_bytes(text))] for path, text in files.items()]
    asked = asdict(question) | {"outside": sorted(question.outside)}
    return json.dumps({"question": asked, "sizes": sizes}).encode() + b"\n"


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def unpacked(head: bytes, body: bytes) -> tuple[Question, dict[str, str]]:
    told = json.loads(head)
    asked = told["question"]
    question = Question(
        asked["ecosystem"], tuple(asked["names"]), asked["folder"], frozenset(asked["outside"]),
        tuple(NotRead(**one) for one in asked["not_read"]), tuple(NotRead(**one) for one in asked["not_understood"]), asked["left_out"],
    )  # fmt: skip
    files, at = {}, 0
    for path, size in told["sizes"]:
        files[path] = body[at : at + size].decode("utf-8", "replace")
        at += size
    return question, files
