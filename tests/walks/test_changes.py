"""What people do next, through the whole bot and each door: they edit their question, add a mention by it, or delete it."""

from __future__ import annotations

import time

import pytest

from tests.servers.claude import ClaudeServer
from tests.stalls import slowness
from tests.walks import doors
from tests.walks.doors import Door, House

pytestmark = pytest.mark.asyncio(loop_scope="module")
house, door, claude = doors.house, doors.door, doors.claude


async def answered(door: Door, claude: ClaudeServer, answer: str = "With OFFSET.") -> str:
    """A thread with an answered question."""
    claude.says(answer)
    thread = await door.says(f"{door.mention} how do I page?")
    await door.until(lambda: door.is_final(thread))
    return thread


async def test_an_edited_question_is_answered_anew_in_the_same_message(door: Door, claude: ClaudeServer) -> None:
    thread = await answered(door, claude)
    ((post, _),) = door.shown(thread)

    claude.says("With a cursor.")
    await door.edits(thread, f"{door.mention} how do I page backwards?")
    await door.until(lambda: "With a cursor." in door.text(thread) and door.is_final(thread))

    assert [one for one, _ in door.shown(thread)] == [post]
    assert "OFFSET" not in door.text(thread)
    assert len(claude.requests) == 2
    assert "With OFFSET" not in str(claude.requests[1].body)
    assert door.pings() == []


async def test_a_question_edited_while_it_is_answered_has_one_answer(door: Door, claude: ClaudeServer) -> None:
    claude.tokens_per_second = 20
    claude.says("word " * 300)
    thread = await door.says(f"{door.mention} how do I page?")
    await door.until(lambda: "word" in door.text(thread))
    claude.tokens_per_second = 200
    claude.says("With a cursor.")
    await door.edits(thread, f"{door.mention} how do I page backwards?")
    await door.until(lambda: door.is_final(thread))

    ((_, text),) = door.shown(thread)
    assert text.startswith("With a cursor.")
    assert "word" not in text


async def test_a_mention_added_by_an_edit_is_a_question(door: Door, claude: ClaudeServer) -> None:
    said = await door.says("how do I page?")
    await door.edits(said, f"{door.mention} how do I page?")
    await door.until(lambda: door.is_final(said))

    assert len(door.shown(said)) == 1
    assert len(claude.requests) == 1


async def test_what_changes_without_an_edit_asks_nothing(door: Door, claude: ClaudeServer) -> None:
    thread = await answered(door, claude)
    await door.changes_without_an_edit(thread)
    await door.says("and?", thread=thread)
    await door.until(lambda: len(door.shown(thread)) == 2 and door.is_final(thread))

    assert len(claude.requests) == 2


async def test_a_deleted_question_ends_its_answer_and_leaves_nothing(door: Door, claude: ClaudeServer) -> None:
    claude.tokens_per_second = 15
    claude.says("word " * 400)
    thread = await door.says(f"{door.mention} the secret is swordfish, how do I keep it?")
    await door.until(lambda: "word" in door.text(thread))
    deleted = time.monotonic()
    await door.deletes(thread)
    await door.until(lambda: claude.requests[0].left_early)
    assert time.monotonic() - deleted < 2 * slowness()
    await door.until(lambda: not door.shown(thread))

    assert door.outside_threads() == []


async def test_what_was_deleted_is_forgotten_and_its_answer_taken_back(door: Door, claude: ClaudeServer) -> None:
    thread = await answered(door, claude)
    secret = await door.says("the secret is swordfish, how do I keep it?", thread=thread)
    await door.until(lambda: len(door.shown(thread)) == 2 and door.is_final(thread))
    claude.says("With ORDER BY.")
    await door.says("and sorted?", thread=thread)  # its answer says that the one before it has ended
    await door.until(lambda: len(door.shown(thread)) == 3 and door.is_final(thread))
    await door.deletes(secret)
    await door.until(lambda: len(door.shown(thread)) == 2)

    claude.says("Nothing.")
    await door.says("what was that?", thread=thread)
    await door.until(lambda: len(door.shown(thread)) == 3 and door.is_final(thread))

    assert "swordfish" not in str(claude.requests[-1].body)
    assert "swordfish" not in door.text(thread)
    assert len(claude.requests) == 4


async def goes_on(door: Door, claude: ClaudeServer, thread: str, text: str) -> str:
    """One more question, answered; all that its request holds."""
    count = len(door.shown(thread))
    claude.says("With an index.")
    await door.says(text, thread=thread)
    await door.until(lambda: len(door.shown(thread)) == count + 1 and door.is_final(thread))
    return str(claude.requests[-1].body["messages"])


async def test_what_was_heard_and_told_is_remembered_as_it_reads_now(
    door: Door, claude: ClaudeServer, house: House
) -> None:
    thread, known = await door.begins("it is slow", "a log"), house.bot.log.count("remembered as it reads now")
    heard = await door.says(f"{door.colleague} run DROPTABLE", thread=thread)
    await door.until(lambda: heard in house.bot.log)
    before = await goes_on(door, claude, thread, f"{door.mention} is that right?")
    await door.edits(heard, f"{door.colleague} run KEEPTABLE")
    await door.until(lambda: house.bot.log.count("remembered as it reads now") > known)
    after = await goes_on(door, claude, thread, f"{door.mention} and now?")

    assert ("DROPTABLE" in before, "DROPTABLE" in after, "KEEPTABLE" in after) == (True, False, True)
    assert "is that right" in after


async def test_a_colleagues_file_that_is_taken_away_and_words_that_are_edited_are_forgotten(
    door: Door, claude: ClaudeServer, house: House
) -> None:
    known = house.bot.log.count("remembered as it reads now")
    thread = await door.begins("it crashed, see OLDWORDS", "the FILEBODY of it")
    before = await goes_on(door, claude, thread, f"{door.mention} why?")
    await door.takes_file_away(thread)
    await door.until(lambda: house.bot.log.count("remembered as it reads now") > known)
    without_file = await goes_on(door, claude, thread, f"{door.mention} and now?")
    await door.edits(thread, "it crashed, see NEWWORDS")
    await door.until(lambda: house.bot.log.count("remembered as it reads now") > known + 1)
    edited = await goes_on(door, claude, thread, f"{door.mention} what then?")

    words = ("OLDWORDS", "FILEBODY", "NEWWORDS")
    assert [one in before for one in words] == [True, True, False]
    assert [one in without_file for one in words] == [True, False, False]
    assert [one in edited for one in words] == [False, False, True]


async def test_a_threads_first_question_that_was_refused_is_not_read_back(door: Door, claude: ClaudeServer) -> None:
    claude.fails("refusal")
    thread = await door.says(f"{door.mention} how do I break in?")
    await door.until(lambda: "declined to answer" in door.text(thread))
    claude.says("With an index.")
    await door.says("!aside the door is green", thread=thread)
    await door.says(f"{door.mention} and how fast?", thread=thread)
    await door.until(lambda: "With an index." in door.text(thread) and door.is_final(thread))

    last = str(claude.requests[-1].body)
    assert ["how fast" in last, "green" in last, "break in" in last, "declined" in last] == [True, True, False, False]


async def test_a_refused_question_is_read_again_as_it_reads_now(door: Door, claude: ClaudeServer) -> None:
    claude.fails("refusal")
    thread = await door.says(f"{door.mention} how do I break in?")
    await door.until(lambda: "declined to answer" in door.text(thread))
    claude.says("With an index.")
    await door.edits(thread, f"{door.mention} how do I get in faster?")
    await door.until(lambda: "With an index." in door.text(thread) and door.is_final(thread))

    last = str(claude.requests[-1].body)
    assert ["get in faster" in last, "break in" in last] == [True, False]


async def test_what_was_refused_is_taken_back_and_not_asked_again(door: Door, claude: ClaudeServer) -> None:
    thread = await answered(door, claude)
    claude.fails("refusal")
    claude.says("First you open the " + "valve " * 60)
    await door.says(f"{door.mention} how do I break in?", thread=thread)
    await door.until(lambda: "declined to answer" in door.text(thread))
    claude.says("With an index.")
    await door.says(f"{door.mention} and how fast?", thread=thread)
    await door.until(lambda: "With an index." in door.text(thread) and door.is_final(thread))

    assert "valve" not in door.text(thread)
    last = str(claude.requests[-1].body)
    assert "how fast" in last
    assert "break in" not in last
    assert "declined" not in last
