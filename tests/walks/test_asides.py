"""What people say between each other with `!aside`, and then change: through the whole bot and each door."""

from __future__ import annotations

import pytest

from tests.servers.claude import ClaudeServer
from tests.walks import doors
from tests.walks.doors import Door, House
from tests.walks.test_changes import answered, goes_on

pytestmark = pytest.mark.asyncio(loop_scope="module")
house, door, claude = doors.house, doors.door, doors.claude


async def says_aside(door: Door, house: House, thread: str, text: str) -> str:
    said = await door.says(f"!aside {text}", thread=thread)
    await door.until(lambda: said in house.bot.log)
    return said


async def tells(door: Door, claude: ClaudeServer, thread: str, text: str) -> str:
    """As `goes_on`, and over: the answer to one more question says that the turn before it has ended, after its last drawing."""
    asked = await goes_on(door, claude, thread, text)
    await goes_on(door, claude, thread, f"{door.mention} and then?")
    return asked


async def edits(door: Door, house: House, message: str, text: str) -> None:
    known = house.bot.log.count("message edited")
    await door.edits(message, text)
    await door.until(lambda: house.bot.log.count("message edited") >= known + door.copies)


async def test_an_edited_aside_is_heard_as_it_reads_now_before_and_after_it_was_told(
    door: Door, claude: ClaudeServer, house: House
) -> None:
    thread = await answered(door, claude)
    aside = await says_aside(door, house, thread, "the door is OLDGREEN")
    await edits(door, house, aside, "!aside the door is RED")
    before = await tells(door, claude, thread, f"{door.mention} and fast?")
    await edits(door, house, aside, "!aside the door is NEWBLUE")
    after = await goes_on(door, claude, thread, f"{door.mention} and now?")

    assert ["OLDGREEN" in before, "is RED" in before] == [False, True]
    assert ["is RED" in after, "NEWBLUE" in after] == [False, True]
    assert len(claude.requests) == 4


async def test_a_deleted_aside_is_forgotten(door: Door, claude: ClaudeServer, house: House) -> None:
    thread = await answered(door, claude)
    first = await says_aside(door, house, thread, "the door is GREEN")
    before = await goes_on(door, claude, thread, f"{door.mention} and fast?")
    second = await says_aside(door, house, thread, "the key is BRASS")
    known = house.bot.log.count("message deleted")
    await door.deletes(first)
    await door.deletes(second)
    await door.until(lambda: house.bot.log.count("message deleted") >= known + 2)
    after = await goes_on(door, claude, thread, f"{door.mention} and now?")

    assert ["GREEN" in before, "GREEN" in after, "BRASS" in after] == [True, False, False]


@pytest.mark.parametrize("is_told", [False, True], ids=["heard", "told"])
async def test_an_aside_that_becomes_a_question_is_answered(
    door: Door, claude: ClaudeServer, house: House, is_told: bool
) -> None:
    thread = await answered(door, claude)
    aside = await says_aside(door, house, thread, "how do I sort?")
    if is_told:
        await tells(door, claude, thread, f"{door.mention} and fast?")
    claude.says("With ORDER BY.")
    await door.edits(aside, "how do I sort?")
    await door.until(lambda: "With ORDER BY." in door.text(thread) and door.is_final(thread))

    assert len(claude.requests) == 2 + 2 * is_told


async def test_what_was_said_to_a_colleague_and_is_for_us_by_an_edit_is_answered(
    door: Door, claude: ClaudeServer, house: House
) -> None:
    thread = await answered(door, claude)
    said = await door.says(f"{door.colleague} how do I sort?", thread=thread)
    await door.until(lambda: said in house.bot.log)
    claude.says("With ORDER BY.")
    await door.edits(said, "how do I sort?")
    await door.until(lambda: "With ORDER BY." in door.text(thread) and door.is_final(thread))


async def test_a_question_that_becomes_an_aside_takes_its_answer_back_and_is_heard(
    door: Door, claude: ClaudeServer, house: House
) -> None:
    thread = await answered(door, claude)
    claude.says("With ORDER BY.")
    asked = await door.says("how do I SORTTHIS?", thread=thread)
    await door.until(lambda: "With ORDER BY." in door.text(thread) and door.is_final(thread))
    await door.edits(asked, "!aside I KNOWHOW to sort")
    await door.until(lambda: len(door.shown(thread)) == 1)
    after = await goes_on(door, claude, thread, f"{door.mention} and now?")

    assert ["SORTTHIS" in after, "ORDER BY" in after, "KNOWHOW" in after] == [False, False, True]
    assert len(claude.requests) == 3


async def test_a_question_that_becomes_an_aside_while_it_is_answered_leaves_nothing_half_written(
    door: Door, claude: ClaudeServer, house: House
) -> None:
    thread = await answered(door, claude)
    claude.tokens_per_second = 15
    claude.says("word " * 400)
    asked = await door.says(f"{door.mention} how do I sort?", thread=thread)
    await door.until(lambda: "word" in door.text(thread))
    await door.edits(asked, "!aside I KNOWHOW to sort")
    await door.until(lambda: len(door.shown(thread)) == 1)
    claude.tokens_per_second = 200
    after = await goes_on(door, claude, thread, f"{door.mention} and now?")

    assert "KNOWHOW" in after
