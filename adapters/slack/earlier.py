"""What was said in a thread before: its root and its newest replies.

Slack pages a thread from its oldest reply to its newest, so the newest are reached only over all pages:
https://docs.slack.dev/reference/methods/conversations.replies.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Mapping

from adapters.slack.blocks import read_back
from adapters.slack.calls import SlackCalls, SlackRefused
from adapters.slack.contents import Event, Ourselves, files_of, name_of, speaker, text_of
from adapters.slack.incoming import moment
from bot.conversation import Author, Message, ThreadId
from bot.errors import PlatformUnavailable
from bot.writing.text import sanitise

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


def to_earlier(event: Event, thread: ThreadId, ours: Ourselves, names: Mapping[str, str]) -> Message | None:
    """Something said in the thread before, by an alert or by us included; None for what says nothing and brings
    no file."""
    is_ours = ours.said(event)
    text = sanitise(read_back(event.get("blocks") or ()) if is_ours else text_of(event, ours, names))
    files = () if is_ours else tuple(files_of(event))
    if not (text.strip() or files):
        return None
    if is_ours:
        author, sent_at = Author(f"slack:{ours.user_id}", ours.name, is_bot=True), moment(str(event["ts"]))
        return Message(thread, str(event["ts"]), author, text, sent_at, addressed=False, ours=True)
    author_id = speaker(event)
    author = Author(f"slack:{author_id}", name_of(event, names) or author_id, bool(event.get("bot_id")))
    sent_at = moment(str(event["ts"]))
    return Message(thread, str(event["ts"]), author, text, sent_at, addressed=False, attachments=files)
