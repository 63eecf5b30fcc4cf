"""The process of SQL: questions in, verdicts out. It reaches no network, writes in one folder, and starts no program.

The server that holds the team's schema is reached through a socket; what may be said to it stands in `allowed`.
"""

from __future__ import annotations

import asyncio
import gc
import sys
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.capabilities.checks.verdicts import Block, Verdict
from storage.checks.confined import confine
from storage.checks.serving import Answering, begin, serve, told
from storage.checks.sql.database import servers
from storage.checks.sql.database.outcomes import Outcome
from storage.checks.sql.database.server import Server, ServerFailed
from storage.checks.sql.schemas import schema
from storage.checks.sql.schemas.schema import Schema
from storage.checks.sql.statements import dialects
from storage.checks.sql.verdicts import answers, believed, catalog
from storage.checks.sql.verdicts.answers import Ground

if TYPE_CHECKING:
    from storage.checks.sql.verdicts.mysql import Tables

MEMORY_BYTES = 2_000_000_000
ANSWER_SECONDS = 20.0
KEPT = 12


@dataclass(slots=True)
class Kept:
    """What a repository is known by."""

    schema: Schema
    spoken: frozenset[str]
    texts: frozenset[str]
    mysql: Tables | None
    postgres: int = 0
    """The major version that the team runs, 0 where nothing says it."""


def _of_mysql(found: Schema, spoken: frozenset[str]) -> Tables | None:
    """The team's tables, where all that makes them was read."""
    if dialects.MYSQL not in spoken or found.unread:
        return None
    from storage.checks.sql.verdicts import mysql

    has_models = any(one != schema.SQL_FILES for one in found.sources)
    models = catalog.of(found.statements, frozenset(found.open)).tables if has_models else {}
    return mysql.tables_of(found.mysql, models)


class Keeper(Answering):
    def __init__(self) -> None:
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._server: Server | None = None
        self._address: tuple[str, str] = ("", "")
        self._lock = asyncio.Lock()

    async def answer(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        blocks = [Block(**one) for one in asked["blocks"]]
        async with self._lock:
            try:
                async with asyncio.timeout(ANSWER_SECONDS * 2):
                    verdicts = await self._verdicts(blocks, asked["ground"])
            except TimeoutError:
                verdicts = [Verdict("unchecked", reasons=("the checker took too long",)) for _ in blocks]
        return told(verdicts)

    async def _verdicts(self, blocks: list[Block], asked: Mapping[str, Any]) -> list[Verdict]:
        kept = self._known(asked)
        ground = await self._ground(kept, asked)
        looked = [answers.looked(one, ground) for one in blocks]
        statements = [each for one in looked if one.done is None for each in one.reading.statements]
        outcomes: list[Outcome | None] = [None] * len(statements)
        if statements and ground.database is not None and self._server is not None:
            try:
                outcomes = [*await self._server.answer(ground.database, statements)]
            except ServerFailed:
                outcomes = [None] * len(statements)
        return answers.concluded(looked, outcomes, ground)

    def _known(self, asked: Mapping[str, Any]) -> Kept:
        key = f"{asked['tree']} {asked['commit']} {sorted(asked['packages'])}"
        if key not in self._kept:
            folder = Path(asked["tree"]) if asked["tree"] else None
            gc.disable()  # as long as trees grow there is no garbage, and going through them costs as much as to read them
            try:
                found = schema.read(folder) if folder else Schema()
            finally:
                gc.enable()
            files = schema.files_of(folder) if folder else []
            spoken = dialects.spoken(folder, files, found.dialects, asked["packages"])
            self._kept[key] = Kept(
                found,
                spoken,
                believed.squeezed(found.statements),
                _of_mysql(found, spoken),
                servers.major(folder, files) if folder else 0,
            )
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]

    async def _ground(self, kept: Kept, asked: Mapping[str, Any]) -> Ground:
        found, spoken = kept.schema, kept.spoken
        has_schema = found.is_there and (not spoken or dialects.POSTGRESQL in spoken)
        ground = Ground(
            spoken,
            None,
            has_schema,
            frozenset(found.open),
            frozenset(found.untyped),
            kept.texts,
            any(one != schema.SQL_FILES for one in found.sources),
            schema.DJANGO in found.sources,
            postgres=kept.postgres,
            own=asked["own"],
            commit=asked["commit"],
            sqlite=tuple(found.sqlite),
            mysql=kept.mysql,
            elsewhere=frozenset(schema.table_names((*found.sqlite, *found.mysql))),
            reason=asked["reason"],
        )
        if has_schema and not asked["socket"]:
            ground = replace(ground, catalog=catalog.of(found.statements, ground.open))
        if not asked["socket"] or (spoken and dialects.POSTGRESQL not in spoken):
            return ground
        try:
            server = await self._reached(asked["socket"], asked["password"], asked["seconds"])
            database = await server.database(found.statements if has_schema else [], found.is_platform)
        except ServerFailed:
            return ground
        return replace(
            ground,
            database=database,
            builtin=server.builtin,
            arities=server.arities,
            server=server.version,
            reason="",
        )

    async def _reached(self, socket: str, password: str, seconds: float) -> Server:
        if self._server is None or self._address != (socket, password):
            if self._server is not None:
                await self._server.stop()
            self._server, self._address = Server(socket, password, seconds), (socket, password)
        return self._server

    async def stop(self) -> None:
        if self._server is not None:
            await self._server.stop()


def main() -> int:
    folder = Path(sys.argv[1]).resolve()
    begin([folder], MEMORY_BYTES, depth=5_000)
    confine([folder], [])
    gc.freeze()
    asyncio.run(serve(Keeper()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
