"""Which files speak of the same things, in whatever words: latent semantic indexing (Deerwester et al. 1990), learned from one
repository alone.

A file is a vector of its words, rare ones weighing more. The few directions in which the files differ most are kept (by subspace
iteration); words that stand in the same files lie near each other in them, and a file near words that it does not hold. Learned once;
later files are put where their words say, until a quarter of them is new.
"""

from __future__ import annotations

import math
import re
import sqlite3
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import mul
from random import Random
from typing import TypeVar

from storage.repos.passages import words
from storage.repos.questions import STOP_WORDS, stems
from storage.repos.worth import ASIDE

DIRECTIONS, ROUNDS = 48, 3
FILES_A_DIRECTION = 4
"""With as many directions as files each would lie in one of its own."""

HEAVIEST_WORDS = 64
"""Of a file; the others say little, and cost as much."""

MOST_WORDS = 12_000
"""Those that most files hold."""

LEAST_FILES, MOST_FILES = 8, 6_000
"""Fewer files have nothing in common to learn; of more, evenly many are learned from, and all are put in their places."""

NEW_SHARE = 0.25
"""Where more of the files are new, all is learned anew."""

COMMON_SHARE = 0.4
NAME, FOLDER, DEFINED, SAID = 3.0, 1.0, 2.0, 0.5
MOST_DEFINED, MOST_SAID = 3, 20
"""What a word counts in a file's name, its folders, its definitions and its text, and how often at most."""

TEXT_BYTES = 200_000
WORD = re.compile(r"[^\W\d_]{2,39}")
UNIT = 127
"""What 1 is in a file's vector, which is kept in bytes."""

Word = TypeVar("Word", str, int)
Place = tuple[int, str]
"""A text's id, and a path that has it: names are part of what a file says."""


@dataclass(frozen=True, slots=True)
class Row:
    """A file's heaviest words, by their numbers, and what each counts."""

    words: array[int]
    values: array[float]


def learn_latent(database: sqlite3.Connection, sha: str, *, is_newest: bool) -> None:
    """Put the files of an indexed commit in their places, within the caller's transaction. An older commit changes no directions."""
    places: list[Place] = database.execute(
        "SELECT blob_id, path FROM files JOIN commits ON id = commit_id WHERE sha = ? AND kind = 'text' AND worth >= ?"
        " ORDER BY path",
        (sha, ASIDE),
    ).fetchall()
    known = set(database.execute("SELECT blob_id, path FROM latent_files").fetchall())
    new = [place for place in places if place not in known]
    reader = _Reader(database)
    if is_newest and len(places) >= LEAST_FILES and (not known or len(new) > NEW_SHARE * len(places)):
        database.execute("DELETE FROM latent_files")
        database.execute("DELETE FROM latent_words")
        learned_from = places[:: math.ceil(len(places) / MOST_FILES)]
        _learn(database, learned_from, reader)
        new = sorted({*places} - {*learned_from})
    _put_in(database, new, reader)


def _learn(database: sqlite3.Connection, places: Sequence[Place], reader: _Reader) -> None:
    number: dict[str, int] = {}
    files: list[Row] = []
    for file in reader.files(places):
        words = array("l", (number.setdefault(stem, len(number)) for stem in file))
        files.append(Row(words, array("d", file.values())))
    held = Counter(word for file in files for word in file.words)
    most = COMMON_SHARE * len(files)
    kept = [(stem, word) for stem, word in number.items() if 2 <= held[word] <= most and stem not in STOP_WORDS]
    kept = sorted(kept, key=lambda one: (-held[one[1]], one[0]))[:MOST_WORDS]
    rarity = {word: math.log(1 + (len(files) - held[word] + 0.5) / (held[word] + 0.5)) for _, word in kept}
    at = {word: place for place, (_, word) in enumerate(kept)}
    rows = [_row(zip(file.words, file.values, strict=True), rarity, at) for file in files]
    basis = directions(rows, len(kept), min(DIRECTIONS, len(files) // FILES_A_DIRECTION, len(kept)))
    database.executemany(
        "INSERT INTO latent_words VALUES (?, ?, ?)",
        ((stem, rarity[word], array("f", basis[place]).tobytes()) for place, (stem, word) in enumerate(kept)),
    )
    _write(database, ((place, row) for place, row in zip(places, rows, strict=True)), basis)


def _put_in(database: sqlite3.Connection, places: Sequence[Place], reader: _Reader) -> None:
    rarity: dict[str, float] = {}
    number: dict[str, int] = {}
    basis: list[Sequence[float]] = []
    for stem, rare, vector in database.execute("SELECT stem, rarity, vector FROM latent_words"):
        number[stem], rarity[stem] = len(basis), rare
        basis.append(array("f", vector))
    rows = (_row(file.items(), rarity, number) for file in reader.files(places if basis else ()))
    _write(database, zip(places, rows, strict=False), basis)


def _write(database: sqlite3.Connection, placed: Iterable[tuple[Place, Row]], basis: Sequence[Sequence[float]]) -> None:
    for place, row in placed:
        vector = array("b", (round(UNIT * value) for value in unit(_projected(row, basis))))
        database.execute("INSERT OR REPLACE INTO latent_files VALUES (?, ?, ?)", (*place, vector.tobytes()))


class _Reader:
    """What files say: the stems of their words, and how much each counts."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._stems: dict[str, str] = {}

    def files(self, places: Sequence[Place], many: int = 200) -> Iterator[dict[str, float]]:
        for first in range(0, len(places), many):
            some = [self._counts(*place) for place in places[first : first + many]]
            new = sorted({word for file in some for word in file if word not in self._stems})
            known_as = stems(new)
            self._stems.update((word, known_as.get(word, word)) for word in new)
            for file in some:
                sums: dict[str, float] = defaultdict(float)
                for word, count in file.items():
                    sums[self._stems[word]] += count
                yield {stem: math.log1p(count) for stem, count in sums.items()}

    def _counts(self, blob_id: int, path: str) -> dict[str, float]:
        query = "SELECT substr(text, 1, ?) FROM blobs WHERE id = ?"
        text = bytes(self._database.execute(query, (TEXT_BYTES, blob_id)).fetchone()[0] or b"").decode(
            "utf-8", "replace"
        )
        names = self._database.execute("SELECT name FROM definitions WHERE blob_id = ?", (blob_id,)).fetchall()
        folder, _, name = path.rpartition("/")
        counts: dict[str, float] = defaultdict(float)
        for word, count in _words(text).items():
            counts[word] += SAID * min(count, MOST_SAID)
        for word, count in _words(" ".join(name for (name,) in names)).items():
            counts[word] += DEFINED * min(count, MOST_DEFINED)
        for word in _words(name):
            counts[word] += NAME
        for word in _words(folder):
            counts[word] += FOLDER
        return counts


def _words(text: str) -> Counter[str]:
    return Counter(WORD.findall(words(text).lower()))


def _row(said: Iterable[tuple[Word, float]], rarity: Mapping[Word, float], number: Mapping[Word, int]) -> Row:
    weighed = sorted(((value * rarity[word], number[word]) for word, value in said if word in number), reverse=True)
    heaviest = weighed[:HEAVIEST_WORDS]
    return Row(array("l", (word for _, word in heaviest)), array("d", unit([value for value, _ in heaviest])))


def directions(rows: Sequence[Row], words: int, count: int) -> list[list[float]]:
    """For each word its place in the `count` orthonormal directions in which the rows differ most; the same for the same rows."""
    chance = Random(1)  # noqa: S311 - where to start is no secret
    basis = [[chance.gauss(0, 1) for _ in range(count)] for _ in range(words)]
    for _ in range(ROUNDS):
        following = [[0.0] * count for _ in range(words)]
        for row in rows:
            there = _projected(row, basis)
            for word, value in zip(row.words, row.values, strict=True):
                following[word] = [old + value * more for old, more in zip(following[word], there, strict=True)]
        basis = _orthonormal(following)
    return basis


def _projected(row: Row, basis: Sequence[Sequence[float]]) -> list[float]:
    there = [0.0] * len(basis[0]) if basis else []
    for word, value in zip(row.words, row.values, strict=True):
        there = [old + value * more for old, more in zip(there, basis[word], strict=True)]
    return there


def _orthonormal(rows: Sequence[Sequence[float]]) -> list[list[float]]:
    """The columns made orthonormal one after the other (modified Gram-Schmidt); one that adds nothing becomes 0."""
    done: list[list[float]] = []
    for column in map(list, zip(*rows, strict=True)):
        for earlier in done:
            share = sum(map(mul, column, earlier))
            column = [value - share * other for value, other in zip(column, earlier, strict=True)]
        done.append(unit(column))
    return [list(row) for row in zip(*done, strict=True)]


def unit(vector: Sequence[float]) -> list[float]:
    length = math.sqrt(sum(map(mul, vector, vector)))
    return [value / length if length > 1e-9 else 0.0 for value in vector]
