"""What Discord's objects say of people and places: what somebody is there, by which names they go, who can read a channel.

Fields as in https://docs.discord.com/developers/resources/guild, rights as in https://docs.discord.com/developers/topics/permissions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bot.ports.policy import PersonKind

IS_GUEST = 1 << 4
"""Of a member's flags: somebody who came by a guest invite, for a voice channel."""

ADMINISTRATOR, VIEW = 1 << 3, 1 << 10

Json = Mapping[str, Any]


def kind_of_member(member: Json) -> PersonKind:
    """A member object as a kind; who has not passed the server's screening is a guest."""
    user, flags = member.get("user"), member.get("flags")
    if not isinstance(user, Mapping) or not isinstance(flags, int) or not isinstance(member.get("roles"), list):
        return PersonKind.UNKNOWN
    if user.get("bot"):
        return PersonKind.BOT
    return PersonKind.GUEST if flags & IS_GUEST or member.get("pending") else PersonKind.MEMBER


def names_of(member: Json, user: str, guild: str) -> frozenset[str]:
    """The role that all have bears the server's own id."""
    roles = [guild, *(member.get("roles") or ())]
    return frozenset((f"discord:{user}", *(f"discord:role:{role}" for role in roles)))


def apart(readers: Iterable[frozenset[str]]) -> tuple[list[frozenset[str]], list[str]]:
    """Of `readers_of`: the roles, and the ids of the people who are named alone."""
    by_role, alone = list[frozenset[str]](), dict[str, None]()
    for names in readers:
        if any(name.startswith("discord:role:") for name in names):
            by_role.append(names)
        else:
            alone.update(dict.fromkeys(name.removeprefix("discord:") for name in names))
    return by_role, list(alone)


def readers_of(server: Json, channel: Json) -> Iterator[frozenset[str]]:
    """Whoever can read the channel: each role whose holders can, whoever is named there, and the owner. Roles of apps are left out."""
    yield frozenset({f"discord:{server['owner_id']}"})
    everyone = f"discord:role:{server['id']}"
    for role in server["roles"]:
        named = f"discord:role:{role['id']}"
        if "bot_id" not in (role.get("tags") or {}) and can_read(server, channel, frozenset({everyone, named})):
            yield frozenset({named})
    for change in channel.get("permission_overwrites") or ():
        if int(change.get("type", 0)) == 1 and int(change.get("allow", 0)) & VIEW:
            yield frozenset({f"discord:{change['id']}"})


def can_read(server: Json, channel: Json, names: frozenset[str]) -> bool:
    """Whether somebody of these names can: what all their roles may, changed by what the channel says of everybody, then of these
    roles, then of themselves."""
    if f"discord:{server['owner_id']}" in names:
        return True
    rights = 0
    for role in server["roles"]:
        rights |= int(role["permissions"]) if f"discord:role:{role['id']}" in names else 0
    if rights & ADMINISTRATOR:
        return True
    written = channel.get("permission_overwrites") or ()
    of_all = [one for one in written if str(one["id"]) == str(server["id"])]
    of_roles = [one for one in written if f"discord:role:{one['id']}" in names and one not in of_all]
    of_one = [one for one in written if f"discord:{one['id']}" in names]
    for changes in (of_all, of_roles, of_one):
        for one in changes:
            rights &= ~int(one.get("deny", 0))
        for one in changes:
            rights |= int(one.get("allow", 0))
    return bool(rights & VIEW)
