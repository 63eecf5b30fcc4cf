"""Whatever shape a signed payload has: refused or passed over in plain words, and of a message the rest is still heard."""

from __future__ import annotations

import asyncio
import copy
import hashlib
import hmac
import itertools
import json
import logging
import random
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import aiohttp
import pytest

from adapters.metrics import Metrics
from adapters.slack.contents import files_of, is_among_people, people_in, quotes_of, text_of
from adapters.slack.incoming import edited, to_message
from adapters.slack.shapes import Malformed, checked, is_crowded, reading
from tests.adapters.slack_bench import OURS, NotingDesk, listening, listening_by_http
from tests.servers.slack import SlackServer

Json = dict[str, Any]

FILE: Json = {"id": "F1", "name": "a.py", "mimetype": "text/x-python", "mode": "snippet", "size": 10, "preview": "x"}
WORDS: Json = {"type": "rich_text_section", "elements": [{"type": "text", "text": "hi", "style": {"bold": True}}]}
LIST: Json = {"type": "rich_text_list", "elements": [WORDS], "indent": 1, "offset": 2}
BLOCKS: list[Json] = [
    {"type": "rich_text", "elements": [WORDS, LIST]},
    {"type": "section", "text": {"type": "mrkdwn", "text": "x"}, "fields": [{"type": "mrkdwn", "text": "y"}]},
    {"type": "table", "rows": [[{"type": "raw_text", "text": "a"}]]},
]
SHARED: Json = {"is_share": True, "text": "x", "ts": "1.2", "channel_id": "C2", "files": [FILE]}
SHARED["message_blocks"] = [{"message": {"blocks": BLOCKS[:1]}}]
CARD: Json = {"title": "t", "fields": [{"title": "a", "value": "b"}], "actions": [{"text": "x", "url": "https://a"}]}
SAID: Json = {
    "type": "message", "channel": "C1", "channel_type": "im", "user": "U1", "text": "how does it work?", "ts": "1700000000.000100",
    "files": [FILE], "attachments": [SHARED, CARD], "blocks": BLOCKS, "user_profile": {"display_name": "Ana"},
    "room": {"participant_history": ["U1"]}, "bot_profile": {"name": "b"},
}  # fmt: skip
EVENT: Json = {"type": "event_callback", "team_id": "T1", "event": SAID}
ACTED: Json = {"team": {"id": "T1"}, "user": {"id": "U1"}, "channel": {"id": "C1"}, "trigger_id": "1.2"}
COMMAND: Json = {
    "team_id": "T1", "channel_id": "C1", "user_id": "U1", "command": "/ask", "text": "how?", "trigger_id": "1",
}  # fmt: skip

GONE = object()
ODD: tuple[object, ...] = (GONE, None, 5, "\x00\ud83d", [], {}, [1], [[None]], {"a": 1}, True, -1.5, "9" * 400, 10**30)


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inside:
        yield (*at, key)
        yield from places(one, (*at, key))


def with_odd(payload: Json, place: tuple[Any, ...], odd: object) -> Json:
    changed = copy.deepcopy(payload)
    inner: Any = changed
    for key in place[:-1]:
        inner = inner[key]
    if odd is GONE:
        del inner[place[-1]]
    else:
        inner[place[-1]] = odd
    return changed


def sampled(payload: Json) -> Iterator[tuple[tuple[Any, ...], object]]:
    """One in seven of all that can be odd: each place, and each way."""
    return itertools.islice(itertools.product(places(payload), ODD), 0, None, 7)


def test_a_message_whose_parts_are_odd_is_read_as_far_as_it_can_be() -> None:
    kept = 0
    for place, odd in sampled(EVENT):
        try:
            event = checked(with_odd(EVENT, place, odd))["event"]
            with reading("event"):
                message = to_message(event, "T1", OURS, {})
                _ = (people_in(event), list(files_of(event)), is_among_people(event, OURS), quotes_of(event, "", {}))
        except Malformed:
            assert len(place) <= 2, place  # of the envelope, or what the event cannot be without
        else:
            kept += message.text.startswith("how does it work?")
    assert kept > 100


def test_an_edit_whose_parts_are_odd_is_read_as_far_as_it_can_be() -> None:
    change = {"type": "message", "subtype": "message_changed", "channel": "C1", "channel_type": "im"}
    marked = {**SAID, "edited": {"ts": "2.0"}}
    for place, odd in sampled(marked):
        event = {**change, "message": with_odd(marked, place, odd), "previous_message": with_odd(SAID, place, odd)} \
            if place[0] != "edited" else {**change, "message": with_odd(marked, place, odd)}  # fmt: skip
        try:
            told = checked({**EVENT, "event": event})["event"]
            with reading("event"):
                edited(told, OURS)
                text_of(told.get("message") or {}, OURS, {})
        except Malformed:
            assert len(place) == 1, place


@pytest.mark.parametrize(
    ("body", "kind", "is_one"),
    [
        ("a=1&" * 100, "application/x-www-form-urlencoded", True),
        ("a=1&" * 20, "application/x-www-form-urlencoded", False),
        (json.dumps({"text": "&" * 500}), "application/json", False),
        ("payload=" + quote(json.dumps({"text": "&" * 500})), "application/x-www-form-urlencoded", False),
    ],
)
def test_a_form_of_more_fields_than_slack_sends_is_not_read(body: str, kind: str, is_one: bool) -> None:
    assert is_crowded(body, kind) is is_one


def interaction(payload: object) -> str:
    return "payload=" + quote(json.dumps(payload))


def command(name: str, gone: str) -> str:
    return urlencode({key: value for key, value in {**COMMAND, "command": name}.items() if key != gone})


PRESS: Json = {**ACTED, "type": "block_actions", "actions": [{"action_id": "plumbline:stop", "value": "turn1"}]}
MENU: Json = {**ACTED, "type": "message_action", "callback_id": "ask_about", "action_ts": "1.3", "message": SAID}
SIGNED: list[str] = [
    *(command(name, gone) for name in ("/ask", "/plumbline") for gone in ("team_id", "channel_id", "user_id")),
    "command=/ask", "payload=", "payload=[]", "payload=5", "payload=null", "a=1&" * 60_000,
    *(json.dumps(with_odd(EVENT, place, odd)) for place, odd in (
        (("team_id",), GONE), (("event", "ts"), GONE), (("event", "ts"), [1]), (("event", "type"), []), (("event", "blocks", 0), [[]]),
        (("event", "files", 0, "size"), [1]), (("event", "attachments", 1, "actions"), 5), (("event",), 5))),
    *(json.dumps({**EVENT, "event": event}) for event in (
        {"type": "file_deleted"}, {"type": "subteam_updated", "subteam": 5}, {"type": "app_home_opened", "tab": "messages"})),
    json.dumps({**EVENT, "authorizations": {"a": 1}}),
    *(interaction(with_odd(PRESS, place, odd)) for place, odd in (
        (("actions",), GONE), (("actions",), [None]), (("actions",), -1.5), (("actions", 0, "action_id"), []), (("user",), [1]),
        (("channel", "id"), GONE), (("team",), "x"))),
    interaction({**PRESS, "actions": [{"action_id": "plumbline:private", "value": "turn1 nowhere"}]}),
    interaction({**PRESS, "message": "x", "container": 5}), interaction({**PRESS, "response_url": -1.5}),
    *(interaction(with_odd(MENU, place, odd)) for place, odd in (
        (("channel",), GONE), (("message",), True), (("message", "blocks", 0), [None]), (("callback_id",), {}), (("user",), {"a": 1}))),
    interaction({**ACTED, "type": "view_submission", "view": True}), interaction({**ACTED, "type": "view_closed", "view": {}}),
    interaction({**ACTED, "type": "view_closed", "view": {"type": "modal", "callback_id": [1]}}), json.dumps({"event": None}),
    json.dumps({**EVENT, "event": {"type": "assistant_thread_started", "assistant_thread": {}}}),
    interaction({**ACTED, "type": 5}), "[]", "null", "{}",
]  # fmt: skip


async def test_what_is_signed_and_odd_is_no_fault_of_ours(caplog: pytest.LogCaptureFixture) -> None:
    statuses = dict[str, int]()
    began = time.process_time()
    async with listening_by_http(NotingDesk()) as slack, aiohttp.ClientSession() as session:
        for body in SIGNED:
            stamp, data = str(int(time.time())), body.encode()
            signature = hmac.new(b"right", f"v0:{stamp}:".encode() + data, hashlib.sha256).hexdigest()
            headers = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={signature}"}
            kind = "application/json" if body[:1] in "{[n" else "application/x-www-form-urlencoded"
            async with session.post(slack.http_url, data=data, headers={"Content-Type": kind, **headers}) as answer:
                statuses[body[:300]] = answer.status

    assert {body: status for body, status in statuses.items() if status >= 500} == {}
    assert statuses[command("/ask", "team_id")] == statuses[("a=1&" * 60_000)[:300]] == 400
    assert [record for record in caplog.records if record.levelno >= logging.ERROR or record.exc_info] == []
    assert time.process_time() - began < 10


KINDS: dict[str, tuple[str, Json]] = {
    "event": ("events_api", EVENT), "press": ("interactive", PRESS), "menu": ("interactive", MENU),
    "command": ("slash_commands", COMMAND),
}  # fmt: skip


def envelopes(count: int) -> list[tuple[str, object]]:
    """Of each kind, a field taken away or made odd; and payloads that are no object at all."""
    chance = random.Random(15)
    every = [
        (kind, with_odd(body, place, odd)) for kind, body in KINDS.values() for place in places(body) for odd in ODD
    ]
    bare = [(kind, odd) for kind, _ in KINDS.values() for odd in ODD if odd is not GONE]
    without_place = with_odd(EVENT, ("event", "ts"), GONE)
    return [("events_api", without_place), *bare, *chance.sample(every, count)]


async def test_every_envelope_over_the_socket_is_acknowledged_however_odd_it_is(
    caplog: pytest.LogCaptureFixture,
) -> None:
    sent = envelopes(120)
    metrics = Metrics()
    async with SlackServer() as slack, listening(slack, NotingDesk(), metrics=metrics):
        for at in range(0, len(sent), 20):
            await asyncio.gather(*(slack.envelope(*one) for one in sent[at : at + 20]))

    told = [record for record in caplog.records if record.getMessage().startswith("payload not readable")]
    assert f'plumbline_requests_refused_total{{reason="payload"}} {len(told)}.0' in metrics.text().decode()
    assert len(told) > len(ODD)
    assert [record for record in caplog.records if record.levelno >= logging.ERROR or record.exc_info] == []
