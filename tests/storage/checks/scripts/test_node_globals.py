"""Names that came to Node with a later version than the team's."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.capabilities.checks.verdicts import Block
from storage.checks.scripts.blocks import reading
from storage.checks.scripts.blocks.placing import Place, listed
from storage.checks.scripts.blocks.written import Written
from storage.checks.scripts.findings import node_globals
from storage.checks.scripts.team import documents
from storage.checks.scripts.team.project import Project

FETCH = "export async function f() {\n  return fetch('https://a.example');\n}\n"


def found(
    node: str, code: str, asks: tuple[str, ...] = (), root: Path = Path("/nonexistent"), path: str | None = None
) -> list[tuple[int, str]]:
    project = Project(root, {"": frozenset(asks)}, frozenset())
    snippet = reading.read("js", code)
    document = documents.made(Block("js", code, path), 1, snippet, project, Written(), Place(), listed(()))
    return [(one.line, one.message) for one in node_globals.too_new(document, project, (), node)]


def test_a_name_is_told_with_the_version_that_it_came_with() -> None:
    assert found("16", FETCH) == [(2, "Node 16 has no global `fetch`; it came with 18")]


@pytest.mark.parametrize(
    ("code", "before", "since"),
    [
        (FETCH, "16", "18"),
        ("new FormData();", "16", "18"),
        ("structuredClone({});", "16", "17"),
        ("crypto.randomUUID();", "18", "19"),
        ("new Blob([]);", "16", "18"),
        ("new File([], 'a');", "18", "20"),
        ("new CustomEvent('a');", "18", "20"),
        ("navigator.hardwareConcurrency;", "20", "22"),
        ("new WebSocket('a');", "20", "22"),
        ("AbortSignal.any([]);", "16", "18"),
        ("import.meta.dirname;", "18", "20"),
        ("Promise.withResolvers();", "20", "22"),
        ("Object.groupBy([], f);", "20", "22"),
    ],
)
def test_it_is_not_there_before_and_there_from_then_on(code: str, before: str, since: str) -> None:
    assert len(found(before, code)) == 1
    assert found(since, code) == []


@pytest.mark.parametrize(
    ("node", "code", "asks"),
    [
        ("", FETCH, ()),
        ("16", "import fetch from 'node-fetch';\nfetch('a');\n", ()),
        ("16", "const { fetch, FormData } = require('undici');\nfetch('a', new FormData());\n", ()),
        ("16", "const get = typeof fetch === 'function' ? fetch('a') : null;\n", ()),
        ("16", "globalThis.fetch ??= other;\nfetch('a');\n", ()),
        ("16", "db.fetch('a');\nconst a = { fetch: 1, File: 2 };\na.fetch;\n", ()),
        ("16", "document.title = 'a';\nfetch('b');\n", ()),
        ("16", FETCH, ("react",)),
        ("16", FETCH, ("isomorphic-fetch",)),
        ("16", "fetch('a');\n", ("node-fetch",)),
    ],
)
def test_what_may_have_been_put_there_is_left_alone(node: str, code: str, asks: tuple[str, ...]) -> None:
    assert found(node, code, asks) == []


def test_where_a_browser_is_served_too_code_with_modules_of_node_s_is_the_server_s() -> None:
    assert len(found("16", "import fs from 'node:fs';\n" + FETCH, ("react",))) == 1


def test_code_of_a_browser_and_what_a_file_of_the_team_puts_there_is_left_alone(tmp_path: Path) -> None:
    assert found("16", FETCH, root=tmp_path, path="public/app.js") == []
    assert len(found("16", FETCH, root=tmp_path, path="server/app.js")) == 1
    node_globals.is_put.cache_clear()
    (tmp_path / "setup.js").write_text("global.fetch = require('node-fetch');\n")

    assert found("16", FETCH, root=tmp_path, path="server/app.js") == []


@pytest.mark.parametrize(
    ("node", "name", "library", "is_there"),
    [
        ("18", "findLast", "es2023", True),
        ("18", "toSorted", "es2023", False),
        ("22", "union", "esnext", True),
        ("20", "union", "esnext", False),
        ("20", "findLast", "es2023", False),  # by an older library of the team's own choice
    ],
)
def test_a_member_that_the_node_brought_before_its_year_s_library_is_there(
    node: str, name: str, library: str, is_there: bool
) -> None:
    message = f"Try changing the 'lib' compiler option to '{library}' or later."

    assert node_globals.has(name, "number[]", message, node) == is_there
