"""What must be true of Slack's payloads before anything reads them: the envelope is of its kind, what it holds of the shape that its
name promises.

Of an envelope a field of the wrong kind makes the whole unreadable. Within a message what is odd is left out, and the rest is answered:
Slack adds kinds of blocks, and forwards what other apps made.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

log = logging.getLogger(__name__)

Json = dict[str, Any]

MOST_FIELDS = 100
"""Of a form: Slack's slash commands have about fifteen, an interaction one (https://docs.slack.dev/interactivity/)."""

STAMP = re.compile(r"[0-9]{1,11}(?:\.[0-9]{1,9})?")
"""A `ts`: seconds, and a number that parts messages of one second."""

ODD = (AttributeError, IndexError, KeyError, RecursionError, TypeError, ValueError)
"""What reading a payload of another shape raises."""

OBJECTS = frozenset((
    "message", "previous_message", "edited", "bot_profile", "user_profile", "room", "subteam", "transcription", "call", "accessory",
))  # fmt: skip
LISTS = frozenset(
    ["attachments", "blocks", "files", "elements", "fields", "actions", "message_blocks", "from", "participant_history"]
)
ROWS = "rows"
STAMPS = frozenset(("ts", "thread_ts", "deleted_ts", "event_ts"))
NUMBERS = {"size": 1 << 50, "indent": 8, "offset": 100_000}
"""With the largest that counts."""

IDS = frozenset((
    "type", "subtype", "channel_id", "user_id", "team_id", "command", "text", "user_name", "response_url", "trigger_id",
    "callback_id", "action_id", "value", "action_ts", "message_ts",
))  # fmt: skip
WITH_IDS = frozenset(("user", "team", "channel"))
PARTS = frozenset(("message", "container", "view", "enterprise", "event"))
SEQUENCES = frozenset(("actions", "response_urls", "authorizations"))

NEEDED: dict[str, tuple[str, ...]] = {  # of any app's; what ours need besides is asked for where it is read
    "event_callback": ("event", "team_id"),
    "block_actions": ("user", "actions"),
    "interactive_message": ("user", "actions"),
    "message_action": ("user", "callback_id"),
    "shortcut": ("user", "callback_id"),
    "view_submission": ("user", "view"),
    "view_closed": ("user", "view"),
    "block_suggestion": ("user", "action_id"),
}
OF_A_COMMAND = ("command", "team_id", "channel_id", "user_id")


class Malformed(ValueError):
    """A payload that no kind of Slack's has."""


def is_crowded(body: str, kind: str) -> bool:
    """A form of more fields than Slack sends, which would take long to read."""
    is_form = "json" not in kind and not body.startswith("{")
    return is_form and body.count("&") >= MOST_FIELDS


def checked(body: Json) -> Json:
    """The payload, without what is odd within its messages. Raises Malformed."""
    if not isinstance(body, dict):
        raise Malformed("no object")
    for name in body.keys() & (IDS | WITH_IDS | PARTS | SEQUENCES):
        if body[name] is not None and not _is_of_its_kind(name, body[name]):
            raise Malformed(f"{name} is of another kind")
    needed = OF_A_COMMAND if "command" in body else NEEDED.get(str(body.get("type")), ())
    for name in needed:
        if not body.get(name):
            raise Malformed(f"{name} is missing")
    if body.get("type") == "block_actions" and not all(one.get("action_id") for one in body["actions"]):
        raise Malformed("an action has no id")
    if "view" in needed and not _is_view(body["view"]):
        raise Malformed("the view is of another kind")
    if "event" in body and not _is_event(body["event"]):
        raise Malformed("the event is of another kind")
    with reading("payload"):
        return {name: _tidy(value) if name in PARTS else value for name, value in body.items()}


def _is_of_its_kind(name: str, value: Any) -> bool:
    if name == "response_url":
        return isinstance(value, str) and value.startswith(("https://", "http://"))
    if name in IDS:
        return isinstance(value, str)
    if name in SEQUENCES:
        return isinstance(value, list) and all(isinstance(one, dict) and _has_words(one) for one in value)
    return isinstance(value, dict) and (name not in WITH_IDS or _is_id(value.get("id")))


def _is_view(view: Json) -> bool:
    return _is_id(view.get("type")) and isinstance(view.get("callback_id", ""), str)


def _is_event(event: Any) -> bool:
    """It says what it is; of an assistant's thread where it is, too: Bolt looks for that."""
    if not isinstance(event, dict) or not _is_id(event.get("type")):
        return False
    if not event["type"].startswith("assistant_thread_"):
        return True
    thread = event.get("assistant_thread")
    if not isinstance(thread, dict) or not all(map(_is_id, map(thread.get, ("user_id", "channel_id", "thread_ts")))):
        return False
    return bool(STAMP.fullmatch(thread["thread_ts"]))


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _has_words(action: Json) -> bool:
    return all(isinstance(action.get(name, ""), str) for name in ("action_id", "block_id", "name", "type"))


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Around what reads a payload and does nothing else. Raises Malformed."""
    try:
        yield
    except Malformed:
        raise
    except ODD as fault:
        raise Malformed(f"{what}: {type(fault).__name__}: {str(fault)[:80]}") from fault


def told(payload: Mapping[str, Any], name: str) -> str:
    """A field that must be there. Raises Malformed."""
    value = payload.get(name)
    if not _is_id(value):
        raise Malformed(f"{name} is missing")
    return str(value)


def told_id(payload: Mapping[str, Any], name: str) -> str:
    """The id of an object that must be there. Raises Malformed."""
    value = payload.get(name)
    if not isinstance(value, Mapping):
        raise Malformed(f"{name} is missing")
    return told(value, "id")


def _tidy(value: Any, key: str = "") -> Any:
    """The value, without what in it has another shape than its name promises."""
    if isinstance(value, list):
        return [_tidy(one) for one in value if key not in LISTS or _is_part(key, one)]
    if isinstance(value, dict):
        return {name: _tidy(one, name) for name, one in value.items() if one is None or _fits(name, one)}
    return value


def _is_part(key: str, part: Any) -> bool:
    return isinstance(part, str if key == "participant_history" else dict)


def _fits(key: str, value: Any) -> bool:
    if key in OBJECTS:
        return isinstance(value, dict)
    if key in LISTS:
        return isinstance(value, list)
    if key == ROWS:
        return isinstance(value, list) and all(isinstance(row, list) for row in value)
    if key in STAMPS:
        return bool(STAMP.fullmatch(str(value))) and not isinstance(value, bool)
    if key in NUMBERS:
        return isinstance(value, int) and 0 <= value <= NUMBERS[key]
    return True
