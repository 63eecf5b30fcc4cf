"""Where versions stand besides the files that everybody knows: overrides, catalogs, build code, other names; and who asks for what."""

from __future__ import annotations

import json

import pytest

from bot.capabilities.team_code.dependencies import read, wants
from bot.capabilities.team_code.dependencies.question import Question
from bot.capabilities.team_code.dependencies.report import answer
from bot.capabilities.team_code.dependencies.unread import recognised


def told(files: dict[str, str], *names: str, ecosystem: str = "") -> str:
    return "\n".join(row.text for row in answer(Question(ecosystem, names), read(files), len(files)))


def pom(artifact: str, inside: str) -> str:
    return f"<project><groupId>com.acme</groupId><artifactId>{artifact}</artifactId><version>1.4</version>{inside}</project>"


MASKED = "example.org/mod v1.2.3 h1:AAA [masked: looks like a secret]\nexample.org/other v0.4.0 h1:BBB=\n"
PYPROJECT = """\
[project]
name = "shop"
version = "3.1"
dependencies = ["httpx", "torch>=2"]
[tool.uv]
override-dependencies = ["werkzeug==2.3.0"]
constraint-dependencies = ["grpcio<1.65"]
[tool.uv.sources]
httpx = { git = "https://git.example/httpx", rev = "abc123" }
[tool.hatch.envs.docs]
dependencies = ["mkdocs==1.6.1"]
[tool.pdm.resolution.overrides]
asgiref = "3.2.10"
[tool.setuptools.dynamic]
optional-dependencies = { api = { file = ["deps/api.txt"] } }
"""
PACKAGE = json.dumps(
    {
        "name": "shop",
        "version": "2.0.0",
        "dependencies": {"left": "catalog:"},
        "workspaces": {"packages": ["a"], "catalog": {"left": "^4.1.0"}},
        "overrides": {"minimist": "1.2.8", "glob@7": {".": "7.2.3", "inflight": "1.0.6"}},
        "resolutions": {"**/@scope/deep": "3.0.1", "left/lodash@^4": "4.17.21"},
        "pnpm": {"overrides": {"parent>semver": "7.5.4"}},
    },
    indent=1,
)
BUILD_CODE = """\
object Versions {
    const val okhttp = "4.12.0"
}
object Libs {
    const val moshi = "com.squareup.moshi:moshi:1.15.1"
}
"""
SCRIPT = """\
dependencies {
    implementation "com.squareup.okhttp3:okhttp:${Versions.okhttp}"
    coreLibraryDesugaring 'com.android.tools:desugar_jdk_libs:2.1.4'
    detektPlugins("io.gitlab.detekt:formatting:1.23.6")
    val bom = platform("androidx.compose:compose-bom:2024.02.02")
    exclude("org.example:gone:1.0")
    because("org.example:reason:1.0")
}
"""


@pytest.mark.parametrize(
    ("files", "name", "said"),
    [
        ({"go.mod": "module example.org/a\n", "go.sum": MASKED}, "mod", "go example.org/mod locked at v1.2.3"),
        ({"pyproject.toml": PYPROJECT}, "werkzeug", "werkzeug [override] asks for ==2.3.0, an exact pin  (pyproject.toml:6)"),
        ({"pyproject.toml": PYPROJECT}, "grpcio", "grpcio [constraint] asks for <1.65"),
        ({"pyproject.toml": PYPROJECT}, "httpx", "httpx asks for (from git https://git.example/httpx@abc123)"),
        ({"pyproject.toml": PYPROJECT}, "mkdocs", "mkdocs [hatch docs] asks for ==1.6.1"),
        ({"pyproject.toml": PYPROJECT}, "asgiref", "asgiref [override] asks for 3.2.10"),
        ({"pyproject.toml": PYPROJECT, "deps/api.txt": "fastapi==0.115.1\n"}, "fastapi", "fastapi locked at 0.115.1"),
        ({"package.json": PACKAGE}, "minimist", "minimist [override] asks for 1.2.8, an exact pin  (package.json:16)"),
        ({"package.json": PACKAGE}, "glob", "glob [override] asks for 7.2.3"),
        ({"package.json": PACKAGE}, "inflight", "inflight [override] asks for 1.0.6"),
        ({"package.json": PACKAGE}, "@scope/deep", "@scope/deep [override] asks for 3.0.1"),
        ({"package.json": PACKAGE}, "lodash", "lodash [override] asks for 4.17.21"),
        ({"package.json": PACKAGE}, "semver", "semver [override] asks for 7.5.4"),
        ({"package.json": PACKAGE}, "parent>semver", "semver [override] asks for 7.5.4"),
        ({"package.json": PACKAGE}, "left/lodash@^4", "lodash [override] asks for 4.17.21"),
        ({"package.json": PACKAGE}, "**/@scope/deep", "@scope/deep [override] asks for 3.0.1"),
        ({"package.json": PACKAGE}, "left", "left asks for ^4.1.0 (catalog in package.json:12)"),
        ({".yarnrc.yml": "catalog:\n  react: ^19.0.0\n", "package.json": '{"dependencies": {"react": "catalog:"}}'},
         "react", "react asks for ^19.0.0 (catalog in .yarnrc.yml:2)"),
        ({"pnpm-workspace.yaml": "overrides:\n  'a>esbuild': 0.25.0\n"}, "esbuild", "esbuild [override] asks for 0.25.0"),
        ({"Cargo.toml": '[patch.crates-io]\nserde = { git = "https://git.example/serde", rev = "f00" }\n'},
         "serde", "serde [override] asks for git https://git.example/serde@f00"),
        ({"buildSrc/src/main/kotlin/Deps.kt": BUILD_CODE, "app/build.gradle": SCRIPT}, "okhttp", "okhttp asks for 4.12.0"),
        ({"buildSrc/src/main/kotlin/Deps.kt": BUILD_CODE}, "moshi", "moshi asks for 1.15.1"),
        ({"gradle/deps.gradle": SCRIPT}, "desugar_jdk_libs", "desugar_jdk_libs asks for 2.1.4"),
        ({"build-logic/src/main/kotlin/conventions.gradle.kts": SCRIPT}, "formatting", "detekt:formatting asks for 1.23.6"),
        ({"app/build.gradle.kts": SCRIPT}, "compose-bom", "compose-bom [bom] asks for 2024.02.02"),
        ({"ci.main.kts": '@file:DependsOn("org.kohsuke:github-api:1.330")\n'}, "github-api", "github-api asks for 1.330"),
        ({"settings.gradle": 'library("guava", "com.google.guava", "guava").version("33.0.0-jre")\n'},
         "guava", "guava asks for 33.0.0-jre"),
        ({"pom.xml": pom("docs", "<reporting><plugins><plugin><groupId>kr.motd</groupId><artifactId>sphinx</artifactId>"
                                 "<version>2.10.0</version></plugin></plugins></reporting>")},
         "sphinx", "sphinx [plugin] asks for 2.10.0"),
        ({"doc/environment_template.yml": "name: a\ndependencies:\n  - xarray=2024.1\n"}, "xarray", "conda xarray asks for =2024.1"),
        ({"ci/requirements/py311.yml": "dependencies:\n  - dask=2024.5\n"}, "dask", "conda dask asks for =2024.5"),
        ({"conda-linux-64.lock": "@EXPLICIT\nhttps://c.example/linux-64/zlib-1.3.1-hb9d3cd8_2.conda#00\n"},
         "zlib", "conda zlib locked at 1.3.1"),
        ({".config/dotnet-tools.json": '{"tools": {"dotnet-ef": {"version": "8.0.4"}}}'},
         "dotnet-ef", "dotnet-ef locked at 8.0.4, direct [a tool]"),
        ({"gemfiles/rails_7.gemfile": 'gem "rails", "~> 7.1"\n'}, "rails", "ruby rails asks for ~> 7.1"),
        ({"import_map.json": '{"imports": {"oak": "jsr:@oak/oak@17.1.4"}}'}, "oak", "@oak/oak as oak asks for 17.1.4"),
    ],
)  # fmt: skip
def test_a_version_is_found_wherever_its_tool_lets_it_stand(files: dict[str, str], name: str, said: str) -> None:
    rows = told(files, name)

    assert said in rows
    assert f"{name}: in none" not in rows


@pytest.mark.parametrize("name", ["org.example:gone", "org.example:reason"])
def test_what_a_script_leaves_out_or_explains_is_no_dependency(name: str) -> None:
    assert f"{name}: in none of the 1 dependency files" in told({"app/build.gradle": SCRIPT}, name)


def test_what_is_only_overridden_is_not_asked_for_directly() -> None:
    manifest = json.dumps({"resolutions": {"serialize-javascript": "^7.0.3"}})
    lock = 'serialize-javascript@^7.0.3:\n  version "7.1.0"\n  resolved "https://r.example/s.tgz"\n'

    rows = told({"package.json": manifest, "yarn.lock": lock}, "serialize-javascript")

    assert "node serialize-javascript locked at 7.1.0, transitive  (yarn.lock:1)" in rows


def test_a_dart_workspace_asks_for_what_its_members_ask_for() -> None:
    lock = 'packages:\n  dio:\n    dependency: transitive\n    source: hosted\n    version: "5.9.2"\nsdks:\n  dart: ">=3.5.0"\n'
    root, member = (
        "name: all\nworkspace:\n  - apps/auth\n",
        "name: auth\nresolution: workspace\ndependencies:\n  dio: 5.9.2\n",
    )

    rows = told({"pubspec.yaml": root, "apps/auth/pubspec.yaml": member, "pubspec.lock": lock}, "dio")

    assert "dart dio locked at 5.9.2, direct  (pubspec.lock:2)" in rows


def test_the_root_of_a_bun_workspace_has_no_copy_under_its_name() -> None:
    lock = {
        "lockfileVersion": 1,
        "workspaces": {"": {"name": "elysia", "dependencies": {"mirror": "^0.2.7"}}},
        "packages": {"mirror": ["mirror@0.2.7"], "elysia": ["elysia@1.4.0"], "elysia/mirror": ["mirror@0.2.3"]},
    }

    rows = told({"bun.lock": json.dumps(lock, indent=1)}, "mirror")

    assert "mirror locked at 0.2.7, direct" in rows
    assert "mirror locked at 0.2.3, transitive" in rows


@pytest.mark.parametrize(
    ("files", "name", "said"),
    [
        ({"package.json": PACKAGE}, "shop", "node shop is this repository's own, version 2.0.0  (package.json:2)"),
        ({"pyproject.toml": PYPROJECT}, "Shop", "python shop is this repository's own, version 3.1  (pyproject.toml:2)"),
        ({"pom.xml": pom("acme-parent", "")}, "acme-parent", "java com.acme:acme-parent is this repository's own, version 1.4"),
        ({"Cargo.toml": '[package]\nname = "core"\nversion.workspace = true\n[workspace.package]\nversion = "0.3.0"\n'},
         "core", "rust core is this repository's own, version 0.3.0"),
        ({"go.mod": "module example.org/team/billing\n\ngo 1.22\n"}, "billing", "go example.org/team/billing is this repository's own"),
        ({"path/deno.json": '{"name": "@std/path", "version": "1.1.0"}'},
         "@std/path", "deno @std/path is this repository's own, version 1.1.0"),
        ({"src/Polly.Core/Polly.Core.csproj": "<Project></Project>"}, "polly core", "dotnet Polly.Core is this repository's own"),
    ],
)  # fmt: skip
def test_the_repositorys_own_packages_are_not_absent(files: dict[str, str], name: str, said: str) -> None:
    rows = told(files, name)

    assert said in rows
    assert "in none" not in rows


@pytest.mark.parametrize(
    ("file", "text", "name", "said"),
    [
        ("composer.json", '{"require": {"php": "^8.2"}}', "php", "runtime php ^8.2  (composer.json:1)"),
        ("package.json", '{"engines": {"node": ">=20"}}', "Node.js", "runtime node >=20  (package.json:1)"),
        ("global.json", '{"sdk": {"version": "9.0.100"}}', ".NET", "runtime dotnet SDK 9.0.100"),
        ("go.mod", "module a\n\ngo 1.22\n", "golang", "runtime go 1.22  (go.mod:3)"),
    ],
)
def test_a_runtime_is_asked_for_like_a_package(file: str, text: str, name: str, said: str) -> None:
    rows = told({file: text}, name)

    assert rows.count(said) == 1
    assert "in none" not in rows


SWIFT = """\
// swift-tools-version:5.9
let p = Package(dependencies: [
    .package(url: "https://git.example/pf/swift-gen", from: "0.3.0"),
])
"""
LARAVEL = json.dumps(
    {
        "packages": [
            {"name": name, "version": "1.0"}
            for name in ("laravel/ui", "laravel/prompts", "laravel/framework", "intervention/image")
        ],
        "packages-dev": [],
    }
)


@pytest.mark.parametrize(
    ("files", "name", "said"),
    [
        ({"Package.swift": SWIFT}, "https://git.example/pf/swift-gen", "swift swift-gen asks for from 0.3.0"),
        ({"composer.lock": LARAVEL}, "laravel framework", "php laravel/framework locked at 1.0"),
        ({"composer.lock": LARAVEL}, "Intervention Image", "php intervention/image locked at 1.0"),
        (
            {"mix.exs": 'defp deps, do: [{:plug_cowboy, "~> 2.7"}]\n'},
            "Plug Cowboy",
            "elixir plug_cowboy asks for ~> 2.7",
        ),
        ({"composer.lock": LARAVEL}, "laravel", "near: php laravel/framework locked at 1.0"),
    ],
)
def test_a_name_is_read_with_its_owner_in_front_and_by_its_address(files: dict[str, str], name: str, said: str) -> None:
    assert said in told(files, name)


@pytest.mark.parametrize(
    "path", ["build.zig.zon", "core/ivy.xml", "buf.lock", "Berksfile.lock", "acme.nuspec", "Puppetfile"]
)
def test_more_is_known_by_its_name(path: str) -> None:
    assert recognised(path)
    assert not wants(path)


def test_files_that_only_share_a_name_cast_no_doubt() -> None:
    files = {
        "templates/environment.yaml": "{{ if }}\nkind: ConfigMap\n",
        "conda/notes.yml": "a: [",
        "requirements.txt": "httpx==0.28.1\n",
    }

    assert told(files, "absent").startswith("absent: in none of the 3 dependency files")
