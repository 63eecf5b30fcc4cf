"""A store's address is taken as its service gives it, whatever stands in the password."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from storage.addresses import WORDS, quoted
from storage.connections import deployment

PRINTED = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=30)


@given(PRINTED.filter(lambda password: "%" not in password and not WORDS.search(password)))
@example("p@ss/w#rd?1")
@example("a:b@c:d")
@example("[x]")
def test_any_password_is_found_whole(password: str) -> None:
    found = urlsplit(quoted(f"rediss://bot:{password}@db.example:6380/0?x=1"))

    assert unquote(found.password or "") == password
    assert (found.username, found.hostname, found.port, found.path, found.query) == (
        "bot",
        "db.example",
        6380,
        "/0",
        "x=1",
    )


@pytest.mark.parametrize(
    "url",
    [
        "redis://db:6379/0", "redis://:p%40ss@db/0", "unix:///run/valkey.sock?db=1", "postgresql:///x?host=/run/a@b",
        "postgresql://db:5432/x?user=bot@server&password=a&sslmode=require", "postgresql://bot@db/x", "sqlite:////data/a@b.db",
        "postgres://bot@server:secret@db.example/x",
    ],
)  # fmt: skip
def test_what_is_written_right_stays_as_it_is(url: str) -> None:
    assert quoted(url) == url


def test_sentinels_and_clusters_take_such_passwords_too() -> None:
    found = deployment("rediss+sentinel://bot:k/9+Q=@a:26379,b:26379/mymaster")

    assert found.options == {"ssl": True, "username": "bot", "password": "k/9+Q="}
    assert found.nodes == (("a", 26379), ("b", 26379))
