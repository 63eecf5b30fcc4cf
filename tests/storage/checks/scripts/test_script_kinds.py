"""Promises in the place of their values, values of another kind, paths that lead nowhere: what is looked at, and what is left alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.capabilities.checks.verdicts import Block
from storage.checks.scripts.blocks import placing, reading, statements
from storage.checks.scripts.blocks.grammars import parsed
from storage.checks.scripts.blocks.written import Written
from storage.checks.scripts.findings import believed, formats, mismatches
from storage.checks.scripts.packages.locks import Locks
from storage.checks.scripts.packages.types import Types
from storage.checks.scripts.team import documents, endings, nowhere, prisma_client, project
from storage.checks.scripts.team.project import Project
from storage.checks.servers import Diagnostic


def marked(text: str) -> str:
    return statements.marked(text, parsed(text, is_jsx=False).root_node)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("if (!may(id)) no();", "if (!VALUE(may(id))) STATEMENT(no(), 0);"),
        ("while (more()) go = 1;", "while (VALUE(more())) go = 1;"),
        ("const a = `${total(id)}`;", "const a = `${VALUE(total(id))}`;"),
        ("const a = ids.filter((one) => may(one));", "const a = ids.filter((one) => VALUE(may(one)));"),
        ("const a = ids.some(async (one) => 1);", "const a = ids.some(VALUE(async (one) => 1));"),
        ("const a = JSON.stringify(page);", "const a = JSON.stringify(VALUE(page));"),
        ("const a = res.status(200).json({ a: b(), c });", "const a = res.status(200).json({ a: VALUE(b()), c });"),
        ("const ä = !may(id);", "const ä = !VALUE(may(id));"),
        ("expect(find()).resolves.toBe(1);", "STATEMENT(expect(find()).resolves.toBe(1), expect);"),
        ("query.join(a);", "STATEMENT(query.join(a), query);"),
        ("ctx.body = find(id);", "ctx.body = VALUE(find(id));"),
        ("const a = { ...find(id), b };", "const a = { ...VALUE(find(id)), b };"),
        ("await job.close;", "await CALLED(job.close);"),
        ("job.close;", "CALLED(job.close);"),
        ("const a = `${job.name}`;", "const a = `${CALLED(job.name)}`;"),
        ("const a = ids.find((one) => !one.isOpen);", "const a = ids.find((one) => !CALLED(one.isOpen));"),
    ],
)
def test_what_a_promise_may_not_stand_for_is_handed_over(text: str, expected: str) -> None:
    assert marked(text) == expected.replace("VALUE", statements.VALUE).replace("STATEMENT", statements.MARKER).replace(
        "CALLED", statements.CALLED
    )


@pytest.mark.parametrize(
    "text",
    [
        "const a = sql`select ${one(id)}`;",
        "const a = Promise.filter(ids, (one) => may(one));",
        "const a = stream.filter(async (one) => may(one));",
        "const a = ids.map((one) => find(one));",
        "const a = !(await may(id));",
        "const a = repo.find({ where: one() });",
        "const a = other.json(one());",
        "expect(find()).toBe(1);",
        "expect(a).to.be.true;",
        "const a = await this.load<Row>(one);",
        "const a = sql`select ${one.id}`;",
    ],
)
def test_what_waits_or_takes_a_promise_is_left_as_it_is(text: str) -> None:
    assert marked(text) == text


def said(code: str, message: str, text: str, at: str, related: str = "") -> str:
    tree = parsed(text, is_jsx=False)
    start = text.index(at)
    node = tree.root_node.descendant_for_point_range((0, start), (0, start))
    assert node is not None
    fault = Diagnostic("tsc", code, message, 0, start, 0, start, (related,) if related else ())
    return mismatches.wrong(fault, node) or believed.unfit(fault, node, text)


CALL = "send(order.total, 1);"
ARGUMENT = "Argument of type '{}' is not assignable to parameter of type '{}'."


@pytest.mark.parametrize(
    ("given", "wanted", "is_told"),
    [
        ("string", "number", True),
        ("number", "string | undefined", True),
        ("Date", "string", True),
        ("string", "string[]", True),
        ("Order", "string", True),
        ("string", "Order", True),
        ("T", "string", False),
        ("string | undefined", "string", False),
        ("string", "T", False),
        ("Order", "Basket", True),
        ("unknown", "string", False),
    ],
)
def test_kinds_that_differ_are_told(given: str, wanted: str, is_told: bool) -> None:
    assert bool(said("2345", ARGUMENT.format(given, wanted), CALL, "order")) == is_told


def test_a_function_that_was_meant_to_be_called_is_told_by_its_name() -> None:
    message = ARGUMENT.format("() => Context", "Context")

    told = said("2345", message, CALL, "order", related="Did you mean to call this expression?")

    assert told == "`order.total` is a function, and is not called"


@pytest.mark.parametrize(("text", "is_told"), [("on((one) => go(one), 'end');", True), ("on(hear);", False)])
def test_a_function_in_the_place_of_the_text_behind_it_is_told(text: str, is_told: bool) -> None:
    message = "No overload matches this call.\n  " + ARGUMENT.format("(one: any) => void", "string")

    assert bool(said("2769", message, text, text[3:7])) == is_told


def test_a_comparison_of_kinds_that_are_never_alike_is_told() -> None:
    text = "if (res.status === '200') done();"
    message = "This comparison appears to be unintentional because the types '{}' and '{}' have no overlap."

    assert said("2367", message.format("number", "string"), text, "res")
    assert not said("2367", message.format("State", "string"), text, "res")


FILES = placing.listed(
    ["package.json", "src/services/orders.ts", "src/services/mailer.ts", "src/db/client.ts", "src/lib/money.ts"]
)


@pytest.mark.parametrize(
    ("specifier", "expected"),
    [
        ("./services/order.js", "./services/orders.js"),
        ("../services/mailr", "../services/mailer"),
        ("./services/billing.js", ""),
        ("./order.js", ""),
        ("./jobs/order.js", ""),
        ("./services/client.js", ""),
    ],
)
def test_a_path_is_nearly_one_of_the_teams_in_a_folder_of_its_own_name(specifier: str, expected: str) -> None:
    assert nowhere.near_anywhere(specifier, FILES) == expected


@pytest.mark.parametrize(("specifier", "is_told"), [("#lib/monies", True), ("#gone/a", False), ("#other", False)])
def test_a_package_s_own_names_for_its_files_lead_to_them_or_nowhere(
    tmp_path: Path, specifier: str, is_told: bool
) -> None:
    (tmp_path / "package.json").write_text('{"imports": {"#lib/*": "./src/lib/*.js", "#gone/*": "./dist/*.js"}}')

    assert nowhere.is_inner(specifier, "src", FILES, tmp_path) == is_told


@pytest.mark.parametrize(
    ("specifier", "is_told"), [("@shop/core/fixtures", True), ("@shop/core/db", False), ("@shop/core/jobs/a", False)]
)
def test_what_a_package_of_the_teams_does_not_give_out_is_told(tmp_path: Path, specifier: str, is_told: bool) -> None:
    (tmp_path / "core").mkdir()
    (tmp_path / "core" / "package.json").write_text(
        '{"name": "@shop/core", "exports": {".": "./a.js", "./db": "./db.js", "./jobs/*": "./jobs/*.js"}}'
    )
    files = placing.listed(["core/package.json"])

    assert nowhere.is_not_given(specifier, "@shop/core", files, tmp_path) == is_told
    assert not nowhere.is_not_given("@shop/core", "@shop/core", files, tmp_path)


@pytest.mark.parametrize(
    ("module", "asked", "is_told"),
    [("commonjs", (), True), ("commonjs", ("ts-node",), True), ("commonjs", ("vite",), False), ("nodenext", (), False)],
)
def test_import_meta_is_told_where_the_compiler_writes_commonjs(
    tmp_path: Path, module: str, asked: tuple[str, ...], is_told: bool
) -> None:
    code = "import { a } from 'a';\nexport const here = new URL('.', import.meta.url);\n"
    files = placing.listed(())
    shop = Project(tmp_path, {"": frozenset(asked)}, frozenset(), {"": ""}, {}, {"": module})
    document = documents.made(
        Block("ts", code), 1, reading.read("ts", code), shop, Written(), placing.at("", (), files, {}), files
    )

    found = formats.mixed(document, shop, Types(tmp_path, {}, {}, frozenset(), "22"), ())

    assert [one.line for one in found] == ([2] if is_told else [])


def test_files_that_add_to_the_types_of_packages_are_read_with_each_block(tmp_path: Path) -> None:
    (tmp_path / "src" / "plugins").mkdir(parents=True)
    (tmp_path / "src" / "plugins" / "shop.ts").write_text("declare module 'fastify' {\n  interface A { b: 1 }\n}\n")
    (tmp_path / "src" / "test").mkdir()
    (tmp_path / "src" / "test" / "mock.ts").write_text("declare global { var a: 1 }\n")
    (tmp_path / "src" / "other.ts").write_text("export const text = `declare module 'x' {`;\ndeclare module '*.svg';\n")
    types = Types(tmp_path / "types", {}, {}, frozenset(), "22")

    laid = project.lay(tmp_path, types, Locks(), 22, is_tree=True)

    assert project.asked_from(project.told(laid)) == laid
    told = json.loads((tmp_path / "tsconfig.json").read_text())["include"]
    assert "src/plugins/shop.ts" in told
    assert not {"src/test/mock.ts", "src/other.ts"} & set(told)


def test_what_is_written_for_a_folder_is_never_read_as_the_team_s_own(tmp_path: Path) -> None:
    for folder in ("apps/shop/api", "packages/db"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "tsconfig.json").write_text('{"compilerOptions": {"paths": {"~/*": ["./src/*"]}}}')
    (tmp_path / "schema.prisma").write_text('datasource db {\n provider = "mysql"\n}\nmodel User {\n id Int @id\n}\n')
    types = Types(tmp_path / "types", {}, {}, frozenset(), "22")
    locks = Locks(manifests={"": {}, "apps/shop": {}, "apps/shop/api": {}, "packages/db": {}})

    first = project.lay(tmp_path, types, locks, 22, is_tree=True)
    assert set(map(str, first.paths.values())) == {"{'~/*': ['/src/*']}"}
    assert project.lay(tmp_path, types, locks, 22, is_tree=True) == first
    (tmp_path / project.LAID).unlink()  # as after an upgrade
    assert project.lay(tmp_path, types, locks, 22, is_tree=True) == first


def test_a_new_row_of_prisma_needs_what_nothing_else_gives_it(tmp_path: Path) -> None:
    (tmp_path / "schema.prisma").write_text(
        'datasource db {\n provider = "postgresql"\n}\nmodel User {\n id String @id @default(cuid())\n email String @unique\n'
        " name String?\n posts Post[]\n seen DateTime @updatedAt\n}\nmodel Post {\n id Int @id\n title String\n"
        " owner User @relation(fields: [ownerId], references: [id])\n ownerId String\n @@unique([ownerId, title])\n}\n"
    )

    prisma_client.made(tmp_path, "", ["schema.prisma"])

    text = "\n".join(one.read_text() for one in tmp_path.glob("*.d.ts"))
    assert "UserNewInput = UserDataInput & { email: any };" in text
    assert "PostNewInput = PostDataInput & { id: any; title: any };" in text
    assert "PostWhereUniqueInput = PostBy & ({ id: any } | { ownerId_title: any });" in text
    assert prisma_client.names(tmp_path) >= {"User", "Post", "PrismaClient"}


@pytest.mark.parametrize(
    ("others", "is_told"),
    [
        ("import a from './a.js';\nimport b from '../b.js';\n", True),
        ("import a from './a.js';\nimport b from '../b';\n", False),
        ("import a from 'a';\n", False),
    ],
)
def test_an_ending_is_asked_for_where_the_team_always_writes_it(tmp_path: Path, others: str, is_told: bool) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "money.ts").write_text(others)
    files = placing.files_of(tmp_path)
    code = "import { toCents } from './lib/money';\nimport { b } from './lib/money.js';\n"
    snippet = reading.read("ts", code)
    place = placing.at("", [one.specifier for one in snippet.imports], files, {})
    shop = Project(tmp_path, {}, frozenset())
    document = documents.made(Block("ts", code), 1, snippet, shop, Written(), place, files)

    found = [(one.line, one.message) for one in endings.lacking(document, tmp_path)]

    said = "`./lib/money` lacks its ending, which an ES module has to name here: `./lib/money.js`"
    assert found == ([(1, said)] if is_told else [])
