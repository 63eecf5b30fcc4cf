"""Places in code as text: a list of links, the first of them with their lines; all of it safe to stand in CommonMark."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from textwrap import dedent

from bot.capabilities.team_code.permalinks import permalink
from bot.capabilities.team_code.repositories import Snapshot
from bot.capabilities.team_code.tools.sheet import one_line
from bot.writing.text import fence_for

SHOWN_LINES, SHOWN_COLUMNS = 14, 160
QUOTES = {"py": ('"""', "'''"), "pyi": ('"""', "'''")} | dict.fromkeys(("js", "jsx", "mjs", "ts", "tsx", "go"), ("`",))
"""Around texts of several lines, by the ending of a file."""

PLACED = re.compile(r"\(([^\s()`]+:\d+)\)")
ESCAPED = re.compile(r"([\\`*_{}\[\]<>|~&])")


@dataclass(frozen=True, slots=True)
class Spot:
    """A place to show; lines are 0 for a whole file."""

    snapshot: Snapshot
    path: str
    start: int
    end: int
    title: str


def once(spots: Iterable[Spot]) -> list[Spot]:
    """Those that share no line with one before: a constructor stands within its class."""
    found: list[Spot] = []
    for one in spots:
        if not any(_is_within(one, other) for other in found):
            found.append(one)
    return found


def _is_within(one: Spot, other: Spot) -> bool:
    is_same = (one.snapshot.repository.name, one.path) == (other.snapshot.repository.name, other.path)
    return is_same and one.start <= other.end and other.start <= one.end


async def listed(spots: Sequence[Spot], several: bool, shown: int) -> str:
    """A numbered list, the first `shown` with their lines. `several`: there are other repositories, so each is named."""
    lines = []
    for place, spot in enumerate(spots):
        lines.append(f"{place + 1}. {link(spot, several)}" + (f" {code(spot.title)}" if code(spot.title) else ""))
        if place < shown:
            lines.append("\n".join(["", *await _fenced(spot), ""]))
    return "\n".join(lines)


def link(spot: Spot, several: bool) -> str:
    """The place as code, which leads to its host's page where there is one."""
    owner = f"{spot.snapshot.repository.name}/" if several else ""
    lines = f":{spot.start}-{spot.end}" if spot.end > spot.start else f":{spot.start}" if spot.start else ""
    name = code(f"{owner}{spot.path}{lines}")
    address = permalink(spot.snapshot.repository, spot.snapshot.commit, spot.path, spot.start, spot.end)
    return f"[{name}]({address})" if address else name


def code(text: str) -> str:
    """On one line, as code; "" for nothing."""
    line = one_line(text).replace("`", "'")
    return f"`{line}`" if line else ""


async def _fenced(spot: Spot) -> Iterator[str]:
    """The place's first lines as a block of code within a list's item; what is only a part of something ends in an ellipsis."""
    text = (await spot.snapshot.text(spot.path) or "").split("\n")
    ending = spot.path.rpartition(".")[2]
    extension = ending if ending.isalnum() and ending != spot.path else ""
    end = min(spot.end, spot.start - 1 + SHOWN_LINES)
    if end < spot.end:
        end = next((one for one in range(end, spot.start, -1) if is_closed(text[spot.start - 1 : one], extension)), end)
    whole = dedent("\n".join(text[spot.start - 1 : spot.end])).split("\n")
    shown, left = whole[: end - spot.start + 1], [line for line in whole[end - spot.start + 1 :] if line.strip()]
    fence = fence_for("\n".join(shown))
    indent = (
        left[0][: len(left[0]) - len(left[0].lstrip())] if left else ""
    )  # so that it stands for a body, not after it
    more = [f"{indent}…"] if end < spot.end or spot.start == spot.end else []
    lines = [f"{fence}{extension}", *(line[:SHOWN_COLUMNS] for line in shown), *more, fence]
    return (f"   {line}" for line in lines)


def is_closed(lines: Sequence[str], extension: str) -> bool:
    """Whether no text or comment of several lines is open at the end: what is cut there is no valid code, whatever follows."""
    text = "\n".join(lines)
    quotes = QUOTES.get(extension, ())
    return not any(text.count(quote) % 2 for quote in quotes) and text.count("/*") <= text.count("*/")


def plain(text: str) -> str:
    """A line of a tool's result as text: what could begin a construct is escaped; a place in brackets is code, as others are."""
    parts = PLACED.split(" ".join(text.split()))
    return "".join(f"(`{part}`)" if at % 2 else ESCAPED.sub(r"\\\1", part) for at, part in enumerate(parts))
