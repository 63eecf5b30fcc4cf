"""Every lock file of the Node family settles the same: who gets which of two copies, what is the team's own, and by which hash."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.checks.scripts.packages import locks, semver
from storage.checks.scripts.packages.graph import LINK, Graph
from storage.checks.scripts.packages.locks import READERS
from storage.checks.scripts.packages.registry import VERSION

HASH = "sha512-" + "A" * 86 + "=="
ROOT = json.dumps(
    {"name": "root", "workspaces": ["packages/*"], "dependencies": {"outer": "^1.0.0", "inner": "^2.0.0"}}
)
TOOL = json.dumps({"name": "@team/tool", "dependencies": {"inner": "^1.0.0", "@team/base": "*"}})
BASE = json.dumps({"name": "@team/base"})
MANIFESTS = {"package.json": ROOT, "packages/tool/package.json": TOOL, "packages/base/package.json": BASE}

NPM = json.dumps(
    {
        "lockfileVersion": 3,
        "packages": {
            "": json.loads(ROOT),
            "packages/tool": json.loads(TOOL),
            "packages/base": json.loads(BASE),
            "node_modules/outer": {"version": "1.0.0", "integrity": HASH, "dependencies": {"inner": "^1.0.0"}},
            "node_modules/outer/node_modules/inner": {"version": "1.5.0", "integrity": HASH},
            "node_modules/inner": {"version": "2.1.0", "integrity": HASH},
            "packages/tool/node_modules/inner": {"version": "1.5.0", "integrity": HASH},
            "node_modules/@team/tool": {"resolved": "packages/tool", "link": True},
            "node_modules/@team/base": {"resolved": "packages/base", "link": True},
        },
    }
)
PNPM_9 = f"""lockfileVersion: '9.0'
importers:
  .:
    dependencies:
      outer: {{specifier: ^1.0.0, version: 1.0.0}}
      inner: {{specifier: ^2.0.0, version: 2.1.0}}
  packages/tool:
    dependencies:
      inner: {{specifier: ^1.0.0, version: 1.5.0}}
      '@team/base': {{specifier: workspace:*, version: link:../base}}
packages:
  outer@1.0.0: {{resolution: {{integrity: {HASH}}}}}
  inner@1.5.0: {{resolution: {{integrity: {HASH}}}}}
  inner@2.1.0: {{resolution: {{integrity: {HASH}}}}}
snapshots:
  outer@1.0.0: {{dependencies: {{inner: 1.5.0}}}}
  inner@1.5.0: {{}}
  inner@2.1.0: {{}}
"""
PNPM_6 = f"""lockfileVersion: '6.0'
importers:
  .:
    dependencies:
      outer: {{specifier: ^1.0.0, version: 1.0.0}}
      inner: {{specifier: ^2.0.0, version: 2.1.0}}
  packages/tool:
    dependencies:
      inner: {{specifier: ^1.0.0, version: 1.5.0}}
      '@team/base': {{specifier: workspace:*, version: link:../base}}
packages:
  /outer@1.0.0: {{resolution: {{integrity: {HASH}}}, dependencies: {{inner: 1.5.0}}}}
  /inner@1.5.0: {{resolution: {{integrity: {HASH}}}}}
  /inner@2.1.0: {{resolution: {{integrity: {HASH}}}}}
"""
PNPM_5 = (
    PNPM_6.replace("'6.0'", "5.4")
    .replace("@1.0.0:", "/1.0.0:")
    .replace("@1.5.0:", "/1.5.0:")
    .replace("@2.1.0:", "/2.1.0:")
)
YARN_1 = f"""# yarn lockfile v1


inner@^1.0.0:
  version "1.5.0"
  resolved "https://registry.example/inner/-/inner-1.5.0.tgz#{"a" * 40}"
  integrity {HASH}

inner@^2.0.0:
  version "2.1.0"
  resolved "https://registry.example/inner/-/inner-2.1.0.tgz#{"a" * 40}"
  integrity {HASH}

outer@^1.0.0:
  version "1.0.0"
  resolved "https://registry.example/outer/-/outer-1.0.0.tgz#{"a" * 40}"
  integrity {HASH}
  dependencies:
    inner "^1.0.0"
"""
YARN_BERRY = """__metadata:
  version: 8

"inner@npm:^1.0.0":
  version: 1.5.0
  resolution: "inner@npm:1.5.0"
  checksum: 10c0/abc
"inner@npm:^2.0.0":
  version: 2.1.0
  resolution: "inner@npm:2.1.0"
"outer@npm:^1.0.0":
  version: 1.0.0
  resolution: "outer@npm:1.0.0"
  dependencies:
    inner: "npm:^1.0.0"
"root@workspace:.":
  version: 0.0.0-use.local
  resolution: "root@workspace:."
  dependencies:
    inner: "npm:^2.0.0"
    outer: "npm:^1.0.0"
"@team/tool@workspace:packages/tool":
  version: 0.0.0-use.local
  resolution: "@team/tool@workspace:packages/tool"
  dependencies:
    "@team/base": "npm:*"
    inner: "npm:^1.0.0"
"@team/base@npm:*, @team/base@workspace:packages/base":
  version: 0.0.0-use.local
  resolution: "@team/base@workspace:packages/base"
"""
BUN = f"""{{
  "lockfileVersion": 1,
  "workspaces": {{
    "": {{"name": "root", "dependencies": {{"outer": "^1.0.0", "inner": "^2.0.0"}}}},
    "packages/tool": {{"name": "@team/tool", "dependencies": {{"inner": "^1.0.0", "@team/base": "*"}}}},
    "packages/base": {{"name": "@team/base"}},
  }},
  "packages": {{
    "@team/base": ["@team/base@workspace:packages/base"],
    "@team/tool": ["@team/tool@workspace:packages/tool"],
    "inner": ["inner@2.1.0", "", {{}}, "{HASH}"],
    "outer": ["outer@1.0.0", "", {{"dependencies": {{"inner": "^1.0.0"}}}}, "{HASH}"],
    "@team/tool/inner": ["inner@1.5.0", "", {{}}, "{HASH}"],
    "outer/inner": ["inner@1.5.0", "", {{}}, "{HASH}"],
  }}
}}
"""
LOCKS = {
    "npm 3": ("package-lock.json", NPM),
    "pnpm 9": ("pnpm-lock.yaml", PNPM_9),
    "pnpm 6": ("pnpm-lock.yaml", PNPM_6),
    "pnpm 5": ("pnpm-lock.yaml", PNPM_5),
    "yarn 1": ("yarn.lock", YARN_1),
    "yarn 4": ("yarn.lock", YARN_BERRY),
    "bun": ("bun.lock", BUN),
}


def version(graph: Graph, names: dict[str, str], name: str) -> str:
    return graph.packages[names[name]].version


@pytest.mark.parametrize(("name", "text"), LOCKS.values(), ids=LOCKS)
def test_each_folder_and_each_package_gets_the_copy_that_its_lock_gives_it(name: str, text: str) -> None:
    read = locks.read({**MANIFESTS, name: text})

    assert not read.problems
    graph = read.graphs[""]
    outer = graph.packages[graph.folders[""]["outer"]]
    assert (outer.version, version(graph, graph.folders[""], "inner")) == ("1.0.0", "2.1.0")
    assert version(graph, outer.needs, "inner") == "1.5.0"
    assert version(graph, graph.folders["packages/tool"], "inner") == "1.5.0"
    assert graph.folders["packages/tool"]["@team/base"] == f"{LINK}packages/base"
    assert graph.hashes_are_own or outer.integrity == HASH


def test_the_first_form_of_npm_names_copies_below_copies() -> None:
    told = {
        "lockfileVersion": 1,
        "dependencies": {
            "inner": {"version": "2.1.0", "integrity": HASH},
            "outer": {
                "version": "1.0.0",
                "integrity": HASH,
                "requires": {"inner": "^1.0.0"},
                "dependencies": {"inner": {"version": "1.5.0", "integrity": HASH}},
            },
        },
    }

    graph = locks.read({"package.json": ROOT, "package-lock.json": json.dumps(told)}).graphs[""]

    assert version(graph, graph.packages[graph.folders[""]["outer"]].needs, "inner") == "1.5.0"
    assert version(graph, graph.folders[""], "inner") == "2.1.0"


def test_an_alias_and_a_package_from_git_are_what_they_are() -> None:
    told = {
        "packages": {
            "": {"dependencies": {"older": "npm:inner@^1", "ours": "github:a/b"}},
            "node_modules/older": {"name": "inner", "version": "1.5.0", "integrity": HASH},
            "node_modules/ours": {"version": "1.0.0", "resolved": "git+ssh://git@example.org/a/b.git#abc"},
        }
    }

    graph = locks.read({"package-lock.json": json.dumps(told)}).graphs[""]

    assert graph.packages[graph.folders[""]["older"]].name == "inner"
    assert graph.packages[graph.folders[""]["ours"]].unread


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize(
    "text", ["", "{", "[1]", "null", "a: [", '{"packages": 3}', "packages:\n  x: 1\n", "# yarn\nx\n", "[" * 100_000]
)
def test_a_lock_that_is_none_is_a_problem_or_empty_and_never_more(name: str, text: str) -> None:
    read = locks.read({"package.json": "{", name: text})

    assert not any(VERSION.fullmatch(one.version) for graph in read.graphs.values() for one in graph.packages.values())


@given(st.sampled_from(sorted(READERS)), st.text(max_size=200))
def test_no_text_makes_a_reader_fail(name: str, text: str) -> None:
    locks.read({name: text, "package.json": text})


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("^1.2.0", "1.9.0"),
        ("~1.2.0", "1.2.7"),
        ("1.x", "1.9.0"),
        ("*", "2.0.1"),
        ("", "2.0.1"),
        (">=1.0.0 <1.9.0", "1.2.7"),
        ("^0.2.3", "0.2.9"),
        ("^0.0.3", "0.0.3"),
        ("1.2.0 - 1.5.0", "1.2.7"),
        ("^3.0.0-beta.1", "3.0.0-beta.2"),
        ("^3.0.0", ""),
        ("^1.2.0 || ^2.0.0", "2.0.1"),
        ("2.0.0", "2.0.0"),
        ("<=1.9999.9999", "1.9.0"),
        ("git+ssh://x", ""),
    ],
)
def test_a_range_allows_the_newest_that_npm_would_take(wanted: str, found: str) -> None:
    versions = [
        "0.0.3",
        "0.0.4",
        "0.2.3",
        "0.2.9",
        "0.3.0",
        "1.2.0",
        "1.2.7",
        "1.9.0",
        "2.0.0",
        "2.0.1",
        "3.0.0-beta.1",
        "3.0.0-beta.2",
    ]

    assert semver.newest(versions, wanted) == found
