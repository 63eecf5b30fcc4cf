"""The file kinds: how each is known by its path, and who reads it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase, translate

from bot.capabilities.team_code.dependencies.cargo import read_cargo_lock, read_cargo_toml
from bot.capabilities.team_code.dependencies.cocoapods import read_podfile, read_podfile_lock, read_podspec
from bot.capabilities.team_code.dependencies.conda import read_conda_lock, read_environment, read_explicit
from bot.capabilities.team_code.dependencies.dart import read_pubspec, read_pubspec_lock
from bot.capabilities.team_code.dependencies.deno import read_deno_json, read_deno_lock, read_modules
from bot.capabilities.team_code.dependencies.dockerfile import read_dockerfile
from bot.capabilities.team_code.dependencies.dotnet import (
    read_global_json,
    read_packages_config,
    read_packages_lock,
    read_project,
    read_tools,
)
from bot.capabilities.team_code.dependencies.elixir import read_mix_exs, read_mix_lock
from bot.capabilities.team_code.dependencies.facts import Entry
from bot.capabilities.team_code.dependencies.golang import read_go_mod, read_go_sum
from bot.capabilities.team_code.dependencies.gradle import (
    read_catalog,
    read_lockfile,
    read_properties,
    read_script,
    read_wrapper,
)
from bot.capabilities.team_code.dependencies.maven_pom import read_pom
from bot.capabilities.team_code.dependencies.node_bun import read_bun_lock
from bot.capabilities.team_code.dependencies.node_npm import read_npm_lock
from bot.capabilities.team_code.dependencies.node_package import read_package_json
from bot.capabilities.team_code.dependencies.node_pnpm import read_pnpm_lock
from bot.capabilities.team_code.dependencies.node_workspace import read_workspace
from bot.capabilities.team_code.dependencies.node_yarn import read_yarn_lock
from bot.capabilities.team_code.dependencies.page import Page
from bot.capabilities.team_code.dependencies.php import read_composer_json, read_composer_lock
from bot.capabilities.team_code.dependencies.pixi import read_pixi_lock, read_pixi_toml
from bot.capabilities.team_code.dependencies.python_locks import read_pdm, read_poetry, read_pylock, read_uv
from bot.capabilities.team_code.dependencies.python_pipenv import read_pipfile, read_pipfile_lock
from bot.capabilities.team_code.dependencies.python_project import read_pyproject
from bot.capabilities.team_code.dependencies.python_requirements import (
    read_compiled,
    read_constraints,
    read_requirements,
)
from bot.capabilities.team_code.dependencies.python_setup import read_setup_py
from bot.capabilities.team_code.dependencies.python_setup_cfg import read_setup_cfg
from bot.capabilities.team_code.dependencies.ruby import read_gemfile, read_gemfile_lock, read_gemspec
from bot.capabilities.team_code.dependencies.sbt import read_build
from bot.capabilities.team_code.dependencies.sbt import read_properties as read_properties_of_sbt
from bot.capabilities.team_code.dependencies.swift import read_package_swift, read_resolved
from bot.capabilities.team_code.dependencies.version_files import (
    FILES,
    read_mise,
    read_rust_toolchain,
    read_tool_versions,
    read_version_file,
)

MAX_CHARS = 20_000_000
MAX_TOML_CHARS = 8_000_000
"""The standard TOML parser reads about a megabyte in a second."""

MAX_SCRIPT_CHARS = 500_000
"""Programs and build files that people write are small; above that they are no such thing."""


@dataclass(frozen=True, slots=True)
class Kind:
    ecosystem: str
    reader: Callable[[Page], Iterator[Entry]]
    is_lock: bool = False
    max_chars: int = MAX_CHARS


REQUIREMENTS = Kind("python", read_requirements)
CONSTRAINTS = Kind("python", read_constraints)
COMPILED = Kind("python", read_compiled, is_lock=True)
VERSION_FILE = Kind("", read_version_file)
DOCKERFILE = Kind("", read_dockerfile)
SCRIPT = Kind("java", read_script, max_chars=MAX_SCRIPT_CHARS)
SBT = Kind("java", read_build, max_chars=MAX_SCRIPT_CHARS)
SBT_PROPERTIES = Kind("java", read_properties_of_sbt, max_chars=MAX_SCRIPT_CHARS)
MSBUILD = Kind("dotnet", read_project, max_chars=MAX_SCRIPT_CHARS)
BUILD_CODE = frozenset({"buildSrc", "build-logic", "build-src", "buildLogic"})
"""Folders of code that Gradle builds before everything else: versions are kept there as constants."""

CONDA_FOLDERS = ("requirements", "conda", "conda-envs")
DENO_MODULES = Kind("deno", read_modules, max_chars=MAX_SCRIPT_CHARS)
ENVIRONMENT = Kind("conda", read_environment)
NPM_LOCK = Kind("node", read_npm_lock, is_lock=True)

BY_NAME = {
    "uv.lock": Kind("python", read_uv, is_lock=True, max_chars=MAX_TOML_CHARS),
    "poetry.lock": Kind("python", read_poetry, is_lock=True, max_chars=MAX_TOML_CHARS),
    "pdm.lock": Kind("python", read_pdm, is_lock=True, max_chars=MAX_TOML_CHARS),
    "Pipfile": Kind("python", read_pipfile, max_chars=MAX_TOML_CHARS),
    "Pipfile.lock": Kind("python", read_pipfile_lock, is_lock=True),
    "pyproject.toml": Kind("python", read_pyproject, max_chars=MAX_TOML_CHARS),
    "setup.cfg": Kind("python", read_setup_cfg),
    "setup.py": Kind("python", read_setup_py, max_chars=MAX_SCRIPT_CHARS),
    "package.json": Kind("node", read_package_json),
    "package-lock.json": NPM_LOCK,
    "npm-shrinkwrap.json": NPM_LOCK,
    "pnpm-workspace.yaml": Kind("node", read_workspace),
    ".yarnrc.yml": Kind("node", read_workspace),
    "pnpm-lock.yaml": Kind("node", read_pnpm_lock, is_lock=True),
    "yarn.lock": Kind("node", read_yarn_lock, is_lock=True),
    "bun.lock": Kind("node", read_bun_lock, is_lock=True),
    "go.mod": Kind("go", read_go_mod),
    "go.work": Kind("go", read_go_mod),
    "go.sum": Kind("go", read_go_sum, is_lock=True),
    "Cargo.toml": Kind("rust", read_cargo_toml, max_chars=MAX_TOML_CHARS),
    "Cargo.lock": Kind("rust", read_cargo_lock, is_lock=True, max_chars=MAX_TOML_CHARS),
    "Gemfile": Kind("ruby", read_gemfile),
    "gems.rb": Kind("ruby", read_gemfile),
    "Gemfile.lock": Kind("ruby", read_gemfile_lock, is_lock=True),
    "gems.locked": Kind("ruby", read_gemfile_lock, is_lock=True),
    "composer.json": Kind("php", read_composer_json),
    "composer.lock": Kind("php", read_composer_lock, is_lock=True),
    "pom.xml": Kind("java", read_pom, max_chars=MAX_TOML_CHARS),
    "build.sc": SBT,
    "build.mill": SBT,
    "gradle.properties": Kind("java", read_properties, max_chars=MAX_SCRIPT_CHARS),
    "gradle-wrapper.properties": Kind("java", read_wrapper, max_chars=MAX_SCRIPT_CHARS),
    "packages.lock.json": Kind("dotnet", read_packages_lock, is_lock=True),
    "packages.config": Kind("dotnet", read_packages_config, is_lock=True, max_chars=MAX_TOML_CHARS),
    "dotnet-tools.json": Kind("dotnet", read_tools),
    "global.json": Kind("dotnet", read_global_json),
    "mix.exs": Kind("elixir", read_mix_exs, max_chars=MAX_SCRIPT_CHARS),
    "mix.lock": Kind("elixir", read_mix_lock, is_lock=True),
    "import_map.json": Kind("deno", read_deno_json),
    "deno.lock": Kind("deno", read_deno_lock, is_lock=True),
    "pubspec.lock": Kind("dart", read_pubspec_lock, is_lock=True),
    "Package.swift": Kind("swift", read_package_swift, max_chars=MAX_SCRIPT_CHARS),
    "Package.resolved": Kind("swift", read_resolved, is_lock=True),
    "Podfile": Kind("cocoapods", read_podfile, max_chars=MAX_SCRIPT_CHARS),
    "Podfile.lock": Kind("cocoapods", read_podfile_lock, is_lock=True),
    "pixi.toml": Kind("conda", read_pixi_toml, max_chars=MAX_TOML_CHARS),
    "pixi.lock": Kind("conda", read_pixi_lock, is_lock=True),
    ".tool-versions": Kind("", read_tool_versions),
} | dict.fromkeys(FILES, VERSION_FILE)

BY_PATTERN = (
    ("pylock*.toml", Kind("python", read_pylock, is_lock=True, max_chars=MAX_TOML_CHARS)),
    ("*gradle.lockfile", Kind("java", read_lockfile, is_lock=True)),
    ("deno.json*", Kind("deno", read_deno_json)),
    ("*deps.[jt]s", DENO_MODULES),
    ("pubspec*.yaml", Kind("dart", read_pubspec)),
    ("*mise.toml", Kind("", read_mise, max_chars=MAX_TOML_CHARS)),
    ("rust-toolchain*", Kind("", read_rust_toolchain, max_chars=MAX_TOML_CHARS)),
    ("*.versions.toml", Kind("java", read_catalog, max_chars=MAX_TOML_CHARS)),
    ("*.[cfv]*proj", MSBUILD),
    ("*.props", MSBUILD),
    ("*.targets", MSBUILD),
    ("*.gemspec", Kind("ruby", read_gemspec, max_chars=MAX_SCRIPT_CHARS)),
    ("*.podspec", Kind("cocoapods", read_podspec, max_chars=MAX_SCRIPT_CHARS)),
    ("*.sbt", SBT),
    ("*.gradle", SCRIPT),
    ("*.gradle.kts", SCRIPT),
    ("*.main.kts", SCRIPT),
    ("*conda-lock*.y*ml", Kind("conda", read_conda_lock, is_lock=True)),
    ("conda-*.lock", Kind("conda", read_explicit, is_lock=True)),
    ("*environment*.y*ml", ENVIRONMENT),
    ("*conda*.y*ml", ENVIRONMENT),
    ("env.y*ml", ENVIRONMENT),
    ("*.gemfile", Kind("ruby", read_gemfile, max_chars=MAX_SCRIPT_CHARS)),
    ("*.gemfile.lock", Kind("ruby", read_gemfile_lock, is_lock=True)),
    ("Package@swift-*.swift", Kind("swift", read_package_swift, max_chars=MAX_SCRIPT_CHARS)),
    ("Dockerfile*", DOCKERFILE),
    ("*.[Dd]ockerfile", DOCKERFILE),
    ("Containerfile*", DOCKERFILE),
    ("*constraints*.txt", CONSTRAINTS),
    ("*requirements*.txt", REQUIREMENTS),
    ("*requirements*.in", REQUIREMENTS),
)


MAY_FIT = re.compile("|".join(translate(pattern) for pattern, _ in BY_PATTERN))
"""One look at a name that no pattern fits: a repository may have 250,000 of them."""

ODD = re.compile(r"(?<=.)[-.](?!(?:md|rst|txt|html|[jt]sx?|py|rb|go|sh|map|snap|json|diff|license)$)\w+")
"""What a known name may have besides: `composer.json-dist`, `Gemfile.next.lock`, `pom-jdk8.xml`; not in code about it."""


def kind_of(path: str) -> Kind | None:
    folder, _, name = path.rpartition("/")
    if kind := BY_NAME.get(name):
        return kind
    if MAY_FIT.match(name):
        return next(kind for pattern, kind in BY_PATTERN if fnmatchcase(name, pattern))
    for found in ODD.finditer(name):
        kind = BY_NAME.get(name[: found.start()] + name[found.end() :])
        if kind and kind.ecosystem:
            return kind
    folders = folder.split("/")
    if name.endswith((".txt", ".in")) and "requirements" in folders[-2:]:
        return REQUIREMENTS
    if name.endswith((".yml", ".yaml")) and folders[-1] in CONDA_FOLDERS:
        return ENVIRONMENT
    if folders[-1] == "deps" and name.endswith((".ts", ".js")):
        return DENO_MODULES
    if folders[-1] == "project" and "src" not in folders[:-1]:
        return SBT if name.endswith(".scala") else SBT_PROPERTIES if name == "build.properties" else None
    if name.endswith((".kt", ".kts", ".groovy")) and not BUILD_CODE.isdisjoint(folders):
        return SCRIPT
    return None
