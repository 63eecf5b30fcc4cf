"""Statements held against a database that has the team's schema, on a server of our own. Nothing of it stays: all is rolled back.

Each schema is a database without rows, made once by its owner. An answer is one transaction in it, each statement behind a savepoint,
so that later statements see what earlier ones define.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import re
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncpg
from pglast import ast
from pglast.stream import RawStream

from storage.checks.sql import allowed
from storage.checks.sql.reading import Statement
from storage.checks.sql.static import Fault

log = logging.getLogger(__name__)

SECONDS = 1.5
"""For one statement, beside the server's own limits."""

SCHEMA_SECONDS = 20.0
ANSWER_SECONDS = 5.0
"""For all statements of an answer; what comes later is not asked."""

KEPT_DATABASES = 12
START_TRIES = 400
BUILDER, READER, ROLES = (
    "builder",
    "reader",
    ("anon", "authenticated", "service_role", "supabase_auth_admin", "authenticator"),
)
EXTENSIONS = frozenset(
    [
        "citext",
        "pgcrypto",
        "uuid-ossp",
        "pg_trgm",
        "hstore",
        "ltree",
        "btree_gin",
        "btree_gist",
        "unaccent",
        "intarray",
        "tablefunc",
        "fuzzystrmatch",
        "cube",
        "isn",
        "seg",
        "lo",
        "earthdistance",
        "intagg",
        "tcn",
        "moddatetime",
        "vector",
        "bloom",
        "dict_int",
        "dict_xsyn",
    ]
)
"""Those that are made where the schema asks for them; none of them reaches out of the database."""

OURS = "set statement_timeout = '800ms'; set plan_cache_mode = force_generic_plan"
PREFIX = "prepare plumbline_one as "
PLATFORM = """
create schema auth; create schema storage; create schema extensions;
create table auth.users (instance_id uuid, id uuid primary key, aud varchar(255), role varchar(255),
  email varchar(255),
  encrypted_password varchar(255), email_confirmed_at timestamptz, phone text, raw_app_meta_data jsonb,
  raw_user_meta_data jsonb,
  is_super_admin bool, created_at timestamptz, updated_at timestamptz, last_sign_in_at timestamptz,
  deleted_at timestamptz,
  confirmed_at timestamptz, banned_until timestamptz, is_anonymous bool not null default false,
  is_sso_user bool not null default false);
create function auth.uid() returns uuid language sql stable as 'select null::uuid';
create function auth.role() returns text language sql stable as 'select null::text';
create function auth.email() returns text language sql stable as 'select null::text';
create function auth.jwt() returns jsonb language sql stable as 'select null::jsonb';
create table storage.buckets (id text primary key, name text not null unique, owner uuid, public bool default false,
  file_size_limit bigint,
  allowed_mime_types text[], created_at timestamptz default now(), updated_at timestamptz default now());
create table storage.objects (id uuid primary key default gen_random_uuid(), bucket_id text references storage.buckets,
  name text,
  owner uuid, owner_id text, path_tokens text[], version text, metadata jsonb, user_metadata jsonb,
  created_at timestamptz default now(),
  updated_at timestamptz default now(), last_accessed_at timestamptz default now());
create function storage.foldername(name text) returns text[] language sql immutable as 'select string_to_array(name, ''/'')';
create function storage.filename(name text) returns text language sql immutable as 'select name';
create function storage.extension(name text) returns text language sql immutable as 'select name';
"""
"""What every Supabase project has, as its documentation says: https://supabase.com/docs/guides/auth/managing-user-data"""


class ServerFailed(Exception):
    """It could not be asked; the message is for people."""


@dataclass(slots=True)
class Outcome:
    """Of one statement: what the server says against it, or why it was not asked."""

    fault: Fault | None = None
    code: str = ""
    name: str = ""
    """Of the relation, column, function or type that is not there."""
    skipped: str = ""


@dataclass(slots=True)
class Database:
    """`failed` are the texts of statements of the schema that could not be carried out: what they name may exist."""

    name: str
    failed: str = ""
    relations: Sequence[str] = ()
    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)
    functions: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()
    large: frozenset[str] = frozenset()


class Server:
    """One answer at a time for each database."""

    def __init__(self, folder: str, password: str) -> None:
        self._folder = folder
        self._password = password
        self._databases: OrderedDict[str, Database] = OrderedDict()
        self._connections: dict[str, asyncpg.Connection] = {}
        self._making = asyncio.Lock()
        self._is_ready = False
        self.builtin: frozenset[str] = frozenset()
        self.version = ""

    async def _connect(self, database: str, user: str = "plumbline") -> asyncpg.Connection:
        return await asyncpg.connect(
            host=self._folder, user=user, password=self._password, database=database, timeout=10, statement_cache_size=0
        )

    async def _first(self) -> asyncpg.Connection:
        """Its owner's; a server that has only begun says so, and is asked again."""
        for _ in range(START_TRIES):
            try:
                return await self._connect("postgres")
            except (asyncpg.CannotConnectNowError, ConnectionRefusedError):
                await asyncio.sleep(0.05)
        return await self._connect("postgres")

    async def database(self, statements: Sequence[Statement], is_platform: bool) -> Database:
        """The one that has this schema; made where it is not there yet. Raises ServerFailed."""
        text = "\0".join(one.text for one in statements)
        key = hashlib.sha256(f"{is_platform}{text}".encode()).hexdigest()[:16]
        async with self._making:
            if key not in self._databases:
                try:
                    async with asyncio.timeout(SCHEMA_SECONDS * 2):
                        self._databases[key] = await self._made(f"s_{key}", statements, is_platform)
                except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as fault:
                    raise ServerFailed("the schema could not be built") from fault
            self._databases.move_to_end(key)
            while len(self._databases) > KEPT_DATABASES:
                _, old = self._databases.popitem(last=False)
                await self._drop(old.name)
            return self._databases[key]

    async def _made(self, name: str, statements: Sequence[Statement], is_platform: bool) -> Database:
        first = await self._first()
        try:
            if not self._is_ready:
                for role in (BUILDER, READER):
                    with contextlib.suppress(asyncpg.DuplicateObjectError):
                        await first.execute(f"create role {role} login nosuperuser password '{self._password}'")
                for role in ROLES:
                    with contextlib.suppress(asyncpg.DuplicateObjectError):
                        await first.execute(f"create role {role} nologin")
                await first.execute(
                    f"grant {READER} to {BUILDER}; revoke all on database postgres, template1 from public"
                )
                rows = await first.fetch(
                    "select distinct proname::text as name from pg_proc where proname !~ '^(?:_|pg_stat_get)'"
                )
                self.builtin = frozenset(one["name"] for one in rows)
                self.version = str(await first.fetchval("show server_version")).partition(" ")[0]
                self._is_ready = True
            await first.execute(f'create database "{name}" owner {BUILDER} template template0')
        finally:
            await first.close()
        owner = await self._connect(name)
        try:
            await owner.execute(f"alter schema public owner to {BUILDER}; revoke all on language plpgsql from public")
            await owner.execute(f"grant usage on language sql, plpgsql to {BUILDER}")
            await owner.execute(f"grant usage on schema public to {READER}")
            for one in statements:
                if isinstance(one.node, ast.CreateExtensionStmt) and one.node.extname in EXTENSIONS:
                    with contextlib.suppress(asyncpg.PostgresError):
                        await owner.execute(f'create extension if not exists "{one.node.extname}" cascade')
        finally:
            await owner.close()
        builder = await self._connect(name, BUILDER)
        kept = ", ".join(ROLES)
        try:
            await builder.execute("set statement_timeout = '2s'; set check_function_bodies = off")
            await builder.execute(f"alter default privileges grant all on tables to {READER}, {kept}")
            await builder.execute(f"alter default privileges grant usage on schemas to {READER}, {kept}")
            if is_platform:
                await builder.execute(PLATFORM)
            failed = await _apply(builder, statements)
            return await _described(builder, name, failed)
        finally:
            await builder.close()

    async def _drop(self, name: str) -> None:
        if connection := self._connections.pop(name, None):
            await connection.close(timeout=2)
        with contextlib.suppress(asyncpg.PostgresError, OSError):
            first = await self._connect("postgres")
            try:
                await first.execute(f'drop database if exists "{name}" with (force)')
            finally:
                await first.close()

    async def answer(self, database: Database, statements: Sequence[Statement]) -> list[Outcome]:
        """The outcome of each, in their order. Raises ServerFailed."""
        try:
            connection = self._connections.get(database.name)
            if connection is None or connection.is_closed():
                connection = self._connections[database.name] = await self._connect(database.name, BUILDER)
                await connection.execute(OURS)
            async with asyncio.timeout(10 + SECONDS * 2):
                return await _answered(connection, statements)
        except (OSError, TimeoutError, asyncpg.InterfaceError, asyncpg.PostgresError) as fault:
            if connection := self._connections.pop(database.name, None):
                connection.terminate()
            raise ServerFailed("the database could not be asked") from fault

    async def stop(self) -> None:
        for one in self._connections.values():
            one.terminate()
        self._connections.clear()


async def _apply(connection: asyncpg.Connection, statements: Sequence[Statement]) -> str:
    """What failed, in one text. A statement that fails leaves the others as they are; some wait for a later one, so twice."""
    loop = asyncio.get_running_loop()
    end = loop.time() + SCHEMA_SECONDS
    waiting = [one for one in statements if one.node is not None]
    failed: list[Statement] = [one for one in statements if one.node is None]
    for is_last in (False, True):
        again: list[Statement] = []
        for one in waiting:
            if loop.time() > end:
                again.append(one)
                continue
            text = _carried_out(one)
            if not text:
                continue
            try:
                await connection.fetch(text, timeout=5)
            except (asyncpg.PostgresError, TimeoutError) as fault:
                if isinstance(fault, asyncpg.PostgresError) and (fault.sqlstate or "").startswith(
                    ("42P07", "42710", "42701")
                ):
                    continue  # it is there already
                again.append(one)
        waiting = again
        if not waiting or is_last:
            break
    return "\n".join(one.text for one in (*failed, *waiting)).lower()


def _carried_out(one: Statement) -> str:
    """ "" for what a schema without rows needs not, or may not be sent."""
    node = one.node
    if isinstance(node, ast.CreateTableAsStmt):
        return _without_rows(one) if allowed.is_query(node.query) else ""
    if isinstance(node, ast.IndexStmt) and node.concurrent:
        return re.sub(r"\bconcurrently\b", "", one.text, count=1, flags=re.IGNORECASE)
    if isinstance(node, ast.TruncateStmt | ast.CommentStmt) or allowed.refused(node):
        return ""
    return one.text


def _without_rows(one: Statement) -> str:
    return re.sub(r"\bwith\s+(?:no\s+)?data\s*$", "", one.text, flags=re.IGNORECASE) + "\nwith no data"


async def _described(connection: asyncpg.Connection, name: str, failed: str) -> Database:
    own = "n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')"
    rows = await connection.fetch(
        f"select n.nspname, c.relname, array_agg(a.attname::text) as columns from pg_class c "
        f"join pg_namespace n on n.oid = c.relnamespace "
        f"join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped "
        f"where c.relkind in ('r', 'v', 'm', 'p', 'f') and {own} group by 1, 2"
    )
    functions = await connection.fetch(
        f"select p.proname from pg_proc p join pg_namespace n on n.oid = p.pronamespace where {own}"
    )
    types = await connection.fetch(
        f"select t.typname from pg_type t join pg_namespace n on n.oid = t.typnamespace where {own}"
    )
    relations = [one["relname"] if one["nspname"] == "public" else f"{one['nspname']}.{one['relname']}" for one in rows]
    columns = dict(zip(relations, [one["columns"] for one in rows], strict=True))
    return Database(
        name,
        failed,
        relations,
        columns,
        frozenset(one["proname"] for one in functions),
        frozenset(one["typname"] for one in types),
    )


async def _answered(connection: asyncpg.Connection, statements: Sequence[Statement]) -> list[Outcome]:
    loop = asyncio.get_running_loop()
    end = loop.time() + ANSWER_SECONDS
    await connection.execute("begin")
    try:
        outcomes = [
            await _tried(connection, one) if loop.time() < end else Outcome(skipped="there is too much of it")
            for one in statements
        ]
    finally:
        await connection.execute("rollback")
        await connection.execute("discard all")
        await connection.execute(OURS)
    return outcomes


async def _tried(connection: asyncpg.Connection, one: Statement) -> Outcome:
    if one.node is None:
        return Outcome(skipped="it could not be read")
    node = _inner(one.node)
    if allowed.is_query(node):
        return await _explained(connection, one, node)
    if isinstance(node, ast.CreateTableAsStmt):
        if not allowed.is_query(node.query):
            return Outcome(skipped="what it runs is not tried")
        return await _defined(connection, one, _without_rows(one))
    if isinstance(node, ast.DoStmt):
        return await _body(connection, one, node)
    if isinstance(node, ast.TransactionStmt | ast.VariableSetStmt | ast.VariableShowStmt):
        return Outcome()
    if reason := allowed.refused(node):
        return Outcome(skipped=reason)
    return await _defined(connection, one, _carried_out(one) or one.text)


def _inner(node: Any) -> Any:
    return node.query if isinstance(node, ast.ExplainStmt | ast.PrepareStmt | ast.DeclareCursorStmt) else node


async def _explained(connection: asyncpg.Connection, one: Statement, node: Any) -> Outcome:
    text = one.text if node is one.node else str(RawStream()(node))
    await connection.execute(f"savepoint one; set local transaction_read_only = on; set local role {READER}")
    try:
        await connection.fetch(PREFIX + text, timeout=SECONDS)
        count = await connection.fetchval(
            "select cardinality(parameter_types) from pg_prepared_statements where name = 'plumbline_one'",
            timeout=SECONDS,
        )
        given = f"({', '.join(['null'] * count)})" if count else ""
        await connection.fetch(f"explain execute plumbline_one{given}", timeout=SECONDS)
        return Outcome()
    except asyncpg.PostgresError as fault:
        return _outcome(fault, one, len(PREFIX) if node is one.node else -1)
    finally:
        await connection.execute("rollback to savepoint one; deallocate all")


async def _defined(connection: asyncpg.Connection, one: Statement, text: str) -> Outcome:
    """What it defines stays for the statements after it."""
    await connection.execute("savepoint one")
    try:
        await connection.fetch(text, timeout=SECONDS)
    except asyncpg.PostgresError as fault:
        await connection.execute("rollback to savepoint one")
        return _outcome(fault, one, 0 if text == one.text else -1)
    await connection.execute("release savepoint one")
    return Outcome()


async def _body(connection: asyncpg.Connection, one: Statement, node: Any) -> Outcome:
    """The body of DO, as that of a function that nobody calls."""
    options = {option.defname: option.arg.sval for option in node.args or () if isinstance(option.arg, ast.String)}
    if options.get("language", "plpgsql").lower() != "plpgsql" or "$any_body$" in options.get("as", ""):
        return Outcome(skipped="DO in another language is not tried")
    text = f"create function pg_temp.plumbline_body() returns void language plpgsql as $any_body${options.get('as', '')}$any_body$"
    await connection.execute("savepoint one")
    try:
        await connection.fetch(text, timeout=SECONDS)
        return Outcome()
    except asyncpg.PostgresError as fault:
        return _outcome(fault, one, -1)
    finally:
        await connection.execute("rollback to savepoint one")


def _outcome(fault: asyncpg.PostgresError, one: Statement, shift: int) -> Outcome:
    code = fault.sqlstate or ""
    place = int(fault.position) - 1 - shift if fault.position and shift >= 0 else -1
    message = str(fault.args[0] if fault.args else fault).split("\n")[0]
    hint = getattr(fault, "hint", None)
    return Outcome(
        Fault(place, message + (f" ({hint.rstrip('.')})" if hint and len(hint) < 160 else "")), code, _named(message)
    )


def _named(message: str) -> str:
    """The word that is not there, in lower case and without its schema or its arguments."""
    found = re.search(r'(?:relation|column|function|type|constraint|schema|role|trigger|index) "?([^"(\s]+)', message)
    return found[1].strip('"').lower() if found else ""


def is_lost(code: str) -> bool:
    """What says nothing about the statement: limits, rights, what this server lacks."""
    return code.startswith(("53", "54", "55", "57", "58", "08", "XX", "25")) or code in ("42501", "28000", "22023")
