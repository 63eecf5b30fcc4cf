"""The checker behind the port: each block to the room of its language, everything else with the reason why it is not looked at."""

from __future__ import annotations

import asyncio
import itertools
import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Protocol

from bot.capabilities.checks import shell
from bot.capabilities.checks.checking import Checker, Ground
from bot.capabilities.checks.python import demonstrations
from bot.capabilities.checks.python.snippet import prepare
from bot.capabilities.checks.verdicts import Block, Finding, State, Verdict
from storage.checks import inner_commands, places
from storage.checks.formats.code import code_sql
from storage.checks.npm_commands import NpmCommands
from storage.checks.pins import canonical
from storage.checks.python.answers.commands import Commands
from storage.checks.python.room import LANGUAGES as PYTHON
from storage.checks.python.room import PythonRoom
from storage.checks.room import MOST_BLOCKS, Room, Stand
from storage.checks.scripts.blocks import sql_texts
from storage.checks.scripts.room import LANGUAGES as SCRIPTS
from storage.checks.source import LANGUAGES, NotExported
from storage.checks.sql.statements.embedded import ANY, queries
from storage.checks.sql.statements.text import FILLED

NO_TABLE = re.compile(r"has no table `(\w+)`")
MOST_FILES = 5_000
log = logging.getLogger(__name__)

DIFFS = ("diff", "patch")
CHANGED = re.compile(r"^(?:\+\+\+|---) (?:[ab]/)?(?!/dev/null)(\S+)", re.MULTILINE)
SQL = re.compile(r"\b(?:select|insert|update|delete|create|alter|with|merge)\b", re.IGNORECASE)
LONGEST, LONGEST_LINE, MOST_EMPTY = 100_000, 10_000, 500
"""Characters of a block, and of one line of it; empty lines in a row. Nobody writes more, and what looks for a word behind some space
takes time that grows with the square of these."""

OF_CODE = {"go": "go", "golang": "go", "rust": "rust", "rs": "rust"}
LOOKED_AT = 2_000
"""Characters of a diff, for the name of its file."""
NOTHING = "no environment is needed for its languages"
BROKE = "its checker broke; the log says why"
TEXT = ("", "text", "txt", "plain", "plaintext", "output", "log", "none")


class ShellRoom(Room):
    languages = frozenset(shell.SHELLS)
    heeds_locks = True

    def __init__(self, commands: Commands, formats: Room | None = None, npm: NpmCommands | None = None) -> None:
        """`formats` reads the syntax, and what is installed of other languages than Python; `npm` knows what its registry has."""
        self._commands = commands
        self._formats = formats
        self._npm = npm

    async def check(self, blocks: Sequence[Block], stand: Stand) -> Sequence[Verdict]:
        first = [await self._commands.verdict(one.code, stand.pins) for one in blocks]
        if self._formats is None:
            return first
        second = await self._formats.check(blocks, stand)
        both = [_together(one, other) for one, other in zip(first, second, strict=True)]
        if self._npm is None:
            return both
        return [_with(one, await self._npm.findings(block.code)) for one, block in zip(both, blocks, strict=True)]


def _together(one: Verdict, other: Verdict) -> Verdict:
    """What two have looked at in one block. What the first did not look at, the second speaks of."""
    found = tuple(sorted((*one.findings, *other.findings), key=lambda each: each.line))
    reasons = other.reasons if one.state == "unchecked" else (*one.reasons, *other.reasons)
    nothing = one.state == other.state == "unchecked"
    state: State = "problems" if found else "unchecked" if nothing else "partial" if reasons else "none"
    return replace(one, state=state, versions={**one.versions, **other.versions}, findings=found, reasons=reasons)


async def _by_lock(room: Room, blocks: Sequence[Block], stand: Stand) -> Sequence[Verdict]:
    """Each block against the lock that it lies nearest to; one that was guessed is named."""
    choice = places.chosen(stand.locks, blocks, stand.cited)
    verdicts: dict[int, Verdict] = {}
    for path in dict.fromkeys(lock.path for lock, _ in choice):
        mine = [place for place, (lock, _) in enumerate(choice) if lock.path == path]
        pins = choice[mine[0]][0].pins
        found = await room.check([blocks[place] for place in mine], replace(stand, pins=pins, locks=()))
        for place, verdict in zip(mine, found, strict=True):
            is_assumed = choice[place][1] and verdict.state != "unchecked"
            verdicts[place] = replace(verdict, assumed=(*verdict.assumed, path)) if is_assumed else verdict
    return [verdicts[place] for place in range(len(blocks))]


class Rooms(Checker):
    """`stand_of` finds what a thread's ground means: from the mirrors, from a folder, from lines of requirements."""

    def __init__(self, rooms: Sequence[Room], stand_of: Callable[[Ground], Stand]) -> None:
        self._rooms = rooms
        self._stand_of = stand_of

    async def check(self, blocks: Sequence[Block], ground: Ground) -> Sequence[Verdict]:
        try:
            stand = await asyncio.to_thread(self._stand_of, ground)
        except NotExported as fault:
            return [Verdict("unchecked", reasons=(str(fault),)) for _ in blocks]
        return await self.against(blocks, replace(stand, cited=ground.paths))

    async def against(self, blocks: Sequence[Block], stand: Stand) -> Sequence[Verdict]:
        verdicts: dict[int, Verdict] = {}
        async with asyncio.TaskGroup() as group:
            said = [group.create_task(self._said(room, blocks, stand)) for room in self._rooms]
        for task in said:
            verdicts |= task.result()
        short = [(place, one) for place, one in enumerate(blocks) if not _oddity(one.code)]
        for place, one in short:
            await self._with_commands(verdicts, place, one, stand)
        for place, one in short:
            if language_of(one) in PYTHON and place in verdicts and SQL.search(one.code):
                await self._with_queries(verdicts, place, one, stand)
            elif language_of(one) in {*SCRIPTS, *OF_CODE} and place in verdicts and SQL.search(one.code):
                await self._with_code_queries(verdicts, place, one, stand)
        return [verdicts.get(place) or _unread(one) for place, one in enumerate(blocks)]

    async def _said(self, room: Room, blocks: Sequence[Block], stand: Stand) -> dict[int, Verdict]:
        verdicts: dict[int, Verdict] = {}
        mine = [place for place, one in enumerate(blocks) if language_of(one) in room.languages]
        odd = {place: why for place in mine if (why := _oddity(blocks[place].code))}
        verdicts |= {place: Verdict("unchecked", reasons=(why,)) for place, why in odd.items()}
        mine = [place for place in mine if place not in odd]
        for start in range(0, len(mine), MOST_BLOCKS):
            some = mine[start : start + MOST_BLOCKS]
            asked = [blocks[place] for place in some]
            heeds = room.heeds_locks and stand.locks
            try:
                found = await (_by_lock(room, asked, stand) if heeds else room.check(asked, stand))
            except Exception:  # of one language: the blocks of the others keep their lines
                log.exception("a room broke", extra={"room": type(room).__name__})
                found = [Verdict("unchecked", reasons=(BROKE,)) for _ in some]
            verdicts |= zip(some, found, strict=True)
        return verdicts

    async def prepare(self, stand: Stand) -> str:
        """Every room, one after the other; what they say."""
        return "; ".join([said for room in self._rooms if (said := await room.prepare(stand))]) or NOTHING

    async def stop(self) -> None:
        for room in self._rooms:
            await room.stop()

    async def _with_commands(self, verdicts: dict[int, Verdict], place: int, block: Block, stand: Stand) -> None:
        """Commands in a notebook, a Dockerfile, a workflow are looked at like any others, and so is what a manifest asks for."""
        shells = next((room for room in self._rooms if isinstance(room, ShellRoom)), None)
        verdict = verdicts.get(place)
        if shells is None or verdict is None or block.diff or any(one.kind == "syntax" for one in verdict.findings):
            return
        lines = inner_commands.commands_in(language_of(block), block.code)
        if language_of(block) in PYTHON and ("pip" in block.code or "uv " in block.code or "poetry" in block.code):
            lines = list(prepare(block.code).shell)
        if not lines:
            return
        (said,) = await shells.check([Block("sh", inner_commands.as_text(lines))], stand)
        if said.findings:
            found = tuple(sorted((*verdict.findings, *said.findings), key=lambda one: one.line))
            verdicts[place] = replace(verdict, state="problems", findings=found)

    async def _with_queries(self, verdicts: dict[int, Verdict], place: int, block: Block, stand: Stand) -> None:
        """SQL that stands as text in Python is held against the schema, too; what could not be looked at is not told there."""
        room = next((room for room in self._rooms if "sql" in room.languages), None)
        snippet = prepare(block.code)
        if room is None or snippet.tree is None or block.diff:
            return
        every = (one for one in queries(snippet.tree) if one.dialect != ANY or stand.tree is not None)
        asked = list(itertools.islice(every, MOST_BLOCKS))
        said = await room.check([_at_its_line(one.dialect, one) for one in asked], stand) if asked else []
        shift = -snippet.offset
        wrong = demonstrations.wrong_lines(snippet.text, snippet.tree)
        found = [
            replace(each, line=max(1, each.line + shift))
            for one in said
            for each in one.findings
            if each.line not in wrong and not await asyncio.to_thread(_is_made_in_code, each, block, stand)
        ]
        parameters = [one.fault for one in asked if one.fault is not None and one.fault[0] not in wrong]
        if any("`$1` reaches" in message for _, message in parameters):
            is_raw = await asyncio.to_thread(_is_in_python, RAW_CURSOR, block, stand)
            parameters = [] if is_raw else parameters
        found += [Finding(max(1, line + shift), "sql", message) for line, message in parameters]
        verdicts[place] = _with(verdicts[place], found, _unseen(said))

    async def _with_code_queries(self, verdicts: dict[int, Verdict], place: int, block: Block, stand: Stand) -> None:
        """The same for TypeScript, JavaScript, Go and Rust."""
        room = next((room for room in self._rooms if "sql" in room.languages), None)
        language = language_of(block)
        if room is None or block.diff or (language in OF_CODE and verdicts[place].state == "unchecked"):
            return
        every: Sequence[FilledQuery]
        if language in SCRIPTS:
            _, dialect, every = await asyncio.to_thread(sql_texts.of_block, language, block.code)
        else:
            dialect = code_sql.dialect(OF_CODE[language], block.code)
            every = await asyncio.to_thread(code_sql.queries, OF_CODE[language], block.code)
        asked = every[:MOST_BLOCKS] if dialect or stand.tree is not None else []
        said = await room.check([_at_its_line(dialect or ANY, one) for one in asked], stand) if asked else []
        found = [
            each
            for one, verdict in zip(asked, said, strict=True)
            for each in verdict.findings
            if not (one.is_filled and each.kind == "syntax")  # whether it is whole, only the program knows
            and not await asyncio.to_thread(_is_made_in_code, each, block, stand)
        ]
        verdicts[place] = _with(verdicts[place], found, _unseen(said))

    async def api(self, package: str, name: str, ground: Ground) -> str:
        """The first room that knows the package; Python's for what none knows."""
        stand = await asyncio.to_thread(self._stand_of, ground)
        if not any(canonical(package) in one.versions for one in stand.every_pins):
            for room in self._rooms:
                if room is not self._python and (said := await room.api(package, name, stand)):
                    return said
        return await self._python.api(package, name, stand)

    async def ready(self, ground: Ground) -> bool:
        stand = await asyncio.to_thread(self._stand_of, ground)
        return self._python.is_ready(stand)

    @property
    def _python(self) -> PythonRoom:
        return next(one for one in self._rooms if isinstance(one, PythonRoom))


class Query(Protocol):
    """SQL that stands in a block of another language: `line` is that of its first word, from 1."""

    @property
    def line(self) -> int: ...

    @property
    def text(self) -> str: ...


class FilledQuery(Query, Protocol):
    @property
    def is_filled(self) -> bool: ...


def _at_its_line(dialect: str, query: Query) -> Block:
    """With as many empty lines before it as there are above it, so that lines agree."""
    return Block(dialect, "\n" * (query.line - 1) + query.text)


def _unseen(said: Sequence[Verdict]) -> tuple[str, ...]:
    return (FILLED,) if any(FILLED in one.reasons for one in said) else ()


def _is_made_in_code(found: Finding, block: Block, stand: Stand) -> bool:
    """Whether it misses a table that a text in the block, or in the team's Python, creates: no schema file has that; or what a program
    gives SQLite itself, by its name: a function, an order, a database (https://docs.python.org/3/library/sqlite3.html#connection-objects)."""
    if name := NO_TABLE.search(found.message):
        made = rf"\bcreate\s+(?:\w+\s+)?table\s+(?:if\s+not\s+exists\s+)?[\"`\w.]*\b{re.escape(name[1])}\b"
    elif name := OF_PROGRAMS.search(found.message):
        made = rf"[\"']{re.escape(name[1])}[\"']|\battach\b.*\bas\s+{re.escape(name[1])}\b"
    else:
        return False
    return _is_in_python(re.compile(made, re.IGNORECASE), block, stand)


OF_PROGRAMS = re.compile(r"^(?:no such (?:function|collation sequence):|unknown database) (\w+)$")
RAW_CURSOR = re.compile(r"RawCursor\b")
"""psycopg's cursors that hand `$1` on: https://www.psycopg.org/psycopg3/docs/advanced/cursors.html#raw-query-cursors"""


def _is_in_python(pattern: re.Pattern[str], block: Block, stand: Stand) -> bool:
    """In the block, or in the team's files."""
    paths = sorted(stand.tree.folder.rglob("*.py"))[:MOST_FILES] if stand.tree is not None else ()
    return bool(pattern.search(block.code)) or any(pattern.search(path.read_text("utf-8", "replace")) for path in paths)


def _with(verdict: Verdict, found: Sequence[Finding], unseen: tuple[str, ...] = ()) -> Verdict:
    """With what was found besides, at lines that nothing is said of yet, and what of its SQL was not looked at."""
    told = {each.line for each in verdict.findings}
    new = [each for each in found if each.line not in told]
    both = tuple(sorted((*verdict.findings, *new), key=lambda one: one.line))
    reasons = () if verdict.state == "unchecked" else (*verdict.reasons, *unseen)
    if new:
        return replace(verdict, state="problems", findings=both, reasons=reasons)
    return (
        replace(verdict, state="partial", reasons=reasons)
        if unseen and verdict.state in ("none", "partial")
        else verdict
    )


def language_of(block: Block) -> str:
    """The room's word for it. A file's ending tells more than the fence; a diff is of the language of its file."""
    word = block.language.strip().lower().partition(" ")[0].partition("{")[0]
    path = block.path or ""
    if word in DIFFS and not path and (found := CHANGED.search(block.code[:LOOKED_AT])):
        path = found[1]
    if language := LANGUAGES.get(PurePosixPath(path.lower()).suffix):
        return language
    if word in DIFFS and ".py" in block.code[:LOOKED_AT]:
        return "python"
    if word in TEXT and any(
        line.startswith((">>> ", "from ", "import ")) and " import " in f" {line}"
        for line in block.code.split("\n")[:5]
    ):
        return "python"
    return word


def _oddity(code: str) -> str:
    """Why no room looks at a block, or ""."""
    if len(code) > LONGEST:
        return f"it is longer than {LONGEST:,} characters"
    lines = code.splitlines()
    if any(len(line) > LONGEST_LINE for line in lines):
        return f"it has a line of more than {LONGEST_LINE:,} characters"
    empty = (
        sum(1 for _ in some) for is_empty, some in itertools.groupby(lines, lambda one: not one.strip()) if is_empty
    )
    return f"it has more than {MOST_EMPTY} empty lines in a row" if max(empty, default=0) > MOST_EMPTY else ""


def _unread(block: Block) -> Verdict:
    warnings = tuple(f"line {line}: {why}" for line, why in shell.destructive(block.code[:100_000]))
    word = block.language.strip().partition(" ")[0]
    why = f"{word} is not checked yet" if word and word.lower() not in TEXT else "it names no language"
    return Verdict("unchecked", reasons=(why,), warnings=warnings)
