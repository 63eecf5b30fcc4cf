"""The address of a conversation on the local page: all stand in one channel, each named by the form that began it."""

from __future__ import annotations

import re
import secrets

from aiohttp import web

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


def thread_of(request: web.Request) -> ThreadId:
    """The thread in a request's address. Raises HTTPNotFound."""
    name = request.match_info["thread"]
    if not is_name(name):
        raise web.HTTPNotFound(text="There is no such thread.")
    return thread_at(name)
