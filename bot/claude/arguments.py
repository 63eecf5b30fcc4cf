"""The input of a tool call as models and engines write it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from bot.claude.events import Json

AROUND = re.compile(r"^\s*```\w*|```\s*$|</?tool_call>")
"""A fence, or the tag in which a model was taught to call."""

MOST_LEVELS = 100
"""No tool takes more; Python itself reads and writes some hundreds, fewer the deeper it stands in calls of its own."""


def read_arguments(written: str) -> Json | None:
    """A call's input; None for what is no JSON object: such a call is never run.

    Some engines write it as a JSON string, begin with the empty object that stood in the block's start, say it twice, or leave what
    they write around a call.
    """
    readings: tuple[Callable[[], object], ...] = (
        lambda: _loads(written),
        lambda: _loads(_loads(written)),
        lambda: _loads(written.removeprefix("{}")),
        lambda: _once(AROUND.sub("", written).strip()),
    )
    for read in readings:
        try:
            if isinstance(arguments := read(), dict) and _levels(arguments) <= MOST_LEVELS:
                return arguments
        except (ValueError, TypeError, RecursionError):
            continue
    return None


def _loads(written: str) -> Any:
    return json.loads(written, parse_constant=_refuse)


def _levels(value: object) -> int:
    """How deep it nests, read no deeper than that matters."""
    count, level = 0, [value]
    while level and count <= MOST_LEVELS:
        count += 1
        level = [
            part
            for one in level
            if isinstance(one, dict | list)
            for part in (one.values() if isinstance(one, dict) else one)
        ]
    return count


def _refuse(constant: str) -> None:
    """Python reads NaN and Infinity; in JSON they do not exist."""
    raise ValueError(constant)


def _once(written: str) -> Any:
    """A value that stands there once, or several times the same."""
    value, end = json.JSONDecoder(parse_constant=_refuse).raw_decode(written)
    if (rest := written[end:].strip()) and _once(rest) != value:
        raise ValueError(rest)
    return value
