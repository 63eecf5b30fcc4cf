"""Answers for the asker alone, by the response_url of a slash command, a message menu or a press: nothing while it is written, then
all of it.

A response_url takes five posts in half an hour: https://docs.slack.dev/interactivity/handling-user-interaction. What it takes no more
goes to the asker as a direct message, as private as it was.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

import aiohttp

from adapters import phrases as adapters_phrases
from adapters.slack import formatting, phrases
from adapters.slack.calls import SlackRefused
from adapters.slack.formatting import SlackPart
from adapters.slack.office import Office
from adapters.slack.parts import button_row, content, plain_parts
from bot.errors import NotTaken, PlatformUnavailable
from bot.ports.doors import LivePost
from bot.ports.inbox import Lease, Outbox
from bot.views import View

log = logging.getLogger(__name__)

MOST_PARTS = 4

Send = Callable[[SlackPart], Awaitable[None]]


class Refused(Exception):
    """The response_url did not take a message: not in this form, or no more."""


class PrivatePost(LivePost):
    pause_seconds = 60.0

    def __init__(self, office: Office, address: str, lease: Lease, outbox: Outbox) -> None:
        self._office = office
        self._address = address
        self._lease = lease
        self._outbox = outbox

    async def draw(self, view: View) -> None:
        if not view.final:
            return
        if self._lease.messages[-1].route.get("invite"):
            view = replace(view, notices=(*view.notices, phrases.invite_for_thread(await self._office.own_name())))
        plainly = self._parts(plain_parts(view), view)
        for parts in (self._parts(formatting.render(view, files=False), view), plainly):
            try:
                await self._show(parts, self._send)
            except Refused:
                continue
            return
        try:
            await self._show(plainly, self._send_directly)
        except SlackRefused as refused:
            # There is no private place left, and a public one would break the promise.
            log.error("private answer undeliverable", extra={"turn": self._lease.turn_id, "code": refused.code})  # noqa: TRY400

    def _parts(self, drawn: Sequence[SlackPart], view: View) -> list[SlackPart]:
        """At most so many as the address takes, with the buttons under the last."""
        parts = list(drawn) or [SlackPart((), " ")]
        if len(parts) > MOST_PARTS:
            cut = View(notices=(adapters_phrases.private_cut(), *view.notices), final=True)
            (said,) = formatting.render(cut)
            last = parts[MOST_PARTS - 1]
            parts[MOST_PARTS - 1 :] = [SlackPart((*last.blocks, *said.blocks), last.text)]
        if row := button_row([one for one in view.buttons if one.action != "stop"], self._lease.thread):
            parts[-1] = SlackPart((*parts[-1].blocks, row), parts[-1].text)
        return parts

    async def _show(self, parts: Sequence[SlackPart], send: Send) -> None:
        """Nobody can ask Slack whether one was taken; a second copy, seen by the asker alone, is less bad than none. What a try
        before this one said is not this."""
        done = await self._outbox.posts(self._lease)
        for index, part in enumerate(parts):
            before, said = done[index].post_id if index in done else "", _named(part)
            if before == said:
                continue
            if before:
                await self._outbox.removed(self._lease, index)
            await self._outbox.attempted(self._lease, index)
            await send(part)
            await self._outbox.delivered(self._lease, index, said)

    async def withdraw(self) -> None:
        """Nothing was posted yet; a slash command cannot be deleted."""

    async def _send(self, part: SlackPart) -> None:
        body = {"response_type": "ephemeral", "replace_original": False, "unfurl_links": False, "unfurl_media": False}
        try:
            async with self._office.calls.session.post(self._address, json={**body, **content(part)}) as answer:
                if answer.status == 429:
                    raise NotTaken("response_url: rate limited")
                if answer.status >= 500:
                    raise PlatformUnavailable(f"response_url: {answer.status}")
                if answer.status != 200:
                    log.warning("private answer refused", extra={"turn": self._lease.turn_id, "status": answer.status})
                    raise Refused(str(answer.status))
        except (aiohttp.ClientError, TimeoutError) as fault:
            raise PlatformUnavailable(f"response_url: {type(fault).__name__}") from fault

    async def _send_directly(self, part: SlackPart) -> None:
        """Slack opens the direct messages with a person whose id is given for a channel."""
        user = self._lease.messages[-1].author.id.removeprefix("slack:")
        message = {"channel": user, "unfurl_links": False, "unfurl_media": False, **content(part)}
        await self._office.calls.post("chat.postMessage", final=True, **message)


def _named(part: SlackPart) -> str:
    """A name for a message that Slack gives none."""
    return hashlib.sha256(json.dumps(content(part), ensure_ascii=False).encode()).hexdigest()[:16]
