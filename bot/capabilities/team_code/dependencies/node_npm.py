"""package-lock.json and npm-shrinkwrap.json: the tree of installed copies (versions 2 and 3), or of names (version 1)."""

from __future__ import annotations

from collections.abc import Iterator

from bot.capabilities.team_code.dependencies.facts import Entry, Locked
from bot.capabilities.team_code.dependencies.node_package import GROUPS
from bot.capabilities.team_code.dependencies.page import Page, Table
from bot.capabilities.team_code.dependencies.words import Word, line_of, without_credentials

FOLDER = "node_modules/"
MAX_FOLDERS = 50


def read_npm_lock(page: Page) -> Iterator[Entry]:
    data = page.json()
    if "packages" in data:
        yield from _by_place(page, page.table(data, "packages"))
    else:
        yield from _by_name(page, page.table(data, "dependencies"))


def _by_place(page: Page, packages: Table) -> Iterator[Entry]:
    asked = set(_asked_places(page, packages))
    for place in packages:
        package = page.table(packages, place)
        above, folder, folder_name = place.rpartition(FOLDER)
        if not folder:
            continue  # the root and its members: what stands in node_modules/ links to them
        name = page.word(package, "name") or folder_name
        notes = [f"in {above.removesuffix('/')}"] if above else []
        if package.get("link") is True:
            target = page.word(package, "resolved") or ""
            package = page.table(packages, target)
            notes.append(f"path {target}" if target.startswith("..") else "workspace package")
        elif git := _git(page, package):
            notes.append(git)
        alias = folder_name if name != folder_name else ""
        if alias:
            notes.append(f"installed as {alias}")
        version = page.word(package, "version") or ""
        yield Locked("node", str(name), version, page.path, line_of(place), place in asked, "; ".join(notes), alias)


def _asked_places(page: Page, packages: Table) -> Iterator[str]:
    """Where the root and its members find what they ask for: their own node_modules, else that of a folder above."""
    for importer in packages:
        if FOLDER in importer or importer.count("/") > MAX_FOLDERS:
            continue
        package = page.table(packages, importer)
        names = {name for section in GROUPS for name in page.table(package, section)}
        for name in names:
            here = importer
            while (place := f"{here}/{FOLDER}{name}".lstrip("/")) not in packages and here:
                here = here.rpartition("/")[0]
            yield place


def _git(page: Page, package: Table) -> str:
    resolved = page.word(package, "resolved") or page.word(package, "version") or ""
    url, mark, commit = resolved.partition("#")
    return f"{without_credentials(url)} at {commit}" if mark and url.startswith("git") else ""


def _by_name(page: Page, dependencies: Table) -> Iterator[Entry]:
    waiting: list[tuple[Table, str]] = [(dependencies, "")]
    while waiting:
        table, above = waiting.pop()
        for name in table:
            package = page.table(table, name)
            version = page.word(package, "version") or Word()
            yield _named(page, name, version, above, package)
            inner = page.table(package, "dependencies")
            if inner:
                waiting.append((inner, f"{above}/{FOLDER}{name}".lstrip("/")))


def _named(page: Page, name: str, version: Word, above: str, package: Table) -> Locked:
    notes = [f"in {above}"] if above else []
    text, real, alias = str(version), str(name), ""
    if text.startswith("npm:"):
        real, _, text = text.removeprefix("npm:").rpartition("@")
        alias = str(name)
        notes.append(f"installed as {alias}")
    elif text.startswith("file:"):
        notes.append(f"path {text.removeprefix('file:')}")
    elif git := _git(page, package):
        notes.append(git)
        text = text.partition("#")[2]
    direct = False if above else page.asks(name)
    return Locked("node", real, text, page.path, line_of(name), direct, "; ".join(notes), alias)
