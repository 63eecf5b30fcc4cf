"""The server itself: one HTTP door for the Web API, the socket, files and response_url; and the faults of each call."""

from __future__ import annotations

import asyncio
import math
import time
from typing import Self

from aiohttp import web

from tests.servers.slack.posts import Json, Refused
from tests.servers.slack.web_api import WebApi, is_write


class SlackServer(WebApi):
    """One workspace with one app in it."""

    _runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=64 * 1024 * 1024, middlewares=[self.health.middleware])
        app.add_routes(
            [
                web.route("*", "/api/{method}", self._api),
                web.get("/socket", self._socket),
                web.get("/files/{file}", self._download),
                web.post("/upload/{file}", self._upload),
                web.post("/respond/{number}", self._respond),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.health.stop()
        for socket in self._sockets:
            await socket.close()
        if self._runner:
            await self._runner.cleanup()
        self.health.check()

    async def _api(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        body: Json = dict(request.query)
        if request.content_type == "application/json":
            body |= await request.json()
        elif request.can_read_body:
            body |= {key: value for key, value in (await request.post()).items() if isinstance(value, str)}
        self.calls.append((method, body))
        self.called_at.append(time.monotonic())
        self._changed.set()
        if wait := self._closed(method, body):
            self.refused += 1
            self.first_refused.setdefault(method, time.monotonic())
            return limited(wait)
        fault = self.faults[method].popleft() if self.faults[method] else ""
        if method == "chat.postMessage" and self.random.random() < self.cut_share:
            fault = fault or "cut"
        if refusal := await self._fail(fault):
            return refusal
        token = request.headers.get("Authorization", "")
        if not token.startswith("Bearer x"):
            return web.json_response({"ok": False, "error": "not_authed"})
        if method == "apps.connections.open" and (error := refused_app_token(token.removeprefix("Bearer "))):
            return web.json_response({"ok": False, "error": error})
        try:
            answer = self._answer(method, body)
        except Refused as refused:
            answer = {"ok": False, "error": str(refused)}
        if fault == "cut" and request.transport:
            request.transport.abort()
        return web.json_response(answer, headers={"x-oauth-scopes": self.scopes})

    def _closed(self, method: str, body: Json) -> int:
        """Seconds to wait for a slot, or 0."""
        storm = math.ceil(self.closed_until - time.monotonic()) if is_write(method) else 0
        return max(0, storm) or self.rates.wait_seconds(method, str(body.get("channel") or ""))

    async def _fail(self, fault: str) -> web.Response | None:
        kind, _, seconds = fault.partition(":")
        match kind:
            case "" | "cut":
                return None
            case "late":  # taken, but on its way for so long
                await asyncio.sleep(float(seconds))
                return None
            case "429":
                self.refused += 1
                return limited(int(seconds or 1))
            case "500":
                return web.Response(status=500, text="<html>oops</html>", content_type="text/html")
            case "html":
                return web.Response(text="<html>maintenance</html>", content_type="text/html")
            case "hang":
                await asyncio.sleep(float(seconds or 60))
                return web.Response(status=504, text="late")
            case _:
                return web.json_response({"ok": False, "error": fault})


def limited(seconds: int) -> web.Response:
    refusal = {"ok": False, "error": "ratelimited"}
    return web.json_response(refusal, status=429, headers={"Retry-After": str(seconds)})


def refused_app_token(token: str) -> str:
    """Only an app-level token opens a socket: https://docs.slack.dev/reference/methods/apps.connections.open#errors."""
    if not token.startswith("xapp-"):
        return "not_allowed_token_type"
    return "invalid_auth" if "wrong" in token else ""
