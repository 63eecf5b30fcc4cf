"""What Discord's refusals of a message mean: what is lacking, and what is said of it.

The codes: https://docs.discord.com/developers/topics/opcodes-and-status-codes#json.
"""

from __future__ import annotations

from collections.abc import Iterator

import discord

from adapters.discord import phrases
from adapters.places import Lack, Refusal

UNKNOWN_CHANNEL, UNKNOWN_MESSAGE, NO_ACCESS, NO_RIGHTS, ARCHIVED = 10003, 10008, 50001, 50013, 50083
NO_DIRECT, NO_TEXT_CHANNEL, WRONG_CHANNEL, NO_REPLY = 50007, 50008, 50024, 160002
THREAD_EXISTS, LOCKED, TOO_MANY_THREADS = 160004, 160005, 160006
NO_PLACE = (NO_DIRECT, LOCKED, ARCHIVED, WRONG_CHANNEL, TOO_MANY_THREADS, NO_TEXT_CHANNEL)


def meanings(
    refused: discord.HTTPException, in_channel: str, *, starts: bool, has_files: bool, is_gone: bool
) -> Iterator[Refusal]:
    """Each thing that may be lacking, the likeliest first. `in_channel`: what is said where a channel takes no reply; "" in a thread.
    `starts`: the thread was to be made by this call; `is_gone`: the question is known to be."""
    code, no_rights = refused.code, refused.code in (NO_RIGHTS, NO_ACCESS)
    if is_gone or code in (UNKNOWN_CHANNEL, UNKNOWN_MESSAGE) or "message_reference" in refused.text:
        yield Refusal(Lack.QUESTION)
    if no_rights and has_files:
        yield Refusal(Lack.FILES, phrases.no_files(), is_guess=True)
    if no_rights or code in NO_PLACE:
        yield Refusal(Lack.PLACE, _why(code, in_channel, starts=starts))


def _why(code: int, in_channel: str, *, starts: bool) -> str:
    if code == WRONG_CHANNEL:
        return ""  # a place where there are no threads lacks nothing
    if in_channel:
        return in_channel
    match code:
        case 160005 | 50083:
            return phrases.thread_locked()
        case 160006:
            return phrases.too_many_threads()
        case _ if starts:
            return phrases.no_threads()
        case _:
            return phrases.no_sending_in_threads()
