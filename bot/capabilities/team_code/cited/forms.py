"""Finds the references in a unit of text, in every form that models write them. Pure: whether a path exists is asked of `knows`.

A path may begin with a bracket and a sentence may put one before it, so a path is tried as it is written, then without what
stands before it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote

Span = tuple[int, int]
Knows = Callable[[str], bool]

GLUED = re.compile(
    r"(?:@[0-9a-f]{7,40})?(?P<tail>"
    r":L?(?P<a>\d{1,7})(?:(?:[-\u2010-\u2015]|\.\.)L?(?P<b>\d{1,7}))?(?P<column>:\d{1,5}(?!\d))?"
    r"|#(?:L|lines-|n)(?P<c>\d{1,7})(?:C\d+)?(?:[-:]L?(?P<d>\d{1,7})(?:C\d+)?)?"
    r"|\((?P<e>\d{1,7})(?:,\d{1,5})?\)"
    r"|::(?P<symbol>[A-Za-z_$][\w$]*(?:(?:::|\.)[A-Za-z_$][\w$]*)*)(?:\[[^\]\s]*\])?"
    r")(?![A-Za-z0-9]|_\w)"
)
"""What stands right behind a path: its lines, or a name in it."""

RANGE = (
    r"(?P<a>\d{1,7})(?:\s?(?:[-\u2010-\u2015]|to|through|until|and)\s?(?:lines?\s)?L?(?P<b>\d{1,7}))?(?![A-Za-z0-9_])"
)
BEHIND = re.compile(
    rf"(?:,?\s|,)(?:(?:at|on|around|near|from|in)\s)?(?:lines?\s|ll?\.\s?|L)~?{RANGE}"
    rf"|,?\s?[(\[](?:(?:at|on|around|near|from)\s)?(?:lines?\s|ll?\.\s?|L)~?{RANGE.replace('<a>', '<c>').replace('<b>', '<d>')}[)\]]",
    re.IGNORECASE,
)
BEFORE = re.compile(
    rf"\b(?P<cut>lines?\s{RANGE}\s(?:of|in|from)\s)(?:the\s)?(?:file\s)?[(\[{{\"'*_`]*\Z", re.IGNORECASE
)

PART = re.compile(
    r"\[(?P<text>[^\[\]\n]{0,300})\]\((?P<url>[^()\s]*(?:\([^()\s]*\)[^()\s]*)*)\)"
    r"|(?P<bare>https?://[^\s<>()\"'`|]+)"
    r"|(?<!`)(?P<ticks>`+)(?!`)(?P<code>(?:.*?[^`])??)(?P=ticks)(?!`)"
    r"|(?P<token>(?:(?!\[[^\[\]\n]{0,300}\]\(|https?://)[^\s`|<>])+)"
)
OPENING = "([{<\"'*,;=:>"
LEADING = "_-@~."
TRAILING = ".,;:!?)]}>*_\"'"

FILE = re.compile(
    r"(?:^|/)(?:(?:Docker|Container|Make|Gem|Pip|Rake|Proc|Jenkins|Vagrant|Just|Caddy|Brew|Pod|Tilt)file[\w.]*|[^/]*\.[A-Za-z][\w+]{0,9})$"
)
"""A path that ends like a file; `org/image:3` and `redis:6379` do not."""

HOST = re.compile(r"(?:^|@)(?:localhost|[\w-]+(?:\.[\w-]+)*\.[a-z]{2,})$", re.IGNORECASE)
PLAIN_HOST = re.compile(
    r"\.(?:com|org|net|io|dev|local|internal|example|test|svc|cloud|app|corp|lan|home)$", re.IGNORECASE
)
FRAME = re.compile(r"^[\s>*+-]*at\s(?:[^()`]*\()?\Z|\bFile\s\"?\Z|^[\s>*+#-]*\d+[:.]?\s+0x[0-9a-f]+\b")
CALL_FRAME = re.compile(r"\bat\s[\w$.<>\[\]]+\s\(\Z")
"""What stands before a path in a stack trace; the second where a column stands behind it."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A place in a unit, by offsets. `first` and `last` are its line numbers, `cut` is what goes with the lines.

    `path` is what names the file; `whole` covers everything, with the link around it where there is one (`words` is its text).
    """

    whole: Span
    at: Span
    path: str
    first: Span | None = None
    last: Span | None = None
    cut: tuple[Span, ...] = ()
    column: Span | None = None
    symbol: str = ""
    words: Span | None = None
    is_code: bool = False


def references(unit: str, knows: Knows) -> Iterator[Reference | re.Match[str]]:
    """In order; the match itself for a web address, which its reader takes apart."""
    for part in PART.finditer(unit):
        if part["bare"] or (part["url"] and re.match(r"https?://", part["url"])):
            yield part
            if part["url"]:
                yield from _words_in(unit, *part.span("text"), knows)
        elif part["url"] is not None:
            yield from _words_in(unit, *part.span("text"), knows)
            yield from _target(unit, part, knows)
        elif part["ticks"]:
            yield from _code(unit, part, knows)
        else:
            yield from _words(unit, *part.span("token"), knows)


def _target(unit: str, part: re.Match[str], knows: Knows) -> Iterator[Reference]:
    """A link to a path of the repository."""
    start, end = part.span("url")
    found = _one(unit, start, end, knows)
    if found:
        yield Reference(
            part.span(), found.at, found.path, found.first, found.last, found.cut, found.column, found.symbol, part.span("text")
        )  # fmt: skip


def _code(unit: str, part: re.Match[str], knows: Knows) -> Iterator[Reference]:
    """A code span is one path if that exists; else its words are looked at."""
    start, end = part.span("code")
    inside = unit[start:end]
    start, end = start + len(inside) - len(inside.lstrip()), end - len(inside) + len(inside.rstrip())
    one = _one(unit, start, end, knows)
    if one is None:
        yield from _words_in(unit, start, end, knows)
    elif one.cut:
        yield _as_code(one)
    else:
        yield _as_code(_with_lines(unit, one, part.end()))


def _as_code(one: Reference) -> Reference:
    return Reference(
        one.whole, one.at, one.path, one.first, one.last, one.cut, one.column, one.symbol, one.words, is_code=True
    )


def _one(unit: str, start: int, end: int, knows: Knows) -> Reference | None:
    """The text between as one reference: a path as it stands, or a path and what is glued to it."""
    if start >= end:
        return None
    if knows(unit[start:end]):
        return Reference((start, end), (start, end), unit[start:end])
    for found in GLUED.finditer(unit, start, end):
        path = unit[start : found.start()]
        is_last = found.end() == end or unit[found.end() : found.end() + 1] == ":"
        is_like = not re.search(r"\s", path) and not path.startswith(("(", "[")) and _is_path(path)
        if is_last and path and (is_like or knows(path)):
            return _glued(found, start)
    if _is_path(unit[start:end]) and not re.search(r"\s", unit[start:end]):
        return Reference((start, end), (start, end), unit[start:end])
    return None


def _words_in(unit: str, start: int, end: int, knows: Knows) -> Iterator[Reference]:
    for word in re.compile(r"[^\s`|<>]+").finditer(unit, start, end):
        yield from _words(unit, *word.span(), knows)


def _words(unit: str, start: int, end: int, knows: Knows) -> Iterator[Reference]:
    """What stands between two spaces: references with what is glued to them, or a path alone."""
    found, at = list(GLUED.finditer(unit, start, end)), start
    if not found:
        yield from _alone(unit, start, end, knows)
    for place, one in enumerate(found):
        if any(knows(unit[at : later.start()]) for later in found[place + 1 :]):
            continue  # a part of a longer path
        begin = _begin(unit, at, one.start(), knows)
        if begin < one.start():
            yield _glued(one, begin)
        at = one.end()


def _glued(found: re.Match[str], begin: int) -> Reference:
    """A path from `begin` and its tail."""
    for first, last in (("a", "b"), ("c", "d"), ("e", "")):
        if found[first]:
            return Reference(
                (begin, found.end()), (begin, found.start()), found.string[begin : found.start()], found.span(first),
                found.span(last) if last and found[last] else None, (found.span("tail"),),
                found.span("column") if found["column"] else None,
            )  # fmt: skip
    return Reference(
        (begin, found.end()), (begin, found.start()), found.string[begin : found.start()],
        cut=(found.span("tail"),), symbol=found["symbol"],
    )  # fmt: skip


def _alone(unit: str, start: int, end: int, knows: Knows) -> Iterator[Reference]:
    """A path without lines of its own; they may stand in words beside it."""
    if not _is_path(unit[start:end].rstrip(TRAILING)):
        return
    stop = end
    while not knows(unit[start:stop]) and stop > start and (unit[stop - 1] in TRAILING or not unit[stop - 1].isascii()):
        stop -= 1
    begin = _begin(unit, start, stop, knows)
    path = unit[begin:stop]
    if path and (knows(path) or _is_path(path)):
        yield _with_lines(unit, Reference((begin, stop), (begin, stop), path), stop)


def _with_lines(unit: str, one: Reference, end: int) -> Reference:
    """With the lines that the words behind it name, or those before it. `end` is behind its code span."""
    if found := BEHIND.match(unit, end):
        number, last = (found.span("a"), "b") if found["a"] else (found.span("c"), "d")
        return Reference(
            one.whole, one.at, one.path, number, found.span(last) if found[last] else None, (found.span(),)
        )  # fmt: skip
    if end > one.at[1] and (glued := GLUED.match(unit, end)) and not glued["symbol"]:  # `a.py`:50
        behind = _glued(glued, end)
        return Reference(one.whole, one.at, one.path, behind.first, behind.last, behind.cut, behind.column)
    if found := BEFORE.search(unit, max(0, one.at[0] - 80), one.at[0]):
        last_span = found.span("b") if found["b"] else None
        return Reference(one.whole, one.at, one.path, found.span("a"), last_span, (found.span("cut"),))
    return one


def _begin(unit: str, start: int, end: int, knows: Knows) -> int:
    """Where a path begins that ends at `end`: as it is written, else without what is glued before it."""
    text = unit[start:end]
    places = [0]
    for place in range(1, len(text)):
        before = text[place - 1]
        lead = not text[:place].strip(OPENING + LEADING)
        if before in OPENING or lead or (before.isascii() != text[place].isascii()):
            places.append(place)
    for place in places:
        if knows(text[place:]):
            return start + place
    if re.match(r"[\w.+-]+@[\w.-]+:", text):
        return start  # an address as ssh writes it
    for place in places:
        if _is_clean(text[place:]):
            return start + place
    return start + places[-1] if text else end


def _is_clean(text: str) -> bool:
    """Like a path, with nothing glued before it."""
    if not text or text[0] in OPENING + "_-" or not (text[0].isalnum() or text[0] in "./\\~$@[") or not text.isascii():
        return False
    return not re.search(r"[\"'*,;=:>]", text) and all(text.count(a) == text.count(b) for a, b in ("()", "[]", "{}"))


def _is_path(text: str) -> bool:
    return bool(re.search(r"[./\\]", text) and re.search(r"\w", text)) or bool(FILE.search(text))


def variants(path: str) -> Iterator[str]:
    """A path as it is written, then in the spellings that mean the same file of a repository."""
    yield path
    slashed = re.sub(r"\\(?=[_*\[\]()#~`.-])", "", path).replace("\\", "/")
    for one in dict.fromkeys((slashed, unquote(slashed))):
        yield one
        bare = re.sub(r"^(?:\./)+", "", one).rstrip("/")
        yield bare
        if bare.startswith(("a/", "b/")):
            yield bare[2:]  # as a diff writes it


def is_frame(unit: str, one: Reference) -> bool:
    """A frame of a stack trace tells where some build of the code was, and cites nothing."""
    before, behind = unit[: one.at[0]], unit[one.whole[1] : one.whole[1] + 6]
    if one.first is None:
        return False
    is_call = bool(one.column) and bool(CALL_FRAME.search(before))
    return is_call or bool(FRAME.search(before)) or bool(re.match(r"\s\+0x[0-9a-f]", behind))


def is_outside(unit: str, one: Reference) -> bool:
    """A path that means no file of a repository: a place on a machine, `host/image:443`, nothing that ends like a file."""
    path = one.path
    is_drive = path[0] == "\\" and unit[one.at[0] - 1 : one.at[0]] == ":"
    if path.startswith(("/", "~", "$")) or re.match(r"[A-Za-z]:[\\/]", path) or is_drive:
        return True
    head, slash, _ = path.replace("\\", "/").partition("/")
    if slash:
        return bool(HOST.search(head)) or ":" in head or not FILE.search(path.replace("\\", "/"))
    return bool(PLAIN_HOST.search(path)) or "@" in path[1:] or not FILE.search(path)
