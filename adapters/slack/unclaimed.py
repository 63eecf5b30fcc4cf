"""Interactions that nothing here waits for (any more): buttons and forms of an earlier release, or of an app that this one replaced.

Slack shows a warning where nobody acknowledges within three seconds, so each kind is; whoever made one is told alone, where Slack
gives a way to say so: https://docs.slack.dev/interactivity/handling-user-interaction.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable
from typing import Any

from slack_bolt import BoltResponse
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.error import BoltUnhandledRequestError

from adapters import phrases

log = logging.getLogger(__name__)

Json = dict[str, Any]
Respond = Callable[..., Awaitable[Any]]

ANY = re.compile(".*", re.DOTALL)


def register(app: AsyncApp) -> None:
    """Behind everything else that is registered: the first that fits is taken."""
    app.action(ANY)(ack=acknowledge, lazy=[tell_too_old])
    app.shortcut(ANY)(ack=acknowledge, lazy=[tell_too_old])
    app.command(ANY)(_on_command)
    app.view(ANY)(_on_form)
    app.view_closed(ANY)(acknowledge)
    app.options(ANY)(_on_choices)


def acknowledged(error: BoltUnhandledRequestError) -> BoltResponse:
    """For a kind that Bolt knows no name for."""
    log.info("not known, and passed over", extra={"kind": str(error.request.body.get("type") or "")})
    return BoltResponse(status=200)


async def tell_too_old(body: Json, respond: Respond) -> None:
    """Say to whoever acted, and to nobody else, that this does nothing any more. A button that leads somewhere has done so already, and
    what stands in a form or in the app's home has no place to say it."""
    leads_somewhere = any(one.get("url") for one in body.get("actions") or ())
    if body.get("response_url") and not leads_somewhere:
        await respond(text=phrases.too_old(), response_type="ephemeral", replace_original=False)


async def acknowledge(ack: AsyncAck) -> None:
    await ack()


async def _on_command(ack: AsyncAck) -> None:
    await ack(phrases.too_old())


async def _on_form(ack: AsyncAck) -> None:
    """Said in the form itself, which stays open for it."""
    said = {"type": "section", "text": {"type": "plain_text", "text": phrases.too_old()}}
    title = {"type": "plain_text", "text": phrases.not_taken()}
    await ack(response_action="update", view={"type": "modal", "title": title, "blocks": [said]})


async def _on_choices(ack: AsyncAck) -> None:
    await ack(options=[])
