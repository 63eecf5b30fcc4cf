"""yarn.lock, of Yarn 1 and of Yarn 2 and later: an entry answers asks (`lodash@^4.17.0`), and its own asks are answered by others.

Yarn 2's hashes are of archives that it packs itself, which no registry has.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.capabilities.team_code.dependencies.events import read_yaml
from bot.capabilities.team_code.dependencies.words import Malformed
from storage.checks.scripts.packages.graph import (
    LINK,
    OUTSIDE,
    PATCHED,
    Graph,
    Package,
    Unreadable,
    asked,
    parted,
    table,
    text,
)

MODERN = re.compile(r"^__metadata:", re.MULTILINE)
ASK = re.compile(r'"([^"]*)"|([^\s,":]+)')
FIELD = re.compile(r'  ("?[\w@/.-]+"?):? "?([^"]*)"?')
NEED = re.compile(r'    "?([^\s"]+)"? "?([^"]*)"?')
OF_TEAM = re.compile(r"patch:(?!.*builtin<)")
"""A patch in the repository; those of Yarn's own concern tools (https://yarnpkg.com/features/patching)."""
PATHS = ("file:", "link:", "portal:", "git", "http")


@dataclass(slots=True)
class Entry:
    asks: list[str]
    fields: dict[str, str] = field(default_factory=dict)
    needs: dict[str, str] = field(default_factory=dict)


def read(content: str, manifests: Mapping[str, Mapping[str, Any]]) -> Graph:
    return _modern(content) if MODERN.search(content) else _classic(content, manifests)


def _classic(content: str, manifests: Mapping[str, Mapping[str, Any]]) -> Graph:
    graph = Graph()
    answered: dict[str, str] = {}
    entries = list(_entries(content))
    for entry in entries:
        name, version = parted(entry.asks[0])[0], entry.fields.get("version", "")
        resolved, _, short = entry.fields.get("resolved", "").partition("#")
        for ask in entry.asks:
            real = parted(ask)[1]
            if real.startswith("npm:"):
                name = parted(real.removeprefix("npm:"))[0]
        key = f"{name}@{version}"
        unread = OUTSIDE if any(parted(ask)[1].startswith(PATHS) for ask in entry.asks) else ""
        integrity = entry.fields.get("integrity", "") or (_sha1(short) if len(short) == 40 else "")
        graph.packages[key] = Package(name, version, integrity, resolved, dict(entry.needs), unread)
        answered |= dict.fromkeys(entry.asks, key)
    for package in graph.packages.values():
        package.needs = {
            one: answered[ask] for one, wanted in package.needs.items() if (ask := f"{one}@{wanted}") in answered
        }
    own = {text(manifest.get("name")): folder for folder, manifest in manifests.items() if manifest.get("name")}
    hoisted: dict[str, str] = {}
    for ask, key in answered.items():
        hoisted.setdefault(parted(ask)[0], key)
    for folder, manifest in manifests.items():
        mine = {}
        for name, wanted in asked(manifest):
            if found := answered.get(f"{name}@{wanted}"):
                mine[name] = found
            elif name in own:
                mine[name] = LINK + own[name]
        graph.folders[folder] = {**hoisted, **mine}
    return graph


def _entries(content: str) -> Iterator[Entry]:
    entry: Entry | None = None
    section = ""
    for number, line in enumerate(content.split("\n"), 1):
        if not line.strip() or line.startswith("#"):
            continue
        if not line[0].isspace():
            if entry:
                yield entry
            asks = [found[1] or found[2] for found in ASK.finditer(line) if found[1] or found[2]]
            if not asks or not line.rstrip().endswith(":"):
                raise Unreadable(f"line {number} is no entry of a lock of Yarn")
            entry, section = Entry(asks), ""
        elif entry and line.startswith("    ") and section in ("dependencies", "optionalDependencies"):
            if found := NEED.match(line):
                entry.needs[found[1]] = found[2]
        elif entry and line.rstrip().endswith(":"):
            section = line.strip().rstrip(":")
        elif entry and (found := FIELD.match(line)):
            entry.fields.setdefault(found[1].strip('"'), found[2])
    if entry:
        yield entry


def _modern(content: str) -> Graph:
    try:
        told = table((read_yaml(content) or [{}])[0])
    except Malformed as fault:
        raise Unreadable("it is no YAML") from fault
    graph = Graph(hashes_are_own=True)
    answered: dict[str, str] = {}
    patched: set[tuple[str, str]] = set()
    for asks, value in told.items():
        entry, resolution = table(value), text(table(value).get("resolution"))
        if not resolution:
            continue
        name, place = parted(str(resolution))
        key = LINK + place.removeprefix("workspace:") if place.startswith("workspace:") else str(resolution)
        key = LINK if key == f"{LINK}." else key
        answered |= {ask.strip(): key for ask in str(asks).split(",")}
        needs = {
            str(one): str(wanted) for one, wanted in table(entry.get("dependencies")).items() if isinstance(wanted, str)
        }
        if key.startswith(LINK):
            graph.folders[key.removeprefix(LINK)] = needs
        else:
            unread = "" if place.startswith(("npm:", "patch:")) else OUTSIDE
            graph.packages[key] = Package(name, str(text(entry.get("version"))), "", "", needs, unread)
            patched |= {(name, graph.packages[key].version)} if OF_TEAM.match(place) else set()
    for package in graph.packages.values():
        package.unread = PATCHED if (package.name, package.version) in patched else package.unread
        package.needs = _answers(package.needs, answered)
    graph.folders = {folder: _answers(needs, answered) for folder, needs in graph.folders.items()}
    return graph


def _answers(needs: Mapping[str, str], answered: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for name, wanted in needs.items():
        for ask in (f"{name}@{wanted}", f"{name}@npm:{wanted}"):
            if ask in answered:
                found[name] = answered[ask]
                break
    return found


def _sha1(short: str) -> str:
    try:
        return "sha1-" + b64encode(bytes.fromhex(short)).decode()
    except ValueError:
        return ""
