"""Plots as the page draws them: a few bars in SVG, each number also in words. Pure; no inline style, which the policy forbids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bar:
    """In the plot's own units: where it begins, and how long it is. `words` say what it stands for."""

    at: float
    length: float
    words: str
    place: int
    """Which of the plot's colours."""


def shares(parts: Sequence[tuple[str, int]], width: int = 1000) -> Sequence[Bar]:
    """One bar of parts that stand one behind the other and fill the width, each in proportion."""
    whole = sum(count for _, count in parts)
    bars, at = [], 0.0
    for place, (name, count) in enumerate(parts):
        length = width * count / whole if whole else 0
        bars.append(Bar(round(at, 1), round(length, 1), f"{spelled(name)} {_percent(count, whole)}", place))
        at += length
    return bars


SPELLED = {
    "bash": "Shell", "c_sharp": "C#", "cpp": "C++", "csharp": "C#", "css": "CSS", "graphql": "GraphQL", "hcl": "HCL", "html": "HTML",
    "ini": "INI", "javascript": "JavaScript", "json": "JSON", "jsx": "JSX", "make": "Makefile", "php": "PHP", "proto": "Protobuf",
    "sql": "SQL", "toml": "TOML", "tsx": "TSX", "typescript": "TypeScript", "xml": "XML", "yaml": "YAML",
}  # fmt: skip
"""Languages that are not spelt with one capital."""


def spelled(language: str) -> str:
    """As people write it."""
    return SPELLED.get(language) or (language if language == "others" else language.capitalize())


def columns(days: Sequence[tuple[str, float, str]], height: int = 100) -> Sequence[Bar]:
    """A column for each (name, value, words), the highest as high as the plot; a value that is small is still seen."""
    most = max((value for _, value, _ in days), default=0)
    return [
        Bar(place, max(2.0, round(height * value / most, 1)) if value else 0, f"{name}: {words}", place)
        for place, (name, value, words) in enumerate(days)
    ]


def percent_of(progress: str) -> int | None:
    """How far long work is, where it says so: "indexing 42 %"."""
    words = progress.split()
    return int(words[-2]) if len(words) > 1 and words[-1] == "%" and words[-2].isdigit() else None


def _percent(count: int, whole: int) -> str:
    share = 100 * count / whole if whole else 0
    return "under 1 %" if 0 < share < 1 else f"{share:.0f} %"
