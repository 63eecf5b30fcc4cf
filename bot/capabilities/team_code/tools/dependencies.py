"""The tool that tells which versions a repository runs: what its manifests ask for, and what its lock files hold, with the line."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from bot.capabilities.team_code import dependencies
from bot.capabilities.team_code.dependencies import Declared, Dependencies, Locked
from bot.capabilities.team_code.repositories import Snapshot
from bot.capabilities.team_code.secret_files import matches
from bot.capabilities.team_code.tools.access import Access
from bot.capabilities.team_code.tools.repository import shown_path
from bot.capabilities.team_code.tools.sheet import REPO, Sheet, schema, string, word
from bot.ports.model import Tool

MOST_FILES = 300
MOST_NAMES = 40


class DependencyVersions(Tool):
    name = "dependency_versions"
    description = (
        "What a repository depends on: the range that a manifest declares and the exact version that a lock file pins, each with its"
        " line, and the versions of the runtimes. Ask before you write code that uses a library: write for the locked version."
    )
    schema: Mapping[str, object] = schema(
        repo=REPO,
        ecosystem=string('python, node, go, rust, ruby or php; "" for all.'),
        names={
            "type": "array",
            "items": {"type": "string"},
            "description": "Package names; [] for everything that is asked for directly.",
        },
        path_glob=string('Only manifests and lock files that fit, such as "services/api/**"; "" for all.'),
    )

    def __init__(self, access: Access) -> None:
        self._access = access

    def label(self, arguments: Mapping[str, object]) -> str:
        names = arguments.get("names")
        about = ", ".join(shown_path(word(one)) for one in names[:3]) if isinstance(names, list) and names else ""
        return f"looking up the versions of {about}" if about else "looking up the versions of dependencies"

    async def run(self, arguments: Mapping[str, object]) -> str:
        snapshot = await self._access.snapshot(word(arguments["repo"]))
        names = arguments["names"] if isinstance(arguments["names"], list) else []
        asked = [word(one).strip() for one in names if word(one).strip()][:MOST_NAMES]
        found = await _read(snapshot, word(arguments["path_glob"]))
        ecosystem = word(arguments["ecosystem"]).lower()
        sheet = Sheet(2_000)
        sheet.add(f"{snapshot.repository.name} at {snapshot.commit[:12]}")
        for runtime in found.runtimes:
            if sheet.add(f"runtime {runtime.name} {runtime.version}  ({runtime.path}:{runtime.line})"):
                self._access.saw(snapshot.repository.name, runtime.path, runtime.line, runtime.line)
        if asked:
            for name in asked:
                self._one(sheet, snapshot, found, ecosystem, name)
        else:
            self._direct(sheet, snapshot, found, ecosystem)
        for problem in found.problems:
            sheet.add(f"not read: {problem}")
        return sheet.text(hint="Ask for names.")

    def _one(self, sheet: Sheet, snapshot: Snapshot, found: Dependencies, ecosystem: str, name: str) -> None:
        declared = [one for one in found.declared if _is(one, ecosystem, name)]
        locked = [one for one in found.locked if _is(one, ecosystem, name)]
        if not declared and not locked:
            sheet.add(f"{name}: neither declared nor locked here")
            return
        for one in declared[:12]:
            self._declared(sheet, snapshot, one)
        for held in locked[:12]:
            self._locked(sheet, snapshot, held)
        if declared and not locked:
            sheet.add(f"{name}: no lock file pins it, so the exact version is not known")

    def _direct(self, sheet: Sheet, snapshot: Snapshot, found: Dependencies, ecosystem: str) -> None:
        pinned = [one for one in found.locked if one.direct and (not ecosystem or one.ecosystem == ecosystem)]
        names = {(one.ecosystem, one.name) for one in pinned}
        for one in pinned:
            self._locked(sheet, snapshot, one)
        for asked in found.declared:
            if (asked.ecosystem, asked.name) not in names and (not ecosystem or asked.ecosystem == ecosystem):
                self._declared(sheet, snapshot, asked)

    def _declared(self, sheet: Sheet, snapshot: Snapshot, one: Declared) -> None:
        group = f" [{one.group}]" if one.group else ""
        if sheet.add(
            f"{one.ecosystem} {one.name}{group} asks for {one.range or 'any version'}  ({one.path}:{one.line})"
        ):
            self._access.saw(snapshot.repository.name, one.path, one.line, one.line)

    def _locked(self, sheet: Sheet, snapshot: Snapshot, one: Locked) -> None:
        how = {True: ", direct", False: ", transitive", None: ""}[one.direct]
        note = f" [{one.note}]" if one.note else ""
        if sheet.add(f"{one.ecosystem} {one.name} locked at {one.version}{how}{note}  ({one.path}:{one.line})"):
            self._access.saw(snapshot.repository.name, one.path, one.line, one.line)


async def _read(snapshot: Snapshot, glob: str) -> Dependencies:
    paths = await _paths(snapshot, glob)
    texts = {path: text for path in paths if (text := await snapshot.text(path)) is not None}
    return await asyncio.to_thread(dependencies.read, texts)


async def _paths(snapshot: Snapshot, glob: str) -> Sequence[str]:
    entries = [one for one in await snapshot.files() if one.kind == "text" and dependencies.wants(one.path)]
    fitting = [one.path for one in entries if not glob or matches(one.path, (glob,))]
    return sorted(fitting, key=lambda path: (path.count("/"), path))[:MOST_FILES]


def _is(one: Declared | Locked, ecosystem: str, name: str) -> bool:
    if ecosystem and one.ecosystem != ecosystem:
        return False
    return _plain(one.name) == _plain(name)


def _plain(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")
