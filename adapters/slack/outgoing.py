"""The worker's side of Slack: the Web API alone, no socket. Where an answer goes (posts.py, direct.py, private.py), what was said in a
thread before, people's names and files."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from urllib.parse import urlsplit

from adapters.downloads import download
from adapters.slack import contents, files, incoming, manifest, phrases
from adapters.slack.calls import SHUT, SlackCalls, SlackRefused
from adapters.slack.contents import Event, Ourselves
from adapters.slack.direct import StreamPost
from adapters.slack.directory import SlackDirectory
from adapters.slack.earlier import ThreadBefore, to_earlier, took_part
from adapters.slack.names import Names
from adapters.slack.office import Office
from adapters.slack.posts import SlackPost
from adapters.slack.private import PrivatePost
from adapters.slack.replies import whisper
from adapters.slack.threads import is_root
from bot.conversation import Attachment, Author, Message, ThreadId
from bot.errors import FileUnreadable, PlatformUnavailable
from bot.ports.doors import LivePost, Platform, Reply
from bot.ports.inbox import Lease, Outbox
from bot.ports.policy import Facts, Look, Marks
from bot.writing.text import sanitise

log = logging.getLogger(__name__)


class SlackPlatform(Platform):
    name = "slack"

    def __init__(
        self,
        token: str,
        api_url: str = "https://slack.com/api/",
        *,
        name: str,
        marks: Marks | None = None,
        on_refusal: Callable[[str], None] = lambda code: None,
    ) -> None:
        self.calls = SlackCalls(token, api_url, on_refusal=on_refusal)
        self.office = Office(self.calls, name)
        self._names = Names(self.calls)
        self.directory = SlackDirectory(self.calls, self.office, marks)

    async def ourselves(self) -> Ourselves:
        return await self.office.ourselves()

    async def names(self, users: Sequence[str]) -> Mapping[str, str]:
        """Each user's name as people see it; the id where it cannot be had."""
        return await self._names.of(users)

    def zone(self, user: str) -> str:
        """The time zone of a user whose name was asked for, "" where it is not known."""
        return self._names.zone(user)

    def is_person(self, user: str) -> bool:
        """Whether a user whose name was asked for is known to be a person."""
        return self._names.is_person(user)

    async def author(self, user: str, fallback: str = "") -> Author:
        names = await self.names([user])
        return Author(f"slack:{user}", names.get(user) or sanitise(fallback) or user)

    async def open(self, lease: Lease, outbox: Outbox) -> LivePost:
        self.office.notices.pop(str(lease.thread), None)
        address = lease.messages[-1].route.get("response_url")
        if address:
            return PrivatePost(self.office, address, lease, outbox)
        if lease.thread.channel.startswith("D"):
            return StreamPost(self.office, lease, outbox)
        return SlackPost(self.office, lease, outbox)

    async def whisper(self, message: Message, text: str) -> bool:
        return await whisper(self.calls, message, message.author.id.removeprefix("slack:"), Reply(text, private=True))

    async def facts(self, look: Look) -> Facts:
        return await self.directory.facts(look)

    async def earlier(self, message: Message) -> Sequence[Message]:
        thread = message.thread
        if message.id == thread.thread or message.route.get("response_url"):
            return ()
        try:
            read = ThreadBefore(self.calls, message)
            await read.read()
        except SlackRefused as refused:
            if refused.code in SHUT:
                raise PlatformUnavailable(str(refused)) from refused
            self.office.notices[str(thread)] = phrases.no_history(refused.code)
            return ()
        ours = await self.ourselves()
        events = await incoming.with_newest_files(read.events, self)
        names = await self.names([one for event in events for one in contents.people_in(event)])
        names = contents.with_own_names(names, events)
        said = [to_earlier(incoming.said_by_person(event, self), thread, ours, names) for event in events]
        return read.marked([one for one in said if one])

    def begun_at(self, thread: ThreadId) -> datetime | None:
        return incoming.moment(thread.thread) if is_root(thread) else None

    async def took_part(self, message: Message) -> bool:
        try:
            return await took_part(self.calls, message, await self.ourselves())
        except SlackRefused as refused:
            log.info("thread not readable", extra={"thread_id": str(message.thread), "reason": refused.code})
            return False

    async def file_facts(self, file_id: str) -> Event:
        """What a Slack Connect file is, of which an event tells the id only. Raises FileUnreadable."""
        try:
            answer = await self.calls.look("files.info", file=file_id)
        except (SlackRefused, PlatformUnavailable) as fault:
            log.warning("file not looked up", extra={"reason": str(fault)})
            raise FileUnreadable(phrases.file_refused()) from fault
        facts: Event = answer["file"]
        return facts

    async def read(self, attachment: Attachment, limit_bytes: int) -> bytes:
        url, media_type = attachment.url, attachment.media_type
        is_slacks_own = media_type == files.CANVAS
        if media_type == files.HIDDEN:
            raise FileUnreadable(phrases.file_hidden())
        if not url and not is_slacks_own:
            facts = await self.file_facts(attachment.id)
            url = str(facts.get("url_private_download") or facts.get("url_private") or "")
            media_type = str(facts.get("mimetype") or media_type)
            is_slacks_own = files.is_slacks_own(facts)
        if is_slacks_own:
            raise FileUnreadable(phrases.no_canvas())
        hosts = (urlsplit(self.calls.base_url).hostname or "", "slack.com", ".slack.com")
        return await download(
            url,
            hosts,
            limit_bytes,
            media_type,
            refused=phrases.file_refused(),
            headers={"Authorization": f"Bearer {self.calls.token}"},
        )

    def shared_by(self, workers: int) -> None:
        self.calls.budget.share_with(workers)

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
        await self._names.close()
        await self.directory.close()
        await self.calls.close()
