"""pyproject.toml: what `[project]`, `[build-system]` and `[dependency-groups]` take
(https://packaging.python.org/en/latest/specifications/pyproject-toml/).
What is missing may stand elsewhere. What stands in `[tool]` is held against the schemas that the tools' people publish, as
validate-pyproject-schema-store brings them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from validate_pyproject_schema_store import schema as schema_store

from bot.capabilities.checks.verdicts import Finding
from storage.checks.formats import nodes
from storage.checks.formats.yaml import schemas

HELD = "pyproject.toml"
FEW = 8
"""Schemas of tools that are kept read."""

TABLES = frozenset(["project", "build-system", "tool", "dependency-groups"])
TEXT, TABLE, TEXTS = "a text", "a table", "an array of texts"
KINDS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("name", "version", "description", "requires-python"), (TEXT,)),
    **dict.fromkeys(("readme", "license"), (TEXT, TABLE)),
    "license-files": (TEXTS, TABLE),
    **dict.fromkeys(("authors", "maintainers"), ("an array of tables",)),
    **dict.fromkeys(
        ("keywords", "classifiers", "dependencies", "dynamic", "import-names", "import-namespaces"), (TEXTS,)
    ),
    **dict.fromkeys(("urls", "scripts", "gui-scripts", "entry-points", "optional-dependencies"), (TABLE,)),
}
BUILD: Mapping[str, tuple[str, ...]] = {"requires": (TEXTS,), "build-backend": (TEXT,), "backend-path": (TEXTS,)}
MEANT = {
    "python_requires": "requires-python", "python-requires": "requires-python", "python": "requires-python",
    "install_requires": "dependencies",
    "requires": "dependencies", "extras_require": "optional-dependencies", "extras": "optional-dependencies",
    "dev-dependencies": "optional-dependencies", "author": "authors", "maintainer": "maintainers", "url": "urls", "homepage": "urls",
    "repository": "urls", "long_description": "readme", "entry_points": "entry-points", "license-file": "license-files",
}  # fmt: skip
NAME = re.compile(r"[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?", re.ASCII)
"""https://packaging.python.org/en/latest/specifications/name-normalization/#name-format"""

OF_OTHERS = frozenset(["channels", "platforms", "id", "licenses"])
"""Of a `[project]` that is Pixi's or a buildpack's."""


def is_one(document: Mapping[str, Any], path: str | None) -> bool:
    project = document.get("project")
    if path:
        return path.rpartition("/")[2] == "pyproject.toml"
    return isinstance(project, dict) and set(document) <= TABLES and not OF_OTHERS & set(project)


def read(document: Mapping[str, Any], code: str) -> Iterator[Finding]:
    place = Place(code)
    for table, kinds in (("project", KINDS), ("build-system", BUILD)):
        told = document.get(table)
        for key, value in told.items() if isinstance(told, dict) else ():
            line = place.line(table, key)
            if key not in kinds:
                near = (
                    f"; did you mean `{MEANT[key]}`?" if key in MEANT and table == "project" else nodes.near(key, kinds)
                )
                yield Finding(line, "name", f"`[{table}]` has no `{key[:40]}`{near}")
            elif not any(_is(value, kind) for kind in kinds[key]):
                yield Finding(line, "argument", f"`{key}` is {' or '.join(kinds[key])}")
    project = document.get("project")
    if isinstance(project, dict):
        yield from _project(project, place)
    yield from _tools(document.get("tool"), place)
    groups = document.get("dependency-groups")
    for name, group in groups.items() if isinstance(groups, dict) else ():
        yield from _requirements(group, "dependency-groups", name, place)


@lru_cache(maxsize=FEW)
def _tool(name: str) -> Any:
    """What holds a table against the tool's schema; None where nobody publishes one."""
    return schemas.validator(schema_store.get_schema(name)) if name in schema_store.get_tools() else None


def _tools(tools: Any, place: Place) -> Iterator[Finding]:
    for name, told in tools.items() if isinstance(tools, dict) else ():
        table = f"tool.{name}"

        def line(path: list[Any], word: str, table: str = table) -> int:
            words = [*(one for one in path if isinstance(one, str)), *([word] if word else [])]
            return place.line(".".join([table, *words[:-1]]), words[-1]) if words else 0

        if isinstance(told, dict) and (by := _tool(name)):
            yield from schemas.held(told, by, f"`[{table}]`", line, is_sure=False)


def _project(project: Mapping[str, Any], place: Place) -> Iterator[Finding]:
    yield from _requirements(project.get("dependencies", []), "project", "dependencies", place, is_told=True)
    optional = project.get("optional-dependencies")
    for name, group in optional.items() if isinstance(optional, dict) else ():
        yield from _requirements(group, "project.optional-dependencies", name, place)
    name = project.get("name")
    if isinstance(name, str) and name and not NAME.fullmatch(name) and "{" not in name:
        yield Finding(place.line("project", "name"), "argument", f"`{name[:40]}` is no name of a package")
    wanted = project.get("requires-python")
    if isinstance(wanted, str):
        try:
            SpecifierSet(wanted)
        except InvalidSpecifier:
            yield Finding(
                place.line("project", "requires-python"),
                "argument",
                f"`{wanted[:40]}` is no range of versions, as >=3.11",
            )
    for key in ("authors", "maintainers"):
        people = project.get(key)
        for one in people if isinstance(people, list) else ():
            for word in set(one) - {"name", "email"} if isinstance(one, dict) else ():
                yield Finding(
                    place.line("project", key, word), "name", f"a person has `name` and `email`, no `{word[:40]}`"
                )
    for key in ("urls", "scripts", "gui-scripts"):
        told = project.get(key)
        for word, value in told.items() if isinstance(told, dict) else ():
            if not isinstance(value, str):
                yield Finding(place.line(f"project.{key}", word), "argument", f"`{word[:40]}` in `{key}` is a text")
    dynamic = project.get("dynamic")
    for one in dynamic if isinstance(dynamic, list) and _is(dynamic, TEXTS) else ():
        if one not in KINDS or one in ("name", "dynamic"):
            yield Finding(
                place.line("project", "dynamic", one),
                "argument",
                f"`{one[:40]}` cannot be dynamic{nodes.near(one, KINDS)}",
            )
        elif one in project and one not in ("import-names", "import-namespaces"):
            yield Finding(place.line("project", "dynamic", one), "argument", f"`{one}` is told and dynamic at once")


def _requirements(told: Any, table: str, key: str, place: Place, *, is_told: bool = False) -> Iterator[Finding]:
    if not isinstance(told, list):
        if not is_told:
            yield Finding(place.line(table, key), "argument", f"`{key[:40]}` is an array of requirements")
        return
    for one in told:
        try:
            Requirement(one) if isinstance(one, str) and "{" not in one else None
        except InvalidRequirement:
            yield Finding(
                place.line(table, key, one), "argument", f"`{one[:60]}` is no requirement of Python's (PEP 508)"
            )


def _is(value: Any, kind: str) -> bool:
    if kind == TEXT:
        return isinstance(value, str)
    if kind == TABLE:
        return isinstance(value, dict)
    inner = str if kind == TEXTS else dict
    return isinstance(value, list) and all(isinstance(one, inner) for one in value)


class Place:
    def __init__(self, code: str) -> None:
        self._code = code

    def line(self, table: str, key: str, value: str = "") -> int:
        """Of the key in its table, or of the value behind it; of the table where the key is written some other way."""
        word = rf"[\"']?{re.escape(key)}[\"']?"
        head = re.compile(rf"^[ \t]*\[\[?[ \t]*{re.escape(table)}[ \t]*\]", re.MULTILINE)
        inner = re.compile(rf"^[ \t]*\[\[?[ \t]*{re.escape(table)}\.{word}", re.MULTILINE)
        if "." in table and not head.search(self._code):
            return self.line(*table.rpartition(".")[::2], value=key)
        start = found.end() if (found := head.search(self._code)) else 0
        at = (
            re.compile(rf"^[ \t]*{word}[ \t]*[.=]", re.MULTILINE).search(self._code, start)
            or inner.search(self._code)
            or found
        )
        place = at.start() if at else 0
        if value and at and (there := self._code.find(value, at.end())) >= 0:
            place = there
        while place < len(self._code) and self._code[place] in " \t\n" and at:
            place += 1
        return self._code.count("\n", 0, place) + 1
