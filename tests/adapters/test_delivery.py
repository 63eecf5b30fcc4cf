"""Every stream that began ends in one whole final view, in one place, however the platform behaves."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import replace

import pytest

from adapters.delivery import FINAL_TRIES, STATUS_SECONDS, Artist, Draft, Pages, Sleep, Undeliverable, deliver
from bot import phrases
from bot.conversation import Answer, AnswerEvent, PickedUp, Restart, Status, TextDelta, Thinking, View
from bot.errors import (
    BotError,
    HistoryUnavailable,
    LeaseLost,
    ModelBusy,
    ModelRefused,
    NotTaken,
    OverBudget,
    PlatformUnavailable,
)
from bot.ports import Lease, Outbox, Outcome, Posted
from storage.memory import Fences, MemoryOutbox
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

    async with asyncio.timeout(5):
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

    async with asyncio.timeout(5):
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
        (ModelRefused("cyber"), Outcome.FAILED, []),
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


class Wire:
    """A platform that keeps what was sent, and can lose its replies."""

    def __init__(self) -> None:
        self.messages: dict[str, tuple[int, str]] = {}
        self.calls: list[str] = []
        self.cut = False
        self.fault: Exception | None = None
        self.before_posting: Callable[[], Awaitable[None]] | None = None
        self.while_posting: Callable[[], Awaitable[None]] | None = None
        self.looked_for = 0
        self.numbers = itertools.count()


class WirePages(Pages[str]):
    def __init__(self, wire: Wire, held: Lease, outbox: Outbox, sleep: Sleep = no_wait) -> None:
        super().__init__(held, outbox, sleep)
        self.wire = wire

    async def create(self, index: int, part: str, mark: str) -> str:
        if self.wire.fault:
            fault, self.wire.fault = self.wire.fault, None
            raise fault
        if self.wire.before_posting:
            await self.wire.before_posting()
        await self.leave()
        if self.wire.while_posting:
            await self.wire.while_posting()
        post_id = f"p{next(self.wire.numbers)}"
        self.wire.messages[post_id] = (index, part)
        self.wire.calls.append(f"create {part}")
        if self.wire.cut:
            raise PlatformUnavailable("cut after it was accepted")
        return post_id

    async def edit(self, post_id: str, index: int, part: str) -> None:
        self.wire.messages[post_id] = (index, part)
        self.wire.calls.append(f"edit {part}")

    async def remove(self, post_id: str) -> None:
        del self.wire.messages[post_id]
        self.wire.calls.append("remove")

    async def find(self, index: int, mark: str) -> str | None:
        self.wire.looked_for += 1
        return next((post_id for post_id, (at, _) in self.wire.messages.items() if at == index), None)


def texts(wire: Wire) -> Sequence[str]:
    return [part for _, part in wire.messages.values()]


async def test_pages_post_what_is_new_and_edit_only_what_changed() -> None:
    wire = Wire()
    pages = WirePages(wire, LEASE, MemoryOutbox())

    await pages.show(["a"])
    await pages.show(["a", "b"])
    await pages.show(["a", "c"])

    assert wire.calls == ["create a", "create b", "edit c"]


async def test_pages_remove_what_is_over() -> None:
    wire, outbox = Wire(), MemoryOutbox()
    pages = WirePages(wire, LEASE, outbox)
    await pages.show(["a", "b", "c"])

    await pages.show(["a"])

    assert texts(wire) == ["a"]
    assert list(await outbox.posts(LEASE)) == [0]


async def test_a_worker_that_takes_over_finishes_in_the_same_messages() -> None:
    wire, outbox = Wire(), MemoryOutbox()
    await WirePages(wire, LEASE, outbox).show(["half"])

    await WirePages(wire, LEASE, outbox).show(["whole", "and more"])

    assert texts(wire) == ["whole", "and more"]


async def test_a_post_that_was_accepted_and_never_confirmed_is_found_and_not_doubled() -> None:
    wire, outbox = Wire(), MemoryOutbox()
    wire.cut = True
    with pytest.raises(PlatformUnavailable):
        await WirePages(wire, LEASE, outbox).show(["half"])
    wire.cut = False

    await WirePages(wire, LEASE, outbox).show(["whole"])

    assert texts(wire) == ["whole"]


async def test_a_part_that_was_tried_and_is_not_wanted_any_more_is_taken_away() -> None:
    wire, outbox = Wire(), MemoryOutbox()
    await WirePages(wire, LEASE, outbox).show(["one"])
    wire.cut = True
    with pytest.raises(PlatformUnavailable):
        await WirePages(wire, LEASE, outbox).show(["one", "two"])
    wire.cut = False

    await WirePages(wire, LEASE, outbox).show(["one, and that is all"])

    assert texts(wire) == ["one, and that is all"]


async def test_the_same_pages_find_a_post_whose_reply_was_lost() -> None:
    wire = Wire()
    pages = WirePages(wire, LEASE, MemoryOutbox())
    wire.cut = True
    with pytest.raises(PlatformUnavailable):
        await pages.show(["half"])
    wire.cut = False

    await pages.show(["whole"])

    assert texts(wire) == ["whole"]


async def test_an_error_that_is_not_ours_is_named_a_bot_error_only_in_words() -> None:
    post = RecordingPost()

    await delivered(post, BotError("internal detail"))

    assert "internal detail" not in post.shown.notices[0]


async def test_a_post_that_the_platform_shows_late_is_waited_for_and_not_doubled() -> None:
    wire, outbox, waited = Wire(), MemoryOutbox(), list[float]()

    class Lagging(WirePages):
        read_back_seconds = 3.0

        async def find(self, index: int, mark: str) -> str | None:
            return await super().find(index, mark) if sum(waited) >= 2 else None

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    wire.cut = True
    with pytest.raises(PlatformUnavailable):
        await WirePages(wire, LEASE, outbox).show(["half"])
    wire.cut = False

    await Lagging(wire, LEASE, outbox, sleep).show(["whole"])

    assert texts(wire) == ["whole"]


@pytest.mark.parametrize("fault", [NotTaken("not reached"), ValueError("the platform said no")])
async def test_a_post_that_was_surely_not_taken_is_not_looked_for(fault: Exception) -> None:
    wire, outbox = Wire(), MemoryOutbox()
    pages = WirePages(wire, LEASE, outbox)
    wire.fault = fault
    with pytest.raises(type(fault)):
        await pages.show(["half"])

    await pages.show(["whole"])

    assert dict(await outbox.posts(LEASE)) == {0: Posted("p0")}
    assert wire.looked_for == 0


async def test_a_frozen_worker_that_posts_too_late_takes_its_post_away() -> None:
    wire, fences = Wire(), Fences({LEASE.thread: LEASE.fence})
    outbox = MemoryOutbox(fences)
    successor = replace(LEASE, fence=LEASE.fence + 1)

    async def taken_over() -> None:
        fences[LEASE.thread] = successor.fence
        wire.while_posting = None
        await WirePages(wire, successor, outbox).show(["whole"])

    wire.while_posting = taken_over
    with pytest.raises(LeaseLost):
        await WirePages(wire, LEASE, outbox).show(["half"])

    assert texts(wire) == ["whole"]
    assert wire.calls == ["create whole", "edit whole", "create half", "remove"]


async def test_a_post_that_waits_for_its_turn_is_not_made_when_the_thread_was_lost_meanwhile() -> None:
    wire, fences = Wire(), Fences({LEASE.thread: LEASE.fence})
    outbox = MemoryOutbox(fences)
    successor = replace(LEASE, fence=LEASE.fence + 1)

    async def taken_over() -> None:
        fences[LEASE.thread] = successor.fence
        wire.before_posting = None
        await WirePages(wire, successor, outbox).show(["whole"])

    wire.before_posting = taken_over
    with pytest.raises(LeaseLost):
        await WirePages(wire, LEASE, outbox).show(["half"])

    assert wire.calls == ["create whole", "edit whole"]


async def test_a_post_that_is_on_its_way_when_its_worker_is_cut_short_is_seen_through_and_taken_away() -> None:
    wire, fences = Wire(), Fences({LEASE.thread: LEASE.fence})
    outbox = MemoryOutbox(fences)
    successor = replace(LEASE, fence=LEASE.fence + 1)
    is_flying, lands = asyncio.Event(), asyncio.Event()

    async def flies() -> None:
        is_flying.set()
        await lands.wait()

    wire.while_posting = flies
    cut_short = asyncio.create_task(WirePages(wire, LEASE, outbox).show(["half"]))
    await is_flying.wait()
    wire.while_posting = None
    fences[LEASE.thread] = successor.fence
    await WirePages(wire, successor, outbox).show(["whole"])
    cut_short.cancel()
    await asyncio.sleep(0)
    lands.set()
    with pytest.raises(asyncio.CancelledError):
        await cut_short

    assert texts(wire) == ["whole"]
    assert sorted(wire.calls) == ["create half", "create whole", "edit whole", "remove"]


async def test_a_post_that_waits_for_its_turn_is_given_up_at_once() -> None:
    wire, outbox = Wire(), MemoryOutbox()
    is_waiting = asyncio.Event()

    async def waits() -> None:
        is_waiting.set()
        await asyncio.Event().wait()

    wire.before_posting = waits
    cut_short = asyncio.create_task(WirePages(wire, LEASE, outbox).show(["half"]))
    await is_waiting.wait()
    cut_short.cancel()
    with pytest.raises(asyncio.CancelledError):
        async with asyncio.timeout(5):
            await cut_short

    assert wire.calls == []


async def test_of_two_workers_that_posted_the_first_to_confirm_has_the_post() -> None:
    wire, outbox = Wire(), MemoryOutbox()
    first, second = WirePages(wire, LEASE, outbox), WirePages(wire, replace(LEASE, fence=2), outbox)

    async def meanwhile() -> None:
        wire.while_posting = None
        await second.show(["second"])

    wire.while_posting = meanwhile
    await first.show(["first"])

    assert texts(wire) == ["first"]
    assert [Posted(post_id) for post_id in wire.messages] == list((await outbox.posts(LEASE)).values())


async def test_a_worker_that_lost_its_thread_makes_no_call_any_more() -> None:
    wire, fences = Wire(), Fences({LEASE.thread: LEASE.fence})
    outbox = MemoryOutbox(fences)
    pages = WirePages(wire, LEASE, outbox)
    await pages.show(["a", "b"])
    calls = list(wire.calls)
    fences[LEASE.thread] += 1

    for parts in (["changed", "b"], ["a", "b", "new"], ["a"]):
        with pytest.raises(LeaseLost):
            await pages.show(parts)

    assert wire.calls == calls


async def test_edits_go_on_while_the_store_is_away_for_nobody_can_have_taken_over() -> None:
    class Away(MemoryOutbox):
        away = False

        async def check(self, lease: Lease) -> None:
            if self.away:
                raise HistoryUnavailable("away")

    wire, outbox = Wire(), Away()
    pages = WirePages(wire, LEASE, outbox)
    await pages.show(["half"])
    outbox.away = True

    await pages.show(["whole"])

    assert texts(wire) == ["whole"]


async def test_an_answer_waits_for_a_store_that_is_away_and_is_not_given_back() -> None:
    post = RecordingPost(faults=[HistoryUnavailable("away")] * (3 * FINAL_TRIES))

    assert await delivered(post, Answer("done", "m")) is Outcome.ANSWERED
    assert post.shown.text == "done"


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
