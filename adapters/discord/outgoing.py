"""Answers in Discord: a thread for every question, messages edited in place, nobody pinged.

A message carries a nonce made of its turn and place; Discord gives the first message back for a nonce that it has seen, so a send whose
confirmation was lost may be repeated. Edits share five in five seconds with all of a channel, and a thread is its own channel.
"""

from __future__ import annotations

import io
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import aiohttp
import discord
from discord.http import Route

from adapters.delivery import Pages
from adapters.discord import formatting, incoming
from adapters.discord.formatting import DiscordPart
from adapters.downloads import download
from bot import phrases
from bot.conversation import Attachment, Button, Message, ThreadId, View
from bot.errors import NotTaken, PlatformUnavailable
from bot.ports import Lease, LivePost, Outbox, Platform

log = logging.getLogger(__name__)

NOBODY = discord.AllowedMentions.none()
FILE_HOSTS = ("cdn.discordapp.com", "media.discordapp.net")
LABELS = {"stop": "Stop", "retry": "Retry", "good": "👍", "bad": "👎"}
TITLE_CHARACTERS = 90
THREAD_EXISTS, UNKNOWN_MESSAGE, UNKNOWN_CHANNEL, ARCHIVED, NO_ACCESS, NO_RIGHTS = (
    160004,
    10008,
    10003,
    50083,
    50001,
    50013,
)
PRIVATE_PARTS = 4


def point_at(api_url: str) -> None:
    """Where discord.py sends its requests: one address for the whole process, kept by the library in a class."""
    Route.BASE = api_url.rstrip("/")


def custom_id(button: Button, thread: ThreadId) -> str:
    """All that a press needs, in the button itself: it works after a restart. At most 100 characters."""
    return ":".join(("pl", button.action, button.turn_id, thread.workspace, thread.channel, thread.thread))


@asynccontextmanager
async def discord_errors(doing: str) -> AsyncIterator[None]:
    """Around calls: what may pass becomes PlatformUnavailable; a refusal stays discord.py's own error."""
    try:
        yield
    except discord.HTTPException as fault:
        if fault.status == 429:
            raise NotTaken(f"{doing}: rate limited") from fault
        if fault.status >= 500:
            raise PlatformUnavailable(f"{doing}: {fault.status}") from fault
        raise
    except aiohttp.ClientConnectorError as fault:
        raise NotTaken(f"{doing}: not reached") from fault
    except (aiohttp.ClientError, TimeoutError, OSError) as fault:
        raise PlatformUnavailable(f"{doing}: {type(fault).__name__}") from fault


class DiscordPlatform(Platform):
    """The worker's side of Discord: REST alone, no gateway."""

    name = "discord"

    def __init__(self, token: str, api_url: str = "https://discord.com/api/v10") -> None:
        self._token = token
        self._api_url = api_url
        self._client: discord.Client | None = None
        self._hosts = (*FILE_HOSTS, urlsplit(api_url).hostname or "")

    async def client(self) -> discord.Client:
        """Logged in. Raises PlatformUnavailable when Discord is away, or refuses the token."""
        if self._client is None:
            point_at(self._api_url)
            client = discord.Client(intents=discord.Intents.none(), allowed_mentions=NOBODY)
            try:
                async with discord_errors("login"):
                    await client.login(self._token)
            except discord.DiscordException as fault:
                raise PlatformUnavailable(f"login: {fault}") from fault
            self._client = client
        return self._client

    async def open(self, lease: Lease, outbox: Outbox) -> LivePost:
        client, route = await self.client(), lease.messages[-1].route
        if "token" in route:
            return PrivatePost(client, route["app"], route["token"], lease, outbox)
        return DiscordPost(client, lease, outbox)

    async def earlier(self, message: Message) -> Sequence[Message]:
        """What stands in the thread before this, with the message it started from, which lives in the channel."""
        if message.route or message.thread.workspace == incoming.DIRECT:
            return ()
        client = await self.client()
        if client.user is None:
            return ()
        before = discord.Object(int(message.id))
        channel = client.get_partial_messageable(int(message.thread.thread))
        said: list[discord.Message] = []
        try:
            async with discord_errors("history"):
                said = [one async for one in channel.history(limit=50, before=before)][::-1]
                parent = client.get_partial_messageable(int(message.thread.channel))
                said.insert(0, await parent.fetch_message(int(message.thread.thread)))
        except discord.HTTPException as fault:
            log.info("part of what was said earlier is not readable", extra={"code": fault.code})
        found = [incoming.to_earlier(one, message.thread, client.user) for one in said]
        return [one for one in found if one]

    async def read(self, attachment: Attachment, limit_bytes: int) -> bytes:
        gone = phrases.discord_file_gone()
        return await download(attachment.url, self._hosts, limit_bytes, attachment.media_type, refused=gone)

    async def check(self) -> Sequence[str]:
        try:
            client = await self.client()
            application = await client.application_info()
        except (PlatformUnavailable, discord.HTTPException) as fault:
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
        if self._client:
            await self._client.close()
            self._client = None


@dataclass(frozen=True, slots=True)
class Part:
    """One Discord message with its buttons."""

    drawn: DiscordPart
    buttons: tuple[Button, ...] = ()


class DiscordPost(Pages[Part], LivePost):
    """One answer in its thread, or where that cannot be made, in the channel."""

    pause_seconds = 1.3
    """Four edits in five seconds at most: the fifth is kept for the final one."""

    def __init__(self, client: discord.Client, lease: Lease, outbox: Outbox) -> None:
        super().__init__(lease, outbox)
        self._client = client
        self._target: int | None = None
        self._reply_to: int | None = None
        self._files = True
        self._gone = False

    async def draw(self, view: View) -> None:
        for _ in range(3):
            if self._gone:
                return
            drawn = formatting.render(view, files=self._files) or [DiscordPart("…")]
            parts = [Part(one) for one in drawn[:-1]] + [Part(drawn[-1], view.buttons)]
            try:
                await self.show(parts)
            except discord.HTTPException as refused:
                self._step_down(refused)
            else:
                return

    def _step_down(self, refused: discord.HTTPException) -> None:
        """The next best way to say the same."""
        log.warning("refused", extra={"turn": self.lease.turn_id, "code": refused.code, "status": refused.status})
        if refused.code == UNKNOWN_CHANNEL:
            self._gone = True
        elif refused.code in (NO_RIGHTS, NO_ACCESS) and self._files:
            self._files = False
        elif refused.code in (NO_RIGHTS, NO_ACCESS) and self._reply_to is None and self._target != self._channel:
            self._target, self._reply_to = self._channel, self._question
        else:
            raise PlatformUnavailable(f"{refused.status} {refused.code}") from refused

    @property
    def _channel(self) -> int:
        return int(self.lease.thread.channel)

    @property
    def _question(self) -> int:
        return int(self.lease.messages[0].id)

    async def _place(self) -> int:
        """The channel to post in; a question's thread is made when it is first needed, and is made once."""
        if self._target is None:
            thread = int(self.lease.thread.thread)
            starts = any(message.route.get("start") for message in self.lease.messages)
            self._target = await self._start_thread(thread) if starts else thread
        return self._target

    async def _start_thread(self, thread: int) -> int:
        try:
            async with discord_errors("thread"):
                await self._client.http.start_thread_with_message(
                    self._channel, thread, name=title(self.lease.messages[0].text), auto_archive_duration=1440
                )
        except discord.HTTPException as refused:
            if refused.code == THREAD_EXISTS:
                return thread
            log.warning("no thread", extra={"turn": self.lease.turn_id, "code": refused.code})
            self._reply_to = self._question
            return self._channel
        return thread

    async def create(self, index: int, part: Part, mark: str) -> str:
        channel = self._client.get_partial_messageable(await self._place())
        reference = channel.get_partial_message(self._reply_to) if self._reply_to and index == 0 else None
        async with discord_errors("send"):
            sent = await channel.send(
                part.drawn.content,
                nonce=f"{self.lease.turn_id[:16]}.{index}.{mark}",
                suppress_embeds=True,
                allowed_mentions=NOBODY,
                view=_view(part.buttons, self.lease.thread),  # type: ignore[arg-type]
                files=_files(part),
                reference=reference,  # type: ignore[arg-type]
                mention_author=False,
            )
        return f"{channel.id}/{sent.id}"

    async def edit(self, post_id: str, index: int, part: Part) -> None:
        channel, message = self._message(post_id)
        try:
            async with discord_errors("edit"):
                view = _view(part.buttons, self.lease.thread)
                if part.drawn.file:
                    await message.edit(
                        content=part.drawn.content, view=view, allowed_mentions=NOBODY, attachments=_files(part)
                    )
                else:
                    await message.edit(content=part.drawn.content, view=view, allowed_mentions=NOBODY)
        except discord.HTTPException as refused:
            if refused.code == ARCHIVED:
                async with discord_errors("open the thread again"):
                    await self._client.http.edit_channel(channel.id, archived=False)
                raise PlatformUnavailable("the thread was archived") from refused
            if refused.code != UNKNOWN_MESSAGE:
                raise
            log.info("a message of the answer was deleted by somebody", extra={"turn": self.lease.turn_id})

    async def remove(self, post_id: str) -> None:
        try:
            async with discord_errors("delete"):
                await self._message(post_id)[1].delete()
        except discord.NotFound:
            log.info("already deleted", extra={"turn": self.lease.turn_id})

    async def find(self, index: int, mark: str) -> str | None:
        """Discord cannot be asked, but gives back the message that is there for a nonce it has seen, and makes it otherwise."""
        return await self.create(index, Part(DiscordPart("…")), mark)

    def _message(self, post_id: str) -> tuple[discord.PartialMessageable, discord.PartialMessage]:
        channel_id, _, message_id = post_id.partition("/")
        channel = self._client.get_partial_messageable(int(channel_id))
        return channel, channel.get_partial_message(int(message_id))


class PrivatePost(LivePost):
    """An answer for the asker alone: the interaction's own response, which lives for a quarter of an hour."""

    pause_seconds = 2.0

    def __init__(self, client: discord.Client, app: str, token: str, lease: Lease, outbox: Outbox) -> None:
        self._client = client
        self._webhook = discord.Webhook.partial(int(app), token, client=client)
        self._lease = lease
        self._outbox = outbox

    async def draw(self, view: View) -> None:
        first, *others = formatting.render(view, files=False) or [DiscordPart("…")]
        try:
            async with discord_errors("private answer"):
                await self._webhook.edit_message(  # type: ignore[call-overload]
                    "@original",
                    content=first.content,
                    allowed_mentions=NOBODY,
                    view=_view(view.buttons, self._lease.thread),
                )
                if view.final:
                    await self._send(others)
        except discord.HTTPException as refused:
            log.warning("private answer refused", extra={"turn": self._lease.turn_id, "code": refused.code})
            if view.final:
                await self._send_directly([first, *others])

    async def withdraw(self) -> None:
        """A slash command cannot be deleted."""

    async def _send_directly(self, parts: Sequence[DiscordPart]) -> None:
        """The interaction has run out: the answer goes to the asker as a direct message, which is as private."""
        user_id = int(self._lease.messages[-1].author.id.removeprefix("discord:"))
        try:
            async with discord_errors("direct message"):
                opened = await self._client.http.start_private_message(user_id)
                channel = self._client.get_partial_messageable(int(opened["id"]))
                for index, part in enumerate(parts):
                    nonce = f"{self._lease.turn_id[:20]}.{index}"
                    await channel.send(part.content, nonce=nonce, suppress_embeds=True, allowed_mentions=NOBODY)
        except discord.HTTPException as refused:
            # The asker takes no direct messages: there is no private place left, and a public one would break the promise.
            log.exception("private answer undeliverable", extra={"turn": self._lease.turn_id, "code": refused.code})

    async def _send(self, parts: Sequence[DiscordPart]) -> None:
        sent = await self._outbox.posts(self._lease)
        for index, part in enumerate(parts[:PRIVATE_PARTS], 1):
            # Nobody can ask Discord whether one was taken; a second copy, seen by the asker alone, is less bad than none.
            if index not in sent or not sent[index].post_id:
                await self._outbox.attempted(self._lease, index)
                await self._webhook.send(part.content, ephemeral=True, allowed_mentions=NOBODY, suppress_embeds=True)
                await self._outbox.delivered(self._lease, index, "private")
        if len(parts) > PRIVATE_PARTS:
            await self._webhook.send(phrases.private_cut(), ephemeral=True)


def _view(buttons: Sequence[Button], thread: ThreadId) -> discord.ui.View | None:
    if not buttons:
        return None
    view = discord.ui.View(timeout=None)
    for button in buttons:
        style = discord.ButtonStyle.danger if button.action == "stop" else discord.ButtonStyle.secondary
        view.add_item(discord.ui.Button(style=style, label=LABELS[button.action], custom_id=custom_id(button, thread)))
    view.stop()  # the library keeps every living view for good, and presses are heard without it
    return view


def _files(part: Part) -> list[discord.File]:
    file = part.drawn.file
    return [discord.File(io.BytesIO(file.text.encode()), filename=file.name)] if file else []


def title(text: str) -> str:
    """A thread's name from its question: its first words, with nothing in it that could mention anybody."""
    line = next((line.strip("`#>*_ \t") for line in text.splitlines() if line.strip("`#>*_ \t")), "Question")
    line = line.replace("@", "").replace("<", "").replace(">", "")
    return (line if len(line) <= TITLE_CHARACTERS else line[: TITLE_CHARACTERS - 1].rstrip() + "…") or "Question"
