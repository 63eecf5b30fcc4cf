"""Cargo.toml and Cargo.lock."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from dataclasses import replace

from bot.capabilities.team_code.dependencies.facts import OVERRIDE, Declared, Entry, Locked, Runtime
from bot.capabilities.team_code.dependencies.page import Page, Table
from bot.capabilities.team_code.dependencies.words import Word, line_of, without_credentials

GROUPS = {"dependencies": "", "dev-dependencies": "dev", "build-dependencies": "build"}
OLD_NAMES = {"dev_dependencies": "dev", "build_dependencies": "build"}
WORKSPACE = "workspace"
INHERITED = "workspace = true"


def read_cargo_toml(page: Page) -> Iterator[Entry]:
    data = page.toml()
    yield from page.own(page.table(data, "package"), _own_version(page, data))
    yield from _sections(page, data)
    targets = page.table(data, "target")
    for target in targets:
        yield from _sections(page, page.table(targets, target))
    workspace = page.table(data, "workspace")
    yield from _asks(page, page.table(workspace, "dependencies"), WORKSPACE)
    for key in ("patch", "replace"):
        for source in (patches := page.table(data, key)):
            some = page.table(patches, source) if key == "patch" else {source.partition(":")[0]: patches[source]}
            yield from _asks(page, some, OVERRIDE)
    for package in (page.table(data, "package"), page.table(workspace, "package")):
        if not isinstance(package.get("rust-version"), dict) and (version := page.word(package, "rust-version")):
            yield Runtime("rust", str(version), page.path, version.line)


def _own_version(page: Page, data: Table) -> str:
    """Of a package that takes its workspace's version, the one in the same file, if there is one."""
    stated = page.table(data, "package").get("version")
    return str(stated if isinstance(stated, Word) else page.table(data, "workspace", "package").get("version") or "")


def _sections(page: Page, table: Table) -> Iterator[Entry]:
    for section, group in (GROUPS | OLD_NAMES).items():
        yield from _asks(page, page.table(table, section), group)


def _asks(page: Page, table: Table, group: str) -> Iterator[Entry]:
    for key, value in table.items():
        name, text, alias, optional = key, "", "", False
        if isinstance(value, Word):
            text = str(value)
        else:
            details = page.table(table, key)
            name = page.word(details, "package") or key
            alias = str(key) if name != key else ""
            text, optional = _range(page, details), details.get("optional") == "true"
        asked_for = group or ("optional" if optional else "")
        yield Declared("rust", str(name), text, asked_for, page.path, line_of(value), alias)


def _range(page: Page, details: Table) -> str:
    if details.get("workspace") == "true":
        return INHERITED
    parts = [str(page.word(details, "version") or "")]
    for kind in ("git", "path"):
        if place := page.word(details, kind):
            at = next((f"@{ref}" for key in ("rev", "tag", "branch") if (ref := page.word(details, key))), "")
            parts.append(f"{kind} {without_credentials(place)}{at}")
    return ", ".join(filter(None, parts))


def inherit(declared: Iterable[Declared]) -> Iterator[Declared]:
    """What a member leaves to its workspace gets the range that the nearest Cargo.toml above gives."""
    known = list(declared)
    given = {
        (posixpath.dirname(entry.path), entry.name): entry.range
        for entry in known
        if entry.ecosystem == "rust" and entry.group == WORKSPACE
    }
    for entry in known:
        if entry.ecosystem == "rust" and entry.range == INHERITED:
            folder = posixpath.dirname(entry.path)
            while (folder, entry.name) not in given and folder:
                folder = posixpath.dirname(folder)
            entry = replace(entry, range=given.get((folder, entry.name), INHERITED))
        yield entry


def read_cargo_lock(page: Page) -> Iterator[Entry]:
    """Packages without a source are the workspace's own, and what they depend on is asked for directly."""
    data = page.toml()
    packages = [*page.tables(data, "package"), *([page.table(data, "root")] if "root" in data else [])]
    asked = {
        tuple(str(text).split(" ")[:2])
        for package in packages
        if "source" not in package
        for text in page.words(package, "dependencies")
    }
    for package in packages:
        name, version = page.word(package, "name"), str(page.word(package, "version") or "")
        if not name:
            page.wrong("a package has no name")
            continue
        direct = (name,) in asked or (name, version) in asked
        yield Locked("rust", str(name), version, page.path, name.line, direct, _note(page, package))


def _note(page: Page, package: Table) -> str:
    source = page.word(package, "source")
    if source is None:
        return "workspace package"
    kind, _, url = source.partition("+")
    if kind != "git":
        return ""
    address, _, commit = url.partition("#")
    return f"git+{without_credentials(address.partition('?')[0])} at {commit}"
