"""The database of a schema: what its statements make of an empty one, and what they could not make."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import asyncpg
from pglast import ast

from storage.checks.sql.database import plans
from storage.checks.sql.database.sent import ALL_BUT_KEYS, REFERENCES, brings_names, carried_out, unbound
from storage.checks.sql.database.trying import READER
from storage.checks.sql.statements import trees
from storage.checks.sql.statements.reading import Statement

APPLY_SECONDS = 25.0
"""For the statements of a schema."""

PASSES = 6
THERE_ALREADY = ("42P07", "42710", "42701")
"""Tables, other objects and columns: https://www.postgresql.org/docs/current/errcodes-appendix.html"""

BUILDER = "builder"
"""The role that owns what the schema makes, and nothing else."""

ROLES = ("anon", "authenticated", "service_role", "supabase_auth_admin", "authenticator")
"""Of Supabase, for policies that name them."""

EXTENSIONS = frozenset(
    """
    citext pgcrypto uuid-ossp pg_trgm hstore ltree btree_gin btree_gist unaccent intarray tablefunc fuzzystrmatch cube
    isn seg lo earthdistance intagg tcn moddatetime vector bloom dict_int dict_xsyn
    """.split()
)
"""Those that are made where the schema asks for them; none of them reaches out of the database."""

USED = re.compile(r"(?<![a-z])(citext|hstore|ltree|trgm|unaccent|vector|uuid_generate)(?![a-z])")
NAMED = {"trgm": "pg_trgm", "uuid_generate": "uuid-ossp"}
"""Types, functions and classes of operators that show an extension which something else than the schema makes."""

OF_PLATFORM = {"uuid-ossp", "pgcrypto"}
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


@dataclass(slots=True)
class Database:
    """`failed` are the texts of statements of the schema that could not be carried out: what they name may exist."""

    name: str
    failed: str = ""
    relations: Sequence[str] = ()
    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)
    functions: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()
    """Of the schema, and PostgreSQL's own."""
    large: Mapping[str, plans.Large] = field(default_factory=dict)
    """Tables that the schema shows to be large, and their partitions."""
    is_cut: bool = False
    """There was not time enough for all of it."""


async def prepare(owner: asyncpg.Connection, statements: Sequence[Statement], is_platform: bool) -> None:
    """What only the owner of the database may do in it."""
    await owner.execute(f"alter schema public owner to {BUILDER}; revoke all on language plpgsql from public")
    await owner.execute(f"grant usage on language sql, plpgsql to {BUILDER}")
    await owner.execute(f"grant usage on schema public to {READER}")
    asked = {one.node.extname for one in statements if isinstance(one.node, ast.CreateExtensionStmt)}
    used = {NAMED.get(found, found) for one in statements for found in USED.findall(one.text.lower())}
    for name in sorted(EXTENSIONS & (asked | used | (OF_PLATFORM if is_platform else set()))):
        with contextlib.suppress(asyncpg.PostgresError):
            await owner.execute(f'create extension if not exists "{name}" cascade')


async def filled(
    builder: asyncpg.Connection, name: str, statements: Sequence[Statement], is_platform: bool
) -> Database:
    kept = ", ".join(ROLES)
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
    lacking: list[ast.CreateStmt] = []
    for left_out in (REFERENCES, ALL_BUT_KEYS):
        bare = {id(one): text for one, _ in failed if (text := _bare(one.node, left_out))}
        unmade = await _pass(connection, [(one, bare.get(id(one), text)) for one, text in failed], end)
        lacking += [one.node for one, _ in failed if id(one) in bare]
        texts = {id(one): text for one, text in failed}
        failed = [(one, texts[id(one)]) for one, _ in unmade]
    told = [one.text for one in (*unread, *(one for one, _ in failed)) if brings_names(one.node)]
    told += [each.pktable.relname for one in lacking for each in trees.below(one, ast.Constraint) if each.pktable]
    return "\n".join(told).lower(), asyncio.get_running_loop().time() > end


def _bare(node: object, left_out: Collection[object]) -> str:
    return unbound(node, left_out) if isinstance(node, ast.CreateStmt) else ""


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
        f"select typname from pg_type t join pg_namespace n on n.oid = t.typnamespace where {own} "
        "union select unnest(array[typname, format_type(oid, null)]) from pg_type "
        "where typnamespace = 'pg_catalog'::regnamespace and typtype in ('b', 'r', 'm') and typname !~ '^(_|pg_)'"
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
