"""Slack, as far as a bot can tell: Web API, Socket Mode, signed HTTP, with their limits and faults. Loopback only.

    async with SlackServer() as slack:
        ... a bot with SLACK_API_URL=slack.api_url ...
        ts = await slack.user_says("C1", "<@UBOT> how?")
        await slack.until(lambda: slack.is_final("C1", ts))

`python -m tests.servers.slack --port 9001` serves it for a bot of another process. What the platform refuses is refused here, under the
platform's own error names; what was sent is kept in `calls`. Limits: docs.slack.dev, and what was measured by others against Slack.
"""

from __future__ import annotations

from tests.servers.slack.checks import check_message
from tests.servers.slack.posts import BOT_ID, BOT_USER, TEAM, Json, Post, found, shown
from tests.servers.slack.server import SlackServer
from tests.servers.slack.web_api import texts_of
from tests.servers.slack.workspace import PEOPLE, SCOPES

__all__ = [
    "BOT_ID", "BOT_USER", "PEOPLE", "SCOPES", "TEAM", "Json", "Post", "SlackServer", "check_message", "found", "shown", "texts_of",
]  # fmt: skip
