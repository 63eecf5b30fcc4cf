"""A third table: forms that nobody reported, of the same kinds. What the format leaves open, or forbids, in each place of a stream.

`text` is what is shown and answered, or `fault` the error that it ends in; each of `replies` is one request.
"""

from __future__ import annotations

import gzip
import zlib
from typing import Any

from bot.claude.traits import Kind
from bot.errors import ModelForbidden, ModelRefused, ModelRejected, ModelUnreachable, SpendLimitReached
from tests.bot.claude.conformance import (
    CITED,
    FOUND,
    INDEX,
    LOOK,
    LOOKED,
    PLAIN,
    SIGNED,
    TOOL,
    A,
    Case,
    Json,
    calling,
    changed,
    said,
    stream,
    unstreamed,
)
from tests.bot.claude.conformance import _call as calls_with
from tests.bot.claude.reported import EVENTS, answer, ended, raw, told, written
from tests.servers.claude import Reply
from tests.servers.claude_streams import Event, Framing, call, text

SEARCH: tuple[Json, list[Json]] = (
    {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}},
    [{"type": "input_json_delta", "partial_json": '{"query": "x"}'}],
)
RESULT: tuple[Json, list[Json]] = ({"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []}, [])
THEIRS: tuple[Json, list[Json]] = ({**SEARCH[0], "type": "mcp_tool_use", "id": "mcptoolu_1"}, SEARCH[1])
UPLOAD: tuple[Json, list[Json]] = ({"type": "container_upload", "file_id": "f"}, [])
UNREAD: Json = {"type": "input_json_delta", "partial_json": ["x"]}


def counted(**usage: Any) -> Case:
    """With such counts from its first event to its last; what is none of them is estimated."""
    begun = changed(PLAIN, "message_start", lambda one: {**one, "message": {**one["message"], "usage": usage}})
    return Case([stream(changed(begun, "message_delta", lambda one: {**one, "usage": usage}))], INDEX, is_priced=False)


def opened(**message: Any) -> Case:
    """With such keys in the message's start."""
    begun = changed(PLAIN, "message_start", lambda one: {**one, "message": {**one["message"], **message}})
    return Case([stream(begun)], INDEX)


def coded(data: bytes, coding: str) -> Reply:
    return raw(data, headers=(*EVENTS, ("Content-Encoding", coding)))


def failed(**error: Any) -> list[Event]:
    """An error after words were shown."""
    return [*PLAIN[:4], {"type": "error", "error": error}]


def nested(levels: int) -> str:
    return '{"word": ' + "[" * levels + "]" * levels + "}"


SHAPES: dict[str, Case] = {
    "negative counts": counted(input_tokens=-5, output_tokens=-7),
    "counts beyond all": counted(input_tokens=10**30, output_tokens=1e300),
    "a count that is an object": counted(input_tokens={"a": 1}, output_tokens=7, cache_read_input_tokens=[1]),
    "parts of a count that are none": counted(input_tokens=100, output_tokens=7, cache_creation=5),
    "a part that is an object": counted(input_tokens=100, cache_creation={"ephemeral_1h_input_tokens": {"x": 2}}),
    "counts that are words of logic": counted(input_tokens=True, output_tokens=False),
    "a content of no blocks": opened(content=5),
    "a content of logic": opened(content=True),
    "a model that is none": opened(model=None),
    "a reply in one block": Case([unstreamed({"type": "text", "text": INDEX})], INDEX),
    "a reply in words": Case([unstreamed([INDEX])], INDEX),
    "a reply of nothing": Case([unstreamed(5), stream(PLAIN)], INDEX, is_priced=False),
    "no message": Case([stream(changed(PLAIN, "message_start", lambda one: {**one, "message": None}))], INDEX, is_priced=False),
    "a reason that is an object": Case([stream(changed(PLAIN, "message_delta", lambda one: {**one, "delta": {"stop_reason": {"a": 1}}}))], INDEX),
    "a refusal after a call": Case([calling(text("I look."), LOOK), ended("refusal", text("no"))], fault=ModelRefused, calls=(A,)),
    "a search of its service's": Case([stream(said(SEARCH, RESULT, CITED))], INDEX),
    "a search, then a call": Case([calling(SEARCH, RESULT, text("I look."), LOOK), FOUND], LOOKED, calls=(A,)),
    "a tool of another's, then a call": Case([calling(THEIRS, text("I look."), LOOK), FOUND], LOOKED, calls=(A,)),
    "a pause in a search": Case([ended("pause_turn", text("One."), SEARCH), stream(said(RESULT, text("Two.")))], "One.\n\nTwo."),
    "a pause in a search alone": Case([ended("pause_turn", SEARCH), stream(said(RESULT, text(INDEX)))], INDEX),
    "a pause in thinking": Case([ended("pause_turn", SIGNED), stream(PLAIN)], INDEX),
    "a pause in nothing": Case([ended("pause_turn"), stream(PLAIN)], INDEX),
    "a pause with a call": Case([ended("pause_turn", text("I look."), LOOK), FOUND], LOOKED, calls=(A,)),
    "a block of an unknown service": Case([stream(said(UPLOAD, text(INDEX)))], INDEX),
    "an input too deep to be meant": Case([calling(calls_with(TOOL, nested(400))), FOUND], "Found."),
    "an input too deep to be kept": Case([calling(calls_with(TOOL, nested(900))), FOUND], "Found."),
    "an input too deep to be read": Case([calling(calls_with(TOOL, nested(5_000))), FOUND], "Found."),
    "names that are numbers": Case([calling(calls_with({**TOOL, "id": 5}, A)), FOUND], "Found.", calls=(A,)),
    "pieces that are lists": Case([calling((TOOL, [UNREAD, *LOOK[1]])), FOUND], "Found.", calls=(A,)),
    "two hundred calls": Case([calling(*(call("lookup", {"word": "a"}, id=f"t{n}") for n in range(200))), FOUND], "Found.", calls=(A,) * 200),
    "a stop before its words": Case([stream([*PLAIN[:2], PLAIN[4], *PLAIN[2:4], *PLAIN[5:]])], INDEX),
    "no account left, after words": Case([stream(failed(type="billing_error", message="pay"))], fault=SpendLimitReached),
    "no right, after words": Case([stream(failed(type="permission_error", message="no"))], fault=ModelForbidden),
    "a wrong key under a 200": Case([answer(200, {"type": "error", "error": {"type": "authentication_error", "message": "no"}})], fault=ModelForbidden),
    "a right that is missing, as Google says it": Case([told(error={"code": 403, "status": "PERMISSION_DENIED"})], fault=ModelForbidden),
    "a request that is wrong, after words": Case([stream(failed(type="invalid_request_error", message="no"))], fault=ModelRejected),
    "a time that ran out, after words": Case([stream(failed(type="timeout_error", message="no")), stream(PLAIN)], INDEX, is_priced=False),
    "an error of no kind": Case([stream([{"type": "error"}]), stream(PLAIN)], INDEX, is_priced=False),
    "a detail under a 200": Case([answer(200, {"detail": "Not authenticated"})] * 3, fault=ModelUnreachable),
    "nothing under a 200": Case([answer(200, {}), stream(PLAIN)], INDEX, is_priced=False),
    "a 204": Case([raw(status=204), stream(PLAIN)], INDEX, is_priced=False),
    "a page with 529": Case([answer(529, "<html>Overloaded</html>"), stream(PLAIN)], INDEX),
    "sent on to another host": Case([answer(307, "", ("Location", "https://llm.example.org/v1/messages"))], fault=ModelForbidden),
    "packed and cut": Case([coded(gzip.compress(written(PLAIN))[:60], "gzip"), stream(PLAIN)], INDEX, is_priced=False),
    "packed in another way": Case([coded(zlib.compress(written(PLAIN)), "deflate")], INDEX),
    "said to be packed": Case([coded(written(PLAIN), "gzip"), stream(PLAIN)], INDEX, is_priced=False),
    "a flood of pings": Case([stream([PLAIN[0], *[{"type": "ping"}] * 2_000, *PLAIN[1:]])], INDEX),
    "events without data": Case([raw(b"event: message_start\n\nevent: ping\ndata:\n\n", written(PLAIN))], INDEX),
    "lines before the first": Case([raw(b"\n\n\r\n\n", written(PLAIN))], INDEX),
    "a byte at a time, marked": Case([stream(PLAIN, framing=Framing("\r\n", mark=True), size=1)], INDEX),
    "no JSON": Case([raw(written(PLAIN).replace(b'"', b"'")), stream(PLAIN)], INDEX, is_priced=False),
    "no last count": Case([stream([*PLAIN[:-2], PLAIN[-1]])], INDEX, is_priced=False),
    "nothing to be seen": Case([stream(said(text("\u200b\ufeff"))), stream(PLAIN)], INDEX),
}  # fmt: skip


def amazons(status: int, kind: str, said: str) -> Reply:
    return answer(status, {"message": said}, ("x-amzn-errortype", f"{kind}:http://internal.amazon.com/coral/"))


def googles(status: int, kind: str, said: str) -> Reply:
    return answer(status, {"error": {"code": status, "message": said, "status": kind}})


def microsofts(status: int, code: str, said: str) -> Reply:
    return answer(status, {"error": {"code": code, "message": said}})


OTHER_SIGNATURE = "The request signature we calculated does not match the signature you provided."
IN_SPACE = [{"error": {"code": 404, "message": "Publisher Model `x` was not found", "status": "NOT_FOUND"}}]

CLOUDS: list[tuple[Kind, Reply, str, str]] = [
    ("bedrock-runtime", amazons(403, "InvalidSignatureException", OTHER_SIGNATURE), "the key is not accepted", "does not match"),
    ("bedrock-runtime", amazons(403, "InvalidSignatureException", "Signature expired: 20261128T1"), "the key is not accepted", "expired: 2026"),
    ("bedrock-runtime", amazons(403, "ExpiredTokenException", "The security token is expired"), "the key is not accepted", "is expired"),
    ("bedrock-runtime", amazons(400, "UnrecognizedClientException", "The security token is invalid."), "the key is not accepted", "is invalid"),
    ("bedrock-runtime", amazons(403, "AccessDeniedException", "You don't have access to the model"), "the key may not use", "have access"),
    ("bedrock-runtime", amazons(400, "ValidationException", "The provided model identifier is invalid."), "there is no model", "identifier"),
    ("bedrock-runtime", amazons(404, "ResourceNotFoundException", "Model use case details have not been submitted"), "there is no model", "use case"),
    ("vertex", googles(401, "UNAUTHENTICATED", "Request had invalid authentication credentials."), "the key is not accepted", "authentication"),
    ("vertex", googles(403, "PERMISSION_DENIED", "Vertex AI API has not been used in project p"), "the key may not use", "has not been used"),
    ("vertex", googles(400, "FAILED_PRECONDITION", "Publisher Model `x` is not servable in region y."), "there is no model", "not servable"),
    ("vertex", answer(404, IN_SPACE), "there is no model", "was not found"),
    ("foundry", microsofts(401, "401", "Access denied due to invalid subscription key"), "the key is not accepted", "subscription key"),
    ("foundry", microsofts(404, "DeploymentNotFound", "The API deployment does not exist."), "there is no model", "deployment"),
    ("foundry", microsofts(403, "403", "Access denied due to Virtual Network/Firewall rules."), "the key may not use", "Firewall"),
    ("foundry", Reply(status=302, headers=(("Location", "https://x.example"),)), "sends us on to https://x.example", ""),
]  # fmt: skip
"""What the clouds say of wrong keys, rights, regions and models, in the words of their documentation and of public reports: its status,
what `check` says of it, and what of the cloud's own words."""
