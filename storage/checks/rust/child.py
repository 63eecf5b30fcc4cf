"""The process of Rust: it reaches no network, writes in a folder of its own, and starts Rust's compiler only."""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bot.capabilities.checks.verdicts import Block
from storage.checks.confined import confine
from storage.checks.rust import crates, placing, told
from storage.checks.rust.crates import Crate
from storage.checks.rust.placing import MODULE, Placed
from storage.checks.rust.standing import Copies, Standing
from storage.checks.rust.toolchain import Compiler, NoToolchain
from storage.checks.serving import Answering, serve

LONGEST = 60_000
UNSEEN = "types are not looked at"


class Keeper(Answering):
    def __init__(self, compiler: Compiler) -> None:
        self._compiler = compiler
        self._copies = Copies(compiler.scratch)
        self._version = ""

    async def answer(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """In this one thread: the compiler is confined between fork and exec, and no other thread may hold a lock then."""
        tree = Path(asked["tree"]) if asked["tree"] else None
        return {"said": [self._looked(Block(**one), tree) for one in asked["blocks"]]}

    def _looked(self, block: Block, tree: Path | None) -> dict[str, Any]:
        """`reason` is why types were not looked at, or only in part."""
        if len(block.code) > LONGEST:
            return _unseen(f"it is longer than {LONGEST:,} characters")
        one = placing.placed(block.code)
        if one is None:
            return _unseen("it is only a part of a file")
        known = crates.crates(tree) if tree else ()
        path = (block.path or "").lstrip("/")
        crate = placing.crate_of(block.code, path, tree, known) if tree else None
        below = path.removeprefix(placing.prefix(crate, tree)) if crate and tree else ""
        try:
            self._version = self._version or self._compiler.version()
            return self._compiled(one, block.code, self._copies.stand(one, below, crate), known)
        except NoToolchain as fault:
            return _unseen(str(fault))

    def _compiled(self, one: Placed, code: str, at: Standing, known: Sequence[Crate]) -> dict[str, Any]:
        crate = at.crate
        own = frozenset([crate.name, *(["crate"] if at.is_within else [])] if crate else [])
        derived = told.derived_elsewhere(one.text) | (
            crates.derived(crate, told.derived_elsewhere) if crate else frozenset()
        )
        said = self._compiler.check(
            at.root,
            crate.edition if crate else max((each.edition for each in known), default=crates.USUAL),
            crate.name if crate else MODULE,
            crate.features if crate else (),
            is_test="#[test]" in code or "cfg(test)" in code,
        )
        file = str(at.file)
        missing = list(dict.fromkeys([*placing.missing(one.text, own), *told.unlinked(said, file)]))
        may_add = placing.may_bring_methods(one.text, missing)
        words = crates.words(crate) if crate else frozenset[str]()
        setting = told.Setting(one, own, bool(missing or derived), may_add, derived, words, str(self._compiler.scratch))
        found, assumed = told.findings(said, file, code.count("\n") + 1, setting)
        reason = _not_built(missing, known)
        if not reason and told.is_stopped(said, file):
            reason = f"{UNSEEN}: it imports what is not here"
        return {
            "findings": [asdict(each) for each in found],
            "assumed": assumed,
            "reason": reason,
            "version": self._version,
        }


def _unseen(why: str) -> dict[str, Any]:
    return {"findings": [], "assumed": [], "reason": f"{UNSEEN}: {why}"}


def _not_built(missing: Sequence[str], known: Sequence[Crate]) -> str:
    """What was not there when the compiler looked, in words."""
    own = [one for one in missing if any(one == each.name for each in known)]
    others = [one for one in missing if one not in own]
    said = [f"`{one}` is another crate of yours, which is not looked into" for one in own[:2]]
    if others:
        said.append(
            f"types of {', '.join(f'`{one}`' for one in others[:4])} are not looked at: building it would run its scripts"
        )
    return "; ".join(said)


def main() -> int:
    folder, program = Path(sys.argv[1]).resolve(), Path(sys.argv[3])
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    confine([folder], [program])
    gc.freeze()
    asyncio.run(serve(Keeper(Compiler(program, folder))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
