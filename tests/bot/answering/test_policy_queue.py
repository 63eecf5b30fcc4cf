"""A platform that limits how often it is asked is waited for; one that does not say is not."""

from __future__ import annotations

import pytest

from bot.errors import LookUpQueued
from bot.ports.policy import ChannelKind, Directory, Facts, Look, PersonKind, Reader
from bot.ports.stores import ChannelSettings
from tests import clock as clocks
from tests.clock import Clock
from tests.fakes import ANA, THREAD, OpenPolicy

clock = clocks.clock


class Crowded(Directory):
    """Takes no more look-ups for the first `tries`."""

    def __init__(self, tries: int) -> None:
        self.left = tries

    async def facts(self, look: Look) -> Facts:
        self.left -= 1
        if self.left >= 0:
            raise LookUpQueued("member: rate limited for 1 s")
        return Facts(ChannelKind.PRIVATE, PersonKind.MEMBER, readers=(Reader(PersonKind.MEMBER),))


@pytest.mark.parametrize(("tries", "refused", "seconds"), [(0, False, 0), (4, False, 2), (10_000, True, 75)])
async def test_a_platform_without_room_is_asked_again_for_a_while(
    clock: Clock, tries: int, refused: bool, seconds: float
) -> None:
    began = clock.now()

    decision = await OpenPolicy(directory=Crowded(tries)).decide(ANA, THREAD, ChannelSettings())

    assert decision.refused is refused
    assert clock.now() - began == pytest.approx(seconds, abs=0.2)
