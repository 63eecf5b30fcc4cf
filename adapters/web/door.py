"""Builds the page's pair from the settings: the platform that answers on the board, and the adapter that serves the page."""

from __future__ import annotations

from adapters.doors import Around, Entrance, secret
from adapters.web.outgoing import WebPlatform
from bot.ports.doors import Adapter, Desk, Platform
from bot.settings import Settings


class WebEntrance(Entrance):
    name = "web"
    is_chat = False

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def open(self, around: Around) -> Platform:
        return WebPlatform(around.board, self._settings.plumbline_name)

    def listen(self, desk: Desk, around: Around) -> Adapter | None:
        if not self._settings.plumbline_web_port:
            return None
        from adapters.web.app import WebAdapter  # with its templates and highlighting, which only listening needs

        return WebAdapter(
            desk,
            around.board,
            around.feedback,
            around.repositories,
            around.usage,
            around.rights,
            host=self._settings.plumbline_web_host,
            port=self._settings.plumbline_web_port,
            public_url=self._settings.plumbline_web_url,
            token=secret(self._settings.plumbline_web_token),
            name=self._settings.plumbline_name,
            person=around.person,
            rehearsal=around.is_rehearsal,
            environments=around.environments,
            take_key=around.take_key,
            say=around.say,
        )
