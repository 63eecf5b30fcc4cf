"""Where a value stands behind its name: assignments of every language, JSON, YAML, XML, SQL, shells, headers, prose.

A name is found by a word in it, and what follows is read: closing quotes, a type, a separator, perhaps a wrapper, and the value. A value
ends at its quote; without one at a blank, a quote, `;`, `,`, `<`, or a written line end.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from bot.writing.secrets.chosen import (
    is_everyday,
    is_joined,
    is_of_nouns,
    is_peoples,
    is_phrase,
    is_picked,
    is_set,
    is_simple,
    is_spaced,
    is_weak,
)
from bot.writing.secrets.connections import is_of_connection
from bot.writing.secrets.engine import LONGEST_VALUE, compiled
from bot.writing.secrets.entries import values_of
from bot.writing.secrets.extent import Value, bare, end_of, further_values, is_line_of_setting, quoted, values_behind
from bot.writing.secrets.naming import OTHERWISE, Grade, grade_of, words_of
from bot.writing.secrets.separators import (
    APOSTROPHE,
    ARN,
    BLOCK_BEGINS,
    BLOCK_LINE,
    CLOSING,
    DEFAULT,
    DIRECTIVE,
    FLAG,
    IDENTIFIER,
    KINDS,
    KNOWN_CALL,
    LEFT,
    LOOKUP,
    MARKED,
    NAMES,
    OPEN_KEY,
    PLAIN_SEPARATOR,
    SEPARATOR,
    SPOKEN_KEY,
    WITHIN_BRACES,
)
from bot.writing.secrets.values import LETTERS, UUID, WORD, flips, is_plausible, is_random
from bot.writing.secrets.worded import is_of_vendor, named, vendor_of


@dataclass(frozen=True, slots=True)
class Found:
    """A secret from `start` to before `end`, and what its mark says."""

    start: int
    end: int
    name: str


NEAR, NEXT = 300, 60
"""Bytes behind a name that are looked at before it is known whether they hold a secret; behind its line, for its entry's other field."""


EVERYDAY_WORDS = compiled(r"(?:[a-z]{3,12}[ ._-]){3,23}[a-z]{3,12}")
SAID_WORDS = compiled(r"(?i)(?:[a-z]{2,12} ){3,23}[a-z]{2,12}")
"""What stands behind a name that says passphrase."""

DOTTED = compiled(r"[ \t]{2,}$")
LIST_BEGINS = compiled(r"[\[({]\s{0,40}[bfr]?[\"'`]$")
FURTHER_CELLS = tuple(compiled(rf"([\"'`]?)(?:[^|\n]{{0,160}}\|){{{number}}}[ \t]*") for number in (2, 3, 4))
"""Of the row of a table that begins with a name."""

SETTER = compiled(r"(?i)(?:^|\.)(?:set|with|use)_?[A-Za-z_]+$")
APART = compiled(r"()[ \t]+")
"""A blank where what follows looked like a block."""


def find_named(text: bytes, start: int, end: int) -> Iterator[Found]:
    """Secrets behind their names, between two places of the text that are beginnings or ends of lines."""
    marks = (
        [mark.span() for mark in MARKED.finditer(text, start, end)] if text.find(b"[masked: ", start, end) >= 0 else []
    )
    at = start
    while (found := NAMES.search(text, at, min(len(text), end + NEXT))) is not None and found.start() < end:
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
            for more in itertools.chain(_rest_of_block(text, stop, secret, end), _rest_of_list(text, stop, secret)):
                yield more
                at = max(at, more.end)


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
            is_secret = (is_peoples if grade is Grade.PASSWORD else is_plausible)(said, is_bare=not is_quoted)
            is_secret = is_secret or (grade is Grade.PASSWORD and is_picked(said))
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


def _rest_of_list(text: bytes, stop: int, secret: Found) -> Iterator[Found]:
    """The further values of a list whose first one is a secret, the further pieces of one string."""
    is_list = bool(LIST_BEGINS.search(text[max(stop, secret.start - 80) : secret.start]))
    if not is_list and text.find(b"\n", secret.end, secret.end + 40) < 0:
        return  # pieces of one string stand on lines of their own
    for value in further_values(text, secret.end):
        if is_plausible(text[value.start : min(value.end, value.start + NEAR)], is_bare=True):
            yield Found(value.start, value.end, secret.name)


def _behind(text: bytes, start: int, stop: int, end: int) -> Found | None:
    words, grade, vendor = _promise(text[max(start, stop - 100) : stop])
    before, limit = text[max(0, start - 16) : start], min(len(text), stop + NEAR)
    if grade is Grade.DOUBTFUL and words in ([b"key"], [b"keys"]) and SPOKEN_KEY.search(before):
        grade = Grade.KEY
    if grade in (Grade.KEY, Grade.DOUBTFUL) and words[-1] in (b"key", b"keys") and OPEN_KEY.search(before):
        return None
    if (grade is None and not vendor) or before.endswith(b"</") or ARN.search(text[max(0, start - 120) : start]):
        return None
    tries = list(_readings(text, start, stop, limit))
    for read, how in tries:
        for value in values_behind(text, read, how, limit):
            if judged := _judge(text, start, value, how, read, grade, vendor):
                return judged if value.quoted or judged.end < limit else replace(judged, end=end_of(text, limit))
    if not any(how in ("assigned", "called", "blank") for _, how in tries[:1]):
        return None
    wide = min(len(text), stop + 600)
    below = DEFAULT.match(text, stop, wide) or WITHIN_BRACES.match(text, stop, wide)
    last = below and (quoted(text, below.end(), limit, b"") or next(bare(text, below.end(), limit, below, False), None))
    return _judge(text, start, last, "below", below, grade, vendor) if below and last else None


def _readings(text: bytes, start: int, stop: int, limit: int) -> Iterator[tuple[re.Match[bytes], str]]:
    """What parts a name from its value, and how: in each way in which it can be read, the likeliest first."""
    if (separator := SEPARATOR.match(text, stop, limit)) is None:
        return
    kind, between = next((kind, separator[group]) for kind, group in KINDS if separator[group] is not None)
    closing = separator[CLOSING]
    if kind == "assigned" and between.startswith(b"(") and text[stop : stop + 1] not in (b" ", b"\t"):
        return  # the parameters of a function
    if between.startswith(b"or") and not closing.endswith((b")", b"]")):
        return  # prose: only what stands for an environment's missing value counts
    if closing and (kind == "spaced" or text[start - 1 : start] == b"/"):
        return
    if kind == "called" and between.strip() == b"{" and closing.endswith(b")"):
        kind = "assigned"  # a block that says what is taken where there is nothing
    plain = PLAIN_SEPARATOR.match(text, stop, limit) if kind in ("typed", "spaced") else None
    ways = [(separator, kind), *([(plain, "assigned")] if plain else [])]
    is_plain_first = plain and kind == "typed" and is_line_of_setting(text, stop) and b" =" not in between
    yield from reversed(ways) if is_plain_first else ways
    if kind == "cell":
        yield from ((cell, kind) for further in FURTHER_CELLS if (cell := further.match(text, stop, limit)))
    if kind == "called" and _begins_line(text, start) and (apart := APART.match(text, stop, limit)):
        yield apart, "blank"


@lru_cache(maxsize=8_192)
def _promise(name: bytes) -> tuple[list[bytes], Grade | None, bytes]:
    """A name's words, what it promises, and whose it is; names come again and again."""
    words = words_of(name)
    is_otherwise = bool(words) and words[-1].rstrip(b"0123456789") in OTHERWISE
    return words, grade_of(words), b"" if is_otherwise else vendor_of(words)


def _judge(
    text: bytes,
    start: int,
    value: Value,
    kind: str,
    separator: re.Match[bytes],
    grade: Grade | None,
    vendor: bytes,
) -> Found | None:
    said = text[value.start : min(value.end, value.start + NEAR)]
    if said.startswith(b"[masked: "):
        return None
    name = text[start : separator.start()]
    is_given = value.quoted or kind in ("assigned", "attribute", "below", "said", "typed", "spaced")
    if vendor and is_given and is_of_vendor(said, is_key=grade is not None or b"api" in name.lower()):
        return Found(value.start, value.end, named(vendor))
    if grade is None:
        return None
    quote = text[value.start - 1 : value.start]
    is_plain_quote = quote in b"\"'`" and text[value.start - 2 : value.start - 1] != b"\\"
    if value.quoted and is_plain_quote and not separator[CLOSING] and _is_within(text, start, quote):
        return None
    if kind == "attribute" and not value.quoted and said[:1] in (b"(", b".", b"[", b"{", b"@"):
        return None
    if kind == "attribute" and not value.quoted and text[value.end : value.end + 1] not in (b"<", b"\n", b"\r", b""):
        return None
    is_named = separator[CLOSING] or text[start - 1 : start] in (b":", b"{") or name.isupper() or b"." in name
    if kind == "paired" and not (is_named and value.quoted):
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


def _is_secret(
    text: bytes, start: int, said: bytes, value: Value, kind: str, separator: re.Match[bytes], grade: Grade
) -> bool:
    is_bare = not value.quoted
    if grade is Grade.DOUBTFUL or (value.calls and not KNOWN_CALL.fullmatch(value.calls)):
        is_compared = kind == "called" and b"." in separator[0]
        return not is_compared and is_random(said) and (kind not in ("said", "blank") or _is_flag(text, start, kind))
    judge = is_peoples if grade is Grade.PASSWORD else is_plausible
    if kind == "blank" and b"\t" in separator[0]:
        kind = "cell"
    if kind in ("called", "cell") or value.is_below:
        if value.quoted:
            is_sure = value.is_below or kind == "cell" or is_random(said) or grade is Grade.PASSWORD
            is_sure = is_sure or bool(
                SETTER.search(text[start : separator.start()]) or b"." in separator[0] or UUID.fullmatch(said)
            )
            return (judge(said) and is_sure) or (grade is Grade.SECRET and is_picked(said))
        if kind == "cell" and grade is Grade.PASSWORD:
            is_drawn = judge(said, is_bare=True) and flips(said) >= 3 and any(48 <= byte < 58 for byte in said)
            return b"|" not in said and (is_everyday(said) or is_drawn)
        return is_random(said)
    if kind == "said":
        said = said.rstrip(b"!")
        if grade is Grade.PASSWORD and (is_weak(said, digits=2) or is_joined(said)):
            return True
        return judge(said, is_bare=True) and any(48 <= byte < 58 or byte in b"!$#%&*+~^" for byte in said)
    if kind == "blank":
        if value.quoted:
            return judge(said) or (grade is Grade.PASSWORD and _is_of_words(text, start, value, said))
        if _is_flag(text, start, kind) or _begins_line(text, start):
            is_label = text[start : value.start].rstrip().isupper() or DOTTED.search(separator[0]) is not None
            is_sure = is_label and is_simple(said)
            is_chosen = grade is Grade.PASSWORD and (is_weak(said) or is_picked(said) or is_of_nouns(said) or is_sure)
            return (judge(said, is_bare=True) or is_chosen) and not said.startswith(b"-")
        return is_random(said) or (
            judge(said, is_bare=True) and flips(said) >= 6 and any(48 <= byte < 58 for byte in said)
        )
    if judge(said, is_bare=is_bare):
        return True
    if grade in (Grade.SECRET, Grade.TOKEN, Grade.KEY) and kind == "assigned" and is_bare:
        is_member = b"." in said and not is_everyday(said)
        return is_picked(said) and not is_member and is_set(text, start, value.start, value.end)
    if grade is Grade.SECRET and value.quoted and kind != "paired":
        return is_picked(said)
    if kind == "assigned" and is_phrase(said, b"-"):
        return (value.quoted and not said.islower()) or is_set(text, start, value.start, value.end)
    if grade is not Grade.PASSWORD or kind not in ("assigned", "attribute", "typed", "spaced", "paired"):
        return False
    if value.quoted or kind == "attribute":
        is_chosen = is_phrase(said) or (kind == "attribute" and is_picked(said))
        return is_chosen or _is_of_words(text, start, value, said)
    return is_set(text, start, value.start, value.end) or is_of_connection(text, start, value.start, value.end)


def _is_flag(text: bytes, start: int, kind: str) -> bool:
    """`--name value` on a command line; the name may hold its hyphens."""
    before = text[max(0, start - LEFT) : start]
    return kind == "blank" and (bool(FLAG.search(before)) or text[start : start + 1] == b"-")


def _is_of_words(text: bytes, start: int, value: Value, said: bytes) -> bool:
    """A passphrase behind a name that says so, or words of which one holds digits as no sentence's does."""
    name, words = text[start : value.start].lower(), LETTERS.findall(said.lower())
    is_phrase_s = b"phrase" in name or b"psk" in name
    if EVERYDAY_WORDS.fullmatch(said):
        return is_phrase_s or not WORD.intersection(words)
    if is_phrase_s and SAID_WORDS.fullmatch(said):
        return not WORD.intersection(words) and not any(b"pass" in word or b"phrase" in word for word in words)
    return is_spaced(said)


def _begins_line(text: bytes, start: int) -> bool:
    """Such as `ENV NAME value` in a Dockerfile, `requirepass value`, `password value` in a .netrc."""
    line = text.rfind(b"\n", max(0, start - 200), start) + 1 or max(0, start - 200)
    return bool(DIRECTIVE.fullmatch(text[line:start]))
