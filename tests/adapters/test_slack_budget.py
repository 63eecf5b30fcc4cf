"""The calls of a workspace are a budget: progress never takes what an end needs, and a refusal is met once."""

from __future__ import annotations

import asyncio
import gc
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.slack.budget import BASE_PAUSE_SECONDS, FINAL, TIERS, USUAL, CallBudget
from adapters.slack.lanes import MANY_WAITING, POST_BURST, Lane, PostLane
from tests import clock as clocks

clock = clocks.clock

EDITS = TIERS["chat.update"]


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


async def call(budget: CallBudget, method: str, channel: str = "C1", *, rank: int = USUAL) -> None:
    async with budget.permit(method, channel, rank, waits=True) as permit:
        permit.passed()


async def test_what_was_used_is_free_again_after_a_minute() -> None:
    clock = Clock()
    budget = CallBudget(clock)
    for _ in range(EDITS):
        await call(budget, "chat.update")
    assert not budget.can_edit()

    clock.now += 61.5
    assert budget.can_edit()


async def test_workers_that_share_a_workspace_make_no_more_calls_together_than_one_may() -> None:
    clock = Clock()
    budgets = [CallBudget(clock) for _ in range(3)]
    for one in budgets:
        await call(one, "chat.postMessage")
        one.share_with(3)

    made = 0
    for one in budgets:
        while one.can_edit():
            await call(one, "chat.update")
            made += 1

    assert EDITS - 3 < made <= EDITS
    assert sum(one.posts("C1").room() for one in budgets) <= POST_BURST
    assert sum(one.posts("C2").room() for one in budgets) <= POST_BURST


async def test_whoever_is_left_has_the_whole_again() -> None:
    budget = CallBudget(Clock())
    assert budget.lane("chat.update").room() == EDITS
    budget.share_with(2)
    assert budget.lane("chat.update").room() == EDITS / 2
    assert budget.lane("chat.delete").room() == TIERS["chat.delete"] / 2

    budget.share_with(1)

    assert budget.lane("chat.update").room() == EDITS
    assert math.isinf(budget.lane("conversations.members").room())


async def test_an_end_is_kept_back_for_every_draft_in_sight() -> None:
    budget = CallBudget(Clock())
    shares = [budget.share(f"C{number}") for number in range(EDITS + 5)]

    begun = [share for share in shares if share.begin()]

    assert len(begun) == EDITS
    assert budget.owed_edits == EDITS
    assert not budget.can_edit()
    assert math.isinf(budget.edit_pause())

    begun[0].end()
    assert shares[-1].begin()


async def test_a_share_that_nobody_holds_is_free() -> None:
    budget = CallBudget(Clock())
    share = budget.share("C1")
    assert share.begin()

    del share
    gc.collect()

    assert (budget.owed_edits, budget.running) == (0, 0)


async def test_edits_slow_down_where_many_share_what_is_left() -> None:
    budget = CallBudget(Clock())
    one = budget.share("C1")
    one.begin()
    assert budget.edit_pause() == BASE_PAUSE_SECONDS

    others = [budget.share(f"D{number}") for number in range(20)]
    for share in others:
        share.begin()

    assert budget.edit_pause() == 21 * 60 / EDITS


async def test_an_end_goes_beyond_what_is_presumed_and_what_passes_raises_it() -> None:
    budget = CallBudget(Clock())
    for _ in range(EDITS + 7):
        await call(budget, "chat.update", rank=FINAL)

    assert budget.lane("chat.update").limit == EDITS + 7


async def test_a_refusal_lowers_the_limit_to_what_had_passed_until_it_is_forgotten() -> None:
    clock = Clock()
    budget = CallBudget(clock)
    for _ in range(20):
        await call(budget, "chat.update")
    async with budget.permit("chat.update", "C1", USUAL, waits=True) as permit:
        permit.refused(30)

    lane = budget.lane("chat.update")
    assert (lane.limit, lane.closed_seconds, lane.used()) == (20, 30, 20)
    clock.now += 31
    assert not lane.closed_seconds
    assert not budget.can_edit()
    clock.now += 40
    assert budget.can_edit()
    assert lane.limit == EDITS


async def test_a_busy_channel_closes_itself_and_no_other() -> None:
    budget = CallBudget(Clock())
    for _ in range(int(POST_BURST) - 1):
        await call(budget, "chat.postMessage", "C1")
    async with budget.permit("chat.postMessage", "C1", USUAL, waits=True) as permit:
        permit.refused(1)
    assert not budget.can_post("C1")
    assert budget.can_post("C2")

    async with budget.permit("chat.postMessage", "C2", USUAL, waits=True) as permit:
        permit.refused(30)
    assert not budget.can_post("C3")


@pytest.mark.usefixtures("clock")
async def test_where_many_wait_what_passes_shows_that_more_is_allowed() -> None:
    clock = Clock()
    lane = PostLane(clock)

    async def post() -> None:
        at = await lane.enter(FINAL)
        await asyncio.sleep(0)
        lane.passed(at)
        lane.leave()

    posts = [asyncio.create_task(post()) for _ in range(60)]
    await asyncio.sleep(0.05)

    assert [task.done() for task in posts].count(False) == MANY_WAITING
    assert lane.limit == 60 - MANY_WAITING
    for task in posts:
        task.cancel()


@pytest.mark.usefixtures("clock")
async def test_one_post_too_many_waits_for_its_turn_instead_of_a_refusal() -> None:
    lane = PostLane(asyncio.get_running_loop().time)
    for _ in range(int(POST_BURST)):
        await lane.enter(FINAL)
        lane.leave()
    begun = asyncio.get_running_loop().time()

    await lane.enter(FINAL)

    assert asyncio.get_running_loop().time() - begun >= 0.9


@pytest.mark.usefixtures("clock")
async def test_whoever_waits_goes_in_order_ends_first() -> None:
    lane = Lane(50, asyncio.get_running_loop().time)
    lane.refused(await lane.enter(USUAL), 0.2)
    lane.leave()
    gone: list[str] = []

    async def go(name: str, rank: int) -> None:
        await lane.enter(rank)
        gone.append(name)
        await asyncio.sleep(0.01)
        lane.leave()

    names = [("edit1", USUAL), ("end1", FINAL), ("edit2", USUAL), ("end2", FINAL), ("end3", FINAL)]
    tasks = [asyncio.create_task(go(*one)) for one in names]
    await asyncio.sleep(0.05)
    assert gone == []
    await asyncio.gather(*tasks)

    assert gone == ["end1", "end2", "end3", "edit1", "edit2"]


@pytest.mark.usefixtures("clock")
async def test_one_who_gives_up_waiting_does_not_hold_up_the_others() -> None:
    lane = Lane(50, asyncio.get_running_loop().time)
    refused = await lane.enter(USUAL)
    lane.refused(refused, 0.1)
    lane.leave()
    first, second = (asyncio.create_task(lane.enter(FINAL)) for _ in range(2))
    await asyncio.sleep(0.01)
    first.cancel()

    async with asyncio.timeout(2):
        entered = await second

    assert first.cancelled()
    assert entered - refused >= 0.1
    assert lane.used() == 1


Step = tuple[str, int]
STEPS = st.lists(
    st.tuples(st.sampled_from(["begin", "edit", "end", "wait", "drop"]), st.integers(0, 7)), min_size=1, max_size=200
)


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_progress_is_never_made_beyond_the_limit_and_every_end_finds_room(steps: list[Step]) -> None:
    """Slack with exactly the documented limits refuses nothing, whatever answers begin, go on and end in whatever order."""

    async def play() -> list[int]:
        """What was used and was owed after each step."""
        clock = Clock()
        budget = CallBudget(clock)
        slack = Lane(EDITS, clock)  # counts as Slack does
        running, claimed = {}, []
        for action, number in steps * 3:
            if action == "begin" and number not in running:
                share = budget.share(f"C{number}")
                if share.begin():
                    running[number] = share
            elif action == "edit" and number in running and budget.can_edit():
                await update(budget, slack, USUAL)
            elif action == "end" and number in running:
                await update(budget, slack, FINAL)
                running.pop(number).end()
            elif action == "drop":
                running.pop(number, None)
            elif action == "wait":
                clock.now += number
            claimed.append(budget.lane("chat.update").used() + budget.owed_edits)
        return claimed

    async def update(budget: CallBudget, slack: Lane, rank: int) -> None:
        assert slack.room() >= 1
        await slack.enter(rank)
        slack.leave()
        await call(budget, "chat.update", rank=rank)

    assert max(asyncio.run(play())) <= EDITS
