"""What folders hold, and who works in one."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path


def size_of(folder: Path) -> int:
    total, pending = 0, [str(folder)]
    while pending:
        with contextlib.suppress(OSError), os.scandir(pending.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    pending.append(entry.path)
                else:
                    with contextlib.suppress(OSError):
                        total += entry.stat(follow_symlinks=False).st_size
    return total


@contextlib.asynccontextmanager
async def alone(lock: Path) -> AsyncIterator[None]:
    """While this is held, no other process that asks for the same file comes by. Makes the file and its folder. Raises OSError where
    they cannot be made."""
    lock.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with lock.open("w") as held:
        await asyncio.to_thread(fcntl.flock, held, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def in_use(mark: Path) -> Iterator[None]:
    """While this is held, nobody takes away the folder that this file marks. Raises OSError where it is gone."""
    with mark.open() as held:
        fcntl.flock(held, fcntl.LOCK_SH)
        yield


def removed(mark: Path) -> bool:
    """Takes away the folder that this file marks, unless somebody uses it."""
    folder = mark.parent
    try:
        with mark.open() as held:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            gone = folder.with_name(f"gone-{folder.name}-{os.getpid()}")
            folder.rename(gone)
            shutil.rmtree(gone, ignore_errors=True)
            return True
    except OSError:
        return False
