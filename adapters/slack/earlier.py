"""What was said in a thread before: its root and its newest replies.

Slack pages a thread from its oldest reply to its newest. Of a thread that is longer than we page, the newest are looked for by time:
https://docs.slack.dev/reference/methods/conversations.replies.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from adapters.slack.calls import SlackCalls, SlackRefused
from adapters.slack.contents import Event, Ourselves, files_of, name_of, quotes_of, said_by_us, speaker, text_of
from adapters.slack.incoming import moment, order
from adapters.slack.mrkdwn import from_mrkdwn
from adapters.slack.replies import QUESTION, REPLY
from bot.conversation import Author, Message, ThreadId
from bot.errors import PlatformUnavailable
from bot.writing.text import sanitise

log = logging.getLogger(__name__)

PAGE = 999
"""What Slack allows of `limit`, under 1,000."""

MOST_PAGES = 10
MOST_REPLIES = 1_000
"""Of those that were read; the model gets what there is room for."""

FEW, ENOUGH = 200, 500
"""Of replies in a stretch of time at a long thread's end: fewer are too few where there is time for another look."""

SHORTER = 16
"""How much shorter a stretch is looked at next, where one holds too much."""

READ_SECONDS = 6.0
"""Then what was read is all that is read: within `EARLIER_TIMEOUT_SECONDS` of the core."""


class ThreadBefore:
    """Reads what stands before a message. Of what it leaves out it knows behind which message it stood, and how much it is at least."""

    def __init__(self, calls: SlackCalls, message: Message) -> None:
        self._calls = calls
        self._thread = message.thread
        self._asked = message.id
        self._root: list[Event] = []
        self._replies: list[Event] = []
        self._gaps: dict[str, int] = {}

    @property
    def events(self) -> list[Event]:
        """The root, and the newest replies that were read, in order."""
        return [*self._root, *self._replies[-MOST_REPLIES:]]

    def marked(self, messages: Sequence[Message]) -> list[Message]:
        """What was made of the events, with what is missing behind each."""
        out = list(messages)
        for ts, count in self._gaps.items() if out else ():
            behind = max((place for place, one in enumerate(out) if order(one.id) <= order(ts)), default=0)
            out[behind] = replace(out[behind], unread=out[behind].unread + count)
        return out

    async def read(self) -> None:
        """Raises SlackRefused, and PlatformUnavailable where nothing could be read; what was read before a page failed is kept."""
        self._replies, cursor = await self._page()
        replied = int((self._root[0] if self._root else {}).get("reply_count") or 0)
        try:
            async with asyncio.timeout(READ_SECONDS):
                if cursor and replied > MOST_PAGES * PAGE:
                    await self._read_end(replied)
                elif cursor:
                    await self._read_on(cursor, replied)
        except (PlatformUnavailable, SlackRefused, TimeoutError) as fault:
            reason = str(fault) or type(fault).__name__
            log.warning("thread not read to its end", extra={"thread_id": str(self._thread), "reason": reason})
            self._gaps[self._last] = max(1, replied - len(self._replies) - 1)
        if surplus := max(0, len(self._replies) - MOST_REPLIES):
            self._gaps[self._thread.thread] = self._gaps.get(self._thread.thread, 0) + surplus

    @property
    def _last(self) -> str:
        return str((self._replies or self._root)[-1]["ts"])

    async def _read_on(self, cursor: str, replied: int) -> None:
        """Page after page, from the oldest on."""
        for _ in range(MOST_PAGES):
            more, cursor = await self._page(cursor=cursor)
            self._replies += more
            if not cursor:
                return
        self._gaps[self._last] = max(1, replied - len(self._replies) - 1)

    async def _read_end(self, replied: int) -> None:
        """The last stretch of time in which a page holds all that was said. How long it is nobody knows: first as if people had
        spoken evenly, then between one that holds too much and one that holds too little."""
        asked = float(self._asked)
        much, little = max(asked - float(self._last), 1.0), 0.0
        length = min(much, (asked - float(self._thread.thread)) * ENOUGH / replied)
        newest: list[Event] = []
        is_whole = False
        for _ in range(MOST_PAGES):
            found, cursor = await self._page(oldest=f"{asked - length:.6f}")
            if not cursor:
                newest, is_whole, little = found, True, length
            else:
                newest, much = newest if is_whole else found, min(length, max(asked - float(found[-1]["ts"]), 1e-6))
            if is_whole and len(newest) >= FEW:
                break
            length = math.sqrt(much * little) if little else much / SHORTER
        self._replies = newest
        # Rounded down: it counts what was said since, too.
        self._gaps[self._thread.thread] = max(1, (replied - len(newest)) // 100 * 100)
        if not is_whole:
            self._gaps[self._last] = 1

    async def _page(self, **where: str) -> tuple[list[Event], str]:
        """The replies of one page, and where the next one begins; the root may head every page."""
        place = {"channel": self._thread.channel, "ts": self._thread.thread, "latest": self._asked, "limit": PAGE}
        answer: Any = await self._calls.read("conversations.replies", **place, **where, include_all_metadata="true")
        self._root = self._root or [one for one in answer["messages"] if one["ts"] == self._thread.thread]
        replies = [one for one in answer["messages"] if one["ts"] not in (self._thread.thread, self._asked)]
        return replies, str((answer.get("response_metadata") or {}).get("next_cursor") or "")


async def took_part(calls: SlackCalls, message: Message, ours: Ourselves) -> bool:
    """By the first page of the thread. Raises SlackRefused and PlatformUnavailable."""
    place = {"channel": message.thread.channel, "ts": message.thread.thread, "latest": message.id, "limit": PAGE}
    answer: Any = await calls.look("conversations.replies", **place, include_all_metadata="true")
    return any(ours.said(one) and _of_ours(one, message.thread, ours, {}) for one in answer["messages"])


def to_earlier(event: Event, thread: ThreadId, ours: Ourselves, names: Mapping[str, str]) -> Message | None:
    """Something said in the thread before, by an alert or by us included; None for what says nothing and brings no file, and for what
    we said in no answer."""
    if ours.said(event):
        return _of_ours(event, thread, ours, names)
    text, files = sanitise(text_of(event, ours, names)), tuple(files_of(event))
    if not (text.strip() or files):
        return None
    author_id = speaker(event)
    author = Author(f"slack:{author_id}", name_of(event, names) or author_id, bool(event.get("bot_id")))
    return Message(
        thread,
        str(event["ts"]),
        author,
        text,
        moment(str(event["ts"])),
        addressed=False,
        attachments=files,
        edition=str((event.get("edited") or {}).get("ts") or ""),
        quotes=quotes_of({"channel": thread.channel, **event}, text, names),
    )


def _of_ours(event: Event, thread: ThreadId, ours: Ourselves, names: Mapping[str, str]) -> Message | None:
    """An answer, or a question that we posted in somebody's name; what was said at once is neither."""
    noted = event.get("metadata") or {}
    sent_at, ts = moment(str(event["ts"])), str(event["ts"])
    if noted.get("event_type") == REPLY:
        return None
    if noted.get("event_type") == QUESTION:
        who = noted.get("event_payload") or {}
        user, name = str(who.get("user") or ""), str(who.get("name") or "")
        said = sanitise(from_mrkdwn(str(event.get("text") or ""), {})).removeprefix(f"{name}:").strip()
        author = Author(f"slack:{user}", names.get(user) or name or user)
        return Message(thread, ts, author, said, sent_at, addressed=False) if said else None
    text = sanitise(said_by_us(event))
    author = Author(f"slack:{ours.user_id}", ours.name, is_bot=True)
    return Message(thread, ts, author, text, sent_at, addressed=False, ours=True) if text.strip() else None
