"""The lock files of uv, Poetry and PDM, and the common one of PEP 751: TOML, one table for each package."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.utils import canonicalize_name

from bot.capabilities.team_code.dependencies.facts import Entry, Locked
from bot.capabilities.team_code.dependencies.page import Page, Table
from bot.capabilities.team_code.dependencies.words import Word, line_of, without_credentials

MAX_MARKER_CHARS = 100


def read_uv(page: Page) -> Iterator[Entry]:
    data = page.toml()
    packages = list(page.tables(data, "package"))
    members = set(page.words(page.table(data, "manifest"), "members"))
    asked = {
        asks
        for package in packages
        if (package.get("name") in members if members else _is_root(page, package))
        for asks in _uv_asks(page, package)
    }
    for package in packages:
        name, version = page.word(package, "name"), page.word(package, "version") or ""
        if name:
            direct = (name, "") in asked or (name, version) in asked
            yield _locked(page, name, version, direct, _uv_note(page, package))


def _is_root(page: Page, package: Table) -> bool:
    source = page.table(package, "source")
    return "." in (source.get("editable"), source.get("virtual"))


def _uv_asks(page: Page, package: Table) -> Iterator[tuple[str, str]]:
    """Names, each with its version where the lock holds several."""
    lists = [(package, "dependencies")]
    for kind in ("optional-dependencies", "dev-dependencies"):
        table = page.table(package, kind)
        lists += [(table, group) for group in table]
    for table, key in lists:
        for asks in page.tables(table, key):
            yield page.word(asks, "name") or "", page.word(asks, "version") or ""


def _uv_note(page: Page, package: Table) -> str:
    source = page.table(package, "source")
    for kind in ("editable", "virtual", "directory"):
        if place := page.word(source, kind):
            return "workspace package" if not place.startswith("..") else f"path {place}"
    if git := page.word(source, "git"):
        url, _, commit = git.partition("#")
        return f"git+{without_credentials(url.partition('?')[0])} at {commit}"
    for kind in ("path", "url"):
        if place := page.word(source, kind):
            return f"{kind} {without_credentials(place)}"
    return _marked(list(page.words(package, "resolution-markers")))


def read_poetry(page: Page) -> Iterator[Entry]:
    for package in page.tables(page.toml(), "package"):
        if not (name := page.word(package, "name")):
            page.wrong("a package has no name")
            continue
        source = page.table(package, "source")
        kind, url = page.word(source, "type") or "", without_credentials(page.word(source, "url") or "")
        note = ""
        if kind == "git":
            note = f"git+{url} at {page.word(source, 'resolved_reference') or '?'}"
        elif kind in ("directory", "file", "url"):
            note = f"{'url' if kind == 'url' else 'path'} {url}"
        elif isinstance(marker := package.get("markers"), Word):
            note = _marked([marker])
        yield _locked(page, name, page.word(package, "version") or "", page.asks(canonicalize_name(name)), note)


def read_pdm(page: Page) -> Iterator[Entry]:
    """A package with extras stands there once more; its plain entry is the one that counts."""
    for package in page.tables(page.toml(), "package"):
        name = page.word(package, "name")
        if not name or "extras" in package:
            continue
        note = ""
        if git := page.word(package, "git"):
            note = f"git+{without_credentials(git)} at {page.word(package, 'revision') or '?'}"
        elif place := page.word(package, "path"):
            note = f"path {place}"
        elif url := page.word(package, "url"):
            note = f"url {without_credentials(url)}"
        elif marker := page.word(package, "marker"):
            note = _marked([marker])
        yield _locked(page, name, page.word(package, "version") or "", page.asks(canonicalize_name(name)), note)


def read_pylock(page: Page) -> Iterator[Entry]:
    for package in page.tables(page.toml(), "packages"):
        if not (name := page.word(package, "name")):
            page.wrong("a package has no name")
            continue
        vcs, directory = page.table(package, "vcs"), page.table(package, "directory")
        note = ""
        if vcs:
            kind, url = page.word(vcs, "type") or "git", page.word(vcs, "url") or page.word(vcs, "path") or ""
            note = f"{kind}+{without_credentials(url)} at {page.word(vcs, 'commit-id') or '?'}"
        elif directory:
            note = f"path {page.word(directory, 'path') or ''}"
        elif marker := page.word(package, "marker"):
            note = _marked([marker])
        yield _locked(page, name, page.word(package, "version") or "", page.asks(canonicalize_name(name)), note)


def _locked(page: Page, name: Word, version: str, direct: bool | None, note: str) -> Locked:
    return Locked("python", canonicalize_name(name), version, page.path, line_of(name), direct, note)


def _marked(markers: list[Word]) -> str:
    text = " or ".join(markers)
    return f"marker: {text}" if text and len(text) <= MAX_MARKER_CHARS else ""
