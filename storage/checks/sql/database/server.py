"""Statements held against a database that has the team's schema, on a server of our own. Nothing of it stays: all is rolled back.

Each schema is a database without rows, made once by its owner. An answer is one transaction in it, each statement behind a savepoint,
so that later statements see what earlier ones define.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import asyncpg
from pglast import ast

from storage.checks.sql.database import plans
from storage.checks.sql.database.trying import (
    ANSWER_SECONDS,
    READER,
    Outcome,
    Trial,
    brings_names,
    carried_out,
    unbound,
)
from storage.checks.sql.statements import trees
from storage.checks.sql.statements.reading import Statement

log = logging.getLogger(__name__)

APPLY_SECONDS, SCHEMA_SECONDS = 25.0, 40.0
"""For the statements of a schema, and for all of its database."""
MOST_REBUILT = 3
"""Times that a schema is built anew, for which there was not time enough on a busy machine."""
KEPT_DATABASES, KEPT_CONNECTIONS = 12, 4
"""The server lets nine in that are no superuser's."""

PASSES = 6
THERE_ALREADY = ("42P07", "42710", "42701")
"""Tables, other objects and columns: https://www.postgresql.org/docs/current/errcodes-appendix.html"""

START_TRIES = 400
BUILDER = "builder"
"""The role that owns what the schema makes, and nothing else."""

ROLES = ("anon", "authenticated", "service_role", "supabase_auth_admin", "authenticator")
"""Of Supabase, for policies that name them."""

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
class Database:
    """`failed` are the texts of statements of the schema that could not be carried out: what they name may exist."""

    name: str
    failed: str = ""
    relations: Sequence[str] = ()
    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)
    functions: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()
    large: Mapping[str, plans.Large] = field(default_factory=dict)
    """Tables that the schema shows to be large, and their partitions."""
    is_cut: bool = False
    """There was not time enough for all of it."""


class Server:
    """One answer at a time for each database."""

    def __init__(self, folder: str, password: str, seconds: float) -> None:
        """`seconds` for one statement; the limits of the server itself lie beside it."""
        self._seconds = seconds
        self._folder = folder
        self._password = password
        self._databases: OrderedDict[str, Database] = OrderedDict()
        self._connections: OrderedDict[str, asyncpg.Connection] = OrderedDict()
        self._making = asyncio.Lock()
        self._rebuilt: dict[str, int] = {}
        self._endings: set[asyncio.Task[None]] = set()
        self._is_ready = False
        self.builtin: frozenset[str] = frozenset()
        self.arities: dict[str, tuple[int, int]] = {}
        self.version = ""

    async def _connect(self, database: str, user: str = "plumbline") -> asyncpg.Connection:
        return await asyncpg.connect(
            host=self._folder, user=user, password=self._password, database=database, timeout=60, statement_cache_size=0
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
            if (cut := self._databases.get(key)) and cut.is_cut and self._rebuilt.get(key, 0) < MOST_REBUILT:
                self._rebuilt[key] = self._rebuilt.get(key, 0) + 1
                await self._drop(self._databases.pop(key).name)
            if key not in self._databases:
                try:
                    async with asyncio.timeout(SCHEMA_SECONDS):
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
                rows = await first.fetch(
                    "select proname::text as name, min(pronargs - pronargdefaults) as fewest, max(pronargs) as most from pg_proc "
                    "where proname !~ '^(?:_|pg_)' group by 1 having not bool_or(provariadic <> 0)"
                )
                self.arities = {one["name"]: (one["fewest"], one["most"]) for one in rows}
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
            await builder.execute("alter default privileges revoke execute on functions from public")
            await builder.execute(f"alter default privileges grant all on tables to {READER}, {kept}")
            await builder.execute(f"alter default privileges grant usage on schemas to {READER}, {kept}")
            if is_platform:
                await builder.execute(PLATFORM)
            failed, is_cut = await _apply(builder, statements)
            database = await _described(builder, name, failed)
            database.is_cut = is_cut
            database.large = await plans.large(builder, statements)
            return database
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
        """The outcome of each, in their order. Raises ServerFailed. A statement that no limit stops (a function may catch that it is
        stopped) ends with its connection."""
        ending: asyncio.TimerHandle | None = None
        try:
            connection = await self._kept(database.name)
            seconds = ANSWER_SECONDS + 4 * self._seconds
            ending = asyncio.get_running_loop().call_later(seconds, self._end, connection.get_server_pid())
            async with asyncio.timeout(2 * seconds):
                return await Trial(connection, self._seconds, database.large).answered(statements)
        except (OSError, TimeoutError, asyncpg.InterfaceError, asyncpg.PostgresError) as fault:
            if connection := self._connections.pop(database.name, None):
                connection.terminate()
            raise ServerFailed("the database could not be asked") from fault
        finally:
            if ending is not None:
                ending.cancel()

    async def _kept(self, name: str) -> asyncpg.Connection:
        """The connection to a database. Those that were not asked for longest end: a process of the server waits at each."""
        connection = self._connections.pop(name, None)
        while len(self._connections) >= KEPT_CONNECTIONS:
            self._connections.popitem(last=False)[1].terminate()
        if connection is None or connection.is_closed():
            connection = await self._connect(name, BUILDER)
            self._connections[name] = connection
            await Trial(connection, self._seconds).begin()
        self._connections[name] = connection
        return connection

    def _end(self, process_id: int) -> None:
        task = asyncio.ensure_future(self._ended(process_id))
        self._endings.add(task)
        task.add_done_callback(self._endings.discard)

    async def _ended(self, process_id: int) -> None:
        with contextlib.suppress(asyncpg.PostgresError, OSError):
            first = await self._connect("postgres")
            try:
                await first.execute(f"select pg_terminate_backend({process_id})")
            finally:
                await first.close()

    async def stop(self) -> None:
        for one in self._connections.values():
            one.terminate()
        self._connections.clear()


async def _apply(connection: asyncpg.Connection, statements: Sequence[Statement]) -> tuple[str, bool]:
    """What failed, in one text, and whether there was not time enough.

    A statement that fails leaves the others as they are; some wait for a later one, so all are tried as long as that helps, and tables
    that only lack what they refer to are made without it.
    """
    end = asyncio.get_running_loop().time() + APPLY_SECONDS
    unread = [one for one in statements if one.node is None]
    waiting = [(one, carried_out(one)) for one in statements if one.node is not None]
    for _ in range(PASSES):
        failed = await _pass(connection, waiting, end)
        if len(failed) == len(waiting) or not failed:
            break
        waiting = failed
    if bare := [
        (one, text) for one, _ in failed if isinstance(one.node, ast.CreateStmt) and (text := unbound(one.node))
    ]:
        unmade = await _pass(connection, bare, end)
        kept = {id(one) for one, _ in unmade} | {id(one) for one, _ in failed} - {id(one) for one, _ in bare}
        failed = await _pass(connection, [each for each in failed if id(each[0]) in kept], end)
    told = [one.text for one in (*unread, *(one for one, _ in failed)) if brings_names(one.node)]
    told += [each.pktable.relname for one, _ in bare for each in trees.below(one.node, ast.Constraint) if each.pktable]
    return "\n".join(told).lower(), asyncio.get_running_loop().time() > end


async def _pass(
    connection: asyncpg.Connection, asked: Sequence[tuple[Statement, str]], end: float
) -> list[tuple[Statement, str]]:
    """Those that could not be carried out, or for which there was no time."""
    loop = asyncio.get_running_loop()
    failed: list[tuple[Statement, str]] = []
    for one, text in asked:
        if loop.time() > end:
            failed.append((one, text))
        elif text:
            try:
                await connection.fetch(text, timeout=5)
            except (asyncpg.PostgresError, TimeoutError) as fault:
                if not (getattr(fault, "sqlstate", None) or "").startswith(THERE_ALREADY):
                    failed.append((one, text))
    return failed


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
