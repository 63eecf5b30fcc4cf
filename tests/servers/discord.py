"""Discord on loopback: REST and gateway, with their limits and faults, as far as a bot can tell.

    async with DiscordServer() as discord:
        ... a bot with DISCORD_API_URL=discord.api_url ...
        question = await discord.user_says("<@100> how?")
        await discord.until(lambda: discord.visible(question))

`python -m tests.servers.discord --port 9002` serves it for a bot of another process. Limits and error codes:
github.com/discord/discord-api-docs; five sends and, separately, five edits in five seconds for each channel, as seen in the wild.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import random
import re
import time
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self

from aiohttp import WSMsgType, web

Json = dict[str, Any]

BOT, GUILD, CHANNEL, DM, ROLE = "100", "200", "300", "400", "500"
PEOPLE = {"1": "Ana", "2": "Ben", BOT: "Plumbline"}
EPOCH_MS = 1420070400000
MESSAGE_CONTENT = 1 << 15
RIGHTS = str(1 << 10 | 1 << 11 | 1 << 15 | 1 << 16 | 1 << 35 | 1 << 38)


@dataclass(slots=True)
class Post:
    """One message."""

    id: str
    channel: str
    author: str
    content: str
    components: list[Json] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    versions: list[str] = field(default_factory=list)
    nonce: str = ""
    reference: str = ""
    flags: int = 0
    attachments: list[Json] = field(default_factory=list)
    ephemeral: bool = False


@dataclass(slots=True)
class Interaction:
    """A slash command or a press, and how the bot met it."""

    id: str
    token: str
    channel: str
    at: float
    acked_after: float | None = None
    ephemeral: bool = False
    original: str = ""
    expired: bool = False


class DiscordServer:
    """One guild with one text channel, one person's direct messages, one bot. `privileged` False refuses message content."""

    def __init__(self, *, privileged: bool = True, port: int = 0) -> None:
        self.privileged = privileged
        self.posts: dict[str, Post] = {}
        self.threads: dict[str, str] = {}
        self.calls: list[tuple[str, str]] = []
        self.refusals: list[str] = []
        self.pings: list[str] = []
        self.denied: set[str] = set()
        self.faults: defaultdict[str, deque[str]] = defaultdict(deque)
        self.interactions: dict[str, Interaction] = {}
        self.commands: list[Json] = []
        self.downloads: dict[str, bytes] = {}
        self.random = random.Random(0)
        self.cut_share = 0.0
        """Of sends, those whose connection is cut after they were taken."""
        self.heartbeat_ms = 41_250
        self.is_zombie = False
        """The connection stays open, and nothing is sent."""
        self.forgets_session = False
        """A resume is answered with an invalid session (op 9)."""
        self.identifies = 0
        self.resumes = 0
        self.intents = 0
        self._numbers = itertools.count(1)
        self._sequence = 0
        self._sent: list[Json] = []
        self._socket: web.WebSocketResponse | None = None
        self.is_heard = False
        self._used: defaultdict[tuple[str, str], deque[float]] = defaultdict(deque)
        self._changed = asyncio.Event()
        self._port = port
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def api_url(self) -> str:
        return f"{self.url}/api/v10"

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=64 * 1024 * 1024)
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
        if self._runner:
            await self._runner.cleanup()

    # --- what people do ------------------------------------------------------------------------------------------------

    async def user_says(
        self,
        content: str,
        *,
        user: str = "1",
        channel: str = CHANNEL,
        files: list[Json] | None = None,
        wait: bool = True,
    ) -> str:
        """Say something in a channel, a thread (its id) or directly (DM), by default once the bot listens; the message's id."""
        if wait:
            await self.until(lambda: self.is_heard, 20)
        post = Post(self._snowflake(), channel, user, content, attachments=files or [])
        self.posts[post.id] = post
        await self._dispatch("MESSAGE_CREATE", self._as_event(post))
        return post.id

    def file(self, name: str, data: bytes, content_type: str | None = "text/plain") -> Json:
        file_id = self._snowflake()
        self.downloads[file_id] = data
        found = {
            "id": file_id,
            "filename": name,
            "size": len(data),
            "url": f"{self.url}/cdn/{file_id}",
            "proxy_url": "",
        }
        return found | ({"content_type": content_type} if content_type else {})

    async def slash(self, name: str, *, user: str = "1", channel: str = CHANNEL, **options: Any) -> Interaction:
        """Use a slash command; returns at once, what follows is seen in the interaction."""
        kinds = {str: 3, bool: 5}
        written = [{"name": key, "type": kinds[type(value)], "value": value} for key, value in options.items()]
        data = {"id": "900", "name": name, "type": 1, "options": written}
        return await self._interact(2, data, user, channel)

    async def click(self, post: Post, label: str, *, user: str = "1") -> Interaction:
        """Press a button under a message."""
        buttons = [one for row in post.components for one in row["components"]]
        (button,) = [one for one in buttons if one["label"] == label]
        data = {"custom_id": button["custom_id"], "component_type": 2}
        return await self._interact(3, data, user, post.channel, post)

    async def _interact(self, kind: int, data: Json, user: str, channel: str, post: Post | None = None) -> Interaction:
        await self.until(lambda: self.is_heard, 20)
        new = Interaction(self._snowflake(), f"token{next(self._numbers)}", channel, time.monotonic())
        self.interactions[new.token] = new
        body: Json = {"id": new.id, "application_id": BOT, "type": kind, "token": new.token, "version": 1, "data": data}
        body |= {"channel_id": channel, "channel": self._channel(channel), "entitlements": [], "locale": "en-US"}
        body["attachment_size_limit"] = 10 * 1024 * 1024
        body |= {"app_permissions": RIGHTS, "authorizing_integration_owners": {"0": GUILD}, "context": 0}
        if channel == DM:
            body |= {"user": self._user(user)}
        else:
            body |= {"guild_id": GUILD, "guild": {"id": GUILD}, "member": {**self._member(), "user": self._user(user)}}
        if post:
            body["message"] = self._as_event(post)
        await self._dispatch("INTERACTION_CREATE", body)
        return new

    # --- what people see -----------------------------------------------------------------------------------------------

    def visible(self, channel: str) -> list[Post]:
        """The bot's messages in a channel or thread, in order."""
        return [
            post
            for post in self.posts.values()
            if post.channel == channel and post.author == BOT and not post.ephemeral
        ]

    def is_final(self, channel: str) -> bool:
        labels = [
            one["label"] for post in self.visible(channel) for row in post.components for one in row["components"]
        ]
        return bool(labels) and "Stop" not in labels

    async def until(self, condition: Callable[[], Any], seconds: float = 15) -> Any:
        """Wait for something to be seen; an AssertionError that names the last calls when it is not."""
        try:
            async with asyncio.timeout(seconds):
                while not (value := condition()):
                    self._changed.clear()
                    waiting = asyncio.create_task(self._changed.wait())
                    await asyncio.wait({waiting}, timeout=0.2)
                    waiting.cancel()
                return value
        except TimeoutError:
            raise AssertionError(f"not seen within {seconds} s; the last calls were {self.calls[-12:]}") from None

    # --- gateway -------------------------------------------------------------------------------------------------------

    async def _gateway(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        await socket.send_json({"op": 10, "d": {"heartbeat_interval": self.heartbeat_ms}, "s": None, "t": None})
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                continue
            body = json.loads(message.data)
            if self.is_zombie:
                continue
            if body["op"] == 6 and self.forgets_session:
                self._sent.clear()
                await socket.send_json({"op": 9, "d": False, "s": None, "t": None})
            elif body["op"] == 1:
                await socket.send_json({"op": 11, "d": None, "s": None, "t": None})
            elif body["op"] == 2:
                self.identifies += 1
                self.intents = int(body["d"]["intents"])
                if self.intents & MESSAGE_CONTENT and not self.privileged:
                    await socket.close(code=4014, message=b"Disallowed intent(s).")
                    break
                self._socket = socket
                await self._ready()
                self.is_heard = True
            elif body["op"] == 6:
                self.resumes += 1
                self._socket = socket
                for event in [one for one in self._sent if one["s"] > body["d"]["seq"]]:
                    await socket.send_json(event)
                await self._dispatch("RESUMED", {})
                self.is_heard = True
        if self._socket is socket:
            self.is_heard = False
        return socket

    async def _ready(self) -> None:
        ready = {"v": 10, "user": self._user(BOT), "guilds": [{"id": GUILD, "unavailable": True}], "session_id": "s1"}
        ready |= {
            "resume_gateway_url": self.url.replace("http", "ws") + "/gateway",
            "application": {"id": BOT, "flags": 0},
        }
        await self._dispatch("READY", ready)
        role = {
            "id": ROLE,
            "name": "Plumbline",
            "color": 0,
            "hoist": False,
            "position": 1,
            "permissions": RIGHTS,
            "managed": True,
        }
        role |= {"mentionable": True, "tags": {"bot_id": BOT}, "flags": 0, "colors": {"primary_color": 0}}
        everyone = {**role, "id": GUILD, "name": "@everyone", "managed": False, "tags": {}}
        guild: Json = {
            "id": GUILD,
            "name": "Team",
            "owner_id": "1",
            "roles": [everyone, role],
            "emojis": [],
            "features": [],
        }
        guild |= {
            "channels": [self._channel(CHANNEL)],
            "threads": [self._thread(one) for one in self.threads],
            "members": [],
        }
        guild["members"] = [{**self._member(), "user": self._user(BOT), "roles": [ROLE]}]
        guild |= {
            "member_count": 3,
            "large": False,
            "joined_at": self._now(),
            "premium_tier": 0,
            "preferred_locale": "en-US",
        }
        guild |= {
            "verification_level": 0,
            "default_message_notifications": 0,
            "explicit_content_filter": 0,
            "mfa_level": 0,
        }
        guild |= {"afk_timeout": 300, "nsfw_level": 0, "system_channel_flags": 0, "voice_states": [], "presences": []}
        guild |= {
            "stage_instances": [],
            "guild_scheduled_events": [],
            "stickers": [],
            "soundboard_sounds": [],
            "unavailable": False,
        }
        await self._dispatch("GUILD_CREATE", guild)

    async def _dispatch(self, kind: str, data: Json) -> None:
        self._sequence += 1
        event = {"op": 0, "t": kind, "s": self._sequence, "d": data}
        self._sent.append(event)
        if self._socket and not self._socket.closed and not self.is_zombie:
            await self._socket.send_json(event)
        self._changed.set()

    async def drop_gateway(self) -> None:
        """The connection is lost; the bot resumes, and gets again what it has not confirmed."""
        self.is_heard = False
        if self._socket:
            await self._socket.close(code=4000)

    # --- REST ----------------------------------------------------------------------------------------------------------

    async def _api(self, request: web.Request) -> web.StreamResponse:
        path, method = request.match_info["path"], request.method
        self.calls.append((method, path))
        self._changed.set()
        authorised = request.headers.get("Authorization", "").startswith("Bot good") or path.startswith(
            ("webhooks", "interactions")
        )
        if not authorised:
            return refusal(401, 0, "401: Unauthorized")
        kind = self._kind(method, path)
        fault = self.faults[kind].popleft() if self.faults[kind] else ""
        if kind == "send" and self.random.random() < self.cut_share:
            fault = fault or "cut"
        if fault and fault != "cut":
            return web.Response(status=int(fault), text="<html>")
        headers, over = self._limit(kind, path)
        if over:
            return over
        try:
            answer = await self._route(request, method, path)
        except Refused as refused:
            self.refusals.append(f"{method} {path}: {refused.code}")
            return refusal(refused.status, refused.code, refused.words)
        self._changed.set()
        if fault == "cut" and request.transport:
            request.transport.abort()
        if answer is None:
            return web.Response(status=204, headers=headers)
        return as_json(answer, headers=headers)

    @staticmethod
    def _kind(method: str, path: str) -> str:
        if re.fullmatch(r"channels/\d+/messages", path) and method == "POST":
            return "send"
        if re.fullmatch(r"channels/\d+/messages/\d+", path) and method == "PATCH":
            return "edit"
        return f"{method} {path.split('/')[0]}"

    def _limit(self, kind: str, path: str) -> tuple[Json, web.Response | None]:
        if kind not in ("send", "edit"):
            return {}, None
        used, now = self._used[kind, path.split("/")[1]], time.monotonic()
        while used and used[0] < now - 5:
            used.popleft()
        reset = 5 - (now - used[0]) if used else 5.0
        headers = {"X-RateLimit-Limit": "5", "X-RateLimit-Reset-After": f"{reset:.3f}", "X-RateLimit-Bucket": kind}
        headers["X-RateLimit-Reset"] = f"{time.time() + reset:.3f}"
        if len(used) >= 5:
            self.refusals.append(f"{kind} {path}: 429")
            body = {"message": "You are being rate limited.", "retry_after": reset, "global": False}
            return headers, as_json(body, status=429, headers={**headers, "X-RateLimit-Remaining": "0", "Via": "1.1"})
        used.append(now)
        return {**headers, "X-RateLimit-Remaining": str(5 - len(used))}, None

    async def _route(self, request: web.Request, method: str, path: str) -> Any:
        match (method, *path.split("/")):
            case ("POST", "users", "@me", "channels"):
                return self._channel(DM)
            case ("GET", "users", "@me"):
                return self._user(BOT)
            case ("GET", "oauth2" | "applications", *_) if path.endswith("@me"):
                flags = 1 << 18 if self.privileged else 0
                return {"id": BOT, "name": "Plumbline", "flags": flags, "owner": self._user("1"), "bot_public": True} | {
                    "bot_require_code_grant": False, "description": "", "verify_key": "", "summary": "", "icon": None
                }  # fmt: skip
            case ("GET", "gateway", *_):
                limit = {"total": 1000, "remaining": 999, "reset_after": 0, "max_concurrency": 1}
                return {"url": self.url.replace("http", "ws") + "/gateway", "shards": 1, "session_start_limit": limit}
            case ("GET", "applications", _, "commands"):
                return self.commands
            case ("PUT", "applications", _, "commands"):
                given = await request.json()
                base = {"application_id": BOT, "version": "1", "default_member_permissions": None}
                self.commands = [{"id": str(900 + n), "description": "", **base, **one} for n, one in enumerate(given)]
                return self.commands
            case ("POST", "channels", channel, "messages"):
                return self._send(channel, *await self._body(request))
            case ("PATCH", "channels", channel, "messages", message):
                return self._edit(self._find(channel, message), *await self._body(request))
            case ("DELETE", "channels", channel, "messages", message):
                del self.posts[self._find(channel, message).id]
                return None
            case ("GET", "channels", channel, "messages"):
                return self._history(channel, request.query)
            case ("GET", "channels", channel, "messages", message):
                return self._as_event(self._find(channel, message))
            case ("POST", "channels", channel, "messages", message, "threads"):
                return await self._start_thread(channel, message, await request.json())
            case ("POST", "interactions", _, token, "callback"):
                return await self._callback(token, await request.json())
            case (_, "webhooks", _, token, *rest):
                return await self._webhook(request, method, self._alive(token), rest)
        raise Refused(404, 0, f"404: {method} {path}")

    async def _body(self, request: web.Request) -> tuple[Json, dict[str, str]]:
        if not request.content_type.startswith("multipart/"):
            return await request.json(), {}
        form = await request.post()
        files = {one.filename: one.file.read().decode() for one in form.values() if isinstance(one, web.FileField)}
        return json.loads(str(form["payload_json"])), files

    def _check(self, channel: str, body: Json, files: dict[str, str]) -> None:
        if channel not in (CHANNEL, DM) and channel not in self.threads:
            raise Refused(404, 10003, "Unknown Channel")
        if channel in self.threads and "send_in_threads" in self.denied:
            raise Refused(403, 50013, "Missing Permissions")
        if files and "attach_files" in self.denied:
            raise Refused(403, 50013, "Missing Permissions")
        content = body.get("content") or ""
        if len(content) > 2_000:
            raise Refused(400, 50035, "Must be 2000 or fewer in length.")
        if "content" in body and not content.strip() and not files:
            raise Refused(400, 50006, "Cannot send an empty message")
        allowed = body.get("allowed_mentions")
        if allowed is None or allowed.get("parse"):
            self.pings += re.findall(r"@everyone|@here|<@[!&]?\d+>", re.sub(r"`[^`]*`", "", content))

    def _send(self, channel: str, body: Json, files: dict[str, str]) -> Json:
        self._check(channel, body, files)
        nonce = str(body.get("nonce") or "")
        if nonce and body.get("enforce_nonce"):
            if len(nonce) > 25:
                raise Refused(400, 50035, "Must be 25 or fewer in length.")
            known = [post for post in self.posts.values() if post.nonce == nonce and post.channel == channel]
            if known:
                return self._as_event(known[0])
        reference = str((body.get("message_reference") or {}).get("message_id", ""))
        post = Post(self._snowflake(), channel, BOT, body.get("content") or "", body.get("components") or [], files)
        post.nonce, post.reference, post.flags = nonce, reference, int(body.get("flags") or 0)
        post.versions.append(post.content)
        self.posts[post.id] = post
        return self._as_event(post)

    def _edit(self, post: Post, body: Json, files: dict[str, str]) -> Json:
        self._check(post.channel, body, files)
        if "content" in body:
            post.content = body["content"] or ""
            post.versions.append(post.content)
        if "components" in body:
            post.components = body["components"] or []
        post.files |= files
        return self._as_event(post)

    def _history(self, channel: str, query: Mapping[str, str]) -> list[Json]:
        """The newest before, or the oldest after, some message; the newest first, as Discord lists them."""
        before, after, limit = (
            int(query.get("before", 1 << 63)),
            int(query.get("after", 0)),
            int(query.get("limit", 50)),
        )
        posts = sorted((post for post in self.posts.values() if post.channel == channel), key=lambda post: int(post.id))
        posts = [post for post in posts if after < int(post.id) < before]
        posts = posts[:limit] if "after" in query else posts[-limit:]
        return [self._as_event(post) for post in reversed(posts)]

    def _last(self, channel: str) -> str | None:
        ids = [int(post.id) for post in self.posts.values() if post.channel == channel]
        return str(max(ids)) if ids else None

    async def _start_thread(self, channel: str, message: str, body: Json) -> Json:
        if "create_public_threads" in self.denied:
            raise Refused(403, 50013, "Missing Permissions")
        self._find(channel, message)
        if message in self.threads:
            raise Refused(400, 160004, "A thread has already been created for this message")
        if not 1 <= len(body["name"]) <= 100:
            raise Refused(400, 50035, "Must be between 1 and 100 in length.")
        self.threads[message] = body["name"]
        await self._dispatch("THREAD_CREATE", {**self._thread(message), "newly_created": True})
        return self._thread(message)

    async def _callback(self, token: str, body: Json) -> Json:
        interaction = self.interactions[token]
        if interaction.acked_after is not None:
            raise Refused(400, 40060, "Interaction has already been acknowledged.")
        if time.monotonic() - interaction.at > 3:
            raise Refused(404, 10062, "Unknown interaction")
        interaction.acked_after = time.monotonic() - interaction.at
        interaction.ephemeral = bool((body.get("data") or {}).get("flags", 0) & 64)
        post = Post(self._snowflake(), interaction.channel, BOT, "", ephemeral=interaction.ephemeral)
        self.posts[post.id] = post
        interaction.original = post.id
        shown = {"id": interaction.id, "type": 2, "response_message_id": post.id, "response_message_loading": True}
        return {"interaction": {**shown, "response_message_ephemeral": interaction.ephemeral}}

    def _alive(self, token: str) -> Interaction:
        interaction = self.interactions.get(token)
        if interaction is None or interaction.acked_after is None:
            raise Refused(404, 10015, "Unknown Webhook")
        if interaction.expired:
            raise Refused(401, 50027, "Invalid Webhook Token")
        return interaction

    async def _webhook(self, request: web.Request, method: str, interaction: Interaction, rest: list[str]) -> Any:
        post = self.posts[interaction.original]
        if method == "GET":
            return self._as_event(post)
        if method == "PATCH":
            return self._edit(post, *await self._body(request))
        if rest:
            raise Refused(404, 0, "404")
        body, files = await self._body(request)
        self._check(interaction.channel, body, files)
        follow = Post(self._snowflake(), interaction.channel, BOT, body.get("content") or "", files=files)
        follow.ephemeral = bool(body.get("flags", 0) & 64)
        self.posts[follow.id] = follow
        return self._as_event(follow)

    async def _download(self, request: web.Request) -> web.Response:
        data = self.downloads.get(request.match_info["file"])
        return web.Response(body=data) if data is not None else web.Response(status=404, text="gone")

    # --- objects -------------------------------------------------------------------------------------------------------

    def _find(self, channel: str, message: str) -> Post:
        post = self.posts.get(message)
        if post is None or post.channel != channel:
            raise Refused(404, 10008, "Unknown Message")
        return post

    def _user(self, user: str) -> Json:
        name = PEOPLE[user]
        return {
            "id": user,
            "username": name.lower(),
            "global_name": name,
            "discriminator": "0",
            "avatar": None,
            "bot": user == BOT,
        }

    def _member(self) -> Json:
        return {"roles": [], "joined_at": self._now(), "deaf": False, "mute": False, "flags": 0, "permissions": RIGHTS}

    def _channel(self, channel: str) -> Json:
        if channel in self.threads:
            return self._thread(channel)
        if channel == DM:
            return {"id": DM, "type": 1, "recipients": [self._user("1")], "last_message_id": self._last(DM)}
        return {"id": channel, "type": 0, "guild_id": GUILD, "name": "general", "position": 0, "permission_overwrites": []} | {
            "last_message_id": self._last(channel), "nsfw": False, "parent_id": None, "topic": None, "permissions": RIGHTS
        }  # fmt: skip

    def _thread(self, thread: str) -> Json:
        times = {"archived": False, "auto_archive_duration": 1440, "archive_timestamp": self._now(), "locked": False}
        return {"id": thread, "type": 11, "guild_id": GUILD, "parent_id": CHANNEL, "owner_id": BOT, "name": self.threads[thread]} | {
            "last_message_id": self._last(thread), "message_count": 1, "member_count": 1, "rate_limit_per_user": 0, "flags": 0,
            "thread_metadata": {**times, "create_timestamp": self._now()}, "permissions": RIGHTS,
        }  # fmt: skip

    def _as_event(self, post: Post) -> Json:
        people = [self._user(one) for one in re.findall(r"<@!?(\d+)>", post.content) if one in PEOPLE]
        roles = re.findall(r"<@&(\d+)>", post.content)
        hears = bool(self.intents & MESSAGE_CONTENT) or post.author == BOT or post.channel == DM
        hears = hears or any(one["id"] == BOT for one in people)
        body: Json = {
            "id": post.id,
            "channel_id": post.channel,
            "author": self._user(post.author),
            "type": 19 if post.reference else 0,
        }
        body |= {
            "content": post.content if hears else "",
            "timestamp": self._now(),
            "edited_timestamp": None,
            "tts": False,
        }
        body |= {"mention_everyone": False, "mentions": people, "mention_roles": roles, "pinned": False, "embeds": []}
        body |= {"attachments": post.attachments if hears else [], "components": post.components, "flags": post.flags}
        body |= {"nonce": post.nonce} if post.nonce else {}
        return body if post.channel == DM else body | {"guild_id": GUILD, "member": self._member()}

    def _snowflake(self) -> str:
        return str((int(time.time() * 1000) - EPOCH_MS) << 22 | next(self._numbers) & 0xFFF)

    @staticmethod
    def _now() -> str:
        return datetime.now(UTC).isoformat()


class Refused(Exception):
    """Discord's error: HTTP status, its own code, its words."""

    def __init__(self, status: int, code: int, words: str) -> None:
        super().__init__(words)
        self.status, self.code, self.words = status, code, words


def as_json(body: Any, *, status: int = 200, headers: Json | None = None) -> web.Response:
    """JSON with exactly the content type that Discord sends: discord.py compares it to the letter."""
    return web.Response(
        body=json.dumps(body).encode(), status=status, headers={"Content-Type": "application/json", **(headers or {})}
    )


def refusal(status: int, code: int, words: str) -> web.Response:
    return as_json({"code": code, "message": words}, status=status)


async def _main(port: int) -> None:
    async with DiscordServer(port=port) as server:
        print(f"DISCORD_API_URL={server.api_url}", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description="A Discord of our own on loopback.")
    arguments.add_argument("--port", type=int, default=9002)
    asyncio.run(_main(arguments.parse_args().port))
