"""Pixi: pixi.toml, and pixi.lock in its forms 4 to 6. What comes from PyPI is Python's, the rest is conda's own."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.utils import canonicalize_name

from bot.capabilities.team_code.dependencies.conda import ARCHIVE, MAX_CHARS
from bot.capabilities.team_code.dependencies.facts import Declared, Entry, Locked, Runtime
from bot.capabilities.team_code.dependencies.page import Page, Table
from bot.capabilities.team_code.dependencies.words import Word, line_of


def read_pixi_lock(page: Page) -> Iterator[Entry]:
    """A package stands there once for each platform; those that agree on a version are one fact."""
    seen: set[tuple[str, str, str]] = set()
    for data in page.yaml():
        for entry in page.tables(data, "packages"):
            conda, pypi = page.word(entry, "conda"), page.word(entry, "pypi")
            name, version = page.word(entry, "name"), page.word(entry, "version")
            found = ARCHIVE.search(conda[:MAX_CHARS]) if conda else None
            called = str(name or (found[1] if found else ""))
            settled = str(version or (found[2] if found else ""))
            place = name or conda or pypi
            if not called or not settled or place is None:
                continue  # a package that is built from a folder of the repository
            is_python = pypi is not None or page.word(entry, "kind") == "pypi"
            key = ("python", canonicalize_name(called), settled) if is_python else ("conda", called, settled)
            if key not in seen:
                seen.add(key)
                direct = _asks(page, key[0], key[1]) or None  # features of the same file may ask for it
                yield Locked(*key, page.path, place.line, direct)


def _asks(page: Page, ecosystem: str, name: str) -> bool:
    return any(isinstance(one, Declared) and (one.ecosystem, one.name) == (ecosystem, name) for one in page.near or ())


def read_pixi_toml(page: Page) -> Iterator[Entry]:
    yield from pixi(page, page.toml())


def pixi(page: Page, data: Table) -> Iterator[Entry]:
    """What a pixi.toml says; `tool.pixi` of a pyproject.toml says the same."""
    yield from _tables(page, data, "")
    features = page.table(data, "feature")
    for feature in features:
        yield from _tables(page, page.table(features, feature), feature)


def _tables(page: Page, data: Table, group: str) -> Iterator[Entry]:
    for some in (data, *(page.table(page.table(data, "target"), one) for one in page.table(data, "target"))):
        for key, kind in (("dependencies", group), ("host-dependencies", "build"), ("build-dependencies", "build")):
            table = page.table(some, key)
            for name in table:
                wanted, line = _wanted(page, table, name)
                if name == "python" and wanted:
                    yield Runtime("python", wanted, page.path, line)
                elif name != "python":
                    yield Declared("conda", str(name), wanted, kind, page.path, line)
        table = page.table(some, "pypi-dependencies")
        for name in table:
            wanted, line = _wanted(page, table, name)
            yield Declared("python", canonicalize_name(str(name)), wanted, group, page.path, line)


def _wanted(page: Page, table: Table, name: str) -> tuple[str, int]:
    value = table[name]
    if isinstance(value, Word):
        return "" if value == "*" else str(value), value.line
    details = page.table(table, name)
    for key in ("version", "path", "git", "url"):
        if text := page.word(details, key):
            return ("" if text == "*" else str(text)) if key == "version" else f"{key} {text}", line_of(details)
    return "", line_of(details)
