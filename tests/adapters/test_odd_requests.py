"""What nobody of ours sends: too large, too many, without sense. Each is a plain refusal at once, no fault of ours, and no hold-up."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import time
from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from yarl import URL

from adapters.discord.presses import read_press
from adapters.hooks import PushHooks, _addresses
from adapters.metrics import HealthPage, Metrics
from adapters.web.app import WebAdapter
from bot.capabilities.team_code.repositories import NoRepositories
from bot.errors import ConfigError
from bot.settings import Settings, load
from storage.memory import MemoryBoard, MemoryFeedbackLog, MemoryUsageLog
from tests.adapters.slack_bench import NotingDesk, listening_by_http
from tests.adapters.test_web_app import TakingDesk
from tests.deployments import free_port
from tests.fakes import own_rights

OURS = {"Sec-Fetch-Site": "same-origin"}
BOUNDARY = "x" * 20
KIND = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}", **OURS}


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def page(*, public_url: str = "", token: str = "") -> AsyncIterator[str]:
    adapter = WebAdapter(
        TakingDesk(),
        MemoryBoard(),
        MemoryFeedbackLog(),
        NoRepositories(),
        MemoryUsageLog(),
        own_rights,
        host="127.0.0.1",
        port=0,
        public_url=public_url,
        token=token,
        name="P",
    )
    running = asyncio.create_task(adapter.run())
    yield await adapter.listening()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


@pytest.fixture
async def url() -> AsyncIterator[str]:
    async for one in page():
        yield one


@pytest.fixture
async def behind_https() -> AsyncIterator[str]:
    async for one in page(public_url="https://ask.example.org", token="let me in"):
        yield one


# --- the page -----------------------------------------------------------------------------------------------------------


def field(name: str, value: str, header: str = "") -> str:
    return f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{header}\r\n\r\n{value}\r\n'


END = f"--{BOUNDARY}--\r\n"
ODD_FORMS: dict[str, Callable[[], str]] = {
    "60,000 fields": lambda: field("a", "1") * 60_000 + END,
    "a header of 4 MB": lambda: field("text", "hi", f'; filename="{"a" * 4_000_000}"') + END,
    "a thousand headers": lambda: field("text", "hi", "".join(f"\r\nX-{n}: 1" for n in range(1_000))) + END,
    "no boundary in it": lambda: "nothing of the kind\r\n" * 10,
    "an unknown encoding": lambda: field("text", "hi", "\r\nContent-Transfer-Encoding: klingon") + END,
    "a length that is none": lambda: field("text", "hi", "\r\nContent-Length: many") + END,
    "a form within": lambda: field("text", "hi", "\r\nContent-Type: multipart/mixed") + END,
}


PASSED_OVER = ("an unknown encoding", "a length that is none")
"""Headers of a part that need not be read to take its words."""


@pytest.mark.parametrize("what", ODD_FORMS)
@pytest.mark.parametrize("path", ["t", "t/form-name-12/press"])
@pytest.mark.filterwarnings("ignore")
async def test_an_odd_form_is_refused(url: str, session: aiohttp.ClientSession, what: str, path: str) -> None:
    async with session.post(url + path, data=ODD_FORMS[what](), headers=KIND) as answer:
        assert 400 <= answer.status < 500 or (what in PASSED_OVER and answer.status == 200)


HOST = b"Host: 127.0.0.1\r\n"
ODD_WIRES: dict[str, bytes] = {
    "an address of a megabyte": b"GET /" + b"a" * 1_000_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
    "60,000 keys in an address": b"GET /?" + b"a=1&" * 60_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
    "a cookie of a megabyte": b"GET / HTTP/1.1\r\n" + HOST + b"Cookie: a=" + b"a" * 1_000_000 + b"\r\n\r\n",
    "100,000 headers": b"GET / HTTP/1.1\r\n" + HOST + b"X-A: 1\r\n" * 100_000 + b"\r\n",
    "two lengths": b"POST /t HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    "a host of other bytes": b"GET / HTTP/1.1\r\nHost: \xff\xfe\r\n\r\n",
    "a host of five kilobytes": b"GET / HTTP/1.1\r\nHost: " + b"a" * 5_000 + b"\r\n\r\n",
    "an origin of other bytes": b"POST /t HTTP/1.1\r\n" + HOST + b"Origin: \xff\r\nContent-Length: 0\r\n\r\n",
    "a path of other bytes": b"GET /t/%00%ff HTTP/1.1\r\n" + HOST + b"\r\n",
    "no request": b"\x00\xff" * 1_000 + b"\r\n\r\n",
}


@pytest.mark.parametrize("what", ODD_WIRES)
async def test_an_odd_request_is_refused(url: str, what: str) -> None:
    port = URL(url).port
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    with contextlib.suppress(ConnectionError):  # it is closed before all of it was sent
        writer.write(ODD_WIRES[what])
        await writer.drain()
    async with asyncio.timeout(60):
        line = await reader.readline()
    writer.close()

    assert 400 <= int([*line.split(), b"0", b"0"][1]) < 500


@pytest.mark.parametrize("field_of", ["text", "form", "zone"])
async def test_what_is_no_utf_8_is_taken_as_far_as_it_can_be_read(
    url: str, session: aiohttp.ClientSession, field_of: str
) -> None:
    body = (field("text", "how?") + field(field_of, "§") + END).encode().replace("§".encode(), b"\xff\xfe\xed\xa0\x80")
    async with session.post(f"{url}t", data=body, headers=KIND) as answer:
        assert answer.status == 200


@pytest.mark.filterwarnings("ignore")
async def test_a_press_of_100_megabytes_keeps_nobody_waiting(url: str, session: aiohttp.ClientSession) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(1_600):
            yield b"a=1&" * 16_384

    began = time.process_time()
    try:
        async with session.post(
            f"{url}t/form-name-12/press",
            data=endless(),
            headers={"Content-Type": "application/x-www-form-urlencoded", **OURS},
        ) as answer:
            assert answer.status == 413
    except aiohttp.ClientError:
        pass  # the connection is closed over it
    assert time.process_time() - began < 3


@pytest.mark.parametrize(
    "kind", ["multipart/form-data", "multipart/form-data; boundary=", "multipart/mixed; boundary=a"]
)
@pytest.mark.filterwarnings("ignore")
async def test_a_kind_of_form_that_cannot_be_is_refused(url: str, session: aiohttp.ClientSession, kind: str) -> None:
    async with session.post(f"{url}t", data=b"--a", headers={"Content-Type": kind, **OURS}) as answer:
        assert 400 <= answer.status < 500


@pytest.mark.parametrize(
    ("origin", "host", "status"),
    [
        ("https://ask.example.org", "ask.example.org", 303),
        ("https://ask.example.org", "127.0.0.1", 303),
        ("https://evil.example.org", "ask.example.org", 403),
        ("http://ask.example.org:81", "ask.example.org", 403),
        ("https://ask.example.org", "evil.example.org", 403),
    ],
)
async def test_behind_https_the_page_takes_its_own_forms_and_no_others(
    behind_https: str, session: aiohttp.ClientSession, origin: str, host: str, status: int
) -> None:
    async with session.get(f"{behind_https}?token=let+me+in", allow_redirects=False) as entered:
        cookie = entered.cookies["plumbline"]
    headers = {"Origin": origin, "Host": host, "Cookie": f"plumbline={cookie.value}"}
    form = aiohttp.FormData({"text": "how?"}, default_to_multipart=True)

    async with session.post(f"{behind_https}t", data=form, headers=headers, allow_redirects=False) as answer:
        assert answer.status == status
    assert cookie["secure"]


@pytest.mark.parametrize("wrong", ["ask.example.org", "https://ask.example.org/path", "ftp://ask.example.org"])
def test_what_the_page_is_called_is_an_origin(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLUMBLINE_WEB_URL", wrong)

    with pytest.raises(ConfigError, match="an address without a path"):
        load(None)


def test_a_page_that_others_reach_needs_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLUMBLINE_WEB_URL", "https://ask.example.org")

    with pytest.raises(ConfigError, match="PLUMBLINE_WEB_TOKEN"):
        load(None)
    monkeypatch.setenv("PLUMBLINE_WEB_TOKEN", "long")
    assert isinstance(load(None), Settings)


# --- Slack's and the git host's signed requests -------------------------------------------------------------------------

STAMP = str(int(time.time()))
ODD_HEADERS: dict[str, dict[str, str]] = {
    "none": {},
    "a stamp of letters": {"X-Slack-Request-Timestamp": "abc", "X-Slack-Signature": "v0=aa"},
    "a stamp of other digits": {"X-Slack-Request-Timestamp": "\u0663\u0663", "X-Slack-Signature": "v0=aa"},
    "a stamp without end": {"X-Slack-Request-Timestamp": "9" * 4_000, "X-Slack-Signature": "v0=aa"},
    "a negative stamp": {"X-Slack-Request-Timestamp": "-1", "X-Slack-Signature": "v0=aa"},
    "a signature of other bytes": {"X-Slack-Request-Timestamp": STAMP, "X-Slack-Signature": "v0=\u00ff"},
    "another's signature": {"X-Slack-Request-Timestamp": STAMP, "X-Slack-Signature": f"v0={'a' * 64}"},
}


@pytest.mark.parametrize("what", ODD_HEADERS)
@pytest.mark.parametrize("body", [b"{}", b"[]", b"\xff\xfe", b"{", b"payload=%7B", b""])
async def test_what_slack_did_not_sign_is_refused_whatever_it_is(
    session: aiohttp.ClientSession, what: str, body: bytes
) -> None:
    desk = NotingDesk()
    async with listening_by_http(desk) as slack:
        for kind in ("application/json", "application/x-www-form-urlencoded", "application/json; charset=klingon"):
            async with session.post(
                slack.http_url, data=body, headers={"Content-Type": kind, **ODD_HEADERS[what]}
            ) as answer:
                assert answer.status in (400, 401)
    assert desk.deliveries == 0


SIGNED_ODDLY: dict[str, bytes] = {
    "deep JSON": b'{"type":"event_callback","event":' + b"[" * 300_000,
    "deep JSON that ends": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "no UTF-8": b"\xff\xfe{",
    "a list": b"[1]",
    "a number for an event": b'{"type":"event_callback","event":5}',
    "more than a megabyte": b'{"a":"' + b"x" * 1_100_000 + b'"}',
}


@pytest.mark.parametrize("what", SIGNED_ODDLY)
@pytest.mark.filterwarnings("ignore")
async def test_what_is_signed_and_makes_no_sense_is_refused(session: aiohttp.ClientSession, what: str) -> None:
    body, stamp, desk = SIGNED_ODDLY[what], str(int(time.time())), NotingDesk()
    signature = hmac.new(b"right", b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    headers = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={signature}"}
    async with (
        listening_by_http(desk) as slack,
        session.post(slack.http_url, data=body, headers={"Content-Type": "application/json", **headers}) as answer,
    ):
        assert 400 <= answer.status < 500


@pytest.mark.parametrize(
    ("body", "status"), [("[" * 100_000, 400), ('{"repository": {"links": "a"}}', 202), ("[[[[1]]]]", 202)]
)
async def test_a_signed_push_of_any_depth_is_read_or_refused(
    session: aiohttp.ClientSession, body: str, status: int
) -> None:
    hooks = PushHooks("127.0.0.1", 0, "hush", lambda address: ())
    running = asyncio.create_task(hooks.run())
    await hooks.listening.wait()

    async with session.post(
        f"http://127.0.0.1:{hooks.port}/push", data=body.encode(), headers={"X-Gitlab-Token": "hush"}
    ) as answer:
        found = answer.status
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

    assert found == status


def test_of_a_push_a_thousand_places_are_looked_into() -> None:
    class Counted(list[Any]):
        looked = 0

        def __getitem__(self, key: Any) -> Any:
            Counted.looked += 1
            return super().__getitem__(key)

    told: Any = Counted([1])
    for _ in range(5):
        told = Counted([told] * 20)

    assert list(_addresses(told)) == []
    assert 0 < Counted.looked <= 1_000


@pytest.mark.parametrize("header", ["X-Hub-Signature-256", "X-Gitlab-Token"])
async def test_a_webhook_with_an_odd_signature_is_refused(session: aiohttp.ClientSession, header: str) -> None:
    hooks = PushHooks("127.0.0.1", 0, "hush", lambda address: ())
    running = asyncio.create_task(hooks.run())
    await hooks.listening.wait()

    async with session.post(
        f"http://127.0.0.1:{hooks.port}/push", data=b"{}", headers={header: "sha256=\u00ff"}
    ) as answer:
        status = answer.status
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

    assert status == 403


# --- the health port ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("host", "status"), [("127.0.0.1", 200), ("localhost", 200), ("evil.example.org", 403)])
async def test_the_health_port_answers_to_its_own_name_only(
    session: aiohttp.ClientSession, host: str, status: int
) -> None:
    async def none() -> None:
        return None

    port = free_port()
    running = asyncio.create_task(HealthPage("127.0.0.1", port, Metrics(), {}, none).run())
    address = URL(f"http://127.0.0.1:{port}/live")
    async with asyncio.timeout(10):
        while True:
            try:
                async with session.get(address, headers={"Host": host}) as answer:
                    found = answer.status
                    break
            except aiohttp.ClientConnectorError:
                await asyncio.sleep(0.02)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

    assert found == status


# --- Discord's buttons --------------------------------------------------------------------------------------------------


def pressed(custom_id: str, *, guild: int | None, channel: int, direct: bool = False) -> Any:
    user = SimpleNamespace(id=1, display_name="Ana", bot=False)
    context = SimpleNamespace(dm_channel=direct)
    return SimpleNamespace(
        data={"custom_id": custom_id}, guild_id=guild, channel_id=channel, user=user, context=context
    )


@pytest.mark.parametrize(
    ("named", "guild", "channel", "direct", "counts"),
    [
        ("200:300:7", 200, 7, False, True),  # in the question's thread
        ("200:300:7", 200, 300, False, True),  # in its channel, where there is no thread
        ("200:300:7", None, 400, True, True),  # an answer that had to go to its asker directly
        ("dm:400:400", None, 400, True, True),
        ("200:300:7", 290, 7, False, False),
        ("200:300:7", 200, 301, False, False),
        ("200:300:7", None, 400, False, False),
        ("dm:400:400", 200, 400, False, False),
        ("dm:400:400", None, 401, True, False),
    ],
)
def test_a_button_counts_where_it_hangs(
    named: str, guild: int | None, channel: int, direct: bool, counts: bool
) -> None:
    press = read_press(pressed(f"pl:stop:turn1:{named}", guild=guild, channel=channel, direct=direct))

    assert (press is not None) is counts
