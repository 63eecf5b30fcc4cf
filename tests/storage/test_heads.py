"""What a script sees of a message: its head, the same as Python's rule says, whichever release wrote it, and never its body."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.conversation import Attachment, Message
from bot.editions import order, says_more
from bot.ports.inbox import Outcome, Revision
from storage import entries
from storage.connections import RedisClients
from storage.encoding import MESSAGE
from storage.inbox import RedisInbox
from storage.keys import thread_key
from storage.scripts import source
from tests.fakes import THREAD, message
from tests.storage.serving import Recorder, serving, settled
from tests.storage.test_keys_and_encoding import messages

HEADS = files("storage.scripts").joinpath("shared", "heads.lua").read_text()
EVERY = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

names = st.text(st.characters(codec="utf-8"), max_size=4)
digits = st.text("0129.", max_size=4)
editions = st.one_of(digits, names)
texts = st.sampled_from(("how?", "how so?", "", 'a "quote" \\ \u2028 \x01', "🎉"))
attached = st.lists(st.sampled_from(("F1", "F2", "")).map(lambda id: Attachment(id, "a", "b", 1, "c")), max_size=2)
asked = st.builds(
    lambda text, edition, addressed, some: replace(
        message(text, addressed=addressed, attachments=tuple(some)), edition=edition
    ),
    texts, editions, st.booleans(), attached,
)  # fmt: skip

Lua = Callable[..., Any]


@pytest.fixture
def lua(clients: RedisClients) -> Lua:
    """Runs a line of Lua behind the heads' functions."""

    async def run(line: str, *arguments: str) -> object:
        return await clients.hot.register_script(f"{HEADS}\n{line}")([], arguments)

    return run


def as_older_releases_wrote(one: Message) -> str:
    return MESSAGE.write(one)


@EVERY
@given(editions, editions)
async def test_ids_and_editions_have_one_order(lua: Lua, one: str, other: str) -> None:
    assert await lua("return is_before(ARGV[1], ARGV[2]) and 1 or 0", one, other) == (order(one) < order(other))


@EVERY
@given(asked, asked)
async def test_scripts_and_python_agree_on_what_says_more(lua: Lua, new: Message, old: Message) -> None:
    for write in (entries.write, as_older_releases_wrote):
        line = "return says_more(head_of(ARGV[1]), head_of(ARGV[2])) and 1 or 0"
        assert await lua(line, entries.write(new), write(old)) == says_more(new, old)


@EVERY
@given(messages, editions, st.booleans())
async def test_a_message_has_one_head_whichever_release_wrote_it(
    lua: Lua, one: Message, edition: str, withdrawn: bool
) -> None:
    one = replace(one, edition=edition, withdrawn=withdrawn)
    line = """local head = head_of(ARGV[1])
        return {head.id, head.edition, head.is_addressed and 1 or 0, head.is_withdrawn and 1 or 0, head.digest}"""

    new, old = await lua(line, entries.write(one)), await lua(line, as_older_releases_wrote(one))

    assert new == old
    assert new[:4] == [one.id, edition, int(one.addressed), int(withdrawn)]


@EVERY
@given(messages)
async def test_older_releases_read_what_we_write(lua: Lua, one: Message) -> None:
    """They ask for `data` and its fields, in Python and in Lua."""
    written = entries.write(one)
    line = "local said = cjson.decode(ARGV[1]).data return {said.id, said.edition, said.text, #said.attachments}"

    assert MESSAGE.read(written) == entries.read(written) == one
    assert json.loads(written)["v"] == 1
    assert await lua(line, written) == [one.id, one.edition, one.text, len(one.attachments)]


def sealed(one: Message) -> str:
    """An entry whose body only somebody else can read: what a later release may write."""
    head, _, _ = entries.write(one).partition("\n")
    return f'{head}\n"sealed": "\\u00ff{"#" * 40}", \x00 no JSON at all'


@pytest.mark.parametrize("write", [sealed, entries.write, as_older_releases_wrote])
@pytest.mark.parametrize("name", ["in", "heard"])
async def test_a_message_is_replaced_and_deleted_whatever_its_body(
    redis_inbox: RedisInbox, clients: RedisClients, write: Callable[[Message], str], name: str
) -> None:
    for id in ("1", "2"):
        await clients.hot.rpush(thread_key(THREAD, name), write(message("old", id=id)))

    same = await redis_inbox.revise(replace(message("old", id="1"), edition="3"))
    unchanged = await clients.hot.lrange(thread_key(THREAD, name), 0, -1)
    newer = await redis_inbox.revise(replace(message("new", id="1"), edition="4"))
    await redis_inbox.withdraw(THREAD, "2")

    assert (same, newer) == (Revision.KEPT, Revision.KEPT)
    assert unchanged[0] == write(message("old", id="1"))
    left = await clients.hot.lrange(thread_key(THREAD, name), 0, -1)
    assert [entries.read(str(one)).text for one in left] == ["new"]


async def test_a_failed_message_is_asked_again_whatever_its_body(
    redis_inbox: RedisInbox, clients: RedisClients
) -> None:
    await redis_inbox.accept(message("old", id="1"))
    failed = Recorder(Outcome.FAILED)
    async with serving(redis_inbox, failed):
        await failed.ended(1)
        await settled(redis_inbox)
    for key in (thread_key(THREAD, "heard"), thread_key(THREAD, "failed", failed.leases[0].turn_id)):
        await clients.hot.lset(key, 0, sealed(message("old", id="1")))

    await redis_inbox.revise(replace(message("new", id="1"), edition="4"))

    recorder = Recorder()
    async with serving(redis_inbox, recorder):
        await recorder.ended(1)
        await settled(redis_inbox)
    assert (recorder.texts, recorder.leases[0].context) == ([["new"]], ())


def test_scripts_name_what_they_are_given_and_share_what_they_share() -> None:
    """No `KEYS[3]` in the midst of a script, and a `#!lua` line stays the first."""
    scripts = [one.name[:-4] for one in files("storage.scripts").iterdir() if one.name.endswith(".lua")]
    assert len(scripts) > 20
    for name in scripts:
        text = source(name)
        _, _, body = files("storage.scripts").joinpath(f"{name}.lua").read_text().partition("\n\n")
        assert body, name
        assert "KEYS[" not in body, name
        assert text.count("#!lua") == int(text.startswith("#!lua")), name
