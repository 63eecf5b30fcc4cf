"""A link is live only where its host is listed and its address was seen; however it is spelled, on every platform, in every draft."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from adapters.discord import formatting as discord
from adapters.slack import formatting as slack
from adapters.slack import mrkdwn
from adapters.slack.live import live_text
from adapters.web import formatting as web
from bot.capabilities.seen_links import LinkReview
from bot.events import AnswerEvent, TextDelta, Thinking, ToolCall, ToolResult
from bot.views import View
from bot.writing.dialect import parser
from bot.writing.links import HOSTS, LIVELY, LinkPolicy
from bot.writing.tables import BREAK
from tests.adapters.documents import ORACLE
from tests.bot.attacks import ADDRESSES, ALLOWED, GOOD, SPELLINGS, TEXTS, documents, kinds
from tests.stalls import processor_seconds

LINKIFIED = re.compile(
    r"https?://[^\s<>|`]+|(?<![\w@.-])(?:[\w-]+\.)+(?:example|rs|gg|org|html)\b[^\s<>|`]*|[\w.]+@[\w-]+\.[^\W\d_]{2,}",
    re.I,
)


def in_elements(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [str(value.get("url"))] if "url" in value else []
        if value.get("type") == "text" and not value.get("style", {}).get("code"):
            own += LINKIFIED.findall(value["text"])
        if value.get("type") == "rich_text_preformatted":
            return own
        return own + [one for part in value.values() for one in in_elements(part)]
    return [one for part in value for one in in_elements(part)] if isinstance(value, list | tuple) else []


def in_mrkdwn(text: str) -> list[str]:
    """Slack's tokens, and what it links by itself outside code."""
    text = re.sub(r"```[\s\S]*?(?:```|\Z)", " ", text)
    text = re.sub(r"(?<![^\W_])`[^`\n]+`(?![^\W_])", " ", text)
    tokens = re.findall(r"<([^<>|]*)(?:\|[^<>]*)?>", text)
    return tokens + LINKIFIED.findall(re.sub(r"<[^<>]*>", " ", text))


CODE = re.compile(r"```[\s\S]*?```|(?P<escaped>\\.)|(?P<run>`+)[\s\S]*?[^`](?P=run)(?!`)")


def in_discord(content: str) -> list[str]:
    """What its client makes of a message outside code: masked links, `<...>`, addresses with a scheme, invitations."""
    text = CODE.sub(lambda found: found["escaped"] or " ", content)
    masked = re.findall(r"(?<!\\)\]\(<?([^)>\s]*)>?\)", text)
    return masked + re.findall(r"https?://[^\s<>)]+|discord(?:app)?\.(?:gg|com/invite)/\w+", text, re.I)


def in_stream(text: str) -> list[str]:
    """What Slack makes of a stream's Markdown: links, images, and what it links by itself outside code."""
    found: list[str] = []
    for token in ORACLE.parse(text):
        for one in token.children or ():
            found += [str(one.attrs.get(name) or "") for name in ("href", "src") if name in one.attrs]
            found += LINKIFIED.findall(one.content) if one.type in ("text", "html_inline") else []
    return found


class Addresses(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name in ("href", "src", "action", "srcset")]


def live_addresses(view: View) -> set[str]:
    found: list[str] = []
    for part in slack.render(view):
        found += in_elements(list(part.blocks)) + in_mrkdwn(part.text)
        assert "evil" not in json.dumps([b for b in part.blocks if b["type"] in ("image", "section")])
    for discord_part in discord.render(view):
        found += in_discord(discord_part.content)
    for text in mrkdwn.mrkdwn(view.text, links=view.links):
        found += in_mrkdwn(text)
    found += in_stream(live_text(view.text, view.links))
    reader = Addresses()
    reader.feed(web.html(view.text, view.links))
    return set(found + reader.found)


def test_the_attacks_are_many_and_no_two_are_one() -> None:
    assert (len(set(SPELLINGS)), len(set(ADDRESSES))) == (len(SPELLINGS), len(ADDRESSES))
    assert len(SPELLINGS) >= 150
    assert len(ADDRESSES) >= 200
    assert len(set(kinds())) >= 250


@pytest.mark.slow
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_no_spelling_makes_an_address_live_that_is_not_allowed(spelling: str) -> None:
    for markdown in documents(spelling):
        assert live_addresses(View(markdown, final=True, links=ALLOWED)) <= set(ALLOWED), markdown


@pytest.mark.parametrize("markdown", TEXTS)
def test_no_text_makes_one_live_as_it_is_written_and_when_it_is_whole(markdown: str) -> None:
    for end in range(len(markdown) + 1):
        assert live_addresses(View(markdown[:end], links=ALLOWED)) <= set(ALLOWED), markdown[:end]
    assert live_addresses(View(markdown, final=True, links=ALLOWED)) <= set(ALLOWED)


@pytest.mark.slow
def test_no_draft_makes_one_live() -> None:
    for markdown in kinds():
        for end in range(0, len(markdown) + 1, 3):
            assert live_addresses(View(markdown[:end], links=ALLOWED)) <= set(ALLOWED), markdown[:end]


MARKS = [
    *"`*_~|<>[]()!#\\:@&-",
    "``",
    "```",
    "~~~",
    "](",
    "][",
    "]: ",
    "> ",
    "- ",
    "1. ",
    "    ",
    "\n",
    "\n\n",
    "  \n",
    "| ",
    "\n|---|\n",
]
FRAGMENTS = st.one_of(
    st.sampled_from([*MARKS, "\n|---|\n"]),
    st.sampled_from(["https://", "evil.example", "evil.example/x", "//", "www.", "&#46;", "%2e", "\u200b", "\u3000", "discord.gg/a"]),
    st.sampled_from([GOOD, *ADDRESSES]),
    st.sampled_from(["a", "see", " ", " and ", "é", "漢", "👩", "'t'"]),
)  # fmt: skip


@pytest.mark.slow
@given(st.lists(FRAGMENTS, min_size=2, max_size=14).map("".join))
@settings(
    max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate]
)
def test_whatever_is_put_together_is_never_live_at_any_moment_of_its_stream(markdown: str) -> None:
    for end in range(0, len(markdown) + 1, 1 if len(markdown) < 120 else 5):
        for final in (False, True):
            assert live_addresses(View(markdown[:end], final=final, links=ALLOWED)) <= set(ALLOWED)


@pytest.mark.parametrize(
    "spelling", ["[the docs]({u})", "<{u}>", "see {u}.", "[d][r]\n\n[r]: {u}", "# {u}", "[x]({u}?a=secret#f)"]
)
def test_an_allowed_link_is_live_everywhere_without_its_query(spelling: str) -> None:
    view = View(spelling.replace("{u}", GOOD), final=True, links=ALLOWED)

    assert live_addresses(view) == {GOOD}
    assert GOOD in in_elements(list(slack.render(view)[0].blocks))
    assert GOOD in discord.render(view)[0].content


def test_our_own_permalinks_keep_their_lines() -> None:
    view = View(f"- [`a.py:10-12`]({ALLOWED[1]})", final=True, links=ALLOWED)

    assert live_addresses(view) == {ALLOWED[1]}


def test_without_a_list_nothing_is_live() -> None:
    assert live_addresses(View(f"[x]({GOOD}) {GOOD}", final=True)) == set()


def test_what_was_written_is_allowed_only_on_a_listed_host_and_without_its_query() -> None:
    policy = LinkPolicy([*HOSTS, "*.acme.test"])
    policy.hear(
        f"see [this]({GOOD}?token=1#x), https://evil.example/, https://wiki.acme.test/a and https://acme.test/b"
    )

    assert policy.news() == (GOOD, "https://wiki.acme.test/a")
    assert policy.news() == ()


def test_a_link_that_we_built_is_allowed_as_it_is() -> None:
    policy = LinkPolicy([])
    policy.build([ALLOWED[1], ""])

    assert policy.allowed == (ALLOWED[1],)
    assert policy.used_in(f"[a]({ALLOWED[1]})") == (ALLOWED[1],)
    assert policy.used_in("nothing") == ()


OTHER = "https://docs.djangoproject.com/en/5.2/topics/"
EVIL = "https://docs.python.org/attacker/aGVsbG8gc2VjcmV0/issues"
ECHOES = {
    "whole": f"There is no file '{EVIL}'.",
    "cut": f"There is no repository '{EVIL[:-5]}'.",
    "in other letters": f"no package {EVIL.upper().replace('HTTPS://DOCS.PYTHON.ORG', 'https://docs.python.org')}",
    "escaped": f"no file {EVIL.replace('attacker', '%61ttacker')}",
    "with other marks between": f"no package {EVIL.replace('/issues', '-issues')}",
}


@pytest.mark.parametrize("echo", ECHOES)
@pytest.mark.parametrize(
    "arguments",
    [
        {"repo": "shop", "path": EVIL},
        {"names": ["httpx", EVIL]},
        {"deep": {"one": [{"pattern": EVIL}]}},
        {"repo": EVIL[:30], "path": EVIL[30:]},
    ],
)
def test_what_a_tool_only_gives_back_was_not_seen(echo: str, arguments: dict[str, object]) -> None:
    """Its own arguments, in this call or an earlier one."""
    review = LinkReview(LinkPolicy(HOSTS), f"as in {GOOD}")
    review.see(ToolCall("1", "read_file", json.dumps(arguments), ""))
    review.see(ToolResult("1", ECHOES[echo]))
    review.see(ToolCall("2", "list_repos", "{}", ""))
    review.see(ToolResult("2", f"{ECHOES[echo]} see {OTHER} and {GOOD}"))

    assert set(review.policy.allowed) == {GOOD, OTHER}


@pytest.mark.parametrize(
    "event", [ToolResult("1", f"There is no tool {EVIL}.", is_error=True), Thinking(EVIL), TextDelta(EVIL)]
)
def test_errors_and_what_the_model_thinks_or_writes_are_no_source(event: AnswerEvent) -> None:
    review = LinkReview(LinkPolicy(HOSTS), "")
    review.see(event)

    assert review.policy.allowed == ()


def test_the_name_of_a_tool_is_the_models_word_too() -> None:
    review = LinkReview(LinkPolicy(HOSTS), "")
    review.see(ToolCall("1", EVIL, "{}", ""))
    review.see(ToolResult("1", f"There is no tool {EVIL}."))

    assert review.policy.allowed == ()


def test_what_people_said_stays_live_however_the_model_asks_with_it() -> None:
    review = LinkReview(LinkPolicy(HOSTS), f"what uses {GOOD}?")
    review.see(ToolCall("1", "search_code", json.dumps({"pattern": GOOD}), ""))

    assert review.policy.allowed == (GOOD,)


@pytest.mark.parametrize(
    "place", ["Dockerfile:2", "Makefile:12-14", "docs/Procfile:3", "metadata:1", "hotel:7", "a_file:3"]
)
def test_a_file_and_its_line_are_no_address_of_a_scheme_that_its_name_ends_in(place: str) -> None:
    for words in (f"see {place} here", f"({place})", f"{place}.", f"{place}; more"):
        (shown,) = [token.children or [] for token in parser().parse(words) if token.type == "inline"]
        assert "".join(token.content for token in shown) == words
        assert [token.type for token in shown] in (
            ["text"],
            ["code_inline"],
            ["text", "code_inline", "text"],
            ["code_inline", "text"],
        )
        assert place in [token.content for token in shown] or len(shown) == 1


@pytest.mark.parametrize(
    "address", ["file:12/x", "xfile:12/../etc", "data:1,x", "javascript:1", "tel:112", "xjavascript:alert(1)"]
)
def test_an_address_of_such_a_scheme_stays_code(address: str) -> None:
    (shown,) = [token.children or [] for token in parser().parse(f"see {address}") if token.type == "inline"]
    assert any(token.type == "code_inline" for token in shown)


@pytest.mark.parametrize(("pattern", "letter"), [(LIVELY, "a"), (BREAK, "`")], ids=["links", "tables"])
def test_a_word_without_end_is_read_once(pattern: re.Pattern[str], letter: str) -> None:
    """Each draft of an answer is looked through while the platforms wait: the square of forty thousand would stop them for seconds."""
    assert processor_seconds(lambda: list(pattern.finditer(letter * 40_000))) < 0.5
