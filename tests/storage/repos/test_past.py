"""History within bounds: what a repository holds may cost a question its answer, and nothing more."""

from __future__ import annotations

import asyncio
import os
import resource
import time
from collections.abc import Callable
from pathlib import Path

import pygit2
import pytest
from pygit2.enums import FileMode

from bot.capabilities.team_code.code import Repository
from bot.capabilities.team_code.repositories import BadQuery
from bot.capabilities.team_code.slots import Slots
from storage.repos import learning, looking, objects, past
from storage.repos.builder import build
from storage.repos.catalogue import Source
from storage.repos.index import CodeIndex
from storage.repos.learning import learn_apart
from storage.repos.objects import GitObjects, NoSuchCommit
from storage.repos.past import Past
from storage.repos.past_child import Question
from storage.repos.snapshot import IndexedSnapshot
from storage.repos.symbols import symbols
from tests.repositories import START, MadeRepository, tree_bomb

MEGABYTE = 1_000_000


@pytest.fixture
def made(tmp_path: Path) -> MadeRepository:
    return MadeRepository(tmp_path / "made.git")


def shown(folder: Path, sha: str, path: str = "") -> Question:
    return Question(kind="change", folder=folder, commit=sha, sha=sha, path=path)


@pytest.mark.parametrize(
    "content", [b"x" * (150 * MEGABYTE), b"a\n" * (30 * MEGABYTE)], ids=["one line", "short lines"]
)
async def test_a_commit_with_a_giant_text_is_shown_without_it(made: MadeRepository, content: bytes) -> None:
    sha = made.commit({"big.txt": content, "small.py": "x = 1\n"})
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    change = await looking.change(shown(made.folder, sha))

    assert change.files == (("small.py", 1, 0),)
    assert change.uncompared == (("big.txt", f"too large to be compared, {len(content):,} bytes"),)
    assert "+x = 1" in change.patch
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # KB


async def test_a_bomb_of_trees_is_counted_no_further_than_is_shown(made: MadeRepository) -> None:
    sha = tree_bomb(made, made.repo.create_blob(b"x\n"), FileMode.BLOB)

    change = await looking.change(shown(made.folder, sha))

    assert (len(change.files), change.left_out) == (past.MOST_FILES, None)


async def test_a_bomb_of_empty_folders_ends(made: MadeRepository, tmp_path: Path) -> None:
    sha = tree_bomb(made, made.repo.TreeBuilder().write(), FileMode.TREE)

    change = await looking.change(shown(made.folder, sha))
    with pytest.raises(NoSuchCommit, match="more than 250,000 folders"):
        build(made.folder, tmp_path / "index.db", sha)

    assert (change.files, change.left_out) == ((), None)


def test_a_bomb_of_long_names_or_of_one_huge_folder_ends(
    made: MadeRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made.commit({f"{'long' * 200}/{'name' * 200}/{number}": "x" for number in range(100)})
    monkeypatch.setattr(objects, "LONGEST_PATHS_BYTES", 100_000)
    with pytest.raises(NoSuchCommit, match="longer together"):
        build(made.folder, tmp_path / "index.db", made.head)

    monkeypatch.undo()
    monkeypatch.setattr(objects, "LARGEST_FOLDER_BYTES", 1_000)
    with pytest.raises(NoSuchCommit, match="more names than can be read"):
        build(made.folder, tmp_path / "index.db", made.head)


async def test_what_takes_too_long_is_ended_and_said(made: MadeRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    sha = made.commit({"a.py": "x = 1\n"})
    monkeypatch.setattr(looking, "SECONDS", 0.001)

    with pytest.raises(BadQuery, match="took longer"):
        await looking.change(shown(made.folder, sha))


async def test_what_needs_too_much_memory_is_said(made: MadeRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    sha = made.commit({"a.py": "x = 1\n"})
    monkeypatch.setattr(looking, "CHILD", "tests.storage.repos.greedy_child")

    with pytest.raises(BadQuery, match="too large to be looked into"):
        await looking._told(shown(made.folder, sha), "tests.storage.repos.greedy_child")


async def test_only_what_led_to_a_commit_is_shown(made: MadeRepository) -> None:
    first = made.commit({"a.py": "x = 1\n"})
    later = made.commit({"a.py": "x = 2\n"})

    with pytest.raises(BadQuery, match="There is no commit"):
        await looking.change(Question(kind="change", folder=made.folder, commit=first, sha=later))


def test_a_log_says_how_far_it_looked(made: MadeRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    made.commit({"old.py": "1"})
    for number in range(5):
        made.commit({"new.py": str(number)})
    monkeypatch.setattr(past, "LOG_WALK", 3)

    log = Past(made.folder).log(made.head, "old.py", None, 10)
    monkeypatch.setattr(past, "LOG_WALK", 100)
    whole = Past(made.folder).log(made.head, "gone.py", None, 10)

    assert (log.commits, log.walked, log.is_whole) == ((), 3, False)
    assert log.back_to
    assert (whole.commits, whole.walked, whole.is_whole) == ((), 6, True)


def test_a_change_shows_what_was_added_changed_and_removed(made: MadeRepository) -> None:
    made.commit({"a.py": "1\n", "src/b.py": "1\n2\n", "src/c.py": "1\n"})
    sha = made.commit({"a.py": None, "src/b.py": "1\n3\n", "docs/d.md": "new\n"})

    change = Past(made.folder).change(sha, "", lambda path: path != "docs/d.md")

    assert sorted(change.files) == [("a.py", 0, 1), ("docs/d.md", 1, 0), ("src/b.py", 1, 1)]
    assert "-2" in change.patch
    assert "new" not in change.patch
    assert Past(made.folder).change(sha, "src", lambda path: True).files == (("src/b.py", 1, 1),)
    assert Past(made.folder).change(sha, "src/b.py", lambda path: True).files == (("src/b.py", 1, 1),)
    assert Past(made.folder).change(sha, "sr", lambda path: True).files == ()


@pytest.mark.parametrize(("language", "bracket"), [("python", b"("), ("javascript", b"{"), ("go", b"["), ("c", b"(")])
def test_a_file_of_brackets_is_given_up(language: str, bracket: bytes) -> None:
    before = time.thread_time()

    assert symbols(bracket * 399_000, language) == []
    assert time.thread_time() - before < 2
    assert [one.name for one in symbols(b"def total():\n    pass\n", "python")] == ["total"]


async def test_a_partial_clone_is_indexed_and_says_what_it_does_not_hold(made: MadeRepository, tmp_path: Path) -> None:
    made.commit({"a.py": "def here():\n    pass\n", "b.py": "def away():\n    pass\n"})
    sha = made.commit({"b.py": "def away_now():\n    pass\n", "c.py": "x = 1\n"})
    _forget(made, "b.py")
    for name, value in (
        ("core.repositoryformatversion", 1), ("extensions.partialClone", "origin"), ("remote.origin.promisor", True),
        ("remote.origin.url", "https://git.example/made"), ("remote.origin.partialclonefilter", "blob:none"),
    ):  # fmt: skip
        made.repo.config[name] = value

    build(made.folder, tmp_path / "index.db", sha)
    index = CodeIndex.open(tmp_path / "index.db", sha)
    assert index
    kinds = {one.path: one.kind for one in index.files()}
    change = await looking.change(shown(made.folder, sha))
    snapshot = IndexedSnapshot(
        Source(Repository("made"), path=made.folder), Repository("made"), sha, GitObjects(made.folder).commit(sha).at,
        tmp_path / "index.db", made.folder,
    )  # fmt: skip
    with pytest.raises(BadQuery, match="could be read"):
        await snapshot.blame("b.py", 1, 2)

    assert kinds == {"a.py": "text", "b.py": "absent", "c.py": "text"}
    assert [one.path for one in index.definitions("here")] == ["a.py"]
    assert change.files == (("c.py", 1, 0),)
    assert change.uncompared == (("b.py", "not in this clone"),)
    assert len((await snapshot.log("b.py", None, 5)).commits) == 2


def _forget(made: MadeRepository, path: str) -> None:
    """Take a file's object out of the store, as a clone with a filter never had it."""
    oid = str(made.repo[made.head].tree[path].id)
    (made.folder / "objects" / oid[:2] / oid[2:]).unlink()


def test_a_line_is_not_laid_to_a_commit_whose_past_is_not_in_the_clone(made: MadeRepository) -> None:
    old = made.commit({"b.py": "one\ntwo\nthree\n"}, "Begin.")
    new = made.commit({"b.py": "one\ntwo\nthree\nfour\n"}, "Go on.")
    before = [(one.commit.sha, one.is_sure) for one in Past(made.folder).blame(new, "b.py", 1, 4)]
    oid = str(made.repo[old].tree["b.py"].id)
    (made.folder / "objects" / oid[:2] / oid[2:]).unlink()

    after = {(one.commit.sha, one.is_sure) for one in Past(made.folder).blame(new, "b.py", 1, 4)}

    assert before == [(old, True), (new, True)]
    assert after == {(new, False)}


def test_a_shallow_clone_says_where_it_ends(made: MadeRepository) -> None:
    made.commit({"gone.py": "x = 1\n"}, "Begin.")
    last = made.commit({"gone.py": None, "b.py": "y = 2\n"}, "Go on.")
    (made.folder / "shallow").write_text(f"{last}\n")
    past = Past(made.folder)

    log, change, blame = past.log(last, "gone.py", None, 5), past.change(last, "", bool), past.blame(last, "b.py", 1, 1)

    assert (log.commits, log.is_whole, log.walked) == ((), False, 1)
    assert (change.files, change.uncompared) == ((), (("all files", "what they were before is not in this clone"),))
    assert [(one.commit.sha, one.is_sure) for one in blame] == [(last, False)]


LINES = "".join(f"line {number} of the till\n" for number in range(40))


def test_a_files_log_goes_on_under_its_older_names(made: MadeRepository) -> None:
    first = made.commit({"till.py": LINES, "other.py": "x = 1\n" * 30}, "Begin.")
    second = made.commit({"till.py": LINES + "more\n"}, "More.")
    moved = made.commit({"till.py": None, "pay/till.py": LINES + "more\n"}, "Move it.")
    changed = made.commit(
        {"pay/till.py": None, "pay/desk.py": LINES + "more, and other\n", "pay/new.py": "y = 2\n" * 30}, "Rename it."
    )
    made.commit({"other.py": "x = 2\n"}, "Something else.")

    log = Past(made.folder).log(made.head, "pay/desk.py", None, 10)

    assert [one.sha for one in log.commits] == [changed, moved, second, first]
    assert log.renames == ((changed, "pay/till.py", "pay/desk.py"), (moved, "till.py", "pay/till.py"))
    assert Past(made.folder).log(made.head, "pay/new.py", None, 10).renames == ()
    assert [one.sha for one in Past(made.folder).log(made.head, "pay", None, 10).commits] == [changed, moved]


def test_a_file_is_not_followed_to_what_may_not_be_shown(made: MadeRepository) -> None:
    made.commit({"legal/till.py": LINES}, "Begin.")
    moved = made.commit({"legal/till.py": None, "till.py": LINES}, "Open it.")

    log = Past(made.folder).log(moved, "till.py", None, 10, lambda path: not path.startswith("legal/"))

    assert ([one.sha for one in log.commits], log.renames) == ([moved], ())


def test_lines_keep_who_wrote_them_under_an_older_name(made: MadeRepository) -> None:
    first = made.commit({"till.py": LINES}, "Begin.")
    made.commit({"till.py": None, "pay/desk.py": LINES}, "Move it.")

    assert {one.commit.sha for one in Past(made.folder).blame(made.head, "pay/desk.py", 1, 40)} == {first}


async def test_only_so_many_look_into_history_at_once_and_the_others_wait(
    made: MadeRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    sha = made.commit({"a.py": "x = 1\n"})
    running, most = 0, 0

    async def slow(asked: Question, child: str) -> bytes:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        return b"[]"

    monkeypatch.setattr(looking, "_answered", slow)
    asked = Question(kind="blame", folder=made.folder, commit=sha, path="a.py", start=1, end=1)
    await asyncio.gather(*(looking.blame(asked) for _ in range(20)))

    assert most == looking.AT_ONCE
    with pytest.raises(BadQuery, match="ask this again"):
        async with Slots(0, 0.01).taken():
            pass


def test_a_bomb_in_an_older_commit_costs_the_history_and_nothing_else(made: MadeRepository, tmp_path: Path) -> None:
    tree_bomb(made, made.repo.create_blob(b"x\n"), FileMode.BLOB)
    sha = made.commit({"a.py": "def here():\n    pass\n"}, "Take it out again.")
    index = tmp_path / "index.db"
    build(made.folder, index, sha)
    before = os.times()

    learn_apart(made.folder, index, sha)
    learn_apart(made.folder, index, sha)

    after = os.times()
    opened = CodeIndex.open(index, sha)
    assert opened
    assert [one.path for one in opened.definitions("here")] == ["a.py"]
    assert after.children_user - before.children_user < 60


def test_a_history_that_cannot_be_learned_is_tried_once(
    made: MadeRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sha = made.commit({"a.py": "def here():\n    pass\n"}, "Begin.")
    build(made.folder, tmp_path / "index.db", sha)
    monkeypatch.setattr(learning, "CHILD", "tests.storage.repos.greedy_child")

    assert not learn_apart(made.folder, tmp_path / "index.db", sha)
    monkeypatch.undo()
    assert learn_apart(made.folder, tmp_path / "index.db", sha)

    opened = CodeIndex.open(tmp_path / "index.db", sha)
    assert opened
    assert not opened.candidates("begin", "", 5).has_history


@pytest.fixture
def told_of(made: MadeRepository) -> dict[str, str]:
    """A branch of four commits with a tag and a pull request; and the tip of another."""
    shas = [
        made.commit({"a.py": f"x = {number}\n"}, message)
        for number, message in enumerate(("Begin", "Retry (#42)", "Three"))
    ]
    made.repo.create_reference("refs/tags/v1.0", shas[0])
    made.repo.create_reference("refs/remotes/origin/release/1", shas[1])
    newest = made.commit({"a.py": "x = 9\n"}, "Four")
    who = pygit2.Signature("Ana", "a@mail.example", START, 0)
    empty = made.repo.TreeBuilder().write()
    other = made.repo.create_commit("refs/heads/other", who, who, "Other", empty, [])
    return {"begin": shas[0], "retry": shas[1], "three": shas[2], "newest": newest, "other": str(other)}


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("", "three"), ("HEAD", "three"), ("head", "three"), ("@", "three"), ("HEAD~1", "retry"), ("HEAD^", "retry"),
        ("HEAD~1^", "begin"),
        ("`HEAD~2`", "begin"), ("v1.0", "begin"), ("release/1", "retry"), ("origin/release/1", "retry"),
        ("origin/release/1~1", "begin"),
        ("#42", "retry"), ("42", "retry"), ("PR 42", "retry"), ("pull/42", "retry"), ("pull request #42", "retry"), ("!42", "retry"),
    ],
)  # fmt: skip
async def test_a_commit_is_shown_by_the_names_that_people_give_it(
    made: MadeRepository, told_of: dict[str, str], name: str, meant: str
) -> None:
    asked = shown(made.folder, told_of["three"]).model_copy(update={"sha": name})

    assert (await looking.change(asked)).commit.sha == told_of[meant]


@pytest.mark.parametrize("of", [str, str.upper, lambda sha: f"commit {sha}", lambda sha: sha[:8]])
async def test_a_commit_is_shown_by_its_own_name_however_it_is_written(
    made: MadeRepository, told_of: dict[str, str], of: Callable[[str], str]
) -> None:
    asked = shown(made.folder, told_of["three"]).model_copy(update={"sha": of(told_of["retry"])})

    assert (await looking.change(asked)).commit.sha == told_of["retry"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("main", "newer than what is looked at; HEAD shows that one"), ("other", "not in its history"),
        ("HEAD~9", "no commit, branch"),
        ("v2.0", "no commit, branch, tag or pull request"), ("#43", "no commit, branch, tag or pull request"),
        ("v1.0..HEAD", "A range of commits"), (":/Begin", "no commit, branch"), ("HEAD@{yesterday}", "no commit, branch"),
        ("--all", "no commit, branch"), ("HEAD^{/Begin}", "no commit, branch"), ("a" * 5_000, "no commit, branch"),
    ],
)  # fmt: skip
async def test_a_name_of_no_commit_that_led_here_is_answered_in_plain_words(
    made: MadeRepository, told_of: dict[str, str], name: str, said: str
) -> None:
    with pytest.raises(BadQuery) as refused:
        await looking.change(shown(made.folder, told_of["three"]).model_copy(update={"sha": name}))

    assert said in str(refused.value)
    assert len(str(refused.value)) < 250
