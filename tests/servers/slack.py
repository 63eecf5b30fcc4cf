"""Slack, as far as a bot can tell: Web API, Socket Mode, signed HTTP, with their limits and faults. Loopback only.

    async with SlackServer() as slack:
        ... a bot with SLACK_API_URL=slack.api_url ...
        ts = await slack.user_says("C1", "<@UBOT> how?")
        await slack.until(lambda: slack.texts("C1", ts))

`python -m tests.servers.slack --port 9001` serves it for a bot of another process. What the platform refuses is refused here, under the
platform's own error names; what was sent is kept in `calls`. Limits: docs.slack.dev, and what was measured by others against Slack.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import hmac
import itertools
import json
import random
import re
import time
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, Self

import aiohttp
from aiohttp import WSMsgType, web

Json = dict[str, Any]
Fault = Literal["429", "500", "cut", "html"] | str

TEAM, BOT_USER, BOT_ID = "T1", "UBOT", "BBOT"
PEOPLE = {"U1": "Ana", "U2": "Ben", BOT_USER: "Plumbline"}
SCOPES = (
    "app_mentions:read,channels:history,groups:history,im:history,mpim:history,"
    "chat:write,commands,files:read,files:write,users:read"
)
TIERS = {"chat.update": 50, "conversations.replies": 50, "users.info": 100}
REDELIVER_SECONDS = 0.5


@dataclass(slots=True)
class Post:
    """One message in a channel."""

    ts: str
    user: str
    text: str
    thread_ts: str = ""
    blocks: list[Json] = field(default_factory=list)
    metadata: Json = field(default_factory=dict)
    files: list[Json] = field(default_factory=list)
    versions: list[str] = field(default_factory=list)
    drawn_at: list[float] = field(default_factory=list)
    bot_id: str = ""
    readable_at: float = 0.0

    def event(self) -> Json:
        body: Json = {"type": "message", "user": self.user, "text": self.text, "ts": self.ts, "team": TEAM}
        body |= {"thread_ts": self.thread_ts} if self.thread_ts else {}
        body |= {"blocks": self.blocks} if self.blocks else {}
        body |= {"files": self.files, "subtype": "file_share"} if self.files else {}
        return body | ({"bot_id": self.bot_id} if self.bot_id else {})


class SlackServer:
    """One workspace with one app in it. `limits`: enforce the rate tiers. `signing_secret` and `http_url`: deliver by HTTP."""

    def __init__(self, *, limits: bool = False, http_url: str = "", signing_secret: str = "", port: int = 0) -> None:
        self.limits = limits
        self.http_url = http_url
        self.signing_secret = signing_secret
        self.scopes = SCOPES
        self.calls: list[tuple[str, Json]] = []
        self.faults: defaultdict[str, deque[Fault]] = defaultdict(deque)
        self.channels: defaultdict[str, dict[str, Post]] = defaultdict(dict)
        self.deleted_roots: set[str] = set()
        self.delivered: list[tuple[str, bool]] = []
        self.ephemeral: list[Json] = []
        self.responses: list[Json] = []
        self.uploads: dict[str, Json] = {}
        self.downloads: dict[str, tuple[bytes, str]] = {}
        self.ack_seconds: list[float] = []
        self.refused = 0
        self.most_sockets = 10
        self.opens: list[float] = []
        self.is_zombie = False
        """Connections stay open, and nothing is sent, not even a pong."""
        self.random = random.Random(0)
        self.cut_share = 0.0
        """Of posts, those whose connection is cut after they were taken."""
        self.lag_share, self.lag_seconds = 0.0, 2.0
        """Of posts, those that `conversations.replies` shows only so much later."""
        self._sockets: list[web.WebSocketResponse] = []
        self._acks: dict[str, asyncio.Future[Json]] = {}
        self._used: defaultdict[str, deque[float]] = defaultdict(deque)
        self._numbers = itertools.count(1)
        self._changed = asyncio.Event()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._port = port
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def api_url(self) -> str:
        return f"{self.url}/api/"

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.add_routes(
            [
                web.route("*", "/api/{method}", self._api),
                web.get("/socket", self._socket),
                web.get("/files/{file}", self._download),
                web.post("/upload/{file}", self._upload),
                web.post("/respond", self._respond),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for socket in self._sockets:
            await socket.close()
        if self._runner:
            await self._runner.cleanup()

    # --- what people do ------------------------------------------------------------------------------------------------

    async def user_says(
        self,
        channel: str,
        text: str,
        *,
        user: str = "U1",
        thread: str = "",
        files: list[Json] | None = None,
        copies: int = 1,
        minutes_ago: int = 0,
    ) -> str:
        """Say something; events go out as Slack sends them: a mention of the bot twice, under two event ids."""
        post = Post(self._ts(60 * minutes_ago), user, text, thread, files=files or [])
        self.channels[channel][post.ts] = post
        kind = "im" if channel.startswith("D") else "channel"
        message = post.event() | {"channel": channel, "channel_type": kind, "event_ts": post.ts}
        events = [message]
        if f"<@{BOT_USER}>" in text and kind != "im":
            events.insert(0, {**message, "type": "app_mention"})
        for event in events * copies:
            self._spawn(self._deliver_event(event))
        return post.ts

    async def bot_says(
        self, channel: str, text: str, *, thread: str = "", attachments: list[Json] | None = None
    ) -> str:
        """Another app posts, an alert for instance."""
        post = Post(self._ts(), "", text, thread, bot_id="BALERT")
        self.channels[channel][post.ts] = post
        event = {
            **post.event(),
            "subtype": "bot_message",
            "channel": channel,
            "channel_type": "channel",
            "username": "Alerts",
        }
        self._spawn(self._deliver_event(event | ({"attachments": attachments} if attachments else {})))
        return post.ts

    def file(self, name: str, data: bytes, mimetype: str = "text/plain") -> Json:
        """An uploaded file, as it stands in an event."""
        file_id = f"F{next(self._numbers)}"
        self.downloads[file_id] = (data, mimetype)
        url = f"{self.url}/files/{file_id}"
        return {"id": file_id, "name": name, "mimetype": mimetype, "size": len(data), "url_private_download": url}

    async def slash(self, command: str, text: str, *, channel: str = "C1", user: str = "U1") -> Json:
        """Type a slash command; what it was acknowledged with."""
        number = next(self._numbers)
        payload: Json = {"command": command, "text": text, "user_id": user, "channel_id": channel, "team_id": TEAM}
        payload |= {"trigger_id": f"trigger.{number}", "response_url": f"{self.url}/respond", "user_name": PEOPLE[user]}
        return await self._deliver("slash_commands", payload)

    async def click(self, channel: str, ts: str, action: str, *, user: str = "U1") -> Json:
        """Press a button under a message of the bot's."""
        post = self.channels[channel][ts]
        (button,) = [one for one in found(post.blocks, "button") if one["action_id"] == f"plumbline:{action}"]
        payload: Json = {
            "type": "block_actions",
            "user": {"id": user},
            "team": {"id": TEAM},
            "channel": {"id": channel},
        }
        payload |= {"message": post.event(), "container": {"message_ts": ts, "thread_ts": post.thread_ts}}
        payload |= {"actions": [{**button, "type": "button", "action_ts": self._ts()}], "trigger_id": "t", "token": "x"}
        payload |= {"response_url": f"{self.url}/respond", "api_app_id": "A1"}
        return await self._deliver("interactive", payload)

    def delete_root(self, channel: str, ts: str) -> None:
        """A person deletes a question; a later reply to it lands in the channel, as at Slack."""
        del self.channels[channel][ts]
        self.deleted_roots.add(ts)

    # --- what people see -----------------------------------------------------------------------------------------------

    def thread(self, channel: str, root: str) -> list[Post]:
        """The bot's messages in a thread, in order."""
        return [post for post in self.channels[channel].values() if post.thread_ts == root and post.user == BOT_USER]

    def at_root(self, channel: str) -> list[Post]:
        """The bot's messages that stand in the channel itself."""
        return [post for post in self.channels[channel].values() if not post.thread_ts and post.user == BOT_USER]

    def code(self, channel: str, root: str) -> str:
        """All code blocks of the bot in a thread, joined."""
        blocks = [
            block for post in self.thread(channel, root) for block in found(post.blocks, "rich_text_preformatted")
        ]
        return "".join(element["text"] for block in blocks for element in block["elements"])

    def pings(self) -> list[str]:
        """Every live mention in anything that was sent, by Slack's own rules for each carrier."""
        live = []
        for method, body in self.calls:
            if method.startswith(("chat.post", "chat.update")):
                live += re.findall(r"<(?:!|@|#)[^>]*>", str(body.get("text") or ""))
                for block in found(body.get("blocks") or [], "mrkdwn", "markdown"):
                    live += re.findall(r"<(?:!|@|#)[^>]*>", block["text"])
                live += [block["type"] for block in found(body.get("blocks") or [], "user", "broadcast", "usergroup")]
        return live

    def count(self, method: str) -> int:
        return sum(one == method for one, _ in self.calls)

    async def until(self, condition: Callable[[], Any], seconds: float = 15) -> Any:
        """Wait for something to be seen; an AssertionError that names what was sent when it is not."""
        try:
            async with asyncio.timeout(seconds):
                while not (value := condition()):
                    self._changed.clear()
                    waiting = asyncio.create_task(self._changed.wait())
                    await asyncio.wait({waiting}, timeout=0.2)
                    waiting.cancel()
                return value
        except TimeoutError:
            seen = [(method, str(body.get("text"))[:80]) for method, body in self.calls[-12:]]
            raise AssertionError(f"not seen within {seconds} s; the last calls were {seen}") from None

    def is_final(self, channel: str, root: str) -> bool:
        """True when the last message of the bot's answer carries thumbs or Retry, and no Stop."""
        posts = self.thread(channel, root)
        ids = [button["action_id"] for post in posts for button in found(post.blocks, "button")]
        return bool(ids) and "plumbline:stop" not in ids

    # --- delivery ------------------------------------------------------------------------------------------------------

    async def _deliver_event(self, event: Json) -> None:
        payload: Json = {"type": "event_callback", "team_id": TEAM, "api_app_id": "A1", "event": event}
        payload |= {"event_id": f"Ev{next(self._numbers)}", "event_time": int(time.time()), "token": "x"}
        payload |= {"authorizations": [{"team_id": TEAM, "user_id": BOT_USER, "is_bot": True, "enterprise_id": None}]}
        for attempt in range(20):
            try:
                await self._deliver("events_api", payload, attempt)
            except NotTaken:
                await asyncio.sleep(REDELIVER_SECONDS)
            else:
                return

    async def _deliver(self, kind: str, payload: Json, attempt: int = 0) -> Json:
        start = time.monotonic()
        name = str((payload.get("event") or {}).get("ts") or kind)
        try:
            answer = await (
                self._by_http(kind, payload, attempt) if self.http_url else self._by_socket(kind, payload, attempt)
            )
        except NotTaken:
            self.delivered.append((name, False))
            self._changed.set()
            raise
        self.ack_seconds.append(time.monotonic() - start)
        self.delivered.append((name, True))
        self._changed.set()
        return answer

    async def _by_socket(self, kind: str, payload: Json, attempt: int) -> Json:
        envelope = f"E{next(self._numbers)}"
        acked: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._acks[envelope] = acked
        for _ in range(200):
            self._sockets = [one for one in self._sockets if not one.closed]
            if self._sockets:
                break
            await asyncio.sleep(0.05)
        if not self._sockets:
            raise NotTaken
        body = {
            "envelope_id": envelope,
            "type": kind,
            "payload": payload,
            "accepts_response_payload": kind != "events_api",
        }
        await self.random.choice(self._sockets).send_json(
            body | {"retry_attempt": attempt, "retry_reason": "timeout" if attempt else ""}
        )
        try:
            async with asyncio.timeout(3):
                return await acked
        except TimeoutError:
            raise NotTaken from None

    async def _by_http(self, kind: str, payload: Json, attempt: int) -> Json:
        if kind == "events_api":
            body, content_type = json.dumps(payload), "application/json"
        else:
            form = {"payload": json.dumps(payload)} if kind == "interactive" else payload
            body = "&".join(f"{key}={aiohttp.helpers.quote(str(value), safe='')}" for key, value in form.items())  # type: ignore[attr-defined]
            content_type = "application/x-www-form-urlencoded"
        stamp = str(int(time.time()))
        digest = hmac.new(self.signing_secret.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
        headers = {
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": f"v0={digest}",
            "Content-Type": content_type,
        }
        headers |= {"X-Slack-Retry-Num": str(attempt)} if attempt else {}
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=3)) as session,
                session.post(self.http_url, data=body, headers=headers) as answer,
            ):
                if answer.status != 200:
                    raise NotTaken
                return {"text": await answer.text()}
        except (aiohttp.ClientError, TimeoutError):
            raise NotTaken from None

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        self.opens.append(time.monotonic())
        if self.connections >= self.most_sockets:
            await socket.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            await socket.close()
            return socket
        await socket.send_json({"type": "hello", "num_connections": 1, "connection_info": {"app_id": "A1"}})
        self._sockets.append(socket)
        self._changed.set()
        async for message in socket:
            if self.is_zombie:
                continue
            if message.type is WSMsgType.PING:
                await socket.pong(message.data)
            if message.type is WSMsgType.TEXT:
                body = json.loads(message.data)
                acked = self._acks.pop(body.get("envelope_id", ""), None)
                if acked and not acked.done():
                    acked.set_result(body.get("payload") or {})
        return socket

    @property
    def connections(self) -> int:
        return sum(not one.closed for one in self._sockets)

    async def drop_sockets(self) -> None:
        """Slack ends every connection, as it does every few hours."""
        for socket in list(self._sockets):
            if not socket.closed:
                await socket.send_json({"type": "disconnect", "reason": "refresh_requested"})

    # --- Web API -------------------------------------------------------------------------------------------------------

    async def _api(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        body = dict(request.query)
        if request.content_type == "application/json":
            body |= await request.json()
        elif request.can_read_body:
            body |= {key: value for key, value in (await request.post()).items() if isinstance(value, str)}
        self.calls.append((method, body))
        self._changed.set()
        if limited := self._over_limit(method):
            return limited
        fault = self.faults[method].popleft() if self.faults[method] else ""
        if method == "chat.postMessage" and self.random.random() < self.cut_share:
            fault = fault or "cut"
        if fault == "429":
            return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers={"Retry-After": "1"})
        if fault == "500":
            return web.Response(status=500, text="<html>oops</html>")
        if fault and fault != "cut":
            return web.json_response({"ok": False, "error": fault})
        if not request.headers.get("Authorization", "").startswith("Bearer x") and method != "apps.connections.open":
            return web.json_response({"ok": False, "error": "not_authed"})
        handler: Callable[[Json], Json] | None = getattr(self, "_" + method.replace(".", "_"), None)
        if handler is None:
            return web.json_response({"ok": False, "error": "unknown_method"})
        try:
            answer = {"ok": True, **handler(body)}
        except Refused as refused:
            answer = {"ok": False, "error": str(refused)}
        if fault == "cut" and request.transport:
            request.transport.abort()
        return web.json_response(answer, headers={"x-oauth-scopes": self.scopes})

    def _over_limit(self, method: str) -> web.Response | None:
        if not self.limits or method not in TIERS:
            return None
        used, now = self._used[method], time.monotonic()
        while used and used[0] < now - 60:
            used.popleft()
        if len(used) >= TIERS[method]:
            self.refused += 1
            return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers={"Retry-After": "5"})
        used.append(now)
        return None

    def _auth_test(self, body: Json) -> Json:
        return {
            "user_id": BOT_USER,
            "bot_id": BOT_ID,
            "team_id": TEAM,
            "team": "Team",
            "user": "plumbline",
            "url": self.url,
        }

    def _apps_connections_open(self, body: Json) -> Json:
        return {"url": f"{self.url.replace('http', 'ws')}/socket"}

    def _users_info(self, body: Json) -> Json:
        if body["user"] not in PEOPLE:
            raise Refused("user_not_found")
        return {
            "user": {
                "id": body["user"],
                "name": body["user"].lower(),
                "profile": {"display_name": PEOPLE[body["user"]]},
            }
        }

    def _chat_postMessage(self, body: Json) -> Json:  # noqa: N802 - Slack's own name
        check_message(body)
        thread = str(body.get("thread_ts") or "")
        if thread in self.deleted_roots:
            thread = ""  # no error: the message simply appears in the channel
        post = Post(self._ts(), BOT_USER, str(body.get("text") or ""), thread, body.get("blocks") or [], bot_id=BOT_ID)
        post.metadata = body.get("metadata") or {}
        if self.random.random() < self.lag_share:
            post.readable_at = time.monotonic() + self.lag_seconds
        post.versions.append(shown(body))
        post.drawn_at.append(time.monotonic())
        self.channels[str(body["channel"])][post.ts] = post
        return {"channel": body["channel"], "ts": post.ts, "message": post.event()}

    def _chat_update(self, body: Json) -> Json:
        check_message(body)
        if len(str(body.get("text") or "")) > 4_000:
            raise Refused("msg_too_long")
        post = self._post(body)
        post.text, post.blocks = str(body.get("text") or ""), body.get("blocks") or []
        post.versions.append(shown(body))
        post.drawn_at.append(time.monotonic())
        edited = {"type": "message", "subtype": "message_changed", "channel": body["channel"], "ts": self._ts()}
        edited |= {
            "message": {**post.event(), "edited": {"user": BOT_USER, "ts": self._ts()}},
            "channel_type": "channel",
        }
        self._spawn(self._deliver_event(edited))  # Slack tells the bot of its own edits, too
        return {"channel": body["channel"], "ts": post.ts, "text": post.text}

    def _chat_delete(self, body: Json) -> Json:
        del self.channels[str(body["channel"])][self._post(body).ts]
        return {"ts": body["ts"]}

    def _chat_postEphemeral(self, body: Json) -> Json:  # noqa: N802
        self.ephemeral.append(body)
        return {"message_ts": self._ts()}

    def _conversations_replies(self, body: Json) -> Json:
        posts = self.channels[str(body["channel"])]
        if body["ts"] not in posts:
            raise Refused("thread_not_found")
        latest = str(body.get("latest") or "9999999999.999999")
        wanted = [post for post in posts.values() if body["ts"] in (post.ts, post.thread_ts) and post.ts <= latest]
        wanted = [post for post in wanted if post.readable_at <= time.monotonic()]
        with_metadata = str(body.get("include_all_metadata", "")).lower() in ("1", "true")
        messages = [
            post.event() | ({"metadata": post.metadata} if with_metadata and post.metadata else {}) for post in wanted
        ]
        return {"messages": messages, "has_more": False}

    def _files_getUploadURLExternal(self, body: Json) -> Json:  # noqa: N802
        file_id = f"F{next(self._numbers)}"
        self.uploads[file_id] = {"name": body["filename"], "length": int(body["length"]), "text": ""}
        return {"file_id": file_id, "upload_url": f"{self.url}/upload/{file_id}"}

    def _files_completeUploadExternal(self, body: Json) -> Json:  # noqa: N802
        files = body["files"] if isinstance(body["files"], list) else json.loads(body["files"])
        for one in files:
            self.uploads[one["id"]] |= {"channel": body.get("channel_id"), "thread": body.get("thread_ts")}
        return {"files": [{"id": one["id"], "title": one.get("title")} for one in files]}

    def _files_delete(self, body: Json) -> Json:
        del self.uploads[str(body["file"])]
        return {}

    async def _upload(self, request: web.Request) -> web.Response:
        self.uploads[request.match_info["file"]]["text"] = (await request.read()).decode()
        return web.Response(text="OK")

    async def _download(self, request: web.Request) -> web.Response:
        if not request.headers.get("Authorization", "").startswith("Bearer xoxb-") or "files:read" not in self.scopes:
            return web.Response(text="<html>Sign in</html>", content_type="text/html")  # Slack: 200, and a login page
        data, mimetype = self.downloads[request.match_info["file"]]
        return web.Response(body=data, content_type=mimetype)

    async def _respond(self, request: web.Request) -> web.Response:
        self.responses.append(await request.json())
        self._changed.set()
        return web.Response(text="ok")

    # --- within --------------------------------------------------------------------------------------------------------

    def _post(self, body: Json) -> Post:
        post = self.channels[str(body["channel"])].get(str(body["ts"]))
        if post is None:
            raise Refused("message_not_found")
        return post

    def _ts(self, seconds_ago: int = 0) -> str:
        return f"{int(time.time()) - seconds_ago}.{next(self._numbers):06d}"

    def _spawn(self, work: Awaitable[Any]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class Refused(Exception):
    """Slack's `ok: false`, with its error name."""


class NotTaken(Exception):
    """Not acknowledged in time, or not with 200."""


def found(value: Any, *kinds: str) -> Iterator[Json]:
    """Every object of these types, in order."""
    if isinstance(value, dict):
        if value.get("type") in kinds:
            yield value
        for one in value.values():
            yield from found(one, *kinds)
    elif isinstance(value, list):
        for one in value:
            yield from found(one, *kinds)


def shown(body: Json) -> str:
    """What a reader sees of a message: the blocks' texts, or the text."""
    texts = [
        one["text"]
        for one in found(body.get("blocks") or [], "text", "link", "plain_text", "mrkdwn")
        if isinstance(one.get("text"), str)
    ]
    return "".join(texts) or str(body.get("text") or "")


def check_message(body: Json) -> None:
    """Refuse what Slack refuses."""
    blocks = body.get("blocks") or []
    if not blocks and not str(body.get("text") or "").strip():
        raise Refused("no_text")
    if len(str(body.get("text") or "")) > 40_000:
        raise Refused("msg_too_long")
    if len(blocks) > 50:
        raise Refused("invalid_blocks")
    if len(json.dumps(blocks, ensure_ascii=False)) > 13_000:
        raise Refused("msg_blocks_too_long")
    if sum(len(one["text"]) for one in found(blocks, "markdown")) > 12_000:
        raise Refused("msg_blocks_too_long")
    for block in blocks:
        empty = block["type"] == "rich_text" and not all(one.get("elements") for one in block["elements"])
        long = block["type"] == "section" and len(block["text"]["text"]) > 3_000
        no_cell = block["type"] == "table" and any(
            not list(found(cell, "text", "link")) for row in block["rows"] for cell in row
        )
        if empty or long or no_cell or any(not one.get("text") for one in found(block, "text")):
            raise Refused("invalid_blocks")
        if block["type"] == "table" and (len(block["rows"]) > 101 or len(block["rows"][0]) > 20):
            raise Refused("invalid_blocks")


async def _main(port: int) -> None:
    async with SlackServer(port=port) as server:
        print(f"SLACK_API_URL={server.api_url}", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description="A Slack of our own on loopback.")
    arguments.add_argument("--port", type=int, default=9001)
    asyncio.run(_main(arguments.parse_args().port))
