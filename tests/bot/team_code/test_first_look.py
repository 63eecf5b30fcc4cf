"""A question that comes while an index is being made: it waits and is answered, or is told how far that is."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.grounds import RepositoryGrounds
from bot.capabilities.team_code import phrases
from bot.capabilities.team_code.code import RepositoryState
from bot.capabilities.team_code.repositories import BadQuery
from bot.capabilities.team_code.search_only import found_in
from bot.capabilities.team_code.tools import access as access_of
from bot.capabilities.team_code.tools.access import Access
from bot.capabilities.team_code.tools.repository import ListRepos
from bot.capability import Asked
from bot.ports.stores import ChannelSettings
from storage.memory import MemoryPins
from storage.repos.library import Library
from tests.bot.team_code.tools.conftest import House, house
from tests.fakes import THREAD

pytestmark = pytest.mark.slow

__all__ = ["house"]


class Unready(Library):
    """`shop` is being indexed for `looks` looks; everything else is there."""

    looks = 10**6
    looked = 0
    fault = ""

    async def head(self, name: str) -> str:
        if name != "shop":
            return await super().head(name)
        self.looked += 1
        if self.looked <= self.looks:
            await asyncio.sleep(0)
            raise BadQuery(phrases.not_ready(name, "indexing 12 %"))
        return await super().head(name)

    async def states(self) -> Sequence[RepositoryState]:
        return [
            replace(one, commit="", progress="indexing 12 %", fault=self.fault)
            if one.name == "shop" and self.looked <= self.looks
            else one
            for one in await super().states()
        ]


@pytest.fixture
def unready(house: House, tmp_path: Path) -> Unready:
    return Unready(tmp_path / "data", tmp_path / "repos.toml")


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access_of, "NEWS_SECONDS", 0.01)


def entry(library: Library, default: str = "shop") -> Access:
    return Access(THREAD, list(library.declared()), default, library, MemoryPins())


async def test_a_question_waits_and_says_how_far_it_is(unready: Unready) -> None:
    unready.looks = 3
    access = entry(unready)

    said = [one async for one in access.prepare([""])]

    assert "waiting for shop (indexing 12 %)" in said
    assert (await access.snapshot("")).repository.name == "shop"


async def test_patience_ends_and_no_tool_waits_again(unready: Unready, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access_of, "PATIENCE_SECONDS", 0.05)
    access = entry(unready)
    assert [one async for one in access.prepare(["shop"])]
    looked = unready.looked

    for _ in range(3):
        with pytest.raises(
            BadQuery, match=r"shop cannot be looked into yet \(indexing 12 %\).*nothing in it was searched"
        ):
            await access.snapshot("shop")

    assert unready.looked == looked


async def test_the_list_of_repositories_waits_for_none(unready: Unready) -> None:
    listed = await ListRepos(entry(unready)).run({})

    assert "shop cannot be looked into yet (indexing 12 %)" in listed
    assert unready.looked == 0


async def test_nobody_waits_long_for_a_repository_that_failed_before(unready: Unready) -> None:
    unready.fault = "it has too many folders"
    access = entry(unready)

    assert [one async for one in access.prepare(["shop"])] == []
    assert unready.looked == 1


async def test_without_a_model_the_others_are_searched_and_the_missing_one_is_named(unready: Unready) -> None:
    found = await found_in(entry(unready, default=""), "render_page")

    assert found.startswith("**Not searched:** shop cannot be looked into yet (indexing 12 %).")
    assert "\n\n" in found


async def test_code_is_not_said_to_be_pinned_by_nothing_while_nobody_can_know(unready: Unready) -> None:
    async def ask(system: str, text: str) -> None:
        return None

    asked = Asked(THREAD, (), ChannelSettings(default_repository="shop"), "", lambda deed: True, ask)

    ground = await RepositoryGrounds(unready, MemoryPins()).find(asked)

    assert (ground.repository, "indexing 12 %" in ground.unknown) == (None, True)
