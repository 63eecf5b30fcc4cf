"""Every sentence the bot says in its own name. Calm, short, no blame: what happened, and what to do next.

A fault becomes a sentence here (`apology`); nothing else in the house writes words for people, except a command's own page.
"""

from __future__ import annotations

from datetime import datetime

from bot import errors


def thinking() -> str:
    return "Thinking…"


def restarted() -> str:
    return "The connection to Claude broke; starting this answer again…"


def picked_up() -> str:
    return "Picked up again after an interruption…"


def busy_retrying(seconds: float) -> str:
    return f"Claude is busy. Trying again in {max(1, round(seconds))} s…"


def merged(count: int) -> str:
    return f"Answers the last {count} messages together."


def stopped(by: str) -> str:
    return f"Stopped by {by}."


def cut_short() -> str:
    return "This answer reached its length limit. Ask me to go on."


def rehearsal_notice() -> str:
    return "Rehearsal: this is not Claude. Set ANTHROPIC_API_KEY and restart to get real answers."


def inbox_full() -> str:
    return "Too many messages are waiting in this thread, so I did not take this one. Please send it again in a minute."


def stop_refused() -> str:
    return "Only the people who asked, or an admin, can stop this answer."


def retry_refused() -> str:
    return "There is nothing to retry here any more. Please ask again."


def retrying() -> str:
    return "Trying again."


def stopping() -> str:
    return "Stopping."


def nothing_to_stop() -> str:
    return "Nothing is being answered in this thread."


def thanks_for_feedback() -> str:
    return "Thanks, noted."


def store_away() -> str:
    return "I cannot reach my store right now, so I did not take this message. Please send it again in a minute."


def unknown_command(word: str) -> str:
    return f"I do not know `{word}`. Try `help`."


def admins_only() -> str:
    return "Only an admin of this bot can do that. Admins are listed in PLUMBLINE_ADMINS."


def clock_time(moment: datetime) -> str:
    return f"{moment:%H:%M} UTC"


def apology(fault: BaseException, reference: str) -> str:
    """One or two sentences for whatever went wrong, with the reference that finds it in the log and the ledger."""
    return f"{_reason(fault)} (reference {reference})"


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
        case errors.ModelRefused(category=category) if category:
            return f"Claude declined to answer this (category: {category}). Rephrasing the question may help."
        case errors.ModelRefused():
            return "Claude declined to answer this. Rephrasing the question may help."
        case errors.SpendLimitReached():
            return "The Claude account has reached its spend limit. Please tell whoever runs this bot."
        case errors.ModelRejected():
            return "Claude's service does not accept this bot's request. Please tell whoever runs this bot."
        case errors.QuestionTooLong():
            return "This thread has grown too long for Claude. Please start a new thread, or use `!reset`."
        case errors.HistoryUnavailable():
            return "I cannot reach my store right now. Press Retry in a minute."
        case errors.OverBudget(scope=scope, until=until):
            return f"Today's budget for {scope} is used up. It starts again at {clock_time(until)}."
        case errors.SwitchedOff():
            return "I am switched off in this channel. An admin can change that with `on`."
        case errors.FileUnreadable():
            return f"I could not read a file: {fault}"
        case errors.PlatformUnavailable():
            return "The chat platform did not take my answer. Press Retry."
        case _:
            return "Something unexpected went wrong on my side. Press Retry; if it happens again, tell whoever runs this bot."
