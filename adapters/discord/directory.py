"""Who somebody is in Discord, what a place is, and who reads it: the facts that rights hang on.

Discord tells of changes of members only with a privileged intent, so a member is as the message's own event told, while that is fresh,
and else asked for at each decision; servers and channels are kept, for the gateway tells when they change.
Fields as in https://docs.discord.com/developers/resources/guild.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import discord

from adapters.discord.office import Office
from adapters.discord.threads import DIRECT
from adapters.lookups import Lookups
from bot.errors import LookUpFailed, PlatformUnavailable
from bot.ports.policy import ChannelKind, Directory, Facts, Look, Marks, PersonKind, Reader

NO_GUILD, NO_MEMBER, NO_USER, NO_ACCESS = 10004, 10007, 10013, 50001
IS_GUEST = 1 << 4
"""Of a member's flags: somebody who came by a guest invite, for a voice channel."""

TOLD = "member"
"""In a message's route: its author as the event told of them, and when."""

FRESH_SECONDS = 10.0
"""How long that counts, so that whoever is removed while a question waits is not answered."""

ADMINISTRATOR, VIEW = 1 << 3, 1 << 10
MOST_SERVERS = 10
MOST_NAMED = 10
"""Of those whom a channel names, who are asked about: who is beyond has no name, so that what needs all named is not shown."""

THREADS = (10, 11, 12)
"""Kinds of channels that are read by whoever can read the channel that they belong to:
https://docs.discord.com/developers/resources/channel#channel-object-channel-types."""

FOREIGN = "foreign"
"""In a message's route: the place knows us only because somebody has installed us for themselves."""

Json = Mapping[str, Any]
Member = tuple[PersonKind, frozenset[str]]
STRANGER: Member = (PersonKind.OUTSIDER, frozenset())


class DiscordDirectory(Directory):
    """`servers`: those whose members are the team's own, also where they write directly; empty: the only one that we are in."""

    def __init__(self, office: Callable[[], Awaitable[Office]], servers: Sequence[str], marks: Marks | None) -> None:
        self._office = office
        self._servers = tuple(servers)
        self.lookups = Lookups(marks)

    async def facts(self, look: Look) -> Facts:
        try:
            return await self._facts(look)
        except discord.HTTPException as refused:
            raise LookUpFailed(f"Discord: {refused.status} {refused.code}") from refused
        except (discord.RateLimited, PlatformUnavailable) as fault:
            raise LookUpFailed(str(fault)) from fault

    async def _facts(self, look: Look) -> Facts:
        user, guild = look.person.id.removeprefix("discord:"), look.thread.workspace
        is_foreign, alone = FOREIGN in look.route, "token" in look.route and "public" not in look.route
        if guild == DIRECT and not is_foreign:
            servers = await self._home()
            kind, names = await self._member_of_any(servers, user)
            place = ChannelKind.DIRECT if self._servers or len(servers) == 1 else ChannelKind.UNCERTAIN
            return Facts(place, kind, names, alone=True)
        if not is_foreign:
            member, readers = await asyncio.gather(self._asker(look), self._readers(look))
            if member is not None and readers is not None:
                return Facts(ChannelKind.SERVER, *member, alone, readers)
        kind, names = await self._member_of_any(await self._home(), user)
        return Facts(ChannelKind.FOREIGN, kind, names, alone)

    # --- people ---------------------------------------------------------------------------------------------------------

    async def _asker(self, look: Look) -> Member | None:
        user, guild = look.person.id.removeprefix("discord:"), look.thread.workspace
        told = _told(look.route, user, time.time())
        return _as_member(told, user, guild) if told else await self._member(guild, user)

    async def _home(self) -> Sequence[str]:
        if self._servers:
            return self._servers
        (found,) = await self.lookups.get(("discord:guilds", self._guilds))
        return tuple(found)

    async def _guilds(self) -> Sequence[str]:
        client = (await self._office()).client
        return [str(one["id"]) for one in await self._ask(client.http.get_guilds(MOST_SERVERS + 1))]

    async def _member_of_any(self, servers: Sequence[str], user: str) -> Member:
        if len(servers) > MOST_SERVERS:
            return PersonKind.UNKNOWN, frozenset()
        found = await asyncio.gather(*(self._member(one, user) for one in servers))
        ranked = [one for one in found if one and one[0] is not PersonKind.OUTSIDER]
        return ranked[0] if ranked else STRANGER

    async def _member(self, guild: str, user: str) -> Member | None:
        """None for a server that does not know us."""
        client = (await self._office()).client
        try:
            member = await self._ask(client.http.get_member(int(guild), int(user)))
        except discord.HTTPException as refused:
            if refused.code in (NO_MEMBER, NO_USER):
                return STRANGER
            if refused.code in (NO_GUILD, NO_ACCESS):
                return None
            raise
        return _as_member(member, user, guild)

    # --- places ---------------------------------------------------------------------------------------------------------

    async def _readers(self, look: Look) -> tuple[Reader, ...] | None:
        """Members alone, for nobody else is in a server; with `everybody` whoever can read the channel, by name or by role, apps left
        out. None for a server that does not know us."""
        if not look.everybody:
            return (Reader(PersonKind.MEMBER),)
        guild, channel = look.thread.workspace, look.thread.channel
        try:
            server, place = await self.lookups.get(
                (f"discord:guild:{guild}", lambda: self._server(guild)),
                (f"discord:channel:{channel}", lambda: self._channel(channel)),
            )
            if place.get("type") in THREADS and (parent := str(place.get("parent_id") or "")):
                (place,) = await self.lookups.get((f"discord:channel:{parent}", lambda: self._channel(parent)))
        except discord.HTTPException as refused:
            if refused.code in (NO_GUILD, NO_ACCESS):
                return None
            raise
        return tuple([one async for one in self._by_name(guild, readers_of(server, place))])

    async def _by_name(self, guild: str, readers: Iterator[frozenset[str]]) -> AsyncIterator[Reader]:
        """Each role, and each person with the roles that they hold now: an app is none, nor is who has left."""
        people = []
        for names in readers:
            if any(name.startswith("discord:role:") for name in names):
                yield Reader(PersonKind.MEMBER, names)
            else:
                people.append(names)
        ours = (await self._office()).client.user
        named = [name.removeprefix("discord:") for names in people for name in names]
        asked = [one for one in dict.fromkeys(named) if ours is None or one != str(ours.id)]
        found = await asyncio.gather(*(self._member(guild, one) for one in asked[:MOST_NAMED]))
        for member in found:
            if member is None or member[0] not in (PersonKind.BOT, PersonKind.OUTSIDER):
                yield Reader(PersonKind.MEMBER, member[1] if member else frozenset())
        if len(asked) > MOST_NAMED:
            yield Reader(PersonKind.MEMBER)

    async def _server(self, guild: str) -> Json:
        client = (await self._office()).client
        found: Json = await self._ask(client.http.get_guild(int(guild), with_counts=False))
        return found

    async def _channel(self, channel: str) -> Json:
        client = (await self._office()).client
        found: Json = await self._ask(client.http.get_channel(int(channel)))
        return found

    async def _ask(self, call: Any) -> Any:
        """Waits for room as long as somebody waits for the answer."""
        calls = (await self._office()).calls
        return await calls.make("look-up", call, final=True)

    async def close(self) -> None:
        await self.lookups.close()


def as_told(author: discord.User | discord.Member, at: datetime) -> dict[str, str]:
    """Route of a message whose own event told of its author, `at` that time; empty where it did not."""
    if not isinstance(author, discord.Member):
        return {}
    roles = [str(role.id) for role in author.roles]
    member = {
        "user": {"id": str(author.id), "bot": author.bot},
        "flags": author.flags.value,
        "pending": author.pending,
        "roles": roles,
    }
    return {TOLD: json.dumps({"at": at.timestamp(), "member": member}, separators=(",", ":"))}


def _told(route: Mapping[str, str], user: str, now: float) -> Json | None:
    """None for what is not told, of somebody else (who has an answer gone on with), no longer fresh, or of a time to come."""
    if TOLD not in route:
        return None
    told = json.loads(route[TOLD])
    is_theirs = told["member"]["user"]["id"] == user
    return told["member"] if is_theirs and abs(now - told["at"]) < FRESH_SECONDS else None


def _as_member(member: Json, user: str, guild: str) -> Member:
    return kind_of_member(member), _names(member, user, guild)


def kind_of_member(member: Json) -> PersonKind:
    """A member object as a kind; who has not passed the server's screening is a guest."""
    user, flags = member.get("user"), member.get("flags")
    if not isinstance(user, Mapping) or not isinstance(flags, int) or not isinstance(member.get("roles"), list):
        return PersonKind.UNKNOWN
    if user.get("bot"):
        return PersonKind.BOT
    return PersonKind.GUEST if flags & IS_GUEST or member.get("pending") else PersonKind.MEMBER


def _names(member: Json, user: str, guild: str) -> frozenset[str]:
    """The role that all have bears the server's own id."""
    roles = [guild, *(member.get("roles") or ())]
    return frozenset((f"discord:{user}", *(f"discord:role:{role}" for role in roles)))


def readers_of(server: Json, channel: Json) -> Iterator[frozenset[str]]:
    """Whoever can read the channel: each role whose holders can, whoever is named there, and the owner. Roles of apps are left out.

    https://docs.discord.com/developers/topics/permissions: what a role may, changed by what the channel says of all, then of the role.
    """
    written = {str(one["id"]): one for one in channel.get("permission_overwrites") or ()}
    roles = {
        str(one["id"]): int(one["permissions"]) for one in server["roles"] if "bot_id" not in (one.get("tags") or {})
    }
    everyone = str(server["id"])
    yield frozenset({f"discord:{server['owner_id']}"})
    for role, rights in roles.items():
        rights |= roles[everyone]
        if not rights & ADMINISTRATOR:
            for one in (everyone, role):
                change = written.get(one, {})
                rights = rights & ~int(change.get("deny", 0)) | int(change.get("allow", 0))
        if rights & (ADMINISTRATOR | VIEW):
            yield frozenset({f"discord:role:{role}"})
    for named, change in written.items():
        if int(change.get("type", 0)) == 1 and int(change.get("allow", 0)) & VIEW:
            yield frozenset({f"discord:{named}"})
