"""Reads what was said while no gateway of ours listened, or none could keep what it heard: Slack sends an event again after a minute,
and for the last time after five.

Of the channels that we are in the newest messages are read, and the replies that came since in those threads; of the direct messages
and the threads in which we spoke last the same. Each message goes the usual way, and the inbox takes each once. The moment of hearing
is noted by every gateway that hears, so one that joins others has nothing to read; of several that begin at once one reads.

Slack has no list of what is new: https://docs.slack.dev/reference/methods/conversations.history takes one call a channel, of fifty a
minute (tier 3), which answers need as well.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from adapters.answered import OwnPost, unanswered
from adapters.slack import incoming
from adapters.slack.calls import SlackCalls, SlackRefused
from adapters.slack.contents import Event, Ourselves
from adapters.slack.threads import is_root, thread_at
from bot.conversation import Message, ThreadId
from bot.errors import PlatformUnavailable, StoreUnavailable
from bot.loops import outlived
from bot.ports.stores import Attendance

log = logging.getLogger(__name__)

DOOR, THREADS = "slack", "slack threads"
MARGIN = timedelta(minutes=1)
"""A socket may be dead for 45 s before it counts as that."""

FARTHEST_BACK = timedelta(hours=23)
"""Less than the inbox knows for what it has taken: nothing is answered twice."""
MARK_SECONDS, PAUSE_SECONDS = 1.0, 2.0
REFUSED_SECONDS = 30.0
"""Of a shorter outage everything is told again: a minute after it was refused."""

TRIES = 10
OTHERS_SECONDS = 3.0
"""Somebody who hears has noted so within this time."""

PAGE, MOST_PAGES = 200, 3
"""Of a channel's roots; of a thread's replies since."""

MOST_CHANNELS, MOST_THREADS = 300, 100
KEPT = 25
"""Of fifty calls a minute, those that are left to answers: what stood in a thread before is read by the same ones."""

CHANNELS = "public_channel,private_channel,mpim"

Handle = Callable[[Message], Awaitable[None]]


@dataclass(slots=True)
class _Read:
    """What was read of one place: what concerns us, and our posts under their turns."""

    said: list[Message] = field(default_factory=list)
    posts: list[OwnPost] = field(default_factory=list)


@dataclass(slots=True)
class _Reading:
    """How far one catching up has come: channels that were read, messages that were handed on, tries."""

    done: set[str] = field(default_factory=set)
    count: int = 0
    tries: int = 0


class Missed:
    """`bots`: what other bots say to us is read, too."""

    def __init__(
        self,
        calls: SlackCalls,
        workspace: incoming.Workspace,
        attendance: Attendance,
        handle: Handle,
        *,
        bots: bool = False,
    ) -> None:
        self._calls = calls
        self._workspace = workspace
        self._attendance = attendance
        self._handle = handle
        self._bots = bots
        self._reader = secrets.token_hex(8)

    async def remember(self, message: Message) -> None:
        """Where we are spoken to is where something may be missed; a store that is away now costs that alone."""
        thread = message.thread
        try:
            if thread.channel.startswith("D"):
                await self._attendance.remember(DOOR, thread.channel, message.sent_at)
            elif is_root(thread):
                await self._attendance.remember(THREADS, f"{thread.channel}/{thread.thread}", message.sent_at)
        except StoreUnavailable as fault:
            log.warning("a place is not remembered", extra={"thread_id": str(thread), "reason": str(fault)})

    async def keep(self, hears: Callable[[], bool]) -> None:
        """Read what was missed, then note that we hear, for as long as we do; again after each silence. Until cancelled."""
        while True:
            await _until(hears)
            await self.catch_up()
            await self._note(hears)

    async def _note(self, hears: Callable[[], bool]) -> None:
        """That we hear, while we do. Ends after a time in which the store took nothing: what came meanwhile was refused, and may never
        be told again."""
        loop = asyncio.get_running_loop()
        noted_at = loop.time()
        while hears():
            with outlived(log, "attendance not noted"):
                if loop.time() - noted_at > REFUSED_SECONDS:
                    return
                await self._attendance.heard(DOOR, self._calls.clock())
                noted_at = loop.time()
            await asyncio.sleep(MARK_SECONDS)

    async def catch_up(self) -> None:
        """A store that is away is waited for, and so is Slack; a channel that it does not give is left out in the end."""
        reading = _Reading()
        while reading.tries < TRIES:
            with outlived(log, "not caught up yet"):
                await self._workspace.ourselves()  # whose answer tells what time it is there
                last = await self._attendance.last_heard(DOOR)
                if last is None or await self._another_hears(last):
                    return
                if await self._attendance.reads(DOOR, self._reader):
                    await self._read_since(max(last - MARGIN, self._calls.clock() - FARTHEST_BACK), reading)
                    log.info("caught up", extra={"read": reading.count})
                    return
            await asyncio.sleep(PAUSE_SECONDS)

    async def _another_hears(self, last: datetime) -> bool:
        """True when the mark moves on though we do not move it."""
        if self._calls.clock() - last > timedelta(seconds=OTHERS_SECONDS):
            return False
        await asyncio.sleep(OTHERS_SECONDS)
        return await self._attendance.last_heard(DOOR) != last

    async def _read_since(self, moment: datetime, reading: _Reading) -> None:
        """Raises PlatformUnavailable when something could not be read now, after all that could be."""
        reading.tries += 1
        since = f"{moment.timestamp():.6f}"
        ours = await self._workspace.ourselves()
        threads = await self._threads()
        failed: PlatformUnavailable | None = None
        async for channel in self._channels(list(threads)):
            place = channel["id"]
            if place in reading.done:
                continue
            try:
                read = await self._read_channel(channel, since, threads.get(place, ()), ours)
            except PlatformUnavailable as fault:
                failed = fault
                continue
            except SlackRefused as refused:
                log.info("what was missed is not readable", extra={"channel": place, "reason": refused.code})
            else:
                reading.count += await self._hand_on(read, since)
            reading.done.add(place)
        if failed:
            raise failed

    async def _hand_on(self, read: _Read, since: str) -> int:
        """What is newer than that, or was edited since; how many."""
        new = [
            one
            for one in unanswered(read.said, read.posts, incoming.moment)
            if max(map(incoming.order, (one.id, one.edition))) > incoming.order(since)
        ]
        for message in new:
            await self._handle(message)
        return len(new)

    async def _threads(self) -> dict[str, list[str]]:
        """The roots of the threads in which we spoke last, by channel; those with the newest first."""
        found = dict[str, list[str]]()
        for place in list(await self._attendance.places(THREADS))[:MOST_THREADS]:
            channel, _, root = place.partition("/")
            found.setdefault(channel, []).append(root)
        return found

    async def _channels(self, first: Sequence[str]) -> AsyncIterator[Event]:
        """Direct messages, channels in which we were spoken to lately, and then the others, each once, while the reading is ours."""
        told = dict[str, Event]()
        async for one in self._ours():
            told[str(one["id"])] = one
        direct = list(await self._attendance.places(DOOR))
        lately = [*direct, *(one for one in first if one in told)]
        for channel in list(dict.fromkeys([*lately, *told]))[:MOST_CHANNELS]:
            await self._attendance.reads(DOOR, self._reader)
            yield {"id": channel, "type": "im" if channel in direct else "channel", **_flags(told.get(channel, {}))}

    async def _ours(self) -> AsyncIterator[Event]:
        cursor = ""
        for _ in range(MOST_PAGES):
            where = {"cursor": cursor} if cursor else {}
            answer = await self._calls.read(
                "users.conversations", types=CHANNELS, exclude_archived="true", limit=PAGE, **where
            )
            for one in answer.get("channels") or ():
                yield one
            if not (cursor := _next(answer)):
                return

    async def _read_channel(self, channel: Event, since: str, known: Sequence[str], ours: Ourselves) -> _Read:
        roots = await self._roots(channel["id"], since)
        live = [str(one["ts"]) for one in roots if _replied_since(one, since)]
        seen = {str(one["ts"]) for one in roots}
        events = {str(one["ts"]): one for one in roots}
        for root in [*live, *(one for one in known if one not in seen)]:
            events |= {str(one["ts"]): one for one in await self._replies(channel["id"], root, since)}
        read = _Read()
        for event in events.values():
            placed = {**event, "channel": channel["id"], "channel_type": channel["type"], **_shared(channel)}
            root = str(event.get("thread_ts") or event["ts"])
            if ours.said(event):
                read.posts += _posts(event, thread_at(ours.team, channel["id"], root))
            elif message := await incoming.read_back(placed, self._workspace, bots=self._bots):
                read.said.append(message)
        return read

    async def _roots(self, channel: str, since: str) -> list[Event]:
        """The channel's newest messages: all since then, and those before them on the same page, for they may have new replies."""
        found, cursor = list[Event](), ""
        for _ in range(MOST_PAGES):
            where = {"cursor": cursor} if cursor else {}
            answer = await self._call("conversations.history", channel=channel, limit=PAGE, **where)
            found += answer["messages"]
            cursor = _next(answer)
            if not cursor or (found and incoming.order(str(found[-1]["ts"])) < incoming.order(since)):
                break
        return found

    async def _replies(self, channel: str, root: str, since: str) -> list[Event]:
        found, cursor = list[Event](), ""
        for _ in range(MOST_PAGES):
            where = {"cursor": cursor} if cursor else {}
            try:
                answer = await self._call(
                    "conversations.replies", channel=channel, ts=root, oldest=since, limit=PAGE, **where
                )
            except SlackRefused as refused:
                if refused.code == "thread_not_found":
                    return found
                raise
            found += answer["messages"]
            if not (cursor := _next(answer)):
                break
        return found

    async def _call(self, method: str, **arguments: Any) -> Any:
        """When there is room for it beside what answers need."""
        await _until(lambda: self._calls.budget.lane(method).is_free(KEPT), PAUSE_SECONDS)
        return await self._calls.read(method, **arguments)


async def _until(condition: Callable[[], bool], seconds: float = 0.1) -> None:
    while not condition():  # noqa: ASYNC110 - a pulse and a minute's window tell nobody when they change
        await asyncio.sleep(seconds)


def _next(answer: Any) -> str:
    return str((answer.get("response_metadata") or {}).get("next_cursor") or "")


def _flags(conversation: Event) -> Event:
    return {"is_ext_shared": bool(conversation.get("is_ext_shared"))}


def _shared(channel: Event) -> Event:
    return {incoming.SHARED_EVENT: True} if channel["is_ext_shared"] else {}


def _replied_since(root: Event, since: str) -> bool:
    latest = str(root.get("latest_reply") or "")
    return bool(latest) and incoming.order(latest) > incoming.order(since)


def _posts(event: Event, thread: ThreadId) -> list[OwnPost]:
    ts = str(event["ts"])
    return [OwnPost(thread, turn, ts, incoming.moment(ts)) for turn in _turns(event.get("blocks") or ())]


def _turns(blocks: Iterable[Event]) -> list[str]:
    """The turns that the buttons of a post are of."""
    buttons = [one for block in blocks if block.get("type") == "actions" for one in block.get("elements") or ()]
    return list({str(one.get("value")) for one in buttons if str(one.get("action_id")).startswith("plumbline:")})
