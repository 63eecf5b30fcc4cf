"""What is said against a statement, by whoever looked at it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """`place` in the statement's text, -1 for its beginning."""

    place: int
    message: str
    kind: str = "sql"


@dataclass(frozen=True, slots=True)
class Said:
    """A fault at its line in a text of several statements."""

    line: int
    message: str
    kind: str
