"""Entries that another release wrote, or nobody we know: they stand in nobody's way, and no deleted text stays because of them."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bot.ports.inbox import Lease, Outcome, Revision
from bot.ports.stores import BoardPost
from storage.connections import RedisClients
from storage.encoding import MESSAGE
from storage.inbox import RedisInbox
from storage.keys import thread_key
from tests.fakes import START, THREAD, message
from tests.storage.conftest import Stores
from tests.storage.serving import Gate, Recorder, eventually, serving, settled
from tests.storage.test_history import PINNED, fence, turn

pytestmark = pytest.mark.slow

OURS = json.loads(MESSAGE.write(message("foreign", id="x")))


def changed(**fields: object) -> str:
    return json.dumps({**OURS, "data": {**OURS["data"], **fields}})


def without(name: str) -> str:
    return json.dumps({**OURS, "data": {key: value for key, value in OURS["data"].items() if key != name}})


FOREIGN: dict[str, str | bytes] = {
    "another release's": '{"v":2,"body":{}}',
    "no JSON": "not ours",
    "nothing": "",
    "no text": b"\xff\xfe\x00",
    "null": "null",
    "number": "12",
    "string": '"data"',
    "array": "[1, 2]",
    "true": "true",
    "deep": "[" * 2_000,
    "huge number": '{"v": 1e999, "data": 1e308}',
    "data is null": '{"v": 1, "data": null}',
    "data is a string": '{"v": 1, "data": "id"}',
    "data is an array": '{"v": 1, "data": ["id"]}',
    "empty data": '{"v": 1, "data": {}}',
    "no id": without("id"),
    "id is null": changed(id=None),
    "id is a number": changed(id=9e300),
    "id is an object": changed(id={}),
    "no author": without("author"),
    "author is null": changed(author=None),
}
"""Whose message these are cannot be told, or they are nobody's."""

OF_OUR_MESSAGE = {
    "no edition, no files": json.dumps({"v": 1, "data": {"id": "1", "text": "old secret"}}),
    "edition is null": changed(id="1", text="old secret", edition=None),
    "edition is a number": changed(id="1", text="old secret", edition=10**40),
    "edition is an object": changed(id="1", text="old secret", edition={}),
    "files are null": changed(id="1", text="old secret", attachments=None),
    "files are numbers": changed(id="1", text="old secret", attachments=[1, None, "a"]),
    "files have no id": changed(id="1", text="old secret", attachments=[{}, {"id": None}, {"id": {}}]),
    "text is null": changed(id="1", text=None, name="old secret"),
    "no author": json.dumps({"v": 3, "data": {"id": "1", "text": "old secret", "addressed": "yes", "withdrawn": None}}),
}
"""Their id can be told, and not much else."""


@pytest.fixture(params=FOREIGN)
def foreign(request: pytest.FixtureRequest) -> str | bytes:
    return FOREIGN[request.param]


@pytest.fixture(params=OF_OUR_MESSAGE)
def another_form(request: pytest.FixtureRequest) -> str:
    return OF_OUR_MESSAGE[request.param]


async def put(clients: RedisClients, entry: str | bytes, name: str, *more: str) -> None:
    """The entry in front of one of the thread's lists."""
    await clients.hot.lpush(thread_key(THREAD, name, *more), entry)


async def everything(clients: RedisClients) -> str:
    """All that the thread's lists hold."""
    found = []
    async for key in clients.hot.scan_iter(thread_key(THREAD, "*").replace("[", "\\[")):
        if await clients.hot.type(key) == "list":
            found += await clients.hot.lrange(key, 0, -1)
    return "\n".join(map(str, found))


async def test_what_waits_behind_a_foreign_entry_is_edited_and_deleted(
    redis_inbox: RedisInbox, clients: RedisClients, foreign: str | bytes
) -> None:
    for number in (1, 2):
        await redis_inbox.accept(message(f"old {number}", id=str(number)))
    await put(clients, foreign, "in")

    assert await redis_inbox.revise(replace(message("new", id="1"), edition="7")) is Revision.KEPT
    await redis_inbox.withdraw(THREAD, "2")

    assert await redis_inbox.askers(THREAD) >= {message("").author.id}
    assert "old" not in (await everything(clients)).replace("old secret", "")
    recorder = Recorder()
    async with serving(redis_inbox, recorder):
        await recorder.ended(1)
        await settled(redis_inbox)
    assert "new" in recorder.texts[0]
    assert recorder.leases[0].attempt == 1, "putting an entry away is no attempt"


async def test_what_was_heard_or_failed_behind_a_foreign_entry_is_edited_and_deleted(
    redis_inbox: RedisInbox, clients: RedisClients, foreign: str | bytes
) -> None:
    failed = Recorder(Outcome.FAILED)
    for number in (1, 2):
        await redis_inbox.accept(message(f"old {number}", id=str(number)))
    async with serving(redis_inbox, failed):
        await failed.ended(1)
        await settled(redis_inbox)
    await put(clients, foreign, "heard")
    await put(clients, foreign, "failed", failed.leases[0].turn_id)

    await redis_inbox.withdraw(THREAD, "2")
    assert await redis_inbox.revise(replace(message("new", id="1"), edition="7")) is Revision.KEPT

    assert "old" not in (await everything(clients)).replace("old secret", "")
    recorder = Recorder()
    async with serving(redis_inbox, recorder):
        await recorder.ended(1)
        await settled(redis_inbox)
    assert "new" in recorder.texts[0]


async def test_what_came_early_beside_a_foreign_entry_is_deleted_and_taken(
    redis_inbox: RedisInbox, clients: RedisClients, foreign: str | bytes
) -> None:
    for number in (11, 12):
        await redis_inbox.accept(message(f"early {number}", id=str(number), addressed=False))
    await clients.hot.hset(thread_key(THREAD, "early"), "10", foreign)

    await redis_inbox.withdraw(THREAD, "11")
    await redis_inbox.accept(message("question", id="1"))

    recorder = Recorder()
    async with serving(redis_inbox, recorder):
        await recorder.ended(1)
        await settled(redis_inbox)
    assert recorder.texts[0][0] == "question"
    assert "early 12" in recorder.texts[0]
    assert "early 11" not in recorder.texts[0]


@pytest.mark.parametrize("name", ["in", "heard"])
async def test_a_message_in_another_form_is_replaced(
    redis_inbox: RedisInbox, clients: RedisClients, another_form: str, name: str
) -> None:
    await put(clients, another_form, name)

    assert await redis_inbox.revise(replace(message("new", id="1"), edition="7")) is Revision.KEPT

    held = await everything(clients)
    assert ("new" in held, "old secret" in held) in ((True, False), (False, True))
    assert "new" in held or "10000" in another_form, "only what names a newer edition stays"


@pytest.mark.parametrize("name", ["in", "heard"])
async def test_a_message_in_another_form_is_deleted(
    redis_inbox: RedisInbox, clients: RedisClients, another_form: str, name: str
) -> None:
    await put(clients, another_form, name)

    await redis_inbox.withdraw(THREAD, "1")

    assert "old secret" not in await everything(clients)


async def test_a_message_in_another_form_is_deleted_from_a_turn_in_the_air(
    redis_inbox: RedisInbox, clients: RedisClients, another_form: str
) -> None:
    """A newer release beside us answers it; we cannot write an empty one of its kind, and take it out."""
    await redis_inbox.accept(message("question", id="2"))
    gate = Gate()
    recorder = Recorder(before_end=gate)
    async with serving(redis_inbox, recorder):
        await gate.wait_reached()
        await put(clients, another_form, "in")
        await clients.hot.hincrby(thread_key(THREAD, "turn"), "count", 1)
        recorder.before_end = None

        await redis_inbox.withdraw(THREAD, "1")

        await recorder.ended(1)
        await settled(redis_inbox)

    assert "old secret" not in await everything(clients)
    assert [text for text in recorder.texts[-1] if text] == ["question"]


async def test_the_only_message_of_a_turn_in_another_form_is_deleted(
    redis_inbox: RedisInbox, clients: RedisClients
) -> None:
    await put(clients, OF_OUR_MESSAGE["no author"], "in")
    await clients.hot.hset(thread_key(THREAD, "turn"), mapping={"count": "1", "attempt": "1"})

    await redis_inbox.withdraw(THREAD, "1")
    await redis_inbox.accept(message("next", id="2"))

    taken: list[Lease] = []

    async def handle(lease: Lease) -> tuple[Outcome, int]:
        taken.append(lease)
        return Outcome.ANSWERED, len(lease.messages)

    async with serving(redis_inbox, handle):
        await eventually(lambda: bool(taken))
        await settled(redis_inbox)
    assert [[one.text for one in lease.messages] for lease in taken] == [["next"]]


async def test_a_foreign_entry_in_the_history_is_passed_over(
    redis_stores: Stores, clients: RedisClients, foreign: str | bytes
) -> None:
    ours = await fence(redis_stores.inbox)
    await redis_stores.history.append(THREAD, ours, turn(1), PINNED)
    for entry in (foreign, '{"kind": "turn", "entry": "{}"}', '{"kind": "fold", "entry": {}}', '{"kind": []}'):
        await put(clients, entry, "log")
    await clients.hot.set(thread_key(THREAD, "prefix"), foreign)

    conversation = await redis_stores.history.load(THREAD)
    await redis_stores.history.amend(THREAD, lambda turns: (*turns, turn(2)))

    assert (conversation.turns, conversation.pinned) == ((turn(1),), None)
    assert (await redis_stores.history.load(THREAD)).turns == (turn(1), turn(2))


async def test_a_foreign_post_on_a_page_is_passed_over(
    redis_stores: Stores, clients: RedisClients, foreign: str | bytes
) -> None:
    post = BoardPost("p", "Ana", START, "hi")
    await redis_stores.board.put(THREAD, post)
    await put(clients, "x", "page-order")
    await clients.hot.hset(thread_key(THREAD, "page"), "x", foreign)

    assert await redis_stores.board.posts(THREAD) == [post]
