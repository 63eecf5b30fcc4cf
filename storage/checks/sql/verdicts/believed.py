"""Whether what the server says against a statement is the statement's fault, or that of what we know of the team's schema."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from typing import Any

from pglast import ast, enums

from storage.checks.sql.database import values
from storage.checks.sql.database.making import Database
from storage.checks.sql.database.outcomes import Outcome, is_lost
from storage.checks.sql.statements import newer, trees, words
from storage.checks.sql.statements.faults import Fault
from storage.checks.sql.statements.reading import Statement
from storage.checks.sql.statements.text import ANY_NAME, FILLED, TEMPLATE
from storage.checks.sql.verdicts import catalog

NO_TABLE, NO_SCHEMA, NO_COLUMN, NO_FUNCTION, NO_OBJECT = "42P01", "3F000", "42703", "42883", "42704"
NO_ARBITER = "42P10"
"""No unique or exclusion constraint matches the ON CONFLICT."""
THERE_ALREADY = ("42P07", "42710", "42701", "42723", "42P06")
BY_TYPE = ("42804", "42846", "22P02", "42883", "42725", "22007", "42P18", "42P08")
EXTENSION_FUNCTIONS = re.compile(
    r"^(?:uuid_generate_v\w+|uuid_nil|crypt|gen_salt|digest|hmac|pgp_\w+|gen_random_bytes|similarity|word_similarity|show_trgm|unaccent|"
    r"levenshtein\w*|soundex|metaphone|dmetaphone\w*|difference|hstore|akeys|avals|skeys|svals|crosstab\w*|st_\w+|earth_distance|ll_to_earth|earth_box|"
    r"l2_distance|cosine_distance|inner_product|time_bucket\w*|create_hypertable|add_\w+_policy|cron\.\w+|pg_stat_statements\w*|dblink\w*|nlevel|subpath|"
    r"ltree\w*|text2ltree|lca|http_\w+|net\.\w+|auto_explain\w*|pg_buffercache\w*|pgstattuple\w*|bt_index_check\w*|verify_heapam)$"
)
EXTENSION_TYPES = re.compile(
    r"^(?:citext|hstore|ltree|lquery|ltxtquery|vector|halfvec|sparsevec|geometry|geography|cube|isbn\d*|ean13|box2d|raster)(?:\[\])?$"
)


OF_TOOLS = re.compile(
    r"(?:(?:sqlite|pragma)_\w+|information_schema\.\w+|alembic_version|django_\w+|schema_migrations|schema_info|flyway_schema_history|databasechangelog\w*|"
    r"goose_db_version|gorp_migrations|_prisma_migrations|__diesel_schema_migrations|_sqlx_migrations|knex_migrations\w*|ar_internal_metadata|"
    r"(?:drizzle\.)?__drizzle_migrations|migrations|spatial_ref_sys|geometry_columns|geography_columns|pg_stat_statements\w*|pg_buffercache|"
    r"(?:cron|net|vault|realtime|graphql|graphql_public|extensions|pgsodium|supabase_functions|supabase_migrations|timescaledb_information|"
    r"_timescaledb_\w+|partman|pgmq|pgboss|hdb_catalog|sys|syscat|system|svv|dba|all|mysql|performance_schema)\.\w+)$",
    re.IGNORECASE,
)
"""Tables that tools, extensions and other databases make for themselves."""


@dataclass(slots=True)
class Judged:
    faults: list[Fault] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    assumed: list[str] = field(default_factory=list)
    is_whole: bool = True
    """Whether the server looked at all of it."""


@dataclass(frozen=True, slots=True)
class Known:
    """`has_schema`: whether the database has the team's; without it, it has what the answer itself makes."""

    database: Database
    has_schema: bool
    open: frozenset[str]
    untyped: frozenset[str]
    builtin: frozenset[str]
    texts: frozenset[str]
    from_models: bool = False
    """Some of it is read from models, which do not tell what indexes, sequences and constraints are called."""

    has_libraries: bool = False
    """Libraries bring tables of their own to it, as Django's applications do."""

    is_one_of_several: bool = False
    """The repository speaks other dialects, too: what only they have may be meant for them."""

    is_no_newer: bool = False
    """The team's server is none that knows more than this one."""

    own: str = "your schema"


def judge(one: Statement, outcome: Outcome, known: Known) -> Judged:
    if outcome.skipped:
        return Judged(reasons=[outcome.skipped], is_whole=False)
    fault = outcome.fault
    if fault is None:
        return Judged()
    name = outcome.name.rpartition(".")[2].strip('"')
    if outcome.code in values.CODES and (name.lower() in known.open or name.lower() in known.database.failed):
        return Judged()  # what was not carried out may give the column a default, or take a CHECK away
    has_body = isinstance(one.node, ast.CreateFunctionStmt | ast.DoStmt)
    if outcome.code == "42601" and fault.message.startswith("syntax error") and not has_body:
        if known.is_no_newer:
            return Judged(
                [Fault(fault.place, f"{fault.message}: it came with a newer PostgreSQL than yours", "syntax")]
            )
        return Judged(
            reasons=["it is newer than the server here"], is_whole=False
        )  # our grammar is the newest, and took it
    is_filled = ANY_NAME in fault.message or (outcome.code in BY_TYPE and bool(TEMPLATE.search(fault.message)))
    if is_filled or is_lost(outcome.code) or _is_of_another(one, outcome, known):
        return Judged(
            _of_known(one, known) if is_filled else [],
            [FILLED if is_filled else "the server gave up on it"],
            is_whole=False,
        )
    if outcome.code in THERE_ALREADY:
        return _there_already(one, fault, name, known)
    if outcome.code in (NO_TABLE, NO_SCHEMA) and OF_TOOLS.match(outcome.name):
        return Judged(assumed=[outcome.name], is_whole=False)
    if known.from_models and outcome.code in (NO_TABLE, NO_OBJECT) and _is_of_a_table(one.node, name, fault.message):
        return Judged(reasons=["what indexes, sequences and constraints are called is not known"], is_whole=False)
    if known.is_one_of_several and (outcome.code in BY_TYPE or name in words.FUNCTIONS or name in words.TYPES):
        return Judged(reasons=["it may be in another dialect that the repository speaks"], is_whole=False)
    if outcome.code == NO_ARBITER and _words(one) & known.open:
        return Judged(reasons=["some unique indexes are not known"], is_whole=False)
    is_own = name in words.FUNCTIONS or name in known.builtin
    if outcome.code in (NO_FUNCTION, NO_OBJECT) and "create extension" in known.database.failed and not is_own:
        return Judged(reasons=["what an extension that is made here brings is not looked at"], is_whole=False)
    if name and _is_uncertain(one, outcome.code, name, known):
        return Judged(
            reasons=[f"`{outcome.name}` may be in a part of the schema that could not be read"], is_whole=False
        )
    if (
        outcome.code in BY_TYPE
        and ("operator" in fault.message or outcome.code != NO_FUNCTION or name in known.builtin)
        and _words(one) & known.untyped
    ):
        return Judged(reasons=["the types of some columns are not known"], is_whole=False)
    match outcome.code:
        case "42P01" | "3F000" if not known.has_schema:
            return Judged(assumed=[outcome.name], is_whole=False)
        case "42P01":
            if "missing FROM-clause" in fault.message or "invalid reference" in fault.message:
                return Judged([fault])
            if known.has_libraries and _is_of_a_library(name.lower(), {one.lower() for one in _tables(known)}):
                return Judged(assumed=[outcome.name], is_whole=False)
            return Judged(
                [Fault(fault.place, f"{known.own} has no table `{outcome.name}`{_meant_table(name, known)}", "name")]
            )
        case "42703":
            return Judged([Fault(fault.place, _no_column(one, fault, name, known), "name")])
        case "42883" if "operator" not in fault.message:
            return _no_function(fault, name, known)
        case "42704":
            return _no_object(fault, name, known)
    place = fault.place if fault.place >= 0 or outcome.code != NO_ARBITER else _conflict(one.node)
    return Judged([Fault(place, fault.message, "syntax" if outcome.code == "42601" else "sql")])


def _of_known(one: Statement, known: Known) -> list[Fault]:
    """Columns that tables lack of which all is known, beside one whose name is filled in."""
    tables = {name.rpartition(".")[2]: columns for name, columns in known.database.columns.items()}
    unsure = {name for name in tables if name.lower() in known.open or name.lower() in known.database.failed}
    return [*catalog.columns(one.node, {name: None if name in unsure else held for name, held in tables.items()})]


OF_STATE, OF_WORDS = "55000", "22023"
"""What an object does not do as it stands, and options that nobody knows."""


def _is_of_another(one: Statement, outcome: Outcome, known: Known) -> bool:
    """Whether another server, an extension or what models do not tell may be why."""
    if (
        outcome.code == OF_WORDS
        and outcome.fault is not None
        and outcome.fault.message.startswith("unrecognized parameter")
    ):
        return not known.is_no_newer or "namespace" in outcome.fault.message
    return known.from_models and outcome.code == OF_STATE and not isinstance(one.node, trees.QUERIES)


def is_here(one: Statement, database: Database, elsewhere: Set[str]) -> bool:
    """Whether it uses tables of this schema alone, one at least of which is not `elsewhere`, in another dialect of the team's."""
    made = {each.ctename for each in trees.below(one.node, ast.CommonTableExpr)}
    used = {each.relname for each in trees.below(one.node, ast.RangeVar)} - made
    return used <= {each.rpartition(".")[2] for each in database.relations} and bool(used - elsewhere)


def _conflict(node: Any) -> int:
    """Where the only ON CONFLICT stands, of which the server gives no place; -1 where there are several."""
    places = [int(clause.location) for clause in trees.below(node, ast.OnConflictClause)]
    return places[0] if len(places) == 1 else -1


def _is_of_a_table(node: Any, name: str, message: str) -> bool:
    """An index, a sequence or a constraint, by what the statement does or by how such are called."""
    if "constraint" in message or "index" in message or "trigger" in message:
        return True
    if isinstance(node, ast.RenameStmt) and node.renameType in (
        enums.ObjectType.OBJECT_INDEX,
        enums.ObjectType.OBJECT_SEQUENCE,
    ):
        return True
    return bool(re.search(r"_(?:seq|pkey|key|idx|uniq|like|check|fk|fkey|excl)$|_fk_|_[0-9a-f]{8}$", name))


def _words(one: Statement) -> set[str]:
    return set(re.findall(r"\w+", one.text.lower()))


def _is_uncertain(one: Statement, code: str, name: str, known: Known) -> bool:
    if code not in (NO_TABLE, NO_SCHEMA, NO_COLUMN, NO_FUNCTION, NO_OBJECT):
        return False
    if known.database.failed and re.search(rf"\b{re.escape(name)}\b", known.database.failed):
        return True
    return code == NO_COLUMN and bool(_words(one) & known.open)


def _tables(known: Known) -> list[str]:
    return [one.rpartition(".")[2] for one in known.database.relations]


def _is_of_a_library(name: str, tables: Set[str]) -> bool:
    """Whether a table may be of an application that nobody here wrote: by the word that Django puts before its name, unless one that
    is known is meant."""
    app, _, bare = name.partition("_")
    if not bare or any(one.startswith(f"{app}_") for one in tables) or difflib.get_close_matches(name, tables, 1, 0.85):
        return False
    return not any(name.replace("_", "").rstrip("s") in one.replace("_", "") for one in tables)


def _meant_table(name: str, known: Known) -> str:
    """Of another schema the one with this name, else one with a name like it."""
    there = next((one for one in known.database.relations if one.endswith(f".{name}")), "")
    return f"; did you mean `{there}`?" if there else catalog.meant(name, _tables(known))


def _no_column(one: Statement, fault: Fault, name: str, known: Known) -> str:
    relations = {trees.relation_name(each): each.relname for each in trees.below(one.node, ast.RangeVar)}
    said = re.match(r"column \"?(\w+)\.", fault.message)
    used = {relations[said[1]]} if said and said[1] in relations else set(relations.values())
    columns = {
        table: known.database.columns[table] for table in known.database.columns if table.rpartition(".")[2] in used
    }
    if not columns:
        return fault.message
    bare = re.sub(r" \(Perhaps.*\)$| \(There is a column.*\)$", "", fault.message)
    if re.match(r'column "?[\w.]+"? (?:of relation .* )?does not exist$', bare):
        return catalog.lacking(name, columns)
    return fault.message


def _no_function(fault: Fault, name: str, known: Known) -> Judged:
    bare = re.sub(r" \((?:No function|You might|No procedure|There is no).*\)$", "", fault.message)
    if instead := words.FUNCTIONS.get(name):
        return Judged([Fault(fault.place, f"PostgreSQL has no function `{name}`; it has {instead}", "name")])
    if name in newer.SINCE and name not in known.builtin:
        return Judged(reasons=[f"`{name}` is newer than the server here"], is_whole=False)
    if EXTENSION_FUNCTIONS.match(name) and name not in known.database.functions:
        return Judged(reasons=[f"`{name}` is of an extension that nothing in the repository makes"], is_whole=False)
    if name in known.builtin or name in known.database.functions:
        return Judged([Fault(fault.place, f"{bare}: `{name}` takes other arguments", "argument")])
    near = difflib.get_close_matches(name, known.builtin | known.database.functions, n=1, cutoff=0.86)
    if known.has_schema or near:
        return Judged([Fault(fault.place, f"{bare}{f'; did you mean `{near[0]}`?' if near else ''}", "name")])
    return Judged(assumed=[f"{name}()"], is_whole=False)


def _no_object(fault: Fault, name: str, known: Known) -> Judged:
    if not fault.message.startswith("type"):
        if "role" in fault.message or not known.has_schema:
            return Judged(assumed=[name], is_whole=False)
        return Judged([fault])
    bare = name.removesuffix("[]")
    if bare in words.TYPES:
        return Judged([Fault(fault.place, f"PostgreSQL has no type `{bare}`; it has {words.TYPES[bare]}", "name")])
    if EXTENSION_TYPES.match(name) and bare not in known.database.types:
        return Judged(
            reasons=[f"the type `{bare}` is of an extension that nothing in the repository makes"], is_whole=False
        )
    near = difflib.get_close_matches(bare, known.database.types, n=1, cutoff=0.8)
    if known.has_schema or (near and len(bare) > 3):
        return Judged(
            [Fault(fault.place, f"there is no type `{bare}`{f'; did you mean `{near[0]}`?' if near else ''}", "name")]
        )
    return Judged(assumed=[bare], is_whole=False)


def _there_already(one: Statement, fault: Fault, name: str, known: Known) -> Judged:
    """What an answer quotes of the schema is no mistake; what would clash with it is."""
    if not known.has_schema or _squeezed(one.text) in known.texts or name in known.database.failed:
        return Judged(is_whole=False)
    if isinstance(one.node, ast.CreateStmt):
        listed = {column.colname for column in trees.below(one.node.tableElts, ast.ColumnDef)}
        columns = next(
            (set(of) for table, of in known.database.columns.items() if table.rpartition(".")[2] == name), set()
        )
        if listed <= columns:
            return Judged(is_whole=False)
    elif isinstance(one.node, ast.CreateFunctionStmt | ast.CreateTrigStmt | ast.CreatePolicyStmt):
        return Judged(is_whole=False)
    return Judged([Fault(fault.place, f"{known.own} has it already: {fault.message}")])


def _squeezed(text: str) -> str:
    return re.sub(r"\bif not exists\b|\s+|\"|;", "", text.lower())


def squeezed(statements: Sequence[Statement]) -> frozenset[str]:
    return frozenset(_squeezed(one.text) for one in statements)
