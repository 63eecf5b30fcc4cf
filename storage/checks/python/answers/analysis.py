"""One answer's Python, from documents to verdicts. Runs in the process of the checkers, where nothing can be reached or written."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from bot.capabilities.checks import shell
from bot.capabilities.checks.python import demonstrations, names, sql, wording
from bot.capabilities.checks.python.snippet import prepare
from bot.capabilities.checks.verdicts import Block, Finding, State, Verdict
from storage.checks import places
from storage.checks.python.answers import answer, believing, borrowed, callers, concluding, evaluated, imports, own
from storage.checks.python.answers.answer import Document, Written
from storage.checks.python.answers.believing import Said
from storage.checks.python.frameworks import frameworks, traps, waiting
from storage.checks.python.frameworks.fields import FieldNames
from storage.checks.python.frameworks.managers import Managers
from storage.checks.python.gates import class_words, misused, truths, unmade, written_out
from storage.checks.python.gates.fluid import Fluid
from storage.checks.python.gates.gates import Gates
from storage.checks.python.gates.untold import Untold
from storage.checks.python.library.library import Library
from storage.checks.python.meaning import choices, homes, literals, removed
from storage.checks.python.meaning.inferred import Inferred
from storage.checks.python.meaning.mining import Miner
from storage.checks.python.meaning.sight import Sight
from storage.checks.servers import Diagnostic, Server
from storage.checks.wire import ServerDied

IMPORTS = ("import-not-found", "missing-import")


@dataclass(frozen=True, slots=True)
class Place:
    """Where an answer is checked: the folder of its documents, the team's tree, and what the lock says."""

    folder: Path
    tree: Path | None
    roots: Sequence[str]
    own: str
    commit: str
    direct: frozenset[str] | None
    pinned: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Work:
    """A block, what was written before it, the names of the whole answer, and those that the answer makes at its top."""

    document: Document
    written: Written
    everything: frozenset[str]
    made: frozenset[str]


class Analysis:
    """For one environment and one tree. Several answers may be checked at once, each in a slot of its own, unless one of them stands in
    a file's place: what that changes, all would see."""

    def __init__(self, place: Place, library: Library, servers: Sequence[Server]) -> None:
        self._place = place
        self._library = library
        self._first, *self._others = servers
        self._miner = Miner(library)
        self._fluid = Fluid(library)
        self._own = own.OwnTree(place.tree, place.roots)

    def is_apart(self, blocks: Sequence[Block]) -> bool:
        """Whether no block takes the place of a file of the team's."""
        return self._place.tree is None or not any(
            one.diff
            or answer.is_change(one.code)
            or places.path_in(one)
            or callers.rewritten(prepare(one.code), self._own.functions)
            for one in blocks
        )

    async def check(self, blocks: Sequence[Block], slot: int = 0, *, is_alone: bool = True) -> list[Verdict]:
        """With others at work, a checker that ends makes this raise ServerDied: whose fault it was shows when each is alone."""
        written, verdicts, opened = Written(), [], []
        everything, made = answer.everything(blocks)
        try:
            for number, block in enumerate(blocks):
                parts = []
                for part, each in enumerate(answer.parts(block)):
                    name = f"{slot}_{number}_{part}"
                    document = answer.document(each, name, written, self._place.folder, self._place.tree)
                    opened.append(document.path)
                    work = Work(document, written, everything, made)
                    parts.append(await (self._guarded(work) if is_alone else self._tried(work)))
                    written.add(document.snippet, places.path_in(each))
                verdicts.append(concluding.together(parts) if len(parts) > 1 else parts[0])
        finally:
            for server in (self._first, *self._others):
                for path in opened:
                    await _closed(server, path)
        return verdicts

    async def _tried(self, work: Work) -> Verdict:
        if reason := work.document.snippet.reason:
            return Verdict("unchecked", reasons=(reason,))
        return await self._verdict(work)

    async def _guarded(self, work: Work) -> Verdict:
        for tries_left in (1, 0):
            try:
                return await self._tried(work)
            except ServerDied as fault:
                if not tries_left or "did not answer" in str(fault):
                    return Verdict("unchecked", reasons=(f"the checker gave up ({fault})",))
        raise AssertionError("the last try returns")

    async def _seconds(self, document: Document) -> list[Diagnostic]:
        """What the other checkers say; without them the first one's word stands."""
        found: list[Diagnostic] = []
        for server in self._others:
            try:
                found += await self._opened(document, server)
            except ServerDied:
                continue
        return found

    async def _verdict(self, work: Work) -> Verdict:
        document = work.document
        if document.snippet.mistake is not None:
            mistake = document.snippet.mistake
            fault = Finding(mistake.line, "syntax", f"this line is no valid Python: {mistake.message}")
            return self._concluded(
                document, [replace(fault, line=mistake.line - 1 + document.first)], imports.Imports(), []
            )
        seconds = asyncio.create_task(self._seconds(document))
        try:
            return await self._held(work, seconds)
        finally:
            seconds.cancel()
            await asyncio.gather(seconds, return_exceptions=True)

    async def _held(self, work: Work, seconds: asyncio.Task[list[Diagnostic]]) -> Verdict:
        """Against the sources; `seconds` are on their way meanwhile."""
        document, written = work.document, work.written
        found = await self._opened(document, self._first)
        unresolved = concluding.undefined(found, document)
        read = self._imports(work, found)
        judged = names.judge(
            unresolved,
            document.snippet.tree,
            work.everything | written.names,
            document.snippet.is_excerpt,
            self._export(read, work),
            self._library.top(),
            lambda name, asked: homes.module_in(self._library, name, read.modules, asked),
            lambda name: bool(self._own.defining(name)),
        )
        if unresolved:
            document.names = sorted({name for name in unresolved if name.isidentifier()})
            found = await self._opened(document, self._first)
            found = await borrowed.told(
                document, judged, self._library, found, partial(self._opened, document, self._first)
            )
        sight = Sight(self._first, self._library, document.path, document.text, self._place.tree, self._own.defining)
        findings = list(read.findings)
        findings += [concluding.missing(one, unresolved) for one in judged.missing]
        lines = range(document.first + 1, document.first + document.snippet.text.count("\n") + 2)
        await sight.look_up(lines)
        findings += [*await self._miner.findings(sight, lines), *removed.findings(sight, lines)]
        fluid = await self._fluid.findings(sight, lines)
        inferred = Inferred(sight)
        fluid += await inferred.findings(lines)
        fluid += await frameworks.findings(sight, lines, self._own.words)
        managers = Managers(sight, self._own.vocabulary)
        managed = await managers.told(lines)
        fluid += managed.findings
        fluid += await choices.unknown(sight, found, lines)
        fluid += await waiting.unawaited(sight, managers, lines)
        fluid += unmade.findings(sight, lines) if not work.document.snippet.is_excerpt else []
        fluid += [one async for one in class_words.findings(sight, lines)]
        fluid += await misused.findings(sight, found, lines)
        mine = set(names.defined(document.snippet.tree)) if document.snippet.tree is not None else set()
        elsewhere = (work.everything | written.names) - mine
        fluid += await FieldNames(sight, managers, self._own.words, elsewhere).unknown(lines)
        own = self._own_layers(document)
        said = Said(found, await seconds, managed.settled, (self._own.words, document.snippet.is_excerpt, work.made))
        believed, doubts = await believing.believed(document, sight, self._others, said)
        findings += believed
        if not findings:
            untold = Untold(sight, inferred, self._fluid, found)
            read.unresolved |= {**doubts} | self._fluid.reasons(sight, lines) | await untold.reasons(lines)
        findings += [*fluid, *own, *await self._callers(document)]
        findings += [
            one for one in await self._misfits(work, sight, inferred, found, lines) if document.line_of(one.line)
        ]
        return self._concluded(document, findings, read, judged.assumed)

    async def _opened(self, document: Document, server: Server) -> list[Diagnostic]:
        await server.open(document.path, document.text)
        return await server.diagnostics(document.path)

    async def _misfits(
        self, work: Work, sight: Sight, inferred: Inferred, found: Sequence[Diagnostic], lines: range
    ) -> list[Finding]:
        """Last of all: the checker has another text for the document afterwards."""

        async def ask(text: str) -> Sequence[Diagnostic]:
            await self._first.open(work.document.path, text)
            return await self._first.diagnostics(work.document.path)

        about = (self._own.words, work.document.snippet.is_excerpt, work.made)
        written = await written_out.findings(sight, inferred, lines, ask, lambda other: Gates(other, *about))
        return [*await literals.misfits(sight, found, ask, lines), *written, *await truths.findings(sight, lines, ask)]

    async def _callers(self, document: Document) -> list[Finding]:
        """Of a block that does not say which file it is, too, where it is plain which function of the team's it writes anew."""
        if self._place.tree is None or document.path.is_relative_to(self._place.tree):
            return await callers.broken(document, self._first, self._place.tree)
        standing = callers.rewritten(document.snippet, self._own.functions)
        if standing is None:
            return []
        text = standing.read_text("utf-8", "replace").rstrip("\n") + "\n\n"
        placed = Document(standing, document.snippet, text)
        await self._first.open(placed.path, placed.text)
        try:
            found = await callers.broken(placed, self._first, self._place.tree)
        finally:
            await _closed(self._first, placed.path)
        return [replace(one, line=one.line - placed.first + document.first) for one in found]

    # --- parts ------------------------------------------------------------------------------------------------------

    def _imports(self, work: Work, found: Sequence[Diagnostic]) -> imports.Imports:
        document, written = work.document, work.written
        sight_root = answer.parsed_text(document)
        if sight_root is None:
            return imports.Imports()
        unresolved = {}
        for one in found:
            if one.code in IMPORTS and (said := wording.ticked(one.message)):
                unresolved[one.line + 1] = said[0]
        ground = imports.Ground(
            self._library,
            self._place.tree,
            self._place.roots,
            self._place.direct,
            written.modules,
            work.made,
            self._place.pinned,
            lambda top: top in self._own.imported,
        )
        lines = range(document.first + 1, document.first + document.snippet.text.count("\n") + 2)
        return imports.read(sight_root, lines, unresolved, ground)

    def _export(self, read: imports.Imports, work: Work) -> Callable[[str, str], str]:
        made, tree = work.made, work.document.snippet.tree

        def home(name: str, attribute: str) -> str:
            if attribute:
                return name if attribute in self._library.members(name).names else ""
            mine = self._own.classes.get(name, "") if read.is_own_used else ""
            found = homes.home_of(self._library, name, read.modules, tree)
            if tree is not None and not homes.has_all(self._library, found, name, names.attributes(tree, name)):
                found = ""
            found = found or ("" if self._own.is_beside(mine, made) else mine)
            found = "" if self._own.is_of_a_file(name, made) else found
            return f"{found}.{name}" if found else ""

        return home

    def _own_layers(self, document: Document) -> list[Finding]:
        tree = document.snippet.tree
        if tree is None:
            return []
        shift = document.first - document.snippet.offset
        if document.lines is not None:
            shift = 1
        found = [Finding(one.line - 1, "sql", one.said) for one in sql.assembled(tree)]
        found += traps.trapped(tree, self._library)
        if not document.snippet.is_excerpt and "from __future__ import annotations" not in document.context:
            found += evaluated.failing(tree, self._library.environment.python)
        return [replace(one, line=one.line + shift) for one in found]

    # --- the verdict ------------------------------------------------------------------------------------------------

    def _concluded(
        self, document: Document, findings: Sequence[Finding], read: imports.Imports, assumed: Sequence[str]
    ) -> Verdict:
        wrong = answer.wrong_lines(document)
        tolerated = demonstrations.tolerated(document.snippet.tree) if document.snippet.tree else {}
        kept: dict[tuple[int, str], Finding] = {}
        for one in sorted(findings, key=lambda one: one.line):
            line = document.line_of(one.line)
            inner = line + document.snippet.offset
            if not line or line in wrong or concluding.is_premature(one):
                continue
            if concluding.is_tolerated(one, inner, tolerated):
                read.unresolved |= concluding.left_open(one, inner, document.snippet.tree)
                continue
            kept.setdefault((line, one.message.partition(" in ")[0]), replace(one, line=line))
        found = concluding.once(list(kept.values()), document)
        used = {name: self._library.environment.versions.get(name, "") for name in sorted(read.used)}
        used |= {one.package: one.version for one in found if one.package and one.version}
        versions = {name: version for name, version in used.items() if version}
        if read.is_own_used or (self._place.tree is not None and document.path.is_relative_to(self._place.tree)):
            versions[self._place.own] = self._place.commit
        newest = [f"{name} {versions[name]} (newest)" for name in versions if name in self._library.environment.assumed]
        state: State = "problems" if found else "none"
        if read.unresolved and not found:
            state = "partial" if versions or read.is_standard_used else "unchecked"
        warnings = [
            f"line {line}: {why}" for line, why in shell.destructive(document.snippet.text) if document.lines is None
        ]
        return Verdict(
            state,
            versions,
            tuple(dict.fromkeys([*newest, *read.assumed, *assumed])),
            tuple(found),
            read.reasons(),
            tuple(dict.fromkeys([*read.warnings, *warnings])),
        )


async def _closed(server: Server, path: Path) -> None:
    try:
        await server.close(path)
    except ServerDied:
        await asyncio.sleep(0)
