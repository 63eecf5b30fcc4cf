"""What a request costs, to the millionth of a dollar, and what a name means."""

from __future__ import annotations

import pytest

from bot.claude import models
from bot.conversation import Usage


@pytest.mark.parametrize(
    ("usage", "model", "microdollars"),
    [
        (Usage(1_000, 100), "claude-sonnet-5-5", 3_000),
        (Usage(0, 0, cache_read_tokens=10_000), "claude-sonnet-5-5", 1_000),
        (Usage(0, 0, 0, 1_000, 1_000), "claude-opus-5-5", 13_000),
        (Usage(30_000, 0), "claude-haiku-5-5", 3_000),
        (Usage(100_001, 0), "claude-haiku-5-5", 50_000),
        (Usage(1_000, 0), "claude-unheard-of", 8_000),
        (Usage(1_000, 1_000), "llama-private", 0),
    ],
)
def test_each_kind_of_token_has_its_price(usage: Usage, model: str, microdollars: int) -> None:
    assert models.cost(usage, model) == microdollars


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
