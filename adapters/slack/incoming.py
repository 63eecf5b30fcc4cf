"""Slack events -> Message. Raw payloads end here.

A mention comes twice, as `app_mention` and as `message`, with the same channel and ts: both become the same Message, and the inbox
takes one. `ts` stays a string: as a number it would lose digits that name the message. An edit comes as `message_changed`, and so do
previews, counts of replies and our own edits: only other words or other files are an edit.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from adapters.slack.contents import Event, Ourselves, files_of, mentioned, own_name, read_back, speaker, text_of
from bot.conversation import Author, Message, ThreadId
from bot.writing.text import sanitise

SAID = (None, "file_share", "thread_broadcast")
"""Subtypes in which a person says something. Edits, deletions, joins and the rest are none of ours here."""

OURS = "Plumbline"


def order(ts: str) -> tuple[int, int]:
    """A ts as two whole numbers: as one number it would lose digits, and as text it would sort wrongly across lengths."""
    seconds, _, number = ts.partition(".")
    return int(seconds or 0), int(number or 0)


def is_echo(event: Event, ours: Ourselves) -> bool:
    """True for what we did ourselves and are told of: each edit of an answer comes back. What became of a question that we posted
    in somebody's name is none: it may be deleted."""
    if event.get("type") not in ("message", "app_mention"):
        return False
    message = event.get("message") if event.get("subtype") == "message_changed" else event
    return bool(message and ours.said(message))


def concerns_us(event: Event, ours: Ourselves, *, bots: bool = False) -> bool:
    """True for what a person said in a direct message, in a thread, or to us. Our own echoes and edits are not.

    `bots`: what another bot says to us concerns us, too.
    """
    if event.get("type") not in ("message", "app_mention") or ours.said(event):
        return False
    is_to_us = ours.user_id in mentioned(event)
    if event.get("bot_id"):
        return bots and is_to_us and event.get("subtype") in (*SAID, "bot_message")
    if event.get("subtype") not in SAID or not event.get("user"):
        return False
    return bool(event.get("channel_type") == "im" or event.get("thread_ts") or is_to_us)


def edited(event: Event, ours: Ourselves) -> Event | None:
    """The message as it reads now, where an event tells of an edit of words or files that concerns us, now or before it."""
    if event.get("type") == "app_mention":
        return event if event.get("edited") and concerns_us(event, ours) else None
    if event.get("subtype") != "message_changed":
        return None
    now, before = event.get("message") or {}, event.get("previous_message") or {}
    if now.get("hidden") or not (_reads_differently(now, before) if before else now.get("edited")):
        return None
    place = {"type": "message", "channel": event.get("channel"), "channel_type": event.get("channel_type")}
    if concerns_us({**now, **place}, ours) or (
        before and concerns_us({**now, **place, "text": before.get("text")}, ours)
    ):
        return {**now, **place}
    return None


def edition_of(message: Event, event: Event) -> str:
    """Slack's mark of an edit."""
    return str((message.get("edited") or {}).get("ts") or event.get("event_ts") or event.get("ts") or "")


def _reads_differently(now: Event, before: Event) -> bool:
    return now.get("text") != before.get("text") or _file_ids(now) != _file_ids(before)


def _file_ids(message: Event) -> list[str]:
    return [str(file.get("id")) for file in message.get("files") or () if file.get("mode") != "tombstone"]


def deleted(event: Event, ours: Ourselves) -> tuple[str, str] | None:
    """The thread and the ts of a message that was deleted, where that can concern us. A root with replies leaves a tombstone."""
    before = event.get("previous_message") or {}
    if event.get("subtype") == "message_changed" and (event.get("message") or {}).get("subtype") == "tombstone":
        ts = str(event["message"]["ts"])
    elif event.get("subtype") == "message_deleted":
        ts = str(event["deleted_ts"])
    else:
        return None
    thread = str(before.get("thread_ts") or (event.get("message") or {}).get("thread_ts") or ts)
    if before and ours.said(before):
        return (thread, ts) if thread == ts else None
    is_near = event.get("channel_type") == "im" or before.get("thread_ts") or ours.user_id in mentioned(before)
    return (thread, ts) if is_near or not before else None


def thread_of(team: str, channel: str, event: Event) -> ThreadId:
    return ThreadId("slack", team, channel, str(event.get("thread_ts") or event["ts"]))


def to_message(event: Event, team: str, ours: Ourselves, names: Mapping[str, str], *, edition: str = "") -> Message:
    """A message that concerns us. `names` gives the name of each user id in it."""
    user, people = speaker(event), mentioned(event)
    direct = event.get("channel_type") == "im"
    home = str(event.get("user_team") or event.get("source_team") or team)
    return Message(
        thread=thread_of(team, str(event["channel"]), event),
        id=str(event["ts"]),
        author=Author(f"slack:{user}", names.get(user) or own_name(event) or user, is_bot=bool(event.get("bot_id"))),
        text=sanitise(text_of(event, ours, names)),
        sent_at=moment(str(event["ts"])),
        addressed=direct or ours.user_id in people,
        mentions_others=any(one != ours.user_id for one in people),
        attachments=tuple(files_of(event)),
        route={"team": home} if direct and home != team else {},
        edition=edition,
    )


def to_earlier(event: Event, thread: ThreadId, ours: Ourselves, names: Mapping[str, str]) -> Message | None:
    """Something said in the thread before, by an alert or by us included; None for what says nothing."""
    is_ours = ours.said(event)
    text = sanitise(read_back(event.get("blocks") or ()) if is_ours else text_of(event, ours, names))
    if not text.strip():
        return None
    if is_ours:
        author, sent_at = Author(f"slack:{ours.user_id}", OURS, is_bot=True), moment(str(event["ts"]))
        return Message(thread, str(event["ts"]), author, text, sent_at, addressed=False, ours=True)
    author_id = speaker(event)
    author = Author(
        f"slack:{author_id}", names.get(author_id) or own_name(event) or author_id, bool(event.get("bot_id"))
    )
    return Message(thread, str(event["ts"]), author, text, moment(str(event["ts"])), addressed=False)


def moment(ts: str) -> datetime:
    """When a message with this ts was sent; only for showing, for the id is the ts itself."""
    return datetime.fromtimestamp(int(ts.split(".")[0]), UTC)
