"""Where a name is to be had that a block uses and does not import."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from bot.capabilities.checks.verdicts import Finding
from storage.checks.scripts.blocks import placing
from storage.checks.scripts.blocks.written import Document
from storage.checks.scripts.findings.imports import Imports
from storage.checks.scripts.packages.specifiers import is_builtin, package_of
from storage.checks.scripts.team import known, own_exports
from storage.checks.scripts.team.beside import Beside
from storage.checks.scripts.team.project import Project
from storage.checks.servers import Server

OF_TYPES = frozenset({"2693", "2749", "1361", "1362"})
"""A type stands where a value is wanted. Codes from 6000 on are hints."""
LACKED = re.compile(r"`([^`]+)` exports no `([^`]+)`|there is no module `([^`]+)` in your repository")
MOST_PROBED_NAMES, MOST_PROBED_MODULES = 12, 10


class Homes:
    """`has_tree`: the project is a repository of the team's, whose files may have it."""

    def __init__(self, project: Project, server: Server, beside: Beside, *, has_tree: bool) -> None:
        self._beside = beside
        self._project = project
        self._server = server
        self._has_tree = has_tree
        self._own_exports: Mapping[str, tuple[str, ...]] | None = None
        self._imported: tuple[Mapping[str, tuple[str, ...]], frozenset[tuple[str, str]]] | None = None

    async def of(self, document: Document, names: list[str], read: Imports) -> dict[str, str]:
        """By name the import that is missing: what everybody calls by one name, what the modules that the block imports already export,
        Node's own, the team's files, and what those import under this name."""
        text = document.snippet.text
        found = {}
        names = [name for name in names if not self.stands_beside(name, document)]
        folder = self._project.folders.get("", frozenset()) | self._project.folders.get(document.folder, frozenset())
        for name in names:
            if sentence := known.home_of(name, text, folder | set(read.used)):
                found[name] = sentence
        asked = [name for name in names if name not in found and known.is_telling(name, text)][:MOST_PROBED_NAMES]
        by_name = {
            one.specifier
            for one in document.snippet.imports
            if any(name != "default" for name, _ in one.names) or one.kind == "require"
        }
        modules = [one for one in dict.fromkeys(read.modules) if one in by_name][:MOST_PROBED_MODULES]
        roots = [one for one in dict.fromkeys(package_of(one) for one in modules) if one and one not in modules]
        pairs = [(name, module) for name in asked for module in modules]
        pairs += [(name, root) for name in asked for root in roots if len(roots) == 1 or not name.islower()]
        pairs += [(name, module) for name in asked if known.is_node_s(name) for module in known.MODULES_OF_NODE]
        found |= await self._probed(document, read, pairs) if pairs else {}
        found |= {
            name: f"`{paths[0]}` exports it"
            for name in names
            if name not in found
            and (paths := self._exported(name, document))
            and (len(paths) == 1 or name not in known.COMMON)
        }
        for name in names:
            module = self._usual(name) if name not in found and known.is_telling(name, text) else ""
            if module and (is_builtin(module) or package_of(module) in folder):
                found[name] = f"your files have it from `{module}`"
        return found

    def exporting(self, name: str) -> tuple[str, ...]:
        """The team's files that export a name."""
        if self._own_exports is None:
            self._own_exports = own_exports.read(self._project.root) if self._has_tree else {}
        return self._own_exports.get(name, ())

    def _usual(self, name: str) -> str:
        """The module that the team's files have a name from; "" for none."""
        return next(iter(self._all_imported()[0].get(name, ())), "")

    def _all_imported(self) -> tuple[Mapping[str, tuple[str, ...]], frozenset[tuple[str, str]]]:
        if self._imported is None:
            self._imported = own_exports.imported(self._project.root) if self._has_tree else ({}, frozenset())
        return self._imported

    def is_usual(self, finding: Finding, folder: str) -> bool:
        """The team's files at the commit do the same: a framework gives the package, what it exports is generated, or the file that
        is asked for from a folder is kept out of the repository. Blocks."""
        if finding.kind == "package":
            return any(package_of(module) == finding.package for module, _ in self._all_imported()[1])
        lacked = LACKED.match(finding.message) if finding.kind == "import" else None
        if lacked is None or not lacked[3]:
            return lacked is not None and (lacked[1], lacked[2]) in self._all_imported()[1]
        location = placing.joined(folder, lacked[3]) if placing.is_relative(lacked[3]) else lacked[3]
        return any(module == location for module, _ in self._all_imported()[1])

    def stands_beside(self, name: str, document: Document) -> bool:
        """The block shows a part of a file of the team's, which defines the name elsewhere. Blocks."""
        if document.named or not self._has_tree:
            return False
        shown = document.snippet.defined - {word for one in document.snippet.imports for word in one.bound}
        return not self._beside.files(shown).isdisjoint(self._beside.files([name]))

    def _exported(self, name: str, document: Document) -> tuple[str, ...]:
        return tuple(one for one in self.exporting(name) if one != document.named)

    async def _probed(self, document: Document, read: Imports, pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
        """By name its import, for the first of the modules that the compiler finds it in."""
        found: dict[str, str] = {}
        lines = [
            f"import {{ {name} as plumbline{at} }} from '{module}'; plumbline{at};"
            for at, (name, module) in enumerate(pairs)
        ]
        path = document.path.with_name("plumbline_probe.ts")
        await self._server.open(path, "\n".join(lines) + "\n")
        said = await self._server.diagnostics(path)
        await self._server.close(path)
        types = {one.line for one in said if one.code in OF_TYPES}
        wrong = {one.line for one in said if one.code not in OF_TYPES and not one.code.startswith("6")}
        for at, (name, module) in enumerate(pairs):
            is_known = not module.startswith(".") and read.unresolved.get(module) is None
            if at not in wrong and is_known and name not in found and (at not in types or name[:1].isupper()):
                found[name] = f"`import {{ {name} }} from '{module}'`"
        return found
