"""Builds Slack's pair from the settings: the platform that answers, and the adapter that listens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from adapters.doors import Around, Entrance, secret
from adapters.slack.outgoing import SlackPlatform
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
        self._platform = self._platform or self._made(around.marks, refused)
        return self._platform

    def _made(self, marks: Marks | None, refused: Callable[[str], None] = lambda code: None) -> SlackPlatform:
        token, url = secret(self._settings.slack_bot_token), self._settings.slack_api_url
        return SlackPlatform(token, url, name=self._settings.plumbline_name, marks=marks, on_refusal=refused)

    def listen(self, desk: Desk, around: Around) -> Adapter:
        from adapters.slack.app import SlackAdapter  # with its socket and Bolt, which only listening needs

        return SlackAdapter(
            desk,
            self.open(around),
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
            return await platform.check()
        finally:
            await platform.close()

    async def audiences(self, is_given: Callable[[str], bool]) -> Sequence[Audience]:
        platform = self._made(None)
        try:
            return await platform.directory.audiences(is_given)
        finally:
            await platform.close()
