"""The type checkers as language servers: one open document at a time, its diagnostics, where a name is defined, what type it has.

Protocol: https://microsoft.github.io/language-server-protocol/. A server that hangs is killed; the next question starts another.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from storage.checks.locations import TYPES, Place, first_place
from storage.checks.turns import Turns
from storage.checks.wire import ServerDied, Wire

ANSWER_SECONDS = 6.0
START_SECONDS = 10.0
MOST_ASKED = 16
TOO_LARGE = "needed too much memory"  # why a checker was ended that is not asked again


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


def program(name: str) -> Path:
    """The checker's own program, as its wheel brings it."""
    beside = Path(sys.executable).parent / name
    return (beside if beside.exists() else Path(sys.prefix) / "bin" / name).resolve()


LANGUAGE_IDS = {
    **dict.fromkeys((".ts", ".mts", ".cts"), "typescript"), ".tsx": "typescriptreact",
    **dict.fromkeys((".js", ".mjs", ".cjs"), "javascript"), ".jsx": "javascriptreact",
}  # fmt: skip
"""By the ending of a file, what the protocol calls its language; all others are Python."""

COMMANDS: Mapping[str, Sequence[str]] = {
    "ty": ("server",),
    "pyrefly": ("lsp", "--indexing-mode", "none", "--threads", "2"),
}


def settings_of(checker: str, root: Path) -> Mapping[str, object] | None:
    """What a checker is told when it asks for its settings. Of its own accord pyrefly takes no `pyrefly.toml` as soon as a folder above
    has a `pyproject.toml`, whatever that holds, and then sees none of the packages."""
    return {"pyrefly": {"configPath": str(root / "pyrefly.toml")}} if checker == "pyrefly" else None


class Server(Wire):
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
        command = command or (str(program(checker)), *COMMANDS[checker])
        super().__init__(checker, root, command, answer_seconds, readable)
        self._versions: dict[str, int] = {}
        self._starting = asyncio.Lock()
        self._turns = Turns(MOST_ASKED)
        """Questions together, changes alone: one that comes while a question is worked on makes all of it in vain."""

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
        await self._spawn()
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

    async def _ask_of(self, path: Path, method: str, position: Mapping[str, int] | None = None) -> Any:
        """Of a document that this very process has open: one that took its place would answer from nothing."""
        uri = path.as_uri()
        if uri not in self._versions:
            raise ServerDied(f"{self._checker} ended")
        where = {"textDocument": {"uri": uri}}
        async with self._turns.together():
            return await self._ask(method, where if position is None else {**where, "position": position})

    def _reply(self, asked: Mapping[str, Any]) -> Any:
        """Its settings, when it asks for them."""
        is_asking = asked["method"] == "workspace/configuration"
        items = asked.get("params", {}).get("items", ()) if is_asking else None
        return [settings_of(self._checker, self._root)] * len(items) if items is not None else None

    async def stop(self, why: str = "ended") -> None:
        """`why` is what those who wait for an answer are told."""
        self._versions.clear()
        await super().stop(why)
