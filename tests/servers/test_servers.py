"""The test servers themselves: what they do not deliver comes again, and one that is broken does not pass for the platform."""

from __future__ import annotations

import contextlib
import io
import json
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest
from dulwich import porcelain

from tests.servers.claude import ClaudeServer
from tests.servers.claude_limits import REQUEST_BYTES
from tests.servers.discord import BOT, CHANNEL, FORUM, DiscordServer
from tests.servers.discord.limits import BUCKETS
from tests.servers.git import GitServer
from tests.servers.health import ServerBroke
from tests.servers.slack import SlackServer


async def _breaks(*_: Any) -> Any:
    raise ZeroDivisionError("of the server")


# --- deliveries -------------------------------------------------------------------------------------------------------


async def test_an_event_whose_socket_is_lost_while_it_is_written_comes_again(slack: SlackServer) -> None:
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(f"{slack.url}/socket"):
            await slack.until(lambda: slack.connections == 1)
            transport = slack._sockets[0]._req.transport  # type: ignore[union-attr]
            assert transport is not None
            await slack.user_says("C1", "how?")
            transport.abort()  # closing, which the server's socket does not know yet
            assert slack.connections == 1
            await slack.until(lambda: slack.delivered)
            assert [is_taken for _, is_taken in slack.delivered] == [False]

        async with session.ws_connect(f"{slack.url}/socket") as second:
            await second.receive_json()
            envelope = await second.receive_json()
            assert envelope["payload"]["event"]["text"] == "how?"
            assert envelope["retry_attempt"] >= 1
            await second.send_json({"envelope_id": envelope["envelope_id"]})
            await slack.until(lambda: slack.delivered[-1][1])


async def test_a_call_whose_event_meets_a_lost_gateway_is_taken_all_the_same(discord: DiscordServer) -> None:
    async with aiohttp.ClientSession() as session, session.ws_connect(f"{discord.url}/gateway") as gateway:
        await gateway.receive_json()
        await gateway.send_json({"op": 2, "d": {"intents": 0}})
        await discord.until(lambda: discord.is_heard)
        transport = discord._socket._req.transport  # type: ignore[union-attr]
        assert transport is not None
        transport.abort()
        answer = await session.post(
            f"{discord.api_url}/channels/{CHANNEL}/messages",
            json={"content": "so"},
            headers={"Authorization": "Bot good"},
        )

        assert answer.status == 200
        assert [one.content for one in discord.visible(CHANNEL)] == ["so"]
        assert discord.posts[(await answer.json())["id"]].author == BOT


# --- limits on the wire -----------------------------------------------------------------------------------------------


async def test_a_response_url_takes_five_answers_and_no_sixth(slack: SlackServer) -> None:
    statuses = []
    url = slack.response_url()
    async with aiohttp.ClientSession() as session:
        for _ in range(6):
            async with session.post(url, json={"text": "so"}) as answer:
                statuses.append(answer.status)

    assert statuses == [200] * 5 + [404]
    assert slack.respond_refusals == ["used_url"]


async def test_a_long_text_without_blocks_is_cut_into_several_messages(slack: SlackServer) -> None:
    headers = {"Authorization": "Bearer x"}
    async with aiohttp.ClientSession() as session:
        body = {"channel": "C1", "text": "x" * 9_000}
        async with session.post(f"{slack.api_url}chat.postMessage", json=body, headers=headers) as answer:
            assert (await answer.json())["ok"]

    assert [len(post.text) for post in slack.at_root("C1")] == [4_000, 4_000, 1_000]


async def test_a_gateway_that_is_told_too_much_closes(discord: DiscordServer) -> None:
    async with aiohttp.ClientSession() as session, session.ws_connect(f"{discord.url}/gateway") as gateway:
        for _ in range(121):
            await gateway.send_json({"op": 1, "d": None})
        while (message := await gateway.receive()).type != aiohttp.WSMsgType.CLOSE:
            pass

    assert message.data == 4008


async def test_discord_counts_every_route_and_says_what_is_left(discord: DiscordServer) -> None:
    url, headers = f"{discord.api_url}/channels/{CHANNEL}", {"Authorization": "Bot good"}
    most, told = BUCKETS["GET channels"].calls, []
    async with aiohttp.ClientSession() as session:
        for _ in range(most + 1):
            async with session.get(url, headers=headers) as answer:
                told.append((answer.status, answer.headers["X-RateLimit-Remaining"]))
                last = await answer.json()
        async with session.get(url.replace(CHANNEL, FORUM), headers=headers) as answer:
            assert answer.status == 200  # a bucket of its own

    assert told == [*((200, str(left)) for left in reversed(range(most))), (429, "0")]
    assert 0 < last["retry_after"] <= BUCKETS["GET channels"].seconds


async def test_a_request_to_claude_that_is_too_large_is_refused() -> None:
    data = io.BytesIO(b" " * REQUEST_BYTES.most + json.dumps(ASKS).encode())
    async with (
        ClaudeServer() as claude,
        aiohttp.ClientSession() as session,
        session.post(f"{claude.url}/v1/messages", data=data) as answer,
    ):
        assert (answer.status, (await answer.json())["error"]["type"]) == (413, "request_too_large")


# --- a server that is broken ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [SlackServer, DiscordServer])
async def test_a_task_that_dies_ends_whoever_waits_and_the_run(kind: type[SlackServer | DiscordServer]) -> None:
    async def run() -> None:
        async with kind() as server:
            server.health.spawn(_breaks())
            with pytest.raises(ServerBroke, match="ZeroDivisionError"):
                await server.until(lambda: False)

    with pytest.raises(ServerBroke, match="ZeroDivisionError"):
        await run()


ASKS = {
    "model": "m",
    "max_tokens": 1,
    "stream": True,
    "messages": [{"role": "user", "content": [{"type": "text", "text": "how?"}]}],
}


@pytest.mark.parametrize(
    ("kind", "breaks", "path", "body"),
    [
        (SlackServer, "_update", "/api/chat.update", {"channel": "C1"}),
        (DiscordServer, "_route", "/api/v10/users/@me/channels", {}),
        (ClaudeServer, "_stream", "/v1/messages", ASKS),
    ],
)
async def test_a_handler_that_dies_ends_the_run(
    monkeypatch: pytest.MonkeyPatch, kind: Any, breaks: str, path: str, body: dict[str, Any]
) -> None:
    async def run() -> None:
        headers = {"Authorization": "Bot good" if kind is DiscordServer else "Bearer x"}
        async with kind() as server, aiohttp.ClientSession() as session:
            with contextlib.suppress(aiohttp.ClientError):
                async with session.post(server.url + path, json=body, headers=headers) as answer:
                    await answer.read()

    monkeypatch.setattr(kind, breaks, (lambda *_: 1 / 0) if kind is SlackServer else _breaks)
    with pytest.raises(ServerBroke, match="ZeroDivisionError"):
        await run()


def test_a_git_host_that_dies_ends_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def run() -> int:
        with GitServer(tmp_path) as host, closing(HTTPConnection(urlsplit(host.url).netloc)) as connection:
            connection.request("GET", "/shop.git/info/refs?service=git-upload-pack")
            return connection.getresponse().status

    porcelain.init(str(tmp_path)).close()
    assert run() == 200
    monkeypatch.setattr(GitServer, "_whole", lambda *_: 1 / 0)
    with pytest.raises(ServerBroke, match="ZeroDivisionError"):
        run()
