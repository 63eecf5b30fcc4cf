"""pnpm-lock.yaml, in the forms 5, 6 and 9: they differ in how a key joins name, version and peers."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from bot.capabilities.team_code.dependencies.facts import Entry, Locked
from bot.capabilities.team_code.dependencies.page import Page, Table
from bot.capabilities.team_code.dependencies.words import Word, line_of, without_credentials

SECTIONS = ("dependencies", "devDependencies", "optionalDependencies")


def read_pnpm_lock(page: Page) -> Iterator[Entry]:
    for data in page.yaml():
        version = page.word(data, "lockfileVersion") or "9"
        yield from _document(page, data, slashes=version.startswith(("5", "4", "3")))


def _document(page: Page, data: Table, *, slashes: bool) -> Iterator[Entry]:
    importers = page.table(data, "importers") or {".": data}
    asked: set[tuple[str, str]] = set()
    linked: set[str] = set()
    aliases: dict[tuple[str, str], str] = {}
    for importer, name, version in _asks(page, importers):
        if version.startswith("link:"):
            target = posixpath.normpath(posixpath.join(importer, version.removeprefix("link:")))
            note = "workspace package" if target in importers else f"path {target}"
            if name not in linked:
                yield Locked("node", name, version, page.path, line_of(name), True, note)
            linked.add(name)
        else:
            real = _parted(version, slashes)
            asked |= {(name, _without_peers(version, slashes)), real}
            if real[0] and real[0] != name:
                aliases[real] = name
    yield from _packages(page, page.table(data, "packages"), asked, aliases, slashes)


def _asks(page: Page, importers: Table) -> Iterator[tuple[str, str, Word]]:
    for importer in importers:
        table = page.table(importers, importer)
        for section in SECTIONS:
            asks = page.table(table, section)
            for name, value in asks.items():
                version = value if isinstance(value, Word) else page.word(page.table(asks, name), "version")
                if version:
                    yield importer, name, version


def _packages(
    page: Page, packages: Table, asked: set[tuple[str, str]], aliases: dict[tuple[str, str], str], slashes: bool
) -> Iterator[Entry]:
    """Form 5 and 6 list a package once for each set of peers; it is one package all the same."""
    seen: set[tuple[str, str]] = set()
    for key in packages:
        name, version = _parted(key, slashes)
        if (name, version) in seen:
            continue
        seen.add((name, version))
        package = page.table(packages, key)
        direct = (name, version) in asked
        alias = aliases.get((name, version), "")
        note = _note(page, page.table(package, "resolution"))
        if "://" in version and not note:
            note = f"url {without_credentials(version)}"
        if note:
            direct = direct or any(_without_peers(key, slashes) == wanted for _, wanted in asked)
            name, version = page.word(package, "name") or name, page.word(package, "version") or version
        note = "; ".join(filter(None, (note, f"installed as {alias}" if alias else "")))
        if name:
            yield Locked("node", name, version, page.path, line_of(key), direct, note, alias)


def _parted(key: str, slashes: bool) -> tuple[str, str]:
    """Name and version of /react-dom/18.2.0_react@18.2.0, or of react-dom@18.2.0(react@18.2.0)."""
    key = _without_peers(key, slashes).removeprefix("/")
    if slashes:
        name, _, version = key.rpartition("/")
        return name, version
    at = key.find("@", 1)
    return (key[:at], key[at + 1 :]) if at > 0 else ("", key)


def _without_peers(key: str, slashes: bool) -> str:
    key = key.partition("(")[0]
    if slashes:
        folder, slash, last = key.rpartition("/")
        return folder + slash + last.partition("_")[0]
    return key


def _note(page: Page, resolution: Table) -> str:
    if commit := page.word(resolution, "commit"):
        return f"git+{without_credentials(page.word(resolution, 'repo') or '')} at {commit}"
    if place := page.word(resolution, "directory"):
        return f"path {place}"
    if (tarball := page.word(resolution, "tarball")) and "integrity" not in resolution:
        return f"url {without_credentials(tarball)}"
    return ""
