"""How blocks of TypeScript and JavaScript are read: what they import and define, what is left out, which lines are shown as wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.checks.scripts.blocks import marks, outside, reading, statements
from storage.checks.scripts.blocks.grammars import parsed
from storage.checks.scripts.findings import wording
from storage.checks.scripts.packages import modules
from storage.checks.scripts.team import javascript, node, tsconfig

WHOLE = """import a, { b as c, type D } from 'one';
import * as two from 'two';
import three = require('three');
const { four, five: six } = require('four');
export * from 'five';
const late = await import('six');
"""


def test_every_kind_of_import_is_seen_with_its_line_and_what_it_binds() -> None:
    found = [(one.specifier, one.line, one.kind, one.bound) for one in reading.read("ts", WHOLE).imports]

    assert found == [
        ("one", 1, "import", ("a", "c", "D")),
        ("two", 2, "import", ("two",)),
        ("three", 3, "import", ("three",)),
        ("four", 4, "require", ("four", "six")),
        ("five", 5, "reexport", ()),
        ("six", 6, "dynamic", ("late",)),
    ]


def test_what_a_block_defines_at_its_top_is_known() -> None:
    code = "import a from 'a';\nexport const b = 1, [c] = d;\nfunction e() { const inner = 1; }\n"
    code += "export class F {}\ntype G = 1;\nenum H { x }\n"

    assert reading.read("ts", code).defined == {"a", "b", "c", "e", "F", "G", "H"}


@pytest.mark.parametrize(
    ("language", "code", "ending"),
    [
        ("ts", "const a: string = 'x';", ".ts"),
        ("js", "const a = 'x';", ".js"),
        ("tsx", "const a = <p>x</p>;", ".tsx"),
        ("jsx", "const a = <p>x</p>;", ".jsx"),
        ("js", "const A = () => {\n  return <p className='a'>x</p>;\n};", ".jsx"),
        ("ts", "const a = <string>b;", ".ts"),
        ("ts", "const x = require('x');\nx();", ".js"),
        ("ts", "import x = require('x');\nconst a: string = x();", ".ts"),
    ],
)
def test_a_block_is_the_kind_of_file_that_it_can_be_read_as(language: str, code: str, ending: str) -> None:
    assert reading.read(language, code).ending == ending


@given(st.text(max_size=300))
def test_no_text_makes_reading_fail_and_lines_stay_where_they_are(code: str) -> None:
    snippet = reading.read("tsx", code)
    body = f"{snippet.before}{snippet.text}{snippet.after}"
    done = statements.marked(body, parsed(body, snippet.is_jsx).root_node)

    assert done.count("\n") == body.count("\n")
    marks.wrong_lines(code)
    assert outside.without(body, "").count("\n") <= body.count("\n")


SHOWN = {
    "a line": ("a();\nb(); // wrong\nc();", {2}),
    "below a comment": ("// ❌ before\na();\nb();\n\n// ✅ after\nc();", {1, 2, 3, 4}),
    "in the midst of more": ("// a 404, where none exists, will throw\na();\n\nb();", {1, 2}),
    "an error": ("a(); // TypeError: a is not a function\nb();", {1}),
    "told to be ignored": ("// @ts-ignore\na();\nb();", {1, 2}),
    "nothing": ("a(); // the right one\nfetch('https://bad.example/wrong');", set()),
}


@pytest.mark.parametrize(("code", "lines"), SHOWN.values(), ids=SHOWN)
def test_lines_that_are_shown_to_be_wrong_are_known(code: str, lines: set[int]) -> None:
    assert marks.wrong_lines(code) == lines


def test_calls_that_stand_alone_are_handed_over_and_others_are_not() -> None:
    code = "a.b();\nawait c();\nconst d = e();\nf().then(g);\nvoid h();\nassertIt(x);\nconsole.log(1);\nk(() => { l.m(); });\n"

    done = statements.marked(code, parsed(code, False).root_node)

    assert done.split("\n")[0] == "plumblineStatement(a.b(), a);"
    assert done.split("\n")[7] == "plumblineStatement(k(() => { plumblineStatement(l.m(), l); }), 0);"
    assert done.count(statements.MARKER) == 3


@pytest.mark.parametrize(
    ("name", "folder", "leads_out"),
    [
        ("./a", "src", False),
        ("../a", "src", False),
        ("../../a", "src", True),
        ("../a", "", True),
        ("/etc/passwd", "src", True),
        ("file:///etc/passwd", "src", True),
        ("C:\\x", "src", True),
        ("a/../../b", "src", True),
        ("~/x", "src", False),
        ("left", "src", False),
        ("\\x2e\\x2e/a", "src", True),
    ],
)
def test_a_name_that_leads_out_of_the_repository_is_known(name: str, folder: str, leads_out: bool) -> None:
    assert outside.leads_out(name, folder) is leads_out


@given(st.lists(st.sampled_from(["..", ".", "a", "b"]), max_size=8), st.sampled_from(["", "src", "src/deep"]))
def test_no_path_that_stays_leads_out_by_another_way(parts: list[str], folder: str) -> None:
    name = "./" + "/".join(parts)
    depth = len([one for one in folder.split("/") if one])
    lowest = 0
    for one in parts:
        depth += {"..": -1, ".": 0}.get(one, 1)
        lowest = min(lowest, depth)

    if depth < 0 or (lowest < 0 and not outside.leads_out(name, folder)):
        assert outside.leads_out(name, folder) == (depth < 0)


# --- the team's configuration ---------------------------------------------------------------------------------------------


def options(files: dict[str, str], folder: str = "") -> tsconfig.Options:
    return tsconfig.read(
        folder,
        files.get,
        lambda specifier: '{"compilerOptions": {"strict": false}}' if specifier == "@team/base" else None,
    )


def test_options_come_from_what_a_configuration_extends_and_the_nearer_one_counts() -> None:
    files = {
        "tsconfig.json": '{"extends": ["@team/base", "./base.json"], "compilerOptions": {"jsx": "react-jsx"}}',
        "base.json": '{"compilerOptions": {"strict": true, "baseUrl": "src", "paths": {"@/*": ["*", "../lib/*"]}, '
        '/* no */ "jsx": "preserve",}}',
    }

    read = options(files)

    assert (read["strict"], read["jsx"], read["paths"]) == (True, "react-jsx", {"@/*": ["/src/*", "/lib/*"]})


def test_a_configuration_that_names_places_outside_is_not_followed() -> None:
    files = {
        "tsconfig.json": '{"extends": "../../etc/x.json", "compilerOptions": {"baseUrl": "../..", '
        '"paths": {"a": ["/etc/*", "../../x"]}}}',
        "../../etc/x.json": '{"compilerOptions": {"strict": true}}',
    }

    read = options(files)

    assert "strict" not in read
    assert "base" not in read
    assert read["paths"] == {"a": []}


@pytest.mark.parametrize(
    "text", ["", "[", "[]", "null", '{"compilerOptions": 3}', '{"extends": {}}', '{"extends": "./tsconfig.json"}']
)
def test_a_configuration_that_is_none_says_nothing(text: str) -> None:
    assert options({"tsconfig.json": text}) == {}


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (
            "Property 'a' does not exist on type 'B'. Did you mean 'c'?",
            "property `a` does not exist on type `B`; did you mean `c`?",
        ),
        ("Type 'typeof import(\"/data/x/node_modules/zod/lib/external\")' is bad.", "type `module zod` is bad"),
        ("Module '\"/secret/place/tree/src/x\"' has no y.", "module `x` has no y"),
    ],
)
def test_the_compiler_s_words_become_a_plain_line(message: str, said: str) -> None:
    assert wording.spoken(message) == said


def test_what_javascript_puts_onto_things_is_known() -> None:
    text = "Store.prototype.find = function () {};\nexports.late = 1;\nconst a = { open() {}, shut: 1 };\nif (a) { b == c.d }\n"

    assert javascript.members_in(text) >= {"find", "late", "open", "shut"}
    assert "if" not in javascript.members_in(text)


@pytest.mark.parametrize(
    ("manifest", "is_only"),
    [
        ({"type": "module", "exports": "./index.js"}, True),
        ({"type": "module", "exports": {"types": "./index.d.ts", "default": "./index.js"}}, True),
        ({"type": "module", "exports": {".": {"import": "./a.js", "require": "./b/index.js"}}}, False),
        ({"type": "module", "main": "./index.cjs"}, False),
        ({"exports": {".": {"default": "./index.mjs"}}}, True),
        ({"main": "index.js"}, False),
    ],
)
def test_whether_a_package_can_be_required(tmp_path: Path, manifest: dict[str, object], is_only: bool) -> None:
    (tmp_path / "package.json").write_text(json.dumps(manifest))

    assert modules.is_only_for_import(tmp_path, "") is is_only


@pytest.mark.parametrize(
    ("told", "version"),
    [
        (">=22.13", "22"),
        ("20.11", "20"),
        ("v20.11.1", "20"),
        ("^18 || >=20", "18"),
        (">=18.17.0 <21", "18"),
        (">= 20 <= 24", "20"),
        ("16 - 18", "16"),
        ("18.x", "18"),
        ("14||16", "14"),
        ("22.13-alpine", "22"),
        ("lts/iron", "20"),
        ("<21", ""),
        ("*", ""),
        ("lts/*", ""),
    ],
)
def test_the_node_of_a_range_is_the_lowest_major_version_that_it_allows(told: str, version: str) -> None:
    assert node.major(told) == version
