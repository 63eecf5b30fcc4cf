"""pyproject.toml: what PEP 621, PEP 735 and Poetry's own tables ask for."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.utils import canonicalize_name

from bot.capabilities.team_code.dependencies.facts import Declared, Entry, Runtime
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
    yield from _listed(page, project, "dependencies", "")
    extras = page.table(project, "optional-dependencies")
    for extra in extras:
        yield from _listed(page, extras, extra, extra)
    yield from _listed(page, page.table(data, "build-system"), "requires", "build")
    yield from _groups(page, page.table(data, "dependency-groups"))
    tool = page.table(data, "tool")
    yield from _listed(page, page.table(tool, "uv"), "dev-dependencies", "dev")
    pdm = page.table(tool, "pdm", "dev-dependencies")
    for group in pdm:
        yield from _listed(page, pdm, group, group)
    yield from pixi(page, page.table(tool, "pixi"))
    yield from _poetry(page, page.table(tool, "poetry"))


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
