"""Different threads have different keys; what is written is read back the same, by older and newer releases too."""

from __future__ import annotations

import json
import string
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from redis.crc import key_slot

from bot.conversation import Answer, Attachment, Author, Message, Pinned, ThreadId, Turn, Usage
from bot.ports.inbox import turn_id
from bot.ports.stores import BoardPost
from bot.views import Button, View
from storage.encoding import BOARD_POST, MESSAGE, PINNED, TURN, UnreadableEntry
from storage.keys import SHARDS, shard, thread_key
from tests.fakes import START, message

pytestmark = pytest.mark.slow

words = st.text(st.characters(codec="utf-8"), max_size=12)
parts = st.one_of(words.filter(bool), st.text("{}:%/ \n*", min_size=1, max_size=6))
threads = st.builds(ThreadId, parts, parts, parts, parts)
moments = st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
authors = st.builds(Author, words, words, st.booleans())
attachments = st.builds(Attachment, words, words, words, st.integers(0, 2**40), words)
messages = st.builds(
    Message,
    thread=threads,
    id=words,
    author=authors,
    text=words,
    sent_at=moments,
    addressed=st.booleans(),
    mentions_others=st.booleans(),
    attachments=st.lists(attachments, max_size=2).map(tuple),
    route=st.dictionaries(words, words, max_size=2),
)
several = st.lists(words, max_size=2).map(tuple)
answers = st.builds(
    Answer,
    text=words,
    model=words,
    stop_reason=st.sampled_from(["end_turn", "max_tokens", "stopped"]),
    usage=st.builds(Usage, *[st.integers(0, 2**40)] * 5),
    transcript=several,
    notices=several,
    context_tokens=st.integers(0, 10**7),
    request_ids=several,
)
few = st.lists(messages, max_size=2).map(tuple)
turns = st.builds(Turn, id=words, messages=few, context=few, answer=answers, ended_at=moments)
buttons = st.builds(Button, st.sampled_from(["stop", "retry", "good", "bad"]), words)
views = st.builds(View, words, words, several, st.lists(buttons, max_size=2).map(tuple), st.booleans())
posts = st.builds(BoardPost, words, words, moments, words, several, st.none() | views, words)


@settings(max_examples=500, deadline=None)
@given(threads, threads)
def test_different_threads_have_different_keys_turns_and_slots_of_their_own(one: ThreadId, other: ThreadId) -> None:
    same = one == other

    assert (thread_key(one, "in") == thread_key(other, "in")) is same
    assert (turn_id(one, "1") == turn_id(other, "1")) is same
    assert ThreadId.parse(str(one)) == one


@settings(max_examples=300, deadline=None)
@given(threads, words, words)
def test_all_keys_of_a_thread_share_a_slot(thread: ThreadId, name: str, more: str) -> None:
    assert key_slot(thread_key(thread, "in").encode()) == key_slot(thread_key(thread, name, more).encode())
    assert shard(thread) in SHARDS


@settings(max_examples=300, deadline=None)
@given(threads, words, words)
def test_a_turn_id_fits_every_platform_and_hangs_on_the_message(thread: ThreadId, one: str, other: str) -> None:
    made = turn_id(thread, one)

    assert len(made) <= 20
    assert set(made) <= set(string.ascii_lowercase + string.digits)
    assert (made == turn_id(thread, other)) is (one == other)


@settings(max_examples=200, deadline=None)
@given(turns)
def test_a_turn_is_read_back_as_it_was(turn: Turn) -> None:
    assert TURN.read(TURN.write(turn)) == turn


@settings(max_examples=200, deadline=None)
@given(messages)
def test_a_message_is_read_back_as_it_was(one: Message) -> None:
    assert MESSAGE.read(MESSAGE.write(one)) == one


@settings(max_examples=200, deadline=None)
@given(posts)
def test_a_post_is_read_back_as_it_was(post: BoardPost) -> None:
    assert BOARD_POST.read(BOARD_POST.write(post)) == post


def test_a_field_of_a_newer_release_is_passed_over() -> None:
    written = json.loads(PINNED.write(Pinned("s", "[]", "m", "low")))
    written["data"]["colour"] = "blue"
    written["later"] = True

    assert PINNED.read(json.dumps(written)) == Pinned("s", "[]", "m", "low")


def test_a_field_that_an_older_release_did_not_write_has_its_default() -> None:
    written = json.loads(MESSAGE.write(message("hi")))
    del written["data"]["route"], written["data"]["mentions_others"]

    assert MESSAGE.read(json.dumps(written)) == message("hi")


def test_a_moment_comes_back_in_utc() -> None:
    east = START.astimezone(timezone(timedelta(hours=9)))
    written = MESSAGE.write(Message(message("hi").thread, "1", Author("a", "A"), "hi", east, True))

    read = MESSAGE.read(written).sent_at

    assert (read, read.utcoffset()) == (START, timedelta(0))


HALF = MESSAGE.write(message("hi")).replace('"hi"', r'"\ud83d"')


@pytest.mark.parametrize(
    "text", ["", "null", "[]", "{}", '{"v": 1, "data": {}}', "\x00", "\udcff", "[" * 100_000, "9" * 5_000, HALF]
)
def test_what_we_did_not_write_is_refused(text: str) -> None:
    with pytest.raises(UnreadableEntry):
        MESSAGE.read(text)
