"""Python behind the port of rooms: the environment is had first, then the process of the checkers looks at blocks."""

from __future__ import annotations

import ast
import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from bot.capabilities.checks.python.known import package_of
from bot.capabilities.checks.python.snippet import prepare
from bot.capabilities.checks.verdicts import Block, Finding, Verdict
from storage.checks.pins import Pins, canonical
from storage.checks.process import Checkers, ProcessDied
from storage.checks.python.environment.environments import Environment, Environments, NoEnvironment
from storage.checks.room import Room, Stand

LANGUAGES = frozenset(["python", "py", "python3", "py3", "pycon", "pyi", "ipython", "python-repl", "pytb"])


class PythonRoom(Room):
    languages = LANGUAGES
    heeds_locks = True

    def __init__(self, environments: Environments, checkers: Checkers) -> None:
        self._environments = environments
        self._checkers = checkers

    async def check(self, blocks: Sequence[Block], stand: Stand) -> Sequence[Verdict]:
        """Where the environment cannot be had, all but its packages is still looked at."""
        if stand.pins.is_empty:
            stand = replace(stand, pins=newest(blocks, stand.pins.python))
        environment = await self._environment(stand.pins)
        asked = [asdict(one) for one in blocks]
        try:
            said = await self._checkers.ask({"op": "check", "ground": _ground(environment, stand), "blocks": asked})
        except ProcessDied as fault:
            return [Verdict("unchecked", reasons=(str(fault),)) for _ in blocks]
        if "verdicts" not in said:
            return [Verdict("unchecked", reasons=("the checker could not read it",)) for _ in blocks]
        return [_verdict(one) for one in said["verdicts"]]

    async def api(self, package: str, name: str, stand: Stand) -> str:
        having = [one for one in stand.every_pins if canonical(package) in one.versions]
        if having and canonical(package) not in stand.pins.versions:
            stand = replace(stand, pins=having[0])
        try:
            ground = _ground(await self._environment(stand.pins), stand)
            said = await self._checkers.ask({"op": "api", "ground": ground, "package": package, "name": name})
        except ProcessDied as fault:
            return f"It could not be looked up: {fault}."
        return str(said.get("text", "It could not be looked up."))

    async def prepare(self, stand: Stand) -> str:
        every = [one for one in stand.every_pins if not one.is_empty]
        if not every:
            has_python = stand.tree is None or await asyncio.to_thread(stand.tree.has, ".py")
            return "no Python lock file: the newest versions are assumed" if has_python else ""
        try:
            built = [await self._environments.of(one) for one in every]
        except NoEnvironment as fault:
            return f"no environment: {fault}"
        count = len({package for one in built for package in one.versions})
        kinds = "environment" if len(built) == 1 else f"{len(built)} environments"
        return f"{kinds} of {count} package{'s' if count != 1 else ''}"

    async def stop(self) -> None:
        await self._checkers.stop()

    def is_ready(self, stand: Stand) -> bool:
        return stand.pins.is_empty or self._environments.standing(stand.pins) is not None

    async def _environment(self, pins: Pins) -> Environment:
        try:
            return await self._environments.of(pins)
        except NoEnvironment as fault:
            return await self._environments.without(pins, str(fault))


def newest(blocks: Sequence[Block], python: str) -> Pins:
    """Where nobody pins anything: the newest version of each known package that these blocks import."""
    found = set()
    for block in blocks:
        tree = prepare(block.code).tree
        for node in ast.walk(tree) if tree else ():
            if isinstance(node, ast.Import):
                found |= {package_of(alias.name) for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(package_of(node.module))
    return Pins(python, wanted=tuple(sorted(found - {""})))


def _ground(environment: Environment, stand: Stand) -> dict[str, object]:
    tree = stand.tree
    folder = str(tree.folder) if tree else ""
    direct = sorted(stand.pins.direct) if stand.pins.direct is not None and stand.pins.is_whole else None
    return {
        "key": f"{environment.folder.name}-{tree.folder.parent.name if tree else 'alone'}",
        "environment": str(environment.folder),
        "tree": folder,
        "roots": list(tree.roots) if tree else [],
        "own": tree.name if tree else "",
        "commit": tree.commit[:12] if tree else "",
        "direct": direct,
        "pinned": dict(stand.pins.versions) | dict.fromkeys(stand.pins.unread, ""),
    }


def _verdict(told: Mapping[str, Any]) -> Verdict:
    findings = tuple(Finding(**one) for one in told["findings"])
    assumed, reasons, warnings = (tuple(told[name]) for name in ("assumed", "reasons", "warnings"))
    return Verdict(told["state"], told["versions"], assumed, findings, reasons, warnings)
