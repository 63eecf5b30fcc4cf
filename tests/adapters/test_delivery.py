"""Every stream that began ends in one whole final view, in one place, however the platform behaves."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncGenerator
from dataclasses import replace

import pytest

from adapters import phrases
from adapters.delivery import FINAL_TRIES, STATUS_SECONDS, Artist, Draft, Undeliverable, deliver
from bot.conversation import Answer, StopReason
from bot.errors import (
    BotError,
    LeaseLost,
    ModelBusy,
    ModelRefused,
    OverBudget,
    PlatformUnavailable,
    SpendLimitReached,
    StoreUnavailable,
)
from bot.events import AnswerEvent, Links, PickedUp, Restart, Revised, Status, TextDelta, Thinking
from bot.ports.inbox import Outcome, Redraw
from bot.views import View
from tests.fakes import START, RecordingPost, lease, message

LEASE = lease(message("how?"))


async def stream(*steps: AnswerEvent | Exception) -> AsyncGenerator[AnswerEvent, None]:
    for step in steps:
        await asyncio.sleep(0)
        if isinstance(step, Exception):
            raise step
        yield step


async def no_wait(_: float) -> None:
    await asyncio.sleep(0)


async def delivered(post: RecordingPost, *steps: AnswerEvent | Exception) -> Outcome:
    return await deliver(stream(*steps), post, LEASE, no_wait)


async def test_the_final_view_is_the_whole_answer_with_thumbs() -> None:
    post = RecordingPost()

    outcome = await delivered(post, Thinking(), TextDelta("use "), TextDelta("an index"), Answer("use an index", "m"))

    assert outcome is Outcome.ANSWERED
    assert (post.shown.text, post.shown.final) == ("use an index", True)
    assert [button.action for button in post.shown.buttons] == ["good", "bad"]


@pytest.mark.parametrize("reason", ["stopped", "max_tokens"])
async def test_an_answer_that_was_cut_or_stopped_can_be_gone_on_with(reason: StopReason) -> None:
    post = RecordingPost()

    await delivered(post, Thinking(), Answer("use an", "m", reason))

    assert [button.action for button in post.shown.buttons] == ["go_on", "good", "bad"]
    assert not post.shown.failed


def draft(*events: AnswerEvent) -> Draft:
    one = Draft("t")
    for event in events:
        one.add(event)
    return one


def test_a_text_that_was_mended_reads_like_it_from_then_on_and_nothing_broke() -> None:
    view = draft(TextDelta("use teh "), Revised("use the "), TextDelta("index")).view()

    assert (view.text, view.status) == ("use the index", "")


def test_readers_who_saw_more_from_a_worker_that_died_see_no_less_until_it_is_told_again() -> None:
    events: list[AnswerEvent] = [PickedUp("use the index, and"), TextDelta("use teh "), Revised("use the ")]

    assert draft(*events).view().text == "use the index, and"
    assert draft(*events, TextDelta("index, and no more")).view().text == "use the index, and no more"


def test_addresses_that_may_be_live_add_up() -> None:
    assert draft(Links(("a",)), TextDelta("x"), Links(("b", "c"))).view().links == ("a", "b", "c")


async def test_nothing_is_drawn_for_people_who_talk_to_each_other() -> None:
    post = RecordingPost()

    assert await delivered(post) is Outcome.LEFT_ALONE
    assert post.views == []


async def test_while_it_is_written_the_newest_text_is_shown_with_a_stop_button() -> None:
    drawn = asyncio.Event()

    class WatchedPost(RecordingPost):
        async def draw(self, view: View) -> None:
            await RecordingPost.draw(self, view)
            drawn.set()

    post = WatchedPost()

    async def slow() -> AsyncGenerator[AnswerEvent, None]:
        yield TextDelta("one ")
        yield TextDelta("two")
        await drawn.wait()
        yield Answer("one two", "m")

    async with asyncio.timeout(60):
        await deliver(slow(), post, LEASE, no_wait)

    assert (post.views[0].text, post.views[0].final) == ("one two", False)
    assert [button.action for button in post.views[0].buttons] == ["stop"]


async def test_a_slow_platform_never_holds_up_the_stream() -> None:
    gate = asyncio.Event()
    post = RecordingPost()
    original = post.draw
    pulled: list[str] = []

    class SlowPost(RecordingPost):
        async def draw(self, view: View) -> None:
            await gate.wait()
            await original(view)

    async def events() -> AsyncGenerator[AnswerEvent, None]:
        for word in ("a", "b", "c"):
            pulled.append(word)
            yield TextDelta(word)
            await asyncio.sleep(0.01)
        gate.set()
        yield Answer("abc", "m")

    async with asyncio.timeout(60):
        await deliver(events(), SlowPost(), LEASE, no_wait)

    assert pulled == ["a", "b", "c"]
    assert post.shown.text == "abc"


async def test_a_restart_tells_the_text_anew() -> None:
    post = RecordingPost()

    await delivered(post, TextDelta("wrong"), Restart(), TextDelta("right"), ModelBusy("busy"))

    assert post.shown.text == "right"


@pytest.mark.parametrize(
    ("fault", "outcome", "buttons"),
    [
        (ModelBusy("overloaded"), Outcome.FAILED, ["retry"]),
        (SpendLimitReached("no"), Outcome.FAILED, ["retry"]),
        (OverBudget("you", START), Outcome.DECLINED, []),
        (RuntimeError("a bug of ours"), Outcome.FAILED, ["retry"]),
    ],
)
async def test_every_fault_ends_in_one_apology_that_keeps_what_was_said(
    fault: Exception, outcome: Outcome, buttons: list[str]
) -> None:
    post = RecordingPost()

    assert await delivered(post, Status("reading a.py"), TextDelta("so far"), fault) is outcome

    assert (post.shown.text, post.shown.final, len(post.shown.notices)) == ("so far", True, 1)
    assert LEASE.turn_id in post.shown.notices[0]
    assert "bug of ours" not in post.shown.notices[0]
    assert [button.action for button in post.shown.buttons] == buttons
    assert post.shown.failed


async def test_what_the_model_refuses_after_all_is_taken_back() -> None:
    post = RecordingPost()

    assert await delivered(post, TextDelta("so far"), ModelRefused("cyber")) is Outcome.DECLINED

    assert (post.shown.text, post.shown.final, len(post.shown.notices), post.shown.buttons) == ("", True, 1, ())


async def test_a_stream_that_ends_without_an_answer_is_apologised_for() -> None:
    post = RecordingPost()

    assert await delivered(post, TextDelta("half")) is Outcome.FAILED
    assert post.shown.final


async def test_who_lost_the_lease_falls_silent() -> None:
    post = RecordingPost()

    with pytest.raises(LeaseLost):
        await delivered(post, LeaseLost("taken over"))

    assert not any(view.final for view in post.views)


async def test_the_final_view_is_drawn_again_until_the_platform_takes_it() -> None:
    post = RecordingPost(faults=[PlatformUnavailable("503")] * (FINAL_TRIES - 1))

    assert await delivered(post, Answer("done", "m")) is Outcome.ANSWERED
    assert [view.text for view in post.views] == ["done"]


async def test_a_platform_that_stays_away_hands_the_turn_back() -> None:
    post = RecordingPost(faults=[PlatformUnavailable("503")] * 99)

    with pytest.raises(Undeliverable):
        await delivered(post, Answer("done", "m"))


async def test_the_answer_is_shown_before_the_stream_is_left() -> None:
    post = RecordingPost()
    shown_while_saving: list[str] = []

    async def saving() -> AsyncGenerator[AnswerEvent, None]:
        yield Answer("done", "m")
        shown_while_saving.append(post.shown.text)

    await deliver(saving(), post, LEASE, no_wait)

    assert shown_while_saving == ["done"]


async def test_an_error_that_is_not_ours_is_named_a_bot_error_only_in_words() -> None:
    post = RecordingPost()

    await delivered(post, BotError("internal detail"))

    assert "internal detail" not in post.shown.notices[0]


async def test_an_answer_waits_for_a_store_that_is_away_and_is_not_given_back() -> None:
    post = RecordingPost(faults=[StoreUnavailable("away")] * (3 * FINAL_TRIES))

    assert await delivered(post, Answer("done", "m")) is Outcome.ANSWERED
    assert post.shown.text == "done"


@pytest.mark.parametrize(
    ("addressed", "redraw", "said"),
    [(True, None, [phrases.waits_for_store()]), (False, None, []), (True, Redraw.ANSWER, [])],
    ids=["a question", "said among people", "an answer that stands there"],
)
async def test_whoever_asks_while_the_database_is_away_sees_that_it_is_waited_for(
    addressed: bool, redraw: Redraw | None, said: list[str]
) -> None:
    post = RecordingPost()
    held = replace(lease(message("how?", addressed=addressed)), redraw=redraw)

    with pytest.raises(StoreUnavailable):
        await deliver(stream(StoreUnavailable("SQL")), post, held, no_wait)

    assert [view.status for view in post.views] == said


async def test_a_turn_picked_up_shows_the_old_text_until_the_new_one_is_longer() -> None:
    draft = Draft("t")
    shown = []
    for event in (Thinking(), PickedUp("half an answer"), TextDelta("half"), TextDelta(" an answer, whole")):
        draft.add(event)
        shown.append((draft.view().text, draft.view().status == phrases.picked_up()))

    assert shown == [
        ("", False),
        ("half an answer", True),
        ("half an answer", True),
        ("half an answer, whole", False),
    ]


# --- the pace ---------------------------------------------------------------------------------------------------------


class Paced:
    """An artist on a clock of ours, which moves while he sleeps."""

    def __init__(self) -> None:
        self.time = 0.0
        self.draft = Draft("turn1")
        self.post = RecordingPost(pause_seconds=1.4)
        self.drawn_at: list[float] = []
        self.artist = Artist(self.draft, self.post, self._sleep, lambda: self.time)
        draw = self.post.draw

        async def noting(view: View) -> None:
            self.drawn_at.append(round(self.time, 1))
            await draw(view)

        self.post.draw = noting  # type: ignore[method-assign]
        self._sleepers: list[tuple[float, asyncio.Event]] = []

    async def _sleep(self, seconds: float) -> None:
        woken = asyncio.Event()
        self._sleepers.append((self.time + seconds, woken))
        await woken.wait()

    def say(self, event: AnswerEvent) -> None:
        self.draft.add(event)
        self.artist.look()

    async def move(self, seconds: float) -> None:
        """Let so much time pass, a tenth of a second at a time."""
        for _ in range(round(seconds * 10)):
            self.time += 0.1
            for due, woken in self._sleepers:
                if due <= self.time + 0.001:
                    woken.set()
            for _ in range(10):
                await asyncio.sleep(0)


@pytest.fixture
async def paced() -> AsyncGenerator[Paced, None]:
    paced = Paced()
    task = asyncio.create_task(paced.artist.run())
    yield paced
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_quick_answer_is_shown_at_once_and_without_a_status_before_it(paced: Paced) -> None:
    paced.say(Thinking())
    await paced.move(STATUS_SECONDS - 0.2)
    paced.say(TextDelta("first words"))
    await paced.move(0.1)

    assert [(view.text, view.status) for view in paced.post.views] == [("first words", "")]


async def test_a_slow_answer_shows_its_status_and_then_its_first_words_at_once(paced: Paced) -> None:
    paced.say(Thinking())
    await paced.move(STATUS_SECONDS + 0.1)
    paced.say(TextDelta("first words"))
    await paced.move(0.1)

    assert [view.text for view in paced.post.views] == ["", "first words"]


async def test_progress_is_drawn_at_the_posts_pace_and_the_newest_text_wins(paced: Paced) -> None:
    for number in range(50):
        paced.say(TextDelta(f"{number} "))
        await paced.move(0.1)

    assert [round(later - one, 1) for one, later in itertools.pairwise(paced.drawn_at)] == [1.4, 1.4, 1.4]
    assert paced.post.shown.text.endswith("42 ")


async def test_while_the_platform_has_no_calls_left_nothing_is_drawn_and_then_the_newest(paced: Paced) -> None:
    paced.post.pause_seconds = float("inf")
    paced.say(TextDelta("one "))
    await paced.move(5)
    assert paced.post.views == []

    paced.say(TextDelta("two"))
    paced.post.pause_seconds = 1.4
    await paced.move(0.6)

    assert [view.text for view in paced.post.views] == ["one two"]


async def test_the_final_view_waits_for_no_pace() -> None:
    post = RecordingPost(pause_seconds=float("inf"))

    await delivered(post, TextDelta("whole"), Answer("whole", "m"))

    assert [(view.text, view.final) for view in post.views] == [("whole", True)]
