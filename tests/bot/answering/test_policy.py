"""Who may: every person, deed and place in one table."""

from __future__ import annotations

import pytest

from bot.answering.budgets import DailyBudgets
from bot.answering.policy import HousePolicy
from bot.conversation import Author, ThreadId
from bot.ports.policy import ChangeSettings, Deed, LookInto, StopAnswer
from bot.ports.stores import ChannelSettings
from storage.memory import MemoryUsageLog
from tests.fakes import ANA, BEN, THREAD, FixedClock

ADMIN = Author("slack:U9", "Root")
OWNER = Author("web:ana", "ana")
PAGE = ThreadId("web", "local", "page", "1")
OURS = ChannelSettings(repositories=("shop",))
CASES = [
    (ADMIN, ChangeSettings(), THREAD, True),
    (ANA, ChangeSettings(), THREAD, False),
    (OWNER, ChangeSettings(), PAGE, True),
    (Author("slack:web:ana", "x"), ChangeSettings(), THREAD, False),
    (ANA, StopAnswer(frozenset({ANA.id})), THREAD, True),
    (BEN, StopAnswer(frozenset({ANA.id})), THREAD, False),
    (ADMIN, StopAnswer(frozenset({ANA.id})), THREAD, True),
    (ANA, LookInto("shop", granted=False), THREAD, True),
    (ANA, LookInto("vault", granted=False), THREAD, False),
    (ADMIN, LookInto("vault", granted=False), THREAD, False),
    (ANA, LookInto("vault", granted=True), THREAD, True),
    (ANA, LookInto("vault", granted=False, is_local=True), THREAD, False),
    (OWNER, LookInto("vault", granted=False, is_local=True), PAGE, True),
    (OWNER, LookInto("vault", granted=False), PAGE, False),
]


@pytest.mark.parametrize(("person", "deed", "place", "may"), CASES)
async def test_who_may(person: Author, deed: Deed, place: ThreadId, may: bool) -> None:
    policy = HousePolicy(frozenset({ADMIN.id}), DailyBudgets(MemoryUsageLog()), FixedClock())

    assert (await policy.rights(person, place, OURS)).may(deed) is may
