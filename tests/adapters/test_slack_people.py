"""What Slack's objects say of people and channels, each kind of them: who is ours, who reads along."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from adapters.slack.changes import state_of
from adapters.slack.contents import Ourselves
from adapters.slack.directory import kind_of_channel, kind_of_person
from adapters.slack.outgoing import SlackPlatform
from bot.conversation import Author, ThreadId
from bot.errors import LookUpQueued
from bot.ports.policy import ChannelKind, Facts, Look, PersonKind
from tests.adapters import slack_bench
from tests.servers.slack import SlackServer
from tests.servers.slack.rates import Limits

platform = slack_bench.platform

OURS = Ourselves("UBOT", "BBOT", "plumbline", "T1", "E1")
MEMBER = {"id": "U1", "team_id": "T1", "deleted": False, "is_restricted": False, "is_ultra_restricted": False}
CHANNEL = {"id": "C1", "is_ext_shared": False, "is_shared": False, "is_private": False}


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        ({}, PersonKind.MEMBER),
        ({"team_id": "T2", "enterprise_user": {"enterprise_id": "E1", "teams": ["T2"]}}, PersonKind.MEMBER),
        ({"team_id": "T2", "enterprise_user": {"id": "W1", "teams": ["T1", "T2"]}}, PersonKind.MEMBER),
        ({"team_id": "E1", "enterprise_user": None}, PersonKind.MEMBER),
        ({"team_id": "T2", "enterprise_user": {"enterprise_id": "E2", "teams": ["T2"]}}, PersonKind.OUTSIDER),
        ({"team_id": "T2", "enterprise_user": {}}, PersonKind.OUTSIDER),
        ({"team_id": "T2", "enterprise_user": ["E1"]}, PersonKind.UNKNOWN),
        ({"team_id": "T2", "enterprise_user": {"enterprise_id": None, "teams": "T1"}}, PersonKind.OUTSIDER),
        ({"team_id": "T2", "enterprise_user": {"teams": ["T1"]}, "is_restricted": True}, PersonKind.GUEST),
        ({"is_invited_user": True}, PersonKind.MEMBER),
        ({"is_invited_user": True, "is_restricted": True, "is_ultra_restricted": True}, PersonKind.SINGLE_CHANNEL_GUEST),
        ({"is_stranger": True}, PersonKind.OUTSIDER),
        ({"deleted": True}, PersonKind.DEACTIVATED),
        ({"deleted": None}, PersonKind.UNKNOWN),
        ({"is_bot": True}, PersonKind.BOT),
        ({"is_workflow_bot": True, "is_bot": True}, PersonKind.BOT),
        ({"is_app_user": True}, PersonKind.MEMBER),
        ({"id": "USLACKBOT"}, PersonKind.BOT),
        ({"team_id": "T9", "is_bot": True}, PersonKind.OUTSIDER),
        ({"is_restricted": "no"}, PersonKind.UNKNOWN),
    ],
)  # fmt: skip
def test_a_person_is_what_slack_says_of_them(more: dict[str, Any], kind: PersonKind) -> None:
    assert kind_of_person(MEMBER | more, OURS) is kind


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        ({}, ChannelKind.PUBLIC),
        ({"is_private": True}, ChannelKind.PRIVATE),
        ({"is_archived": True}, ChannelKind.PUBLIC),
        ({"is_shared": True, "is_org_shared": True}, ChannelKind.ORGANISATION),
        ({"is_shared": True, "is_org_shared": False, "is_global_shared": True}, ChannelKind.ORGANISATION),
        ({"is_shared": True, "is_org_shared": True, "is_private": True}, ChannelKind.PRIVATE),
        ({"is_shared": True, "is_org_shared": True, "is_ext_shared": True}, ChannelKind.SHARED),
        ({"is_shared": True, "is_global_shared": True, "is_ext_shared": True}, ChannelKind.SHARED),
        ({"is_shared": True}, ChannelKind.SHARED),
        ({"is_org_shared": True, "pending_connected_team_ids": ["T9"]}, ChannelKind.PENDING),
        ({"is_mpim": True, "is_private": True, "is_ext_shared": True}, ChannelKind.SHARED),
        ({"is_mpim": True, "is_private": True}, ChannelKind.GROUP),
        ({"is_im": True, "is_ext_shared": True}, ChannelKind.DIRECT),
        ({"is_ext_shared": None}, ChannelKind.UNKNOWN),
        ({"is_private": None}, ChannelKind.UNKNOWN),
    ],
)
def test_a_channel_is_what_slack_says_of_it(more: dict[str, Any], kind: ChannelKind) -> None:
    assert kind_of_channel(CHANNEL | more) is kind


@pytest.mark.parametrize("shared", ["is_org_shared", "is_global_shared"])
async def test_a_public_channel_of_an_organisation_is_read_by_people_whom_our_list_does_not_hold(
    slack: SlackServer, platform: SlackPlatform, shared: str
) -> None:
    slack.channel("CORG", "U1", is_shared=True, **{shared: True})
    slack.groups["S1"] = [*slack.people, "U1", "U2", "U3"]
    slack.scopes += ",usergroups:read"
    thread = ThreadId("slack", "T1", "CORG", "1.1")
    groups = frozenset({"slack:group:S1"})

    found = await platform.facts(Look(Author("slack:U1", "Ana"), thread, {}, groups, readers=True, everybody=True))

    assert found.channel is ChannelKind.ORGANISATION
    assert [one.names for one in found.readers or () if one.kind is PersonKind.MEMBER].count(frozenset()) == 1


async def asked(platform: SlackPlatform, user: str, channel: str) -> Facts:
    return await platform.facts(Look(Author(f"slack:{user}", "Ana"), ThreadId("slack", "T1", channel, "1.1"), {}))


async def test_more_new_people_and_channels_at_once_than_slack_tells_of_one_by_one_are_told_of_in_lists(
    slack: SlackServer, platform: SlackPlatform
) -> None:
    slack.rates = Limits(0.1)  # five channels and ten people a minute
    for one in range(30):
        slack.person(f"U{one}0", is_restricted=one % 2 == 0)
        slack.channel(f"C{one}0", "U1", is_private=one % 3 == 0, is_ext_shared=one % 5 == 0)
    slack.absent.add("C70")  # a public channel that we are not in: no list of ours has it

    found = await asyncio.gather(*(asked(platform, f"U{one}0", f"C{one}0") for one in range(30) if one != 7))

    for one, facts in zip((one for one in range(30) if one != 7), found, strict=True):
        assert facts.person is (PersonKind.GUEST if one % 2 == 0 else PersonKind.MEMBER)
        inside = ChannelKind.PRIVATE if one % 3 == 0 else ChannelKind.PUBLIC
        assert facts.channel is (ChannelKind.SHARED if one % 5 == 0 else inside)
    asked_for = [method for method, _ in slack.calls]
    assert {asked_for.count("users.list"), asked_for.count("users.conversations")} <= {1, 2}
    with pytest.raises(LookUpQueued):  # it has its turn in a minute: neither refused nor guessed
        await asked(platform, "U10", "C70")


async def test_a_list_is_never_older_than_the_question(slack: SlackServer, platform: SlackPlatform) -> None:
    slack.faults["conversations.info"] += ["500"] * 20
    slack.faults["users.conversations"] += ["late:0.5"]
    slack.channel("CA", "U1")
    slack.channel("CB", "U1")
    before = asyncio.create_task(asked(platform, "U1", "CA"))
    await slack.until(lambda: [method for method, _ in slack.calls].count("users.conversations") == 1)
    slack.channel("CB", "U1", is_ext_shared=True)

    assert (await asked(platform, "U1", "CB")).channel is ChannelKind.SHARED
    assert (await before).channel is ChannelKind.PUBLIC


def test_leaving_a_workspace_of_the_organisation_is_a_change() -> None:
    of = [
        MEMBER | {"team_id": "T2", "enterprise_user": {"teams": teams}} for teams in (["T1", "T2"], ["T2"], None, "T2")
    ]

    assert len({state_of(one) for one in of[:2]}) == 2
    assert state_of(of[2]) == state_of(of[3])
    assert all(len(state_of(one)) <= 200 for one in (*of, MEMBER | {"enterprise_user": {"teams": ["T123456789"] * 99}}))


@pytest.mark.parametrize(
    ("flags", "inside", "route", "kind"),
    [
        ({"is_private": True}, True, {}, ChannelKind.PRIVATE),
        ({"is_private": True}, False, {}, ChannelKind.LEFT),
        ({"is_mpim": True, "is_private": True}, False, {}, ChannelKind.LEFT),
        ({"is_ext_shared": True}, False, {}, ChannelKind.LEFT),
        ({}, False, {}, ChannelKind.PUBLIC),
        ({"is_private": True, "absent": True}, False, {}, ChannelKind.ELSEWHERE),
        ({"is_private": True, "absent": True}, False, {"away": "1"}, ChannelKind.LEFT),
    ],
)
async def test_a_private_answer_is_for_who_is_in_the_channel(
    slack: SlackServer,
    platform: SlackPlatform,
    flags: dict[str, Any],
    inside: bool,
    route: dict[str, str],
    kind: ChannelKind,
) -> None:
    if flags.pop("absent", False):
        slack.absent.add("C7")
    slack.channel("C7", "U2", *(["U1"] if inside else []), **flags)
    look = Look(
        Author("slack:U1", "Ana"), ThreadId("slack", "T1", "C7", "private-1"), {"response_url": "http://x"} | route
    )

    assert (await platform.facts(look)).channel is kind
