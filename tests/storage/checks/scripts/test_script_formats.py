"""ES modules and CommonJS mixed up, by the nearest package.json or the file's ending."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.capabilities.checks.verdicts import Block
from storage.checks.scripts import documents, formats, reading
from storage.checks.scripts.project import Project


def found(kind: str | None, code: str, path: str | None = None, asks: tuple[str, ...] = ()) -> list[tuple[int, str]]:
    kinds = {} if kind is None else {"": kind, "old": "commonjs"} if path else {"": kind}
    project = Project(Path("/nonexistent"), {"": frozenset(asks)}, frozenset(), {}, kinds)
    block = Block("js", code, path)
    snippet = reading.read("js", code)
    document = documents.made(block, 1, snippet, project, documents.Written())
    return [(one.line, one.kind) for one in formats.mixed(document, project, ())]


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


def test_what_is_translated_first_has_no_format() -> None:
    code = "const a = require('a');\nimport b from 'b';\na(b);\n"

    assert found("module", code, asks=("webpack",)) == found("", code, asks=("@babel/core",)) == []
    assert found("module", code, asks=("express",)) == [(1, "import")]
