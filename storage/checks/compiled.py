"""A language with a compiler of its own, behind the port: syntax and names by the room of formats, types by the compiler's process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from bot.capabilities.checks.verdicts import Block, Finding, State, Verdict
from storage.checks.process import Checkers, ProcessDied
from storage.checks.room import Room, Stand


class CompiledRoom(Room):
    """`called` is the compiler's language, with its version for the line ("" where its process says it), and `without` the words by
    which the room of formats says that no compiler was used. Without `checkers` that room speaks alone."""

    def __init__(
        self, formats: Room, checkers: Checkers | None, called: tuple[str, str], without: str, first_seconds: float
    ) -> None:
        """`first_seconds` is how long one question may take."""
        self._formats = formats
        self._checkers = checkers
        self._called = called
        self._without = without
        self._seconds = first_seconds

    async def check(self, blocks: Sequence[Block], stand: Stand) -> Sequence[Verdict]:
        first = list(await self._formats.check(blocks, stand))
        mine = [
            place
            for place, one in enumerate(first)
            if one.state != "unchecked" and not any(each.kind == "syntax" for each in one.findings)
        ]
        if self._checkers is None or not mine or any(blocks[place].diff for place in mine):
            return first
        asked = {
            "tree": str(stand.tree.folder) if stand.tree else "",
            "blocks": [asdict(blocks[place]) for place in mine],
        }
        try:
            said = await self._checkers.ask(asked, self._seconds)
        except ProcessDied as fault:
            return [replace(one, reasons=(str(fault),)) if place in mine else one for place, one in enumerate(first)]
        for place, told in zip(mine, said.get("said", ()), strict=False):
            first[place] = self._both(first[place], told)
        return first

    def _knows_better(self, _found: Finding) -> bool:
        """Whether the compiler speaks of the same, and knows more."""
        return False

    async def stop(self) -> None:
        if self._checkers is not None:
            await self._checkers.stop()

    def _both(self, verdict: Verdict, told: Mapping[str, Any]) -> Verdict:
        """What the syntax shows, with what the compiler says of other lines."""
        is_seen = not told["reason"].startswith("types are not looked")
        first = [one for one in verdict.findings if not (is_seen and self._knows_better(one))]
        lines = {one.line for one in first}
        found = (*first, *(one for each in told["findings"] if (one := Finding(**each)).line not in lines))
        kept = tuple(one for one in verdict.reasons if self._without not in one)
        reasons = (*kept, told["reason"]) if told["reason"] else kept
        name, version = self._called
        held = {one: each for one, each in verdict.versions.items() if one != f"{name}'s grammar"}
        versions = (
            dict(verdict.versions)
            if told["reason"].startswith("types are not looked")
            else {name: told.get("version") or version} | held
        )
        state: State = "problems" if found else "partial" if reasons else "none"
        return replace(
            verdict,
            state=state,
            versions=versions,
            assumed=tuple(dict.fromkeys((*verdict.assumed, *told["assumed"]))),
            reasons=reasons,
            findings=tuple(sorted(found, key=lambda one: one.line)),
        )
