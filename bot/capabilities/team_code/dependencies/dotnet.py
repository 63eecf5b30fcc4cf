"""NuGet: project files, central versions, and packages.lock.json.

MSBuild's conditions are not worked out: what holds under one says so. Its imports are not followed: a file that has some is named."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from bot.capabilities.team_code.dependencies.facts import Declared, Entry, Locked, Own, Runtime, Setting
from bot.capabilities.team_code.dependencies.markup import Element
from bot.capabilities.team_code.dependencies.page import Page
from bot.capabilities.team_code.dependencies.words import Word, line_of

REFERENCE = re.compile(r"\$\(([\w.]+)\)")
MAX_TURNS = 10
MAX_CHARS = 300
MAX_CONDITION_CHARS = 120
CONDITION = " (if "
CENTRAL, PROPERTY = "central version", "property"
MANAGED = "managed"


def read_project(page: Page) -> Iterator[Entry]:
    """*.csproj and its kin, Directory.Build.props and .targets, Directory.Packages.props."""
    stem, _, ending = page.path.rpartition("/")[2].rpartition(".")
    if ending.endswith("proj"):
        yield Own("dotnet", stem, "", page.path, 1)
    for group, condition in _groups(page, page.xml().children, ""):
        for element in group.children:
            only_if = _both(condition, element.attributes.get("Condition"))
            if group.tag == "PropertyGroup":
                yield from _property(page, element, only_if)
            elif group.tag == "ItemGroup":
                yield from _item(page, element, only_if)


def _groups(page: Page, elements: Iterable[Element], condition: str) -> Iterator[tuple[Element, str]]:
    """The groups, with what they depend on; those of a choice stand deeper."""
    for element in elements:
        only_if = _both(condition, element.attributes.get("Condition"))
        if element.tag in ("Choose", "When", "Otherwise"):
            yield from _groups(page, element.children, only_if or ("otherwise" if element.tag == "Otherwise" else ""))
        elif element.tag == "Import" and "Sdk" not in element.attributes:
            what = element.attributes.get("Project") or "something"
            page.wrong(f"line {element.line} imports {str(what)[:100]}, which is not followed")
        else:
            yield element, only_if


def _both(one: str, other: str | None) -> str:
    return " and ".join(" ".join(part.split()) for part in (one, other) if part)[:MAX_CONDITION_CHARS]


def _property(page: Page, element: Element, condition: str) -> Iterator[Entry]:
    if not element.text or element.children:
        return
    value = f"{element.text} (if {condition})" if condition else str(element.text)
    yield Setting(PROPERTY, element.tag.lower(), value, page.path, element.line)
    if element.tag in ("TargetFramework", "TargetFrameworks"):
        yield Runtime("dotnet", str(element.text)[:MAX_CHARS], page.path, element.text.line)


def _item(page: Page, element: Element, condition: str) -> Iterator[Entry]:
    given = element.attributes
    name = given.get("Include") or given.get("Update")
    if not name:
        return
    version = given.get("Version") or element.get("Version") or Word()
    if element.tag == "PackageVersion":
        for one in _names(name):
            value = f"{version} (if {condition})" if condition else str(version)
            yield Setting(CENTRAL, one.lower(), value, page.path, element.line)
            yield Declared("dotnet", one, value, MANAGED, page.path, element.line)
    elif element.tag in ("PackageReference", "GlobalPackageReference"):
        own = given.get("VersionOverride") or element.get("VersionOverride") or version
        if "Update" in given and not own:
            return
        private = given.get("PrivateAssets") or element.get("PrivateAssets") or ""
        for one in _names(name):
            group = "build" if private.lower() == "all" else ""
            group = ", ".join(filter(None, (group, f"if {condition}" if condition else "")))
            yield Declared("dotnet", one, str(own), group, page.path, element.line)


def _names(text: str) -> list[str]:
    return [one.strip() for one in text.split(";") if one.strip()]


def resolved(entries: Iterable[Entry]) -> Iterator[Entry]:
    """References without a version get the nearest central one, and properties their value; settings are used up."""
    settings: dict[tuple[str, str, str], Setting] = {}
    rest: list[Entry] = []
    for entry in entries:
        if isinstance(entry, Setting) and entry.kind in (CENTRAL, PROPERTY):
            folder = posixpath.dirname(entry.path)
            shared = posixpath.basename(entry.path).lower().startswith("directory.")
            key = (entry.kind, folder if shared else entry.path, entry.name)
            if key not in settings or CONDITION not in entry.value:  # what always holds goes before what may
                settings[key] = entry
        else:
            rest.append(entry)
    for entry in rest:
        if isinstance(entry, Declared) and entry.ecosystem == "dotnet":
            yield _with_version(entry, settings)
        elif isinstance(entry, Runtime) and entry.name == "dotnet":
            yield replace(entry, version=_filled(entry.version, entry.path, settings))
        else:
            yield entry


def _with_version(entry: Declared, settings: dict[tuple[str, str, str], Setting]) -> Declared:
    if entry.range:
        return replace(entry, range=_filled(entry.range, entry.path, settings))
    central = _nearest(CENTRAL, entry.name, entry.path, settings)
    if central is None or entry.group == MANAGED:
        return entry
    version = _filled(central.value, central.path, settings)
    return replace(entry, range=f"{version} (managed in {central.path}:{central.line})" if version else "")


def _nearest(kind: str, name: str, path: str, settings: dict[tuple[str, str, str], Setting]) -> Setting | None:
    """The file's own, else that of the nearest Directory.* file above: MSBuild takes in one of each."""
    if own := settings.get((kind, path, name.lower())):
        return own
    folder = posixpath.dirname(path)
    while True:
        if found := settings.get((kind, folder, name.lower())):
            return found
        if not folder:
            return None
        folder = posixpath.dirname(folder)


def _filled(text: str, path: str, settings: dict[tuple[str, str, str], Setting]) -> str:
    def value(found: re.Match[str]) -> str:
        setting = _nearest(PROPERTY, found[1], path, settings)
        return setting.value if setting else found[0]

    for _ in range(MAX_TURNS):
        filled = REFERENCE.sub(value, text)[:MAX_CHARS]
        if filled == text:
            break
        text = filled
    return text


def read_packages_lock(page: Page) -> Iterator[Entry]:
    """Each framework lists its packages; one version of a package is one fact, on the line that names it first."""
    frameworks = page.table(page.json(), "dependencies")
    found: dict[tuple[str, str], tuple[int, bool, str, list[str]]] = {}
    for framework in frameworks:
        packages = page.table(frameworks, framework)
        for name in packages:
            package = page.table(packages, name)
            kind, version = page.word(package, "type") or "", str(page.word(package, "resolved") or "")
            direct = kind == "Direct"
            line, known, note, where = found.get((name, version), (line_of(name), False, "", []))
            note = "workspace package" if kind == "Project" else note
            found[str(name), version] = (line, known or direct, note, [*where, str(framework)])
    for (name, version), (line, direct, note, where) in found.items():
        some = f"for {', '.join(where)}" if len(where) < len(frameworks) else ""
        yield Locked("dotnet", name, version, page.path, line, direct, "; ".join(filter(None, (note, some))))


def read_global_json(page: Page) -> Iterator[Entry]:
    if version := page.word(page.table(page.json(loose=True), "sdk"), "version"):
        yield Runtime("dotnet", f"SDK {version}", page.path, version.line)


def read_tools(page: Page) -> Iterator[Entry]:
    """.config/dotnet-tools.json: programs that a build runs, each in one version."""
    tools = page.table(page.json(), "tools")
    for name in tools:
        if version := page.word(page.table(tools, name), "version"):
            yield Locked("dotnet", str(name), str(version), page.path, line_of(name), True, "a tool")


def read_packages_config(page: Page) -> Iterator[Entry]:
    """The old form, of exact versions for all, transitive ones too."""
    for element in page.xml().all("package"):
        name, version = element.attributes.get("id"), element.attributes.get("version")
        if name and version:
            yield Locked("dotnet", str(name), str(version), page.path, element.line, None)
