"""The file kinds: how each is known by its path, and who reads it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from bot.capabilities.team_code.dependencies.cargo import read_cargo_lock, read_cargo_toml
from bot.capabilities.team_code.dependencies.dockerfile import read_dockerfile
from bot.capabilities.team_code.dependencies.facts import Entry
from bot.capabilities.team_code.dependencies.golang import read_go_mod, read_go_sum
from bot.capabilities.team_code.dependencies.node_bun import read_bun_lock
from bot.capabilities.team_code.dependencies.node_npm import read_npm_lock
from bot.capabilities.team_code.dependencies.node_package import read_package_json
from bot.capabilities.team_code.dependencies.node_pnpm import read_pnpm_lock
from bot.capabilities.team_code.dependencies.node_yarn import read_yarn_lock
from bot.capabilities.team_code.dependencies.page import Page
from bot.capabilities.team_code.dependencies.php import read_composer_json, read_composer_lock
from bot.capabilities.team_code.dependencies.python_locks import read_pdm, read_poetry, read_pylock, read_uv
from bot.capabilities.team_code.dependencies.python_pipenv import read_pipfile, read_pipfile_lock
from bot.capabilities.team_code.dependencies.python_project import read_pyproject
from bot.capabilities.team_code.dependencies.python_requirements import (
    read_compiled,
    read_constraints,
    read_requirements,
)
from bot.capabilities.team_code.dependencies.python_setup_cfg import read_setup_cfg
from bot.capabilities.team_code.dependencies.ruby import read_gemfile, read_gemfile_lock
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


@dataclass(frozen=True, slots=True)
class Kind:
    ecosystem: str
    reader: Callable[[Page], Iterator[Entry]]
    is_lock: bool = False
    max_chars: int = MAX_CHARS


REQUIREMENTS = Kind("python", read_requirements)
CONSTRAINTS = Kind("python", read_constraints)
COMPILED = Kind("python", read_compiled, is_lock=True)
PYLOCK = Kind("python", read_pylock, is_lock=True, max_chars=MAX_TOML_CHARS)
VERSION_FILE = Kind("", read_version_file)
DOCKERFILE = Kind("", read_dockerfile)
NPM_LOCK = Kind("node", read_npm_lock, is_lock=True)

BY_NAME = {
    "uv.lock": Kind("python", read_uv, is_lock=True, max_chars=MAX_TOML_CHARS),
    "poetry.lock": Kind("python", read_poetry, is_lock=True, max_chars=MAX_TOML_CHARS),
    "pdm.lock": Kind("python", read_pdm, is_lock=True, max_chars=MAX_TOML_CHARS),
    "pylock.toml": PYLOCK,
    "Pipfile": Kind("python", read_pipfile, max_chars=MAX_TOML_CHARS),
    "Pipfile.lock": Kind("python", read_pipfile_lock, is_lock=True),
    "pyproject.toml": Kind("python", read_pyproject, max_chars=MAX_TOML_CHARS),
    "setup.cfg": Kind("python", read_setup_cfg),
    "package.json": Kind("node", read_package_json),
    "package-lock.json": NPM_LOCK,
    "npm-shrinkwrap.json": NPM_LOCK,
    "pnpm-lock.yaml": Kind("node", read_pnpm_lock, is_lock=True),
    "yarn.lock": Kind("node", read_yarn_lock, is_lock=True),
    "bun.lock": Kind("node", read_bun_lock, is_lock=True),
    "go.mod": Kind("go", read_go_mod),
    "go.sum": Kind("go", read_go_sum, is_lock=True),
    "Cargo.toml": Kind("rust", read_cargo_toml, max_chars=MAX_TOML_CHARS),
    "Cargo.lock": Kind("rust", read_cargo_lock, is_lock=True, max_chars=MAX_TOML_CHARS),
    "Gemfile": Kind("ruby", read_gemfile),
    "Gemfile.lock": Kind("ruby", read_gemfile_lock, is_lock=True),
    "composer.json": Kind("php", read_composer_json),
    "composer.lock": Kind("php", read_composer_lock, is_lock=True),
    ".tool-versions": Kind("", read_tool_versions),
    "mise.toml": Kind("", read_mise, max_chars=MAX_TOML_CHARS),
    ".mise.toml": Kind("", read_mise, max_chars=MAX_TOML_CHARS),
    "rust-toolchain": Kind("", read_rust_toolchain, max_chars=MAX_TOML_CHARS),
    "rust-toolchain.toml": Kind("", read_rust_toolchain, max_chars=MAX_TOML_CHARS),
} | dict.fromkeys(FILES, VERSION_FILE)

BY_PATTERN = (
    ("pylock.*.toml", PYLOCK),
    ("Dockerfile*", DOCKERFILE),
    ("*.Dockerfile", DOCKERFILE),
    ("*.dockerfile", DOCKERFILE),
    ("Containerfile*", DOCKERFILE),
    ("*constraints*.txt", CONSTRAINTS),
    ("*requirements*.txt", REQUIREMENTS),
    ("*requirements*.in", REQUIREMENTS),
)


def kind_of(path: str) -> Kind | None:
    folder, _, name = path.rpartition("/")
    if kind := BY_NAME.get(name):
        return kind
    for pattern, kind in BY_PATTERN:
        if fnmatchcase(name, pattern):
            return kind
    if folder.rpartition("/")[2] == "requirements" and name.endswith((".txt", ".in")):
        return REQUIREMENTS
    return None
