"""Which commit of a repository is current: a fact of its own, kept in the index beside the commits that are indexed.

The commit that was indexed last says nothing about it: a checkout that goes back to a branch, a remote that is rolled back and a
pinned commit that is indexed again all end at a commit that was indexed before another one. What was noted for another address, folder
or branch is not true of this one.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from storage.repos.schema import open_for_reading, open_for_writing


@dataclass(frozen=True, slots=True)
class Current:
    """`ref` is what led to the commit: a branch or tag, or the commit's own name where a checkout stands at no branch."""

    sha: str
    ref: str
    committed_at: datetime
    indexed_at: datetime


def origin(url: str, folder: Path, branch: str) -> str:
    """What a current commit is the current one of: a remote, or else a checkout, and what the operator wants of it."""
    return json.dumps([url or str(folder), branch])


def note(index: Path, of: str, ref: str, sha: str) -> None:
    """From now on this is the current commit; it is indexed already."""
    database = open_for_writing(index)
    try:
        database.execute("INSERT OR REPLACE INTO current (id, origin, ref, sha) VALUES (1, ?, ?, ?)", (of, ref, sha))
    finally:
        database.close()


def note_unreadable(index: Path, sha: str) -> None:
    """Nobody waits for a second try at a commit that is larger than can be read; the next round makes one."""
    (index.parent / "unreadable").write_text(sha)


def unreadable(index: Path) -> str:
    """The commit that could not be read at the last try, or ""."""
    try:
        return (index.parent / "unreadable").read_text()
    except OSError:
        return ""


def current(index: Path, of: str, deny: Sequence[str] = ()) -> Current | None:
    """What was noted last, if that was of this origin and is still indexed, under these rules."""
    database = open_for_reading(index, deny)
    if database is None:
        return None
    try:
        row = _row(database, of)
    finally:
        database.close()
    if row is None:
        return None
    sha, ref, committed_at, indexed_at = row
    return Current(sha, ref, datetime.fromisoformat(committed_at), datetime.fromisoformat(indexed_at).astimezone(UTC))


def _row(database: sqlite3.Connection, of: str) -> tuple[str, str, str, str] | None:
    if not database.execute("SELECT 1 FROM sqlite_master WHERE name = 'current'").fetchone():
        return None  # an index by a release that did not note it, and that nobody has written to since
    row: tuple[str, str, str, str] | None = database.execute(
        "SELECT sha, ref, committed_at, indexed_at FROM current JOIN commits USING (sha) WHERE origin = ?", (of,)
    ).fetchone()
    return row
