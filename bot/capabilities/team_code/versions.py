"""What a repository depends on at one commit, looked up in its manifests and lock files: for the model's tool, and for the page."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.capabilities.team_code.code import FileEntry
from bot.capabilities.team_code.dependencies import bounded
from bot.capabilities.team_code.dependencies.python_requirements import taken_in
from bot.capabilities.team_code.dependencies.question import Question, Row
from bot.capabilities.team_code.dependencies.selection import Selection, select
from bot.capabilities.team_code.repositories import Snapshot
from bot.ports.model import ToolFailed

AT_ONCE = 8
MOST_INCLUDES = 3
"""How deep requirements files may take in others whose names say nothing."""

TOLD = re.compile(r"(?P<kind>[\w.:-]+) (?P<name>\S+) (?:(?P<how>locked at|asks for) )?(?P<version>[^\s\[(]+)")
"""A row as the reports write it: `python fastapi locked at 0.115.0, direct`, `runtime python 3.13`."""


@dataclass(frozen=True, slots=True)
class Versions:
    """The rows, which files were chosen for them, and the texts that were read."""

    rows: Sequence[Row]
    chosen: Selection
    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Pin:
    """What is asked for directly, or a runtime: its name, the version that is locked or asked for, and where that stands."""

    name: str
    version: str
    path: str
    line: int
    is_locked: bool = False


def pins(rows: Sequence[Row]) -> list[Pin]:
    """The rows that name one thing and its version; of a thing in several lock files the first."""
    found: dict[str, Pin] = {}
    for row in rows:
        told = TOLD.match(row.text)
        if told is None or not row.path or told["kind"] == "near:":
            continue
        name, is_locked = told["name"], told["how"] == "locked at"
        if name not in found or (is_locked and not found[name].is_locked):
            found[name] = Pin(name, told["version"].rstrip(","), row.path, row.line, is_locked)
    return list(found.values())


async def look_up(snapshot: Snapshot, kind: str = "", names: Sequence[str] = (), glob: str = "") -> Versions:
    """`kind` is an ecosystem, "" for all; without names all that is asked for directly. Raises ToolFailed where it takes too long."""
    chosen = await asyncio.to_thread(select, await snapshot.files(), kind, glob)
    texts = await _texts(snapshot, chosen.read)
    question = Question(
        kind, tuple(names), chosen.folder, chosen.outside, chosen.not_read, chosen.not_understood, chosen.left_out
    )
    try:
        return Versions(await bounded.ask(question, texts), chosen, texts)
    except bounded.ReadingFailed as fault:
        raise ToolFailed(str(fault)) from fault


async def _texts(snapshot: Snapshot, paths: Sequence[str]) -> dict[str, str]:
    """The files, and what requirements files take in besides."""
    texts = await _read(snapshot, paths)
    for _ in range(MOST_INCLUDES):
        more = [path for path in await asyncio.to_thread(taken_in, texts) if _is_text(await snapshot.entry(path))]
        if not more:
            break
        texts |= await _read(snapshot, more)
    return texts


def _is_text(entry: FileEntry | None) -> bool:
    return entry is not None and entry.kind == "text"


async def _read(snapshot: Snapshot, paths: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for start in range(0, len(paths), AT_ONCE):
        some = paths[start : start + AT_ONCE]
        texts = await asyncio.gather(*(snapshot.text(path) for path in some))
        found |= {path: text for path, text in zip(some, texts, strict=True) if text is not None}
    return found
