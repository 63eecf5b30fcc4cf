"""pyproject.toml: what PEP 621, PEP 735 and the tables of Poetry, uv, PDM and Hatch ask for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from packaging.utils import canonicalize_name

from bot.capabilities.team_code.dependencies.facts import OVERRIDE, Declared, Entry, Runtime
from bot.capabilities.team_code.dependencies.page import Page, Table
from bot.capabilities.team_code.dependencies.pixi import pixi
from bot.capabilities.team_code.dependencies.python_asks import declared
from bot.capabilities.team_code.dependencies.words import Word, line_of, without_credentials

MAX_GROUPS = 200


def read_pyproject(page: Page) -> Iterator[Entry]:
    data = page.toml()
    project = page.table(data, "project")
    if wanted := page.word(project, "requires-python"):
        yield Runtime("python", wanted, page.path, wanted.line)
    tool = page.table(data, "tool")
    yield from page.own(project)
    yield from page.own(page.table(tool, "poetry"))
    for entry in _asked(page, data, project, tool):
        yield _from_source(page, entry, page.table(page.table(tool, "uv"), "sources"))


def _asked(page: Page, data: Table, project: Table, tool: Table) -> Iterator[Entry]:
    yield from _listed(page, project, "dependencies", "")
    extras = page.table(project, "optional-dependencies")
    for extra in extras:
        yield from _listed(page, extras, extra, extra)
    yield from _listed(page, page.table(data, "build-system"), "requires", "build")
    yield from _groups(page, page.table(data, "dependency-groups"))
    uv = page.table(tool, "uv")
    yield from _listed(page, uv, "dev-dependencies", "dev")
    yield from _listed(page, uv, "override-dependencies", OVERRIDE)
    for key in ("constraint-dependencies", "build-constraint-dependencies"):
        yield from _listed(page, uv, key, "constraint")
    pdm = page.table(tool, "pdm", "dev-dependencies")
    for group in pdm:
        yield from _listed(page, pdm, group, group)
    yield from poetry_table(page, page.table(tool, "pdm", "resolution", "overrides"), OVERRIDE)
    environments = page.table(tool, "hatch", "envs")
    for one in environments:
        for key in ("dependencies", "extra-dependencies"):
            yield from _listed(page, page.table(environments, one), key, f"hatch {one}")
    yield from pixi(page, page.table(tool, "pixi"))
    yield from _poetry(page, page.table(tool, "poetry"))


def _from_source(page: Page, entry: Entry, sources: Table) -> Entry:
    """uv takes some packages from elsewhere than their index; of several places, each under its condition, only that they are."""
    if not isinstance(entry, Declared) or entry.ecosystem != "python":
        return entry
    name = next((one for one in sources if canonicalize_name(one) == entry.name), "")
    if not name:
        return entry
    tables = list(page.tables(sources, name)) if isinstance(sources[name], list) else [page.table(sources, name)]
    places = [place for table in tables if (place := _place(page, table))]
    more = f" or {len(places) - 1} more" if len(places) > 1 else ""
    return replace(entry, range=f"{entry.range} (from {places[0]}{more})".strip()) if places else entry


def _place(page: Page, table: Table) -> str:
    if table.get("workspace") == "true":
        return "path of the workspace"
    for kind in ("git", "url", "path"):
        if place := page.word(table, kind):
            at = next((f"@{ref}" for key in ("rev", "tag", "branch") if (ref := page.word(table, key))), "")
            return f"{kind} {without_credentials(place)}{at}"
    return ""


def _listed(page: Page, table: Table, key: str, group: str) -> Iterator[Entry]:
    for text in page.words(table, key):
        if asks := declared(page, text, text.line, group):
            yield asks


def _groups(page: Page, groups: Table) -> Iterator[Entry]:
    """PEP 735: a group that takes another in asks for what that one asks for."""
    if len(groups) > MAX_GROUPS:
        page.wrong(f"more than {MAX_GROUPS} dependency groups")
        return
    by_name = {canonicalize_name(name): name for name in groups}
    for group in groups:
        waiting, seen = [group], {group}
        while waiting:
            name = waiting.pop()
            for item in page.items(groups, name):
                if isinstance(item, Word):
                    if asks := declared(page, item, item.line, group):
                        yield asks
                    continue
                other = page.word(page.table({"an include": item}, "an include"), "include-group") or ""
                inner = by_name.get(canonicalize_name(other), "")
                if not inner:
                    page.wrong("a group includes one that is not there")
                elif inner not in seen:
                    seen.add(inner)
                    waiting.append(inner)


def _poetry(page: Page, poetry: Table) -> Iterator[Entry]:
    yield from poetry_table(page, page.table(poetry, "dependencies"), "")
    yield from poetry_table(page, page.table(poetry, "dev-dependencies"), "dev")
    groups = page.table(poetry, "group")
    for group in groups:
        yield from poetry_table(page, page.table(groups, group, "dependencies"), group)


def poetry_table(page: Page, table: Table, group: str) -> Iterator[Entry]:
    """Name to range, or to a table of details, or to several of them; Pipfile has the same form."""
    for name, value in table.items():
        for wanted in value if isinstance(value, list) else [value]:
            if not isinstance(wanted, Word | dict):
                page.wrong(f"{name[:40]} is neither text nor a table")
                continue
            line = line_of(wanted)
            text = wanted if isinstance(wanted, Word) else _details(page, wanted)
            optional = isinstance(wanted, dict) and wanted.get("optional") == "true"
            if name.lower() == "python":
                yield Runtime("python", text, page.path, line)
            else:
                asked_for = group or ("optional" if optional else "")
                yield Declared("python", canonicalize_name(name), text, asked_for, page.path, line)


def _details(page: Page, table: Table) -> str:
    """`{version = "^2", extras = ["socks"]}` in the words of PEP 508 where it has them."""
    extras = ",".join(page.words(table, "extras"))
    parts = [f"[{extras}]" if extras else "", page.word(table, "version") or ""]
    for kind in ("git", "url", "path", "file"):
        if place := page.word(table, kind):
            at = next((f"@{ref}" for key in ("rev", "tag", "branch", "ref") if (ref := page.word(table, key))), "")
            parts.append(f"@ {'git+' if kind == 'git' else ''}{without_credentials(place)}{at}")
    text = "".join(parts)
    if marker := page.word(table, "markers"):
        text += f"; {marker}"
    if python := page.word(table, "python"):
        text += f"; python {python}"
    return text
