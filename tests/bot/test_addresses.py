"""A store's address is taken as its service gives it, whatever stands in the password."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.values import AFTER_HOST, database, redis

PRINTED = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=30)


@given(PRINTED.filter(lambda password: "%" not in password and not AFTER_HOST.search(password)))
@example("p@ss/w#rd?1")
@example("k/9+Q=")
@example("a:b@c:d")
@example("[x]")
def test_any_password_is_found_whole(password: str) -> None:
    for read, start in ((redis, "rediss"), (database, "postgres")):
        found = urlsplit(read(f"{start}://bot:{password}@db.example:6380/0?x=1") or "")

        assert unquote(found.password or "") == password
        assert (found.username, found.netloc.rpartition("@")[2]) == ("bot", "db.example:6380")
        assert (found.path, found.query) == ("/0", "x=1")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql:///x?host=/run/a@b", "postgresql://db:5432/x?user=bot@server&password=a&sslmode=require", "postgresql://bot@db/x",
        "sqlite:////data/a@b.db", "postgres://bot@server:secret@db.example/x", "postgresql://bot:a%40b@one:1,two:2/x",
    ],
)  # fmt: skip
def test_what_is_written_right_stays_as_it_is(url: str) -> None:
    assert database(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "redis://db:6379/0", "redis://:p%40ss@db/0", "unix:///run/valkey.sock?db=1", "rediss+cluster://bot:a@one:1,two:2",
        "redis+sentinel://one:1,two:2/mymaster",
    ],
)  # fmt: skip
def test_what_is_written_right_for_redis_stays_as_it_is(url: str) -> None:
    assert redis(url) == url


def test_several_hosts_may_have_such_a_password() -> None:
    assert redis("redis+sentinel://bot:k/9+Q=@a:1,b:2/m") == "redis+sentinel://bot:k%2F9%2BQ%3D@a:1,b:2/m"
