"""May this message be answered? One pure question, asked for every message of a turn."""

from __future__ import annotations

from enum import StrEnum

from bot.conversation import Message
from bot.ports import ChannelSettings, Lease

ASIDE = "!aside"


class Verdict(StrEnum):
    ANSWER = "answer"
    LEAVE = "leave"  # people talking to each other
    SWITCHED_OFF = "switched off"  # addressed to us where an admin does not want us


def judge(message: Message, lease: Lease, settings: ChannelSettings) -> Verdict:
    """One message, by what it says of itself, by its thread and by its channel.

    An aside, another bot, and what mentions somebody else but not us are left alone. What is addressed to us is answered,
    even in a muted thread. A plain reply is answered where we take part, unless muted or the channel wants mentions only.
    """
    if message.author.is_bot or message.text.lstrip().lower().startswith(ASIDE):
        return Verdict.LEAVE
    if message.addressed:
        return Verdict.ANSWER if settings.enabled else Verdict.SWITCHED_OFF
    quiet = lease.muted or message.mentions_others or not settings.enabled or settings.answer_mode == "mention"
    return Verdict.LEAVE if quiet else Verdict.ANSWER


def judge_turn(lease: Lease, settings: ChannelSettings) -> Verdict:
    """A turn is answered when any of its messages is."""
    verdicts = {judge(message, lease, settings) for message in lease.messages}
    for verdict in (Verdict.ANSWER, Verdict.SWITCHED_OFF):
        if verdict in verdicts:
            return verdict
    return Verdict.LEAVE
