"""The tools of one turn: run eight at once, results in the order of the calls, every failure told to the model.

Whatever a tool is made of, its result is cleaned and its secrets are masked here, and all results of a turn share one budget.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence

from bot.capability import Session
from bot.events import ToolCall, ToolResult
from bot.ports.model import ToolFailed, Tools
from bot.writing.masking import mask
from bot.writing.text import sanitise

log = logging.getLogger(__name__)

AT_ONCE = 8
TIMEOUT_SECONDS = 30
TURN_CHARACTERS = 120_000
"""What all results of one turn may be together: about 40,000 tokens of code."""

SPENT = "This turn's budget for looking is spent. Answer with what you have, and say what you could not look at."


async def _nothing() -> None:
    return None


class ToolCalls(Tools):
    """`check` is asked beside each round, and raises where nothing of it may be given out any more."""

    def __init__(self, sessions: Sequence[Session], check: Callable[[], Awaitable[None]] = _nothing) -> None:
        self._sessions = sessions
        self._check = check
        self._tools = {tool.name: tool for session in sessions for tool in session.tools}
        self._room = TURN_CHARACTERS
        self.has_run = False

    def label(self, name: str, arguments: Mapping[str, object]) -> str:
        """What the asker sees while it runs."""
        tool = self._tools.get(name)
        try:
            return tool.label(arguments) if tool else name
        except (KeyError, TypeError, ValueError):
            return name

    async def prepare(self, calls: Sequence[ToolCall]) -> AsyncGenerator[str, None]:
        for session in self._sessions:
            async with contextlib.aclosing(session.prepare(calls)) as news:
                async for said in news:
                    yield said

    async def run(self, calls: Sequence[ToolCall]) -> list[ToolResult]:
        self.has_run = True
        places = asyncio.Semaphore(AT_ONCE)

        async def one(call: ToolCall) -> ToolResult:
            async with places:
                return await self._run(call)

        running = asyncio.gather(*(one(call) for call in calls))
        try:
            await self._check()
            return [self._within(result) for result in await running]
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    async def look_up(self, question: str) -> str:
        self.has_run = True
        found = [await session.look_up(question) for session in self._sessions]
        return "\n\n".join(one for one in found if one)

    def _within(self, result: ToolResult) -> ToolResult:
        text = mask(result.text, is_piece=True)
        if len(text) > self._room:
            return ToolResult(result.call_id, SPENT, is_error=True)
        self._room -= len(text)
        return ToolResult(result.call_id, text, result.is_error)

    async def _run(self, call: ToolCall) -> ToolResult:
        tool = self._tools.get(call.name)
        if tool is None:
            return ToolResult(call.id, f"There is no tool {call.name}.", is_error=True)
        arguments = json.loads(call.arguments)
        if problem := _problem(arguments, tool.schema):
            return ToolResult(call.id, problem, is_error=True)
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                return ToolResult(call.id, sanitise(await tool.run(arguments)))
        except ToolFailed as fault:
            return ToolResult(call.id, sanitise(str(fault)), is_error=True)
        except TimeoutError:
            return ToolResult(call.id, f"{call.name} took longer than {TIMEOUT_SECONDS} s.", is_error=True)
        except Exception:
            # What it was goes into the log; the model is told no internals.
            log.exception("tool failed", extra={"tool": call.name})
            return ToolResult(call.id, f"{call.name} failed.", is_error=True)


def _problem(arguments: object, schema: Mapping[str, object]) -> str:
    """Why these arguments cannot be for this schema, or "". The API's strict mode checks the rest."""
    if not isinstance(arguments, dict):
        return "The arguments must be an object."
    required = schema.get("required")
    missing = [name for name in required if name not in arguments] if isinstance(required, list) else []
    return f"Missing: {', '.join(missing)}." if missing else ""
