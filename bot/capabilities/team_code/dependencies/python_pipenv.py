"""Pipfile and Pipfile.lock."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.utils import canonicalize_name

from bot.capabilities.team_code.dependencies.facts import Declared, Entry, Locked, Runtime
from bot.capabilities.team_code.dependencies.page import Page, Table
from bot.capabilities.team_code.dependencies.python_project import poetry_table
from bot.capabilities.team_code.dependencies.words import line_of, without_credentials

NOT_GROUPS = ("source", "requires", "pipenv", "scripts", "packages", "dev-packages")


def read_pipfile(page: Page) -> Iterator[Entry]:
    data = page.toml()
    requires = page.table(data, "requires")
    for key in ("python_version", "python_full_version"):
        if version := page.word(requires, key):
            yield Runtime("python", version, page.path, version.line)
    groups = {"packages": "", "dev-packages": "dev"} | {key: key for key in data if key not in NOT_GROUPS}
    for key, group in groups.items():
        for entry in poetry_table(page, page.table(data, key), group):
            if isinstance(entry, Declared):  # a package of the name python is not the language here
                yield entry


def read_pipfile_lock(page: Page) -> Iterator[Entry]:
    data = page.json()
    for group in data:
        if group == "_meta":
            continue
        packages = page.table(data, group)
        for name in packages:
            package = page.table(packages, name)
            normal = canonicalize_name(name)
            version, note = _version(page, package)
            yield Locked("python", normal, version, page.path, line_of(name), page.asks(normal), note)


def _version(page: Page, package: Table) -> tuple[str, str]:
    version = (page.word(package, "version") or "").removeprefix("==")
    if git := page.word(package, "git"):
        commit = page.word(package, "ref") or ""
        return version or commit, f"git+{without_credentials(git)} at {commit or '?'}"
    for kind in ("path", "file"):
        if place := page.word(package, kind):
            return version, f"{'path' if kind == 'path' else 'url'} {without_credentials(place)}"
    marker = page.word(package, "markers") or ""
    return version, f"marker: {marker}" if marker else ""
