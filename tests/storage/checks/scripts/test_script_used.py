"""How things of the team's and of packages are used: members that are closed, calls of what is no function, elements without what they
need, and what is deprecated only since the team's own Node."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from storage.checks.scripts.blocks import reading
from storage.checks.scripts.blocks.grammars import parsed, text_of, walk
from storage.checks.scripts.blocks.reading import Snippet, read
from storage.checks.scripts.findings import misfits, mismatches, promises, since, wording
from storage.checks.scripts.findings.judging import Judge
from storage.checks.scripts.team import beside, javascript, tsconfig
from storage.checks.servers import Diagnostic

CLOSED = [
    ("2673", "Constructor of class 'Bus' is private and only accessible within the class declaration."),
    ("2674", "Constructor of class 'Bus' is protected and only accessible within the class declaration."),
    ("2511", "Cannot create an instance of an abstract class."),
    ("2341", "Property 'queue' is private and only accessible within class 'Bus'."),
    ("2445", "Property 'queue' is protected and only accessible within class 'Bus' and its subclasses."),
    ("1484", "'Bus' is a type and must be imported using a type-only import when 'verbatimModuleSyntax' is enabled."),
    ("1205", "Re-exporting a type when 'isolatedModules' is enabled requires using 'export type'."),
]


def judged(snippet: Snippet, code: str, message: str, at: str, **sight: Any) -> str:
    text = f"{snippet.before}{snippet.text}{snippet.after}"
    start = text.index(at)
    tree = parsed(text, snippet.is_jsx)
    judge = Judge(tree, text, snippet, lambda name: ("", ""), lambda package, word: False, **sight)
    found = judge.finding(Diagnostic("tsc", code, message, 0, start, 0, start))
    return found.message if found else ""


def lacked(language: str, code: str, name: str, kind: str, **sight: Any) -> bool:
    message = f"Property '{name}' does not exist on type '{kind}'."
    known = {"is_own": lambda name: False, **sight}
    return bool(judged(read(language, code), "2339", message, name, **known))


def test_what_is_asked_of_a_request_is_there_only_where_something_puts_it_there() -> None:
    code = "export const of = (req: FastifyRequest) => req.tenantOf;"

    assert lacked("ts", code, "tenantOf", "FastifyRequest<any>", may_add=lambda name: False)
    assert not lacked("ts", code, "tenantOf", "FastifyRequest<any>", may_add=lambda name: True)
    assert not lacked(
        "js", code.replace(": FastifyRequest", ""), "tenantOf", "FastifyRequest<any>", may_add=lambda name: False
    )


@pytest.mark.parametrize("language", ["ts", "js"])
def test_what_fetch_gives_cannot_be_added_to(language: str) -> None:
    code = "const answer = await fetch('a'); answer.jsonOf();"

    assert lacked(language, code, "jsonOf", "Response")
    assert not lacked(language, code.replace("await fetch", "await asked"), "jsonOf", "Response")


def test_what_a_block_builds_of_fetch_s_own_is_no_thing_of_the_reader_s() -> None:
    assert lacked("ts", "const sent = new Headers(); sent.setOf('a');", "setOf", "Headers")
    assert not lacked("ts", "const of = (sent: Headers) => sent.setOf('a');", "setOf", "Headers")


def test_a_member_of_its_own_is_there_in_a_file_that_leaves_nothing_out() -> None:
    code = "export class Till { count() { return this.totalOf; } }"

    assert lacked("ts", code, "totalOf", "Till", is_whole=True)
    assert not lacked("ts", code, "totalOf", "Till")
    assert not lacked("ts", code, "totalOf", "Till", is_whole=True, is_lost=lambda name: True)


def test_a_global_of_the_language_s_has_what_it_has_unless_somebody_puts_another_there() -> None:
    assert lacked("js", "Promise.allOf([]);", "allOf", "PromiseConstructor", is_put=lambda name: False)
    assert not lacked("js", "Promise.allOf([]);", "allOf", "PromiseConstructor", is_put=lambda name: True)
    own = "const Promise = require('bluebird'); Promise.allOf([]);"
    assert not lacked("js", own, "allOf", "PromiseConstructor", is_put=lambda name: False)


@pytest.mark.parametrize(("code", "message"), CLOSED)
def test_what_is_closed_to_others_is_told_of_whole_typescript_only(code: str, message: str) -> None:
    inside = Snippet("static open() { return new Bus(); }", True, False, "class PlumblineExcerpt { ", "\n}")

    assert judged(read("ts", "const bus = new Bus();"), code, message, "Bus") == wording.spoken(message)
    assert judged(read("js", "const bus = new Bus();"), code, message, "Bus") == ""
    assert judged(inside, code, message, "Bus") == ""  # it may stand in the very class


def test_whether_javascript_may_require_an_es_module_is_asked_of_node_alone() -> None:
    message = "The current file is a CommonJS module whose imports will produce 'require' calls; however, ..."
    for language, is_told in (("js", False), ("ts", True)):
        snippet = reading.read(language, "const a: string = 'b';" if is_told else "const a = 'b';")
        assert bool(judged(snippet, "1479", message, "'b'")) is is_told


@pytest.mark.parametrize(
    ("message", "text", "is_told"),
    [
        ("Expected 0-1 arguments, but got 2.", "proxy(«'/a', { target: 1 });", True),
        ("Expected 1 arguments, but got 2.", "proxy('/a', «() => 1);", True),
        ("Expected 1 arguments, but got 2.", "proxy('/a', «'b');", False),
        ("Expected 0 arguments, but got 2.", "proxy(«a.toString(), { target: 1 });", True),
        ("Expected 1-2 arguments, but got 0.", "send(«proxy());", True),
    ],
)
def test_a_callback_or_options_that_a_package_takes_no_more_are_too_many_also_in_javascript(
    message: str, text: str, is_told: bool
) -> None:
    at = text.index("«")
    fault = Diagnostic("tsc", "2554", message, 0, at, 0, at + 1)
    node = parsed(text.replace("«", ""), is_jsx=False).root_node.descendant_for_point_range((0, at), (0, at + 1))
    assert node is not None
    called = misfits.counted(fault, node)

    said = misfits.count(fault, called, is_typed=False, is_told=True)
    assert said.startswith("`proxy` takes") if is_told else not said
    assert not misfits.count(fault, called, is_typed=False, is_told=False)


def test_a_block_s_syntax_is_not_what_a_configuration_asks_of_its_imports() -> None:
    assert not any(wording.is_syntax(code) for code in (*wording.AS_TYPES, "1282", "1286", "1293"))


def test_the_team_s_word_on_types_in_imports_is_handed_to_the_compiler() -> None:
    team = '{"compilerOptions": {"verbatimModuleSyntax": true, "isolatedModules": true}}'
    options = tsconfig.read("", {"tsconfig.json": team}.get, lambda name: None)

    told = tsconfig.written(options, "", 22, has_dom=False)

    assert '"verbatimModuleSyntax": true' in told
    assert '"isolatedModules": true' in told


def test_a_configuration_in_a_package_of_the_team_s_is_followed() -> None:
    files = {
        "apps/web/tsconfig.json": '{"extends": "@team/settings/next.json", "compilerOptions": {"target": "es2017"}}',
        "packages/settings/next.json": '{"extends": ["./base.json", "@kit/strict"], "compilerOptions": {"lib": ["esnext"]}}',
        "packages/settings/base.json": '{"compilerOptions": {"jsx": "preserve"}}',
    }
    packages = {
        "@kit/strict": '{"extends": "@kit/all", "compilerOptions": {}}',
        "@kit/all": '{"compilerOptions": {"strict": false}}',
    }

    options = tsconfig.read("apps/web", files.get, packages.get, {"@team/settings": "packages/settings"})

    assert options == {"jsx": "preserve", "strict": False, "lib": ["esnext"], "target": "es2017"}


def test_a_configuration_that_is_not_there_may_say_more_of_the_language() -> None:
    team = '{"extends": "@kit/gone", "compilerOptions": {"target": "es2017"}}'
    lost = tsconfig.read("", {"tsconfig.json": team}.get, lambda name: None)
    known = tsconfig.read("", {"tsconfig.json": team}.get, lambda name: "{}")

    assert '"es2023"' in tsconfig.written(lost, "", 20, has_dom=False)
    assert '"es2017"' in tsconfig.written(known, "", 20, has_dom=False)


@pytest.mark.parametrize(
    ("text", "is_told"),
    [
        ("router.get('/', async (ctx) => { ctx.status(404); });", True),
        ("router.get('/', function (ctx) { ctx.status(404); });", True),
        ("router.get('/', ctx => ctx.status(404));", True),
        ("const ctx = { status: 1 }; ctx.status(404);", False),
        ("function f(ctx) { ctx.status(404); }", True),
        ("let status = 1; status(404);", False),
    ],
)
def test_a_call_of_a_number_is_told_of_javascript_where_a_library_declares_it(text: str, is_told: bool) -> None:
    start = text.rindex("status")
    node = parsed(text, is_jsx=False).root_node.descendant_for_point_range((0, start), (0, start))
    message = "This expression is not callable.\n  Type 'Number' has no call signatures."

    assert node is not None
    said = mismatches.not_callable(message, is_declared=javascript.is_declared(node))

    assert bool(said) == is_told


LACKS = "Type '{ nav: string; }' is not assignable to type 'LayoutProps'.\n  "
ONE = LACKS + "Property 'title' is missing in type '{ nav: string; }' but required in type 'LayoutProps'."
MORE = "Type '{ nav: string; }' is missing the following properties from type 'LayoutProps': title, lang"


@pytest.mark.parametrize(
    ("text", "message", "expected"),
    [
        ("<Layout nav='a' />;", ONE, "`title` is missing; `LayoutProps` needs it"),
        ("<Layout nav='a'>b</Layout>;", ONE, "`title` is missing; `LayoutProps` needs it"),
        ("<Layout nav='a' />;", MORE, "`title, lang` are missing; `LayoutProps` needs them"),
        ("<Layout nav='a' {...rest} />;", ONE, ""),
        ("<Layout nav='a' />;", ONE.replace("title", "children"), ""),
    ],
)
def test_an_element_without_what_its_component_needs_is_told(text: str, message: str, expected: str) -> None:
    node = parsed(text, is_jsx=True).root_node.descendant_for_point_range((0, 1), (0, 1))

    assert node is not None
    fault = Diagnostic("tsc", "2322" if "Property" in message else "2739", message, 0, 1, 0, 7)
    assert misfits.misfit(fault, node, bool, text, is_typed=True, is_told=False) == expected
    assert misfits.misfit(fault, node, bool, text, is_typed=False, is_told=False) == ""


def test_of_what_may_be_anything_the_first_form_is_taken_and_says_nothing(tmp_path: Path) -> None:
    file = tmp_path / "bson.d.ts"
    forms = (
        "    /**\n     * @deprecated Use another.\n     */\n    constructor(id: number);\n"
        "    /** By text. */\n    constructor(id: string);\n"
    )
    only = "declare function open(): void;\n/** @deprecated */\nexport function old(): void;\n"
    file.write_text(f"class Id {{\n{forms}}}\n{only}")
    places = {
        word: (file.as_uri(), file.read_text().split("\n").index(word))
        for word in ("     * @deprecated Use another.", "    constructor(id: number);", "export function old(): void;")
    }

    def is_so(place: tuple[str, int], code: str = "6387") -> bool:
        return since.has_other_forms(Diagnostic("tsc", code, "", 0, 0, 0, 1, places=(place,)))

    assert [is_so(one) for one in places.values()] == [True, True, False]
    assert not is_so(places["    constructor(id: number);"], "6385")
    root = parsed(
        "const f = (id, a: string) => new Id(id); (id) => [new Id(id.at), new Id('1')];", is_jsx=False
    ).root_node
    called = [one for one in walk(root) if text_of(one) == "Id"]
    assert [javascript.is_given_anything(one, is_typed=True) for one in called] == [False, True, False]
    assert [javascript.is_given_anything(one, is_typed=False) for one in called] == [True, True, False]


def test_what_is_deprecated_since_the_team_s_major_of_node_still_works_in_it(tmp_path: Path) -> None:
    file = tmp_path / "@types" / "node" / "fs.d.ts"
    file.parent.mkdir(parents=True)
    file.write_text(
        "/**\n * @deprecated Since v18.1.0\n */\nold: string;\n/**\n * @deprecated since v20.12.0\n */\npath: string;\n"
    )

    def is_held(line: int, node: str) -> bool:
        place = (file.as_uri().replace("@", "%40"), line)
        return since.is_of_this_major(Diagnostic("tsc", "6385", "", 0, 0, 0, 1, places=(place,)), node)

    assert is_held(7, "20")
    assert not is_held(7, "22")
    assert not is_held(3, "20")
    assert not is_held(7, "")


@pytest.mark.parametrize(
    ("code", "is_so"),
    [("day.extend(utc).extend(zone)", True), ("day.extend(utc).local()", False), ("day.extend(utc)", False)],
)
def test_what_gives_a_member_once_is_asked_for_it_again(code: str, is_so: bool) -> None:
    names = [one for one in walk(parsed(code, False).root_node) if one.type == "property_identifier"]
    last = max(names, key=lambda one: one.start_byte)

    assert javascript.is_asked_again(text_of(last), last) is is_so


@pytest.mark.parametrize(
    ("text", "is_so"),
    [
        ("server.decorate('toolkit', 'created', f); h.created()", True),
        ("class Shop extends Model {}; Shop.hasMany(Sale); shop.created()", True),
        ("class Shop extends orm.Model {}; shop.created()", True),
        ("class Shop extends Base {}; shop.created()", False),
        ("const created = 1; shop.created()", False),
    ],
)
def test_a_member_is_put_there_by_its_name_or_by_the_class_of_a_package(text: str, is_so: bool) -> None:
    assert javascript.is_put_there("created", "Shop", text, ["Model", "orm"]) is is_so


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("exports.up = knex => 1;", 'exports.up = (/** @type {import("knex").Knex} */ knex) => 1;'),
        ("const f = (_req, reply) => 1;", None),
        ("app.get('/', (req, res) => 1);", "app.get('/', (req, res) => 1);"),
        ("function f(req, { a }) {}", "function f(req, { a }) {}"),
        ("function f(err, req) {}", "function f(err, req) {}"),
    ],
)
def test_what_a_framework_hands_over_is_told_where_nothing_else_tells_it(text: str, expected: str | None) -> None:
    asked = {"express", "fastify", "knex"}
    of = '/** @type {import("fastify").Fastify'

    done = javascript.with_handed(text, parsed(text, is_jsx=False).root_node, asked, {"wrap"})

    assert done == (expected or f"const f = ({of}Request}} */ _req, {of}Reply}} */ reply) => 1;")


def test_a_block_takes_what_it_needs_of_the_file_that_it_shows_a_part_of(tmp_path: Path) -> None:
    (tmp_path / "a.ts").write_text(
        "import { open } from 'kit';\nconst db = open();\nconst other = 1;\nexport function place(id: string) { return db.get(id); }\n"
    )
    snippet = reading.read("ts", "export function place(id: string) {\n  return db.all(id);\n}\n")
    home = beside.Beside(tmp_path, has_tree=True)

    rest = home.rest(home.home(snippet), snippet, ())

    assert rest.text == "import { open } from 'kit';\nconst db = open();"
    assert [one.specifier for one in rest.imports] == ["kit"]
    assert home.rest("a.ts", snippet, {"db"}) == beside.NONE


def test_what_is_made_of_a_function_with_several_forms_is_nobody_s_to_judge() -> None:
    text = (
        "const f = promisify(jwt.verify);\nconst g = promisify(fs.readFile);\n"
        "const { header } = await f(1);\nconst text = await g(2);\n"
    )

    found = promises.of_any_form(
        parsed(text, is_jsx=False).root_node, lambda name: ("node" if name == "fs" else "", "")
    )

    assert found == {"f", "header"}
