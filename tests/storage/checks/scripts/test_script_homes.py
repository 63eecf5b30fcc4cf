"""Names that a block uses and does not import, where it shows a part of a file of the team's; paths into what a build writes; types of
another checker in JavaScript."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.capabilities.checks.verdicts import Block
from storage.checks.scripts.blocks import placing, reading
from storage.checks.scripts.blocks.grammars import parsed
from storage.checks.scripts.blocks.placing import Place
from storage.checks.scripts.blocks.written import Document, Written
from storage.checks.scripts.findings import imports
from storage.checks.scripts.findings.faults import Faults
from storage.checks.scripts.findings.homes import Homes
from storage.checks.scripts.findings.imports import Ground, Imports
from storage.checks.scripts.packages.types import Types
from storage.checks.scripts.team import bases, documents, javascript
from storage.checks.scripts.team.beside import Beside
from storage.checks.scripts.team.project import Project
from storage.checks.servers import Diagnostic, Server

RATES = "interface Rate { cents: number }\nexport const base = 1;\nfunction rateOf(code: string): Rate {}\nexport default rateOf;\n"


class Unasked(Server):
    """No name of these tests needs the compiler."""

    def __init__(self) -> None: ...

    async def open(self, path: Path, text: str) -> None:
        raise AssertionError(text)

    async def diagnostics(self, path: Path) -> Sequence[Diagnostic]:  # type: ignore[override]
        raise AssertionError(path)


def document(root: Path, code: str) -> tuple[Document, Project]:
    (root / "rates.ts").write_text(RATES)
    (root / "other.ts").write_text("export const elsewhere = 1;\nexport class Rate {}\n")
    project = Project(root, {}, frozenset())
    files = placing.files_of(root)
    place = placing.at("", (), files, {})
    return documents.made(Block("ts", code), 1, reading.read("ts", code), project, Written(), place, files), project


async def test_a_part_of_a_file_has_what_stands_beside_it_there(tmp_path: Path) -> None:
    code = "import { a } from './a';\nexport function rateOf(code: string): Rate {\n  return a(base, elsewhere);\n}\n"
    made, project = document(tmp_path, code)

    found = await Homes(project, Unasked(), Beside(project.root, has_tree=True), has_tree=True).of(
        made, ["Rate", "base", "elsewhere"], Imports()
    )

    assert found == {"elsewhere": "`other.ts` exports it"}


def test_what_the_team_adds_by_a_path_that_is_built_first_is_known_to_nobody(tmp_path: Path) -> None:
    (tmp_path / "add.ts").write_text(
        "declare module '@shop/core/lib/types' {\n  interface Basket { total: number }\n}\n"
        "declare module '@shop/core' {\n  interface Order { id: 1 }\n}\n"
    )
    made, _ = document(tmp_path, "export const a = 1;\n")
    project = Project(tmp_path, {}, frozenset({"@shop/core"}))
    types = Types(tmp_path, {}, {}, frozenset(), "22")

    found = bases.Bases(project, types, lambda: placing.listed(()), frozenset()).lost(made)

    assert found == {"Basket"}


async def test_a_function_of_no_file_of_the_teams_has_to_import_what_it_uses(tmp_path: Path) -> None:
    code = "import { a } from './a';\nexport function mine(): Rate {\n  return a(base);\n}\n"
    made, project = document(tmp_path, code)

    found = await Homes(project, Unasked(), Beside(project.root, has_tree=True), has_tree=True).of(
        made, ["Rate", "base"], Imports()
    )

    assert found == {"Rate": "`other.ts` exports it", "base": "`rates.ts` exports it"}


@pytest.mark.parametrize(
    ("specifier", "is_told"),
    [("../lib/config", False), ("../lib/deep/config", False), ("../dust/config", True), ("../src/confg", True)],
)
def test_a_path_into_a_folder_that_the_package_builds_leads_to_no_wrong_name(
    tmp_path: Path, specifier: str, is_told: bool
) -> None:
    (tmp_path / "package.json").write_text('{"main": "lib/index.js", "scripts": {"build": "babel src -d lib"}}')
    files = placing.listed(["package.json", "src/config.js", "spec/a.js"])
    place = placing.at("spec", [specifier], files, {})
    types = Types(tmp_path, {}, {}, frozenset(), "22")
    project = Project(tmp_path, {"": frozenset()}, frozenset())
    ground = Ground(project, types, place, (), files, True, True, True, (), {})
    asked = tuple(reading.read("js", f"const config = require('{specifier}');").imports)

    found = imports.read(asked, Faults(frozenset({specifier}), frozenset()), ground)

    assert bool(found.findings) == is_told
    assert bool(found.unresolved) != is_told


@pytest.mark.parametrize(
    ("code", "is_told"),
    [
        ("const cache = require('cachekit');", True),
        ("try { require('cachekit'); } catch { process.exit(1); }", False),
        ("try { a(); } catch { require('cachekit'); }", True),
    ],
)
def test_a_package_that_a_block_tries_for_may_be_missing(tmp_path: Path, code: str, is_told: bool) -> None:
    types = Types(tmp_path, {}, {"": {}}, frozenset(), "22")
    project = Project(tmp_path, {"": frozenset()}, frozenset())
    ground = Ground(project, types, Place(), (), placing.listed(()), True, True, True, (), {})

    found = imports.read(reading.read("js", code).imports, Faults(frozenset({"cachekit"}), frozenset()), ground)

    assert bool(found.findings) == is_told
    assert bool(found.unresolved) != is_told


def test_types_of_another_checker_are_taken_out_of_javascript_where_they_stand() -> None:
    text = "class Ä { size: Map<string,\n  number>;\n  of(name: ?string): Promise { const a = { b: 1 }; return a ? 1 : 2; } }"

    bare = javascript.without_annotations(text, parsed(text, is_jsx=False).root_node)

    assert [len(line) for line in bare.split("\n")] == [len(line) for line in text.split("\n")]
    assert "Promise" not in bare
    assert "number" not in bare
    assert "{ b: 1 }" in bare
    assert "a ? 1 : 2" in bare
