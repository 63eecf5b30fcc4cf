"""`plumbline check`: reaches every service that is configured; one line for each, good, or what is wrong and what to do."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from adapters import checks, listening, wiring
from adapters.doors import reached
from adapters.engines import engines_of, open_model
from adapters.folders import data_folder
from adapters.roles import Role
from adapters.stores import clock, database_url
from bot.answering.policy import OUTSIDERS_READ, decide
from bot.capabilities.team_code import phrases
from bot.claude.client import Claude
from bot.claude.failover import Engines
from bot.conversation import Author
from bot.errors import BotError, ConfigError
from bot.ports.policy import GUESTS, Audience, Facts, Grants, PersonKind
from bot.settings import Settings
from storage.connections import check_redis, open_redis
from storage.databases import check_sql, open_sql
from storage.embedded import EmbeddedValkey
from storage.migrations import check_schema, migrate

if TYPE_CHECKING:
    from storage.repos.library import Library

CACHES = "The gateway keeps prompts: what was read once is read from the cache."
NO_CACHE = (
    "The gateway does not keep prompts (asked for the same twice, nothing was read from the cache): long threads cost several times "
    "more. LiteLLM has lost the marks in several versions; try a newer one."
)

STRANGERS = (*GUESTS, PersonKind.OUTSIDER, PersonKind.UNKNOWN)


class Report:
    """Says each line as soon as it is known."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self.exit_code = 0

    def add(self, name: str, faults: Sequence[str]) -> None:
        if faults:
            self.exit_code = 1
            self._say(f"✗ {name}: {'; '.join(faults)}")
        else:
            self._say(f"✓ {name}: good")

    def note(self, line: str) -> None:
        """What is worth knowing and no fault."""
        self._say(f"· {line}")

    @contextlib.contextmanager
    def of(self, name: str) -> Iterator[None]:
        """Around reaching a service: an error of ours becomes its line."""
        try:
            yield
        except ConfigError as fault:
            self.add(name, fault.faults)
        except BotError as fault:
            self.add(name, [str(fault)])


async def check(settings: Settings, role: Role, say: Callable[[str], None]) -> int:
    """0 when all is good for this role, 1 when something is not. A bot that runs meanwhile is left alone."""
    report = Report(say)
    async with contextlib.AsyncExitStack() as stack:
        with report.of("Data directory"):
            data_folder(settings.plumbline_data_dir)
        if report.exit_code:
            return report.exit_code
        is_running = await _check_redis(settings, report, stack)
        if not is_running:
            for port, fault in listening.tried(settings, role):
                report.add(f"Port {port}", [fault] if fault else [])
        with report.of(name := "PostgreSQL" if settings.database_url else "SQLite (embedded)"):
            engine = await stack.enter_async_context(open_sql(database_url(settings)))
            if not settings.database_url:
                await migrate(engine)
            report.add(name, await check_sql(engine) or await check_schema(engine, report.note))
        if role != "gateway":
            with report.of("Claude"):
                await _check_model(settings, report, stack)
        library = None
        with report.of("Repositories"):
            if library := wiring.library_of(settings):
                await _check_repositories(settings, library, report)
        if role != "gateway" and settings.plumbline_checks:
            for name, faults in await checks.reached(settings):
                report.add(name, faults)
        for door in wiring.doors(settings):
            with report.of(door.name.capitalize()):
                if not door.is_chat:
                    continue
                faults = await reached(door)
                report.add(door.name.capitalize(), faults)
                for line in [] if faults else await door.notes():
                    report.note(line)
                if library and not faults:
                    for line in _reached(await door.audiences(_is_given(library)), library):
                        report.note(line)
    return report.exit_code


async def _check_model(settings: Settings, report: Report, stack: contextlib.AsyncExitStack) -> None:
    """A trial without a key is what somebody wanted; it is said and no fault."""
    model = await stack.enter_async_context(open_model(settings, clock))
    match model:
        case Engines():
            for name, faults in await model.checked():
                report.add(name, faults)
        case Claude():
            report.add("Claude", faults := await model.check())
            if not faults and (keeps := await model.keeps_prompts()) is not None:
                report.note(CACHES if keeps else NO_CACHE)
        case _:
            for line in await model.check():
                report.note(line)
            return
    for engine in engines_of(settings):
        for line in engine.described():
            report.note(line)


async def _check_repositories(settings: Settings, library: Library, report: Report) -> None:
    """Each is asked for now, with its credentials; what a running bot noted of its last look stands beside it."""
    declared, states = library.declared(), {one.name: one for one in await library.states()}
    faults = await asyncio.gather(*(library.reach(one.name) for one in declared))
    local = {one.name for one in declared if one.is_local}
    if not declared and settings.plumbline_repos:
        report.note(phrases.nothing_declared(settings.plumbline_repos))
    for one, fault in zip(declared, faults, strict=True):
        report.add(f"Repository {one.name}", [fault] if fault else [])
        if not fault and (noted := states[one.name].fault):
            report.note(f"{one.name}: its last look failed ({noted}); a running bot looks again by itself")
    for name, channels in library.patterns().items():
        if not channels and name not in local:
            report.note(f"{name}: no channel may see it; name some in PLUMBLINE_REPOS (channels = [...])")


def _is_given(grants: Grants) -> Callable[[str], bool]:
    return lambda place: bool(grants.grants(place))


def _reached(audiences: Sequence[Audience], grants: Grants) -> Iterator[str]:
    """A line for each channel whose grants reach guests, people of other companies or whole roles, or would: what they may see when
    somebody asks who sees all that is given, and what is held back from all because of them."""
    nobody = Author("nobody", "nobody")
    for one in audiences:
        strangers = ", ".join(sorted({str(reader.kind) for reader in one.readers if reader.kind in STRANGERS}))
        who = one.who or strangers or ("another company" if one.kind in OUTSIDERS_READ else "")
        if not who:
            continue
        given = grants.grants(one.place)
        named = frozenset(name for grant in given for name in grant.people)
        facts = Facts(one.kind, PersonKind.MEMBER, named, readers=one.readers)
        decision = decide(facts, given, grants.channel_rules(one.place), nobody)
        seen, held = ", ".join(sorted(decision.visible)) or "nothing", ", ".join(sorted(decision.withheld)) or "nothing"
        yield f"{one.place} (#{one.name}), {one.kind}, is read by {who}: they may see {seen}; held back: {held}"
    yield from sorted({one.not_told for one in audiences if one.not_told})


async def _check_redis(settings: Settings, report: Report, stack: contextlib.AsyncExitStack) -> bool:
    """Whether a bot runs on the embedded one: then that is looked at, instead of a second one."""
    name, is_running = "Redis" if settings.redis_url else "Valkey (embedded)", False
    with report.of(name):
        url = settings.redis_url
        if url is None:
            embedded = EmbeddedValkey(settings.plumbline_data_dir / "valkey")
            is_running = await embedded.is_running()
            url = (embedded if is_running else await stack.enter_async_context(embedded)).url
        clients = await stack.enter_async_context(open_redis(url))
        report.add(name, await check_redis(clients.hot))
        if is_running:
            report.note("A bot runs in this data directory; its ports are its own.")
    return is_running
