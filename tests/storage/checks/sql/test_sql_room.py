"""Blocks of SQL against a repository's schema, through the real process and the real throw-away server."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from bot.capabilities.checks.verdicts import Block, Finding, Verdict
from storage.checks import source
from storage.checks.pins import Pins
from storage.checks.room import Stand
from storage.checks.sql.room import SqlRoom

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow]

MIGRATIONS = {
    "migrations/001_shop.sql": """-- +goose Up
CREATE TYPE order_status AS ENUM ('new', 'paid', 'shipped');
CREATE TABLE users (
    id bigserial PRIMARY KEY, email text NOT NULL UNIQUE, name text, created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE orders (
    id bigserial PRIMARY KEY, user_id bigint NOT NULL REFERENCES users (id), status order_status NOT NULL DEFAULT 'new',
    total numeric(10, 2), meta jsonb, placed_at timestamptz
);
-- +goose Down
DROP TABLE orders;
DROP TABLE users;
""",
    "migrations/002_names.sql": """-- +goose Up
ALTER TABLE users RENAME COLUMN name TO full_name;
CREATE DOMAIN word AS text CHECK (value <> '');
CREATE TABLE marks (id int PRIMARY KEY, grade int CHECK (grade >= 1 AND grade <= 5), word word DEFAULT 'x');
CREATE TABLE lowered (id int NOT NULL, word text CHECK (word = lower(word)));
CREATE FUNCTION lower_word() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.word := lower(NEW.word); RETURN NEW; END $$;
CREATE TRIGGER lower_word BEFORE INSERT ON lowered FOR EACH ROW EXECUTE FUNCTION lower_word();
CREATE TABLE visits (
    id bigserial PRIMARY KEY, at timestamptz NOT NULL DEFAULT now(), who text NOT NULL, place_id int REFERENCES places
);
CREATE SCHEMA depot;
CREATE TABLE depot.stock (n int);
CREATE VIEW mean AS SELECT avg(grade) AS grade FROM marks;
CREATE FUNCTION order_total(bigint) RETURNS numeric LANGUAGE sql AS 'SELECT total FROM orders WHERE id = $1';
""",
    "requirements.txt": "asyncpg==0.30.0\n",
}


@dataclass(frozen=True)
class Place:
    room: SqlRoom
    folder: Path

    def stand(self, name: str, files: Mapping[str, str], packages: tuple[str, ...] = ()) -> Stand:
        repository = self.folder / name
        for path, text in files.items():
            target = repository / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
        tree = source.export(repository, "", name, self.folder / "trees") if files else None
        return Stand(Pins("3.11", dict.fromkeys(packages, "1")), tree)

    async def verdict(self, code: str, stand: Stand, language: str = "sql") -> Verdict:
        (said,) = await self.room.check([Block(language, code)], stand)
        return said

    async def catalog(self) -> tuple[object, ...]:
        """What the server holds, as its owner sees it: nothing of it may change by a check."""
        address = await self.room._cluster.address()
        found: list[object] = []
        names = ["postgres"]
        first = await asyncpg.connect(
            host=address.folder, user="plumbline", password=address.password, database="postgres"
        )
        names += sorted(
            one["datname"] for one in await first.fetch("select datname from pg_database where datname like 's\\_%'")
        )
        await first.close()
        for name in names:
            connection = await asyncpg.connect(
                host=address.folder, user="plumbline", password=address.password, database=name
            )
            try:
                found.append(
                    [
                        await connection.fetch("select rolname, rolsuper, rolconfig from pg_roles order by 1"),
                        await connection.fetch(
                            "select name, setting from pg_settings where source in ('configuration file')"
                        ),
                        await connection.fetch("select extname from pg_extension order by 1"),
                        await connection.fetch("select oid from pg_largeobject_metadata"),
                        await connection.fetch("select relname, relkind from pg_class where oid > 16384 order by 1, 2"),
                        await connection.fetch("select proname from pg_proc where oid > 16384 order by 1"),
                        await connection.fetch("select setdatabase, setrole, setconfig from pg_db_role_setting"),
                    ]
                )
            finally:
                await connection.close()
        return tuple(found)


@contextlib.asynccontextmanager
async def opened(folder: Path, seconds: float) -> AsyncIterator[Place]:
    """A room whose server gives a statement so long."""
    room = SqlRoom(folder / "scratch", folder / "trees", seconds=seconds)
    try:
        yield Place(room, folder)
    finally:
        await room.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    async with opened(tmp_path_factory.mktemp("sql"), 20.0) as place:
        yield place


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(place: Place) -> Stand:
    return place.stand("shop", MIGRATIONS)


def only(verdict: Verdict) -> Finding:
    assert verdict.state == "problems", verdict
    (finding,) = verdict.findings
    return finding


RIGHT = [
    "SELECT id, email FROM users WHERE id = $1",
    "SELECT u.email, sum(o.total) FROM users u JOIN orders o ON o.user_id = u.id GROUP BY u.id HAVING sum(o.total) > %s",
    "INSERT INTO users (email) VALUES (:email) ON CONFLICT (email) DO UPDATE SET full_name = excluded.full_name RETURNING id",
    "UPDATE orders SET status = 'paid' WHERE id = ? AND status = 'new'",
    "WITH recent AS (SELECT * FROM orders WHERE placed_at > now() - interval '7 days') SELECT count(*) FROM recent",
    "CREATE INDEX CONCURRENTLY orders_user ON orders (user_id)",
    "ALTER TABLE users ADD COLUMN age int",
    "CREATE TABLE notes (id int, user_id bigint REFERENCES users);\nSELECT n.id FROM notes n JOIN users u ON u.id = n.user_id",
    "BEGIN;\nUPDATE users SET full_name = 'x' WHERE id = 1;\nCOMMIT;",
    "EXPLAIN ANALYZE SELECT * FROM orders WHERE user_id = 5",
    "SELECT order_total(id) FROM orders",
    "shop=> SELECT email FROM users;\n email \n-------\n(0 rows)\n",
    "SELECT meta ->> 'a', meta ? 'b' FROM orders WHERE meta @> '{}' LIMIT {limit}",
    "DO $$ BEGIN UPDATE users SET full_name = '' WHERE id = 1; END $$",
    "SELECT 1 / 0, id FROM users",
    "SET search_path = depot, public;\nSELECT s.n, u.id FROM stock s, users u",
    'SET LOCAL search_path TO "$user", depot;\nINSERT INTO stock VALUES (1);\nSELECT id FROM orders',
    "SELECT u.email, t.nick FROM {table} t JOIN users u ON u.id = t.user_id WHERE t.any = u.id",
    "CREATE EXTENSION pg_trgm;\nCREATE INDEX ON users USING gin (email gin_trgm_ops);\nSELECT id FROM users WHERE ours(email)",
    "SELECT u.id, t.a FROM users u, LATERAL unnest(ARRAY[1, 2], ARRAY['a', 'b']) WITH ORDINALITY AS t (a, b, n)",
]


@pytest.mark.parametrize("code", RIGHT)
async def test_what_the_schema_allows_is_not_flagged(place: Place, shop: Stand, code: str) -> None:
    verdict = await place.verdict(code, shop)

    assert verdict.state in ("none", "partial"), verdict
    assert not verdict.findings


WRONG = [
    ("ALTER TABLE users\n  ALTER COLUMN\n  full_name TYPE int", 3, "cast"),
    ("SELECT id,\n       emial\nFROM users", 2, "email"),
    ("SELECT * FROM userz", 1, "users"),
    ("SELECT n FROM stock", 1, "depot.stock"),
    ("SET search_path = depot;\nSELECT m FROM stock", 2, "column `m`"),
    ("SELECT name FROM users", 1, "name"),
    ("SELECT 1;\n\nUPDATE orders SET state = 'paid' WHERE id = 1", 3, "state"),
    ("INSERT INTO orders (user_id, status) VALUES (1, 'payed')", 1, "payed"),
    ("SELECT status, sum(total) FROM orders GROUP BY user_id", 1, "GROUP BY"),
    ("INSERT INTO users (email)\nVALUES ('é')\nON CONFLICT (full_name) DO NOTHING", 3, "ON CONFLICT"),
    ("SELECT date_format(placed_at, '%Y') FROM orders", 1, "to_char"),
    ("SELECT order_totals(id) FROM orders", 1, "order_total"),
    ("SELECT total + email FROM orders JOIN users ON users.id = user_id", 1, "operator"),
    ("ALTER TABLE order ADD COLUMN a int", 1, "syntax"),
    ("CREATE INDEX ON orders (customer_id)", 1, "customer_id"),
    ("CREATE TABLE bills (id int, order_id bigint REFERENCES order_items (id))", 1, "order_items"),
    ("CREATE POLICY own ON orders USING (owner = current_user)", 1, "owner"),
    ("CREATE FUNCTION f(bigint) RETURNS text LANGUAGE sql AS $$ SELECT nick FROM users WHERE id = $1 $$", 1, "nick"),
    ("CREATE VIEW paid AS SELECT id, amount FROM orders", 1, "amount"),
    ("CREATE TABLE bills (id int,\n order_id uuid REFERENCES orders (id))", 2, "uuid and bigint"),
    ("CREATE TABLE bills (id int, order_id uuid,\n FOREIGN KEY (order_id) REFERENCES orders)", 1, "uuid and bigint"),
    ("CREATE TABLE bills (id int, order_id bigint,\n INDEX by_order (order_id))", 2, "CREATE INDEX"),
    ("SELECT id,\n  email,\nFROM users", 2, "comma"),
    ("INSERT INTO users (email, full_name,\n) VALUES ('a', 'b')", 1, "comma"),
    ("CREATE TYPE a AS ENUM ('x');\nCREATE TABLE b (c a DEFAULT 'y')", 2, "y"),
    ("ALTER TABLE orders ADD COLUMN total int", 1, "already"),
    ("UPDATE orders SET meta = jsonb_set(meta, 'a', '1')", 1, "array"),
    ("SELECT string_agg(email) FROM users", 1, "string_agg"),
    ("SELECT u.nick FROM users u JOIN orders o ON true", 1, "`users` has no column `nick`"),
    ("SELECT u.id,\n u.emial FROM {table} t JOIN users u ON u.id = t.id", 2, "did you mean `email`"),
    ("CREATE FUNCTION g() RETURNS int LANGUAGE plpgsql AS $$ BEGIN IF true RETURN 1; END $$", 1, "then"),
]


@pytest.mark.parametrize(("code", "line", "word"), WRONG)
async def test_what_the_schema_does_not_have_is_told_at_its_line(
    place: Place, shop: Stand, code: str, line: int, word: str
) -> None:
    finding = only(await place.verdict(code, shop))

    assert finding.line == line
    assert word.lower() in finding.message.lower()


async def test_a_verdict_names_the_server_and_the_repository(place: Place, shop: Stand) -> None:
    verdict = await place.verdict("SELECT id FROM users", shop)

    assert verdict.state == "none"
    assert set(verdict.versions) == {"PostgreSQL", "shop"}


async def test_what_one_block_defines_the_next_one_has_and_the_next_answer_has_not(place: Place, shop: Stand) -> None:
    blocks = [Block("sql", "CREATE TABLE tags (id int, word text)"), Block("sql", "SELECT word FROM tags")]

    first = await place.room.check(blocks, shop)
    later = await place.verdict("SELECT word FROM tags", shop)

    assert [one.state for one in first] == ["none", "none"]
    assert "tags" in only(later).message


async def test_a_migration_that_the_answer_quotes_is_no_mistake(place: Place, shop: Stand) -> None:
    quoted = MIGRATIONS["migrations/001_shop.sql"].partition("-- +goose Down")[0]

    assert not (await place.verdict(quoted, shop)).findings


async def test_a_change_that_locks_says_which_lock_and_is_no_problem(place: Place, shop: Stand) -> None:
    verdict = await place.verdict("CREATE INDEX ON orders (placed_at)", shop)

    assert not verdict.findings
    assert "SHARE lock" in "".join(verdict.warnings)


async def test_without_a_schema_tables_are_taken_for_the_readers_and_said_to_be(place: Place) -> None:
    verdict = await place.verdict("SELECT id FROM invoices WHERE paid", place.stand("bare", {}))

    assert verdict.state == "partial"
    assert verdict.assumed == ("invoices",)


async def test_without_a_schema_functions_get_what_they_take(place: Place) -> None:
    finding = only(await place.verdict("SELECT string_agg(word) FROM notes", place.stand("bare", {})))

    assert "string_agg" in finding.message


async def test_without_a_schema_what_the_block_makes_itself_is_looked_at(place: Place) -> None:
    code = "CREATE TABLE a (id int);\nSELECT idd FROM a;"

    finding = only(await place.verdict(code, place.stand("bare", {})))

    assert (finding.line, "idd" in finding.message) == (2, True)


async def test_mysql_in_a_repository_of_mysql_is_not_held_against_postgresql(place: Place) -> None:
    mysql = place.stand("mysql", {"requirements.txt": "pymysql==1.1.0\n"})
    code = "CREATE TABLE `a` (`id` int unsigned AUTO_INCREMENT PRIMARY KEY) ENGINE=InnoDB;\nSELECT IFNULL(x, 0) FROM `a` LIMIT 5, 10;"

    right = await place.verdict(code, mysql)
    wrong = await place.verdict("SELECT FROM WHERE a", mysql)

    assert not right.findings
    assert "MySQL" in only(wrong).message


async def test_sqlite_is_held_against_its_own_schema_by_itself(place: Place) -> None:
    files = {
        "db/schema.sql": "CREATE TABLE notes (id INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT);\nPRAGMA foreign_keys = ON;\n"
    }
    stand = place.stand("lite", files | {"package.json": '{"dependencies": {"better-sqlite3": "^11"}}'})

    right = await place.verdict("INSERT OR REPLACE INTO notes (body) VALUES (?)", stand)
    wrong = await place.verdict("SELECT bodi FROM notes", stand)

    assert right.state == "none"
    assert "bodi" in only(wrong).message


async def test_a_line_that_a_comment_calls_wrong_is_not_flagged(place: Place, shop: Stand) -> None:
    code = "-- wrong: there is no such column\nSELECT name FROM users;\n\n-- right\nSELECT full_name FROM users;"

    assert not (await place.verdict(code, shop)).findings


@pytest.mark.parametrize(
    ("code", "state"),
    [
        ("SELECT ... FROM users", "unchecked"),
        ("WHERE status = 'paid' AND total > 5", "partial"),
        ("CREATE INDEX [CONCURRENTLY] name ON table", "unchecked"),
        ("-- only a comment", "unchecked"),
    ],
)
async def test_parts_of_statements_are_no_mistakes(place: Place, shop: Stand, code: str, state: str) -> None:
    assert (await place.verdict(code, shop)).state == state


async def test_a_room_without_a_server_says_so_and_reads_all_the_same(place: Place, tmp_path: Path) -> None:
    room = SqlRoom(tmp_path / "scratch", place.folder / "trees", "none")
    stand = place.stand("shop2", MIGRATIONS)
    try:
        (right, wrong, missing) = await room.check(
            [
                Block("sql", "SELECT id FROM users"),
                Block("sql", "SELECT ifnull(a, 1) FROM users"),
                Block("sql", "SELECT emial FROM users"),
            ],
            stand,
        )
    finally:
        await room.stop()

    assert right.state == "partial"
    assert "no PostgreSQL" in right.reasons[0]
    assert "coalesce" in only(wrong).message
    assert "emial" in only(missing).message


async def test_what_a_client_puts_in_as_names_is_no_syntax_of_ours(place: Place) -> None:
    stand = place.stand("shop", MIGRATIONS)

    for code in (
        "SELECT $1:name FROM $2:name",
        "INSERT INTO $1~($2~) VALUES ($2:csv)",
        "SELECT email ~ $1 FROM users",
        "SELECT $what$a$what$ FROM users WHERE email = ANY($mails) AND id <> $id",
    ):
        assert not (await place.verdict(code, stand)).findings, code


CIRCULAR = {
    "db/schema.sql": "-- tables\n"
    "CREATE TABLE a_items (id bigint DEFAULT nextval('items_id'::regclass) NOT NULL, b_id bigint REFERENCES b_lists (id));\n"
    "CREATE TABLE b_lists (id bigint PRIMARY KEY, first_id bigint REFERENCES a_items (id), kind list_kind);\n"
    "CREATE VIEW c_all AS SELECT id FROM d_things;\nCREATE TABLE d_things (id bigint PRIMARY KEY);\n"
    "CREATE TYPE list_kind AS ENUM ('x');\n",
    "requirements.txt": "asyncpg==0.30.0\n",
}


async def test_a_dump_in_the_order_of_names_is_made_whole(place: Place) -> None:
    stand = place.stand("circular", CIRCULAR)
    good = "SELECT a.id, b.kind, c.id FROM a_items a JOIN b_lists b ON b.id = a.b_id CROSS JOIN c_all c"

    assert (await place.verdict(good, stand)).state == "none"
    assert (await place.verdict(good.replace("b.kind", "b.kin"), stand)).state == "problems"


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("INSERT INTO users (full_name) VALUES ('a');", "`email`"),
        ("INSERT INTO orders (user_id) VALUES (1);", ""),
        ("INSERT INTO users (email) SELECT 'a' ON CONFLICT (email) DO NOTHING;", ""),
        ("INSERT INTO users DEFAULT VALUES;", "`email`"),
        ("INSERT INTO users (email)\nVALUES ($1), (NULL);", "no null"),
        ("UPDATE users SET email = NULL WHERE id = $1;", "no null"),
        (
            "INSERT INTO marks VALUES (1, 3, DEFAULT), ($1, 5, 'a'), (3, $2, $3) ON CONFLICT (id) DO UPDATE SET grade = 1;",
            "",
        ),
        ("INSERT INTO marks (grade, id)\nVALUES (2, 1),\n(7, 2);", "grade >= 1"),
        ("UPDATE marks SET grade = 0 WHERE id = 1;", "grade >= 1"),
        ("INSERT INTO marks (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET word = '';", "word_check"),
        ("UPDATE marks SET (grade, word) = (SELECT 0, ''), id = 3;", ""),
        ("INSERT INTO lowered (word) VALUES ('A');", ""),
        ("UPDATE lowered SET word = 'A';", "lower(word)"),
        ("INSERT INTO visits (place_id) VALUES (1);", "`who`"),
        ("INSERT INTO visits (who) VALUES ('a');", ""),
        ("UPDATE mean SET grade = 3;", "cannot update view"),
        ("SELECT date_trunc('fortnight', created_at) FROM users;", "fortnight"),
        ("SELECT extract(dayofweek FROM created_at) FROM users;", "dayofweek"),
        ("SELECT created_at AT TIME ZONE 'Mars/Base' FROM users;", "Mars/Base"),
        (
            "SELECT date_trunc('week', created_at), decode(email, 'hex'), to_date(email, 'YYYY-MM'), format('%s %s', id, email), "
            "date_part('epoch', created_at - now()), created_at AT TIME ZONE email FROM users;",
            "",
        ),
    ],
)
async def test_what_a_table_or_a_function_does_not_take_when_it_runs_is_named(
    place: Place, shop: Stand, code: str, word: str
) -> None:
    said = await place.verdict(code, shop)

    assert [word in one.message for one in said.findings] == ([True] if word else []), said


REVISION = """import sqlalchemy as sa
from alembic import op

revision = "1"
down_revision = None


def upgrade():
    status = postgresql.ENUM("new", "paid", name="bill_status", create_type=False)
    op.create_table(
        "bills",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("status", status, nullable=False, server_default="new"),
        sa.Column("net", sa.Numeric, nullable=False),
        sa.Column("gross", sa.Numeric, sa.Computed("net * 1.2", persisted=True)),
    )
"""


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("INSERT INTO bills (net) VALUES (1);", ""),
        ("ALTER TYPE bill_status ADD VALUE 'void';", ""),
        ("INSERT INTO bills (id, net) VALUES (1, 1);", '"id"'),
        ("INSERT INTO bills (net, gross) VALUES (1, 1);", '"gross"'),
    ],
)
async def test_what_the_database_fills_in_itself_is_known_from_alembic(place: Place, code: str, word: str) -> None:
    files = {
        "alembic/versions/1_bills.py": REVISION,
        "requirements.txt": "alembic==1.13.0\npsycopg==3.1.0\n",
    }

    said = await place.verdict(code, place.stand("bills", files))

    assert [word in one.message for one in said.findings] == ([True] if word else []), said
