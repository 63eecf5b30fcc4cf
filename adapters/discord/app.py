"""Keeps a connection to Discord's gateway: it is begun anew when it breaks or goes silent, and left to another process that has one.

Without the privileged message-content intent everything works but replies that mention nobody; that is said once, and the bot goes on.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import random
import time

import discord

from adapters.discord import phrases
from adapters.discord.listener import Listener
from adapters.discord.outgoing import DiscordPlatform, point_at
from bot.errors import DoorShut
from bot.loops import outlived
from bot.ports.doors import Adapter, Desk
from bot.ports.stores import Attendance

log = logging.getLogger(__name__)

SILENCE_SECONDS = 45.0
"""Discord answers a heartbeat every 41.25 s, so a connection that was silent for longer is dead."""

CLOSE_SECONDS, RESUMABLE = 5, 4000
"""A dead peer answers no goodbye either. Codes but 1000 and 1001 keep the session: https://docs.discord.com/developers/events/gateway."""

REACH_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 5, 300
"""Discord allows a thousand logins a day."""

GOOD_SESSION_SECONDS = 300
"""After a session of this length the next pause is short again; a session that breaks at once is no good one."""

SESSIONS_SECONDS = 30.0
"""Between two looks at how many sessions were begun with our token."""

STAND_BY_SECONDS = 300.0
"""How long we leave Discord to the other process; then we begin a session, which it sees. What was said meanwhile is read then."""


class DiscordAdapter(Adapter):
    """`message_content`: ask for the privileged intent; where it is refused, go on without. `answer_bots`: hear other bots that
    speak to us; how far that goes is the desk's business. `is_alone`: no other process may listen beside this one, for it would not
    know what this one has kept."""

    name = "discord"

    def __init__(
        self,
        desk: Desk,
        platform: DiscordPlatform,
        attendance: Attendance,
        *,
        token: str,
        api_url: str = "https://discord.com/api/v10",
        message_content: bool = True,
        answer_bots: bool = False,
        silence_seconds: float = SILENCE_SECONDS,
        is_alone: bool = False,
    ) -> None:
        self._desk = desk
        self._platform = platform
        self._attendance = attendance
        self._silence_seconds = silence_seconds
        self._token = token
        self._api_url = api_url
        self._message_content = message_content
        self._answer_bots = answer_bots
        self._is_alone = is_alone
        self._client: Listener | None = None

    def is_ready(self) -> bool:
        client = self._client
        return client is not None and client.is_ready() and client.silence < self._silence_seconds

    async def run(self) -> None:
        """Until cancelled. Raises DoorShut when the token is refused."""
        point_at(self._api_url)
        pause = REACH_PAUSE_SECONDS
        while True:
            client = Listener(
                self._desk,
                self._attendance,
                self._platform.budget,
                self._platform.directory.lookups.marks,
                self._platform.clock,
                message_content=self._message_content,
                answer_bots=self._answer_bots,
                servers=self._platform.directory.servers,
                on_refusal=self._platform.on_refusal,
            )
            self._client = client
            watching = [asyncio.create_task(self._watch(client))]
            if self._is_alone:
                watching.append(asyncio.create_task(self._give_way(client)))
            began = time.monotonic()
            try:
                await client.start(self._token)
                if client.is_surplus:
                    stand_by = STAND_BY_SECONDS * random.uniform(1, 1.5)  # noqa: S311
                    log.warning(phrases.another_process(), extra={"seconds": round(stand_by)})
                    await asyncio.sleep(stand_by)
            except discord.PrivilegedIntentsRequired:
                log.warning("message content refused", extra={"cure": phrases.no_message_content()})
                self._message_content = False
            except discord.LoginFailure as fault:
                raise DoorShut(
                    "DISCORD_BOT_TOKEN is not accepted; reset and copy it anew (developer portal, Bot)"
                ) from fault
            except Exception as fault:
                # Also what the library itself trips over: one odd event must not end the bot, nor a storm of logins the token.
                if time.monotonic() - began >= GOOD_SESSION_SECONDS and math.isfinite(client.silence):
                    pause = REACH_PAUSE_SECONDS
                is_network = isinstance(fault, OSError)  # its sentence is all there is to say
                log.log(
                    logging.WARNING if is_network else logging.ERROR,
                    "Discord connection lost, connecting again",
                    extra={"pause_seconds": pause, "reason": str(fault)},
                    exc_info=not is_network,
                )
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
            finally:
                for one in watching:
                    one.cancel()
                await asyncio.gather(*watching, return_exceptions=True)
                await client.close()

    @staticmethod
    async def _give_way(client: Listener) -> None:
        """End a session beside which another one was begun: both would answer everything. The newer one does not learn of the older."""
        while True:
            await asyncio.sleep(SESSIONS_SECONDS)
            with outlived(log, "sessions not looked at"):
                if client.is_ready() and await client.is_joined():
                    client.is_surplus = True
                    await client.close()
                    return

    async def _watch(self, client: Listener) -> None:
        """End a connection that has gone silent: TCP may not notice for hours, and the library only after its next heartbeat."""
        while True:
            await asyncio.sleep(self._silence_seconds / 20)
            if client.silence > self._silence_seconds and math.isfinite(client.silence):
                log.warning("Discord went silent, connecting again", extra={"seconds": round(client.silence)})
                client.hears()  # a new connection gets its own time
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(CLOSE_SECONDS):
                        await client.ws.close(code=RESUMABLE)
