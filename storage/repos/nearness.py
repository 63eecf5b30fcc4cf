"""How near files are to a question in what they speak of, where the repository's directions were learned (see latent.py)."""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Iterable, Sequence
from operator import mul

from storage.repos.latent import UNIT, unit
from storage.repos.questions import stems

LEAST = 0.05
MOST_PATHS = 900


def nearness(
    database: sqlite3.Connection, commit_id: int, terms: Iterable[str], paths: Sequence[str]
) -> dict[str, float]:
    """For each of the paths the cosine between its words and the terms, from -1 to 1; those that are near at all."""
    asked = _direction(database, {*stems([*dict.fromkeys(terms)]).values()})
    found: dict[str, float] = {}
    for first in range(0, len(paths) if asked else 0, MOST_PATHS):
        some = paths[first : first + MOST_PATHS]
        rows = database.execute(
            "SELECT files.path, vector FROM files JOIN latent_files"  # noqa: S608 - question marks
            " ON latent_files.blob_id = files.blob_id AND latent_files.path = files.path"
            f" WHERE commit_id = ? AND files.path IN ({','.join('?' * len(some))})",
            (commit_id, *some),
        )
        for path, vector in rows:
            value = sum(map(mul, asked, array("b", vector))) / UNIT
            if value > LEAST:
                found[path] = value
    return found


def _direction(database: sqlite3.Connection, asked: set[str]) -> list[float]:
    """Where the words lie together, rare ones weighing more; [] where none is known."""
    query = f"SELECT rarity, vector FROM latent_words WHERE stem IN ({','.join('?' * len(asked))})"  # noqa: S608 - question marks
    total: list[float] = []
    for rarity, vector in database.execute(query, sorted(asked)):
        weighed = [rarity * value for value in array("f", vector)]
        total = [old + more for old, more in zip(total, weighed, strict=True)] if total else weighed
    return unit(total)
