"""Which commit is current, over everything that moves a repository back or sideways.

A new thread sees where it stands now, a pinned one sees what it saw, and nothing is started when nothing has moved.
"""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

import pygit2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.capabilities.team_code.repositories import BadQuery
from bot.capabilities.team_code.tools.access import Access
from storage.memory import MemoryPins
from storage.repos import current as facts
from storage.repos.builder import build
from storage.repos.current import current, note, origin
from storage.repos.library import Library
from tests.fakes import THREAD
from tests.repositories import MadeRepository
from tests.servers.git import GitServer


class Checkout:
    """A repository that its people work in, with two branches and a tag."""

    def __init__(self, folder: Path) -> None:
        self.made = MadeRepository(folder)
        self.repo = self.made.repo
        self.main = self.made.commit({"which.py": "branch = 'main'\n"})
        self.made.branch = "feature"
        self.repo.references.create("refs/heads/feature", self.main)
        self.feature = self.made.commit({"which.py": "branch = 'feature'\n"})
        self.repo.references.create("refs/tags/v1", self.main)
        self.made.branch = "main"

    def stands_at(self, where: str) -> None:
        self.repo.set_head(f"refs/heads/{where}" if len(where) < 40 else pygit2.Oid(hex=where))

    def moves(self, ref: str, sha: str) -> None:
        self.repo.references.create(ref, sha, force=True)


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path / "shop.git")


@pytest.fixture
def library(checkout: Checkout, tmp_path: Path) -> Library:
    return Library(tmp_path / "repos", None, [checkout.made.folder])


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Every process that is started from now on."""
    processes: list[object] = []
    begin = subprocess.Popen.__init__

    def counted(self: subprocess.Popen[bytes], *arguments: Any, **named: Any) -> None:
        processes.append(arguments)
        begin(self, *arguments, **named)

    monkeypatch.setattr(subprocess.Popen, "__init__", counted)
    return processes


async def seen(library: Library, name: str = "shop.git") -> str:
    """What a new thread sees."""
    return await (await library.at(name, await library.head(name))).text("which.py") or ""


def declare(folder: Path, url: str, branch: str = "") -> Path:
    file = folder / "repos.toml"
    file.write_text(f'[repos.shop]\nurl = "{url}"\nbranch = "{branch}"\n')
    return file


# --- checkouts ---------------------------------------------------------------------------------------------------------


async def test_a_checkout_that_goes_back_to_a_branch_is_seen_where_it_stands(
    checkout: Checkout, library: Library
) -> None:
    for where in ("main", "feature", "main", checkout.feature, "main"):
        checkout.stands_at(where)
        branch = {checkout.main: "main", checkout.feature: "feature"}.get(where, where)

        assert await seen(library) == f"branch = '{branch}'\n"
        assert (await library.states())[0].commit == getattr(checkout, branch)


@given(st.lists(st.sampled_from(["main", "feature", "detached", "forward", "back", "restart"]), max_size=5))
@settings(max_examples=5, deadline=None)
async def test_wherever_a_checkout_goes_a_new_thread_sees_where_it_stands(
    tmp_path_factory: pytest.TempPathFactory, moves: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("walk")
    checkout = Checkout(folder / "shop.git")
    library = Library(folder / "repos", None, [checkout.made.folder])
    for number, move in enumerate(moves):
        match move:
            case "main" | "feature":
                checkout.stands_at(move)
            case "detached":
                checkout.stands_at(checkout.main)
            case "forward":
                checkout.made.commit({"which.py": f"branch = 'main {number}'\n"})
            case "back":
                checkout.moves("refs/heads/main", checkout.main)
            case _:
                library = Library(folder / "repos", None, [checkout.made.folder])

        assert await library.head("shop.git") == str(checkout.repo.head.target)


async def test_the_first_look_of_a_new_thread_starts_no_process_when_nothing_has_moved(
    checkout: Checkout, library: Library, started: list[object]
) -> None:
    for where in ("main", "feature", "main"):
        checkout.stands_at(where)
        await seen(library)
    assert len(started) == 3
    started.clear()

    for _ in range(3):
        assert await seen(library) == "branch = 'main'\n"
    assert await seen(Library(library._syncing._folder, None, [checkout.made.folder])) == "branch = 'main'\n"

    assert started == []


async def test_a_pinned_thread_keeps_its_commit_and_does_not_make_it_current(
    checkout: Checkout, library: Library, tmp_path: Path
) -> None:
    pins, granted = MemoryPins(), library.declared()
    checkout.stands_at("feature")
    assert (await Access(THREAD, granted, "", library, pins).snapshot("")).commit == checkout.feature
    checkout.stands_at("main")
    assert await seen(library) == "branch = 'main'\n"

    # the index is made anew under it, and only the current commit is in it
    for file in (tmp_path / "repos" / "shop.git").glob("index.db*"):
        file.unlink()
    assert await seen(library) == "branch = 'main'\n"
    for asked in (library, Library(tmp_path / "repos", None, [checkout.made.folder])):
        pinned = await Access(THREAD, granted, "", asked, pins).snapshot("")

        assert await pinned.text("which.py") == "branch = 'feature'\n"
        assert await asked.head("shop.git") == checkout.main
        assert (await asked.states())[0].commit == checkout.main
        assert (await asked.states())[0].progress == ""


async def test_a_checkout_that_stands_at_nothing_is_not_answered_from_elsewhere(
    checkout: Checkout, library: Library
) -> None:
    assert await seen(library) == "branch = 'main'\n"
    checkout.stands_at("not-yet-born")

    with pytest.raises(BadQuery, match="there is no commit yet"):
        await library.head("shop.git")

    checkout.moves("refs/heads/not-yet-born", checkout.feature)
    assert await seen(library) == "branch = 'feature'\n"


async def test_a_change_during_a_synchronisation_is_not_missed(checkout: Checkout, library: Library) -> None:
    checkout.made.commit({f"m{number}.py": f"x = {number}\n" for number in range(300)})
    moved = asyncio.Event()

    def told(progress: str) -> None:
        if not moved.is_set():  # it has read where the checkout stands, and is at work
            checkout.stands_at("feature")
            moved.set()

    syncing = asyncio.create_task(library.sync("shop.git", told))
    await moved.wait()

    assert await library.head("shop.git") == checkout.feature
    await syncing


async def test_two_checkouts_that_change_names_are_not_taken_for_each_other(tmp_path: Path) -> None:
    one, other = Checkout(tmp_path / "a" / "shop.git"), Checkout(tmp_path / "b" / "shop.git")
    other.stands_at("feature")
    folders = [one.made.folder, other.made.folder]

    for order in (folders, folders[::-1], folders):
        library = Library(tmp_path / "repos", None, order)
        for source in ("shop.git", "shop.git-2"):
            stands = "main" if library._source(source).path == one.made.folder else "feature"
            assert await seen(library, source) == f"branch = '{stands}'\n"


# --- mirrors -----------------------------------------------------------------------------------------------------------


async def test_a_remote_that_is_rolled_back_is_followed_and_old_threads_keep_the_withdrawn_commit(
    checkout: Checkout, tmp_path: Path, started: list[object]
) -> None:
    with GitServer(checkout.made.folder) as server:
        library = Library(tmp_path / "repos", declare(tmp_path, server.url))
        await library.sync("shop")
        withdrawn = checkout.made.commit({"which.py": "branch = 'withdrawn'\n"})
        await library.sync("shop")
        assert await library.head("shop") == withdrawn
        checkout.moves("refs/heads/main", checkout.main)
        state = await library.sync("shop")
        started.clear()

        assert state.commit == await library.head("shop") == checkout.main
        assert await seen(library, "shop") == "branch = 'main'\n"
        assert await (await library.at("shop", withdrawn)).text("which.py") == "branch = 'withdrawn'\n"
        assert started == []


async def test_another_branch_in_the_file_is_taken_up_at_the_next_look(checkout: Checkout, tmp_path: Path) -> None:
    with GitServer(checkout.made.folder) as server:
        library = Library(tmp_path / "repos", declare(tmp_path, server.url, "main"))
        for branch in ("main", "feature", "main", "v1", ""):
            declare(tmp_path, server.url, branch)
            library._read_at = 0  # two changes within one tick of the file system's clock

            stands = branch if branch in ("main", "feature") else "main"
            assert await seen(library, "shop") == f"branch = '{stands}'\n"

        declare(tmp_path, server.url, "nowhere")
        library._read_at = 0
        with pytest.raises(BadQuery, match="there is no branch nowhere"):
            await library.head("shop")


async def test_another_branch_in_the_file_is_fetched_without_being_asked_for_and_a_missing_one_only_once(
    checkout: Checkout, tmp_path: Path
) -> None:
    with GitServer(checkout.made.folder) as server:
        library = Library(tmp_path / "repos", declare(tmp_path, server.url, "main"))
        await library.sync("shop")
        for branch, is_there in (("feature", True), ("nowhere", False)):
            declare(tmp_path, server.url, branch)
            library._read_at = 0
            (source,) = library._current().sources.values()

            assert library._syncing.is_due(source)
            assert bool((await library.sync("shop")).commit) == is_there
            assert not library._syncing.is_due(source)


async def test_a_branch_that_is_deleted_and_made_again_is_followed(checkout: Checkout, tmp_path: Path) -> None:
    with GitServer(checkout.made.folder) as server:
        library = Library(tmp_path / "repos", declare(tmp_path, server.url, "feature"))
        await library.sync("shop")
        checkout.repo.references.delete("refs/heads/feature")

        state = await library.sync("shop")

        assert "there is no branch feature" in state.fault
        assert state.commit == await library.head("shop") == checkout.feature  # the last good one
        checkout.moves("refs/heads/feature", checkout.main)
        assert (await library.sync("shop")).commit == await library.head("shop") == checkout.main


async def test_a_tag_that_is_moved_is_followed(checkout: Checkout, tmp_path: Path) -> None:
    with GitServer(checkout.made.folder) as server:
        library = Library(tmp_path / "repos", declare(tmp_path, server.url, "v1"))
        for sha in (checkout.main, checkout.feature, checkout.main):
            checkout.moves("refs/tags/v1", sha)
            await library.sync("shop")
            assert await library.head("shop") == sha


async def test_the_remotes_own_default_is_followed_wherever_it_stands(checkout: Checkout, tmp_path: Path) -> None:
    with GitServer(checkout.made.folder) as server:
        library = Library(tmp_path / "repos", declare(tmp_path, server.url))
        alone = checkout.made.commit({"which.py": "branch = 'none'\n"})
        checkout.moves("refs/heads/main", checkout.main)
        for where, sha in (
            ("main", checkout.main), ("feature", checkout.feature), (alone, alone), ("main", checkout.main),
            (checkout.feature, checkout.feature), ("main", checkout.main),
        ):  # fmt: skip
            checkout.stands_at(where)
            assert (await library.sync("shop")).fault == ""
            assert await library.head("shop") == sha


async def test_a_mirror_that_is_gone_is_cloned_again_at_the_next_look(checkout: Checkout, tmp_path: Path) -> None:
    with GitServer(checkout.made.folder) as server:
        library = Library(tmp_path / "repos", declare(tmp_path, server.url))
        withdrawn = checkout.made.commit({"which.py": "branch = 'withdrawn'\n"})
        await library.sync("shop")
        checkout.moves("refs/heads/main", checkout.main)
        shutil.rmtree(tmp_path / "repos" / "shop" / "mirror.git")

        assert await seen(Library(tmp_path / "repos", tmp_path / "repos.toml"), "shop") == "branch = 'main'\n"
        with pytest.raises(BadQuery, match="not there any more"):
            await Library(tmp_path / "repos", tmp_path / "repos.toml").at("shop", withdrawn)


async def test_a_name_that_is_given_to_another_remote_is_not_answered_from_the_first(
    checkout: Checkout, tmp_path: Path
) -> None:
    other = Checkout(tmp_path / "other.git")
    other.made.commit({"which.py": "branch = 'another team'\n"})
    with GitServer(checkout.made.folder) as server, GitServer(other.made.folder) as second:
        library = Library(tmp_path / "repos", declare(tmp_path, server.url))
        await library.sync("shop")
        for url in (second.url, server.url, second.url):
            declare(tmp_path, url)
            library._read_at = 0
            assert await seen(library, "shop") == f"branch = '{'another team' if url == second.url else 'main'}'\n"

        declare(tmp_path, "http://127.0.0.1:1/shop.git")
        library._read_at = 0
        with pytest.raises(BadQuery, match="could not be fetched"):
            await library.head("shop")


async def test_an_index_that_is_lost_while_the_remote_is_away_is_made_anew_from_the_mirror(
    checkout: Checkout, tmp_path: Path
) -> None:
    with GitServer(checkout.made.folder) as server:
        library = Library(tmp_path / "repos", declare(tmp_path, server.url))
        await library.sync("shop")
        server.fault = "500 Internal Server Error"
        (tmp_path / "repos" / "shop" / "index.db").unlink()

        assert await seen(library, "shop") == "branch = 'main'\n"
        assert "could not be fetched" in (await library.states())[0].fault


async def test_an_index_of_a_release_that_noted_nothing_is_gone_on_with(checkout: Checkout, tmp_path: Path) -> None:
    with GitServer(checkout.made.folder) as server:
        library = Library(tmp_path / "repos", declare(tmp_path, server.url))
        await library.sync("shop")
        home = tmp_path / "repos" / "shop"
        with sqlite3.connect(home / "index.db") as database:
            database.execute("DROP TABLE current")
        del pygit2.Repository(str(home / "mirror.git")).config["plumbline.fetchedfrom"]
        server.fault = "503 Service Unavailable"

        assert (await library.states())[0].commit == ""
        assert await seen(library, "shop") == "branch = 'main'\n"


# --- the fact itself ---------------------------------------------------------------------------------------------------


def test_what_was_noted_is_true_of_its_own_origin_only_and_only_while_it_is_indexed(
    checkout: Checkout, tmp_path: Path
) -> None:
    index = tmp_path / "index.db"
    here = origin("https://git.example/shop", tmp_path, "")
    build(checkout.made.folder, index, checkout.main)
    assert current(index, here) is None

    note(index, here, "refs/heads/main", checkout.main)
    build(checkout.made.folder, index, checkout.feature)

    assert (found := current(index, here))
    assert (found.sha, found.ref) == (checkout.main, "refs/heads/main")
    assert origin("https://git.example/shop", tmp_path / "moved", "") == here
    for other in ("https://git.example/other", ""):
        assert current(index, origin(other, tmp_path, "")) is None
    assert current(index, origin("https://git.example/shop", tmp_path, "main")) is None
    note(index, here, "refs/heads/main", "0" * 40)
    assert current(index, here) is None
    assert facts.current(tmp_path / "nowhere.db", here) is None
