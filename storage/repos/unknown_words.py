"""Which words of a question stand nowhere in a repository, and what comes nearest. It is said only of what was looked for.

The index of words holds the beginning of long passages and takes names apart, so a word that is not in it may stand in a text all the
same, also within another word; the texts themselves are looked at before anything is called absent.
"""

from __future__ import annotations

import difflib
import re
import sqlite3
from collections.abc import Iterator, Sequence

from storage.repos.questions import stems
from storage.repos.thesaurus import related

MOST_TEXTS, MOST_BYTES = 200, 8_000_000
"""So much is looked at for one word; where there is more, nothing is said of it."""

NEAR_WORDS = 3


class UnknownWords:
    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def of(self, terms: Sequence[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
        """The words that stand nowhere here, each with what comes nearest."""
        known_as, meant = stems([*terms]), related([*terms])
        for term in terms:
            if not self.knows(known_as.get(term, term), is_stem=True) and not self._may_stand(term):
                others = [other for other in sorted(meant.get(term, ())) if self.knows(other)]
                near = (*others[:NEAR_WORDS], *self._near(known_as.get(term, term)))
                yield term, tuple(dict.fromkeys(near))[:NEAR_WORDS]

    def knows(self, word: str, *, is_stem: bool = False) -> bool:
        stem = word if is_stem else stems([word]).get(word, word)
        queries = ("SELECT 1 FROM finder_words WHERE term = ?", "SELECT 1 FROM subjects_words WHERE term = ?")
        return any(self._database.execute(query, (stem,)).fetchone() for query in queries)

    def _may_stand(self, word: str) -> bool:
        """Whether a text holds the word, in any case, also within another one, or may hold it."""
        grams = sorted({word[at : at + 3] for at in range(len(word) - 2)})
        if not grams:
            return False
        rows = self._database.execute(
            "SELECT blobs.text FROM grams CROSS JOIN blobs ON blobs.id = grams.rowid WHERE grams MATCH ?",
            (" AND ".join('"' + gram.replace('"', '""') + '"' for gram in grams),),
        )
        written, looked_at = re.compile(re.escape(word.encode()), re.I), 0
        for texts, (text,) in enumerate(rows):
            looked_at += len(text)
            if texts >= MOST_TEXTS or looked_at > MOST_BYTES or written.search(text):
                return True
        return False

    def _near(self, stem: str) -> list[str]:
        start = stem[:3]
        rows = self._database.execute(
            "SELECT term FROM finder_words WHERE term >= ? AND term < ? AND length(term) BETWEEN ? AND ? LIMIT 2000",
            (start, start + "\U0010ffff", len(stem) - 2, len(stem) + 3),
        )
        return difflib.get_close_matches(stem, [term for (term,) in rows], 2, 0.75)
