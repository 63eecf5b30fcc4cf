"""What an operator sees of a process, and through it of all of them: what the health page asks, and of whom."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from adapters.metrics import HealthPage, Metrics, Probe
from adapters.roles import Role, release
from bot.capabilities.team_code.repositories import Repositories
from bot.errors import BotError, PlatformUnavailable
from bot.ports.doors import Adapter
from bot.settings import Settings
from storage.inbox import RedisInbox
from storage.patient_ledger import PatientLedger
from storage.presence import RedisPresence


@dataclass(frozen=True, slots=True)
class Eyes:
    """`schema`: the newest that this version knows."""

    metrics: Metrics
    inbox: RedisInbox
    ledger: PatientLedger
    presence: RedisPresence
    repositories: Repositories
    schema: str

    def page(self, settings: Settings, role: Role, adapters: Sequence[Adapter]) -> HealthPage | None:
        """None where no port is set."""
        if not settings.plumbline_metrics_port:
            return None
        self.metrics.built(release(), self.schema)
        probes: dict[str, Probe] = {"redis": self.inbox.ping, "sql": self.ledger.ping}
        probes |= {adapter.name: _listens(adapter) for adapter in adapters}
        losses = {"workers": self._has_workers} if role == "gateway" else {"repositories": self._has_repositories}
        host, port = settings.plumbline_metrics_host, settings.plumbline_metrics_port
        return HealthPage(host, port, self.metrics, probes, self._standing, losses)

    async def _standing(self) -> Mapping[str, float]:
        now = await self.inbox.standing()
        return {
            "threads_waiting": now.waiting,
            "threads_running": now.running,
            "oldest_waiting_seconds": now.oldest_seconds,
            "workers": await self.presence.count("worker"),
            "gateways": await self.presence.count("gateway"),
            "ledger_rows_owed": await self.ledger.owed(),
        }

    async def _has_workers(self) -> None:
        if not await self.presence.count("worker"):
            raise BotError("none is alive")

    async def _has_repositories(self) -> None:
        if faults := [f"{one.name}: {one.fault}" for one in await self.repositories.states() if one.fault]:
            raise BotError("; ".join(faults))


def _listens(adapter: Adapter) -> Callable[[], Awaitable[None]]:
    async def probe() -> None:
        if not adapter.is_ready():
            raise PlatformUnavailable("not connected")

    return probe
