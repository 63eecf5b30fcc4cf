"""What each door to Claude is: who processes what is asked there, where, what is kept of it, and which of our features it lacks.

From the installed SDK (anthropic 2.14, lib/) and the vendors' pages, read on 2026-11-27:
https://platform.claude.com/docs/en/manage-claude/api-and-data-retention (who processes; what Anthropic keeps),
https://docs.aws.amazon.com/bedrock/latest/userguide/data-retention.html and
https://docs.aws.amazon.com/claude-platform/latest/userguide/data-residency.html.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

Kind = Literal["anthropic", "bedrock", "bedrock-runtime", "aws", "vertex", "google-cloud", "foundry"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Traits:
    """`processor`: whose machines see the questions; `where`: what an operator should know of the place; `kept`: how long."""

    name: str
    processor: str
    where: str
    kept: str
    has_models: bool
    """It can be asked about a model without paying for an answer."""

    hour_marks: bool = True
    """It keeps a prompt for an hour where that is asked for."""

    prefix: str = ""
    """Before a model's own name."""

    lacks: tuple[str, ...] = ()
    library: str = ""
    """What it needs where no key is given, to find credentials by itself."""

    extra: str = ""
    """What of ours brings that library: `pip install 'plumbline[...]'`."""

    needs: tuple[str, ...] = ()
    """Settings without which it cannot be, as fields of Engine."""

    @property
    def missing(self) -> tuple[str, ...]:
        """Which of our features it lacks."""
        no_list = () if self.has_models else ("a list of models (a check asks a question of one token)",)
        no_hour = () if self.hour_marks else ("the cache of an hour (prompts are kept for five minutes)",)
        return (*no_hour, *no_list, *self.lacks)


BY_ANTHROPIC = "nothing of what is said, unless your agreement or the model asks for it (Fable and Mythos: 30 days)"
BY_AMAZON = "what the data retention mode of your account says (Fable: up to 30 days)"
BY_GOOGLE = "what your agreement with Google says, and what you let it log"
PROFILES = "a model whose id begins with eu., us., apac. or global. is answered somewhere there"

TRAITS: Mapping[Kind, Traits] = {
    "anthropic": Traits(
        "Anthropic", "Anthropic", "wherever it runs Claude, unless the workspace says otherwise", BY_ANTHROPIC,
        has_models=True, needs=("key",),
    ),
    "bedrock": Traits(
        "Amazon Bedrock", "Amazon", PROFILES, BY_AMAZON,
        has_models=False, hour_marks=False, prefix="anthropic.", library="boto3", extra="bedrock", needs=("region",),
    ),
    "bedrock-runtime": Traits(
        "Amazon Bedrock (runtime)", "Amazon", PROFILES, BY_AMAZON,
        has_models=False, hour_marks=False, prefix="anthropic.", library="boto3", extra="bedrock", needs=("region",),
        lacks=("models before 4.7",),
    ),
    "aws": Traits(
        "Claude on AWS", "Anthropic", "Claude runs where the workspace's inference geography says", BY_ANTHROPIC,
        has_models=True, library="boto3", extra="bedrock", needs=("region", "workspace"),
    ),
    "vertex": Traits(
        "Google Vertex AI", "Google", "global, us and eu: anywhere there", BY_GOOGLE,
        has_models=False, library="google.auth", extra="vertex", needs=("region", "project"),
    ),
    "google-cloud": Traits(
        "Claude on Google Cloud", "Anthropic", "Claude runs where the workspace's inference geography says", BY_ANTHROPIC,
        has_models=True, library="google.auth", extra="vertex", needs=("project", "workspace"),
    ),
    "foundry": Traits(
        "Microsoft Foundry", "Anthropic (sold by Microsoft)", "on Azure's machines or Anthropic's, as it was deployed", BY_ANTHROPIC,
        has_models=False, library="azure.identity", extra="foundry", needs=("resource",),
    ),
}  # fmt: skip

SETTINGS: Mapping[tuple[Kind, str], tuple[str, ...]] = {
    ("anthropic", "key"): ("ANTHROPIC_API_KEY",),
    ("anthropic", "base_url"): ("ANTHROPIC_BASE_URL",),
    ("bedrock", "region"): ("AWS_REGION", "AWS_DEFAULT_REGION"),
    ("bedrock", "key"): ("AWS_BEARER_TOKEN_BEDROCK",),
    ("bedrock", "base_url"): ("ANTHROPIC_BEDROCK_MANTLE_BASE_URL",),
    ("bedrock-runtime", "region"): ("AWS_REGION", "AWS_DEFAULT_REGION"),
    ("bedrock-runtime", "key"): ("AWS_BEARER_TOKEN_BEDROCK",),
    ("bedrock-runtime", "base_url"): ("ANTHROPIC_BEDROCK_BASE_URL",),
    ("aws", "region"): ("AWS_REGION", "AWS_DEFAULT_REGION"),
    ("aws", "workspace"): ("ANTHROPIC_AWS_WORKSPACE_ID",),
    ("aws", "key"): ("ANTHROPIC_AWS_API_KEY",),
    ("aws", "base_url"): ("ANTHROPIC_AWS_BASE_URL",),
    ("vertex", "region"): ("CLOUD_ML_REGION",),
    ("vertex", "project"): ("ANTHROPIC_VERTEX_PROJECT_ID", "GOOGLE_CLOUD_PROJECT"),
    ("vertex", "base_url"): ("ANTHROPIC_VERTEX_BASE_URL",),
    ("google-cloud", "project"): ("ANTHROPIC_GOOGLE_CLOUD_PROJECT", "GOOGLE_CLOUD_PROJECT"),
    ("google-cloud", "workspace"): ("ANTHROPIC_GOOGLE_CLOUD_WORKSPACE_ID",),
    ("google-cloud", "region"): ("ANTHROPIC_GOOGLE_CLOUD_LOCATION",),
    ("google-cloud", "base_url"): ("ANTHROPIC_GOOGLE_CLOUD_BASE_URL",),
    ("foundry", "resource"): ("ANTHROPIC_FOUNDRY_RESOURCE",),
    ("foundry", "key"): ("ANTHROPIC_FOUNDRY_API_KEY",),
    ("foundry", "base_url"): ("ANTHROPIC_FOUNDRY_BASE_URL",),
}
"""The names that the SDK gives them, the first that is set counts."""
