"""Several languages in one answer: each is judged in its own room, and a room that breaks costs no other its line."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import pytest

from bot.capabilities.checks.verdicts import Block, Verdict
from storage.checks.pins import Pins
from storage.checks.room import Room, Stand
from storage.checks.rooms import Rooms


class Fine(Room):
    languages = frozenset({"fine"})

    async def check(self, blocks: Sequence[Block], stand: Stand) -> Sequence[Verdict]:
        return [Verdict("none", {one.code: "1"}) for one in blocks]


class Broken(Room):
    languages = frozenset({"broken"})

    async def check(self, blocks: Sequence[Block], stand: Stand) -> Sequence[Verdict]:
        raise RuntimeError("boom")


async def test_a_room_that_breaks_costs_no_other_its_line(caplog: pytest.LogCaptureFixture) -> None:
    stand = Stand(Pins("3.11"))
    rooms = Rooms([Broken(), Fine()], lambda ground: stand)
    blocks = [Block("fine", "a"), Block("broken", "b"), Block("fine", "c")]

    with caplog.at_level(logging.ERROR):
        first, broken, last = await rooms.against(blocks, stand)

    assert (first.versions, last.versions) == ({"a": "1"}, {"c": "1"})
    assert (broken.state, broken.reasons) == ("unchecked", ("its checker broke; the log says why",))
    assert "a room broke" in caplog.text
