"""One contract for the marks of facts, in memory and on a real Valkey."""

from __future__ import annotations

import pytest

from bot.ports.policy import KEPT_SECONDS, Marks
from storage.connections import RedisClients
from storage.marks import RedisMarks
from storage.memory import MemoryMarks


@pytest.fixture(params=["memory", "redis"])
def marks(request: pytest.FixtureRequest) -> Marks:
    return MemoryMarks() if request.param == "memory" else RedisMarks(request.getfixturevalue("clients"))


async def test_every_change_gives_a_mark_that_nobody_has_seen(marks: Marks) -> None:
    seen = [await marks.of(["a", "b"])]
    for _ in range(3):
        assert await marks.change("a")
        seen.append(await marks.of(["a", "b"]))

    assert seen[0] == ["", ""]
    assert len({one[0] for one in seen}) == 4
    assert {one[1] for one in seen} == {""}


async def test_a_state_that_is_told_again_changes_nothing_and_one_that_comes_back_does(marks: Marks) -> None:
    changed = [await marks.change("a", state) for state in ("member", "member", "guest", "member")]
    before = await marks.of(["a"])

    assert changed == [True, False, True, True]
    assert not await marks.change("a", "member")
    assert await marks.of(["a"]) == before


async def test_a_mark_outlives_what_was_kept_under_it_and_ends(clients: RedisClients) -> None:
    await RedisMarks(clients).change("a", "member")

    assert KEPT_SECONDS < await clients.hot.ttl("plumbline:fact:a") <= 24 * 3600
