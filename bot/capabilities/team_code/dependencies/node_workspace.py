"""pnpm-workspace.yaml: ranges that are kept in one place, and asked for as `catalog:` or `catalog:name`."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from dataclasses import replace

from bot.capabilities.team_code.dependencies.facts import Declared, Entry, Setting
from bot.capabilities.team_code.dependencies.page import Page
from bot.capabilities.team_code.dependencies.words import line_of

CATALOG = "catalog"
PREFIX = "catalog:"


def read_pnpm_workspace(page: Page) -> Iterator[Entry]:
    for data in page.yaml():
        named = page.table(data, "catalogs")
        for title, table in (("", page.table(data, "catalog")), *((one, page.table(named, one)) for one in named)):
            for name in table:
                if wanted := page.word(table, name):
                    catalog = "" if title == "default" else title
                    yield Setting(CATALOG, f"{catalog}:{name}", str(wanted), page.path, line_of(name))


def resolved(entries: Iterable[Entry]) -> Iterator[Entry]:
    """What is asked for by catalog gets the range of the nearest workspace above."""
    catalogs: dict[tuple[str, str], Setting] = {}
    rest: list[Entry] = []
    for entry in entries:
        if isinstance(entry, Setting) and entry.kind == CATALOG:
            catalogs[posixpath.dirname(entry.path), entry.name] = entry
        else:
            rest.append(entry)
    for entry in rest:
        if isinstance(entry, Declared) and entry.ecosystem == "node" and entry.range.startswith(PREFIX):
            entry = _with_range(entry, catalogs)
        yield entry


def _with_range(entry: Declared, catalogs: dict[tuple[str, str], Setting]) -> Declared:
    title = entry.range.removeprefix(PREFIX).strip()
    key = f"{'' if title == 'default' else title}:{entry.name}"
    folder = posixpath.dirname(entry.path)
    while (folder, key) not in catalogs and folder:
        folder = posixpath.dirname(folder)
    found = catalogs.get((folder, key))
    return replace(entry, range=f"{found.value} (catalog in {found.path}:{found.line})") if found else entry
