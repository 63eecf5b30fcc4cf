"""Gateways, workers, Redis and PostgreSQL apart, each of which goes away while people ask: the short form of `dev.py soak --hosts`."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from tests.faults.hosts import Transport, dice_of, hosts, settled
from tests.faults.soak import Soak

SHORT: dict[Transport, tuple[str, ...]] = {
    "slack-http": ("everything killed", "the database away", "a gateway killed"),
    "discord": ("the database away", "the store killed"),
}


@pytest.mark.parametrize("transport", SHORT)
async def test_what_goes_away_on_many_hosts_costs_nobody_an_answer_and_no_row(
    transport: Transport, tmp_path: Path
) -> None:
    async with hosts(transport, tmp_path) as there:
        soak = Soak(there.there, dice_of(3, transport), there.gateways, there.workers, there.sql, crowd=(3, 3))

        wrong = await soak.run(0, SHORT[transport], partial(settled, there))

        found = await settled(there)
        assert wrong == []
        assert found.is_right, str(found)
        assert found.apologies == 0
