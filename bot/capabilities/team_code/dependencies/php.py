"""composer.json and composer.lock."""

from __future__ import annotations

from collections.abc import Iterator

from bot.capabilities.team_code.dependencies.facts import Declared, Entry, Locked, Runtime
from bot.capabilities.team_code.dependencies.page import Page, Table
from bot.capabilities.team_code.dependencies.words import line_of, without_credentials


def read_composer_json(page: Page) -> Iterator[Entry]:
    """Names without a slash are the platform: php itself, extensions, libraries of the system."""
    data = page.json()
    yield from page.own(data)
    for section, group in (("require", ""), ("require-dev", "dev")):
        asks = page.table(data, section)
        for name in asks:
            wanted = page.word(asks, name)
            if wanted is None:
                continue
            if name == "php":
                yield Runtime("php", wanted, page.path, line_of(wanted))
            else:
                yield Declared("php", name, wanted, group, page.path, line_of(name))


def read_composer_lock(page: Page) -> Iterator[Entry]:
    data = page.json()
    for section in ("packages", "packages-dev"):
        for package in page.tables(data, section):
            name, version = page.word(package, "name"), page.word(package, "version")
            if not name or not version:
                page.wrong(f"a package in {section} has no name or version")
                continue
            yield Locked("php", name, version, page.path, name.line, page.asks(name), _note(page, package))


def _note(page: Page, package: Table) -> str:
    """Tagged versions say enough; a branch moves, so the commit belongs to it."""
    dist = page.table(package, "dist")
    if page.word(dist, "type") == "path":
        return f"path {page.word(dist, 'url') or ''}"
    source, version = page.table(package, "source"), page.word(package, "version") or ""
    if version.startswith("dev-") or version.endswith("-dev"):
        url, commit = page.word(source, "url") or "", page.word(source, "reference") or "?"
        return f"git+{without_credentials(url)} at {commit}"
    return ""
