"""Slack's events that change what is known of people and places -> marks, so that every worker looks up anew.

https://docs.slack.dev/reference/events. A person's event comes with each change of a status, too: only one that says something else of
their rights than the last one counts.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from adapters.slack.contents import Event, enterprise_of
from bot.ports.policy import Marks

OF_PEOPLE = ("user_change", "team_join", "user_profile_changed")
OF_CHANNELS = ("channel_", "group_", "mpim_", "shared_channel_invite_", "member_")
"""What the events begin with that are about a channel: its members, its sharing, its kind."""

SUBTYPES = ("channel_", "group_", "bot_add", "bot_remove", "sh_room")
"""The same among messages: a channel that was made private says so in a message."""

FLAGS = ("deleted", "is_restricted", "is_ultra_restricted", "is_stranger", "is_bot", "team_id")


async def note(payload: Event, marks: Marks | None) -> None:
    """Raises StoreUnavailable: then the event is not acknowledged, and Slack tells it again."""
    if marks:
        await _note(payload["event"], marks)


async def _note(event: Event, marks: Marks) -> None:
    kind = str(event.get("type") or "")
    if kind in OF_PEOPLE and isinstance(event.get("user"), dict):
        user = event["user"]
        if await marks.change(f"slack:person:{user.get('id')}", state_of(user)):
            await marks.change("slack:people")
    elif kind.startswith("subteam_"):
        group = (event.get("subteam") or {}).get("id") or event.get("subteam_id")
        await marks.change(f"slack:group:{group}")
    elif kind.startswith(OF_CHANNELS) or (kind == "message" and str(event.get("subtype") or "").startswith(SUBTYPES)):
        for channel in _channels(event):
            await marks.change(f"slack:channel:{channel}")
            await marks.change(f"slack:members:{channel}")


def state_of(user: Event) -> str:
    """What a user object says of somebody's rights, as one word."""
    enterprise, teams = enterprise_of(user)
    return ",".join([*(str(user.get(flag)) for flag in FLAGS), enterprise, str(zlib.crc32(",".join(teams).encode()))])[
        :200
    ]


def _channels(event: Event) -> Iterator[str]:
    told = event.get("channel")
    for one in (
        told.get("id") if isinstance(told, dict) else told,
        event.get("new_channel_id"),
        event.get("old_channel_id"),
    ):
        if one:
            yield str(one)
