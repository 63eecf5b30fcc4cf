"""Answers for the asker alone, by the response_url of a slash command or a message menu: nothing while it is written, then all of it.

A response_url takes five posts in half an hour: https://docs.slack.dev/interactivity/handling-user-interaction.
"""

from __future__ import annotations

import logging

import aiohttp

from adapters import phrases as adapters_phrases
from adapters.slack import mrkdwn, phrases
from adapters.slack.office import Office
from bot.conversation import View
from bot.errors import NotTaken, PlatformUnavailable
from bot.ports.doors import LivePost
from bot.ports.inbox import Lease, Outbox

log = logging.getLogger(__name__)

MOST_PARTS = 4


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
        notices = view.notices
        if self._lease.messages[-1].route.get("invite"):
            notices = (*notices, phrases.invite_for_thread(await self._office.own_name()))
        said = "\n\n".join((view.text, *(f"_{mrkdwn.escape(notice)}_" for notice in notices)))
        parts = mrkdwn.mrkdwn(said, links=view.links, notes=view.notes)
        if len(parts) > MOST_PARTS:
            parts = [*parts[: MOST_PARTS - 1], parts[MOST_PARTS - 1][:3_500] + "\n" + adapters_phrases.private_cut()]
        done = await self._outbox.posts(self._lease)
        for index, text in enumerate(parts):
            # Nobody can ask Slack whether one was taken; a second copy, seen by the asker alone, is less bad than none.
            if index not in done or not done[index].post_id:
                await self._outbox.attempted(self._lease, index)
                await self._send(text)
                await self._outbox.delivered(self._lease, index, "private")

    async def withdraw(self) -> None:
        """Nothing was posted yet; a slash command cannot be deleted."""

    async def _send(self, text: str) -> None:
        body = {"response_type": "ephemeral", "text": text, "replace_original": False}
        flags = {"unfurl_links": False, "unfurl_media": False, "link_names": False}
        try:
            async with self._office.calls.session.post(self._address, json={**body, **flags}) as answer:
                if answer.status == 429:
                    raise NotTaken("response_url: rate limited")
                if answer.status != 200:
                    log.warning("private answer refused", extra={"turn": self._lease.turn_id, "status": answer.status})
        except (aiohttp.ClientError, TimeoutError) as fault:
            raise PlatformUnavailable(f"response_url: {type(fault).__name__}") from fault
