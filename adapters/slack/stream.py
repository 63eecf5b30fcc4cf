"""An answer in direct messages: Slack's native stream while it is written, and the exact message at its end.

A stream of Slack's is seen live by one person only, so channels have posts that are edited (posts.py). Here it is opened with the first
words, fed with what is settled (live.py), closed at the end, and then edited once more, so that code, links and buttons are exact.
Whatever Slack says against the stream, the same message goes on by edits.
"""

from __future__ import annotations

import logging
import math
from typing import Any

from adapters.slack import finding, phrases
from adapters.slack.calls import LASTING, SlackCalls, SlackRefused
from adapters.slack.formatting import SlackPart
from adapters.slack.incoming import order
from adapters.slack.live import StreamPart, live_text
from adapters.slack.parts import Part, content
from adapters.slack.posts import SlackPost
from bot.conversation import View
from bot.errors import NotTaken, PlatformUnavailable
from bot.ports.inbox import Lease, Outbox

log = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS = 0.25
"""Until there are words that stay."""


class StreamPost(SlackPost):
    def __init__(self, calls: SlackCalls, lease: Lease, outbox: Outbox, notices: dict[str, str] | None = None) -> None:
        super().__init__(calls, lease, outbox, notices)
        self._streams = "chat.startStream" not in calls.unwanted
        self._open = False
        self._sent = ""
        self._session_told = False
        first = lease.messages[0]
        self._title = phrases.title(first.text) if first.id == self._root else ""
        """Of a thread that begins; given once."""

    @property
    def pause_seconds(self) -> float:
        if self._open:
            return self._calls.budget.append_pause()
        pause = super().pause_seconds
        return min(pause, FIRST_PAUSE_SECONDS) if self._streams and math.isfinite(pause) else pause

    async def draw(self, view: View) -> None:
        if view.final or not await self._stream(view):
            await super().draw(view)

    async def _stream(self, view: View) -> bool:
        """True when the stream shows the view, as far as a stream can."""
        if self._gone or self._elsewhere or not (self._open or self._streams):
            return False
        if not self._open and not self._posts and not view.text:
            return await self._tell_session()
        text = live_text(view.text, view.links)
        try:
            if self._open:
                if not await self._append(text):
                    await self._go_on_by_edits()
                    return False
            elif text and not await self._is_begun():
                if not self._share.begin_stream():
                    self._streams = False
                    return False
                await self.show([StreamPart(text)])
            elif not text:
                return True
            else:
                self._streams = False
                return False
        except SlackRefused as refused:
            await self._fall_back(refused)
            return False
        except NotTaken:
            if not self._open:
                self._share.unbegin()
            raise
        except PlatformUnavailable:
            # Nobody knows what the stream says now.
            self._streams = False
            if not self._open:
                raise
            await self._close(self.post_ids[0])
            return False
        return True

    async def _is_begun(self) -> bool:
        """A worker before us may have begun: then its message is edited, for nobody knows what was sent."""
        return bool(self._posts) or bool(await self._outbox.posts(self.lease))

    async def _append(self, text: str) -> bool:
        """What goes on from what was sent; what is behind it waits. False for a text that a stream cannot show: another one."""
        if self._sent.startswith(text):
            return True
        if not text.startswith(self._sent):
            return False
        (post_id,) = self.post_ids
        await self.hold()
        arguments: dict[str, Any] = {**self._where(post_id), "markdown_text": text[len(self._sent) :]}
        await self._calls.post("chat.appendStream", final=False, **arguments)
        self._sent = text
        return True

    async def _fall_back(self, refused: SlackRefused) -> None:
        """From now on the message is edited, or posted when the stream could not be opened at all."""
        log.warning("stream refused", extra={"turn": self.lease.turn_id, "reason": str(refused)})
        self._streams = False
        if refused.method == "chat.startStream":
            self._share.unbegin()
            if refused.code in LASTING:
                self._calls.unwanted.add("chat.startStream")
            return
        if self._open and self.post_ids:
            await self._close(self.post_ids[0])

    async def _go_on_by_edits(self) -> None:
        """What was said reads otherwise now: a stream is only ever added to, so it ends here, and its message is edited."""
        self._streams = False
        await self._close(self.post_ids[0])

    async def _close(self, post_id: str) -> None:
        if not await self._stop_stream(post_id):
            self._session_told = True  # Slack has closed the stream, and left the conversation at work
        self._open = False
        self._share.owes_stop = False

    async def create(self, index: int, part: Part, mark: str) -> str:
        if not isinstance(part, StreamPart):
            return await super().create(index, part, mark)
        await self._check_root()
        answer = await self._calls.post(
            "chat.startStream",
            final=False,
            before=self.leave,
            channel=self._channel,
            thread_ts=self._root,
            recipient_user_id=self._asker,
            recipient_team_id=self.lease.messages[-1].route.get("team") or self.lease.thread.workspace,
            markdown_text=part.text,
        )
        self._open, self._sent = True, part.text
        return str(answer["ts"])

    async def edit(self, post_id: str, index: int, part: Part) -> None:
        if isinstance(part, StreamPart):
            self._streams = False  # somebody else has begun it; the next drawing edits
            return
        if self._open and index == 0:
            await self._close(post_id)
        await super().edit(post_id, index, part)

    async def _update(self, post_id: str, index: int, part: SlackPart) -> None:
        """A stream takes no metadata while it is open: the first edit names the turn."""
        await self._change(post_id, {**content(part), "metadata": finding.metadata(self.lease.turn_id, index)})

    async def remove(self, post_id: str) -> None:
        if self._open:
            await self._close(post_id)
        await super().remove(post_id)

    def _found(self, message: Any, index: int) -> str:
        """A stream whose opening was never confirmed carries no turn yet: of our messages behind the question, the one without."""
        if found := super()._found(message, index):
            return found
        is_ours = bool(message.get("bot_id")) and not message.get("metadata")
        asked = self.lease.messages[0].id
        is_newer = order(str(message.get("ts", ""))) > order(asked) if asked[:1].isdigit() else False
        return str(message["ts"]) if index == 0 and is_ours and is_newer else ""

    # --- the conversation's own state ----------------------------------------------------------------------------------

    async def _tell_session(self) -> bool:
        """While there are no words yet: the conversation shows that we are at work, and lets people stop us. True when it does."""
        if self._session_told:
            return True
        self._session_told = True
        named = {"title": self._title, "initiator_user_id": self._asker} if self._title else {}
        if await self._calls.hint("agents.sessions.setStatus", **self._thread, **named, status="processing"):
            self._title = ""
            return True
        self._give_sign()
        return self._sign is not None and await self._sign

    async def _end(self) -> None:
        await super()._end()
        if self._session_told:
            await self._calls.hint("agents.sessions.setStatus", **self._thread, status="active")
        if self._title and not self._gone:
            await self._calls.hint("assistant.threads.setTitle", **self._thread, title=self._title)
            self._title = ""

    @property
    def _thread(self) -> dict[str, str]:
        return {"channel_id": self._channel, "thread_ts": self._root}
