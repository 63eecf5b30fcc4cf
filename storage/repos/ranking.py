"""What makes a passage a good answer to plain words: how much a word counts where, and what comes before what. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from bot.capabilities.team_code.code import Passage
from bot.capabilities.team_code.secret_files import matches

WEIGHTS = "4.0, 4.0, 3.0, 1.0"
"""How much a word counts in the path, the definition's head, its comments, and its body."""

FROM_ONE_FILE = 3
MORE_PASSAGES_SHARE = 0.2
"""What a file's second to fourth passages add to its first."""


def best(found: Iterable[Passage], glob: str, limit: int) -> list[Passage]:
    """By score; a file with several good passages moves up."""
    weighed: dict[str, list[tuple[float, Passage]]] = defaultdict(list)
    for one in found:
        if glob and not matches(one.path, (glob,)):
            continue
        weighed[one.path].append((one.score, one))
    ranked: list[tuple[float, int, Passage]] = []
    for passages in weighed.values():
        passages.sort(key=lambda one: -one[0])
        lift = sum(score for score, _ in passages[1:4]) * MORE_PASSAGES_SHARE
        ranked += [
            (score + (lift if place == 0 else 0), place, one)
            for place, (score, one) in enumerate(passages[:FROM_ONE_FILE])
        ]
    ranked.sort(key=lambda one: (-one[0], one[1], one[2].path))
    return [one for _, _, one in ranked[:limit]]
