"""The doors to Claude: Anthropic's own service, a gateway or private engine that speaks its Messages API, and the clouds, each through
the SDK's own class with its own authentication.

What each can do is from the installed SDK (anthropic 2.12, lib/) and the vendors' pages. What a cloud needs besides the SDK
(`anthropic[bedrock]`, `anthropic[vertex]`) is loaded only where it is used.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import anthropic

from bot.errors import ConfigError

Kind = Literal["anthropic", "bedrock", "bedrock-runtime", "aws", "vertex", "google-cloud", "foundry"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Traits:
    """`processor`: whose machines see the questions. `has_models`: it can be asked about a model without paying for an answer.
    `hour_marks`: it keeps a prompt for an hour where that is asked for. `prefix`: before a model's own name."""

    name: str
    processor: str
    has_models: bool
    hour_marks: bool = True
    prefix: str = ""
    library: str = ""
    """What it needs where no key is given, to find credentials by itself."""

    needs: tuple[str, ...] = ()
    """Settings without which it cannot be, as fields of Engine."""


TRAITS: Mapping[Kind, Traits] = {
    "anthropic": Traits("Anthropic", "Anthropic", has_models=True, needs=("key",)),
    "bedrock": Traits(
        "Amazon Bedrock", "Amazon", has_models=False, hour_marks=False, prefix="anthropic.", library="boto3", needs=("region",)
    ),
    "bedrock-runtime": Traits(
        "Amazon Bedrock (runtime)", "Amazon", has_models=False, hour_marks=False, prefix="anthropic.", library="boto3",
        needs=("region",),
    ),
    "aws": Traits("Claude on AWS", "Anthropic", has_models=True, library="boto3", needs=("region", "workspace")),
    "vertex": Traits("Google Vertex AI", "Google", has_models=False, library="google.auth", needs=("region", "project")),
    "google-cloud": Traits(
        "Claude on Google Cloud", "Anthropic", has_models=True, library="google.auth", needs=("project", "workspace")
    ),
    "foundry": Traits("Microsoft Foundry", "Anthropic, sold by Microsoft", has_models=False, needs=("resource", "key")),
}  # fmt: skip

SETTINGS: Mapping[tuple[Kind, str], str] = {
    ("anthropic", "key"): "ANTHROPIC_API_KEY",
    ("bedrock", "region"): "AWS_REGION",
    ("bedrock-runtime", "region"): "AWS_REGION",
    ("aws", "region"): "AWS_REGION",
    ("aws", "workspace"): "ANTHROPIC_AWS_WORKSPACE_ID",
    ("vertex", "region"): "CLOUD_ML_REGION",
    ("vertex", "project"): "ANTHROPIC_VERTEX_PROJECT_ID",
    ("google-cloud", "project"): "ANTHROPIC_GOOGLE_CLOUD_PROJECT",
    ("google-cloud", "workspace"): "ANTHROPIC_GOOGLE_CLOUD_WORKSPACE_ID",
    ("foundry", "resource"): "ANTHROPIC_FOUNDRY_RESOURCE",
    ("foundry", "key"): "ANTHROPIC_FOUNDRY_API_KEY",
}
"""The names that the SDK gives them."""


@dataclass(frozen=True, slots=True)
class Engine:
    """One door. `compat`: ask only for what private engines understand. `base_url` takes the place of the service's own address; a
    cloud without a `key` looks for credentials where its own tools do."""

    kind: Kind = "anthropic"
    key: str = ""
    base_url: str | None = None
    compat: bool = False
    region: str = ""
    project: str = ""
    workspace: str = ""
    resource: str = ""

    @property
    def traits(self) -> Traits:
        return TRAITS[self.kind]

    @property
    def missing(self) -> list[str]:
        """Settings that it needs and does not have."""
        return [SETTINGS[self.kind, need] for need in self.traits.needs if not getattr(self, need)]

    def model(self, model: str) -> str:
        """The model's name at this door: what is spelt for a door already stays."""
        return f"{self.traits.prefix}{model}" if model.startswith("claude-") else model

    def described(self) -> list[str]:
        """What an operator should know of it before the team's code goes there."""
        traits = self.traits
        where = f" in {self.region}" if self.region else ""
        if self.base_url and self.kind == "anthropic":
            return [f"{self.base_url}: whoever runs it processes the questions; prices are Anthropic's own"]
        lacks = [
            *([] if traits.has_models else ["no list of models, so a check asks a question of one token"]),
            *([] if traits.hour_marks else ["prompts are kept for five minutes, not for an hour"]),
        ]
        kept = "what is kept, and for how long, stands in your agreement with it"
        return [f"{traits.name}: {traits.processor} processes the questions{where}; {'; '.join([*lacks, kept])}"]

    def client(self) -> anthropic.AsyncAnthropic:
        """The SDK's client, with our transport and without its own retries. Raises ConfigError with what is missing."""
        if self.missing:
            raise ConfigError(*(f"{name} is not set; {self.traits.name} needs it" for name in self.missing))
        # The transport takes half the processor time of the usual one.
        common: dict[str, Any] = {"max_retries": 0, "http_client": anthropic.DefaultAioHttpClient()}
        if self.base_url:
            common["base_url"] = self.base_url
        if self.traits.library and not self.key and importlib.util.find_spec(self.traits.library.split(".")[0]) is None:
            library = {"boto3": "bedrock", "google.auth": "vertex"}[self.traits.library]
            raise ConfigError(
                f"{self.traits.name} needs a library to find credentials: pip install 'anthropic[{library}]'"
            )
        try:
            made: anthropic.AsyncAnthropic = MAKERS[self.kind](self, common)
        except (anthropic.AnthropicError, ValueError, RuntimeError) as fault:
            raise ConfigError(f"{self.traits.name} cannot be used: {fault}") from fault
        return made

    def credential_faults(self) -> tuple[type[BaseException], ...]:
        """What looking for credentials may raise, besides an answer of the service."""
        found: list[type[BaseException]] = [anthropic.AnthropicError, RuntimeError]
        with contextlib.suppress(ImportError):
            if self.traits.library == "boto3":
                found.append(importlib.import_module("botocore.exceptions").BotoCoreError)
            if self.traits.library == "google.auth":
                found.append(importlib.import_module("google.auth.exceptions").GoogleAuthError)
        return tuple(found) if self.kind != "anthropic" else ()


def _anthropic(engine: Engine, common: dict[str, Any]) -> Any:
    headers = {"x-api-key": engine.key} if engine.compat else {}
    return anthropic.AsyncAnthropic(api_key=engine.key, default_headers=headers, **common)


def _bedrock(engine: Engine, common: dict[str, Any]) -> Any:
    return anthropic.AsyncAnthropicBedrockMantle(api_key=engine.key or None, aws_region=engine.region or None, **common)


def _bedrock_runtime(engine: Engine, common: dict[str, Any]) -> Any:
    return anthropic.AsyncAnthropicBedrock(api_key=engine.key or None, aws_region=engine.region or None, **common)


def _aws(engine: Engine, common: dict[str, Any]) -> Any:
    return anthropic.AsyncAnthropicAWS(
        api_key=engine.key or None, aws_region=engine.region or None, workspace_id=engine.workspace, **common
    )


def _vertex(engine: Engine, common: dict[str, Any]) -> Any:
    return anthropic.AsyncAnthropicVertex(
        region=engine.region, project_id=engine.project, access_token=engine.key or None, **common
    )


def _google_cloud(engine: Engine, common: dict[str, Any]) -> Any:
    if engine.key:
        common["token_provider"] = lambda: engine.key
    return anthropic.AsyncAnthropicGoogleCloud(
        project=engine.project, location=engine.region or None, workspace_id=engine.workspace, **common
    )


def _foundry(engine: Engine, common: dict[str, Any]) -> Any:
    if not engine.base_url:
        common["resource"] = engine.resource
    return anthropic.AsyncAnthropicFoundry(api_key=engine.key, **common)


MAKERS: Mapping[Kind, Callable[[Engine, dict[str, Any]], Any]] = {
    "anthropic": _anthropic,
    "bedrock": _bedrock,
    "bedrock-runtime": _bedrock_runtime,
    "aws": _aws,
    "vertex": _vertex,
    "google-cloud": _google_cloud,
    "foundry": _foundry,
}


def of(kind: Kind, named: Mapping[str, str], *, compat: bool = False) -> Engine:
    """The engine of a kind as it is set: `named` are settings by their names, those of the environment come after them."""

    def value(name: str) -> str:
        return named.get(name) or os.environ.get(name, "")

    own: dict[str, Any] = {field: value(name) for (one, field), name in SETTINGS.items() if one == kind}
    match kind:
        case "anthropic":
            return Engine(kind, value("ANTHROPIC_API_KEY"), value("ANTHROPIC_BASE_URL") or None, compat)
        case "bedrock" | "bedrock-runtime":
            own["key"] = value("AWS_BEARER_TOKEN_BEDROCK")
        case "google-cloud":
            own["region"] = value("ANTHROPIC_GOOGLE_CLOUD_LOCATION")
    return replace(Engine(kind), **own)
