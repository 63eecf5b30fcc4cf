"""SQL that would write, sleep, read files, start programs or eat the machine, if it were run: it ends in a verdict, that is all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.capabilities.checks.verdicts import Block
from storage.checks.room import Stand
from tests.storage.checks.sql.test_sql_room import MIGRATIONS, Place, opened

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow]

EVIL = """
SELECT pg_sleep(1000)
SELECT pg_sleep_for('1 hour')
SELECT pg_read_file('/etc/passwd')
SELECT pg_read_binary_file('/etc/passwd')
SELECT * FROM pg_ls_dir('/')
SELECT lo_import('/etc/passwd')
SELECT lo_export(1, '{canary}')
SELECT lo_from_bytea(0, 'x')
COPY users TO PROGRAM 'touch {canary}'
COPY users FROM PROGRAM 'touch {canary}'
COPY (SELECT 'x') TO '{canary}'
COPY users FROM '/etc/passwd'
CREATE EXTENSION dblink
CREATE EXTENSION file_fdw
SELECT dblink_connect('host=127.0.0.1')
CREATE FUNCTION f(text) RETURNS int LANGUAGE c AS 'libc.so.6', 'system'
CREATE FUNCTION f() RETURNS int LANGUAGE plpython3u AS 'import os'
CREATE LANGUAGE plperlu
DO $$ BEGIN PERFORM pg_sleep(1000); END $$
DO $$ BEGIN LOOP END LOOP; END $$
DO LANGUAGE plpython3u $$ open('{canary}', 'w') $$
DO $$ BEGIN EXECUTE 'COPY users TO PROGRAM ''touch {canary}'''; END $$
ALTER SYSTEM SET fsync = off
ALTER SYSTEM SET archive_command = 'touch {canary}'
ALTER DATABASE postgres SET work_mem = '1GB'
ALTER ROLE plumbline SET statement_timeout = 0
ALTER ROLE builder SUPERUSER
SET ROLE plumbline
SET SESSION AUTHORIZATION plumbline
SET statement_timeout = 0
RESET ALL
SELECT set_config('statement_timeout', '0', false)
CREATE ROLE evil SUPERUSER LOGIN
DROP ROLE builder
GRANT pg_execute_server_program TO PUBLIC
GRANT plumbline TO builder
DROP DATABASE postgres
CREATE DATABASE evil
DROP SCHEMA public CASCADE
DROP TABLE users CASCADE
TRUNCATE users CASCADE
DELETE FROM users
INSERT INTO users (email) SELECT repeat('x', 1000) FROM generate_series(1, 100000000)
UPDATE users SET email = pg_read_file('/etc/passwd')
SELECT count(*) FROM generate_series(1, 1000000000000)
SELECT * FROM users a, users b, users c, users d, users e, users f, users g, users h, users i, users j, users k, users l
WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT sum(n) FROM t
SELECT repeat('x', 1000000000)
SELECT repeat(repeat('x', 100000), 100000)
SELECT array_fill(0, ARRAY[100000000])
SELECT lpad('x', 1000000000)
CREATE TABLE evil AS SELECT pg_sleep(1000)::text
CREATE MATERIALIZED VIEW evil AS SELECT pg_read_file('/etc/passwd')
SELECT pg_sleep(1000)::text INTO evil
CREATE TABLE evil (a text DEFAULT pg_read_file('/etc/passwd'))
ALTER TABLE users ADD COLUMN evil text DEFAULT pg_read_file('/etc/passwd')
ALTER TABLE users ADD COLUMN evil text DEFAULT (pg_sleep(1000))::text
CREATE INDEX evil ON users ((pg_sleep(1000)::text))
CREATE TABLE evil (a int CHECK (pg_sleep(1000)::text = ''))
CREATE TABLE evil (a int) PARTITION BY LIST (a); CREATE TABLE evil1 PARTITION OF evil FOR VALUES IN ((pg_sleep(1000)::text::int))
CREATE FUNCTION evil() RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(1000); RETURN 1; END $$; SELECT evil()
CREATE FUNCTION evil() RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN LOOP END LOOP; END $$; SELECT * FROM users WHERE id = evil()
CREATE FUNCTION evil() RETURNS int IMMUTABLE LANGUAGE sql AS $$ SELECT count(*) FROM generate_series(1, 1e11) $$; SELECT evil()
CREATE EVENT TRIGGER evil ON ddl_command_start EXECUTE FUNCTION f()
CREATE SERVER evil FOREIGN DATA WRAPPER postgres_fdw
CREATE FOREIGN TABLE evil (a int) SERVER x OPTIONS (filename '/etc/passwd')
IMPORT FOREIGN SCHEMA public FROM SERVER x INTO public
CREATE SUBSCRIPTION evil CONNECTION 'host=127.0.0.1' PUBLICATION p
CREATE PUBLICATION evil FOR ALL TABLES
CREATE TABLESPACE evil LOCATION '/tmp'
LOAD 'auto_explain'
CHECKPOINT
VACUUM FULL
CLUSTER
REINDEX DATABASE postgres
LOCK TABLE users IN ACCESS EXCLUSIVE MODE
NOTIFY evil, 'x'
LISTEN evil
SELECT pg_notify('evil', 'x')
SELECT pg_advisory_lock(1)
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
SELECT pg_reload_conf()
SELECT pg_rotate_logfile()
SELECT pg_switch_wal()
SELECT pg_create_physical_replication_slot('evil')
SELECT nextval('users_id_seq'), setval('users_id_seq', 999)
SELECT query_to_xml('COPY users TO PROGRAM ''touch {canary}''', true, true, '')
SELECT database_to_xml(true, true, '')
SELECT current_setting('data_directory')
SELECT * FROM pg_hba_file_rules
SELECT * FROM pg_authid
PREPARE evil AS DELETE FROM users; EXECUTE evil
EXPLAIN ANALYZE DELETE FROM users
EXPLAIN (ANALYZE) SELECT pg_sleep(1000)
DECLARE c CURSOR WITH HOLD FOR SELECT pg_sleep(1000); FETCH ALL FROM c
COMMIT; DROP TABLE users
ROLLBACK; DROP TABLE users
ROLLBACK TO SAVEPOINT one; COMMIT; DROP TABLE users
RELEASE SAVEPOINT one; DROP TABLE users
DEALLOCATE ALL; DISCARD ALL
COMMENT ON DATABASE postgres IS 'evil'
SECURITY LABEL FOR x ON TABLE users IS 'y'
REASSIGN OWNED BY builder TO plumbline
DROP OWNED BY builder CASCADE
CREATE RULE evil AS ON SELECT TO users DO INSTEAD SELECT 1
CREATE CAST (text AS int) WITHOUT FUNCTION
CREATE OPERATOR === (LEFTARG = text, RIGHTARG = text, FUNCTION = texteq)
CREATE AGGREGATE evil (int) (SFUNC = int4pl, STYPE = int)
CREATE TYPE evil (INPUT = int4in, OUTPUT = int4out)
CALL evil()
SELECT 1; \\! touch {canary}
\\copy users to program 'touch {canary}'
SELECT 1 \\g |touch {canary}
SELECT '\\\\'; DROP TABLE users; --'
SELECT $a$ $a$; DROP TABLE users; SELECT $b$ $b$
CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $any_body$ SELECT 1 $any_body$; DO $x$ $any_body$; DROP TABLE users; -- $x$
BEGIN; DROP TABLE users; COMMIT
CREATE SCHEMA evil CREATE TABLE t (a int) CREATE VIEW v AS SELECT pg_sleep(1000)
ALTER TABLE users ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON users USING (pg_sleep(1000)::text = '')
CREATE TRIGGER evil BEFORE INSERT ON users EXECUTE FUNCTION pg_sleep(1000)
SELECT xpath('/x', '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'::xml)
SELECT 'x' ~ '(((((((((a*)*)*)*)*)*)*)*)*)*b'
SELECT regexp_replace(repeat('a', 100000), '(a+)+$', 'b', 'g')
SELECT ts_rank(to_tsvector(repeat('a ', 100000)), to_tsquery('a'))
SELECT 10 ^ 100000000::numeric
SELECT factorial(100000)
SELECT '1e1000000000'::numeric
""".strip().split("\n")

MADE = "CREATE FUNCTION u() RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN {} RETURN 1; END $$; {}"
ADDED = "ALTER TABLE users ADD e int DEFAULT u()"
CALLED_TO_PLAN = [
    MADE.format("LOOP BEGIN PERFORM pg_sleep(9); EXCEPTION WHEN query_canceled THEN END; END LOOP;", ADDED),
    MADE.format("LOOP BEGIN PERFORM pg_sleep(9); EXCEPTION WHEN query_canceled THEN END; END LOOP;", "SELECT u()"),
    MADE.format("EXECUTE 'drop table users cascade';", "CREATE INDEX e ON users (id) WHERE u() = 1"),
    MADE.format("PERFORM lo_from_bytea(0, 'x');", ADDED),
]
"""What a server works out while it plans: a function that nothing stops, and some that would do harm."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    async with opened(tmp_path_factory.mktemp("hostile"), 0.4) as place:
        yield place


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(place: Place) -> Stand:
    return place.stand("shop", MIGRATIONS)


async def seen_again(place: Place, shop: Stand) -> None:
    """The next answer is looked at, however busy the machine is: what took too long is asked again."""
    while (verdict := await place.verdict("SELECT email FROM users", shop)).state != "none":
        assert verdict.state in ("partial", "unchecked"), verdict


async def test_nothing_that_would_do_harm_has_an_effect(place: Place, shop: Stand, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    await asyncio.wait_for(seen_again(place, shop), 60)
    before = await place.catalog()

    for code in (*EVIL, *CALLED_TO_PLAN):
        verdict = await asyncio.wait_for(place.verdict(code.replace("{canary}", str(canary)), shop), 60)
        assert verdict.state in ("none", "partial", "problems", "unchecked"), code

    assert not canary.exists()
    assert await place.catalog() == before
    await asyncio.wait_for(seen_again(place, shop), 60)


@pytest.mark.parametrize(
    "code",
    [
        "SELECT " + "(" * 50_000 + "1" + ")" * 50_000,
        "SELECT " + "1 + " * 20_000 + "1",
        "SELECT " + "case when true then " * 5_000 + "1" + " end" * 5_000,
        "SELECT * FROM " + "(SELECT * FROM " * 800 + "users" + ") x" * 800,
        "SELECT 1 " + "UNION ALL SELECT 1 " * 4_000,
        "SELECT id FROM users WHERE id IN (" + ",".join(map(str, range(15_000))) + ")",  # noqa: S608
        "x" * 10_000_000,
        "SELECT '" + "a" * 10_000_000 + "'",
        "$a$" * 30_000,
        "/*" * 40_000,
        "'" * 99_999,
        ";" * 99_999,
        "SELECT 1;" * 9_000,
        "NOT " * 20_000 + "true",
        "\0" * 1_000,
        "SELECT \ud800",
    ],
    ids=range(16),
)
async def test_what_is_too_much_ends_in_a_verdict_and_the_next_block_is_checked(
    place: Place, shop: Stand, code: str
) -> None:
    said = await asyncio.wait_for(place.room.check([Block("sql", code)], shop), 120)

    assert len(said) == 1
    await asyncio.wait_for(seen_again(place, shop), 60)
