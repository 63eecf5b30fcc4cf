"""What went wrong with a request to Claude, and what follows: wait and try again, or one of our errors.

An error in mid-stream comes as an event after status 200; a cut comes as the HTTP library's own error; a stream that ends early
raises nothing at all. All of them end here, those of the clouds, gateways and private engines included, each of which has words of
its own for the same thing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import anthropic
import httpx2

from bot.claude.stream import StreamFault
from bot.errors import (
    BotError,
    ModelBusy,
    ModelForbidden,
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

BUSY = ("overloaded_error", "rate_limit_error", "429", "529", "throttlingException", "modelNotReadyException")
REJECTED = (
    "invalid_request_error", "authentication_error", "permission_error", "not_found_error", "billing_error", "request_too_large",
    "BadRequestError", "another_protocol", "validationException", "accessDeniedException",
    "400", "401", "402", "403", "404", "413", "422",
)  # fmt: skip
"""Types of errors that come again however often one asks; whatever has another may pass."""

FORBIDDEN = (401, 403, 404)
PASSING = (408, 409, 424, 425, 499)
"""Statuses below 500 of what may go well the next time: Amazon's ModelErrorException, a proxy that hung up."""

SPENT = re.compile(
    "spend_limit|ramp_limit|usage limits|credit balance is too low|billing_error"  # Claude's own
    "|budget_exceeded|budget has been exceeded|exceededbudget"  # LiteLLM: https://docs.litellm.ai/docs/proxy/users
    "|insufficient_quota|insufficient_funds|insufficient_credits|insufficient credits"  # OpenAI's words, OpenRouter's
)
"""Nothing is left to pay with, lower case: asking again helps nobody."""

LONGEST_RETRY_SECONDS = 86_400.0

TOO_LONG = re.compile(
    "prompt is too long|exceed context limit"  # Claude's own
    "|maximum context length|maximum model length|max_model_len"  # vLLM
    "|exceeds? the available context size|exceed_context_size"  # llama.cpp: https://github.com/ggml-org/llama.cpp/pull/15780
    "|input is too long"  # Amazon Bedrock
    "|context_length_exceeded|contextwindowexceeded"  # LiteLLM, in words of OpenAI's and of its own
    "|context window"
)
FILE = re.compile(
    r"(?P<image>\bimages?\b[^.]{0,60}(dimension|exceed|too large|too many|maximum|match|media type|not supported|invalid)"
    r"|could not process (the )?image|multimodal|\.image\.source|mmproj)"
    r"|(?P<pdf>\bpdfs?\b[^.]{0,60}(page|password|protected|encrypt|valid|too large|exceed)"
    r"|pdf pages|could not process (the )?pdf|\.(pdf|document)\.source|'document'|page limit)"
)
"""Words about a file of the request, lower case."""

PLACE = re.compile(r"messages\.(\d+)\.content\.(\d+)")


class StreamCut(Exception):
    """The stream ended before the message did, without an error."""


class UnreadableFile(BotError):
    """The service refuses a file: the `kind` that it names, and the message and block where it says that it stands, else -1."""

    def __init__(self, kind: str, message: int = -1, block: int = -1) -> None:
        super().__init__(f"{kind} refused")
        self.kind = kind
        self.message = message
        self.block = block


@dataclass(frozen=True, slots=True)
class Fault:
    """`error`: what it is for people. `retry_after_seconds`: None when trying again is useless, 0 when no time was given."""

    error: BotError
    retry_after_seconds: float | None


def status_of(raised: BaseException) -> str:
    """What went wrong, for whoever counts: an HTTP status, the API's own word, or what broke."""
    match raised:
        case anthropic.APIStatusError():
            return str(raised.status_code)
        case StreamFault():
            return raised.type or "error"
        case TimeoutError():
            return "timeout"
        case anthropic.APIConnectionError():
            return "connection"
        case _:
            return type(raised).__name__


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
        case StreamFault():
            return _refused(raised.message.lower(), raised.type) or (
                Fault(ModelRejected(raised.type), None)
                if raised.type in REJECTED
                else Fault(ModelUnreachable(raised.type), 0)
            )
        case _:
            return Fault(ModelUnreachable(type(raised).__name__), 0)


def _status(raised: anthropic.APIStatusError) -> Fault:
    code, said = raised.error_code or "", _said(raised)
    if raised.status_code == 402 or (raised.status_code in (400, 403, 429) and SPENT.search(f"{said} {code}")):
        return Fault(SpendLimitReached(code or "spend limit"), None)
    if raised.type in BUSY or raised.status_code in (429, 529):
        return Fault(ModelBusy(raised.type or str(raised.status_code)), _retry_after(raised))
    if raised.status_code in (400, 413, 422, 500) and (refused := _refused(said, code)):
        return refused
    if raised.type in ("api_error", "timeout_error") or raised.status_code >= 500 or raised.status_code in PASSING:
        return Fault(ModelUnreachable(raised.type or str(raised.status_code)), _retry_after(raised))
    if raised.status_code == 413:
        return Fault(QuestionTooLong(code or "request too large"), None)
    if raised.status_code == 400 and ("thinking" in said or "different conversation" in said):
        return Fault(PrefixRejected(code or "prefix rejected"), None)
    kind = ModelForbidden if raised.status_code in FORBIDDEN else ModelRejected
    return Fault(kind(f"{raised.status_code} {raised.type or ''} {code}".strip()), None)


def _said(raised: anthropic.APIStatusError) -> str:
    """All words of the answer, lower case: the clouds put them elsewhere than the API does."""
    body = raised.body if isinstance(raised.body, dict | list) else ""
    return f"{raised.api_message or raised.message or ''} {body}".lower()


def _refused(said: str, code: str) -> Fault | None:
    """What is wrong with what we sent, where the words say it: it does not fit, or a file in it is not taken."""
    if found := FILE.search(said):
        place = PLACE.search(said)
        at = (int(place[1]), int(place[2])) if place else (-1, -1)
        return Fault(UnreadableFile("image" if found["image"] else "pdf", *at), None)
    if TOO_LONG.search(f"{said} {code.lower()}"):
        return Fault(QuestionTooLong(code or "prompt is too long"), None)
    return None


def _retry_after(raised: anthropic.APIStatusError) -> float:
    try:
        return min(max(0.0, float(raised.response.headers.get("retry-after", "0"))), LONGEST_RETRY_SECONDS)
    except ValueError:
        return 0.0
