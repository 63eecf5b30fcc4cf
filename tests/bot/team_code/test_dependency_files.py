"""More files of dependencies, read on their own and together: pods, gem specifications, pixi, catalogs, MSBuild."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.capabilities.team_code.dependencies.facts import Declared, Dependencies, Locked
from bot.capabilities.team_code.dependencies.reading import read

PODFILE = (
    "target 'App' do\n  pod 'Alamofire', '~> 5.8'\n  pod 'Foo', :git => 'https://x.example/z.git'\n  pod \"Bar\"\nend\n"
)
PODFILE_LOCK = """\
PODS:
  - Alamofire (5.8.1)
  - Firebase/Core (10.1.0):
    - FirebaseAnalytics (~> 10.0)
  - "GoogleUtilities/NSData+zlib (7.11.0)"

DEPENDENCIES:
  - Alamofire (~> 5.8)
  - Firebase/Core

SPEC CHECKSUMS:
  Alamofire: 0123
"""
GEMSPEC = """\
Gem::Specification.new do |spec|
  spec.required_ruby_version = ">= 3.1"
  spec.add_dependency "rails", ">= 6", "< 8"
  spec.add_runtime_dependency("rack")
  spec.add_development_dependency(%q<rspec>.freeze, ["~> 3.0"])
  # spec.add_dependency "old"
  spec.add_dependency computed_name, "1"
end
"""
PIXI = """\
[dependencies]
python = ">=3.11"
numpy = "1.26.*"
[pypi-dependencies]
httpx = { version = ">=0.27", extras = ["http2"] }
[feature.test.dependencies]
pytest = "*"
[target.linux-64.dependencies]
gcc = ">=13"
"""
PIXI_LOCK = """\
version: 6
packages:
- conda: https://conda.example/conda-forge/linux-64/numpy-1.26.4-py312h1_0.conda
  sha256: aa
- conda: https://conda.example/conda-forge/osx-64/numpy-1.26.4-py312h2_0.conda
- conda: https://conda.example/conda-forge/noarch/python_abi-3.12-5_cp312.tar.bz2
- pypi: https://files.example/httpx-0.28.1-py3-none-any.whl
  name: httpx
  version: 0.28.1
- kind: conda
  name: xz
  version: 5.2.6
"""
CATALOG = """\
[versions]
spring = "6.1.4"
[libraries]
spring-core = { module = "org.springframework:spring-core", version.ref = "spring" }
spring_web = "org.springframework:spring-web:6.2.0"
[bundles]
spring = ["spring-core", "spring_web"]
[plugins]
kotlin-jvm = { id = "org.jetbrains.kotlin.jvm", version = "2.0.0" }
"""
SCRIPT = """\
plugins { alias(libs.plugins.kotlin.jvm) }
dependencies {
  implementation(libs.spring.core)
  testImplementation(libs.bundles.spring)
  implementation(projects.core)
  implementation platform(libs.spring.web)
  // implementation(libs.spring.web)
}
"""
PROJECT = """\
<Project Sdk="Microsoft.NET.Sdk">
  <Import Project="../shared.props" />
  <PropertyGroup><Main>1.0.0</Main></PropertyGroup>
  <PropertyGroup Condition="'$(Old)' == 'true'"><Main>0.9.0</Main></PropertyGroup>
  <ItemGroup Condition="'$(TargetFramework)' == 'net8.0'">
    <PackageReference Include="Serilog" Version="$(Main)" />
  </ItemGroup>
  <Choose>
    <When Condition="'$(OS)' == 'Unix'">
      <ItemGroup><PackageReference Include="Mono.Posix" Version="7.1.0" /></ItemGroup>
    </When>
  </Choose>
</Project>
"""
EXAMPLES = {
    "Podfile": PODFILE, "Podfile.lock": PODFILE_LOCK, "shop.gemspec": GEMSPEC, "pixi.toml": PIXI, "pixi.lock": PIXI_LOCK,
    "gradle/libs.versions.toml": CATALOG, "app/build.gradle.kts": SCRIPT, "app/app.csproj": PROJECT,
}  # fmt: skip


def asks(found: Dependencies, path: str) -> list[tuple[str, str, str, int]]:
    return sorted((one.name, one.range, one.group, one.line) for one in found.declared if one.path == path)


def locks(found: Dependencies) -> list[tuple[str, str, str, int, bool | None]]:
    return [(one.ecosystem, one.name, one.version, one.line, one.direct) for one in found.locked]


def test_pods_are_read_with_what_asks_for_them() -> None:
    found = read({"Podfile": PODFILE, "Podfile.lock": PODFILE_LOCK})

    assert asks(found, "Podfile") == [
        ("Alamofire", "~> 5.8", "", 2), ("Bar", "", "", 4), ("Foo", "git https://x.example/z.git", "", 3)
    ]  # fmt: skip
    assert locks(found) == [
        ("cocoapods", "Alamofire", "5.8.1", 2, True),
        ("cocoapods", "Firebase/Core", "10.1.0", 3, True),
        ("cocoapods", "GoogleUtilities/NSData+zlib", "7.11.0", 5, False),
    ]


def test_a_gems_specification_is_read_as_far_as_it_says_it_in_words() -> None:
    found = read({"shop.gemspec": GEMSPEC})

    assert asks(found, "shop.gemspec") == [
        ("rack", "", "", 4),
        ("rails", ">= 6, < 8", "", 3),
        ("rspec", "~> 3.0", "dev", 5),
    ]
    assert [(one.name, one.version) for one in found.runtimes] == [("ruby", ">= 3.1")]
    assert [one.reason for one in found.problems] == ["line 7 asks for a gem whose name is computed"]


def test_pixi_knows_condas_packages_and_pythons() -> None:
    found = read({"pixi.toml": PIXI, "pixi.lock": PIXI_LOCK})

    assert asks(found, "pixi.toml") == [
        ("gcc", ">=13", "", 9), ("httpx", ">=0.27", "", 5), ("numpy", "1.26.*", "", 3), ("pytest", "", "test", 7)
    ]  # fmt: skip
    assert locks(found) == [
        ("conda", "numpy", "1.26.4", 3, True), ("conda", "python_abi", "3.12", 6, None),
        ("python", "httpx", "0.28.1", 8, True), ("conda", "xz", "5.2.6", 11, None),
    ]  # fmt: skip


def test_an_alias_of_a_catalog_is_what_the_catalog_says_where_the_script_asks_for_it() -> None:
    found = read({"gradle/libs.versions.toml": CATALOG, "app/build.gradle.kts": SCRIPT})
    core, web = "6.1.4 (catalog in gradle/libs.versions.toml:4)", "6.2.0 (catalog in gradle/libs.versions.toml:5)"

    assert asks(found, "app/build.gradle.kts") == [
        ("org.jetbrains.kotlin.jvm", "2.0.0 (catalog in gradle/libs.versions.toml:9)", "plugin", 1),
        ("org.springframework:spring-core", core, "", 3),
        ("org.springframework:spring-core", core, "dev", 4),
        ("org.springframework:spring-web", web, "bom", 6),
        ("org.springframework:spring-web", web, "dev", 4),
    ]


def test_an_included_build_has_a_catalog_of_its_own() -> None:
    other = CATALOG.replace("6.1.4", "5.0.0")
    files = {
        "gradle/libs.versions.toml": CATALOG,
        "tools/gradle/libs.versions.toml": other,
        "tools/a/build.gradle": SCRIPT,
    }

    found = [one for one in read(files).declared if one.path == "tools/a/build.gradle" and one.line == 3]

    assert [one.range for one in found] == ["5.0.0 (catalog in tools/gradle/libs.versions.toml:4)"]


def test_what_holds_under_a_condition_says_so_and_imports_are_named() -> None:
    found = read({"app/app.csproj": PROJECT})

    assert asks(found, "app/app.csproj") == [
        ("Mono.Posix", "7.1.0", "if '$(OS)' == 'Unix'", 10),
        ("Serilog", "1.0.0", "if '$(TargetFramework)' == 'net8.0'", 6),
    ]
    (problem,) = found.problems
    assert (problem.reason, problem.is_whole) == ("line 2 imports shared.props, which was not read", False)


@given(st.sampled_from(sorted(EXAMPLES)), st.integers(0, 700), st.integers(0, 60), st.text(max_size=12))
def test_a_damaged_file_never_raises_and_every_line_is_within_it(name: str, at: int, cut: int, put: str) -> None:
    text = EXAMPLES[name][:at] + put + EXAMPLES[name][at + cut :]

    found = read({**EXAMPLES, name: text})

    lines = text.replace("\r\n", "\n").count("\n") + 1
    facts: list[Declared | Locked] = [*found.declared, *found.locked]
    assert all(1 <= one.line <= lines and one.name for one in facts if one.path == name)


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_what_is_made_to_be_slow_ends(name: str) -> None:
    for text in ("(" * 50_000, "implementation(" * 20_000, "libs." * 50_000, '  - "' * 50_000, "pod '" * 50_000, "<a>" * 30_000,
                 ".add_dependency" * 20_000, "pod 'a', " * 20_000, "%q<" * 50_000):  # fmt: skip
        found = read({name: text, "z.gemspec": GEMSPEC})
        assert any(one.path == "z.gemspec" for one in found.declared)  # the file beside it is read all the same


PLUGGED = """\
<project>
  <groupId>a</groupId><artifactId>b</artifactId><version>1</version>
  <properties><lombok.version>1.18.34</lombok.version></properties>
  <build><plugins><plugin>
    <artifactId>maven-checkstyle-plugin</artifactId><version>3.5.0</version>
    <dependencies><dependency>
      <groupId>com.puppycrawl.tools</groupId>
      <artifactId>checkstyle</artifactId>
      <version>10.17.0</version>
    </dependency></dependencies>
    <configuration><annotationProcessorPaths><path>
      <groupId>org.projectlombok</groupId><artifactId>lombok</artifactId><version>${lombok.version}</version>
    </path></annotationProcessorPaths></configuration>
  </plugin></plugins></build>
</project>
"""


def test_what_a_maven_plugin_runs_with_is_asked_for_too() -> None:
    found = read({"pom.xml": PLUGGED})

    assert ("com.puppycrawl.tools:checkstyle", "10.17.0", "build", 8) in asks(found, "pom.xml")
    assert ("org.projectlombok:lombok", "1.18.34", "build", 12) in asks(found, "pom.xml")
