"""How a file, a place in an answer and a plot become the page's own HTML: pure, and for whatever they hold."""

from __future__ import annotations

import html as html_entities
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.web import sheets
from adapters.web.addresses import Cites, Trail, lines_of, trail
from adapters.web.colours import Colours, plain
from adapters.web.formatting import html
from adapters.web.plots import columns, percent_of, shares
from bot.capabilities.team_code.code import Definition
from bot.capabilities.team_code.tools.sheet import one_line
from bot.conversation import Cited
from tests.adapters.test_web_repos import as_text

PATHS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60)


@given(PATHS, st.integers(0, 9_999_999), st.integers(0, 9_999_999))
def test_an_address_leads_back_to_its_path_and_lines(path: str, start: int, end: int) -> None:
    address = Trail("shop", "a" * 40, "thread_123", "post").file(path, start, end)

    query = parse_qs(urlsplit(address).query, keep_blank_values=True, strict_parsing=True)
    assert address.isascii()
    assert query["path"] == [path]
    assert lines_of(query.get("lines", [""])[0]) == ((start, max(start, end)) if start else (0, 0))
    assert trail("shop", query["at"][0], query["from"][0]) == Trail("shop", "a" * 40, "thread_123", "post")


PIECES = st.lists(
    st.tuples(st.sampled_from(["", "n", "k", "s1"]), st.text(st.characters(exclude_characters="\n"), max_size=30))
)


@given(st.lists(PIECES, min_size=1, max_size=8), st.integers(0, 9), st.integers(0, 9))
def test_every_character_of_a_sheet_is_text(lines: list[list[tuple[str, str]]], start: int, end: int) -> None:
    names = {text: [Definition(text, text, "class", "a.py", 1, 2, "")] for line in lines for _, text in line}
    drawn = sheets.html(lines, sheets.window(len(lines), start, end), "b.py", Trail("shop"), names)

    assert as_text(drawn) == "".join(one_line("".join(piece for _, piece in line)) + "\n" for line in lines)
    assert "<script" not in drawn


@given(st.integers(0, 30_000), st.integers(0, 40_000), st.integers(0, 40_000))
def test_a_window_holds_what_was_asked_for_and_no_more_than_fits(total: int, start: int, end: int) -> None:
    shown = sheets.window(total, min(start, end), max(start, end))

    assert shown.first >= 1
    assert shown.last <= max(total, 0)
    assert shown.last - shown.first < sheets.MOST_LINES
    assert not shown.start or shown.first <= shown.start <= shown.last


CITES = Cites([Cited("shop", "c" * 40, "billing/models.py"), Cited("shop", "c" * 40, "a b.py")], "thread_123", "post")
HERE = "/repos/shop/file?path=billing/models.py"


@pytest.mark.parametrize(
    ("markdown", "links", "leads"),
    [
        ("See `billing/models.py:12`.", [], [HERE + "&lines=12"]),
        ("See `billing/models.py:12-14`.", [], [HERE + "&lines=12-14"]),
        ("See `billing/models.py`.", [], [HERE + "&at="]),
        ("See `shop/billing/models.py:3`.", [], [HERE + "&lines=3"]),
        ("See `a b.py:3`.", [], ["/repos/shop/file?path=a+b.py&lines=3"]),
        ("See `models.py:12`, `other/billing/models.py`, `billing.models`, `rm -rf`.", [], []),
        ("```\nbilling/models.py:12\n```", [], []),
        (
            f"[`billing/models.py:7`](https://github.com/a/shop/blob/{'c' * 40}/billing/models.py#L7)",
            [f"https://github.com/a/shop/blob/{'c' * 40}/billing/models.py#L7"],
            [HERE + "&lines=7"],
        ),
        (
            f"[old](https://github.com/a/shop/blob/{'d' * 40}/billing/models.py#L7)",
            [f"https://github.com/a/shop/blob/{'d' * 40}/billing/models.py#L7"],
            ["https://github.com/"],
        ),
    ],
)
def test_a_place_in_an_answer_opens_on_the_page(markdown: str, links: list[str], leads: list[str]) -> None:
    addresses = [
        html_entities.unescape(one) for one in re.findall(r'<a [^>]*href="([^"]+)"', html(markdown, links, (), CITES))
    ]

    assert len(addresses) == len(leads)
    assert all(address.startswith(lead) for address, lead in zip(addresses, leads, strict=True))
    assert all("from=thread_123/post" in one for one in addresses if one.startswith("/repos"))


def test_plots_say_every_number_also_in_words() -> None:
    parts = [("python", 900), ("go", 99), ("shell", 1)]
    assert [bar.words for bar in shares(parts)] == ["Python 90 %", "Go 10 %", "Shell under 1 %"]
    assert sum(bar.length for bar in shares(parts)) == pytest.approx(1000)
    assert shares([]) == []
    assert [bar.length for bar in columns([("a", 0, "none"), ("b", 1, "one"), ("c", 400, "many")])] == [0, 2, 100]
    assert [percent_of(one) for one in ("indexing 42 %", "reading the history", "", "%")] == [42, None, None, None]


async def test_a_file_that_would_never_end_stays_plain() -> None:
    text = "x = 1\n"
    assert await Colours(seconds=0.0).of(("k",), "a.py", text) == plain(text)
    assert await Colours().of(("k",), "no-such.language-of-ours", text) == plain(text)


@pytest.mark.slow
async def test_colours_lose_nothing() -> None:
    for path, text in (
        ("a.py", "def f():\n\treturn '\u00e9'\n\n"),
        ("b.js", "\n\n`${x}`\n"),
        ("c.py", "a\rb\n"),
        ("Dockerfile", "FROM x"),
    ):
        lines = await Colours().of((path,), path, text)
        assert "\n".join("".join(piece for _, piece in line) for line in lines) == text


@pytest.mark.parametrize("folder", [Path("adapters/web/templates")])
def test_no_template_has_an_inline_style_or_script(folder: Path) -> None:
    for file in folder.glob("*.html"):
        assert not re.search(r"\sstyle=|\son\w+=|<style|<script(?! src=\"/static)", file.read_text()), file
