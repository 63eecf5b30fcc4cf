"""All faults at random, for as long as you like: `python3 dev.py soak --minutes 10`.

Separate gateway and worker processes on Slack, people who go on asking, and every few seconds something that dies, freezes, is cut or
away. The seed is printed first; `--seed` plays the same faults in the same order again. Ends with what people saw, and with how long
the questions that a fault met had to wait. The exit code is 1 when anything was lost, doubled, out of order or left behind.

`--hosts` plays it on many hosts (hosts.py): so many minutes for each of Slack by socket, Slack by HTTP and Discord, with PostgreSQL,
which comes and goes like the rest, and with `--redis` on Sentinels, on a Cluster, or on a server with TLS and a password.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import secrets
import shutil
import signal
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path

from tests.faults.deployed import STORES
from tests.faults.hosts import HEADING, TRANSPORTS, Transport, dice_of, hosts, settled
from tests.faults.processes import Bot, fleet
from tests.faults.test_storms import LEASE_SECONDS, all_alive, conversations
from tests.faults.worlds import SlackWorld, World, world
from tests.stores import PostgresServer

SETTLE_SECONDS = 90


class Soak:
    """`dice` decides everything that happens. `sql`: a database that is ours to end. `crowd`: in how many threads people ask at
    once, and how often in each."""

    def __init__(
        self,
        there: World,
        dice: random.Random,
        gateways: Sequence[Bot],
        workers: Sequence[Bot],
        sql: PostgresServer | None = None,
        crowd: tuple[int, int] = (6, 4),
    ) -> None:
        self.there = there
        self.dice = dice
        self.gateways = [*gateways]
        self.workers = [*workers]
        self.sql = sql
        self._crowd = crowd
        self.recoveries: defaultdict[str, list[float]] = defaultdict(list)
        self._watching: set[asyncio.Task[None]] = set()

    @property
    def bots(self) -> list[Bot]:
        return [*self.gateways, *self.workers]

    def faults(self) -> dict[str, Callable[[], Awaitable[None]]]:
        away: dict[str, Callable[[], Awaitable[None]]] = {"the database away": self._database_away} if self.sql else {}
        return away | {
            "a worker killed": lambda: self._restarted(self.workers, 1),
            "all workers killed": lambda: self._restarted(self.workers, len(self.workers)),
            "a gateway killed": lambda: self._restarted(self.gateways, 1),
            "a gateway stopped for three seconds": self._gateway_stopped,
            "a worker frozen for two leases": self._frozen,
            "the store killed": self._store_killed,
            "everything killed": self._everything_killed,
            "a rolling restart": self._rolling,
            "a third of all posts cut, half shown late": self._cut,
            "Claude overloaded": self._overloaded,
        }

    async def happen(self, name: str = "") -> None:
        """This fault, or one by the dice."""
        name = name or self.dice.choice(list(self.faults()))
        fault = self.faults()[name]
        met = [thread for thread in self.there.questions if not self.there.is_answered(thread)]
        print(f"{time.strftime('%H:%M:%S')} {name}, {len(met)} threads under way", flush=True)
        watching = asyncio.create_task(self._recovery(name, met))
        self._watching.add(watching)
        watching.add_done_callback(self._watching.discard)
        await fault()
        await asyncio.sleep(self.dice.uniform(0.5, 4))

    async def _recovery(self, name: str, met: list[str]) -> None:
        start = time.monotonic()
        for thread in met:
            await self.there.until_final(thread, SETTLE_SECONDS)
        if met:
            self.recoveries[name].append(time.monotonic() - start)

    async def _restarted(self, bots: list[Bot], count: int) -> None:
        chosen = self.dice.sample(bots, count)
        for bot in chosen:
            bot.kill()
        for bot in chosen:
            await bot.ended()
        await asyncio.sleep(self.dice.uniform(0, 1))
        await all_alive(chosen)

    async def _frozen(self) -> None:
        bot = self.dice.choice(self.workers)
        bot.send(signal.SIGSTOP)
        await asyncio.sleep(2 * LEASE_SECONDS)
        bot.send(signal.SIGCONT)

    async def _gateway_stopped(self) -> None:
        bot = self.dice.choice(self.gateways)
        await bot.stop()
        await asyncio.sleep(3)
        await bot.start()

    async def _database_away(self) -> None:
        assert self.sql
        await self.sql.crash()
        await asyncio.sleep(self.dice.uniform(0.5, 4))
        self.sql.start()

    async def _store_killed(self) -> None:
        await asyncio.to_thread(self.there.store.kill)  # one that fails over is waited for, until it can
        await asyncio.sleep(self.dice.uniform(0.2, 4))
        await asyncio.to_thread(self.there.store.start)

    async def _everything_killed(self) -> None:
        await asyncio.to_thread(self.there.store.kill)
        for bot in self.bots:
            bot.kill()
        for bot in self.bots:
            await bot.ended()
        await asyncio.to_thread(self.there.store.start)
        await all_alive(self.bots)

    async def _rolling(self) -> None:
        for bot in self.bots:
            await bot.stop()
            await bot.start()

    async def _cut(self) -> None:
        self.there.cut(share=0.33, late=0.5, seconds=2)
        await asyncio.sleep(self.dice.uniform(2, 5))
        self.there.cut(share=0, late=0, seconds=0)

    async def _overloaded(self) -> None:
        until = time.monotonic() + self.dice.uniform(2, 8)
        self.there.claude.is_overloaded = lambda: time.monotonic() < until
        await asyncio.sleep(1)

    async def run(
        self, seconds: float, faults: Sequence[str] = (), settle: Callable[[], Awaitable[object]] | None = None
    ) -> list[str]:
        """For so long; or until these faults have happened, in this order. What is wrong with what people see then. `settle`: what is
        waited for at the end, while all live."""
        async with fleet(*self.bots):
            for bot in self.bots:
                await bot.up()
            await self.there.until_listening(len(self.gateways))
            over = asyncio.Event()
            asking = asyncio.create_task(self._ask_until(over))
            deadline = time.monotonic() + seconds
            for name in faults:
                await self.happen(name)
            while not faults and time.monotonic() < deadline:
                await self.happen()
            over.set()
            await all_alive(self.bots)
            wrong = []
            try:
                await asking
                for thread in list(self.there.questions):
                    await self.there.until_final(thread, SETTLE_SECONDS)
            except AssertionError as fault:
                wrong.append(str(fault))
            await asyncio.gather(*self._watching, return_exceptions=True)
            await asyncio.sleep(2 * LEASE_SECONDS)
            if settle:
                await settle()
            return wrong + self.there.faults() + [f"stays for ever: {key}" for key in self.there.orphans()]

    async def _ask_until(self, over: asyncio.Event) -> None:
        people = random.Random(self.dice.random())
        while not over.is_set():
            await conversations(self.there, *self._crowd, people, 0.5, patience=1)


async def one_host(minutes: float, seed: int) -> int:
    dice = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        async with world("slack", Path(folder), pace=400) as there:
            assert isinstance(there, SlackWorld)
            there.wire.random.seed(seed)
            gateways, workers = [there.bot("gateway") for _ in range(2)], [there.bot("worker") for _ in range(3)]
            soak = Soak(there, dice, gateways, workers)
            wrong = await soak.run(60 * minutes)
            asked = sum(len(questions) for questions in there.questions.values())
            print(f"{asked} questions in {len(there.questions)} threads, {there.apologies} apologies")
            _print_recoveries(soak)
            print("\n".join(wrong) or "nothing lost, nothing doubled, in order, nothing left behind")
    return 1 if wrong else 0


def _print_recoveries(soak: Soak) -> None:
    for name, seconds in sorted(soak.recoveries.items()):
        print(f"{name}: {len(seconds)} times, all answered after {sorted(seconds)[len(seconds) // 2]:.1f} s (median), "
              f"{max(seconds):.1f} s (longest)")  # fmt: skip


async def many_hosts(minutes: float, seed: int, transports: Sequence[Transport], redis: str) -> int:
    """So many minutes on each transport; then the table."""
    tallies, wrong = [], list[str]()
    for transport in transports:
        print(f"{transport}:", flush=True)
        folder = Path(tempfile.mkdtemp(prefix="soak-"))
        dice = dice_of(seed, transport)
        async with hosts(transport, folder, redis=redis, dice=dice) as there:
            soak = Soak(there.there, dice, there.gateways, there.workers, there.sql)
            found = await soak.run(60 * minutes, settle=partial(settled, there))
            tallies.append(await settled(there))
            _print_recoveries(soak)
        found += [] if tallies[-1].is_right else [f"the table says so; the logs are in {folder}"]
        wrong += [f"{transport}: {one}" for one in found]
        if not found:
            shutil.rmtree(folder, ignore_errors=True)
    print("\n".join([HEADING, *map(str, tallies)]))
    print(
        "\n".join(wrong) or "nothing lost, nothing doubled, in order, nothing left behind, every answer in the ledger"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=2)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument(
        "--hosts", nargs="*", choices=TRANSPORTS, help="on many hosts, by each of these transports, or by all"
    )
    parser.add_argument(
        "--redis",
        choices=STORES,
        default="single",
        help="of the many hosts; the server is the one on PATH, or the wheel's",
    )
    chosen = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        seed = chosen.seed if chosen.seed is not None else secrets.randbelow(10**6)
        print(f"seed {seed}", flush=True)
        if chosen.hosts is None:
            sys.exit(asyncio.run(one_host(chosen.minutes, seed)))
        sys.exit(asyncio.run(many_hosts(chosen.minutes, seed, chosen.hosts or TRANSPORTS, chosen.redis)))
