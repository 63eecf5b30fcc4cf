"""Each door with its own authentication, made by the SDK and its cloud's library, and verified by whoever is asked."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from anthropic.lib.aws import _auth as aws
from google.auth.compute_engine import _metadata as metadata

import adapters
import bot
from bot.claude.client import Claude
from bot.claude.engines import Engine, of
from bot.claude.sdk import EntraTokens
from bot.claude.traits import Kind
from bot.errors import ConfigError, ModelForbidden
from tests.bot.claude.clock import Clock
from tests.bot.claude.reported import answer
from tests.bot.claude.shapes import CLOUDS
from tests.bot.claude.test_claude import Talk
from tests.servers import identities
from tests.servers.claude import ClaudeServer, Reply
from tests.servers.identities import Admits, Identities, bears, keyed, signed

REGION = {"AWS_REGION": "eu-west-1"}
KEYS = {"AWS_ACCESS_KEY_ID": identities.ACCESS, "AWS_SECRET_ACCESS_KEY": identities.SECRET}
WORKSPACE = {"ANTHROPIC_AWS_WORKSPACE_ID": "wrkspc_1"}
VERTEX = {"CLOUD_ML_REGION": "europe-west1", "ANTHROPIC_VERTEX_PROJECT_ID": "p"}
GOOGLE = {"ANTHROPIC_GOOGLE_CLOUD_PROJECT": "p", "ANTHROPIC_GOOGLE_CLOUD_WORKSPACE_ID": "wrkspc_2"}
ADDRESSES = {
    "bedrock": "ANTHROPIC_BEDROCK_MANTLE_BASE_URL", "bedrock-runtime": "ANTHROPIC_BEDROCK_BASE_URL", "aws": "ANTHROPIC_AWS_BASE_URL",
    "vertex": "ANTHROPIC_VERTEX_BASE_URL", "google-cloud": "ANTHROPIC_GOOGLE_CLOUD_BASE_URL", "foundry": "ANTHROPIC_FOUNDRY_BASE_URL",
}  # fmt: skip

Find = Callable[[Identities, Path], Mapping[str, str]]


@pytest.fixture
async def given() -> AsyncIterator[Identities]:
    async with Identities() as found:
        yield found


@pytest.fixture(autouse=True)
def nothing_is_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine on which no tool of a cloud's was ever used, and a process that has not looked yet."""
    getattr(aws, "_get_session").cache_clear()  # noqa: B009
    for name in [*os.environ]:
        if name.startswith(("AWS_", "AZURE_", "GOOGLE_", "GCE_", "CLOUDSDK_", "IDENTITY_", "ANTHROPIC_", "CLOUD_ML")):
            monkeypatch.delenv(name)
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE", "CLOUDSDK_CONFIG", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setattr(metadata, "_NO_GCE_CHECK", True)
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "EnvironmentCredential")


def of_keys(given: Identities, folder: Path) -> Mapping[str, str]:
    return KEYS


def of_role(given: Identities, folder: Path) -> Mapping[str, str]:
    return given.container


def of_file(given: Identities, folder: Path) -> Mapping[str, str]:
    return given.service_account(folder)


def of_machine(given: Identities, folder: Path) -> Mapping[str, str]:
    """Its library reads another name of it when it is imported."""
    return {"GCE_METADATA_IP": given.machine}


def of_app(given: Identities, folder: Path) -> Mapping[str, str]:
    return {**given.managed, "AZURE_TOKEN_CREDENTIALS": "ManagedIdentityCredential"}


def key(name: str) -> Find:
    return lambda given, folder: {name: "k-1"}


@pytest.mark.parametrize(
    ("kind", "settings", "find", "admits"),
    [
        ("bedrock", REGION, of_keys, signed("eu-west-1", "bedrock-mantle")),
        ("bedrock", REGION, of_role, signed("eu-west-1", "bedrock-mantle", identities.SESSION)),
        ("bedrock", {"AWS_DEFAULT_REGION": "us-east-2"}, key("AWS_BEARER_TOKEN_BEDROCK"), bears("k-1")),
        ("bedrock-runtime", REGION, of_keys, signed("eu-west-1", "bedrock")),
        ("bedrock-runtime", REGION, of_role, signed("eu-west-1", "bedrock", identities.SESSION)),
        ("bedrock-runtime", REGION, key("AWS_BEARER_TOKEN_BEDROCK"), bears("k-1")),
        ("aws", REGION | WORKSPACE, of_keys, signed("eu-west-1", "aws-external-anthropic")),
        ("vertex", VERTEX, of_file, bears(identities.BY_FILE)),
        ("vertex", VERTEX, of_machine, bears(identities.BY_MACHINE)),
        ("google-cloud", GOOGLE, of_file, bears(identities.BY_FILE)),
        ("google-cloud", GOOGLE, of_machine, bears(identities.BY_MACHINE)),
        ("foundry", {}, of_app, bears(identities.BY_ENTRA)),
        ("foundry", {}, key("ANTHROPIC_FOUNDRY_API_KEY"), keyed("k-1")),
    ],
)
async def test_each_door_is_let_in_with_what_its_cloud_gave(
    server: ClaudeServer,
    given: Identities,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    kind: Kind,
    settings: Mapping[str, str],
    find: Find,
    admits: Admits,
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-of-another-door")
    for name, value in {**settings, **find(given, tmp_path), ADDRESSES[kind]: server.url}.items():
        monkeypatch.setenv(name, value)
    if find is of_machine:
        monkeypatch.setattr(metadata, "_NO_GCE_CHECK", False)
        monkeypatch.setattr(metadata, "_GCE_METADATA_HOST", given.machine)
    server.admits = admits
    clock = Clock()
    claude = Claude(engine=of(kind, {}), clock=clock, sleep=clock.sleep, now=clock.seconds)

    for _ in range(2):
        assert (await Talk(claude).ask()).text
    await claude.close()

    assert b"sk-ant-of-another-door" not in b"".join(
        request.raw + repr(request.headers).encode() for request in server.requests
    )
    assert len(given.asked) <= 1, "what was found is used until it ends"


@pytest.mark.parametrize("kind", ["bedrock", "vertex", "foundry"])
async def test_without_credentials_it_is_said_by_check_and_nothing_is_tried_again(
    server: ClaudeServer, monkeypatch: pytest.MonkeyPatch, kind: Kind
) -> None:
    for name, value in {**REGION, **VERTEX, ADDRESSES[kind]: server.url}.items():
        monkeypatch.setenv(name, value)
    clock = Clock()
    claude = Claude(engine=of(kind, {}), clock=clock, sleep=clock.sleep, now=clock.seconds)

    (said,) = await claude.check()
    with pytest.raises(ModelForbidden):
        await Talk(claude).ask()
    await claude.close()

    assert "no credentials are found" in said
    assert server.requests == []


@pytest.mark.parametrize(
    ("kind", "refusal", "says", "of_the_service"),
    CLOUDS,
)
async def test_what_a_cloud_does_not_like_is_said_in_its_own_words_asked_once_and_another_engine_may_mend_it(
    server: ClaudeServer, kind: Kind, refusal: Reply, says: str, of_the_service: str
) -> None:
    clock = Clock()
    door = Engine(kind, "k", server.url, region="eu-west-1", project="p", resource="r")
    claude = Claude(engine=door, clock=clock, sleep=clock.sleep, now=clock.seconds)
    server.replies(refusal, refusal)

    (said,) = await claude.check()
    with pytest.raises(ModelForbidden):
        await Talk(claude).ask()
    await claude.close()

    assert says in said
    assert of_the_service in said
    assert len(server.requests) == 2, "a check and a question, each once"


async def test_a_key_that_a_gateway_says_again_is_not_said_by_us(server: ClaudeServer) -> None:
    key = "sk-ant-api03-" + "Qx7-" * 23 + "AA"
    told = {"error": {"message": f"Invalid proxy token. Received API Key = {key}", "type": "auth_error"}}
    claude = Claude(engine=Engine("anthropic", key, server.url, compat=True), clock=Clock())
    server.replies(answer(401, told))

    (said,) = await claude.check()
    await claude.close()

    assert "Invalid proxy token" in said
    assert key not in said


class Once:
    """Microsoft Entra: a token each time it is asked."""

    asked = 0

    async def __aenter__(self) -> Once:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    async def get_token(self, scope: str) -> Any:
        Once.asked += 1
        await asyncio.sleep(0)
        return type("Token", (), {"token": f"t{Once.asked}", "expires_on": 1_000 * Once.asked})()


async def test_a_token_of_entra_is_asked_for_once_and_anew_before_it_ends() -> None:
    now = 0.0
    tokens = EntraTokens(Once, lambda: now)

    assert set(await asyncio.gather(*(tokens() for _ in range(20)))) == {"t1"}
    now = 650
    assert await tokens() == "t1"
    now = 701
    assert await tokens() == "t2"


def test_a_library_of_a_cloud_is_loaded_only_where_it_is_used_and_missed_by_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The SDK loads none by itself; of ours, one room asks for them by name."""
    rooms = [*Path(bot.__path__[0]).rglob("*.py"), *Path(adapters.__path__[0]).rglob("*.py")]
    assert len(rooms) > 100
    for room in rooms:
        assert not re.search(r"^\s*(import|from) (boto3|botocore|google\.auth|azure)\b", room.read_text(), re.M), room

    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(ConfigError, match=r"Amazon Bedrock needs a library.*plumbline\[bedrock\]"):
        Claude(engine=of("bedrock", REGION), clock=Clock())
