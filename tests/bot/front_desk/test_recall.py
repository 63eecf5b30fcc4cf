"""A reply in a thread that the store has lost: looked at where it may be ours, once, and taken from then on."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from bot.conversation import Message, ThreadId
from bot.errors import PlatformUnavailable
from bot.front_desk.before import DeskBefore
from bot.front_desk.discretion import DiscreetDesk
from bot.front_desk.recall import RecallingDesk
from bot.ports.doors import Desk
from bot.ports.inbox import Accepted
from storage.memory import MemoryAttendance
from tests.bot.front_desk.test_desk import Reception
from tests.fakes import START, THREAD, FakePlatform, FixedClock, message

REPLY = message("and then?", id="2", addressed=False)


@dataclass
class Thread(FakePlatform):
    began: datetime | None
    ours: bool = True
    away: int = 0
    looks: list[str] = field(default_factory=list)

    def begun_at(self, thread: ThreadId) -> datetime | None:
        return self.began

    async def took_part(self, message: Message) -> bool:
        self.looks.append(message.id)
        if len(self.looks) <= self.away:
            raise PlatformUnavailable("away")
        return self.ours


async def accepted(platform: Thread, *replies: Message, since: datetime | None) -> list[Accepted]:
    reception, attendance = Reception(), MemoryAttendance()
    if since:
        attendance._since["slack"] = attendance._heard["slack"] = since
        await attendance.heard("slack", START)
        attendance._since["slack"] = since
    desk = RecallingDesk(reception.desk, reception.inbox, attendance, {"slack": platform}, FixedClock(), 30)
    return [(await desk.receive(reply)).accepted for reply in replies]


BEFORE, AFTER = START - timedelta(hours=2), START - timedelta(minutes=30)
SINCE = START - timedelta(hours=1)


@pytest.mark.parametrize(
    ("began", "since", "looks"),
    [
        (BEFORE, SINCE, True),
        (BEFORE, None, True),  # it was never heard: the store is new
        (AFTER, SINCE, False),  # it heard all of it, and knows that it takes no part
        (START - timedelta(days=31), START - timedelta(days=40), True),  # forgotten for its age
        (None, SINCE, False),  # no thread of the platform's
    ],
)
async def test_only_a_thread_that_may_be_lost_is_looked_at(
    began: datetime | None, since: datetime | None, looks: bool
) -> None:
    platform = Thread(began)

    (taken,) = await accepted(platform, REPLY, since=since)

    assert taken is (Accepted.NEW if looks else Accepted.UNKNOWN_THREAD)
    assert platform.looks == (["2"] if looks else [])


@pytest.mark.parametrize("ours", [True, False])
async def test_a_thread_is_looked_at_once(ours: bool) -> None:
    platform = Thread(BEFORE, ours=ours)
    more = [message("more", id=str(number), addressed=False) for number in (3, 4)]

    taken = await accepted(platform, REPLY, *more, since=SINCE)

    assert set(taken) == {Accepted.NEW if ours else Accepted.UNKNOWN_THREAD}
    assert platform.looks == ["2"]


async def test_a_look_that_failed_is_tried_with_the_next_reply() -> None:
    platform = Thread(BEFORE, away=1)

    taken = await accepted(platform, REPLY, message("hello?", id="3", addressed=False), since=SINCE)

    assert taken == [Accepted.UNKNOWN_THREAD, Accepted.NEW]


async def test_what_begins_a_thread_and_what_other_bots_say_is_not_looked_at() -> None:
    platform = Thread(BEFORE)
    root = message("lunch?", id=THREAD.thread, addressed=False)

    taken = await accepted(platform, root, since=SINCE)

    assert (taken, platform.looks) == ([Accepted.UNKNOWN_THREAD], [])


@pytest.mark.parametrize("desk", [DeskBefore, RecallingDesk, DiscreetDesk])
def test_a_desk_before_another_hands_everything_on(desk: type[Desk]) -> None:
    deeds = {name for name, value in vars(Desk).items() if inspect.isfunction(value) and not name.startswith("_")}

    assert {name for name in deeds if getattr(desk, name) is getattr(Desk, name)} == set()


def test_what_takes_secrets_away_leaves_nothing_that_brings_words_to_others() -> None:
    """What it does not do itself would be handed on with them."""
    assert not issubclass(DiscreetDesk, DeskBefore)
