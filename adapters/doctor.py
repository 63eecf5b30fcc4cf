"""`plumbline check`: reaches every service that is configured; one line for each, good, or what is wrong and what to do."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence

from adapters import wiring
from bot.answering.policy import OUTSIDERS_READ, decide
from bot.capabilities.team_code.repositories import NoRepositories
from bot.conversation import Author
from bot.errors import BotError, ConfigError
from bot.ports.policy import GUESTS, Audience, Facts, Grants, PersonKind
from bot.settings import Settings
from storage.connections import check_redis, check_sql, open_redis, open_sql
from storage.embedded import EmbeddedValkey
from storage.migrations import check_schema, migrate

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

    @contextlib.contextmanager
    def of(self, name: str) -> Iterator[None]:
        """Around reaching a service: an error of ours becomes its line."""
        try:
            yield
        except ConfigError as fault:
            self.add(name, fault.faults)
        except BotError as fault:
            self.add(name, [str(fault)])


async def check(settings: Settings, say: Callable[[str], None]) -> int:
    """0 when all is good, 1 when something is not."""
    report = Report(say)
    settings.plumbline_data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    async with contextlib.AsyncExitStack() as stack:
        await _check_redis(settings, report, stack)
        engine = await stack.enter_async_context(open_sql(wiring.database_url(settings)))
        with report.of(name := "PostgreSQL" if settings.database_url else "SQLite (embedded)"):
            if not settings.database_url:
                await migrate(engine)
            report.add(name, await check_sql(engine) or await check_schema(engine))
        model = await stack.enter_async_context(wiring.open_model(settings))
        report.add("Claude", await model.check())
        library = None
        with report.of("Repositories"):
            library = wiring.library_of(settings)
            for state in await (library or NoRepositories()).states():
                report.add(f"Repository {state.name}", (state.fault,) if state.fault else ())
        for door in wiring.doors(settings):
            with report.of(door.name.capitalize()):
                if not door.is_chat:
                    continue
                faults = await door.check()
                report.add(door.name.capitalize(), faults)
                if library and not faults:
                    for line in _reached(await door.audiences(_is_given(library)), library):
                        say(f"· {line}")
    return report.exit_code


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


async def _check_redis(settings: Settings, report: Report, stack: contextlib.AsyncExitStack) -> None:
    name = "Redis" if settings.redis_url else "Valkey (embedded)"
    with report.of(name):
        url = settings.redis_url
        if url is None:
            url = (await stack.enter_async_context(EmbeddedValkey(settings.plumbline_data_dir / "valkey"))).url
        clients = await stack.enter_async_context(open_redis(url))
        report.add(name, await check_redis(clients.hot))
