"""The address of a conversation on the local page: all stand in one channel, each named by the form that began it."""

from __future__ import annotations

import re
import secrets

from bot.conversation import ThreadId

PLATFORM, WORKSPACE, CHANNEL = "web", "local", "page"
NAME = re.compile(r"[A-Za-z0-9_-]{8,32}")


def new_name() -> str:
    """For a form: whoever sends the same form twice has asked once."""
    return secrets.token_urlsafe(12)


def is_name(written: str) -> bool:
    return bool(NAME.fullmatch(written))


def thread_at(name: str) -> ThreadId:
    """`name` is one of ours (`is_name`)."""
    return ThreadId(PLATFORM, WORKSPACE, CHANNEL, name)
