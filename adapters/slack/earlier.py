"""What was said in a thread before: its root and its newest replies.

Slack pages a thread from its oldest reply to its newest, so the newest are reached only over all pages:
https://docs.slack.dev/reference/methods/conversations.replies.
"""

from __future__ import annotations

import logging
from collections import deque

from adapters.slack.calls import SlackCalls, SlackRefused
from adapters.slack.contents import Event
from bot.conversation import Message
from bot.errors import PlatformUnavailable

log = logging.getLogger(__name__)

PAGE = 999
"""What Slack allows of `limit`, under 1,000."""

MOST_PAGES = 10
MOST_REPLIES = 1_000
"""Of those that were read; the model gets what there is room for."""


async def thread_before(calls: SlackCalls, message: Message) -> list[Event]:
    """The root, and the newest replies before the message, in order. Raises SlackRefused, and PlatformUnavailable where nothing
    could be read; what was read before a page failed is kept."""
    thread, cursor = message.thread, ""
    root: list[Event] = []
    newest: deque[Event] = deque(maxlen=MOST_REPLIES)
    for _ in range(MOST_PAGES):
        page = {"channel": thread.channel, "ts": thread.thread, "latest": message.id, "limit": PAGE}
        try:
            answer = await calls.read("conversations.replies", **page, **({"cursor": cursor} if cursor else {}))
        except (PlatformUnavailable, SlackRefused) as fault:
            if not root:
                raise
            log.warning("thread not read to its end", extra={"thread_id": str(thread), "reason": str(fault)})
            break
        for event in answer["messages"]:
            if event["ts"] == thread.thread:
                root = [event]  # it may head every page
            elif event["ts"] != message.id:
                newest.append(event)
        cursor = str((answer.get("response_metadata") or {}).get("next_cursor") or "")
        if not cursor:
            break
    else:
        log.warning("thread not read to its end", extra={"thread_id": str(thread), "reason": "too long"})
    return [*root, *newest]
