"""Discord's REST: what a bot may call, what it is refused, how often it may call, and what goes wrong on the way."""

from __future__ import annotations

import asyncio
import hashlib
import json
import math
import re
import time
from collections.abc import Iterable, Mapping
from typing import Any

from aiohttp import web

from tests.servers.discord import limits
from tests.servers.discord.buckets import Buckets, Room
from tests.servers.discord.checks import Refused, check_commands, check_message, check_thread, invalid, within
from tests.servers.discord.gateway import Gateway
from tests.servers.discord.limits import SHARED, Limit
from tests.servers.discord.state import (
    BOT,
    COMMAND,
    DM,
    EPHEMERAL,
    FOREIGN,
    FOREIGN_GUILD,
    GUILD,
    LOADING,
    NAME_CHANGE,
    VOICE,
    Interaction,
    Json,
    Post,
    now,
)

AUTOCOMPLETE, CHOICES = 4, 8
"""Typing in an option, and the one way to respond to it:
https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-response-object-interaction-callback-type."""


def no_rights() -> Refused:
    return Refused(403, 50013, "Missing Permissions")


class Rest(Gateway):
    """The bot's calls, one method for each."""

    def __init__(self, *, privileged: bool = True, port: int = 0) -> None:
        super().__init__(privileged=privileged, port=port)
        self.buckets = Buckets()

    async def _api(self, request: web.Request) -> web.StreamResponse:
        answer = await self._answer(request)
        is_invalid = answer.status in (401, 403, 429) and answer.headers.get("X-RateLimit-Scope") != "shared"
        if is_invalid and not self.buckets.take("invalid", "", limits.INVALID).is_taken:
            self.banned_until = time.monotonic() + limits.BANNED_SECONDS
        return answer

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        path, method = request.match_info["path"], request.method
        self.calls.append((method, path))
        self._changed.set()
        if (left := self.banned_until - time.monotonic()) > 0:
            self.knocks.append(path)
            return web.Response(status=429, text="error code: 1015", headers={"Retry-After": str(math.ceil(left))})
        by_token = path.startswith(("webhooks", "interactions"))
        if not (by_token or request.headers.get("Authorization", "").startswith("Bot good")):
            return refusal(401, 0, "401: Unauthorized")
        await asyncio.sleep(self.latency_seconds)
        body, files = await self._body(request)
        kind = kind_of(method, path, body)
        fault = self.faults[kind].popleft() if self.faults[kind] else ""
        if kind == "send" and self.random.random() < self.cut_share:
            fault = fault or "cut"
        if fault.startswith("late:"):  # taken, but on its way for so long
            await asyncio.sleep(float(fault.removeprefix("late:")))
        elif fault and fault != "cut":
            return fail(fault)
        headers, over = self._limit(kind, method, path, by_token=by_token)
        if over:
            return over
        try:
            answer = await self._route(request, method, path, body, files)
        except Refused as refused:
            self.refusals.append(f"{method} {path}: {refused.code}")
            return refusal(refused.status, refused.code, refused.words, headers)
        self._changed.set()
        if fault == "cut" and request.transport:
            request.transport.abort()
        if answer is None:
            return web.Response(status=204, headers=headers)
        return as_json(answer, headers=headers)

    async def _body(self, request: web.Request) -> tuple[Json, dict[str, str]]:
        if request.content_type.startswith("multipart/"):
            form = await request.post()
            files = {one.filename: one.file.read().decode() for one in form.values() if isinstance(one, web.FileField)}
            return json.loads(str(form["payload_json"])), files
        text = await request.text()
        body = json.loads(text) if text else {}
        return (body if isinstance(body, dict) else {"list": body}), {}

    # --- limits --------------------------------------------------------------------------------------------------------

    def _limit(self, kind: str, method: str, path: str, *, by_token: bool) -> tuple[Json, web.Response | None]:
        at = time.monotonic()
        if method != "GET" and not by_token and at < self.shut_until:
            self.knocks.append(path)
            return {}, limited(self.shut_until - at)
        of_all = Limit(self.requests_per_second, 1, "bot")
        if of_all.calls and not by_token and not self.buckets.take("all", "", of_all).is_taken:
            self.refusals.append(f"{method} {path}: 429 of all")
            return {}, limited(0.5, of_all=True)
        bucket = "PATCH channels" if kind == "rename" else kind
        if bucket not in self.buckets.limits:
            return {}, None  # no such route
        place = place_of(path, self.buckets.limits[bucket].of)
        room = self.buckets.take(bucket, place)
        headers = self._headers(bucket, room)
        shared = self.buckets.take(kind, place) if kind in SHARED and room.is_taken else room
        if not shared.is_taken:
            self.refusals.append(f"{kind} {path}: 429")
            scope = "shared" if kind in SHARED and room.is_taken else "user"
            return headers, limited(shared.reset_after, {**headers, "X-RateLimit-Scope": scope})
        return headers, None

    def _headers(self, bucket: str, room: Room) -> Json:
        """The bucket's name is a hash, the same one for every place."""
        return {
            "X-RateLimit-Limit": str(self.buckets.limits[bucket].calls),
            "X-RateLimit-Remaining": str(room.left),
            "X-RateLimit-Reset": f"{time.time() + room.reset_after:.3f}",
            "X-RateLimit-Reset-After": f"{room.reset_after:.3f}",
            "X-RateLimit-Bucket": hashlib.md5(bucket.encode(), usedforsecurity=False).hexdigest(),
        }

    # --- routes --------------------------------------------------------------------------------------------------------

    async def _route(self, request: web.Request, method: str, path: str, body: Json, files: dict[str, str]) -> Any:
        match (method, *path.split("/")):
            case ("POST", "users", "@me", "channels"):
                return self._channel(DM)
            case ("GET", "users", "@me", "guilds"):
                return [
                    {"id": one, "name": f"server-{one}", "owner": False, "permissions": "0"} for one in self.servers
                ]
            case ("GET", "guilds", guild, *rest):
                return self._look_into(guild, rest)
            case ("GET", "users", "@me"):
                return self._user(BOT)
            case ("GET", "oauth2" | "applications", *_) if path.endswith("@me"):
                flags = 1 << 18 if self.privileged else 0
                owner = {"id": BOT, "name": "Plumbline", "flags": flags, "owner": self._user("1"), "bot_public": True}
                empty = dict.fromkeys(("description", "verify_key", "summary"), "")
                return owner | empty | {"bot_require_code_grant": False, "icon": None}
            case ("GET", "gateway", *_):
                limit = {
                    "total": 1000,
                    "remaining": 1000 - self.identifies - self.others_begun,
                    "reset_after": 3_600_000,
                    "max_concurrency": 1,
                }
                return {"url": self.url.replace("http", "ws") + "/gateway", "shards": 1, "session_start_limit": limit}
            case ("GET", "applications", _, "commands"):
                return self.commands
            case ("PUT", "applications", _, "commands"):
                check_commands(body["list"])
                base = {"application_id": BOT, "version": "1", "default_member_permissions": None, "description": ""}
                self.commands = [{"id": str(900 + n), **base, **one} for n, one in enumerate(body["list"])]
                return self.commands
            case ("GET", "channels", channel):
                self._look(channel)
                return self._channel(channel)
            case ("PATCH", "channels", channel):
                return await self._change_thread(channel, body)
            case ("POST", "channels", channel, "messages"):
                return await self._send(channel, body, files)
            case ("PATCH", "channels", channel, "messages", message):
                self._look(channel)
                return await self._edit(self._find(channel, message), body, files)
            case ("DELETE", "channels", channel, "messages", message):
                self._look(channel)
                await self._delete(self._find(channel, message))
                return None
            case ("GET", "channels", channel, "messages", *rest):
                self._look(channel)
                if not self.may("read_history"):
                    raise no_rights() if rest else Refused(403, 50001, "Missing Access")
                return self._as_message(self._find(channel, rest[0])) if rest else self._history(channel, request.query)
            case ("POST", "channels", channel, "messages", message, "threads"):
                return await self._start_thread(channel, message, body)
            case ("POST", "interactions", _, token, "callback"):
                return await self._callback(token, body)
            case (_, "webhooks", _, token, *rest):
                return await self._webhook(method, self._alive(token), rest, body, files)
        raise Refused(404, 0, f"404: {method} {path}")

    def _look_into(self, guild: str, rest: list[str]) -> Any:
        """A server, or one of its members."""
        if guild not in self.servers:
            raise (
                Refused(403, 50001, "Missing Access")
                if guild == FOREIGN_GUILD
                else Refused(404, 10004, "Unknown Guild")
            )
        match rest:
            case []:
                return self._guild(guild)
            case ["roles"]:
                return self._guild(guild)["roles"]
            case ["channels"]:
                return self._guild(guild)["channels"]
            case ["members", user]:
                if user in self.strangers and guild == GUILD:
                    raise Refused(404, 10007, "Unknown Member")
                return {**self._member(user), "user": self._user(user)}
        raise Refused(404, 0, f"404: {rest}")

    def _look(self, channel: str) -> None:
        """May the bot know of this place?"""
        if channel == FOREIGN or (not self.may("view_channel") and channel != DM):
            raise Refused(403, 50001, "Missing Access")
        if channel != DM and channel not in self.threads and channel not in self.channels:
            raise Refused(404, 10003, "Unknown Channel")

    def _check(self, channel: str, body: Json, files: dict[str, str]) -> None:
        if files and not self.may("attach_files"):
            raise no_rights()
        check_message(body, files)
        content = body.get("content") or ""
        if channel != DM and any(word in content for word in self.moderated):
            raise Refused(400, 200000, "Message was blocked by automatic moderation")
        allowed = body.get("allowed_mentions")
        if allowed is None or allowed.get("parse"):
            self.pings += re.findall(r"@everyone|@here|<@[!&]?\d+>", re.sub(r"`[^`]*`", "", content))

    def _check_send(self, channel: str, reference: str) -> None:
        self._look(channel)
        if channel == DM and not self.may("direct_messages"):
            raise Refused(403, 50007, "Cannot send messages to this user")
        if channel in self.locked:
            raise Refused(400, 160005, "Thread is locked")
        right = "send_in_threads" if channel in self.threads else "send_messages"
        if channel != DM and not self.may(right):
            raise no_rights()
        if self.channels.get(channel) == 15:
            raise Refused(400, 50008, "Cannot send messages in a non-text channel")
        if reference and not self.may("read_history"):
            raise Refused(400, 160002, "Cannot reply without permission to read message history")
        if reference and (reference not in self.posts or self.posts[reference].channel != channel):
            raise Refused(400, 50035, "Invalid Form Body: message_reference: Unknown message")

    async def _send(self, channel: str, body: Json, files: dict[str, str]) -> Json:
        reference = str((body.get("message_reference") or {}).get("message_id", ""))
        self._check_send(channel, reference)
        self._check(channel, body, files)
        nonce = str(body.get("nonce") or "")
        if nonce and body.get("enforce_nonce"):
            within(nonce, limits.NONCE)
            if known := _with_nonce(nonce, (one for one in self.posts.values() if one.channel == channel)):
                return self._as_message(known[0])
        if channel in self.archived:
            self.archived.discard(channel)
            await self._dispatch("THREAD_UPDATE", self._thread(channel))
        post = Post(self._snowflake(), channel, BOT, body.get("content") or "", body.get("components") or [], files)
        post.nonce, post.reference, post.flags = nonce, reference, int(body.get("flags") or 0)
        await self._keep(post)
        return self._as_message(post)

    async def _keep(self, post: Post) -> None:
        """A new message of the bot, of which Discord tells it like of any other."""
        post.versions.append(post.content)
        post.drawn_at.append(time.monotonic())
        self.posts[post.id] = post
        if not post.ephemeral and post.channel != FOREIGN:
            await self._dispatch("MESSAGE_CREATE", self._as_event(post))

    async def _edit(self, post: Post, body: Json, files: dict[str, str]) -> Json:
        if post.author != BOT:
            raise Refused(403, 50005, "Cannot edit a message authored by another user")
        if post.channel in self.archived:
            raise Refused(400, 50083, "Thread is archived")
        if post.is_old:
            raise Refused(429, 30046, "Maximum number of edits to messages older than 1 hour reached")
        self._check(post.channel, body, files)
        if "content" in body:
            post.content = body["content"] or ""
            post.versions.append(post.content)
            post.drawn_at.append(time.monotonic())
            post.edited_at = now()
        if "components" in body:
            post.components = body["components"] or []
        post.flags &= ~LOADING
        post.files |= files
        if not post.ephemeral and post.channel != FOREIGN:
            await self._dispatch("MESSAGE_UPDATE", self._as_event(post))
        return self._as_message(post)

    async def _delete(self, post: Post) -> None:
        del self.posts[post.id]
        gone: Json = {"id": post.id, "channel_id": post.channel}
        await self._dispatch("MESSAGE_DELETE", gone if post.channel == DM else gone | {"guild_id": "200"})

    def _history(self, channel: str, query: Mapping[str, str]) -> list[Json]:
        """The newest before, or the oldest after, some message; the newest first, as Discord lists them."""
        before, after = int(query.get("before", 1 << 63)), int(query.get("after", 0))
        limit = int(query.get("limit", 50))
        if not 1 <= limit <= limits.HISTORY.most:
            raise invalid("limit: int value should be between 1 and 100.")
        posts = sorted((post for post in self.posts.values() if post.channel == channel), key=lambda post: int(post.id))
        posts = [post for post in posts if after < int(post.id) < before]
        posts = posts[:limit] if "after" in query else posts[-limit:]
        events = [self._as_message(post) for post in reversed(posts)]
        return [{key: value for key, value in one.items() if key != "nonce"} for one in events]

    async def _start_thread(self, channel: str, message: str, body: Json) -> Json:
        self._look(channel)
        if not self.may("create_public_threads"):
            raise no_rights()
        self._find(channel, message)
        if self.channels.get(channel) in VOICE:
            raise Refused(400, 50024, "Cannot execute action on this channel type")
        if message in self.threads:
            raise Refused(400, 160004, "A thread has already been created for this message")
        check_thread(body.get("name"), body.get("auto_archive_duration"))
        if any(word in body["name"] for word in self.moderated):
            raise Refused(400, 200001, "Title was blocked by automatic moderation")
        self.threads[message] = body["name"]
        if channel in self.elsewhere:
            self.parents[message] = channel
        await self._dispatch("THREAD_CREATE", {**self._thread(message), "newly_created": True})
        return self._thread(message)

    async def _change_thread(self, thread: str, body: Json) -> Json:
        self._look(thread)
        if thread in self.locked or thread not in self.threads:
            raise no_rights()
        if body.get("archived") is False:
            self.archived.discard(thread)
        if "name" in body:
            check_thread(body["name"])
            await self._rename(thread, body["name"], BOT)
        await self._dispatch("THREAD_UPDATE", self._thread(thread))
        return self._thread(thread)

    async def _rename(self, thread: str, name: str, by: str) -> None:
        self.threads[thread] = name
        post = Post(self._snowflake(), thread, by, name, kind=NAME_CHANGE)
        self.posts[post.id] = post
        await self._dispatch("MESSAGE_CREATE", self._as_event(post))

    # --- interactions --------------------------------------------------------------------------------------------------

    async def _callback(self, token: str, body: Json) -> Json:
        interaction = self.interactions[token]
        if interaction.acked_after is not None:
            raise Refused(400, 40060, "Interaction has already been acknowledged.")
        if time.monotonic() - interaction.at > self.ack_seconds:
            raise Refused(404, 10062, "Unknown interaction")
        if (body["type"] == CHOICES) != (interaction.kind == AUTOCOMPLETE):
            raise invalid("type: Value is not valid for this interaction.")
        interaction.acked_after = time.monotonic() - interaction.at
        if body["type"] == CHOICES:
            interaction.choices = body["data"]["choices"]
            return {"interaction": {"id": interaction.id, "type": interaction.kind}}
        interaction.ephemeral = bool((body.get("data") or {}).get("flags", 0) & EPHEMERAL)
        said = str((body.get("data") or {}).get("content") or "")
        post = Post(self._snowflake(), interaction.channel, BOT, said, ephemeral=interaction.ephemeral, kind=COMMAND)
        post.used_by = {"id": interaction.id, "type": 2, "user": self._user(interaction.user)}
        post.flags = (0 if said else LOADING) | (EPHEMERAL if interaction.ephemeral else 0)
        interaction.original = post.id
        await self._keep(post)
        shown = {"id": interaction.id, "type": 2, "response_message_id": post.id, "response_message_loading": True}
        return {
            "interaction": {**shown, "response_message_ephemeral": interaction.ephemeral},
            "resource": {"type": 5, "message": self._as_message(post)},
        }

    def _alive(self, token: str) -> Interaction:
        interaction = self.interactions.get(token)
        if interaction is None or interaction.acked_after is None:
            raise Refused(404, 10015, "Unknown Webhook")
        if interaction.expired or time.monotonic() - interaction.at > self.token_seconds:
            raise Refused(401, 50027, "Invalid Webhook Token")
        return interaction

    async def _webhook(
        self, method: str, interaction: Interaction, rest: list[str], body: Json, files: dict[str, str]
    ) -> Any:
        if rest:
            post = self.posts.get(interaction.original if rest[-1] == "@original" else rest[-1])
            if post is None:
                raise Refused(404, 10008, "Unknown Message")
            if method == "DELETE":
                await self._delete(post)
                return None
            return self._as_message(post) if method == "GET" else await self._edit(post, body, files)
        if interaction.foreign and len(interaction.follow_ups) >= limits.FOREIGN_FOLLOW_UPS.most:
            raise Refused(
                400,
                limits.FOREIGN_FOLLOW_UPS.code,
                "This interaction has reached its maximum number of follow-up messages",
            )
        self._check(interaction.channel, body, files)
        nonce = str(body.get("nonce") or "")
        known = _with_nonce(nonce, (self.posts[one] for one in interaction.follow_ups)) if nonce else []
        if known and body.get("enforce_nonce"):
            return self._as_message(known[0])
        follow = Post(self._snowflake(), interaction.channel, BOT, body.get("content") or "", files=files, nonce=nonce)
        follow.components = body.get("components") or []
        follow.flags = int(body.get("flags") or 0)
        # A follow-up has its own flag only once the loading message has been edited; before, it would stand in its place:
        # https://docs.discord.com/developers/interactions/receiving-and-responding#create-followup-message
        is_loading = bool(self.posts[interaction.original].flags & LOADING)
        follow.ephemeral = interaction.ephemeral or (not is_loading and bool(follow.flags & EPHEMERAL))
        interaction.follow_ups.append(follow.id)
        await self._keep(follow)
        return self._as_message(follow)

    async def _download(self, request: web.Request) -> web.Response:
        data = self.downloads.get(request.match_info["file"])
        if isinstance(data, str):
            return web.Response(text=data, content_type="text/html")
        return web.Response(body=data) if data is not None else web.Response(status=404, text="gone")

    def _find(self, channel: str, message: str) -> Post:
        post = self.posts.get(message)
        if post is None or post.channel != channel:
            raise Refused(404, 10008, "Unknown Message")
        return post


ROUTES = {
    r"POST channels/\d+/messages/\d+/threads": "thread",
    r"POST channels/\d+/messages": "send",
    r"PATCH channels/\d+/messages/\d+": "edit",
    r"DELETE channels/\d+/messages/\d+": "delete",
    r"GET channels/\d+/messages.*": "history",
    r"POST users/@me/channels": "direct",
    r"POST interactions/\d+/[^/]+/callback": "callback",
    r"\w+ webhooks/.*": "webhook",
    r"GET guilds/\d+/members/\d+": "member",
    r"GET guilds/\d+": "server",
    r"GET users/@me/guilds.*": "servers",
}


def kind_of(method: str, path: str, body: Json) -> str:
    """What the limits and the faults call it; the method and the first word where it has no name."""
    if re.fullmatch(r"channels/\d+", path) and "name" in body:
        return "rename"
    named = (name for route, name in ROUTES.items() if re.fullmatch(route, f"{method} {path}"))
    return next(named, f"{method} {path.split('/')[0]}")


def place_of(path: str, of: str) -> str:
    """Whose bucket it is: https://docs.discord.com/developers/topics/rate-limits counts channels and tokens apart."""
    parts = path.split("/")
    return parts[1] if of == "channel" else parts[2] if of == "token" else ""


def as_json(body: Any, *, status: int = 200, headers: Json | None = None) -> web.Response:
    """JSON with exactly the content type that Discord sends: discord.py compares it to the letter."""
    return web.Response(
        body=json.dumps(body).encode(), status=status, headers={"Content-Type": "application/json", **(headers or {})}
    )


def refusal(status: int, code: int, words: str, headers: Json | None = None) -> web.Response:
    return as_json({"code": code, "message": words}, status=status, headers=headers)


def fail(fault: str) -> web.Response:
    """A status with a page, `429:SECONDS` (`429g` for all calls) as Discord writes it, or `STATUS:CODE`, a refusal."""
    status, _, more = fault.partition(":")
    if status in ("429", "429g"):
        return limited(float(more or 1), of_all=status == "429g")
    if more:
        return refusal(int(status), int(more), "Refused")
    return web.Response(status=int(status), text="<html>")


def limited(seconds: float, headers: Json | None = None, *, of_all: bool = False) -> web.Response:
    body = {"message": "You are being rate limited.", "retry_after": seconds, "global": of_all}
    found = {**(headers or {}), "Via": "1.1 google", "Retry-After": str(math.ceil(seconds))}
    glob = {"X-RateLimit-Global": "true", "X-RateLimit-Scope": "global"}
    return as_json(body, status=429, headers=found | (glob if of_all else {}))


def _with_nonce(nonce: str, posts: Iterable[Post]) -> list[Post]:
    """Those of them that Discord still knows by it."""
    since = time.monotonic() - limits.NONCE_SECONDS
    return [one for one in posts if one.nonce == nonce and one.drawn_at[0] > since]
