"""Names for folders that no configuration tells, packages that add to a framework, files that only an ignored one has."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import AsyncMock

import pytest

from bot.capabilities.checks.verdicts import Block, Finding
from storage.checks.scripts.blocks import paths, placing, reading
from storage.checks.scripts.blocks.written import Written
from storage.checks.scripts.findings.analysis import Analysis
from storage.checks.scripts.findings.homes import Homes
from storage.checks.scripts.findings.imports import Imports
from storage.checks.scripts.findings.judging import Judge
from storage.checks.scripts.packages import modules
from storage.checks.scripts.packages.graph import MODULES, Held
from storage.checks.scripts.packages.types import Types
from storage.checks.scripts.team import aliases, documents, plugins
from storage.checks.scripts.team.beside import Beside
from storage.checks.scripts.team.project import Project
from storage.checks.servers import Server


def laid(root: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)


def found(root: Path, folder: str = "") -> dict[str, list[str]]:
    return aliases.found(
        root, folder, frozenset({"", "apps/web"}), lambda: placing.files_of(root), lambda one: one.startswith("kit/")
    )


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("$lib/db $lib/mail", {"$lib/*": ["/src/lib/*"]}),
        ("~/lib/db ~/main", {"~/*": ["/src/*"]}),
        ("$lib/db", {}),  # one is no habit
        ("$lib/db $lib/mail $lib/gone $lib/lost", {}),
        ("kit/db kit/mail", {}),
        ("src/lib/db src/main", {"src/*": ["/src/*"]}),
    ],
)
def test_a_name_stands_for_the_folder_below_which_all_lies_that_is_asked_for(
    tmp_path: Path, asked: str, expected: dict[str, list[str]]
) -> None:
    imports = "".join(f"import '{one}';\n" for one in asked.split())
    laid(tmp_path, {"src/lib/db.ts": "", "src/lib/mail.ts": "", "src/main.ts": "", "src/a.svelte": imports})

    assert found(tmp_path) == expected


def test_each_folder_with_settings_has_names_of_its_own(tmp_path: Path) -> None:
    imports = "import '@/db';\nimport '@/mail';\n"
    files = {f"{place}{name}.ts": "" for place in ("apps/web/src/", "src/") for name in ("db", "mail")}
    laid(tmp_path, {**files, "apps/web/src/a.vue": imports})

    assert found(tmp_path, "apps/web") == {"@/*": ["/apps/web/src/*"]}
    assert found(tmp_path) == {}


def test_packages_that_add_to_a_framework_are_shown_to_the_compiler(tmp_path: Path) -> None:
    laid(
        tmp_path,
        {
            "a/index.d.ts": "declare module 'fastify' { interface FastifyReply { none(): void } }",
            "b/index.d.ts": "export declare const a: 1;",
        },
    )
    keys = {"@fastify/sensible": "a", "fastify-plain": "b", "other": "a", "fastify-away": ""}
    packages = {name: Held(name, "1.0.0", place, bool(place)) for name, place in keys.items()}
    types = Types(tmp_path, packages, {"": {name: name for name in keys}}, frozenset(), "22")

    assert plugins.found({*keys, "fastify"}, "", types) == ["@fastify/sensible"]


def test_a_package_that_has_settings_only_adds_nothing(tmp_path: Path) -> None:
    laid(tmp_path, {f"a/{MODULES}": '["tsconfig.json"]', f"b/{MODULES}": '["index.js"]'})

    assert not modules.has_code(tmp_path / "a")
    assert modules.has_code(tmp_path / "b")
    assert modules.has_code(tmp_path / "nobody-knows")


def test_a_file_that_the_team_s_own_code_asks_for_is_kept_out_of_the_repository(tmp_path: Path) -> None:
    laid(tmp_path, {"src/a/one.ts": "import { key } from '../config';\n"})
    homes = Homes(
        Project(tmp_path, {}, frozenset()), Server.__new__(Server), Beside(tmp_path, has_tree=True), has_tree=True
    )

    def is_usual(specifier: str, folder: str) -> bool:
        return homes.is_usual(Finding(1, "import", f"there is no module `{specifier}` in your repository"), folder)

    assert is_usual("../config", "src/b")
    assert not is_usual("../confg", "src/b")
    assert not is_usual("../config", "src/a/deep")


@pytest.mark.parametrize(
    "path", ["src/routes/[slug]/+page.server.ts", "app/routes/users/$id.tsx", "app/(shop)/[...all]/page.tsx", "a/~b.ts"]
)
def test_files_that_frameworks_name_in_their_way_are_files(path: str) -> None:
    assert paths.path_in(Block("ts", f"// {path}\nlet a;\n")) == path


def test_a_module_that_is_required_within_typescript_makes_it_no_javascript() -> None:
    code = "import a from './a';\n\nexport const b = {\n  c: require('./c').default,\n};\n"

    assert reading.read("ts", code).is_typed
    assert not reading.read("ts", "const a = require('./a');\n").is_typed


@pytest.mark.parametrize(("package", "is_told"), [("express", True), ("nuxt", False)])
async def test_what_a_framework_imports_by_itself_is_not_left_out(
    tmp_path: Path, package: str, is_told: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    laid(tmp_path, {"lists.ts": "export function listAll() {}\n", "a.ts": ""})
    project = Project(tmp_path, {"": frozenset({package})}, frozenset())
    files, code = placing.files_of(tmp_path), "import { b } from './b';\nlistAll(b);\n"
    place = placing.at("", (), files, {})
    made = documents.made(Block("ts", code), 1, reading.read("ts", code), project, Written(), place, files)
    looking = Analysis.__new__(Analysis)
    monkeypatch.setattr(looking, "_project", project, raising=False)
    homes = Homes(project, Server.__new__(Server), Beside(tmp_path, has_tree=True), has_tree=True)
    monkeypatch.setattr(homes, "_probed", AsyncMock(return_value={}))
    monkeypatch.setattr(looking, "_homes", homes, raising=False)
    judge = Judge(made.tree, made.text, made.snippet, lambda name: ("", ""), lambda package, word: False)

    findings, assumed = await looking._names(made, {"listAll": 2}, Imports(), judge)

    assert ([one.line for one in findings], assumed) == (([2], []) if is_told else ([], ["listAll"]))
