"""Who holds copies of what, and what became of it: in memory and on Valkey."""

from __future__ import annotations

import pytest

from bot.conversation import Attachment, ThreadId
from bot.copies import Change
from bot.ports.copies import Copies
from storage.memory import MemoryCopies
from storage.redis_copies import RedisCopies
from tests.fakes import THREAD

OTHER = ThreadId("slack", "T2", "C:9", "17#19.43")
FILE = Attachment("F1", "a.log", "text/plain", 1, "https://files.example/F1")


@pytest.fixture(params=["memory", "valkey"])
def copies(request: pytest.FixtureRequest) -> Copies:
    return MemoryCopies() if request.param == "memory" else RedisCopies(request.getfixturevalue("clients"))


async def test_a_source_names_all_threads_that_hold_it_on_its_platform(copies: Copies) -> None:
    await copies.hold(THREAD, {"C2/17.1", "file/F1"})
    await copies.hold(OTHER, {"C2/17.1"})
    await copies.hold(ThreadId("discord", "2", "3", "4"), {"C2/17.1"})
    await copies.hold(THREAD, set())

    assert set(await copies.holders("slack", "C2/17.1")) == {THREAD, OTHER}
    assert list(await copies.holders("slack", "file/F1")) == [THREAD]
    assert list(await copies.holders("slack", "C2/17.2")) == []


async def test_of_each_source_the_newest_change_counts_and_what_is_gone_stays_gone(copies: Copies) -> None:
    newest = Change("C2/17.1", "new", (FILE,), "20.1")
    for change in (Change("C2/17.1", "old", (), "19.9"), newest, Change("C2/17.1", "older", (), "9.9")):
        await copies.change(THREAD, change)
    await copies.change(THREAD, Change("file/F1", None))
    await copies.change(THREAD, Change("file/F1", "back", (), "21.0"))

    assert await copies.changes(THREAD) == {"C2/17.1": newest, "file/F1": Change("file/F1", None)}
    assert await copies.changes(OTHER) == {}
