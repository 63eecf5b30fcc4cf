"""Calls to Slack's Web API under our own policy.

The SDK's default handler sends a post again after a lost connection, which doubles it; so it is off. What only reads, or only sets a
state, is tried again freely; a post is tried again only after a 429, which says that it was not taken.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import ClientConnectorError, ClientError
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import NotTaken, PlatformUnavailable

log = logging.getLogger(__name__)

TRIES = 4
LONGEST_WAIT_SECONDS = 60
TIMEOUT_SECONDS = 15

Sleep = Callable[[float], Awaitable[None]]


class SlackRefused(Exception):
    """Slack answered no; `code` is its own error name."""

    def __init__(self, method: str, code: str, response: Any = None) -> None:
        super().__init__(f"{method}: {code}")
        self.code = code
        self.response = response


class SlackCalls:
    """`base_url` ends with `/api/`."""

    def __init__(self, token: str, base_url: str, sleep: Sleep = asyncio.sleep) -> None:
        self.token = token
        self.base_url = base_url if base_url.endswith("/") else base_url + "/"
        self.client = AsyncWebClient(token=token, base_url=self.base_url, retry_handlers=[], timeout=TIMEOUT_SECONDS)
        self._sleep = sleep

    async def read(self, method: str, **arguments: Any) -> Any:
        """A call that only reads; these take no JSON. Raises like `repeatable`."""
        return await self._repeat(method, {"params": arguments})

    async def repeatable(self, method: str, **arguments: Any) -> Any:
        """A call that may be made twice. Raises SlackRefused, or PlatformUnavailable when trying again did not help."""
        return await self._repeat(method, {"json": arguments})

    async def _repeat(self, method: str, request: dict[str, Any]) -> Any:
        for attempt in range(1, TRIES + 1):
            try:
                return await self._once(method, request)
            except PlatformUnavailable:
                if attempt == TRIES:
                    raise
                await self._sleep(0.3 * 2**attempt)
        raise AssertionError

    async def post(self, method: str, **arguments: Any) -> Any:
        """A call that makes something. Raises SlackRefused, NotTaken where it was not taken, and PlatformUnavailable where nobody
        knows."""
        return await self._once(method, {"json": arguments})

    async def _once(self, method: str, request: dict[str, Any]) -> Any:
        for attempt in range(1, TRIES + 1):
            try:
                return await self.client.api_call(method, **request)
            except SlackApiError as fault:
                status = getattr(fault.response, "status_code", 0)
                code = _code(fault.response)
                if status == 429 or code == "ratelimited":
                    wait = float(fault.response.headers.get("Retry-After", 1))
                    log.warning("rate limited", extra={"method": method, "seconds": wait})
                    if wait > LONGEST_WAIT_SECONDS or attempt == TRIES:
                        raise NotTaken(f"{method}: rate limited for {wait:.0f} s") from fault
                    await self._sleep(wait)
                    continue
                if status >= 500 or code in ("internal_error", "fatal_error", "service_unavailable", "request_timeout"):
                    raise PlatformUnavailable(f"{method}: {status} {code}") from fault
                raise SlackRefused(method, code, fault.response) from fault
            except ClientConnectorError as fault:
                raise NotTaken(f"{method}: not reached") from fault
            except (ClientError, SlackClientError, TimeoutError, OSError, ValueError) as fault:
                raise PlatformUnavailable(f"{method}: {type(fault).__name__}") from fault
        raise AssertionError


def _code(response: Any) -> str:
    data = getattr(response, "data", None)
    return str(data.get("error", "")) if isinstance(data, dict) else "not JSON"
