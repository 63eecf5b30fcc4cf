"""Every way in which the bot can fail, as a class each. the phrases.py of each home fixes the sentence that a person reads.

Edges catch (`adapters/delivery.py`, `adapters/cli.py`); the middle lets them pass. Raise `from` the cause.
"""

from __future__ import annotations

from datetime import datetime


class BotError(Exception):
    """The root. `can_retry`: asking the same again may help, so the apology carries a Retry button."""

    can_retry = True


class MalformedThread(BotError, ValueError):
    """An address with a missing part, or text that is no address."""

    can_retry = False


class ConfigError(BotError):
    """A setting is missing or wrong; `faults` holds one sentence each, naming the setting and the cure."""

    can_retry = False

    def __init__(self, *faults: str) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class DoorShut(ConfigError):
    """A platform does not take our token, and will not by itself; whatever else we listen to goes on."""


class AgentFileError(ConfigError):
    """An agent file that cannot be read."""


class ModelBusy(BotError):
    """The model is overloaded or rate limited; `until` is when it said it will be free, if it said so."""

    def __init__(self, message: str, until: datetime | None = None) -> None:
        super().__init__(message)
        self.until = until


class ModelUnreachable(BotError):
    """No connection to the model, or one that broke more often than we try."""


class ModelStalled(BotError):
    """The model went silent for too long in mid-answer."""


class NoAnswer(BotError):
    """The model ended its answer without a word in it, also when it was asked to go on; `reason` is its own word for why."""

    def __init__(self, reason: str = "") -> None:
        super().__init__(f"no answer: {reason or 'no reason'}")
        self.reason = reason


class ModelRefused(BotError):
    """The model declined; `category` is its own word for why, or empty."""

    can_retry = False

    def __init__(self, category: str) -> None:
        super().__init__(f"refused: {category or 'no category'}")
        self.category = category


class ModelRejected(BotError):
    """The model's service refused our request: a wrong key, no rights, a spend limit, a bad request. An operator must act; then asking
    again helps."""


class ModelForbidden(ModelRejected):
    """The model's service does not let us in: no credentials, a wrong key, no right to the model, or no such model there."""


class SpendLimitReached(ModelRejected):
    """The account's own spend limit is reached."""


class QuestionTooLong(BotError):
    """The question does not fit the model's window, even with next to nothing of its thread."""

    can_retry = False


class FileRefused(BotError):
    """The model's service does not take files of the question; without them it may be asked again. `places`: which of its parts."""

    def __init__(self, places: tuple[int, ...]) -> None:
        super().__init__(f"{len(places)} files refused")
        self.places = places


class PrefixRejected(BotError):
    """The model does not accept the conversation's earlier blocks any more; folding it to text mends that."""


class GivenUp(BotError):
    """A turn ended its workers again and again, and is set aside."""


class ReasonLost(BotError):
    """A turn failed, and another worker said why: its words are not kept."""


class TooLate(BotError):
    """A question that lay so long that answering it now, unasked, would surprise. `minutes`: how long."""

    def __init__(self, minutes: int) -> None:
        super().__init__(f"{minutes} minutes old")
        self.minutes = minutes


class StoreUnavailable(BotError):
    """The store is away or refuses to write."""


class StoreNotReady(StoreUnavailable):
    """It is there, and says that it takes no writes yet: it still loads, or a replica is about to take over from its primary."""


class LeaseLost(BotError):
    """Another worker has taken this thread over; whoever holds the old lease falls silent."""


class OverBudget(BotError):
    """A daily budget is used up. `scope` is "you" or "this channel"; it is free again at `until` (UTC), or where it `is_held` by
    questions that are being answered, perhaps when they are done."""

    can_retry = False

    def __init__(self, scope: str, until: datetime, *, is_held: bool = False) -> None:
        super().__init__(f"{scope} over budget until {until.isoformat()}")
        self.scope = scope
        self.until = until
        self.is_held = is_held


class SwitchedOff(BotError):
    """An admin switched the bot off in this channel."""

    can_retry = False


class ReadersUnknown(BotError):
    """Nobody said in time who asks, or who reads the place; nothing was asked and nothing looked at."""


class NotForYou(BotError):
    """Whoever asks may not be answered here; `rule` is the name of the rule that decided (RuleName), or of a sentence of ours."""

    can_retry = False

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


class LookUpFailed(BotError):
    """What a platform has to say about a person or a place could not be had; the message is the reason, for the log and `!why`."""


class LookUpQueued(LookUpFailed):
    """It was not asked yet: the platform takes no more such calls for the moment."""


class FileUnreadable(BotError):
    """A file could not be fetched or is not what it says; the message is a reason in plain words."""


class PlatformUnavailable(BotError):
    """The chat platform did not confirm our call, and trying again has not helped. It may have been taken all the same."""


class NotTaken(PlatformUnavailable):
    """The chat platform surely did not take our call: it was never reached, or it said so. Nothing was made there."""
