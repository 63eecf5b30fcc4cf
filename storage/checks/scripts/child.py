"""The process of the compiler: questions in, verdicts out. It can reach no network, and start nothing but the compiler.

It keeps a compiler for each project that was asked about lately, as long as all of them fit into memory.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.capabilities.checks.verdicts import Block, Verdict
from storage.checks.confined import confine, may_confine_reading
from storage.checks.scripts.blocks import outside
from storage.checks.scripts.findings.analysis import Analysis
from storage.checks.scripts.packages import types
from storage.checks.scripts.team import project
from storage.checks.servers import Server
from storage.checks.serving import Answering, begin, serve, told
from storage.checks.wire import ServerDied

MEMORY_BYTES = 3_000_000_000
HELD_BYTES = 420_000_000
"""What all compilers may hold together while nobody asks."""
LARGEST_BYTES = 900_000_000
"""What one may hold that alone is too large, so that the next question finds it warm."""
WARM_SECONDS = 90.0
"""For so long after its last question."""
WATCH_SECONDS = 1.0
ANSWER_SECONDS = 25.0
READING_SECONDS = 90.0
"""For one question to the compiler: the first one reads the whole of what is imported, and goes on with it when its answer is late."""


@dataclass(slots=True)
class Workspace:
    analysis: Analysis
    server: Server
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    used_at: float = 0
    has_read: bool = False
    """The compiler has answered since it began."""
    is_late: bool = False
    """It is still reading what its first question asked for."""


class Keeper(Answering):
    def __init__(self, compiler: Path) -> None:
        self._compiler = compiler
        self._workspaces: dict[str, Workspace] = {}
        self._held_back: dict[str, str] = {}

    async def answer(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        if why := await self._why_not(asked["ground"]):
            return told([Verdict("unchecked", reasons=(why,)) for _ in asked["blocks"]])
        while True:
            workspace = self._workspace(asked["ground"])
            async with workspace.lock:
                if self._workspaces.get(asked["ground"]["key"]) is workspace:  # not ended while we waited for it
                    try:
                        return await self._answered(workspace, [Block(**one) for one in asked["blocks"]])
                    finally:
                        workspace.used_at = time.monotonic()

    async def _answered(self, workspace: Workspace, blocks: list[Block]) -> dict[str, Any]:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                verdicts = await workspace.analysis.check(blocks)
            workspace.has_read, workspace.is_late = True, False
        except (TimeoutError, ServerDied) as fault:
            is_reading = isinstance(fault, TimeoutError) and not workspace.has_read and not workspace.is_late
            if not is_reading:
                await workspace.server.stop()
            workspace.has_read, workspace.is_late = (
                False,
                is_reading,
            )  # what is read once is there for the next question
            verdicts = [Verdict("unchecked", reasons=("the checker took too long",)) for _ in blocks]
        return told(verdicts)

    async def _why_not(self, ground: Mapping[str, Any]) -> str:
        """Why the compiler is not started beside these files: one of them names a file elsewhere, and the kernel cannot keep the
        compiler from reading that. "" where it can, or none does."""
        if may_confine_reading():
            return ""
        key = ground["key"]
        if key not in self._held_back:
            roots = [project.asked_from(ground["project"]).root, *([Path(ground["types"])] if ground["types"] else [])]
            found = [one for root in roots if (one := await asyncio.to_thread(outside.way_out, root))]
            self._held_back[key] = (
                f"`{found[0]}` names a file outside its folder, and this machine's kernel cannot keep the compiler from it "
                "(it has no Landlock)"
                if found
                else ""
            )
        return self._held_back[key]

    def _workspace(self, ground: Mapping[str, Any]) -> Workspace:
        key = ground["key"]
        if key not in self._workspaces:
            held = (
                types.read(Path(ground["types"]))
                if ground["types"]
                else types.Types(Path(), {}, {}, frozenset(), ground["node"])
            )
            if held is None:
                raise LookupError("the declarations are not there any more")
            laid = project.asked_from(ground["project"])
            readable = [one for one in (laid.root, held.folder, self._compiler.parents[1]) if one.is_absolute()]
            server = Server("tsc", laid.root, (str(self._compiler), "--lsp", "--stdio"), READING_SECONDS, readable)
            self._workspaces[key] = Workspace(Analysis(laid, held, ground, server), server)
        return self._workspaces[key]

    async def watch(self) -> None:
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            await self.slim()

    async def slim(self) -> None:
        """End those asked about longest ago while all together hold too much; the last one too, when it alone does, and is larger still
        or was not asked lately."""
        order = sorted(self._workspaces.items(), key=lambda item: item[1].used_at)
        held = sum(one.server.held_bytes() for _, one in order)
        for key, one in order:
            is_warm = one is order[-1][1] and time.monotonic() - one.used_at < WARM_SECONDS
            if held <= (LARGEST_BYTES if is_warm else HELD_BYTES):
                break
            if not one.lock.locked() and key in self._workspaces:
                del self._workspaces[key]
                held -= one.server.held_bytes()
                async with one.lock:
                    await one.server.stop()

    async def stop(self) -> None:
        for one in self._workspaces.values():
            await one.server.stop()


def main() -> int:
    folder, trees, compiler = (Path(one).resolve() for one in sys.argv[1:4])
    begin([folder, trees], MEMORY_BYTES, depth=3_000)
    confine([folder], [compiler])
    gc.freeze()
    asyncio.run(serve(Keeper(compiler)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
