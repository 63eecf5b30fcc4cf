"""One trace a turn, read by a collector on loopback that takes OTLP over HTTP: gateway and worker write into the same."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.servers.claude import ClaudeServer
from tests.servers.discord import BOT, DiscordServer
from tests.servers.slack import BOT_USER, SlackServer
from tests.stores import valkey
from tests.walks.bot import BotProcess, in_discord, in_slack, with_claude


class Collector:
    """`bodies`: each export as it came."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.url = ""

    @property
    def spans(self) -> list[Span]:
        read = [ExportTraceServiceRequest.FromString(body) for body in self.bodies]
        return [
            span for one in read for all_of in one.resource_spans for some in all_of.scope_spans for span in some.spans
        ]

    async def take(self, request: web.Request) -> web.Response:
        self.bodies.append(await request.read())
        return web.Response()


@asynccontextmanager
async def collector() -> AsyncIterator[Collector]:
    made, app = Collector(), web.Application()
    app.add_routes([web.post("/v1/traces", made.take)])
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield made
    finally:
        await runner.cleanup()


There = tuple[dict[str, str], Callable[[str], Awaitable[None]]]
"""Settings, and how somebody asks and waits for the whole answer."""


@asynccontextmanager
async def on_slack() -> AsyncIterator[There]:
    async with SlackServer() as slack:

        async def ask(words: str) -> None:
            root = await slack.user_says("C1", f"<@{BOT_USER}> {words}")
            await slack.until(lambda: slack.is_final("C1", root))

        yield in_slack(slack), ask


@asynccontextmanager
async def on_discord() -> AsyncIterator[There]:
    async with DiscordServer() as discord:

        async def ask(words: str) -> None:
            await discord.until(lambda: discord.is_heard)
            root = await discord.user_says(f"<@{BOT}> {words}")
            await discord.until(lambda: discord.is_final(root))

        yield in_discord(discord), ask


@pytest.mark.parametrize("platform", [on_slack, on_discord])
async def test_a_turn_is_one_trace_from_the_event_to_the_last_drawing_and_holds_no_words(
    tmp_path: Path, platform: Callable[[], AbstractAsyncContextManager[There]]
) -> None:
    async with platform() as (settings, ask), ClaudeServer() as claude, collector() as there:
        with valkey() as redis:
            settings |= {
                **with_claude(claude),
                "REDIS_URL": redis.url,
                "DATABASE_URL": f"sqlite:///{tmp_path / 'shared.db'}",
                "PLUMBLINE_SECRET": "shared",
                "OTEL_EXPORTER_OTLP_ENDPOINT": there.url,
                "OTEL_EXPORTER_OTLP_COMPRESSION": "none",
            }
            gateway, worker = BotProcess(tmp_path / "gateway", **settings), BotProcess(tmp_path / "worker", **settings)
            await gateway.start("run", "--role", "gateway")
            await worker.start("run", "--role", "worker")
            claude.says("canary-answer")
            await ask("canary-question?")
            await worker.stop()
            await gateway.stop()

    spans = {span.name: span for span in there.spans}
    question = spans["question"]
    assert {"question", "accept", "turn", "draw", "anthropic.messages.create"} <= spans.keys()
    assert (
        len({spans[name].trace_id for name in ("question", "accept", "turn", "draw", "anthropic.messages.create")}) == 1
    )
    assert question.parent_span_id == b""
    assert spans["accept"].parent_span_id == spans["turn"].parent_span_id == question.span_id
    assert spans["draw"].parent_span_id == spans["turn"].span_id
    assert question.start_time_unix_nano <= spans["accept"].start_time_unix_nano
    assert b"canary" not in b"".join(there.bodies)
