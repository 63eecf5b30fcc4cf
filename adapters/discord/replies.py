"""What the bot says at once, for a message or a command: best effort, for the thing itself has been done."""

from __future__ import annotations

import logging

import discord

from adapters.discord import formatting
from adapters.discord.calls import Calls, Exhausted
from adapters.discord.office import NOBODY
from bot.errors import PlatformUnavailable
from bot.ports.doors import Reply
from bot.views import View

log = logging.getLogger(__name__)


def words(reply: Reply) -> list[str]:
    """In parts of a message each; a mention that may call nobody is shown as a name."""
    *parts, last = [part.content for part in formatting.render(View(text=reply.text, final=True), files=False)]
    people = ", ".join(f"<@{one.removeprefix('discord:')}>" for one in reply.people)
    return [*parts, f"{last} {people}".rstrip()]


async def say(calls: Calls, message: discord.Message, reply: Reply) -> None:
    """Under the message; where we may not write there, directly. Said once, however often it is tried."""
    for index, part in enumerate(words(reply)):
        nonce = f"r{message.id}.{index}"
        if reply.secret:
            await _say_directly(calls, message, part, nonce)
            continue
        try:
            saying = message.reply(
                part, nonce=nonce, allowed_mentions=NOBODY, mention_author=False, suppress_embeds=True
            )
            await calls.make("reply", saying)
        except (discord.Forbidden, Exhausted):
            await _say_directly(calls, message, part, nonce)
        except (discord.HTTPException, PlatformUnavailable) as fault:
            log.warning("reply not posted", extra={"message_id": str(message.id), "reason": str(fault)})


async def whisper(calls: Calls, message: discord.Message, reply: Reply) -> None:
    """To the author alone: a message has no private place beside it, so directly. Said once, however often it is tried."""
    for index, part in enumerate(words(reply)):
        await _say_directly(calls, message, part, f"a{message.id}.{index}")


async def _say_directly(calls: Calls, message: discord.Message, part: str, nonce: str) -> None:
    try:
        saying = message.author.send(part, nonce=nonce, allowed_mentions=NOBODY, suppress_embeds=True)
        await calls.make("direct reply", saying)
    except (discord.HTTPException, PlatformUnavailable) as fault:
        log.warning("reply undeliverable", extra={"message_id": str(message.id), "reason": str(fault)})
