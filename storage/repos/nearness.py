"""How near files and commits are to a question in what they speak of, where directions were learned (see latent.py)."""

from __future__ import annotations

import re
import sqlite3
from array import array
from collections.abc import Iterable, Mapping, Sequence
from operator import mul

from storage.repos.latent import UNIT, unit
from storage.repos.passages import words
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


def closeness(database: sqlite3.Connection, terms: Iterable[str], texts: Sequence[str]) -> list[float]:
    """For each of the texts the cosine between its words and the terms; 1 for all where nothing was learned of the terms."""
    asked, taken = {*terms}, [{*re.findall(r"[^\W_]+", words(text).lower())} for text in texts]
    stem_of = stems(sorted(asked.union(*taken)))
    vectors = _vectors(database, {*stem_of.values()})
    direction = unit(_sum(vectors, {stem_of.get(term, term) for term in asked}))
    said = (unit(_sum(vectors, {stem_of.get(word, word) for word in those})) for those in taken)
    return [sum(map(mul, direction, one)) if direction else 1.0 for one in said]


def _direction(database: sqlite3.Connection, asked: set[str]) -> list[float]:
    """Where the words lie together; [] where none is known."""
    return unit(_sum(_vectors(database, asked), asked))


def _vectors(database: sqlite3.Connection, asked: set[str]) -> dict[str, list[float]]:
    """Where each of the words lies, those that are known; rare ones weigh more."""
    found: dict[str, list[float]] = {}
    every = sorted(asked)
    for first in range(0, len(every), MOST_PATHS):
        some = every[first : first + MOST_PATHS]
        query = f"SELECT stem, rarity, vector FROM latent_words WHERE stem IN ({','.join('?' * len(some))})"  # noqa: S608 - question marks
        for stem, rarity, vector in database.execute(query, some):
            found[stem] = [rarity * value for value in array("f", vector)]
    return found


def _sum(vectors: Mapping[str, list[float]], these: Iterable[str]) -> list[float]:
    """[] where none of these is known."""
    return [sum(values) for values in zip(*(vectors[one] for one in sorted(these) if one in vectors), strict=True)]
