"""package.json: what npm, pnpm, Yarn and Bun are asked for."""

from __future__ import annotations

from collections.abc import Iterator

from bot.capabilities.team_code.dependencies.facts import Declared, Entry, Member, Runtime
from bot.capabilities.team_code.dependencies.node_workspace import catalogs, overrides
from bot.capabilities.team_code.dependencies.page import Page, Table
from bot.capabilities.team_code.dependencies.words import Word, line_of, without_credentials

GROUPS = {
    "dependencies": "",
    "devDependencies": "dev",
    "peerDependencies": "peer",
    "optionalDependencies": "optional",
}
RUNTIMES = ("node", "npm", "pnpm", "yarn", "bun")


def read_package_json(page: Page) -> Iterator[Entry]:
    data = page.json()
    yield from page.own(data)
    for section, group in GROUPS.items():
        asks = page.table(data, section)
        for name in asks:
            if (wanted := page.word(asks, name)) is not None:
                alias = _real(wanted)
                yield Declared("node", str(name), without_credentials(wanted), group, page.path, line_of(name), alias)
    for table in (page.table(data, "overrides"), page.table(data, "resolutions"), _in(page, data, "pnpm", "overrides")):
        yield from overrides(page, table)
    for holder in (data, _in(page, data, "workspaces")):
        yield from catalogs(page, holder)
    yield from _members(page, data)
    for key in ("engines", "volta"):
        wants = page.table(data, key)
        for name in wants:
            if name in RUNTIMES and (version := page.word(wants, name)):
                yield Runtime(str(name), str(version), page.path, version.line)
    if manager := page.word(data, "packageManager"):
        tool, _, exact = manager.partition("@")
        if tool in RUNTIMES and exact:
            yield Runtime(tool, exact.partition("+")[0], page.path, manager.line)


def _real(wanted: str) -> str:
    """`npm:lodash@^4.17.0` under another name asks for lodash."""
    return wanted.removeprefix("npm:").rpartition("@")[0] if wanted.startswith("npm:") and wanted.rfind("@") > 4 else ""


def _in(page: Page, data: Table, *keys: str) -> Table:
    """A table that need not be one: `workspaces` may be a list."""
    return page.table(data, *keys) if isinstance(data.get(keys[0]), dict) else {}


def _members(page: Page, data: Table) -> Iterator[Entry]:
    """A list of patterns, or in Yarn 1 also a table that holds one."""
    holder, key = data, "workspaces"
    if isinstance(data.get(key), dict):
        holder, key = page.table(data, key), "packages"
    for pattern in page.items(holder, key):
        if isinstance(pattern, Word):
            yield Member(str(pattern), page.path, pattern.line)
