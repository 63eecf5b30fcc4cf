"""Declared repositories: fetched over the wire git speaks, kept while a remote is broken, seen by whom the file says."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from pygit2.enums import FileMode

from bot.capabilities.team_code.code import CodeQuery
from bot.capabilities.team_code.repositories import BadQuery
from bot.errors import ConfigError
from storage.repos import catalogue
from storage.repos import library as library_of
from storage.repos.library import Library
from storage.repos.sync import Job, _Callbacks
from tests.repositories import MadeRepository, make_shop, tree_bomb
from tests.servers.git import GitServer
from tests.stalls import longest_stall

pytestmark = pytest.mark.slow

PLACE = "slack:T1:C7"


class Team:
    """A team with one remote repository, declared in a file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.shop = make_shop(folder / "shop.git")
        self.token = folder / "token"
        self.token.write_text("canary-token-123\n")
        self.file = folder / "repos.toml"

    def declare(self, url: str, more: str = "") -> Library:
        self.file.write_text(
            f'[repos.shop]\nurl = "{url}"\nchannels = ["{PLACE}"]\ntoken_file = "{self.token}"\n{more}'
        )
        return Library(self.folder / "repos", self.file)


async def stopped(task: asyncio.Task[None]) -> None:
    """Its processes are gone with it."""
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def team(tmp_path: Path) -> Team:
    return Team(tmp_path)


async def test_a_remote_is_reached_with_its_credentials_and_nothing_is_fetched(team: Team) -> None:
    with GitServer(team.shop.folder, token="canary-token-123") as server:
        assert await team.declare(server.url).reach("shop") == ""
        assert "has no branch or tag nowhere" in await team.declare(server.url, 'branch = "nowhere"\n').reach("shop")
        team.token.write_text("wrong\n")
        fault = await team.declare(server.url).reach("shop")
        assert "does not accept the credentials" in fault
        here = server.url
    assert "could not be fetched from" in await team.declare(here).reach("shop")
    assert "canary" not in fault
    assert not (team.folder / "repos").exists()


async def test_a_remote_is_fetched_with_its_token_and_looked_into(team: Team) -> None:
    with GitServer(team.shop.folder, token="canary-token-123") as server:
        library = team.declare(server.url)
        told: list[str] = []

        state = await library.sync("shop", told.append)
        snapshot = await library.at("shop", await library.head("shop"))

        assert (state.commit, state.fault) == (team.shop.head, "")
        assert any(line.startswith("indexing") for line in told)
        assert (await snapshot.text("docs/adr/0001-money.md") or "").startswith("# Money")
        assert [one.pull_request for one in (await snapshot.log("", None, 5)).commits] == ["42", "1"]
        everything = b"".join(path.read_bytes() for path in (team.folder / "repos").rglob("*") if path.is_file())
        assert b"canary-token-123" not in everything


async def test_a_push_is_seen_at_the_next_look_and_old_pins_stay_true(team: Team) -> None:
    with GitServer(team.shop.folder, token="canary-token-123") as server:
        library = team.declare(server.url)
        await library.sync("shop")
        first = await library.head("shop")
        second = team.shop.commit({"billing/refunds.py": "def refund() -> None: ...\n"})

        keeping = asyncio.create_task(library.run())
        assert library.pushed(server.url.replace("http://", "https://").removesuffix(".git") + "/") == ["shop"]
        async with asyncio.timeout(60):
            while await library.head("shop") != second:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        await stopped(keeping)

        assert await (await library.at("shop", first)).entry("billing/refunds.py") is None
        assert await (await library.at("shop", second)).entry("billing/refunds.py")


async def test_a_commit_that_another_host_pinned_is_fetched_by_its_name(team: Team) -> None:
    with GitServer(team.shop.folder, token="canary-token-123") as server:
        here = team.declare(server.url)
        await here.sync("shop")
        elsewhere = team.shop.commit({"billing/refunds.py": "def refund() -> None: ...\n"})
        team.shop.leave(elsewhere)  # pushed over since

        assert await (await here.at("shop", elsewhere)).entry("billing/refunds.py")
        fresh = Library(team.folder / "fresh", team.file)
        assert await (await fresh.at("shop", elsewhere)).entry("billing/refunds.py")


@pytest.mark.parametrize("fault", ["500 Internal Server Error", "403 Forbidden", "404 Not Found"])
async def test_a_broken_remote_leaves_the_last_good_commit(team: Team, fault: str) -> None:
    with GitServer(team.shop.folder, token="canary-token-123") as server:
        library = team.declare(server.url)
        await library.sync("shop")
        server.fault = fault

        state = await library.sync("shop")

        assert "127.0.0.1 could not be fetched from" in state.fault
        assert state.commit == await library.head("shop") == team.shop.head


async def test_a_wrong_token_a_redirect_and_a_host_that_is_away_are_said_in_plain_words(team: Team) -> None:
    with GitServer(team.shop.folder, token="another") as server, GitServer(team.shop.folder, token="x") as thief:
        library = team.declare(server.url)
        assert "does not accept the credentials" in (await library.sync("shop")).fault
        server.redirect = thief.url.removesuffix("/shop.git").replace("127.0.0.1", "localhost")
        assert "another host" in (await library.sync("shop")).fault
        assert thief.requests == []
    library = team.declare("http://127.0.0.1:1/shop.git")
    assert "could not be fetched" in (await library.sync("shop")).fault
    with pytest.raises(BadQuery, match="cannot be looked into yet"):
        await library.head("shop")


@pytest.mark.parametrize(
    ("host", "is_asked"), [("git.example", True), (b"GIT.example", True), ("metadata.internal", False)]
)
def test_a_redirect_over_https_leads_to_no_other_host(tmp_path: Path, host: str | bytes, is_asked: bool) -> None:
    job = Job(folder=tmp_path, index=tmp_path, url="https://git.example:8443/team/shop.git")
    callbacks = _Callbacks(job, lambda progress: None)

    assert callbacks.certificate_check(None, valid=True, host=host) is is_asked
    assert ("another host" in callbacks.refused) is not is_asked


async def test_a_checkout_is_looked_into_as_it_stands_and_moves_with_its_head(team: Team) -> None:
    library = Library(team.folder / "repos", None, [team.shop.folder])
    name = library.declared()[0].name
    first = await library.head(name)

    second = team.shop.commit({"new.py": "fresh = True\n"})

    assert first != second
    assert await library.head(name) == second
    assert (await (await library.at(name, second)).text("new.py")) == "fresh = True\n"


async def test_only_what_led_to_the_pinned_commit_is_shown(team: Team) -> None:
    library = Library(team.folder / "repos", None, [team.shop.folder])
    name = library.declared()[0].name
    snapshot = await library.at(name, await library.head(name))
    later = team.shop.commit({"unreleased.py": "secret_plan = 1\n"})

    assert (await snapshot.change(snapshot.commit, "")).commit.sha == snapshot.commit
    with pytest.raises(BadQuery, match="no commit"):
        await snapshot.change(later, "")


async def test_a_commit_that_is_gone_is_said(team: Team) -> None:
    library = Library(team.folder / "repos", None, [team.shop.folder])
    with pytest.raises(BadQuery, match="not there any more"):
        await library.at(library.declared()[0].name, "0" * 40)


async def test_a_commit_that_cannot_be_read_is_tried_once_and_the_last_good_one_stays(team: Team) -> None:
    library = Library(team.folder / "repos", None, [team.shop.folder])
    name = library.declared()[0].name
    good = await library.head(name)
    tree_bomb(team.shop, team.shop.repo.TreeBuilder().write(), FileMode.TREE)
    assert await library.head(name) == good
    first = await library.states()

    assert await library.head(name) == good
    assert await library.states() == first
    assert "more than 250,000 folders" in first[0].fault

    mended = team.shop.commit({"new.py": "fresh = True\n"})
    assert await library.head(name) == mended


async def test_a_repository_that_cannot_be_read_at_all_is_refused_without_another_try(team: Team) -> None:
    tree_bomb(team.shop, team.shop.repo.TreeBuilder().write(), FileMode.TREE)
    library = Library(team.folder / "repos", None, [team.shop.folder])
    name = library.declared()[0].name
    with pytest.raises(BadQuery, match="more than 250,000 folders"):
        await library.head(name)
    first = await library.states()

    with pytest.raises(BadQuery, match="more than 250,000 folders"):
        await library.head(name)
    assert await library.states() == first


async def test_two_syncs_at_once_are_one(team: Team) -> None:
    with GitServer(team.shop.folder, token="canary-token-123") as server:
        library = team.declare(server.url)
        await asyncio.gather(*(library.sync("shop") for _ in range(5)))

        assert sum(path.endswith("git-upload-pack") for path, _ in server.requests) == 1


async def test_the_event_loop_goes_on_while_a_repository_is_indexed(team: Team) -> None:
    team.shop.commit({f"src/m{number}.py": f"def f{number}():\n    return {number}\n" * 200 for number in range(300)})
    library = Library(team.folder / "repos", None, [team.shop.folder])

    assert await longest_stall(lambda: library.sync(library.declared()[0].name)) < 0.3


async def test_an_index_that_is_broken_is_made_anew(team: Team) -> None:
    library = Library(team.folder / "repos", None, [team.shop.folder])
    name = library.declared()[0].name
    await library.sync(name)
    for damage in (b"no database " * 9_000, b""):
        for file in (team.folder / "repos" / name).glob("index.db*"):
            file.unlink()
        (team.folder / "repos" / name / "index.db").write_bytes(damage)

        assert (await library.states())[0].commit == ""
        assert await library.head(name) == team.shop.head
        assert await (await library.at(name, team.shop.head)).search(CodeQuery("PaymentError"))


async def test_keeping_up_goes_on_whatever_becomes_of_the_disk(team: Team, caplog: pytest.LogCaptureFixture) -> None:
    (team.folder / "repos").write_text("a file where a folder should be")
    library = Library(team.folder / "repos", None, [team.shop.folder])
    name = library.declared()[0].name

    keeping = asyncio.create_task(library.run())
    async with asyncio.timeout(60):
        while "repository not synchronised" not in caplog.text:  # noqa: ASYNC110
            await asyncio.sleep(0.02)

    assert not keeping.done()
    with pytest.raises(BadQuery, match="cannot be looked into yet"):
        await library.head(name)
    (team.folder / "repos").unlink()
    assert await library.head(name) == team.shop.head
    await stopped(keeping)


def test_the_file_says_who_may_see_what(team: Team) -> None:
    library = team.declare(
        "https://git.example/acme/shop.git", '[channels."slack:T1:C7"]\ndefault = "shop"\nguidance = ["docs/**"]\n'
    )

    assert [one.name for one in library.grants(PLACE)] == ["shop"]
    assert library.grants("slack:T1:C77") == []
    assert library.grants("slack:T2:C7") == []
    assert (library.default(PLACE), library.guidance(PLACE)) == ("shop", ("docs/**",))
    assert library.default("discord:1:2") == ""


def test_a_file_that_breaks_while_running_changes_nothing(team: Team) -> None:
    library = team.declare("https://git.example/acme/shop.git")
    team.file.write_text("[repos.shop\n")

    assert [one.name for one in library.declared()] == ["shop"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[repos.shop]\n", "url .* or path"),
        ('[repos.shop]\nurl = "https://a.example/x"\npath = "y"\n', "url .* or path"),
        ('[repos.shop]\nurl = "ext::sh -c id"\n', "https:// or ssh://"),
        ('[repos.shop]\nurl = "file:///etc"\n', "https:// or ssh://"),
        ('[repos.shop]\nurl = "--upload-pack=id"\n', "https:// or ssh://"),
        ('[repos.shop]\nurl = "http://git.example/x"\n', "https:// or ssh://"),
        ('[repos.shop]\nurl = "https://bob:secret@git.example/x"\n', "token_file"),
        ('[repos."../up"]\nurl = "https://a.example/x"\n', "not a name"),
        ('[repos.shop]\nurl = "https://a.example/x"\nchanels = []\n', "chanels"),
        ('[repos.shop]\nurl = "https://a.example/x"\ntoken_file = "/nowhere"\n', "no token_file"),
        ('[channels.x]\ndefault = "shop"\n', "not declared"),
        ("[repos", "not valid TOML"),
    ],
)
def test_a_faulty_file_is_refused_with_the_cure(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "repos.toml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=said) as refused:
        catalogue.read(file)
    assert "secret" not in str(refused.value)


def test_a_repository_is_added_to_the_file_and_a_bad_one_leaves_it_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "repos.toml"
    catalogue.add(
        file,
        "shop",
        {"url": "git@github.example:acme/shop.git", "description": 'The "shop"', "channels": ["slack:T1:C7"]},
    )
    before = file.read_text()
    with pytest.raises(ConfigError, match="https://"):
        catalogue.add(file, "bad", {"url": "ftp://x"})
    with pytest.raises(ConfigError, match="already"):
        catalogue.add(file, "shop", {"url": "https://a.example/x"})

    assert file.read_text() == before
    source = catalogue.read(file).sources["shop"]
    assert (source.repository.description, source.repository.web) == ('The "shop"', "https://github.example/acme/shop")


def test_a_state_file_of_any_kind_is_survived(team: Team) -> None:
    library = team.declare("https://git.example/acme/shop.git")
    home = team.folder / "repos" / "shop"
    home.mkdir(parents=True)
    for text in ("", "[]", "{", json.dumps({"fault": "x"})):
        (home / "state.json").write_text(text)
        assert asyncio.run(library.states())[0].name == "shop"


async def test_a_link_is_made_only_for_a_checkout_whose_commit_was_pushed(tmp_path: Path) -> None:
    shop = MadeRepository(tmp_path / "shop.git")
    first = shop.commit({"a.py": "x = 1\n"})
    shop.repo.remotes.create("origin", "git@github.example:acme/shop.git")
    shop.repo.references.create("refs/remotes/origin/main", first)
    library = Library(tmp_path / "repos", None, [shop.folder])
    name = library.declared()[0].name
    pushed = await library.at(name, await library.head(name))
    shop.commit({"a.py": "x = 2\n"})
    local = await library.at(name, await library.head(name))

    assert pushed.repository.web == "https://github.example/acme/shop"
    assert local.repository.web == ""


async def test_a_pinned_commit_goes_on_being_indexed_when_nobody_waits_for_it_any_more(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    with GitServer(team.shop.folder, token="canary-token-123") as server:
        library = team.declare(server.url)
        await library.sync("shop")
    (team.folder / "repos" / "shop" / "index.db").unlink()
    monkeypatch.setattr(library_of, "FIRST_LOOK_SECONDS", 0.01)

    with pytest.raises(BadQuery, match="shop cannot be looked into yet"):
        await library.at("shop", team.shop.head)
    await asyncio.gather(*library.attempts)

    assert (await library.at("shop", team.shop.head)).commit == team.shop.head
