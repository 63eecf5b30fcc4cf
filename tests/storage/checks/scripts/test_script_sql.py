"""SQL in the texts of TypeScript and JavaScript: values that are put into it, and statements as the schema's checker is given them."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.capabilities.checks.verdicts import Block, Finding, Verdict
from storage.checks.pins import Pins
from storage.checks.room import Room, Stand
from storage.checks.rooms import Rooms
from storage.checks.scripts.blocks import sql_texts
from storage.checks.scripts.blocks.grammars import parsed
from storage.checks.scripts.findings import sql_values

PUT_TOGETHER = {
    "a template": "db.query(`SELECT id FROM t WHERE a = '${name}'`)",
    "within a pattern": "this.pool.query(`SELECT id FROM t WHERE a ILIKE '%${name}%'`)",
    "a sum": 'knex.raw("SELECT id FROM t WHERE a = \'" + name + "\'")',
    "a sum in its own name": "const sql = 'DELETE FROM t WHERE id = ' + id;\ndb.execute(sql)",
    "added to": "let sql = 'SELECT 1 FROM t';\nsql += ` AND a = '${name}'`;\ndb.query(sql)",
    "an object of pg": "client.query({ text: `UPDATE t SET a = ${value}`, values: [] })",
    "Prisma's unsafe one": "prisma.$queryRawUnsafe(`SELECT id FROM t WHERE a = ${req.body.a}`)",
    "with its type": "prisma.$queryRawUnsafe<Row[]>(`SELECT id FROM t WHERE a = ${a}`)",
    "awaited, with its type": "const { rows } = await pool.query<Row>(`SELECT id FROM t WHERE a = '${a}'`, [b])",
    "of postgres.js": "sql.unsafe(`select id from t where a = ${a}`)",
    "of SQLite": "db.prepare(`INSERT INTO t (a) VALUES (${a})`).run()",
    "lines that are joined": "db.query(['SELECT id FROM t', `WHERE a = '${a}'`].join(' '))",
    "a list of values": "db.query(`SELECT id FROM t WHERE a IN (${ids.join(',')})`)",
    "a list of quoted values": "db.query(`SELECT id FROM t WHERE a IN (${ids.map((id) => `'${id}'`).join(',')})`)",
    "as written": "db.query(String.raw`SELECT id FROM t WHERE a = ${a}`)",
    "a search that is called a query": "db.query(`SELECT id FROM t WHERE a LIKE '%${query}%'`)",
    "an order that somebody asks for": "db.query(`SELECT id FROM t ORDER BY ${req.query.sort || 'id'}`)",
    "an order by a name of what somebody asks for": "const sort = req.query.sort;\ndb.query(`SELECT id FROM t ORDER BY ${sort}`)",
    "an order that nothing looks at": "const f = (sort) => db.query('SELECT id FROM t ORDER BY ' + sort)",
    "an id of an order": "db.query(`SELECT id FROM t WHERE a = ${orderId}`)",
}


@pytest.mark.parametrize("code", PUT_TOGETHER.values(), ids=PUT_TOGETHER)
def test_a_value_in_the_text_of_a_statement_is_said(code: str) -> None:
    assert len(list(sql_values.assembled(parsed(code, False).root_node))) == 1


LEFT_ALONE = {
    "a tag": "const rows = await sql`SELECT id FROM t WHERE a = ${a}`",
    "a tag that is run": "db.execute(sql`SELECT id FROM t WHERE a = ${a}`)",
    "Prisma's tag": "prisma.$queryRaw<A[]>`SELECT 1 FROM t WHERE a = ${a}`",
    "a tag within": "prisma.$queryRaw(Prisma.sql`SELECT 1 FROM t WHERE a = ${a}`)",
    "a constant": "const STATE = 'paid';\ndb.query(`SELECT id FROM t WHERE a = '${STATE}'`)",
    "one of two constants": "db.query(`SELECT id FROM t WHERE a = ${isOpen ? 'true' : 'false'}`)",
    "names from literals": "const table = 'orders';\ndb.query(`SELECT id FROM ${table} WHERE a = $1`, [a])",
    "a table": "db.query(`SELECT id FROM ${name} WHERE a = $1`, [a])",
    "an order": "db.query(`SELECT id FROM t ORDER BY ${column} LIMIT 5`)",
    "an order that is looked at": "const f = (sort) => OK.has(sort) && db.query('SELECT id FROM t ORDER BY ' + sort)",
    "an order out of a table": "const sort = KNOWN[req.query.sort] ?? 'id';\ndb.query(`SELECT id FROM t ORDER BY ${sort}`)",
    "one of two orders": "const sort = req.query.sort === 'a' ? 'a' : 'b';\ndb.query(`SELECT id FROM t ORDER BY ${sort}`)",
    "a table that somebody hands over": "const f = (of) => db.query(`SELECT count(*) FROM ${of}`)",
    "placeholders": "db.query(`SELECT id FROM t WHERE a IN (${ids.map(() => '?').join(', ')})`, ids)",
    "numbered placeholders": "db.query(`SELECT id FROM t WHERE a IN (${ids.map((_, i) => `$${i + 1}`).join(', ')})`, ids)",
    "a number": "db.query(`SELECT id FROM t LIMIT ${Number(limit)}`)",
    "arithmetic": "db.query(`SELECT id FROM t LIMIT 10 OFFSET ${page * 10}`)",
    "the number of a parameter": "db.query(`SELECT id FROM t WHERE a = $${values.length}`, values)",
    "parts": "const where = parts.join(' AND ');\ndb.query('SELECT id FROM t WHERE (' + whereClause + ')')",
    "escaped": "db.query(`SELECT id FROM t WHERE a = ${escapeLiteral(a)}`)",
    "no statement": "log.query(`select a colour, ${name}`); fetch(`https://a.example/${id}`); app.get(`/a/${id}`, f)",
    "each of a list of literals": "for (const day of ['mon', 'tue']) db.query(`SELECT id FROM t WHERE a = '${day}'`)",
}


@pytest.mark.parametrize("code", LEFT_ALONE.values(), ids=LEFT_ALONE)
def test_parameters_names_and_constants_are_left_alone(code: str) -> None:
    assert list(sql_values.assembled(parsed(code, False).root_node)) == []


READ = {
    "a constant": ("db.query('SELECT a FROM t WHERE b = $1', [b])", "SELECT a FROM t WHERE b = $1"),
    "a sum over lines": ("db.query('SELECT a ' +\n  'FROM t')", "SELECT a \nFROM t"),
    "a tag": ("await sql`SELECT a FROM t WHERE b = ${b} AND c = ${x.c}`", "SELECT a FROM t WHERE b = $1 AND c = $2"),
    "a tag with a table": ("sql`SELECT a FROM ${t} WHERE b IN ${sql(b)}`", "SELECT a FROM {value} WHERE b IN {value}"),
    "a name in place": ("const q = `SELECT a\nFROM t`;\ndb.query(q)", "SELECT a\nFROM t"),
    "quotes": ("db.query('SELECT \\'x\\' FROM t')", "SELECT 'x' FROM t"),
    "a line feed as written": ("db.query('SELECT a\\nFROM t')", "SELECT a FROM t"),
    "an object": ("db.query({ text: 'SELECT a FROM t' })", "SELECT a FROM t"),
}


@pytest.mark.parametrize(("code", "text"), READ.values(), ids=READ)
def test_a_statement_is_read_whole(code: str, text: str) -> None:
    assert [one.text for one in sql_texts.queries(parsed(code, False).root_node)] == [text]


@pytest.mark.parametrize(
    "code",
    [
        "export async function up(db) { await db.query('SELECT a FROM t'); }",
        "exports.up = (knex) => knex.raw('SELECT a FROM t');",
        "class A1 implements MigrationInterface { async up(r) { await r.query('SELECT a FROM t'); } }",
    ],
)
def test_a_migration_is_written_for_the_schema_of_its_day(code: str) -> None:
    assert list(sql_texts.queries(parsed(code, False).root_node)) == []


@given(st.text(alphabet="`$'\"+{}()\\ \nabSELECTfromdb.query,=>;", max_size=80))
def test_any_text_is_read_without_a_fault_and_at_a_line_of_its_own(code: str) -> None:
    root = parsed(code, False).root_node
    lines = code.count("\n") + 1

    assert all(1 <= one.line <= lines for one in sql_values.assembled(root))
    assert all(one.line + one.text.count("\n") <= lines for one in sql_texts.queries(root))


class Scripts(Room):
    languages = frozenset({"typescript"})

    async def check(self, blocks: Sequence[Block], stand: Stand) -> Sequence[Verdict]:
        return [Verdict("none") for _ in blocks]


class Sql(Room):
    """Finds a word at its line, and a fault of syntax in the first."""

    languages = frozenset({"sql"})

    def __init__(self) -> None:
        self.asked: list[Block] = []

    async def check(self, blocks: Sequence[Block], stand: Stand) -> Sequence[Verdict]:
        self.asked += blocks
        return [Verdict("problems", findings=tuple(self._found(one))) for one in blocks]

    def _found(self, block: Block) -> list[Finding]:
        lines = block.code.split("\n")
        wrong = [Finding(at, "sql", "no such column") for at, line in enumerate(lines, 1) if "wrong" in line]
        return [*wrong, Finding(len(lines), "syntax", "no SQL")]


async def test_sql_in_typescript_is_held_against_the_schema_at_its_lines() -> None:
    sql = Sql()
    rooms = Rooms([Scripts(), sql], lambda ground: stand)
    stand = Stand(Pins("3.11"))
    code = "import pg from 'pg';\nawait pool.query(`SELECT id,\n  wrong\nFROM t`);\nawait sql`SELECT wrong FROM t\nWHERE a = ${a}`;\n"

    (verdict,) = await rooms.against([Block("ts", code, "a.ts")], stand)

    assert [(one.line, one.kind) for one in verdict.findings] == [(3, "sql"), (4, "syntax"), (5, "sql")]
    assert {one.language for one in sql.asked} == {"postgresql"}


async def test_sql_that_nothing_says_the_dialect_of_is_left_alone_without_a_repository() -> None:
    sql = Sql()
    rooms = Rooms([Scripts(), sql], lambda ground: stand)
    stand = Stand(Pins("3.11"))

    (verdict,) = await rooms.against([Block("ts", "await pool.query('SELECT wrong FROM t');\n", "a.ts")], stand)

    assert (verdict.state, sql.asked) == ("none", [])
