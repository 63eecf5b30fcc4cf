"""`plumbline run --workers N`: one process that listens and N that answer, on one machine, on embedded stores too.

The process that listens has the embedded stores, which the others reach by their address; so it is told to end last.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import time
from collections.abc import Awaitable, Callable
from functools import partial

from pydantic import SecretStr

from adapters import stores, wiring
from adapters.roles import Role
from adapters.supervisor import Member, Supervisor
from bot import logs
from bot.errors import BotError, ConfigError, StoreUnavailable
from bot.settings import Settings
from storage.embedded import EmbeddedValkey

log = logging.getLogger(__name__)

MOST_WORKERS = 64
STORE_SECONDS, STORE_PAUSE_SECONDS = 30.0, 0.2
"""How long a worker waits for the stores that the process beside it starts."""

LATER_SECONDS = 5.0
"""By how much the process that listens outlasts the workers' drain: they lay their leases down in its store."""

Run = Callable[[Settings, Role, Callable[[], Awaitable[None]] | None, Callable[[str], None] | None], int]
"""Runs a process in a role: what it waits for at the end, beside its own drain, and how it tells whoever started us."""

Guarded = Callable[[Callable[[], int]], int]
"""Says what goes wrong, as an exit code."""


def count_of(workers: str) -> int:
    """How many `--workers` asks for; one for each processor that we may use where it says `auto`. Raises ConfigError."""
    if workers == "auto":
        may = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)
        return min(len(may), MOST_WORKERS)
    if not workers.isdigit() or not 1 <= int(workers) <= MOST_WORKERS:
        raise ConfigError(f"--workers: {workers} is no number from 1 to {MOST_WORKERS}, nor auto")
    return int(workers)


def run(settings: Settings, workers: int, run_one: Run, guarded: Guarded) -> int:
    """Until told to end; an exit code."""
    shared = settings.model_copy(
        update={
            "database_url": stores.database_url(settings),
            "plumbline_secret": SecretStr(wiring.secret_of(settings).decode()),
        }
    )
    store = settings.redis_url or EmbeddedValkey(settings.plumbline_data_dir / "valkey").url
    members = [
        Member(
            f"worker {number}",
            partial(_worker, _of_worker(shared, store, number, workers), number, run_one, guarded),
        )
        for number in range(1, workers + 1)
    ]
    listens = shared.model_copy(
        update={"plumbline_hook_port": 0, "plumbline_drain_seconds": settings.plumbline_drain_seconds + LATER_SECONDS}
    )
    wiring.preload(settings)
    gc.collect()
    gc.freeze()  # what is in memory now is never looked through, nor written to, and so stands there once for all
    gateway = Member("gateway", partial(_gateway, listens, run_one, guarded))
    return Supervisor([*members, gateway], listens.plumbline_drain_seconds).run()


def _of_worker(shared: Settings, store: str, number: int, workers: int) -> Settings:
    """Each has metrics at a port of its own, the ones after the gateway's; one hears of pushes; Discord's calls are shared out."""
    port = shared.plumbline_metrics_port
    return shared.model_copy(
        update={
            "redis_url": store,
            "plumbline_metrics_port": port + number if port else 0,
            "plumbline_hook_port": shared.plumbline_hook_port if number == 1 else 0,
            "plumbline_discord_calls_per_second": max(1, shared.plumbline_discord_calls_per_second // workers),
        }
    )


def _gateway(settings: Settings, run_one: Run, guarded: Guarded, others: int) -> int:
    logs.name_process("gateway")
    return guarded(lambda: run_one(settings, "gateway", partial(_until_closed, others), None))


def _worker(settings: Settings, number: int, run_one: Run, guarded: Guarded, others: int) -> int:
    os.close(others)
    logs.name_process(f"worker {number}")
    return guarded(partial(_run_when_there_is_a_store, settings, run_one))


def _run_when_there_is_a_store(settings: Settings, run_one: Run) -> int:
    deadline = time.monotonic() + STORE_SECONDS
    while True:
        try:
            return run_one(settings, "worker", None, log.info)
        except StoreUnavailable as fault:
            if time.monotonic() > deadline:
                raise BotError(f"the store did not come: {fault}") from fault
            time.sleep(STORE_PAUSE_SECONDS)


async def _until_closed(pipe: int) -> None:
    """Until nobody has the other end of the pipe any more."""
    closed = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(pipe, closed.set)
    with contextlib.ExitStack() as stack:
        stack.callback(loop.remove_reader, pipe)
        await closed.wait()
