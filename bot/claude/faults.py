"""What went wrong with a request to Claude, and what follows: wait and try again, or one of our errors.

An error in mid-stream comes as an event after status 200; a cut comes as the HTTP library's own error; a stream that ends early
raises nothing at all. All of them end here.
"""

from __future__ import annotations

from dataclasses import dataclass

import anthropic
import httpx2

from bot.claude.stream import StreamFault
from bot.errors import (
    BotError,
    ModelBusy,
    ModelRejected,
    ModelStalled,
    ModelUnreachable,
    PrefixRejected,
    QuestionTooLong,
    SpendLimitReached,
)

CUTS = (httpx2.HTTPError, TimeoutError)
"""What breaks a stream in the middle."""

FAULTS = (anthropic.APIError, StreamFault, ValueError, *CUTS)
"""Everything that a request or its stream may raise, ValueError for events that are no JSON."""

BUSY = ("overloaded_error", "rate_limit_error")
PASSING = (*BUSY, "api_error", "timeout_error")


class StreamCut(Exception):
    """The stream ended before the message did, without an error."""


@dataclass(frozen=True, slots=True)
class Fault:
    """`error`: what it is for people. `retry_after_seconds`: None when trying again is useless, 0 when no time was given."""

    error: BotError
    retry_after_seconds: float | None


def classify(raised: BaseException) -> Fault:
    """One Fault for whatever a request raised."""
    match raised:
        case StreamCut():
            return Fault(ModelUnreachable("the stream ended early"), 0)
        case TimeoutError():
            return Fault(ModelStalled("no event for too long"), 0)
        case anthropic.APIStatusError():
            return _status(raised)
        case StreamFault() if raised.type in BUSY:
            return Fault(ModelBusy(raised.type), 0)
        case StreamFault() if raised.type not in PASSING:
            return Fault(ModelRejected(raised.type), None)
        case _:
            return Fault(ModelUnreachable(type(raised).__name__), 0)


def _status(raised: anthropic.APIStatusError) -> Fault:
    code, said = raised.error_code or "", (raised.api_message or "").lower()
    if "spend_limit" in code or "ramp_limit" in code or (raised.status_code == 400 and "usage limits" in said):
        return Fault(SpendLimitReached(code or "spend limit"), None)
    if raised.type in BUSY or raised.status_code in (429, 529):
        return Fault(ModelBusy(raised.type or str(raised.status_code)), _retry_after(raised))
    if raised.type in PASSING or raised.status_code >= 500 or raised.status_code in (408, 409):
        return Fault(ModelUnreachable(raised.type or str(raised.status_code)), _retry_after(raised))
    if raised.status_code == 413 or (raised.status_code == 400 and "prompt is too long" in said):
        return Fault(QuestionTooLong(code or "prompt is too long"), None)
    if raised.status_code == 400 and ("thinking" in said or "different conversation" in said):
        return Fault(PrefixRejected(code or "prefix rejected"), None)
    return Fault(ModelRejected(f"{raised.status_code} {raised.type or ''} {code}".strip()), None)


def _retry_after(raised: anthropic.APIStatusError) -> float:
    try:
        return max(0.0, float(raised.response.headers.get("retry-after", "0")))
    except ValueError:
        return 0.0
