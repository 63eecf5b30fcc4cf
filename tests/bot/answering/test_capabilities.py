"""How a capability joins an answer: what it brings reaches the model, what it mends reaches readers, the ledger and the history."""

from __future__ import annotations

import asyncio

import pytest

from bot.conversation import Answer, Usage
from bot.events import Checkpoint, PickedUp, Revised, TextDelta, ToolCall
from bot.ports.inbox import Progress
from bot.ports.model import SideAnswer
from tests.bot.answering.test_assistant import House
from tests.fakes import THREAD, FakeModel, Script, lease, message
from tests.made_up.word_repair import INSTRUCTIONS, WordRepair

SPELT = SideAnswer("the", True, Usage(10, 2), 55, "req_2")
WRITTEN = "Use teh index.\nIt is quick."
SHOWN = "Use the index.\nIt is quick."
ANSWER = Answer(WRITTEN, "m", usage=Usage(100, 20), cost_microdollars=1_000, transcript=('{"role": "user"}',))


def house(*scripts: Script) -> House:
    one = House(FakeModel(*scripts), capabilities=[WordRepair()])
    one.model.side_answers = [SPELT]
    return one


def pieces(text: str) -> list[TextDelta]:
    return [TextDelta(text[at : at + 3]) for at in range(0, len(text), 3)]


async def test_what_was_mended_is_shown_in_place_saved_and_said() -> None:
    here = house([*pieces(WRITTEN), ANSWER])

    events = await here.answer(lease(message("how?")))

    assert [one.text for one in events if isinstance(one, Revised)] == ["Use the index.\n"]
    (turn,) = (await here.history.load(THREAD)).turns
    assert turn.answer.text == SHOWN
    assert turn.answer.notices == ("Words repaired: 1.",)


async def test_the_model_is_never_replayed_what_readers_do_not_have() -> None:
    here = house([*pieces(WRITTEN), ANSWER])
    await here.answer(lease(message("how?")))
    here.model.play("and so")

    await here.answer(lease(message("why?", id="2"), turn_id="turn2"))

    (before,) = here.model.prompts[-1].history
    assert getattr(before, "answer", None) == SHOWN


async def test_an_answer_that_nobody_mended_keeps_its_transcript() -> None:
    right = Answer(SHOWN, "m", transcript=('{"role": "user"}',))
    here = house([*pieces(SHOWN), right])

    await here.answer(lease(message("how?")))

    (turn,) = (await here.history.load(THREAD)).turns
    assert turn.answer.transcript == right.transcript
    assert here.model.asked == []


async def test_the_second_question_is_in_the_ledger() -> None:
    here = house([*pieces(WRITTEN), ANSWER])

    await here.answer(lease(message("how?")))

    row = here.usage.rows["turn1"]
    assert (row.cost_microdollars, row.usage) == (1_055, Usage(110, 22))


async def test_the_second_question_of_a_turn_that_failed_is_in_the_ledger_too() -> None:
    here = house([*pieces(WRITTEN), RuntimeError("boom")])

    with pytest.raises(RuntimeError):
        await here.answer(lease(message("how?")))

    assert here.usage.rows["turn1"].cost_microdollars == 55


async def test_whoever_takes_over_shows_the_mended_text_and_asks_nothing_again() -> None:
    here = house([*pieces(WRITTEN[:16]), Checkpoint("course"), *pieces(WRITTEN[16:]), RuntimeError("dies here")])
    with pytest.raises(RuntimeError):
        await here.answer(lease(message("how?")))
    kept = await here.progress.load(lease(message("how?")))
    assert kept.text.startswith("Use the index.")
    here.model.play([TextDelta(WRITTEN), ANSWER])

    first, *rest = await here.answer(lease(message("how?"), attempt=2))

    assert first == PickedUp(kept.text)
    assert [one.text for one in rest if isinstance(one, Answer)] == [SHOWN]
    assert len(here.model.asked) == 1
    assert here.usage.rows["turn1"].cost_microdollars == 1_055


async def test_a_stopped_answer_reads_as_it_was_shown() -> None:
    held = lease(message("how?"))
    here = house([*pieces(WRITTEN), held.stop.requested.set, asyncio.Event().wait, ANSWER])
    held.stop.by = "Ana"

    *_, last = await here.answer(held)

    assert isinstance(last, Answer)
    assert (last.text, last.stop_reason) == (SHOWN, "stopped")


async def test_its_instructions_and_its_tools_are_pinned_and_its_tools_run() -> None:
    here = house([ANSWER])

    await here.answer(lease(message("how?")))

    assert INSTRUCTIONS in here.model.prompts[0].pinned.system
    (tools,) = here.model.tools
    assert tools.label("spell", {"word": "teh"}) == "looking up a word"
    (result,) = await tools.run([ToolCall("1", "spell", '{"word": "teh"}', "")])
    assert (result.text, result.is_error) == ("the", False)


async def test_progress_of_another_release_is_read() -> None:
    here = house([*pieces(WRITTEN), ANSWER])
    held = lease(message("how?"))
    await here.progress.save(held, Progress("", "Use", "not JSON"))

    *_, last = await here.answer(held)

    assert isinstance(last, Answer)
    assert last.text == SHOWN
