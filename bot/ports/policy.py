"""Who may do what, asked in one form by everybody who has to know.

Doors bring facts (`Directory`), whoever keeps repositories brings what the operator set (`Grants`), and the policy makes one `Decision`
of both. docs/access.md is the same for people who do not read code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, Protocol

from bot.conversation import Author, ThreadId
from bot.ports.stores import ChannelSettings

# --- facts ------------------------------------------------------------------------------------------------------------


class ChannelKind(StrEnum):
    """What a place is, as its platform tells it now."""

    PUBLIC = "a public channel"
    ORGANISATION = "a public channel of the whole organisation"
    PRIVATE = "a private channel"
    DIRECT = "a direct message"
    GROUP = "a group direct message"
    SHARED = "a channel shared with another company"
    PENDING = "a channel that another company is invited to"
    SERVER = "a channel of a server"
    FOREIGN = "a server that is not the team's, or does not know me"
    UNSET = "a channel of a server, and it is not set which of my servers are the team's"
    ELSEWHERE = "a channel that I am not in"
    LEFT = "a channel that the asker is not in (any more)"
    UNCERTAIN = "a direct message, and it is not set whose server is the team's"
    LOCAL = "this machine"
    UNKNOWN = "a place that I know nothing of"


class PersonKind(StrEnum):
    MEMBER = "a member"
    GUEST = "a guest"
    SINGLE_CHANNEL_GUEST = "a single-channel guest"
    OUTSIDER = "of another company, or not of this server"
    BOT = "an app"
    DEACTIVATED = "deactivated"
    UNKNOWN = "somebody I know nothing of"


GUESTS = (PersonKind.GUEST, PersonKind.SINGLE_CHANNEL_GUEST)


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who reads a place, or all who have one role there. `names`: by which a repository may name them."""

    kind: PersonKind
    names: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Look:
    """What is to be looked up. `route` is the message's own, "" in it for a command. `groups`: those (Slack) whose members have to be
    known. `readers`: who reads the place has to be known; `everybody`: each of them, members too. `again`: it was looked up for the
    same answer before, so that of what no platform tells the changes, something a few seconds old will do."""

    person: Author
    thread: ThreadId
    route: Mapping[str, str] = field(default_factory=dict)
    groups: frozenset[str] = frozenset()
    readers: bool = False
    everybody: bool = False
    again: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """`names`: by which a repository may name this person: `slack:U1`, `slack:group:S1`, `discord:7`, `discord:role:9`. `alone`: nobody
    but the asker reads the answer. `readers`: None where it was not looked up."""

    channel: ChannelKind
    person: PersonKind
    names: frozenset[str] = frozenset()
    alone: bool = False
    readers: tuple[Reader, ...] | None = None


@dataclass(frozen=True, slots=True)
class Audience:
    """Who reads a channel that we are in; `place` as in ThreadId. `who`: the same in the platform's words, where it names no kinds of
    people but roles; `not_told`: what of it the platform keeps to itself."""

    place: str
    name: str
    kind: ChannelKind
    readers: tuple[Reader, ...]
    who: str = ""
    not_told: str = ""


class Directory(Protocol):
    async def facts(self, look: Look) -> Facts:
        """What the platform says now, at most ten minutes old, and no older than the last change that it told of.

        Raises LookUpFailed where it does not say, and LookUpQueued where it could not be asked yet; what it does say and we do not
        know is UNKNOWN.
        """
        ...


LOOK_UP_SECONDS = 1.2
"""Of all look-ups of one decision together, unless the operator says otherwise: a refusal stands within 1.5 s."""

QUEUED_SECONDS = 75.0
"""How long a decision waits until a platform that limits how often it is asked can be asked; one that says that this will take longer
is not waited for."""

KEPT_SECONDS = 600
"""How long a fact is kept at most."""


class Marks(Protocol):
    """Tells every process that a fact has changed. A subject is named `slack:T1:person:U1`, for instance."""

    async def of(self, subjects: Sequence[str]) -> Sequence[str]:
        """Each subject's mark, "" for none: what was looked up under another mark is dropped."""
        ...

    async def change(self, subject: str, state: str = "") -> bool:
        """The subject gets a new mark. With a `state` (at most 200 characters) only where that differs from the last; else False."""
        ...


# --- what the operator set --------------------------------------------------------------------------------------------

Guests = Literal["", "refuse", "channel"]
Outsiders = Literal["", "refuse", "answer without code", "channel"]
"""`channel`: they may see what the channel is given. "" is not set."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A repository that a place is given. `where` says where that was set. `is_exact`: the place is named itself, not by a pattern;
    `in_direct`: the pattern is said to match direct messages. `people`: only they; empty: all. `everybody`: all readers must be of
    them."""

    name: str
    where: str
    is_exact: bool = False
    in_direct: bool = False
    guests: Guests = ""
    outsiders: Outsiders = ""
    people: frozenset[str] = frozenset()
    everybody: bool = False


@dataclass(frozen=True, slots=True)
class ChannelRule:
    """What was set for a channel, or by a pattern for many; `is_exact` and `in_direct` as in Grant."""

    where: str
    is_exact: bool = False
    in_direct: bool = False
    guests: Guests = ""
    outsiders: Outsiders = ""


class Grants(Protocol):
    def grants(self, place: str, shared: Sequence[str] = ()) -> Sequence[Grant]:
        """What the operator gives to a place (`ThreadId.place`), and what an admin shared with it there."""
        ...

    def channel_rules(self, place: str) -> Sequence[ChannelRule]: ...

    def local(self) -> Sequence[Grant]:
        """Checkouts on this machine, which its own doors see."""
        ...


class NoGrants(Grants):
    def grants(self, place: str, shared: Sequence[str] = ()) -> Sequence[Grant]:
        return ()

    def channel_rules(self, place: str) -> Sequence[ChannelRule]:
        return ()

    def local(self) -> Sequence[Grant]:
        return ()


# --- what is decided --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ChangeSettings:
    """Change what holds for a whole channel: model, mode, budget, what it may look at."""


@dataclass(frozen=True, slots=True)
class StopAnswer:
    """Stop the answer that is being written. `askers` are the author ids of those who wait for it."""

    askers: frozenset[str]


@dataclass(frozen=True, slots=True)
class LookInto:
    """Look into something of the team's by its name."""

    name: str


@dataclass(frozen=True, slots=True)
class ChangeThread:
    """Have a thread forgotten, or muted. `starter` is the author id of whoever began it."""

    starter: str


@dataclass(frozen=True, slots=True)
class SeeSpending:
    """See what a whole channel costs."""


Deed = ChangeSettings | StopAnswer | LookInto | ChangeThread | SeeSpending


class NotAllowed(Exception):
    """Somebody may not do what a command does; the front desk says so in the same words for all."""


class RuleName(StrEnum):
    """Every rule there is, in the words of `!why` and of docs/access.md."""

    LOOK_UP_FAILED = "what could not be looked up is refused"
    UNKNOWN = "what is unknown is refused"
    DEACTIVATED = "deactivated accounts are refused"
    NOT_INSIDE = "who is not in a channel (any more) gets no private answer of it"
    GUESTS_REFUSED = "guests are refused"
    OUTSIDERS_REFUSED = "people of other companies are refused"
    MEMBER = "members are answered"
    GUEST_WELCOME = "guests are answered here"
    OUTSIDER_WELCOME = "people of other companies are answered here"
    OWN_MACHINE = "whoever sits at this machine sees what it is given"
    GRANTED = "given to this place"
    PATTERN_IN_DIRECT = "a pattern does not match direct messages unless that is said"
    PATTERN_OUTSIDE = "a pattern matches no place of which it is not known to be the team's"
    NOT_FOR_GUESTS = "guests may not see it"
    NOT_FOR_OUTSIDERS = "people of other companies may not see it"
    GUESTS_READ = "guests can read this place, and may not see it"
    OUTSIDERS_READ = "people of other companies can read this place, and may not see it"
    NOT_NAMED = "only people who are named may see it"
    READERS_NOT_NAMED = "somebody who can read this place is not named"


FOR_READERS = (RuleName.GUESTS_READ, RuleName.OUTSIDERS_READ, RuleName.READERS_NOT_NAMED)
"""What is withheld for the sake of those who read along: a private answer may show it."""


@dataclass(frozen=True, slots=True)
class Rule:
    """`where` it was set: a key of a file, a setting, a command, or `default`."""

    name: RuleName
    where: str = "default"


class Rights(Protocol):
    """What one person may do in one place."""

    def may(self, deed: Deed) -> bool: ...


@dataclass(frozen=True, slots=True)
class Decision(Rights):
    """`refused` people get one sentence, no model, no tool. `visible` and `withheld`: each repository that the place is given, with the
    rule that decided on it."""

    person: Author
    facts: Facts
    rule: Rule
    refused: bool = False
    visible: Mapping[str, Rule] = field(default_factory=dict)
    withheld: Mapping[str, Rule] = field(default_factory=dict)
    is_admin: bool = False

    def may(self, deed: Deed) -> bool:
        match deed:
            case ChangeSettings():
                return self.is_admin and not self.refused
            case StopAnswer(askers):
                return self.is_admin or self.person.id in askers
            case LookInto(name):
                return not self.refused and name in self.visible
            case ChangeThread(starter):
                return not self.refused and (not self._is_visitor or self.person.id == starter)
            case SeeSpending():
                return not self.refused and not self._is_visitor

    @property
    def _is_visitor(self) -> bool:
        """A guest, or of another company: at home in what they began themselves."""
        return self.facts.person not in (PersonKind.MEMBER, PersonKind.BOT) and not self.is_admin

    @property
    def helps_in_private(self) -> bool:
        """Whether something is withheld for those who read along alone."""
        return not self.refused and any(rule.name in FOR_READERS for rule in self.withheld.values())

    def shows_no_more_than(self, seen: frozenset[str]) -> bool:
        """Whether all that was `seen` may be seen under this decision."""
        return seen <= self.visible.keys()


class Policy(Protocol):
    async def decide(
        self,
        person: Author,
        thread: ThreadId,
        settings: ChannelSettings,
        route: Mapping[str, str] | None = None,
        *,
        again: bool = False,
    ) -> Decision:
        """What this person may do here, now. `settings` are the channel's, `route` the message's. Whatever has to be looked up for it
        is looked up; what cannot be is refused. `again` as in Look."""
        ...

    def admins(self, platform: str) -> Sequence[str]:
        """The author ids of a platform's admins, so that people know whom to ask."""
        ...

    async def check_budget(self, person: Author, thread: ThreadId, settings: ChannelSettings) -> bool:
        """Whether a budget applies. Raises OverBudget when the person or the channel has used up today's budget."""
        ...

    async def budget_alerts(
        self, person: Author, thread: ThreadId, settings: ChannelSettings, more_microdollars: int
    ) -> Sequence[tuple[str, int]]:
        """Budgets that are nearly used up with so much more, to be said now: whose ("you", "this channel"), and how many percent."""
        ...
