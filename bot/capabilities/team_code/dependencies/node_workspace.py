"""What one file settles for all packages of a workspace: catalogs of ranges, asked for as `catalog:` or `catalog:name`, and overrides.

pnpm-workspace.yaml and .yarnrc.yml have them, and package.json for npm, Yarn 1 and Bun.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from bot.capabilities.team_code.dependencies.facts import OVERRIDE, Declared, Entry, Setting
from bot.capabilities.team_code.dependencies.page import Page, Table
from bot.capabilities.team_code.dependencies.words import Word, line_of, without_credentials

CATALOG = "catalog"
PREFIX = "catalog:"
VERSION_BEHIND = re.compile(r"(?<=[^/])@[^/@]*$")
MOST_NESTED = 10


def read_workspace(page: Page) -> Iterator[Entry]:
    for data in page.yaml():
        yield from catalogs(page, data)
        yield from overrides(page, page.table(data, "overrides"))


def catalogs(page: Page, data: Table) -> Iterator[Entry]:
    named = page.table(data, "catalogs")
    for title, table in (("", page.table(data, "catalog")), *((one, page.table(named, one)) for one in named)):
        for name in table:
            if wanted := page.word(table, name):
                catalog = "" if title == "default" else title
                yield Setting(CATALOG, f"{catalog}:{name}", str(wanted), page.path, line_of(name))


def overrides(page: Page, table: Table, above: str = "", depth: int = 0) -> Iterator[Entry]:
    """`foo`, `foo@1`, `parent>foo`, `**/foo` to a range; npm nests what holds below a package, and calls that itself `.`."""
    for key, value in table.items():
        name = above if key == "." else _overridden(key)
        if isinstance(value, Word) and value and name:
            yield Declared("node", name, without_credentials(value), OVERRIDE, page.path, line_of(key))
        elif isinstance(value, dict) and depth < MOST_NESTED:
            yield from overrides(page, value, name, depth + 1)


def _overridden(key: str) -> str:
    parts = VERSION_BEHIND.sub("", key.rpartition(">")[2].strip()).split("/")
    return "/".join(parts[-2:] if len(parts) > 1 and parts[-2].startswith("@") else parts[-1:])


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
