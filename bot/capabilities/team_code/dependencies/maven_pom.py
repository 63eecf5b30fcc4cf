"""pom.xml, one by one: what it says itself. `maven` puts the projects of a repository together."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import replace

from bot.capabilities.team_code.dependencies.facts import Coordinates, Entry, Project
from bot.capabilities.team_code.dependencies.markup import Element
from bot.capabilities.team_code.dependencies.page import Page
from bot.capabilities.team_code.dependencies.words import Malformed, Word, line_of, word

PLUGINS = "org.apache.maven.plugins"
"""The group of a plugin that names none."""


def read_pom(page: Page) -> Iterator[Entry]:
    root = page.xml()
    if root.tag != "project":
        raise Malformed("not a Maven project")
    parent = _parent(page, root)
    group = root.get("groupId") or (parent[0].partition(":")[0] if parent else "")
    version = root.get("version") or word(parent[1] if parent else "", parent[3] if parent else 1)
    properties = {
        child.tag: child.text
        for profile in (*root.all("profiles", "profile"), root)
        for table in profile.all("properties")
        for child in table.children
    }
    for name, value in (("version", version), ("groupId", group), ("artifactId", root.get("artifactId") or "")):
        properties[f"project.{name}"] = value if isinstance(value, Word) else word(value, 1)
    properties |= {f"pom.{name}": properties[f"project.{name}"] for name in ("version", "groupId", "artifactId")}
    if parent:
        properties["project.parent.version"] = word(parent[1], parent[3])
        properties["project.parent.groupId"] = word(parent[0].partition(":")[0], parent[3])
    places = (root, *root.all("profiles", "profile"))
    yield Project(
        page.path,
        root.line,
        str(group),
        str(root.get("artifactId") or ""),
        parent,
        properties,
        tuple(one for place in places for one in _managed(place)),
        tuple(one for place in places for one in _asked(place)),
    )


def _parent(page: Page, root: Element) -> tuple[str, str, str, int] | None:
    for element in root.all("parent"):
        name = f"{element.get('groupId') or ''}:{element.get('artifactId') or ''}"
        given = next((one.text for one in element.all("relativePath")), "../pom.xml")
        place = posixpath.normpath(posixpath.join(page.directory, given)) if given else ""
        if place and not place.endswith(".xml"):
            place = posixpath.normpath(f"{place}/pom.xml")
        return name, str(element.get("version") or ""), place, line_of(element.get("artifactId") or [])
    return None


def _managed(place: Element) -> Iterator[Coordinates]:
    for element in place.all("dependencyManagement", "dependencies", "dependency"):
        is_bom = element.get("scope") == "import"
        yield _coordinates(element, "bom" if is_bom else "")
    for element in place.all("build", "pluginManagement", "plugins", "plugin"):
        yield _coordinates(element, "plugin")


def _asked(place: Element) -> Iterator[Coordinates]:
    for element in place.all("dependencies", "dependency"):
        yield _coordinates(element, "")
    for element in (*place.all("build", "plugins", "plugin"), *place.all("build", "extensions", "extension")):
        yield _coordinates(element, "plugin")
        yield from _of_plugin(element)
    for element in place.all("reporting", "plugins", "plugin"):
        yield _coordinates(element, "plugin")
    for element in place.all("build", "pluginManagement", "plugins", "plugin"):
        yield from _of_plugin(element)


def _of_plugin(plugin: Element) -> Iterator[Coordinates]:
    """What a plugin runs with: its own dependencies, and processors of annotations."""
    places = (plugin, *plugin.all("executions", "execution"))
    processors = [one for place in places for one in place.all("configuration", "annotationProcessorPaths", "path")]
    for element in (*plugin.all("dependencies", "dependency"), *processors):
        yield replace(_coordinates(element, ""), scope="build")


def _coordinates(element: Element, kind: str) -> Coordinates:
    group = element.get("groupId") or (PLUGINS if kind == "plugin" else "")
    artifact = element.get("artifactId")
    scope = "optional" if element.get("optional") == "true" else str(element.get("scope") or "")
    line = artifact.line if artifact else element.line
    return Coordinates(f"{group}:{artifact or ''}", str(element.get("version") or ""), scope, line, kind)
