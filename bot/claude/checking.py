"""What `plumbline check` says of an engine: whether it is reached, takes our credentials, and has the model."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import anthropic

from bot.claude import models
from bot.claude.engines import Engine
from bot.claude.faults import BUSY, FAULTS, meant, words
from bot.claude.sdk import credential_faults
from bot.logs import mask
from bot.reasons import MOST_CHARACTERS, first_line, reason

PROBE_SENTENCES = 900
"""More than the longest prompt that a model of ours does not keep, 4,096 tokens."""

CHECK_SECONDS = 20
"""For one look: a host or a proxy that takes the connection and says nothing is away."""

PROXIES = ("HTTPS_PROXY", "ALL_PROXY")

KEYS = {"anthropic": "ANTHROPIC_API_KEY starts with sk-ant- (console.anthropic.com, API keys)"}


async def check(client: anthropic.AsyncAnthropic, engine: Engine, model: str) -> Sequence[str]:
    """One line for each thing that is wrong. Where there is no list of models, a question of one token is asked."""
    called = engine.model(model)
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            lifecycle, retires_at = await _looked_up(client, engine, called)
    except anthropic.APIStatusError as raised:
        return (_answered(raised, called, engine),)
    except FAULTS as raised:
        through = "".join(f", {name}" for name in PROXIES if os.environ.get(name) or os.environ.get(name.lower()))
        return (f"cannot be reached ({reason(raised)}); check the network{through} and {_address(engine)}",)
    except credential_faults(engine) as raised:
        return (f"no credentials are found ({first_line(raised)}); see docs/operations.md, Engines",)
    return _lifecycle(model, lifecycle, retires_at)


async def caches(client: anthropic.AsyncAnthropic, engine: Engine, model: str) -> bool:
    """Whether prompts are kept: asked twice for a word, the second time it is read from the cache. It costs about two cents.

    Of gateways alone: several versions of LiteLLM lost the marks on their way, and answered all the same.
    """
    text = f"This text is here to be kept. {time.time_ns()}. " + "It says nothing that matters. " * PROBE_SENTENCES
    system: Any = [{"type": "text", "text": text, "cache_control": {"type": "ephemeral"}}]
    one: Any = {"role": "user", "content": "ping"}
    read = 0
    for _ in range(2):
        made = await client.messages.create(model=engine.model(model), max_tokens=1, system=system, messages=[one])
        read = getattr(made.usage, "cache_read_input_tokens", 0) or 0
    return read > 0


async def _looked_up(client: anthropic.AsyncAnthropic, engine: Engine, called: str) -> tuple[str, Any]:
    """A model's lifecycle and end; of a gateway that has no such list, whether it answers."""
    if not engine.compat and engine.traits.has_models:
        try:
            known = await client.models.retrieve(called)
            return str(getattr(known, "lifecycle", "") or ""), getattr(known, "retires_at", None)
        except anthropic.NotFoundError:
            if not engine.base_url:
                raise
    one: Any = {"role": "user", "content": "ping"}
    await client.messages.create(model=called, max_tokens=1, messages=[one])
    return "", None


def _answered(raised: anthropic.APIStatusError, called: str, engine: Engine) -> str:
    """It was reached, and does not do what we ask: why, in its own words."""
    own = mask(words(raised))  # some say the key again
    said, status = f" ({own})" if own else "", meant(raised)
    if status == 401:
        return f"the key is not accepted{said}; {KEYS.get(engine.kind, 'see the credentials of ' + engine.traits.name)}"
    if status == 403:
        return f"the key may not use {called}{said}; check its workspace or rights, and the access to the model"
    if status == 404 or (status in (400, 422) and "model" in own.lower()):
        return (
            f"there is no model {called}{said}; set PLUMBLINE_MODEL to sonnet, opus, haiku, or an exact id that it has"
        )
    if status in BUSY:
        return f"is overloaded or limits us{said}; try again in a minute"
    if place := raised.response.headers.get("location"):
        return f"sends us on to {place[:MOST_CHARACTERS]}, where nothing of yours is sent; check {_address(engine)}"
    return f"answers with {raised.status_code}{said}; check {_address(engine)}"


def _address(engine: Engine) -> str:
    return "ANTHROPIC_BASE_URL" if engine.kind == "anthropic" else f"the settings of {engine.traits.name}"


def _lifecycle(model: str, lifecycle: str, retires_at: Any) -> Sequence[str]:
    end = retires_at.date() if isinstance(retires_at, datetime) else models.ending(model)
    if lifecycle == "retired":
        return (f"{model} is retired; set PLUMBLINE_MODEL to sonnet, opus or haiku",)
    if lifecycle == "deprecated" or end:
        when = f" and ends on {end.isoformat()}" if end else ""
        return (f"{model} is deprecated{when}; set PLUMBLINE_MODEL to sonnet, opus or haiku",)
    return ()
