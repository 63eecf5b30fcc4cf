"""Looks for a pattern in texts: literals and linear-time expressions (RE2), whole pages of hits, bounded in time and size."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from functools import lru_cache

import re2

from bot.capabilities.team_code.code import CodeQuery, Found, Hit
from bot.capabilities.team_code.repositories import BadQuery

SCAN_BYTES = 400_000_000
MOST_COUNTED = 2_000
LINE_CHARACTERS = 300
LONGEST_PATTERN = 500


def compiled(query: CodeQuery) -> tuple[re.Pattern[bytes], list[str]]:
    """The expression, and literals that every match holds. Letters of one case mean any case, as editors do it."""
    if not query.pattern.strip():
        raise BadQuery("The pattern is empty.")
    if len(query.pattern) > LONGEST_PATTERN:
        raise BadQuery(f"The pattern is longer than {LONGEST_PATTERN} characters.")
    if "\n" in query.pattern:
        raise BadQuery("A pattern is looked for within one line.")
    fold = (
        ""
        if re.search(r"[A-Z]", re.sub(r"\\.", "", query.pattern) if query.mode == "regex" else query.pattern)
        else "(?i)"
    )
    if query.mode == "regex":
        return compile_linear(f"(?m){fold}(?:{query.pattern})"), _required(query.pattern)
    return compile_linear(fold + re2.escape(query.pattern)), [query.pattern] if len(query.pattern) >= 3 else []


@lru_cache(maxsize=64)
def compile_linear(pattern: str) -> re.Pattern[bytes]:
    options = re2.Options()
    options.max_mem = 8 << 20
    options.log_errors = False
    try:
        compiled: re.Pattern[bytes] = re2.compile(pattern.encode(), options)
    except re2.error as fault:
        reason = fault.args[0].decode() if fault.args and isinstance(fault.args[0], bytes) else str(fault)
        raise BadQuery(
            f"This is not an expression that can be searched in linear time: {reason[:200]}."
            " Back-references and look-around are not known; write it simpler, or search literally."
        ) from fault
    return compiled


def _required(pattern: str) -> list[str]:
    """Runs of plain characters that every match of the expression holds; [] where that cannot be told at a glance."""
    if re.search(r"[|()?]|\\[pPQE]|\(\?", pattern):
        pattern = "" if "|" in pattern or "(" in pattern else pattern
    runs, run = [], ""
    at = 0
    while at < len(pattern):
        character = pattern[at]
        if character == "\\" and at + 1 < len(pattern) and not pattern[at + 1].isalnum():
            plain, step = pattern[at + 1], 2
        elif character == "[":
            end = pattern.find("]", at + 2)
            plain, step = "", (end - at + 1 if end > 0 else len(pattern))
        elif character in ".^$\\{}":
            plain, step = "", 2 if character == "\\" else 1
            if character == "{":
                step = max(1, pattern.find("}", at) - at + 1)
        else:
            plain, step = character, 1
        following = pattern[at + step : at + step + 1]
        if plain in ("*", "+", "?"):
            plain = ""
        if plain and following not in ("*", "?", "{"):
            run += plain
        else:
            runs.append(run)
            run = ""
        if following == "+":
            runs.append(run)
            run = ""
        at += step
    return [one for one in (*runs, run) if len(one) >= 3]


class Scan:
    """Collects the hits of one search over many texts: the page that was asked for, and how many there are."""

    def __init__(
        self,
        pattern: re.Pattern[bytes],
        query: CodeQuery,
        deadline: float,
        defining: dict[str, set[int]],
        *,
        definitions_too: bool = True,
    ) -> None:
        self._pattern = pattern
        self._query = query
        self._deadline = deadline
        self._defining = defining
        self._definitions_too = definitions_too
        self._first: list[Hit] = []
        self._rest: list[Hit] = []
        self._total = self._files = self._bytes = 0
        self._complete = True

    def look(self, text: bytes, paths: Sequence[str], only: frozenset[int] | None = None) -> bool:
        """Look through one text; False when enough has been seen."""
        numbers: list[tuple[int, int]] = []
        line, at = 1, 0
        last = -1
        for found in self._pattern.finditer(text):
            if only is not None and found.start() not in only:
                continue
            line += text.count(b"\n", at, found.start())
            at = found.start()
            if line != last:
                numbers.append((line, found.start()))
                last = line
            if len(numbers) >= MOST_COUNTED:
                self._complete = False
                break
        self._bytes += len(text)
        for path in paths if numbers else ():
            self._add(text, path, numbers)
        if time.monotonic() > self._deadline or self._total >= MOST_COUNTED or self._bytes > SCAN_BYTES:
            self._complete = False
            return False
        return True

    def _add(self, text: bytes, path: str, numbers: Sequence[tuple[int, int]]) -> None:
        defined = self._defining.get(path, set())
        kept = [one for one in numbers if self._definitions_too or one[0] not in defined]
        self._total += len(kept)
        self._files += bool(kept)
        wanted = self._query.offset + self._query.limit
        for number, start in kept:
            is_definition = number in defined
            if is_definition or len(self._rest) < wanted:
                hit = _hit(text, path, number, start, self._query.context_lines, is_definition)
                (self._first if is_definition else self._rest).append(hit)

    def found(self) -> Found:
        hits = (*self._first, *self._rest)
        return Found(
            hits[self._query.offset : self._query.offset + self._query.limit], self._total, self._files, self._complete
        )


def _hit(text: bytes, path: str, number: int, start: int, context: int, is_definition: bool) -> Hit:
    begin, stop = text.rfind(b"\n", 0, start) + 1, text.find(b"\n", start)
    stop = len(text) if stop < 0 else stop
    around = tuple(_around(text, number, begin, stop, context)) if context else ()
    return Hit(path, number, _line(text[begin:stop], start - begin), around, is_definition)


def _around(text: bytes, number: int, begin: int, stop: int, context: int) -> Iterator[tuple[int, str]]:
    before = text[:begin].splitlines()[-context:] if begin else []
    yield from ((number - len(before) + place, _line(line, 0)) for place, line in enumerate(before))
    after = text[stop + 1 :].split(b"\n", context)[:context]
    yield from ((number + place, _line(line, 0)) for place, line in enumerate(after, 1))


def _line(line: bytes, at: int) -> str:
    """A line as it is shown: a long one around what was found in it."""
    if len(line) <= LINE_CHARACTERS:
        return line.decode("utf-8", "replace")
    first = max(0, min(at - LINE_CHARACTERS // 3, len(line) - LINE_CHARACTERS))
    cut = line[first : first + LINE_CHARACTERS].decode("utf-8", "ignore")
    return ("… " if first else "") + cut + (" …" if first + LINE_CHARACTERS < len(line) else "")
