"""Links in each forge's own form."""

from __future__ import annotations

import pytest

from bot.capabilities.team_code.code import Repository
from bot.capabilities.team_code.permalinks import pages, permalink

SHA = "3fa9c1d2" * 5


@pytest.mark.parametrize(
    ("url", "web", "lines"),
    [
        ("https://github.example/acme/shop.git", "https://github.example/acme/shop", f"/blob/{SHA}/a/b%20c.py#L3-L9"),
        ("git@github.example:acme/shop.git", "https://github.example/acme/shop", f"/blob/{SHA}/a/b%20c.py#L3-L9"),
        ("ssh://git@gitlab.example:2222/g/sub/shop.git", "https://gitlab.example/g/sub/shop", f"/-/blob/{SHA}/a/b%20c.py#L3-9"),
        ("https://bitbucket.org/acme/shop", "https://bitbucket.org/acme/shop", f"/src/{SHA}/a/b%20c.py#lines-3:9"),
        ("https://bitbucket.acme.example/scm/pay/shop.git", "https://bitbucket.acme.example/projects/PAY/repos/shop",
         f"/browse/a/b%20c.py?at={SHA}#3-9"),
        ("https://codeberg.example/acme/shop.git", "https://codeberg.example/acme/shop", f"/src/commit/{SHA}/a/b%20c.py#L3-L9"),
        ("https://cgit.example/shop.git", "https://cgit.example/shop", f"/tree/a/b%20c.py?id={SHA}#n3"),
    ],
)  # fmt: skip
def test_a_remote_tells_where_its_pages_are(url: str, web: str, lines: str) -> None:
    found, kind = pages(url)

    assert found == web
    assert permalink(Repository("shop", web=found, web_kind=kind), SHA, "a/b c.py", 3, 9) == web + lines


@pytest.mark.parametrize(
    "url",
    ["https://git.example/acme/shop.git", "", "nonsense", "/srv/git/shop", "file:///x", "https://github.example/"],
)
def test_where_nothing_tells_there_is_no_link(url: str) -> None:
    assert pages(url) == ("", "")
    assert permalink(Repository("shop"), SHA, "a.py", 1) == ""


def test_a_file_and_a_single_line() -> None:
    shop = Repository("shop", web="https://h.example/s", web_kind="github")
    assert permalink(shop, SHA, "x#y?.py") == f"https://h.example/s/blob/{SHA}/x%23y%3F.py"
    assert permalink(shop, SHA, "a.py", 4).endswith("#L4")
