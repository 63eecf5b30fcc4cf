"""deno.json and deno.lock: packages of JSR and npm, each in its own ecosystem, and modules by address."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.capabilities.team_code.dependencies.facts import Declared, Entry, Locked
from bot.capabilities.team_code.dependencies.page import Page, Table
from bot.capabilities.team_code.dependencies.words import Word, line_of, without_credentials

SPECIFIER = re.compile(r"(jsr|npm):/?((?:@[^/@\s]+/)?[^/@\s]+)(?:@([^/\s]*))?(/\S*)?$")
PACKAGE = re.compile(r"((?:@[^/@\s]+/)?[^/@\s]+)@([^_\s]+)")
ADDRESS = re.compile(r"(https?://[^\s@]+(?:/[^\s@]+)*)@v?([^/\s]+)(?:/\S*)?$")
FROM_NPM = re.compile(
    r"https://(?:esm\.sh/(?:v\d+/)?|cdn\.jsdelivr\.net/npm/|unpkg\.com/|cdn\.skypack\.dev/)((?:@[^/@\s]+/)?[^/@\s]+)@v?([^/?\s]+)"
)
IMPORTED = re.compile(r"(?:\bfrom|\bimport\(?)\s*[\"']((?:npm:|jsr:|https?://)[^\"'\s]+)[\"']")
MAX_LINE_CHARS = 2_000
ECOSYSTEMS = {"jsr": "deno", "npm": "node"}


def read_deno_json(page: Page) -> Iterator[Entry]:
    data = page.json(loose=True)
    yield from page.own(data)
    imports = page.table(data, "imports")
    scopes = page.table(data, "scopes")
    for table in (imports, *(page.table(scopes, scope) for scope in scopes)):
        for key in table:
            if (target := page.word(table, key)) is not None:
                yield from _import(page, key, target)


def _import(page: Page, key: str, target: Word) -> Iterator[Entry]:
    if found := SPECIFIER.match(target):
        alias = key.rstrip("/") if key.rstrip("/") != found[2] and not key.startswith((".", "/")) else ""
        yield Declared(ECOSYSTEMS[found[1]], found[2], found[3] or "", "", page.path, target.line, alias)
    elif found := ADDRESS.match(target):
        yield Declared("deno", without_credentials(found[1]), found[2], "", page.path, target.line, key.rstrip("/"))


def read_modules(page: Page) -> Iterator[Entry]:
    """deps.ts: modules that a program imports from other places, each once; the whole program takes them from here."""
    seen: set[str] = set()
    for number, line in enumerate(page.lines, 1):
        for found in IMPORTED.finditer(line[:MAX_LINE_CHARS]):
            if found[1] not in seen:
                seen.add(found[1])
                yield from _addressed(page, found[1], number)


def _addressed(page: Page, target: str, line: int) -> Iterator[Entry]:
    if found := SPECIFIER.match(target):
        yield Declared(ECOSYSTEMS[found[1]], found[2], found[3] or "", "", page.path, line)
    elif found := FROM_NPM.match(target):
        yield Declared("node", found[1], found[2], "", page.path, line)
    elif found := ADDRESS.match(target):
        yield Declared("deno", without_credentials(found[1]), found[2], "", page.path, line)


def read_deno_lock(page: Page) -> Iterator[Entry]:
    """Forms 2 to 5: up to form 3 the packages stand in a table of their own, from form 4 at the top."""
    data = page.json()
    top = page.table(data, "packages") or data
    asked = set(_asked(page, data, top))
    for kind in ("jsr", "npm"):
        packages = page.table(top, kind)
        if kind == "npm" and "packages" in packages:
            packages = page.table(packages, "packages")
        seen: set[tuple[str, str]] = set()
        for key in packages:
            found = PACKAGE.match(key)
            if not found:
                page.wrong(f"line {line_of(key)} is not a package and its version")
            elif (found[1], found[2]) not in seen:
                seen.add((found[1], found[2]))
                direct = f"{kind}:{found[1]}@{found[2]}" in asked if asked else None
                yield Locked(ECOSYSTEMS[kind], found[1], found[2], page.path, line_of(key), direct)
    yield from _modules(page, page.table(data, "remote"))


def _asked(page: Page, data: Table, top: Table) -> Iterator[str]:
    """What the workspace's dependencies lead to: `jsr:@std/path@1` -> `jsr:@std/path@1.0.8`."""
    specifiers = page.table(top, "specifiers")
    workspace = page.table(data, "workspace")
    members = page.table(workspace, "members")
    for table in (workspace, *(page.table(members, member) for member in members)):
        holders = [table, page.table(table, "packageJson")] if "packageJson" in table else [table]
        for holder in holders:
            for wanted in page.words(holder, "dependencies"):
                if found := page.word(specifiers, wanted):
                    name = wanted.rpartition("@")[0] if wanted.rfind("@") > wanted.find(":") + 1 else str(wanted)
                    version = found.rpartition("@")[2] if ":" in found else found
                    yield f"{name}@{version.partition('_')[0]}"


def _modules(page: Page, remote: Table) -> Iterator[Entry]:
    """One fact for each package that addresses name, not for each of its files."""
    seen: set[tuple[str, str]] = set()
    for address in remote:
        found = re.match(r"(https?://[^\s@]+)@v?([^/\s]+)/", address)
        if found and (found[1], found[2]) not in seen:
            seen.add((found[1], found[2]))
            yield Locked("deno", without_credentials(found[1]), found[2], page.path, line_of(address), None)
