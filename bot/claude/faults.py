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
from bot.reasons import MOST_CHARACTERS

CUTS = (httpx2.HTTPError, TimeoutError)
"""What breaks a stream in the middle."""

FAULTS = (anthropic.APIError, StreamFault, ValueError, RecursionError, *CUTS)
"""Everything that a request or its stream may raise: ValueError for events that are no JSON, RecursionError for those too deep."""

STATUSES = {
    "invalid_request_error": 400, "badrequesterror": 400, "another_protocol": 400, "validationexception": 400,
    "authentication_error": 401, "expiredtokenexception": 401, "unrecognizedclientexception": 401, "invalidsignatureexception": 401,
    "incompletesignature": 401, "requestexpired": 401, "notauthorized": 401, "billing_error": 402, "permission_error": 403,
    "accessdeniedexception": 403, "not_found_error": 404, "request_too_large": 413, "rate_limit_error": 429, "throttlingexception": 429,
    "modelnotreadyexception": 429, "api_error": 500, "timeout_error": 504, "overloaded_error": 529,
}  # fmt: skip
"""The status that an error's name stands for, lower case: of those that came after a 200, and of the clouds', which have a 400 for many
(https://docs.aws.amazon.com/bedrock/latest/APIReference/CommonErrors.html). Whatever has another name may pass, as a 500 may."""

BUSY = (429, 529)
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
ABSENT = re.compile(
    "model identifier is invalid|foundation model from the provided|on-demand throughput"  # Amazon Bedrock
    "|is not servable in region|is not allowed to use publisher model"  # Google Vertex AI
)
"""A 400 that stands for a model that is not to be had at this door; another one may have it."""

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
        case StreamFault():
            status = (
                int(raised.type) if re.fullmatch(r"[45]\d\d", raised.type) else STATUSES.get(raised.type.lower(), 500)
            )
            return _judged(status, raised.type, raised.message.lower(), 0)
        case _:
            return Fault(ModelUnreachable(type(raised).__name__), 0)


def _status(raised: anthropic.APIStatusError) -> Fault:
    kind = f"{_kind(raised)} {raised.error_code or ''}".strip()
    return _judged(meant(raised), kind, _said(raised), _retry_after(raised))


def _kind(raised: anthropic.APIStatusError) -> str:
    return str(raised.type or raised.response.headers.get("x-amzn-errortype", "").partition(":")[0])


def meant(raised: anthropic.APIStatusError) -> int:
    """The status as the service's own names and words have it: the clouds have a 400 or a 403 for many things."""
    named = (
        404 if raised.status_code == 400 and ABSENT.search(_said(raised)) else STATUSES.get(_kind(raised).lower(), 0)
    )
    return named if named >= 429 or (named and raised.status_code in (400, 403)) else raised.status_code


def words(raised: anthropic.APIStatusError) -> str:
    """What the service says is wrong, in its own words; "" where it says nothing that is for people."""
    told: object = raised.body
    while isinstance(told, dict | list):
        names = ("error", "message", "Message", "detail")
        told = next(filter(None, told if isinstance(told, list) else map(told.get, names)), "")
    said = " ".join(str(told or "").split())
    return "" if said.startswith("<") else said[:MOST_CHARACTERS].rstrip(".")


def _judged(status: int, kind: str, said: str, retry_after: float) -> Fault:
    """By the status, and by what was said. `kind`: the service's own names for it."""
    named = kind or str(status)
    if status == 402 or (status in (400, 403, 429) and SPENT.search(f"{said} {kind}")):
        return Fault(SpendLimitReached(named), None)
    if status in BUSY:
        return Fault(ModelBusy(named), retry_after)
    if status in (400, 413, 422, 500) and (refused := _refused(said, kind)):
        return refused
    if status >= 500 or status in PASSING:
        return Fault(ModelUnreachable(named), retry_after)
    if status == 413:
        return Fault(QuestionTooLong(named), None)
    if status == 400 and ("thinking" in said or "different conversation" in said):
        return Fault(PrefixRejected(named), None)
    is_shut = status in FORBIDDEN or status < 400  # sent on to a page where people sign in, for instance
    return Fault((ModelForbidden if is_shut else ModelRejected)(f"{status} {kind}".strip()), None)


def _said(raised: anthropic.APIStatusError) -> str:
    """All words of the answer, lower case: the clouds put them elsewhere than the API does."""
    body = raised.body if isinstance(raised.body, dict | list) else ""
    return f"{raised.api_message or raised.message or ''} {body}".lower()


def _refused(said: str, kind: str) -> Fault | None:
    """What is wrong with what we sent, where the words say it: it does not fit, or a file in it is not taken."""
    if found := FILE.search(said):
        place = PLACE.search(said)
        at = (int(place[1]), int(place[2])) if place else (-1, -1)
        return Fault(UnreadableFile("image" if found["image"] else "pdf", *at), None)
    if TOO_LONG.search(f"{said} {kind.lower()}"):
        return Fault(QuestionTooLong(kind or "prompt is too long"), None)
    return None


def _retry_after(raised: anthropic.APIStatusError) -> float:
    try:
        return min(max(0.0, float(raised.response.headers.get("retry-after", "0"))), LONGEST_RETRY_SECONDS)
    except ValueError:
        return 0.0
