"""Without a kernel that keeps the compiler to its folders nothing is compiled beside a file that names one elsewhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from storage.checks.scripts import child
from storage.checks.scripts.blocks import outside

WAYS = {
    "an import": ("src/a.ts", "import a from '../../other/secret.json';"),
    "behind a comment of stars": ("a.ts", "import a from /***/ '/etc/secret';"),
    "behind a space of no width": ("a.ts", "import a from\u200b'/etc/secret';"),
    "behind a line that ends otherwise": ("a.ts", "import a from // b\r'/etc/secret';"),
    "over two lines": ("a.ts", "import a from '/etc/se\\\ncret';"),
    "in escapes": ("a.ts", "import a from '\\x2fetc/secret';"),
    "a type": ("index.d.ts", "export type A = import('/etc/secret').B;"),
    "a type in a comment": ("a.js", "/** @type {import('../secret').A} */\nlet a;"),
    "a reference": ("a.d.ts", '/// <reference path="../secret.d.ts" />'),
    "types by a path": ("a.d.ts", '/// <reference types="../../secret" />'),
    "where elements come from": ("a.tsx", "/** @jsxImportSource ../secret */"),
    "where a package's types are": ("package.json", json.dumps({"types": "../../secret.d.ts"})),
    "by escapes of JSON": ("package.json", '{"types": "\\u002e./secret.d.ts"}'),
    "what a package gives out": (
        "b/package.json",
        json.dumps({"exports": {".": {"types": ["./a/../../../secret.d.ts"]}}}),
    ),
    "for versions of the compiler": ("package.json", json.dumps({"typesVersions": {"*": {"*": ["/etc/*"]}}})),
    "a configuration": ("src/tsconfig.json", '{"extends": "../../secret.json"}'),
}
STAYING = {
    "src/a.ts": "import a from '../b';\nimport c from '@/c';\napp.get('/users', b);\nexport * from './d/../e';",
    "src/deep/package.json": json.dumps({"main": "../../dist/a.js", "exports": {"./*": "./*.js"}, "homepage": "/x"}),
    "index.d.ts": '/// <reference types="node" />\n/// <reference path="./src/a.d.ts" />',
    "src/deep/tsconfig.json": '{"extends": "../../tsconfig.base.json", "include": ["../**/*.ts"]}',
    "notes.md": "import a from '/etc/secret'",
    "package.json": "{",
}


def laid(root: Path, path: str, text: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_bytes(text.encode())


@pytest.mark.parametrize(("path", "text"), WAYS.values(), ids=WAYS)
def test_each_way_out_of_a_folder_is_seen(tmp_path: Path, path: str, text: str) -> None:
    laid(tmp_path, path, text)

    assert outside.way_out(tmp_path) == path
    if path.endswith(("ts", "tsx", "js")):
        assert "secret" not in outside.without(text, "src" if path.startswith("src/") else "")


def test_what_stays_inside_is_no_way_out(tmp_path: Path) -> None:
    for path, text in STAYING.items():
        laid(tmp_path, path, text)

    assert outside.way_out(tmp_path) == ""


async def test_nothing_is_compiled_beside_a_way_out_that_the_kernel_cannot_close(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child, "may_confine_reading", lambda: False)
    laid(tmp_path, "src/a.ts", "export { boss } from '../../salaries.json';")
    project = {"root": str(tmp_path), "folders": {}, "own": [], "kinds": {}, "compiled": {}, "paths": {}}
    keeper = child.Keeper(tmp_path / "no-compiler")

    said = await keeper.answer(
        {
            "ground": {"key": "a", "project": project, "types": "", "node": "22"},
            "blocks": [{"language": "ts", "code": "1"}],
        }
    )

    (verdict,) = said["verdicts"]
    assert verdict["state"] == "unchecked"
    assert "`src/a.ts` names a file outside" in verdict["reasons"][0]
