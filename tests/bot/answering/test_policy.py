"""Who may: every person, deed and place in one table; the table over the wire is in tests/walks/test_access.py."""

from __future__ import annotations

import asyncio
import time

import pytest

from bot.conversation import Author, ThreadId
from bot.ports.policy import (
    LOOK_UP_SECONDS,
    ChangeSettings,
    ChannelKind,
    Deed,
    Directory,
    Facts,
    Grant,
    Look,
    LookInto,
    NoGrants,
    PersonKind,
    Reader,
    RuleName,
    StopAnswer,
)
from bot.ports.stores import ChannelSettings
from tests.fakes import ANA, BEN, THREAD, OpenPolicy

ADMIN = Author("slack:U9", "Root")
OWNER = Author("web:ana", "ana")
PAGE = ThreadId("web", "local", "page", "1")


class Given(NoGrants):
    """`shop` is given to the channel of THREAD, `vault` is a checkout on this machine."""

    def grants(self, place: str, shared: object = ()) -> list[Grant]:
        return [Grant("shop", "[repos.shop]", is_exact=True)] if place == THREAD.place else []

    def local(self) -> list[Grant]:
        return [Grant("vault", "a checkout on this machine")]


CASES = [
    (ADMIN, ChangeSettings(), THREAD, True),
    (ANA, ChangeSettings(), THREAD, False),
    (OWNER, ChangeSettings(), PAGE, True),
    (Author("slack:web:ana", "x"), ChangeSettings(), THREAD, False),
    (ANA, StopAnswer(frozenset({ANA.id})), THREAD, True),
    (BEN, StopAnswer(frozenset({ANA.id})), THREAD, False),
    (ADMIN, StopAnswer(frozenset({ANA.id})), THREAD, True),
    (ANA, LookInto("shop"), THREAD, True),
    (ANA, LookInto("vault"), THREAD, False),
    (ADMIN, LookInto("vault"), THREAD, False),
    (OWNER, LookInto("vault"), PAGE, True),
    (OWNER, LookInto("shop"), PAGE, False),
]


@pytest.mark.parametrize(("person", "deed", "place", "may"), CASES)
async def test_who_may(person: Author, deed: Deed, place: ThreadId, may: bool) -> None:
    policy = OpenPolicy(ADMIN.id, grants=Given())

    assert (await policy.decide(person, place, ChannelSettings())).may(deed) is may


class Silent(Directory):
    """Says nothing, for ever."""

    async def facts(self, look: Look) -> Facts:
        await asyncio.Event().wait()
        raise AssertionError


@pytest.mark.slow
async def test_a_platform_that_says_nothing_is_not_waited_for() -> None:
    policy = OpenPolicy(grants=Given(), directory=Silent())

    async with asyncio.timeout(30):
        decision = await policy.decide(ANA, THREAD, ChannelSettings())

    assert LOOK_UP_SECONDS < 1.5
    assert (decision.refused, decision.rule.name, decision.may(LookInto("shop"))) == (
        True,
        RuleName.LOOK_UP_FAILED,
        False,
    )


class Slow(Directory):
    """Has its answer at once, and needs some turns of the loop, of which the first finds the process stopped for a while."""

    async def facts(self, look: Look) -> Facts:
        time.sleep(3 * LIMIT_SECONDS)  # noqa: ASYNC251 - the loop stands still, as on a machine that is busy elsewhere
        for _ in range(5):
            await asyncio.sleep(0)
        return Facts(ChannelKind.PRIVATE, PersonKind.MEMBER, readers=(Reader(PersonKind.MEMBER),))


LIMIT_SECONDS = 0.2


async def test_nobody_is_refused_because_this_process_stood_still() -> None:
    policy = OpenPolicy(grants=Given(), directory=Slow(), look_up_seconds=LIMIT_SECONDS)

    assert not (await policy.decide(ANA, THREAD, ChannelSettings())).refused


async def test_a_platform_that_nobody_here_can_ask_is_refused() -> None:
    elsewhere = ThreadId("irc", "1", "2", "3")

    assert (await OpenPolicy().decide(Author("irc:1", "x"), elsewhere, ChannelSettings())).refused
