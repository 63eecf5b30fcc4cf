"""Which processes of this bot are alive, by what they do: each says so once a second, and is believed for five."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
import socket
from collections.abc import Sequence

from bot.errors import StoreUnavailable
from bot.loops import outlived
from bot.ports.stores import Presence, Task
from storage.connections import RedisClients, redis_errors
from storage.scripts import Script

log = logging.getLogger(__name__)

BEAT_SECONDS, BELIEVED_SECONDS = 1.0, 5


class RedisPresence(Presence):
    """`tasks`: what this process does."""

    def __init__(self, clients: RedisClients, tasks: Sequence[Task]) -> None:
        self._redis = clients.hot
        self._tasks = tasks
        self._name = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"
        self._alive = Script(self._redis, "alive")

    async def count(self, task: Task) -> int:
        with redis_errors():
            return int(await self._alive([_key(task)], ["", BELIEVED_SECONDS]))

    async def run(self) -> None:
        """Say that we are alive, until cancelled; then that we are not."""
        try:
            while True:
                with outlived(log, "presence not noted"):
                    for task in self._tasks:
                        with redis_errors():
                            await self._alive([_key(task)], [self._name, BELIEVED_SECONDS])
                await asyncio.sleep(BEAT_SECONDS)
        finally:
            with contextlib.suppress(StoreUnavailable):
                for task in self._tasks:
                    with redis_errors():
                        await self._redis.zrem(_key(task), self._name)


def _key(task: Task) -> str:
    return f"plumbline:alive:{task}"
