"""Runs the bot, or the terminal, until it is told to stop. Apart from cli.py, so that slips are said before all this is loaded."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import signal
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

from adapters import first_key, listening, together, wiring
from adapters.engines import chosen
from adapters.folders import data_folder
from adapters.house import House
from adapters.roles import Role
from bot.answering import agent_file
from bot.errors import ConfigError
from bot.settings import Settings

log = logging.getLogger(__name__)

ANSWER_SECONDS = 0.5
"""From a key that was taken to the new start: the page is answered before."""

CLOSE_SECONDS = 3
"""For closing connections once nothing runs any more."""

Say = Callable[[str], None]
Guarded = Callable[[Callable[[], int]], int]


def start(settings: Settings, role: Role, workers: str | None, env_file: Path, say: Say, guarded: Guarded) -> int:
    """An exit code, once it was told to stop. `workers`: how many processes answer beside the one that listens; None: this one does
    all. `env_file`: where a key that is given is kept. `guarded` says what goes wrong in a process beside this one.

    Raises ConfigError.
    """
    count = together.count_of(workers) if workers is not None else 0
    _look_over(settings, role)  # what is wrong is said before anybody is asked for a key, and before anything is opened
    settings = first_key.ask(settings, env_file, say)

    def one(
        own: Settings, part: Role, others: Callable[[], Awaitable[None]] | None = None, tell: Say | None = None
    ) -> int:
        """`others`: ends when those are gone that need our stores."""
        return asyncio.run(_run(own, part, others, tell or say, None if count else env_file))

    return together.run(settings, count, one, guarded) if count else one(settings, role)


def _look_over(settings: Settings, role: Role) -> None:
    """Raises ConfigError with what is surely wrong, and can be told without reaching anybody."""
    wiring.library_of(settings)
    agent_file.load(settings.plumbline_agent)
    if role != "gateway" and settings.can_ask_claude:
        chosen(settings)
    data_folder(settings.plumbline_data_dir)
    if faults := [fault for _, fault in listening.tried(settings, role) if fault]:
        raise ConfigError(*faults)


async def _run(
    configured: Settings,
    role: Role,
    others: Callable[[], Awaitable[None]] | None,
    say: Callable[[str], None],
    env_file: Path | None,
) -> int:
    """Until somebody stops it. With a key that was given on the page it begins anew, by itself."""
    while True:
        anew = _Anew(configured, env_file) if env_file else None
        may_be_given = env_file is not None and first_key.may_be_given(configured, env_file, is_alone=role == "all")
        take = anew.take if anew and may_be_given else None
        async with wiring.build(configured, role, say, take) as house:

            async def drain(house: House = house) -> None:
                await house.drain()
                if others:
                    await others()

            gc.collect()
            gc.freeze()  # what was loaded stays: looking through it again and again for garbage would let the real garbage pile up
            is_due = anew.is_due if anew else asyncio.Event()
            await _until_told_to_stop(house.run, drain, configured.plumbline_drain_seconds, is_due)
        if anew is None or anew.settings is None:
            return 0
        configured = anew.settings
        say("The key works and is kept; starting anew with it.")


class _Anew:
    """A key that is given on the page, and the settings that it makes."""

    def __init__(self, configured: Settings, env_file: Path) -> None:
        self._configured = configured
        self._env_file = env_file
        self.is_due = asyncio.Event()
        self.settings: Settings | None = None

    async def take(self, key: str) -> Sequence[str]:
        """What is wrong with it; nothing where we begin anew with it, in a moment."""
        self.settings, faults = await first_key.give(self._configured, self._env_file, key)
        if self.settings is not None:
            asyncio.get_running_loop().call_later(ANSWER_SECONDS, self.is_due.set)
        return faults


async def console(configured: Settings) -> int:
    """Until the person at this terminal leaves."""
    async with wiring.build_console(configured) as (console, house):
        answering = asyncio.create_task(house.run())
        asking = asyncio.create_task(console.run())
        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, lambda: asyncio.ensure_future(console.stop()))
        await asyncio.wait({answering, asking}, return_when=asyncio.FIRST_COMPLETED)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(configured.plumbline_drain_seconds):
                await house.drain()
        for task in (answering, asking):
            task.cancel()
        await asyncio.gather(answering, asking, return_exceptions=True)
    return 0


async def _until_told_to_stop(
    run: Callable[[], Coroutine[Any, Any, None]],
    drain: Callable[[], Awaitable[None]],
    drain_seconds: float,
    is_due: asyncio.Event,
) -> None:
    """Run until SIGINT or SIGTERM, or until a new start is due; then let answers end within `drain_seconds`, a second signal ends at
    once."""
    told = asyncio.Event()
    again = asyncio.Event()

    def on_signal() -> None:
        (again if told.is_set() else told).set()

    loop = asyncio.get_running_loop()
    for one in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(one, on_signal)
    running = asyncio.create_task(run())
    stopping, renewing = asyncio.create_task(told.wait()), asyncio.create_task(is_due.wait())
    await asyncio.wait({running, stopping, renewing}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    renewing.cancel()
    if not running.done():
        log.info("draining", extra={"seconds": drain_seconds})
        drained = asyncio.ensure_future(drain())
        impatient = asyncio.create_task(again.wait())
        await asyncio.wait({drained, impatient}, timeout=drain_seconds, return_when=asyncio.FIRST_COMPLETED)
        for task in (drained, impatient):
            task.cancel()
        await asyncio.wait({running}, timeout=CLOSE_SECONDS)
        running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    log.info("stopped")
