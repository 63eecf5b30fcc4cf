"""A review replaces what was shown, on every door: readers have the mended text and nothing else, whoever dies meanwhile.

The review is made up (tests/made_up/word_repair.py), a folder and one line: it repairs a word in every paragraph and asks the model
a second question for it.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from tests.faults.processes import fleet
from tests.faults.steps import REPAIRS, STEPS
from tests.faults.worlds import squeezed, world
from tests.made_up.word_repair import INSTRUCTIONS, WRONG, is_second_question

AT_ONCE = 6
DEATHS = [*STEPS, *REPAIRS, "first text@25", "revised, not shown@2", "revised, not shown@30"]


@pytest.mark.parametrize("platform", ["slack", "discord"])
async def test_a_worker_killed_at_any_step_of_a_mended_answer_leaves_the_mended_text(
    platform: str, tmp_path: Path
) -> None:
    places = asyncio.Semaphore(AT_ONCE)

    async def one(death: str) -> list[str]:
        async with places:
            try:
                return [f"{death}: {fault}" for fault in await killed_at(platform, death, tmp_path)]
            except (AssertionError, TimeoutError) as fault:
                return [f"{death}: {type(fault).__name__}: {str(fault)[:500]}"]

    found = await asyncio.gather(*(one(death) for death in DEATHS))

    assert "\n".join(fault for faults in found for fault in faults) == ""


async def killed_at(platform: str, death: str, folder: Path) -> list[str]:
    name = "".join(letter if letter.isalnum() else "-" for letter in death)
    async with world(platform, folder / name, pace=400) as there:
        doomed, heir = there.bot(repairs=True), there.bot(repairs=True)
        await doomed.start(f"{platform}/{death}")
        await there.until_listening()
        thread = await there.ask("repair tools")
        await doomed.ended()
        async with fleet(heir):
            await there.until_final(thread)
            faults = there.faults()
            await there.ask("and then?", thread)
            await there.until_final(thread)
        shown = "".join(there.answers(thread))
        bodies = [one.body for one in there.claude.requests]
        beside = [body for body in bodies if is_second_question(body)]
        last = next(body for body in reversed(bodies) if not is_second_question(body))
        told = json.dumps(last["messages"])
        return [
            *faults,
            *there.faults(),
            *([f"{WRONG} is still there"] if squeezed(f" {WRONG} ") in shown else []),
            *([f"the model is told {WRONG}, which nobody reads"] if f" {WRONG} " in told else []),
            *([f"asked beside it {len(beside)} times"] if not 1 <= len(beside) <= 2 else []),
            *(["no instructions"] if INSTRUCTIONS not in json.dumps(last["system"]) else []),
            *(["no tool"] if "spell" not in [tool["name"] for tool in last["tools"]] else []),
        ]
