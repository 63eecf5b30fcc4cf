"""What the operator's file gives to a place, with where that is said; faults of it are told in plain words."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import ConfigError
from storage.repos import catalogue
from storage.repos.catalogue import Catalogue

SHOP = '[repos.shop]\nurl = "https://git.example/shop.git"\n'


def read(folder: Path, text: str) -> Catalogue:
    file = folder / "repos.toml"
    file.write_text(text)
    return catalogue.read(file)


@pytest.mark.parametrize(
    ("pattern", "place", "given"),
    [
        ("slack:T1:C7", "slack:T1:C7", (True, False)),
        ("slack:T1:*", "slack:T1:C7", (False, False)),
        ("slack:T1", "slack:T1:C7", (False, False)),
        ("slack:T1:D7", "slack:T1:D7", (True, True)),
        ("slack:T1:D*", "slack:T1:D7", (False, True)),
        ("slack:T1:*", "slack:T1:D7", (False, False)),
        ("discord:*", "discord:dm:400", (False, False)),
        ("discord:dm:*", "discord:dm:400", (False, True)),
        ("slack:T1:C7", "slack:T1:C77", None),
    ],
)
def test_a_grant_says_whether_it_names_the_place_itself_and_speaks_of_direct_messages(
    tmp_path: Path, pattern: str, place: str, given: tuple[bool, bool] | None
) -> None:
    found = read(tmp_path, f'{SHOP}channels = ["{pattern}"]\n').grants(place)

    assert [(one.is_exact, one.in_direct) for one in found] == ([given] if given else [])


def test_what_an_admin_shares_names_the_place_itself(tmp_path: Path) -> None:
    (grant,) = read(tmp_path, SHOP).grants("slack:T1:C7", ["shop", "gone"])

    assert (grant.is_exact, grant.where) == (True, "`!repos allow` in this channel")


@pytest.mark.parametrize("written", ["answer without code", "answer-without-code", "Answer without code"])
def test_a_value_is_read_however_it_is_spelled(tmp_path: Path, written: str) -> None:
    text = (
        f'{SHOP}channels = ["slack:T1:*"]\noutsiders = "{written}"\n[channels."slack:T1:C7"]\noutsiders = "{written}"\n'
    )
    found = read(tmp_path, text)

    assert found.grants("slack:T1:C7")[0].outsiders == "answer without code"
    assert found.channel_rules("slack:T1:C7")[0].outsiders == "answer without code"
    assert found.channel_rules("slack:T1:C8") == []


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ('guests = "yes"', "guests"),
        ('outsiders = "code"', "outsiders"),
        ('people = ["@ana"]', "names nobody"),
        ('people = ["slack:role:7"]', "names nobody"),
        ('readers = "everybody"', "needs people"),
        ('readers = "some"', "readers"),
    ],
)
def test_a_fault_in_it_is_told(tmp_path: Path, line: str, fault: str) -> None:
    with pytest.raises(ConfigError, match=fault):
        read(tmp_path, f"{SHOP}{line}\n")


def test_what_is_relative_counts_from_the_file_that_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    team = tmp_path / "Räume"
    (team / "keys").mkdir(parents=True)
    for name in ("git-token", "keys/id"):
        (team / name).write_text("s")
    text = f'{SHOP}token_file = "git-token"\n[repos.b]\nurl = "git@git.example:b.git"\nkey_file = "keys/id"\n[repos.c]\npath = "../c"\n'
    monkeypatch.chdir(tmp_path)

    found = read(team, text).sources

    assert (found["shop"].token_file, found["b"].key_file) == (team / "git-token", team / "keys" / "id")
    assert found["c"].path == tmp_path / "c"


def test_a_checkout_is_called_as_its_folder_without_the_signs_of_its_language(tmp_path: Path) -> None:
    assert list(catalogue.read(None, [tmp_path / "Größe", tmp_path / "Mein Räpo"]).sources) == ["grosse", "mein-rapo"]
