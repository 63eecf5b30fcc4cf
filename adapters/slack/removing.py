"""Takes a message or a file of ours away; what Slack does not let us delete is emptied.

Where compliance exports are on nobody deletes anything, and a workspace may keep deleting to its admins:
https://docs.slack.dev/reference/methods/chat.delete#errors.
"""

from __future__ import annotations

import logging
from typing import Any

from adapters.slack import phrases
from adapters.slack.calls import SHUT, Before, SlackCalls, SlackRefused
from adapters.slack.refusals import NOT_DELETED, NOT_THERE

log = logging.getLogger(__name__)


async def take_away(calls: SlackCalls, post_id: str, where: dict[str, Any], before: Before | None) -> None:
    """`where` are the channel and the timestamp of a message; a file is `file:ID`. Raises PlatformUnavailable, and SlackRefused where
    our token is refused."""
    try:
        if post_id.startswith("file:"):
            await calls.repeatable("files.delete", before=before, file=post_id.removeprefix("file:"))
        else:
            await calls.repeatable("chat.delete", before=before, **where)
    except SlackRefused as refused:
        if refused.code in SHUT:
            raise
        if refused.code in NOT_DELETED or refused.code not in NOT_THERE:
            log.warning("not deleted", extra={"reason": str(refused)})
            await _empty(calls, post_id, where, before)


async def _empty(calls: SlackCalls, post_id: str, where: dict[str, Any], before: Before | None) -> None:
    """A file stays: it can only be deleted."""
    if post_id.startswith("file:"):
        return
    try:
        await calls.repeatable("chat.update", before=before, **where, text=phrases.taken_back(), blocks=[])
    except SlackRefused as refused:
        log.warning("not emptied", extra={"reason": str(refused)})
