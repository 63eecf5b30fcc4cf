"""The named steps of a turn, and how a process is made to die at one: by kill -9, from within, before or after one call of ours.

Nothing in the bot knows of this: the methods are wrapped from outside. `name@3` dies at the third time.
"""

from __future__ import annotations

import functools
import inspect
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Step:
    """`where`: module:Class.method."""

    where: str
    when: Literal["before", "after"]


STEPS: dict[str, Step] = {
    "question arrived": Step("storage.inbox:RedisInbox.accept", "before"),
    "question kept": Step("storage.inbox:RedisInbox.accept", "after"),
    "turn taken": Step("storage.leases:Leases.take", "after"),
    "history loaded": Step("storage.redis_history:RedisHistory.load", "after"),
    "progress loaded": Step("storage.redis_outbox:RedisProgress.load", "after"),
    "post noted": Step("storage.redis_outbox:RedisOutbox.attempted", "after"),
    "post accepted, not confirmed": Step("PLATFORM.create", "after"),
    "post confirmed": Step("storage.redis_outbox:RedisOutbox.delivered", "after"),
    "Claude is asked": Step("bot.claude.client.client:Claude._once", "before"),
    "first text": Step("bot.answering.reviews:Reviews.feed", "after"),
    "edit accepted": Step("PLATFORM.edit", "after"),
    "reply whole, not saved": Step("bot.claude.client.client:Course.checkpoint", "before"),
    "reply saved, tools not run": Step("bot.answering.tool_calls:ToolCalls.run", "before"),
    "tools run, not saved": Step("bot.answering.tool_calls:ToolCalls.run", "after"),
    "tools saved": Step("storage.redis_outbox:RedisProgress.save", "after"),
    "answer not saved": Step("storage.redis_history:RedisHistory.append", "before"),
    "answer saved": Step("storage.redis_history:RedisHistory.append", "after"),
    "final drawing not begun": Step("adapters.delivery:Artist.finish", "before"),
    "final drawing done": Step("adapters.delivery:Artist.finish", "after"),
    "ledger not written": Step("storage.sql_logs:SqlUsageLog.record", "before"),
    "ledger written": Step("storage.sql_logs:SqlUsageLog.record", "after"),
    "turn not ended": Step("storage.leases:Leases._finish", "before"),
    "turn ended": Step("storage.leases:Leases._finish", "after"),
}
REPAIRS: dict[str, Step] = {
    "second question": Step("bot.answering.side_questions:SideQuestions._request", "before"),
    "second answer, not saved": Step("bot.answering.side_questions:SideQuestions._request", "after"),
    "second answer saved": Step("bot.answering.side_questions:SideQuestions.ask", "after"),
    "revised, not shown": Step("bot.answering.stream:AnswerStream._note", "after"),
}
"""Steps of an answer that a review mends while it is written."""

PLATFORMS = {"slack": "adapters.slack.outgoing:SlackPost", "discord": "adapters.discord.outgoing:DiscordPost"}


def arm(die: str) -> None:
    """Make this process die at `platform/step@count`; "" arms nothing."""
    if not die:
        return
    platform, _, rest = die.partition("/")
    name, _, count = rest.partition("@")
    step = (STEPS | REPAIRS)[name]
    where = step.where.replace("PLATFORM", PLATFORMS[platform])
    module, _, path = where.partition(":")
    owner_name, _, method_name = path.partition(".")
    owner = getattr(import_module(module), owner_name)
    setattr(owner, method_name, doomed(getattr(owner, method_name), step.when, Countdown(int(count or 1))))


class Countdown:
    """Ends the process at the n-th call."""

    def __init__(self, count: int) -> None:
        self._left = count

    def __call__(self) -> None:
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def doomed(method: Callable[..., Any], when: str, tick: Countdown) -> Callable[..., Any]:
    """The method, with the end of the process before or after it. What gives back None has done nothing and does not count."""
    if inspect.isasyncgenfunction(method):

        @functools.wraps(method)
        async def generate(*arguments: Any, **options: Any) -> Any:
            tick()
            async for one in method(*arguments, **options):
                yield one

        return generate
    if inspect.iscoroutinefunction(method):

        @functools.wraps(method)
        async def call(*arguments: Any, **options: Any) -> Any:
            if when == "before":
                tick()
            result = await method(*arguments, **options)
            if when == "after" and (result is not None or method.__name__ != "take"):
                tick()
            return result

        return call

    @functools.wraps(method)
    def plain(*arguments: Any, **options: Any) -> Any:
        tick()
        return method(*arguments, **options)

    return plain
