"""Which doors to Claude the settings open."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from difflib import get_close_matches

from adapters.metrics import Metrics
from bot.answering import agent_file
from bot.answering.rehearsal import Rehearsal
from bot.claude import models
from bot.claude.client import Claude
from bot.claude.engines import Engine
from bot.claude.engines import of as engine_of
from bot.claude.failover import IMPATIENT, Engines
from bot.claude.traits import KINDS
from bot.errors import ConfigError
from bot.ports import Clock
from bot.ports.model import Model
from bot.settings import Settings


@contextlib.asynccontextmanager
async def open_model(settings: Settings, clock: Clock, metrics: Metrics | None = None) -> AsyncIterator[Model]:
    """Claude, by the doors that are set; a stand-in where there is no key. Raises ConfigError."""
    metrics = metrics or Metrics()
    if not settings.can_ask_claude:
        yield Rehearsal()
        return
    found, model = chosen(settings)
    claudes = [
        Claude(
            engine=one,
            clock=clock,
            model=model,
            max_tokens=settings.plumbline_max_tokens,
            on_error=metrics.model_failed,
            **({} if one is found[-1] else IMPATIENT),
        )
        for one in found
    ]
    metrics.watch_breaker(lambda: all(one.is_overloaded for one in claudes))
    claude = Engines(claudes) if len(claudes) > 1 else claudes[0]
    try:
        yield claude
    finally:
        await claude.close()


def chosen(settings: Settings) -> tuple[list[Engine], str]:
    """The doors to Claude and its model, as they are set. Raises ConfigError."""
    found = engines_of(settings)
    model = models.exact(settings.plumbline_model or agent_file.load(settings.plumbline_agent).model)
    if not models.plain(model) and any(one.kind == "anthropic" and not one.is_gateway for one in found):
        raise ConfigError(_no_model(settings, model))
    return found, model


def _no_model(settings: Settings, model: str) -> str:
    where = "PLUMBLINE_MODEL" if settings.plumbline_model else f"model in {settings.plumbline_agent}"
    meant = get_close_matches(model.lower(), models.ALIASES, 1)
    return f"{where}: there is no Claude called {model}; " + (
        f"did you mean {meant[0]}?" if meant else f"name sonnet, opus, haiku, or an exact id such as {models.DEFAULT}"
    )


def engines_of(settings: Settings) -> list[Engine]:
    """The doors to Claude, as they are set. Raises ConfigError with what each of them lacks."""
    unknown = [name for name in settings.engines if name not in KINDS]
    faults = [f"PLUMBLINE_ENGINES: there is no engine {name}; there are {', '.join(KINDS)}" for name in unknown]
    compat, model = settings.plumbline_claude_profile == "compat", settings.plumbline_model
    names = dict.fromkeys(settings.engines)
    found = [engine_of(name, settings.plain, compat=compat, model=model) for name in names if name in KINDS]
    faults += [f"{name} is not set; {one.traits.name} needs it" for one in found for name in one.missing]
    if faults:
        raise ConfigError(*faults)
    return found
