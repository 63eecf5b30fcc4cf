"""The parameters of a statement against the values that a driver is given with it, and the way in which that driver writes them."""

from __future__ import annotations

import re

from storage.checks.sql.statements.text import QUESTION, pieces

NUMBERED, FORMATTED = "$1", "%s"
"""asyncpg, pg, pgx; psycopg, Django's cursors."""

PLACES = {NUMBERED: re.compile(r"\$(\d{1,4})(?!\w)"), FORMATTED: re.compile(r"(?<!%)(?:%%)*%([sbt])(?!\w)")}
NAMED = re.compile(r"%\(\w+\)s|(?<![:\w]):[a-z_]\w*", re.IGNORECASE)
TEMPLATED = re.compile(r"[{}]")


def fault(text: str, style: str, count: int) -> tuple[int, str] | None:
    """The place in the text, and what is said; `count` values are given. None where all fits, or nobody knows."""
    code: list[tuple[int, str]] = []
    quoted: list[tuple[int, str]] = []
    for kind, start, end in pieces(text):
        if kind in ("code", "string"):
            found = ((start + one.start(1), one[1]) for one in PLACES[style].finditer(text[start:end]))
            (code if kind == "code" else quoted).extend(found)
    bare = "".join(text[start:end] for kind, start, end in pieces(text) if kind == "code")
    if not count or NAMED.search(bare) or TEMPLATED.search(text):
        return None
    used = max((int(number) for _, number in code), default=0) if style == NUMBERED else len(code)
    if quoted and (style == FORMATTED or used < count):
        return quoted[0][
            0
        ], f"within quotes `{style}` is a part of the text and no parameter; what belongs to it goes into the value"
    other = FORMATTED if style == NUMBERED else NUMBERED
    strange = PLACES[other].search(bare)
    if not used and (strange or QUESTION.search(bare)):
        word = other if strange else "?"
        return max(
            text.find(word), 0
        ), f"this driver writes parameters as `{style}`, and `{word}` reaches the server as it is"
    if used != count:
        return (
            0,
            f"the statement has {used or 'no'} parameter{'s' * (used != 1)}, and {count} value{'s' * (count != 1)} are given with it",
        )
    return None
