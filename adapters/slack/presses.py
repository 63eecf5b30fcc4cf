"""Slack's interactions: a use of a slash command, of the message menu, or of a button, as a typed value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from adapters.events import ACTIONS
from adapters.slack.contents import Event
from adapters.slack.directory import AWAY
from adapters.slack.shapes import told, told_id
from adapters.slack.threads import thread_at
from bot.conversation import ThreadId
from bot.views import Action


@dataclass(frozen=True, slots=True)
class SlashCommand:
    """What somebody typed behind one of our commands. `id` names this one use of it."""

    team: str
    channel: str
    user: str
    user_name: str
    text: str
    id: str
    response_url: str


@dataclass(frozen=True, slots=True)
class MenuUse:
    """Our message menu, used on `about`, which hangs on `root`."""

    team: str
    channel: str
    user: str
    about: Event
    root: str
    id: str
    response_url: str


@dataclass(frozen=True, slots=True)
class Pressed:
    """One of our buttons. `route`: how whoever pressed is answered alone, under an answer for them alone."""

    thread: ThreadId
    turn_id: str
    action: Action
    user: str
    route: Mapping[str, str]


def read_command(payload: Event) -> SlashCommand:
    """Raises Malformed."""
    return SlashCommand(
        team=told(payload, "team_id"),
        channel=told(payload, "channel_id"),
        user=told(payload, "user_id"),
        user_name=str(payload.get("user_name") or ""),
        text=str(payload.get("text") or ""),
        id=str(payload.get("trigger_id") or ""),
        response_url=str(payload.get("response_url") or ""),
    )


def read_menu(payload: Event) -> MenuUse:
    """Raises Malformed."""
    about = payload["message"]
    return MenuUse(
        team=told_id(payload, "team"),
        channel=told_id(payload, "channel"),
        user=told_id(payload, "user"),
        about=about,
        root=str(about.get("thread_ts") or about.get("ts") or told(payload, "message_ts")),
        id=told(payload, "action_ts"),
        response_url=str(payload.get("response_url") or ""),
    )


def read_press(payload: Event) -> Pressed | None:
    """None for a button that is not ours (any more), or that hangs on no thread and names none. Raises Malformed."""
    pressed, message = payload["actions"][0], payload.get("message") or {}
    action = ACTIONS.get(told(pressed, "action_id").removeprefix("plumbline:"))
    turn_id, _, named = str(pressed.get("value") or "").partition(" ")
    root = message.get("thread_ts") or (payload.get("container") or {}).get("thread_ts")
    if action is None or not (root or named):
        return None
    user, route = told_id(payload, "user"), {"response_url": str(payload.get("response_url") or "")}
    if named:
        thread = ThreadId.parse(named)
        is_there = told_id(payload, "channel") == thread.channel
        return Pressed(thread, turn_id, action, user, route if is_there else {**route, AWAY: "1"})
    thread = thread_at(told_id(payload, "team"), told_id(payload, "channel"), str(root))
    return Pressed(thread, turn_id, action, user, {})
