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

from storage.repos import lanes
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

LEAST_FILES, MOST_FILES = 8, 2_500
"""Fewer files have nothing in common to learn; of more, evenly many are learned from, and all are put in their places."""

NEW_SHARE = 0.25
"""Where more of the files are new, all is learned anew."""

COMMON_SHARE = 0.4
NAME, FOLDER, DEFINED, SAID = 3.0, 1.0, 2.0, 0.5
MOST_DEFINED, MOST_SAID = 3, 20
"""What a word counts in a file's name, its folders, its definitions and its text, and how often at most."""

TEXT_BYTES = 200_000
WORD, PLAIN_WORD = re.compile(r"[^\W\d_]{2,39}"), re.compile(r"[a-z]{2,39}")
"""The second finds the same in a text of ASCII alone, in half the time."""

UNIT = 127
"""What 1 is in a file's vector, which is kept in bytes."""

WEIGHT = 1 << 20
"""What 1 is among a file's words. With those of a basis it makes 2**44: a lane has room for the sum over any file."""

Word = TypeVar("Word", str, int)
Place = tuple[int, str]
"""A text's id, and a path that has it: names are part of what a file says."""


@dataclass(frozen=True, slots=True)
class Row:
    """A file's heaviest words, by their numbers, and what each counts: whole numbers, WEIGHT where a word is all there is."""

    words: array[int]
    values: array[int]


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
    if new:
        _put_in(database, new, reader)


def _learn(database: sqlite3.Connection, places: Sequence[Place], reader: _Reader) -> None:
    number: dict[str, int] = {}
    files = [
        (array("l", (number.setdefault(stem, len(number)) for stem in file)), array("d", file.values()))
        for file in reader.files(places)
    ]
    held = Counter(word for said, _ in files for word in said)
    most = COMMON_SHARE * len(files)
    kept = [(stem, word) for stem, word in number.items() if 2 <= held[word] <= most and stem not in STOP_WORDS]
    kept = sorted(kept, key=lambda one: (-held[one[1]], one[0]))[:MOST_WORDS]
    rarity = {word: math.log(1 + (len(files) - held[word] + 0.5) / (held[word] + 0.5)) for _, word in kept}
    at = {word: place for place, (_, word) in enumerate(kept)}
    rows = [_row(zip(said, values, strict=True), rarity, at) for said, values in files]
    count = min(DIRECTIONS, len(files) // FILES_A_DIRECTION, len(kept))
    basis = directions(rows, len(kept), count)
    vectors = (array("f", (value / lanes.ONE for value in lanes.unpacked(one, count))) for one in basis)
    database.executemany(
        "INSERT INTO latent_words VALUES (?, ?, ?)",
        ((stem, rarity[word], vector.tobytes()) for (stem, word), vector in zip(kept, vectors, strict=True)),
    )
    _write(database, ((place, row) for place, row in zip(places, rows, strict=True)), basis, count)


def _put_in(database: sqlite3.Connection, places: Sequence[Place], reader: _Reader) -> None:
    rarity: dict[str, float] = {}
    number: dict[str, int] = {}
    basis: list[int] = []
    count = 0
    for stem, rare, kept in database.execute("SELECT stem, rarity, vector FROM latent_words"):
        vector = array("f", kept)
        number[stem], rarity[stem], count = len(basis), rare, len(vector)
        basis.append(lanes.packed([round(value * lanes.ONE) for value in vector]))
    rows = (_row(file.items(), rarity, number) for file in reader.files(places if basis else ()))
    _write(database, zip(places, rows, strict=False), basis, count)


def _write(database: sqlite3.Connection, placed: Iterable[tuple[Place, Row]], basis: Sequence[int], count: int) -> None:
    for place, row in placed:
        vector = array("b", (round(UNIT * value) for value in unit(_projected(row, basis, count))))
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
    return Counter((PLAIN_WORD if text.isascii() else WORD).findall(words(text).lower()))


def _row(said: Iterable[tuple[Word, float]], rarity: Mapping[Word, float], number: Mapping[Word, int]) -> Row:
    weighed = sorted(((value * rarity[word], number[word]) for word, value in said if word in number), reverse=True)
    heaviest = weighed[:HEAVIEST_WORDS]
    weights = unit([value for value, _ in heaviest])
    return Row(array("l", (word for _, word in heaviest)), array("l", (round(value * WEIGHT) for value in weights)))


def directions(rows: Sequence[Row], words: int, count: int) -> list[int]:
    """For each word its place in the `count` orthonormal directions in which the rows differ most, packed; always the same ones."""
    chance = Random(1)  # noqa: S311 - where to start is no secret
    basis = [lanes.packed(array("b", chance.randbytes(count))) << 17 for _ in range(words)]
    for _ in range(ROUNDS):
        following = [0] * words
        for row in rows:
            there = lanes.packed([round(value * WEIGHT) for value in _projected(row, basis, count)])
            for word, value in zip(row.words, row.values, strict=True):
                following[word] += value * there
        basis = lanes.orthonormal(following, count)
    return lanes.orthonormal(basis, count)  # once more: takes away what rounding left


def _projected(row: Row, basis: Sequence[int], count: int) -> list[float]:
    there = lanes.combined(row.values, [basis[word] for word in row.words])
    return [value / (WEIGHT * lanes.ONE) for value in lanes.unpacked(there, count)]


def unit(vector: Sequence[float]) -> list[float]:
    length = math.sqrt(sum(map(mul, vector, vector)))
    return [value / length if length > 1e-9 else 0.0 for value in vector]
