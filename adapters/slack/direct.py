"""An answer in direct messages: Slack's native stream while it is written, and the exact message at its end.

A stream of Slack's is seen live by one person only, so channels have posts that are edited (posts.py). Here it is opened with the first
words, fed with what is settled (live.py), closed at the end, and then edited once more, so that code, links and buttons are exact.
Whatever Slack says against the stream, the same message goes on by edits.
"""

from __future__ import annotations

import logging
import math

from adapters.slack import phrases
from adapters.slack.calls import LASTING, SlackRefused
from adapters.slack.live import StreamPart, live_text
from adapters.slack.office import Office
from adapters.slack.posts import SlackPost
from adapters.slack.stream import Stream
from bot.errors import NotTaken, PlatformUnavailable
from bot.ports.doors import LivePost
from bot.ports.inbox import Lease, Outbox
from bot.views import View

log = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS = 0.25
"""Until there are words that stay."""


class StreamPost(LivePost):
    """Streams into a post while it can; what a stream cannot show, the post draws."""

    def __init__(self, office: Office, lease: Lease, outbox: Outbox) -> None:
        self._calls = office.calls
        self._lease = lease
        self._outbox = outbox
        self._stream = Stream(office.calls, lease)
        self._post = SlackPost(office, lease, outbox, self._stream)
        self._streams = "chat.startStream" not in office.calls.unwanted
        self._session_told = False
        first = lease.messages[0]
        self._title = phrases.title(first.text) if first.id == lease.thread.thread else ""
        """Of a thread that begins; given once."""

    @property
    def pause_seconds(self) -> float:
        if self._stream.is_open:
            return self._calls.budget.append_pause()
        pause = self._post.pause_seconds
        return min(pause, FIRST_PAUSE_SECONDS) if self._streams and math.isfinite(pause) else pause

    async def draw(self, view: View) -> None:
        if view.final or not await self._is_streamed(view):
            await self._post.draw(view)
        if view.final:
            await self._end_session()

    async def withdraw(self) -> None:
        await self._post.withdraw()
        await self._end_session()

    async def _is_streamed(self, view: View) -> bool:
        """True when the stream shows the view, as far as a stream can."""
        if not self._post.is_in_thread or not (self._stream.is_open or self._streams):
            return False
        if not self._stream.is_open and not self._post.post_ids and not view.text:
            return await self._tell_session()
        try:
            return await self._go_on(live_text(view.text, view.links))
        except SlackRefused as refused:
            await self._fall_back(refused)
            return False
        except NotTaken:
            if not self._stream.is_open:
                self._post.share.unbegin()
            raise
        except PlatformUnavailable:
            # Nobody knows what the stream says now.
            self._streams = False
            if not self._stream.is_open:
                raise
            await self._post.close_stream()
            return False

    async def _go_on(self, text: str) -> bool:
        """False when the message is edited from now on: none may be streamed, or another worker has begun it."""
        if self._stream.is_open:
            return await self._stream.append(text, self._post.hold) or await self._goes_on_by_edits()
        if not text:
            return True
        if await self._is_begun() or not self._post.share.begin_stream():
            self._streams = False
            return False
        await self._post.show([StreamPart(text)])
        self._streams = self._stream.is_open
        return True

    async def _goes_on_by_edits(self) -> bool:
        """What was said reads otherwise now: a stream is only ever added to, so it ends here, and its message is edited."""
        self._streams = False
        await self._post.close_stream()
        return False

    async def _is_begun(self) -> bool:
        """A worker before us may have begun: then its message is edited, for nobody knows what was sent."""
        return bool(self._post.post_ids) or bool(await self._outbox.posts(self._lease))

    async def _fall_back(self, refused: SlackRefused) -> None:
        """From now on the message is edited, or posted when the stream could not be opened at all."""
        log.warning("stream refused", extra={"turn": self._lease.turn_id, "reason": str(refused)})
        self._streams = False
        if refused.method == "chat.startStream":
            self._post.share.unbegin()
            if refused.code in LASTING:
                self._calls.unwanted.add("chat.startStream")
            return
        await self._post.close_stream()

    # --- the conversation's own state ----------------------------------------------------------------------------------

    async def _tell_session(self) -> bool:
        """While there are no words yet: the conversation shows that we are at work, and lets people stop us. True when it does."""
        if self._session_told:
            return True
        self._session_told = True
        asker = self._lease.messages[-1].author.id.removeprefix("slack:")
        named = {"title": self._title, "initiator_user_id": asker} if self._title else {}
        if await self._calls.hint("agents.sessions.setStatus", **self._thread, **named, status="processing"):
            self._title = ""
            return True
        return await self._post.is_signed()

    async def _end_session(self) -> None:
        """One whose stream was ended by Slack was left at work."""
        if self._session_told or self._stream.was_ended_by_slack:
            await self._calls.hint("agents.sessions.setStatus", **self._thread, status="active")
        if self._title and not self._post.is_gone:
            await self._calls.hint("assistant.threads.setTitle", **self._thread, title=self._title)
            self._title = ""

    @property
    def _thread(self) -> dict[str, str]:
        return {"channel_id": self._lease.thread.channel, "thread_ts": self._lease.thread.thread}
