"""MySQL and MariaDB by a parser of their grammar, and their tables by what the team's files make. Nothing is executed."""

from __future__ import annotations

import copy
import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import sqlglot
from pglast import parse_sql
from pglast.parser import ParseError
from sqlglot import ErrorLevel, exp
from sqlglot.errors import SqlglotError

from storage.checks.sql.statements import foreign
from storage.checks.sql.statements.faults import Said
from storage.checks.sql.statements.reading import spans
from storage.checks.sql.statements.text import line_at, place_of
from storage.checks.sql.verdicts import catalog, mysql_values
from storage.checks.sql.verdicts.believed import OF_TOOLS
from storage.checks.sql.verdicts.catalog import Catalog

logging.getLogger("sqlglot").setLevel(logging.CRITICAL)

LONGEST = 30_000
TRIPS = (RecursionError, ValueError, TypeError, AttributeError, KeyError, IndexError)
"""What the parser does instead of saying that it cannot read something."""

ROUTINES = re.compile(
    r"\bcreate\s+(?:definer|procedure|function|trigger|event)\b|\bdelimiter\b|^\s*declare\b",
    re.IGNORECASE | re.MULTILINE,
)
"""The bodies of routines are no statements of their own."""

NOT_READ = re.compile(
    r"\s*(?:delimiter|create\s+(?:definer|procedure|function|trigger|event)|begin|end|declare|if|set|while|loop|call)\b",
    re.IGNORECASE,
)
OF_MARIADB = re.compile(
    r"\breturning\b|\bnext\s+value\s+for\b|\brows\s+examined\b|\bsystem_time\b|\bsystem\s+versioning\b|\bportion\s+of\b"
    r"|\bset\s+statement\b",
    re.IGNORECASE,
)
"""What only MariaDB has, and the parser reads in some places only: https://mariadb.com/docs/server/reference/sql-statements"""

TEMPLATED = re.compile(r"[^\w$ -]")
"""In a name: what a program fills in, `%PREFIX%users`."""

WORDS = frozenset(("date", "time", "datetime", "timestamp", "binary", "utf8", "utf8mb4", "default"))
"""What may stand where a column does, and is none: GET_FORMAT(DATE, 'EUR')."""


@dataclass(slots=True)
class Tables:
    """What the team's files make: the columns of tables, and the values of those that are an ENUM."""

    catalog: Catalog
    values: mysql_values.Values = field(default_factory=dict)

    def apply(self, tree: exp.Expr | None, piece: str) -> None:
        _apply(self.catalog, tree, piece)
        mysql_values.remember(self.values, tree)
        for table, column in self.values:
            if self.catalog.tables.get(table, ()) is None:
                self.values[table, column] = None


def said_of(text: str, tables: Tables | None = None) -> list[Said]:
    """What the parser cannot read; it knows less than the server, and what it only passes over counts as right. With `tables`, names
    that surely none of them has."""
    found: list[Said] = []
    if ROUTINES.search(text):
        return found
    known = copy.deepcopy(tables)
    for start, end in spans(text):
        piece = re.sub(r"\$\d+", "?", text[start:end])
        if len(piece) > LONGEST or NOT_READ.match(piece):
            continue
        try:
            borrowed = [*foreign.of_tokens(sqlglot.tokenize(piece, read="mysql"))]
            found += [Said(line_at(text, start + place), message, "syntax") for place, message in borrowed]
            if borrowed:
                continue
            (tree,) = sqlglot.parse(_inserted(piece), read="mysql") or (None,)
            if tree is None:
                continue
            strange = [(word, message, "syntax") for word, message in foreign.of_tree(tree)]
            if known is not None and not strange:
                strange += [(name, message, "name") for name, message in _unknown(tree, known.catalog)]
                strange += [(word, message, "sql") for word, message in mysql_values.strange(tree, known.values)]
                known.apply(tree, piece)
            found += [Said(line_at(text, start + _place(piece, word)), *rest) for word, *rest in strange]
        except SqlglotError as fault:
            if OF_MARIADB.search(piece):
                continue
            errors = getattr(fault, "errors", None) or [{}]
            line = errors[0].get("line") or 1
            near = f"near `{errors[0].get('highlight')}`" if errors[0].get("highlight") else "here"
            found.append(Said(line_at(text, start) + line - 1, f"MySQL's grammar does not allow this {near}", "syntax"))
        except TRIPS:
            continue
    return found


def _place(piece: str, word: str) -> int:
    """Of a name in the code of a statement, or of a text in its quotes."""
    return piece.find(word) if word.startswith("'") and word in piece else place_of(piece, word)


def _inserted(piece: str) -> str:
    """REPLACE reads like INSERT, and a column's DEFAULT like a function of it, which the parser knows; the length stays."""
    piece = re.sub(
        r"^(\s*)replace(?=\s+(?:low_priority\s+|delayed\s+)?into\b)", r"\1insert ", piece, flags=re.IGNORECASE
    )
    return re.sub(r"(?<=[=(,])(\s*)default(?=\s*\(\s*[\w`.]+\s*\))", r"\1ceiling", piece, flags=re.IGNORECASE)


# --- tables -------------------------------------------------------------------------------------------------------------


def tables_of(pieces: Sequence[str], others: Mapping[str, set[str] | None]) -> Tables | None:
    """Of the statements that define something, in their order, and of what models say; None where there is no table."""
    found = Tables(
        Catalog({name.lower(): columns and {one.lower() for one in columns} for name, columns in others.items()})
    )
    for piece in pieces:
        try:
            (tree,) = sqlglot.parse(piece, read="mysql") or (None,)
        except (SqlglotError, *TRIPS):
            tree = None
        found.apply(tree, piece)
    return found if found.catalog.tables else None


def _apply(known: Catalog, tree: exp.Expr | None, piece: str) -> None:
    """What a statement makes of the tables. One that is not understood leaves its table without known columns."""
    match tree:
        case exp.Create(kind="TABLE"):
            is_plain = isinstance(tree.this, exp.Schema) and not tree.expression and not tree.find(exp.LikeProperty)
            columns = (
                {_name(one) for one in tree.this.expressions if isinstance(one, exp.ColumnDef)} if is_plain else set()
            )
            known.tables[_table(tree)] = _with(known.tables.get(_table(tree), set()), columns)
        case exp.Create(kind="VIEW"):
            known.tables[_table(tree)] = None
        case exp.Drop(kind="TABLE"):
            for one in tree.find_all(exp.Table):
                known.tables.pop(_name(one), None)
        case exp.Alter():
            for action in tree.args.get("actions") or ():
                _alter(known, _table(tree), action)
        case exp.Select() | exp.Insert() | exp.Update() | exp.Delete() | exp.Union():
            return
        case _:
            _renamed(known, piece)


def _with(before: set[str] | None, columns: set[str]) -> set[str] | None:
    """A table that a dump and a migration make, or two variants: it may have what either says; None where one is not known."""
    return before | columns if columns and before is not None else None


def _alter(known: Catalog, table: str, action: exp.Expr) -> None:
    if isinstance(action, exp.AlterRename) and table in known.tables:
        known.tables[_name(action.this)] = known.tables.pop(table)
    if not isinstance(columns := known.tables.get(table), set):
        return
    match action:
        case exp.ColumnDef():
            columns.add(_name(action))
        case exp.ModifyColumn() if before := action.args.get("rename_from"):
            columns.discard(_name(before))
            columns.add(_name(action.this))
        case exp.RenameColumn():
            columns.discard(_name(action.this))
            columns.add(_name(action.args["to"]))
        case exp.Drop(kind="COLUMN"):
            columns -= {_name(one) for one in action.find_all(exp.Column)}
        case _:
            return


def _renamed(known: Catalog, piece: str) -> None:
    """RENAME TABLE, and what the parser hands back unread."""
    if re.match(r"\s*rename\s+table\b", piece, re.IGNORECASE):
        for before, after in re.findall(r"[`]?(\w+)[`]?\s+to\s+[`]?(\w+)", piece, re.IGNORECASE):
            known.tables[after.lower()] = known.tables.pop(before.lower(), None)
    elif named := re.match(
        r"\s*(?:alter|create)\s+(?:\w+\s+)*?table\s+(?:if\s+(?:not\s+)?exists\s+)?(?:[`]?\w+[`]?\.)?[`]?(\w+)",
        piece,
        re.IGNORECASE,
    ):
        known.tables[named[1].lower()] = None


def _table(tree: exp.Expr) -> str:
    return _name(tree.find(exp.Table))


def _name(of: exp.Expr | str | None) -> str:
    return (of if isinstance(of, str) else of.name if of is not None else "").lower()


# --- names --------------------------------------------------------------------------------------------------------------


def _unknown(tree: exp.Expr, known: Catalog) -> Iterator[tuple[str, str]]:
    """Names that no table has, and what is said of them: judged on the statement as PostgreSQL would write it, all in lower case."""
    if not isinstance(tree, exp.Select | exp.Insert | exp.Update | exp.Delete | exp.Union):
        return
    named = {one.name.lower() for kind in (exp.Column, exp.Table) for one in tree.find_all(kind)}
    if isinstance(tree, exp.Insert) and isinstance(tree.this, exp.Schema):
        named |= {_name(one) for one in tree.this.expressions}
    if any(one.args.get("db") or OF_TOOLS.match(one.name) for one in tree.find_all(exp.Table)):
        return  # of another database, or made by a tool
    if any(TEMPLATED.search(one.this) for one in tree.find_all(exp.Identifier)):
        return
    plain = tree.copy()
    for one in plain.find_all(exp.Identifier):
        one.set("this", one.this.lower())
    for faults in _judged(_as_query(plain), known):
        word = re.search(r"no (?:table|column) `(\w+)`", faults)
        if word and word[1] in named - WORDS and not foreign.UNITS.fullmatch(word[1]):
            yield word[1], faults


def _judged(tree: exp.Expr, known: Catalog) -> Iterator[str]:
    try:
        (statement,) = parse_sql(tree.sql("postgres", unsupported_level=ErrorLevel.IGNORE))
    except (ParseError, ValueError):
        return
    yield from (fault.message for fault in catalog.faults(statement.stmt, known, "your schema"))


def _as_query(tree: exp.Expr) -> exp.Expr:
    """An UPDATE or DELETE of several tables, as a query over them: PostgreSQL has no such statement."""
    match tree:
        case exp.Update() if tree.this.args.get("joins"):
            chosen = [side for one in tree.expressions for side in (one.this, one.expression)]
            return exp.Select(expressions=chosen, from_=exp.From(this=tree.this), where=tree.args.get("where"))
        case exp.Delete() if tree.this and tree.this.args.get("joins"):
            return exp.Select(expressions=[exp.Star()], from_=exp.From(this=tree.this), where=tree.args.get("where"))
        case _:
            return tree
