"""What the inbox and its workers can do: `python3 dev.py bench engine`.

Real Valkey with `appendfsync always`, worker processes of their own, turns that do nothing. Prints a table of figures, each with its
target.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import statistics
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

from bot.conversation import ThreadId
from bot.ports.inbox import Lease, Outcome
from storage.connections import open_redis
from storage.engine import STREAM
from storage.inbox import RedisInbox
from tests.bench import cpu_seconds, p
from tests.fakes import THREAD, message
from tests.stores import valkey

WRITES, TURNS, HELD, DEATHS, IDLE_SECONDS = 3_000, 4_000, 10, 4, 15


def thread(number: int) -> ThreadId:
    return replace(THREAD, thread=f"1900.{number}")


async def worker(url: str, *, hold: bool) -> None:
    """A process that takes turns; each is told on standard output, with the moment. `hold`: and never ended."""

    async def handle(lease: Lease) -> tuple[Outcome, int]:
        if hold:
            print(json.dumps({"thread": lease.thread.thread, "at": time.time()}), flush=True)
            await asyncio.Event().wait()
        return Outcome.ANSWERED, len(lease.messages)

    async with open_redis(url) as clients:
        print("ready", flush=True)
        await RedisInbox(clients).serve(handle, 64)


@contextlib.asynccontextmanager
async def workers(url: str, count: int, *, hold: bool = False) -> AsyncIterator[list[asyncio.subprocess.Process]]:
    words = [sys.executable, "-m", "tests.bench_engine", "--worker", url, *(["--hold"] if hold else [])]
    started = [await asyncio.create_subprocess_exec(*words, stdout=asyncio.subprocess.PIPE) for _ in range(count)]
    for one in started:
        assert one.stdout is not None
        await one.stdout.readline()
    try:
        yield started
    finally:
        for one in started:
            if one.returncode is None:
                one.kill()
            await one.wait()


async def writes(url: str) -> dict[str, float]:
    async with open_redis(url) as clients:
        inbox, seconds = RedisInbox(clients), []
        for number in range(WRITES):
            start = time.perf_counter()
            await inbox.accept(message("how?", id=str(number), thread=thread(number)))
            seconds.append(time.perf_counter() - start)
    return {"write_ms_p50": 1_000 * statistics.median(seconds), "write_ms_p99": 1_000 * sorted(seconds)[-WRITES // 100]}


async def empty_turns(url: str, count: int) -> float:
    """Turns a second that `count` workers end, all of them waiting beforehand."""
    async with open_redis(url) as clients:
        await clients.hot.flushall()
        inbox = RedisInbox(clients)
        await asyncio.gather(*(inbox.accept(message("?", id="1", thread=thread(number))) for number in range(TURNS)))
        async with workers(url, count):
            start = time.perf_counter()
            while await clients.hot.xlen(STREAM):  # noqa: ASYNC110 - a wake-up goes when its thread is empty
                await asyncio.sleep(0.02)
            return TURNS / (time.perf_counter() - start)


async def redelivery(url: str) -> list[float]:
    """Seconds from a worker's death to the moment when another has its turn, on a quiet system."""
    seconds: list[float] = []
    async with open_redis(url) as clients:
        for _ in range(DEATHS):
            await clients.hot.flushall()
            inbox = RedisInbox(clients)
            async with workers(url, 1, hold=True) as (doomed,):
                for number in range(HELD):
                    await inbox.accept(message("?", id="1", thread=thread(number)))
                await _told(doomed)
                async with workers(url, 1, hold=True) as (heir,):
                    doomed.kill()
                    died_at = time.time()
                    seconds += [at - died_at for at in await _told(heir)]
    return seconds


async def _told(process: asyncio.subprocess.Process) -> list[float]:
    assert process.stdout is not None
    return [json.loads(await process.stdout.readline())["at"] for _ in range(HELD)]


async def idle(url: str) -> float:
    """Per cent of a core that a worker with nothing to do takes."""
    async with open_redis(url) as clients:
        await clients.hot.flushall()
    async with workers(url, 1) as (one,):
        await asyncio.sleep(2)
        before = cpu_seconds(one.pid)
        await asyncio.sleep(IDLE_SECONDS)
        return 100 * (cpu_seconds(one.pid) - before) / IDLE_SECONDS


async def main() -> dict[str, float]:
    found: dict[str, float] = {"cores": os.cpu_count() or 1}
    with valkey() as server:
        found |= await writes(server.url)
        for count in (1, 2, 4):
            found[f"turns_a_second_{count}_workers"] = await empty_turns(server.url, count)
        seconds = await redelivery(server.url)
        found |= {
            "redelivery_s_p50": p(seconds, 50),
            "redelivery_s_p95": p(seconds, 95),
            "redelivery_s_max": max(seconds),
        }
        found["idle_percent_of_a_core"] = await idle(server.url)
    return {name: round(value, 3) for name, value in found.items()}


TARGETS = {
    "write_ms_p99": "≤ 3",
    "turns_a_second_4_workers": "≥ 1000",
    "redelivery_s_p95": "≤ 5",
    "idle_percent_of_a_core": "≤ 0.5",
}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--worker", default="", help=argparse.SUPPRESS)
    parser.add_argument("--hold", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, default=None, help="also write the figures to this JSON file")
    chosen = parser.parse_args()
    if chosen.worker:
        asyncio.run(worker(chosen.worker, hold=chosen.hold))
    else:
        figures = asyncio.run(main())
        for name, value in figures.items():
            print(f"{name:28} {value:>10} {TARGETS.get(name, '')}")
        if chosen.out:
            chosen.out.write_text(json.dumps(figures, indent=2) + "\n")
