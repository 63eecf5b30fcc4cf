"""Parameters that become SQL as they are, and statements that no transaction block may hold. No server is needed for either."""

from __future__ import annotations

import pytest

from storage.checks.sql.schemas import injected
from storage.checks.sql.statements import reading, transactions

FUNCTION = """CREATE FUNCTION found(p_id bigint, p_term text, p_sort varchar DEFAULT 'id') RETURNS SETOF members LANGUAGE plpgsql AS $$
DECLARE sql text := 'SELECT * FROM members WHERE id = ' || p_id; r record; term text;
BEGIN
{body}
END $$"""

RAW = [
    "RETURN QUERY EXECUTE 'SELECT 1 WHERE a ILIKE ''%'\n  || {raw} || '%''' USING p_id;",
    "EXECUTE format('SELECT %L, %s',\n  p_sort, {raw});",
    "EXECUTE format('SELECT %2$s, %1$I', p_sort,\n  {raw});",
    "sql := sql ||\n {raw}; EXECUTE sql;",
    "term := 'x' ||\n {raw}; sql := sql || term; EXECUTE sql || ' LIMIT 1';",
    "FOR r IN EXECUTE concat('SELECT * FROM ',\n {raw}) LOOP NULL; END LOOP;",
    "EXECUTE 'SELECT 1 ORDER BY ' ||\n coalesce({raw}, 'id');",
]

RIGHT = [
    "EXECUTE 'SELECT ' || quote_literal(p_term) || quote_ident(p_sort) || p_id;",
    "EXECUTE format('SELECT %I, %L, %s', p_sort, p_term, p_id) USING p_term;",
    "EXECUTE 'SELECT ' || p_term::int;",
    "EXECUTE 'EXPLAIN ' || p_term; EXECUTE p_term; EXECUTE 'SELECT count(*) FROM (' || p_term || ') q';",
    "IF p_sort NOT IN ('id', 'name') THEN RAISE 'no'; END IF; EXECUTE sql || ' ORDER BY ' || p_sort;",
    "IF to_regclass(p_term) IS NULL THEN RETURN; END IF; EXECUTE sql || p_term;",
    "PERFORM FROM pg_class WHERE relname = p_term; IF FOUND THEN EXECUTE 'TRUNCATE ' || p_term; END IF;",
    "SELECT name INTO STRICT term FROM members m WHERE m.name = p_term; EXECUTE 'CREATE ROLE ' || p_term;",
    "p_term := quote_literal(p_term); EXECUTE sql || p_term;",
    "term := 'about ' || p_term; RAISE NOTICE '%', term; EXECUTE sql;",
    "sql := sql || CASE p_sort WHEN 'a' THEN ' ORDER BY a' ELSE '' END; EXECUTE sql;",
    "SELECT count(*) INTO term FROM members WHERE name = '%' || p_term;",
]


@pytest.mark.parametrize("body", RAW)
def test_a_parameter_within_sql_is_told_where_it_is_put_in(body: str) -> None:
    (statement,) = reading.read(FUNCTION.format(body=body.format(raw="p_term"))).statements

    (fault,) = injected.faults(statement)

    assert "`p_term`" in fault.message
    assert statement.text[: fault.place].count("\n") == 4
    assert statement.text[fault.place :].startswith("p_term")


@pytest.mark.parametrize("body", [*RIGHT, *(one.format(raw="quote_literal(p_term)") for one in RAW)])
def test_what_is_quoted_checked_or_a_statement_itself_is_not(body: str) -> None:
    (statement,) = reading.read(FUNCTION.format(body=body)).statements

    assert list(injected.faults(statement)) == []


def test_another_name_of_a_parameter_is_told_where_it_is_put_in() -> None:
    (statement,) = reading.read(FUNCTION.format(body="term := lower(p_term);\nEXECUTE sql || term;")).statements

    (fault,) = injected.faults(statement)

    assert ("`p_term`" in fault.message, statement.text[fault.place :].startswith("term;")) == (True, True)


OUTSIDE = [
    "CREATE INDEX CONCURRENTLY a ON b (c)", "DROP INDEX CONCURRENTLY a", "REINDEX TABLE CONCURRENTLY a", "REINDEX DATABASE a",
    "ALTER TABLE a DETACH PARTITION b CONCURRENTLY", "VACUUM a", "CREATE DATABASE a", "DROP DATABASE a", "CLUSTER",
    "ALTER SYSTEM SET work_mem = '1MB'", "DISCARD ALL",
]  # fmt: skip
WITHIN = ["CREATE INDEX a ON b (c)", "DROP INDEX a", "REINDEX TABLE a", "ANALYZE a", "CLUSTER a", "DISCARD PLANS"]
AROUND = {
    "BEGIN; {};\nCOMMIT;": True,
    "START TRANSACTION; {};\nROLLBACK;": True,
    "-- +goose Up\n{};": True,
    "-- migrate:up\n{};": True,
    "-- +goose NO TRANSACTION\n-- +goose Up\n{};": False,
    "-- migrate:up transaction:false\n{};": False,
    "-- migrate:up\nSELECT 1;\n-- migrate:down transaction:false\n{};": False,
    "BEGIN; SELECT 1; COMMIT; {};": False,
    "{}; BEGIN; SELECT 1; COMMIT;": False,
    "BEGIN; {};": False,  # it may be shown that it fails
}


@pytest.mark.parametrize(("around", "is_within"), AROUND.items())
def test_what_no_transaction_block_may_hold_is_told_within_one(around: str, is_within: bool) -> None:
    for one in (*OUTSIDE, *WITHIN):
        code = around.format(one)
        statements = reading.read(code).statements

        told = transactions.faults(statements, code)

        assert [each.text.endswith(one) for each in statements if id(each) in told] == (
            [True] if is_within and one in OUTSIDE else []
        ), one
