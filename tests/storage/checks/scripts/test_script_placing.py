"""Where a block stands that names no file: from the paths of a repository alone."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from bot.capabilities.checks.verdicts import Block
from storage.checks import source
from storage.checks.scripts.blocks import placing, reading
from storage.checks.scripts.team import standing, workspaces
from storage.checks.scripts.team.project import Project

SHOP = placing.listed(
    """
    package.json apps/api/package.json apps/api/src/db/schema.ts apps/api/src/db/client.ts apps/api/src/routes/index.ts
    apps/api/src/config.mts apps/api/src/view.tsx apps/api/test/db/client.ts apps/web/package.json apps/web/src/db/client.ts
    apps/web/src/tokens.json apps/web/src/types/user.d.ts apps/web/src/legacy.js
    """.split()  # noqa: SIM905
)
PATHS: dict[str, placing.Paths] = {
    "": {},
    "apps/api": {"@db/*": ["/apps/api/src/db/*"]},
    "apps/web": {"*": ["/apps/web/*"]},
}


def folder_of(*specifiers: str, below: str = "") -> str:
    found = placing.places(specifiers, SHOP, PATHS, below=below)
    return found[0].folder if found else "nowhere"


@pytest.mark.parametrize(
    ("specifiers", "folder"),
    [
        (["./db/schema.js", "./db/client.js"], "apps/api/src"),
        (["./db/schema", "./elsewhere"], "apps/api/src"),
        (["./schema.ts"], "apps/api/src/db"),
        (["../db/schema.js", "./index.js"], "apps/api/src/routes"),
        (["../schema.js"], "nowhere"),
        (["./routes"], "apps/api/src"),
        (["./config.mjs"], "apps/api/src"),
        (["./config.js"], "nowhere"),
        (["./view.jsx"], "apps/api/src"),
        (["./tokens.json"], "apps/web/src"),
        (["./types/user"], "apps/web/src"),
        (["./legacy"], "apps/web/src"),
        (["../package.json", "./config.mjs"], "apps/api/src"),
        (["../../../package.json", "./db/client"], "apps/api/src"),
        (["@db/schema"], "apps/api/src"),
        (["src/legacy"], "apps/web/src"),
        (["@db/schema", "./client"], "apps/api/src/db"),
        (["./nothing.js"], "nowhere"),
        (["../../../../../etc/passwd"], "nowhere"),
    ],
)
def test_a_block_stands_where_its_imports_lead_to_files(specifiers: list[str], folder: str) -> None:
    assert folder_of(*specifiers) == folder


def test_of_folders_that_are_alike_each_is_a_reading_and_tests_come_last() -> None:
    found = placing.places(["./db/client.js"], SHOP, PATHS)
    assert [one.folder for one in found] == ["apps/api/src", "apps/web/src", "apps/api/test"]

    found = placing.places(["./db/client.js"], SHOP, PATHS, lambda folder: folder.startswith("apps/web"))
    assert [one.folder for one in found] == ["apps/web/src"]


def test_an_end_of_the_folder_is_told_by_the_block() -> None:
    assert folder_of("./client", below="src/db") == "apps/api/src/db"
    assert folder_of(below="web/src") == "apps/web/src"
    assert folder_of("./client", below="src/services") == "nowhere"


def test_what_leads_elsewhere_only_is_told_apart_from_what_leads_nowhere() -> None:
    (place,) = placing.places(["./db/schema", "./routes", "./client", "./gone"], SHOP, PATHS)
    assert place.folder == "apps/api/src"
    assert place.elsewhere == {"./client"}
    assert placing.near("./client", place, SHOP) == ""  # src and tests have one
    assert placing.near("./schema.js", place, SHOP) == "./db/schema.js"


@pytest.mark.parametrize("seed", range(30))
def test_no_folder_resolves_more_than_the_chosen_one(seed: int) -> None:
    chance = random.Random(seed)
    words = ["a", "b", "c", "index"]

    def path(depth: int) -> str:
        return "/".join(chance.choice(words) for _ in range(chance.randint(1, depth)))

    files = placing.listed(path(4) + chance.choice([".ts", ".tsx", ".js", ".d.ts", ".mts", ".json"]) for _ in range(14))
    starts = ["./", "../", "../../", "./../"]
    specifiers = [chance.choice(starts) + path(3) + chance.choice(["", ".js", ".mjs", ".ts"]) for _ in range(4)]

    def resolved(folder: str) -> int:
        return sum(1 for one in set(specifiers) if placing.leads_to(files, folder, one, {}))

    found = placing.places(specifiers, files, {"": {}})
    most = max(resolved(folder) for folder in files.folders)
    assert [len(one.resolved) for one in found] == [most] * len(found)
    assert bool(found) == bool(most)
    for one in found:
        assert all(file in files.paths for file in one.resolved.values())
        assert len(one.resolved) == resolved(one.folder)


def test_a_package_that_is_built_first_is_read_from_its_sources() -> None:
    manifests: dict[str, dict[str, object]] = {
        "packages/a": {"main": "dist/index.js", "types": "./dist/index.d.ts"},
        "packages/b": {
            "exports": {
                ".": "./src/index.ts",
                "./keys": {"types": "./dist/keys.d.ts", "default": "./dist/esm/keys.mjs"},
            }
        },
        "packages/c": {"exports": {"./*": "./dist/*.js"}},
        "packages/d": {"main": "../../etc/passwd"},
    }
    there = {"packages/a/src/index.ts", "packages/b/src/index.ts", "packages/b/src/keys.ts"}

    found = workspaces.sources({f"@x/{one[-1]}": one for one in manifests}, manifests, there.__contains__)

    assert found == {"@x/a": ["/packages/a/src/index.ts"], "@x/b/keys": ["/packages/b/src/keys.ts"]}


def test_a_folder_that_is_called_env_is_left_out_only_where_python_s_packages_lie_in_it(tmp_path: Path) -> None:
    for path in ("src/lib/env/index.ts", "env/index.ts", "env/bin/activate_this.py", "env/lib/python3.11/os.py"):
        (tmp_path / "team" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "team" / path).write_text("")

    tree = source.export(tmp_path / "team", "", "team", tmp_path / "trees")

    assert placing.files_of(tree.folder).paths == {"src/lib/env/index.ts", "env/index.ts"}
    assert not list(tree.folder.rglob("*.py"))


def test_of_many_alike_places_those_come_first_whose_files_have_the_names_that_are_asked_for(tmp_path: Path) -> None:
    for shop in "abcdef":
        (tmp_path / shop).mkdir()
        (tmp_path / shop / "types.ts").write_text(f"export type Of{shop.upper()} = string;\n")
    files = placing.files_of(tmp_path)
    code = "import type { OfE } from './types';\nexport const one: OfE = 'e';\n"

    found = standing.found(Block("ts", code), reading.read("ts", code), Project(tmp_path, {}, frozenset()), files)

    assert found[0].folder == "e"
    assert len(found) == placing.MOST_ALIKE
