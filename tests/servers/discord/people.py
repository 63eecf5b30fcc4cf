"""What people, other bots and moderators do at our Discord."""

from __future__ import annotations

import time
from typing import Any, Self

from aiohttp import web

from tests.servers.discord.rest import Rest
from tests.servers.discord.state import (
    BOT,
    CHANNEL,
    DM,
    FOREIGN,
    FOREIGN_GUILD,
    FORUM,
    GUILD,
    TAGS,
    Interaction,
    Json,
    Post,
    now,
)

KINDS: dict[type, int] = {str: 3, bool: 5, dict: 11}


class DiscordServer(Rest):
    """The whole server; every act waits until the bot listens, unless told otherwise."""

    def __init__(self, *, privileged: bool = True, port: int = 0) -> None:
        super().__init__(privileged=privileged, port=port)
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=64 * 1024 * 1024, middlewares=[self.health.middleware])
        app.add_routes(
            [
                web.get("/gateway", self._gateway),
                web.get("/cdn/{file}", self._download),
                web.route("*", "/api/v10/{path:.*}", self._api),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._socket and not self._socket.closed:
            await self._socket.close()
        await self.health.stop()
        if self._runner:
            await self._runner.cleanup()
        self.health.check()

    # --- messages ------------------------------------------------------------------------------------------------------

    async def user_says(
        self,
        content: str,
        *,
        user: str = "1",
        channel: str = CHANNEL,
        files: list[Json] | None = None,
        wait: bool = True,
        copies: int = 1,
        reply_to: str = "",
        pings: bool = True,
        forwards: str = "",
        embeds: list[Json] | None = None,
        webhook: bool = False,
        components: list[Json] | None = None,
        poll: Json | None = None,
        stickers: list[Json] | None = None,
        kind: int = 0,
    ) -> str:
        """Say something in a channel, a thread (its id) or directly (DM); the message's id."""
        if wait:
            await self.until(lambda: self.is_heard, 20)
        post = Post(self._snowflake(), channel, user, content, attachments=files or [], embeds=embeds or [])
        post.reference, post.pings_author, post.forwarded, post.webhook = reply_to, pings, forwards, webhook
        post.components, post.poll, post.stickers = components or [], poll, stickers or []
        post.kind = kind
        self.posts[post.id] = post
        for _ in range(copies):
            await self._dispatch("MESSAGE_CREATE", self._as_event(post))
        return post.id

    def file(self, name: str, data: bytes, content_type: str | None = "text/plain") -> Json:
        file_id = self._snowflake()
        self.downloads[file_id] = data
        found: Json = {"id": file_id, "filename": name, "size": len(data), "proxy_url": ""}
        found["url"] = f"{self.url}/cdn/{file_id}"
        return found | ({"content_type": content_type} if content_type else {})

    def expire(self, file: Json) -> None:
        """The file's address ends; a message that is read again has a new one."""
        old = file["url"].rpartition("/")[2]
        new = self._snowflake()
        self.downloads[new] = self.downloads.pop(old)
        file["url"] = f"{self.url}/cdn/{new}"

    async def edits(self, message: str, content: str, *, files: list[Json] | None = None) -> None:
        """The author changes the words (and the files)."""
        post = self.posts[message]
        post.content, post.edited_at = content, now()
        post.attachments = post.attachments if files is None else files
        await self._dispatch("MESSAGE_UPDATE", self._as_event(post))

    async def unfurls(self, message: str) -> None:
        """Discord adds the preview of an address: no edit by anybody."""
        self.posts[message].embeds = [{"type": "rich", "title": "A page", "description": "about something"}]
        await self._dispatch("MESSAGE_UPDATE", self._as_event(self.posts[message]))

    async def unfurls_in_part(self, message: str) -> None:
        """The same, told without the rest of the message, as Discord did for years."""
        body = {"id": message, "channel_id": self.posts[message].channel, "guild_id": GUILD}
        await self._dispatch("MESSAGE_UPDATE", body | {"embeds": [{"type": "rich", "title": "A page"}]})

    async def pins(self, message: str) -> None:
        self.posts[message].pinned = True
        await self._dispatch("MESSAGE_UPDATE", self._as_event(self.posts[message]))

    async def deletes(self, *messages: str) -> None:
        """The author or a moderator deletes; several at once are deleted in bulk."""
        found = [self.posts[one] for one in messages]
        if len(found) == 1:
            await self._delete(found[0])
            return
        for post in found:
            del self.posts[post.id]
        gone = {"ids": list(messages), "channel_id": found[0].channel, "guild_id": GUILD}
        await self._dispatch("MESSAGE_DELETE_BULK", gone)

    # --- threads and channels ------------------------------------------------------------------------------------------

    async def deletes_thread(self, thread: str) -> None:
        parent = self.parent(thread)
        del self.threads[thread]
        self._drop(thread)
        await self._dispatch("THREAD_DELETE", {"id": thread, "guild_id": GUILD, "parent_id": parent, "type": 11})

    async def changes_channel(self, channel: str, overwrites: list[Json]) -> None:
        """A moderator changes who may see it."""
        self.overwrites[channel] = overwrites
        await self._dispatch("CHANNEL_UPDATE", self._channel(channel))

    async def deletes_channel(self, channel: str) -> None:
        gone = self._channel(channel)
        for thread in [one for one in self.threads if self.parent(one) == channel]:
            del self.threads[thread]
            self._drop(thread)
        del self.channels[channel]
        self._drop(channel)
        await self._dispatch("CHANNEL_DELETE", gone)

    def _drop(self, channel: str) -> None:
        for post in [one for one in self.posts.values() if one.channel == channel]:
            del self.posts[post.id]

    async def forum_post(
        self, title: str, content: str, *, user: str = "1", message_first: bool = False, tags: tuple[str, ...] = ()
    ) -> str:
        """A new post in the forum: a thread and its first message, which share an id; told in either order."""
        await self.until(lambda: self.is_heard, 20)
        post = Post(self._snowflake(), "", user, content)
        post.channel = post.id
        self.threads[post.id], self.parents[post.id], self.posts[post.id] = title, FORUM, post
        self.tagged[post.id] = [tag for tag, name in TAGS.items() if name in tags]
        told = [
            ("THREAD_CREATE", {**self._thread(post.id), "newly_created": True}),
            ("MESSAGE_CREATE", self._as_event(post)),
        ]
        for kind, body in told[::-1] if message_first else told:
            await self._dispatch(kind, body)
        return post.id

    async def opens_thread(self, message: str, name: str) -> str:
        """A person makes a thread of a message in the channel."""
        self.threads[message], self.openers[message] = name, "1"
        await self._dispatch("THREAD_CREATE", {**self._thread(message), "newly_created": True})
        return message

    async def renames(self, thread: str, name: str, *, user: str = "1") -> None:
        await self._rename(thread, name, user)
        await self._dispatch("THREAD_UPDATE", self._thread(thread))

    async def archives(self, thread: str, *, locks: bool = False) -> None:
        self.archived.add(thread)
        if locks:
            self.locked.add(thread)
        await self._dispatch("THREAD_UPDATE", self._thread(thread))

    async def adds_us(self, server: str, *channels: str) -> None:
        """Somebody adds the bot to a server of their own, with these channels."""
        self.servers.append(server)
        self.elsewhere |= dict.fromkeys(channels, server)
        self.channels |= dict.fromkeys(channels, 0)
        told = self._guild(server)
        del told["unavailable"]  # which is told of servers that we were in before
        await self._dispatch("GUILD_CREATE", told)

    # --- interactions --------------------------------------------------------------------------------------------------

    async def slash(
        self, name: str, *, user: str = "1", channel: str = CHANNEL, copies: int = 1, **options: Any
    ) -> Interaction:
        """Use a slash command; returns at once, what follows is seen in the interaction. A file's option is what `file()` gave."""
        written, resolved = [], {}
        for key, value in options.items():
            if isinstance(value, dict):
                resolved[value["id"]] = value
            shown = value["id"] if isinstance(value, dict) else value
            written.append({"name": key, "type": KINDS[type(value)], "value": shown})
        data = {"id": "900", "name": name, "type": 1, "options": written, "resolved": {"attachments": resolved}}
        return await self._interact(2, data, user, channel, copies=copies)

    async def menu(self, message: str, *, user: str = "1", name: str = "Ask Plumbline about this") -> Interaction:
        """Use the menu of a message, which comes whole whatever intents the bot has."""
        post = self.posts[message]
        was, self.privileged, intents, self.intents = self.privileged, True, self.intents, 0
        shown = self._as_message(post)
        self.privileged, self.intents = was, intents
        data: Json = {"id": "902", "name": name, "type": 3, "target_id": message}
        return await self._interact(2, data | {"resolved": {"messages": {message: shown}}}, user, post.channel)

    async def click(self, post: Post, label: str, *, user: str = "1") -> Interaction:
        """Press a button under a message."""
        buttons = [one for row in post.components for one in row["components"]]
        (button,) = [one for one in buttons if one["label"] == label]
        data = {"custom_id": button["custom_id"], "component_type": 2}
        return await self._interact(3, data, user, post.channel, post)

    async def interacts(
        self, kind: int, data: Json, *, post: Post | None = None, channel: str = CHANNEL
    ) -> Interaction:
        """What people do with what an app has left somewhere: old commands (2) and buttons (3), choices (4), forms (5)."""
        return await self._interact(kind, data, "1", channel, post)

    async def _interact(
        self, kind: int, data: Json, user: str, channel: str, post: Post | None = None, copies: int = 1
    ) -> Interaction:
        await self.until(lambda: self.is_heard, 20)
        new = Interaction(self._snowflake(), f"token{next(self._numbers)}", channel, time.monotonic())
        new.foreign, new.user, new.kind = channel == FOREIGN, user, kind
        self.interactions[new.token] = new
        body: Json = {"id": new.id, "application_id": BOT, "type": kind, "token": new.token, "version": 1, "data": data}
        body |= {"channel_id": channel, "channel": self._channel(channel), "entitlements": [], "locale": "en-US"}
        owners = {"1": user} if new.foreign else {"0": "0" if channel == DM else self.home(channel)}
        body |= {"attachment_size_limit": 10 * 1024 * 1024, "authorizing_integration_owners": owners}
        body |= {"app_permissions": "0" if new.foreign else self.rights, "context": 1 if channel == DM else 0}
        if channel == DM:
            body |= {"user": self._user(user)}
        else:
            guild = FOREIGN_GUILD if new.foreign else self.home(channel)
            body |= {"guild_id": guild, "guild": {"id": guild, "features": [], "locale": "en-US"}}
            body |= {"member": {**self._member(user), "user": self._user(user)}}
        if post:
            body["message"] = self._as_message(post)
        for _ in range(copies):
            await self._dispatch("INTERACTION_CREATE", body)
        return new
