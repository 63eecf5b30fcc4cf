"""kill -9 at every named step of a turn, on Slack and on Discord: one whole answer in one place, and the thread goes on."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.faults.processes import fleet
from tests.faults.steps import STEPS
from tests.faults.worlds import world

AT_ONCE = 6
DEATHS = {
    "slack": [*STEPS, "first text@25", "edit accepted@2", "post accepted, not confirmed@2", "post noted@2"],
    "discord": [*STEPS, "first text@25", "post accepted, not confirmed@2", "post confirmed@2"],
}


@pytest.mark.parametrize("platform", ["slack", "discord"])
async def test_a_worker_killed_at_any_step_leaves_one_whole_answer(platform: str, tmp_path: Path) -> None:
    places = asyncio.Semaphore(AT_ONCE)

    async def one(death: str) -> list[str]:
        async with places:
            try:
                return [f"{death}: {fault}" for fault in await killed_at(platform, death, tmp_path)]
            except (AssertionError, TimeoutError) as fault:
                return [f"{death}: {type(fault).__name__}: {str(fault)[:500]}"]

    found = await asyncio.gather(*(one(death) for death in DEATHS[platform]))

    assert "\n".join(fault for faults in found for fault in faults) == ""


async def killed_at(platform: str, death: str, folder: Path) -> list[str]:
    """One question whose bot dies at a step; another bot takes over; one more question follows."""
    name = "".join(letter if letter.isalnum() else "-" for letter in death)
    async with world(platform, folder / name) as there:
        doomed, heir = there.bot(), there.bot()
        await doomed.start(f"{platform}/{death}")
        await there.until_listening()
        thread = await there.ask("long tools")
        await doomed.ended()
        async with fleet(heir):
            await there.until_final(thread)
            await there.ask("and then?", thread)
            await there.until_final(thread)
            faults = there.faults() + [f"stays for ever: {key}" for key in there.orphans()]
            paid = len([one for one in there.claude.requests if one.ended.is_set() and not one.left_early])
        return faults + ([f"asked Claude {paid} times for whole replies"] if paid > 4 else [])


@pytest.mark.parametrize("platform", ["slack", "discord"])
async def test_a_question_that_kills_its_worker_three_times_is_set_aside_and_its_thread_goes_on(
    platform: str, tmp_path: Path
) -> None:
    async with world(platform, tmp_path) as there:
        gateway, doomed, heir = there.bot("gateway"), there.bot("worker"), there.bot("worker")
        async with fleet(gateway):
            await there.until_listening()
            thread = await there.ask()
            for _ in range(3):
                await doomed.start(f"{platform}/Claude is asked")
                await doomed.ended()
            async with fleet(heir):
                await there.until_final(thread)
                assert there.apologies == 1
                await there.ask("and now?", thread)
                await there.until_final(thread)
        assert there.apologies == 1
        assert there.faults() == []
