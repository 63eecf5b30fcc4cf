"""A bot on many hosts, as an operator has it: `python3 dev.py soak --hosts --minutes 3`.

Gateways and workers with a folder each, on a Valkey and a PostgreSQL of their own; people in Slack (by socket, and by signed HTTP
before two gateways) and in Discord. Faults come at random moments while they ask. Ends with a table of what became of the questions,
of what people saw meanwhile, and of the ledger's rows against the answers.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import create_async_engine

from adapters import phrases
from storage.tables import turns
from tests.deployments import free_port
from tests.faults.deployed import REPLICATED, STORES, Store
from tests.faults.processes import Bot
from tests.faults.worlds import DiscordWorld, SlackWorld, World, is_apology, place_of, script
from tests.servers.claude import ClaudeServer
from tests.servers.discord import DiscordServer
from tests.servers.slack import SlackServer
from tests.stores import PostgresServer, postgres

Transport = Literal["slack-socket", "slack-http", "discord"]
TRANSPORTS: tuple[Transport, ...] = ("slack-socket", "slack-http", "discord")
DATABASE = "hosts"
SIGNING_SECRET = "right"
PATIENT = (1.0,) * 120
"""Slack gives an event up after six minutes; a soak is not to wait for so long, and a fail-over may take half of one."""
MEANWHILE = {
    "picked up again": phrases.picked_up(),
    "begun anew": phrases.restarted(),
    "waits for the database": phrases.waits_for_store(),
}
"""What an answer may say on its way, by a short name."""


class BalancedSlack(SlackServer):
    """Slack by signed HTTP, before a balancer that knows several gateways and not which of them live."""

    def __init__(self, ports: Sequence[int]) -> None:
        self._urls = [f"http://127.0.0.1:{port}/slack/events" for port in ports]
        super().__init__(signing_secret=SIGNING_SECRET, http_url=self._urls[0])

    @property
    def http_url(self) -> str:
        return self.random.choice(self._urls)

    @http_url.setter
    def http_url(self, _: str) -> None:
        """The list is given at the beginning."""


@dataclass(slots=True)
class Hosts:
    """One deployment: what people see, its database, and its processes."""

    transport: Transport
    there: World
    sql: PostgresServer
    gateways: list[Bot] = field(default_factory=list)
    workers: list[Bot] = field(default_factory=list)

    async def rows(self) -> Mapping[str, int]:
        """How many turns the ledger has, by how they ended."""
        engine = create_async_engine(self.sql.url(DATABASE))
        try:
            async with engine.connect() as connection:
                found = await connection.execute(select(turns.c.status, func.count()).group_by(turns.c.status))
                return {str(status): int(count) for status, count in found}
        finally:
            await engine.dispose()


@contextlib.asynccontextmanager
async def hosts(
    transport: Transport,
    folder: Path,
    *,
    workers: int = 2,
    pace: float = 400,
    redis: str = "single",
    dice: random.Random | None = None,
) -> AsyncIterator[Hosts]:
    """`pace`: Claude's tokens a second. `redis`: one of STORES; `dice` say which of its primaries dies. Nothing is started yet but the
    stores and the servers."""
    folder.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240 - once, before anything runs
    async with contextlib.AsyncExitStack() as stack:
        store = stack.enter_context(STORES[redis](folder, dice or random.Random(0)))
        sql = stack.enter_context(postgres())
        await sql.create(DATABASE)
        # What was told to be in the ledger is to be there after a crash, too.
        await sql._execute(f"ALTER DATABASE {DATABASE} SET synchronous_commit = on")
        claude = await stack.enter_async_context(ClaudeServer(first_token_seconds=0.05, tokens_per_second=pace))
        claude.script = script
        ports = [free_port(), free_port()]
        there = await _world(transport, ports, folder, store, claude, stack)
        there.extra |= {"PLUMBLINE_REDIS_REPLICAS": "1"} if redis in REPLICATED else {}
        there.extra |= {"DATABASE_URL": sql.url(DATABASE).replace("+asyncpg", "")}
        made = Hosts(transport, there, sql, workers=[there.bot("worker") for _ in range(workers)])
        for port in ports if transport != "discord" else ports[:1]:
            own = {"PLUMBLINE_SLACK_HTTP_PORT": str(port)} if transport == "slack-http" else {}
            made.gateways.append(there.bot("gateway", own=own))
        yield made


async def _world(
    transport: Transport,
    ports: Sequence[int],
    folder: Path,
    store: Store,
    claude: ClaudeServer,
    stack: contextlib.AsyncExitStack,
) -> World:
    if transport == "discord":
        return DiscordWorld(await stack.enter_async_context(DiscordServer()), folder, store, claude)
    wire = SlackServer() if transport == "slack-socket" else BalancedSlack(ports)
    wire.retries = PATIENT
    there = SlackWorld(await stack.enter_async_context(wire), folder, store, claude)
    if transport == "slack-socket":
        return there
    there.extra |= {"SLACK_APP_TOKEN": "", "SLACK_SIGNING_SECRET": SIGNING_SECRET}
    return there


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of the questions. Those that waited while another was answered are answered together with the last of them.

    `rows`: of the ledger, for answers and for apologies. `slowest`: seconds from a question to the last drawing of its answer.
    """

    transport: str
    asked: int
    answers: int
    together: int
    apologies: int
    twice: int
    disordered: int
    not_whole: int
    slowest: float
    rows: tuple[int, int]
    meanwhile: Mapping[str, int]

    @property
    def is_right(self) -> bool:
        """Each question once, whole and in order, and the ledger has exactly what people have."""
        answered = self.answers + self.together + self.apologies >= self.asked
        return (
            answered
            and not self.twice + self.disordered + self.not_whole
            and self.rows == (self.answers, self.apologies)
        )

    def __str__(self) -> str:
        counts = (self.asked, self.answers, self.together, self.apologies, self.twice, self.disordered, self.not_whole)
        cells = [*map(str, counts), f"{self.slowest:.1f} s", f"{self.rows[0]}+{self.rows[1]}"]
        seen = ", ".join(f"{name} {count}" for name, count in sorted(self.meanwhile.items())) or "nothing else"
        return f"{self.transport:<16}" + "".join(f"{cell:>11}" for cell in cells) + f"  {seen}"


HEADS = ("asked", "answered", "together", "apologies", "twice", "disordered", "not whole", "slowest", "rows")
HEADING = " " * 16 + "".join(f"{name:>11}" for name in HEADS) + "  people saw meanwhile"


async def tally(hosts: Hosts) -> Tally:
    there, found, slowest = hosts.there, Counter[str](), 0.0
    for thread, questions in there.questions.items():
        drawn, places = there.drawings(thread), list[int]()
        for answer, drawings in zip(there.answers(thread), drawn, strict=True):
            if is_apology(answer):
                found["apologies"] += 1
                continue
            place = place_of(answer, questions)
            if place is None:
                found["not whole"] += 1
                continue
            found["answers"] += 1
            found["twice"] += place in places
            found["disordered"] += bool(places) and place < places[-1]
            places.append(place)
            slowest = max(slowest, drawings[-1][0] - there.asked_at[questions[place]])
        found["together"] += len(set(range(max(places, default=-1) + 1)) - set(places))
    rows = await hosts.rows()
    return Tally(
        transport=hosts.transport,
        asked=sum(map(len, there.questions.values())),
        answers=found["answers"],
        together=found["together"],
        apologies=found["apologies"],
        twice=found["twice"],
        disordered=found["disordered"],
        not_whole=found["not whole"],
        slowest=slowest,
        rows=(rows.get("answered", 0), sum(count for status, count in rows.items() if status != "answered")),
        meanwhile=seen_meanwhile(there),
    )


async def settled(hosts: Hosts) -> Tally:
    """The table once rows that waited in Redis for the database are entered, as workers do every two seconds."""
    for _ in range(40):
        found = await tally(hosts)
        if found.is_right:
            break
        await asyncio.sleep(0.5)
    return found


def seen_meanwhile(there: World) -> Mapping[str, int]:
    """In how many messages each sentence of MEANWHILE stood at some time, and what was told to somebody alone."""
    counted: Counter[str] = Counter()
    for thread in there.questions:
        for drawings in there.drawings(thread):
            texts = "\n".join(text for _, text in drawings)
            counted.update(name for name, sentence in MEANWHILE.items() if sentence.rstrip("….") in texts)
    if isinstance(there, SlackWorld):
        counted.update(f"told alone: {str(one.get('text'))[:60]}" for one in there.wire.ephemeral)
    return counted


def dice_of(seed: int, transport: str) -> random.Random:
    """The same faults in the same order for a seed, whatever else is run beside it."""
    return random.Random(f"{seed} {transport}")
