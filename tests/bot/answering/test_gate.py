"""When we answer, and when we leave people alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.answering.gate import MOST_BOT_TURNS, Verdict, judge, judge_turn
from bot.conversation import Answer, Author, Message, Turn
from bot.ports.stores import ChannelSettings
from tests.fakes import ANA, START, lease, message

PLAIN = message("and with an index?", addressed=False)
MENTION = message("how?", addressed=True)
TO_BEN = message("@Ben look", addressed=False, mentions_others=True)
BOT = message("deploy finished", author=Author("slack:B9", "CI", is_bot=True))


@pytest.mark.parametrize(
    ("said", "muted", "settings", "verdict"),
    [
        (MENTION, False, ChannelSettings(), Verdict.ANSWER),
        (PLAIN, False, ChannelSettings(), Verdict.ANSWER),
        (TO_BEN, False, ChannelSettings(), Verdict.LEAVE),
        (replace(TO_BEN, addressed=True), False, ChannelSettings(), Verdict.ANSWER),
        (message("!aside lunch?"), False, ChannelSettings(), Verdict.LEAVE),
        (message("  !ASIDE lunch?", addressed=False), False, ChannelSettings(), Verdict.LEAVE),
        (PLAIN, True, ChannelSettings(), Verdict.LEAVE),
        (MENTION, True, ChannelSettings(), Verdict.ANSWER),
        (PLAIN, False, ChannelSettings(answer_mode="mention"), Verdict.LEAVE),
        (MENTION, False, ChannelSettings(answer_mode="mention"), Verdict.ANSWER),
        (PLAIN, False, ChannelSettings(enabled=False), Verdict.LEAVE),
        (MENTION, False, ChannelSettings(enabled=False), Verdict.SWITCHED_OFF),
        (BOT, False, ChannelSettings(), Verdict.LEAVE),
        (message("!deploy prod", addressed=False), False, ChannelSettings(), Verdict.LEAVE),
        (message("!important: is it safe?", addressed=False), False, ChannelSettings(), Verdict.ANSWER),
    ],
)
def test_each_message_is_judged_by_itself_its_thread_and_its_channel(
    said: Message, muted: bool, settings: ChannelSettings, verdict: Verdict
) -> None:
    assert judge(said, lease(said, muted=muted), settings) is verdict


def test_a_turn_is_answered_when_one_of_its_messages_is() -> None:
    turn = lease(TO_BEN, message("and you, Plumbline?", id="2", author=ANA))

    assert judge_turn(turn, ChannelSettings()) is Verdict.ANSWER


def test_a_turn_among_people_is_left_alone() -> None:
    assert judge_turn(lease(TO_BEN, message("!aside yes", id="2")), ChannelSettings()) is Verdict.LEAVE


def test_bots_are_answered_only_where_that_is_wanted_and_three_times_in_a_row() -> None:
    turns: tuple[Turn, ...] = ()
    among_bots = Turn("t", (BOT,), (), Answer("yes", "m"), START)

    assert judge_turn(lease(BOT), ChannelSettings(), turns) is Verdict.LEAVE
    assert (
        judge_turn(lease(replace(BOT, addressed=False)), ChannelSettings(), turns, answers_bots=True) is Verdict.LEAVE
    )
    for _ in range(MOST_BOT_TURNS):
        assert judge_turn(lease(BOT), ChannelSettings(), turns, answers_bots=True) is Verdict.ANSWER
        turns = (*turns, among_bots)

    assert judge_turn(lease(BOT), ChannelSettings(), turns, answers_bots=True) is Verdict.LEAVE
    assert judge_turn(lease(MENTION), ChannelSettings(), turns, answers_bots=True) is Verdict.ANSWER
    turns = (*turns, replace(among_bots, messages=(MENTION,)))
    assert judge_turn(lease(BOT), ChannelSettings(), turns, answers_bots=True) is Verdict.ANSWER
