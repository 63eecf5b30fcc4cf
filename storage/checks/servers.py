"""The type checkers as language servers: one open document at a time, its diagnostics, where a name is defined, what type it has.

Protocol: https://microsoft.github.io/language-server-protocol/. A server that hangs is killed; the next question starts another.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import logging
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from storage.checks.confined import die_with_parent, may_confine_reading, read_only
from storage.checks.locations import TYPES, Place, first_place
from storage.checks.turns import Turns

log = logging.getLogger(__name__)

ANSWER_SECONDS = 6.0
START_SECONDS = 10.0
PATIENCE = 3  # times that, on a machine that gives a checker less than half of it
MOST_ASKED = 16
MEMORY_BYTES = 8_000_000_000
"""Of address space: a hard stop. What is really held is watched by the keeper of the workspaces."""

FEW = {"RAYON_NUM_THREADS": "2", "GOMAXPROCS": "2", "GOMEMLIMIT": "320MiB"}
"""Threads; of what is written in Go also the memory above which it collects what it no longer needs."""
LONGEST_MESSAGE = 1 << 26
TOO_LARGE = "needed too much memory"  # why a checker was ended that is not asked again
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """Lines and columns count from 0; columns in UTF-16 units."""

    checker: str
    code: str
    message: str
    line: int
    start: int
    end_line: int
    end: int
    related: tuple[str, ...] = ()
    """What the checker says besides, about other places."""
    places: tuple[tuple[str, int], ...] = ()
    """Those places: address of the file, and line."""


class ServerDied(Exception):
    """It ended, or did not answer in time, and was ended."""


class Overtaken(Exception):
    """Something changed while a question was worked on: it is to be asked again."""


OVERTAKEN = (-32800, -32801, -32802)
"""RequestCancelled, ContentModified and ServerCancelled. An error is never "nothing found":
https://microsoft.github.io/language-server-protocol/specifications/lsp/3.17/specification/#errorCodes."""


def program(name: str) -> Path:
    """The checker's own program, as its wheel brings it."""
    beside = Path(sys.executable).parent / name
    return (beside if beside.exists() else Path(sys.prefix) / "bin" / name).resolve()


LANGUAGE_IDS = {
    ".ts": "typescript",
    ".mts": "typescript",
    ".cts": "typescript",
    ".tsx": "typescriptreact",
    ".js": "javascript",
    ".mjs": "javascript",
    ".cjs": "javascript",
    ".jsx": "javascriptreact",
}
"""By the ending of a file, what the protocol calls its language; all others are Python."""

COMMANDS: Mapping[str, Sequence[str]] = {
    "ty": ("server",),
    "pyrefly": ("lsp", "--indexing-mode", "none", "--threads", "2"),
}


def settings_of(checker: str, root: Path) -> Mapping[str, object] | None:
    """What a checker is told when it asks for its settings. Of its own accord pyrefly takes no `pyrefly.toml` as soon as a folder above
    has a `pyproject.toml`, whatever that holds, and then sees none of the packages."""
    return {"pyrefly": {"configPath": str(root / "pyrefly.toml")}} if checker == "pyrefly" else None


class Server:
    def __init__(
        self,
        checker: str,
        root: Path,
        command: Sequence[str] = (),
        answer_seconds: float = ANSWER_SECONDS,
        readable: Sequence[Path] = (),
    ) -> None:
        """`command` is the program with its words; without it, that of one of COMMANDS. `readable`: all that it may
        read, where given."""
        self._readable = readable
        self._answer_seconds = answer_seconds
        self._checker = checker
        self._root = root
        self._command = command or (str(program(checker)), *COMMANDS[checker])
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._ids = itertools.count(1)
        self._versions: dict[str, int] = {}
        self._starting = asyncio.Lock()
        self._turns = Turns(MOST_ASKED)
        """Questions together, changes alone: one that comes while a question is worked on makes all of it in vain."""

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

    # --- documents --------------------------------------------------------------------------------------------------

    async def open(self, path: Path, text: str) -> None:
        """The text stands in the file's place until it is closed."""
        async with self._starting:
            if not self.is_running:
                await self._start()
        async with self._turns.alone():
            await self._tell(path, text)

    async def _tell(self, path: Path, text: str) -> None:
        uri = path.as_uri()
        if uri in self._versions:
            self._versions[uri] += 1
            document = {"uri": uri, "version": self._versions[uri]}
            await self._note("textDocument/didChange", {"textDocument": document, "contentChanges": [{"text": text}]})
            return
        self._versions[uri] = 1
        language = LANGUAGE_IDS.get(path.suffix, "python")
        document = {"uri": uri, "languageId": language, "version": 1, "text": text}
        await self._note("textDocument/didOpen", {"textDocument": document})

    async def close(self, path: Path) -> None:
        if not self._versions.pop(path.as_uri(), 0) or not self.is_running:
            return
        async with self._turns.alone():
            await self._note("textDocument/didClose", {"textDocument": {"uri": path.as_uri()}})

    async def diagnostics(self, path: Path) -> list[Diagnostic]:
        told = await self._ask_of(path, "textDocument/diagnostic")
        return [self._diagnostic(one) for one in (told or {}).get("items", ()) if one.get("code")]

    def _diagnostic(self, told: dict[str, Any]) -> Diagnostic:
        start, end = told["range"]["start"], told["range"]["end"]
        return Diagnostic(
            self._checker,
            str(told["code"]),
            told["message"],
            start["line"],
            start["character"],
            end["line"],
            end["character"],
            tuple(str(one.get("message", "")) for one in told.get("relatedInformation") or ()),
            tuple(
                (str(one["location"]["uri"]), int(one["location"]["range"]["start"]["line"]))
                for one in told.get("relatedInformation") or ()
                if one.get("location")
            ),
        )

    async def definition(self, path: Path, line: int, character: int) -> Place | None:
        return await self._place("textDocument/definition", path, line, character)

    async def type_definition(self, path: Path, line: int, character: int) -> Place | None:
        return await self._place(TYPES, path, line, character)

    async def hover(self, path: Path, line: int, character: int) -> str:
        told = await self._ask_of(path, "textDocument/hover", {"line": line, "character": character})
        contents = (told or {}).get("contents", "")
        return str(contents.get("value", "")) if isinstance(contents, dict) else str(contents)

    async def _place(self, method: str, path: Path, line: int, character: int) -> Place | None:
        told = await self._ask_of(path, method, {"line": line, "character": character})
        return first_place(told, method == TYPES)

    # --- the wire ---------------------------------------------------------------------------------------------------

    async def _start(self) -> None:
        await self.stop()
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
        root = self._root.as_uri()
        can = {
            "textDocument": {
                "diagnostic": {"relatedInformation": True},
                "definition": {"linkSupport": False},
                "typeDefinition": {"linkSupport": False},
                "hover": {"contentFormat": ["plaintext"]},
            },
            "workspace": {"configuration": True, "workspaceFolders": True},
        }
        asked = {
            "processId": os.getpid(),
            "rootUri": root,
            "capabilities": can,
            "workspaceFolders": [{"uri": root, "name": "answers"}],
        }
        await self._ask("initialize", asked, START_SECONDS)
        await self._note("initialized", {})

    def _confine(self) -> None:
        die_with_parent(MEMORY_BYTES)
        if self._readable and may_confine_reading() and not read_only(self._readable):
            raise PermissionError("it would read other files")

    async def stop(self, why: str = "ended") -> None:
        """`why` is what those who wait for an answer are told."""
        self._versions.clear()
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

    async def _ask_of(self, path: Path, method: str, position: Mapping[str, int] | None = None) -> Any:
        """Of a document that this very process has open: one that took its place would answer from nothing."""
        uri = path.as_uri()
        if uri not in self._versions:
            raise ServerDied(f"{self._checker} ended")
        where = {"textDocument": {"uri": uri}}
        async with self._turns.together():
            return await self._ask(method, where if position is None else {**where, "position": position})

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
            items = (
                message.get("params", {}).get("items", ()) if message["method"] == "workspace/configuration" else None
            )
            result = [settings_of(self._checker, self._root)] * len(items) if items is not None else None
            await self._send({"jsonrpc": "2.0", "id": message["id"], "result": result})
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
