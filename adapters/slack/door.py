"""Builds Slack's pair from the settings: the platform that answers, and the adapter that listens."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.doors import Around, Entrance, secret
from adapters.slack.outgoing import SlackPlatform
from bot.ports.doors import Adapter, Desk, Platform
from bot.settings import Settings


class SlackEntrance(Entrance):
    name = "slack"

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        token = secret(settings.slack_bot_token)
        self._platform = SlackPlatform(token, settings.slack_api_url, name=settings.plumbline_name)

    def open(self, around: Around) -> Platform:
        return self._platform

    def listen(self, desk: Desk, around: Around) -> Adapter:
        from adapters.slack.app import SlackAdapter  # with its socket and Bolt, which only listening needs

        return SlackAdapter(
            desk,
            self._platform,
            app_token=secret(self._settings.slack_app_token),
            signing_secret=secret(self._settings.slack_signing_secret),
            http_port=self._settings.plumbline_slack_http_port,
            answer_bots=self._settings.plumbline_answer_bots,
            metrics=around.metrics,
        )

    async def check(self) -> Sequence[str]:
        try:
            return await self._platform.check()
        finally:
            await self._platform.close()
