"""One native stream of Slack's: opened with its first words, fed with more of the same text, closed once."""

from __future__ import annotations

import logging
from typing import Any

from adapters.slack.calls import Before, SlackCalls, SlackRefused
from bot.ports.inbox import Lease

log = logging.getLogger(__name__)


class Stream:
    """Of one answer. A stream takes no metadata while it is open."""

    def __init__(self, calls: SlackCalls, lease: Lease) -> None:
        self._calls = calls
        self._lease = lease
        self._ts = ""
        self._sent = ""
        self.is_open = False
        self.was_ended_by_slack = False

    async def open(self, text: str, before: Before) -> str:
        """Raises like `SlackCalls.post`; returns the message's ts."""
        asked = self._lease.messages[-1]
        answer = await self._calls.post(
            "chat.startStream",
            final=False,
            before=before,
            channel=self._lease.thread.channel,
            thread_ts=self._lease.thread.thread,
            recipient_user_id=asked.author.id.removeprefix("slack:"),
            recipient_team_id=asked.route.get("team") or self._lease.thread.workspace,
            markdown_text=text,
        )
        self.is_open, self._sent, self._ts = True, text, str(answer["ts"])
        return self._ts

    async def append(self, text: str, before: Before) -> bool:
        """What goes on from what was sent; what is behind it waits. False for a text that a stream cannot show: another one."""
        if self._sent.startswith(text):
            return True
        if not text.startswith(self._sent):
            return False
        await before()
        arguments: dict[str, Any] = {"channel": self._lease.thread.channel, "ts": self._ts}
        await self._calls.post("chat.appendStream", final=False, **arguments, markdown_text=text[len(self._sent) :])
        self._sent = text
        return True

    async def close(self) -> None:
        if self.is_open:
            ended = await end_stream(self._calls, self._lease.thread.channel, self._ts)
            self.was_ended_by_slack = not ended
            self.is_open = False


async def end_stream(calls: SlackCalls, channel: str, ts: str) -> bool:
    """However it was ended, its message can be edited then. False when it was ended before."""
    try:
        await calls.repeatable("chat.stopStream", channel=channel, ts=ts)
    except SlackRefused as refused:
        log.info("stream was closed", extra={"channel": channel, "reason": refused.code})
        return False
    return True
