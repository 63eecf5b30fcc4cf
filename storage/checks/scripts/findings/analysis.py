"""The verdict of each block: read, put beside the team's files, compiled, and what the compiler says held against what is known."""

from __future__ import annotations

import contextlib
import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.capabilities.checks import shell
from bot.capabilities.checks.verdicts import Block, Finding, State, Verdict
from storage.checks.scripts.blocks import lines, marks, paths, placing, reading
from storage.checks.scripts.blocks.placing import Files
from storage.checks.scripts.blocks.reading import Snippet, origin
from storage.checks.scripts.blocks.written import Document, Written
from storage.checks.scripts.findings import (
    added,
    exported,
    faults,
    formats,
    imports,
    node_globals,
    refused,
    routes,
    sql_values,
    supabase,
    wording,
)
from storage.checks.scripts.findings.homes import Homes
from storage.checks.scripts.findings.imports import Imports
from storage.checks.scripts.findings.judging import Judge
from storage.checks.scripts.packages.specifiers import is_builtin, knows, mangled, package_of
from storage.checks.scripts.packages.types import Types
from storage.checks.scripts.team import (
    beside,
    documents,
    javascript,
    known,
    own_modules,
    prisma_client,
    standing,
)
from storage.checks.scripts.team.bases import Bases
from storage.checks.scripts.team.beside import Beside
from storage.checks.scripts.team.project import Project
from storage.checks.servers import Diagnostic, Server
from storage.checks.wire import ServerDied

IMPORTING = frozenset({"nuxt", "unplugin-auto-import", "@wxt-dev/auto-imports"})
"""What writes the imports that a file leaves out (https://nuxt.com/docs/guide/concepts/auto-imports)."""
MOST_READINGS = 2
LONGEST_CHAIN = 3
"""Lines above a member on which the module that it is asked of may stand."""


class Analysis:
    def __init__(self, project: Project, types: Types, ground: Mapping[str, Any], server: Server) -> None:
        self._project = project
        self._types = types
        self._own = str(ground["own"])
        self._commit = str(ground["commit"])
        self._has_tree = bool(ground["own"])
        self._is_locked = bool(ground["locked"])
        self._has_manifests = bool(ground["manifests"])
        self._unknown: Mapping[str, str] = ground["unknown"]
        self._reason = str(ground["reason"])
        self._node_told = str(ground["node_told"])
        self._server = server
        self._beside = Beside(project.root, has_tree=self._has_tree)
        self._homes = Homes(project, server, self._beside, has_tree=self._has_tree)
        self._generated = prisma_client.names(project.root)
        self._bases = Bases(project, types, self._files, frozenset() if self._generated else imports.GENERATED)
        self._own_files: Files | None = None
        self._own_members: frozenset[str] | None = None

    async def check(self, blocks: Sequence[Block]) -> list[Verdict]:
        """Raises ServerDied."""
        snippets = [reading.read(paths.language_of(block), paths.code_of(block)) for block in blocks]
        written = self._written(blocks, snippets)
        opened: list[Path] = []
        verdicts = []
        try:
            for number, (block, snippet) in enumerate(zip(blocks, snippets, strict=True), 1):
                if snippet.reason or not snippet.text.strip():
                    verdicts.append(Verdict("unchecked", reasons=(snippet.reason or "it is empty",)))
                else:
                    verdicts.append(await self._best(block, number, snippet, written, opened))
        finally:
            for each in opened:
                with contextlib.suppress(ServerDied):
                    await self._server.close(each)
        return verdicts

    async def _best(self, block: Block, number: int, snippet: Snippet, written: Written, opened: list[Path]) -> Verdict:
        """That of the place in which least is wrong: which of them is meant, nobody says."""
        own = self._files()
        files = own if written.paths <= own.paths else placing.listed(own.paths | written.paths)
        found: list[tuple[Verdict, Document]] = []
        home = self._home(block, snippet, own)
        rest = self._beside.rest(home, snippet, written.names.keys() | written.loose) if home else beside.NONE
        for place in standing.found(block, snippet, self._project, files, home):
            document = documents.made(block, number, snippet, self._project, written, place, own, rest)
            await self._server.open(document.path, document.text)
            opened.append(document.path)
            found.append((await self._verdict(document, written), document))
            opened.append(document.path)
            if not found[-1][0].findings:
                break
        verdict, document = min(found, key=lambda one: len(one[0].findings))
        documents.remember(document, written)
        return verdict

    def _written(self, blocks: Sequence[Block], snippets: Sequence[Snippet]) -> Written:
        """What the answer will have said."""
        told = [self._told(*one) for one in zip(blocks, snippets, strict=True)]
        return Written(
            files={re.sub(paths.ENDINGS, "", one.rpartition("/")[2]) for one in told if one},
            paths=frozenset(one for one in told if one),
            loose=frozenset(
                name
                for path, snippet in zip(told, snippets, strict=True)
                if not path
                for name in snippet.defined - {name for one in snippet.imports for name in one.bound}
            ),
            text="\n".join(one.text for one in snippets),
        )

    def _files(self) -> Files:
        if self._own_files is None:
            root = self._project.root
            self._own_files = placing.files_of(root, imports.data_of(root)) if self._has_tree else placing.listed(())
        return self._own_files

    def _home(self, block: Block, snippet: Snippet, files: Files) -> str:
        """The file of the team's that a block shows a part of: the one that it names, where it is a change or imports nothing."""
        named = paths.path_in(block)
        if named:
            is_part = paths.is_change(block) or not (snippet.imports or snippet.is_excerpt)
            return named if is_part and named in files.paths else ""
        return self._beside.home(snippet)

    def _told(self, block: Block, snippet: Snippet) -> str:
        """The path in the repository of a block that says which file it is; "" for none."""
        named = paths.path_in(block)
        if not named:
            return ""
        place = standing.found(block, snippet, self._project, self._files())[0]
        return posixpath.join(place.folder, posixpath.basename(named))

    async def _verdict(self, document: Document, written: Written) -> Verdict:
        said = await self._server.diagnostics(document.path)
        before = frozenset((one.line, one.start) for one in said if exported.is_member_of_default(one))
        wholes = [one.line for one in said if exported.is_whole_module(one)]
        wholes += [line - up for line, _ in before for up in range(LONGEST_CHAIN)]
        for _ in range(MOST_READINGS):
            if not documents.take_defaults(document, wholes, [one.line for one in said if one.code == "2348"]):
                break
            await self._server.close(document.path)
            document.path = document.path.with_stem(f"{document.path.stem}_again")
            # Under its name the compiler keeps how it found modules.
            await self._server.open(document.path, document.text)
            said = await self._server.diagnostics(document.path)
        read = self._imports(document, said, written)
        self._take_beside(document, read)
        judge = Judge(
            document.tree,
            document.text,
            document.snippet,
            lambda name: self._owner(document, read, name),
            lambda package, word: self._has_word(document.folder, package, word),
            document.defaults,
            before,
            lambda word: added.is_put(word, written.text) or self._may_add(document, word),
            self._members,
            lambda name: bool(document.place.resolved) and bool(self._homes.exporting(name)),
            node=self._types.node,
            generated=self._generated,
            is_lost=lambda name: self._has_tree and name in self._bases.lost(document),
            is_closed=lambda name, is_asked: exported.says_all(document, self._project.root, name, is_asked),
            is_called=lambda name: self._has_tree and javascript.is_called(self._project.root, name),
            is_whole=bool(document.named) and _has_head(document) and not document.snippet.open_lines,
            is_put=lambda name: not self._has_tree or node_globals.is_put(self._project.root, name),
            own_names=frozenset(
                name
                for one in (*document.snippet.imports, *document.beside)
                if one.specifier in document.place.resolved
                or (placing.is_relative(one.specifier) and one in document.beside)
                for name in one.bound
            ),
        )
        judge.doubt(said)
        findings = list(self._syntax(document, said, judge))
        if not findings:
            columns = list(supabase.lacking(document, self._project.root)) if self._has_tree else []
            told = [one for one in said if not (columns and supabase.SAID in one.message)]
            told = [one for one in told if document.line_of(one.line)]
            findings = [made for one in told if (made := judge.finding(one))]
            findings = [replace(one, line=line) for one in findings if (line := document.line_of(one.line))]
            findings = lines.deprecated_at_use(findings, document)
            hands_on, is_made = self._bases.hands_on, bool(self._generated)
            findings += exported.lacking(document, said, read, self._types, written, hands_on, is_generated=is_made)
            if self._has_tree:
                findings += own_modules.lacking(document, self._project.root, written)
            findings += [*columns, *_assembled(document)]
            findings += refused.found(document, read, self._types)
            findings += routes.found(document, read)
            findings += formats.mixed(document, self._project, self._types, written.names.keys())
            too_new = node_globals.too_new(document, self._project, written.names.keys(), self._node_told)
            findings += too_new
            known_names = {
                *written.names,
                *document.snippet.defined,
                *(name for one in too_new for name in re.findall(r"`(\w+)`", one.message)),
            }
            unknown = {one: line for one, line in _unresolved(said, document, judge).items() if one not in known_names}
            names, assumed = await self._names(document, unknown, read, judge)
            findings += names
            read.assumed += [*assumed, *judge.assumed]
        findings += read.findings
        findings = [one for one in findings if not self._homes.is_usual(one, document.folder)]
        return self._concluded(document, findings, read)

    # --- parts ------------------------------------------------------------------------------------------------------

    def _imports(self, document: Document, said: Sequence[Diagnostic], written: Written) -> Imports:
        ground = imports.Ground(
            self._project, self._types, document.place, document.answered, self._files(), self._has_tree,
            self._is_locked, self._has_manifests,
            written.files, self._unknown, written.loose,
        )  # fmt: skip
        return imports.read(document.snippet.imports, faults.of(document, said), ground)

    def _take_beside(self, document: Document, read: Imports) -> None:
        """Whose the names are that the block has from its own file's imports."""
        for one in document.beside:
            package = one.specifier if is_builtin(one.specifier) else package_of(one.specifier)
            held = self._types.held(document.folder, package)
            if held is not None and held.version:
                read.used.setdefault(package, held.version)
            for name in one.bound:
                read.bound.setdefault(name, package)

    def _owner(self, document: Document, read: Imports, name: str) -> tuple[str, str]:
        package = read.bound.get(name) or read.bound.get(origin(document.tree.root_node, name), "")
        if package and is_builtin(package):
            return "node", self._types.node
        return (package, read.used.get(package, "")) if package in read.used else ("", "")

    def _has_word(self, folder: str, package: str, word: str) -> bool:
        held = [self._types.held(folder, one) for one in (package, f"@types/{mangled(package)}")]
        return any(knows(self._types.folder / one.place, word) for one in held if one and one.place)

    def _may_add(self, document: Document, word: str) -> bool:
        folder = document.folder
        asked = self._project.folders.get("", frozenset()) | self._project.folders.get(folder, frozenset())
        asked |= {package for one in document.snippet.imports if (package := package_of(one.specifier))}
        return not self._has_tree or added.may_be(word, self._project.root, self._types, folder, asked)

    def _members(self) -> frozenset[str]:
        if self._own_members is None:
            self._own_members = javascript.members_of(self._project.root) if self._has_tree else frozenset()
        return self._own_members

    def _syntax(self, document: Document, said: Sequence[Diagnostic], judge: Judge) -> list[Finding]:
        """The first one only: what follows it follows from it. Documentation in comments has no syntax of its own."""
        for one in said:
            line = document.line_of(one.line)
            if wording.is_syntax(one.code) and not judge.is_comment(one):
                if document.snippet.is_excerpt or document.snippet.open_lines or not line:
                    return []
                return [Finding(line, "syntax", wording.spoken(one.message))]
        return []

    async def _names(
        self, document: Document, unresolved: Mapping[str, int], read: Imports, judge: Judge
    ) -> tuple[list[Finding], list[str]]:
        """A name that nothing defines: a slip of the pen, an import that was left out, or something of the reader's own."""
        findings, assumed = [], []
        sought = [one for one in unresolved if one not in known.OF_TESTS]
        asked = self._project.asked(document.folder)
        is_whole = _has_head(document) and asked.isdisjoint(IMPORTING)
        homes = await self._homes.of(document, sought, read) if is_whole else {}
        packages = {re.sub(r"[^a-z0-9]", "", one.rpartition("/")[2].lower()) for one in asked}
        for name, line in unresolved.items():
            near = "" if name.lower() in packages or name in known.COMMON else known.slip(name, judge.declared)
            if name in homes:
                findings.append(Finding(line, "import", f"`{name}` is used, and not imported: {homes[name]}"))
            elif near and not self._homes.stands_beside(name, document):
                findings.append(Finding(line, "name", f"`{name}` is not defined; did you mean `{near}`?"))
            else:
                assumed.append(name)
        return findings, assumed

    # --- the verdict ------------------------------------------------------------------------------------------------

    def _concluded(self, document: Document, findings: Sequence[Finding], read: Imports) -> Verdict:
        wrong = marks.wrong_lines(document.snippet.text)
        kept: dict[tuple[int, str], Finding] = {}
        told: set[str] = set()
        for one in sorted(findings, key=lambda one: one.line):
            if one.line in wrong or (one.kind in ("package", "deprecated") and one.message in told):
                continue
            told.add(one.message)
            kept.setdefault((one.line, one.message), one)
        found = lines.once(list(kept.values()))
        versions = {name: version for name, version in sorted(read.used.items()) if version}
        if read.uses_node and self._types.node:
            versions["node"] = self._types.node
        if self._has_tree and (read.is_own_used or document.named):
            versions[self._own] = self._commit
        newest = [f"{name} {versions[name]} (newest)" for name in versions if name in self._types.assumed]
        reasons = list(read.unresolved.values())
        if self._reason and any(package_of(one.specifier) for one in document.snippet.imports):
            reasons = [self._reason, *reasons]
        state: State = "problems" if found else "none"
        if reasons and not found:
            state = "partial" if versions else "unchecked"
        warnings = [f"line {line}: {why}" for line, why in shell.destructive(document.snippet.text)]
        return Verdict(
            state, versions, tuple(dict.fromkeys([*newest, *read.assumed])), tuple(found), tuple(dict.fromkeys(reasons)),
            tuple(dict.fromkeys([*read.warnings, *warnings])),
        )  # fmt: skip


def _unresolved(said: Sequence[Diagnostic], document: Document, judge: Judge) -> dict[str, int]:
    found: dict[str, int] = {}
    for one in said:
        line = document.line_of(one.line)
        if (
            line
            and one.code in wording.NAMES
            and not judge.is_comment(one)
            and (name := re.search(r"'([^']+)'", one.message))
        ):
            found.setdefault(name[1], line)
    return found


def _assembled(document: Document) -> list[Finding]:
    found = ((document.line_of(one.line - 1), one.said) for one in sql_values.assembled(document.tree.root_node))
    return [Finding(line, "sql", said) for line, said in found if line]


def _has_head(document: Document) -> bool:
    """The block brings its own imports: what it does not bring was left out, and does not just stand elsewhere."""
    brought = any(one.kind == "import" or (one.kind == "require" and one.bound) for one in document.snippet.imports)
    return (brought or bool(document.named)) and not document.snippet.is_excerpt and not document.is_change
