"""bun.lock: JSON with comments and trailing commas; each package is a list that begins with name@version."""

from __future__ import annotations

from collections.abc import Iterator

from bot.capabilities.team_code.dependencies.facts import Entry, Locked
from bot.capabilities.team_code.dependencies.node_package import GROUPS
from bot.capabilities.team_code.dependencies.page import Page, Table
from bot.capabilities.team_code.dependencies.words import Word, line_of, without_credentials


def read_bun_lock(page: Page) -> Iterator[Entry]:
    data = page.json(loose=True)
    packages = page.table(data, "packages")
    asked = set(_asked(page, page.table(data, "workspaces"), packages))
    for key in packages:
        parts = page.items(packages, key)
        if not parts or not isinstance(parts[0], Word):
            page.wrong(f"the package on line {line_of(key)} has no version")
            continue
        at = parts[0].find("@", 1)
        name, version = (parts[0][:at], parts[0][at + 1 :]) if at > 0 else (parts[0], "")
        version, note = _place(version)
        above, alias = _above(key)
        alias = alias if alias != name else ""
        notes = [note, f"in {above}" if above else "", f"installed as {alias}" if alias else ""]
        text = "; ".join(filter(None, notes))
        yield Locked("node", name, version, page.path, line_of(key), key in asked, text, alias)


def _asked(page: Page, workspaces: Table, packages: Table) -> Iterator[str]:
    """A member's own copy stands under the member's name, a shared one and those of the root under their own."""
    for folder in workspaces:
        workspace = page.table(workspaces, folder)
        own = (page.word(workspace, "name") or "") if folder else ""
        for section in GROUPS:
            for name in page.table(workspace, section):
                yield f"{own}/{name}" if own and f"{own}/{name}" in packages else name


def _above(key: str) -> tuple[str, str]:
    """Of a/@s/b: the package a, in which @s/b is a copy of its own."""
    parts = key.split("/")
    count = 2 if len(parts) > 1 and parts[-2].startswith("@") else 1
    return "/".join(parts[:-count]), "/".join(parts[-count:])


def _place(version: str) -> tuple[str, str]:
    kind, colon, place = version.partition(":")
    match kind:
        case "workspace" if colon:
            return version, "workspace package"
        case "file" | "link" if colon:
            return version, f"path {place}"
        case "github" | "git+https" | "git+ssh" if colon:
            url, _, commit = version.partition("#")
            return commit or version, f"{without_credentials(url)} at {commit or '?'}"
    return version, ""
