"""What a request costs, to the millionth of a dollar, and what a name means."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import get_args

import pytest
from anthropic._data.deprecated_models import DEPRECATED_MODELS
from anthropic.types import ModelParam

from bot.claude import models
from bot.conversation import Usage

DAY = date(2026, 11, 26)


@pytest.mark.parametrize(
    ("usage", "model", "microdollars"),
    [
        (Usage(1_000, 100), "claude-sonnet-5-5", 3_000),
        (Usage(0, 0, cache_read_tokens=10_000), "claude-sonnet-5-5", 1_000),
        (Usage(0, 0, 0, 1_000, 1_000), "claude-opus-5-5", 13_000),
        (Usage(30_000, 0), "claude-haiku-5-5", 3_000),
        (Usage(100_001, 0), "claude-haiku-5-5", 50_000),
        (Usage(1_000, 0, 200_000), "claude-haiku-5-5", 10_500),
        (Usage(100_001, 1_000), "claude-haiku-5-5", 52_500),
        (Usage(1_000, 0), "claude-unheard-of", 25_000),
        (Usage(0, 1_000), "eu.anthropic.claude-unheard-of-9-v1:0", 125_000),
        (Usage(1_000, 1_000), "claude-fable-5", 60_000),
        (Usage(1_000, 1_000), "claude-fable-5-1", 60_000),
        (Usage(0, 0, 10_000), "claude-fable-5-2", 2_000),
        (Usage(0, 0, 10_000), "claude-fable-5-1", 2_500),
        (Usage(0, 0, 10_000), "claude-fable-5", 10_000),
        (Usage(1_000, 1_000), "llama-private", 0),
    ],
)
def test_each_kind_of_token_has_its_price(usage: Usage, model: str, microdollars: int) -> None:
    assert models.cost(usage, model, DAY) == microdollars


def test_a_price_holds_from_its_day_on() -> None:
    read = Usage(0, 0, cache_read_tokens=10_000)

    assert models.cost(read, "claude-sonnet-5-5", date(2026, 10, 6)) == 2_000
    assert models.cost(read, "claude-sonnet-5-5", date(2026, 10, 7)) == 1_000


NAMES = [
    "{}",
    "anthropic.{}",
    "anthropic.{}-v1:0",
    "eu.anthropic.{}-v1:0",
    "us.anthropic.{}-20260901-v1:0",
    "global.anthropic.{}",
    "arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.anthropic.{}-v1:0",
    "bedrock/converse/anthropic.{}-v1",
    "{}@20260901",
    "{}@default",
    "publishers/anthropic/models/{}",
    "vertex_ai/{}@latest",
    "litellm/{}",
    "anthropic/{}",
    "openrouter/anthropic/{}:thinking",
    "{}-20260901",
    "{}-latest",
    "{}[1m]",
]


@pytest.mark.parametrize("name", NAMES)
def test_whatever_door_leads_to_a_model_it_has_one_name_and_one_price(name: str) -> None:
    for model in (*models.PRICES, "claude-unheard-of"):
        called = name.format(model)

        assert models.plain(called) == models.plain(called.upper()) == model
        assert models.cost(Usage(1_000, 1_000), called, DAY) == models.cost(Usage(1_000, 1_000), model, DAY)
        assert models.ending(called) == models.ending(model)
        assert models.thinks(called) == models.thinks(model)


@pytest.mark.parametrize(
    ("called", "microdollars"),
    [
        ("replicate/anthropic/claude-4.5-haiku", 6_000),
        ("heroku/claude-4-sonnet", 18_000),
        ("claude-4-opus-20250514", 90_000),
        ("anthropic.claude-3-5-sonnet-20241022-v2:0", 18_000),
        ("databricks/databricks-claude-3-7-sonnet", 18_000),
        ("us.anthropic.claude-3-haiku-20240307-v1:0", 1_500),
        ("anthropic.claude-3-5-sonnet-latest-v2:0", 18_000),
        ("bedrock_mantle/claude-haiku-latest", 600),
        ("anthropic/claude-opus-4.6-fast", 180_000),
        ("azure_ai/claude-opus-5-5-fast", 48_000),
        ("aihubmix/claude-opus-4-8-think", 30_000),
        ("anthropic/claude-opus-5:batch", 30_000),
        ("claude-mythos-preview", 150_000),
        ("anthropic.claude-v2:1", 150_000),
        ("claude_sonnet_4_5", 18_000),
        ("Claude Opus 4.5", 30_000),
        ("team/claude", 150_000),
        ("our_claude_prod", 150_000),
        ("MyClaude", 150_000),
    ],
)
def test_a_model_is_paid_for_by_whatever_name_public_lists_have_for_it(called: str, microdollars: int) -> None:
    assert models.cost(Usage(1_000, 1_000), called, DAY) == microdollars


def test_a_version_with_a_point_is_the_same_model() -> None:
    assert models.plain("anthropic/claude-opus-5.5") == "claude-opus-5-5"


@pytest.mark.parametrize("name", ["", "llama-private", "gpt-5", "qwen3:32b", "claude", "sonnet-prod"])
def test_what_is_no_claude_has_no_name_here(name: str) -> None:
    assert models.plain(name) == ""


def test_every_model_that_the_sdk_knows_has_a_price_or_an_end() -> None:
    ids = [one for part in get_args(ModelParam) for one in get_args(part)]

    assert len(ids) > 15
    assert [one for one in ids if models.plain(one) not in models.PRICES and not models.ending(one)] == []


def test_every_end_that_the_sdk_announces_for_a_model_that_we_know_is_known() -> None:
    for model, day in DEPRECATED_MODELS.items():
        if models.plain(model) in models.ENDS:
            assert (
                models.ENDS[models.plain(model)]
                == datetime.strptime(re.sub(r"(\d)[a-z]+,", r"\1,", day), "%B %d, %Y").date()
            )


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("opus", "claude-opus-5-5"),
        (" Haiku ", "claude-haiku-5-5"),
        ("inherit", models.DEFAULT),
        ("", models.DEFAULT),
        ("x", "x"),
    ],
)
def test_names_that_people_use_become_exact_ids(name: str, model: str) -> None:
    assert models.exact(name) == model


def test_a_command_refuses_what_is_no_model() -> None:
    assert models.known("sonnet") == models.DEFAULT
    with pytest.raises(ValueError, match="I do not know the model"):
        models.known("gpt")
