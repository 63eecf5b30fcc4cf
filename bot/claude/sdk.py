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


CLASSES: Mapping[Kind, tuple[str, Mapping[str, str]]] = {
    "anthropic": ("AsyncAnthropic", {"key": "api_key"}),
    "bedrock": ("AsyncAnthropicBedrockMantle", {"key": "api_key", "region": "aws_region"}),
    "bedrock-runtime": ("AsyncAnthropicBedrock", {"key": "api_key", "region": "aws_region"}),
    "aws": ("AsyncAnthropicAWS", {"key": "api_key", "region": "aws_region", "workspace": "workspace_id"}),
    "vertex": ("AsyncAnthropicVertex", {"key": "access_token", "region": "region", "project": "project_id"}),
    "google-cloud": ("AsyncAnthropicGoogleCloud", {"region": "location", "project": "project", "workspace": "workspace_id"}),
    "foundry": ("AsyncAnthropicFoundry", {"key": "api_key", "resource": "resource"}),
}  # fmt: skip
"""The class of each door, and what it calls that which an engine has."""


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
        made: anthropic.AsyncAnthropic = getattr(anthropic, CLASSES[engine.kind][0])(**common, **_own(engine))
    except (anthropic.AnthropicError, ValueError, RuntimeError) as fault:
        raise ConfigError(f"{name} cannot be used: {fault}") from fault
    return made


def _own(engine: Engine) -> dict[str, Any]:
    """What is its door's alone."""
    own: dict[str, Any] = {name: getattr(engine, field) or None for field, name in CLASSES[engine.kind][1].items()}
    if engine.compat:
        own["default_headers"] = {"x-api-key": engine.key}
    if engine.kind == "google-cloud" and engine.key:
        own["token_provider"] = lambda: engine.key
    if engine.kind == "foundry" and engine.base_url:
        own["resource"] = None
    if engine.kind == "foundry" and not engine.key:
        azure = importlib.import_module("azure.identity.aio")
        own["azure_ad_token_provider"] = EntraTokens(azure.DefaultAzureCredential)
    return own


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
