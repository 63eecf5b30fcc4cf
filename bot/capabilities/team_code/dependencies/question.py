"""What is asked of a repository's dependency files, and the rows of an answer: plain data that also goes to a process of its own."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NotRead:
    """A file that belongs here and whose text is not known; `is_lock` where it might hold the version that is asked for."""

    path: str
    ecosystem: str
    reason: str
    is_lock: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """`ecosystem` is one of `ecosystems.NAMES` or ""; `names` are as people write them, none for all that is direct.

    `outside` are files read only for what they say about those inside: the locks, parents and workspaces above a folder.
    `left_out` counts files that nobody tried to read.
    """

    ecosystem: str = ""
    names: tuple[str, ...] = ()
    folder: str = ""
    outside: frozenset[str] = frozenset()
    not_read: tuple[NotRead, ...] = ()
    not_understood: tuple[NotRead, ...] = ()
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the answer, and the place it was read from; no path where it says something about several files."""

    text: str
    path: str = ""
    line: int = 0
    name: str = ""
    """As it was asked for; "" where a row is about no name or about all."""
