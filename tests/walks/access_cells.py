"""The table of who may see what: places, people, grants and settings, with what must come of each. The product is not asked here.

Each place is given the same repositories by its own name (`closed`, `named`, `strict`), some by a pattern (`everywhere`, `spoken`), one
is given elsewhere (`vault`); a setting adds one that lets guests or other companies see or ask.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tests.servers.discord import BOT, CHANNEL, DM, FOREIGN, TEAM_ROLE, DiscordServer
from tests.servers.slack import SlackServer

REFUSED = None
"""What comes of a cell: refused, or the names that are seen."""

KINDS = (
    "public", "private", "public with a guest", "private with a guest", "shared", "pending", "group", "group with a guest", "direct",
)  # fmt: skip
GRID = ("organisation", "whole organisation", "organisation, private")
"""Channels that several workspaces of one Enterprise organisation share: the company's own."""

WITH_GUESTS = ("public with a guest", "private with a guest", "group with a guest")
SETTINGS = ("plain", "guests", "answers", "wide", "channel opens", "channel closes")
ADDED = {"guests": "guestly", "answers": "answers", "wide": "wide", "channel closes": "wide"}
PEOPLE = {
    "member": "U1", "colleague": "U2", "sibling": "U4", "guest": "UG", "single-channel guest": "UH", "outsider": "UO", "stranger": "US",
    "roaming": "UR", "asked back": "UB", "invited": "UI",
    "deactivated": "UD", "unknown": "UX", "flagless": "UF", "teamless": "UT",
    "broken": "UZ",
}  # fmt: skip
NEVER = ("deactivated", "unknown", "flagless", "teamless", "broken")
GUESTS, OUTSIDERS = ("guest", "single-channel guest"), ("outsider", "stranger")
NAMED = ("slack:U1", "slack:group:S1", "discord:1", f"discord:role:{TEAM_ROLE}")


@dataclass(frozen=True, slots=True)
class Cell:
    """One question. `seen` is what must come of it. `way`: a mention, a command, one in private, a message edited into a mention, a
    reply in somebody's thread, the menu of a message, a mention that Slack delivers three times."""

    number: int
    kind: str
    person: str
    setting: str
    way: str
    seen: frozenset[str] | None
    place: str = ""
    """Its channel, where that is none of the table's."""

    @property
    def mark(self) -> str:
        return f"cell-{self.number}x"

    @property
    def channel(self) -> str:
        if self.place:
            return self.place
        letter = "D" if self.kind == "direct" else "C"
        return f"{letter}K{(*KINDS, *GRID).index(self.kind)}S{SETTINGS.index(self.setting)}"


def cells() -> Iterator[Cell]:
    """Slack's."""
    numbers = itertools.count(1)
    few = ("public", "private with a guest", "shared", "pending", "direct")
    rows: list[tuple[str, Sequence[str], Sequence[str], str]] = [
        ("plain", KINDS, tuple(PEOPLE), "mention"),
        ("guests", KINDS, ("member", *GUESTS, "outsider"), "mention"),
        ("answers", few, ("member", "guest", "outsider"), "mention"),
        ("wide", KINDS, ("member", "guest", *OUTSIDERS), "mention"),
        ("channel opens", few, ("member", "guest", "outsider"), "mention"),
        ("channel closes", few, ("member", "guest", "outsider"), "mention"),
        ("plain", few[:-1], ("member", "guest", "outsider", "deactivated"), "slash"),
        ("plain", KINDS[:-1], ("member",), "private"),
        ("plain", ("public", "public with a guest"), ("colleague",), "private"),
        ("plain", few[:-1], ("member", "guest", "outsider"), "edit"),
        ("plain", ("private", "private with a guest", "shared"), ("member", "guest", "outsider"), "thread"),
        ("plain", ("public", "shared"), ("member", "guest", "outsider"), "menu"),
        ("plain", ("public", "shared"), ("member", "guest", "outsider"), "again"),
        ("plain", GRID, ("member", "sibling", "roaming", "guest", "outsider", "broken"), "mention"),
        ("wide", GRID, ("member", "guest", "outsider"), "mention"),
    ]
    for setting, kinds, people, way in rows:
        for kind, person in itertools.product(kinds, people):
            yield Cell(next(numbers), kind, person, setting, way, expected(kind, person, setting, way))


def expected(kind: str, person: str, setting: str, way: str) -> frozenset[str] | None:
    """Read off docs/access.md, line by line."""
    if person in NEVER:
        return REFUSED
    if person in GUESTS and setting not in ("guests", "wide", "channel opens"):
        return REFUSED
    if person in OUTSIDERS and setting not in ("answers", "wide"):
        return REFUSED
    given = {"closed", "named", "strict", "everywhere", "spoken", *([ADDED[setting]] if setting in ADDED else [])}
    if kind in ("direct", "group", "group with a guest"):
        given -= {"everywhere"} if person not in (*GUESTS, *OUTSIDERS) else {"everywhere", "spoken"}
    if person != "member":
        given -= {"named", "strict"}
    strange = (person in GUESTS, person in OUTSIDERS)
    alone = way == "private" or kind == "direct"
    guests_read = strange[0] or (kind in WITH_GUESTS and not alone)
    others_read = strange[1] or (kind in ("shared", "pending") and not alone)
    if guests_read:
        opened = set(given) if setting == "channel opens" else {"guestly", "wide"}
        given &= set() if setting == "channel closes" else opened
    if others_read:
        given &= set() if setting == "channel closes" else {"wide"}
    if not alone and kind not in ("private", "group", "organisation, private"):
        given -= {"strict"}  # only there all who can read are named
    return frozenset(given)


CHANGING = (
    "CDEMOTED",
    "CSHARED",
    "CJOINED",
    "CFAILS",
    "CWHY",
    "CBUTTONS",
    "CGROUP",
    "COPENED",
    "CGONE",
    "CUNSHARED",
    "CQUEUE",
    "CGOON",
)
"""Channels in which something changes between two questions."""


def slack_places() -> Iterator[str]:
    yield from dict.fromkeys(f"slack:T1:{one.channel}" for one in cells())


def furnish(slack: SlackServer) -> None:
    """The people and places of the cells."""
    slack.person("U3")
    slack.person("U4", team_id="T2", enterprise_user={"enterprise_id": "E1", "teams": ["T2"]})
    slack.person("UR", team_id="T3", enterprise_user={"id": "W9", "teams": ["T1", "T3"]})
    slack.person("UB", deleted=False, is_invited_user=False)  # deactivated once, and invited anew
    slack.person("UI", is_invited_user=True)
    slack.person("UZ", team_id="T3", enterprise_user=["E9"], is_restricted="no")
    slack.enterprise = "E1"
    slack.person("UG", is_restricted=True)
    slack.person("UH", is_restricted=True, is_ultra_restricted=True)
    slack.person("UO", team_id="T9")
    slack.person("US", team_id="T9", is_stranger=True, is_restricted=None, is_ultra_restricted=None)
    slack.person("UD", deleted=True)
    slack.person("UF", is_restricted=None, is_ultra_restricted=None)
    slack.person("UT", team_id=None)
    slack.groups["S1"] = ["U3"]
    slack.scopes += ",usergroups:read"
    flags: Mapping[str, dict[str, object]] = {
        "private": {"is_private": True},
        "private with a guest": {"is_private": True},
        "shared": {"is_ext_shared": True, "is_shared": True, "is_private": True},
        "pending": {"is_pending_ext_shared": True, "pending_connected_team_ids": ["T9"]},
        "organisation": {"is_shared": True, "is_org_shared": True, "enterprise_id": "E1"},
        "whole organisation": {"is_shared": True, "is_org_shared": False, "is_global_shared": True},
        "organisation, private": {"is_shared": True, "is_org_shared": True, "is_private": True},
        "group": {"is_mpim": True, "is_private": True, "is_channel": False},
        "group with a guest": {"is_mpim": True, "is_private": True, "is_channel": False},
    }
    for one in CHANGING:
        slack.channel(one, "U1", "U3", is_private=True)
    for cell in cells():
        inside = ["U1", "U3", *(["UG"] if cell.kind in WITH_GUESTS else []), *(["US"] if cell.kind == "shared" else [])]
        inside += ["U2"] if cell.kind.startswith("public") else ["U4"] if cell.kind in GRID[:2] else []
        slack.channel(cell.channel, *inside, **flags.get(cell.kind, {}))


# --- Discord ----------------------------------------------------------------------------------------------------------

LAIR, LAIR_CHANNEL, OTHER_LAIR = "999", "398", "399"
"""A server that somebody adds the bot to, and its channels: one that is given something by its own name, and one that is not."""

INTRUDER = "66"
"""Is in that server alone."""

VOICE, GUESTS_VOICE = "303", "304"
RESTRICTED = "301"
"""A channel that only one role can see."""

VIEW = str(1 << 10)
TEAM_ALONE = (
    {"id": "200", "type": 0, "allow": "0", "deny": VIEW},
    {"id": TEAM_ROLE, "type": 0, "allow": VIEW, "deny": "0"},
    {"id": BOT, "type": 1, "allow": VIEW, "deny": "0"},
    {"id": "5", "type": 1, "allow": VIEW, "deny": "0"},
    {"id": "7", "type": 1, "allow": VIEW, "deny": "0"},
)
"""What it says of who may see it: a role, this app, somebody who holds the role, and somebody who has left."""

OPEN_TO_GUESTS = "302"
CHANNELS = (CHANNEL, RESTRICTED, OPEN_TO_GUESTS, VOICE, GUESTS_VOICE)
GUESTLY = (OPEN_TO_GUESTS, GUESTS_VOICE)
MEMBERS = {
    "1": "owner",
    "2": "member",
    "3": "guest",
    "7": "stranger",
    "8": "unscreened",
    "9": "flagless",
    "5": "holder",
    "11": "timed out",
}


@dataclass(frozen=True, slots=True)
class DiscordCell:
    number: int
    channel: str
    person: str
    way: str
    seen: frozenset[str] | None

    @property
    def mark(self) -> str:
        return f"cell-{self.number}x"


def discord_cells() -> Iterator[DiscordCell]:
    numbers = itertools.count(5_000)
    for channel, person in itertools.product((*CHANNELS, DM), MEMBERS):
        yield DiscordCell(next(numbers), channel, person, "message", expected_in_discord(channel, person, "message"))
    for channel, person in itertools.product((CHANNEL, RESTRICTED, VOICE, GUESTS_VOICE, FOREIGN), ("1", "2", "7")):
        for way in ("slash", "private") if MEMBERS[person] != "stranger" or channel == FOREIGN else ():
            yield DiscordCell(next(numbers), channel, person, way, expected_in_discord(channel, person, way))


def expected_in_discord(channel: str, person: str, way: str) -> frozenset[str] | None:
    kind = MEMBERS[person]
    if kind in ("stranger", "flagless") or (kind in ("guest", "unscreened") and channel not in GUESTLY):
        return REFUSED
    if channel == FOREIGN:
        return frozenset()
    if channel == DM:
        return frozenset({"spoken"})
    if kind in ("guest", "unscreened"):
        return frozenset({"guestly"})
    if channel in (VOICE, GUESTS_VOICE) and way != "private":
        return frozenset({"guestly"} if channel in GUESTLY else ())  # guests of an invite read along
    given = {"closed", "everywhere", "spoken", *(["guestly"] if channel in GUESTLY else [])}
    if kind in ("owner", "holder"):
        given |= {"named", *(["strict"] if channel == RESTRICTED or way == "private" else [])}
    return frozenset(given)


def furnish_discord(discord: DiscordServer) -> None:
    discord.channels |= {RESTRICTED: 0, OPEN_TO_GUESTS: 0, VOICE: 2, GUESTS_VOICE: 13}
    discord.overwrites[RESTRICTED] = list(TEAM_ALONE)
    discord.strangers |= {"7", INTRUDER}
    discord.members |= {"3": {"flags": 1 << 4}, "8": {"pending": True}, "9": {"flags": None, "roles": None}}
    discord.members["11"] = {"communication_disabled_until": "2027-01-01T00:00:00+00:00"}
    discord.members |= {"5": {"roles": [TEAM_ROLE]}, "1": {"roles": []}}


def declared(path: str) -> str:
    """The operator's file; every repository is the same one, told apart by its description."""
    places = [
        "web",
        *(f"slack:T1:{one}" for one in CHANGING),
        *slack_places(),
        *(f"discord:200:{one}" for one in CHANNELS),
    ]
    by_setting = {
        setting: [one for one in places if one.startswith("slack") and one.endswith(f"S{SETTINGS.index(setting)}")]
        for setting in SETTINGS
    }
    people = f"people = {json.dumps(NAMED)}\n"
    given: dict[str, tuple[list[str], str]] = {
        "closed": (places, ""),
        "named": (places, people),
        "strict": (places, people + 'readers = "everybody"\n'),
        "everywhere": (["slack:*", "discord:*"], ""),
        "spoken": (["slack:T1:*", "discord:200:*", "discord:dm:*"], "direct = true\n"),
        "guestly": ([*by_setting["guests"], *(f"discord:200:{one}" for one in GUESTLY)], 'guests = "channel"\n'),
        "answers": (by_setting["answers"], 'outsiders = "answer without code"\n'),
        "wide": (by_setting["wide"] + by_setting["channel closes"], 'guests = "channel"\noutsiders = "channel"\n'),
        "lair": ([f"discord:{LAIR}:{LAIR_CHANNEL}"], ""),
        "vault": (["slack:T1:CNOWHERE", "slack:T2:*", "discord:290:300"], ""),
    }
    text = "".join(
        f'[repos.{name}]\npath = "{path}"\ndescription = "marble_{name}"\nchannels = {json.dumps(channels)}\n{more}\n'
        for name, (channels, more) in given.items()
    )
    for place in by_setting["channel opens"]:
        text += f'[channels."{place}"]\nguests = "channel"\n'
    for place in by_setting["channel closes"]:
        text += f'[channels."{place}"]\nguests = "refuse"\noutsiders = "refuse"\n'
    return text
