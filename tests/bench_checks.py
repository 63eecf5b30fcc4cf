"""What checks cost: `dev.py bench checks`. The blocks are those in the descriptions of the packages of our own lock, which we did not
write; they are held against that lock. Needs a package index: PLUMBLINE_PYTHON_INDEX, or uv's own variables, or the public one.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import statistics
import tempfile
import time
from collections.abc import Sequence
from importlib.metadata import distributions
from pathlib import Path

from bot.capabilities.checks.blocks import placed_in
from bot.capabilities.checks.verdicts import Block
from storage.checks import house, pins
from storage.checks.python.environment.index import PUBLIC, Index
from storage.checks.room import Stand
from storage.checks.rooms import Rooms

LOCK = Path(__file__).parents[1] / "requirements" / "run.txt"
AT_ONCE = 20
BLOCK_SECONDS = 6.0
"""Between two blocks of one answer: some 250 tokens of code and 200 of prose, at 75 tokens a second."""
PYTHON = ("python", "py", "python3", "pycon")


def blocks() -> list[Block]:
    """Of each package's own description, in the order of their names."""
    described = {one.name: str(one.metadata["Description"] or "") for one in distributions()}
    every = [placed.block for _, text in sorted(described.items()) for placed in placed_in(text)]
    return [block for block in every if block.language in PYTHON]


def processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def name_of(pid: int) -> str:
    return Path(f"/proc/{pid}/comm").read_text().strip()


def family(pid: int) -> list[int]:
    """A process's children, theirs, and so on."""
    parents: dict[int, int] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
    found, waiting = [], [pid]
    while waiting:
        mine = [child for child, parent in parents.items() if parent in waiting]
        found += mine
        waiting = mine
    return found


def memory_mb(pids: Sequence[int]) -> float:
    total = 0
    for pid in pids:
        try:
            total += sum(
                int(line.split()[1])
                for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
                if line.startswith("Pss:")
            )
        except OSError:
            continue
    return total / 1024


def size_mb(folder: Path) -> float:
    """What the files hold; one that stands in several places, by hard links, once."""
    held = {(one.stat().st_dev, one.stat().st_ino): one.stat().st_size for one in folder.rglob("*") if one.is_file()}
    return sum(held.values()) / 1e6


async def timed(checker: Rooms, block: Block, stand: Stand) -> float:
    start = time.perf_counter()
    await checker.against([block], stand)
    return (time.perf_counter() - start) * 1000


def row(name: str, times: Sequence[float]) -> None:
    ordered = sorted(times)
    p95 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
    print(
        f"{name:<28} p50 {statistics.median(ordered):7.0f} ms   p95 {p95:7.0f} ms   max {ordered[-1]:7.0f} ms   of {len(ordered)}"
    )


async def written(checker: Rooms, every: Sequence[Block], stand: Stand) -> list[float]:
    """So many answers side by side, each at a model's pace: their blocks end at any moment."""
    chance = random.Random(0)
    ends = sorted(chance.uniform(0, len(every) / AT_ONCE * BLOCK_SECONDS) for _ in every)

    async def one(block: Block, end: float) -> float:
        await asyncio.sleep(end)
        return await timed(checker, Block(block.language, block.code + "\n# written\n"), stand)

    return await asyncio.gather(*(one(block, end) for block, end in zip(every, ends, strict=True)))


async def measure(count: int) -> None:
    every = blocks()[:count]
    with tempfile.TemporaryDirectory() as folder:
        index = Index(os.environ.get("PLUMBLINE_PYTHON_INDEX", "") or ("" if Index().is_known else PUBLIC))
        stand = Stand(pins.of_files({"requirements.txt": LOCK.read_text()}))
        built = house.build(Path(folder), index, lambda ground: stand)
        try:
            start = time.perf_counter()
            await built.environments.of(stand.pins)
            seconds, size = time.perf_counter() - start, size_mb(Path(folder, "environments"))
            alone = size_mb((await built.environments.of(stand.pins)).folder)
            count = len(stand.pins.versions)
            print(
                f"environment: {count} packages in {seconds:.1f} s, {alone:.0f} MB alone, {size:.0f} MB with uv's cache"
            )
            row("first block, nothing runs", [await timed(built.checker, every[0], stand)])
            row("one at a time, new blocks", [await timed(built.checker, block, stand) for block in every[1:]])
            row("the same again", [await timed(built.checker, block, stand) for block in every])
            room = asyncio.Semaphore(AT_ONCE)

            async def one(block: Block) -> float:
                async with room:
                    return await timed(built.checker, Block(block.language, block.code + "\n# again\n"), stand)

            children = family(os.getpid())
            before = {pid: processor_seconds(pid) for pid in children}
            row(f"{AT_ONCE} blocks at once, always", await asyncio.gather(*(one(block) for block in every)))
            row(f"{AT_ONCE} answers being written", await written(built.checker, every, stand))
            for pid in set(children) & set(family(os.getpid())):
                used = (processor_seconds(pid) - before[pid]) * 1000 / len(every)
                print(f"processor of {name_of(pid):<14} {used:5.1f} ms a block   memory {memory_mb([pid]):4.0f} MB")
            print(f"memory of {len(children)} children: {memory_mb(children):.0f} MB")
        finally:
            await built.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--blocks", type=int, default=200)
    asyncio.run(measure(parser.parse_args().blocks))
