"""A checker as a process that speaks JSON-RPC over its pipes: started with nothing but what it may read, asked, waited for by the
processor time that it takes, and ended.

Protocol: https://microsoft.github.io/language-server-protocol/specifications/lsp/3.17/specification/#baseProtocol.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import logging
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from storage.checks.confined import die_with_parent, may_confine_reading, read_only

log = logging.getLogger(__name__)

PATIENCE = 3  # times that, on a machine that gives a checker less than half of it
MEMORY_BYTES = 8_000_000_000
"""Of address space: a hard stop. What is really held is watched by the keeper of the workspaces."""

GIVES_BACK = "narenas:1,dirty_decay_ms:0,muzzy_decay_ms:0"
FEW = {
    "RAYON_NUM_THREADS": "2", "GOMAXPROCS": "2", "GOGC": "50", "GOMEMLIMIT": "600MiB",
    "MALLOC_CONF": GIVES_BACK, "_RJEM_MALLOC_CONF": GIVES_BACK,
}  # fmt: skip
"""Threads; of what is written in Go also how often it collects what it no longer needs, and above how much memory all the time. What is
written in Rust holds its memory by jemalloc, which is told to keep nothing that is free: https://jemalloc.net/jemalloc.3.html."""
LONGEST_MESSAGE = 1 << 26
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


class ServerDied(Exception):
    """It ended, or did not answer in time, and was ended."""


class Overtaken(Exception):
    """Something changed while a question was worked on: it is to be asked again."""


OVERTAKEN = (-32800, -32801, -32802)
"""RequestCancelled, ContentModified and ServerCancelled. An error is never "nothing found":
https://microsoft.github.io/language-server-protocol/specifications/lsp/3.17/specification/#errorCodes."""


class Wire:
    """`command` is the program with its words; `readable` all that it may read, where given."""

    def __init__(
        self, checker: str, root: Path, command: Sequence[str], answer_seconds: float, readable: Sequence[Path]
    ) -> None:
        self._checker = checker
        self._root = root
        self._command = command
        self._answer_seconds = answer_seconds
        self._readable = readable
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._ids = itertools.count(1)

    def _reply(self, asked: Mapping[str, Any]) -> Any:
        """What a question of the checker's own is answered with."""
        raise NotImplementedError

    @property
    def is_running(self) -> bool:
        """One that has closed its end is dead, though nobody may have told us of its exit yet."""
        is_read = self._reading is not None and not self._reading.done()
        return self._process is not None and self._process.returncode is None and is_read

    def held_bytes(self) -> int:
        if self._process is None or self._process.returncode is not None:
            return 0
        try:
            return int(Path(f"/proc/{self._process.pid}/statm").read_text().split()[1]) * PAGE_BYTES
        except (OSError, IndexError):
            return 0

    async def _spawn(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            cwd=self._root,
            limit=LONGEST_MESSAGE,
            preexec_fn=self._confine,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={"PATH": "/nonexistent", "HOME": str(self._root), "TMPDIR": str(self._root), **FEW},
        )
        self._reading = asyncio.create_task(self._read(self._process))

    def _confine(self) -> None:
        die_with_parent(MEMORY_BYTES)
        if self._readable and may_confine_reading() and not read_only(self._readable):
            raise PermissionError("it would read other files")

    async def stop(self, why: str = "ended") -> None:
        """`why` is what those who wait for an answer are told."""
        process, self._process = self._process, None
        self._fail(why)
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        if self._reading is not None:
            self._reading.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reading
            self._reading = None

    async def _ask(self, method: str, asked: Mapping[str, Any], seconds: float = 0) -> Any:
        seconds = seconds or self._answer_seconds
        waiting = asyncio.ensure_future(self._persisting(method, asked))
        before = self._used_seconds()
        try:
            for _ in range(PATIENCE):
                if (await asyncio.wait([waiting], timeout=seconds))[0]:
                    return waiting.result()
                if not self._used_seconds() - before <= seconds / 2:  # nor where nobody can tell
                    break
        finally:
            waiting.cancel()
        log.warning("checker did not answer", extra={"checker": self._checker, "method": method})
        await self.stop()
        raise ServerDied(f"{self._checker} did not answer within {seconds:.0f} s")

    def _used_seconds(self) -> float:
        """Processor time of the checker: one that waits for a busy machine is not one that hangs."""
        try:
            told = (
                Path(f"/proc/{self._process.pid if self._process else 0}/stat").read_text().rpartition(")")[2].split()
            )
            return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")
        except (OSError, IndexError):
            return float("inf")

    async def _persisting(self, method: str, asked: Mapping[str, Any]) -> Any:
        while True:
            with contextlib.suppress(Overtaken):
                return await self._asked(method, asked)

    async def _asked(self, method: str, asked: Mapping[str, Any]) -> Any:
        """Raises Overtaken."""
        number = next(self._ids)
        waiting = self._waiting[number] = asyncio.get_running_loop().create_future()
        try:
            await self._send({"jsonrpc": "2.0", "id": number, "method": method, "params": asked})
            return await waiting
        finally:
            self._waiting.pop(number, None)

    async def _note(self, method: str, told: Mapping[str, Any]) -> None:
        await self._send({"jsonrpc": "2.0", "method": method, "params": told})

    async def _send(self, message: Mapping[str, Any]) -> None:
        if self._process is None or self._process.stdin is None or not self.is_running:
            raise ServerDied(f"{self._checker} ended")
        body = json.dumps(message).encode()
        try:
            self._process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
            await self._process.stdin.drain()
        except ConnectionError as fault:
            raise ServerDied(f"{self._checker} ended") from fault

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        if process.stdout is None:
            raise AssertionError("the pipe was asked for")
        try:
            while True:
                length = 0
                while (header := await process.stdout.readline()) not in (b"\r\n", b""):
                    if header.lower().startswith(b"content-length:"):
                        length = int(header.split(b":")[1])
                if not length:
                    return
                await self._hear(json.loads(await process.stdout.readexactly(length)))
        except (asyncio.IncompleteReadError, ValueError, ServerDied):
            return
        finally:
            self._fail()

    async def _hear(self, message: dict[str, Any]) -> None:
        if "method" in message and "id" in message:
            await self._send({"jsonrpc": "2.0", "id": message["id"], "result": self._reply(message)})
        elif "id" in message and (waiting := self._waiting.get(message["id"])) and not waiting.done():
            if (message.get("error") or {}).get("code") in OVERTAKEN:
                waiting.set_exception(Overtaken())
            elif "error" in message:
                log.warning("checker refused", extra={"checker": self._checker, "reason": str(message["error"])[:300]})
                waiting.set_exception(ServerDied(f"{self._checker} refused a question"))
            else:
                waiting.set_result(message.get("result"))

    def _fail(self, why: str = "ended") -> None:
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(ServerDied(f"{self._checker} {why}"))
