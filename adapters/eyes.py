"""What an operator sees of a process, and through it of all of them: what the health page asks, and of whom."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from adapters.folders import free_bytes, has_room
from adapters.metrics import HealthPage, Metrics, Probe
from adapters.release import release
from adapters.roles import Role
from bot.capabilities.team_code.code import RepositoryState
from bot.capabilities.team_code.repositories import Repositories
from bot.errors import BotError, PlatformUnavailable, StoreUnavailable
from bot.ports.doors import Adapter
from bot.ports.stores import Task
from bot.settings import Settings
from storage.inbox import RedisInbox
from storage.patient_ledger import PatientLedger
from storage.presence import RedisPresence

OTHERS: Mapping[str, Task] = {"workers": "worker", "gateways": "gateway"}
"""What a process that does only one of both cannot do without."""

UNREADY = ("no environment", "building")
"""How the words about an environment begin that cannot be used: storage/checks/keeper.py."""


@dataclass(frozen=True, slots=True)
class Eyes:
    """`schema`: the newest that this version knows. `environments`: how far each repository's is, in words."""

    metrics: Metrics
    inbox: RedisInbox
    ledger: PatientLedger
    presence: RedisPresence
    repositories: Repositories
    schema: str
    environments: Callable[[], Mapping[str, str]] = dict

    def page(self, settings: Settings, role: Role, adapters: Sequence[Adapter]) -> HealthPage | None:
        """None where no port is set."""
        if not settings.plumbline_metrics_port:
            return None
        self.metrics.built(release(), self.schema)
        probes: dict[str, Probe] = {"redis": self.inbox.ping, "sql": self.ledger.ping}
        probes |= {adapter.name: _listens(adapter) for adapter in adapters}
        self.metrics.watch_redraws(lambda: self.inbox.redraws_owed)
        folder = settings.plumbline_data_dir.resolve()
        self.metrics.watch_disk(lambda: free_bytes(folder))
        losses: dict[str, Probe] = {"repositories": self._has_repositories, "ledger": self._has_entered}
        losses |= {"disk": partial(has_room, folder)}
        losses |= {other: partial(self._has, task) for other, task in OTHERS.items() if task != role and role != "all"}
        host, port = settings.plumbline_metrics_host, settings.plumbline_metrics_port
        return HealthPage(host, port, self.metrics, probes, self._refresh, losses)

    async def _refresh(self) -> None:
        now = await self.inbox.standing()
        self.metrics.standing(
            {
                "threads_waiting": now.waiting,
                "threads_running": now.running,
                "oldest_waiting_seconds": now.oldest_seconds,
                "workers": await self.presence.count("worker"),
                "gateways": await self.presence.count("gateway"),
                "ledger_rows_owed": await self.ledger.owed(),
            }
        )
        environments, at = self.environments(), datetime.now(UTC)
        self.metrics.repositories(
            {one.name: _figures(one, environments, at) for one in await self.repositories.states()}
        )

    async def _has(self, task: Task) -> None:
        if not await self.presence.count(task):
            raise BotError("none is alive")

    async def _has_entered(self) -> None:
        owed = 0
        with contextlib.suppress(StoreUnavailable):  # which is named by itself
            owed = await self.ledger.owed()
        if owed:
            raise BotError(f"rows wait for the database: {owed}")

    async def _has_repositories(self) -> None:
        if faults := [f"{one.name}: {one.fault}" for one in await self.repositories.states() if one.fault]:
            raise BotError("; ".join(faults))


def _figures(state: RepositoryState, environments: Mapping[str, str], now: datetime) -> dict[str, float]:
    """By the names of metrics.REPOSITORIES; nothing of an environment where none is told of."""
    age = (now - state.fetched_at).total_seconds() if state.fetched_at else -1.0
    found = {"age_seconds": age, "fault": float(bool(state.fault)), "indexed": float(bool(state.commit))}
    said = environments.get(state.name)
    return found | ({} if said is None else {"environment_ready": float(not said.startswith(UNREADY))})


def _listens(adapter: Adapter) -> Callable[[], Awaitable[None]]:
    async def probe() -> None:
        if not adapter.is_ready():
            raise PlatformUnavailable("not connected")

    return probe
