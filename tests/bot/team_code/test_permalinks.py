"""Links in each forge's own form."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.capabilities.team_code.cited.pages import lines as lines_of
from bot.capabilities.team_code.cited.pages import paths
from bot.capabilities.team_code.code import Repository, WebKind
from bot.capabilities.team_code.permalinks import pages, permalink
from storage.repos.ssh_hosts import ssh_host

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


@pytest.mark.parametrize(
    ("kind", "tail"),
    [
        ("github", f"/blob/{SHA}/README.md?plain=1#L3-L9"),
        ("gitlab", f"/-/blob/{SHA}/README.md?plain=1#L3-9"),
        ("gitea", f"/src/commit/{SHA}/README.md?display=source#L3-L9"),
    ],
)
def test_lines_of_markdown_are_linked_in_the_source_view(kind: WebKind, tail: str) -> None:
    shop = Repository("shop", web="https://h.example/s", web_kind=kind)

    assert permalink(shop, SHA, "README.md", 3, 9) == "https://h.example/s" + tail
    assert "?" not in permalink(shop, SHA, "README.md")


@pytest.mark.parametrize(
    ("url", "web"),
    [
        ("https://dev.azure.com/acme/Web%20Shop/_git/shop", "https://dev.azure.com/acme/Web%20Shop/_git/shop"),
        ("https://acme@dev.azure.com/acme/web/_git/shop", "https://dev.azure.com/acme/web/_git/shop"),
        ("git@ssh.dev.azure.com:v3/acme/web/shop", "https://dev.azure.com/acme/web/_git/shop"),
        (
            "https://acme.visualstudio.com/DefaultCollection/web/_git/shop",
            "https://acme.visualstudio.com/web/_git/shop",
        ),
        ("https://acme.visualstudio.com/_git/shop", "https://acme.visualstudio.com/shop/_git/shop"),
        ("acme@vs-ssh.visualstudio.com:v3/acme/web/shop", "https://dev.azure.com/acme/web/_git/shop"),
    ],
)
def test_azure_devops(url: str, web: str) -> None:
    assert pages(url) == (web, "azure")
    link = permalink(Repository("shop", web=web, web_kind="azure"), SHA, "a/b c.py", 3, 9)
    lines = "line=3&lineEnd=10&lineStartColumn=1&lineEndColumn=1"
    assert link == f"{web}?path=/a/b%20c.py&version=GC{SHA}&{lines}&lineStyle=plain&_a=contents"
    assert (list(paths(link)), lines_of(link)) == (["a/b c.py"], (3, 9))


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("git@work:acme/shop.git", ("https://github.com/acme/shop", "github")),
        ("ssh://git@work/acme/shop.git", ("https://github.com/acme/shop", "github")),
        ("git@github.com-private:acme/shop.git", ("https://github.com/acme/shop", "github")),
        ("git@github-private:acme/shop.git", ("", "")),  # a name that only its owner's machine knows
        ("git@our-github.example.org:acme/shop.git", ("https://our-github.example.org/acme/shop", "github")),
    ],
)
def test_an_alias_of_ssh_leads_to_its_host(tmp_path: Path, url: str, found: tuple[str, str]) -> None:
    config = tmp_path / "config"
    config.write_text(
        "Host other !work *.x\n  HostName wrong.example\n\nhost=work\n    HostName = github.com\nHost *\n  HostName late\n"
    )

    assert pages(url, lambda name: ssh_host(name, config) if name == "work" else name) == found


@pytest.mark.parametrize(
    ("address", "path", "lines"),
    [
        ("https://github.example/a/s/blob/main/src/a.py#L3-L9", "src/a.py", (3, 9)),
        ("https://github.example/a/s/blob/feature/x/src/a.py?plain=1#L3C1-L9C4", "src/a.py", (3, 9)),
        ("https://gitlab.example/a/s/-/blob/main/src/a%20b.py#L3-9", "src/a b.py", (3, 9)),
        ("https://gitea.example/a/s/src/branch/main/src/a.py#L3", "src/a.py", (3, 3)),
        ("https://gitea.example/a/s/src/commit/3fa9c1d/src/a.py", "src/a.py", (0, 0)),
        ("https://bitbucket.org/a/s/src/3fa9c1d/src/a.py#lines-3:9", "src/a.py", (3, 9)),
        ("https://bb.example/projects/A/repos/s/browse/src/a.py?at=3fa#3-9", "src/a.py", (3, 9)),
    ],
)
def test_an_address_of_a_page_tells_its_file(address: str, path: str, lines: tuple[int, int]) -> None:
    assert path in paths(address)
    assert lines_of(address) == lines


@pytest.mark.parametrize("address", ["https://github.example/a/s/pull/5", "https://github.example/a/s"])
def test_a_page_that_shows_no_file(address: str) -> None:
    assert list(paths(address)) == []
