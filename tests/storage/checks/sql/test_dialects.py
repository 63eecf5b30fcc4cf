"""SQLite and MySQL: what is wrong is said at its own line, and what only others speak is no MySQL."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.checks.sql.statements.text import prepare
from storage.checks.sql.verdicts import mysql, sqlite

SCHEMA = ("CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT, tag TEXT)",)
PADDING = st.lists(
    st.sampled_from(["-- archived, note_tags and now() are words here", "/* archived\n now() */", "", "  "]), max_size=4
)


@given(above=PADDING, between=PADDING)
@pytest.mark.parametrize(
    ("first", "second", "name"),
    [
        ("SELECT n.id, 'archived' AS x", "FROM notes n WHERE n.archived = 0", "n.archived"),
        ("SELECT id, body", "FROM note_tags", "note_tags"),
        ("SELECT id FROM notes", "WHERE body < now()", "now"),
        ("INSERT INTO notes (id,", "archived) VALUES (1, 2)", "archived"),
        ("UPDATE notes SET body = 'archived',", '"archived" = 1', "archived"),
    ],
)
def test_an_unknown_name_is_said_where_it_stands(
    first: str, second: str, name: str, above: list[str], between: list[str]
) -> None:
    text = "\n".join([*above, "SELECT 1;", first, *between, second])

    (said,) = sqlite.said_of(text, SCHEMA)

    assert name in said.message
    assert said.line == text[: text.rindex(second)].count("\n") + 1


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (
            "CREATE VIRTUAL TABLE found USING fts5(body);\nCREATE TRIGGER kept AFTER INSERT ON notes BEGIN\n"
            "  INSERT INTO found (rowid, body) VALUES (new.id, new.body);\n  UPDATE notes SET body = '' WHERE id = new.id;\nEND;\n"
            "SELECT rowid FROM found WHERE found MATCH 'a';",
            [],
        ),
        (
            "CREATE TRIGGER kept AFTER INSERT ON nowhere BEGIN\n  SELECT 1;\nEND;\nSELECT nix FROM notes;",
            [(1, "nowhere"), (4, "nix")],
        ),
        ("CREATE TABLE files (\n  id INTEGER,\n  title VARCHAR(9)\n) STRICT;", [(3, "VARCHAR(9)")]),
        ("INSERT INTO notes (id, tag)\nVALUES (1, 'a')\nON CONFLICT (tag) DO NOTHING;", [(3, "ON CONFLICT")]),
        ("INSERT INTO notes (id, tag)\nVALUES (1);", [(2, "1 values for 2 columns")]),
        ("CREATE VIEW tags AS SELECT tag FROM notes;\nSELECT tag FROM tags;", []),
        ("CREATE VIEW tags AS\nSELECT nix FROM notes;", [(2, "nix")]),
        (
            "ALTER TABLE notes ADD COLUMN n INT NOT NULL;\nALTER TABLE notes ADD m INT NOT NULL DEFAULT 0;",
            [(1, "NOT NULL")],
        ),
    ],
)
def test_triggers_are_whole_statements_and_own_modules_make_tables(code: str, said: list[tuple[int, str]]) -> None:
    found = sqlite.said_of(code, SCHEMA)

    assert [one.line for one in found] == [line for line, _ in said]
    assert all(word in one.message for one, (_, word) in zip(found, said, strict=True))


@pytest.mark.parametrize(
    ("code", "line", "word"),
    [
        ("SELECT id,\n total::int FROM orders", 2, "CAST"),
        ("SELECT id FROM orders\nWHERE name ILIKE 'a%'", 2, "ILIKE"),
        ("INSERT INTO c (email)\nVALUES ('a')\nON CONFLICT (email) DO NOTHING", 3, "ON DUPLICATE KEY UPDATE"),
        ("SELECT DISTINCT ON (a) a\nFROM t", 1, "DISTINCT ON"),
        ("SELECT 1 FROM a\nFULL OUTER JOIN b ON a.id = b.id", 2, "FULL OUTER JOIN"),
        ("SELECT id FROM o\nWHERE placed_at > now() - INTERVAL '7 days'", 2, "INTERVAL 7 DAY"),
        ("SELECT id FROM o\nFULL JOIN b ON o.id = b.id", 2, "FULL OUTER JOIN"),
        ("UPDATE p\nSET p.views = 0\nFROM users u WHERE u.id = p.owner_id", 3, "UPDATE a JOIN b"),
        ("UPDATE p SET a = 1\nRETURNING id", 2, "RETURNING"),
        ("SELECT count(*)\n FILTER (WHERE a) FROM t", 2, "CASE WHEN"),
        ("SELECT a FROM t\nORDER BY a NULLS LAST", 2, "NULLS FIRST"),
        ("CREATE INDEX i ON t (a)\nWHERE b IS NULL", 2, "WHERE"),
        ("SELECT a,\n string_agg(b, ',') FROM t GROUP BY a", 2, "GROUP_CONCAT"),
        ("SELECT a FROM t\nWHERE a IS NOT DISTINCT FROM b", 2, "<=>"),
        ("MERGE INTO a USING b ON a.x = b.x WHEN MATCHED THEN UPDATE SET y = 1", 1, "MERGE"),
    ],
)
def test_what_others_speak_is_said_in_the_words_of_mysql(code: str, line: int, word: str) -> None:
    (said,) = mysql.said_of(code)

    assert (said.line, said.kind) == (line, "syntax")
    assert word in said.message


@pytest.mark.parametrize(
    "code",
    [
        "SELECT a FROM t WHERE at > now() - INTERVAL 7 DAY",
        "SELECT a FROM t WHERE at > now() - INTERVAL '7' DAY AND b < INTERVAL '1:30' MINUTE_SECOND + c",
        "INSERT INTO t (a) VALUES (1) ON DUPLICATE KEY UPDATE a = VALUES(a), b = DEFAULT(b)",
        "SELECT DISTINCT a FROM t JOIN u ON (t.id = u.id)",
        "SELECT '::int', 'ON CONFLICT', \"ILIKE 'x'\" FROM t -- DISTINCT ON (a)",
        "SELECT `ilike`, `conflict` FROM `full` JOIN u ON conflict = 1",
        "SELECT INTERVAL(23, 1, 15, 17)",
        "SELECT a, count(*) FROM t GROUP BY a WITH ROLLUP ORDER BY a DESC LIMIT 3 OFFSET 4",
        "UPDATE a JOIN b ON a.x = b.x SET a.y = (SELECT max(z) FROM c), a.filter = 1",
        "SELECT EXTRACT(DAY_HOUR FROM a), s.string_agg(b), 'date_trunc(1)' FROM t",
        "CREATE FUNCTION string_agg (a INT) RETURNS INT RETURN a",
        "DELETE FROM t WHERE a = 1 ORDER BY a LIMIT 5 RETURNING a;\nSELECT NEXT VALUE FOR numbers",
        "WITH x AS (SELECT 1) SELECT CAST(a AT TIME ZONE '+00:00' AS DATETIME) FROM x WHERE NOT a <=> b",
    ],
)
def test_what_mysql_speaks_is_left_alone(code: str) -> None:
    assert mysql.said_of(code) == []


SHOP = (
    "CREATE TABLE `Customers` (`Id` int unsigned NOT NULL AUTO_INCREMENT, full_name varchar(9) COMMENT 'x', PRIMARY KEY (`Id`),"
    " KEY `by_name` (full_name)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4",
    "ALTER TABLE customers CHANGE full_name display_name VARCHAR(120), ADD email varchar(99) AFTER id, ADD INDEX m (email)",
    "CREATE TABLE orders (id int, customer_id int, old_total int, `desc` text)",
    "ALTER TABLE orders RENAME COLUMN old_total TO total",
    "CREATE TABLE gone (id int)",
    "DROP TABLE gone",
    "RENAME TABLE orders TO sales",
    "CREATE TABLE half LIKE sales",
    "CREATE TABLE twice (id int, old int)",
    "CREATE TABLE IF NOT EXISTS twice (id int, later int)",
    "ALTER TABLE odd ADD COLUMN a int FIRST SOMETHING ELSE (b int)",
    "CREATE TABLE people (id int, role ENUM('reader', 'editor') NOT NULL, `size` enum('s', 'm'))",
    "ALTER TABLE people MODIFY size enum('s', 'm', 'l') DEFAULT 's'",
)


@pytest.mark.parametrize(
    ("code", "line", "word"),
    [
        ("INSERT INTO people (id, role)\nVALUES (1, 'editor'),\n (2, 'owner')", 3, "'owner'"),
        ("REPLACE INTO people (role) VALUES ('edtor')", 1, "did you mean 'editor'"),
        ("UPDATE people SET size = 'l',\n role = 'boss' WHERE id = 1", 2, "'boss'"),
        ("SELECT id FROM people p JOIN sales s ON s.id = p.id\nWHERE p.role IN ('reader', 'none')", 2, "'none'"),
    ],
)
def test_values_that_an_enum_of_mysql_does_not_have_are_said(code: str, line: int, word: str) -> None:
    (said,) = mysql.said_of(code, mysql.tables_of(SHOP, {}))

    assert said.line == line
    assert word in said.message


@pytest.mark.parametrize(
    "code",
    [
        "INSERT INTO people (role, size) VALUES ('EDITOR', 'l')",
        "INSERT INTO people VALUES (1, 'x', 's')",
        "INSERT INTO people (role) SELECT 'x'",
        "SELECT id FROM people WHERE role = ? OR role LIKE 'x' OR id = 'x'",
        "SELECT id FROM people, sales WHERE role = 'x'",
        "ALTER TABLE people MODIFY role ENUM('x');\nINSERT INTO people (role) VALUES ('x')",
        "ALTER TABLE people ADD b INT AS (id * 2) PERSISTENT, MODIFY role ENUM('x');\nINSERT INTO people (role) VALUES ('x')",
        "CREATE TABLE people (role ENUM('other'));\nINSERT INTO people (role) VALUES ('x')",
    ],
)
def test_values_that_an_enum_has_or_may_have_are_left_alone(code: str) -> None:
    assert mysql.said_of(code, mysql.tables_of(SHOP, {})) == []


@pytest.mark.parametrize(
    ("code", "line", "word"),
    [
        ("SELECT c.email,\n c.full_name FROM customers c", 2, "full_name"),
        ("SELECT Id\nFROM gone", 2, "gone"),
        ("SELECT Id FROM sales s\nJOIN Customers c ON c.Id = s.buyer_id", 2, "buyer_id"),
        ("UPDATE sales s\nJOIN shipments p ON p.order_id = s.id\nSET s.total = 1", 2, "shipments"),
        ("UPDATE sales s JOIN customers c ON c.id = s.customer_id\nSET s.totl = 1", 2, "totl"),
        ("DELETE s FROM sales s\nJOIN shipments p ON p.id = s.id", 2, "shipments"),
        ("INSERT INTO customers (email,\n nickname) VALUES ('a', 'b')", 2, "nickname"),
        ("REPLACE INTO customers (email,\n nickname) VALUES ('a', 'b')", 2, "nickname"),
    ],
)
def test_names_that_no_table_of_mysql_has_are_said(code: str, line: int, word: str) -> None:
    (said,) = mysql.said_of(code, mysql.tables_of(SHOP, {}))

    assert (said.line, said.kind) == (line, "name")
    assert word in said.message


@pytest.mark.parametrize(
    "code",
    [
        "SELECT ID, Display_Name, `desc` FROM CUSTOMERS JOIN sales ON customer_id = customers.id",
        "SELECT TIMESTAMPDIFF(DAY, id, total) AS days, GET_FORMAT(DATE, 'EUR'), @x FROM sales HAVING days > 1",
        "SELECT anything FROM half JOIN odd ON odd.what = half.ever",
        "SELECT t.free FROM (SELECT 1 AS free) t",
        "WITH recent AS (SELECT id FROM sales) SELECT id FROM recent",
        "SELECT table_name FROM information_schema.tables",
        "SELECT id FROM warehouse.sales_by_day",
        "CREATE TABLE own (a int);\nSELECT a FROM own",
        "CREATE TEMPORARY TABLE own AS SELECT id FROM sales;\nSELECT what FROM own",
        "INSERT INTO sales (id, total) VALUES (1, 2) ON DUPLICATE KEY UPDATE total = VALUES(total)",
        "INSERT INTO sales SET id = 1, total = 2",
        "SELECT c.display_name FROM customers c WHERE EXISTS (SELECT 1 FROM sales WHERE customer_id = c.id)",
        "SHOW CREATE TABLE nowhere",
        "SELECT old, later FROM twice",
        "SELECT version_num FROM alembic_version",
        "SELECT a FROM `%PREFIX%sales`",
    ],
)
def test_what_they_have_or_may_have_is_left_alone_in_mysql(code: str) -> None:
    assert mysql.said_of(code, mysql.tables_of(SHOP, {})) == []


def test_without_tables_names_are_not_judged() -> None:
    assert mysql.tables_of(("SET NAMES utf8",), {}) is None
    assert mysql.said_of("SELECT a FROM nowhere", None) == []


@pytest.mark.parametrize(
    ("string", "is_filled_in"),
    [("{}", False), ('{"a": 1}', False), ("{1,2}", False), ("{name}", True), ("${name}", True), ("{{ name }}", True)],
)
def test_json_in_a_string_is_no_template(string: str, is_filled_in: bool) -> None:
    assert prepare(f"SELECT id FROM notes WHERE body = '{string}'").is_templated is is_filled_in  # noqa: S608
