"""ES modules and CommonJS mixed up, by the nearest package.json or the file's ending."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.capabilities.checks.verdicts import Block
from storage.checks.scripts.blocks import reading
from storage.checks.scripts.blocks.placing import Place, listed
from storage.checks.scripts.blocks.written import Written
from storage.checks.scripts.findings import formats
from storage.checks.scripts.packages import visible
from storage.checks.scripts.packages.graph import Held
from storage.checks.scripts.packages.types import Types
from storage.checks.scripts.team import documents
from storage.checks.scripts.team.project import Project
from tests.servers.npm import archive

NONE = Types(Path("/nonexistent"), {}, {}, frozenset(), "22")


def found(
    kind: str | None,
    code: str,
    path: str | None = None,
    asks: tuple[str, ...] = (),
    types: Types = NONE,
    language: str = "js",
    root: Path = Path("/nonexistent"),
) -> list[tuple[int, str]]:
    kinds = {} if kind is None else {"": kind, "old": "commonjs"} if path else {"": kind}
    project = Project(root, {"": frozenset(asks)}, frozenset(), kinds)
    block = Block(language, code, path)
    snippet = reading.read(language, code)
    document = documents.made(block, 1, snippet, project, Written(), Place(), listed(()))
    return [(one.line, one.kind) for one in formats.mixed(document, project, types, ())]


@pytest.mark.parametrize(
    ("kind", "code", "path", "expected"),
    [
        ("module", "const fs = require('fs');\nfs.readFileSync('a');\n", None, [(1, "import")]),
        ("module", "import a from 'a';\na();\nmodule.exports = { a };\n", None, [(3, "import")]),
        ("module", "exports.a = 1;\n", "src/a.js", [(1, "import")]),
        ("module", "import path from 'path';\nexport const at = path.join(__dirname, 'a');\n", None, [(2, "name")]),
        ("module", "if (require.main === module) main();\n", None, [(1, "import")]),
        ("commonjs", "const a = require('a');\nconst b = await a.b();\n", None, [(2, "syntax")]),
        ("", "const a = require('a');\nimport b from 'b';\na(b);\n", None, [(2, "syntax")]),
        ("", "const a = require('a');\nexport const b = a;\n", None, [(2, "syntax")]),
        ("", "import a from 'a';\nmodule.exports = { a };\n", None, [(1, "syntax")]),
        ("", "const b = await a.b();\nexports.b = b;\n", None, [(1, "syntax")]),
        ("module", "import a from 'a';\na();\n", "old/a.js", [(1, "syntax")]),
        ("module", "import a from 'a';\na();\n", "src/a.cjs", [(1, "syntax")]),
        ("", "const a = require('a');\na();\n", "src/a.mjs", [(1, "import")]),
    ],
)
def test_what_the_other_format_has_is_said_where_it_stands(
    kind: str, code: str, path: str | None, expected: list[tuple[int, str]]
) -> None:
    assert found(kind, code, path) == expected


@pytest.mark.parametrize(
    ("kind", "code", "path"),
    [
        ("module", "import { createRequire } from 'module';\nconst require = createRequire(import.meta.url);\nrequire('a');\n", None),
        ("module", "import { dirname } from 'path';\nconst __dirname = dirname(import.meta.filename);\n__dirname;\n", None),
        ("module", "export const f = (module) => module.exports;\nexport const module2 = { require: 1, exports: 2 };\n", None),
        ("module", "const { module, exports } = await load();\nexports.a = module.exports;\n", None),
        ("module", "const is = typeof require !== 'undefined' && require.main;\nexport default is;\n", None),
        ("module", "module.exports = {};\n", "jest.config.cjs"),
        ("module", "// ecosystem.config.cjs\nmodule.exports = { apps: [] };\n", None),
        ("module", "const a = require('a');\n", "old/a.js"),
        ("commonjs", "import a from './a.js';\na();\n", "public/app.js"),
        ("module", "...\nconst a = require('a');\n", None),
        ("module", "import a from 'a';\nconst b = await a();\nexport { b };\n", None),
        ("module", "import { test } from 'vitest';\ntest('a', () => require('a'));\n", None),
        ("", "const a = require('a');\n(async () => { await a(); })();\nmodule.exports = { a };\n", None),
        ("", "const a = require('a');\nconst b = () => import('b');\nb();\n", None),
        ("commonjs", "import a from 'a';\na();\n", None),
        ("", "import a from 'a';\nawait a();\n", "src/a.js"),
        (None, "const a = require('a');\nimport b from 'b';\n", None),
    ],
)  # fmt: skip
def test_what_fits_or_cannot_be_known_is_left_alone(kind: str | None, code: str, path: str | None) -> None:
    assert found(kind, code, path) == []


@pytest.mark.parametrize(("kind", "node", "is_said"), [("", "18", True), ("", "22", False), ("commonjs", "22", True)])
def test_an_import_among_files_of_commonjs_is_said_where_node_does_not_look_twice(
    tmp_path: Path, kind: str, node: str, is_said: bool
) -> None:
    (tmp_path / "a.js").write_text("const b = require('b');\nmodule.exports = { b };\n")
    types = Types(Path("/nonexistent"), {}, {}, frozenset(), node)

    said = found(kind, "import b from 'b';\nb();\n", types=types, root=tmp_path)

    assert said == ([(1, "syntax")] if is_said else [])


def test_an_import_beside_es_modules_of_the_team_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text("const b = require('b');\n")
    (tmp_path / "c.js").write_text("export default 1;\n")

    assert found("commonjs", "import b from 'b';\nb();\n", root=tmp_path) == []


@pytest.mark.parametrize(
    ("kind", "code", "asks", "expected"),
    [
        (
            "module",
            "import { join } from 'path';\nexport const at: string = join(__dirname, 'a');\n",
            (),
            [(2, "name")],
        ),
        ("module", "export const a: number = 1;\nmodule.exports = { a };\n", ("tsx",), [(2, "import")]),
        ("module", "const a: number = require('./a');\n", (), [(1, "import")]),
        ("module", "const a: number = require('./a');\n", ("tsx",), []),
        ("module", "export const at: string = __dirname;\n", ("vite",), []),
        ("", "import a from 'a';\nconst b: number = require('b');\na(b, __dirname);\n", (), []),
    ],
)
def test_typescript_has_nothing_of_commonjs_in_an_es_module(
    kind: str, code: str, asks: tuple[str, ...], expected: list[tuple[int, str]]
) -> None:
    assert found(kind, code, asks=asks, language="ts") == expected


def test_what_is_translated_first_has_no_format() -> None:
    code = "const a = require('a');\nimport b from 'b';\na(b);\n"

    assert found("module", code, asks=("webpack",)) == found("", code, asks=("@babel/core",)) == []
    assert found("module", code, asks=("express",)) == [(1, "import")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("module.exports = { a: b.c, d: e }", {"a"}),
        ("module.exports = { a: require('./z'), d }", {"a"}),
        ("module.exports = { 'a': d /* x */,\n // y\n d: d,\n e }", {"a", "d", "e"}),
        ("module.exports = { d, a() {}, e }", {"d", "a"}),
        ("module.exports = { d, ...d, e }", {"d", "e"}),
        ("var x = module.exports = { d }; x.f = 1; module.exports.g = 2", {"d", "g"}),
        ("exports.k = 1; exports['l'] = 2; Object.defineProperty(exports, 'm', { get: n })", {"k", "l", "m"}),
        ("module.exports = new Thing()", set()),
        ("module.exports = require('./lib/thing')", None),
        ("module.exports = { ...require('./lib'), a }", None),
        ("Object.defineProperty(exports, '__esModule', { value: true }); exports.a = 1", None),
        ("typeof exports === 'object' ? module.exports = f() : 0", None),
    ],
)
def test_the_names_that_node_sees_of_commonjs_are_known(text: str, expected: set[str] | None) -> None:
    assert visible.names_in(text) == expected


def test_a_name_that_node_does_not_see_is_said_where_an_es_module_imports_it(tmp_path: Path) -> None:
    text = "module.exports = {\n  decode: require('./decode'),\n  sign: require('./sign'),\n};\n"
    content = archive({"package.json": '{"main": "index"}', "index.js": text})
    (tmp_path / "package.json").write_text('{"main": "index"}')
    visible.keep(content, tmp_path, {"index.js"})
    types = Types(tmp_path, {"t": Held("token", "9.0.0", ".")}, {"": {"token": "t"}}, frozenset(), "22")
    right = "import token, { decode } from 'token';\ndecode(token.sign({}));\n"
    wrong = "import { decode,\n  sign } from 'token';\ndecode(sign({}));\n"

    assert found("module", wrong, types=types) == [(2, "import")]
    assert found("module", right, types=types) == []
    assert found("", wrong, types=types) == []


def test_a_package_whose_entry_is_an_es_module_is_not_read_as_commonjs(tmp_path: Path) -> None:
    manifest = '{"exports": {".": {"import": "./esm/index.js", "default": "./index.js"}}}'
    content = archive({"package.json": manifest, "esm/index.js": "var a;\n", "index.js": "exports.b = 1;\n"})
    (tmp_path / "esm").mkdir()
    (tmp_path / "package.json").write_text(manifest)
    (tmp_path / "esm" / "package.json").write_text('{"type": "module"}')
    visible.keep(content, tmp_path, {"index.js", "esm/index.js"})

    assert visible.kept(tmp_path) is None
