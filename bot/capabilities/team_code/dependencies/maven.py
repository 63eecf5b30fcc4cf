"""The Maven projects of one repository together: versions come from properties, from parents, and from what those manage.

What stands outside the repository (a published parent, an imported list of versions) is named, and never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from bot.capabilities.team_code.dependencies.facts import Coordinates, Declared, Entry, Own, Project, Runtime
from bot.capabilities.team_code.dependencies.words import line_of

REFERENCE = re.compile(r"\$\{([^${}]+)\}")
MAX_PARENTS = 20
MAX_TURNS = 10
MAX_IMPORTS = 3
MOST_SOURCES = 3
MAX_CHARS = 300
GROUPS = {"": "", "compile": "", "runtime": "", "test": "dev", "provided": "provided", "import": "bom"}
JAVA = ("maven.compiler.release", "maven.compiler.target", "java.version", "maven.compiler.source")


def resolved(entries: Iterable[Entry]) -> Iterator[Entry]:
    """What the projects ask for, in their place; all other entries as they are."""
    projects: list[Project] = []
    for entry in entries:
        if isinstance(entry, Project):
            projects.append(entry)
        else:
            yield entry
    by_path = {project.path: project for project in projects}
    by_name = {f"{project.group}:{project.artifact}": project for project in projects}
    for project in projects:
        yield from _Family(_line(project, by_path, by_name), by_path, by_name).facts()


def _line(project: Project, by_path: Mapping[str, Project], by_name: Mapping[str, Project]) -> list[Project]:
    """The project and its parents, the nearest first; a circle ends."""
    line = [project]
    while line[-1].parent and len(line) < MAX_PARENTS:
        name, _, place, _ = line[-1].parent
        beside = by_path.get(place)
        above = beside if beside and f"{beside.group}:{beside.artifact}" == name else by_name.get(name)
        if above is None or above in line:
            break
        line.append(above)
    return line


class _Family:
    """A project with its parents; `depth` counts the lists of versions that were imported on the way here."""

    def __init__(
        self, line: list[Project], by_path: Mapping[str, Project], by_name: Mapping[str, Project], depth: int = 0
    ) -> None:
        self._line = line
        self._properties = {name: value for one in reversed(line) for name, value in one.properties.items()}
        self.managed: dict[tuple[str, bool], tuple[str, str, str, int]] = {}
        """By name and whether it is a plugin: version, scope, and where that is written."""
        self._lists: list[str] = []
        imported: list[Project] = []
        for one in line:
            for managed in one.managed:
                name = self._filled(managed.name)
                if managed.kind != "bom":
                    place = (self._filled(managed.version), managed.scope, one.path, managed.line)
                    self.managed.setdefault((name, managed.kind == "plugin"), place)
                elif name in by_name and by_name[name] not in line and depth < MAX_IMPORTS:
                    imported.append(by_name[name])
                else:
                    self._lists.append(f"{name.rpartition(':')[2]}:{self._filled(managed.version)}")
        for one in imported:
            family = _Family(_line(one, by_path, by_name), by_path, by_name, depth + 1)
            self.managed = family.managed | self.managed
            self._lists += family._lists

    def facts(self) -> Iterator[Entry]:
        project = self._line[0]
        if project.artifact:
            own = self._filled(str(project.properties.get("project.version", "")))
            yield Own("java", self._filled(f"{project.group}:{project.artifact}"), own, project.path, project.line)
        if project.parent:
            name, version, _, line = project.parent
            if len(self._line) == 1 and name != ":":
                yield Declared("java", name, self._filled(version), "parent", project.path, line)
        for managed in project.managed:
            group = "bom" if managed.kind == "bom" else "managed plugin" if managed.kind == "plugin" else "managed"
            yield self._declared(managed, self._filled(managed.version), group)
        for asked in project.asked:
            yield self._asked(asked)
        for name in JAVA:
            if (value := project.properties.get(name)) and (version := self._filled(value)):
                yield Runtime("java", version, project.path, line_of(value))
                break

    def _asked(self, asked: Coordinates) -> Declared:
        name, is_plugin = self._filled(asked.name), asked.kind == "plugin"
        version, scope, path, line = self.managed.get((name, is_plugin), ("", "", "", 0))
        scope = asked.scope or scope
        group = "plugin" if is_plugin else GROUPS.get(scope, scope)
        if asked.version:
            return self._declared(asked, self._filled(asked.version), group)
        if version:
            where = "" if path == self._line[0].path else f" (managed in {path}:{line})"
            return self._declared(asked, version + where, group)
        return self._declared(asked, self._elsewhere(is_plugin=is_plugin), group)

    def _elsewhere(self, *, is_plugin: bool) -> str:
        """Where a version that is in none of the repository's files comes from."""
        parent = self._line[-1].parent
        sources = [f"{parent[0].rpartition(':')[2]}:{self._filled(parent[1])}"] if parent else []
        sources += [] if is_plugin else dict.fromkeys(self._lists)
        more = f" or {len(sources) - MOST_SOURCES} more" if len(sources) > MOST_SOURCES else ""
        if sources:
            return f"(managed outside the repository, by {' or '.join(sources[:MOST_SOURCES])}{more})"
        return "(no version in the repository)"

    def _declared(self, one: Coordinates, version: str, group: str) -> Declared:
        return Declared("java", self._filled(one.name), version, group, self._line[0].path, one.line)

    def _filled(self, text: str) -> str:
        """A reference that nothing here defines stays as it is written."""
        for _ in range(MAX_TURNS):
            filled = REFERENCE.sub(lambda found: str(self._properties.get(found[1], found[0])), text)[:MAX_CHARS]
            if filled == text:
                break
            text = filled
        return text
