"""Go behind the port of a language: syntax and names by the room of formats, types by Go's own compiler where there is one."""

from __future__ import annotations

import asyncio
from pathlib import Path

from storage.checks.compiled import CompiledRoom
from storage.checks.golang.toolchain import find_root, module_cache, version
from storage.checks.process import Checkers
from storage.checks.room import Room, Stand

FIRST_SECONDS = 240.0
"""For the first block: Go compiles what its standard library exports, once for a machine."""

WITHOUT = "no Go toolchain is used"


class GoRoom(CompiledRoom):
    languages = frozenset(["go", "golang"])

    def __init__(self, folder: Path, trees: Path, formats: Room, setting: str = "none") -> None:
        """`formats` reads the syntax. `setting` is the folder of Go, "" to look for it, "none" to do without."""
        self._root = find_root(setting)
        self._minor = version(self._root)[1] if self._root else 0
        words = [str(self._root), str(folder / "cache"), str(module_cache()), str(self._minor)]
        checkers = Checkers(folder, trees, module="storage.checks.golang.child", words=words) if self._root else None
        super().__init__(formats, checkers, ("Go", f"1.{self._minor}"), WITHOUT, FIRST_SECONDS)

    async def prepare(self, stand: Stand) -> str:
        if stand.tree is None or not await asyncio.to_thread(stand.tree.has, ".go"):
            return ""
        return f"Go's own compiler (1.{self._minor})" if self._root else f"Go by its grammar: {WITHOUT}"
