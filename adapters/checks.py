"""Opens what checks the code of answers, and reports what became of it."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from adapters.metrics import Metrics
from bot.capabilities.checks.checking import Checker
from bot.capabilities.checks.log import CheckLog, FalseAlarm, Tally
from bot.capabilities.checks.verdicts import Verdict
from bot.settings import Settings

if TYPE_CHECKING:
    from storage.repos.library import Library

REPORT_DAYS = 30
ANY_PACKAGE, PYTHON, REACH_SECONDS = "packaging", "3.13", 60.0


@dataclass(frozen=True, slots=True)
class OpenChecks:
    """The checker of this process, None where checks are switched off, and what keeps its environments up to date."""

    checker: Checker | None = None
    keepers: tuple[Callable[[], Coroutine[Any, Any, None]], ...] = ()


class CountedChecks(CheckLog):
    """What was checked is counted for Prometheus, too."""

    def __init__(self, log: CheckLog, metrics: Metrics) -> None:
        self._log = log
        self._metrics = metrics

    async def checked(self, verdicts: Iterable[Verdict]) -> None:
        shown = [*verdicts]
        for one in shown:
            self._metrics.checked(one.state)
        await self._log.checked(shown)

    async def wrong(self, alarms: Sequence[FalseAlarm]) -> None:
        await self._log.wrong(alarms)

    async def tally(self, since: datetime) -> Tally:
        return await self._log.tally(since)

    async def alarms(self, since: datetime) -> Sequence[FalseAlarm]:
        return await self._log.alarms(since)


def folder_of(settings: Settings) -> Path:
    return settings.plumbline_data_dir.resolve() / "checks"


def environments(settings: Settings) -> Mapping[str, str]:
    """How far the environment of each repository is, in words; nothing where code is not checked."""
    if not settings.plumbline_checks:
        return {}
    from storage.checks import keeper

    return keeper.states(folder_of(settings))


@contextlib.asynccontextmanager
async def open_checks(settings: Settings, library: Library | None) -> AsyncIterator[OpenChecks]:
    """Its children start with the first block."""
    if not settings.plumbline_checks:
        yield OpenChecks()
        return
    from storage.checks import house
    from storage.checks.grounds import Grounds
    from storage.checks.keeper import EnvironmentKeeper
    from storage.checks.python.environment.index import Index
    from storage.checks.scripts.packages import npmrc

    folder = folder_of(settings)
    index = Index(settings.plumbline_python_index, settings.plumbline_python_index_credentials)
    grounds = Grounds(folder / "sources", library)
    built = house.build(
        folder,
        index,
        grounds.stand,
        npmrc.read(settings.plumbline_npm_registry),
        settings.plumbline_check_postgres,
        settings.plumbline_check_go,
        settings.plumbline_check_rust,
    )
    keepers = [EnvironmentKeeper(library, built.checker.prepare, grounds.stand, folder).run] if library else []
    try:
        yield OpenChecks(built.checker, tuple(keepers))
    finally:
        await built.stop()


async def reached(settings: Settings) -> Sequence[tuple[str, Sequence[str]]]:
    """Where packages come from, as far as that is set, and what is wrong with each: asked for one small package that all have."""
    from storage.checks.python.environment.index import Index, IndexFailed

    found: list[tuple[str, Sequence[str]]] = []
    index = Index(settings.plumbline_python_index, settings.plumbline_python_index_credentials)
    if index.is_known:
        faults: list[str] = []
        try:
            await index.resolve([ANY_PACKAGE], PYTHON, folder_of(settings) / "uv", REACH_SECONDS)
        except IndexFailed as fault:  # that it does not have this one is no fault
            faults = [f"PLUMBLINE_PYTHON_INDEX: {fault}"] if fault.is_final else []
        found.append(("Package index", faults))
    return found


async def report(log: CheckLog, now: datetime, say: Callable[[str], None]) -> None:
    """How often each kind of finding was called wrong in the last days, and those findings with their code."""
    since = now - timedelta(days=REPORT_DAYS)
    tally, alarms = await log.tally(since), await log.alarms(since)
    say(f"Checked code blocks in the last {REPORT_DAYS} days: {_counted(tally.blocks) or 'none'}.")
    for line in _kinds(tally):
        say(line)
    for one in alarms:
        say(_alarm(one))


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))


def _kinds(tally: Tally) -> list[str]:
    return [
        f"{kind:<12} shown {shown:>5}, called wrong {tally.wrong.get(kind, 0):>4}, "
        f"precision {1 - tally.wrong.get(kind, 0) / shown:.1%}"
        for kind, shown in sorted(tally.findings.items())
    ]


def _alarm(one: FalseAlarm) -> str:
    code = "\n".join(f"    {line}" for line in one.code.rstrip().split("\n"))
    return f"\n{one.kind}, line {one.line}: {one.message} ({one.package} {one.version}; {one.versions}), by {one.by}\n{code}"
