"""Ties a reference to what is said of it: a symbol that a sentence names must be where the sentence says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.capabilities.team_code.cited.places import Found, Places
from bot.capabilities.team_code.cited.symbols import Context
from bot.capabilities.team_code.code import Definition

NEAR_LINES = 2
SHOWN_LINES = 20
"""How long a piece of code is thought to be of which only the first line is read yet."""
MOST_NAMESAKES = 20
ABOVE_LINES = 12
"""Decorators, annotations and comments that belong to a definition."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`start` is 0 where the lines go. `elsewhere`: in another file. `is_gone`: the path cannot stay either."""

    start: int
    end: int
    elsewhere: Found | None = None
    is_gone: bool = False


DROPPED = Verdict(0, 0)


class Claims:
    """Looks at the cited lines and at the definitions of their files; each is read once an answer."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._outlines: dict[tuple[str, str], Sequence[Definition]] = {}
        self._texts: dict[tuple[str, str], list[str]] = {}

    async def judge(self, found: Found, start: int, end: int, about: Context) -> Verdict:
        """What becomes of these lines of a file that exists."""
        start, end = min(start, end), max(start, end)
        shown = self._places.was_shown(found, start, end)
        if found.entry.kind != "text":
            return Verdict(start, end) if shown else DROPPED
        lines = await self._lines(found)
        fits = start >= 1 and end <= len(lines)
        written = lines[start - 1 : end] if fits else []
        outline = await self._outline(found) if about.names or about.quote else ()
        about = _with_weak(about, outline)
        if about.quote and (quoted := _quoted(about.quote, outline, lines, start, end)):
            return quoted
        if not about.near:
            return Verdict(start, end) if fits and (shown or any(map(str.strip, written))) else DROPPED
        speaks = _defines if about.is_definition else _speaks
        if fits and any(speaks(name, outline, lines, start, end) for name in about.near):
            return Verdict(start, end)
        own = {one.start: one for name in about.own for one in defined(name, outline)}
        if len(own) == 1:
            (one,) = own.values()
            return Verdict(one.start, one.end if end > start else one.start)
        if not own and about.is_definition:
            if elsewhere := await self.elsewhere(about, several=end > start):
                return elsewhere
            fits = fits and (shown or any(_stands_in(name, written) for name in about.own))
        return Verdict(start, end) if fits and not own and (shown or about.is_definition) else DROPPED

    async def holds(self, found: Found, about: Context) -> bool:
        """Whether the file defines one of the symbols that a sentence names, or has the line of code that is shown."""
        if found.entry.kind != "text" or not (about.names or about.quote):
            return False
        if about.quote and any(line.strip() == about.quote for line in await self._lines(found)):
            return True
        about = _with_weak(about, outline := await self._outline(found))
        return any(defined(name, outline) for name in about.own)

    async def namesake(self, path: str, start: int, end: int, about: Context) -> list[Found]:
        """Of several files of a name the only one whose lines the sentence speaks of, else the only one that defines its symbol."""
        ends = self._places.ending(path) if start and about.near else []
        if not 1 < len(ends) <= MOST_NAMESAKES:
            return []
        spoken = [one for one in ends if await self.judge(one, start, end, about) == Verdict(start, end)]
        meant = spoken or [one for one in ends if await self.holds(one, about)]
        return meant if len(meant) == 1 else []

    async def says(self, found: Found, word: str) -> bool:
        """Whether a word stands anywhere in the file."""
        return found.entry.kind == "text" and _stands_in(word, await self._lines(found))

    async def elsewhere(self, about: Context, *, several: bool) -> Verdict | None:
        """For a file that does not define what the sentence says it does: where that is, where it is known."""
        places = [
            (tree, one)
            for tree in self._places.trees
            for name in about.own
            for one in defined(name, await tree.snapshot.definitions(_last(name)))
        ]
        if len({(tree.name, one.path, one.start) for tree, one in places}) == 1:
            tree, one = places[0]
            return Verdict(one.start, one.end if several else one.start, Found(tree, tree.by_path[one.path], True))
        return Verdict(0, 0, is_gone=True) if places else None

    async def file(self, found: Found, about: Context, *, is_sure: bool) -> Verdict | None:
        """For a file without lines that is said to define something: where that is, if it is not there. None lets it stand, as it does
        what stands in no repository where that is not surely said."""
        if found.entry.kind != "text" or not about.own:
            return None
        outline, lines = await self._outline(found), await self._lines(found)
        about = _with_weak(replace(about, weak=()), outline)
        if not about.near or any(defined(name, outline) or _stands_in(name, lines) for name in about.near):
            return None
        if (verdict := await self.elsewhere(about, several=False)) or not (is_sure and outline):
            return verdict
        words = [_last(name) for name in about.near]
        known = [await tree.snapshot.references(word, "", 1) for word in words for tree in self._places.trees]
        return None if any(one.total for one in known) else Verdict(0, 0, is_gone=True)

    async def symbol(self, found: Found, name: str) -> Verdict:
        """`file::name`: where the file defines it; lines are 0 where it stands there as a word only."""
        outline = await self._outline(found)
        definitions = defined(name, outline) or defined(name.rstrip("_"), outline)  # the end of an emphasis, maybe
        if definitions:
            return Verdict(definitions[0].start, definitions[0].end)
        return Verdict(0, 0, is_gone=not _stands_in(name, await self._lines(found)))

    async def _outline(self, found: Found) -> Sequence[Definition]:
        key = (found.tree.name, found.entry.path)
        if key not in self._outlines:
            self._outlines[key] = await found.tree.snapshot.outline(found.entry.path)
        return self._outlines[key]

    async def _lines(self, found: Found) -> list[str]:
        key = (found.tree.name, found.entry.path)
        if key not in self._texts:
            text = await found.tree.snapshot.text(found.entry.path) or ""
            self._texts[key] = text.split("\n")[: found.entry.lines]
        return self._texts[key]


def defined(name: str, outline: Sequence[Definition]) -> list[Definition]:
    """The definitions of a name: those that end as it is qualified, else those of its last part; `name=` may be a setter or `name`."""
    parts = [part for part in re.split(r"\.|::|#|->", name) if part] or [name]
    last = [one for one in outline if one.name == parts[-1]]
    whole = [one for one in last if ("." + one.qualified).endswith("." + ".".join(parts))]
    return whole or last or (defined(name.removesuffix("="), outline) if name.endswith("=") else [])


def _with_weak(about: Context, outline: Sequence[Definition]) -> Context:
    if about.maybe:
        files = {name for name in about.maybe if not defined(name, outline)}
        own, near = (tuple(name for name in names if name not in files) for names in (about.own, about.near))
        about = replace(about, own=own, near=near if own else (), maybe=())
    weak, later = (tuple(name for name in names if defined(name, outline)) for names in (about.weak, about.later))
    names = () if about.near else weak or later
    return replace(about, own=names, near=names) if names else about


def _quoted(quote: str, outline: Sequence[Definition], lines: Sequence[str], start: int, end: int) -> Verdict | None:
    """Where a line of code stands that is shown under the place; none of several; None where it is not there."""
    places = [number for number, line in enumerate(lines, 1) if line.strip() == quote]
    for place in places:
        own = next((one for one in outline if one.start - 1 <= place <= one.start), None)
        last = max(own.end, place + NEAR_LINES) if own else place + SHOWN_LINES
        if place - NEAR_LINES <= start <= last or start <= place <= end:
            return Verdict(start, end) if start >= 1 and end <= len(lines) else Verdict(place, place + end - start)
    if len(places) == 1:
        return Verdict(places[0], min(places[0] + end - start, len(lines)))
    return DROPPED if places else None


def _speaks(name: str, outline: Sequence[Definition], lines: Sequence[str], start: int, end: int) -> bool:
    """Whether these lines bear out a sentence about the name: they are part of it, or name it."""
    if any(one.start <= end and start <= one.end for one in defined(name, outline)):
        return True
    return _stands_in(name, lines[max(0, start - 1 - NEAR_LINES) : end + NEAR_LINES])


def _defines(name: str, outline: Sequence[Definition], lines: Sequence[str], start: int, end: int) -> bool:
    """Whether the name is defined here; what no grammar knows as a definition may still look like one."""
    if own := defined(name, outline):
        return any(_begins_at(one, lines, start, end) for one in own)
    assigned = re.compile(rf"^[^=(]*(?<![\w$.]){re.escape(_last(name))}(?![\w$])[^=\n]{{0,80}}(?:[=:{{]|$)")
    return any(assigned.search(line) for line in lines[start - 1 : end])


def _begins_at(one: Definition, lines: Sequence[str], start: int, end: int) -> bool:
    """Whether a definition is where these lines are: a range meets it, a line is its first, names it, or is its decorator."""
    if end > start:
        return one.start - 1 <= end and start <= one.end
    if start == one.start or (one.start <= start <= one.end and _stands_in(one.name, lines[start - 1 : start])):
        return True
    above = [line.strip() for line in lines[start - 1 : one.start - 1]]
    return (
        one.start - ABOVE_LINES <= start < one.start
        and all(above)
        and above[0].startswith(("@", "#", "/", "*", "[", "--"))
    )


def _stands_in(name: str, lines: Sequence[str]) -> bool:
    word = re.compile(rf"(?<![\w$]){re.escape(_last(name).rstrip('='))}(?![\w$])")
    return any(word.search(line) for line in lines)


def _last(name: str) -> str:
    return next((part for part in reversed(re.split(r"\.|::|#|->", name)) if part), name)
