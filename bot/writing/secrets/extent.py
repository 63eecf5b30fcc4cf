"""How far a value reaches behind what separates it from its name: in quotes of every language, or without any."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.writing.secrets.engine import LONGEST_VALUE, compiled
from bot.writing.secrets.separators import (
    BARE,
    BLOCK_SCALAR,
    CALLS,
    CLOSE,
    CLOSED_BY,
    DEFAULTED,
    ENDS_LINE,
    ESCAPED_QUOTE,
    GOES_ON_BELOW,
    LINE_OF_SETTING,
    LIST_GOES_ON,
    LIST_OPENS,
    NEXT_LINE,
    PREFIX,
    QUOTE_LIKE,
    QUOTE_LIKE_CLOSED_BY,
    QUOTES,
    SCHEME,
    WITHIN,
    WRAPPER,
    WRITTEN_END,
)


@dataclass(frozen=True, slots=True)
class Value:
    """Where a value stands; `calls` is what is called around it."""

    start: int
    end: int
    quoted: bool
    calls: bytes = b""
    is_below: bool = False


OPENED = compiled(r"([\"'])[\w.\-]{1,80}$")
REST_OF_PAIR = compiled(r"[^\"'\n=&;{}$%<> ,]+[ ,][^\"'\n=&;{}$%<>]+")
"""What `"NAME=the value"` holds to the quote before its name: blanks and commas, too."""


def end_of(text: bytes, at: int) -> int:
    """Where a long value ends, of which only the beginning was looked at."""
    rest = BARE.match(text, at, min(len(text), at + LONGEST_VALUE))
    return rest.end() if rest else at


def values_behind(text: bytes, separator: re.Match[bytes], kind: str, limit: int) -> Iterator[Value]:
    at = separator.end()
    if separator[0] == b"=" and (rest := REST_OF_PAIR.match(text, at, limit)):
        opened = OPENED.search(text[max(0, separator.start() - 90) : separator.start()])
        if opened and opened[1] == text[rest.end() : rest.end() + 1]:
            yield Value(at, rest.end(), True)
    is_below, is_block = False, False
    if (continued := GOES_ON_BELOW.match(text, at, limit)) is not None:
        at = continued.end()
    if kind in ("typed", "assigned", "attribute", "called", "spaced"):
        below = NEXT_LINE.match(text, at, limit)
        if below:
            at, is_below, is_block = below.end(), True, bool(BLOCK_SCALAR.search(below[0]))
    wrapper = WRAPPER.match(text, at, limit)
    calls = b""
    if wrapper:
        calls = wrapper[CALLS] or b""
        inner = wrapper.end()
        if (given := DEFAULTED.match(text, at, limit)) and (value := quoted(text, given.end(), limit, b"")):
            yield value
            return
        if value := quoted(text, inner, limit, calls):
            yield Value(value.start, value.end, True, calls, is_below)
            return
        if (wrapper[SCHEME] or b"") and not calls:
            at = wrapper.start(PREFIX)
        at = max(at, wrapper.end(SCHEME)) if wrapper[SCHEME] else at
    if given := DEFAULTED.match(text, at, limit):
        at = given.end()
    if value := quoted(text, at, limit, b""):
        yield Value(value.start, value.end, True, b"", is_below)
        return
    if (
        kind == "assigned"
        and (opened := LIST_OPENS.match(text, at, limit))
        and (value := quoted(text, opened.end(), limit, b""))
    ):
        yield Value(value.start, value.end, False)  # judged as a name in code could stand there
        return
    if (
        kind in ("assigned", "attribute")
        and not is_below
        and (end := _end_with_quotes(text, at, limit, separator, kind))
    ):
        yield Value(at, end, False)
    yield from bare(text, at, limit, separator, is_below and not is_block)


def further_values(text: bytes, value_end: int) -> Iterator[Value]:
    """The further values of a list, of which one in quotes ends here."""
    at = value_end
    while (joint := LIST_GOES_ON.match(text, at, at + 100)) is not None:
        value = quoted(text, joint.start(1), min(len(text), joint.end() + LONGEST_VALUE), b"")
        if value is None:
            return
        yield value
        at = value.end


def _end_with_quotes(text: bytes, at: int, limit: int, separator: re.Match[bytes], kind: str) -> int:
    """Where a value ends that is written without quotes and holds some: in an element's text, or alone on its line; 0 where none is."""
    found = WITHIN.match(text, at, limit)
    if found is None or PREFIXED.match(found[0]):
        return 0
    end = found.end()
    if kind == "attribute":
        return end if text[end : end + 2] == b"</" else 0
    is_alone = is_line_of_setting(text, separator.start()) and ENDS_LINE.match(text, end, min(len(text), end + 20))
    return end if is_alone else 0


def is_line_of_setting(text: bytes, stop: int) -> bool:
    """The name that ends here is all that its line begins with, a word that sets it aside."""
    line = text.rfind(b"\n", max(0, stop - 200), stop) + 1 or max(0, stop - 200)
    return bool(LINE_OF_SETTING.fullmatch(text[line:stop]))


OWN_LINE = compiled(r"\\?\r?\n[ \t]*")
PREFIXED = compiled(r"(?i)(?:[bfru]|br|rb|fr)[\"']")


def quoted(text: bytes, at: int, limit: int, calls: bytes) -> Value | None:
    escaped = ESCAPED_QUOTE.match(text, at, limit)
    quote = escaped[0] if escaped else next((one for one in QUOTES if text.startswith(one, at)), None)
    if quote is None:
        return _quoted_like(text, at, limit)
    begin = at + len(quote)
    if len(quote) == 3 and (led := OWN_LINE.match(text, begin, limit)):
        begin = led.end()
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
            if quote in (b"``", b"''"):
                return None  # nothing between two quotes
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
        if closing == b"'" and close > begin and text[close + 1 : close + 2] == b"'":
            close += 2  # SQL doubles a quote within a string
            continue
        return Value(begin, close, True, calls)


def _quoted_like(text: bytes, at: int, limit: int) -> Value | None:
    opening = QUOTE_LIKE.match(text, at, limit)
    if opening is None:
        return None
    line_end = text.find(b"\n", opening.end(), limit)
    close = text.find(
        QUOTE_LIKE_CLOSED_BY.get(opening[1], opening[1]), opening.end(), limit if line_end < 0 else line_end
    )
    return Value(opening.end(), close, True) if close > opening.end() else None


def bare(text: bytes, at: int, limit: int, separator: re.Match[bytes], is_below: bool) -> Iterator[Value]:
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
        if closing == b"*" and b"*" not in before and b"*" not in separator[0]:
            break  # no mark of bold text that was opened
        opening = CLOSE.get(closing)
        if opening and text.count(opening, at, end) >= text.count(closing, at, end):
            break
        end -= 1
    if end > at:
        yield Value(at, end, False, b"", is_below)
