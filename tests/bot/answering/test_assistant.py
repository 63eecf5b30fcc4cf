"""THE path, with a model and a platform of ours and the stores in memory."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta

import pytest

from adapters import phrases
from bot.answering.agent_file import AgentFile
from bot.answering.assistant import MOST_ATTEMPTS, Assistant
from bot.answering.audience import GOING_ON, id_of_going_on
from bot.answering.budgets import DailyBudgets
from bot.answering.ledger import Ledger
from bot.answering.policy import HousePolicy
from bot.answering.prompt import PromptBuilder
from bot.capabilities.seen_links import SeenLinks
from bot.capability import Capability
from bot.conversation import Answer, Attachment, Author, Pinned, Turn, Usage
from bot.errors import (
    BotError,
    GivenUp,
    ModelBusy,
    ModelRefused,
    NoAnswer,
    OverBudget,
    PrefixRejected,
    QuestionTooLong,
    ReasonLost,
    StoreUnavailable,
    SwitchedOff,
    TooLate,
)
from bot.events import AnswerEvent, Checkpoint, PickedUp, Restart, TextDelta, Thinking
from bot.ports.inbox import Lease, Progress, Redraw
from bot.ports.model import TextPart
from bot.ports.policy import Grants, Marks, NoGrants
from bot.ports.stores import ChannelSettings
from bot.writing.text import sanitise
from storage.memory import MemoryChannelSettings, MemoryCopies, MemoryHistory, MemoryProgress, MemoryUsageLog
from tests.fakes import BEN, START, THREAD, FakeDirectory, FakeModel, FakePlatform, FixedClock, Script, lease, message
from tests.stalls import longest_stall

OURS = Author("slack:UBOT", "Plumbline", is_bot=True)
PINNED = Pinned("s", "[]", "m", "medium")


class FlakyHistory(MemoryHistory):
    """A history whose store is away for some appends."""

    def __init__(self, away: int = 0) -> None:
        super().__init__()
        self.away = away

    async def append(self, thread: object, fence: int, turn: Turn, pinned: Pinned) -> None:
        if self.away:
            self.away -= 1
            raise StoreUnavailable("away")
        await super().append(thread, fence, turn, pinned)  # type: ignore[arg-type]


class House:
    """An assistant with everything around it."""

    def __init__(
        self,
        model: FakeModel,
        *,
        history: MemoryHistory | None = None,
        user_budget: int = 0,
        capabilities: Sequence[Capability] = (),
        grants: Grants | None = None,
        marks: Marks | None = None,
    ) -> None:
        self.grants = grants or NoGrants()
        self.model = model
        self.clock = FixedClock()
        self.history = history or MemoryHistory()
        self.progress = MemoryProgress()
        self.usage = MemoryUsageLog()
        self.channels = MemoryChannelSettings()
        self.platform = FakePlatform()
        self.directory = FakeDirectory()
        builder = PromptBuilder(AgentFile("a", "", "", "Be exact."), b"secret", capabilities=capabilities)
        policy = HousePolicy(
            frozenset(),
            DailyBudgets(self.usage, user_budget, 0, marks),
            self.clock,
            {"slack": self.directory},
            self.grants,
        )
        ledger = Ledger(self.usage, self.usage, self.clock)
        self.assistant = Assistant(
            model,
            self.history,
            MemoryCopies(),
            self.progress,
            ledger,
            self.channels,
            policy,
            builder,
            capabilities,
            self.clock,
            text_limit_chars=2_000,
            sleep=self._sleep,
        )

    async def _sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)

    async def answer(self, held: Lease) -> list[AnswerEvent]:
        async with aclosing(self.assistant.answer(held, self.platform)) as events:
            return [event async for event in events]


@pytest.mark.parametrize("text", ["---", "```\n```", "&nbsp;", "", "> \n\n#"])
async def test_an_answer_in_which_there_is_nothing_to_read_is_none(text: str) -> None:
    house = House(FakeModel(text, "Use an index."))
    held = lease(message("why is it slow?"))

    with pytest.raises(NoAnswer) as caught:
        await house.answer(held)

    assert caught.value.can_retry
    assert not (await house.history.load(held.thread)).turns


async def test_a_question_is_answered_remembered_and_entered_in_the_ledger() -> None:
    house = House(
        FakeModel(
            [
                TextDelta("use "),
                TextDelta("it"),
                Answer("use it", "claude-sonnet-5-5", usage=Usage(1_000, 100), cost_microdollars=3_000),
            ]
        )
    )

    events = await house.answer(lease(message("how?")))

    assert isinstance(events[0], Thinking)
    assert isinstance(events[-1], Answer)
    (turn,) = (await house.history.load(THREAD)).turns
    assert turn.answer.text == "use it"
    row = house.usage.rows["turn1"]
    assert (row.status, row.asker, row.cost_microdollars) == ("answered", "slack:U1", 3_000)


async def test_a_turn_that_was_saved_is_finished_without_asking_again() -> None:
    house = House(FakeModel("never"))
    saved = Turn("turn1", (message("how?"),), (), Answer("saved", "m"), START)
    await house.history.append(THREAD, 1, saved, PINNED)

    events = await house.answer(lease(message("how?"), attempt=2))

    assert [event.text for event in events if isinstance(event, Answer)] == ["saved"]
    assert house.model.prompts == []


async def test_people_who_talk_to_each_other_get_no_event_at_all() -> None:
    house = House(FakeModel("no"))

    assert await house.answer(lease(message("@Ben?", addressed=False, mentions_others=True))) == []
    assert house.usage.rows == {}


async def test_what_was_said_before_the_first_mention_and_among_people_is_context() -> None:
    house = House(FakeModel("ok"))
    house.platform.before = [message("alert: p99", id="a", author=BEN)]

    await house.answer(lease(message("what is it?", id="b"), context=(message("lunch?", id="c", author=BEN),)))

    said = str(house.model.prompts[0].question)
    assert said.index("alert: p99") < said.index("lunch?") < said.index("what is it?")


async def test_what_of_a_long_thread_was_left_out_is_said_under_the_answer() -> None:
    house = House(FakeModel("ok"))
    house.platform.before = [message("x" * 1_000, id=f"e{number}", author=BEN) for number in range(150)]

    *_, answer = await house.answer(lease(message("why?")))

    assert isinstance(answer, Answer)
    assert "messages of it did not reach me" in answer.notices[-1]


async def test_a_message_that_was_refused_behind_the_menu_is_not_read_back() -> None:
    house = House(FakeModel([ModelRefused("harm")], "ok"))
    alert = message("how to drop it", id="alert", author=BEN)
    with pytest.raises(ModelRefused):
        await house.answer(lease(replace(message("what is it?", id="menu"), about="alert")))
    house.platform.before = [alert, message("it is green", id="e2", author=BEN)]

    await house.answer(lease(message("and now?", id="next")))

    said = str(house.model.prompts[-1].question)
    assert ["drop it" in said, "it is green" in said] == [False, True]


async def test_a_file_of_the_threads_root_is_read_for_a_later_question() -> None:
    house = House(FakeModel("ok"))
    log = Attachment("F1", "worker.log", "text/plain", 9, "url")
    house.platform.before = [replace(message("Worker crashed, log attached", id="0"), attachments=(log,))]
    house.platform.files = {"F1": b"boom at 7"}

    await house.answer(lease(message("what does the log say?")))

    assert "boom at 7" in str(house.model.prompts[0].question)


async def test_earlier_messages_are_asked_for_only_once_in_a_thread() -> None:
    house = House(FakeModel("ok"))
    await house.answer(lease(message("one?", id="1")))
    house.platform.before = [message("again?", id="0")]

    await house.answer(lease(message("two?", id="2"), turn_id="turn2"))

    assert "again?" not in str(house.model.prompts[1].question)


async def test_a_thread_whose_history_is_gone_is_read_back_with_our_own_answers() -> None:
    house = House(FakeModel("and now this"))
    said = replace(message("Use an index.", id="0.5", author=OURS, addressed=False), ours=True)
    house.platform.before = [message("how?", id="0", author=BEN, addressed=False), said]

    await house.answer(lease(message("and then?")))

    (prompt,) = house.model.prompts
    written = "\n".join(part.text for part in prompt.question if isinstance(part, TextPart))
    assert 'yours="1">\nUse an index.' in written
    assert written.count("yours=") == 1


async def test_what_was_forgotten_is_not_read_back() -> None:
    house = House(FakeModel("fresh"))
    house.platform.before = [
        replace(message("Use an index.", id="0", author=OURS), ours=True),
        replace(message("after", id="0.7", author=BEN), sent_at=START + timedelta(minutes=2)),
    ]
    await house.history.forget(THREAD, START + timedelta(minutes=1))

    await house.answer(lease(message("and then?")))

    (turn,) = (await house.history.load(THREAD)).turns
    assert [one.text for one in turn.context] == ["after"]


async def test_messages_that_waited_are_answered_together_and_that_is_said() -> None:
    house = House(FakeModel("both"))

    *_, answer = await house.answer(lease(message("a?", id="1"), message("b?", id="2", author=BEN)))

    assert isinstance(answer, Answer)
    assert answer.notices == ("Answers the last 2 messages together.",)


async def test_files_are_read_and_what_could_not_be_read_is_said() -> None:
    house = House(FakeModel("ok"))
    house.platform.files = {"f1": b"boom at line 7"}
    files = (Attachment("f1", "a.log", "text/plain", 14, "u"), Attachment("f2", "gone.log", "text/plain", 9, "u"))

    *_, answer = await house.answer(lease(message("?", attachments=files)))

    assert "boom at line 7" in str(house.model.prompts[0].question)
    assert isinstance(answer, Answer)
    assert any("gone.log" in notice for notice in answer.notices)


async def test_no_secret_of_a_file_or_of_what_was_said_earlier_reaches_the_model() -> None:
    house = House(FakeModel("ok"))
    house.platform.files = {"f1": b"starting\nDB_PASSWORD=hunter2hunter2\nboom"}
    house.platform.before = [message('the old one was password: "Tr0ub4dor-battery-9"', id="0", author=BEN)]
    file = Attachment("f1", "a.log", "text/plain", 40, "u")

    *_, answer = await house.answer(lease(message("?", attachments=(file,))))

    asked = str(house.model.prompts[0].question)
    assert "DB_PASSWORD=[masked: password]" in asked
    assert "hunter2hunter2" not in asked
    assert "Tr0ub4dor" not in asked
    assert isinstance(answer, Answer)
    assert any("a.log (password)" in notice for notice in answer.notices)


async def test_where_an_admin_wants_it_files_are_read_as_they_are() -> None:
    house = House(FakeModel("ok"))
    await house.channels.put(THREAD.place, ChannelSettings(keeps_secrets=True), "slack:U9")
    house.platform.files = {"f1": b"DB_PASSWORD=hunter2hunter2"}

    await house.answer(lease(message("?", attachments=(Attachment("f1", "a.log", "text/plain", 40, "u"),))))

    assert "hunter2hunter2" in str(house.model.prompts[0].question)


async def test_a_giant_paste_is_answered_and_what_was_cut_is_said() -> None:
    house = House(FakeModel("ok"))

    *_, answer = await house.answer(lease(message("x\n" * 500_000)))

    assert isinstance(answer, Answer)
    assert "1,000,000 characters" in answer.notices[0]
    assert len((await house.history.load(THREAD)).turns[0].messages[0].text) < 4_000


async def test_a_stop_keeps_what_was_said_and_closes_the_model() -> None:
    held = lease(message("how?"))

    def stop() -> None:
        held.stop.by = "Ana"
        held.stop.requested.set()

    house = House(FakeModel([TextDelta("half "), stop, asyncio.Event().wait]))

    async with asyncio.timeout(60):
        *_, answer = await house.answer(held)

    assert isinstance(answer, Answer)
    assert (answer.text, answer.stop_reason, answer.notices) == ("half ", "stopped", ("Stopped by Ana.",))
    assert house.model.closed == 1
    assert house.usage.rows["turn1"].status == "stopped"
    assert (await house.history.load(THREAD)).turns[0].answer.text == "half "


async def test_a_stop_before_the_first_token_wins() -> None:
    held = lease(message("how?"))
    held.stop.by = "Ben"
    held.stop.requested.set()
    house = House(FakeModel("never"))

    *_, answer = await house.answer(held)

    assert isinstance(answer, Answer)
    assert answer.stop_reason == "stopped"
    assert house.model.prompts == []


async def test_a_thread_that_grew_too_long_is_folded_and_asked_once_more() -> None:
    house = House(FakeModel([QuestionTooLong("full")], "short enough"))
    transcript = (json.dumps({"role": "user", "content": [{"type": "text", "text": "looked at " * 1_000}]}),)
    await house.history.append(
        THREAD, 1, Turn("t0", (message("q"),), (), Answer("a", "m", transcript=transcript), START), PINNED
    )

    events = await house.answer(lease(message("more?", id="2")))

    assert Restart() in events
    assert (await house.history.load(THREAD)).folded == 1
    assert isinstance(events[-1], Answer)


async def test_a_question_that_is_too_long_by_itself_is_refused_in_words() -> None:
    house = House(FakeModel([QuestionTooLong("full")]))

    with pytest.raises(QuestionTooLong):
        await house.answer(lease(message("?")))

    assert house.usage.rows["turn1"].status == "failed"


async def test_with_the_store_away_the_answer_goes_first_and_is_saved_later() -> None:
    history = FlakyHistory(away=3)
    house = House(FakeModel("here"), history=history)

    events = await house.answer(lease(message("?")))

    assert [event.text for event in events if isinstance(event, Answer)] == ["here"]
    assert len((await history.load(THREAD)).turns) == 1


@pytest.mark.parametrize(
    ("prepare", "error"),
    [
        (lambda house: house.channels.put(THREAD.place, ChannelSettings(enabled=False), "x"), SwitchedOff),
        (lambda house: house.usage.record(_spent(house)), OverBudget),
    ],
)
async def test_who_may_not_ask_is_told_and_the_model_is_not_asked(
    prepare: Callable[[House], object], error: type[BotError]
) -> None:
    house = House(FakeModel("no"), user_budget=1_000)
    await prepare(house)  # type: ignore[misc]

    with pytest.raises(error):
        await house.answer(lease(message("?"), turn_id="turn2"))

    assert house.model.prompts == []
    assert house.usage.rows["turn2"].status == "declined"


def _spent(house: House) -> object:
    from bot.ports.stores import LedgerRow

    return LedgerRow("t", THREAD, "slack:U1", "answered", 1, "m", Usage(), 1_000, None, 1, "", START)


async def test_a_turn_that_kills_its_workers_is_set_aside_with_an_apology() -> None:
    house = House(FakeModel("no"))

    with pytest.raises(GivenUp):
        await house.answer(lease(message("?"), attempt=MOST_ATTEMPTS + 1))

    assert house.model.prompts == []


async def test_a_turn_taken_over_goes_on_where_it_was_and_shows_what_readers_had_seen() -> None:
    house = House(FakeModel([TextDelta("half of "), Checkpoint("course 1"), TextDelta("it"), ModelBusy("worker dies")]))
    with pytest.raises(ModelBusy):
        await house.answer(lease(message("?")))
    assert (await house.progress.load(lease(message("?")))).course == "course 1"

    house.model.play("all of it")
    events = await house.answer(lease(message("?"), attempt=2))

    assert PickedUp("half of ") in events
    assert house.model.prompts[-1].course == "course 1"
    assert isinstance(events[-1], Answer)


async def test_a_course_that_the_model_does_not_take_back_is_dropped_and_the_answer_begins_anew() -> None:
    house = House(FakeModel([PrefixRejected("thinking block")], "whole"))
    held = lease(message("?"), attempt=2)
    await house.progress.save(held, Progress("course 1", "half"))

    events = await house.answer(held)

    assert [prompt.course for prompt in house.model.prompts] == ["course 1", ""]
    assert isinstance(events[-1], Answer)


async def test_a_stop_right_after_a_takeover_keeps_what_readers_had_seen() -> None:
    stop = asyncio.Event()
    house = House(FakeModel([TextDelta("ha"), stop.wait]))
    held = lease(message("?"), attempt=2)
    await house.progress.save(held, Progress("", "half of it"))
    held.stop.by = "Ana"
    events: list[AnswerEvent] = []
    async with aclosing(house.assistant.answer(held, house.platform)) as stream:
        async for event in stream:
            events.append(event)
            if isinstance(event, TextDelta):
                held.stop.requested.set()

    answer = events[-1]
    assert isinstance(answer, Answer)
    assert (answer.text, answer.stop_reason) == ("half of it", "stopped")


@pytest.mark.parametrize(
    ("minutes", "stirred", "answered"), [(14, None, True), (16, None, False), (16, 10, True), (40, 20, False)]
)
async def test_a_question_that_lay_for_a_quarter_of_an_hour_gets_a_notice_and_no_surprise_answer(
    minutes: int, stirred: int | None, answered: bool
) -> None:
    house = House(FakeModel("late"))
    house.clock.move(minutes=minutes)
    held = lease(message("?"))
    if stirred is not None:
        held = replace(held, last_active_at=house.clock() - timedelta(minutes=stirred))

    if answered:
        assert isinstance((await house.answer(held))[-1], Answer)
    else:
        with pytest.raises(TooLate) as late:
            await house.answer(held)
        assert late.value.minutes == (stirred or minutes)
        assert "Retry" in phrases.apology(late.value, "t")
        assert house.model.prompts == []


async def test_a_worker_whose_clock_is_an_hour_off_answers_what_was_asked_now() -> None:
    house = House(FakeModel("an answer"))
    house.clock.move(minutes=60)

    answered = await house.answer(replace(lease(message("?")), taken_at=START + timedelta(seconds=2)))

    assert isinstance(answered[-1], Answer)


async def test_a_fault_of_the_model_is_entered_with_its_reference() -> None:
    house = House(FakeModel([TextDelta("so far"), ModelBusy("busy")]))

    with pytest.raises(ModelBusy):
        await house.answer(lease(message("?")))

    assert house.usage.rows["turn1"].error_id == "turn1"
    assert (await house.history.load(THREAD)).turns == ()


@pytest.mark.slow
async def test_500_threads_never_see_each_others_words() -> None:
    house = House(FakeModel("ok"))
    threads = [replace(THREAD, thread=str(number)) for number in range(500)]

    async def ask(number: int, turn: int) -> None:
        said = message(f"canary-{number}-x", id=f"{number}.{turn}", thread=threads[number])
        await house.answer(lease(said, turn_id=f"{number}.{turn}"))

    for turn in range(4):
        await asyncio.gather(*(ask(number, turn) for number in range(500)))

    for prompt in house.model.prompts:
        own = f"canary-{prompt.conversation.thread.thread}-x"
        text = str(prompt.question) + str(prompt.history)
        assert text.count("canary-") == text.count(own)


# --- giant texts ------------------------------------------------------------------------------------------------------

LOG = "\n".join(f"12:00:{number % 60:02} INFO worker-{number} is well, 漢" for number in range(10_000))
GIANTS = {
    "a log": LOG.replace("INFO worker-7000 is well", "ERROR worker-7000: the disk is full"),
    "a paste": "Begin "
    + "some words with 漢字 and `code`. " * 15_000
    + "\nERROR the disk is full\n"
    + "más 👩 words " * 45_000
    + "End",
    "one line": "Begin "
    + "می\u200cخواهم 👩\u200d👧 " * 30_000
    + "the disk is full: ERROR "
    + "漢字かな " * 100_000
    + "End",
}


@pytest.mark.slow
@pytest.mark.parametrize("name", GIANTS)
@pytest.mark.parametrize("is_file", [False, True])
async def test_a_giant_text_is_cut_and_that_is_said(name: str, is_file: bool) -> None:
    house = House(FakeModel("the disk"))
    text = await asyncio.to_thread(sanitise, GIANTS[name])
    sent = message("why?", attachments=(Attachment("f", "app.log", "text/plain", 9, ""),)) if is_file else message(text)
    house.platform.files = {"f": GIANTS[name].encode()}

    events = await house.answer(lease(sent))

    answer = events[-1]
    assert isinstance(answer, Answer)
    (notice,) = answer.notices
    kept, total = re.findall(r"[\d,]{3,}", notice)
    asked = "\n".join(part.text for part in house.model.prompts[0].question if isinstance(part, TextPart))
    assert (int(total.replace(",", "")), int(kept.replace(",", "")) <= 2_000) == (len(text), True)
    assert all(one in asked for one in (text[:200], text[-200:], "the disk is full", "characters left out"))
    assert len(asked) < 3_000
    (turn,) = (await house.history.load(THREAD)).turns
    assert len(turn.messages[0].text) <= 2_300


@pytest.mark.slow
@pytest.mark.parametrize("name", GIANTS)
async def test_a_giant_text_never_keeps_others_waiting(name: str) -> None:
    data = GIANTS[name].encode()

    async def work() -> None:
        house = House(FakeModel("ok", "ok"))
        house.platform.files = {"f": data}
        text = await asyncio.to_thread(sanitise, data.decode())
        await house.answer(lease(message(text)))
        file = Attachment("f", "app.log", "text/plain", 9, "")
        await house.answer(lease(message("?", id="2", attachments=(file,)), turn_id="turn2"))

    assert min([await longest_stall(work) for _ in range(3)]) < 0.1


# --- edited and deleted -----------------------------------------------------------------------------------------------


async def test_an_edited_question_is_answered_anew_and_replaces_its_turn() -> None:
    house = House(FakeModel("old answer", "follow-up", "new answer"))
    await house.answer(lease(message("how?")))
    await house.answer(lease(message("and?", id="2"), turn_id="turn2"))

    again = lease(replace(message("how exactly?"), edition="1"))
    events = await house.answer(again)

    turns = (await house.history.load(THREAD)).turns
    assert events[-1] == Answer("new answer", "fake-model")
    assert [(turn.id, turn.answer.text) for turn in turns] == [("turn2", "follow-up"), ("turn1", "new answer")]
    assert "how?" not in str(house.model.prompts[-1].history)


async def test_a_turn_taken_over_after_its_edit_was_answered_is_not_asked_a_third_time() -> None:
    house = House(FakeModel("old answer", "new answer"))
    await house.answer(lease(message("how?")))
    again = lease(replace(message("how exactly?"), edition="1"))

    await house.answer(again)
    events = await house.answer(again)

    assert events == [Answer("new answer", "fake-model")]
    assert len(house.model.prompts) == 2


async def test_both_answers_to_an_edited_question_are_paid_for() -> None:
    paid: Script = [TextDelta("x"), Answer("x", "m", usage=Usage(10, 1), cost_microdollars=5)]
    house = House(FakeModel(paid))

    await house.answer(lease(message("how?")))
    await house.answer(lease(replace(message("how exactly?"), edition="1")))

    assert (await house.usage.total(START)).cost_microdollars == 10


async def test_a_deleted_message_does_not_reach_the_model() -> None:
    house = House(FakeModel("answer"))
    gone = replace(message("", id="1"), withdrawn=True)

    await house.answer(lease(gone, message("and this?", id="2")))

    assert [one.id for one in house.model.prompts[0].messages] == ["2"]
    assert [one.id for one in (await house.history.load(THREAD)).turns[0].messages] == ["2"]


async def test_a_turn_that_ended_is_recalled_as_it_was_saved_and_asks_nothing() -> None:
    house = House(FakeModel([TextDelta("Use A."), Answer("Use A.", "claude-x")]))
    asked = lease(message("how?"))
    *_, answer = await house.answer(asked)
    rows = len(house.usage.rows)

    recalled = [event async for event in house.assistant.recall(replace(asked, redraw=Redraw.ANSWER))]
    other = [event async for event in house.assistant.recall(replace(asked, turn_id="gone", redraw=Redraw.ANSWER))]

    assert recalled == [answer]
    assert other == []
    assert len(house.usage.rows) == rows
    with pytest.raises(ReasonLost):
        [event async for event in house.assistant.recall(replace(asked, redraw=Redraw.APOLOGY))]


EVIL = "https://docs.python.org/3/attacker"
SAID = "https://docs.python.org/3/library/json.html"


async def test_an_address_that_we_wrote_first_is_not_peoples_because_they_quote_it() -> None:
    """Quoted, gone on with, or read back; one that they had said before stays theirs."""
    house = House(FakeModel(f"See {EVIL} and {SAID}."), capabilities=[SeenLinks(["docs.python.org"])])
    await house.answer(lease(message(f"as in {SAID}?")))
    quoted = message(f"> See {EVIL} and {SAID}.\nWhat is that?", id="2")
    *_, second = await house.answer(lease(quoted, turn_id="turn2"))
    going_on = message(f"Go on from: See {EVIL}", id=id_of_going_on("turn2"))
    *_, third = await house.answer(lease(going_on, turn_id="turn3"))

    assert isinstance(second, Answer)
    assert isinstance(third, Answer)
    assert [one.links for one in (second, third)] == [(SAID,), (SAID,)]


async def test_words_that_have_us_go_on_are_ours_also_where_the_answer_is_forgotten() -> None:
    house = House(FakeModel(f"See {EVIL}."), capabilities=[SeenLinks(["docs.python.org"])])
    *_, answer = await house.answer(lease(message(f"Go on from: See {EVIL}", id=f"turn0{GOING_ON}")))

    assert isinstance(answer, Answer)
    assert answer.links == ()
