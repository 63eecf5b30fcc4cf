"""How long an event loop stood still, and how long a piece of work took, on a machine that may be busy with other things.

Seconds by the wall clock say more of the neighbours than of us. So what counts is the processor time of this process, and what a
thread that only sleeps has lived through meanwhile: other processes hold all of these up alike.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Awaitable, Callable, Iterator

TICK_SECONDS = 0.002
PROBE_SECONDS = 0.05


async def longest_stall(work: Callable[[], Awaitable[object]]) -> float:
    """The longest time for which the loop did not come to its turn while the work was done, in seconds of this process's own.

    It is the processor time used meanwhile, by the loop or by a thread that kept the interpreter to itself; or, where nothing was
    used, because the loop waited for a file or a child, the ticks of another thread.
    """
    worst = 0.0
    with _ticking() as ticks:

        async def watch() -> None:
            nonlocal worst
            while True:
                used, ticked = time.process_time(), ticks()
                await asyncio.sleep(TICK_SECONDS)
                worst = max(worst, time.process_time() - used, (ticks() - ticked - 1) * TICK_SECONDS)

        watching = asyncio.create_task(watch())
        await asyncio.sleep(0)
        await work()
        await asyncio.sleep(5 * TICK_SECONDS)
        assert not watching.done()
        watching.cancel()
    return worst


@contextlib.contextmanager
def _ticking() -> Iterator[Callable[[], int]]:
    count = 0
    over = threading.Event()

    def tick() -> None:
        nonlocal count
        while not over.wait(TICK_SECONDS):
            count += 1

    thread = threading.Thread(target=tick)
    thread.start()
    try:
        yield lambda: count
    finally:
        over.set()
        thread.join()


def processor_seconds(work: Callable[[], object]) -> float:
    """What the work cost this thread."""
    start = time.thread_time()
    work()
    return time.thread_time() - start


def grows_at_most(
    times: float, work: Callable[[int], object], small: int, large: int, free_seconds: float = 0.1
) -> bool:
    """Whether work of the larger size costs at most so many times what the smaller costs, or `free_seconds`.

    The least of five tries counts: what a machine adds to some, now and then, says nothing of the work.
    """
    work(small // 4)  # what is made once
    bound = max(free_seconds, times * min(processor_seconds(lambda: work(small)) for _ in range(5)))
    return any(processor_seconds(lambda: work(large)) < bound for _ in range(5))


def slowness() -> float:
    """How many seconds by the wall clock one second of work takes just now: 1 on an idle machine, more on a busy one."""
    wall, used = time.perf_counter(), time.thread_time()
    while time.thread_time() - used < PROBE_SECONDS:
        pass
    return max(1.0, (time.perf_counter() - wall) / PROBE_SECONDS)
