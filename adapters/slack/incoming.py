"""Slack's events -> Said, Edited, Deleted. Raw payloads end here.

A mention comes twice, as `app_mention` and as `message`, with the same channel and ts: both become the same Message, and the inbox
takes one. `ts` stays a string: as a number it would lose digits that name the message. An edit comes as `message_changed`, and so do
previews, counts of replies and our own edits: only other words or other files are an edit.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Protocol

from adapters.events import Deleted, Edited, Said, Wording, is_edit
from adapters.slack.contents import (
    Event,
    Ourselves,
    files_of,
    files_within,
    is_among_people,
    is_nod,
    mentioned,
    name_of,
    own_name,
    people_in,
    quotes_of,
    speaker,
    text_of,
    typed,
)
from adapters.slack.directory import HOME, SHARED
from adapters.slack.files import is_stub
from adapters.slack.names import LOOK_SECONDS
from adapters.slack.threads import thread_at
from bot.conversation import Author, Message, ThreadId
from bot.errors import FileUnreadable
from bot.writing.text import sanitise

log = logging.getLogger(__name__)

SHARED_EVENT = "is_ext_shared_channel"
"""Stands in the envelope of an event: https://docs.slack.dev/apis/slack-connect/."""

SAID = (None, "file_share", "thread_broadcast", "me_message")
"""Subtypes in which a person says something. Edits, deletions, joins and the rest are none of ours here."""

MOST_LOOKED_UP = 10
"""Of a thread's messages with files that only their ids are told of, the newest."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """Slack's own Stop button was pressed. It has closed its streams, and leaves the rest to us."""

    thread: ThreadId
    user: str


@dataclass(frozen=True, slots=True)
class Opened:
    """Somebody looks at the direct messages with us."""

    channel: str


class Workspace(Protocol):
    """What an event does not tell, and Slack can be asked."""

    async def ourselves(self) -> Ourselves: ...

    async def names(self, users: Sequence[str]) -> Mapping[str, str]: ...

    def zone(self, user: str) -> str: ...

    def is_person(self, user: str) -> bool: ...

    async def file_facts(self, file_id: str) -> Event: ...


async def read(
    payload: Event, workspace: Workspace, *, bots: bool = False
) -> Said | Edited | Deleted | Stopped | Opened | None:
    """What an event says to us; None for what is none of our business. `bots`: what other bots say to us is."""
    event, team = payload["event"], str(payload["team_id"])
    if payload.get("is_ext_shared_channel"):
        event = {**event, SHARED_EVENT: True}
    match event.get("type"):
        case "message" | "app_mention":
            return await _read_message(event, team, workspace, bots=bots)
        case "agent_session_stopped" if event.get("thread_ts"):
            thread = thread_at(team, str(event["channel"]), str(event["thread_ts"]))
            return Stopped(thread, str(event["user"]))
        case "app_home_opened" if event.get("tab") == "messages":
            return Opened(str(event["channel"]))
    return None


async def _read_message(event: Event, team: str, workspace: Workspace, *, bots: bool) -> Said | Edited | Deleted | None:
    ours = await workspace.ourselves()
    event = await _by_its_author(event, ours, workspace)
    if gone := deleted(event, ours):
        root, ts = gone
        return Deleted(thread_at(team, str(event["channel"]), root), ts)
    if now := edited(event, ours):
        message = await _message(now, team, ours, workspace, edition=edition_of(now, event))
        return Edited(replace(message, addressed=False) if message.author.is_bot else message)
    if not event.get("edited") and concerns_us(event, ours, bots=bots):
        return Said(await _message(event, team, ours, workspace))
    if event.get("type") == "message" and not bots and concerns_us(event, ours, bots=True):
        reason = "PLUMBLINE_ANSWER_BOTS is off"
        log.info(
            "another app is not answered", extra={"app": own_name(event), "message_id": event["ts"], "reason": reason}
        )
    return None


async def read_back(event: Event, workspace: Workspace, *, bots: bool = False) -> Message | None:
    """What a message says to us as it stands in its channel now, in its newest edition; None for what is none of our business. Beside
    the message the event names its channel, and the channel's type."""
    ours = await workspace.ourselves()
    event = await _by_its_author(as_told(event), ours, workspace)
    if not concerns_us(event, ours, bots=bots):
        return None
    return await _message(event, ours.team, ours, workspace, edition=str((event.get("edited") or {}).get("ts") or ""))


def as_told(event: Event) -> Event:
    """A message that Slack keeps, as its event tells it: a root names no thread there, though it has replies since."""
    told = {**event, "type": "message"}
    if event.get("thread_ts") == event.get("ts"):
        del told["thread_ts"]
    return told


async def _by_its_author(event: Event, ours: Ourselves, workspace: Workspace) -> Event:
    """The event, with what a person said through an app of their own as theirs."""
    messages = [event, event.get("message") or {}, event.get("previous_message") or {}]
    by_apps = [one for one in messages if one.get("bot_id") and one.get("user") and not ours.said(one)]
    if not by_apps:
        return event
    await workspace.names([str(one["user"]) for one in by_apps])
    nested = {key: said_by_person(event[key], workspace) for key in ("message", "previous_message") if event.get(key)}
    return {**said_by_person(event, workspace), **nested}


def said_by_person(message: Event, workspace: Workspace) -> Event:
    """What a person said through an app of their own carries that app's bot_id; it is theirs all the same. The user's name was asked
    for before."""
    is_app = message.get("subtype") == "bot_message" or not workspace.is_person(str(message.get("user") or ""))
    if is_app or not message.get("bot_id"):
        return message
    return {key: value for key, value in message.items() if key not in ("bot_id", "bot_profile")}


async def _message(event: Event, team: str, ours: Ourselves, workspace: Workspace, edition: str = "") -> Message:
    names = await workspace.names(people_in(event))
    zone = workspace.zone(speaker(event))
    return to_message(await _with_files(event, workspace), team, ours, names, edition=edition, zone=zone)


async def _with_files(event: Event, workspace: Workspace) -> Event:
    """The event with what is to be known of its files, and of those of what it forwards."""
    files = [await _looked_up(file, workspace) for file in event.get("files") or ()]
    forwarded = [await _with_files(one, workspace) for one in event.get("attachments") or ()]
    return {**event, "files": files, "attachments": forwarded}


async def with_newest_files(events: Sequence[Event], workspace: Workspace) -> list[Event]:
    """Events of a thread, with what is to be known of the newest files in them."""
    stubs = [place for place, event in enumerate(events) if any(is_stub(file) for file in _all_files(event))]
    looked = await asyncio.gather(*(_with_files(events[place], workspace) for place in stubs[-MOST_LOOKED_UP:]))
    found = dict(zip(stubs[-MOST_LOOKED_UP:], looked, strict=True))
    return [found.get(place, event) for place, event in enumerate(events)]


def _all_files(event: Event) -> Iterator[Event]:
    yield from event.get("files") or ()
    for one in event.get("attachments") or ():
        yield from _all_files(one)


async def _looked_up(file: Event, workspace: Workspace) -> Event:
    """Of a file from another organisation an event tells only the id."""
    if not is_stub(file):
        return file
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            return await workspace.file_facts(str(file["id"]))
    except (FileUnreadable, TimeoutError):
        return file  # looked up again when it is read


def is_nothing_new(payload: Event, ours: Ourselves) -> bool:
    """True for what came of a deed of ours: each edit of an answer comes back as an event."""
    event = payload.get("event")
    return isinstance(event, dict) and is_echo(event, ours) and deleted(event, ours) is None


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
    """The message as it reads now, where an event tells of an edit of words, tables or files that concerns us, now or before it."""
    if event.get("type") == "app_mention":
        return event if event.get("edited") and concerns_us(event, ours) else None
    if event.get("subtype") != "message_changed":
        return None
    now, before = event.get("message") or {}, event.get("previous_message") or {}
    marked = (now.get("edited") or {}).get("ts")
    is_reworded = is_edit(_wording(now), _wording(before) if before else None, is_marked=bool(marked))
    is_reworded = is_reworded or bool(before and _held(before) - _held(now))  # taken away of what it forwards
    is_marked_anew = marked != (before.get("edited") or {}).get("ts")  # other cells of a table, under the same words
    if now.get("hidden") or not (is_reworded or (marked and is_marked_anew)):
        return None
    place = {"type": "message", "channel": event.get("channel"), "channel_type": event.get("channel_type")}
    if concerns_us({**now, **place}, ours) or (
        before and concerns_us({**now, **place, "text": before.get("text")}, ours)
    ):
        return {**now, **place}
    if now.get("bot_id") and now.get("thread_ts") and not ours.said(now):
        return {**now, **place}  # another app's, which may have been read as the root of a thread of ours
    return None


def edition_of(message: Event, event: Event) -> str:
    """Slack's mark of an edit."""
    return str((message.get("edited") or {}).get("ts") or event.get("event_ts") or event.get("ts") or "")


def _wording(message: Event) -> Wording:
    files = (str(file.get("id")) for file in message.get("files") or () if file.get("mode") != "tombstone")
    return Wording(str(message.get("text")), tuple(files))


def _held(message: Event) -> set[str]:
    """The files that are still there, in it and in what it forwards."""
    return {str(file.get("id")) for file in files_within(message) if file.get("mode") != "tombstone"}


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


def to_message(
    event: Event, team: str, ours: Ourselves, names: Mapping[str, str], *, edition: str = "", zone: str = ""
) -> Message:
    """A message that concerns us. `names` gives the name of each user id in it."""
    user, people = speaker(event), mentioned(event)
    direct, nods = event.get("channel_type") == "im", is_nod(event, ours)
    text, own = sanitise(text_of(event, ours, names)), sanitise(typed(event, ours, names))
    home = str(event.get("user_team") or event.get("source_team") or team)
    return Message(
        thread=thread_at(team, str(event["channel"]), str(event.get("thread_ts") or event["ts"])),
        id=str(event["ts"]),
        author=Author(f"slack:{user}", name_of(event, names) or user, is_bot=bool(event.get("bot_id"))),
        text=text,
        sent_at=moment(str(event["ts"])),
        addressed=(direct and not nods) or ours.user_id in people,
        mentions_others=is_among_people(event, ours),
        attachments=tuple(files_of(event)),
        route=_route(event, home, team, direct=direct),
        edition=edition,
        zone=zone,
        typed=own if own not in ("", text) else None,
        gesture=nods,
        quotes=quotes_of(event, text, names),
    )


def _route(event: Event, home: str, team: str, *, direct: bool) -> dict[str, str]:
    """Whose stream it is in a direct message, and what the event says of who is inside: it is newer than anything looked up."""
    is_shared = {SHARED: "1"} if event.get(SHARED_EVENT) else {}
    return {
        **({"team": home} if direct and home != team else {}),
        **({HOME: home} if home != team else {}),
        **is_shared,
    }


def moment(ts: str) -> datetime:
    """When a message with this ts was sent; only for showing, for the id is the ts itself."""
    return datetime.fromtimestamp(int(ts.split(".")[0]), UTC)
