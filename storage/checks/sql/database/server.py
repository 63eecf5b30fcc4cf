"""Statements held against a database that has the team's schema, on a server of our own. Nothing of it stays: all is rolled back.

Each schema is a database without rows, made once by its owner. An answer is one transaction in it, each statement behind a savepoint,
so that later statements see what earlier ones define.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
from collections import OrderedDict
from collections.abc import Sequence

import asyncpg

from storage.checks.sql.database import making
from storage.checks.sql.database.making import BUILDER, ROLES, Database
from storage.checks.sql.database.outcomes import Outcome
from storage.checks.sql.database.trying import ANSWER_SECONDS, READER, Trial
from storage.checks.sql.statements.reading import Statement

log = logging.getLogger(__name__)

SCHEMA_SECONDS = 40.0
"""For all of a schema's database."""
MOST_REBUILT = 3
"""Times that a schema is built anew, for which there was not time enough on a busy machine."""
KEPT_DATABASES, KEPT_CONNECTIONS = 12, 4
"""The server lets nine in that are no superuser's."""

START_TRIES = 400


class ServerFailed(Exception):
    """It could not be asked; the message is for people."""


class Server:
    """One answer at a time for each database."""

    def __init__(self, folder: str, password: str, seconds: float) -> None:
        """`seconds` for one statement; the limits of the server itself lie beside it."""
        self._seconds = seconds
        self._folder = folder
        self._password = password
        self._databases: OrderedDict[str, Database] = OrderedDict()
        self._connections: OrderedDict[str, asyncpg.Connection] = OrderedDict()
        self._making = asyncio.Lock()
        self._rebuilt: dict[str, int] = {}
        self._endings: set[asyncio.Task[None]] = set()
        self._is_ready = False
        self.builtin: frozenset[str] = frozenset()
        self.arities: dict[str, tuple[int, int]] = {}
        self.version = ""

    async def _connect(self, database: str, user: str = "plumbline") -> asyncpg.Connection:
        return await asyncpg.connect(
            host=self._folder, user=user, password=self._password, database=database, timeout=60, statement_cache_size=0
        )

    async def _first(self) -> asyncpg.Connection:
        """Its owner's; a server that has only begun says so, and is asked again."""
        for _ in range(START_TRIES):
            try:
                return await self._connect("postgres")
            except (asyncpg.CannotConnectNowError, ConnectionRefusedError):
                await asyncio.sleep(0.05)
        return await self._connect("postgres")

    async def database(self, statements: Sequence[Statement], is_platform: bool) -> Database:
        """The one that has this schema; made where it is not there yet. Raises ServerFailed."""
        text = "\0".join(one.text for one in statements)
        key = hashlib.sha256(f"{is_platform}{text}".encode()).hexdigest()[:16]
        async with self._making:
            if (cut := self._databases.get(key)) and cut.is_cut and self._rebuilt.get(key, 0) < MOST_REBUILT:
                self._rebuilt[key] = self._rebuilt.get(key, 0) + 1
                await self._drop(self._databases.pop(key).name)
            if key not in self._databases:
                try:
                    async with asyncio.timeout(SCHEMA_SECONDS):
                        self._databases[key] = await self._made(f"s_{key}", statements, is_platform)
                except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as fault:
                    raise ServerFailed("the schema could not be built") from fault
            self._databases.move_to_end(key)
            while len(self._databases) > KEPT_DATABASES:
                _, old = self._databases.popitem(last=False)
                await self._drop(old.name)
            return self._databases[key]

    async def _made(self, name: str, statements: Sequence[Statement], is_platform: bool) -> Database:
        first = await self._first()
        try:
            if not self._is_ready:
                for role in (BUILDER, READER):
                    with contextlib.suppress(asyncpg.DuplicateObjectError):
                        await first.execute(f"create role {role} login nosuperuser password '{self._password}'")
                for role in ROLES:
                    with contextlib.suppress(asyncpg.DuplicateObjectError):
                        await first.execute(f"create role {role} nologin")
                await first.execute(
                    f"grant {READER} to {BUILDER}; revoke all on database postgres, template1 from public"
                )
                rows = await first.fetch(
                    "select distinct proname::text as name from pg_proc where proname !~ '^(?:_|pg_stat_get)'"
                )
                self.builtin = frozenset(one["name"] for one in rows)
                rows = await first.fetch(
                    "select proname::text as name, min(pronargs - pronargdefaults) as fewest, max(pronargs) as most from pg_proc "
                    "where proname !~ '^(?:_|pg_)' group by 1 having not bool_or(provariadic <> 0)"
                )
                self.arities = {one["name"]: (one["fewest"], one["most"]) for one in rows}
                self.version = str(await first.fetchval("show server_version")).partition(" ")[0]
                self._is_ready = True
            await first.execute(f'create database "{name}" owner {BUILDER} template template0')
        finally:
            await first.close()
        owner = await self._connect(name)
        try:
            await making.prepare(owner, statements, is_platform)
        finally:
            await owner.close()
        builder = await self._connect(name, BUILDER)
        try:
            return await making.filled(builder, name, statements, is_platform)
        finally:
            await builder.close()

    async def _drop(self, name: str) -> None:
        if connection := self._connections.pop(name, None):
            await connection.close(timeout=2)
        await self._as_owner(f'drop database if exists "{name}" with (force)')

    async def _as_owner(self, query: str) -> None:
        """Whether or not the server takes it."""
        with contextlib.suppress(asyncpg.PostgresError, OSError):
            first = await self._connect("postgres")
            try:
                await first.execute(query)
            finally:
                await first.close()

    async def answer(self, database: Database, statements: Sequence[Statement]) -> list[Outcome]:
        """The outcome of each, in their order. Raises ServerFailed. A statement that no limit stops (a function may catch that it is
        stopped) ends with its connection."""
        ending: asyncio.TimerHandle | None = None
        try:
            connection = await self._kept(database.name)
            seconds = ANSWER_SECONDS + 4 * self._seconds
            ending = asyncio.get_running_loop().call_later(seconds, self._end, connection.get_server_pid())
            async with asyncio.timeout(2 * seconds):
                return await Trial(connection, self._seconds, database.large).answered(statements)
        except (OSError, TimeoutError, asyncpg.InterfaceError, asyncpg.PostgresError) as fault:
            if connection := self._connections.pop(database.name, None):
                connection.terminate()
            raise ServerFailed("the database could not be asked") from fault
        finally:
            if ending is not None:
                ending.cancel()

    async def _kept(self, name: str) -> asyncpg.Connection:
        """The connection to a database. Those that were not asked for longest end: a process of the server waits at each."""
        connection = self._connections.pop(name, None)
        while len(self._connections) >= KEPT_CONNECTIONS:
            self._connections.popitem(last=False)[1].terminate()
        if connection is None or connection.is_closed():
            connection = await self._connect(name, BUILDER)
            self._connections[name] = connection
            await Trial(connection, self._seconds).begin()
        self._connections[name] = connection
        return connection

    def _end(self, process_id: int) -> None:
        task = asyncio.ensure_future(self._as_owner(f"select pg_terminate_backend({process_id})"))
        self._endings.add(task)
        task.add_done_callback(self._endings.discard)

    async def stop(self) -> None:
        for one in self._connections.values():
            one.terminate()
        self._connections.clear()
