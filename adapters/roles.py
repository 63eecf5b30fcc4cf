"""What each role of a process needs besides valid settings, in sentences: a process that could never meet the others does not start.

A gateway listens and asks Claude nothing; a worker answers and listens to nothing; both meet in one Redis.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from bot.settings import Settings

Role = Literal["all", "gateway", "worker"]


def needed_by(role: Role, settings: Settings) -> Iterator[str]:
    """What is missing for this role: a sentence each, which names the setting and the cure."""
    if role != "all" and not settings.redis_url:
        yield (
            f"REDIS_URL is not set: a {role} with a store of its own never meets the others, and questions are lost; "
            "name the Redis that all share, or start without --role"
        )
    if role != "worker":
        yield from _for_listening(settings)
    if role != "gateway" and (chats(settings) or role == "worker") and not has_model(settings):
        yield (
            "ANTHROPIC_API_KEY is not set: people would be answered by a stand-in; "
            "set it, or PLUMBLINE_REHEARSAL=true to try the bot without Claude"
        )


def _for_listening(settings: Settings) -> Iterator[str]:
    socket_mode = settings.plumbline_slack_http_port == 0
    if settings.slack_bot_token and socket_mode and not settings.slack_app_token:
        yield "SLACK_APP_TOKEN is not set, SLACK_BOT_TOKEN is: Socket Mode needs both; it starts with xapp-"
    if settings.slack_bot_token and not socket_mode and not settings.slack_signing_secret:
        yield "SLACK_SIGNING_SECRET is not set: signed HTTP (PLUMBLINE_SLACK_HTTP_PORT) needs it; see Basic Information"


def chats(settings: Settings) -> bool:
    """Whether people on a chat platform are answered."""
    return bool(settings.slack_bot_token or settings.discord_bot_token)


def has_model(settings: Settings) -> bool:
    """Whether Claude answers, or a rehearsal that was asked for by name."""
    return settings.can_ask_claude or settings.plumbline_rehearsal


def rehearses(role: Role, settings: Settings) -> bool:
    """Whether a stand-in answers. A gateway does not know what its workers have, unless it is told."""
    return not settings.can_ask_claude and (role != "gateway" or settings.plumbline_rehearsal)


def warnings(role: Role, settings: Settings) -> Iterator[str]:
    """What works on one host only, said at the start of a process that has others beside it."""
    if role == "all":
        return
    if not settings.database_url:
        yield "DATABASE_URL is not set: only processes with this data directory share budgets and channels' settings."
    if not settings.plumbline_secret:
        yield "PLUMBLINE_SECRET is not set: only processes with this data directory share it."
