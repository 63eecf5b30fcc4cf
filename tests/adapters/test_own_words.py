"""The bot's own sentences as each door draws them: nothing in them that nobody sees, and people are named, not settings."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from adapters import phrases
from adapters.discord import formatting as discord_formatting
from adapters.discord import phrases as discord_phrases
from adapters.discord import replies as discord_replies
from adapters.slack import formatting as slack_formatting
from adapters.slack import mrkdwn
from adapters.slack import phrases as slack_phrases
from adapters.slack import replies as slack_replies
from adapters.slack.live import live_text
from adapters.slack.parts import plain_parts
from adapters.web import formatting as web_formatting
from adapters.web import phrases as web_phrases
from bot.answering import phrases as answering_phrases
from bot.capabilities.checks import phrases as checks_phrases
from bot.capabilities.team_code import phrases as team_code_phrases
from bot.claude import phrases as claude_phrases
from bot.conversation import Usage
from bot.errors import ModelBusy, ModelRefused, NoAnswer, OverBudget, SwitchedOff, TooLate
from bot.front_desk import phrases as front_desk_phrases
from bot.ports.doors import Reply
from bot.ports.stores import UsageTotal
from bot.views import View
from bot.writing.text import UNSEEN_ANYWHERE
from tests.adapters.test_own_name import sentences
from tests.fakes import START

HOMES = (
    phrases,
    discord_phrases,
    slack_phrases,
    web_phrases,
    answering_phrases,
    front_desk_phrases,
    team_code_phrases,
    checks_phrases,
    claude_phrases,
)
FAULTS = (
    ModelBusy("", START),
    NoAnswer(),
    ModelRefused("cyber"),
    TooLate(200),
    OverBudget("you", START),
    SwitchedOff(),
    KeyError(),
)
SAID = [
    *(text for home in HOMES for _, text in sentences(home) if re.search(r"[^\W\d_]", text) and text.count("**") != 1),
    front_desk_phrases.usage_table([(1, UsageTotal(1, Usage(), 5), UsageTotal(2, Usage(), 7))]),
    *(phrases.apology(fault, "4f1e") for fault in FAULTS),
    front_desk_phrases.help_page([("`!repos`", team_code_phrases.repos_meaning())]),
    "Set PLUMBLINE_ADMINS in `.env`: a setting, see https://example.org/a_b_c.",
]


def drawn(text: str) -> dict[str, str]:
    return {
        "slack": "\n".join(mrkdwn.mrkdwn(text)),
        "discord": "\n".join(part.content for part in discord_formatting.render(View(text, final=True))),
        "discord notice": "\n".join(part.content for part in discord_formatting.render(View(notices=(text,)))),
        "slack notice": "".join(part.text for part in slack_formatting.render(View(notices=(text.replace("**", ""),)))),
        "slack blocks": "".join(
            str(part.blocks) + part.text for part in slack_formatting.render(View(text, final=True))
        ),
        "slack refused blocks": "".join(str(part.blocks) for part in plain_parts(View(text, notices=(text,)))),
        "slack stream": live_text(text + "\n\n", ()),
        "web": str(web_formatting.html(text)),
    }


def test_every_room_with_sentences_is_looked_at() -> None:
    homes = {str(Path(home.__file__).resolve()) for home in HOMES if home.__file__}
    root = Path(phrases.__file__).resolve().parent.parent

    assert homes == {
        str(path) for floor in ("adapters", "bot", "storage") for path in (root / floor).rglob("phrases.py")
    }


@pytest.mark.parametrize("text", SAID)
def test_a_sentence_of_ours_holds_nothing_unseen(text: str) -> None:
    assert {door: found[0] for door, words in drawn(text).items() if (found := UNSEEN_ANYWHERE.search(words))} == {}


@pytest.mark.parametrize("text", ["*a* _b_ ~c~", "_a_b_", ":smile:", "@here #general", "(_a_)", "a *b*c* d"])
def test_a_mark_that_would_begin_something_is_kept_from_it(text: str) -> None:
    shown = mrkdwn.said(text)

    assert shown.replace("\u200b", "") == text
    assert "\u200b" in shown


def test_help_is_a_word_and_its_meaning_a_line() -> None:
    page = front_desk_phrases.help_page([("`!repos`", "what can be looked at")])

    for words in drawn(page).values():
        assert "| ---" not in words
        assert "```" not in words
    assert sum("`!" in line and ":" in line for line in drawn(page)["discord"].split("\n")) == page.count("\n- ")


def test_who_is_named_behind_a_sentence_is_shown_by_the_platform() -> None:
    said = Reply(front_desk_phrases.admins_only(named=True), private=True, people=("x:9", "x:10"))

    assert slack_replies.words(Reply(said.text, people=("slack:U9", "slack:U10")))[-1].endswith("them: <@U9>, <@U10>")
    assert discord_replies.words(Reply(said.text, people=("discord:9", "discord:10")))[-1].endswith("them: <@9>, <@10>")
