"""Whether a test server itself still works: a task or a handler of it that breaks ends the run, and does not pass for the platform."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class ServerBroke(AssertionError):
    """A fault of the test server, not of what is tested."""


class Health:
    """Of one server. `told` is called when it has broken."""

    def __init__(self, told: Callable[[], None] = lambda: None) -> None:
        self._told = told
        self._fault: BaseException | None = None
        self._tasks: set[asyncio.Task[Any]] = set()

    def broke(self, fault: BaseException) -> None:
        """From any thread. The first fault counts."""
        self._fault = self._fault or fault
        self._told()

    def check(self) -> None:
        """Raises ServerBroke when something has broken."""
        if self._fault:
            raise ServerBroke(f"the test server itself is broken: {self._fault!r}") from self._fault

    async def serve(self) -> None:
        """For a process that does nothing else: until something breaks."""
        while True:
            self.check()
            await asyncio.sleep(0.1)

    # --- tasks ---------------------------------------------------------------------------------------------------------

    def spawn(self, work: Awaitable[Any]) -> None:
        """Do this in the background."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (fault := task.exception()):
            self.broke(fault)

    async def stop(self) -> None:
        """End what goes on in the background."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # --- handlers ------------------------------------------------------------------------------------------------------

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """A client that goes away is no fault of ours."""
        try:
            return await handler(request)
        except (web.HTTPException, ConnectionError):
            raise
        except Exception as fault:
            self.broke(fault)
            raise
