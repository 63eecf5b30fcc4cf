"""Who somebody is in Slack, what a channel is, and who reads it: the facts that rights hang on.

Fields as in https://docs.slack.dev/reference/objects/user-object and https://docs.slack.dev/reference/objects/conversation-object. What
is missing there, or is nothing that we know, is UNKNOWN; what Slack does not answer is LookUpFailed.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from typing import Any

from adapters.lookups import Fetch, Lookups, Rounds
from adapters.slack.calls import SlackCalls, SlackRefused
from adapters.slack.contents import Event, Ourselves, enterprise_of
from adapters.slack.office import Office
from bot.errors import LookUpFailed, LookUpQueued, PlatformUnavailable
from bot.ports.policy import Audience, ChannelKind, Directory, Facts, Look, Marks, PersonKind, Reader

log = logging.getLogger(__name__)

PAGE, MOST_PAGES = 999, 100
"""Of a channel's members, of a workspace's people, and of our channels, whose largest page is the smallest
(https://docs.slack.dev/reference/methods/users.conversations); what is beyond is not known."""

LOOKS = (
    "users.info",
    "users.list",
    "users.conversations",
    "conversations.info",
    "conversations.members",
    "usergroups.users.list",
)
TICK_SECONDS = 0.1
"""How soon it is noticed that Slack takes no more look-ups."""

OURS = "public_channel,private_channel,mpim"
MOST_STRANGERS = 20
"""Of a channel's members, those who are asked about one by one because the workspace's list does not hold them."""

OPEN = (ChannelKind.PUBLIC, ChannelKind.ORGANISATION)
OWN = (*OPEN, ChannelKind.PRIVATE, ChannelKind.GROUP)
GONE = ("user_not_found", "user_not_visible", "users_not_found")
NO_GROUP = ("no_such_subteam", "subteam_not_found")
HOME, SHARED, AWAY = "home", "shared", "away"
"""In a message's route: the author's own workspace where that is another one; that the event came from a shared channel; and that a
button was pressed elsewhere than in the channel of its answer."""


class SlackDirectory(Directory):
    def __init__(self, calls: SlackCalls, office: Office, marks: Marks | None) -> None:
        self._calls = calls
        self._office = office
        self.lookups = Lookups(marks)
        self._channels = Rounds(self._our_channels)
        self._everybody = Rounds(self._our_people)

    async def facts(self, look: Look) -> Facts:
        looking = asyncio.create_task(self._facts(look))
        try:
            while not (await asyncio.wait([looking], timeout=TICK_SECONDS))[0]:
                if self._calls.budget.is_held(LOOKS):
                    raise LookUpQueued("Slack takes no more look-ups for the moment")
            with _failing():
                return looking.result()
        finally:
            looking.cancel()

    async def audiences(self, is_given: Callable[[str], bool]) -> Sequence[Audience]:
        """Of the channels that we are in, those that are given something: who reads them. For an operator, who can wait."""
        with _failing():
            ours, found = await self._office.ourselves(), list[Audience]()
            async for page in self._pages("users.conversations", "channels", types=OURS, exclude_archived="true"):
                for one in page:
                    place = f"slack:{ours.team}:{one.get('id')}"
                    if is_given(place):
                        kind = kind_of_channel(one)
                        readers = await self._readers(str(one.get("id")), kind, ours, None)
                        found.append(Audience(place, str(one.get("name") or ""), kind, readers))
            return found

    async def _facts(self, look: Look) -> Facts:
        ours = await self._office.ourselves()
        user, channel = look.person.id.removeprefix("slack:"), look.thread.channel
        is_direct, is_private = channel.startswith("D"), "response_url" in look.route
        groups = [name.rpartition(":")[2] for name in sorted(look.groups) if name.startswith("slack:group:")]
        person, kind, *members = await self.lookups.get(
            (f"slack:person:{user}", lambda: self._person(user, ours)),
            (f"slack:channel:{channel}", _direct if is_direct else lambda: self._channel(channel)),
            *((f"slack:group:{group}", self._group_of(group)) for group in groups),
        )
        person = PersonKind.OUTSIDER if person is PersonKind.UNKNOWN and HOME in look.route else person
        if kind is ChannelKind.ELSEWHERE and not is_private:
            kind = ChannelKind.UNKNOWN
        elif is_private and not is_direct and not await self._is_inside(user, person, look, kind):
            kind = ChannelKind.LEFT
        elif SHARED in look.route and kind in OWN:
            kind = ChannelKind.SHARED
        inside = dict(zip(groups, members, strict=True))
        alone, is_known = is_direct or is_private, kind not in (ChannelKind.UNKNOWN, ChannelKind.ELSEWHERE)
        readers = None
        if look.readers and not alone and is_known:
            everybody = inside if look.everybody else None
            readers = await self._readers(channel, kind, ours, everybody)
        return Facts(kind, person, _names(user, inside), alone, readers)

    async def _is_inside(self, user: str, person: PersonKind, look: Look, kind: ChannelKind) -> bool:
        """Whether somebody who is answered alone is (still) of the channel: an answer that had to go to them directly keeps its buttons
        when they leave. Public channels are every member's; where we are not, a command that was given there tells."""
        if kind is ChannelKind.ELSEWHERE:
            return AWAY not in look.route
        if kind is ChannelKind.UNKNOWN or (kind in OPEN and person is PersonKind.MEMBER):
            return True
        channel = look.thread.channel
        (inside,) = await self.lookups.get((f"slack:members:{channel}", lambda: self._members(channel)))
        return user in inside

    # --- one person, one channel, one group -----------------------------------------------------------------------------
    #
    # Each by a call of its own. Where Slack takes no more of those, by the list of all, which is one call for many.

    async def _person(self, user: str, ours: Ourselves) -> PersonKind:
        if user[:1] not in ("U", "W"):
            return PersonKind.UNKNOWN  # an app that has no user
        try:
            try:
                answer = await self._calls.look("users.info", user=user)
            except PlatformUnavailable:
                if listed := await _listed(self._everybody, user):
                    return kind_of_person(listed, ours)
                answer = await self._ask("users.info", user=user)
        except SlackRefused as refused:
            if refused.code in GONE:
                return PersonKind.UNKNOWN
            raise
        return kind_of_person(answer.get("user") or {}, ours)

    async def _channel(self, channel: str) -> ChannelKind:
        try:
            try:
                answer = await self._calls.look("conversations.info", channel=channel)
            except PlatformUnavailable:
                if listed := await _listed(self._channels, channel):
                    return kind_of_channel(listed)
                answer = await self._ask("conversations.info", channel=channel)
        except SlackRefused as refused:
            if refused.code == "channel_not_found":
                return ChannelKind.ELSEWHERE
            raise
        return kind_of_channel(answer.get("channel") or {})

    async def _our_channels(self) -> Mapping[str, Event]:
        return await self._by_id("users.conversations", "channels", types=OURS)

    async def _our_people(self) -> Mapping[str, Event]:
        return await self._by_id("users.list", "members")

    async def _by_id(self, method: str, key: str, **arguments: Any) -> Mapping[str, Event]:
        pages = [page async for page in self._pages(method, key, **arguments)]
        return {str(one.get("id")): one for page in pages for one in page}

    def _group_of(self, group: str) -> Fetch:
        return lambda: self._group(group)

    async def _group(self, group: str) -> frozenset[str]:
        try:
            answer = await self._ask("usergroups.users.list", usergroup=group)
        except SlackRefused as refused:
            if refused.code in NO_GROUP:
                return frozenset()
            raise
        return frozenset(str(user) for user in answer.get("users") or ())

    # --- who reads a channel --------------------------------------------------------------------------------------------

    async def _readers(
        self, channel: str, kind: ChannelKind, ours: Ourselves, groups: Mapping[str, frozenset[str]] | None
    ) -> tuple[Reader, ...]:
        """Which kinds of people read it; with `groups` each reader by name. A public channel is read by every member, one of the whole
        organisation by the members of its other workspaces, too, whom this one's list does not hold."""
        inside, people = await self.lookups.get(
            (f"slack:members:{channel}", lambda: self._members(channel)),
            ("slack:people", lambda: self._people(ours)),
        )
        strangers = [user for user in inside if user not in people]
        told = await self.lookups.get(
            *((f"slack:person:{one}", self._stranger(one, ours)) for one in strangers[:MOST_STRANGERS])
        )
        kinds = {user: people[user] for user in inside if user in people}
        kinds |= dict.fromkeys(strangers, PersonKind.UNKNOWN) | dict(zip(strangers, told, strict=False))
        if kind in OPEN:
            kinds |= {user: one for user, one in people.items() if one is PersonKind.MEMBER}
        if groups is None:
            return tuple(Reader(one) for one in sorted(set(kinds.values())))
        others = (Reader(PersonKind.MEMBER),) if kind is ChannelKind.ORGANISATION else ()
        return (*(Reader(one, _names(user, groups)) for user, one in kinds.items()), *others)

    def _stranger(self, user: str, ours: Ourselves) -> Fetch:
        return lambda: self._person(user, ours)

    async def _members(self, channel: str) -> frozenset[str]:
        pages = [page async for page in self._pages("conversations.members", "members", channel=channel)]
        return frozenset(str(user) for page in pages for user in page)

    async def _people(self, ours: Ourselves) -> Mapping[str, PersonKind]:
        return {user: kind_of_person(one, ours) for user, one in (await self._our_people()).items()}

    async def _pages(self, method: str, key: str, **arguments: Any) -> AsyncIterator[list[Any]]:
        """Raises LookUpFailed where there are more than we read: who is not known could be anybody."""
        cursor = ""
        for _ in range(MOST_PAGES):
            answer = await self._ask(method, **arguments, limit=PAGE, **({"cursor": cursor} if cursor else {}))
            yield answer.get(key) or []
            cursor = str((answer.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                return
        raise LookUpFailed(f"{method}: more than {PAGE * MOST_PAGES}")

    async def _ask(self, method: str, **arguments: Any) -> Any:
        """Waits for room and tries again, as any read; whoever asks gives up in time, and the next one finds what came of it."""
        return await self._calls.read(method, **arguments)

    async def close(self) -> None:
        await asyncio.gather(self._channels.close(), self._everybody.close())
        await self.lookups.close()


@contextlib.contextmanager
def _failing() -> Iterator[None]:
    try:
        yield
    except SlackRefused as refused:
        raise LookUpFailed(str(refused)) from refused
    except PlatformUnavailable as fault:
        raise LookUpFailed(str(fault)) from fault


async def _listed(rounds: Rounds, wanted: str) -> Event | None:
    try:
        listed: Event | None = (await rounds.get()).get(wanted)
    except (SlackRefused, PlatformUnavailable, LookUpFailed) as fault:
        log.info("not listed", extra={"reason": str(fault)})
        return None
    return listed


async def _direct() -> ChannelKind:
    return ChannelKind.DIRECT


def _names(user: str, groups: Mapping[str, frozenset[str]]) -> frozenset[str]:
    return frozenset((f"slack:{user}", *(f"slack:group:{group}" for group, users in groups.items() if user in users)))


def kind_of_person(facts: Event, ours: Ourselves) -> PersonKind:
    """A user object as a kind. Whoever is of another workspace of the same Enterprise organisation is no outsider."""
    if facts.get("deleted") is True:
        return PersonKind.DEACTIVATED
    if facts.get("is_stranger") is True:
        return PersonKind.OUTSIDER
    team, (enterprise, teams) = facts.get("team_id"), enterprise_of(facts)
    is_told = isinstance(facts.get("deleted"), bool) and isinstance(facts.get("enterprise_user") or {}, dict)
    if not (team and ours.team and is_told):
        return PersonKind.UNKNOWN
    if team != ours.team and ours.team not in teams and not (ours.enterprise and ours.enterprise in (enterprise, team)):
        return PersonKind.OUTSIDER
    if facts.get("is_bot") is True or facts.get("id") == "USLACKBOT":
        return PersonKind.BOT
    match facts.get("is_restricted"), facts.get("is_ultra_restricted"):
        case _, True:
            return PersonKind.SINGLE_CHANNEL_GUEST
        case True, _:
            return PersonKind.GUEST
        case False, False:
            return PersonKind.MEMBER
    return PersonKind.UNKNOWN


def kind_of_channel(facts: Event) -> ChannelKind:
    """A conversation object as a kind. One that is shared within one Enterprise organisation, with some of its workspaces or with all,
    is the company's own."""
    is_ours = facts.get("is_org_shared") is True or facts.get("is_global_shared") is True
    if facts.get("is_im") is True:
        return ChannelKind.DIRECT
    if facts.get("is_ext_shared") is True or (facts.get("is_shared") is True and not is_ours):
        return ChannelKind.SHARED
    if any(facts.get(key) for key in ("is_pending_ext_shared", "pending_shared", "pending_connected_team_ids")):
        return ChannelKind.PENDING
    if facts.get("is_mpim") is True:
        return ChannelKind.GROUP
    if facts.get("is_ext_shared") is not False:
        return ChannelKind.UNKNOWN
    match facts.get("is_private"):
        case True:
            return ChannelKind.PRIVATE
        case False:
            return ChannelKind.ORGANISATION if is_ours else ChannelKind.PUBLIC
    return ChannelKind.UNKNOWN
