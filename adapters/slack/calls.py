"""Calls to Slack's Web API under our own policy, over one session, within one budget.

The SDK's default handler sends a post again after a lost connection, which doubles it; so it is off. What only reads, or only sets a
state, is tried again freely; a post is tried again only after a 429, which says that it was not taken. After a 429 a method is closed
as long as Slack says: what ends an answer waits for that, in order; what only shows progress is dropped, for something newer follows.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import ClientConnectorError, ClientError, ClientSession, ClientTimeout, TCPConnector
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.clocks import PlatformClock
from adapters.slack import phrases
from adapters.slack.budget import FINAL, USUAL, CallBudget
from bot.environment import proxy_of
from bot.errors import NotTaken, PlatformUnavailable
from bot.reasons import reason

log = logging.getLogger(__name__)

TRIES = 4
REFUSALS = 30
LONGEST_WAIT_SECONDS = 60
TIMEOUT_SECONDS = 15
HINT_SECONDS = 3
CONNECTIONS = 60

Sleep = Callable[[float], Awaitable[None]]
Before = Callable[[], Awaitable[None]]

SHUT = ("invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive", "user_removed_from_team")
"""https://docs.slack.dev/reference/methods/auth.test#errors."""

LASTING = (
    "missing_scope",
    "not_authorized",
    "not_allowed",
    "not_allowed_token_type",
    "unknown_method",
    "method_deprecated",
    "method_not_supported_for_channel_type",
    "feature_not_enabled",
    "access_denied",
    "no_permission",
    "team_access_not_granted",
    "invalid_arguments",
)
"""Refusals that another try will not change: what is only nice to have is not asked for again."""


class SlackRefused(Exception):
    """Slack answered no; `code` is its own error name."""

    def __init__(self, method: str, code: str, response: Any = None) -> None:
        super().__init__(f"{method}: {code}")
        self.method = method
        self.code = code
        self.response = response


class SlackCalls:
    """`base_url` ends with `/api/`."""

    def __init__(
        self,
        token: str,
        base_url: str,
        sleep: Sleep = asyncio.sleep,
        timeout_seconds: float = TIMEOUT_SECONDS,
        on_refusal: Callable[[str], None] = lambda code: None,
    ) -> None:
        """`on_refusal` is told Slack's own word for each call that it did not take."""
        self.token = token
        self.base_url = base_url if base_url.endswith("/") else base_url + "/"
        self.client = AsyncWebClient(token=token, base_url=self.base_url, retry_handlers=[], timeout=TIMEOUT_SECONDS)
        self.client.proxy = proxy_of(self.base_url)  # the SDK knows HTTPS_PROXY, and not NO_PROXY
        self.budget = CallBudget()
        self.clock = PlatformClock("slack")
        self.unwanted: set[str] = set()
        """Methods that Slack will not do for us, and that we can do without."""
        self._sleep = sleep
        self._on_refusal = on_refusal
        self._is_shut = False
        self._timeout_seconds = timeout_seconds

    async def read(self, method: str, **arguments: Any) -> Any:
        """A call that only reads; these take no JSON. Raises like `repeatable`."""
        return await self._repeat(method, {"params": arguments}, USUAL, waits=True)

    async def look(self, method: str, **arguments: Any) -> Any:
        """A read that is worth one try."""
        return await self._once(method, {"params": arguments}, USUAL, waits=False)

    async def repeatable(
        self, method: str, *, final: bool = True, before: Before | None = None, **arguments: Any
    ) -> Any:
        """A call that may be made twice. Raises SlackRefused, or PlatformUnavailable when trying again did not help, and whatever
        `before` raises, which is called when it has come to its turn.

        One that is not `final` waits for nothing and is made once: it raises NotTaken where there is no room for it.
        """
        return await self._repeat(method, {"json": arguments}, FINAL if final else USUAL, waits=final, before=before)

    async def _repeat(
        self, method: str, request: dict[str, Any], rank: int, *, waits: bool, before: Before | None = None
    ) -> Any:
        for attempt in range(1, TRIES + 1):
            try:
                return await self._once(method, request, rank, waits=waits, before=before)
            except PlatformUnavailable:
                if attempt == TRIES or not waits:
                    raise
                await self._sleep(0.3 * 2**attempt)
        raise AssertionError

    async def post(self, method: str, *, final: bool = True, before: Before | None = None, **arguments: Any) -> Any:
        """A call that makes something. Raises SlackRefused, NotTaken where it was not taken, and PlatformUnavailable where nobody
        knows. `final` and `before` as in `repeatable`."""
        return await self._once(method, {"json": arguments}, FINAL if final else USUAL, waits=final, before=before)

    async def hint(self, method: str, **arguments: Any) -> bool:
        """A call that is nice to have: made once, if there is room for it, and not again once Slack has said that it never will."""
        lane = self.budget.lane(method)
        if method in self.unwanted or not lane.is_free():
            return False
        try:
            async with asyncio.timeout(HINT_SECONDS):
                await self._once(method, {"json": arguments}, USUAL, waits=False)
        except SlackRefused as refused:
            log.info("not wanted", extra={"method": method, "reason": refused.code})
            if refused.code in LASTING:
                self.unwanted.add(method)
            return False
        except (PlatformUnavailable, TimeoutError) as fault:
            log.info("left out", extra={"method": method, "reason": type(fault).__name__})
            return False
        return True

    async def _once(
        self, method: str, request: dict[str, Any], rank: int, *, waits: bool, before: Before | None = None
    ) -> Any:
        channel = str((request.get("json") or {}).get("channel") or "")
        for attempt in range(1, REFUSALS + 1):
            async with self.budget.permit(method, channel, rank, waits=waits) as permit:
                if before:
                    await before()
                try:
                    answer = await self._call(method, request)
                except SlackApiError as fault:
                    wait = _rate_limited(fault)
                    self._on_refusal(error_code(fault.response) if wait is None else "ratelimited")
                    if wait is None:
                        permit.passed()
                        self._tell_shut(error_code(fault.response))
                        raise _refusal(method, fault) from fault
                    permit.refused(wait)
                    log.warning("rate limited", extra={"method": method, "seconds": wait})
                    if wait > LONGEST_WAIT_SECONDS or attempt == REFUSALS or not waits:
                        raise NotTaken(f"{method}: rate limited for {wait:.0f} s") from fault
                else:
                    permit.passed()
                    self._is_shut = False
                    return answer
        raise AssertionError

    def _tell_shut(self, code: str) -> None:
        """Once, that Slack does not let us in any more: a token is revoked or runs out while we run."""
        if code in SHUT and not self._is_shut:
            self._is_shut = True
            log.warning("Slack does not take the token", extra={"reason": code, "cure": phrases.token_is_shut()})

    async def _call(self, method: str, request: dict[str, Any]) -> Any:
        try:
            async with asyncio.timeout(self._timeout_seconds):
                answer = await self.connected().api_call(method, **request)
        except SlackApiError:
            raise
        except ClientConnectorError as fault:
            raise NotTaken(f"{method}: {reason(fault)}") from fault
        except (ClientError, SlackClientError, TimeoutError, OSError, ValueError, AttributeError) as fault:
            raise PlatformUnavailable(f"{method}: {type(fault).__name__}") from fault
        self.clock.told(answer.headers.get("Date"))
        return answer

    def connected(self) -> AsyncWebClient:
        """The client on our own session: without one it would open a connection for every call."""
        if self.client.session is None or self.client.session.closed:
            timeout = ClientTimeout(total=self._timeout_seconds)
            self.client.session = ClientSession(connector=TCPConnector(limit=CONNECTIONS), timeout=timeout)
        return self.client

    @property
    def session(self) -> ClientSession:
        session = self.connected().session
        if session is None:
            raise AssertionError
        return session

    async def close(self) -> None:
        if self.client.session and not self.client.session.closed:
            await self.client.session.close()


def _rate_limited(fault: SlackApiError) -> float | None:
    """Seconds to wait, where that is what was said."""
    if getattr(fault.response, "status_code", 0) != 429 and error_code(fault.response) not in (
        "ratelimited",
        "rate_limited",
    ):
        return None
    try:
        return float(fault.response.headers.get("Retry-After", 1))
    except ValueError:
        return 1.0


def _refusal(method: str, fault: SlackApiError) -> Exception:
    status, code = getattr(fault.response, "status_code", 0), error_code(fault.response)
    if status >= 500 or code in ("internal_error", "fatal_error", "service_unavailable", "request_timeout", "not JSON"):
        return PlatformUnavailable(f"{method}: {status} {code}")
    return SlackRefused(method, code, fault.response)


def error_code(response: Any) -> str:
    """Slack's own name of an error; a page of HTML has none."""
    data = getattr(response, "data", None)
    return str(data.get("error") or "not JSON") if isinstance(data, dict) else "not JSON"
