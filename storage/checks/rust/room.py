"""Rust behind the port of a language: syntax and names by the room of formats, types by Rust's own compiler where there is one."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.capabilities.checks.verdicts import Finding
from storage.checks.compiled import CompiledRoom
from storage.checks.process import Checkers
from storage.checks.room import Room, Stand
from storage.checks.rust.toolchain import find_compiler

SECONDS = 90.0
WITHOUT = "building a crate would run its scripts"


class RustRoom(CompiledRoom):
    languages = frozenset(["rust", "rs"])

    def __init__(self, folder: Path, trees: Path, formats: Room, setting: str = "none") -> None:
        """`formats` reads the syntax. `setting` is the folder of Rust, "" to look for it, "none" to do without."""
        self._program = find_compiler(setting)
        words = [str(self._program)]
        checkers = Checkers(folder, trees, module="storage.checks.rust.child", words=words) if self._program else None
        super().__init__(formats, checkers, ("Rust", ""), WITHOUT, SECONDS)

    def _knows_better(self, found: Finding) -> bool:
        return found.kind == "attribute" and "standard library" in found.message

    async def prepare(self, stand: Stand) -> str:
        if stand.tree is None or not await asyncio.to_thread(stand.tree.has, ".rs"):
            return ""
        return "Rust's own compiler" if self._program else f"Rust by its grammar: {WITHOUT}"
