"""The SQL blocks of one answer, from text to verdicts. Runs in the process of SQL, where nothing can be reached or written."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pglast import ast, get_postgresql_version

from bot.capabilities.checks import shell
from bot.capabilities.checks.verdicts import Block, Finding, State, Verdict
from storage.checks.sql.database.making import Database
from storage.checks.sql.database.outcomes import Outcome
from storage.checks.sql.schemas import injected
from storage.checks.sql.statements import dialects, embedded, locks, newer, text, transactions, trees, words
from storage.checks.sql.statements.faults import Fault
from storage.checks.sql.statements.reading import Reading, Statement, is_synopsis, read
from storage.checks.sql.verdicts import believed, catalog, sqlite
from storage.checks.sql.verdicts.believed import Known
from storage.checks.sql.verdicts.catalog import Catalog
from storage.checks.sql.verdicts.static import Judge

if TYPE_CHECKING:
    from storage.checks.sql.verdicts.mysql import Tables

LONGEST = 100_000
DEEPEST = 900
"""Brackets within brackets: beyond, no parser here is asked."""

MOST_COMMENTS = 300
"""Each that does not end is looked for to the end, within the one before."""

LONGEST_JUDGED = 20_000
"""Characters of a statement that is walked through for what it says against itself."""

GRAMMAR = str(get_postgresql_version()[0])
WRONG = re.compile(
    r"--\s*(?:❌|✗|✘|🚫|⛔|👎|⚠|✖|(?:this |these |it |that )?(?:wrong|bad|incorrect|broken|invalid|fails?|will fail|won't work|"
    r"does(?:n't| not) work|does(?:n't| not) exist|not supported|don't|do not|never|avoid|anti-?pattern|errors?|raises|typo|"
    r"instead of|mysql|sql server|oracle|sqlite)\b)|"
    r"--.*(?:❌|\berror:|\b(?:will|would|should) (?:raise|fail|error)|\bfails\b|not allowed|\((?:wrong|bad|broken|incorrect|mysql)\))",
    re.IGNORECASE,
)
RIGHT = re.compile(
    r"--\s*(?:✅|✓|✔|👍|(?:right|good|correct|fixed|works|better|instead|use|do\b|postgres))", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Ground:
    """What an answer is held against. `database` None: there is no server. `server` is the version of it."""

    spoken: frozenset[str]
    database: Database | None = None
    has_schema: bool = False
    open: frozenset[str] = frozenset()
    untyped: frozenset[str] = frozenset()
    texts: frozenset[str] = frozenset()
    from_models: bool = False
    has_libraries: bool = False
    builtin: frozenset[str] = frozenset()
    arities: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    server: str = ""
    postgres: int = 0
    """The major version of the team's server; 0 where nothing says it."""

    own: str = ""
    commit: str = ""
    sqlite: tuple[str, ...] = ()
    mysql: Tables | None = None
    elsewhere: frozenset[str] = frozenset()  # tables that the team has in another dialect
    reason: str = ""
    catalog: Catalog | None = None
    """Our own reading of the schema, for where there is no server."""


@dataclass(slots=True)
class Looked:
    """A block on its way."""

    block: Block
    dialect: str = ""
    prepared: text.Prepared = field(default_factory=lambda: text.Prepared(""))
    reading: Reading = field(default_factory=Reading)
    done: Verdict | None = None


def looked(block: Block, ground: Ground) -> Looked:
    """Read by the grammar of its dialect. `done` where no server is needed for more."""
    one = Looked(block)
    if reason := _too_much(block.code):
        one.done = Verdict("unchecked", reasons=(reason,))
        return one
    if block.diff or block.language.lower() in ("diff", "patch"):
        block = Block("sql", _added(block.code), block.path)
        one.block = block
    word = block.language.lower().partition(" ")[0]
    if word == embedded.ANY and not ground.spoken:
        one.done = _unread(block, "nothing shows its dialect")
        return one
    word = word if word in dialects.LANGUAGES else "sql"
    possible = dialects.of_block(word, block.code, ground.spoken)
    if not possible:
        one.done = _unread(block, f"{'SQL of another dialect' if word in ('sql', 'ddl') else word} is not checked")
        return one
    one.prepared = text.prepare(block.code)
    for dialect in possible:
        one.dialect = dialect
        if dialect == dialects.POSTGRESQL:
            one.reading = read(one.prepared.text)
            is_clean = not one.reading.errors
        else:
            one.done = _of_other(one, ground)
            is_clean = one.done.state != "problems"
        if is_clean or (dialect == possible[-1] and len(possible) == 1):
            break
    else:  # none of them reads it: the first is asked why
        one.dialect = possible[0]
        one.done = None if one.dialect == dialects.POSTGRESQL else _of_other(one, ground)
    if one.dialect == dialects.POSTGRESQL:
        one.done = None if one.reading.statements and not one.reading.fragment else _no_statement(one)
    return one


def _added(code: str) -> str:
    """What stands there after a change; nothing but a whole new file can be read as statements."""
    lines = code.split("\n")
    kept = [line[1:] if line[:1] == "+" and not line.startswith("+++") else "" for line in lines]
    return "\n".join(kept) if not any(line[:1] == " " and line.strip() for line in lines) else "..."


def _too_much(code: str) -> str:
    if len(code) > LONGEST:
        return f"it is longer than {LONGEST:,} characters"
    if code.count("/*") > MOST_COMMENTS:
        return "it holds too many comments"
    depth = most = 0
    for letter in code:
        depth += 1 if letter in "([" else -1 if letter in ")]" else 0
        most = max(most, depth)
    return "it is nested too deep" if most > DEEPEST else ""


def _unread(block: Block, reason: str) -> Verdict:
    return Verdict("unchecked", reasons=(reason,), warnings=_destroyed(block))


def _destroyed(block: Block) -> tuple[str, ...]:
    return tuple(f"line {line}: {why}" for line, why in shell.destructive(block.code[:LONGEST]))


def _no_statement(one: Looked) -> Verdict:
    if one.reading.fragment:
        said = f"it is only {one.reading.fragment}; names are not looked at"
        return Verdict("partial", {"PostgreSQL's grammar": GRAMMAR}, reasons=(said,), warnings=_destroyed(one.block))
    return _unread(one.block, "it holds no statement")


def _of_other(one: Looked, ground: Ground) -> Verdict:
    if one.dialect == dialects.SQLITE:
        said, held = sqlite.said_of(one.prepared.text, ground.sqlite), "SQLite"
    else:
        from storage.checks.sql.verdicts import mysql

        said, held = mysql.said_of(one.prepared.text, ground.mysql), "MySQL's grammar"
    tolerated = _tolerated(one.block.code)
    found = tuple(Finding(each.line, each.kind, each.message) for each in said if each.line not in tolerated)  # type: ignore[arg-type]
    if found and not (one.prepared.is_excerpt or one.prepared.is_templated or is_synopsis(one.block.code)):
        return Verdict("problems", {held: ""}, findings=found, warnings=_destroyed(one.block))
    has_tables = ground.sqlite if one.dialect == dialects.SQLITE else ground.mysql
    reasons = () if has_tables else ("tables and columns are not looked at",)
    taken = () if ground.spoken else (f"dialect, {held.partition(chr(39))[0]}",)
    return Verdict("partial" if reasons else "none", {held: ""}, taken, reasons=reasons, warnings=_destroyed(one.block))


def _tolerated(code: str) -> frozenset[int]:
    """Lines that comments say to fail, until an empty line or one that says what is right."""
    found, is_wrong = set(), False
    for number, line in enumerate(code.split("\n"), 1):
        if not line.strip() or RIGHT.search(line):
            is_wrong = False
        if WRONG.search(line):
            found.add(number)
            is_wrong = is_wrong or line.lstrip().startswith("--")
        elif is_wrong:
            found.add(number)
    return frozenset(found)


# --- PostgreSQL ---------------------------------------------------------------------------------------------------------


def concluded(blocks: Sequence[Looked], outcomes: Sequence[Outcome | None], ground: Ground) -> list[Verdict]:
    """`outcomes` of all statements of all blocks that are not done, in their order; None where the server was not asked."""
    functions, types, made = _own(blocks, ground)
    judge = Judge(functions, types, ground.arities)
    told = iter(outcomes)
    lost: list[str] = []
    return [
        one.done or _verdict(one, [next(told) for _ in one.reading.statements], ground, judge, made, lost)
        for one in blocks
    ]


def _own(blocks: Sequence[Looked], ground: Ground) -> tuple[frozenset[str], frozenset[str], set[str]]:
    functions, types, made = set(), set(), set()
    for statement in (each for one in blocks for each in one.reading.statements):
        match statement.node:
            case ast.CreateFunctionStmt():
                functions.add(trees.texts(statement.node.funcname)[-1].lower())
            case ast.CreateEnumStmt():
                types.add(trees.texts(statement.node.typeName)[-1].lower())
            case ast.CreateDomainStmt():
                types.add(trees.texts(statement.node.domainname)[-1].lower())
            case ast.CompositeTypeStmt():
                types.add(statement.node.typevar.relname.lower())
            case ast.CreateStmt():
                made.add(statement.node.relation.relname)
    if ground.database is not None:
        functions |= ground.database.functions
        types |= ground.database.types
    if len(ground.spoken) > 1:  # a word of another dialect may be meant for it
        functions, types = functions | words.FUNCTIONS.keys(), types | words.TYPES.keys()
    return frozenset(functions), frozenset(types), made


def _verdict(
    one: Looked,
    outcomes: Sequence[Outcome | None],
    ground: Ground,
    judge: Judge,
    made: set[str],
    lost: list[str],
) -> Verdict:
    """`lost` are the texts of definitions so far that the server did not carry out: what they name is held against nobody."""
    found: list[Finding] = []
    reasons: list[str] = []
    assumed: list[str] = []
    hints: list[str] = []
    is_whole = True
    within = transactions.faults(one.reading.statements, one.block.code)
    own_catalog = ground.catalog if ground.has_schema and ground.database is None else None
    for statement, outcome in zip(one.reading.statements, outcomes, strict=True):
        if statement.node is None:
            finding, reason = _unreadable(one, statement)
            found += [finding] if finding else []
            reasons += [reason] if reason else []
            continue
        faults = judge.faults(statement.node) if len(statement.text) <= LONGEST_JUDGED else []
        too_new = [*newer.faults(statement, ground.postgres, judge.functions)]
        if own_catalog is not None:
            faults = faults or catalog.faults(statement.node, own_catalog, "your schema")
            own_catalog.apply(statement.node)
        hints += [f"line {statement.line}: {said}" for said in locks.hints(statement.node, made)]
        if outcome is not None and ground.database is not None:
            database = replace(ground.database, failed="\n".join((ground.database.failed, *lost)))
            hints += [f"line {statement.line}: {said}" for said in outcome.hints] if not ground.from_models else []
            judged = believed.judge(outcome.within or statement, outcome, _known(statement, ground, database))
            if _defines(statement.node) and (outcome.skipped or outcome.fault):
                lost.append(statement.text.lower())
            reasons += judged.reasons
            assumed += judged.assumed
            is_whole = is_whole and judged.is_whole
            misread = [
                each for each in faults if each.kind == "syntax"
            ]  # by the server, too, which says it in odd words
            faults = too_new or misread or judged.faults or ([] if judged.is_whole else faults)
        else:
            is_whole = False
            faults = too_new or faults
        faults = [*faults, *injected.faults(statement), *within.get(id(statement), ())]
        found += [Finding(one.reading.line(statement, each.place), each.kind, each.message) for each in _first(faults)]  # type: ignore[arg-type]
    tolerated = _tolerated(one.block.code)
    findings = tuple(_once(each for each in sorted(found, key=lambda each: each.line) if each.line not in tolerated))
    if not is_whole and not reasons and not assumed:
        reasons.append(
            ground.reason or "tables and columns are not looked at: the repository has no schema that could be read"
        )
    versions = {"PostgreSQL": ground.server} if ground.server else {"PostgreSQL's grammar": GRAMMAR}
    if ground.has_schema and ground.own:
        versions[ground.own] = ground.commit
    state: State = "problems" if findings else "partial" if reasons or (assumed and not ground.has_schema) else "none"
    if one.reading.errors and not findings and len(one.reading.errors) == len(one.reading.statements):
        state = "unchecked"
    return Verdict(
        state,
        versions,
        tuple(dict.fromkeys(assumed)),
        findings,
        tuple(dict.fromkeys(reasons)),
        (*_destroyed(one.block), *dict.fromkeys(hints)),
    )


def _defines(node: object) -> bool:
    return type(node).__name__.startswith("Create") or isinstance(node, ast.ViewStmt | ast.CompositeTypeStmt)


def _known(statement: Statement, ground: Ground, database: Database) -> Known:
    return Known(
        database,
        ground.has_schema,
        ground.open,
        ground.untyped,
        ground.builtin,
        ground.texts,
        ground.from_models,
        ground.has_libraries,
        len(ground.spoken) > 1 and not believed.is_here(statement, database, ground.elsewhere),
        0 < ground.postgres <= int(ground.server.partition(".")[0] or 0),
    )


def _first(faults: Sequence[Fault]) -> list[Fault]:
    """One defect often says itself in two ways: at one place, the first."""
    kept: dict[int, Fault] = {}
    for one in faults:
        kept.setdefault(one.place, one)
    return list(kept.values())


def _once(findings: object) -> list[Finding]:
    kept: dict[tuple[int, str], Finding] = {}
    for one in findings:  # type: ignore[attr-defined]
        kept.setdefault((one.line, one.message), one)
    return list(kept.values())


def _unreadable(one: Looked, statement: Statement) -> tuple[Finding | None, str]:
    if "memory exhausted" in statement.error:
        return None, "it is nested too deep"
    if one.prepared.is_excerpt or is_synopsis(statement.text):
        return None, "parts of it are left out"
    if one.prepared.is_templated or text.ANY_NAME in statement.text:
        return None, "a template fills in parts of it"
    return Finding(statement.error_line, "syntax", _said(statement)), ""


def _said(statement: Statement) -> str:
    if "end of input" in statement.error:
        return "the statement ends before it is complete"
    near = statement.near
    told = f"this is no valid PostgreSQL: {statement.error}"
    if "`" in near or near == "`":
        return f"{told}; names stand in double quotes, not in backticks"
    instead = words.INSTEAD.get(near.lower())
    return f"{told}; PostgreSQL has {instead}" if instead else told
