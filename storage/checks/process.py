"""Keeps the process of the checkers: started when needed, ended when not, replaced when it died."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import logging
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from storage.checks.confined import die_with_parent
from storage.checks.serving import LONGEST_LINE

log = logging.getLogger(__name__)

QUESTION_SECONDS = 30.0
IDLE_SECONDS = 600.0
KEPT = ("PATH", "PYTHONPATH", "LANG", "HOME", "SYSTEMROOT", "CARGO_HOME")


class ProcessDied(Exception):
    """It ended, or did not answer in time."""


class Checkers:
    def __init__(
        self,
        folder: Path,
        trees: Path,
        module: str,
        idle_seconds: float = IDLE_SECONDS,
        words: Sequence[str] = (),
    ) -> None:
        """Both folders may be written to by what runs there, nothing else. `module` is what runs, `words` what it is told besides."""
        self._module = module
        self._words = words
        self._trees = trees
        self._folder = folder
        self._idle_seconds = idle_seconds
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._idling: asyncio.TimerHandle | None = None
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._ids = itertools.count(1)
        self._starting = asyncio.Lock()
        self.ended = asyncio.Event()
        """Set whenever there is no process: none was needed yet, or it was ended."""
        self.ended.set()
        self._stopping: set[asyncio.Task[None]] = set()

    @property
    def process_id(self) -> int | None:
        """Of the process, while there is one."""
        return self._process.pid if self._process and self._process.returncode is None else None

    async def ask(self, asked: Mapping[str, Any], seconds: float = QUESTION_SECONDS) -> dict[str, Any]:
        """Raises ProcessDied."""
        process = await self._running()
        if process.stdin is None:
            raise AssertionError("the pipe was asked for")
        number = next(self._ids)
        waiting = self._waiting[number] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(seconds):
                process.stdin.write(json.dumps({"id": number, **asked}).encode() + b"\n")
                await process.stdin.drain()
                said: dict[str, Any] = await waiting
                return said
        except TimeoutError as fault:
            await self.stop()
            raise ProcessDied("the checker took too long") from fault
        except ConnectionError as fault:
            raise ProcessDied("the checker ended") from fault
        finally:
            self._waiting.pop(number, None)
            self._rest()

    async def _running(self) -> asyncio.subprocess.Process:
        async with self._starting:
            if self._reading is None or self._reading.done():  # it ended, or closed its output
                await self.stop()
            if self._process is None or self._process.returncode is not None:
                self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                kept = {name: os.environ[name] for name in KEPT if name in os.environ}
                self._process = await asyncio.create_subprocess_exec(
                    sys.executable,
                    "-m",
                    self._module,
                    str(self._folder / str(os.getpid())),
                    str(self._trees),
                    *self._words,
                    limit=LONGEST_LINE,
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.PIPE,
                    env=kept,
                    preexec_fn=die_with_parent,
                )
                self._reading = asyncio.create_task(self._read(self._process))
                self.ended.clear()
            return self._process

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        if process.stdout is None:
            raise AssertionError("the pipe was asked for")
        try:
            async for line in process.stdout:
                said = json.loads(line)
                if (waiting := self._waiting.get(said["id"])) and not waiting.done():
                    waiting.set_result(said)
        finally:
            for waiting in self._waiting.values():
                if not waiting.done():
                    waiting.set_exception(ProcessDied("the checker ended"))

    def _rest(self) -> None:
        """Ended after a while without a question."""
        if self._idling is not None:
            self._idling.cancel()
        if not self._waiting:
            self._idling = asyncio.get_running_loop().call_later(self._idle_seconds, self._end)

    def _end(self) -> None:
        if not self._waiting:
            task = asyncio.ensure_future(self.stop())
            self._stopping.add(task)
            task.add_done_callback(self._stopping.discard)

    async def stop(self) -> None:
        if self._idling is not None:
            self._idling.cancel()
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            await asyncio.to_thread(shutil.rmtree, self._folder / str(os.getpid()), True)
        if self._reading is not None:
            self._reading.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reading
            self._reading = None
        self.ended.set()
