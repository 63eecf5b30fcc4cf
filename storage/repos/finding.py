"""Which files a question in plain words means: what their text says, what the history calls them, and what they speak of.

Each signal gives every file a number; the largest of a question counts 1, and they are summed. The largest part of a file's sum
is the reason that is told with it.
"""

from __future__ import annotations

import heapq
import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from bot.capabilities.team_code.code import Candidate, Candidates
from storage.repos.asked_kinds import KIND_SHARE, asked_kinds
from storage.repos.nearness import nearness
from storage.repos.questions import (
    exact_names,
    joined_words,
    prose,
    question_words,
    quoted_phrases,
    written_paths,
)
from storage.repos.signals import IndexedCommit, Signals
from storage.repos.thesaurus import Meaning, meanings
from storage.repos.unknown_words import UnknownWords
from storage.repos.worth import ASIDE

TEXT_SHARE, HISTORY_SHARE, COMMITS_SHARE = 1.0, 0.75, 0.25
OTHER_WORDS_SHARE = 0.5
"""What other words for the question's own find in the text, and in the history."""

PATHS, PATH_SHARE = 500, 0.6
"""So many of the best are looked at by their paths. The question's own words count in the text, of which the path is a part."""

LATENT_SHARE = 0.7
"""What lies near the question's words, and near other words for them."""

DEFINED_SHARE = 3.0
"""Who writes a name means its definition, whatever else speaks of it."""

QUOTED_SHARE = 2.0
"""A text that is quoted word for word, such as an error's, stands where it is made."""

ENOUGH_COMMITS = 1_500
"""So many commits with telling subjects make a history worth as much as the text; fewer count for less."""

GUESSES = 1.5
"""What guessed names find, against what the question's own words find: whoever guesses knows what code is called."""

SUBJECT_CHARACTERS = 70


class Finder:
    """One question to one commit of an index."""

    def __init__(self, database: sqlite3.Connection, commit: IndexedCommit, glob: str = "") -> None:
        self._database, self._commit = database, commit
        self._signals = Signals(database, commit, glob)
        self._words = UnknownWords(database)
        self._trust = min(1.0, commit.telling / ENOUGH_COMMITS)
        self._parts: dict[str, dict[str, float]] = {}

    def best(self, question: str, limit: int, names: Sequence[str] = ()) -> Candidates:
        """`names` are guesses of what the code calls it: they count beside the question's own words."""
        asks = prose(question)
        terms, guesses = question_words(asks), question_words(" ".join(names))
        if not terms and not guesses:
            return Candidates((), (), self._trust > 0)
        known = [word for word in joined_words(asks) if word not in terms and self._words.knows(word)]
        asked = [*terms, *known]
        self._add("text", self._signals.by_definition(exact_names(question)), DEFINED_SHARE)
        self._add("text", self._signals.by_written_path(written_paths(question)), DEFINED_SHARE)
        self._add("text", self._signals.by_text(quoted_phrases(question)), QUOTED_SHARE)
        scores = self.scores(asked, meanings(asks, asked), guesses)
        scores.update(self._of_kinds(asked_kinds(asks), scores))
        ranked = sorted(scores, key=lambda path: (-scores[path], path))
        files = tuple(one for _, one in zip(range(limit), self._merged(ranked, scores), strict=False))
        return Candidates(files, tuple(self._words.of([*dict.fromkeys([*terms, *guesses])])), self._trust > 0)

    def scores(self, terms: Sequence[str], meant: Sequence[Meaning], guesses: Sequence[str] = ()) -> dict[str, float]:
        """Every file that anything speaks for."""
        signals, trust = self._signals, self._trust
        others = [sorted(one.others) for one in meant]
        words = dict.fromkeys([*terms, *(word for group in others for word in group)])
        self._add("text", signals.by_text(guesses), GUESSES * TEXT_SHARE)
        self._add("text", signals.by_text(terms), TEXT_SHARE)
        self._add("text", signals.by_meanings(signals.telling(group) for group in others), OTHER_WORDS_SHARE)
        if trust > 0:
            self._add("history", signals.by_history([[term] for term in terms]), HISTORY_SHARE * trust)
            self._add("history", signals.by_history(others), OTHER_WORDS_SHARE * trust)
            self._add("history", signals.by_commits([*words]), COMMITS_SHARE * trust)
            self._add("history", signals.by_history([[guess] for guess in guesses]), GUESSES * HISTORY_SHARE * trust)
        total = self._total()
        likely = heapq.nlargest(PATHS, total, key=lambda path: total[path])
        self._add("text", signals.by_path(likely, terms, meant), PATH_SHARE, most=1.0)
        if guesses:
            named = [Meaning((), frozenset({guess})) for guess in guesses]
            self._add("text", signals.by_path(likely, guesses, named), GUESSES * PATH_SHARE, most=1.0)
        self._add("latent", self._near(likely, {*words, *guesses}), LATENT_SHARE)
        return self._total()

    def _of_kinds(self, kinds: Sequence[re.Pattern[str]], scores: Mapping[str, float]) -> dict[str, float]:
        """What files of the asked kinds score where they are no longer set aside."""
        found = {path: self._signals.files[path].worth for path in scores if any(kind.search(path) for kind in kinds)}
        return {path: scores[path] * KIND_SHARE / (worth if worth >= ASIDE else 1) for path, worth in found.items()}

    def _near(self, paths: Sequence[str], terms: Iterable[str]) -> dict[str, float]:
        near = nearness(self._database, self._commit.id, terms, paths)
        return {path: value * self._signals.files[path].worth for path, value in near.items()}

    def _add(self, part: str, values: Mapping[str, float], share: float, *, most: float = 0.0) -> None:
        """`most` is what counts as 1 where the largest value does not."""
        most = most or max(values.values(), default=0.0)
        sums = self._parts.setdefault(part, defaultdict(float))
        for path, value in values.items() if most > 0 else ():
            sums[path] += share * value / most

    def _total(self) -> dict[str, float]:
        total: dict[str, float] = defaultdict(float)
        for sums in self._parts.values():
            for path, value in sums.items():
                total[path] += value
        return total

    def _merged(self, ranked: Sequence[str], scores: Mapping[str, float]) -> Iterator[Candidate]:
        """In order; documents of one name and one title (five versions of a page) are one, the best of them."""
        alike: dict[tuple[str, str], list[str]] = defaultdict(list)
        for path in ranked:
            if key := self._page(path):
                alike[key].append(path)
        for path in ranked:
            copies = alike.get(self._page(path) or ("", ""), [path])
            if copies[0] == path:
                yield self._candidate(path, scores[path], len(copies) - 1)

    def _page(self, path: str) -> tuple[str, str] | None:
        best = self._signals.files[path].best
        return (path.rsplit("/", 1)[-1], best.title) if best and best.kind == "doc" else None

    def _candidate(self, path: str, score: float, copies: int) -> Candidate:
        found = self._signals.files[path]
        best = found.best
        start, end, title, kind = (best.start, best.end, best.title, best.kind) if best else (0, 0, "", "code")
        return Candidate(path, start, end, title, kind, score, self._reason(path), copies)

    def _reason(self, path: str) -> str:
        """ "" where its own text is the reason."""
        found = self._signals.files[path]
        part = max(("text", "history"), key=lambda name: self._parts.get(name, {}).get(path, 0.0))
        if part == "text" or not found.subject:
            return ""
        subject, year = found.subject[1:]
        return f"changed {year} by “{subject[:SUBJECT_CHARACTERS]}”"
