"""A live store that the release before heads has filled is taken up: what waits, is in the air, has failed, was heard or came early.

`stores/before_heads.json` was written by that release's own doors and worker, which then died over the turn in the air: 1 was
answered, then edited and asked again; 2 is chatter; 3 and 4 failed; 5 and 6 are in the air; 7 waits; in another thread, 11 came early.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.conversation import Attachment, ThreadId
from bot.ports.inbox import Accepted, Outcome, Revision
from storage.connections import RedisClients
from storage.inbox import RedisInbox
from tests.fakes import THREAD, message
from tests.storage.conftest import LEASE_SECONDS
from tests.storage.serving import Recorder, eventually, serving, settled

pytestmark = pytest.mark.slow

STORE = json.loads((Path(__file__).parent / "stores" / "before_heads.json").read_text())
OTHER = ThreadId("slack", "T1", "C7", "1720.1")
FILE = Attachment("F1", "renamed.log", "text/plain", 12, "https://files.example/moved")
ANSWERED, FAILED, IN_THE_AIR = "d5ea81e9b5a9f899", "d45dc55db559b855", "dac0938b9006c078"


@pytest.fixture
async def inbox(clients: RedisClients) -> RedisInbox:
    for key, entry in STORE.items():
        value: Any = entry["value"]
        match entry["kind"]:
            case "list":
                await clients.hot.rpush(key, *value)
            case "hash":
                await clients.hot.hset(key, mapping=value)
            case "set":
                await clients.hot.sadd(key, *value)
            case "zset":
                await clients.hot.zadd(key, value)
            case "string":
                await clients.hot.set(key, value, px=round(LEASE_SECONDS * 1000) if key.endswith(":lease") else None)
            case kind:
                raise AssertionError(f"a kind that is not restored: {kind}")
    return RedisInbox(clients, lease_seconds=LEASE_SECONDS)


async def everything(clients: RedisClients) -> str:
    found: list[object] = []
    async for key in clients.hot.scan_iter("*"):
        kind = await clients.hot.type(key)
        if kind == "list":
            found += await clients.hot.lrange(key, 0, -1)
        elif kind == "hash":
            found += (await clients.hot.hgetall(key)).values()
    return "\n".join(map(str, found))


async def ended(inbox: RedisInbox, turns: int, outcome: Outcome = Outcome.ANSWERED) -> Recorder:
    recorder = Recorder(outcome)
    async with serving(inbox, recorder):
        await recorder.ended(turns)
        await settled(inbox)
    assert len(recorder.texts) == turns
    return recorder


async def test_the_turn_in_the_air_is_taken_over_and_all_others_follow_in_their_order(inbox: RedisInbox) -> None:
    recorder = await ended(inbox, 3)

    assert recorder.texts == [["in the air", "its other message"], ["answered question, edited"], ["waiting"]]
    first, second, third = recorder.leases
    assert (first.turn_id, first.attempt) == (IN_THE_AIR, 2)
    assert first.fence > 4, "the one that the last release gave"
    assert [one.id for one in first.context] == ["0", "2", "3", "4"]
    assert first.last_active_at is not None
    assert second.turn_id == ANSWERED
    assert [file.id for file in third.messages[0].attachments] == ["F1"]


async def test_a_failed_turn_is_asked_again_by_retry(inbox: RedisInbox) -> None:
    assert [await inbox.retry(THREAD, FAILED) for _ in range(2)] == [True, False]

    recorder = await ended(inbox, 4)

    assert [lease.turn_id for lease in recorder.leases[:2]] == [IN_THE_AIR, FAILED]
    assert [one.id for one in recorder.leases[0].context] == ["0", "2"]
    assert [one.id for one in recorder.leases[1].messages] == ["3", "4"]


async def test_a_failed_turn_is_asked_again_by_an_edit(inbox: RedisInbox) -> None:
    failed = 'failed \u0001question ü🙂 "quoted"\nline'
    old = replace(message(failed, id="3"), attachments=(FILE,), edition="1")

    assert await inbox.revise(old) is Revision.KEPT  # says the same as before
    assert await inbox.revise(replace(old, text="mended", edition="2")) is Revision.KEPT

    recorder = await ended(inbox, 4)
    assert recorder.texts[1] == ["mended", "its second message"]
    assert recorder.leases[1].turn_id == FAILED


async def test_what_is_in_the_air_and_waits_is_edited(inbox: RedisInbox, clients: RedisClients) -> None:
    await inbox.revise(replace(message("in the air, edited", id="5"), edition="1"))
    await inbox.revise(replace(message("waiting, edited", id="7"), edition="1"))
    await inbox.revise(replace(message("older", id="1"), edition="4"))

    recorder = await ended(inbox, 3)

    assert recorder.texts == [
        ["in the air, edited", "its other message"],
        ["answered question, edited"],
        ["waiting, edited"],
    ]
    assert (recorder.leases[0].turn_id, recorder.leases[0].attempt) == (IN_THE_AIR, 1)


async def test_what_is_deleted_leaves_no_trace_and_moves_nobody_elses_message(
    inbox: RedisInbox, clients: RedisClients
) -> None:
    for id in ("0", "1", "2", "3", "4", "5"):
        await inbox.withdraw(THREAD, id)
    await inbox.withdraw(OTHER, "11")

    left = await everything(clients)
    recorder = await ended(inbox, 2)

    for gone in ("old context", "answered question", "chatter", "failed", "second message", "in the air", "too early"):
        assert gone not in left
    assert recorder.texts == [["", "its other message"], ["waiting"]]
    assert recorder.leases[0].turn_id == IN_THE_AIR
    assert not await inbox.retry(THREAD, FAILED)


async def test_what_came_early_follows_its_question(inbox: RedisInbox) -> None:
    assert await inbox.accept(message("question", id="10", thread=OTHER)) is Accepted.NEW
    assert await inbox.accept(message("once more", id="7")) is Accepted.DUPLICATE

    recorder = Recorder()
    async with serving(inbox, recorder):
        await eventually(lambda: ["question", "follow-up too early"] in recorder.texts)
