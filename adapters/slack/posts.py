"""One answer in its thread: post, and edit in place, so that everybody in the channel sees the progress.

Every post carries its turn in its metadata, so that one whose confirmation was lost can be found again. A reply to a deleted question
appears in the channel itself, so the question is looked at right before each post, and the post's own thread right after it. Where
Slack does not let us say it in this way, it is said in the next best one, and what is missing is said once.
"""

from __future__ import annotations

import asyncio
import logging
import math
from functools import partial
from typing import Any

from adapters.pages import Pages
from adapters.places import Lack, Ladder, Place, Refusal
from adapters.slack import finding, formatting, phrases, removing
from adapters.slack.budget import BASE_PAUSE_SECONDS
from adapters.slack.calls import LASTING, SHUT, SlackRefused, error_code
from adapters.slack.formatting import SlackPart
from adapters.slack.live import StreamPart
from adapters.slack.office import Office
from adapters.slack.parts import AnswerPart, content, plain_parts, with_buttons
from adapters.slack.refusals import GONE, NO_ENTRY, UNEDITABLE, meanings
from adapters.slack.signs import Sign
from adapters.slack.stream import Stream, end_stream
from bot.errors import NotTaken, PlatformUnavailable
from bot.ports.doors import LivePost
from bot.ports.inbox import Lease, Outbox, Posted
from bot.views import View
from bot.writing.markdown import CodeFile

log = logging.getLogger(__name__)

STEPS_DOWN = 6
LONG_CLOSED_SECONDS = 2.0
UPLOAD_SECONDS = 60


class SlackPost(Pages[AnswerPart], LivePost):
    """One answer in a thread. `stream`: in what its first message may be written while it grows."""

    read_back_seconds = 5.0

    def __init__(self, office: Office, lease: Lease, outbox: Outbox, stream: Stream | None = None) -> None:
        super().__init__(lease, outbox)
        self._office = office
        self._calls = office.calls
        self._channel, self._root = lease.thread.channel, lease.thread.thread
        self._stream = stream
        self.share = self._calls.budget.share(self._channel)
        self._ladder = Ladder((Place.THREAD, Place.DIRECT))
        self._uneditable = False
        self._final = False
        self._sign = Sign(self._calls, self._channel, self._root)
        self._stray = ""

    @property
    def pause_seconds(self) -> float:
        budget = self._calls.budget
        if self.is_gone or self._elsewhere or self._uneditable:
            return math.inf
        if self.share.owes_edit:
            return budget.edit_pause()
        return BASE_PAUSE_SECONDS if self.share.can_begin() or self._sign.is_due else math.inf

    async def draw(self, view: View) -> None:
        self._final = view.final
        if not view.final and not self._may_begin():
            self._sign.give()
            return
        for _ in range(STEPS_DOWN):
            try:
                await self._take_away_stray()
                if self.is_gone:
                    await self.show(())
                    break
                if self._elsewhere and not view.final:
                    break
                if view.final:
                    await self._begin_anew_if_held_up()
                await self.show(self._parts(view))
            except SlackRefused as refused:
                await self._step_down(refused)
            except NotTaken:
                if not self.post_ids:
                    self.share.unbegin()
                raise
            else:
                break
        else:
            raise PlatformUnavailable("no way to show it was left")
        if view.final:
            await self._end()

    async def withdraw(self) -> None:
        self._final = True
        try:
            await super().withdraw()
            await self._take_away_stray()
        except SlackRefused as refused:
            raise PlatformUnavailable(str(refused)) from refused
        await self._end()

    def _may_begin(self) -> bool:
        """A draft is shown only when the edit that will end it can be kept back."""
        return self.share.owes_edit or self.share.begin()

    async def is_signed(self) -> bool:
        """Give a sign of life; True where Slack shows it."""
        self._sign.give()
        return await self._sign.is_shown()

    async def _end(self) -> None:
        self.share.end()
        self._office.notices.pop(str(self.lease.thread), None)
        await self._sign.end(is_posted=bool(self.post_ids) and not self._elsewhere)

    async def _begin_anew_if_held_up(self) -> None:
        """Where edits are closed for a while and posts are not, the draft gives way to a new post with all of it.

        The draft goes first: whoever takes the turn over in between finds nothing posted, and posts the answer once.
        """
        budget = self._calls.budget
        if len(self.post_ids) != 1 or self._elsewhere:
            return
        is_held_up = (
            budget.lane("chat.update").closed_seconds > LONG_CLOSED_SECONDS
            and budget.can_post(self._channel)
            and budget.lane("chat.delete").is_free()
        )
        if is_held_up or self._uneditable:
            log.info("posted anew", extra={"turn": self.lease.turn_id})
            self._uneditable = False
            await self.show(())

    @property
    def is_gone(self) -> bool:
        """Nothing is left to be shown: the question is gone, or there is no place."""
        return self._ladder.place is Place.NOWHERE

    @property
    def _elsewhere(self) -> bool:
        """The answer goes to the asker alone."""
        return self._ladder.place is Place.DIRECT

    @property
    def is_in_thread(self) -> bool:
        return self._ladder.place is Place.THREAD

    async def _step_down(self, refused: SlackRefused) -> None:
        """The next best way to say the same, once for each reason."""
        log.warning("refused", extra={"turn": self.lease.turn_id, "reason": str(refused)})
        if refused.code in UNEDITABLE and not self._uneditable:
            self._uneditable = True
            if not self._final:
                raise NotTaken(str(refused)) from refused
            return
        before, own_name = self._ladder.place, await self._office.own_name() if refused.code in NO_ENTRY else ""
        meant = meanings(refused, own_name, is_direct=self._elsewhere)
        if not self._ladder.step(meant) and not self._gives_up(refused.code):
            raise PlatformUnavailable(str(refused)) from refused
        if self._elsewhere and before is not Place.DIRECT:
            await self.forget(but=lambda post_id: post_id.startswith("dm:"))
        elif self.is_gone and refused.code not in GONE:
            log.error("answer could not be shown anywhere", extra={"turn": self.lease.turn_id, "reason": str(refused)})

    def _gives_up(self, code: str) -> bool:
        return self._final and code not in SHUT and self._ladder.give_up(code, phrases.refused(code))

    def _parts(self, view: View) -> list[AnswerPart]:
        view = self._with_notices(view)
        drawn = (
            formatting.render(view, files=self._ladder.takes_files)
            if self._ladder.takes_rich_forms
            else plain_parts(view)
        )
        if not view.final:
            drawn = self._steady(drawn)
        return with_buttons(drawn, view.buttons, self.lease.thread if self._elsewhere else None)

    def _steady(self, drawn: list[SlackPart]) -> list[SlackPart]:
        """While an answer is written, its next message is begun only where posts are left."""
        there = len(self.post_ids) or 1
        most = there + 1 if self._calls.budget.can_post(self._channel) else there
        if len(drawn) <= most:
            return drawn
        notes = tuple(block for block in drawn[-1].blocks if block["type"] == "context")
        *before, last = drawn[:most]
        return [*before, SlackPart((*last.blocks, *notes), last.text)]

    def _with_notices(self, view: View) -> View:
        """What is missing is said once, under the whole answer."""
        told = self._office.notices.get(str(self.lease.thread), "")
        missing = [*self._ladder.notices.values(), *([told] if told else [])]
        if not view.final or not missing:
            return view
        text = view.text if self._ladder.takes_content else ""
        return View(text, view.status, (*view.notices, *missing), view.buttons, view.final, view.links)

    # --- one message ---------------------------------------------------------------------------------------------------

    async def create(self, index: int, part: AnswerPart, mark: str) -> str:
        if not self._elsewhere:
            await self._check_root()
        if isinstance(part, CodeFile):
            return await self._upload(index, part)
        if isinstance(part, StreamPart):
            if self._stream is None:
                raise PlatformUnavailable("streams are for direct messages")
            return await self._stream.open(part.text, self.leave)
        to = {"channel": self._asker} if self._elsewhere else {"channel": self._channel, "thread_ts": self._root}
        answer = await self._calls.post(
            "chat.postMessage",
            final=self._final,
            before=self.leave,
            **to,
            **content(part),
            metadata=finding.metadata(self.lease.turn_id, index),
            unfurl_links=False,
            unfurl_media=False,
            mrkdwn=True,
        )
        if self._elsewhere:
            return f"dm:{answer['channel']}:{answer['ts']}"
        await self._check_thread(answer)
        return str(answer["ts"])

    @property
    def _asker(self) -> str:
        """Slack opens the direct messages with a person whose id is given for a channel."""
        return self.lease.messages[-1].author.id.removeprefix("slack:")

    async def _check_root(self) -> None:
        """Raises SlackRefused when the question is gone; when it cannot be asked, `_check_thread` still sees it."""
        try:
            await self._calls.look("chat.getPermalink", channel=self._channel, message_ts=self._root)
        except SlackRefused as refused:
            if refused.code in GONE:
                raise
        except PlatformUnavailable as fault:
            log.info("question not looked at", extra={"turn": self.lease.turn_id, "reason": str(fault)})

    async def _check_thread(self, answer: Any) -> None:
        """The question is gone, and Slack has put the answer into the channel: https://github.com/slack-go/slack/issues/1571."""
        if (answer.get("message") or {"thread_ts": "?"}).get("thread_ts"):
            return
        log.warning("question gone, answer withdrawn", extra={"turn": self.lease.turn_id})
        self._stray = str(answer["ts"])
        await self._take_away_stray()
        raise SlackRefused("chat.postMessage", GONE[0])

    async def _take_away_stray(self) -> None:
        if self._stray:
            await self.remove(self._stray)
            self._stray = ""
            self._ladder.step([Refusal(Lack.QUESTION)])

    async def _upload(self, index: int, file: CodeFile) -> str:
        to: dict[str, Any] = {"channel": self._channel, "thread_ts": self._root}
        if self._elsewhere:
            dms = [post_id.split(":")[1] for post_id in self.post_ids if post_id.startswith("dm:")]
            to = {"channel": dms[-1] if dms else self._asker}
        name = finding.file_mark(self.lease.turn_id, index) + file.name
        await self.leave()
        try:
            async with asyncio.timeout(UPLOAD_SECONDS):
                answer = await self._calls.connected().files_upload_v2(
                    **to, content=file.text, filename=name, title=file.name
                )
        except Exception as fault:
            code = error_code(getattr(fault, "response", None))
            if code != "not JSON" and getattr(fault.response, "status_code", 0) == 200:  # type: ignore[attr-defined]
                raise SlackRefused("files.upload", code) from fault
            raise PlatformUnavailable(f"files.upload: {type(fault).__name__}") from fault
        return f"file:{answer['file']['id']}"

    async def edit(self, post_id: str, index: int, part: AnswerPart) -> None:
        if isinstance(part, StreamPart):
            return  # somebody else has begun it
        if index == 0:
            await self.close_stream()
        if isinstance(part, CodeFile) or post_id.startswith("file:"):
            if isinstance(part, CodeFile) != post_id.startswith("file:"):
                raise PlatformUnavailable("a message cannot become a file")
            return  # a file is sent once, and whole
        try:
            await self._update(post_id, index, part)
        except SlackRefused as refused:
            if refused.code != "streaming_state_conflict":
                raise
            await end_stream(self._calls, **self._where(post_id))  # left open by a worker that died
            await self._update(post_id, index, part)

    async def _update(self, post_id: str, index: int, part: SlackPart) -> None:
        """A stream took no metadata while it was open: its first edit names the turn."""
        said = content(part)
        if self._stream:
            said["metadata"] = finding.metadata(self.lease.turn_id, index)
        await self._calls.repeatable("chat.update", final=self._final, before=self.hold, **self._where(post_id), **said)

    async def close_stream(self) -> None:
        if self._stream and self._stream.is_open:
            await self._stream.close()
            self.share.owes_stop = False

    def _where(self, post_id: str) -> dict[str, Any]:
        """`dm:CHANNEL:TS` stands in the asker's direct messages, anything else in the thread's channel."""
        if post_id.startswith("dm:"):
            _, channel, ts = post_id.split(":")
            return {"channel": channel, "ts": ts}
        return {"channel": self._channel, "ts": post_id}

    async def remove(self, post_id: str) -> None:
        await self.close_stream()
        before = self.hold if post_id in self.post_ids else None  # what counts may be our successor's by now
        await removing.take_away(self._calls, post_id, self._where(post_id), before)

    # --- finding it again ----------------------------------------------------------------------------------------------

    async def find(self, index: int, tried: Posted) -> str | None:
        """Raises PlatformUnavailable where it cannot be read now."""
        if self._stray:
            return None
        try:
            return await finding.in_thread(self._calls, self._channel, self._root, partial(self._found, index=index))
        except SlackRefused as refused:
            if refused.code in GONE:
                ours = partial(finding.match, turn_id=self.lease.turn_id, index=index)
                self._stray = await finding.in_channel(self._calls, self._channel, self._root, ours) or ""
                return None
            if refused.code in (*NO_ENTRY, *LASTING):
                # It can never be looked for; a second copy is less bad than a question without an answer.
                log.warning("not looked for", extra={"turn": self.lease.turn_id, "reason": refused.code})
                return None
            raise PlatformUnavailable(str(refused)) from refused

    def _found(self, message: Any, index: int) -> str:
        found = finding.match(message, self.lease.turn_id, index)
        if found or self._stream is None or index:
            return found
        return finding.unnamed(message, self.lease.messages[0].id)
