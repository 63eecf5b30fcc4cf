"""The local page's board, in memory and on Valkey."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.conversation import ThreadId
from bot.ports.stores import Board, BoardPost, Removed
from bot.views import Button, View
from tests.fakes import START
from tests.storage.conftest import Stores

THREAD = ThreadId("web", "local", "page", "1")
OTHER = ThreadId("web", "local", "page", "2")
ASKED = BoardPost("z", "Ana", START, "## How do I\nindex?", ("a.py",))
ANSWER = BoardPost("a", "Plumbline", START, view=View("so", "", ("merged",), (Button("stop", "t1"),)), turn_id="t1")


@pytest.fixture
def board(stores: Stores) -> Board:
    return stores.board


async def test_posts_stand_in_the_order_in_which_they_came_whatever_their_ids_and_clocks(board: Board) -> None:
    early = replace(ANSWER, sent_at=START - timedelta(hours=1))
    await board.put(THREAD, ASKED)
    await board.put(THREAD, early)
    await board.put(THREAD, replace(ASKED, text="edited"))

    assert await board.posts(THREAD) == [replace(ASKED, text="edited"), early]
    assert await board.posts(OTHER) == []


async def test_a_removed_post_is_gone(board: Board) -> None:
    await board.put(THREAD, ASKED)
    await board.put(THREAD, ANSWER)

    await board.remove(THREAD, ASKED.id)
    await board.remove(THREAD, "unknown")

    assert await board.posts(THREAD) == [ANSWER]


async def test_threads_are_listed_newest_first_with_their_first_line(board: Board) -> None:
    await board.put(THREAD, ASKED)
    await asyncio.sleep(0.002)  # the order of two moments needs two moments
    await board.put(OTHER, replace(ASKED, text="other"))

    listed = await board.threads("local")

    assert [(one.thread, one.title) for one in listed] == [(OTHER, "other"), (THREAD, "How do I")]
    assert await board.threads("elsewhere") == []


async def test_a_thread_is_called_by_its_first_question_as_it_reads_now(board: Board) -> None:
    await board.put(THREAD, replace(ASKED, text="the secret is swordfish"))
    await board.put(THREAD, ANSWER)
    await board.put(THREAD, replace(ASKED, id="y", text="and then?"))
    await board.put(THREAD, replace(ASKED, text="how do I keep it?"))
    assert [one.title for one in await board.threads("local")] == ["how do I keep it?"]

    await board.remove(THREAD, ASKED.id)
    assert [one.title for one in await board.threads("local")] == ["and then?"]


async def test_a_question_of_files_alone_is_called_by_the_first(board: Board) -> None:
    await board.put(THREAD, replace(ASKED, text=""))
    await board.put(OTHER, replace(ASKED, text="🙏", files=()))

    assert {one.title for one in await board.threads("local")} == {"a.py", "Untitled"}


async def test_the_name_that_a_person_gave_stays_until_it_is_taken_back(board: Board) -> None:
    await board.put(THREAD, ASKED)
    await board.rename(THREAD, "Indexes")
    await board.put(THREAD, replace(ASKED, text="edited"))
    assert [one.title for one in await board.threads("local")] == ["Indexes"]

    await board.rename(THREAD, "")
    assert [one.title for one in await board.threads("local")] == ["edited"]


@pytest.mark.parametrize("how", ["forget", "remove each"])
async def test_a_thread_without_posts_is_no_thread_and_whoever_watches_is_told(board: Board, how: str) -> None:
    await board.put(THREAD, ASKED)
    await board.put(THREAD, ANSWER)
    await board.put(OTHER, ASKED)
    told: list[str] = []

    async def read(watching: AsyncIterator[BoardPost | Removed]) -> None:
        async for one in watching:
            told.append(one.post_id if isinstance(one, Removed) else "")
            if {ASKED.id, ANSWER.id} <= set(told):
                return

    watching = asyncio.create_task(read(board.watch(THREAD)))
    async with asyncio.timeout(60):
        while not told:  # a watch begins a moment after it is asked for
            await board.put(THREAD, ANSWER)
            await asyncio.sleep(0.02)
        if how == "forget":
            await board.forget(THREAD)
        else:
            await board.remove(THREAD, ASKED.id)
            await board.remove(THREAD, ANSWER.id)
        await watching

    assert await board.posts(THREAD) == []
    assert [one.thread for one in await board.threads("local")] == [OTHER]


async def test_whoever_watches_is_told_of_every_later_post(board: Board) -> None:
    await board.put(THREAD, ASKED)
    seen: list[BoardPost] = []

    async def read(watching: AsyncIterator[BoardPost | Removed]) -> None:
        async for post in watching:
            assert isinstance(post, BoardPost)
            seen.append(post)
            if post.text == "last":
                return

    watching = asyncio.create_task(read(board.watch(THREAD)))
    last = replace(ASKED, text="last")
    async with asyncio.timeout(60):
        number = 0
        while not seen:  # a watch begins a moment after it is asked for
            number += 1
            await board.put(THREAD, replace(ANSWER, view=View(str(number))))
            await asyncio.sleep(0.02)
        await board.put(OTHER, ASKED)
        await board.put(THREAD, last)
        await watching

    assert seen[-1] == last
    assert {post.id for post in seen} == {ANSWER.id, ASKED.id}


async def test_a_file_is_kept_byte_for_byte(board: Board) -> None:
    data = bytes(range(256)) * 100

    await board.keep_file("f1", data)

    assert await board.file("f1") == data
    assert await board.file("f2") is None


async def test_a_file_is_forgotten(board: Board) -> None:
    await board.keep_file("f1", b"x")
    await board.keep_file("f2", b"y")

    await board.forget_files(["f1", "unknown"])

    assert (await board.file("f1"), await board.file("f2")) == (None, b"y")
