"""Maven, Gradle, NuGet, Mix, Deno, pub, SwiftPM, conda and setup.py: small files in the documented forms, and what they say."""

from __future__ import annotations

import textwrap
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.capabilities.team_code.dependencies import read, wants
from bot.capabilities.team_code.dependencies.ecosystems import exact
from bot.capabilities.team_code.dependencies.unread import recognised

POM = """\
<?xml version="1.0"?>
<project xmlns="http://maven.example/POM/4.0.0">
  <parent>
    <groupId>org.example.boot</groupId>
    <artifactId>boot-parent</artifactId>
    <version>3.2.0</version>
    <relativePath/>
  </parent>
  <groupId>com.acme</groupId>
  <artifactId>shop</artifactId>
  <version>1.0</version>
  <properties>
    <java.version>21</java.version>
    <jackson.version>2.17.1</jackson.version>
    <alias.version>${jackson.version}</alias.version>
  </properties>
  <dependencyManagement>
    <dependencies>
      <dependency>
        <groupId>org.slf4j</groupId>
        <artifactId>slf4j-api</artifactId>
        <version>2.0.13</version>
      </dependency>
      <dependency>
        <groupId>org.example.cloud</groupId>
        <artifactId>cloud-bom</artifactId>
        <version>2023.0.1</version>
        <type>pom</type>
        <scope>import</scope>
      </dependency>
    </dependencies>
  </dependencyManagement>
</project>
"""
CHILD_POM = """\
<project>
  <parent>
    <groupId>com.acme</groupId>
    <artifactId>shop</artifactId>
    <version>1.0</version>
  </parent>
  <artifactId>api</artifactId>
  <dependencies>
    <dependency>
      <groupId>com.fasterxml.jackson.core</groupId>
      <artifactId>jackson-databind</artifactId>
      <version>${alias.version}</version>
    </dependency>
    <dependency>
      <groupId>org.slf4j</groupId>
      <artifactId>slf4j-api</artifactId>
    </dependency>
    <dependency>
      <groupId>org.example.cloud</groupId>
      <artifactId>cloud-starter</artifactId>
    </dependency>
    <dependency>
      <groupId>org.junit.jupiter</groupId>
      <artifactId>junit-jupiter</artifactId>
      <version>${unknown.version}</version>
      <scope>test</scope>
    </dependency>
  </dependencies>
</project>
"""
CATALOG = """\
[versions]
ktor = "2.3.11"
guava = { strictly = "33.0.0-jre" }

[libraries]
ktor-core = { module = "io.ktor:ktor-server-core", version.ref = "ktor" }
guava = { group = "com.google.guava", name = "guava", version.ref = "guava" }
junit = "org.junit.jupiter:junit-jupiter:5.10.2"
free = { module = "org.example:free" }

[plugins]
kotlin = { id = "org.jetbrains.kotlin.jvm", version = "1.9.24" }
"""
GRADLE_LOCK = """\
# This is a Gradle generated file for dependency locking.
com.google.guava:guava:33.0.0-jre=compileClasspath,runtimeClasspath
org.junit.jupiter:junit-jupiter:5.10.2=testCompileClasspath,testRuntimeClasspath
empty=annotationProcessor
"""
GRADLE = """\
plugins {
    id("org.springframework.boot") version "3.3.0"
}
dependencies {
    // implementation("org.example:gone:1.0")
    implementation("com.google.guava:guava:33.0.0-jre")
    implementation(platform("org.example:bom:1.2"))
    testImplementation 'org.mockito:mockito-core:5.12.0'
    runtimeOnly group: 'org.postgresql', name: 'postgresql', version: '42.7.3'
    implementation(libs.ktor.core)
    api "io.netty:netty-all:$nettyVersion"
    api "io.other:twice:${twice}"
}
ext.nettyVersion = "4.1.110.Final"
val twice = "1"
val twice = "2"
"""
PACKAGES_LOCK = """\
{
  "version": 1,
  "dependencies": {
    "net8.0": {
      "Serilog": {
        "type": "Direct",
        "requested": "[3.1.1, )",
        "resolved": "3.1.1",
        "contentHash": "aa"
      },
      "System.Memory": {
        "type": "Transitive",
        "resolved": "4.5.5"
      },
      "shop.core": {
        "type": "Project"
      }
    },
    "net9.0": {
      "Serilog": {
        "type": "Direct",
        "resolved": "3.1.1"
      }
    }
  }
}
"""
PROPS = """\
<Project>
  <PropertyGroup>
    <SerilogVersion>3.1.1</SerilogVersion>
  </PropertyGroup>
  <ItemGroup>
    <PackageVersion Include="Serilog" Version="$(SerilogVersion)" />
    <PackageVersion Include="Dapper" Version="[2.1.35]" />
  </ItemGroup>
</Project>
"""
CSPROJ = """\
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><TargetFramework>net8.0</TargetFramework></PropertyGroup>
  <ItemGroup>
    <PackageReference Include="serilog" />
    <PackageReference Include="Polly">
      <Version>8.4.0</Version>
    </PackageReference>
    <PackageReference Include="StyleCop.Analyzers" Version="1.1.118" PrivateAssets="all" />
  </ItemGroup>
</Project>
"""
MIX_LOCK = """\
%{
  "cowboy": {:hex, :cowboy, "2.12.0", "aa", [:make, :rebar3], [{:cowlib, "2.13.0", [hex: :cowlib]}], "hexpm", "bb"},
  "my_auth": {:hex, :guardian, "2.3.2", "aa", [:mix], [], "hexpm", "bb"},
  "phoenix": {:hex, :phoenix, "1.8.7", "aa", [:mix], [], "hexpm", "bb"},
  "tool": {:git, "https://user:secret@git.example/acme/tool.git", "0123abc", [tag: "v1"]},
}
"""
MIX = """\
defmodule Shop.MixProject do
  def project do
    [app: :shop, elixir: "~> 1.16", deps: deps()]
  end

  defp deps do
    [
      {:phoenix, "~> 1.8"},
      # {:gone, "~> 1.0"},
      {:ecto_sql, "3.11.1"},
      {:tool,
       git: "https://git.example/acme/tool.git", tag: "v1"},
      {:credo, "~> 1.7", only: [:dev, :test], runtime: false}
    ]
  end

  defp load do
    {:ok, _} = File.read("x")
  end
end
"""
DENO = """\
{
  // what the code imports
  "imports": {
    "@std/path": "jsr:@std/path@^1.0.8",
    "chalk": "npm:chalk@5.3.0",
    "paths/": "jsr:/@std/path@1.0.8/"
  }
}
"""
DENO_LOCK = """\
{
  "version": "5",
  "specifiers": {
    "jsr:@std/path@^1.0.8": "1.0.8",
    "npm:chalk@5.3.0": "5.3.0"
  },
  "jsr": {
    "@std/path@1.0.8": {
      "integrity": "aa"
    }
  },
  "npm": {
    "chalk@5.3.0": {},
    "react-dom@18.2.0_react@18.2.0": {}
  },
  "remote": {
    "https://deno.land/std@0.224.0/path/mod.ts": "aa",
    "https://deno.land/std@0.224.0/fs/mod.ts": "bb"
  },
  "workspace": {
    "dependencies": [
      "jsr:@std/path@^1.0.8",
      "npm:chalk@5.3.0"
    ]
  }
}
"""
DENO_LOCK_3 = """\
{
  "version": "3",
  "packages": {
    "specifiers": {"npm:chalk@5": "npm:chalk@5.3.0"},
    "npm": {
      "chalk@5.3.0": {"integrity": "aa"}
    }
  },
  "workspace": {"dependencies": ["npm:chalk@5"]}
}
"""
PUBSPEC = """\
name: app
environment:
  sdk: ">=3.3.0 <4.0.0"
dependencies:
  flutter:
    sdk: flutter
  http: ^1.2.1
  path: any
dev_dependencies:
  lints: 4.0.0
"""
PUBSPEC_LOCK = """\
packages:
  flutter:
    dependency: "direct main"
    description: flutter
    source: sdk
    version: "0.0.0"
  http:
    dependency: "direct main"
    description:
      name: http
      url: "https://pub.example"
    source: hosted
    version: "1.2.1"
  meta:
    dependency: transitive
    source: hosted
    version: "1.10"
sdks:
  dart: ">=3.3.0 <4.0.0"
"""
RESOLVED_2 = """\
{
  "pins" : [
    {
      "identity" : "swift-nio",
      "kind" : "remoteSourceControl",
      "location" : "https://git.example/apple/swift-nio.git",
      "state" : {
        "revision" : "aaaa",
        "version" : "2.65.0"
      }
    }
  ],
  "version" : 2
}
"""
RESOLVED_1 = """\
{
  "object": {
    "pins": [
      {
        "package": "NIO",
        "repositoryURL": "https://git.example/apple/swift-nio.git",
        "state": {"branch": "main", "revision": "aaaa", "version": null}
      }
    ]
  },
  "version": 1
}
"""
PACKAGE_SWIFT = """\
// swift-tools-version:5.9
let package = Package(
    name: "shop",
    dependencies: [
        // .package(url: "https://git.example/apple/gone.git", from: "1.0.0"),
        .package(url: "https://git.example/apple/swift-nio.git", from: "2.65.0"),
        .package(url: "https://git.example/vapor/vapor", exact: "4.99.0"),
        .package(url: "https://git.example/a/b.git", .upToNextMinor(from: "1.2.0")),
        .package(path: "../Core"),
    ]
)
"""
CONDA_LOCK = """\
version: 1
package:
- name: numpy
  version: 1.26.4
  manager: conda
  platform: linux-64
  category: main
- name: numpy
  version: 1.26.4
  manager: conda
  platform: osx-arm64
  category: main
- name: Flask_Login
  version: '0.6'
  manager: pip
  platform: linux-64
  category: dev
"""
ENVIRONMENT = """\
dependencies:
  - python=3.11
  - numpy=1.26
  - conda-forge::gdal >=3.8
  - pip
  - pip:
      - flask-login==0.6
"""
SETUP = """\
from setuptools import setup
BASE = ["requests>=2.31", "click==8.1.7"]
setup(
    name="shop",
    python_requires=">=3.9",
    install_requires=BASE + [
        "rich",
    ],
    extras_require={"dev": ["pytest>=8"]},
    tests_require=open("tests.txt").read().split(),
)
"""
EXAMPLES = {
    "pom.xml": POM, "api/pom.xml": CHILD_POM, "gradle/libs.versions.toml": CATALOG, "gradle.lockfile": GRADLE_LOCK,
    "build.gradle.kts": GRADLE, "src/packages.lock.json": PACKAGES_LOCK, "Directory.Packages.props": PROPS, "src/shop.csproj": CSPROJ,
    "mix.lock": MIX_LOCK, "mix.exs": MIX, "deno.json": DENO, "deno.lock": DENO_LOCK,
    "pubspec.yaml": PUBSPEC, "pubspec.lock": PUBSPEC_LOCK,
    "Package.resolved": RESOLVED_2, "Package.swift": PACKAGE_SWIFT, "conda-lock.yml": CONDA_LOCK, "environment.yml": ENVIRONMENT,
    "setup.py": SETUP,
}  # fmt: skip

Fact = tuple[str, str, str, int]


def locked(*names: str) -> set[Fact]:
    found = read({name: EXAMPLES[name] for name in names})
    assert found.problems == ()
    return {(one.ecosystem, one.name, one.version, one.line) for one in found.locked}


def declared(*names: str) -> set[Fact]:
    found = read({name: EXAMPLES[name] for name in names})
    return {(one.ecosystem, one.name, one.range, one.line) for one in found.declared}


def test_a_maven_version_comes_from_properties_and_parents_and_what_stands_outside_is_named() -> None:
    asked = declared("pom.xml", "api/pom.xml")

    elsewhere = "(managed outside the repository, by boot-parent:3.2.0 or cloud-bom:2023.0.1)"
    assert asked == {
        ("java", "org.example.boot:boot-parent", "3.2.0", 5),
        ("java", "org.slf4j:slf4j-api", "2.0.13", 21),
        ("java", "org.example.cloud:cloud-bom", "2023.0.1", 26),
        ("java", "com.fasterxml.jackson.core:jackson-databind", "2.17.1", 11),
        ("java", "org.slf4j:slf4j-api", "2.0.13 (managed in pom.xml:21)", 16),
        ("java", "org.example.cloud:cloud-starter", elsewhere, 20),
        ("java", "org.junit.jupiter:junit-jupiter", "${unknown.version}", 24),
    }
    assert [(one.name, one.version, one.line) for one in read({"pom.xml": POM}).runtimes] == [("java", "21", 13)]


def test_a_list_of_versions_that_is_imported_from_the_repository_itself_is_followed() -> None:
    bom = POM.replace("<artifactId>shop<", "<artifactId>shop-bom<")
    user = CHILD_POM.replace("<artifactId>shop<", "<artifactId>elsewhere<").replace(
        "  <dependencies>",
        "  <dependencyManagement><dependencies><dependency><groupId>com.acme</groupId><artifactId>shop-bom</artifactId>"
        "<version>1.0</version><scope>import</scope></dependency></dependencies></dependencyManagement>\n  <dependencies>",
    )

    found = read({"bom/pom.xml": bom, "app/pom.xml": user})

    ranges = {one.name: one.range for one in found.declared if one.path == "app/pom.xml" and not one.group}
    assert ranges["org.slf4j:slf4j-api"] == "2.0.13 (managed in bom/pom.xml:21)"
    assert ranges["org.example.cloud:cloud-starter"] == (
        "(managed outside the repository, by elsewhere:1.0 or cloud-bom:2023.0.1)"
    )


def test_a_catalog_gives_each_library_its_version_and_a_lock_its_line() -> None:
    """The names of its versions are found, too: people ask for `ktor`."""
    assert declared("gradle/libs.versions.toml") == {
        ("java", "ktor", "2.3.11", 2),
        ("java", "guava", "33.0.0-jre (strictly)", 3),
        ("java", "io.ktor:ktor-server-core", "2.3.11", 6),
        ("java", "com.google.guava:guava", "33.0.0-jre (strictly)", 7),
        ("java", "org.junit.jupiter:junit-jupiter", "5.10.2", 8),
        ("java", "org.example:free", "", 9),
        ("java", "org.jetbrains.kotlin.jvm", "1.9.24", 12),
    }
    assert locked("gradle.lockfile") == {
        ("java", "com.google.guava:guava", "33.0.0-jre", 2),
        ("java", "org.junit.jupiter:junit-jupiter", "5.10.2", 3),
    }


def test_a_build_script_tells_what_it_names_in_so_many_words() -> None:
    assert declared("build.gradle.kts") == {
        ("java", "org.springframework.boot", "3.3.0", 2),
        ("java", "com.google.guava:guava", "33.0.0-jre", 6),
        ("java", "org.example:bom", "1.2", 7),
        ("java", "org.mockito:mockito-core", "5.12.0", 8),
        ("java", "org.postgresql:postgresql", "42.7.3", 9),
        ("java", "io.netty:netty-all", "4.1.110.Final", 11),
        ("java", "io.other:twice", "${twice}", 12),
    }


def test_nuget_locks_are_one_fact_a_version_and_central_versions_reach_every_project() -> None:
    assert locked("src/packages.lock.json") == {
        ("dotnet", "Serilog", "3.1.1", 5),
        ("dotnet", "System.Memory", "4.5.5", 11),
        ("dotnet", "shop.core", "", 15),
    }
    assert declared("src/shop.csproj", "Directory.Packages.props") == {
        ("dotnet", "serilog", "3.1.1 (managed in Directory.Packages.props:6)", 4),
        ("dotnet", "Polly", "8.4.0", 5),
        ("dotnet", "StyleCop.Analyzers", "1.1.118", 8),
        ("dotnet", "Serilog", "3.1.1", 6),
        ("dotnet", "Dapper", "[2.1.35]", 7),
    }


def test_mix_tells_the_package_of_hex_by_its_own_name_and_hides_no_password() -> None:
    assert locked("mix.lock") == {
        ("elixir", "cowboy", "2.12.0", 2),
        ("elixir", "guardian", "2.3.2", 3),
        ("elixir", "phoenix", "1.8.7", 4),
        ("elixir", "tool", "0123abc", 5),
    }
    assert "secret" not in repr(read({"mix.lock": MIX_LOCK}))
    assert declared("mix.exs") == {
        ("elixir", "phoenix", "~> 1.8", 8),
        ("elixir", "ecto_sql", "3.11.1", 10),
        ("elixir", "tool", "git https://git.example/acme/tool.git@v1", 11),
        ("elixir", "credo", "~> 1.7", 13),
    }
    assert {one.name for one in read({"mix.exs": MIX}).declared if one.group == "dev"} == {"credo"}


def test_deno_keeps_the_packages_of_jsr_and_npm_apart() -> None:
    assert locked("deno.lock") == {
        ("deno", "@std/path", "1.0.8", 8),
        ("node", "chalk", "5.3.0", 13),
        ("node", "react-dom", "18.2.0", 14),
        ("deno", "https://deno.land/std", "0.224.0", 17),
    }
    assert declared("deno.json") == {
        ("deno", "@std/path", "^1.0.8", 4),
        ("node", "chalk", "5.3.0", 5),
        ("deno", "@std/path", "1.0.8", 6),
    }
    direct = {one.name: one.direct for one in read({"deno.lock": DENO_LOCK}).locked}
    assert (direct["@std/path"], direct["chalk"], direct["react-dom"]) == (True, True, False)
    older = read({"deno.lock": DENO_LOCK_3}).locked
    assert [(one.name, one.version, one.line, one.direct) for one in older] == [("chalk", "5.3.0", 6, True)]


def test_pub_versions_stay_the_text_they_are() -> None:
    assert locked("pubspec.lock") == {
        ("dart", "flutter", "0.0.0", 2),
        ("dart", "http", "1.2.1", 7),
        ("dart", "meta", "1.10", 14),
    }
    assert declared("pubspec.yaml") == {
        ("dart", "flutter", "from the flutter SDK", 5),
        ("dart", "http", "^1.2.1", 7),
        ("dart", "path", "", 8),
        ("dart", "lints", "4.0.0", 10),
    }


def test_swift_packages_are_named_by_their_address() -> None:
    assert locked("Package.resolved") == {("swift", "swift-nio", "2.65.0", 4)}
    (old,) = read({"Package.resolved": RESOLVED_1}).locked
    assert (old.name, old.alias, old.version, old.line) == ("swift-nio", "NIO", "aaaa", 5)
    assert "branch main" in old.note
    assert declared("Package.swift") == {
        ("swift", "swift-nio", "from 2.65.0", 6),
        ("swift", "vapor", "exactly 4.99.0", 7),
        ("swift", "b", "next minor from 1.2.0", 8),
        ("swift", "core", "path ../Core", 9),
    }


def test_conda_tells_what_pip_installs_as_pythons() -> None:
    assert locked("conda-lock.yml") == {("conda", "numpy", "1.26.4", 3), ("python", "flask-login", "0.6", 13)}
    notes = {one.name: one.note for one in read({"conda-lock.yml": CONDA_LOCK}).locked}
    assert notes == {"numpy": "", "flask-login": "for linux-64; for dev"}
    assert declared("environment.yml") == {
        ("conda", "numpy", "=1.26", 3),
        ("conda", "gdal", ">=3.8", 4),
        ("conda", "pip", "", 5),
        ("python", "flask-login", "==0.6", 7),
    }


def test_a_setup_script_is_read_and_never_run() -> None:
    found = read({"setup.py": SETUP + 'raise SystemExit("run")\n'})

    assert {(one.name, one.range, one.group, one.line) for one in found.declared} == {
        ("requests", ">=2.31", "", 2),
        ("click", "==8.1.7", "", 2),
        ("rich", "", "", 7),
        ("pytest", ">=8", "dev", 9),
    }
    assert [(one.name, one.version) for one in found.runtimes] == [("python", ">=3.9")]
    assert [str(one) for one in found.problems] == ["setup.py: tests_require is computed (line 10); read_file shows it"]


def test_a_pnpm_catalog_gives_its_range_to_who_asks_for_it() -> None:
    workspace = "packages:\n  - apps/*\ncatalog:\n  vue: ^3.5.0\ncatalogs:\n  old:\n    vue: ^2.7.0\n"
    manifest = '{"dependencies": {"vue": "catalog:"}, "devDependencies": {"vue": "catalog:old"}}'

    found = read({"pnpm-workspace.yaml": workspace, "apps/web/package.json": manifest})

    assert [one.range for one in found.declared] == [
        "^3.5.0 (catalog in pnpm-workspace.yaml:4)",
        "^2.7.0 (catalog in pnpm-workspace.yaml:7)",
    ]


@pytest.mark.parametrize(
    ("ecosystem", "wanted", "version"),
    [
        ("python", "==0.115.12", "0.115.12"), ("python", "[standard]==0.30.1; python_version > '3'", "0.30.1"),
        ("python", "==1.*", ""), ("java", "33.0-jre (strictly)", "33.0-jre"),
        ("python", ">=1,==1.2", ""), ("python", "~=1.2", ""), ("node", "4.18.1", "4.18.1"), ("node", "=4.18.1", "4.18.1"),
        ("node", "npm:lodash@4.17.21", "4.17.21"), ("node", "^4.18.1", ""), ("node", "4.18", ""), ("node", "1.2.3 || 2.0.0", ""),
        ("rust", "1.2.3", ""), ("rust", "=1.2.3", "1.2.3"), ("ruby", "7.1.3", "7.1.3"), ("ruby", "~> 7.1", ""),
        ("ruby", "= 7.1.3", "7.1.3"),
        ("php", "3.8.1", "3.8.1"), ("php", "^3.8", ""), ("php", "3.8.*", ""),
        ("elixir", "3.11.1", "3.11.1"), ("elixir", "~> 3.11", ""),
        ("java", "2.17.1", "2.17.1"), ("java", "2.17.1 (managed in pom.xml:21)", "2.17.1"), ("java", "[1.0,2.0)", ""),
        ("java", "${v}", ""), ("java", "1.+", ""), ("dotnet", "8.4.0", ""), ("dotnet", "[8.4.0]", "8.4.0"), ("dotnet", "[8.4.0, )", ""),
        ("swift", "exactly 4.99.0", "4.99.0"), ("swift", "from 4.99.0", ""), ("dart", "4.0.0", "4.0.0"), ("dart", "^4.0.0", ""),
        ("conda", "==1.26.4", "1.26.4"), ("conda", "=1.26", ""), ("go", "v1.2.3", ""), ("deno", "1.0.8", "1.0.8"),
    ],
)  # fmt: skip
def test_a_declaration_is_a_pin_where_its_ecosystem_leaves_no_choice(ecosystem: str, wanted: str, version: str) -> None:
    assert exact(ecosystem, wanted) == version


@pytest.mark.parametrize("path", ["ivy.xml", "flake.lock", "a/b/vcpkg.json", "bun.lockb", "Chart.lock"])
def test_what_is_known_by_name_only_is_recognised(path: str) -> None:
    assert not wants(path)
    assert recognised(path)


BOMB = '<?xml version="1.0"?>\n<!DOCTYPE p [<!ENTITY a "aa">{}]><project>&z;</project>'.format(
    "".join(f'<!ENTITY {chr(98 + n)} "&{chr(97 + n)};&{chr(97 + n)};">' for n in range(25))
)
ALIASES = "packages: &a [1]\n" + "\n".join(f"k{n}: &k{n} [*a, *a]" for n in range(50))
CIRCLE = POM.replace("org.example.boot", "com.acme").replace("boot-parent", "shop").replace("<relativePath/>", "")
HOSTILE = [
    "", "\0", "{", "[", "<", "[" * 50_000, '{"a":' * 20_000, "<a>" * 50_000, "- " * 20_000, BOMB, ALIASES, "x" * 200_000,
    "null", "[]", "{}",
    "<project/>", "<project><parent/></project>", "<project><properties><a>${b}</a><b>${a}</b></properties><dependencies><dependency>"
    "<groupId>${a}</groupId></dependency></dependencies></project>", '{"pins": [1]}', '{"dependencies": {"net8.0": []}}', "(" * 3_000,
    "x = " + "-" * 50_000 + "1", "x = " + "1+" * 20_000 + "1", "{:a, " * 20_000, "  defp deps do\n" + "    {:a, " * 5_000,
    ".package(url: " * 20_000, '.package(url: "a", ' * 20_000, "implementation(" * 20_000, "a:b:" * 50_000,
    '<!DOCTYPE a SYSTEM "file:///etc/passwd">',
    '{"a": 1, "a": {"b": 2}}' * 2, "def deps(" * 9_000, "name: " * 9_000, "a = " + "[" * 150 + "]" * 150, CIRCLE,
]  # fmt: skip


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_no_input_is_ever_more_than_a_problem_and_all_end_in_time(name: str) -> None:
    started = time.process_time()
    for text in HOSTILE:
        found = read({name: text, "z/mix.lock": MIX_LOCK})
        assert ("phoenix", "1.8.7") in {(one.name, one.version) for one in found.locked}
    assert time.process_time() - started < 10


def test_a_document_type_is_refused_and_said() -> None:
    for text in (BOMB, '<!DOCTYPE p SYSTEM "file:///etc/passwd"><project/>'):
        (problem,) = read({"pom.xml": text}).problems
        assert (problem.reason, problem.is_whole) == ("not read: it has a document type", True)


def test_parents_in_a_circle_end() -> None:
    assert read({"pom.xml": CIRCLE, "api/pom.xml": CHILD_POM}).declared


@given(st.sampled_from(sorted(EXAMPLES)), st.integers(0, 1_500), st.integers(0, 60), st.text(max_size=12))
def test_a_damaged_file_never_raises_and_every_line_is_within_it(name: str, at: int, cut: int, put: str) -> None:
    text = EXAMPLES[name][:at] + put + EXAMPLES[name][at + cut :]

    found = read({name: text})

    lines = text.replace("\r\n", "\n").count("\n") + 1
    places = [(one.name, one.line) for one in found.declared] + [(one.name, one.line) for one in found.locked]
    for called, line in places + [(one.name, one.line) for one in found.runtimes]:
        assert 1 <= line <= lines
        assert called


def test_texts_indented_by_hand_are_read_like_others() -> None:
    assert read({"pom.xml": textwrap.indent(CHILD_POM, "\t")}).declared
