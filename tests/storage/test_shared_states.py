"""A gateway says of the repositories what holds where answers are written."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.capabilities.team_code.code import RepositoryState
from bot.capabilities.team_code.repositories import NoRepositories
from storage import shared_states
from storage.connections import RedisClients
from storage.shared_states import SharedStates, TheirRepositories
from tests.fakes import START

SHOP = RepositoryState("shop", "1a2b3c4d5e", START, START, START)
HERE = RepositoryState("shop")


class Declared(NoRepositories):
    async def states(self) -> list[RepositoryState]:
        return [HERE, RepositoryState("docs")]


@pytest.fixture
def hosts(clients: RedisClients) -> list[SharedStates]:
    return [SharedStates(clients, host) for host in ("a", "b")]


async def asked(hosts: list[SharedStates]) -> RepositoryState:
    shop, docs = await TheirRepositories(Declared(), hosts[0]).states()
    assert docs == RepositoryState("docs")  # of which nobody tells
    return shop


async def test_where_nobody_tells_it_is_as_here(hosts: list[SharedStates]) -> None:
    assert await asked(hosts) == HERE


async def test_it_is_as_the_hosts_tell_that_answer(hosts: list[SharedStates]) -> None:
    for host in hosts:
        await host.tell([SHOP])

    assert await asked(hosts) == SHOP


async def test_where_hosts_differ_each_is_told_and_a_fault_comes_first(hosts: list[SharedStates]) -> None:
    newer = replace(SHOP, commit="ffff00001111", fetched_at=START + timedelta(hours=1))
    await hosts[0].tell([SHOP])
    await hosts[1].tell([newer])

    told = await asked(hosts)
    assert (told.commit, told.progress) == (SHOP.commit, "at different commits: a 1a2b3c4d, b ffff0000")

    await hosts[1].tell([replace(newer, fault="refused")])
    assert (await asked(hosts)).fault == "refused"


async def test_a_host_that_tells_no_more_is_forgotten(
    hosts: list[SharedStates], clients: RedisClients, monkeypatch: pytest.MonkeyPatch
) -> None:
    await hosts[0].tell([SHOP])
    await clients.hot.hset(shared_states.KEY, "another release", "{}")
    monkeypatch.setattr(shared_states, "BELIEVED_SECONDS", -1.0)

    assert await asked(hosts) == HERE
    assert await clients.hot.hgetall(shared_states.KEY) == {}
