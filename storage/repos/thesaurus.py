"""Words for the same thing: a question says "gives up", the code says `timeout`; people say "second factor", the code says `totp`.

What they find counts beside the question's own words, and less. The words stand in vocabulary.txt.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from storage.repos.passages import words
from storage.repos.questions import stems

WORDS = Path(__file__).with_name("vocabulary.txt")
LONGEST_PHRASE = 4
"""Words."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a question says in a word, or in a phrase, and other words for it."""

    said: tuple[str, ...]
    others: frozenset[str]


def related(terms: list[str]) -> dict[str, frozenset[str]]:
    """Other words for each of the terms that has any; endings are overlooked."""
    known = vocabulary()
    stem_of = stems(terms)
    found = {term: known.get(stem_of.get(term, term), frozenset()) for term in terms}
    return {term: words for term, words in found.items() if words}


def meanings(question: str, terms: Sequence[str]) -> list[Meaning]:
    """Other words for what the question says, none of which it says itself. What a phrase means, its words alone do not."""
    known, taken = vocabulary(), re.findall(r"[^\W_]+", words(question).lower())
    stem_of = stems([*dict.fromkeys([*taken, *terms])])
    found: list[Meaning] = []
    within: set[str] = set()
    at = 0
    while at < len(taken):
        for length in range(LONGEST_PHRASE, 1, -1):
            said = tuple(taken[at : at + length])
            if others := known.get(" ".join(stem_of.get(word, word) for word in said)) if len(said) > 1 else None:
                found.append(Meaning(said, others - set(terms)))
                within.update(said)
                at += len(said)
                break
        else:
            at += 1
    alone = (Meaning((term,), known.get(stem_of.get(term, term), frozenset()) - set(terms)) for term in terms)
    found += [one for one in alone if one.said[0] not in within]
    return [one for one in found if one.others]


@cache
def vocabulary() -> dict[str, frozenset[str]]:
    """What stands for each stem, or for the stems of a phrase with blanks between them."""
    meant: dict[str, set[str]] = defaultdict(set)
    for said, others in _lines(WORDS.read_text()):
        for word in said:
            meant[word] |= others
    stem_of = stems(sorted({part for word in (*meant, *set().union(*meant.values())) for part in word.split("-")}))
    by_stem: dict[str, set[str]] = defaultdict(set)
    for word, others in meant.items():
        stem = " ".join(stem_of.get(part, part) for part in word.split("-"))
        by_stem[stem] |= {other for other in others if stem_of.get(other, other) != stem}
    return {stem: frozenset(others) for stem, others in by_stem.items()}


def _lines(text: str) -> list[tuple[set[str], set[str]]]:
    """Who says it, and what is meant; of a group without a colon everybody says all of it."""
    found = []
    for line in text.splitlines():
        if line and not line.startswith("#"):
            said, colon, others = line.partition(":")
            found.append((set(said.split()), set((others if colon else said).split())))
    return found
