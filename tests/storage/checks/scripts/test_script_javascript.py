"""What JavaScript that says no types is taken for, and what is held against the pinned declarations all the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.capabilities.checks.verdicts import Block
from storage.checks.scripts.blocks import reading
from storage.checks.scripts.blocks.grammars import parsed, text_of, walk
from storage.checks.scripts.blocks.placing import Place, listed
from storage.checks.scripts.blocks.written import Document, Written
from storage.checks.scripts.findings import exported, mismatches, promises, refused, routes
from storage.checks.scripts.findings.imports import Imports
from storage.checks.scripts.packages.graph import Held
from storage.checks.scripts.packages.specifiers import knows
from storage.checks.scripts.packages.types import Types
from storage.checks.scripts.team import documents, javascript, known
from storage.checks.scripts.team.project import Project
from storage.checks.servers import Diagnostic


def made(code: str, language: str = "js") -> Document:
    snippet = reading.read(language, code)
    return documents.made(
        Block(language, code), 1, snippet, Project(Path("/team"), {}, frozenset()), Written(), Place(), listed(())
    )


@pytest.mark.parametrize(
    ("text", "package", "expected"),
    [
        ("const f = async (ctx, next) => 1;", "koa", ["ExtendableContext", "Next"]),
        ("module.exports = (sequelize, DataTypes) => 1;", "sequelize", ["Sequelize", ".DataTypes"]),
        ("const up = (queryInterface, Sequelize) => 1;", "sequelize", ["QueryInterface", ".DataTypes"]),
    ],
)
def test_what_a_framework_hands_over_has_its_types_and_is_a_parameter_still(
    text: str, package: str, expected: list[str]
) -> None:
    done = javascript.with_handed(text, parsed(text, is_jsx=False).root_node, {package}, ())

    assert all(f"{word}" in done for word in expected)
    last = [one for one in walk(parsed(done, is_jsx=False).root_node) if one.type == "number"][-1]
    assert javascript.is_parameter("ctx" if package == "koa" else "DataTypes" if "Data" in text else "Sequelize", last)


def test_a_parameter_of_which_two_methods_are_not_there_is_something_else() -> None:
    root = parsed("const f = (ctx) => { ctx.a(); ctx.b(); ctx.c; }; (x) => { x.a(); x.d; };", is_jsx=False).root_node
    members = [one for one in walk(root) if one.type == "property_identifier"]

    assert javascript.taken_for_another(members) == {"ctx"}


def test_a_default_that_is_called_where_it_is_required_is_imported_as_such() -> None:
    document = made("const log = require('pino')({ level: 'info' });\nlog.info(1);\n")

    assert documents.take_defaults(document, [1])
    assert document.text.startswith("import plumblineDefault1 from 'pino'; \nconst log = plumblineDefault1({")
    assert documents.take_defaults(document, [], [1])
    assert "const log = new plumblineDefault1({" in document.text
    assert not documents.take_defaults(document, [], [1])


def test_the_module_itself_is_no_call_that_somebody_has_to_wait_for() -> None:
    root = parsed("const axios = require('axios');\nconst a = axios.get(u).data;\n", is_jsx=False).root_node
    name = next(one for one in walk(root) if text_of(one) == "axios" and one.start_point[0] == 1)

    assert promises.bound(name, root) is None


@pytest.mark.parametrize(
    ("code", "is_excerpt"),
    [
        ("router: {\n  a: 1\n}\nrouter: function (req) { return 1; }\n", True),
        ("outer: for (const a of b) { continue outer; }\n", False),
        ("const a = 1;\n", False),
    ],
)
def test_keys_one_below_the_other_were_cut_out_of_an_object(code: str, is_excerpt: bool) -> None:
    assert reading.read("js", code).is_excerpt is is_excerpt


def test_a_package_knows_a_word_as_a_key_or_a_text_and_not_in_what_it_says_of_others(tmp_path: Path) -> None:
    (tmp_path / "index.d.ts").write_text(
        "/** How many retries: see limit. */\nexport interface Options {\n  limit?: number;\n"
        "  kind: 'COUNT';\n}\nexport function labels(retries: number): void;\n"
    )

    assert [knows(tmp_path, word) for word in ("limit", "kind", "COUNT", "retries", "labels")] == [True] * 3 + [
        False
    ] * 2


def test_an_everyday_word_is_a_package_only_where_it_is_called() -> None:
    assert known.home_of("request", "return request.status;", {"supertest"}) == ""
    assert "supertest" in known.home_of("request", "await request(app).get('/');", {"supertest"})


THROWING = "/**\n * @throws use `yyyy` instead of `YYYY` for years\n * @throws use `dd` instead of `DD` for days\n */\n"


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("format(now, 'YYYY-MM-dd')", "`format` throws at `YYYY` in this text: `yyyy` is meant"),
        ("parse('1', 'dd.DD', now)", ""),
        ("format(now, \"'YYYY' yyyy-MM-dd\")", ""),
        ("format(now, 'YYYY', { useAdditionalWeekYearTokens: true })", ""),
        ("other(now, 'YYYY')", ""),
    ],
)
def test_a_word_that_a_function_s_documentation_says_it_throws_at_is_told(tmp_path: Path, call: str, said: str) -> None:
    (tmp_path / "dates").mkdir()
    (tmp_path / "dates" / "format.d.ts").write_text(f"{THROWING}export function format(a: Date, b: string): string;\n")
    types = Types(tmp_path, {"dates": Held("dates", "3.6.0", "dates")}, {"": {"dates": "dates"}}, frozenset(), "20")
    document = made(f"const {{ format, parse }} = require('dates');\nconst day = {call};\n")
    read = Imports(used={"dates": "3.6.0"}, bound={"format": "dates", "parse": "dates"})

    assert [(one.line, one.message) for one in refused.found(document, read, types)] == ([(2, said)] if said else [])


@pytest.mark.parametrize(
    ("message", "is_told"),
    [
        ("Type 'typeof import(\"node:util\")' has no call signatures.", True),
        ("Type 'typeof import(\"/team/node_modules/kit/index\")' has no call signatures.", False),
    ],
)
def test_a_module_of_node_s_is_no_function_and_of_others_nobody_knows(message: str, is_told: bool) -> None:
    said = mismatches.not_callable(f"This expression is not callable.\n  {message}", is_declared=True)

    assert bool(said) is is_told


@pytest.mark.parametrize(("ending", "count"), [("ts", 1), ("js", 0)])
def test_of_javascript_the_compiler_s_word_on_exports_counts_for_files_of_typescript(ending: str, count: int) -> None:
    document = made("const { send } = require('./mail');\n")
    document.place = Place(resolved={"./mail": f"mail.{ending}"})
    fault = Diagnostic("tsc", "2305", f"Module '\"./mail.{ending}\"' has no exported member 'send'.", 1, 8, 1, 12)

    types = Types(Path(), {}, {}, frozenset(), "20")
    found = exported.lacking(document, [fault], Imports(), types, Written(), lambda file: False)

    assert [one.message for one in found] == ["`./mail` of yours exports no `send`"] * count


@pytest.mark.parametrize(("declared", "count"), [("export { a as send };", 0), ("export { a as sender };", 1)])
def test_what_a_package_declares_for_es_modules_commonjs_may_have_too(
    tmp_path: Path, declared: str, count: int
) -> None:
    (tmp_path / "index.d.mts").write_text(declared)
    document = made("const { send } = require('mail');\n")
    held = Held("mail", "1.0.0", ".", True)
    types = Types(tmp_path, {"mail": held}, {"": {"mail": "mail"}}, frozenset(), "20")
    read = Imports(used={"mail": "1.0.0"}, bound={"send": "mail"})
    fault = Diagnostic("tsc", "2305", "Module '\"mail\"' has no exported member 'send'.", 1, 8, 1, 12)

    assert len(exported.lacking(document, [fault], read, types, Written())) == count


@pytest.mark.parametrize(
    ("path", "letter"),
    [
        ("/", ""),
        ("/users/:id/files/*path", ""),
        ("/files{/*path}", ""),
        ("/:from-:to.json", ""),
        ('/:"a b"', ""),
        ("/a\\*b", ""),
        ("/assets/*", "*"),
        ("*", "*"),
        ("/:id?", "?"),
        ("/:id(\\\\d+)", "("),
        ("/a/:", ":"),
        ("/a+", "+"),
        ("/a{/:b", "{"),
        ("/a}", "}"),
    ],
)
def test_a_path_that_the_newer_router_throws_at_is_told_by_its_letter(path: str, letter: str) -> None:
    assert routes.refused(path) == letter


@pytest.mark.parametrize(
    ("version", "call", "line"),
    [
        ("5.1.0", "app.get('/assets/*', send);", 3),
        ("5.1.0", "app.use(['/a', '/b/*'], send);", 3),
        ("5.1.0", "app.get(/.*fly$/, send);", 0),
        ("5.1.0", "app.get('/assets/*rest', send);", 0),
        ("5.1.0", "cache.get('a*');", 0),
        ("4.21.0", "app.get('/assets/*', send);", 0),
    ],
)
def test_a_path_is_read_as_the_router_s_version_reads_it(version: str, call: str, line: int) -> None:
    text = f"import express from 'express';\nconst app = express();\n{call}\n"
    snippet = reading.read("js", text)
    document = Document(Path("a.js"), Place(), snippet, text, parsed(text, is_jsx=False), 0)
    told = Imports(used={"express": version}, bound={"express": "express"})

    assert [one.line for one in routes.found(document, told)] == ([line] if line else [])
