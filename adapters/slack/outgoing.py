"""Answers in Slack: post and edit in place, so that everybody in the channel sees the progress.

Every post carries its turn in its metadata, so that one whose confirmation was lost can be found again. No post is un-threaded: Slack
puts an answer to a deleted question into the channel, so the reply's own thread is looked at and a stray is deleted.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from adapters.delivery import Pages
from adapters.downloads import download
from adapters.slack import formatting, incoming, manifest, mrkdwn
from adapters.slack.calls import SlackCalls, SlackRefused
from adapters.slack.formatting import SlackPart
from adapters.slack.incoming import Ourselves
from bot import phrases
from bot.conversation import Attachment, Button, Message, View
from bot.errors import PlatformUnavailable
from bot.markdown import CodeFile
from bot.ports import Lease, LivePost, Outbox, Platform
from bot.text import sanitise

log = logging.getLogger(__name__)

EVENT_TYPE = "plumbline_turn"
TOO_LONG = ("msg_too_long", "msg_blocks_too_long", "invalid_blocks", "invalid_blocks_format", "block_mismatch")
GONE = (
    "message_not_found",
    "thread_not_found",
    "cant_update_message",
    "cant_delete_message",
    "channel_not_found",
    "is_archived",
)
NO_FILES = ("missing_scope", "not_allowed_token_type", "file_uploads_disabled", "restricted_action")
LABELS = {"stop": "Stop", "retry": "Retry", "good": "👍", "bad": "👎"}
EPHEMERAL_PARTS = 4
"""response_url takes five posts in half an hour."""

Part = SlackPart | CodeFile


class SlackPlatform(Platform):
    """The worker's side of Slack: the Web API alone, no socket."""

    name = "slack"

    def __init__(self, token: str, api_url: str = "https://slack.com/api/") -> None:
        self.calls = SlackCalls(token, api_url)
        self._ours: Ourselves | None = None
        self._names: dict[str, str] = {}

    async def ourselves(self) -> Ourselves:
        if self._ours is None:
            answer = await self.calls.repeatable("auth.test")
            self._ours = Ourselves(str(answer["user_id"]), str(answer["bot_id"]))
        return self._ours

    async def names(self, users: Sequence[str]) -> Mapping[str, str]:
        """Each user's name as people see it; the id where it cannot be had."""
        for user in users:
            if user and user not in self._names:
                try:
                    answer = await self.calls.read("users.info", user=user)
                except (SlackRefused, PlatformUnavailable) as fault:
                    log.warning("name not found", extra={"reason": str(fault)})
                    continue
                profile = answer["user"].get("profile", {})
                found = profile.get("display_name") or profile.get("real_name") or answer["user"].get("name")
                self._names[user] = sanitise(str(found or user))
        return self._names

    async def open(self, lease: Lease, outbox: Outbox) -> LivePost:
        address = lease.messages[-1].route.get("response_url")
        return PrivatePost(address, lease, outbox) if address else SlackPost(self.calls, lease, outbox)

    async def earlier(self, message: Message) -> Sequence[Message]:
        thread = message.thread
        if message.id == thread.thread or message.route.get("response_url"):
            return ()
        arguments = {"channel": thread.channel, "ts": thread.thread, "latest": message.id, "limit": 100}
        try:
            answer = await self.calls.read("conversations.replies", **arguments)
        except SlackRefused as refused:
            raise PlatformUnavailable(str(refused)) from refused
        events = [event for event in answer["messages"] if event["ts"] != message.id]
        ours = await self.ourselves()
        people = [str(event.get("user") or "") for event in events] + [
            one for e in events for one in incoming.mentioned(e)
        ]
        names = await self.names(people)
        said = [incoming.to_earlier(event, thread, ours, names) for event in events]
        return [one for one in said if one]

    async def read(self, attachment: Attachment, limit_bytes: int) -> bytes:
        hosts = (urlsplit(self.calls.base_url).hostname or "", "slack.com", ".slack.com")
        return await download(
            attachment.url,
            hosts,
            limit_bytes,
            attachment.media_type,
            refused=phrases.slack_file_refused(),
            headers={"Authorization": f"Bearer {self.calls.token}"},
        )

    async def check(self) -> Sequence[str]:
        try:
            answer = await self.calls.repeatable("auth.test")
        except SlackRefused as refused:
            return [f"SLACK_BOT_TOKEN is not accepted ({refused.code}); copy it anew from OAuth & Permissions"]
        except PlatformUnavailable as fault:
            return [f"cannot be reached ({fault}); check the network and SLACK_API_URL"]
        granted = {scope.strip() for scope in str(answer.headers.get("x-oauth-scopes", "")).split(",")}
        missing = sorted(set(manifest.SCOPES) - granted) if granted != {""} else []
        uses = "; ".join(f"{scope} ({manifest.SCOPES[scope]})" for scope in missing)
        return (
            [f"missing scopes: {uses}; update the app from `plumbline manifest slack` and install it again"]
            if missing
            else []
        )

    async def start(self) -> None:
        """Nothing to log in to; who we are is asked when it is needed."""

    async def close(self) -> None:
        session = self.calls.client.session
        if session and not session.closed:
            await session.close()


class SlackPost(Pages[Part], LivePost):
    """One answer in its thread."""

    pause_seconds = 1.2
    """chat.update is one of 50 a minute for the workspace, and about one a second for a message."""

    read_back_seconds = 5.0

    def __init__(self, calls: SlackCalls, lease: Lease, outbox: Outbox) -> None:
        super().__init__(lease, outbox)
        self._calls = calls
        self._channel, self._root = lease.thread.channel, lease.thread.thread
        self._files = True
        self._plain = False
        self._gone = False

    async def draw(self, view: View) -> None:
        for _ in range(3):
            if self._gone:
                return
            try:
                await self.show(self._parts(view))
            except SlackRefused as refused:
                self._step_down(refused)
            else:
                return

    def _step_down(self, refused: SlackRefused) -> None:
        """The next best way to say the same, once for each reason."""
        log.warning("refused", extra={"turn": self.lease.turn_id, "reason": str(refused)})
        if refused.code in TOO_LONG and not self._plain:
            self._plain = True
        elif refused.code in NO_FILES and self._files:
            self._files = False
        elif refused.code in GONE:
            self._gone = True
        else:
            raise PlatformUnavailable(str(refused)) from refused

    def _parts(self, view: View) -> list[Part]:
        drawn = _plain_parts(view) if self._plain else formatting.render(view, files=self._files)
        buttons = _buttons(view.buttons)
        if buttons and drawn:
            drawn[-1] = SlackPart((*drawn[-1].blocks, buttons), drawn[-1].text, drawn[-1].file)
        elif buttons:
            drawn = [SlackPart((buttons,), " ")]
        parts: list[Part] = []
        for part in drawn:
            parts.append(SlackPart(part.blocks, part.text))
            if part.file:
                parts.append(part.file)
        return parts

    async def create(self, index: int, part: Part, mark: str) -> str:
        if isinstance(part, CodeFile):
            return await self._upload(index, part)
        answer = await self._calls.post(
            "chat.postMessage",
            channel=self._channel,
            thread_ts=self._root,
            blocks=list(part.blocks),
            text=part.text,
            metadata={"event_type": EVENT_TYPE, "event_payload": {"turn": self.lease.turn_id, "index": index}},
            unfurl_links=False,
            unfurl_media=False,
            link_names=False,
            mrkdwn=True,
        )
        ts = str(answer["ts"])
        if not (answer.get("message") or {}).get("thread_ts"):
            # The question is gone, and Slack has put the answer into the channel: https://github.com/slack-go/slack/issues/1571.
            self._gone = True
            log.warning("question gone, answer withdrawn", extra={"turn": self.lease.turn_id})
            await self._calls.repeatable("chat.delete", channel=self._channel, ts=ts)
        return ts

    def _file_mark(self, index: int) -> str:
        """What the names of this turn's files begin with, so that one can be found again; people see the title."""
        return f"{self.lease.turn_id}-{index}-"

    async def _upload(self, index: int, file: CodeFile) -> str:
        name = self._file_mark(index) + file.name
        try:
            answer = await self._calls.client.files_upload_v2(
                channel=self._channel, thread_ts=self._root, content=file.text, filename=name, title=file.name
            )
        except Exception as fault:
            code = getattr(getattr(fault, "response", None), "data", {})
            name = code.get("error", "") if isinstance(code, dict) else ""
            if name:
                raise SlackRefused("files.upload", NO_FILES[0] if name in NO_FILES else name) from fault
            raise PlatformUnavailable(f"files.upload: {type(fault).__name__}") from fault
        return f"file:{answer['file']['id']}"

    async def edit(self, post_id: str, index: int, part: Part) -> None:
        if isinstance(part, CodeFile) or post_id.startswith("file:"):
            if isinstance(part, CodeFile) != post_id.startswith("file:"):
                raise PlatformUnavailable("a message cannot become a file")
            return  # a file is sent once, and whole
        await self._calls.repeatable(
            "chat.update", channel=self._channel, ts=post_id, blocks=list(part.blocks), text=part.text, link_names=False
        )

    async def remove(self, post_id: str) -> None:
        try:
            if post_id.startswith("file:"):
                await self._calls.repeatable("files.delete", file=post_id.removeprefix("file:"))
            else:
                await self._calls.repeatable("chat.delete", channel=self._channel, ts=post_id)
        except SlackRefused as refused:
            if refused.code not in (*GONE, "file_not_found", "file_deleted"):
                raise

    async def find(self, index: int, mark: str) -> str | None:
        """By the turn in a message's metadata, or in a file's name. Raises PlatformUnavailable where it cannot be read."""
        arguments = {"channel": self._channel, "ts": self._root, "limit": 200, "include_all_metadata": "true"}
        cursor = ""
        while True:
            try:
                answer = await self._calls.read("conversations.replies", **arguments, cursor=cursor)
            except SlackRefused as refused:
                if refused.code in GONE:
                    return None  # the question is deleted, and the thread with it
                raise PlatformUnavailable(str(refused)) from refused
            for message in answer["messages"]:
                metadata = message.get("metadata") or {}
                payload = metadata.get("event_payload") or {}
                if metadata.get("event_type") == EVENT_TYPE and payload == {"turn": self.lease.turn_id, "index": index}:
                    return str(message["ts"])
                for file in message.get("files") or ():
                    if str(file.get("name", "")).startswith(self._file_mark(index)):
                        return f"file:{file['id']}"
            cursor = (answer.get("response_metadata") or {}).get("next_cursor", "")
            if not cursor:
                return None


class PrivatePost(LivePost):
    """An answer for the asker alone, by the slash command's response_url: nothing while it is written, then all of it."""

    pause_seconds = 60.0

    def __init__(self, address: str, lease: Lease, outbox: Outbox) -> None:
        self._address = address
        self._lease = lease
        self._outbox = outbox

    async def draw(self, view: View) -> None:
        if not view.final:
            return
        said = "\n\n".join((view.text, *(f"_{mrkdwn.escape(notice)}_" for notice in view.notices)))
        parts = mrkdwn.mrkdwn(said)
        if len(parts) > EPHEMERAL_PARTS:
            parts = [*parts[: EPHEMERAL_PARTS - 1], parts[EPHEMERAL_PARTS - 1][:3_500] + "\n" + phrases.private_cut()]
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
        body = {"response_type": "ephemeral", "text": text, "replace_original": False, "unfurl_links": False}
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=15)) as session,
                session.post(self._address, json=body) as answer,
            ):
                if answer.status != 200:
                    log.warning("private answer refused", extra={"turn": self._lease.turn_id, "status": answer.status})
        except (aiohttp.ClientError, TimeoutError) as fault:
            raise PlatformUnavailable(f"response_url: {type(fault).__name__}") from fault


def _buttons(buttons: Sequence[Button]) -> dict[str, Any] | None:
    if not buttons:
        return None
    elements = [
        {
            "type": "button",
            "action_id": f"plumbline:{button.action}",
            "value": button.turn_id,
            "text": {"type": "plain_text", "text": LABELS[button.action], "emoji": True},
        }
        for button in buttons
    ]
    return {"type": "actions", "elements": elements}


def _plain_parts(view: View) -> list[SlackPart]:
    """The same content in plain sections, for when the blocks were refused."""
    said = "\n\n".join(part for part in (view.text, *view.notices, view.status) if part)
    texts = mrkdwn.mrkdwn(said, limit=2_900)
    return [SlackPart(({"type": "section", "text": {"type": "mrkdwn", "text": text}},), text[:3_000]) for text in texts]
