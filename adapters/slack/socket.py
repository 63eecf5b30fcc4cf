"""The SDK's socket, which would connect again at once when Slack says that there are too many.

Slack hands each event to one socket of an app: two processes that share no store would each know half of what was said.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

from slack_sdk.socket_mode.aiohttp import SocketModeClient

from adapters.slack import phrases

UNREADABLE = {"type": 0}
"""What no kind of Slack's is."""


class Socket(SocketModeClient):
    """`is_alone`: give way where Slack counts another socket of this app; what comes then is not taken, and goes to that one.

    `num_connections` of its first message, hello: https://docs.slack.dev/apis/events-api/using-socket-mode
    """

    def __init__(self, app_token: str, *, is_alone: bool = False, **options: Any) -> None:
        super().__init__(app_token, **options)
        self._is_alone = is_alone
        self._greeted = 0
        self.is_greeted = False
        """Slack has said hello: events can come."""
        self.is_surplus = asyncio.Event()
        self.why_not = ""

    async def enqueue_message(self, message: str) -> None:
        self.is_greeted = self.is_greeted or '"hello"' in message
        if "too_many_websockets" in message and json.loads(message).get("type") == "disconnect":
            self._give_way(phrases.no_place())
        elif self._is_alone and "num_connections" in message and self._is_another(json.loads(message)):
            self._give_way(phrases.another_process())
        elif not self.is_surplus.is_set():
            await super().enqueue_message(message)

    async def run_message_listeners(self, message: dict[str, Any], raw_message: str) -> None:
        """The SDK raises where a payload is no object, and never acknowledges it: it becomes one that cannot be read."""
        if message.get("envelope_id") and not isinstance(message.get("payload"), dict):
            message = {**message, "type": str(message.get("type")), "payload": UNREADABLE}
        await super().run_message_listeners(message, raw_message)

    def _is_another(self, message: dict[str, Any]) -> bool:
        """After a connection that was lost Slack may still count that one."""
        if message.get("type") != "hello":
            return False
        ours = 1 if self._greeted == 0 else 2
        self._greeted += 1
        return int(message.get("num_connections") or 1) > ours

    def _give_way(self, why: str) -> None:
        self.why_not = why
        self.is_surplus.set()

    async def connect_to_new_endpoint(self, force: bool = False) -> None:
        if not self.is_surplus.is_set():
            await super().connect_to_new_endpoint(force)
