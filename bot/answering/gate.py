"""May this message be answered? One pure question, asked for every message of a turn."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from itertools import takewhile

from bot.conversation import Message, Turn
from bot.editions import asks, is_aside
from bot.ports.inbox import Lease
from bot.ports.stores import ChannelSettings

MOST_BOT_TURNS = 3
"""So many answers to other bots in a row, where they are answered at all; then a person has to speak."""


class Verdict(StrEnum):
    ANSWER = "answer"
    LEAVE = "leave"  # people talking to each other
    SWITCHED_OFF = "switched off"  # addressed to us where an admin does not want us


def judge(message: Message, lease: Lease, settings: ChannelSettings, *, answers_bots: bool = False) -> Verdict:
    """One message, by what it says of itself, by its thread and by its channel.

    An aside, what is turned to somebody else but not us, and a `!word` that we do not know are left alone, and so is another bot,
    unless bots are answered (`answers_bots`) and it calls us. What is addressed to us is answered, even in a muted thread. A plain
    reply is answered where we take part, unless muted or the channel wants mentions only.
    """
    if is_aside(message.text):
        return Verdict.LEAVE
    if message.author.is_bot and not (answers_bots and message.addressed):
        return Verdict.LEAVE
    if message.addressed:
        return Verdict.ANSWER if settings.enabled else Verdict.SWITCHED_OFF
    quiet = lease.muted or not asks(message) or not settings.enabled or settings.answer_mode == "mention"
    return Verdict.LEAVE if quiet else Verdict.ANSWER


def judge_turn(
    lease: Lease, settings: ChannelSettings, turns: Sequence[Turn] = (), *, answers_bots: bool = False
) -> Verdict:
    """A turn is answered when any of its messages is. `turns` are those that were answered here before."""
    answers_bots = answers_bots and _bot_turns(turns) < MOST_BOT_TURNS
    verdicts = {judge(message, lease, settings, answers_bots=answers_bots) for message in lease.messages}
    for verdict in (Verdict.ANSWER, Verdict.SWITCHED_OFF):
        if verdict in verdicts:
            return verdict
    return Verdict.LEAVE


def _bot_turns(turns: Sequence[Turn]) -> int:
    """How many of the last answers in a row went to bots alone."""
    among_bots = takewhile(lambda turn: all(one.author.is_bot for one in turn.messages), reversed(turns))
    return sum(1 for _ in among_bots)
