"""Manifests and lock files of every kind: hand-made examples, hand-made tables; and what no input may do."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.capabilities.team_code.dependencies import read, wants

UV = """\
version = 1
requires-python = ">=3.11"

[[package]]
name = "httpx"
version = "0.28.1"
source = { registry = "https://registry.example/simple" }

[[package]]
name = "idna"
version = "3.10"
source = { registry = "https://registry.example/simple" }

[[package]]
name = "shop"
version = "0.1.0"
source = { virtual = "." }
dependencies = [{ name = "httpx" }]
"""
POETRY = """\
[[package]]
name = "Flask"
version = "3.1.0"
description = "x"
optional = false
python-versions = ">=3.9"

[[package]]
name = "werkzeug"
version = "3.1.3"
python-versions = ">=3.9"

[metadata]
lock-version = "2.1"
"""
PDM = (
    '[metadata]\nlock_version = "4.5.0"\n\n[[package]]\nname = "click"\nversion = "8.1.8"\nrequires_python = ">=3.7"\n'
)
PYLOCK = 'lock-version = "1.0"\ncreated-by = "x"\n\n[[packages]]\nname = "attrs"\nversion = "25.1.0"\n'
PIPFILE_LOCK = """\
{
    "_meta": {"sources": [{"name": "x", "url": "https://registry.example/simple"}]},
    "default": {
        "requests": {
            "hashes": ["sha256:aa"],
            "index": "x",
            "version": "==2.32.3"
        }
    },
    "develop": {
        "pytest": {
            "version": "==8.3.4"
        }
    }
}
"""
REQUIREMENTS = """\
# made by hand
requests[socks]==2.32.3 ; python_version >= "3.9" \\
    --hash=sha256:aa \\
    --hash=sha256:bb
urllib3>=2,<3
-r more.txt
-c constraints.txt
"""
PACKAGE = """\
{
  "name": "shop",
  "workspaces": ["packages/*"],
  "engines": {"node": ">=20"},
  "packageManager": "pnpm@9.15.0+sha512.aa",
  "dependencies": {
    "express": "^4.21.0"
  },
  "devDependencies": {
    "typescript": "~5.7.0"
  }
}
"""
NPM3 = """\
{
  "name": "shop",
  "lockfileVersion": 3,
  "packages": {
    "": {
      "name": "shop",
      "dependencies": {"express": "^4.21.0"}
    },
    "node_modules/express": {
      "version": "4.21.2",
      "resolved": "https://registry.example/express.tgz"
    },
    "node_modules/express/node_modules/ms": {
      "version": "2.0.0"
    },
    "node_modules/ms": {
      "version": "2.1.3"
    }
  }
}
"""
NPM1 = """\
{
  "name": "shop",
  "lockfileVersion": 1,
  "dependencies": {
    "express": {
      "version": "4.21.2",
      "requires": {"ms": "2.0.0"},
      "dependencies": {
        "ms": {
          "version": "2.0.0"
        }
      }
    }
  }
}
"""
PNPM = """\
lockfileVersion: '9.0'

importers:
  .:
    dependencies:
      express:
        specifier: ^4.21.0
        version: 4.21.2

packages:
  express@4.21.2:
    resolution: {integrity: sha512-aa}
  '@scope/ui@1.0.0':
    resolution: {integrity: sha512-bb}

snapshots:
  express@4.21.2: {}
  '@scope/ui@1.0.0(react@18.2.0)': {}
"""
YARN1 = """\
# yarn lockfile v1


express@^4.21.0:
  version "4.21.2"
  resolved "https://registry.example/express.tgz#aa"

"@scope/ui@^1.0.0", "@scope/ui@~1.0.0":
  version "1.0.4"
"""
BERRY = """\
__metadata:
  version: 8

"express@npm:^4.21.0":
  version: 4.21.2
  resolution: "express@npm:4.21.2"
  languageName: node
  linkType: hard

"shop@workspace:.":
  version: 0.0.0-use.local
  resolution: "shop@workspace:."
  dependencies:
    express: "npm:^4.21.0"
  languageName: unknown
  linkType: soft
"""
BUN = """\
{
  "lockfileVersion": 1,
  "workspaces": {
    "": {
      "name": "shop",
      "dependencies": {
        "express": "^4.21.0",
      },
    },
  },
  "packages": {
    "express": ["express@4.21.2", "", {}, "sha512-aa"],
    "ms": ["ms@2.1.3", "", {}, "sha512-bb"],
  }
}
"""
GO_MOD = """\
module example.com/shop

go 1.22.1

toolchain go1.23.0

require (
	github.example/chi/v5 v5.1.0
	golang.example/text v0.21.0 // indirect
)

require github.example/one v1.0.0
replace github.example/one => ../one
"""
CARGO = """\
[package]
name = "shop"
version = "0.1.0"
rust-version = "1.75"

[dependencies]
serde = { version = "1.0", features = ["derive"] }
tokio = "1.40"

[dev-dependencies]
insta = "1.41"
"""
CARGO_LOCK = """\
version = 4

[[package]]
name = "serde"
version = "1.0.217"
source = "registry+https://registry.example/index"

[[package]]
name = "shop"
version = "0.1.0"
dependencies = ["serde"]

[[package]]
name = "syn"
version = "1.0.109"
source = "registry+https://registry.example/index"

[[package]]
name = "syn"
version = "2.0.96"
source = "registry+https://registry.example/index"
"""
GEMFILE_LOCK = """\
GEM
  remote: https://registry.example/
  specs:
    rack (3.1.8)
    rails (8.0.1)
      rack (>= 2.2)

PLATFORMS
  ruby

DEPENDENCIES
  rails (~> 8.0)

RUBY VERSION
   ruby 3.3.6p108
"""
COMPOSER_LOCK = """\
{
    "packages": [
        {
            "name": "monolog/monolog",
            "version": "3.8.1"
        }
    ],
    "packages-dev": [
        {
            "name": "phpunit/phpunit",
            "version": "11.5.3"
        }
    ]
}
"""
DOCKERFILE = "ARG PY=3.12\nFROM python:${PY}-slim AS build\nRUN x\nFROM registry.example:5000/library/node:22.12-alpine@sha256:aa\n"

EXAMPLES: dict[str, str] = {
    "uv.lock": UV, "poetry.lock": POETRY, "pdm.lock": PDM, "pylock.toml": PYLOCK, "Pipfile.lock": PIPFILE_LOCK,
    "requirements.txt": REQUIREMENTS, "more.txt": "idna==3.10\n", "constraints.txt": "certifi==2024.12.14\n", "package.json": PACKAGE,
    "package-lock.json": NPM3, "pnpm-lock.yaml": PNPM, "yarn.lock": YARN1, "bun.lock": BUN, "go.mod": GO_MOD, "Cargo.toml": CARGO,
    "Cargo.lock": CARGO_LOCK, "Gemfile.lock": GEMFILE_LOCK, "composer.lock": COMPOSER_LOCK, "Dockerfile": DOCKERFILE,
    ".nvmrc": "v22.12.0\n", ".python-version": "3.12.8\n", "rust-toolchain.toml": '[toolchain]\nchannel = "1.83.0"\n',
    "pyproject.toml": '[project]\nname = "shop"\nrequires-python = ">=3.11"\ndependencies = [\n  "httpx>=0.27",\n]\n',
}  # fmt: skip


def locked(files: dict[str, str]) -> set[tuple[str, str, int, bool | None]]:
    found = read(files)
    assert found.problems == ()
    return {(one.name, one.version, one.line, one.direct) for one in found.locked}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"uv.lock": UV}, {("httpx", "0.28.1", 5, True), ("idna", "3.10", 10, False), ("shop", "0.1.0", 15, False)}),
        ({"poetry.lock": POETRY}, {("flask", "3.1.0", 2, None), ("werkzeug", "3.1.3", 9, None)}),
        ({"pdm.lock": PDM}, {("click", "8.1.8", 5, None)}),
        ({"pylock.toml": PYLOCK}, {("attrs", "25.1.0", 5, None)}),
        ({"Pipfile.lock": PIPFILE_LOCK}, {("requests", "2.32.3", 4, None), ("pytest", "8.3.4", 11, None)}),
        ({"package-lock.json": NPM3}, {("express", "4.21.2", 9, True), ("ms", "2.0.0", 13, False), ("ms", "2.1.3", 16, False)}),
        ({"package-lock.json": NPM1}, {("express", "4.21.2", 5, None), ("ms", "2.0.0", 9, False)}),
        ({"pnpm-lock.yaml": PNPM}, {("express", "4.21.2", 11, True), ("@scope/ui", "1.0.0", 13, False)}),
        ({"package.json": PACKAGE, "yarn.lock": YARN1}, {("express", "4.21.2", 4, True), ("@scope/ui", "1.0.4", 8, False)}),
        ({"package.json": PACKAGE, "yarn.lock": BERRY}, {("express", "4.21.2", 4, True), ("shop", "0.0.0-use.local", 10, False)}),
        ({"bun.lock": BUN}, {("express", "4.21.2", 12, True), ("ms", "2.1.3", 13, False)}),
        ({"Cargo.toml": CARGO, "Cargo.lock": CARGO_LOCK}, {("serde", "1.0.217", 4, True), ("shop", "0.1.0", 9, False),
          ("syn", "1.0.109", 14, False), ("syn", "2.0.96", 19, False)}),
        ({"Gemfile.lock": GEMFILE_LOCK}, {("rack", "3.1.8", 4, False), ("rails", "8.0.1", 5, True)}),
        ({"composer.lock": COMPOSER_LOCK}, {("monolog/monolog", "3.8.1", 4, None), ("phpunit/phpunit", "11.5.3", 10, None)}),
        ({"go.mod": GO_MOD}, {("github.example/chi/v5", "v5.1.0", 8, True), ("golang.example/text", "v0.21.0", 9, False),
          ("github.example/one", "v1.0.0", 12, True)}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, dict) else "",
)  # fmt: skip
def test_a_lock_file_tells_each_version_with_its_line(
    files: dict[str, str], expected: set[tuple[str, str, int, bool | None]]
) -> None:
    assert locked(files) == expected


def test_requirements_follow_their_includes_and_know_constraints() -> None:
    found = read({name: EXAMPLES[name] for name in ("requirements.txt", "more.txt", "constraints.txt")})

    assert {(one.name, one.version, one.path, one.line) for one in found.locked} == {
        ("requests", "2.32.3", "requirements.txt", 2),
        ("idna", "3.10", "more.txt", 1),
        ("certifi", "2024.12.14", "constraints.txt", 1),
    }
    assert next(one.note for one in found.locked if one.name == "certifi") == "constraint"
    assert ("urllib3", ">=2,<3") in {(one.name, one.range) for one in found.declared}


def test_prose_about_other_requirements_is_no_dependency() -> None:
    prose = "The user logs in.\nlogin\nThe cart keeps what was put into it.\n"

    found = read({"docs/requirements/users.txt": prose, "requirements/extras/redis.txt": "redis>=5\n"})

    assert [(one.name, one.path) for one in found.declared] == [("redis", "requirements/extras/redis.txt")]
    assert found.problems == ()
    assert read({"requirements.txt": prose}).problems


def test_manifests_say_what_they_ask_for_and_in_which_group() -> None:
    found = read({"package.json": PACKAGE, "Cargo.toml": CARGO, "pyproject.toml": EXAMPLES["pyproject.toml"]})

    asked = {(one.ecosystem, one.name, one.range, one.group, one.line) for one in found.declared}
    assert {
        ("node", "express", "^4.21.0", "", 7),
        ("node", "typescript", "~5.7.0", "dev", 10),
        ("rust", "tokio", "1.40", "", 8),
        ("rust", "insta", "1.41", "dev", 11),
        ("python", "httpx", ">=0.27", "", 5),
    } <= asked


def test_runtimes_are_read_wherever_they_stand() -> None:
    found = read({name: text for name, text in EXAMPLES.items() if "lock" not in name or name == "Gemfile.lock"})

    assert {(one.name, one.version.lstrip("v"), one.path) for one in found.runtimes} >= {
        ("python", "3.12-slim", "Dockerfile"),
        ("node", "22.12-alpine", "Dockerfile"),
        ("node", "22.12.0", ".nvmrc"),
        ("python", "3.12.8", ".python-version"),
        ("rust", "1.83.0", "rust-toolchain.toml"),
        ("rust", "1.75", "Cargo.toml"),
        ("go", "1.22.1", "go.mod"),
        ("node", ">=20", "package.json"),
        ("pnpm", "9.15.0", "package.json"),
        ("python", ">=3.11", "pyproject.toml"),
    }


def test_a_workspace_members_wishes_make_a_lock_direct() -> None:
    member = '{"name": "api", "dependencies": {"ms": "^2.1.0"}}'
    lock = NPM3.replace(
        '    "node_modules/express": {', f'    "packages/api": {member},\n    "node_modules/express": {{', 1
    )
    files = {"package.json": PACKAGE, "packages/api/package.json": member, "package-lock.json": lock}

    assert ("ms", "2.1.3", 17, True) in locked(files)


def test_what_was_installed_is_not_the_repositorys_own() -> None:
    assert not wants("node_modules/a/package.json")
    assert not wants("api/vendor/x/composer.json")
    assert wants("services/api/uv.lock")
    assert all(
        map(wants, ("composer.json-dist", "Gemfile.next.lock", "Cargo.lock.msrv", "go.tools.mod", "pom-jdk8.xml"))
    )
    assert not any(map(wants, ("package.json.ts", "Gemfile.license", "tsconfig.package.json")))
    assert wants("requirements/dev.txt")
    assert not wants("README.md")


HOSTILE = [
    "", "\0", "\ufeff", "[", "{", "[[package]]\n" * 50, "[" * 50_000,
    '{"a":' * 20_000, "a: &a [*a, *a]\nb: &b [*a, *a]\n", "- " * 20_000,
    '{"dependencies": []}', '{"packages": {"": 1, "x": []}}', "package = 3\n", "[package]\nname = 1\n", "require (\n", "x" * 200_000,
    '[project]\ndependencies = "httpx"\n', "{}", "null", "[]", "\r\n\r\n", "FROM\n", "-r requirements.txt\n", "==\n@ \n",
]  # fmt: skip


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_no_input_is_ever_more_than_a_problem(name: str) -> None:
    started = time.process_time()
    for text in HOSTILE:
        found = read({name: text, "uv.lock.d/uv.lock": UV})
        assert ("httpx", "0.28.1") in {(one.name, one.version) for one in found.locked}
    assert time.process_time() - started < 10


@given(st.sampled_from(sorted(EXAMPLES)), st.integers(0, 2_000), st.integers(0, 60), st.text(max_size=12))
def test_a_damaged_file_never_raises_and_every_line_is_within_it(name: str, at: int, cut: int, put: str) -> None:
    whole = EXAMPLES[name]
    text = whole[:at] + put + whole[at + cut :]

    found = read({name: text})

    lines = text.replace("\r\n", "\n").count("\n") + 1
    named = [(one.name, one.line) for one in found.declared] + [(one.name, one.line) for one in found.locked]
    for called, line in named + [(one.name, one.line) for one in found.runtimes]:
        assert 1 <= line <= lines
        assert called


@pytest.mark.slow
def test_a_large_lock_is_read_in_seconds() -> None:
    packages = ",\n".join(f'    "node_modules/p{n}": {{\n      "version": "1.0.{n}"\n    }}' for n in range(60_000))
    started = time.process_time()

    found = read({"package-lock.json": f'{{\n  "lockfileVersion": 3,\n  "packages": {{\n{packages}\n  }}\n}}\n'})

    assert len(found.locked) == 60_000
    assert found.locked[-1].line == 4 + 3 * 59_999
    assert time.process_time() - started < 15
