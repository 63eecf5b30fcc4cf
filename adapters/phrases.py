"""What every door says in its own name: how an answer comes along, and what becomes of a fault (`apology`).

Calm, short, no blame: what happened, and what to do next.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot import errors
from bot.answering import phrases

MOST_LABELS = 3

BUTTONS = {
    "stop": "Stop",
    "retry": "Retry",
    "go_on": "Go on",
    "good": "👍",
    "bad": "👎",
    "looked": "What was checked",
    "wrong": "Wrong flag",
}
"""What stands on a button under an answer in a chat, by what it does."""


def thinking() -> str:
    return "Thinking…"


def looking(labels: Sequence[str]) -> str:
    """What a round of tools looks at: the first few, and how many more."""
    more = f" and {len(labels) - MOST_LABELS} more" if len(labels) > MOST_LABELS else ""
    return f"{', '.join(labels[:MOST_LABELS])}{more}…"


def restarted() -> str:
    return "The connection to Claude broke; starting this answer again…"


def waits_for_store() -> str:
    return "Waits for the database…"


def picked_up() -> str:
    return "Picked up again after an interruption…"


def excerpt_of(name: str) -> str:
    return f"The beginning of {name}; all of it is in the file."


def picture(named: str, address: str) -> str:
    """Stands for a picture in an alert, which nobody looks at; either may be empty."""
    return ", ".join((f"Picture (not looked at): {named}".rstrip(": "), *([address] if address else [])))


def code_mark(place: int, line: str) -> str:
    """Where a line cannot stand under its code."""
    return f"Code block {place + 1}: {line}"


def store_away() -> str:
    return "I cannot reach my store right now, so I did not take this message. Please send it again in a minute."


def store_waited_for() -> str:
    return "I cannot reach my store right now. Your question waits and is answered when it is back; you need not send it again."


def ask_about_this(own_name: str, most: int) -> str:
    """The message menu, within a platform's limit."""
    named = f"Ask {own_name} about this"
    return named if len(named) <= most else "Ask about this"


def command_failed() -> str:
    return "That did not work. Please try again; if it happens again, tell whoever runs this bot."


def too_old() -> str:
    """To whoever uses what an earlier release, or another app of this name, has left."""
    return "This is from an earlier time and does nothing any more. Please ask again."


def not_taken() -> str:
    """Above it, where it needs a title; of 24 characters at most."""
    return "Not taken"


def private_cut() -> str:
    return "The rest does not fit into a private answer. Ask without `private` to get all of it in a thread."


def question_cut() -> str:
    """Under a question that is shown in part."""
    return "The question goes on; I have all of it."


def clock_time(moment: datetime) -> str:
    return f"{moment:%H:%M} UTC"


def apology(fault: BaseException, reference: str) -> str:
    """One or two sentences for whatever went wrong, with the reference that finds it in the log and the ledger."""
    return f"{_reason(fault)} (reference {reference})"


def _duration(minutes: int) -> str:
    return f"{minutes} minutes" if minutes < 120 else f"{minutes // 60} hours"


def _reason(fault: BaseException) -> str:
    match fault:
        case errors.ModelBusy(until=until) if until is not None:
            return f"Claude is busy until about {clock_time(until)}. Press Retry then, or ask again."
        case errors.ModelBusy():
            return "Claude is busy. Press Retry in a minute."
        case errors.ModelUnreachable():
            return "The connection to Claude broke more than once. Press Retry."
        case errors.ModelStalled():
            return "Claude went silent in the middle of the answer. Press Retry."
        case errors.NoAnswer(reason="max_tokens"):
            return "Claude used up its length limit before it wrote an answer. Ask for less at once, or press Retry."
        case errors.NoAnswer():
            return "Claude ended without writing an answer. Press Retry, or ask in other words."
        case errors.ModelRefused(category=category) if category:
            return f"Claude declined to answer this (category: {category}). Rephrasing the question may help."
        case errors.ModelRefused():
            return "Claude declined to answer this. Rephrasing the question may help."
        case errors.SpendLimitReached():
            return "The Claude account has reached its spend limit. Please tell whoever runs this bot, and press Retry then."
        case errors.ModelRejected():
            return "Claude's service does not accept this bot's request. Please tell whoever runs this bot, and press Retry then."
        case errors.QuestionTooLong():
            return "This question, with its files, is too long for Claude. Please send less of it at once."
        case errors.GivenUp():
            return (
                "I tried this several times and was cut off each time, so I set it aside. Press Retry to try once more."
            )
        case errors.ReasonLost():
            return "I could not answer this, and what I said of the reason is lost. Press Retry to try once more."
        case errors.TooLate(minutes=minutes):
            return f"I was away, and this waited for {_duration(minutes)}. Press Retry if you still want an answer."
        case errors.StoreUnavailable():
            return "I cannot reach my store right now. Press Retry in a minute."
        case errors.OverBudget(scope=scope, is_held=True):
            return f"Questions that I am answering hold the rest of today's budget for {scope}. Ask again when they are done."
        case errors.OverBudget(scope=scope, until=until):
            return f"Today's budget for {scope} is used up. It starts again at {clock_time(until)}."
        case errors.SwitchedOff():
            return "I am switched off in this channel. An admin can change that with `on`."
        case errors.ReadersUnknown():
            return "I could not find out who can read this place, so I did not answer. Press Retry in a minute."
        case errors.NotForYou(rule=rule):
            return phrases.refused(rule)
        case errors.FileUnreadable():
            return f"I could not read a file: {fault}"
        case errors.PlatformUnavailable():
            return "The chat platform did not take my answer. Press Retry."
        case _:
            return "Something unexpected went wrong on my side. Press Retry; if it happens again, tell whoever runs this bot."
