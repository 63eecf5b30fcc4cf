"""Who may: the one room that decides what a person may do in a place. Turns, commands, presses and the page ask here.

`decide` is a pure function of facts and of what was set; HousePolicy has the facts looked up. What is unknown is refused.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
from collections.abc import Coroutine, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.answering.budgets import DailyBudgets
from bot.conversation import Author, ThreadId
from bot.errors import LookUpFailed, LookUpQueued
from bot.ports import Clock
from bot.ports.policy import (
    FOR_READERS,
    GUESTS,
    LOOK_UP_SECONDS,
    QUEUED_SECONDS,
    ChannelKind,
    ChannelRule,
    Decision,
    Directory,
    Facts,
    Grant,
    Grants,
    Look,
    PersonKind,
    Policy,
    Reader,
    Rule,
    RuleName,
)
from bot.ports.stores import ChannelSettings

log = logging.getLogger(__name__)

TICK_SECONDS = 0.1
"""A look-up's time is counted in these."""

QUEUE_PAUSE_SECONDS = 0.5
"""Before the next try of a look-up for which the platform had no room."""

OWN_PLATFORMS = ("web", "console")
"""Doors on the machine that the bot runs on: whoever is there is its operator."""

DIRECT = (ChannelKind.DIRECT, ChannelKind.GROUP)
OUTSIDE = (ChannelKind.FOREIGN, ChannelKind.ELSEWHERE, ChannelKind.UNCERTAIN, ChannelKind.UNSET)
"""Kinds that no pattern matches: nobody can say whose they are."""

OUTSIDERS_READ = (ChannelKind.SHARED, ChannelKind.PENDING, ChannelKind.FOREIGN)
"""Kinds that people of other companies read, or soon will, the past included."""

GROUP = ":group:"
FROM_CLOSED = ("refuse", "answer without code", "channel")
"""The values of `guests` and `outsiders`, the strictest first."""

Set = tuple[str, str]
"""A value, "" for none, and where it was set."""


def decide(facts: Facts, grants: Sequence[Grant], rules: Sequence[ChannelRule], person: Author) -> Decision:
    """The decision for whoever asks: refused, or answered with the repositories that they and all readers may see."""
    channel = {key: _set_for_channel(facts, rules, key) for key in ("guests", "outsiders")}
    welcome = _welcome(facts, grants, channel)
    if welcome.name in REFUSALS:
        return Decision(person, facts, welcome, refused=True)
    if facts.channel is ChannelKind.LOCAL:
        return Decision(person, facts, welcome, visible={one.name: Rule(RuleName.GRANTED, one.where) for one in grants})
    visible: dict[str, Rule] = {}
    withheld: dict[str, Rule] = {}
    for grant in grants:
        against = _against(facts, grant, channel)
        if against is None:
            visible.setdefault(grant.name, Rule(RuleName.GRANTED, grant.where))
        elif grant.name not in withheld or against.name in FOR_READERS:
            withheld[grant.name] = against  # of several grants, the one that is nearest to showing it
    withheld = {name: rule for name, rule in withheld.items() if name not in visible}
    return Decision(person, facts, welcome, visible=visible, withheld=withheld)


REFUSALS = (
    RuleName.UNKNOWN,
    RuleName.DEACTIVATED,
    RuleName.NOT_INSIDE,
    RuleName.GUESTS_REFUSED,
    RuleName.OUTSIDERS_REFUSED,
)


def _welcome(facts: Facts, grants: Sequence[Grant], channel: Mapping[str, Set]) -> Rule:
    """Whether this person is answered here at all."""
    if PersonKind.UNKNOWN is facts.person or ChannelKind.UNKNOWN is facts.channel:
        return Rule(RuleName.UNKNOWN)
    if facts.channel is ChannelKind.LEFT and facts.person is not PersonKind.DEACTIVATED:
        return Rule(RuleName.NOT_INSIDE)
    fitting = [grant for grant in grants if _misfit(facts, grant) is None]
    match facts.person:
        case PersonKind.DEACTIVATED:
            return Rule(RuleName.DEACTIVATED)
        case PersonKind.GUEST | PersonKind.SINGLE_CHANNEL_GUEST:
            value, where = _set_or_most_open(channel, fitting, "guests")
            return Rule(RuleName.GUESTS_REFUSED if value == "refuse" else RuleName.GUEST_WELCOME, where)
        case PersonKind.OUTSIDER:
            value, where = _set_or_most_open(channel, fitting, "outsiders")
            return Rule(RuleName.OUTSIDERS_REFUSED if value == "refuse" else RuleName.OUTSIDER_WELCOME, where)
        case _:
            return Rule(RuleName.OWN_MACHINE if facts.channel is ChannelKind.LOCAL else RuleName.MEMBER)


def _set_or_most_open(channel: Mapping[str, Set], fitting: Sequence[Grant], key: str) -> Set:
    """What was set for the channel; where nothing was, the most open that one of its repositories says."""
    if channel[key][0]:
        return channel[key]
    said = [(str(getattr(grant, key)), f"{grant.where} {key}") for grant in fitting if getattr(grant, key)]
    return max(said, key=lambda one: FROM_CLOSED.index(one[0]), default=("refuse", "default"))


def _misfit(facts: Facts, grant: Grant) -> Rule | None:
    """Why the grant is not of this place, or of this person in it."""
    if grant.is_exact:
        return None
    is_strange = facts.person is PersonKind.OUTSIDER or facts.person in GUESTS
    if facts.channel in DIRECT and (is_strange or not grant.in_direct):
        return Rule(RuleName.PATTERN_IN_DIRECT, grant.where)
    if facts.channel in OUTSIDE:
        return Rule(RuleName.PATTERN_OUTSIDE, grant.where)
    return None


def _against(facts: Facts, grant: Grant, channel: Mapping[str, Set]) -> Rule | None:
    """The rule by which the repository is not shown here to this person, or None."""
    if misfit := _misfit(facts, grant):
        return misfit
    guests, guests_where = _strictest(channel["guests"], grant, "guests")
    others, others_where = _strictest(channel["outsiders"], grant, "outsiders")
    if facts.person in GUESTS and guests != "channel":
        return Rule(RuleName.NOT_FOR_GUESTS, guests_where)
    if facts.person is PersonKind.OUTSIDER and others != "channel":
        return Rule(RuleName.NOT_FOR_OUTSIDERS, others_where)
    if grant.people and not grant.people & facts.names:
        return Rule(RuleName.NOT_NAMED, f"{grant.where} people")
    if facts.alone:
        return None
    kinds = {reader.kind for reader in _readers(facts)}
    if others != "channel" and kinds & {PersonKind.OUTSIDER, PersonKind.UNKNOWN}:
        return Rule(RuleName.OUTSIDERS_READ, others_where)
    if guests != "channel" and kinds & set(GUESTS):
        return Rule(RuleName.GUESTS_READ, guests_where)
    if grant.people and grant.everybody and not all(_is_named(reader, grant) for reader in _readers(facts)):
        return Rule(RuleName.READERS_NOT_NAMED, f"{grant.where} readers")
    return None


def _readers(facts: Facts) -> Iterator[Reader]:
    """Who reads along. Readers who were not looked up could be anybody."""
    yield from (Reader(PersonKind.UNKNOWN),) if facts.readers is None else facts.readers
    if facts.channel in OUTSIDERS_READ:
        yield Reader(PersonKind.OUTSIDER)


def _is_named(reader: Reader, grant: Grant) -> bool:
    is_silent = reader.kind in (PersonKind.BOT, PersonKind.DEACTIVATED)
    return is_silent or bool(reader.names & grant.people)


def _strictest(channel: Set, grant: Grant, key: str) -> Set:
    """Of what was set for the channel and for the repository."""
    own: Set = (getattr(grant, key), f"{grant.where} {key}")
    return _closest([one for one in (own, channel) if one[0]])


def _closest(said: Iterable[Set]) -> Set:
    return min(said, key=lambda one: FROM_CLOSED.index(one[0]), default=("refuse", "default"))


def _set_for_channel(facts: Facts, rules: Sequence[ChannelRule], key: str) -> Set:
    """What is set for this channel: by its own name, else the strictest of the patterns."""
    said = [one for one in rules if getattr(one, key) and (one.is_exact or _pattern_fits(facts, one))]
    said = [one for one in said if one.is_exact] or said
    return _closest((getattr(one, key), f"{one.where} {key}") for one in said) if said else ("", "default")


def _pattern_fits(facts: Facts, rule: ChannelRule) -> bool:
    return facts.channel not in OUTSIDE and (facts.channel not in DIRECT or rule.in_direct)


class HousePolicy(Policy):
    """`admins` are author ids; `directories` look up facts, each at its platform, within `look_up_seconds` for one decision."""

    def __init__(
        self,
        admins: frozenset[str],
        budgets: DailyBudgets,
        clock: Clock,
        directories: Mapping[str, Directory],
        grants: Grants,
        look_up_seconds: float = LOOK_UP_SECONDS,
    ) -> None:
        self._admins = admins
        self._look_up_seconds = look_up_seconds
        self._budgets = budgets
        self._clock = clock
        self._directories = directories
        self._grants = grants

    async def decide(
        self,
        person: Author,
        thread: ThreadId,
        settings: ChannelSettings,
        route: Mapping[str, str] | None = None,
        *,
        again: bool = False,
        quietly: bool = False,
    ) -> Decision:
        """`quietly`: for somebody who only looks, the log says nothing of it."""
        grants = list(self._grants.grants(thread.place, settings.repositories))
        if thread.platform in OWN_PLATFORMS:
            facts = Facts(ChannelKind.LOCAL, PersonKind.MEMBER, alone=True)
            grants += self._grants.local()
        else:
            look = replace(_look(person, thread, route or {}, grants), again=again)
            try:
                facts = await self._looked_up(look)
            except LookUpFailed as fault:
                log.warning("refused: not looked up", extra={"thread_id": str(thread), "reason": str(fault)})
                unknown = Facts(ChannelKind.UNKNOWN, PersonKind.UNKNOWN)
                return Decision(person, unknown, Rule(RuleName.LOOK_UP_FAILED, str(fault)), refused=True)
        is_admin = person.id in self._admins or person.id.partition(":")[0] in OWN_PLATFORMS
        decision = decide(facts, grants, self._grants.channel_rules(thread.place), person)
        if not quietly:
            log.log(
                logging.DEBUG if again else logging.INFO,
                "decided",
                extra={"thread_id": str(thread), "rule": decision.rule.name.name, "refused": decision.refused}
                | {"visible": len(decision.visible), "withheld": len(decision.withheld)},
            )
        return replace(decision, is_admin=is_admin)

    async def _looked_up(self, look: Look) -> Facts:
        directory = self._directories.get(look.thread.platform)
        if directory is None:
            raise LookUpFailed(f"nobody here can ask {look.thread.platform}")
        for _ in range(math.ceil(QUEUED_SECONDS / QUEUE_PAUSE_SECONDS)):
            with contextlib.suppress(LookUpQueued):
                return await _within(self._look_up_seconds, directory.facts(look))
            await asyncio.sleep(QUEUE_PAUSE_SECONDS)
        raise LookUpFailed("too many are asked about at once")

    def admins(self, platform: str) -> Sequence[str]:
        return tuple(sorted(one for one in self._admins if one.startswith(f"{platform}:")))

    async def check_budget(self, person: Author, thread: ThreadId, settings: ChannelSettings) -> bool:
        return await self._budgets.check(thread, person, settings, self._clock())

    async def budget_alerts(
        self, person: Author, thread: ThreadId, settings: ChannelSettings, more_microdollars: int
    ) -> Sequence[tuple[str, int]]:
        return await self._budgets.alerts(thread, person, settings, self._clock(), more_microdollars)


async def _within(seconds: float, looking: Coroutine[Any, Any, Facts]) -> Facts:
    """Raises LookUpFailed when it takes longer; time in which this process itself stood still is counted once, and not for each.

    A timeout of the loop's would refuse everybody after a pause, whose answers are there and not yet read.
    """
    task = asyncio.create_task(looking)
    try:
        for _ in range(math.ceil(seconds / TICK_SECONDS)):
            if (await asyncio.wait([task], timeout=TICK_SECONDS))[0]:
                return task.result()
        raise LookUpFailed("it took too long")
    finally:
        task.cancel()


def _look(person: Author, thread: ThreadId, route: Mapping[str, str], grants: Sequence[Grant]) -> Look:
    """What has to be known for these grants, and no more."""
    named = frozenset(name for grant in grants for name in grant.people if GROUP in name)
    everybody = any(grant.everybody and grant.people for grant in grants)
    return Look(person, thread, route, named, readers=bool(grants), everybody=everybody)
