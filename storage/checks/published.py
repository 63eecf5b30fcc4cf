"""What others publish in Python's index of a format of theirs, and blocks are held against: the bindings of Terraform's providers, and
Ansible with the documentation of its modules. Fetched like any wheel, and read as text; nothing of it is imported or run.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from typing import Protocol

from bot.capabilities.checks.verdicts import Block
from storage.checks.pins import Pins, canonical
from storage.checks.python.environment.environments import Environment, NoEnvironment
from storage.checks.room import Stand

PROVIDERS = re.compile(
    r"^[ \t]*(?:(?:resource|data|ephemeral)\s+\"([a-z][a-z0-9]*)_|provider\s+\"([a-z][a-z0-9-]*)\""
    r"|provider\s*=\s*\"?([a-z][a-z0-9-]*))",
    re.MULTILINE,
)
TERRAFORM = frozenset(["terraform", "tf", "hcl", "opentofu"])
PLAYS = re.compile(
    r"^- (?:name|hosts|block|when|become|import_\w+|include_\w+|apt|copy|template|debug|command|shell):|\bansible\.builtin\.",
    re.MULTILINE,
)
"""A list at the top whose first word may be one of Ansible's."""

YAML = frozenset(["yaml", "yml", "ansible"])
ANSIBLE = "ansible-core"
BUILT_IN = "terraform"
"""The provider of `terraform_data`."""

PYTHON = "3.14"
"""What is unpacked is never run, so a new one does: the newest of what is published asks for it."""

MOST = 4
"""Packages of one answer: a large provider has 70 MB."""


def wanted(blocks: Sequence[Block]) -> dict[str, str]:
    """The package by the name that blocks know it by: a provider's, or `ansible`."""
    found: dict[str, str] = {}
    for one in blocks:
        word = one.language.lower().partition(" ")[0]
        for names in PROVIDERS.findall(one.code) if word in TERRAFORM else ():
            if (name := "".join(names)) != BUILT_IN:
                found.setdefault(name, f"cdktn-provider-{name}")
        if word in YAML and PLAYS.search(one.code):
            found.setdefault("ansible", ANSIBLE)
    return dict(list(found.items())[:MOST])


class Fetching(Protocol):
    async def of(self, pins: Pins) -> Environment: ...


class Published:
    """What was asked for is fetched to its end, however long an answer waits for it: the next one has it."""

    def __init__(self, environments: Fetching, patience_seconds: float) -> None:
        self._environments = environments
        self._patience_seconds = patience_seconds
        self._fetching: dict[str, asyncio.Task[Environment]] = {}

    async def folders(self, blocks: Sequence[Block], stand: Stand) -> Mapping[str, str]:
        """Of each package that could be had the folder of its module, "" of one that is not there yet. A version that the team pins is
        taken, else the newest."""
        asked = {name: (package, self._fetch(package, stand)) for name, package in wanted(blocks).items()}
        if asked:
            await asyncio.wait({task for _, task in asked.values()}, timeout=self._patience_seconds)
        return {
            name: folder for name, (package, task) in asked.items() if (folder := _folder(package, task)) is not None
        }

    def _fetch(self, package: str, stand: Stand) -> asyncio.Task[Environment]:
        pinned = next((one.versions[package] for one in stand.every_pins if package in one.versions), "")
        line = f"{package}=={pinned}" if pinned else package
        task = self._fetching.get(line)
        if task is None or task.done():
            task = asyncio.create_task(self._environments.of(Pins(PYTHON, wanted=(line,))))
            self._fetching[line] = task
        return task

    async def stop(self) -> None:
        for task in self._fetching.values():
            task.cancel()
        await asyncio.gather(*self._fetching.values(), return_exceptions=True)


def _folder(package: str, task: asyncio.Task[Environment]) -> str | None:
    if not task.done():
        return ""
    if (fault := task.exception()) is not None:
        if not isinstance(fault, NoEnvironment):
            raise fault
        return None
    if canonical(package) not in task.result().versions:
        return None
    return str(task.result().site / ("ansible" if package == ANSIBLE else package.replace("-", "_")))
