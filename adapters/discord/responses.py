"""What an interaction is answered with: it is deferred before anything else is done, for Discord gives three seconds and our stores may
take them, and what is said then is told by its token, or directly where that is used up."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict

import aiohttp
import discord

from adapters.discord.calls import Calls, Exhausted
from adapters.discord.office import NOBODY
from adapters.discord.replies import words
from bot.conversation import Message
from bot.errors import PlatformUnavailable
from bot.ports.doors import Received

log = logging.getLogger(__name__)

ACKNOWLEDGED = 40060
TRIES = 3
ACKNOWLEDGE_SECONDS = 3.0
MOST_REMEMBERED = 1_000


class Responses:
    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._met: OrderedDict[int, None] = OrderedDict()

    async def acknowledge(self, interaction: discord.Interaction, *, private: bool) -> int | None:
        """Tell Discord at once that we are at it. Gives back the id of the message that it shows; None for an interaction that we have
        met before, or that came too late: then Discord itself has told the person."""
        if interaction.id in self._met:
            return None
        self._met[interaction.id] = None
        while len(self._met) > MOST_REMEMBERED:
            self._met.popitem(last=False)
        for _ in range(TRIES):
            try:
                async with asyncio.timeout(ACKNOWLEDGE_SECONDS):
                    deferred = await interaction.response.defer(ephemeral=private, thinking=True)
            except (discord.DiscordServerError, aiohttp.ClientError, OSError, TimeoutError) as fault:
                log.warning("acknowledging again", extra={"reason": type(fault).__name__})
            except discord.HTTPException as refused:
                if refused.code == ACKNOWLEDGED:  # a try whose confirmation was lost
                    break
                log.warning("acknowledged too late", extra={"code": refused.code})
                return None
            except discord.RateLimited:
                log.warning("Discord takes no acknowledgement")
                return None
            else:
                if deferred and deferred.message_id:
                    return deferred.message_id
                break
        return (await interaction.original_response()).id

    async def say(self, interaction: discord.Interaction, first: str, *others: str, private: bool = True) -> None:
        editing = interaction.edit_original_response(content=first, allowed_mentions=NOBODY)
        try:
            await self._calls.until_taken("answer by token", editing, final=True, token=interaction.token)
            for part in others:
                sending = interaction.followup.send(
                    part, ephemeral=private, allowed_mentions=NOBODY, suppress_embeds=True
                )
                await self._calls.until_taken("answer by token", sending, final=True, token=interaction.token)
        except Exhausted:
            await self.say_directly(interaction, first, *others)
        except (discord.HTTPException, PlatformUnavailable) as fault:
            log.warning("interaction not answered", extra={"reason": str(fault)})

    async def whisper(self, interaction: discord.Interaction, message: Message, received: Received | None) -> None:
        """What is for the asker alone. Beside the answer, once that stands: before, it would stand in its place; where the answer is
        still to come there, directly."""
        if received is None or received.aside is None:
            return
        parts = words(received.aside)
        if "token" in message.route:
            await self.say_directly(interaction, *parts)
            return
        try:
            for part in parts:
                sending = interaction.followup.send(part, ephemeral=True, allowed_mentions=NOBODY, suppress_embeds=True)
                await self._calls.until_taken("answer by token", sending, final=True, token=interaction.token)
        except Exhausted:
            await self.say_directly(interaction, *parts)
        except (discord.HTTPException, PlatformUnavailable) as fault:
            log.warning("not whispered", extra={"reason": str(fault)})

    async def say_directly(self, interaction: discord.Interaction, *parts: str) -> None:
        """Where the interaction takes no more for long."""
        try:
            for index, part in enumerate(parts):
                nonce = f"i{interaction.id}.{index}"
                saying = interaction.user.send(part, nonce=nonce, allowed_mentions=NOBODY, suppress_embeds=True)
                await self._calls.make("direct reply", saying)
        except (discord.HTTPException, PlatformUnavailable) as fault:
            log.warning("interaction not answered", extra={"reason": str(fault)})
