"""Our buttons on Discord: what they are called, and a press of one -> Press."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import discord

from adapters.answered import OwnPost
from adapters.discord.contents import author_of
from adapters.discord.threads import DIRECT, PLATFORM, PRIVATE
from adapters.events import ACTIONS
from bot.conversation import ThreadId
from bot.views import Button, Press

BUTTON = "pl"
"""What the names of our buttons begin with."""


def custom_id(button: Button, thread: ThreadId) -> str:
    """All that a press needs, in the button itself: it works after a restart. At most 100 characters."""
    return ":".join((BUTTON, button.action, button.turn_id, thread.workspace, thread.channel, thread.thread))


def own_posts(message: discord.Message) -> list[OwnPost]:
    """The turns that one of our messages is of, as its buttons tell."""
    rows = [one for one in message.components if isinstance(one, discord.ActionRow)]
    ids = [str(getattr(one, "custom_id", None) or "") for row in rows for one in row.children]
    found = dict[str, OwnPost]()
    for mark, _, turn, *place in (one.split(":") for one in ids if one.count(":") == 5):
        if mark == BUTTON:
            found[turn] = OwnPost(ThreadId(PLATFORM, *place), turn, str(message.id), message.created_at)
    return list(found.values())


def read_press(interaction: discord.Interaction) -> Press | None:
    """None for what is none of our buttons, for one of another release that does not hold all of it, or that names another place than
    it hangs in."""
    kind, *parts = _name(interaction).split(":")
    if kind != BUTTON or len(parts) != 5 or parts[0] not in ACTIONS or not all(parts[2:]):
        return None
    action, turn_id, workspace, channel, thread = parts
    is_ours = (channel + thread.removeprefix(PRIVATE)).isdigit()
    if not is_ours or not _is_pressed_there(interaction, workspace, (channel, thread)):
        return None
    return Press(ThreadId(PLATFORM, workspace, channel, thread), turn_id, ACTIONS[action], author_of(interaction.user))


def _is_pressed_there(interaction: discord.Interaction, workspace: str, places: Sequence[str]) -> bool:
    """Where an answer had to go to its asker directly, its buttons name the place of the question."""
    if interaction.guild_id is None and interaction.context.dm_channel and workspace != DIRECT:
        return True
    return workspace == str(interaction.guild_id or DIRECT) and str(interaction.channel_id) in places


def _name(interaction: discord.Interaction) -> str:
    data: Mapping[str, Any] = interaction.data or {}
    return str(data.get("custom_id", ""))
