"""The nouns as JSON and back, for every store. Each entry names the version of its form; unknown fields are passed over, so
that two releases side by side read each other's entries.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Generic, TypeVar

from pydantic import TypeAdapter, ValidationError

from bot.conversation import Message, Pinned, Turn
from bot.ports.stores import BoardPost

VERSION = 1

T = TypeVar("T")


class UnreadableEntry(ValueError):
    """A stored entry that is not what we write."""


def _moment(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    raise TypeError(f"cannot be written: {type(value).__name__}")


class Codec(Generic[T]):
    """One noun's form. `write` and `read` are inverse; `read` raises UnreadableEntry."""

    def __init__(self, noun: type[T]) -> None:
        self._adapter = TypeAdapter(noun)

    def write(self, value: T) -> str:
        entry = {"v": VERSION, "data": self._adapter.dump_python(value)}
        return json.dumps(entry, ensure_ascii=False, default=_moment)

    def read(self, text: str | bytes) -> T:
        try:
            return self._adapter.validate_python(json.loads(text)["data"], strict=False)
        except (ValidationError, ValueError, KeyError, TypeError) as fault:
            raise UnreadableEntry(f"stored entry cannot be read: {type(fault).__name__}") from fault


MESSAGE = Codec(Message)
TURN = Codec(Turn)
PINNED = Codec(Pinned)
BOARD_POST = Codec(BoardPost)
