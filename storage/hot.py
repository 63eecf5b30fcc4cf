"""A Redis client whose callers share what a call costs: while some commands are on their way the next ones gather, and go together.

Alone each takes a connection from the pool, a task, four timers and a write; a hundred answers at once ask for some thousand a second.
What is gathered keeps its order, each caller gets its own reply or error, and what a broken connection left without a reply goes alone,
as redis-py does it.
"""

from __future__ import annotations

import asyncio
import copy
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.client import Pipeline
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError

MOST_COMMANDS = 100
MOST_FLYING = 2
"""Flights at once: one that the server answers slowly does not hold up all."""

Command = tuple[tuple[Any, ...], dict[str, Any]]


@dataclass(eq=False, slots=True)
class _Unit:
    """What one caller wants in a row. `alone`: the same by redis-py itself, with its own way of trying again."""

    commands: Sequence[Command]
    alone: Callable[[], Awaitable[list[Any]]]
    told: asyncio.Future[list[Any]]


class Hot(Redis):
    """Only for calls that the server answers at once: a read that blocks would hold up whoever comes behind it."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._line: deque[_Unit] = deque()
        self._flying: set[asyncio.Task[None]] = set()

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        send: Any = super().execute_command

        async def alone() -> list[Any]:
            return [await send(*args, **options)]

        (reply,) = await self.together([(args, options)], alone)
        if isinstance(reply, ResponseError):
            raise reply
        return reply

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> Pipeline:
        if transaction:
            return super().pipeline(transaction, shard_hint)
        return _Gathered(self, transaction, shard_hint)

    async def together(self, commands: Sequence[Command], alone: Callable[[], Awaitable[list[Any]]]) -> list[Any]:
        """Each command's reply, or its ResponseError. Raises what the connection raises."""
        unit = _Unit(commands, alone, asyncio.get_running_loop().create_future())
        self._line.append(unit)
        self._depart()
        return await unit.told

    async def aclose(self, close_connection_pool: bool | None = None) -> None:
        await asyncio.gather(*self._flying, return_exceptions=True)
        await super().aclose(close_connection_pool)

    def _depart(self) -> None:
        """A flight takes along what comes before it begins."""
        if self._line and len(self._flying) < MOST_FLYING:
            flight = asyncio.create_task(self._fly())
            self._flying.add(flight)
            flight.add_done_callback(self._landed)

    def _landed(self, flight: asyncio.Task[None]) -> None:
        self._flying.discard(flight)
        self._depart()

    def _batch(self) -> deque[_Unit]:
        """The first in line, but those whose caller has given up."""
        batch, count = deque[_Unit](), 0
        while self._line and count < MOST_COMMANDS:
            unit = self._line.popleft()
            if not unit.told.done():
                batch.append(unit)
                count += len(unit.commands)
        return batch

    async def _fly(self) -> None:
        unanswered = self._batch()
        try:
            await self._ask(unanswered)
        except RedisConnectionError:
            await asyncio.gather(*map(_go_alone, unanswered))
        except asyncio.CancelledError:
            for unit in unanswered:
                unit.told.cancel()
            raise
        except Exception as fault:
            for unit in unanswered:
                _raise_at(unit, copy.copy(fault))

    async def _ask(self, unanswered: deque[_Unit]) -> None:
        """Takes off whoever has been told."""
        if not unanswered:
            return
        pool: Any = self.connection_pool
        connection = await pool.get_connection()
        try:
            written = connection.pack_commands([args for unit in unanswered for args, _ in unit.commands])
            await connection.send_packed_command(written)
            while unanswered:
                replies = [await self._reply(connection, *command) for command in unanswered[0].commands]
                unit = unanswered.popleft()
                if not unit.told.done():  # whoever asked may be gone
                    unit.told.set_result(replies)
        except BaseException:
            await connection.disconnect(nowait=True)  # what it still brings is nobody's
            raise
        finally:
            await pool.release(connection)

    async def _reply(self, connection: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        try:
            return await self.parse_response(connection, args[0], **options)
        except ResponseError as fault:
            return fault


class _Gathered(Pipeline):
    """Commands in a row, each for itself, that go together with those of others."""

    WAITING = ("WAIT", "WAITAOF")
    """What the server answers late keeps its connection for itself."""

    def __init__(self, client: Hot, transaction: bool, shard_hint: str | None) -> None:
        super().__init__(client.connection_pool, client.response_callbacks, transaction, shard_hint)
        self._client = client

    async def execute(self, raise_on_error: bool = True) -> list[Any]:
        stack: list[Any] = list(self.command_stack)
        if any(args[0] in self.WAITING for args, _ in stack):
            return await super().execute(raise_on_error)
        self.command_stack = []

        async def alone() -> list[Any]:
            self.command_stack = [*stack]
            return await super(_Gathered, self).execute(raise_on_error=False)

        replies = await self._client.together(stack, alone) if stack else []
        if raise_on_error:
            self.raise_first_error(stack, replies)
        return replies


async def _go_alone(unit: _Unit) -> None:
    try:
        replies = await unit.alone()
    except ResponseError as fault:
        replies = [fault]
    except asyncio.CancelledError:
        unit.told.cancel()
        raise
    except Exception as fault:
        _raise_at(unit, fault)
        return
    if not unit.told.done():
        unit.told.set_result(replies)


def _raise_at(unit: _Unit, fault: Exception) -> None:
    if not unit.told.done():
        unit.told.set_exception(fault)
