"""The colours of a whole file, found in a process of its own: what reads code by patterns may never end on a file that was made for it.

A file at a commit never changes, so what was found is kept for whoever looks next.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import OrderedDict
from collections.abc import Sequence

from bot.apart import NotDone, TookTooLong, answer_of

log = logging.getLogger(__name__)

CHILD = "adapters.colours_child"
SECONDS = 8.0
MOST_CHARACTERS = 200_000
"""Longer files stay plain: a page does not wait for its colours."""

KEPT_FILES = 24

Piece = tuple[str, str]
"""A class of colour ("" for none), and text without a line's end."""

Lines = Sequence[Sequence[Piece]]


def plain(text: str) -> Lines:
    return [[("", line)] for line in text.split("\n")]


class Colours:
    """`key` names a file at a commit. One child at a time: two readers of two files wait a moment, and the machine does not."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._kept: OrderedDict[tuple[str, ...], Lines] = OrderedDict()
        self._one_at_a_time = asyncio.Lock()

    async def of(self, key: tuple[str, ...], path: str, text: str) -> Lines:
        """The file's lines in pieces; without colours where there are none, or where finding them takes too long."""
        if len(text) > MOST_CHARACTERS:
            return plain(text)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        async with self._one_at_a_time:
            if key not in self._kept:
                try:
                    self._kept[key] = await self._found(path, text)
                except TookTooLong:
                    return plain(text)
                except NotDone as fault:
                    log.info("a file stays without colours", extra={"reason": str(fault)})
                    self._kept[key] = plain(text)
            while len(self._kept) > KEPT_FILES:
                self._kept.popitem(last=False)
            return self._kept[key]

    async def _found(self, path: str, text: str) -> Lines:
        """Raises NotDone."""
        told = await answer_of(CHILD, [json.dumps({"path": path, "text": text}).encode()], self._seconds)
        lines = [[(str(kind), str(piece)) for kind, piece in line] for line in json.loads(told)]
        is_exact = "\n".join("".join(piece for _, piece in line) for line in lines) == text
        return lines if is_exact else plain(text)
