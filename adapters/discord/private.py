"""An answer by an interaction's own token: for the asker alone, or where nothing but the command knows us.

The token lives for a quarter of an hour; an answer that is not ready by then goes to the asker as a direct message, as private as it
was. Somebody who has us installed for themselves may use us in servers that do not know us: there a command takes five more
messages at most.
"""

from __future__ import annotations

import hashlib
import logging
import math
from collections.abc import Sequence
from dataclasses import replace

import discord

from adapters import phrases as adapters_phrases
from adapters.discord import formatting, phrases
from adapters.discord.budget import PAUSE_SECONDS
from adapters.discord.calls import Exhausted
from adapters.discord.formatting import DiscordPart
from adapters.discord.office import NOBODY, Office
from adapters.discord.parts import view_of
from adapters.discord.refusals import NO_DIRECT
from adapters.discord.threads import link_to
from bot.ports.doors import LivePost
from bot.ports.inbox import Lease, Outbox
from bot.views import View

log = logging.getLogger(__name__)

FOLLOW_UPS = 4
"""Behind the first message; a fifth says that there would be more."""


class PrivatePost(LivePost):
    """The messages of one command."""

    def __init__(self, office: Office, route: dict[str, str], lease: Lease, outbox: Outbox) -> None:
        self._office = office
        self._token = route["token"]
        self._webhook = discord.Webhook.partial(int(route["app"]), self._token, client=office.client)
        self._is_private = "public" not in route
        self._lacks_channel = "lacks" in route
        self._lease = lease
        self._outbox = outbox
        self._is_over = False
        self._shown: tuple[DiscordPart, View] | None = None

    @property
    def pause_seconds(self) -> float:
        return math.inf if self._is_over else PAUSE_SECONDS

    async def draw(self, view: View) -> None:
        if (
            not self._is_private
        ):  # whoever pressed would be answered alone, in a place where others have read what goes on
            view = replace(view, buttons=tuple(one for one in view.buttons if one.action != "go_on"))
        if self._lacks_channel:
            view = replace(view, notices=(*view.notices, phrases.no_channel()))
        first, *others = formatting.render(view, files=False) or [DiscordPart("…")]
        if not self._is_over:
            try:
                await self._show(first, view)
                if view.final:
                    await self._send(others)
            except discord.HTTPException as refused:
                log.warning("answer by token refused", extra={"turn": self._lease.turn_id, "code": refused.code})
                self._is_over = True
            except Exhausted:
                if not view.final:
                    raise
                log.warning("the token takes no more for long", extra={"turn": self._lease.turn_id})
                self._is_over = True
        if self._is_over and view.final:
            await self._send_directly([first, *others], view)

    async def withdraw(self) -> None:
        """A slash command cannot be deleted."""

    async def _show(self, first: DiscordPart, view: View) -> None:
        if self._shown and self._shown[0] == first and self._shown[1].buttons == view.buttons:
            return
        editing = self._webhook.edit_message(  # type: ignore[call-overload]
            "@original",
            content=first.content,
            allowed_mentions=NOBODY,
            view=view_of(view.buttons, self._lease.thread),
        )
        await self._office.calls.until_taken("answer by token", editing, final=view.final, token=self._token)
        self._shown = (first, view)

    async def _send(self, parts: Sequence[DiscordPart]) -> None:
        """Nobody can ask Discord whether one was taken; a second copy is less bad than none. What a try before this one said is not
        this."""
        sent = await self._outbox.posts(self._lease)
        said = [part.content for part in parts[:FOLLOW_UPS]]
        if len(parts) > FOLLOW_UPS:
            said.append(adapters_phrases.private_cut())
        for index, words in enumerate(said, 1):
            before, named = sent[index].post_id if index in sent else "", _named(words)
            if before == named:
                continue
            if before:
                await self._outbox.removed(self._lease, index)
            await self._outbox.attempted(self._lease, index)
            sending = self._webhook.send(
                words, ephemeral=self._is_private, allowed_mentions=NOBODY, suppress_embeds=True, wait=True
            )
            await self._office.calls.until_taken("answer by token", sending, final=True, token=self._token)
            await self._outbox.delivered(self._lease, index, named)

    async def _send_directly(self, parts: Sequence[DiscordPart], view: View) -> None:
        """The token has run out, or the command takes no more."""
        calls, client = self._office.calls, self._office.client
        user_id = int(self._lease.messages[-1].author.id.removeprefix("discord:"))
        try:
            opened = await calls.make("direct message", client.http.start_private_message(user_id))
            channel = client.get_partial_messageable(int(opened["id"]))
            for index, part in enumerate(parts):
                is_last = index == len(parts) - 1
                sending = channel.send(
                    part.content,
                    nonce=f"{self._lease.turn_id[:16]}.d{index}",
                    suppress_embeds=True,
                    allowed_mentions=NOBODY,
                    view=view_of(view.buttons if is_last else (), self._lease.thread) or discord.utils.MISSING,
                )
                await calls.make("direct message", sending, final=True)
        except discord.HTTPException as refused:
            # There is no private place left, and a public one would break the promise.
            extra = {"turn": self._lease.turn_id, "code": refused.code}
            log.error("private answer undeliverable", extra=extra)  # noqa: TRY400 - the code says it all
            await self._say_undeliverable(refused.code)

    async def _say_undeliverable(self, code: int) -> None:
        """Where the command still listens, it says so."""
        words = phrases.no_direct() if code == NO_DIRECT else adapters_phrases.command_failed()
        try:
            saying = self._webhook.edit_message("@original", content=words, allowed_mentions=NOBODY)  # type: ignore[call-overload]
            await self._office.calls.until_taken("answer by token", saying, final=True, token=self._token)
        except discord.HTTPException as refused:
            place = link_to(self._lease.thread)
            log.info("the asker cannot be told", extra={"place": place, "code": refused.code})


def _named(words: str) -> str:
    """A name for a message by what it says: its own is not told before all of it is sent."""
    return hashlib.sha256(words.encode()).hexdigest()[:16]
