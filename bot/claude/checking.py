"""What `plumbline check` says of an engine: whether it is reached, takes our credentials, and has the model."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import anthropic

from bot.claude import models
from bot.claude.engines import Engine
from bot.claude.faults import FAULTS

KEYS = {"anthropic": "ANTHROPIC_API_KEY starts with sk-ant- (console.anthropic.com, API keys)"}


async def check(client: anthropic.AsyncAnthropic, engine: Engine, model: str) -> Sequence[str]:
    """One line for each thing that is wrong. Where there is no list of models, a question of one token is asked."""
    called = engine.model(model)
    try:
        lifecycle, retires_at = await _looked_up(client, engine, called)
    except anthropic.AuthenticationError:
        return (f"the key is not accepted; {KEYS.get(engine.kind, 'see the credentials of ' + engine.traits.name)}",)
    except anthropic.PermissionDeniedError:
        return ("the key may not use this model; check its workspace, or the access to the model",)
    except anthropic.NotFoundError:
        return (f"there is no model {called}; set PLUMBLINE_MODEL to sonnet, opus, haiku, or an exact id",)
    except FAULTS + engine.credential_faults() as raised:
        return (f"cannot be reached ({_named(raised)}); check the network and {_address(engine)}",)
    return _lifecycle(model, lifecycle, retires_at)


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


def _named(raised: BaseException) -> str:
    status = f" {raised.status_code}" if isinstance(raised, anthropic.APIStatusError) else ""
    return f"{type(raised).__name__}{status}"


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
