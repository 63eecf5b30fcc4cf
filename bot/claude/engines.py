"""One door to Claude as it is set: Anthropic's own service, a gateway or private engine that speaks its Messages API, or a cloud.

What each can do: traits.py. Its client: sdk.py.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from bot.claude import models
from bot.claude.traits import SETTINGS, TRAITS, Kind, Traits

PROFILE = re.compile(r"(?:[a-z-]+\.)?anthropic\.(?=claude-)")
"""What Amazon writes before a model's name: https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html."""


@dataclass(frozen=True, slots=True)
class Engine:
    """One door. `compat`: ask only for what private engines understand. `base_url` takes the place of the service's own address; a
    cloud without a `key` looks for credentials where its own tools do. `profile`: what Amazon calls models by, as `eu.anthropic.`."""

    kind: Kind = "anthropic"
    key: str = ""
    base_url: str | None = None
    compat: bool = False
    region: str = ""
    project: str = ""
    workspace: str = ""
    resource: str = ""
    profile: str = ""

    @property
    def traits(self) -> Traits:
        return TRAITS[self.kind]

    @property
    def missing(self) -> list[str]:
        """Settings that it needs and does not have; a resource is only a part of an address."""
        needs = [need for need in self.traits.needs if not (need == "resource" and self.base_url)]
        return [SETTINGS[self.kind, need][0] for need in needs if not getattr(self, need)]

    @property
    def is_gateway(self) -> bool:
        """Whether somebody else stands between us and Anthropic's own service."""
        return self.kind == "anthropic" and bool(self.base_url)

    def model(self, model: str) -> str:
        """The model's name at this door. What is spelt for another door is asked for by its plain name; gateways have names of their
        own, and what is no name of a model (an ARN) stays."""
        if self.is_gateway:
            return model
        if self.traits.prefix:
            if PROFILE.match(model) or not models.plain(model):
                return model
            return f"{self.profile or self.traits.prefix}{model if _is_bare(model) else models.plain(model)}"
        is_own = _is_bare(model) or (self.kind == "vertex" and "@" in model)
        return model if is_own else models.plain(model) or model

    def priced(self, model: str) -> str:
        """By which name it is paid for: at a cloud's door all is Claude, also what has a name of its own (a deployment, an ARN)."""
        return model if self.is_gateway or models.plain(model) else models.UNKNOWN

    def described(self) -> list[str]:
        """What an operator should know of it before the team's code goes there, a line for each."""
        if self.is_gateway:
            lacks = "prompt caching, thinking, strict tools" if self.compat else "whatever it does not pass on"
            return [
                f"{_shown(self.base_url)}: whoever runs it processes the questions, where and what is kept is theirs to say",
                f"{_shown(self.base_url)}: lacks {lacks}; prices are Anthropic's own, and nothing for what is no Claude",
            ]
        traits = self.traits
        by = f" by way of {_shown(self.base_url)}" if self.base_url else ""
        asked = f"asked in {self.region}{by}; " if self.region else f"asked{by}; " if by else ""
        return [
            f"{traits.name}: {traits.processor} processes the questions ({asked}{traits.where})",
            f"{traits.name}: keeps {traits.kept}; lacks {', '.join(traits.missing) or 'nothing that is used here'}",
        ]


def _is_bare(model: str) -> bool:
    return model.startswith("claude-") and "@" not in model


def _shown(url: str | None) -> str:
    """An address without what may be secret in it."""
    parts = urlsplit(url or "")
    return f"{parts.scheme}://{parts.hostname}{f':{parts.port}' if parts.port else ''}{parts.path}"


def of(kind: Kind, named: Mapping[str, str], *, compat: bool = False, model: str = "") -> Engine:
    """The engine of a kind as it is set: `named` are settings by their names, those of the environment come after them. `model`: the
    one that is set; where it is spelt with a profile of Amazon's, all models are asked for by that."""

    def value(names: tuple[str, ...]) -> str:
        return next((found for name in names if (found := named.get(name) or os.environ.get(name, ""))), "")

    own: dict[str, Any] = {field: value(names) for (one, field), names in SETTINGS.items() if one == kind}
    own["base_url"] = own["base_url"] or None
    profile = PROFILE.match(model)
    return Engine(kind, compat=compat and kind == "anthropic", profile=profile[0] if profile else "", **own)
