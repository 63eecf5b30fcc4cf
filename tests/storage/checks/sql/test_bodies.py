"""Queries within functions of PL/pgSQL, and tables that no index serves, through the real process and the real server."""

from __future__ import annotations

import string
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.checks.room import Stand
from storage.checks.sql.schemas import bodies
from storage.checks.sql.statements import reading
from tests.storage.checks.sql.test_sql_room import MIGRATIONS, Place, only, opened

SCHEMA = MIGRATIONS | {
    "migrations/003_large.sql": """-- +goose Up
CREATE TABLE events (id bigint, tenant_id bigint NOT NULL, kind text, at timestamptz NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE events_2025 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE INDEX ON events (tenant_id, at);
CREATE TABLE hits (id bigint PRIMARY KEY, url text, at timestamptz);
-- +goose NO TRANSACTION
CREATE INDEX CONCURRENTLY hits_at ON hits (at);
""",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    async with opened(tmp_path_factory.mktemp("sql"), 20.0) as place:
        yield place


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(place: Place) -> Stand:
    return place.stand("shop", SCHEMA)


RIGHT = [
    """CREATE FUNCTION paid(p_id bigint, OUT total numeric) LANGUAGE plpgsql AS $$
    <<outside>>
    DECLARE
      v_email text; r record; u users%ROWTYPE; latest orders.placed_at%TYPE;
      people CURSOR FOR SELECT id, email FROM users WHERE id > p_id; -- größer
    BEGIN
      SELECT email, placed_at
        INTO STRICT v_email, latest
        FROM users JOIN orders o ON o.user_id = users.id WHERE users.id = paid.p_id AND v_email = outside.v_email;
      FOR r IN SELECT * FROM orders WHERE user_id = p_id LOOP
        UPDATE orders SET total = r.total + 1, meta = to_jsonb(u) WHERE id = r.id;
      END LOOP;
      FOR i IN 1..3 LOOP
        INSERT INTO users (email) VALUES ('ä' || i) ON CONFLICT (email) DO UPDATE SET full_name = excluded.full_name;
      END LOOP;
      total := (SELECT sum(o.total) FROM orders o WHERE o.user_id = p_id);
      IF NOT FOUND THEN PERFORM pg_notify('a', v_email); END IF;
    EXCEPTION WHEN others THEN
      INSERT INTO users (email) VALUES (sqlerrm || sqlstate);
    END $$""",
    """CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      NEW.anything = coalesce(NEW.anything, OLD.anything);
      INSERT INTO orders (user_id) VALUES (NEW.id);
      RETURN NEW;
    END $$""",
    "CREATE FUNCTION a() RETURNS void LANGUAGE plpgsql AS $$ BEGIN INSERT INTO audit (note) VALUES ('x'); END $$;\n"
    "CREATE TABLE audit (note text);",
    "DO $$ BEGIN CREATE TEMP TABLE t (a int); INSERT INTO t VALUES (1); EXECUTE 'select b from c'; END $$",
]
WRONG = [
    ("CREATE FUNCTION f(p bigint) RETURNS text LANGUAGE plpgsql AS $$\nDECLARE v text;\nBEGIN\n  SELECT email\n    INTO v\n"
     "    FROM users\n   WHERE mail = p;\n  RETURN v;\nEND $$", 7, "no column `mail`"),
    ("CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$\nBEGIN\n  INSERT INTO order_log VALUES (NEW.id);\n  RETURN NEW;\n"
     "END $$", 3, "no table `order_log`"),
    ("SELECT 1;\nDO $$\nDECLARE r record;\nBEGIN\n  FOR r IN\n    SELECT id, nick FROM users\n  LOOP NULL; END LOOP;\n"
     "END $$", 6, "nick"),
    ("DO $$\nDECLARE a int;\nBEGIN\n  a := 1;\n  a := (SELECT amount FROM orders LIMIT 1);\nEND $$", 5, "amount"),
    ("DO $$\nBEGIN\n  IF EXISTS (SELECT FROM orders WHERE state = 'x') THEN NULL; END IF;\nEND $$", 3, "state"),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.asyncio(loop_scope="module")
async def test_bodies_that_name_what_is_there_are_not_flagged(place: Place, shop: Stand) -> None:
    for code in RIGHT:
        verdict = await place.verdict(code, shop)

        assert not verdict.findings, code


@pytest.mark.slow
@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(("code", "line", "word"), WRONG)
async def test_what_a_query_in_a_body_names_and_nothing_has_is_told_at_its_line(
    place: Place, shop: Stand, code: str, line: int, word: str
) -> None:
    finding = only(await place.verdict(code, shop))

    assert (finding.line, word in finding.message) == (line, True), finding


UNSERVED = {
    "SELECT * FROM events WHERE kind = 'x'": "`events`",
    "UPDATE hits SET url = $1 WHERE url = $2": "`hits`",
    "SELECT * FROM events WHERE tenant_id = 4": "",
    "SELECT * FROM events WHERE at >= '2025-02-01' AND at < '2025-03-01'": "",
    "SELECT * FROM hits WHERE at > now() AND url = 'x'": "",
    "SELECT count(*) FROM hits": "",
    "SELECT * FROM users WHERE full_name = 'x'": "",
}


@pytest.mark.slow
@pytest.mark.asyncio(loop_scope="module")
async def test_a_query_that_no_index_serves_is_hinted_at_where_the_table_is_shown_to_be_large(
    place: Place, shop: Stand
) -> None:
    for code, table in UNSERVED.items():
        verdict = await place.verdict(code, shop)

        assert not verdict.findings
        assert [f"no index of {table}" in one for one in verdict.warnings] == ([True] if table else []), code


NAMES = st.text(string.ascii_lowercase, min_size=3, max_size=8).map(lambda one: f"v_{one}")


@settings(max_examples=60, deadline=None)
@given(
    NAMES, st.sampled_from(["text", "int[]", "users%ROWTYPE", "record"]), st.sampled_from([" ", "\n", "\n\n  -- ä\n"])
)
def test_a_place_in_a_query_is_that_in_the_text_of_its_function(name: str, kind: str, gap: str) -> None:
    text = (
        f"CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $b$DECLARE {name} {kind};{gap}BEGIN{gap}"
        f"PERFORM 1 FROM t WHERE a = {name}{gap}AND bogus = 2; END$b$"
    )
    (statement,) = reading.read(text).statements
    (inner,) = bodies.queries(statement)

    assert name not in inner.statement.text
    assert inner.places[inner.statement.text.index("bogus")] == text.index("bogus")


TRIGGERED = """CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF {row} = 'a' AND EXISTS (SELECT FROM {source}) THEN
    RETURN NULL;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER noted AFTER UPDATE ON users REFERENCING NEW TABLE AS changed FOR EACH ROW EXECUTE FUNCTION noted();
"""


@pytest.mark.parametrize(
    ("row", "source", "lines"),
    [("NEW.email", "changed", []), ("NEW.mail", "changed", [3]), ("NEW.email", "changes", [3])],
)
@pytest.mark.asyncio(loop_scope="module")
async def test_a_trigger_tells_what_rows_its_function_is_given(
    place: Place, shop: Stand, row: str, source: str, lines: list[int]
) -> None:
    said = await place.verdict(TRIGGERED.format(row=row, source=source), shop)

    assert [one.line for one in said.findings] == lines, said


SET_BY_A_TRIGGER = MIGRATIONS | {
    "migrations/003_touch.sql": """-- +goose Up
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.placed_at := now(); RETURN NEW; END';
CREATE FUNCTION touch_any() RETURNS trigger LANGUAGE plpgsql AS
  'BEGIN IF TG_TABLE_NAME = ''orders'' THEN NEW.placed_at := now(); END IF; RETURN NEW; END';
""",
}


@pytest.mark.slow
@pytest.mark.asyncio(loop_scope="module")
async def test_a_trigger_on_a_table_without_what_the_schemas_function_sets_is_told(place: Place) -> None:
    stand = place.stand("touched", SET_BY_A_TRIGGER)
    code = "CREATE TRIGGER t BEFORE UPDATE ON {} FOR EACH ROW\nEXECUTE FUNCTION {}();"

    finding = only(await place.verdict(code.format("users", "touch"), stand))

    assert (finding.line, "`placed_at`" in finding.message, "`users`" in finding.message) == (2, True, True)
    for table, function in (("orders", "touch"), ("users", "touch_any")):
        assert not (await place.verdict(code.format(table, function), stand)).findings


NOT_IN = {
    "SELECT id FROM users WHERE id NOT IN (SELECT total FROM orders)": True,
    "SELECT id FROM users WHERE id NOT IN (SELECT o.total FROM orders o WHERE o.id > 1)": True,
    "SELECT id FROM users WHERE id NOT IN (SELECT total FROM orders WHERE total IS NOT NULL)": False,
    "SELECT id FROM users WHERE id NOT IN (SELECT user_id FROM orders)": False,
    "SELECT id FROM users WHERE id IN (SELECT total FROM orders)": False,
}


@pytest.mark.slow
@pytest.mark.asyncio(loop_scope="module")
async def test_not_in_over_a_column_that_may_be_null_is_hinted_at(place: Place, shop: Stand) -> None:
    for code, is_told in NOT_IN.items():
        verdict = await place.verdict(code, shop)

        assert not verdict.findings
        assert any("may be null" in one for one in verdict.warnings) == is_told, code
