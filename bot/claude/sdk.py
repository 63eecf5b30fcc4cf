"""The SDK's client for each engine: its own class with its own authentication, our transport, and none of its own retries.

What a cloud needs besides the SDK is loaded only where it is used, before the first question waits for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import anthropic

from bot.claude.engines import Engine
from bot.claude.traits import Kind
from bot.errors import ConfigError

ENTRA_SCOPE = "https://ai.azure.com/.default"
"""https://learn.microsoft.com/azure/foundry/foundry-models/how-to/use-foundry-models-claude."""

FRESH_SECONDS = 300
"""A token that ends earlier is asked for anew."""


def client_of(engine: Engine) -> anthropic.AsyncAnthropic:
    """Raises ConfigError with what is missing."""
    name = engine.traits.name
    if engine.missing:
        raise ConfigError(*(f"{setting} is not set; {name} needs it" for setting in engine.missing))
    # The transport takes half the processor time of the usual one. A key and a team's code go to the address that is set, not to where
    # that sends us: of the headers that hold a key, the library leaves out one alone on its way to another host.
    common: dict[str, Any] = {"max_retries": 0, "http_client": anthropic.DefaultAioHttpClient(follow_redirects=False)}
    if engine.base_url:
        common["base_url"] = engine.base_url
    if engine.traits.library and not engine.key:
        try:
            importlib.import_module(engine.traits.library)
        except ImportError:
            extra = engine.traits.extra
            raise ConfigError(f"{name} needs a library to find credentials: pip install 'plumbline[{extra}]'") from None
    try:
        made: anthropic.AsyncAnthropic = MAKERS[engine.kind](engine, common)
    except (anthropic.AnthropicError, ValueError, RuntimeError) as fault:
        raise ConfigError(f"{name} cannot be used: {fault}") from fault
    return made


def credential_faults(engine: Engine) -> tuple[type[BaseException], ...]:
    """What looking for credentials may raise, besides an answer of the service."""
    if engine.kind == "anthropic":
        return ()
    found: list[type[BaseException]] = [anthropic.AnthropicError, RuntimeError]
    for library, module, name in (
        ("boto3", "botocore.exceptions", "BotoCoreError"),
        ("google.auth", "google.auth.exceptions", "GoogleAuthError"),
        ("azure.identity", "azure.core.exceptions", "AzureError"),
    ):
        if engine.traits.library == library:
            with contextlib.suppress(ImportError):
                found.append(getattr(importlib.import_module(module), name))
    return tuple(found)


class Credential(Protocol):
    """As azure.identity.aio has them: entered for the time in which a token is asked for."""

    async def __aenter__(self) -> Any: ...
    async def __aexit__(self, *_: Any) -> Any: ...


class EntraTokens:
    """Microsoft Entra's tokens for Foundry, one for all who ask at once. `open_credential`: looks where Azure's own tools do, in the
    environment, the workload's or the machine's identity, the developer's tools. `now`: seconds since 1970."""

    def __init__(self, open_credential: Callable[[], Credential], now: Callable[[], float] = time.time) -> None:
        self._open_credential = open_credential
        self._now = now
        self._token, self._ends_at = "", 0.0
        self._lock = asyncio.Lock()

    async def __call__(self) -> str:
        async with self._lock:
            if self._now() > self._ends_at - FRESH_SECONDS:
                async with self._open_credential() as credential:
                    found = await credential.get_token(ENTRA_SCOPE)
                self._token, self._ends_at = found.token, found.expires_on
            return self._token


def _anthropic(engine: Engine, common: dict[str, Any]) -> Any:
    headers = {"x-api-key": engine.key} if engine.compat else {}
    return anthropic.AsyncAnthropic(api_key=engine.key, default_headers=headers, **common)


def _bedrock(engine: Engine, common: dict[str, Any]) -> Any:
    return anthropic.AsyncAnthropicBedrockMantle(api_key=engine.key or None, aws_region=engine.region, **common)


def _bedrock_runtime(engine: Engine, common: dict[str, Any]) -> Any:
    return anthropic.AsyncAnthropicBedrock(api_key=engine.key or None, aws_region=engine.region, **common)


def _aws(engine: Engine, common: dict[str, Any]) -> Any:
    own: dict[str, Any] = {"aws_region": engine.region, "workspace_id": engine.workspace}
    return anthropic.AsyncAnthropicAWS(api_key=engine.key or None, **own, **common)


def _vertex(engine: Engine, common: dict[str, Any]) -> Any:
    own: dict[str, Any] = {"region": engine.region, "project_id": engine.project}
    return anthropic.AsyncAnthropicVertex(access_token=engine.key or None, **own, **common)


def _google_cloud(engine: Engine, common: dict[str, Any]) -> Any:
    if engine.key:
        common["token_provider"] = lambda: engine.key
    own: dict[str, Any] = {
        "project": engine.project,
        "location": engine.region or None,
        "workspace_id": engine.workspace,
    }
    return anthropic.AsyncAnthropicGoogleCloud(**own, **common)


def _foundry(engine: Engine, common: dict[str, Any]) -> Any:
    own: dict[str, Any] = {} if engine.base_url else {"resource": engine.resource}
    if engine.key:
        return anthropic.AsyncAnthropicFoundry(api_key=engine.key, **own, **common)
    azure = importlib.import_module("azure.identity.aio")
    return anthropic.AsyncAnthropicFoundry(
        azure_ad_token_provider=EntraTokens(azure.DefaultAzureCredential), **own, **common
    )


MAKERS: Mapping[Kind, Callable[[Engine, dict[str, Any]], Any]] = {
    "anthropic": _anthropic,
    "bedrock": _bedrock,
    "bedrock-runtime": _bedrock_runtime,
    "aws": _aws,
    "vertex": _vertex,
    "google-cloud": _google_cloud,
    "foundry": _foundry,
}
