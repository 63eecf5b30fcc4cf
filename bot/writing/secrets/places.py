"""Where a value stands behind its name: assignments of every language, JSON, YAML, XML, SQL, shells, headers, prose.

A name is found by a word in it, and what follows is read: closing quotes, a type, a separator, perhaps a wrapper, and the value. A value
ends at its quote; without one at a blank, a quote, `;`, `,`, `<`, or a written line end.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from bot.writing.secrets.engine import LONGEST_VALUE, compiled
from bot.writing.secrets.entries import values_of
from bot.writing.secrets.naming import Grade, grade_of, words_of
from bot.writing.secrets.separators import (
    APOSTROPHE,
    ARN,
    BARE,
    BLOCK_BEGINS,
    BLOCK_LINE,
    BLOCK_SCALAR,
    CALLS,
    CLOSE,
    CLOSED_BY,
    CLOSING,
    DEFAULT,
    DEFAULTED,
    DIRECTIVE,
    FLAG,
    IDENTIFIER,
    KINDS,
    KNOWN_CALL,
    LEFT,
    LOOKUP,
    MARKED,
    NAMES,
    NEXT_LINE,
    OPEN_KEY,
    PLAIN_SEPARATOR,
    PREFIX,
    QUOTES,
    SCHEME,
    SEPARATOR,
    SPOKEN_KEY,
    WRAPPER,
    WRITTEN_END,
)
from bot.writing.secrets.values import flips, is_password, is_plausible, is_random
from bot.writing.secrets.worded import WORDED


@dataclass(frozen=True, slots=True)
class Found:
    """A secret from `start` to before `end`, and what its mark says."""

    start: int
    end: int
    name: str


VENDORS: dict[bytes, list[tuple[str, re.Pattern[bytes]]]] = {}
for row in WORDED:
    for word in row.words.split():
        VENDORS.setdefault(word.encode(), []).append((row.name, compiled(row.shape)))


NEAR = 300
"""Bytes behind a name that are looked at before it is known whether they hold a secret."""


def find_named(text: bytes, start: int, end: int) -> Iterator[Found]:
    """Secrets behind their names, between two places of the text that are beginnings or ends of lines."""
    marks = (
        [mark.span() for mark in MARKED.finditer(text, start, end)] if text.find(b"[masked: ", start, end) >= 0 else []
    )
    at = start
    while (found := NAMES.search(text, at, end)) is not None:
        name = IDENTIFIER.match(text, found.start(), found.end())
        stop = name.end() if name else found.end()
        at = max(stop, at + 1)
        if name is None or any(first <= name.start() < last for first, last in marks):
            continue
        secret = _behind(text, name.start(), stop, end)
        if secret is None:
            yield from _of_entry(text, name.start(), stop)
        else:
            if not any(first <= secret.start < last or secret.start <= first < secret.end for first, last in marks):
                yield secret
            at = max(at, secret.end)
            for more in _rest_of_block(text, stop, secret, end):
                yield more
                at = more.end


def _of_entry(text: bytes, start: int, stop: int) -> Iterator[Found]:
    """The value in another field of the entry that bears this name."""
    _, grade, _ = _promise(text[max(start, stop - 100) : stop])
    if grade is None:
        return
    for first, last, is_quoted in values_of(text, start, stop):
        said = text[first : min(last, first + NEAR)]
        if grade is Grade.DOUBTFUL:
            is_secret = is_random(said)
        else:
            is_secret = (is_password if grade is Grade.PASSWORD else is_plausible)(said, is_bare=not is_quoted)
        if is_secret and not said.startswith(b"[masked"):
            yield Found(first, last, grade.value)


def _rest_of_block(text: bytes, stop: int, secret: Found, end: int) -> Iterator[Found]:
    """The further lines of a block scalar of YAML whose first line is a secret."""
    if not BLOCK_BEGINS.search(text[stop : secret.start]):
        return
    at = secret.end
    while (line := BLOCK_LINE.match(text, at, min(len(text), end + LONGEST_VALUE))) is not None:
        at = line.end(1)
        yield Found(*line.span(1), secret.name)


def _behind(text: bytes, start: int, stop: int, end: int) -> Found | None:
    name = text[max(start, stop - 100) : stop]
    words, grade, vendor = _promise(name)
    if (
        grade is Grade.DOUBTFUL
        and words in ([b"key"], [b"keys"])
        and SPOKEN_KEY.search(text[max(0, start - 16) : start])
    ):
        grade = Grade.KEY
    if (
        grade in (Grade.KEY, Grade.DOUBTFUL)
        and words[-1] in (b"key", b"keys")
        and OPEN_KEY.search(text[max(0, start - 16) : start])
    ):
        return None
    if (grade is None and vendor is None) or ARN.search(text[max(0, start - 120) : start]):
        return None
    limit = min(len(text), stop + NEAR)
    separator = SEPARATOR.match(text, stop, limit)
    if separator is None:
        return None
    kind, between = next((kind, separator[group]) for kind, group in KINDS if separator[group] is not None)
    if kind == "assigned" and between.startswith(b"(") and text[stop : stop + 1] not in (b" ", b"\t"):
        return None  # the parameters of a function
    plain = PLAIN_SEPARATOR.match(text, stop, limit) if kind in ("typed", "spaced") else None
    if text[max(0, start - 2) : start] == b"</":
        return None
    if separator[CLOSING] and (kind == "spaced" or text[start - 1 : start] == b"/"):
        return None
    tries = [(separator, kind), (plain, "assigned")] if plain else [(separator, kind)]
    for read, how in tries:
        for value in _values(text, read, how, limit):
            judged = _judge(text, start, value, how, read, grade, vendor)
            if judged is not None:
                return (
                    judged
                    if value.quoted or judged.end < limit
                    else Found(judged.start, _end(text, limit), judged.name)
                )
    below = DEFAULT.match(text, stop, min(len(text), stop + 600)) if kind in ("assigned", "called", "blank") else None
    last = (
        _quoted(text, below.end(), limit, b"") or next(_bare(text, below.end(), limit, below, False), None)
        if below
        else None
    )
    return _judge(text, start, last, "below", below, grade, vendor) if below and last else None


@dataclass(frozen=True, slots=True)
class Value:
    """Where a value stands; `calls` is what is called around it."""

    start: int
    end: int
    quoted: bool
    calls: bytes = b""
    is_below: bool = False


def _end(text: bytes, at: int) -> int:
    """Where a long value ends, of which only the beginning was looked at."""
    rest = BARE.match(text, at, min(len(text), at + LONGEST_VALUE))
    return rest.end() if rest else at


@lru_cache(maxsize=8_192)
def _promise(name: bytes) -> tuple[list[bytes], Grade | None, list[tuple[str, re.Pattern[bytes]]] | None]:
    """A name's words and what it promises; names come again and again."""
    words = words_of(name)
    return words, grade_of(words), _vendor(words)


def _values(text: bytes, separator: re.Match[bytes], kind: str, limit: int) -> Iterator[Value]:
    at = separator.end()
    is_below, is_block = False, False
    if kind in ("typed", "assigned", "attribute", "called", "spaced"):
        below = NEXT_LINE.match(text, at, limit)
        if below:
            at, is_below, is_block = below.end(), True, bool(BLOCK_SCALAR.search(below[0]))
    wrapper = WRAPPER.match(text, at, limit)
    calls = b""
    if wrapper:
        calls = wrapper[CALLS] or b""
        inner = wrapper.end()
        if (given := DEFAULTED.match(text, at, limit)) and (value := _quoted(text, given.end(), limit, b"")):
            yield value
            return
        if value := _quoted(text, inner, limit, calls):
            yield Value(value.start, value.end, True, calls, is_below)
            return
        if (wrapper[SCHEME] or b"") and not calls:
            at = wrapper.start(PREFIX)
        at = max(at, wrapper.end(SCHEME)) if wrapper[SCHEME] else at
    if given := DEFAULTED.match(text, at, limit):
        at = given.end()
    if value := _quoted(text, at, limit, b""):
        yield Value(value.start, value.end, True, b"", is_below)
        return
    yield from _bare(text, at, limit, separator, is_below and not is_block)


def _quoted(text: bytes, at: int, limit: int, calls: bytes) -> Value | None:
    quote = next((one for one in QUOTES if text.startswith(one, at)), None)
    if quote is None:
        return None
    begin = at + len(quote)
    closing = CLOSED_BY.get(quote, quote)
    line_end = text.find(b"\n", begin, limit)
    line_end = limit if line_end < 0 else line_end
    close = begin
    while True:
        close = text.find(closing, close, line_end)
        if close < 0 and line_end == limit:
            close = text.find(closing, limit, limit + LONGEST_VALUE)
            if close >= 0 and text.find(b"\n", limit, close) < 0:
                return Value(begin, close, True, calls)
            close = -1
        if close < 0:
            bare = BARE.match(text, begin, line_end)
            return Value(begin, bare.end() if bare else begin, True, calls)
        if (
            len(closing) == 1
            and text[close - 1 : close] == b"\\"
            and text[close - 2 : close - 1] != b"\\"
            and close > begin
        ):
            close += 1
            continue
        return Value(begin, close, True, calls)


def _bare(text: bytes, at: int, limit: int, separator: re.Match[bytes], is_below: bool) -> Iterator[Value]:
    found = BARE.match(text, at, limit)
    if not found or found.end() == at or text[at : at + 1] == b":":
        return
    end = found.end()
    if written := WRITTEN_END.search(text, at, end):
        end = written.start()
    if (link := text.find(b"](", at, end)) >= 0:
        end = link
    before = text[max(0, separator.start() - 130) : separator.start()]
    if b"&" in text[at:end] and (b"?" in before or b"&" in before or b"://" in before):
        end = text.index(b"&", at, end)
    while end > at and (closing := text[end - 1 : end]) in (b")", b"]", b"}", b".", b":", b"*", b"|", b"\\", b"\r"):
        opening = CLOSE.get(closing)
        if opening and text.count(opening, at, end) >= text.count(closing, at, end):
            break
        end -= 1
    if end > at:
        yield Value(at, end, False, b"", is_below)


def _vendor(words: list[bytes]) -> list[tuple[str, re.Pattern[bytes]]] | None:
    rows = [row for word in words for row in VENDORS.get(word, ())]
    rows += [row for one, two in itertools.pairwise(words) for row in VENDORS.get(one + two, ())]
    if not rows and words:
        rows = [
            row
            for word, found in VENDORS.items()
            if len(word) > 5 and any(word in one for one in words)
            for row in found
        ]
    return rows or None


def _judge(
    text: bytes,
    start: int,
    value: Value,
    kind: str,
    separator: re.Match[bytes],
    grade: Grade | None,
    vendor: list[tuple[str, re.Pattern[bytes]]] | None,
) -> Found | None:
    said = text[value.start : min(value.end, value.start + NEAR)]
    if said.startswith(b"[masked: "):
        return None
    if vendor and (value.quoted or kind in ("assigned", "attribute", "below", "said", "typed", "spaced")):
        for name, shape in vendor:
            if shape.fullmatch(said) and _is_of_vendor(said, grade):
                return Found(value.start, value.end, name)
    if grade is None:
        return None
    if value.quoted and not separator[CLOSING] and _is_within(text, start, text[value.start - 1 : value.start]):
        return None
    if kind == "attribute" and not value.quoted and said[:1] in (b"(", b".", b"[", b"{"):
        return None
    if kind == "attribute" and not value.quoted and text[value.end : value.end + 1] not in (b"<", b"\n", b"\r", b""):
        return None
    if kind == "paired" and not ((separator[CLOSING] or text[start - 1 : start] == b":") and value.quoted):
        return None
    if value.calls and LOOKUP.fullmatch(value.calls) and not KNOWN_CALL.fullmatch(value.calls):
        return None
    if not _is_secret(text, start, said, value, kind, separator, grade):
        return None
    return Found(value.start, value.end, grade.value)


def _is_within(text: bytes, start: int, quote: bytes) -> bool:
    """Our name stands within a string of this quote, which ends where the value seemed to begin: `"Token: " + token`."""
    line = text.rfind(b"\n", max(0, start - 400), start) + 1 or max(0, start - 400)
    before = text[line:start].replace(b"\\" + quote, b"")
    if quote == b"'":
        before = APOSTROPHE.sub(b"", before)
    return before.count(quote) % 2 == 1


def _is_of_vendor(said: bytes, grade: Grade | None) -> bool:
    """What could be an ordinary word or number is a vendor's secret only behind a name that says so too."""
    return is_random(said) or (grade is not None and (said.isdigit() or is_plausible(said)))


def _is_secret(
    text: bytes, start: int, said: bytes, value: Value, kind: str, separator: re.Match[bytes], grade: Grade
) -> bool:
    is_bare = not value.quoted
    if grade is Grade.DOUBTFUL or (value.calls and not KNOWN_CALL.fullmatch(value.calls)):
        return is_random(said) and kind not in ("said", "blank")
    judge = is_password if grade is Grade.PASSWORD else is_plausible
    if kind in ("called", "cell") or value.is_below:
        if value.quoted:
            return judge(said) and (value.is_below or kind == "cell" or is_random(said) or grade is Grade.PASSWORD)
        return is_random(said)
    if kind == "said":
        said = said.rstrip(b"!")
        return judge(said, is_bare=True) and any(48 <= byte < 58 or byte in b"!$#%&*+~^" for byte in said)
    if kind == "blank":
        if value.quoted:
            return judge(said)
        before = text[max(0, start - LEFT) : start]
        if FLAG.search(before) or text[max(0, start - LEFT) : start + 1].endswith(b"-") or _begins_line(text, start):
            return judge(said, is_bare=True) and not said.startswith(b"-")
        return is_random(said) or (
            judge(said, is_bare=True) and flips(said) >= 6 and any(48 <= byte < 58 for byte in said)
        )
    return judge(said, is_bare=is_bare)


def _begins_line(text: bytes, start: int) -> bool:
    """Such as `ENV NAME value` in a Dockerfile, `requirepass value`, `password value` in a .netrc."""
    line = text.rfind(b"\n", max(0, start - 200), start) + 1 or max(0, start - 200)
    return bool(DIRECTIVE.fullmatch(text[line:start]))
