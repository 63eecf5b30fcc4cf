"""What files speak of, learned from the repository alone: words of the same files lie near each other."""

from __future__ import annotations

import math
import sqlite3
from array import array
from operator import mul
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.repos import lanes
from storage.repos.builder import build
from storage.repos.history import learn
from storage.repos.latent import Row, directions
from storage.repos.nearness import closeness, nearness
from tests.repositories import Content, MadeRepository

SUBJECTS = {
    "shipping": "parcel courier consignment depot tracking",
    "accounts": "ledger debit balance posting journal",
    "people": "applicant vacancy interview salary contract",
}


def text(words: str) -> str:
    return "".join(f"def {word}():\n    return {word}_table\n\n" for word in words.split())


def repository(made: MadeRepository, **more: Content) -> str:
    files: dict[str, Content] = {}
    for folder, said in SUBJECTS.items():
        words = said.split()
        for left in range(len(words)):
            files[f"{folder}/part{left}.py"] = text(" ".join(word for at, word in enumerate(words) if at != left))
    return made.commit({**files, **more})


@pytest.fixture
def made(tmp_path: Path) -> MadeRepository:
    return MadeRepository(tmp_path / "git")


@pytest.fixture
def index(tmp_path: Path) -> Path:
    return tmp_path / "index.db"


def learned(made: MadeRepository, index: Path, sha: str, *, is_newest: bool = True) -> str:
    build(made.folder, index, sha)
    learn(made.folder, index, sha, is_newest=is_newest)
    return sha


def matrix(rows: list[int], count: int) -> list[list[float]]:
    return [[value / lanes.ONE for value in lanes.unpacked(row, count)] for row in rows]


def near(index: Path, sha: str, *terms: str) -> dict[str, float]:
    database = sqlite3.connect(index)
    try:
        (commit_id,) = database.execute("SELECT id FROM commits WHERE sha = ?", (sha,)).fetchone()
        paths = [path for (path,) in database.execute("SELECT path FROM files WHERE commit_id = ?", (commit_id,))]
        return nearness(database, commit_id, terms, paths)
    finally:
        database.close()


def known_words(index: Path) -> list[tuple[object, ...]]:
    database = sqlite3.connect(index)
    try:
        return database.execute("SELECT * FROM latent_words ORDER BY stem").fetchall()
    finally:
        database.close()


def test_a_file_is_near_a_word_that_it_does_not_hold_but_its_like_do(made: MadeRepository, index: Path) -> None:
    sha = learned(made, index, repository(made))
    found = near(index, sha, "parcels")
    without = "shipping/part0.py"  # it holds every word of shipping but this one
    assert found[without] > 0.7
    assert all(found.get(path, 0.0) < 0.3 for path in found if not path.startswith("shipping/"))


def test_a_commit_is_near_a_question_whose_words_it_does_not_say(made: MadeRepository, index: Path) -> None:
    learned(made, index, repository(made))
    database = sqlite3.connect(index)
    subjects = ["Route the courier by its depot", "Post a debit to the journal", "Zeppelin"]

    of_parcels, of_ledgers, unknown = closeness(database, ["parcel"], subjects)

    assert of_parcels > 0.7 > 0.3 > of_ledgers
    assert unknown == 0
    assert closeness(database, ["zeppelin"], subjects) == [1, 1, 1], "nothing is known of the question"
    database.close()


def test_a_word_that_nobody_says_is_near_nothing(made: MadeRepository, index: Path) -> None:
    sha = learned(made, index, repository(made))
    assert near(index, sha, "zeppelin") == {}
    assert near(index, sha) == {}


def test_few_files_teach_nothing_and_an_empty_one_does_no_harm(made: MadeRepository, index: Path) -> None:
    sha = learned(made, index, made.commit({"a.py": text("parcel"), "b.py": text("parcel"), "empty.py": ""}))
    assert near(index, sha, "parcel") == {}
    later = learned(made, index, repository(made, **{"empty.py": "", "shipping/empty.py": ""}))
    assert near(index, later, "parcel")["shipping/part1.py"] > 0.7


def test_a_new_file_is_put_in_its_place_and_the_directions_stay(made: MadeRepository, index: Path) -> None:
    learned(made, index, repository(made))
    before = known_words(index)
    sha = learned(made, index, made.commit({"desk.py": text("courier depot")}))
    assert near(index, sha, "parcel")["desk.py"] > 0.7
    assert known_words(index) == before


def test_all_is_learned_anew_where_much_is_new_but_not_for_an_older_commit(made: MadeRepository, index: Path) -> None:
    first = learned(made, index, repository(made))
    before = known_words(index)
    trees = {f"forest/tree{number}.py": text("birch alder spruce") for number in range(9)}
    older = made.commit({path: content.replace("alder", "maple") for path, content in trees.items()})
    newest = made.commit(trees)
    learned(made, index, older, is_newest=False)
    assert known_words(index) == before
    learned(made, index, newest)
    assert near(index, newest, "birch")["forest/tree0.py"] > 0.7
    assert near(index, first, "parcel")["shipping/part0.py"] > 0.7, "unchanged files serve older commits too"


def test_the_directions_are_orthonormal_and_always_the_same() -> None:
    rows = [Row(array("l", [at % 7, 7 + at % 5]), array("l", [800_000, 600_000])) for at in range(40)]
    basis = directions(rows, 12, 4)
    columns = list(zip(*matrix(basis, 4), strict=True))
    for at, one in enumerate(columns):
        for other_at, other in enumerate(columns):
            product = sum(a * b for a, b in zip(one, other, strict=True))
            assert math.isclose(product, at == other_at, abs_tol=1e-6)
    assert directions(rows, 12, 4) == basis


def test_more_directions_than_there_are_become_nothing() -> None:
    basis = matrix(directions([Row(array("l", [0, 1]), array("l", [800_000, 600_000]))] * 3, 2, 2), 2)
    lengths = [math.hypot(*column) for column in zip(*basis, strict=True)]
    assert [round(length, 4) for length in lengths] == [1, 0]
    assert directions([], 0, 0) == []


@given(vectors=st.integers(1, 9).flatmap(
    lambda width: st.lists(st.lists(st.integers(-(2**40), 2**40), min_size=width, max_size=width), min_size=1, max_size=9)
))  # fmt: skip
def test_what_is_done_to_a_packed_vector_is_done_to_each_of_its_numbers(vectors: list[list[int]]) -> None:
    width = len(vectors[0])
    assert [lanes.unpacked(lanes.packed(one), width) for one in vectors] == vectors
    factors = [place * 997 - 2_000 for place in range(len(vectors))]
    sums = [sum(map(mul, factors, numbers)) for numbers in zip(*vectors, strict=True)]
    assert lanes.unpacked(lanes.combined(factors, [lanes.packed(one) for one in vectors]), width) == sums
