"""What people read while Claude is asked, in the bot's own name."""

from __future__ import annotations


def trying_again(seconds: float) -> str:
    return f"Claude is busy or the connection broke. Trying again in {max(1, round(seconds))} s…"


def said_nothing() -> str:
    return "Claude ended without a word. Asking once more…"


def with_more_room() -> str:
    return "Claude used up its length limit. Asking once more, with room for more…"


def turning_to(engine: str) -> str:
    return f"Claude cannot be reached as usual. Asking it by way of {engine}…"


def answered_by(engine: str, usual: str, *, is_shut: bool) -> str:
    return f"Answered by way of {engine}; {usual} {'did not let us in' if is_shut else 'was busy or away'}."


def asking() -> str:
    return "Asking Claude again…"


def overloaded() -> str:
    return "Claude is overloaded. Your question waits its turn…"


def cut_short() -> str:
    return "This answer reached its length limit. Ask me to go on."
