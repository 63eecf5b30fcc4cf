"""Manifests that are programs, and names that are no package's: what is computed is no version, what runs is never absent."""

from __future__ import annotations

import time
from collections.abc import Mapping

import pytest

from bot.capabilities.team_code.code import FileEntry
from bot.capabilities.team_code.dependencies import read
from bot.capabilities.team_code.dependencies.question import Question
from bot.capabilities.team_code.dependencies.report import answer
from bot.capabilities.team_code.dependencies.selection import select


def told(files: Mapping[str, str], *names: str, ecosystem: str = "") -> str:
    return "\n".join(row.text for row in answer(Question(ecosystem, names), read(files), len(files)))


GEMFILE = """\
RAILS = "~> 7.1"
WANTED = ENV["WANTED"]
gem "rails", RAILS
gem "pg", WANTED
gem "rack", ">= 2", "< 4", require: false
gem "puma", ENV.fetch("PUMA", "~> 6"), group: :test
gem "thor", "1.3.2" if RUBY_VERSION > "3"
"""
MIX = """\
defmodule Shop.MixProject do
  @phoenix "~> 1.7"
  defp deps do
    [{:phoenix, @phoenix}, {:ecto, System.get_env("ECTO")}, {:mox, only: :test}, {:jason, "~> 1.4", [only: :dev]}]
  end
end
"""
PACKAGE = """\
// swift-tools-version:5.9
let nio: Version = "2.65.0"
let package = Package(dependencies: [
  .package(url: "https://github.com/apple/swift-nio", from: nio),
  .package(url: "https://github.com/apple/swift-log", from: Version(1, 5, 0)),
])
"""
PODSPEC = "Pod::Spec.new do |s|\n  s.name = 'shop'\n  s.ios.dependency 'AFNetworking', '~> 4.0'\nend\n"


@pytest.mark.parametrize(
    ("files", "name", "said"),
    [
        ({"Gemfile": GEMFILE}, "rails", "ruby rails asks for ~> 7.1  (Gemfile:3)"),
        ({"Gemfile": GEMFILE}, "pg", "ruby pg asks for a computed version (WANTED)"),
        ({"Gemfile": GEMFILE}, "rack", "ruby rack asks for >= 2, < 4 "),
        ({"Gemfile": GEMFILE}, "puma", 'ruby puma [test] asks for a computed version (ENV.fetch("PUMA", "~> 6"))'),
        ({"Gemfile": GEMFILE}, "thor", "ruby thor asks for 1.3.2, an exact pin"),
        ({"mix.exs": MIX}, "phoenix", "elixir phoenix asks for ~> 1.7 "),
        ({"mix.exs": MIX}, "ecto", 'elixir ecto asks for a computed version (System.get_env("ECTO"))'),
        ({"mix.exs": MIX}, "mox", "elixir mox [dev] asks for any version"),
        ({"mix.exs": MIX}, "jason", "elixir jason [dev] asks for ~> 1.4"),
        ({"Package.swift": PACKAGE}, "swift-nio", "swift swift-nio asks for from 2.65.0"),
        ({"Package.swift": PACKAGE}, "swift-log", "swift swift-log asks for a computed version (from: Version(1, 5, 0))"),
        ({"shop.podspec": PODSPEC}, "AFNetworking", "cocoapods AFNetworking asks for ~> 4.0  (shop.podspec:3)"),
        ({"build.gradle": 'implementation "a.b:c"\n'}, "a.b:c", "java a.b:c asks for no version of its own"),
    ],
)  # fmt: skip
def test_what_a_program_computes_is_no_version_that_was_left_open(files: dict[str, str], name: str, said: str) -> None:
    assert said in told(files, name)


CATALOG = '[versions]\nktlint = "1.4.0"\nprotobuf = "4.29.2"\nplugin = "0.9.6"\n[libraries]\nlite = { module = "com.google.protobuf:protobuf-javalite", version.ref = "protobuf" }\n[plugins]\nprotobuf = { id = "com.google.protobuf", version.ref = "plugin" }\n'  # noqa: E501
CATALOGS = {"gradle/libs.versions.toml": CATALOG}
USED_KEY = '[versions]\nkotlin = "2.3.10"\n[plugins]\nandroid = { id = "org.jetbrains.kotlin.android", version.ref = "kotlin" }\n'
GEM_LOCK = """\
GEM
  specs:
    pg (1.6.3)
    pg (1.6.3-aarch64-linux)
    ruby-magic (0.6.0)

DEPENDENCIES
  pg

RUBY VERSION
  ruby 4.0.6

BUNDLED WITH
  4.0.16
"""
SCRIPT = 'buildscript { dependencies { classpath "com.android.tools.build:gradle:8.6.1" } }\njava { toolchain { languageVersion = JavaLanguageVersion.of(21) } }\n'  # noqa: E501
WRAPPER = "distributionUrl=https\\://services.gradle.org/distributions/gradle-8.10.2-bin.zip\n"


@pytest.mark.parametrize(
    ("files", "names", "said"),
    [
        ({"Gemfile.lock": GEM_LOCK}, ("pg", "ruby"), "runtime ruby 4.0.6  (Gemfile.lock:11)"),
        ({"Gemfile.lock": GEM_LOCK}, ("bundler",), "runtime bundler 4.0.16  (Gemfile.lock:14)"),
        ({"Gemfile.lock": GEM_LOCK}, ("pg",), "ruby pg locked at 1.6.3, direct [any platform, aarch64-linux]"),
        ({".tool-versions": "postgres 12.3\nnodejs 22.1.0\n"}, ("postgres",), "runtime postgres 12.3"),
        ({"mise.toml": '[tools]\nterraform = "1.9"\n'}, ("terraform",), "runtime terraform 1.9"),
        ({"a/build.gradle": SCRIPT, "gradle/wrapper/gradle-wrapper.properties": WRAPPER}, ("gradle",), "runtime gradle 8.10.2"),
        ({"build.gradle": SCRIPT}, ("java",), "runtime java 21  (build.gradle:2)"),
        (CATALOGS, ("ktlint",), "java ktlint [catalog version] asks for 1.4.0, an exact pin  (gradle/libs.versions.toml:2)"),
        ({"gradle/libs.versions.toml": USED_KEY}, ("kotlin",), "java kotlin [catalog version] asks for 2.3.10, an exact pin"),
        (CATALOGS, ("protobuf",), "near: java com.google.protobuf:protobuf-javalite as lite asks for 4.29.2"),
    ],
)  # fmt: skip
def test_what_a_repository_runs_on_is_not_said_to_be_absent(
    files: dict[str, str], names: tuple[str, ...], said: str
) -> None:
    text = told(files, *names)

    assert said in text
    assert ": in none of" not in text


def test_a_name_that_may_mean_several_packages_is_answered_with_all_of_them() -> None:
    files = {
        "package.json": '{"dependencies": {"ziggy-js": "2.5.3", "kafkajs": "2.2.4"}}',
        "composer.json": '{"require": {"tightenco/ziggy": "2.5.1"}}',
        "pom.xml": "<project><dependencies><dependency><groupId>org.apache.kafka</groupId><artifactId>kafka-clients</artifactId>"
        "<version>3.9.2</version></dependency></dependencies></project>",
    }

    text = told(files, "ziggy", "kafka")

    for said in (
        "node ziggy-js asks for 2.5.3",
        "php tightenco/ziggy asks for 2.5.1",
        "kafka: read as kafkajs",
        "near: java org.apache.kafka:kafka-clients asks for 3.9.2",
    ):
        assert said in text


ABOVE = "<Project><Import Project=\"$([MSBuild]::GetPathOfFileAbove('Directory.Build.props', '$(MSBuildThisFileDirectory)../'))\" /></Project>"  # noqa: E501


def test_msbuild_files_that_are_imported_are_followed_and_others_named() -> None:
    project = '<Project><ItemGroup><PackageReference Include="Serilog" Version="$(Seri)" /></ItemGroup></Project>'
    files = {
        "Directory.Build.props": '<Project><Import Project="$(MSBuildThisFileDirectory)eng\\Versions.props" /></Project>',
        "eng/Versions.props": "<Project><PropertyGroup><Seri>3.1.0</Seri></PropertyGroup></Project>",
        "src/Directory.Build.props": ABOVE,
        "src/shop/shop.csproj": project,
    }

    assert "dotnet Serilog asks for 3.1.0  (src/shop/shop.csproj:1)" in told(files, "Serilog")
    assert told(files, "Moq").startswith("Moq: in none of the 4 dependency files")
    files["src/shop/shop.csproj"] = project.replace("<ItemGroup", '<Import Project="$(Else)/x.props" /><ItemGroup')
    assert "imports $(Else)/x.props, which is not followed" in told(files, "Moq")


def test_the_lock_that_xcode_keeps_within_a_project_holds_for_the_folders_beside_it() -> None:
    lock = "Shop.xcodeproj/project.xcworkspace/xcshareddata/swiftpm/Package.resolved"
    paths = ["Packages/Cart/Package.swift", lock, "other/Package.resolved"]
    entries = [FileEntry(path, "text", 100, 5, "") for path in paths]

    chosen = select(entries, "swift", "Packages/Cart")

    assert sorted(chosen.read) == ["Packages/Cart/Package.swift", lock]
    assert chosen.outside == {lock}


def test_a_file_that_a_clone_lacks_is_said_to_be_lacking_and_not_to_be_large() -> None:
    (lock,) = select([FileEntry("Gemfile.lock", "absent", 0, 0, "")], "ruby", "").not_read

    assert lock.reason == "it is not in this clone, which holds only a part of the files"


VERSIONS_SCALA = """\
object Versions {
  val zio = "2.1.26" // the newest
  val play: String = sys.props.getOrElse("play", "3.0")
  val circe = V.json
}
object V { val json = "0.14.16" }
"""
BUILD_SBT = """\
scalaVersion := "3.3.8"
libraryDependencies ++= Seq(
  "dev.zio" %% "zio" % Versions.zio, /* "old" % "gone" % "1" */
  "io.circe" %%% s"circe-core" % Versions.circe % Test,
  "org.play" %% "play" % Versions.play,
) ++ Seq("specs2-core", "specs2-junit").map("org.specs2" %% _ % "4.23.0" % "test")
  ++ Seq("org.apache.derby" % "derby", "org.apache.derby" % "tools").map(_ % "10.16")
"""
GRPC = {"go.mod": "module a\nrequire google.golang.org/grpc v1.8.0\n", "test/requirements.txt": "grpc==1\n"}
SBT = {"build.sbt": BUILD_SBT, "project/Versions.scala": VERSIONS_SCALA}
GROOVY = """\
ext { versions = [:] }
versions += [
  jackson: "2.16.2", // careful
  jetty: "9.4"
]
libs += [
  databind: "com.fasterxml.jackson.core:jackson-databind:$versions.jackson",
  scala: "com.fasterxml.jackson.module:jackson-module-scala_$versions.base:$versions.jackson",
]
"""


@pytest.mark.parametrize(
    ("files", "name", "said"),
    [
        (SBT, "zio", "java dev.zio:zio asks for 2.1.26, an exact pin  (build.sbt:3)"),
        (SBT, "circe-core", "[dev] asks for 0.14.16"),
        (SBT, "play", "asks for a computed version (Versions.play)"),
        ({"build.sbt": BUILD_SBT}, "specs2-junit", "org.specs2:specs2-junit [dev] asks for 4.23.0"),
        ({"build.sbt": BUILD_SBT}, "derby", "org.apache.derby:derby asks for 10.16, an exact pin  (build.sbt:7)"),
        ({"build.sbt": BUILD_SBT}, "gone", "gone: in none of"),
        ({"build.sbt": BUILD_SBT, "project/build.properties": "sbt.version=1.10.1\n"}, "sbt", "runtime sbt 1.10.1"),
        ({"build.sc": 'def ivyDeps = Agg(ivy"com.lihaoyi::upickle:4.4.3")\n'}, "upickle", "com.lihaoyi:upickle asks for 4.4.3"),
        ({"gradle/libs.gradle": GROOVY}, "jackson-databind", "asks for 2.16.2, an exact pin  (gradle/libs.gradle:7)"),
        ({"gradle/libs.gradle": GROOVY}, "jackson-module-scala", "asks for 2.16.2"),
        ({"deps/md.ts": 'export * from "npm:markdown-it@15.0.0";\n'}, "markdown-it", "node markdown-it asks for 15.0.0"),
        ({"deps.ts": 'export * from "https://deno.land/std@0.224.0/path/mod.ts";\n'}, "std", "asks for 0.224.0"),
        ({"requirements.txt": "scikit-learn==1.5\n"}, "sklearn", "sklearn: read as scikit-learn"),
        ({"go.mod": "module a\nrequire github.com/miekg/dns v1.1.72\n"}, "miekg dns", "locked at v1.1.72"),
        (GRPC, "grpc", "near: go google"),
    ],
)  # fmt: skip
def test_versions_that_a_build_keeps_elsewhere_or_that_are_asked_for_by_another_name_are_found(
    files: dict[str, str], name: str, said: str
) -> None:
    assert said in told(files, name)


def test_a_hostile_build_ends_in_time() -> None:
    started = time.process_time()
    for text in (
        '"a" % ' * 80_000,
        's"$a" % ' * 60_000,
        "a" * 400_000,
        'Seq("a").map(_ % b) ' * 20_000,
        "object a " * 50_000,
    ):
        read({"build.sbt": text, "project/deps.scala": text[:1_000]})
    assert time.process_time() - started < 20
