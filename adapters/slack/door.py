"""Builds Slack's pair from the settings: the platform that answers, and the adapter that listens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from adapters.doors import Around, Entrance, secret
from adapters.slack.calls import SlackCalls, SlackRefused
from adapters.slack.outgoing import SlackPlatform
from bot.errors import PlatformUnavailable
from bot.ports.doors import Adapter, Desk
from bot.ports.policy import Audience, Marks
from bot.settings import Settings


class SlackEntrance(Entrance):
    name = "slack"

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._platform: SlackPlatform | None = None

    def open(self, around: Around) -> SlackPlatform:
        """The same one for both sides."""
        refused = partial(around.metrics.platform_refused, self.name)
        self._platform = platform = self._platform or self._made(around.marks, refused)
        around.metrics.watch_clock(self.name, lambda: platform.calls.clock.ahead_seconds)
        return platform

    def _made(self, marks: Marks | None, refused: Callable[[str], None] = lambda code: None) -> SlackPlatform:
        token, url = secret(self._settings.slack_bot_token), self._settings.slack_api_url
        return SlackPlatform(token, url, name=self._settings.plumbline_name, marks=marks, on_refusal=refused)

    def listen(self, desk: Desk, around: Around) -> Adapter:
        from adapters.slack.app import SlackAdapter  # with its socket and Bolt, which only listening needs

        return SlackAdapter(
            desk,
            self.open(around),
            around.attendance,
            app_token=secret(self._settings.slack_app_token),
            signing_secret=secret(self._settings.slack_signing_secret),
            http_port=self._settings.plumbline_slack_http_port,
            answer_bots=self._settings.plumbline_answer_bots,
            is_alone=around.is_alone,
            metrics=around.metrics,
        )

    async def check(self) -> Sequence[str]:
        platform = self._made(None)
        try:
            faults = [*await platform.check(), *platform.calls.clock.faults()]
            if faults or self._settings.plumbline_slack_http_port:
                return faults
            return await self._check_socket_mode()
        finally:
            await platform.close()

    async def _check_socket_mode(self) -> Sequence[str]:
        """An address for a socket is asked for, and not used: https://docs.slack.dev/reference/methods/apps.connections.open."""
        calls = SlackCalls(secret(self._settings.slack_app_token), self._settings.slack_api_url)
        try:
            await calls.repeatable("apps.connections.open")
        except SlackRefused as refused:
            return [
                f"SLACK_APP_TOKEN is not accepted ({refused.code}); make one with connections:write (Basic Information, App-Level "
                "Tokens), and switch Socket Mode on"
            ]
        except PlatformUnavailable as fault:
            return [f"cannot be reached ({fault}); check the network and SLACK_API_URL"]
        finally:
            await calls.close()
        return []

    async def audiences(self, is_given: Callable[[str], bool]) -> Sequence[Audience]:
        platform = self._made(None)
        try:
            return await platform.directory.audiences(is_given)
        finally:
            await platform.close()
