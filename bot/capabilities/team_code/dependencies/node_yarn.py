"""yarn.lock: the classic form, which is nobody else's, and the YAML of Yarn 2 and later.

Both name each entry by all the asks that it answers: `lodash@^4.0.0, lodash@^4.17.0`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote

from bot.capabilities.team_code.dependencies.facts import Declared, Entry, Locked
from bot.capabilities.team_code.dependencies.page import NO_WISHES, Page
from bot.capabilities.team_code.dependencies.words import Malformed, Word, line_of, without_credentials

ASK = re.compile(r'"([^"]*)"|([^\s,":]+)')
FIELD = re.compile(r'  (version|resolved) "([^"]*)"')
MODERN = re.compile(r"^__metadata:", re.M)
PATHS = ("file:", "link:", "portal:")


@dataclass(slots=True)
class Block:
    """An entry of the classic form."""

    asks: list[str]
    line: int
    fields: dict[str, str] = field(default_factory=dict)


def read_yarn_lock(page: Page) -> Iterator[Entry]:
    yield from _modern(page) if MODERN.search(page.text) else _classic(page)


def _classic(page: Page) -> Iterator[Entry]:
    blocks = list(_blocks(page))
    wanted = {
        (entry.name, entry.range)
        for entry in page.near or ()
        if isinstance(entry, Declared) and entry.group not in NO_WISHES
    }
    answered = {_parted(ask)[0] for block in blocks for ask in block.asks if _parted(ask) in wanted}
    copies = Counter(name for block in blocks for name in {_parted(ask)[0] for ask in block.asks})
    for block in blocks:
        if "version" not in block.fields:
            page.wrong(f"the entry on line {block.line} has no version")
            continue
        direct = page.asks("")
        if direct is not None:
            # Yarn's `resolutions` may put another range here than the manifest's; a single copy is the one it gets
            names = {_parted(ask)[0] for ask in block.asks}
            alone = any(page.asks(name) and name not in answered and copies[name] == 1 for name in names)
            direct = alone or any(_parted(ask) in wanted for ask in block.asks)
        yield _locked(page, block, direct)


def _blocks(page: Page) -> Iterator[Block]:
    block: Block | None = None
    for number, line in enumerate(page.lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        if not line[0].isspace():
            if block:
                yield block
            if not line.rstrip().endswith(":"):
                raise Malformed(f"line {number} is not an entry of a yarn.lock")
            block = Block([found[1] or found[2] for found in ASK.finditer(line) if found[1] or found[2]], number)
        elif block and (found := FIELD.match(line)):
            block.fields.setdefault(found[1], found[2])
    if block:
        yield block


def _locked(page: Page, block: Block, direct: bool | None) -> Locked:
    name, wanted = _parted(block.asks[0]) if block.asks else ("", "")
    notes, other = [], ""
    for ask in block.asks:
        alias, real = _parted(ask)
        if real.startswith("npm:"):
            name, other = _parted(real.removeprefix("npm:"))[0], alias
            notes = [f"installed as {alias}"]
    url, _, commit = block.fields.get("resolved", "").partition("#")
    if url.startswith("git"):
        notes.append(f"{without_credentials(url)} at {commit}")
    elif wanted.startswith(PATHS):
        notes.append(f"path {wanted.partition(':')[2]}")
    return Locked("node", name, block.fields["version"], page.path, block.line, direct, "; ".join(notes), other)


def _parted(ask: str) -> tuple[str, str]:
    at = ask.find("@", 1)
    return (ask[:at], ask[at + 1 :]) if at > 0 else (ask, "")


def _modern(page: Page) -> Iterator[Entry]:
    for data in page.yaml():
        asked = {
            ask
            for key in data
            if "@workspace:" in key
            for name, wanted in page.table(page.table(data, key), "dependencies").items()
            if isinstance(wanted, Word)
            for ask in (f"{name}@{wanted}", f"{name}@npm:{wanted}")
        }
        for key in data:
            if key != "__metadata":
                yield from _entry(page, key, page.table({key: data[key]}, key), asked)


def _entry(page: Page, key: str, entry: dict[str, object], asked: set[str]) -> Iterator[Entry]:
    resolution, version = page.word(entry, "resolution"), page.word(entry, "version")
    if not resolution or not version:
        page.wrong(f"the entry on line {line_of(key)} has no version")
        return
    name, place = _parted(resolution)
    asks = [part.strip() for part in key.split(", ")]
    aliases = sorted({alias for alias, _ in map(_parted, asks) if alias != name})
    notes = [note for note in (_place_note(place), *(f"installed as {alias}" for alias in aliases)) if note]
    direct = any(ask in asked or _patched(ask) in asked for ask in asks)
    alias = next(iter(aliases), "")
    yield Locked("node", name, version, page.path, line_of(key), direct, "; ".join(notes), alias)


def _patched(ask: str) -> str:
    """What a patch is laid upon: the ask itself when the manifest knows nothing of the patch."""
    _, patch, inner = ask.partition("@patch:")
    return unquote(inner.partition("#")[0]) if patch else ""


def _place_note(place: str) -> str:
    if place.startswith("workspace:"):
        return "workspace package"
    if place.startswith("patch:"):
        return "patched"
    if place.startswith(PATHS):
        return f"path {place.partition(':')[2].partition('#')[0]}"
    url, mark, commit = place.partition("#commit=")
    return f"git+{without_credentials(url).removeprefix('git+')} at {commit}" if mark else ""
