"""Answers as models write them (`answers.py`), at every door: each word is on the screen, in its order and once, code is byte for byte,
lists have their numbers, and nobody is called.

Each door is read as its client reads it: Slack's blocks, Slack's own dialect, Discord's (`discord_client.py`), HTML.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

import pytest

from adapters.discord import formatting as discord
from adapters.slack import formatting as slack
from adapters.slack import mrkdwn
from adapters.slack.live import live_text
from adapters.web import formatting as web
from bot.views import View
from bot.writing.reading import shows_nothing
from tests.adapters.answers import LIVE, Piece, Writer
from tests.adapters.discord_client import shown
from tests.servers.discord.checks import check_message as check_discord
from tests.servers.slack.checks import check_message as check_slack
from tests.servers.slack.posts import found

GROUPS, EACH = 4, 25
MARKS = re.compile(r"[*_~`\u200b\u02cb]")
"""What Slack's own dialect may add or lose: marks, and what keeps them inert."""


@dataclass(frozen=True, slots=True)
class Screen:
    """What a reader has; None where this door's form of it is not read here."""

    text: str
    code: str | None = None
    numbers: tuple[int, ...] | None = None


def view(text: str) -> View:
    return View(text, final=True, links=(LIVE,))


# --- doors ------------------------------------------------------------------------------------------------------------


def on_slack(text: str) -> Screen:
    lines: list[str] = []
    code: list[str] = []
    numbers: list[int] = []
    for part in slack.render(view(text), files=False):
        check_slack({"blocks": list(part.blocks), "text": part.text})
        for block in part.blocks:
            for kind, number, line in slack_lines(block):
                lines.append(line)
                code += [line] if kind == "rich_text_preformatted" else []
                numbers += [number] if number else []
    return Screen("\n".join(lines), "".join(code), tuple(numbers))


def slack_lines(block: dict[str, Any]) -> Iterator[tuple[str, int, str]]:
    """A block's lines: what each is, its number in a list, its words. In a quotation a number is text."""
    if block["type"] == "table":
        for cell in (cell for row in block["rows"] for cell in row):
            yield from slack_lines(cell)
    for one in block.get("elements", ()) if block["type"] == "rich_text" else ():
        if one["type"] == "rich_text_list":
            for place, item in enumerate(one["elements"], 1):
                yield one["type"], one.get("offset", 0) + place if one["style"] == "ordered" else 0, words_of(item)
        else:
            line = words_of(one)
            typed = re.match(r" *(\d+)\. ", line) if one["type"] == "rich_text_quote" else None
            yield one["type"], int(typed[1]) if typed else 0, line


def words_of(section: dict[str, Any]) -> str:
    return "".join(one["text"] for one in section["elements"])


def on_plain_slack(text: str) -> Screen:
    return Screen("\n".join(map(read_mrkdwn, mrkdwn.mrkdwn(text, links=(LIVE,)))))


def in_a_stream(text: str) -> Screen:
    """What a stream has of a text that goes on, up to where one message is full."""
    written = live_text(f"{text}\n\nThe end of it.\n\n", (LIVE,))
    return Screen(read_mrkdwn(re.sub(rf"\[([^\[\]]*)\]\({LIVE}\)", r"\1", written)))


def read_mrkdwn(text: str) -> str:
    assert not re.search(r"<[!@#]", text)
    text = re.sub(r"<https?:[^|>]*\|([^>]*)>", lambda link: link[1].replace("¦", "|"), text)
    return MARKS.sub("", text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))


def on_discord(text: str) -> Screen:
    lines: list[str] = []
    for part in discord.render(view(text), files=False):
        check_discord({"content": part.content}, {})
        read = shown(part.content)
        assert not read.live, part.content
        assert set(read.links) <= {LIVE}, part.content
        lines.append(read.text.replace("\u200b", ""))
    return Screen("\n".join(lines))


class Browser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self.code: list[str] = []
        self.numbers: list[int] = []
        self._lists: list[int | None] = []
        self._in_code = self._is_aside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        match tag:
            case "ol":
                self._lists.append(int(given.get("start") or 1))
            case "ul":
                self._lists.append(None)
            case "li" if (number := self._lists[-1]) is not None:
                self.numbers.append(int(given.get("value") or number))
                self._lists[-1] = self.numbers[-1] + 1
            case "pre" | "figcaption":
                self._in_code, self._is_aside = tag == "pre", tag == "figcaption"
        self.text += ["\n"] * (tag not in ("code", "span", "strong", "em", "s", "a"))

    def handle_endtag(self, tag: str) -> None:
        if tag in ("ol", "ul"):
            self._lists.pop()
        if tag in ("pre", "figcaption"):
            self._in_code = self._is_aside = False

    def handle_data(self, data: str) -> None:
        if not self._is_aside:
            self.text.append(data)
            self.code += [data] if self._in_code else []


def on_the_page(text: str) -> Screen:
    browser = Browser()
    browser.feed(web.html(text, (LIVE,)))
    return Screen("".join(browser.text), "".join(browser.code), tuple(browser.numbers))


# --- what is promised ---------------------------------------------------------------------------------------------------


def answers(group: int) -> Iterator[Piece]:
    for seed in range(group, GROUPS * EACH, GROUPS):
        writer = Writer(seed)
        yield writer.answer(writer.random.choice((1, 2, 3, 8)))


def assert_shown(words: Sequence[str], screen: str, source: str) -> None:
    at = 0
    for word in words:
        place = screen.find(word, at)
        assert place >= 0, (word, "is somewhere else" if word in screen else "is nowhere", source)
        at = place + len(word)
    for number in {number for word in words for number in re.findall(r"q\d+q", word)}:
        assert screen.count(number) == " ".join(words).count(number), (number, source)


def unmarked(words: Sequence[str]) -> list[str]:
    return [MARKS.sub("", word) for word in words]


@pytest.mark.parametrize("group", range(GROUPS))
@pytest.mark.parametrize("door", [on_slack, on_the_page])
def test_every_word_code_and_number_is_shown_in_order_and_once(door: Callable[[str], Screen], group: int) -> None:
    for answer in answers(group):
        screen = door(answer.text)

        assert_shown(answer.words, screen.text, answer.text)
        assert screen.code == "".join(code for _, code in answer.code), answer.text
        assert screen.numbers == answer.numbers, answer.text


@pytest.mark.parametrize("group", range(GROUPS))
def test_on_discord_every_word_is_shown_in_order_and_once(group: int) -> None:
    for answer in answers(group):
        words = [
            word for word in answer.words if not word.startswith("Head")
        ]  # a wide table says its heads in each row

        assert_shown(words, on_discord(answer.text).text, answer.text)


@pytest.mark.parametrize("group", range(GROUPS))
def test_in_slacks_own_dialect_every_word_is_shown_in_order_and_once(group: int) -> None:
    for answer in answers(group):
        assert_shown(unmarked(answer.words), on_plain_slack(answer.text).text, answer.text)


@pytest.mark.parametrize("group", range(GROUPS))
def test_a_stream_shows_every_word_in_order_as_far_as_it_goes(group: int) -> None:
    for answer in answers(group):
        screen = in_a_stream(answer.text).text
        told = unmarked(answer.words)
        while told and told[-1] not in screen:
            told.pop()
        assert_shown(told, screen, answer.text)
        assert len(told) == len(answer.words) or len(screen.encode()) > 5_000, answer.text


@pytest.mark.parametrize("group", range(GROUPS))
def test_a_stream_only_grows(group: int) -> None:
    """But for what only a later line makes of it: a link whose address is said below, a heading that is underlined."""
    for answer in answers(group):
        if "][label" in answer.text or re.search(r"^[ >]*(?:===|---)\s*$", answer.text, re.MULTILINE):
            continue
        written, text = "", answer.text
        for end in range(0, len(text), max(1, len(text) // 25)):
            now = live_text(text[:end], (LIVE,))
            assert now.startswith(written) or written.startswith(now), (written, now)
            written = max(written, now, key=len)


@pytest.mark.parametrize(
    "text",
    [
        "- [x] done\n- [ ] open\n\nEnd.\n\n",
        "> > 1. [ ] open\n\nEnd.\n\n",
        "So:\n\n\\[\nx_1 = \\frac{a}{b}\n\\]\n\nEnd.\n\n",
        "So $$a_1\n= b_2$$ it is.\n\nEnd.\n\n",
        "Run:\n\n    first --of two\n    second one\n\n    third\n\nEnd.\n\n",
        "- a\n\n      code a\n      code b\n\nEnd.\n\n",
    ],
)
def test_a_stream_waits_for_what_may_still_become_something_else(text: str) -> None:
    written = ""
    for end in range(len(text) + 1):
        now = live_text(text[:end], ())
        assert now.startswith(written) or written.startswith(now), (written, now)
        written = max(written, now, key=len)
    assert written.endswith("End.\n\n") or "End." in written


# --- numbers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("3. a\n5. b\n7. c", (3, 5, 7)),
        ("1. a\n1. b\n1. c", (1, 2, 3)),
        ("1. a\n2. b\n\n1. c\n2. d", (1, 2, 1, 2)),
        ("1) a\n\n   ```\n   x\n   ```\n4) b\n5) c", (1, 4, 5)),
        ("2. a\n   1. b\n   4. c\n3. d", (2, 1, 4, 3)),
        ("0. a\n1. b", (0, 1)),
    ],
)
def test_a_list_has_the_numbers_that_were_typed(text: str, numbers: tuple[int, ...]) -> None:
    assert on_slack(text).numbers == tuple(one for one in numbers if one)
    assert on_the_page(text).numbers == numbers
    assert numbers_on_discord(text) == numbers


def numbers_on_discord(text: str) -> tuple[int, ...]:
    """The client counts on from a list's first number; a list ends with an empty line. A number that is escaped is text."""
    numbers: list[int] = []
    counted: dict[int, int] = {}
    for line in "\n".join(part.content for part in discord.render(view(text))).split("\n"):
        item = re.match(r"( *)(\d+)(\\?)\. ", line)
        if item and not item[3]:
            level = len(item[1])
            counted = {one: last for one, last in counted.items() if one <= level}
            counted[level] = counted[level] + 1 if level in counted else int(item[2])
            numbers.append(counted[level])
        elif item:
            counted = {one: last for one, last in counted.items() if one < len(item[1])}
            numbers.append(int(item[2]))
        elif not line.strip() or line.startswith("```"):
            counted = {}
    return tuple(numbers)


# --- what is written otherwise than it reads ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["C:\\_build\\.cache", "D:\\(old)\\*.log", "\\\\host\\share\\_x", "c:\\Users\\ana\\!a", "C:\\"]
)
def test_a_windows_path_keeps_its_backslashes(path: str) -> None:
    for text in (path, f"in {path} and", f"**{path}**", f"| {path} | b |\n|---|---|\n| {path} | c |"):
        for door in (on_slack, on_discord, on_the_page):
            assert path in door(text).text, door


def test_an_escaped_mark_beside_a_path_is_none() -> None:
    assert on_the_page("snake\\_case in C:\\new, \\*not bold\\*").text.strip() == "snake_case in C:\\new, *not bold*"


def test_a_line_break_of_html_is_one_where_it_joins_words_and_words_where_it_is_spoken_of() -> None:
    table = "| a | b |\n|---|---|\n| one<br>two <br/> three | `<br>` |"

    assert "one\ntwo\nthree" in on_slack(table).text
    assert "<br>" in on_slack(table).text
    assert re.search(r"one<br />\s*two<br />\s*three", web.html(table))
    assert "one two three" in on_discord(table).text
    for door in (on_slack, on_discord, on_the_page):
        assert "the <br> tag" in door("use the <br> tag").text
        assert re.search(r"one\s+two", door("one<br>two").text)
        assert "<br>" in door("<br>").text


INVISIBLE = "&#xE0041;&#xE0042;&#8203;&#x202E;&shy;&zwnj;&#x2066;"


@pytest.mark.parametrize("text", ["a{}b", "**a{}b**", f"[a{{}}b]({LIVE})", "![a{}b](x)", "| a{}b |\n|---|\n", "# a{}b"])
def test_an_entity_brings_nothing_that_nobody_sees(text: str) -> None:
    hidden = re.compile("[\U000e0000-\U000e0fff\u202a-\u202e\u2066-\u2069\u00ad]")
    for door in (on_slack, on_plain_slack, in_a_stream, on_discord, on_the_page):
        screen = door(text.format(INVISIBLE)).text
        assert not hidden.search(screen), door
        assert re.search("a\u200c?b", screen.replace("\u200b", "")), door


def test_boxes_of_a_task_list_are_boxes_at_every_door() -> None:
    for door in (on_slack, on_plain_slack, on_discord, on_the_page):
        screen = door("- [x] done\n- [ ] open\n- [docs] no box\n- `[x]` code").text
        assert "☑ done" in screen
        assert "☐ open" in screen
        assert "[docs] no box" in screen
        assert "[x]" in screen


# --- long addresses -----------------------------------------------------------------------------------------------------

LONG = f"{LIVE}/" + "abcdefgh/" * 440
FORMS = [
    "{}",
    "see [the docs]({}) now",
    "<{}>",
    "- a\n- see {} there",
    "**{}**",
    "# {}",
    "[r]: {}\n\nsee [words][r]",
    "> {}",
]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("links", [(), (LONG,)])
def test_an_address_longer_than_a_message_is_shown_whole_over_pieces_and_never_torn(
    form: str, links: tuple[str, ...]
) -> None:
    text = form.format(LONG)

    for part in discord.render(View(text, final=True, links=links)):
        check_discord({"content": part.content}, {})
        assert not shown(part.content).links
    contents = [shown(part.content).text for part in discord.render(View(text, final=True, links=links))]
    assert len(contents) <= 4
    assert LONG in "".join(contents)
    for slack_part in slack.render(View(text, final=True, links=links)):
        check_slack({"blocks": list(slack_part.blocks), "text": slack_part.text})
        for block in slack_part.blocks:
            for section in block["elements"]:
                assert all(one["url"] == LONG for one in found(section, "link"))
    plain = mrkdwn.mrkdwn(text, links=links)
    assert max(map(len, plain)) <= mrkdwn.TEXT_CHARACTERS
    assert LONG in re.sub(r"(?m)^(?:> | +)|[`\n*]", "", "\n".join(plain))
    assert LONG in web.html(text, links)


@pytest.mark.parametrize("text", ["7. " + "word " * 2_500, "> 7. " + "word " * 2_500])
def test_an_item_longer_than_a_message_has_its_number_once(text: str) -> None:
    assert "".join(mrkdwn.mrkdwn(text)).count("7. ") == 1
    assert on_slack(text).numbers == (7,)
    assert on_discord(text).text.count("7. ") == 1


def test_of_an_address_that_holds_a_file_the_beginning_is_shown_and_how_much_is_left_out() -> None:
    text = "![plot](data:image/png;base64," + "A" * 60_000 + ") as you see"

    for door in (on_slack, on_discord, on_the_page):
        screen = door(text).text
        assert "more characters of data" in screen
        assert "as you see" in screen
        assert len(screen) < 400


def test_a_word_of_many_marks_longer_than_a_message_is_within_every_limit() -> None:
    for word in (":a" * 5_000, "a:b" * 3_000, "](" * 3_000, "<a" * 3_000, "~|" * 3_000, "\\" * 5_000):
        for part in discord.render(view(word)):
            check_discord({"content": part.content}, {})


# --- nothing to read ----------------------------------------------------------------------------------------------------

NOTHING = [
    "---", "***\n\n***", "> ", ">\n> >", "```\n```", "```python\n```", "~~~\n\n~~~", "&nbsp;", "&nbsp;&#8203;",
    "\u200b\u200d", "\u3164", "<!-- -->", "#", "## ##", "-", "1.", "- \n- ", "* * *", "| | |\n|---|---|\n| | |",
    "[]()", "---\n```\n\n```\n> \n- ", "\u2800", "&zwj;", "\r\n\r\n", "&shy;&shy;",
]  # fmt: skip
SOMETHING = [
    "42", "a", "?", "👍", "no", "<br>", "<!-- why -->", f"[a]: {LIVE}", "```\nx\n```", "```py a.py\n```", "| a |\n|---|", "> x", "- x",
    "\\*", "&lt;", "![](x.png)", "[INFO]: x", "是", "1. x", "---\nx", "`x`", "# x", "\\(x\\)", "**", "``", "\\",
]  # fmt: skip


@pytest.mark.parametrize("text", NOTHING)
def test_marks_alone_are_nothing_to_read(text: str) -> None:
    assert shows_nothing(text)
    assert shows_nothing(f"{text}\n\n{text}")


@pytest.mark.parametrize("text", SOMETHING)
def test_what_can_be_read_is_shown_at_every_door(text: str) -> None:
    assert not shows_nothing(text)
    assert on_slack(text).text.strip()
    assert on_discord(text).text.strip()
    assert "".join(mrkdwn.mrkdwn(text, links=(LIVE,))).strip()
    assert re.sub("<[^>]*>|Copy", "", web.html(text, (LIVE,))).strip()
