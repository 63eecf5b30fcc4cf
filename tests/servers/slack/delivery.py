"""How events go out: by socket or signed HTTP, again and again until they are acknowledged."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import json
import time
from collections.abc import Sequence

import aiohttp
from aiohttp import WSMsgType, web

from tests.servers.slack.limits import ACK_SECONDS
from tests.servers.slack.posts import BOT_USER, TEAM, Json, NotTaken
from tests.servers.slack.workspace import Workspace

SOON = (0.5,) * 19
"""So that tests need not wait."""

SLACKS_OWN = (0.0, 60.0, 300.0)
"""https://docs.slack.dev/apis/events-api/#retries: "nearly immediately", after a minute, after five."""


class Delivery(Workspace):
    skew_seconds = 0
    """How far the clock is off by which requests are signed."""

    retries: Sequence[float] = SOON
    """How long each next delivery waits of what was not acknowledged."""

    def _tell(self, event: Json, *, copies: int = 1, late: float = 0.0) -> None:
        """An event goes out, so many times and so late."""
        for _ in range(copies):
            self.health.spawn(self._deliver_event(event, late))

    async def _deliver_event(self, event: Json, late: float = 0.0) -> None:
        await asyncio.sleep(late)
        payload: Json = {"type": "event_callback", "team_id": TEAM, "api_app_id": "A1", "event": event}
        channel = event.get("channel")
        told = self.conversations.get(channel, {}) if isinstance(channel, str) else {}
        payload |= {"is_ext_shared_channel": bool(told.get("is_ext_shared"))}
        payload |= {"event_id": f"Ev{next(self._numbers)}", "event_time": int(time.time()), "token": "x"}
        payload |= {"authorizations": [{"team_id": TEAM, "user_id": BOT_USER, "is_bot": True, "enterprise_id": None}]}
        for attempt, pause in enumerate((*self.retries, 0.0)):
            try:
                await self._deliver("events_api", payload, attempt)
            except NotTaken:
                await asyncio.sleep(pause)
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

    async def envelope(self, kind: str, payload: object, seconds: float = 30.0) -> Json:
        """One, whatever it holds; what acknowledges it. Raises NotTaken where nobody does for so long."""
        return await self._by_socket(kind, payload, 0, seconds)

    async def _by_socket(self, kind: str, payload: object, attempt: int, seconds: float = ACK_SECONDS.most) -> Json:
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
        body: Json = {
            "envelope_id": envelope,
            "type": kind,
            "payload": payload,
            "accepts_response_payload": kind != "events_api",
        }
        body |= {"retry_attempt": attempt, "retry_reason": "timeout" if attempt else ""}
        try:
            async with asyncio.timeout(seconds):
                await self.random.choice(self._sockets).send_json(body)
                return await acked
        except (TimeoutError, OSError):  # not acknowledged, or the connection is lost while we write
            raise NotTaken from None
        finally:
            self._acks.pop(envelope, None)

    async def _by_http(self, kind: str, payload: Json, attempt: int) -> Json:
        if kind == "events_api":
            body, content_type = json.dumps(payload), "application/json"
        else:
            form = {"payload": json.dumps(payload)} if kind == "interactive" else payload
            body = "&".join(f"{key}={aiohttp.helpers.quote(str(value), safe='')}" for key, value in form.items())  # type: ignore[attr-defined]
            content_type = "application/x-www-form-urlencoded"
        stamp = str(int(time.time()) + self.skew_seconds)
        digest = hmac.new(self.signing_secret.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
        headers = {
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": f"v0={digest}",
            "Content-Type": content_type,
        }
        headers |= {"X-Slack-Retry-Num": str(attempt)} if attempt else {}
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ACK_SECONDS.most)) as session,
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
        count = self.connections + 1
        await socket.send_json({"type": "hello", "num_connections": count, "connection_info": {"app_id": "A1"}})
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
            with contextlib.suppress(OSError):  # it is closing already
                await socket.send_json({"type": "disconnect", "reason": "refresh_requested"})
