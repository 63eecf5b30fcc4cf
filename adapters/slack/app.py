"""Listens to Slack: Socket Mode, or signed HTTP. An event is acknowledged only when the desk has it safe.

Bolt acknowledges events before their listener runs unless `process_before_response` is set; with it a listener that raises leaves the
event un-acknowledged (HTTP: 500), and Slack sends it again. Everything else is answered with 200: an unhandled event would be sent
again for nothing.
"""

from __future__ import annotations

import asyncio
import logging
import random
import re
import time
from dataclasses import replace
from functools import partial
from typing import Any, assert_never

from aiohttp import web
from slack_bolt import BoltResponse
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.error import BoltUnhandledRequestError
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import Clock, SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from adapters.clocks import PlatformClock
from adapters.events import Deleted, Edited, Said
from adapters.listening import listen
from adapters.metrics import Metrics
from adapters.slack import incoming, phrases, shapes, unclaimed
from adapters.slack.calls import SHUT, error_code
from adapters.slack.changes import note
from adapters.slack.copies import requote
from adapters.slack.envelopes import note_unreadable, sieved
from adapters.slack.incoming import Opened, Stopped
from adapters.slack.interactions import Interactions
from adapters.slack.missed import Missed
from adapters.slack.outgoing import SlackPlatform
from adapters.slack.replies import answer_received, say
from adapters.slack.socket import Socket
from bot.conversation import Message, ThreadId
from bot.errors import BotError
from bot.ports.doors import Adapter, Desk, Received, Reply
from bot.ports.inbox import Accepted
from bot.ports.stores import Attendance
from bot.reasons import reason
from bot.views import Press

log = logging.getLogger(__name__)

STALE_PINGS = 4.5
"""A socket that has heard no pong for so many pings is dead, whatever it says of itself: 45 s."""

STAND_BY_SECONDS, REACH_PAUSE_SECONDS = 35.0, 5

Json = dict[str, Any]


STAMP = re.compile(r"[0-9]{1,12}")
NOT_AGAIN = {"X-Slack-No-Retry": "1"}
"""Slack does not send again what was answered so: https://docs.slack.dev/apis/events-api/#error-handling."""

SKEW_SECONDS = 300
"""The SDK refuses what was signed longer ago, or later, whatever the signature."""


class SlackAdapter(Adapter):
    """`http_port` 0 means Socket Mode, which needs `app_token`; signed HTTP needs `signing_secret`. `http_host` "" is every address of
    this machine: Slack's servers come from outside, and their requests are signed.

    `answer_bots`: what other bots say to us is handed on, too. `is_alone`: no other process may listen beside this one, for it would
    not know what this one has kept.
    """

    name = "slack"

    def __init__(
        self,
        desk: Desk,
        platform: SlackPlatform,
        attendance: Attendance,
        *,
        app_token: str = "",
        signing_secret: str = "",
        http_port: int = 0,
        http_host: str = "",
        ping_seconds: float = 10,
        stand_by_seconds: float = STAND_BY_SECONDS,
        answer_bots: bool = False,
        is_alone: bool = False,
        metrics: Metrics | None = None,
    ) -> None:
        self._desk = desk
        self._metrics = metrics or Metrics()
        self.platform = platform
        self._app_token = app_token
        self._http_port = http_port
        self._http_host = http_host
        self._ping_seconds = ping_seconds
        self._stand_by_seconds = stand_by_seconds
        self._answer_bots = answer_bots
        self._is_alone = is_alone
        self._verifier = SignatureVerifier(signing_secret or "unused", _SlackTime(platform.calls.clock))
        self._missed = Missed(platform.calls, platform, attendance, self._take, bots=answer_bots)
        self._socket: Socket | None = None
        self._serving = False
        client = AsyncWebClient(token=platform.calls.token, base_url=platform.calls.base_url, retry_handlers=[])
        client.proxy = platform.calls.client.proxy
        self.app = AsyncApp(
            name=self.name,  # without one, bolt looks through the source of everything that is imported for it: half a second
            client=client,
            signing_secret=signing_secret or "unused",
            request_verification_enabled=False,  # `_is_signed` has looked, by Slack's time
            process_before_response=True,
            raise_error_for_unhandled_request=True,
        )
        self.app.event(re.compile(".*"))(self._on_event)
        Interactions(desk, platform).register(self.app)
        unclaimed.register(self.app)
        self.app.error(self._on_error)

    def is_ready(self) -> bool:
        if self._http_port:
            return self._serving
        return self._socket is not None and self._hears(self._socket.last_ping_pong_time)

    def _hears(self, heard_at: float | None) -> bool:
        """A machine's clock that was set counts as silence, until the next ping."""
        return heard_at is not None and abs(time.time() - heard_at) < STALE_PINGS * self._ping_seconds

    async def run(self) -> None:
        await (self._serve_http() if self._http_port else self._serve_socket())

    async def _serve_socket(self) -> None:
        """Slack gives an app about ten sockets. One too many stands by, and asks for a place again after a while."""
        while True:
            handler = AsyncSocketModeHandler(self.app, self._app_token, web_client=self.app.client)
            await handler.client.close()  # type: ignore[no-untyped-call]  # the handler makes its own, which fights for a place
            socket = Socket(
                self._app_token,
                web_client=self.app.client,
                ping_interval=self._ping_seconds,
                is_alone=self._is_alone,
            )
            take = sieved(handler.handle, lambda: self.platform.office.known, self._metrics)
            socket.socket_mode_request_listeners.append(take)  # type: ignore[arg-type]
            self._socket = handler.client = socket
            keeping: asyncio.Task[None] | None = None
            try:
                await self._connected(socket)
                keeping = asyncio.create_task(self._missed.keep(partial(self._is_heard, socket, time.time())))
                await socket.is_surplus.wait()
            finally:
                self._socket = None
                await _ended(keeping)
                await socket.close()  # type: ignore[no-untyped-call]
            pause = self._stand_by_seconds * random.uniform(1, 1.5)  # noqa: S311
            log.warning(socket.why_not, extra={"seconds": round(pause)})
            await asyncio.sleep(pause)

    def _is_heard(self, socket: Socket, connected_at: float) -> bool:
        """From the first greeting on, before the first pong."""
        return socket.is_greeted and self._hears(max(socket.last_ping_pong_time or 0.0, connected_at))

    @staticmethod
    async def _connected(socket: Socket) -> None:
        while True:
            try:
                await socket.connect_to_new_endpoint()
            except Exception as fault:
                is_shut = isinstance(fault, SlackApiError) and error_code(fault.response) in SHUT
                why = (
                    {"reason": error_code(fault.response)}
                    if isinstance(fault, SlackApiError)
                    else {"reason": reason(fault)}
                )
                why |= {"cure": phrases.app_token_is_shut()} if is_shut else {}
                log.warning("Slack not reached, trying again", extra=why)
                await asyncio.sleep(REACH_PAUSE_SECONDS)
            else:
                log.info("Slack connected")
                return

    async def _serve_http(self) -> None:
        async def receive(request: web.Request) -> web.Response:
            """Nothing of what is not signed reaches Bolt, which trips over odd headers and bodies."""
            try:
                body = await request.text()
            except (UnicodeDecodeError, LookupError) as fault:
                raise web.HTTPBadRequest(text="The body is no text.") from fault
            if not self._is_signed(request, body):
                skew = _skew(request, self._verifier.clock)
                is_late = abs(skew or 0) > SKEW_SECONDS
                cure = phrases.clock_differs() if is_late else phrases.secret_differs()
                log.warning("signature refused", extra={"skew_seconds": skew, "cure": cure})
                self._metrics.refused("clock" if is_late else "signature")
                raise web.HTTPUnauthorized(text="The signature is missing, wrong, or of another time.")
            try:
                return await to_aiohttp_response(await self._dispatched(request, body))
            except shapes.Malformed as fault:
                note_unreadable(fault, self._metrics)
                raise web.HTTPBadRequest(text="The body is nothing that Slack sends.", headers=NOT_AGAIN) from fault

        app = web.Application()
        app.add_routes([web.post("/slack/events", receive)])
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        try:
            await listen(runner, self._http_host, self._http_port, "PLUMBLINE_SLACK_HTTP_PORT")
            self._serving = True
            await self._missed.keep(lambda: self._serving)
        finally:
            self._serving = False
            await runner.cleanup()

    async def _dispatched(self, request: web.Request, body: str) -> BoltResponse:
        if shapes.is_crowded(body, request.content_type):
            raise shapes.Malformed("a form of too many fields")
        with shapes.reading("body"):
            told = await to_bolt_request(request)
        told.body = shapes.checked(told.body)
        with shapes.reading("payload"):  # Bolt's own reading; what goes wrong in a listener comes to `_on_error`
            return await self.app.async_dispatch(told)

    def _is_signed(self, request: web.Request, body: str) -> bool:
        stamp = request.headers.get("X-Slack-Request-Timestamp", "")
        signature = request.headers.get("X-Slack-Signature", "")
        if not (STAMP.fullmatch(stamp) and signature.isascii()):
            return False
        return self._verifier.is_valid(body, stamp, signature)

    async def _on_error(self, error: Exception) -> BoltResponse | None:
        """Not acknowledged, so that Slack sends it again; what cannot be read is not wanted twice."""
        if isinstance(error, BoltUnhandledRequestError):
            return unclaimed.acknowledged(error)
        if isinstance(error, shapes.Malformed):
            note_unreadable(error, self._metrics)
            return BoltResponse(status=400, headers={**NOT_AGAIN}) if self._http_port else BoltResponse(status=200)
        if isinstance(error, BotError):
            log.warning("not accepted", extra={"reason": f"{type(error).__name__}: {error}"})
        else:
            log.error("event failed", exc_info=error)
        return None

    async def _on_event(self, body: Json) -> None:
        await note(body, self.platform.directory.lookups.marks)
        await self._hand_on(body)
        await requote(self._desk, self.platform, body)

    async def _hand_on(self, body: Json) -> None:
        with shapes.reading("event"):
            event = await incoming.read(body, self.platform, bots=self._answer_bots)
        match event:
            case Said(message):
                await self._take(message)
            case Edited(message):
                await self._reply(message, await self._desk.revise(message))
            case Deleted(thread, message_id):
                await self._desk.withdraw(thread, message_id)
            case Stopped(thread, user):
                await self._stop(thread, user)
            case Opened(channel):
                await self._suggest(channel)
            case None:
                pass
            case _:
                assert_never(event)

    async def _take(self, message: Message) -> None:
        """Something that was said; it has an edition where it is read back."""
        message = replace(message, heard_at=self.platform.calls.clock())
        received = await self._desk.receive(message)
        if received.accepted is Accepted.DUPLICATE and message.edition:
            received = await self._desk.revise(message)
        if received.accepted is Accepted.NEW:
            await self._missed.remember(message)
        await self._reply(message, received)

    async def _reply(self, message: Message, received: Received) -> None:
        await answer_received(self.platform.calls, message, received)

    async def _stop(self, thread: ThreadId, user: str) -> None:
        reply = await self._desk.press(Press(thread, "", "stop", await self.platform.author(user)))
        if reply:
            await say(self.platform.calls, thread, user, Reply(reply.text, private=True))

    async def _suggest(self, channel: str) -> None:
        prompts = [{"title": title, "message": message} for title, message in phrases.prompts()]
        await self.platform.calls.hint("assistant.threads.setSuggestedPrompts", channel_id=channel, prompts=prompts)


async def _ended(task: asyncio.Task[None] | None) -> None:
    if task:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


class _SlackTime(Clock):
    """By which the age of a signature is told: a machine with a wrong clock hears Slack all the same."""

    def __init__(self, clock: PlatformClock) -> None:
        self._clock = clock

    def now(self) -> float:
        return self._clock().timestamp()


def _skew(request: web.Request, clock: Clock) -> int | None:
    """How long ago the sender says that it signed, in seconds."""
    stamp = request.headers.get("X-Slack-Request-Timestamp", "")
    return round(clock.now()) - int(stamp) if STAMP.fullmatch(stamp) else None
