"""NuGet: project files, central versions, and packages.lock.json.

MSBuild's conditions are not worked out: what holds under one says so. Imports are followed where a file of the repository is
named in so many words, or as one that stands above; any other is said not to be read.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from bot.capabilities.team_code.dependencies.facts import Declared, Entry, Locked, Own, Problem, Runtime, Setting
from bot.capabilities.team_code.dependencies.markup import Element
from bot.capabilities.team_code.dependencies.page import Page
from bot.capabilities.team_code.dependencies.words import Word, line_of

REFERENCE = re.compile(r"\$\(([\w.]+)\)")
MAX_TURNS = 10
MAX_CHARS = 300
MAX_CONDITION_CHARS = 120
CONDITION = " (if "
CENTRAL, PROPERTY, IMPORT = "central version", "property", "import"
ABOVE = re.compile(
    r"\$\(\[MSBuild\]::GetPathOfFileAbove\(\s*'?(?P<name>[\w.-]+)'?\s*(?:,\s*'?(?P<start>[^')]*(?:\(\w+\))?[^')]*)'?\s*)?\)\)$",
    re.IGNORECASE,
)
"""https://learn.microsoft.com/visualstudio/msbuild/property-functions#msbuild-getpathoffileabove"""

HERE = re.compile(r"\$\(MSBuildThisFileDirectory\)[\\/]?", re.IGNORECASE)
MOST_IMPORTS = 20
MANAGED = "managed"


def read_project(page: Page) -> Iterator[Entry]:
    """*.csproj and its kin, Directory.Build.props and .targets, Directory.Packages.props."""
    stem, _, ending = page.path.rpartition("/")[2].rpartition(".")
    if ending.endswith("proj"):
        yield Own("dotnet", stem, "", page.path, 1)
    root = page.xml()
    yield from _imports(page, root.all("Import"))
    for group, condition in _groups(root.children, ""):
        for element in group.children:
            only_if = _both(condition, element.attributes.get("Condition"))
            if group.tag == "PropertyGroup":
                yield from _property(page, element, only_if)
            elif group.tag == "ItemGroup":
                yield from _item(page, element, only_if)


def _groups(elements: Iterable[Element], condition: str) -> Iterator[tuple[Element, str]]:
    """The groups, with what they depend on; those of a choice stand deeper."""
    for element in elements:
        only_if = _both(condition, element.attributes.get("Condition"))
        if element.tag in ("Choose", "When", "Otherwise"):
            yield from _groups(element.children, only_if or ("otherwise" if element.tag == "Otherwise" else ""))
        elif element.tag == "Import":
            continue
        else:
            yield element, only_if


def _imports(page: Page, elements: Iterable[Element]) -> Iterator[Entry]:
    """`name` is "above" for a file that is looked for in the folders from there upwards."""
    for element in elements:
        what = str(element.attributes.get("Project") or "something")
        if "Sdk" in element.attributes:
            continue
        if found := ABOVE.match(what):
            start = HERE.sub("./", found["start"] or ".").replace("\\", "/")
            path = posixpath.normpath(posixpath.join(page.directory, start, found["name"]))
        else:
            path = posixpath.normpath(posixpath.join(page.directory, HERE.sub("./", what).replace("\\", "/")))
        if "$(" in path or "*" in path or path.startswith(("../", "/")) or path == "something":
            page.wrong(f"line {element.line} imports {what[:100]}, which is not followed")
        else:
            yield Setting(IMPORT, "above" if found else "", path, page.path, element.line)


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


def imports(entries: Iterable[Entry], paths: Collection[str]) -> tuple[dict[str, list[str]], list[Problem]]:
    """What each file takes in, of those that are there; and those that are not."""
    taken: dict[str, list[str]] = {}
    missing: list[Problem] = []
    for entry in entries:
        if not isinstance(entry, Setting) or entry.kind != IMPORT:
            continue
        target = _found_above(entry.value, paths) if entry.name == "above" else entry.value
        if target in paths:
            taken.setdefault(entry.path, []).append(target)
        elif not (entry.name == "above" and _is_shared(entry.value)):
            missing.append(Problem(entry.path, f"line {entry.line} imports {entry.value[:100]}, which was not read"))
    return taken, missing


def _found_above(path: str, paths: Collection[str]) -> str:
    folder, name = posixpath.split(path)
    while folder and posixpath.join(folder, name) not in paths:
        folder = posixpath.dirname(folder)
    return posixpath.join(folder, name)


def _is_shared(path: str) -> bool:
    return posixpath.basename(path).lower().startswith("directory.")


def resolved(entries: Iterable[Entry], taken: Mapping[str, Sequence[str]]) -> Iterator[Entry]:
    """References without a version get the nearest central one, and properties their value; settings are used up.

    `taken` are the files that others import.
    """
    settings = _Settings(taken)
    rest: list[Entry] = []
    for entry in entries:
        if isinstance(entry, Setting) and entry.kind in (CENTRAL, PROPERTY):
            settings.add(entry)
        elif not (isinstance(entry, Setting) and entry.kind == IMPORT):
            rest.append(entry)
    for entry in rest:
        if isinstance(entry, Declared) and entry.ecosystem == "dotnet":
            yield _with_version(entry, settings)
        elif isinstance(entry, Runtime) and entry.name == "dotnet":
            yield replace(entry, version=_filled(entry.version, entry.path, settings))
        else:
            yield entry


class _Settings:
    """Properties and central versions, by the file that says them."""

    def __init__(self, taken: Mapping[str, Sequence[str]]) -> None:
        self._taken = taken
        self._by_file: dict[tuple[str, str, str], Setting] = {}
        self._shared: dict[str, list[str]] = {}
        for path in taken:
            self._share(path)

    def add(self, one: Setting) -> None:
        key = (one.kind, one.path, one.name)
        if key not in self._by_file or CONDITION not in one.value:  # what always holds goes before what may
            self._by_file[key] = one
        self._share(one.path)

    def _share(self, path: str) -> None:
        files = self._shared.setdefault(posixpath.dirname(path), [])
        if _is_shared(path) and path not in files:
            files.append(path)

    def nearest(self, kind: str, name: str, path: str) -> Setting | None:
        """The file's own, what it takes in, else that of the nearest Directory.* file above: MSBuild takes in one of each."""
        folder = posixpath.dirname(path)
        found = self._in(kind, name, [path])
        while not (found := found or self._in(kind, name, self._shared.get(folder, []))) and folder:
            folder = posixpath.dirname(folder)
        return found

    def _in(self, kind: str, name: str, files: Sequence[str]) -> Setting | None:
        places = (self._by_file.get((kind, file, name.lower())) for file in self._with_imports(files))
        return next((found for found in places if found), None)

    def _with_imports(self, files: Sequence[str]) -> list[str]:
        out = list(files)
        for file in out:  # grows while it is read
            if len(out) < MOST_IMPORTS:
                out += [one for one in self._taken.get(file, ()) if one not in out]
        return out


def _with_version(entry: Declared, settings: _Settings) -> Declared:
    if entry.range:
        return replace(entry, range=_filled(entry.range, entry.path, settings))
    central = settings.nearest(CENTRAL, entry.name, entry.path)
    if central is None or entry.group == MANAGED:
        return entry
    version = _filled(central.value, central.path, settings)
    return replace(entry, range=f"{version} (managed in {central.path}:{central.line})" if version else "")


def _filled(text: str, path: str, settings: _Settings) -> str:
    def value(found: re.Match[str]) -> str:
        setting = settings.nearest(PROPERTY, found[1], path)
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
