"""Which models there are: names people use, exact ids, prices, and ends.

Prices are US dollars per million tokens (the same number is millionths of a dollar per token) as published on 2026-11-12:
https://docs.claude.com/en/docs/about-claude/pricing. A cache write costs 1.25 times the input price for
five minutes and twice for an hour.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from bot.conversation import Usage

DEFAULT = "claude-sonnet-5-5"
ALIASES = {"sonnet": DEFAULT, "opus": "claude-opus-5-5", "haiku": "claude-haiku-5-5", "inherit": ""}
"""What an agent file or a command may say. `inherit` means: the default of this bot."""

ENDS = {
    "claude-sonnet-4-5": date(2026, 11, 30),
    "claude-sonnet-4-5-20250929": date(2026, 11, 30),
    "claude-mythos-preview": date(2026, 6, 30),
}
"""Models with an announced end."""

HAIKU_TIER_TOKENS = 100_000


@dataclass(frozen=True, slots=True)
class Price:
    """Dollars per million tokens; `read` is the share of the input price that a cached token costs."""

    input: float
    output: float
    read: float


PRICES = {
    "claude-sonnet-5-5": Price(2, 10, 0.05),
    "claude-opus-5-5": Price(4, 20, 0.05),
    "claude-haiku-5-5": Price(0.10, 0.50, 0.1),
    "claude-fable-5-2": Price(8, 40, 0.1),
    "claude-opus-5": Price(5, 25, 0.1),
    "claude-opus-4-8": Price(5, 25, 0.1),
    "claude-sonnet-5": Price(2, 10, 0.1),
    "claude-sonnet-4-6": Price(3, 15, 0.1),
}
LONG_HAIKU = Price(0.50, 2.50, 0.1)


def exact(name: str, default: str = DEFAULT) -> str:
    """The exact id for a name: an alias, `inherit` or "" for the default, or an id as it is."""
    wanted = name.strip()
    return ALIASES.get(wanted.lower(), wanted) or default


def known(name: str) -> str:
    """The exact id for what a person typed. Raises ValueError with a plain sentence for what is no model."""
    model = exact(name)
    if model not in PRICES and not model.startswith("claude-"):
        raise ValueError(
            f"I do not know the model `{name}`. Try sonnet, opus, haiku, or an exact id such as {DEFAULT}."
        )
    return model


def ending(model: str) -> date | None:
    """The announced last day of a model, if there is one."""
    return ENDS.get(model)


def cost(usage: Usage, model: str) -> int:
    """What one request cost, in millionths of a dollar, rounded. A Claude whose price we do not know counts as the dearest
    one that we know, so that a budget holds; a private engine's model costs nothing here."""
    price = PRICES.get(model)
    if price is None:
        if not model.startswith("claude-"):
            return 0
        price = max(PRICES.values(), key=lambda known_price: known_price.output)
    if model == "claude-haiku-5-5" and usage.context_tokens > HAIKU_TIER_TOKENS:
        price = LONG_HAIKU
    inputs = (
        usage.input_tokens
        + usage.cache_read_tokens * price.read
        + usage.cache_write_5m_tokens * 1.25
        + usage.cache_write_1h_tokens * 2
    )
    return round(inputs * price.input + usage.output_tokens * price.output)
