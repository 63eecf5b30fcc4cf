"""Who reads the channels of Discord that are given something, for an operator who asks before they let the bot in.

What can be told without the privileged intent for members: servers, their channels, and which roles can see them. Who holds a role, and
who came as a guest, Discord tells nobody without it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import discord

from adapters.discord import phrases
from adapters.discord.directory import VOICE
from adapters.discord.office import Office
from adapters.discord.rights import Json, apart, kind_of_member, names_of, readers_of
from bot.errors import LookUpFailed
from bot.ports.policy import Audience, ChannelKind, PersonKind, Reader

WITH_WORDS = (0, 2, 5, 13, 15, 16)
"""Kinds of channels in which one writes: https://docs.discord.com/developers/resources/channel#channel-object-channel-types."""

PAGE, MOST_SERVERS = 200, 2_000
DISCOVERABLE = "DISCOVERABLE"
"""A server's feature: anybody may join it: https://docs.discord.com/developers/resources/guild#guild-object-guild-features."""


async def audiences(office: Office, is_given: Callable[[str], bool], ours: Sequence[str]) -> Sequence[Audience]:
    """Of each channel that is given something. `ours`: the servers that are set to be the team's."""
    servers = await servers_of(office)
    found = list[Audience]()
    for server in servers:
        kind = ChannelKind.FOREIGN if ours and server not in ours else ChannelKind.SERVER
        kind = ChannelKind.UNSET if not ours and len(servers) > 1 else kind
        found += await _of_server(office, server, is_given, kind)
    return found


async def servers_of(office: Office) -> Sequence[str]:
    """All that we are in."""
    http, found = office.client.http, list[str]()
    while len(found) < MOST_SERVERS:
        after = int(found[-1]) if found else None
        page: Any = await office.calls.make("servers", http.get_guilds(PAGE, after=after, with_counts=False))
        found += [str(one["id"]) for one in page]
        if len(page) < PAGE:
            return found
    raise LookUpFailed(f"more than {MOST_SERVERS} servers")


async def _of_server(
    office: Office, guild: str, is_given: Callable[[str], bool], kind: ChannelKind
) -> Sequence[Audience]:
    http = office.client.http
    channels: Any = await office.calls.make("channels", http.get_all_guild_channels(int(guild)))
    given = [one for one in channels if one.get("type") in WITH_WORDS and is_given(f"discord:{guild}:{one['id']}")]
    if not given:
        return []
    server: Json = await office.calls.make("server", http.get_guild(int(guild), with_counts=False))
    return [await _audience(office, server, one, kind) for one in sorted(given, key=lambda one: int(one["id"]))]


async def _audience(office: Office, server: Json, channel: Json, kind: ChannelKind) -> Audience:
    guild = str(server["id"])
    called = {f"discord:role:{role['id']}": str(role.get("name") or role["id"]) for role in server["roles"]}
    roles, alone = apart(readers_of(server, channel))
    found = {user: await _named(office, guild, user) for user in alone}
    people = {user: names for user, names in found.items() if names}
    if any(f"discord:role:{guild}" in names for names in roles):
        who = phrases.read_by_everybody(str(server.get("name")), DISCOVERABLE in (server.get("features") or ()))
    else:
        held = sorted(called[name] for names in roles for name in names if name in called)
        who = phrases.read_by_roles(held, len(people.keys() - {str(server["owner_id"])}))
    readers = tuple(Reader(PersonKind.MEMBER, names) for names in (*roles, *people.values()))
    if channel.get("type") in VOICE:
        readers, who = (*readers, Reader(PersonKind.GUEST)), phrases.and_guests(who)
    place = f"discord:{guild}:{channel['id']}"
    return Audience(place, str(channel.get("name") or ""), kind, readers, who, phrases.members_not_known())


async def _named(office: Office, guild: str, user: str) -> frozenset[str]:
    """Somebody with the roles that they hold; nothing for an app, and for who has left."""
    try:
        member: Json = await office.calls.make("member", office.client.http.get_member(int(guild), int(user)))
    except discord.NotFound:
        return frozenset()
    return frozenset() if kind_of_member(member) is PersonKind.BOT else names_of(member, user, guild)
