"""What JavaScript of the team's exports, and the names that a block asks of it in vain."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.capabilities.checks.verdicts import Block
from storage.checks.scripts.blocks import placing, reading
from storage.checks.scripts.blocks.written import Written
from storage.checks.scripts.findings import exported
from storage.checks.scripts.team import documents, module_exports, own_modules
from storage.checks.scripts.team.project import Project

QUEUE = "class Queue { static of() {} push(one) {} }\nmodule.exports = Queue;\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("function send() {}\nmodule.exports = { send, render: 1, 'at once'() {} };", {"send", "render", "at once"}),
        ("exports.a = 1;\nmodule.exports.b = async () => {};\nexports['c'] = 2;", {"a", "b", "c"}),
        ("exports = module.exports = { a: 1 };\nexports.b = 2;", {"a", "b"}),
        ("const api = { a: 1 };\napi.b = 2;\nmodule.exports = api;", {"a", "b"}),
        (QUEUE, {"of", "name"}),
        (
            "function open() {}\nopen.now = 1;\nmodule.exports = open;\nmodule.exports.Queue = 2;",
            {"now", "Queue", "bind"},
        ),
        (
            "export const a = 1, { b, c: [d] } = e;\nexport function f() {}\nexport { a as g };",
            {"a", "b", "d", "f", "g"},
        ),
        ("export default class {}\nexport { x } from './x';", {"x", "default"}),
    ],
)
def test_what_a_file_exports_is_read_from_its_text(text: str, expected: set[str]) -> None:
    exported = module_exports.exported_by(text)

    assert exported is not None
    assert expected <= exported.names
    assert "other" not in exported.names


@pytest.mark.parametrize(
    "text",
    [
        "module.exports = { ...require('./a'), b: 1 };",
        "module.exports = require('./a');",
        "module.exports = new Mailer();",
        "module.exports = create({ a: 1 });",
        "module.exports = class extends Base {};",
        "for (const one of all) exports[one.name] = one;",
        "const api = {};\nfill(api);\nmodule.exports = api;",
        "let api = {};\napi = load();\nmodule.exports = api;",
        "__exportStar(require('./a'), exports);",
        "this.a = 1;\nexports.b = 2;",
        "const out = exports;\nout.a = 1;",
        "(function (exports) { exports.a = 1; })(typeof exports === 'undefined' ? {} : exports);",
        "module.exports = { [name]: 1 };",
        "export * from './a.js';",
        "export function get() {}\nObject.defineProperty(module.exports, 'default', { get });",
        "window.a = 1;",
        "module.exports = {",
    ],
)
def test_where_more_may_be_exported_nobody_knows(text: str) -> None:
    assert module_exports.exported_by(text) is None


def found(root: Path, code: str, language: str = "js", written: Written | None = None) -> list[tuple[int, str]]:
    (root / "lib").mkdir(exist_ok=True)
    (root / "lib" / "queue.js").write_text(QUEUE)
    (root / "lib" / "mail.js").write_text("module.exports = { sendMail() {}, render() {} };\n")
    (root / "lib" / "new.js").write_text("export const now = 1;\n")
    files = placing.files_of(root)
    snippet = reading.read(language, code)
    place = placing.at("", [one.specifier for one in snippet.imports], files, {})
    project = Project(root, {}, frozenset())
    document = documents.made(Block(language, code), 1, snippet, project, Written(), place, files)
    return [(one.line, one.message) for one in own_modules.lacking(document, root, written or Written())]


def test_what_a_file_hands_on_from_those_beside_it_is_followed_as_far_as_all_is_known(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "all.js").write_text(
        "const q = require('./mail');\nmodule.exports = { ...q, ...require('./more'), own: 1 };\n"
    )
    (tmp_path / "lib" / "more.js").write_text("exports.extra = 1;\n")
    (tmp_path / "lib" / "some.js").write_text("module.exports = { ...require('package'), own: 1 };\n")
    (tmp_path / "lib" / "modern.js").write_text("export * from './new.js';\nexport const other = 1;\n")
    (tmp_path / "lib" / "ring.js").write_text("module.exports = { ...require('./ring'), own: 1 };\n")
    code = (
        "const { own, extra, render, gone } = require('./lib/all');\nconst { any } = require('./lib/some');\n"
        "import { now, other, then } from './lib/modern.js';\nconst { round } = require('./lib/ring');\n"
    )

    assert [(line, said.split("`")[3]) for line, said in found(tmp_path, code)] == [(1, "gone"), (3, "then")]


def test_a_name_that_a_module_of_the_team_does_not_export_is_told(tmp_path: Path) -> None:
    code = "const {\n  render,\n  sendMial,\n} = require('./lib/mail');\nimport { then } from './lib/new.js';\n"
    whole = "const { Queue } = require('./lib/queue');\n"

    assert found(tmp_path, code) == [
        (3, "`./lib/mail` of yours exports no `sendMial`; did you mean `sendMail`?"),
        (5, "`./lib/new.js` of yours exports no `then`"),
    ]
    assert found(tmp_path, whole) == [
        (
            1,
            "`./lib/queue` of yours exports no `Queue`; it is what the module is: `const Queue = require('./lib/queue')`",
        )
    ]


@pytest.mark.parametrize(
    "code",
    [
        "const { sendMail, render: draw, later = 1, old: other = 2, ...rest } = require('./lib/mail');\n",
        "const mail = require('./lib/mail');\nconst { name } = require('./lib/queue');\n",
        "import mail, { render } from './lib/mail.js';\nimport { now } from './lib/new.js';\n",
        "const mail = require('./lib/mail');\nmail.render();\nmail.later;\nmail.later?.();\nmail.toString();\n",
        "const mail = require('./lib/mail');\nmail.added = () => 1;\nmail.added();\nconst f = (mail) => mail.other();\n",
        "const { anything } = require('./lib/none');\nconst { more } = require('lib');\n",
    ],
)
def test_what_it_exports_or_may_leave_out_is_right(tmp_path: Path, code: str) -> None:
    assert found(tmp_path, code) == []


@pytest.mark.parametrize(
    ("code", "line"),
    [
        ("require('./lib/mail').sendMial();\n", 1),
        ("const mail = require('./lib/mail');\nconst { sendMial } = mail;\n", 2),
        ("async function f() {\n  const { later } = await import('./lib/new.js');\n}\n", 2),
        ("export { later } from './lib/new.js';\n", 1),
    ],
)
def test_it_is_told_on_each_way_to_a_module(tmp_path: Path, code: str, line: int) -> None:
    assert [at for at, _ in found(tmp_path, code)] == [line]


def test_a_whole_module_says_all_that_it_has_whatever_is_spread_within_it(tmp_path: Path) -> None:
    (tmp_path / "mail.js").write_text("const f = (a) => ({ ...a });\nmodule.exports = { f };\n")
    (tmp_path / "any.js").write_text("module.exports = { ...process.env };\n")
    code = "const mail = require('./mail');\nconst { f } = require('./mail');\nconst any = require('./any');\n"
    snippet, files = reading.read("js", code), placing.files_of(tmp_path)
    place = placing.at("", [one.specifier for one in snippet.imports], files, {})
    project = Project(tmp_path, {}, frozenset())
    document = documents.made(Block("js", code), 1, snippet, project, Written(), place, files)

    assert exported.says_all(document, tmp_path, "mail", True)
    assert not exported.says_all(document, tmp_path, "mail", False)  # what hangs on a part of it
    assert not exported.says_all(document, tmp_path, "f", True)
    assert not exported.says_all(document, tmp_path, "any", True)


def test_a_file_that_the_answer_writes_anew_is_not_read(tmp_path: Path) -> None:
    code = "const { queued } = require('./lib/mail');\n"

    assert len(found(tmp_path, code)) == 1
    assert found(tmp_path, code, written=Written(paths=frozenset({"lib/mail.js"}))) == []
    assert found(tmp_path, code, written=Written(loose=frozenset({"queued"}))) == []
