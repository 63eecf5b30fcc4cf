"""A repository's history as words for its files: what it finds, what is never in it, and that it is learned only once."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pygit2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.repos.builder import build
from storage.repos.history import learn
from storage.repos.index import CodeIndex
from storage.repos.steps import merge_title, steps
from tests.repositories import Content, MadeRepository

TABLES = (
    "SELECT sha, subject FROM changes",
    "SELECT path, owner, round(length, 6) FROM trails",
    "SELECT sha, path FROM touched JOIN changes ON changes.id = change_id JOIN trails ON trails.id = trail_id",
    "SELECT sha, learned, telling, known_files, round(mean_length, 6) FROM commits ORDER BY id DESC LIMIT 1",
)


@pytest.fixture
def made(tmp_path: Path) -> MadeRepository:
    return MadeRepository(tmp_path / "git")


@pytest.fixture
def index(tmp_path: Path) -> Path:
    return tmp_path / "index.db"


def learned(
    made: MadeRepository, index: Path, sha: str = "", deny: tuple[str, ...] = (), *, is_newest: bool = True
) -> str:
    sha = sha or made.head
    build(made.folder, index, sha, deny)
    learn(made.folder, index, sha, deny, is_newest=is_newest)
    return sha


def found(index: Path, sha: str, question: str, deny: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    opened = CodeIndex.open(index, sha, deny)
    assert opened
    try:
        return [(one.path, one.reason) for one in opened.candidates(question, "", 40).files]
    finally:
        opened.close()


def everything(index: Path) -> list[list[tuple[object, ...]]]:
    database = sqlite3.connect(index)
    try:
        return [sorted(database.execute(query).fetchall()) for query in TABLES]
    finally:
        database.close()


def test_a_file_is_found_by_what_a_commit_said_of_it(made: MadeRepository, index: Path) -> None:
    made.commit({"server/store.go": "package server\n", "server/other.go": "package server\n"}, "Begin.")
    made.commit({"server/store.go": "package server\n\nvar n = 1\n"}, "Retry creation of pipelines")

    sha = learned(made, index)

    assert found(index, sha, "when are pipelines tried once more after creation fails?") == [
        ("server/store.go", "changed 2026 by “Retry creation of pipelines”")
    ]


def test_what_came_after_the_commit_that_is_asked_is_not_known(made: MadeRepository, index: Path) -> None:
    earlier = made.commit({"a.py": "x = 1\n"}, "Number ledger entries upwards")
    later = made.commit({"a.py": "x = 2\n"}, "Refuse zebra stripes")
    learned(made, index, earlier)
    learned(made, index, later)

    assert found(index, earlier, "zebra stripes") == []
    assert [path for path, _ in found(index, later, "zebra stripes")] == ["a.py"]
    assert [path for path, _ in found(index, earlier, "ledger")] == ["a.py"]


def test_an_older_commit_that_is_asked_for_again_knows_only_its_ancestors(made: MadeRepository, index: Path) -> None:
    first = made.commit({"a.py": "x = 1\n"}, "Number ledger entries upwards")
    second = made.commit({"a.py": "x = 2\n"}, "Refuse zebra stripes")
    third = made.commit({"a.py": "x = 3\n"}, "Count walrus invoices")
    learned(made, index, first)
    learned(made, index, third)
    before = everything(index)[:3]
    learned(made, index, second, is_newest=False)

    assert [path for path, _ in found(index, second, "ledger")] == ["a.py"]
    assert found(index, second, "walrus") == []
    assert everything(index)[:3] == before


def test_a_renamed_file_keeps_what_was_said_of_it(made: MadeRepository, index: Path) -> None:
    made.commit({"old/name.rb": "one\ntwo\n"}, "Begin.")
    made.commit({"old/name.rb": "one\ntwo\nthree\n"}, "Limit zebra rate hourly")
    made.commit({"old/name.rb": None, "new/name.rb": "one\nother\n"}, "Move and change it at once")

    sha = learned(made, index)

    assert [path for path, _ in found(index, sha, "zebra rate")] == ["new/name.rb"]


def test_a_commit_of_many_files_says_nothing_of_each_but_its_renames_are_followed(
    made: MadeRepository, index: Path
) -> None:
    made.commit({"a/core.py": "core = 1\n"}, "Limit zebra rate hourly")
    moved: dict[str, Content] = {f"b/file{number}.py": f"n = {number}\n" for number in range(31)}
    made.commit({**moved, "a/core.py": None, "b/core.py": "core = 1\n"}, "Walrus counts become integers")

    sha = learned(made, index)

    assert [path for path, _ in found(index, sha, "zebra")] == ["b/core.py"]
    assert found(index, sha, "walrus") == []


def test_what_is_secret_or_denied_leaves_no_trace_under_an_old_name_either(made: MadeRepository, index: Path) -> None:
    made.commit({"legal/deal.md": "secret deal\n", "a.py": "x = 1\n"}, "Begin.")
    made.commit({"legal/deal.md": "secret deal two\n"}, "canarydeal with the walrus")
    made.commit({".env": "KEY=1\n"}, "canaryenv rotated")
    made.commit({"legal/deal.md": None, "docs/deal.md": "secret deal two\n"}, "Open it")
    made.commit({"a.py": "x = 2\n"}, "Set password = 'hunter2hunter2x9' for zebra")

    sha = learned(made, index, deny=("legal/**",))

    held = index.read_bytes()
    assert b"canarydeal" not in held
    assert b"canaryenv" not in held
    assert b"hunter2" not in held
    assert {path for path, *_ in everything(index)[1]} == {"a.py", "docs/deal.md"}
    assert [path for path, _ in found(index, sha, "zebra", ("legal/**",))] == ["a.py"]
    assert found(index, sha, "walrus", ("legal/**",)) == []


def test_history_that_was_rewritten_is_learned_anew(made: MadeRepository, index: Path) -> None:
    start = made.commit({"a.py": "x = 1\n"}, "Number ledger entries upwards")
    made.commit({"a.py": "x = 2\n"}, "Refuse zebra stripes")
    learned(made, index)
    made.repo.references[f"refs/heads/{made.branch}"].set_target(start)
    made.commit({"a.py": "x = 3\n"}, "Count walrus invoices")

    sha = learned(made, index)

    assert found(index, sha, "zebra") == []
    assert [path for path, _ in found(index, sha, "walrus")] == ["a.py"]
    assert [path for path, _ in found(index, sha, "ledger")] == ["a.py"]


def test_a_merge_gives_its_title_to_what_it_merges(made: MadeRepository, index: Path) -> None:
    made.commit({"a.py": "x = 1\n"}, "Begin.")
    made.commit({"a.py": "x = 2\n"}, "wip")
    who = pygit2.Signature("Ana", "ana@mail.example", 1_800_000_000, 0)
    tip = made.repo[made.head]
    assert isinstance(tip, pygit2.Commit)
    message = "Merge pull request #7 from ana/zebra\n\nRefuse zebra stripes\n"
    merged = made.repo.create_commit(None, who, who, message, tip.tree.id, [tip.parent_ids[0], tip.id])

    assert [step.subject for step in steps(made.folder, str(merged))] == ["wip Refuse zebra stripes", "Begin."]


@pytest.mark.parametrize(
    ("message", "title"),
    [
        ("Merge pull request #7 from a/b\n\nFix it", "Fix it"),
        ("Merge branch 'x' into 'main'\n\nFix it\n\nSee merge request acme/shop!7", "Fix it"),
        ("Merge branch 'main' into x", ""),
        ("Merge branch 'main' into x\n\n# Conflicts:\n#\ta.py", ""),
        ("Merge two accounts\n\nBecause.", ""),
    ],
)
def test_only_a_forges_merge_has_a_title(message: str, title: str) -> None:
    assert merge_title(message) == title


PATHS = st.sampled_from(["a.py", "b.py", "c/d.py"])
COMMITS = st.lists(
    st.tuples(
        st.dictionaries(PATHS, st.integers(0, 9), min_size=1),
        st.sampled_from(["Fix one", "wip", "Refuse zebra stripes"]),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=25, deadline=None)
@given(commits=COMMITS)
def test_learning_step_by_step_knows_what_learning_at_once_knows(
    commits: list[tuple[dict[str, int], str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("history")
    made = MadeRepository(folder / "git")
    for files, message in commits:
        made.commit({path: f"value = {number}\n" for path, number in files.items()}, message)
        learned(made, folder / "steps.db")
    learned(made, folder / "once.db")

    assert everything(folder / "steps.db") == everything(folder / "once.db")
