"""A link is live only where its host is listed and its address was seen; however it is spelled, on every platform, in every draft."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.discord import formatting as discord
from adapters.slack import formatting as slack
from adapters.slack import mrkdwn
from adapters.slack.live import live_text
from adapters.web import formatting as web
from bot.conversation import View
from bot.links import HOSTS, LinkPolicy
from tests.adapters.documents import ORACLE, outside_code

GOOD = "https://docs.python.org/3/library/asyncio.html"
ALLOWED = (GOOD, "https://github.com/acme/billing/blob/abc/a.py#L10-L12")

SPELLINGS = [
    "[x]({u})", "[x](<{u}>)", '[x]({u} "title")', "[x]( {u} )", "[x][r]\n\n[r]: {u}", "[r][]\n\n[r]: {u}", "[r]\n\n[r]: {u}",
    '[r]\n\n[r]: <{u}> "t"', "<{u}>", "{u}", "see {u}.", "({u})", "<{u}|click>", '<a href="{u}">x</a>', '<img src="{u}">',
    "![x]({u})", "![x][r]\n\n[r]: {u}", "[![x]({u})](" + GOOD + ")", "[![x](" + GOOD + ")]({u})", "**[x]({u})**", "~~{u}~~",
    "*{u}*", "# [x]({u})", "# {u}", "- [x]({u})\n- {u}", "1. {u}", "> [x]({u})\n> {u}", "| a |\n|---|\n| [x]({u}) |",
    "| {u} |\n|---|\n| {u} |", "`{u}`", "a`{u}`b", "`` {u}` ``", "```\n{u}\n```", "    {u}", "~~~sh\ncurl {u}\n~~~",
    "[" + GOOD + "]({u})", "[{u}](" + GOOD + ")", "[a **b {u}** c](" + GOOD + ")", "[x](\n{u})", "[x\ny]({u})", "- [ ] {u}",
    "```\nopen {u}", "a\\\n{u}", "\\[x]({u})", "[x]\\({u})", "`a``{u}`", "x**{u}**y", "[<{u}>](" + GOOD + ")", "word{u}", "{u}[x]({u})",
]  # fmt: skip
EVIL = "https://evil.example/p?q=secret"
HOST_SPELLINGS = [
    "evil.example", "EVIL.example.", "evil%2Eexample", "ev\u200bil.example", "ｅｖｉｌ.example", "еvil.example",
    "xn--vil-8cd.example", "10.0.0.1:8000", "2130706433", "0x7f.1", "[::1]", "[::ffff:10.0.0.1]",
    "docs.python.org.evil.example", "docs.python.org@evil.example",
    "docs.python.org:x@evil.example", "docs.python.org%2F@evil.example", "docs.python.org\\@evil.example", "evil-docs.python.org",
    "evil。example", "evil.example:8443",
]  # fmt: skip
ADDRESS_SPELLINGS = [
    "https://{h}/p?q=secret", "HtTpS://{h}/%68", "//{h}/x", "https:{h}", "https:\\\\{h}\\x", "https&#58;//{h}/x",
    "h\u200bttps://{h}", "{h}/x",
]  # fmt: skip
PAYLOADS = [
    *(address.replace("{h}", host) for host in HOST_SPELLINGS for address in ADDRESS_SPELLINGS),
    EVIL, "HTTPS://EVIL.example/p", "http://evil.example", "//evil.example/x", "evil.example/x", "www.evil.example", "main.rs",
    "ftp://evil.example/x", "https://user@evil.example/", "https://docs.python.org@evil.example/", "https://docs.python.org.evil.example/",
    "https://docs.python.org%2eevil.example/", "https://еvil.example/", "https://xn--vil-8cd.example/", "https://10.0.0.1:8000/x",
    "http://2130706433/", "https://[::1]/x", "https:\\\\evil.example", "https&#58;//evil.example", "https://ev\u200bil.example",
    "ht\u200btps://evil.example", "evil&#46;example", "data:text/html,x", "javascript:alert(1)", "mailto:a@evil.example",
    "a@evil.example", "discord.gg/abc", "https://discord.gg/abc", "https://docs.python.org/3/not-seen", "https\\://evil.example",
    "https://evil.example:8443/x", "https://evil.example/%68%74?x", "slack://open?x=1", "tel:+123", "http:evil.example",
    GOOD + "/../../secret", "https://docs.python.org:81/3/library/asyncio.html", "https://evil.example/(a)_b",
    "https://evil.example/a|b", "https://evil。example/x", "https://docs.python.org/redirect?to=https://evil.example/",
    "https://docs.python.org/3/library/asyncio.html%0ahttps://evil.example", "sip:a@evil.example", "file:///etc/passwd",
]  # fmt: skip
LINKIFIED = re.compile(
    r"https?://[^\s<>|`]+|(?<![\w@.-])(?:[\w-]+\.)+(?:example|rs|gg|org|html)\b[^\s<>|`]*|[\w.]+@[\w-]+\.\w+", re.I
)


def in_elements(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [str(value.get("url"))] if "url" in value else []
        return own + [one for part in value.values() for one in in_elements(part)]
    return [one for part in value for one in in_elements(part)] if isinstance(value, list | tuple) else []


def in_mrkdwn(text: str) -> list[str]:
    """Slack's tokens, and what it links by itself outside code."""
    text = re.sub(r"```[\s\S]*?(?:```|\Z)", " ", text)
    text = re.sub(r"(?<![^\W_])`[^`\n]+`(?![^\W_])", " ", text)
    tokens = re.findall(r"<([^<>|]*)(?:\|[^<>]*)?>", text)
    return tokens + LINKIFIED.findall(re.sub(r"<[^<>]*>", " ", text))


def in_discord(content: str) -> list[str]:
    """What its client makes of a message outside code: masked links, `<...>`, addresses with a scheme, invitations."""
    text = outside_code(content)
    masked = re.findall(r"\]\(<?([^)>\s]*)>?\)", text)
    return masked + re.findall(r"https?://[^\s<>)]+|discord\.gg/\w+", text, re.I)


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


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_no_spelling_makes_an_address_live_that_is_not_allowed(spelling: str) -> None:
    for payload in PAYLOADS:
        markdown = spelling.replace("{u}", payload)
        assert live_addresses(View(markdown, final=True, links=ALLOWED)) <= set(ALLOWED), markdown


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_no_draft_makes_one_live(spelling: str) -> None:
    for payload in (EVIL, "EVIL.example/x", "//evil.example/x", "https://docs.python.org@evil.example/"):
        markdown = "Look: " + spelling.replace("{u}", payload)
        for end in range(len(markdown)):
            assert live_addresses(View(markdown[:end], links=ALLOWED)) <= set(ALLOWED), markdown[:end]


FRAGMENTS = st.sampled_from(
    [
        GOOD, EVIL, "evil.example", "//evil.example/x", "docs.python.org", "secret", " ", "\n", "\n\n", "\n- ", "\n> ",
        "\n| ", " | ", "\n|---|\n", "[", "]", "](", "(", ")", "<", ">", "|", "![", "[x]", ": ", "]: ", "`", "``", "```",
        "\n```\n", "\n~~~\n", "    ", "**", "_", "~~", "\\",
        "\u200b", "&#58;", "&lt;", '"', '<a href="', "<img src=", "#", "\n# ", "@", "%2e", "https:", "https://", "www.",
    ]
)  # fmt: skip


@given(st.lists(FRAGMENTS, max_size=24).map("".join), st.integers(0, 200))
@settings(max_examples=400, deadline=None)
def test_no_composition_makes_one_live_at_any_moment_of_its_writing(markdown: str, at: int) -> None:
    for view in (View(markdown, final=True, links=ALLOWED), View(markdown[:at], links=ALLOWED)):
        assert live_addresses(view) <= set(ALLOWED), view.text


def test_the_payloads_are_as_many_as_they_are_said_to_be() -> None:
    assert len(set(PAYLOADS)) >= 200
    assert len(set(SPELLINGS)) >= 40


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
