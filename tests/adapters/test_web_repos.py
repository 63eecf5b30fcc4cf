"""The page shows a repository's files as they are, whatever they are called and hold: one repository made to be awkward, once."""

from __future__ import annotations

import asyncio
import html as html_entities
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp
import pytest
from yarl import URL

from adapters.web import colours, sheets
from adapters.web.addresses import Trail
from adapters.web.app import WebAdapter
from bot.capabilities.team_code.tools.sheet import one_line
from bot.conversation import Author, ThreadId
from bot.ports.policy import Rights
from bot.ports.stores import ChannelSettings
from storage.memory import MemoryBoard, MemoryFeedbackLog, MemoryUsageLog
from storage.repos.library import Library
from tests.adapters.running import running
from tests.adapters.test_web_app import TakingDesk
from tests.fakes import OpenPolicy
from tests.repositories import Link, MadeRepository, Submodule

KEY = "ghp_" + "Zk3mQ9" * 6
TOKEN = f'TOKEN = "{KEY}"\n'
HOSTILE = (
    "a.py",
    "quo\"te's <b>&amp;.py",
    "two\nlines.py",
    "turned\u202eyp.py",
    "per%2e%2e%2fcent.py",
    "what?lines=1&at=x#L3.py",
    "  spaces  .py",
    "-dash.py",
    "`tick`.py",
    "ünïcode/日本.py",
    "javascript:alert(1)",
    "a" * 200 + ".py",
    "x/" * 20 + "deep.py",
    "+plus and space.py",
    "semi;colon,comma.py",
    "back\\slash.py",
    "{{ 7*7 }}.html",
)
ATTACK = "</code></pre><script>alert(1)</script>\n<img src=x onerror=alert(1)>\n{{ 7*7 }}\nname\u202eeman\x1b[31m\n"
MANY = "".join(f"line_{number} = {number}\n" for number in range(1, 4_001))


@dataclass
class Site:
    """The page in front of it. `name`s are `odd`, given to this machine, and `shop`, given to a channel elsewhere."""

    url: str
    session: aiohttp.ClientSession
    library: Library
    commit: str

    async def get(self, address: str) -> tuple[int, str]:
        async with self.session.get(URL(self.url.rstrip("/") + address.partition("#")[0], encoded=True)) as answer:
            assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self'")
            return answer.status, await answer.text()

    async def file(self, path: str, start: int = 0, end: int = 0) -> str:
        status, page = await self.get(Trail("odd", self.commit).file(path, start, end))
        assert status == 200, path
        assert re.findall(r"<script[^>]*>", page) == ['<script src="/static/page.js" type="module">']
        return page


def shown(page: str) -> str:
    """What stands in the sheet, as text."""
    sheet = re.search(r'<pre class="lines"[^>]*><code>(.*?)</code></pre>', page, re.DOTALL)
    assert sheet
    return as_text(sheet[1])


def as_text(sheet: str) -> str:
    """A line is a block of its own."""
    return html_entities.unescape(re.sub(r"<[^>]*>", "", re.sub(r"(?<!^)(?=<span class=\"line)", "\n", sheet))) + "\n"


def lines_shown(page: str) -> list[int]:
    return [int(number) for number in re.findall(r'<span class="line(?: marked)?" id="L(\d+)"', page)]


def marked(page: str) -> list[int]:
    return [int(number) for number in re.findall(r'<span class="line marked" id="L(\d+)"', page)]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Library, str]:
    folder = tmp_path_factory.mktemp("odd")
    repository = MadeRepository(folder / "odd")
    files: dict[str, str | bytes | Link | Submodule | None] = dict.fromkeys(HOSTILE, "value = 1\n")
    files |= {
        "attack.html": ATTACK,
        "token.py": TOKEN,
        ".env": TOKEN,
        "picture.png": b"\x89PNG\r\n\x1a\n\x00\x00" * 20,
        "link.py": Link("/etc/passwd"),
        "sub": Submodule("1" * 40),
        "large.log": "0123456789abcde\n" * 640_000,
        "many.py": MANY,
        "wide.js": "x" * 90_000 + "\n",
        "crlf.py": b"one = 1\r\ntwo = 2\r\n",
        "empty.py": "",
        "open.py": "no_end = 1",
        "latin.py": "name = 'caf\u00e9'\n".encode("latin-1"),
        "billing/models.py": "class Invoice:\n    def total(self) -> int:\n        return 1\n",
        "billing/use.py": "from billing.models import Invoice\n\n\ndef show(one: Invoice) -> int:\n    return one.total()\n",
        "uv.lock": (
            'version = 1\n\n[[package]]\nname = "fastapi"\nversion = "0.115.0"\n'
            'source = { registry = "https://registry.example/simple" }\n\n[[package]]\nname = "odd"\nversion = "1"\n'
            'source = { virtual = "." }\ndependencies = [{ name = "fastapi" }]\n'
        ),
        "pyproject.toml": '[project]\nname = "odd"\nversion = "1"\ndependencies = ["fastapi"]\n',
    }
    repository.commit(files, "Begin. (#1)")
    commit = repository.commit({"a.py": "value = 1\n" * 41}, f"Rotate {KEY} in the vault\n")
    declared = folder / "repos.toml"
    declared.write_text('[repos.shop]\nurl = "https://git.example/shop.git"\nchannels = ["slack:T1:C7"]\n')
    library = Library(folder / "repos", declared, [repository.folder])
    assert not asyncio.run(library.sync("odd")).fault
    return library, commit


@pytest.fixture
async def site(made: tuple[Library, str], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    library, commit = made
    monkeypatch.setattr(
        colours, "MOST_CHARACTERS", 200
    )  # a process for every file that is looked at would take a while
    library._syncing._locks.clear()
    policy = OpenPolicy(grants=library)

    async def rights(person: Author) -> Rights:
        return await policy.decide(person, ThreadId("web", "local", "page", "any"), ChannelSettings())

    adapter = WebAdapter(
        TakingDesk(), MemoryBoard(), MemoryFeedbackLog(), library, MemoryUsageLog(), rights,
        host="127.0.0.1", port=0, name="P", environments=lambda: {"odd": "building its environment"},
    )  # fmt: skip
    async with aiohttp.ClientSession() as session, running(adapter):
        yield Site(await adapter.listening(), session, library, commit)


@pytest.mark.slow
async def test_a_file_is_shown_whatever_it_is_called_and_its_folder_leads_to_it(site: Site) -> None:
    listings: dict[str, tuple[int, str]] = {}
    for path in HOSTILE:
        page = await site.file(path)
        assert shown(page).startswith("value = 1\n"), path
        assert "\u202e" not in page
        folder = path.rpartition("/")[0]
        status, listed = listings.get(folder) or await site.get(Trail("odd", site.commit).folder(folder))
        listings[folder] = status, listed
        assert status == 200
        assert html_entities.escape(Trail("odd", site.commit).file(path)).replace("&#x27;", "&#39;") in listed, path


@pytest.mark.slow
async def test_what_a_file_holds_is_text_and_its_secrets_are_not_there(site: Site) -> None:
    page = await site.file("attack.html")
    assert shown(page) == "".join(f"{one_line(line)}\n" for line in ATTACK.split("\n")[:-1])
    assert KEY not in await site.file("token.py")
    assert "masked" in await site.file("token.py")
    for address in ("/repos/odd", "/repos", f"/repos/odd/find?q={KEY}", "/starters", "/"):
        assert KEY not in (await site.get(address))[1].replace(f'value="{KEY}"', "").replace(f">{KEY}<", "").replace(
            f"<title>{KEY}", ""
        ), address
    for path, why in (
        (".env", "may hold secrets"),
        ("picture.png", "is a binary file"),
        ("link.py", "is a symbolic link"),
        ("sub", "is a submodule"),
        ("large.log", "has 10,240,000 bytes"),
    ):
        page = await site.file(path)
        assert why in page
        assert '<pre class="lines"' not in page


@pytest.mark.slow
async def test_a_long_file_is_shown_around_the_lines_that_were_asked_for(site: Site) -> None:
    page = await site.file("many.py", 2_000, 2_003)
    assert marked(page) == [2_000, 2_001, 2_002, 2_003]
    assert len(lines_shown(page)) == sheets.MOST_LINES
    assert "line_2000 = 2000\n" in shown(page)
    assert len(page) < 2_000_000
    assert marked(await site.file("many.py", 90_000, 90_001)) == []
    whole, address = [], Trail("odd", site.commit).file("many.py")
    for _ in range(40):
        status, page = await site.get(address)
        assert status == 200
        whole += lines_shown(page)
        following = re.search(r'<a href="([^"]+)">Lines after', page)
        if not following:
            break
        address = html_entities.unescape(following[1])
    assert set(whole) == set(range(1, 4_001))
    wide = await site.file("wide.js")
    assert "more characters" in wide
    assert len(wide) < 20_000


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("crlf.py", "one = 1\ntwo = 2\n"),
        ("empty.py", ""),
        ("open.py", "no_end = 1\n"),
        ("latin.py", "name = 'caf\u00e9'\n"),
    ],
)
async def test_every_line_is_there_once(site: Site, path: str, text: str) -> None:
    assert shown(await site.file(path)).strip("\n") == text.strip("\n")


@pytest.mark.slow
async def test_names_lead_to_where_they_are_defined_and_from_there_to_their_uses(site: Site) -> None:
    page = await site.file("billing/use.py", 4, 5)
    (there,) = set(re.findall(r'<a class="name" href="([^"]+)"><span class="[^"]*">Invoice<', page))
    status, models = await site.get(html_entities.unescape(there))
    assert status == 200
    assert marked(models) == [1, 2, 3]
    (uses,) = set(re.findall(r'<a class="name" href="([^"]+)"><span class="[^"]*">Invoice<', models))
    _, found = await site.get(html_entities.unescape(uses))
    assert "billing/use.py:4" in found
    assert "billing/models.py:1" in found


@pytest.mark.slow
async def test_a_repository_at_a_glance_and_one_that_is_not_given_is_like_one_that_is_not(site: Site) -> None:
    status, page = await site.get("/repos/odd")
    assert status == 200
    assert ">fastapi<" in page
    assert "0.115.0" in page
    assert "Rotate" in page
    _, listed = await site.get("/repos")
    assert "sauce" not in listed
    assert 'href="/repos/shop"' not in listed
    assert "<progress" in listed
    head = "1" * 40
    for kind in (
        "",
        "/file?path=secret_sauce.py",
        "/find?q=sauce",
        f"?at={head}",
        f"/file?path=secret_sauce.py&at={head}",
    ):
        refused, absent = await site.get(f"/repos/shop{kind}"), await site.get(f"/repos/none{kind}")
        assert refused[0] == absent[0] == 404
        assert refused[1] == absent[1]
        assert "There is no repository of that name here." in refused[1]


@pytest.mark.slow
@pytest.mark.parametrize(
    "query",
    [
        "at=" + "0" * 40, "at=HEAD", "at=../../etc", "at=--upload-pack", "path=../../../etc/passwd", "path=/etc/passwd", "path=",
        "path=nowhere.py", "path=a.py%00", "path=%ff%fe", "at=" + "f" * 5_000,
    ],
)  # fmt: skip
async def test_what_is_not_there_is_a_sentence_and_no_process_is_begun_for_it(site: Site, query: str) -> None:
    status, page = await site.get(f"/repos/odd/file?{query}")
    assert status == 404
    assert "Not there" in page
    assert not site.library._syncing._locks, "nothing was fetched or indexed for a look"


@pytest.mark.slow
async def test_lines_and_a_past_that_are_nonsense_are_passed_over(site: Site) -> None:
    for query in (
        "lines=x",
        "lines=0",
        "lines=9-2",
        "lines=99999999",
        "from=../x/y",
        "from=javascript:alert(1)",
        "from=a/b",
    ):
        status, page = await site.get(f"/repos/odd/file?path=a.py&{query}")
        assert status == 200
        assert "Back to the thread" not in page
    _, page = await site.get("/repos/odd/file?path=a.py&from=abcdefghijkl/post_1")
    assert 'href="/t/abcdefghijkl#p-post_1"' in page


async def test_the_empty_page_names_the_repositories_and_offers_questions_made_from_them(site: Site) -> None:
    for _ in range(60):
        _, page = await site.get("/")
        if "Looking what is there" not in page:
            break
    assert 'href="/repos/odd"' in page
    offered = [html_entities.unescape(one) for one in re.findall(r'name="text" value="([^"]*)"', page)]
    assert "Where are our endpoints defined with fastapi?" in offered
    assert 2 <= len(offered) <= 4
    assert "sauce" not in page
    _, about = await site.get("/?about=odd%2Fa.py%3A1%60%0A%3Cscript%3E")
    assert "About `odd/a.py:1&#39;\\n&lt;script&gt;`: " in about


async def test_a_repository_that_cannot_be_looked_into_yet_shows_how_far_it_is_and_no_other(site: Site) -> None:
    for name in ("odd", ""):
        assert ">odd<" in (await site.get(f"/repos/states?name={name}"))[1]
    assert "<article" not in (await site.get("/repos/states?name=another"))[1]
