"""Whatever Markdown comes: every part within its limit, code byte for byte, and nobody pinged, on every platform."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from adapters.discord import formatting as discord
from adapters.slack import formatting as slack
from adapters.slack import mrkdwn
from adapters.slack.blocks import read_back
from adapters.web import formatting as web
from bot.views import View
from bot.writing.cutting import utf16
from bot.writing.markdown import file_name, label, parse
from bot.writing.text import fence_for
from tests.adapters.documents import DOCUMENTS, ORACLE, PINGS, Writer, outside_code
from tests.servers.slack import check_message
from tests.stalls import processor_seconds

BOUNDED = settings(
    max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate]
)


def code_of(markdown: str) -> list[str]:
    """The model's code blocks, read by the parser itself."""
    return [token.content for token in ORACLE.parse(markdown) if token.type in ("fence", "code_block")]


def elements(value: Any, kind: str) -> Iterator[dict[str, Any]]:
    """Every object of a type in a payload, in order."""
    if isinstance(value, dict):
        if value.get("type") == kind:
            yield value
        for one in value.values():
            yield from elements(one, kind)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from elements(one, kind)


def slack_code(parts: list[slack.SlackPart]) -> str:
    out = []
    for part in parts:
        for block in part.blocks:
            for found in elements(block, "rich_text_preformatted"):
                out += [element["text"] for element in found["elements"]]
    return "".join(out)


def discord_blocks(content: str) -> Iterator[tuple[str, str]]:
    """A reader of the client's own rule: any three backticks open, the next three close; a label needs a line feed behind it."""
    for found in re.finditer(r"```(?:([a-z0-9_+\-.#]+?)\n)?\n*([^\n][\s\S]*?)\n*```", content, re.IGNORECASE):
        yield found[1] or "", found[2]


@given(DOCUMENTS)
@example("```" + "l" * 16_000 + "\nx\n```")
@BOUNDED
def test_slack_parts_are_within_every_limit(markdown: str) -> None:
    for part in slack.render(View(text=markdown, notices=("n",), final=True)):
        payload = json.dumps(list(part.blocks), ensure_ascii=False)
        assert 0 < len(part.blocks) <= 50
        assert len(payload.encode()) <= 10_500
        assert 0 < len(part.text) <= 4_000
        for found in elements(list(part.blocks), "rich_text_section"):
            assert found["elements"]
            assert all(element["text"] for element in found["elements"])


@given(DOCUMENTS)
@BOUNDED
def test_slack_code_is_the_models_code(markdown: str) -> None:
    tables_aside = re.sub(r"(?m)^\|.*$", "", markdown)

    parts = slack.render(View(text=tables_aside, final=False), files=False)

    whole = slack.render(View(text=tables_aside, final=True), files=False)
    assert slack_code(whole) == "".join(code or "\n" for code in code_of(tables_aside))
    assert len(parts) <= len(whole) + 1


@given(DOCUMENTS)
@BOUNDED
def test_slack_sends_no_live_token_in_any_carrier(markdown: str) -> None:
    for part in slack.render(View(text=markdown, notices=(markdown[:200],), final=True)):
        assert "<" not in re.sub(r"<(?:https?://|mailto:)[^<>|]*\|[^<>]*>", "", part.text)
        live = [*elements(list(part.blocks), "user"), *elements(list(part.blocks), "broadcast")]
        assert not live
        assert not list(elements(list(part.blocks), "mrkdwn"))
        assert not list(elements(list(part.blocks), "markdown"))
    for text in mrkdwn.mrkdwn(markdown):
        assert "<" not in re.sub(r"<(?:https?://|mailto:)[^<>|]*\|[^<>]*>", "", text)


@given(DOCUMENTS)
@example("```" + "l" * 16_000 + "\nx\n```")
@example("x" * 9_000)
@BOUNDED
def test_discord_parts_are_within_the_limit_and_never_empty(markdown: str) -> None:
    for part in discord.render(View(text=markdown, notices=("n" * 1_000,), status="s", final=True)):
        assert part.content.strip()
        assert utf16(part.content) <= 2_000
        assert part.content.count("```") % 2 == 0


@given(DOCUMENTS)
@BOUNDED
def test_discord_code_is_the_models_code_to_the_client(markdown: str) -> None:
    tables_aside = re.sub(r"(?m)^\|.*$", "", markdown)

    parts = discord.render(View(text=tables_aside, final=True), files=False)

    shown = "".join(code for part in parts for _, code in discord_blocks(part.content))
    wanted = "".join(code_of(tables_aside))
    assert re.sub(r"[\s\u200b]", "", shown) == re.sub(r"[\s\u200b]", "", wanted)


@given(DOCUMENTS)
@BOUNDED
def test_discord_text_outside_code_has_no_live_mention(markdown: str) -> None:
    for part in discord.render(View(text=markdown, notices=(markdown[:200],), final=True)):
        outside = outside_code(part.content)
        assert not re.search(r"(?<!\\)<(?:@|#)|@(?:everyone|here)", outside)
        assert "discord.gg/" not in outside


GRAMMAR = (
    [(seed, 150) for seed in range(600)]
    + [(seed, 3_000) for seed in range(600, 645)]
    + [(seed, 20_000) for seed in range(645, 651)]
)
GRAMMAR += [(651, 100_000), (652, 100_000)]
TOLD = re.compile(r"[wk]\d+")


def labelled_code(markdown: str) -> list[tuple[str, str]]:
    tokens = [token for token in ORACLE.parse(markdown) if token.type in ("fence", "code_block")]
    return [(label(token.info), token.content.removesuffix("\n") + "\n") for token in tokens]


def assert_code_is_whole(shown: list[tuple[str, str]], wanted: list[tuple[str, str]]) -> None:
    """Pieces in order, each with its language, join to the blocks, byte for byte."""
    left = iter(shown)
    for language, code in wanted:
        pieces = ""
        while len(pieces) < len(code):
            piece_language, piece = next(left)
            assert piece_language == language
            pieces += piece
        assert pieces == code
    assert not list(left)


@pytest.mark.slow
@pytest.mark.parametrize("group", range(6))
def test_slack_shows_every_construct_whole_and_in_order(group: int) -> None:
    for seed, size in GRAMMAR[group::6]:
        markdown = Writer(seed).document(size)

        parts = slack.render(View(text=markdown, final=True), files=False)

        for part in parts:
            check_message({"blocks": list(part.blocks), "text": part.text})
        blocks = [block for part in parts for block in elements(list(part.blocks), "rich_text_preformatted")]
        shown = [
            (str(block.get("language", "")), "".join(one["text"] for one in block["elements"])) for block in blocks
        ]
        assert_code_is_whole(shown, [(language.lower(), code) for language, code in labelled_code(markdown)])
        texts = [one for part in parts for one in _texts(list(part.blocks))]
        assert TOLD.findall("\n".join(texts)) == TOLD.findall(markdown), seed


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("text"), str):
            yield value["text"]
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _texts(one)


@pytest.mark.slow
@pytest.mark.parametrize("group", range(6))
def test_discord_shows_every_construct_whole_and_in_order(group: int) -> None:
    for seed, size in GRAMMAR[group::6]:
        markdown = Writer(seed).document(size)

        parts = discord.render(View(text=markdown, final=True), files=False)

        fences = [found for part in parts for found in re.findall(r"```(\S*)\n([\s\S]*?)```", part.content)]
        for part in parts:
            assert part.content.strip()
            assert utf16(part.content) <= 2_000
            assert part.content.count("```") % 2 == 0
        shown = [(language, code.replace("`\u200b", "`")) for language, code in fences if "Head" not in code]
        wanted = [(language.lower(), code) for language, code in labelled_code(markdown)]
        assert_code_is_whole(shown, [(discord.LANGUAGES.get(language, language), code) for language, code in wanted])
        assert TOLD.findall("\n".join(part.content for part in parts)) == TOLD.findall(markdown), seed


LINES_WITH_WORDS = [
    "W", "W W W", "[W]: W", "[W]: https://a.example/x 'W'", "[W]: https://docs.example/x", "[^W]: W", "- [W]: W", "> [W]: W",
    "W [W][] W", "W [W][W]", "| W | `W | W` | W |", "| W | W |", "|---|---|", "| W |", "|---|", "| W | W | W | W", "W | W",
    "```py W W", "```", "~~~ py W", "```W.py/W", "    W", "- W", "1. W", "7) W", "> W", "> > W", "  - W", "   - W", "# W", "#W",
    "W\\", "**W**", "**W：**W", "__W__", "W_W_W", "*W", "\\(W\\)", "$W \\W$", "`W", "`W`", "<W>", "<!-- W -->", "&W;",
    "[W](https://docs.example/x 'W')", "![W](x.png 'W')", "[W", "](W)", "", "", "---", "===", "[x]: <https://docs.example/x> (W",
    "| W lorem-ipsum-dolor-sit-amet-consectetur | W | W adipiscing-elit |", "[W](<a b/\u4e2dW`W>)", "<https://W.example/W>",
    "- [ ] W", "-", "|W|", "\tW", "> " * 30 + "W", "- " * 30 + "W",
]  # fmt: skip


@st.composite
def texts_of_words(draw: st.DrawFn) -> str:
    """Lines of every kind, each of their words told by its number, but for labels, of which there are three."""
    lines = draw(st.lists(st.sampled_from(LINES_WITH_WORDS), max_size=14))
    label = iter(draw(st.lists(st.sampled_from("xyz"), min_size=300, max_size=300)))
    text = "\n".join(lines)
    text = re.sub(r"(?<=\[)W(?=\]:)|(?<=\]\[)W(?=\])", lambda _: next(label), text)
    count = iter(range(1, 10_000))
    return re.sub("W", lambda _: f"w{next(count)}q", text)


def screen_of_slack(view: View) -> str:
    parts = slack.render(view)
    texts = [text for part in parts for text in _texts(list(part.blocks))]
    return " ".join([*texts, *(part.file.text for part in parts if part.file)])


def screen_of_discord(view: View) -> str:
    return " ".join(part.content + (part.file.text if part.file else "") for part in discord.render(view))


def screen_of_the_page(view: View) -> str:
    return " ".join(re.findall(r">([^<]*)<", f">{web.html(view.text, view.links)}<"))


def screen_of_plain_slack(view: View) -> str:
    return " ".join(mrkdwn.mrkdwn(view.text, links=view.links))


SCREENS = [screen_of_slack, screen_of_discord, screen_of_the_page, screen_of_plain_slack]


@pytest.mark.slow
@given(texts_of_words())
@example("[x]: w1q\n[x]: https://docs.example/x\n\nw2q [w3q][x]")
@settings(BOUNDED, max_examples=400)
def test_every_word_of_an_answer_is_on_the_screen(markdown: str) -> None:
    view = View(markdown, final=True, links=("https://docs.example/x",))

    for screen in SCREENS:
        told = set(re.findall(r"w\d+q", screen(view)))
        assert set(re.findall(r"w\d+q", markdown)) <= told, screen.__name__


@pytest.mark.parametrize("ping", PINGS)
@pytest.mark.parametrize(
    "where",
    ["{}", "**{}**", "- {}", "> {}", "# {}", "| a |\n| --- |\n| {} |", "[{}](https://e.com)", "x{}y", "![{}](u)"],
)
def test_no_carrier_lets_a_ping_through(ping: str, where: str) -> None:
    view = View(text=where.format(ping), notices=(ping,), status=ping, final=True)

    for slack_part in slack.render(view):
        assert not re.search(r"<[!@#]", slack_part.text)
        assert not list(elements(list(slack_part.blocks), "mrkdwn"))
    for text in mrkdwn.mrkdwn(view.text):
        assert not re.search(r"<[!@#]", text)
    for discord_part in discord.render(view):
        assert not re.search(r"(?<!\\)<[@#]|@(?:everyone|here)|discord\.gg/", outside_code(discord_part.content))


@pytest.mark.parametrize("ping", PINGS)
def test_an_apology_that_names_a_file_pings_nobody(ping: str) -> None:
    for part in slack.render(View(notices=(f"I could not read {ping}.log",), final=True)):
        assert not re.search(r"<[!@#]", part.text)


def test_a_file_name_is_never_the_models_words() -> None:
    assert {file_name(language, 1) for language in ("python", "<!channel>", "../../etc", "@everyone")} == {
        "answer.py",
        "answer.txt",
    }


@pytest.mark.parametrize("render", [slack.render, discord.render])
def test_very_long_code_is_a_file_with_the_same_bytes_and_an_excerpt(render: Any) -> None:
    code = "".join(f"line_{number} = {number}\n" for number in range(3_000))

    parts = render(View(text=f"Here:\n```python\n{code}```\nDone.", final=True))

    (file,) = [part.file for part in parts if part.file]
    assert (file.name, file.text) == ("answer.py", code)
    assert len(parts) <= 3


@pytest.mark.slow
@pytest.mark.parametrize("render", [slack.render, discord.render])
def test_the_number_of_parts_is_bounded_and_the_time_linear(render: Any) -> None:
    def seconds(size: int) -> float:
        text = ("word `code` **bold** <b> & " * 40 + "\n\n```go\nfunc main() { }\n```\n\n") * (size // 1_100)
        spent = processor_seconds(lambda: parts.append(render(View(text=text, final=True), files=False)))
        assert len(parts.pop()) <= len(text) / 300 + 3
        return spent

    parts: list[Any] = []
    seconds(12_500)
    small, large = min(seconds(12_500) for _ in range(3)), min(seconds(50_000) for _ in range(2))

    assert large < small * 12  # four times the text; a quadratic renderer takes sixteen times as long


@pytest.mark.slow
@given(DOCUMENTS)
@settings(BOUNDED, max_examples=15)
def test_a_text_that_is_still_written_is_never_broken(markdown: str) -> None:
    for end in range(0, len(markdown), max(1, len(markdown) // 25)):
        draft = View(text=markdown[:end], status="s")
        for part in discord.render(draft):
            assert part.content.count("```") % 2 == 0
            assert utf16(part.content) <= 2_000
        for slack_part in slack.render(draft):
            assert len(json.dumps(list(slack_part.blocks), ensure_ascii=False).encode()) <= 10_500


@pytest.mark.slow
def test_the_plain_text_beside_blocks_is_never_cut_inside_a_link_or_an_entity() -> None:
    for lead in range(3_880, 3_900):
        for tail in ("[docs](https://example.com/a)" * 3, "&&&&&&"):
            (part, *_) = slack.render(View(text="x" * lead + " " + tail, final=True))
            assert part.text.count("<") == part.text.count(">")
            assert not re.search(r"&\w{0,4}…", part.text)


def test_a_link_that_has_only_begun_is_held_back() -> None:
    for draft in ("see [the do", "see [the docs](", "see [the docs](https://exa"):
        (part,) = discord.render(View(text=draft))
        assert part.content == "see"


class Reader(HTMLParser):
    """What a browser would make of the page's HTML."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.code: list[str] = []
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag == "pre":
            self._inside = True
            self.code.append("")
        if tag == "a":
            self.links.append(dict(attrs).get("href") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "pre":
            self._inside = False

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.code[-1] += data


@given(DOCUMENTS)
@example("<script>alert(1)</script> <img src=x onerror=y> [a](javascript:alert(1)) ![b](data:x)")
@BOUNDED
def test_the_pages_html_is_safe_and_its_code_exact(markdown: str) -> None:
    reader = Reader()
    reader.feed(web.html(markdown))

    assert reader.code == code_of(markdown)
    assert not reader.tags & {"script", "img", "iframe", "style", "object"}
    assert "style" not in reader.attributes
    assert not any(name.startswith("on") for name in reader.attributes)
    assert all(link.lower().startswith(("http://", "https://", "mailto:")) for link in reader.links)


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("# Title\n\ntext", "# Title\n\ntext"),
        ("#### Deep", "**Deep**"),
        ("#### Deep **and** `**x**` on", "**Deep and** `**x**` **on**"),
        ("a **b** *c* ~~d~~ `e_f`", "a **b** *c* ~~d~~ `e_f`"),
        ("- one\n- two\n  - three", "- one\n- two\n  - three"),
        ("3. three\n4. four", "3. three\n4. four"),
        ("- [x] done\n- [ ] open", "- ☑ done\n- ☐ open"),
        ("snake_case and __init__", "snake\\_case and \\_\\_init\\_\\_"),
        ("[docs](https://e.com)", "[docs](<https://e.com>)"),
        ("see https://e.com/a_b.", "see <https://e.com/a_b>."),
        ("~~~js\nlet a;\n~~~", "```js\nlet a;\n```"),
        ("a\n\n---\n\nb", "a\n\nb"),
        ("> quoted\n> twice", "> quoted\n> twice"),
        ("| a | b |\n|---|---|\n| 1 | 漢 |", "```\na  b\n-  --\n1  漢\n```"),
    ],
)  # fmt: skip
def test_discord_gets_its_own_dialect(markdown: str, expected: str) -> None:
    (part,) = discord.render(View(text=markdown, final=True, links=("https://e.com", "https://e.com/a_b")))

    assert part.content == expected


@pytest.mark.parametrize(
    ("typed", "names", "expected"),
    [
        ("hi <@U1>, see <#C1|general>", {"U1": "Ana"}, "hi @Ana, see #general"),
        ("<!here> &lt;b&gt; &amp;amp;", {}, "@here <b> &amp;"),
        ("<https://e.com|the docs> and <https://e.com>", {}, "[the docs](https://e.com) and https://e.com"),
        ("<mailto:a@b.c|a@b.c> or <mailto:a@b.c>", {}, "a@b.c or a@b.c"),
        ("<mailto:a@b.c|write us>, <tel:+49301|+49 30 1>", {}, "[write us](mailto:a@b.c), +49 30 1"),
        ("```git clone <mailto:git@github.com|git@github.com>:a/b```", {}, "```\ngit clone git@github.com:a/b\n```"),
        ("`<http://api.example.com|api.example.com>/v1`", {}, "`api.example.com/v1`"),
        ("`<https://e.com/a?b=1&amp;c=2>`", {}, "`https://e.com/a?b=1&c=2`"),
        ("try `<@U1>` as <#C1|ops> in `<#C1|ops>`", {"U1": "Ana"}, "try `@Ana` as #ops in `#ops`"),
        ("<!subteam^S1|@backend> <!subteam^S2> <!channel>", {}, "@backend @S2 (a user group) @channel"),
        ("`a` ```b```", {}, "`a` \n```\nb\n```"),
        ("`x = “a”` but “quoted”", {}, '`x = "a"` but “quoted”'),
        ("run ```a &lt; b```", {}, "run \n```\na < b\n```"),
        ("```\nif x:\n    y\n``` done", {}, "```\nif x:\n    y\n```\n done"),
    ],
)
def test_what_people_type_in_slack_becomes_commonmark(typed: str, names: dict[str, str], expected: str) -> None:
    assert mrkdwn.from_mrkdwn(typed, names) == expected


def test_code_in_a_list_loses_its_indent_and_the_list_goes_on() -> None:
    blocks = parse("1. first\n\n   ```py\n   a = 1\n     b\n   ```\n2. second")

    assert [type(block).__name__ for block in blocks] == ["Text", "Code", "Text"]
    assert blocks[1].text == "a = 1\n  b\n"  # type: ignore[union-attr]
    assert blocks[2].marker == "2."  # type: ignore[union-attr]


@given(DOCUMENTS)
@BOUNDED
def test_slack_answers_are_read_back_with_their_code_as_it_was(text: str) -> None:
    view = View(text=text, notices=("a notice of ours",), status="thinking", final=True)
    parts = slack.render(view, files=False)

    back = [read_back(part.blocks) for part in parts]

    for part, written in zip(parts, back, strict=True):
        for block in elements(part.blocks, "rich_text_preformatted"):
            code = "".join(element["text"] for element in block["elements"]).rstrip("\n")
            assert f"\n{code}\n{fence_for(code)}" in written
    assert "a notice of ours" not in "".join(back)
