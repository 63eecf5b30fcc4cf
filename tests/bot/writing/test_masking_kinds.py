"""Kinds that an independent tester found missed, each with other tools, words and values; and what was masked and holds none."""

from __future__ import annotations

import random

import pytest

from bot.writing.masking import mask
from tests.bot.writing.secret_kinds import KINDS, LEFT, VENDORS
from tests.bot.writing.secret_material import drawn

DRAWN = 6
SEED = 20_261_128


@pytest.mark.parametrize("name", KINDS)
def test_nineteen_of_twenty_secrets_of_a_kind_are_masked(name: str) -> None:
    kind, missed = KINDS[name], []
    for place in kind.places:
        chance = random.Random(f"{SEED}/{name}/{place}")
        for secret in (kind.value(chance) for _ in range(DRAWN)):
            masked = mask(place.replace("§", secret), is_typed=kind.is_typed)
            missed += [masked] if any(secret[at : at + 6] in masked for at in range(max(1, len(secret) - 5))) else []

    assert len(kind.places) >= 15
    assert len(missed) * 20 <= DRAWN * len(kind.places), missed


@pytest.mark.parametrize("text", LEFT)
def test_what_only_looks_like_it_stays(text: str) -> None:
    assert mask(text) == text
    assert mask(text, is_typed=True) == text


@pytest.mark.parametrize("vendor", VENDORS)
def test_keys_with_a_documented_beginning_are_masked_without_a_name(vendor: str) -> None:
    chance = random.Random(f"{SEED}/{vendor}")
    for form in VENDORS[vendor]:
        key = drawn(form, chance)
        assert key not in mask(f"it was {key} until now")
