"""Go behind the port of a language: syntax and names by the room of formats, types by Go's own compiler where there is one."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from bot.capabilities.checks.verdicts import Block, Finding, State, Verdict
from storage.checks.golang.toolchain import find_root, module_cache, version
from storage.checks.process import Checkers, ProcessDied
from storage.checks.room import Room, Stand

FIRST_SECONDS = 240.0
"""For the first block: Go compiles what its standard library exports, once for a machine."""

WITHOUT = "no Go toolchain is used"


class GoRoom(Room):
    languages = frozenset(["go", "golang"])

    def __init__(self, folder: Path, trees: Path, formats: Room, setting: str = "none") -> None:
        """`formats` reads the syntax. `setting` is the folder of Go, "" to look for it, "none" to do without."""
        self._formats = formats
        self._root = find_root(setting)
        self._minor = version(self._root)[1] if self._root else 0
        words = [str(self._root), str(folder / "cache"), str(module_cache()), str(self._minor)]
        self._checkers = Checkers(folder, trees, module="storage.checks.golang.child", words=words)

    async def check(self, blocks: Sequence[Block], stand: Stand) -> Sequence[Verdict]:
        first = list(await self._formats.check(blocks, stand))
        mine = [
            place
            for place, one in enumerate(first)
            if self._root is not None
            and one.state != "unchecked"
            and not any(each.kind == "syntax" for each in one.findings)
        ]
        if not mine or any(blocks[place].diff for place in mine):
            return first
        asked = {
            "tree": str(stand.tree.folder) if stand.tree else "",
            "blocks": [asdict(blocks[place]) for place in mine],
        }
        try:
            said = await self._checkers.ask(asked, FIRST_SECONDS)
        except ProcessDied as fault:
            return [replace(one, reasons=(str(fault),)) if place in mine else one for place, one in enumerate(first)]
        for place, told in zip(mine, said.get("said", ()), strict=False):
            first[place] = _both(first[place], told, f"1.{self._minor}")
        return first

    async def prepare(self, stand: Stand) -> str:
        if stand.tree is None or not await asyncio.to_thread(stand.tree.has, ".go"):
            return ""
        return f"Go's own compiler (1.{self._minor})" if self._root else f"Go by its grammar: {WITHOUT}"

    async def stop(self) -> None:
        await self._checkers.stop()


def _both(verdict: Verdict, told: Mapping[str, Any], go: str) -> Verdict:
    """What the syntax shows, with what the compiler says of other lines."""
    lines = {one.line for one in verdict.findings}
    found = (*verdict.findings, *(one for each in told["findings"] if (one := Finding(**each)).line not in lines))
    kept = tuple(one for one in verdict.reasons if WITHOUT not in one)
    reasons = (*kept, told["reason"]) if told["reason"] else kept
    versions = (
        dict(verdict.versions)
        if told["reason"].startswith("types")
        else {"Go": go} | {name: held for name, held in verdict.versions.items() if name != "Go's grammar"}
    )
    state: State = "problems" if found else "partial" if reasons else "none"
    assumed = tuple(dict.fromkeys((*verdict.assumed, *told["assumed"])))
    return replace(
        verdict,
        state=state,
        versions=versions,
        assumed=assumed,
        reasons=reasons,
        findings=tuple(sorted(found, key=lambda one: one.line)),
    )
