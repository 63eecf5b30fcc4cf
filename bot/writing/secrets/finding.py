"""One look over a text: which lines may hold a secret, and where in them each secret stands."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from bot.writing.secrets.below import CUES as BELOW_CUES
from bot.writing.secrets.below import Below, find_pairs
from bot.writing.secrets.beside_vendor import WORD as VENDOR
from bot.writing.secrets.beside_vendor import find_beside_vendors
from bot.writing.secrets.calls import CUES as CALL_CUES
from bot.writing.secrets.calls import find_in_calls
from bot.writing.secrets.clouds import CLOUDS
from bot.writing.secrets.command_lines import CUES as COMMAND_CUES
from bot.writing.secrets.command_lines import find_in_commands
from bot.writing.secrets.engine import compiled, literals
from bot.writing.secrets.form import Form
from bot.writing.secrets.making import MAKING
from bot.writing.secrets.octets import find_octets
from bot.writing.secrets.places import Found, find_named
from bot.writing.secrets.prefixed import find_prefixed
from bot.writing.secrets.separators import NAMES
from bot.writing.secrets.special import CUES, find_special
from bot.writing.secrets.split import Split
from bot.writing.secrets.spoken import CUES as SPOKEN_CUES
from bot.writing.secrets.spoken import find_spoken
from bot.writing.secrets.statements import find_in_statements
from bot.writing.secrets.talking import TALKING
from bot.writing.secrets.told import find_again
from bot.writing.secrets.typed import find_typed
from bot.writing.secrets.values import JUDGED, is_masked_out, is_words
from bot.writing.secrets.watching import WATCHING

FORMS: tuple[Form, ...] = (*WATCHING, *CLOUDS, *MAKING, *TALKING)
"""In the order in which they are tried: where two find the same, the first says its name."""

SHAPES = [(form, compiled(form.shape)) for form in FORMS]
BY_HINT: dict[bytes, list[tuple[Form, re.Pattern[bytes]]]] = {}
for row, pattern in SHAPES:
    for hint in row.hints.split():
        BY_HINT.setdefault(hint.encode(), []).append((row, pattern))
CONTAINED = {
    hint: [one for one in SHAPES if any(part.encode() in hint for part in one[0].hints.split())] for hint in BY_HINT
}
"""The forms of a hint, and of each that stands within it: `sk-` within `sk-ant-`."""

UNHINTED = [(form, pattern) for form, pattern in SHAPES if not form.hints]

HINTS = compiled(literals(" ".join(form.hints for form in FORMS)))
SELF_EVIDENT = compiled("|".join(f"(?:{form.shape})" for form, _ in UNHINTED))


COLOURS = compiled(r"\x1b\[[0-9;]*m")
"""What a terminal paints by, https://ecma-international.org/publications-and-standards/standards/ecma-48/."""


def find(text: bytes, *, is_typed: bool = False) -> list[Found]:
    """Every secret of the text, in order, none within another. `is_typed`: people wrote it into a chat, it is no code."""
    found = _found(text, is_typed=is_typed)
    if b"\x1b[" in text:
        found += _found(COLOURS.sub(lambda one: b" " * len(one[0]), text), is_typed=is_typed)
    return _apart([*found, *find_again(text, found, is_typed=is_typed)])


def _found(text: bytes, *, is_typed: bool) -> list[Found]:
    found: list[Found] = []
    below, split = Below(text, is_typed=is_typed), Split(text, HINTS, _whole)
    for start, end, readers in _lines(text):
        for read in readers:
            found += read(text, start, end)
        found += below.find(start, end)
        if _hinted in readers:
            found += split.find(start, end)
    found = [*find_pairs(text, found), *find_in_statements(text), *found, *find_prefixed(text), *find_octets(text)]
    if is_typed:
        found += find_typed(text)
    return found


def _whole(text: bytes) -> Iterator[Found]:
    yield from _hinted(text, 0, len(text))
    yield from _self_evident(text, 0, len(text))


def _hinted(text: bytes, start: int, end: int) -> Iterator[Found]:
    tried = set[int]()
    at = start
    while (hint := HINTS.search(text, at, end)) is not None:
        fresh = [one for one in CONTAINED[hint[0]] if id(one[0]) not in tried]
        at = hint.start() + 1 if fresh else hint.end()
        for form, pattern in fresh:
            tried.add(id(form))
            yield from _of(form, pattern, text, start, end)


def _self_evident(text: bytes, start: int, end: int) -> Iterator[Found]:
    if SELF_EVIDENT.search(text, max(0, start - 1), min(len(text), end + 1)):
        for form, pattern in UNHINTED:
            yield from _of(form, pattern, text, start, end)


Reader = Callable[[bytes, int, int], Iterable[Found]]

READERS: tuple[tuple[re.Pattern[bytes], Reader | None], ...] = (
    (HINTS, _hinted),
    (SELF_EVIDENT, _self_evident),
    (NAMES, find_named),
    (compiled(CUES), find_special),
    (compiled(SPOKEN_CUES), find_spoken),
    (compiled(CALL_CUES), find_in_calls),
    (compiled(COMMAND_CUES), find_in_commands),
    (VENDOR, find_beside_vendors),
    (compiled(BELOW_CUES), None),
)
"""What reads a line, and what stands in every line that it can find something in; the last leads to the lines below."""


def _lines(text: bytes) -> Iterator[tuple[int, int, list[Reader]]]:
    """The lines that are worth a second look, each with whom it is worth one; each cue is looked for once in the whole text."""
    at, size = 0, len(text)
    places = [-1] * len(READERS)
    while at < size:
        for number, (cue, _) in enumerate(READERS):
            if places[number] < at:
                hit = cue.search(text, at)
                places[number] = hit.start() if hit else size
        nearest = min(places)
        if nearest >= size:
            return
        start = text.rfind(b"\n", at, nearest) + 1 or at
        end = text.find(b"\n", nearest)
        end = size if end < 0 else end
        yield start, end, [read for (_, read), place in zip(READERS, places, strict=True) if read and place <= end]
        at = end + 1


def _of(form: Form, pattern: re.Pattern[bytes], text: bytes, start: int, end: int) -> Iterator[Found]:
    group = pattern.groups
    at, end = max(0, start - 1), min(len(text), end + 1)  # with the line ends: a pattern sees nothing beyond
    while (found := pattern.search(text, at, end)) is not None:
        first, last = found.span(group)
        at = found.end() if found.end() > found.start() else found.end() + 1
        if form.is_apart and not _is_apart(text, found.start()):
            at = found.start() + 1
            continue
        if text[first:last].endswith(b"EXAMPLE"):
            continue  # the vendor's own, of its documentation
        if is_words(text[first : min(last, first + JUDGED)]):
            continue
        if is_masked_out(text[first : min(last, first + JUDGED)]):
            continue
        if group == 0:
            while last > first and text[last - 1] in TRAILING:
                last -= 1
            while first < last and text[first] in TRAILING:
                first += 1
        yield Found(first, last, form.name)


TRAILING = b" \t\r\n\"'`)]}>,;:.(|\\"


def _is_apart(text: bytes, at: int) -> bool:
    """No letter or digit stands before it, a written line end or an escaped character aside."""
    if at == 0 or not (text[at - 1 : at].isalnum()):
        return True
    before = text[max(0, at - 3) : at]
    return before[-2:] in (b"\\n", b"\\r", b"\\t") or (before[:1] == b"%" and before[1:].isalnum())


def _apart(found: list[Found]) -> list[Found]:
    """Overlapping finds become one, which bears the name of the first that a form gave it."""
    found.sort(key=lambda one: (one.start, -one.end))
    kept: list[Found] = []
    for one in found:
        if kept and one.start < kept[-1].end:
            last = kept[-1]
            if one.end > last.end:
                kept[-1] = Found(last.start, one.end, last.name)
            continue
        kept.append(one)
    return kept
