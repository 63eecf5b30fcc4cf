"""One trace a turn, from the message at a door to the last drawing of its answer, to an OpenTelemetry collector over OTLP/HTTP.

The ids of a trace and of its root are made from the turn's id, so that a gateway, a worker and whoever takes a turn over write into one
trace, and nothing is handed on between them. The root spans from when the message was sent until its turn ended; the Anthropic SDK
writes its requests into the same trace (`anthropic/_tracing.py`), without texts. Ids, counts and outcomes go in, no words of people.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import hashlib
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON, ParentBased
from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, Status, StatusCode, TraceFlags

from adapters.release import release
from adapters.traces import Traces
from bot.conversation import Message
from bot.front_desk.before import DeskBefore
from bot.ports.doors import Desk, LivePost, Received
from bot.ports.inbox import Accepted, Lease, Outcome, turn_id
from bot.views import View

SERVICE = "plumbline"
NANOSECONDS = 10**9
FLUSH_MS = 3_000
FAILED = (Outcome.FAILED,)

_given: ContextVar[tuple[int, int] | None] = ContextVar("given", default=None)


def ids_of(turn: str) -> tuple[int, int]:
    """The ids of a turn's trace and of its root; neither is 0, which would be no id."""
    digest = hashlib.sha256(turn.encode()).digest()
    return int.from_bytes(digest[:16]) or 1, int.from_bytes(digest[16:24]) or 1


class GivenIds(RandomIdGenerator):
    """The ids that a root is to have, where it is to have some."""

    def generate_trace_id(self) -> int:
        given = _given.get()
        return given[0] if given else super().generate_trace_id()

    def generate_span_id(self) -> int:
        given = _given.get()
        return given[1] if given else super().generate_span_id()


@functools.cache
def provider_of(endpoint: str) -> TracerProvider:
    """One a process, which the Anthropic SDK finds, too. `OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_RESOURCE_ATTRIBUTES` and their like are
    read by the library itself."""
    resource = Resource.create({"service.name": SERVICE, "service.version": release()})
    provider = TracerProvider(resource=resource, id_generator=GivenIds(), sampler=ParentBased(ALWAYS_ON))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")))
    trace.set_tracer_provider(provider)
    return provider


class OpenTelemetry(Traces):
    """`endpoint`: of a collector, such as http://collector:4318."""

    def __init__(self, endpoint: str) -> None:
        self._provider = provider_of(endpoint)
        self._tracer = self._provider.get_tracer(SERVICE)

    async def close(self) -> None:
        """Send what was not sent yet."""
        await asyncio.to_thread(self._provider.force_flush, FLUSH_MS)

    def desk(self, desk: Desk) -> Desk:
        return TracedDesk(desk, self._tracer)

    def post(self, post: LivePost) -> LivePost:
        return TracedPost(post, self._tracer)

    @contextlib.contextmanager
    def turn(self, lease: Lease) -> Iterator[Callable[[Outcome, str], None]]:
        """Messages that are answered together with the first have a link to their own traces."""
        others = [trace.Link(_root(turn_id(lease.thread, one.id))) for one in lease.messages[1:]]
        attributes: dict[str, str | int] = {
            "plumbline.turn": lease.turn_id,
            "plumbline.platform": lease.thread.platform,
            "plumbline.attempt": lease.attempt,
            "plumbline.messages": len(lease.messages),
        }
        ended: list[tuple[Outcome, str]] = []
        with self._tracer.start_as_current_span(
            "turn", _under(lease.turn_id), SpanKind.CONSUMER, attributes, others, record_exception=False
        ) as span:
            yield lambda outcome, reason: ended.append((outcome, reason))
            for outcome, reason in ended:
                span.set_attribute("plumbline.outcome", outcome.value)
                span.set_status(Status(StatusCode.ERROR, reason) if outcome in FAILED else Status(StatusCode.OK))
        if ended and not lease.redraw:
            self._write_root(lease, attributes, *ended[-1])

    def _write_root(self, lease: Lease, attributes: dict[str, str | int], outcome: Outcome, reason: str) -> None:
        token = _given.set(ids_of(lease.turn_id))
        try:
            began = int(lease.messages[0].sent_at.timestamp() * NANOSECONDS)
            root = self._tracer.start_span("question", Context(), attributes=attributes, start_time=began)
        finally:
            _given.reset(token)
        root.set_attribute("plumbline.outcome", outcome.value)
        root.set_status(Status(StatusCode.ERROR, reason) if outcome in FAILED else Status(StatusCode.OK))
        root.end()


def _root(turn: str) -> SpanContext:
    trace_id, span_id = ids_of(turn)
    return SpanContext(trace_id, span_id, is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED))


def _under(turn: str) -> Context:
    return trace.set_span_in_context(NonRecordingSpan(_root(turn)), Context())


class TracedPost:
    """A post whose drawings are spans."""

    def __init__(self, post: LivePost, tracer: trace.Tracer) -> None:
        self._post = post
        self._tracer = tracer

    @property
    def pause_seconds(self) -> float:
        return self._post.pause_seconds

    async def draw(self, view: View) -> None:
        attributes = {"plumbline.final": view.final, "plumbline.characters": len(view.text)}
        with self._tracer.start_as_current_span("draw", kind=SpanKind.CLIENT, attributes=attributes):
            await self._post.draw(view)

    async def withdraw(self) -> None:
        with self._tracer.start_as_current_span("withdraw", kind=SpanKind.CLIENT):
            await self._post.withdraw()


class TracedDesk(DeskBefore):
    """A desk with a span for each question that it took in."""

    def __init__(self, desk: Desk, tracer: trace.Tracer) -> None:
        super().__init__(desk)
        self._tracer = tracer

    async def receive(self, message: Message) -> Received:
        """Only what waits for an answer now has a trace: chatter between people, copies and commands have none."""
        began = time.time_ns()
        received = await self._desk.receive(message)
        if received.accepted is Accepted.NEW and received.awaited:
            under, attributes = (
                _under(turn_id(message.thread, message.id)),
                {"plumbline.platform": message.thread.platform},
            )
            self._tracer.start_span("accept", under, SpanKind.SERVER, attributes, start_time=began).end()
        return received
