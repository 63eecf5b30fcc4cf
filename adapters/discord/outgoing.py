"""The worker's side of Discord: opens the place of an answer, reads what was said and sent. REST alone, no gateway."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import discord
from discord.http import Route

from adapters.clocks import PlatformClock
from adapters.discord import contents, incoming, phrases
from adapters.discord.budget import CALLS_PER_SECOND, CallBudget
from adapters.discord.calls import CALL_SECONDS, Calls, discord_errors, new_client
from adapters.discord.directory import DiscordDirectory
from adapters.discord.office import NOBODY, Office
from adapters.discord.posts import DiscordPost
from adapters.discord.private import PrivatePost
from adapters.discord.reading import before, single
from adapters.discord.refusals import NO_ACCESS, NO_RIGHTS
from adapters.discord.replies import words
from adapters.discord.threads import DIRECT
from adapters.downloads import download
from bot.conversation import Attachment, Message, ThreadId
from bot.errors import FileUnreadable, PlatformUnavailable
from bot.ports.doors import LivePost, Platform, Reply
from bot.ports.inbox import Lease, Outbox
from bot.ports.policy import Facts, Look, Marks
from bot.writing.text import sanitise

log = logging.getLogger(__name__)

FILE_HOSTS = ("cdn.discordapp.com", "media.discordapp.net")
LOOKED_AT = 100
"""Of a thread that may be ours, the newest."""

MOST_EARLIER = 500
"""Of a thread, the newest, besides what it started from. How much of it fits into a question is the prompt's business."""


def point_at(api_url: str) -> None:
    """Where discord.py sends its requests: one address for the whole process, kept by the library in a class."""
    Route.BASE = api_url.rstrip("/")


MOST_NAMES = 5
"""Of channels that a thread names, which are asked for one by one."""

OUR_SHARE = 0.9
"""Of all calls: the gateway and the desk make a few that nobody counts."""


class DiscordPlatform(Platform):
    """One client and one budget for all answers of this process. `calls_per_second` is what Discord grants the bot over all calls.
    `servers` and `marks` as in DiscordDirectory."""

    name = "discord"

    def __init__(
        self,
        token: str,
        api_url: str = "https://discord.com/api/v10",
        *,
        calls_per_second: float = CALLS_PER_SECOND,
        servers: Sequence[str] = (),
        marks: Marks | None = None,
        on_refusal: Callable[[str], None] = lambda code: None,
    ) -> None:
        self._token = token
        self.on_refusal = on_refusal
        self.clock = PlatformClock(self.name)
        self._api_url = api_url
        self.budget = CallBudget(OUR_SHARE * calls_per_second)
        self._office: Office | None = None
        self._opening = asyncio.Lock()
        self.directory = DiscordDirectory(self.office, servers, marks)
        self._hosts = (*FILE_HOSTS, urlsplit(api_url).hostname or "")

    async def office(self) -> Office:
        """Logged in. Raises PlatformUnavailable when Discord is away, or refuses the token."""
        async with self._opening:
            if self._office is None:
                point_at(self._api_url)
                client = new_client(self.on_refusal, self.clock, self.budget)
                async with contextlib.AsyncExitStack() as undone:
                    undone.push_async_callback(client.close)
                    await self.budget.call(final=False)
                    try:
                        async with discord_errors("login"), asyncio.timeout(CALL_SECONDS):
                            await client.login(self._token)
                    except (discord.DiscordException, TimeoutError, PlatformUnavailable) as fault:
                        said = str(fault) if isinstance(fault, PlatformUnavailable) else f"login: {fault}"
                        raise PlatformUnavailable(said) from fault
                    finally:
                        self.budget.landed()
                    undone.pop_all()
                self._office = Office(client, Calls(self.budget), self.budget, self.clock)
            return self._office

    async def client(self) -> discord.Client:
        return (await self.office()).client

    async def open(self, lease: Lease, outbox: Outbox) -> LivePost:
        office, route = await self.office(), dict(lease.messages[-1].route)
        if "token" in route:
            return PrivatePost(office, route, lease, outbox)
        return DiscordPost(office, lease, outbox)

    async def whisper(self, message: Message, text: str) -> bool:
        office = await self.office()
        try:
            user = int(message.author.id.removeprefix("discord:"))
            opened = await office.calls.make("direct message", office.client.http.start_private_message(user))
            channel = office.client.get_partial_messageable(int(opened["id"]))
            for index, part in enumerate(words(Reply(text, private=True))):
                nonce = f"w{message.id}.{index}"
                saying = channel.send(part, nonce=nonce, allowed_mentions=NOBODY, suppress_embeds=True)
                await office.calls.make("direct message", saying)
        except discord.HTTPException as refused:
            log.info("not whispered", extra={"code": refused.code})
            return False
        return True

    async def facts(self, look: Look) -> Facts:
        return await self.directory.facts(look)

    async def earlier(self, message: Message) -> Sequence[Message]:
        """What stands in the thread before this, with the message it started from, which lives in the channel, or in a forum in the
        thread itself."""
        begins = "start" in message.route or "token" in message.route
        if begins or message.thread.workspace == DIRECT:
            return ()
        office = await self.office()
        client, thread = office.client, int(message.thread.thread)
        if client.user is None:
            return ()
        said: list[discord.Message] = []
        try:
            said = await before(office.calls, client, thread, int(message.id), MOST_EARLIER)
        except discord.HTTPException as fault:
            if fault.code in (NO_RIGHTS, NO_ACCESS):
                office.unread.add(message.thread)
            log.info("what was said earlier is not readable", extra={"code": fault.code})
        for place in (int(message.thread.channel), thread):
            if any(one.id == thread for one in said) or str(thread) == message.id:
                break
            try:
                root = await office.calls.make("history", single(client, place, thread))
                said[:0] = [root] if root else []
            except discord.HTTPException as fault:
                log.info("the thread's first message is not readable there", extra={"code": fault.code})
        called = await self._called(office, message.thread, said)
        heard = [incoming.to_earlier(one, message.thread, client.user, called) for one in said]
        found = [one for one in heard if one]
        if found and found[0].id == message.thread.thread and said[0].channel.id == thread:
            found[0] = replace(found[0], text=f"{await self._titled(office, thread)}\n\n{found[0].text}".strip())
        if found and len(said) >= MOST_EARLIER and (unread := await self._unread(office, thread, said)):
            found[0] = replace(found[0], unread=unread)
        return found

    def begun_at(self, thread: ThreadId) -> datetime | None:
        is_thread = thread.workspace != DIRECT and thread.thread.isdigit()
        return discord.utils.snowflake_time(int(thread.thread)) if is_thread else None

    async def took_part(self, message: Message) -> bool:
        """An answer among the newest messages; else whether the thread is one that we opened."""
        office, thread = await self.office(), int(message.thread.thread)
        ours = office.client.user
        try:
            said = await before(office.calls, office.client, thread, int(message.id), LOOKED_AT)
            if ours is None or any(
                (one := incoming.to_earlier(found, message.thread, ours)) and one.ours for found in said
            ):
                return ours is not None
            facts: Any = await office.calls.make("thread", office.client.http.get_channel(thread))
        except discord.HTTPException as fault:
            log.info("a thread is not readable", extra={"thread_id": str(message.thread), "code": fault.code})
            return False
        return str(facts.get("owner_id")) == str(ours.id)

    @staticmethod
    async def _titled(office: Office, thread: int) -> str:
        """What stands over a post in a forum; "" where that cannot be read."""
        http = office.client.http
        try:
            post: Any = await office.calls.make("thread", http.get_channel(thread))
            used = {str(one) for one in post.get("applied_tags") or ()}
            forum: Any = await office.calls.make("channel", http.get_channel(int(post["parent_id"]))) if used else {}
        except (discord.HTTPException, PlatformUnavailable) as fault:
            log.info("a post's title is not known", extra={"reason": type(fault).__name__})
            return ""
        tags = (str(one["name"]) for one in forum.get("available_tags") or () if str(one["id"]) in used)
        return contents.titled(str(post.get("name") or ""), tags)

    @staticmethod
    async def _unread(office: Office, thread: int, said: Sequence[discord.Message]) -> int:
        """How many messages stand there besides, at least: Discord counts those since the question, too."""
        try:
            facts: Any = await office.calls.make("thread", office.client.http.get_channel(thread))
        except (discord.HTTPException, PlatformUnavailable) as fault:
            log.info("a thread cannot be asked about", extra={"reason": type(fault).__name__})
            return 1
        return max(0, int(facts.get("message_count") or 0) - len(said)) // 10 * 10

    @staticmethod
    async def _called(office: Office, thread: ThreadId, said: Sequence[discord.Message]) -> Mapping[str, str]:
        """What the roles and channels are called that are named in it: without a gateway the library knows no server."""
        wanted = {str(one) for message in said for one in contents.called_in(message)} - office.called.keys()
        http = office.client.http
        try:
            if wanted:
                roles: Any = await office.calls.make("roles", http.get_roles(int(thread.workspace)))
                office.called |= {str(role["id"]): sanitise(str(role["name"])) for role in roles}
            for one in sorted(wanted - office.called.keys())[:MOST_NAMES]:
                office.called[one] = ""
                channel: Any = await office.calls.make("channel", http.get_channel(int(one)))
                office.called[one] = sanitise(str(channel.get("name") or ""))
        except (discord.HTTPException, PlatformUnavailable) as fault:
            log.info("names of roles and channels not found", extra={"reason": type(fault).__name__})
        return {one: name for one, name in office.called.items() if name}

    async def read(self, attachment: Attachment, limit_bytes: int) -> bytes:
        """A file's address ends after a day; the message that it hangs on has a new one."""
        try:
            return await self._download(attachment.url, attachment, limit_bytes)
        except FileUnreadable:
            url = await self._new_url(attachment)
            if url in ("", attachment.url):
                raise
        return await self._download(url, attachment, limit_bytes)

    async def _download(self, url: str, attachment: Attachment, limit_bytes: int) -> bytes:
        gone = phrases.file_gone()
        return await download(url, self._hosts, limit_bytes, attachment.media_type, refused=gone)

    async def _new_url(self, attachment: Attachment) -> str:
        """Read the file's message again; "" where there is none."""
        place, file_id = contents.place_of(attachment)
        if place is None:
            return ""
        try:
            office = await self.office()
            message = await office.calls.make("message of a file", single(office.client, *place))
        except (discord.HTTPException, PlatformUnavailable) as fault:
            log.info("the file's message is not readable", extra={"reason": type(fault).__name__})
            return ""
        if message is None:
            return ""
        files = [*message.attachments, *(one for shot in message.message_snapshots for one in shot.attachments)]
        return next((one.url for one in files if str(one.id) == file_id), "")

    def shared_by(self, workers: int) -> None:
        self.budget.share_with(workers)

    async def check(self) -> Sequence[str]:
        try:
            client = await self.client()
            application = await client.application_info()
        except (PlatformUnavailable, discord.HTTPException, discord.RateLimited) as fault:
            if isinstance(fault.__cause__, discord.LoginFailure):
                return ["DISCORD_BOT_TOKEN is not accepted; reset and copy it anew (developer portal, Bot)"]
            return [f"cannot be reached ({fault}); check the network and DISCORD_API_URL"]
        flags = application.flags
        if not (flags.gateway_message_content or flags.gateway_message_content_limited):
            return [phrases.no_message_content()]
        return []

    async def start(self) -> None:
        """Logging in waits until there is something to post, so that a Discord that is away keeps nobody else waiting."""

    async def close(self) -> None:
        await self.directory.close()
        if self._office:
            await self._office.calls.close()
            await self._office.client.close()
            self._office = None
