"""Builds the whole bot from its settings: the only file that knows everybody. Nobody imports it but cli.py and doctor.py.

Dependencies are constructor arguments, given once, here; nothing is set after it is built. Rooms that a configuration does not use are
not even imported: together they take as much memory as a hundred answers.
"""

from __future__ import annotations

import contextlib
import getpass
import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from adapters import discord, slack, web
from adapters.checks import CountedChecks, environments, open_checks
from adapters.doors import Around, Entrance, secret
from adapters.engines import open_model
from adapters.eyes import Eyes
from adapters.grounds import RepositoryGrounds
from adapters.house import House
from adapters.metrics import Metrics
from adapters.roles import Role, rehearses, warnings
from adapters.sharing import keep_sharing
from adapters.starting import Say, announce, look_at
from adapters.stores import Stores, clock, described, open_stores
from adapters.traces import Traces
from adapters.web.threads import thread_at
from adapters.worker import Worker
from bot.answering import agent_file
from bot.answering.assistant import Assistant
from bot.answering.budgets import DailyBudgets
from bot.answering.ledger import Ledger
from bot.answering.policy import HousePolicy
from bot.answering.prompt import PromptBuilder
from bot.capabilities.checks.checking import Checker
from bot.capabilities.checks.checks import Checks
from bot.capabilities.checks.log import CheckLog
from bot.capabilities.seen_links import SeenLinks
from bot.capabilities.team_code.repositories import NoRepositories, Repositories
from bot.capabilities.team_code.team_code import TeamCode
from bot.capability import Capability
from bot.claude import models
from bot.claude.client import tool_definitions
from bot.conversation import Author
from bot.errors import ConfigError
from bot.front_desk.commands import Commands
from bot.front_desk.desk import FrontDesk
from bot.front_desk.discretion import DiscreetDesk, Discretion
from bot.front_desk.recall import RecallingDesk
from bot.ports.doors import Desk, Platform
from bot.ports.model import Model
from bot.ports.policy import NoGrants, Policy, Rights
from bot.ports.stores import ChannelSettingsStore
from bot.settings import Settings
from storage.migrations import newest
from storage.shared_states import TheirRepositories

if TYPE_CHECKING:
    from adapters.console import Console
    from storage.repos.library import Library

log = logging.getLogger(__name__)

PLATFORMS: Sequence[Callable[[Settings], Entrance | None]] = (slack.build, discord.build, web.build)
"""Each platform by its folder."""


@contextlib.asynccontextmanager
async def build(
    settings: Settings, role: Role, say: Say, take_key: Callable[[str], Awaitable[Sequence[str]]] | None = None
) -> AsyncIterator[House]:
    """The bot for a role. Raises ConfigError or StoreUnavailable with what is wrong. `take_key`: where a key is missed, what does with
    one that is given on the page."""
    library, metrics = library_of(settings), Metrics()
    say(f"Opening {described(settings)} …")
    async with (
        open_traces(settings) as traces,
        open_stores(settings, role) as stores,
        open_model(settings, clock, metrics) as model,
        open_checks(settings, library) as checks,
    ):
        repositories: Repositories = library or NoRepositories()
        if library and role == "gateway":
            repositories = TheirRepositories(library, stores.states)
        own = partial(_own_rights, _policy(settings, stores, {}, library), stores.channels)
        around = _around(settings, role, stores, repositories, metrics, say, own, take_key)
        open_doors = doors(settings)
        platforms = {door.name: door.open(around) for door in open_doors}
        policy = _policy(settings, stores, platforms, library)
        joining = capabilities(settings, stores, repositories, checks.checker, CountedChecks(stores.checks, metrics))
        desk = traces.desk(_desk(settings, stores, policy, joining, role, platforms))
        adapters = [one for door in open_doors if role != "worker" and (one := door.listen(desk, around))]
        worker = (
            None if role == "gateway" else _worker(settings, stores, policy, joining, platforms, model, metrics, traces)
        )
        announce(around, open_doors, warnings(role, settings), settings.plumbline_repos)
        tells = partial(environments, settings)
        eyes = Eyes(metrics, stores.inbox, stores.usage, stores.presence, repositories, newest(), tells)
        health = eyes.page(settings, role, adapters)
        kept = [*_keepers(settings, library), *checks.keepers] if library and role != "gateway" else []
        if library and role != "gateway":
            kept.append(partial(stores.states.keep_telling, library))
        if role != "gateway" and not model.is_rehearsal:
            kept.append(partial(look_at, model, say))
        kept.append(partial(keep_sharing, stores.presence, list(platforms.values())))
        kept += [stores.usage.run, stores.presence.run]
        chats = [door.name for door in open_doors if door.is_chat]
        yield House(adapters, worker, health, list(platforms.values()), kept, chats, metrics.platform_shut)


@contextlib.asynccontextmanager
async def open_traces(settings: Settings) -> AsyncIterator[Traces]:
    """What was traced is sent before it closes. Raises ConfigError where OpenTelemetry's packages are not there."""
    traces = Traces()
    if endpoint := settings.otel_exporter_otlp_endpoint:
        try:
            from adapters.otel import OpenTelemetry
        except ImportError as fault:
            raise ConfigError(
                f"OTEL_EXPORTER_OTLP_ENDPOINT is set, and {fault.name} is not installed: pip install 'plumbline[otel]'"
            ) from fault
        traces = OpenTelemetry(endpoint)
    try:
        yield traces
    finally:
        await traces.close()


@contextlib.asynccontextmanager
async def build_console(settings: Settings) -> AsyncIterator[tuple[Console, House]]:
    """The same bot with a terminal for its only door."""
    library = library_of(settings)
    async with (
        open_stores(settings, "all") as stores,
        open_model(settings, clock) as model,
        open_checks(settings, library) as checks,
    ):
        from adapters.console import Console, ConsolePlatform

        platform = ConsolePlatform()
        policy = _policy(settings, stores, {platform.name: platform}, library)
        joining = capabilities(settings, stores, library or NoRepositories(), checks.checker)
        desk = _desk(settings, stores, policy, joining, "all", {})
        own_name = settings.plumbline_name
        console = Console(desk, platform, name=_person(), own_name=own_name, rehearsal=model.is_rehearsal)
        worker = _worker(settings, stores, policy, joining, {platform.name: platform}, model, Metrics())
        keepers = [stores.usage.run, stores.presence.run, *([library.run] if library else [])]
        yield console, House([], worker, None, [platform], keepers)


def _policy(
    settings: Settings, stores: Stores, platforms: Mapping[str, Platform], library: Library | None
) -> HousePolicy:
    budgets = DailyBudgets(
        stores.usage,
        round(settings.plumbline_user_budget_usd * 1_000_000),
        round(settings.plumbline_channel_budget_usd * 1_000_000),
        stores.marks,
    )
    limit = settings.plumbline_look_up_seconds
    return HousePolicy(settings.admins, budgets, clock, platforms, library or NoGrants(), limit)


def capabilities(
    settings: Settings,
    stores: Stores,
    repositories: Repositories,
    checker: Checker | None = None,
    counted: CheckLog | None = None,
) -> Sequence[Capability]:
    """What joins every answer, a line each; text is reviewed in this order."""
    grounds = RepositoryGrounds(repositories, stores.pins)
    checks = (Checks(checker, grounds, counted or stores.checks, stores.channels),) if checker else ()
    return (
        TeamCode(repositories, stores.pins, stores.channels),
        *checks,
        SeenLinks(settings.plumbline_link_hosts.split(",")),
    )


def _desk(
    settings: Settings,
    stores: Stores,
    policy: Policy,
    capabilities: Sequence[Capability],
    role: Role,
    platforms: Mapping[str, Platform],
) -> Desk:
    commands = Commands(
        stores.inbox, stores.history, stores.usage, stores.channels, policy, models.known, capabilities, clock
    )
    presses = {action: pressed for one in capabilities for action, pressed in one.presses().items()}
    presence = stores.presence if role == "gateway" else None
    desk = FrontDesk(
        stores.inbox,
        stores.history,
        stores.copies,
        stores.channels,
        commands,
        stores.feedback,
        clock,
        presses,
        presence,
    )
    days = settings.plumbline_history_days
    recalling = RecallingDesk(desk, stores.inbox, stores.attendance, platforms, clock, days)
    return DiscreetDesk(recalling, stores.inbox, Discretion(stores.channels))


def _worker(
    settings: Settings,
    stores: Stores,
    policy: Policy,
    capabilities: Sequence[Capability],
    platforms: dict[str, Platform],
    model: Model,
    metrics: Metrics,
    traces: Traces | None = None,
) -> Worker:
    compat = settings.plumbline_claude_profile == "compat"
    builder = PromptBuilder(
        agent_file.load(settings.plumbline_agent),
        secret_of(settings),
        model=settings.plumbline_model,
        effort=settings.plumbline_effort,
        capabilities=capabilities,
        write_tools=partial(tool_definitions, compat=compat),
    )
    assistant = Assistant(
        model,
        stores.history,
        stores.copies,
        stores.progress,
        Ledger(stores.usage, stores.usage, clock),
        stores.channels,
        policy,
        builder,
        capabilities,
        clock,
        answers_bots=settings.plumbline_answer_bots,
        attendance=stores.attendance,
    )
    return Worker(stores.inbox, stores.outbox, assistant, platforms, metrics, clock, settings.plumbline_slots, traces)


def secret_of(settings: Settings) -> bytes:
    """The envelope's key: as set, or made once in the data directory."""
    if settings.plumbline_secret:
        return settings.plumbline_secret.get_secret_value().encode()
    path = settings.plumbline_data_dir / "envelope.key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32))
    return path.read_text().strip().encode()


def library_of(settings: Settings) -> Library | None:
    """The declared repositories; None where there are none, for libgit2 and the grammars take 20 MB."""
    if not (settings.plumbline_repos or settings.plumbline_checkouts):
        return None
    from adapters.repositories import open_library

    return open_library(settings)


def preload(settings: Settings) -> None:
    """Import what processes with these settings use, before they are forked."""
    doors(settings)
    library_of(settings)


def doors(settings: Settings) -> list[Entrance]:
    """The platforms that are switched on."""
    return [door for build_door in PLATFORMS if (door := build_door(settings))]


def _around(
    settings: Settings,
    role: Role,
    stores: Stores,
    repositories: Repositories,
    metrics: Metrics,
    say: Say,
    rights: Callable[[Author], Awaitable[Rights]],
    take_key: Callable[[str], Awaitable[Sequence[str]]] | None,
) -> Around:
    return Around(
        stores.board,
        stores.feedback,
        stores.attendance,
        stores.marks,
        repositories,
        metrics,
        _person(),
        rehearses(role, settings),
        settings.redis_url is None,
        say,
        stores.usage,
        rights,
        partial(environments, settings),
        take_key,
    )


async def _own_rights(policy: HousePolicy, channels: ChannelSettingsStore, person: Author) -> Rights:
    """What somebody may do on the page, as a turn of theirs there would be decided: nobody has to be asked for it."""
    thread = thread_at("any")
    return await policy.decide(person, thread, await channels.get(thread.place), quietly=True)


def _person() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "you"


def _keepers(settings: Settings, library: Library) -> list[Callable[[], Coroutine[Any, Any, None]]]:
    """What keeps the repositories up to date: the rhythm, and the webhook where it is switched on."""
    if not settings.plumbline_hook_port:
        return [library.run]
    signed_with = secret(settings.plumbline_hook_secret)
    if not signed_with:
        raise ConfigError(*["PLUMBLINE_HOOK_SECRET is not set; webhooks that nobody signed are not listened to"])
    from adapters.hooks import PushHooks

    hooks = PushHooks(settings.plumbline_hook_host, settings.plumbline_hook_port, signed_with, library.pushed)
    return [library.run, hooks.run]
