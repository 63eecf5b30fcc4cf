"""Who asks in Discord is known from the question's own event while that is fresh, and from Discord itself after that."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.discord.directory import FRESH_SECONDS, DiscordDirectory
from adapters.discord.outgoing import DiscordPlatform
from bot.conversation import Author, Message, ThreadId
from bot.errors import LookUpFailed
from bot.ports.policy import ChannelKind, Decision, Facts, Look, PersonKind
from bot.ports.stores import ChannelSettings
from storage.memory import MemoryAttendance
from tests.adapters.discord_support import NotingDesk, door
from tests.fakes import OpenPolicy
from tests.servers.discord import BOT, CHANNEL, GUILD, TEAM_ROLE, DiscordServer
from tests.walks.access_cells import RESTRICTED, TEAM_ALONE, VIEW

SERVER = ThreadId("discord", GUILD, CHANNEL, "1")

MEMBER_CALL = ("GET", "guilds/200/members/2")


async def asked(discord: DiscordServer, *, command: bool = False, edit: bool = False) -> Message:
    """What reaches the desk of a question of person 2."""
    desk = NotingDesk()
    async with door(discord, desk):
        if command:
            await discord.slash("ask", user="2", question="how?")
            await discord.until(lambda: desk.taken)
        else:
            question = await discord.user_says(f"<@{BOT}> how?", user="2")
            await discord.until(lambda: question in desk.taken)
            if edit:
                await discord.edits(question, f"<@{BOT}> how, then?")
                await discord.until(lambda: desk.revised)
    return (desk.revised or list(desk.taken.values()))[0]


async def facts(discord: DiscordServer, message: Message, *, later: float = 0.0) -> tuple[Facts, int]:
    """What is known of its author so many seconds later, and how often Discord was asked for it."""
    route = dict(message.route)
    if "member" in route:
        told: dict[str, Any] = json.loads(route["member"])
        route["member"] = json.dumps(told | {"at": told["at"] - later})
    platform = DiscordPlatform("good", discord.api_url)
    try:
        found = await platform.facts(Look(message.author, message.thread, route))
    finally:
        await platform.close()
    return found, discord.calls.count(MEMBER_CALL)


@pytest.mark.parametrize("way", ["message", "command", "edit"])
async def test_the_event_itself_tells_who_asks(discord: DiscordServer, way: str) -> None:
    discord.members["2"] = {"roles": [TEAM_ROLE]}
    message = await asked(discord, command=way == "command", edit=way == "edit")

    found, calls = await facts(discord, message)

    assert (found.person, calls) == (PersonKind.MEMBER, 0)
    assert f"discord:role:{TEAM_ROLE}" in found.names


@pytest.mark.parametrize(
    ("told", "kind"),
    [({"pending": True}, PersonKind.GUEST), ({"flags": 1 << 4}, PersonKind.GUEST), ({}, PersonKind.MEMBER)],
)
async def test_an_event_tells_of_guests_as_discord_does(
    discord: DiscordServer, told: dict[str, Any], kind: PersonKind
) -> None:
    discord.members["2"] = told
    message = await asked(discord)

    fresh, _ = await facts(discord, message)
    stale, _ = await facts(discord, message, later=FRESH_SECONDS + 1)

    assert (fresh.person, stale.person) == (kind, kind)


@pytest.mark.parametrize("later", [FRESH_SECONDS + 1, -FRESH_SECONDS - 60])
async def test_who_is_removed_while_the_question_waits_is_an_outsider(discord: DiscordServer, later: float) -> None:
    message = await asked(discord)
    discord.strangers.add("2")

    found, calls = await facts(discord, message, later=later)

    assert (found.person, calls) == (PersonKind.OUTSIDER, 1)


async def test_roles_that_are_taken_while_the_question_waits_do_not_count(discord: DiscordServer) -> None:
    discord.members["2"] = {"roles": [TEAM_ROLE]}
    message = await asked(discord)
    discord.members["2"] = {"roles": []}

    found, _ = await facts(discord, message, later=FRESH_SECONDS + 1)

    assert f"discord:role:{TEAM_ROLE}" not in found.names


async def test_what_is_told_of_one_person_counts_for_nobody_else(discord: DiscordServer) -> None:
    """Whoever has an answer gone on with does so by the way that its question came."""
    discord.members["2"] = {"roles": [TEAM_ROLE]}
    message = await asked(discord)

    found, _ = await facts(discord, replace(message, author=Author("discord:3", "Cyn")))

    assert found.names == {"discord:3", "discord:role:200"}


async def test_what_the_event_does_not_tell_is_asked_for(discord: DiscordServer) -> None:
    discord.members["2"] = {"flags": None}
    message = await asked(discord)
    discord.faults["member"].append("403")

    with pytest.raises(LookUpFailed):
        await facts(discord, message)


async def test_who_asked_while_we_were_away_is_asked_for(discord: DiscordServer) -> None:
    attendance, desk = MemoryAttendance(), NotingDesk()
    await attendance.heard("discord", datetime.now(UTC))
    question = await discord.user_says(f"<@{BOT}> how?", user="2", wait=False)
    async with door(discord, desk, attendance=attendance):
        await discord.until(lambda: question in desk.taken)

    found, calls = await facts(discord, desk.taken[question])

    assert (found.person, calls) == (PersonKind.MEMBER, 1)


async def decided(discord: DiscordServer, *people: str) -> list[Decision]:
    """For people of whom no event has told, all at once."""
    platform = DiscordPlatform("good", discord.api_url)
    policy = OpenPolicy(directory=platform, look_up_seconds=10)
    try:
        return await asyncio.gather(
            *(policy.decide(Author(f"discord:{one}", one), SERVER, ChannelSettings()) for one in people)
        )
    finally:
        await platform.close()


async def test_more_people_than_discord_tells_of_at_once_wait_and_none_is_refused(discord: DiscordServer) -> None:
    people = [str(number) for number in range(1, 19)]

    found = await decided(discord, *people)

    assert [one.refused for one in found] == [False] * len(people)
    assert [call for call in discord.calls if "members" in call[1]].count(MEMBER_CALL) == 1


async def test_who_asks_several_things_at_once_is_asked_about_once(discord: DiscordServer) -> None:
    found = await decided(discord, *["2"] * 40)

    assert [one.refused for one in found] == [False] * 40
    assert discord.calls.count(MEMBER_CALL) == 1


class Sitting:
    """One answer's looks at who asks, at a clock of ours."""

    def __init__(self, discord: DiscordServer) -> None:
        self.now = 1_000.0
        self.platform = DiscordPlatform("good", discord.api_url)
        self.directory = DiscordDirectory(self.platform.office, (GUILD,), None, clock=lambda: self.now)

    async def look(self, *, again: bool = True) -> Facts:
        return await self.directory.facts(Look(Author("discord:2", "Ben"), SERVER, again=again))

    async def close(self) -> None:
        await self.directory.close()
        await self.platform.close()


async def test_a_role_that_is_taken_while_an_answer_is_written_ends_within_ten_seconds(discord: DiscordServer) -> None:
    discord.members["2"] = {"roles": [TEAM_ROLE]}
    sitting = Sitting(discord)
    try:
        first = await sitting.look(again=False)
        discord.members["2"] = {"roles": []}
        soon, calls = await sitting.look(), discord.calls.count(MEMBER_CALL)
        sitting.now += FRESH_SECONDS + 1
        later = await sitting.look()
        discord.strangers.add("2")
        sitting.now += FRESH_SECONDS + 1
        gone = await sitting.look()
    finally:
        await sitting.close()

    named = [f"discord:role:{TEAM_ROLE}" in one.names for one in (first, soon, later)]
    assert (named, calls) == ([True, True, False], 1)
    assert gone.person is PersonKind.OUTSIDER


@pytest.mark.parametrize("fault", ["500", "403", "429:30"])
async def test_discords_trouble_costs_no_answer_that_is_being_written_and_refuses_the_next(
    discord: DiscordServer, fault: str
) -> None:
    sitting = Sitting(discord)
    try:
        await sitting.look(again=False)
        discord.faults["member"] += [fault] * 60
        sitting.now += FRESH_SECONDS + 1
        again = await sitting.look()
        with pytest.raises(LookUpFailed):
            await sitting.look(again=False)
    finally:
        await sitting.close()

    assert again.person is PersonKind.MEMBER


@pytest.mark.parametrize(("servers", "kind"), [([GUILD], ChannelKind.SERVER), ([GUILD, "999"], ChannelKind.UNSET)])
@pytest.mark.parametrize("command", [False, True])
async def test_the_event_tells_in_how_many_servers_we_are_and_nobody_waits_for_it(
    discord: DiscordServer, servers: list[str], kind: ChannelKind, command: bool
) -> None:
    discord.servers[:] = servers
    message = await asked(discord, command=command)

    fresh, _ = await facts(discord, message)
    calls = discord.calls.count(("GET", "users/@me/guilds"))
    stale, _ = await facts(discord, message, later=FRESH_SECONDS + 1)

    assert (fresh.channel, stale.channel, calls) == (kind, kind, 0)


NAMED = frozenset({"discord:1", f"discord:role:{TEAM_ROLE}"})


async def readers(discord: DiscordServer, channel: str) -> list[frozenset[str]]:
    """Who reads a channel, each by what a repository may call them."""
    platform = DiscordPlatform("good", discord.api_url)
    thread = ThreadId("discord", "200", channel, "7")
    try:
        found = await platform.facts(Look(Author("discord:2", "Ben"), thread, everybody=True))
    finally:
        await platform.close()
    return [one.names for one in found.readers or ()]


async def test_an_app_and_who_has_left_read_nothing_and_who_is_named_holds_their_roles(discord: DiscordServer) -> None:
    discord.channels[RESTRICTED] = 0
    discord.overwrites[RESTRICTED] = list(TEAM_ALONE)
    discord.members["5"] = {"roles": [TEAM_ROLE]}
    discord.strangers.add("7")

    found = await readers(discord, RESTRICTED)

    assert found
    assert [one for one in found if not one & NAMED] == []


async def test_who_loses_the_role_that_names_them_is_an_unnamed_reader_at_once(discord: DiscordServer) -> None:
    discord.channels[RESTRICTED] = 0
    discord.overwrites[RESTRICTED] = list(TEAM_ALONE)
    discord.members["5"] = {"roles": []}
    discord.strangers.add("7")

    assert [one for one in await readers(discord, RESTRICTED) if not one & NAMED] == [
        frozenset({"discord:5", "discord:role:200"})
    ]


async def test_of_more_people_than_are_asked_about_the_others_count_without_their_roles(discord: DiscordServer) -> None:
    discord.channels[RESTRICTED] = 0
    people = [{"id": str(number), "type": 1, "allow": VIEW, "deny": "0"} for number in range(20, 40)]
    discord.overwrites[RESTRICTED] = [*TEAM_ALONE[:2], *people]
    discord.members |= {str(number): {"roles": [TEAM_ROLE]} for number in range(20, 40)}

    assert frozenset({"discord:39"}) in await readers(discord, RESTRICTED)


async def test_a_thread_is_read_by_whoever_reads_the_channel_that_it_belongs_to(discord: DiscordServer) -> None:
    """Also where we could not learn which that is when the question came."""
    discord.channels[RESTRICTED] = 0
    discord.overwrites[RESTRICTED] = list(TEAM_ALONE[:2])
    discord.threads["700"], discord.parents["700"] = "q", RESTRICTED

    found = await readers(discord, "700")

    assert found
    assert [one for one in found if not one & NAMED] == []


@pytest.mark.parametrize(
    ("roles", "overwrites", "reads"),
    [
        ([], [], True),
        ([], TEAM_ALONE, False),
        ([TEAM_ROLE], TEAM_ALONE, True),
        ([TEAM_ROLE], [{"id": TEAM_ROLE, "type": 0, "allow": "0", "deny": VIEW}], False),
        (
            [TEAM_ROLE],
            [
                {"id": "2", "type": 1, "allow": "0", "deny": VIEW},
                {"id": TEAM_ROLE, "type": 0, "allow": VIEW, "deny": "0"},
            ],
            False,
        ),
        ([], [{"id": "2", "type": 1, "allow": VIEW, "deny": "0"}, {"id": GUILD, "type": 0, "allow": "0", "deny": VIEW}], True),
    ],
)  # fmt: skip
async def test_a_button_kept_in_direct_messages_counts_while_its_owner_can_read_the_channel(
    discord: DiscordServer, roles: list[str], overwrites: list[dict[str, object]], reads: bool
) -> None:
    discord.members["2"] = {"roles": roles}
    discord.channels[RESTRICTED] = 0
    discord.overwrites[RESTRICTED] = list(overwrites)
    pressed = Look(Author("discord:2", "Ben"), replace(SERVER, channel=RESTRICTED, thread="private-1"), {"token": "t"})
    platform = DiscordPlatform("good", discord.api_url)
    try:
        found = await platform.facts(pressed)
    finally:
        await platform.close()

    assert found.channel is (ChannelKind.SERVER if reads else ChannelKind.LEFT)
