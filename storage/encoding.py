"""The nouns as JSON and back, for every store. Each entry names the version of its form; unknown fields are passed over, so
that two releases side by side read each other's entries.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator
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
        return f'{{"v": {VERSION}, "data": {self.body(value)}}}'

    def body(self, value: T) -> str:
        """What an entry calls `data`: one line of JSON."""
        return json.dumps(self._adapter.dump_python(value), ensure_ascii=False, default=_moment)

    def read(self, text: str | bytes) -> T:
        try:
            data = json.loads(text)["data"]
            if "\\ud" in str(text):
                json.dumps(data, ensure_ascii=False).encode()  # half a character, which we never write, ends a request
            return self._adapter.validate_python(data, strict=False)
        except (ValidationError, ValueError, KeyError, TypeError, RecursionError) as fault:
            raise UnreadableEntry(f"stored entry cannot be read: {type(fault).__name__}") from fault


MESSAGE = Codec(Message)
TURN = Codec(Turn)
PINNED = Codec(Pinned)
BOARD_POST = Codec(BoardPost)


def readable(codec: Codec[T], entries: Iterable[str | bytes]) -> Iterator[T]:
    """Those entries that are ours to read; what another release wrote is passed over."""
    for entry in entries:
        with contextlib.suppress(UnreadableEntry):
            yield codec.read(entry)
