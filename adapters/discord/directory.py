"""Who somebody is in Discord, what a place is, and who reads it: the facts that rights hang on.

Discord tells of changes of members only with a privileged intent, so a member is as the message's own event told, while that is fresh,
and else asked for at each decision; servers and channels are kept, for the gateway tells when they change. Anybody may add a bot to a
server of their own, so what a server's members may depends on whose server it is.
Fields as in https://docs.discord.com/developers/resources/guild.
"""

from __future__ import annotations

import asyncio
import json
import logging
import math
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import discord

from adapters.discord.calls import Exhausted
from adapters.discord.changes import SERVERS
from adapters.discord.office import Office
from adapters.discord.rights import Json, apart, can_read, kind_of_member, names_of, readers_of
from adapters.discord.threads import DIRECT
from adapters.lookups import Lookups
from bot.conversation import ThreadId
from bot.errors import LookUpFailed, LookUpQueued, PlatformUnavailable
from bot.ports.policy import QUEUED_SECONDS, ChannelKind, Directory, Facts, Look, Marks, PersonKind, Reader

log = logging.getLogger(__name__)

NO_CHANNEL, NO_GUILD, NO_MEMBER, NO_USER, NO_ACCESS = 10003, 10004, 10007, 10013, 50001
TOLD = "member"
"""In a message's route: its author as the event told of them, and when; in how many servers we were then, and the kind of the channel,
which alone counts for good."""

VOICE = (2, 13)
"""Kinds of channels that guest invites lead to, and whose text chat such guests can read:
https://docs.discord.com/developers/resources/guild#guild-member-object-guild-member-flags."""

FRESH_SECONDS = 10.0
"""How long that counts, so that whoever is removed while a question waits is not answered."""

AGAIN_SECONDS, MOST_MET = 0.6, 10_000
"""What a look-up in the middle of an answer is waited for; and of how many people is kept as what they were met."""

ROOM_SECONDS = 0.5
"""What a look-up waits for room in its bucket before its place in the queue is given up; within LOOK_UP_SECONDS."""

MOST_SERVERS = 10
MOST_NAMED = 4
"""Of those whom a channel names, who are asked about, as many as Discord answers at once: who is beyond counts without their roles."""

THREADS = (10, 11, 12)
"""Kinds of channels that are read by whoever can read the channel that they belong to:
https://docs.discord.com/developers/resources/channel#channel-object-channel-types."""

FOREIGN = "foreign"
"""In a message's route: the place knows us only because somebody has installed us for themselves."""

Member = tuple[PersonKind, frozenset[str]]
STRANGER: Member = (PersonKind.OUTSIDER, frozenset())


class DiscordDirectory(Directory):
    """`servers`: the team's own, whose members are, also where they write directly; empty: the only one that we are in, and of several
    nobody knows which it is."""

    def __init__(
        self,
        office: Callable[[], Awaitable[Office]],
        servers: Sequence[str],
        marks: Marks | None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._office = office
        self.servers = tuple(servers)
        self._clock = clock
        self._met = OrderedDict[tuple[str, str], tuple[float, Member | None]]()
        """Who was met last in a server: when, and as what."""
        self.lookups = Lookups(marks)

    async def facts(self, look: Look) -> Facts:
        try:
            return await self._facts(look)
        except discord.HTTPException as refused:
            raise LookUpFailed(f"Discord: {refused.status} {refused.code}") from refused
        except Exhausted as fault:
            raise (LookUpQueued if fault.seconds <= QUEUED_SECONDS else LookUpFailed)(str(fault)) from fault
        except PlatformUnavailable as fault:
            raise LookUpFailed(str(fault)) from fault

    async def _facts(self, look: Look) -> Facts:
        user, guild = look.person.id.removeprefix("discord:"), look.thread.workspace
        is_foreign, alone = FOREIGN in look.route, "token" in look.route and "public" not in look.route
        if guild == DIRECT and not is_foreign:
            servers = await self._home()
            kind, names = await self._member_of_any(servers, user, look.again)
            place = ChannelKind.DIRECT if self.servers or len(servers) == 1 else ChannelKind.UNCERTAIN
            return Facts(place, kind, names, alone=True)
        if not (is_foreign or (self.servers and guild not in self.servers)):
            is_ours, member, readers = await asyncio.gather(
                self._is_ours(look), self._asker(look), self._readers(look, alone=alone)
            )
            if member is not None and readers is not None:
                place = ChannelKind.SERVER if is_ours else ChannelKind.UNSET
                if alone and not await self._is_inside(look, member[1]):
                    place = ChannelKind.LEFT
                return Facts(place, *member, alone, readers)
        kind, names = await self._member_of_any(await self._home(), user, look.again)
        return Facts(ChannelKind.FOREIGN, kind, names, alone)

    # --- people ---------------------------------------------------------------------------------------------------------

    async def _asker(self, look: Look) -> Member | None:
        user, guild = look.person.id.removeprefix("discord:"), look.thread.workspace
        told = _told(look.route, self._clock())
        if told and told["member"]["user"]["id"] == user:
            member = _as_member(told["member"], user, guild)
            self._meet(guild, user, told["at"], member)
            return member
        return await self._member(guild, user, look.again)

    async def _is_ours(self, look: Look) -> bool:
        """Whether the server is the team's: as it was set, or because we are in no other."""
        if self.servers:
            return look.thread.workspace in self.servers
        told = _told(look.route, self._clock())
        if told is not None and "servers" in told:
            return bool(told["servers"] == 1)
        return list(await self._home()) == [look.thread.workspace]

    async def _home(self) -> Sequence[str]:
        if self.servers:
            return self.servers
        (found,) = await self.lookups.get((SERVERS, self._guilds))
        return tuple(found)

    async def _guilds(self) -> Sequence[str]:
        client = (await self._office()).client
        return [str(one["id"]) for one in await self._ask(client.http.get_guilds(MOST_SERVERS + 1))]

    async def _member_of_any(self, servers: Sequence[str], user: str, again: bool) -> Member:
        if len(servers) > MOST_SERVERS:
            return PersonKind.UNKNOWN, frozenset()
        found = await asyncio.gather(*(self._member(one, user, again) for one in servers))
        ranked = [one for one in found if one and one[0] is not PersonKind.OUTSIDER]
        return ranked[0] if ranked else STRANGER

    async def _member(self, guild: str, user: str, again: bool) -> Member | None:
        """None for a server that does not know us. `again`: as they were met a few seconds ago, and where Discord does not say, as they
        were met last: it tells of no change, and an answer that is nearly written is not lost over its trouble."""
        at, met = self._met.get((guild, user), (-math.inf, None))
        if not (again and (guild, user) in self._met):
            member = await self._look_at_member(guild, user)
        elif self._clock() - at < FRESH_SECONDS:
            return met
        else:
            try:
                async with asyncio.timeout(AGAIN_SECONDS):
                    member = await self._look_at_member(guild, user)
            except (discord.HTTPException, Exhausted, PlatformUnavailable, TimeoutError) as fault:
                log.warning("a member is not looked up again", extra={"reason": type(fault).__name__})
                return met
        self._meet(guild, user, self._clock(), member)
        return member

    def _meet(self, guild: str, user: str, at: float, member: Member | None) -> None:
        self._met[guild, user] = at, member
        self._met.move_to_end((guild, user))
        while len(self._met) > MOST_MET:
            self._met.popitem(last=False)

    async def _look_at_member(self, guild: str, user: str) -> Member | None:

        async def ask() -> Json:
            client = (await self._office()).client
            found: Json = await self._ask(client.http.get_member(int(guild), int(user)))
            return found

        try:
            member = await self.lookups.share(f"discord:member:{guild}:{user}", ask)
        except discord.HTTPException as refused:
            if refused.code in (NO_MEMBER, NO_USER):
                return STRANGER
            if refused.code in (NO_GUILD, NO_ACCESS):
                return None
            raise
        return _as_member(member, user, guild)

    # --- places ---------------------------------------------------------------------------------------------------------

    async def _readers(self, look: Look, *, alone: bool) -> tuple[Reader, ...] | None:
        """Members, and guests where an invite of theirs may lead; with `everybody` whoever can read the channel, by name or by role,
        apps left out. None for a server that does not know us."""
        guests = (Reader(PersonKind.GUEST),) if look.readers and not alone and await self._lets_guests_in(look) else ()
        if not look.everybody:
            return (Reader(PersonKind.MEMBER), *guests)
        try:
            server, place = await self._place(look.thread)
        except discord.HTTPException as refused:
            if refused.code in (NO_GUILD, NO_ACCESS):
                return None
            raise
        readers = readers_of(server, place)
        return tuple([one async for one in self._by_name(look.thread.workspace, readers, look.again)]) + guests

    async def _is_inside(self, look: Look, names: frozenset[str]) -> bool:
        """Whether somebody who is answered alone can still read the channel: a button in their direct messages stays when a role is
        taken. Where we may not look, their command tells, which came from there; an answer that is begun is not lost over it."""
        if _told(look.route, self._clock()):
            return True
        try:
            return can_read(*await self._place(look.thread), names)
        except (discord.HTTPException, Exhausted, PlatformUnavailable) as fault:
            if look.again or getattr(fault, "code", 0) in (NO_CHANNEL, NO_ACCESS):
                return look.again or TOLD in look.route
            raise

    async def _place(self, thread: ThreadId) -> tuple[Json, Json]:
        """The server, and the channel whose rights count."""
        guild, channel = thread.workspace, thread.channel
        server, place = await self.lookups.get(
            (f"discord:guild:{guild}", lambda: self._server(guild)),
            (f"discord:channel:{channel}", lambda: self._channel(channel)),
        )
        if place.get("type") in THREADS and (parent := str(place.get("parent_id") or "")):
            (place,) = await self.lookups.get((f"discord:channel:{parent}", lambda: self._channel(parent)))
        return server, place

    async def _by_name(self, guild: str, readers: Iterator[frozenset[str]], again: bool) -> AsyncIterator[Reader]:
        """Each role, and each person with the roles that they hold now: an app is none, nor is who has left."""
        roles, people = apart(readers)
        for names in roles:
            yield Reader(PersonKind.MEMBER, names)
        ours = (await self._office()).client.user
        asked = [one for one in people if ours is None or one != str(ours.id)]
        for found in await asyncio.gather(*(self._named(guild, one, again) for one in asked[:MOST_NAMED])):
            if found is not None:
                yield found
        for one in asked[MOST_NAMED:]:
            yield Reader(PersonKind.MEMBER, frozenset({f"discord:{one}"}))

    async def _named(self, guild: str, user: str, again: bool) -> Reader | None:
        """As met a few seconds ago, or now. None for an app and for who has left; where Discord does not say, somebody of no role."""
        at, met = self._met.get((guild, user), (-math.inf, None))
        try:
            is_fresh = self._clock() - at < FRESH_SECONDS
            kind, names = (met if is_fresh else await self._member(guild, user, again)) or STRANGER
        except (discord.HTTPException, Exhausted, PlatformUnavailable):
            return Reader(PersonKind.MEMBER, frozenset({f"discord:{user}"}))
        return None if kind in (PersonKind.BOT, PersonKind.OUTSIDER) else Reader(PersonKind.MEMBER, names)

    async def _lets_guests_in(self, look: Look) -> bool:
        """Whether it is a voice channel; one that we may not look at could be."""
        if (kind := json.loads(look.route.get(TOLD, "{}")).get("place")) is not None:
            return kind in VOICE
        channel = look.thread.channel
        try:
            (place,) = await self.lookups.get((f"discord:channel:{channel}", lambda: self._channel(channel)))
        except discord.HTTPException as refused:
            if refused.code in (NO_CHANNEL, NO_ACCESS):
                return True
            raise
        return place.get("type") in VOICE

    async def _server(self, guild: str) -> Json:
        client = (await self._office()).client
        found: Json = await self._ask(client.http.get_guild(int(guild), with_counts=False))
        return found

    async def _channel(self, channel: str) -> Json:
        client = (await self._office()).client
        found: Json = await self._ask(client.http.get_channel(int(channel)))
        return found

    async def _ask(self, call: Any) -> Any:
        calls = (await self._office()).calls
        return await calls.make("look-up", call, final=True, wait_seconds=ROOM_SECONDS)

    async def close(self) -> None:
        await self.lookups.close()


def as_told(
    author: discord.User | discord.Member, at: datetime, *, servers: int = 0, place: discord.ChannelType | None = None
) -> dict[str, str]:
    """Route of a message whose own event told of its author, `at` that time; empty where it did not. `servers`: in how many we are, 0
    where that is not known; `place`: the kind of its channel."""
    if not isinstance(author, discord.Member):
        return {}
    roles = [str(role.id) for role in author.roles]
    member = {
        "user": {"id": str(author.id), "bot": author.bot},
        "flags": author.flags.value,
        "pending": author.pending,
        "roles": roles,
    }
    told = {"at": at.timestamp(), "member": member} | ({"servers": servers} if servers else {})
    told |= {"place": place.value} if place is not None else {}
    return {TOLD: json.dumps(told, separators=(",", ":"))}


def _told(route: Mapping[str, str], now: float) -> Json | None:
    """None for what is not told, no longer fresh, or of a time to come."""
    if TOLD not in route:
        return None
    told: Json = json.loads(route[TOLD])
    return told if abs(now - told["at"]) < FRESH_SECONDS else None


def _as_member(member: Json, user: str, guild: str) -> Member:
    return kind_of_member(member), names_of(member, user, guild)
