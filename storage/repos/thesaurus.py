"""Words for the same thing: a question says "gives up", the code says `timeout`; people say "picture", the code says `avatar`.

What they find counts little beside the question's own words: they lengthen the list, they do not lead it. The words stand in
vocabulary.txt.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from pathlib import Path

from storage.repos.questions import stems

WORDS = Path(__file__).with_name("vocabulary.txt")


def related(terms: list[str]) -> dict[str, frozenset[str]]:
    """Other words for each of the terms that has any; endings are overlooked."""
    known = vocabulary()
    stem_of = stems(terms)
    found = {term: known.get(stem_of.get(term, term), frozenset()) for term in terms}
    return {term: words for term, words in found.items() if words}


@cache
def vocabulary() -> dict[str, frozenset[str]]:
    """What stands for each stem."""
    meant: dict[str, set[str]] = defaultdict(set)
    for said, others in _lines(WORDS.read_text()):
        for word in said:
            meant[word] |= others
    stem_of = stems(sorted(meant.keys() | set().union(*meant.values())))
    by_stem: dict[str, set[str]] = defaultdict(set)
    for word, others in meant.items():
        stem = stem_of.get(word, word)
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
