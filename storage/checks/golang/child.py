"""The process of Go: it reaches no network, writes in two folders of its own, and starts Go's tools only."""

from __future__ import annotations

import asyncio
import gc
import json
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bot.capabilities.checks.verdicts import Block, Finding
from storage.checks.confined import confine
from storage.checks.golang import placing, told
from storage.checks.golang.placing import Module, Placed
from storage.checks.golang.toolchain import NoToolchain, Package, Toolchain
from storage.checks.serving import Answering, serve
from storage.checks.syntax import parsed

LONGEST = 60_000
FILE = "plumbline_block.go"
ANALYZERS = ("printf", "unmarshal", "errorsas", "copylocks", "stringintconv", "timeformat", "nilfunc", "unusedresult")
EMPTY = "module plumbline.invalid/block\n\ngo 1.{}\n"


class Keeper(Answering):
    def __init__(self, toolchain: Toolchain, minor: int) -> None:
        self._toolchain = toolchain
        self._minor = minor
        empty = toolchain.scratch / "empty"
        empty.mkdir(parents=True, exist_ok=True)
        (empty / "go.mod").write_text(EMPTY.format(minor))
        self._empty = empty

    async def answer(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        tree = Path(asked["tree"]) if asked["tree"] else None
        return {"said": [await asyncio.to_thread(self._looked, Block(**one), tree) for one in asked["blocks"]]}

    def _looked(self, block: Block, tree: Path | None) -> dict[str, Any]:
        """`reason` is why types were not looked at, or only in part."""
        if len(block.code) > LONGEST:
            return {"findings": [], "assumed": [], "reason": f"it is longer than {LONGEST:,} characters"}
        module = _module_of(block, tree)
        one = placing.placed(block.code, block.path or "", module, placing.standard_library(self._toolchain.root))
        if one is None:
            return {"findings": [], "assumed": [], "reason": "types are not looked at: it is only a part of a file"}
        try:
            found, assumed, missing = self._compiled(self._toolchain.within(tree), one, module, block.code)
        except NoToolchain as fault:
            return {"findings": [], "assumed": [], "reason": f"types are not looked at: {fault}"}
        reason = f"{', '.join(f'`{each}`' for each in missing[:3])} is not in the module cache" if missing else ""
        return {"findings": [asdict(each) for each in found], "assumed": assumed, "reason": reason}

    def _compiled(
        self, tools: Toolchain, one: Placed, module: Module | None, code: str
    ) -> tuple[list[Finding], list[str], list[str]]:
        folder = module.folder if module else self._empty
        own = [f"./{one.folder.relative_to(folder).as_posix()}"] if one.folder and module else []
        asked = [each for each in one.imports if each not in ("C", "unsafe")]
        packages = tools.packages(folder, [*asked, *own], module.embedded if module else ()) if asked or own else {}
        missing = [each for each in asked if not packages.get(each, Package()).export]
        beside = next((each for each in packages.values() if one.folder and each.folder == str(one.folder)), None)
        path = f"{module.path}/plumblineblock" if module else "plumblineblock"
        if beside and module and one.folder:
            path = f"{module.path}/{one.folder.relative_to(folder).as_posix()}".removesuffix("/.")
        scratch = tools.scratch
        source = scratch / FILE
        source.write_text(one.text)
        kept = beside.files if beside else ()
        files = [source, *(Path(one.folder or "") / each for each in kept if each != one.replaces)]
        imports = scratch / "importcfg"
        exports = {name: each.export for name, each in packages.items() if each.export and name != path}
        imports.write_text("".join(f"packagefile {name}={file}\n" for name, file in exports.items()))
        minor = min(module.minor, self._minor) if module and module.minor else 0
        said = tools.compile(files, imports, path, minor)
        if "could not import" in said and len(files) > 1:  # then the compiler may leave out what else is wrong
            alone = tools.compile(files[:1], imports, path, minor)
            said += "".join(f"{line}\n" for line in alone.split("\n") if not told.PLAIN.search(line))
        names = set(placing.bound(parsed("go", code)))
        found, assumed = told.findings(said, FILE, code, names, is_whole=one.is_whole)
        if not said.strip() and not found:
            found = list(self._vetted(tools, one, files, path, exports, code))
        return found, assumed, missing

    def _vetted(
        self, tools: Toolchain, one: Placed, files: list[Path], path: str, exports: Mapping[str, str], code: str
    ) -> list[Finding]:
        configuration = tools.scratch / "vet.cfg"
        own = {
            "ID": path, "Compiler": "gc", "Dir": str(tools.scratch),
            "ImportPath": path, "GoFiles": [str(each) for each in files],
            "ImportMap": {name: name for name in exports}, "PackageFile": dict(exports), "Standard": {}, "PackageVetx": {},
            "VetxOnly": False, "VetxOutput": str(tools.scratch / "vet.out"), "SucceedOnTypecheckFailure": True,
            "GoVersion": f"go1.{self._minor}",
        }  # fmt: skip
        configuration.write_text(json.dumps(own))
        return list(told.of_vet(tools.vet(configuration, ANALYZERS), FILE, code))


def _module_of(block: Block, tree: Path | None) -> Module | None:
    """The nearest to the block's file, else the one at the top, else the only one."""
    found = placing.modules(tree) if tree else ()
    path = (block.path or "").lstrip("/")
    holding = [one for one in found if tree and path.startswith(f"{one.folder.relative_to(tree).as_posix()}/")]
    if holding:
        return max(holding, key=lambda one: len(one.folder.parts))
    return next((one for one in found if one.folder == tree), found[0] if len(found) == 1 else None)


def main() -> int:
    folder, root, cache, modules, minor = Path(sys.argv[1]).resolve(), *map(Path, sys.argv[3:6]), int(sys.argv[6])
    for one in (folder, cache):
        one.mkdir(parents=True, exist_ok=True, mode=0o700)
    confine([folder, cache], [root])
    gc.freeze()
    asyncio.run(serve(Keeper(Toolchain(root, folder, cache, modules), minor)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
