"""Claude behind the Model port: our own loop on the SDK's stream, with our own policy of trying again.

With wire.py (JSON), stream.py (events) and faults.py (errors) the only place that knows the SDK. Its own retries
are off: they obey any `retry-after`, for hours if need be, and never help once a stream has begun.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import logging
import random
import time
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any

from anthropic import Timeout

from bot.claude import checking, models, phrases, sdk, wire
from bot.claude.breaker import Breaker
from bot.claude.course import Course, Response, course_of
from bot.claude.engines import Engine
from bot.claude.faults import FAULTS, StreamCut, UnreadableFile, classify, status_of
from bot.claude.meter import Meter
from bot.claude.refused import check_images, located
from bot.claude.replies import answer_of, call_of, not_run, reply_of
from bot.claude.seam import Seam
from bot.claude.stream import Reading
from bot.claude.streams import Patience, Streams
from bot.claude.words import Words
from bot.errors import ModelBusy, ModelForbidden, ModelRefused, NoAnswer, QuestionTooLong
from bot.events import AnswerEvent, Checkpoint, Restart, Status, TextDelta
from bot.ports import Clock
from bot.ports.model import Model, Prompt, SideAnswer, SideQuestion, Spent, ToolDefinition, Tools

log = logging.getLogger(__name__)

TRIES, BUSY_TRIES = 3, 6
"""For one request. An overloaded model is tried over about a minute, behind the breaker."""

LONGEST_SECONDS = 150
"""How long one request is kept waiting for an overloaded model before its asker is told."""

LONGEST_WAIT_SECONDS = 20
"""A longer `retry-after` is told to the asker instead of slept through."""

TOOL_ROUNDS = 12

NUDGE = "(Your last reply held no text. Write your answer now, with what you have.)"
"""What the model is told after a reply from which nothing follows."""

ON = "(Go on where you paused.)"
"""What the model is told after a pause in which nothing of its service's runs: a conversation ends with a user's message."""

STREAM = Timeout(600, connect=5, read=None)
"""The SDK's own, but for reading: we wait for each event ourselves, and a second timer for every packet costs a share of the answer."""


class Claude(Model):
    """`engine`, or in short `api_key`, `base_url` and `compat` of one behind the Messages API. `longest_seconds`: how long a request is
    kept waiting for a busy model; `patience`: with one that is silent; `tries`: of one that broke. `on_error` is told the status of
    each request that failed."""

    is_rehearsal = False

    def __init__(
        self,
        api_key: str = "",
        *,
        clock: Clock,
        engine: Engine | None = None,
        base_url: str | None = None,
        model: str = models.DEFAULT,
        compat: bool = False,
        max_tokens: int = 16_000,
        patience: Patience = Patience(),  # noqa: B008 - frozen
        longest_seconds: float = LONGEST_SECONDS,
        tries: int = TRIES,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        now: Callable[[], float] = time.monotonic,
        on_error: Callable[[str], None] = lambda status: None,
    ) -> None:
        self.engine = engine or Engine("anthropic", api_key, base_url, compat)
        self._client = sdk.client_of(self.engine)
        self._clock = clock
        self._model = model
        self._compat = self.engine.compat
        self._tries = tries
        self._longest_seconds = longest_seconds
        self._patience = patience
        self._max_tokens = max_tokens
        self._now = now
        self._breaker = Breaker(now, sleep)
        self._streams = Streams(patience)
        self._on_error = on_error

    @property
    def is_overloaded(self) -> bool:
        return self._breaker.is_open

    async def close(self) -> None:
        await self._client.close()

    async def stream(
        self, prompt: Prompt, tools: Tools, *, is_moved: bool = False
    ) -> AsyncGenerator[AnswerEvent | Checkpoint | Spent, None]:
        """`is_moved`: what was said before may be another engine's, whose thinking this one does not take."""
        keeps = not (self._compat or is_moved)
        course = course_of(prompt, wire.history(prompt.history, keep_thinking=keeps), self._max_tokens)
        check_images(course)
        failed: Counter[str] = Counter()
        goes_on = course.go_on(prompt.partial)
        if texts := [*course.texts, *([course.reply.text] if course.reply and course.reply.text else [])]:
            yield TextDelta("\n\n".join(texts))
        if goes_on:
            yield course.checkpoint()
        while True:
            if course.reply is None:
                async with contextlib.aclosing(self._reliably(prompt, course)) as events:
                    async for event in events:
                        if isinstance(event, Response):
                            course.reply = event
                        else:
                            yield event
                if course.reply is None:
                    raise AssertionError("a request ended without a reply and without an error")
                course.note(course.reply, self.engine.priced(prompt.pinned.model), self._clock().date())
                yield course.checkpoint()
            reply, course.reply = course.reply, None
            match reply.stop_reason:
                case "refusal":
                    raise ModelRefused(reply.refusal)
                case "model_context_window_exceeded":
                    raise QuestionTooLong("the window is full")
                case "max_tokens" if (reply.calls or reply.says_nothing) and course.max_tokens == self._max_tokens:
                    # A call cut in two is never run, and thinking alone is no answer: once more, with room.
                    course.max_tokens *= 2
                    for event in _again(course) if reply.text else ():
                        yield event
                    yield Status(phrases.with_more_room())
                case "pause_turn" if wire.replayable(reply.blocks) and not reply.calls and course.rounds < TOOL_ROUNDS:
                    course.pause(reply, ON)
                case reason if reason != "max_tokens" and reply.calls and (course.may_call or not course.is_nudged):
                    # Whatever reason it gives: engines call under end_turn, too, and when they were told not to.
                    course.keep(reply)
                    async for event in self._run_tools(tools, course, reply, failed):
                        yield event
                    yield course.checkpoint()
                case _ if not reply.says_nothing:
                    yield answer_of(course, reply)
                    return
                case reason:
                    for event in _again(course) if reply.text else ():
                        yield event
                    if course.is_nudged or reason == "max_tokens":
                        raise NoAnswer(reason)
                    course.nudge(NUDGE)
                    yield Status(phrases.said_nothing())

    @staticmethod
    async def _run_tools(
        tools: Tools, course: Course, reply: Response, failed: Counter[str]
    ) -> AsyncIterator[AnswerEvent]:
        unread = reply.unread_calls
        asked = [block for block in reply.calls if course.may_call and block["id"] not in unread]
        calls = [call_of(block, tools.label(block["name"], block["input"])) for block in asked]
        for call in calls:
            yield call
        if calls:
            async with contextlib.aclosing(tools.prepare(calls)) as news:
                async for said in news:
                    yield Status(said)
        run = {result.call_id: result for result in await tools.run(calls)} if calls else {}
        results = [run.get(block["id"]) or not_run(block["id"], course) for block in reply.calls]
        for block, result in zip(reply.calls, results, strict=True):
            failed[block["name"] + json.dumps(block["input"])] += result.is_error
            yield result
        course.turn.append(
            {"role": "user", "content": [wire.tool_result(r.call_id, r.text, is_error=r.is_error) for r in results]}
        )
        course.rounds += 1
        course.is_nudged = course.is_nudged or not course.may_call
        course.may_call = course.rounds < TOOL_ROUNDS and max(failed.values(), default=0) < TRIES

    async def _reliably(
        self, prompt: Prompt, course: Course
    ) -> AsyncGenerator[AnswerEvent | Checkpoint | Spent | Response, None]:
        """One request, tried again where that may help; what was shown of a failed try is taken back."""
        due, deadline = self._now(), self._now() + self._longest_seconds
        for attempt in itertools.count(1):
            if waits := self._breaker.is_open:
                yield Status(phrases.overloaded())
            await self._breaker.wait(due, deadline)
            if waits or attempt > 1:
                yield Status(phrases.asking())
            shown, used = False, course.usage
            try:
                async with contextlib.aclosing(self._once(prompt, course)) as events:
                    async for event in events:
                        self._breaker.taken()
                        shown = shown or isinstance(event, TextDelta)
                        yield event
            except (*FAULTS, StreamCut) as raised:
                if course.usage != used:
                    yield course.checkpoint()
                wait = self._wait_after(raised, attempt, course)
            else:
                return
            if shown:
                for event in _again(course):
                    yield event
            if not self._breaker.is_open:
                yield Status(phrases.trying_again(wait))
            due = self._now() + wait

    def _wait_after(self, raised: BaseException, attempt: int, course: Course) -> float:
        """How long to wait before the next try, in seconds. Raises our error where there is none."""
        fault = classify(raised)
        self._on_error(status_of(raised))
        log.warning(
            "request failed",
            extra={"fault": type(fault.error).__name__, "reason": str(fault.error), "attempt": attempt}
            | {"request_id": getattr(raised, "request_id", None)},
        )
        if isinstance(fault.error, UnreadableFile):
            raise located(fault.error, course) from raised
        asked, is_busy = fault.retry_after_seconds, isinstance(fault.error, ModelBusy)
        if is_busy:
            self._breaker.refused(min(asked or 0, LONGEST_WAIT_SECONDS))
        if is_busy and asked and asked > LONGEST_WAIT_SECONDS:
            raise ModelBusy(str(fault.error), self._clock() + timedelta(seconds=asked)) from raised
        if asked is None or attempt >= (BUSY_TRIES if is_busy else self._tries):
            raise fault.error from raised
        usual = random.uniform(0.7, 1.3) * 2**attempt if is_busy else random.uniform(0.1, 2 ** (attempt - 1))  # noqa: S311
        return min(asked, LONGEST_WAIT_SECONDS) or usual

    async def _once(self, prompt: Prompt, course: Course) -> AsyncGenerator[AnswerEvent | Spent | Response, None]:
        seam = Seam(course.seam, course.texts) if course.seam else None
        words, reading = Words(follows=bool(course.texts) and not seam), Reading(may_think=self._compat)
        async with contextlib.AsyncExitStack() as stack:
            request = self._request(prompt, course)
            opening = self._client.messages.with_streaming_response.create(**request, stream=True, timeout=STREAM)
            begun = asyncio.get_running_loop().time()
            try:
                # A host that accepts and never answers; the SDK waits 600 s.
                async with asyncio.timeout(self._patience.headers_seconds):
                    response = await stack.enter_async_context(opening)
            except FAULTS:
                raise
            except sdk.credential_faults(self.engine) as fault:
                raise ModelForbidden(f"credentials: {type(fault).__name__}") from fault
            stack.enter_context(self._streams.counted())
            asked, today = self.engine.priced(prompt.pinned.model), self._clock().date()
            meter = Meter(reading, response.headers.get("request-id", ""), asked, today)
            try:
                async with contextlib.aclosing(self._streams.read(response, reading, words, meter, begun)) as events:
                    async for event in events:
                        if seam and isinstance(event, TextDelta):
                            for joined in seam.feed(event.text):
                                yield joined
                        elif isinstance(event, Restart):
                            seam = seam and Seam(course.seam, course.texts)
                            for taken_back in _again(course):
                                yield taken_back
                        else:
                            yield event
            except (*FAULTS, StreamCut):
                course.lose(wire.begun(reading.usage, reading.blocks), asked, today, meter.request_id)
                raise
            for joined in seam.end() if seam else ():
                yield joined
            reply = reply_of(reading, course, meter.request_id, request, signed=not self._compat)
            yield meter.whole(reply.usage)
            yield reply

    def _request(self, prompt: Prompt, course: Course) -> dict[str, Any]:
        messages = wire.sendable([*course.before, *course.turn])
        tools = json.loads(prompt.pinned.tools)
        request: dict[str, Any] = {
            "model": self.engine.model(prompt.pinned.model),
            "max_tokens": course.max_tokens,
            "system": wire.system(prompt.pinned, marked=not self._compat, for_an_hour=self.engine.traits.hour_marks),
            "messages": messages if self._compat else wire.marked(messages, wire.last_request_end(messages)),
            "metadata": {"user_id": prompt.asker},
        }
        if tools:
            request["tools"] = tools
            if not course.may_call:
                request["tool_choice"] = {"type": "none"}
        if not self._compat and models.thinks(prompt.pinned.model):
            request["thinking"] = {"type": "adaptive", "display": "summarized"}
            request["output_config"] = {"effort": prompt.pinned.effort}
        return request

    async def ask(self, question: SideQuestion) -> SideAnswer:
        """One plain request without thinking, not streamed; it is not tried again, for the answer can do without it."""
        if self._breaker.is_open:
            raise ModelBusy("overloaded")
        request: dict[str, Any] = {
            "model": self.engine.model(question.model),
            "max_tokens": question.max_tokens,
            "system": [{"type": "text", "text": question.system}],
            "messages": [{"role": "user", "content": [{"type": "text", "text": question.text}]}],
            "metadata": {"user_id": question.asker},
        }
        course, reading = Course([], request["messages"], question.max_tokens), Reading(may_think=self._compat)
        try:
            async with (
                asyncio.timeout(self._patience.stall_seconds),
                self._client.messages.with_streaming_response.create(**request) as response,
            ):
                reading.feed(b"".join([piece async for piece in response.iter_bytes()]))
                reading.end()
        except FAULTS as raised:
            raise classify(raised).error from raised
        except sdk.credential_faults(self.engine) as raised:
            raise ModelForbidden(f"credentials: {type(raised).__name__}") from raised
        reply = reply_of(reading, course, response.headers.get("request-id", ""), request, signed=True)
        course.note(reply, self.engine.priced(question.model), self._clock().date())
        text = "".join(block["text"] for block in reply.blocks if block["type"] == "text")
        return SideAnswer(
            text, reply.stop_reason == "end_turn", reply.usage, course.cost_microdollars, reply.request_id
        )

    async def check(self) -> Sequence[str]:
        return await checking.check(self._client, self.engine, self._model)

    async def keeps_prompts(self) -> bool | None:
        """Whether a gateway caches prompts; None where that is known, or it does not answer. It costs about two cents."""
        if not self.engine.is_gateway or self._compat:
            return None
        try:
            return await checking.caches(self._client, self.engine, self._model)
        except FAULTS:
            return None


def _again(course: Course) -> list[AnswerEvent]:
    """Take back what the broken request showed; what came before it stands."""
    before = [TextDelta("\n\n".join(course.texts))] if course.texts else []
    return [Restart(), *before]


def tool_definitions(tools: Sequence[ToolDefinition], *, compat: bool = False) -> str:
    """The JSON array that goes into a thread's pinned prefix."""
    return json.dumps([wire.definition(tool.name, tool.description, tool.schema, strict=not compat) for tool in tools])
