"""pubspec.yaml and pubspec.lock."""

from __future__ import annotations

from collections.abc import Iterator

from bot.capabilities.team_code.dependencies.facts import Declared, Entry, Locked, Member, Runtime
from bot.capabilities.team_code.dependencies.page import Page, Table
from bot.capabilities.team_code.dependencies.words import Word, line_of, without_credentials

GROUPS = {"dependencies": "", "dev_dependencies": "dev", "dependency_overrides": "override"}
LANGUAGES = {"sdk": "dart", "dart": "dart", "flutter": "flutter"}


def read_pubspec(page: Page) -> Iterator[Entry]:
    for data in page.yaml():
        yield from _runtimes(page, page.table(data, "environment"))
        yield from page.own(data)
        for member in page.words(data, "workspace"):
            yield Member(str(member), page.path, member.line)
        for section, group in GROUPS.items():
            asks = page.table(data, section) if not isinstance(data.get(section), Word) else {}
            for name, value in asks.items():
                wanted = str(value) if isinstance(value, Word) else _details(page, page.table(asks, name))
                yield Declared("dart", str(name), "" if wanted == "any" else wanted, group, page.path, line_of(name))


def _runtimes(page: Page, table: Table) -> Iterator[Entry]:
    for key, name in LANGUAGES.items():
        if version := page.word(table, key):
            yield Runtime(name, str(version), page.path, version.line)


def _details(page: Page, table: Table) -> str:
    parts = [str(page.word(table, "version") or "")]
    if place := page.word(table, "path"):
        parts.append(f"path {place}")
    if sdk := page.word(table, "sdk"):
        parts.append(f"from the {sdk} SDK")
    git = table.get("git")
    if isinstance(git, Word):
        parts.append(f"git {without_credentials(git)}")
    elif isinstance(git, dict) and (url := page.word(git, "url")):
        reference = page.word(git, "ref")
        parts.append(f"git {without_credentials(url)}{f'@{reference}' if reference else ''}")
    return ", ".join(filter(None, parts))


def read_pubspec_lock(page: Page) -> Iterator[Entry]:
    for data in page.yaml():
        packages = page.table(data, "packages")
        for name in packages:
            package = page.table(packages, name)
            kind = page.word(package, "dependency") or ""
            version = str(page.word(package, "version") or "")
            direct = kind.startswith("direct") or bool(page.asks(name))  # pub knows only what the root asks for
            yield Locked("dart", str(name), version, page.path, line_of(name), direct, _note(page, package))
        yield from _runtimes(page, page.table(data, "sdks"))


def _note(page: Page, package: Table) -> str:
    source = page.word(package, "source") or ""
    if source == "sdk":
        return f"from the {page.word(package, 'description') or 'an'} SDK"
    if source in ("git", "path"):
        description = page.table(package, "description")
        if source == "path":
            return f"path {page.word(description, 'path') or ''}"
        url, commit = page.word(description, "url") or "", page.word(description, "resolved-ref") or "?"
        return f"git+{without_credentials(url)} at {commit}"
    return ""
