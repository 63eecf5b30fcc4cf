"""Discord's gateway: sessions that are begun, taken up again, forgotten or dead, and every event in order."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections import deque

from aiohttp import WSMsgType, web

from tests.servers.discord.limits import GATEWAY_BYTES, GATEWAY_EVENTS, GATEWAY_SECONDS
from tests.servers.discord.state import BOT, MESSAGE_CONTENT, Json, State


class Gateway(State):
    """One connection at a time. `privileged` False refuses message content."""

    def __init__(self, *, privileged: bool = True, port: int = 0) -> None:
        super().__init__(privileged=privileged, port=port)
        self.heartbeat_ms = 41_250
        self.is_zombie = False
        """The connection stays open, and nothing is sent."""
        self.forgets_session = False
        """A resume is answered with an invalid session (op 9)."""
        self.guild_after_seconds = 0.0
        """A new session is told of its server so late; until then it is away (`unavailable`)."""
        self.identifies = 0
        self.others_begun = 0
        """Sessions that other processes have begun with the same token; they hear all of it, too, and nobody is told of them."""
        self.resumes = 0
        self._sequence = 0
        self._sent: list[Json] = []
        self._socket: web.WebSocketResponse | None = None
        self._said: deque[float] = deque()

    async def _gateway(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        await socket.send_json({"op": 10, "d": {"heartbeat_interval": self.heartbeat_ms}, "s": None, "t": None})
        async for message in socket:
            if message.type is WSMsgType.TEXT and not self.is_zombie and not await self._take(socket, message.data):
                break
        if self._socket is socket:
            self.is_heard = False
        return socket

    async def _take(self, socket: web.WebSocketResponse, data: str) -> bool:
        """What the bot says; False when the connection ends over it."""
        if len(data.encode()) > GATEWAY_BYTES:
            await socket.close(code=4002, message=b"Error while decoding payload.")
            return False
        if self._is_too_much():
            await socket.close(code=4008, message=b"You are being rate limited.")
            return False
        body = json.loads(data)
        if body["op"] == 1:
            await socket.send_json({"op": 11, "d": None, "s": None, "t": None})
        elif body["op"] == 2:
            self.identifies += 1
            self.intents = int(body["d"]["intents"])
            if self.intents & MESSAGE_CONTENT and not self.privileged:
                await socket.close(code=4014, message=b"Disallowed intent(s).")
                return False
            self._socket = socket
            await self._ready()
            self.is_heard = True
        elif body["op"] == 6 and self.forgets_session:
            self._sent.clear()
            await socket.send_json({"op": 9, "d": False, "s": None, "t": None})
        elif body["op"] == 6:
            self.resumes += 1
            self._socket = socket
            for event in [one for one in self._sent if one["s"] > body["d"]["seq"]]:
                await socket.send_json(event)
            await self._dispatch("RESUMED", {})
            self.is_heard = True
        return True

    def _is_too_much(self) -> bool:
        now = time.monotonic()
        self._said = deque((*[at for at in self._said if at > now - GATEWAY_SECONDS], now))
        return len(self._said) > GATEWAY_EVENTS

    async def _ready(self) -> None:
        ready: Json = {
            "v": 10,
            "user": self._user(BOT),
            "guilds": [{"id": one, "unavailable": True} for one in self.servers],
        }
        ready |= {"session_id": "s1", "application": {"id": BOT, "flags": 0}}
        await self._dispatch("READY", ready | {"resume_gateway_url": self.url.replace("http", "ws") + "/gateway"})
        if self.guild_after_seconds:
            self.health.spawn(self._guild_comes(self.identifies))
        else:
            for one in self.servers:
                await self._dispatch("GUILD_CREATE", self._guild(one))

    async def _guild_comes(self, session: int) -> None:
        await asyncio.sleep(self.guild_after_seconds)
        if session == self.identifies:
            await self._dispatch("GUILD_CREATE", self._guild())

    async def _dispatch(self, kind: str, data: Json) -> None:
        self._sequence += 1
        event = {"op": 0, "t": kind, "s": self._sequence, "d": data}
        self._sent.append(event)
        await self._tell(event)
        self._changed.set()

    async def _tell(self, event: Json) -> None:
        if self._socket and not self._socket.closed and not self.is_zombie:
            with contextlib.suppress(
                OSError
            ):  # the connection is lost while we write: the event comes again when it is taken up
                await self._socket.send_json(event)

    async def drop_gateway(self) -> None:
        """The connection is lost; the bot resumes, and gets again what it has not confirmed."""
        self.is_heard = False
        if self._socket:
            await self._socket.close(code=4000)

    async def asks_to_reconnect(self) -> None:
        """Discord moves the connection elsewhere (op 7)."""
        self.is_heard = False
        await self._tell({"op": 7, "d": None, "s": None, "t": None})

    async def invalidates_session(self, *, resumable: bool) -> None:
        """The session is over (op 9), or may be taken up again."""
        self.is_heard = False
        if not resumable:
            self._sent.clear()
        await self._tell({"op": 9, "d": resumable, "s": None, "t": None})

    async def repeats(self, count: int = 1, *, kind: str = "MESSAGE_CREATE", seconds: float = 0) -> None:
        """The last events of a kind come again, with new numbers, after a while: as a resumed session may send them."""
        await asyncio.sleep(seconds)
        for event in [one for one in self._sent if one["t"] == kind][-count:]:
            await self._dispatch(kind, event["d"])
