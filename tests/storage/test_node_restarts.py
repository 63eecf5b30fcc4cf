"""One node of a cluster is killed and started again, over and over, while questions come in and are answered."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from pathlib import Path

import pytest

from bot.errors import StoreUnavailable
from bot.ports.inbox import Lease, Outcome, Progress
from storage.connections import RedisClients, open_redis
from storage.inbox import RedisInbox
from storage.redis_outbox import RedisOutbox, RedisProgress
from tests.deployments import cluster
from tests.fakes import message
from tests.storage.serving import eventually, serving, settled, thread

pytestmark = pytest.mark.slow

KILLS, WAVE = 10, 6


class Writer:
    """Answers as a worker does, with every store at hand. `texts`: what was answered, once for each answer that was written whole."""

    def __init__(self, clients: RedisClients) -> None:
        self._outbox, self._progress = RedisOutbox(clients), RedisProgress(clients)
        self.texts: list[str] = []
        self.faults: list[BaseException] = []

    async def __call__(self, lease: Lease) -> tuple[Outcome, int]:
        try:
            await self._outbox.attempted(lease, 0)
            await self._progress.save(lease, Progress(text="half"))
            await self._outbox.delivered(lease, 0, "post")
            await self._outbox.check(lease)
        except Exception as fault:
            self.faults.append(fault)
            raise
        self.texts += [one.text for one in lease.messages]
        return Outcome.ANSWERED, len(lease.messages)


async def ask(inbox: RedisInbox, number: int) -> None:
    while True:
        try:
            await inbox.accept(message(f"{number}", id="1", thread=thread(number)))
        except StoreUnavailable:
            await asyncio.sleep(0.2)  # its platform delivers it again
        else:
            return


async def test_a_node_that_is_killed_ten_times_under_load_ends_no_loop_and_spoils_no_turn(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with cluster(tmp_path) as (url, nodes):
        async with open_redis(url) as clients, open_redis(url) as others, contextlib.AsyncExitStack() as stack:
            inbox = RedisInbox(clients, lease_seconds=1)
            writer = Writer(others)
            worker = await stack.enter_async_context(serving(RedisInbox(others, lease_seconds=1), writer))
            asking: list[asyncio.Task[None]] = []
            for number in range(KILLS):
                wave = range(number * WAVE, (number + 1) * WAVE)
                asking += [asyncio.create_task(ask(inbox, one)) for one in wave]
                nodes[number % len(nodes)].kill()
                await asyncio.sleep(0.1)
                await asyncio.to_thread(nodes[number % len(nodes)].start)
            await asyncio.gather(*asking)
            await eventually(lambda: len(set(writer.texts)) == KILLS * WAVE)
            for number in range(KILLS * WAVE):
                await settled(inbox, thread(number))

            assert not worker.done()
    assert {type(fault) for fault in writer.faults} <= {StoreUnavailable}
    assert [one for one in caplog.records if one.levelno >= logging.ERROR and "driver" not in one.message] == []
