"""What comes over the socket: looked at, handed to Bolt, acknowledged.

Bolt leaves an envelope un-acknowledged whose listener raises, so that Slack sends it again: right where a store was away, for nothing
where the envelope itself cannot be read. Such a one is acknowledged, told in the log once, and counted.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from adapters.metrics import Metrics
from adapters.slack import incoming, shapes
from adapters.slack.contents import Ourselves

log = logging.getLogger(__name__)

Handle = Callable[[SocketModeClient, SocketModeRequest], Awaitable[None]]


def sieved(handle: Handle, ours: Callable[[], Ourselves | None], metrics: Metrics) -> Handle:
    """Around Bolt's own way to handle an envelope. `ours`: who we are, whose edits come back as events and are nothing new."""

    async def take(socket: SocketModeClient, request: SocketModeRequest) -> None:
        try:
            with shapes.reading("payload"):  # what goes wrong in a listener comes to the app's error handler
                if (known := ours()) and incoming.is_nothing_new(request.payload, known):
                    await _acknowledge(socket, request)
                    return
                request.payload = shapes.checked(request.payload)
                await handle(socket, request)
        except shapes.Malformed as fault:
            note_unreadable(fault, metrics)
            await _acknowledge(socket, request)

    return take


def note_unreadable(fault: shapes.Malformed, metrics: Metrics) -> None:
    """Once for each envelope, which is not sent again."""
    log.warning("payload not readable, passed over", extra={"reason": str(fault)})
    metrics.refused("payload")


async def _acknowledge(socket: SocketModeClient, request: SocketModeRequest) -> None:
    await socket.send_socket_mode_response(SocketModeResponse(request.envelope_id))
