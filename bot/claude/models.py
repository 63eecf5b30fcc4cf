"""Which models there are: names people use, exact ids, prices, and ends.

Prices are US dollars per million tokens (the same number is millionths of a dollar per token) as published on 2026-11-12, each with the
day from which it holds: https://docs.claude.com/en/docs/about-claude/pricing. A cache write costs 1.25 times the input price for five
minutes and twice for an hour. What a cloud or a gateway adds is not in them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from bot.conversation import Usage

DEFAULT = "claude-sonnet-5-5"
ALIASES = {"sonnet": DEFAULT, "opus": "claude-opus-5-5", "haiku": "claude-haiku-5-5", "inherit": ""}
"""What an agent file or a command may say. `inherit` means: the default of this bot."""

ENDS = {
    "claude-sonnet-4-5": date(2026, 11, 30),
    "claude-opus-4-5": date(2027, 1, 22),
    "claude-mythos-preview": date(2026, 6, 30),
    "claude-opus-4": date(2026, 6, 15),
    "claude-opus-4-0": date(2026, 6, 15),
    "claude-sonnet-4": date(2026, 6, 15),
    "claude-sonnet-4-0": date(2026, 6, 15),
}
"""Models with an announced end, on Anthropic's own service; clouds have days of their own."""

LONG_TOKENS = 100_000
"""A prompt above it has the long price, where a model has one."""


@dataclass(frozen=True, slots=True)
class Price:
    """Dollars per million tokens; `read` is the share of the input price that a cached token costs; `long`: times as much above
    LONG_TOKENS."""

    input: float
    output: float
    read: float = 0.1
    since: date = date.min
    long: float = 1


OPUS_5, OPUS_4, SONNET_4, FABLE_5 = (Price(5, 25),), (Price(15, 75),), (Price(3, 15),), (Price(10, 50),)

PRICES: dict[str, Sequence[Price]] = {
    "claude-fable-5-2": (Price(8, 40, 0.025),),
    "claude-mythos-5-2": (Price(8, 40, 0.025),),
    "claude-fable-5-1": (Price(10, 50, 0.025),),
    "claude-mythos-5-1": (Price(10, 50, 0.025),),
    "claude-fable-5": FABLE_5,
    "claude-mythos-5": FABLE_5,
    "claude-opus-5-5": (Price(4, 20, 0.05),),
    "claude-opus-5": OPUS_5,
    "claude-opus-4-8": OPUS_5,
    "claude-opus-4-7": OPUS_5,
    "claude-opus-4-6": OPUS_5,
    "claude-opus-4-5": OPUS_5,
    "claude-opus-4-1": OPUS_4,
    "claude-opus-4-0": OPUS_4,
    "claude-opus-4": OPUS_4,
    "claude-3-opus": OPUS_4,
    "claude-sonnet-5-5": (Price(2, 10), Price(2, 10, 0.05, date(2026, 10, 7))),
    "claude-sonnet-5": (Price(2, 10),),
    "claude-sonnet-4-6": SONNET_4,
    "claude-sonnet-4-5": SONNET_4,
    "claude-sonnet-4-0": SONNET_4,
    "claude-sonnet-4": SONNET_4,
    "claude-3-7-sonnet": SONNET_4,
    "claude-3-5-sonnet": SONNET_4,
    "claude-haiku-5-5": (Price(0.10, 0.50, long=5),),
    "claude-haiku-4-5": (Price(1, 5),),
    "claude-3-5-haiku": (Price(0.80, 4),),
    "claude-3-haiku": (Price(0.25, 1.25),),
    "claude-mythos-preview": (Price(25, 125),),
}
"""Each model's prices, the oldest first. What Anthropic has ended, clouds and gateways may still have."""

DEAREST = max(PRICES.values(), key=lambda prices: prices[-1].output)

ADAPTIVE = re.compile(r"claude-(fable|mythos|opus|sonnet|haiku)-(5\b.*|4-[678])")
"""Models that decide themselves how much they think."""

ID = re.compile(r"claude-[a-z0-9.-]*[a-z0-9]")
TAIL = re.compile(r"(-v\d+|-\d{8}|-latest)*$")
TURNED = re.compile(r"(claude)-(\d(?:-\d)?)-([a-z]+)\b")
"""As some gateways write it: `claude-4.5-sonnet`. Before version 4 that was the name itself."""

MODE = re.compile(r"-(fast|think|thinking|beta|batch)$")
FAST, FASTER = 2, {"claude-opus-4-6": 6, "claude-opus-4-7": 6}
"""Times as much for an answer in the fast mode, which some doors have as a model of its own."""

UNKNOWN = "claude"
"""The name of whatever a door that has only Claude calls by a name of its own."""


def plain(model: str) -> str:
    """The one name of a model, whatever door leads to it; "" for what is no Claude.

    Bedrock writes `eu.anthropic.claude-opus-5-5-v1:0`, Vertex `claude-sonnet-5-5@20260901`, LiteLLM `bedrock/...`, OpenRouter
    `anthropic/claude-opus-5.5`, and a dated id is the same model.
    """
    found = ID.search(re.sub(r"[\s_]+", "-", model.strip().lower().split("@")[0]))
    name = TAIL.sub("", found[0].replace(".", "-")) if found else ""
    turned = TURNED.match(name)
    return f"claude-{turned[3]}-{turned[2]}{name[turned.end() :]}" if turned and turned[2] >= "4" else name


def thinks(model: str) -> bool:
    return ADAPTIVE.fullmatch(plain(model)) is not None


def exact(name: str, default: str = DEFAULT) -> str:
    """The exact id for a name: an alias, `inherit` or "" for the default, or an id as it is."""
    wanted = name.strip()
    return ALIASES.get(wanted.lower(), wanted) or default


def known(name: str) -> str:
    """The exact id for what a person typed. Raises ValueError with a plain sentence for what is no model."""
    model = exact(name)
    if not plain(model):
        raise ValueError(
            f"I do not know the model `{name}`. Try sonnet, opus, haiku, or an exact id such as {DEFAULT}."
        )
    return model


def ending(model: str) -> date | None:
    """The announced last day of a model, if there is one."""
    return ENDS.get(plain(model))


@lru_cache(maxsize=256)
def price(model: str, day: date) -> Price | None:
    """What a model costs on that day. A Claude whose price we do not know counts as the dearest there is, so that a budget holds; None
    for what is no Claude: a private engine costs nothing here."""
    name = plain(model) or (UNKNOWN if UNKNOWN in model.lower() else "")
    if not name:
        return None
    mode = MODE.search(name)
    name = MODE.sub("", name)
    prices = PRICES.get(ALIASES.get(name.removeprefix("claude-"), name)) or DEAREST
    paid = max((one for one in prices if one.since <= day), key=lambda one: one.since)
    times = FASTER.get(name, FAST) if mode and mode[1] == "fast" else 1
    return replace(paid, input=paid.input * times, output=paid.output * times)


def cost(usage: Usage, model: str, day: date) -> int:
    """What one request cost, in millionths of a dollar, rounded."""
    if not (paid := price(model, day)):
        return 0
    inputs = (
        usage.input_tokens
        + usage.cache_read_tokens * paid.read
        + usage.cache_write_5m_tokens * 1.25
        + usage.cache_write_1h_tokens * 2
    )
    times = paid.long if usage.context_tokens > LONG_TOKENS else 1
    return round((inputs * paid.input + usage.output_tokens * paid.output) * times)
