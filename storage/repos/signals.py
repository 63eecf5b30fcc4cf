"""The signals that speak for a file: its passages, its path, the commits that touched it.

Each is a query or two to the index, and gives numbers that only compare within one question.
"""

from __future__ import annotations

import math
import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.capabilities.team_code.secret_files import matches
from storage.repos.history import EPOCH, HALF_LIFE_SECONDS
from storage.repos.nearness import closeness
from storage.repos.passages import words
from storage.repos.questions import stems
from storage.repos.ranking import MORE_PASSAGES_SHARE, WEIGHTS
from storage.repos.thesaurus import Meaning
from storage.repos.worth import ASIDE, CODE

PASSAGES = 1_500
COMMON_SHARE = 0.1
"""Another word that stands in more of the passages says nothing, and costs most."""

COMMITS, NEAREST = 300, 50
"""So many commits with words of the question are looked at; so many, the nearest to it, speak for their files."""

ENOUGH_TEXT = 5.0
"""A BM25 of so much is half of what other words for one word can say."""

INLINE_TEST = re.compile(r"(^|\.)(tests?|test_\w+)(\.|$)")
"""A test that stands within the file of what it tests, as Rust has it."""


@dataclass(frozen=True, slots=True)
class IndexedCommit:
    """The commit that is asked, and how much of its history is known (see history.py)."""

    id: int
    at: float
    learned: int
    telling: int
    known_files: int
    mean_length: float

    @classmethod
    def of(cls, database: sqlite3.Connection, commit_id: int) -> IndexedCommit:
        query = "SELECT committed_at, coalesce(learned, 0), telling, known_files, mean_length FROM commits WHERE id = ?"
        at, *known = database.execute(query, (commit_id,)).fetchone()
        return cls(commit_id, datetime.fromisoformat(at).timestamp(), *known)


@dataclass(frozen=True, slots=True)
class Best:
    start: int
    end: int
    title: str
    kind: str


@dataclass(slots=True)
class File:
    """A file on the way: its best passage, and the commit that speaks most for it."""

    worth: float
    best: Best | None = None
    subject: tuple[float, str, int] | None = None


class Signals:
    """`files` grows with everything that a signal speaks for."""

    def __init__(self, database: sqlite3.Connection, commit: IndexedCommit, glob: str) -> None:
        self._database = database
        self._commit = commit
        self._glob = glob
        self._scale = 2 ** ((EPOCH - commit.at) / HALF_LIFE_SECONDS)
        self.files: dict[str, File] = {}

    def _file(self, path: str, worth: float) -> File | None:
        if self._glob and path not in self.files and not matches(path, (self._glob,)):
            return None
        return self.files.setdefault(path, File(worth))

    # --- what it says -------------------------------------------------------------------------------------------------

    def by_text(self, terms: Sequence[str]) -> dict[str, float]:
        """BM25 of its best passage, and a little for the next three."""
        if not terms:
            return {}
        rows = self._database.execute(
            "SELECT files.path, worth, start, end, title, passages.kind, best.score * worth AS weighed FROM"  # noqa: S608
            f" (SELECT rowid AS id, -bm25(finder, {WEIGHTS}) AS score FROM finder WHERE finder MATCH ?"
            "  ORDER BY score DESC LIMIT ?) AS best CROSS JOIN passages ON passages.id = best.id"
            " CROSS JOIN files INDEXED BY files_by_blob ON files.blob_id = passages.blob_id AND commit_id = ?"
            " ORDER BY weighed DESC",
            (any_of(terms), PASSAGES, self._commit.id),
        )
        passages: dict[str, list[tuple[float, Best]]] = defaultdict(list)
        for path, worth, start, end, title, kind, score in rows:
            if self._file(path, worth):
                within = ASIDE if worth == CODE and INLINE_TEST.search(title) else 1
                passages[path].append((score * within, Best(start, end, title, kind)))
        for path, found in passages.items():
            found.sort(key=lambda one: -one[0])
            self.files[path].best = self.files[path].best or found[0][1]
        return {
            path: found[0][0] + MORE_PASSAGES_SHARE * sum(score for score, _ in found[1:4])
            for path, found in passages.items()
        }

    def by_definition(self, names: Sequence[str]) -> dict[str, float]:
        """Files that define what the question names; of few definitions each counts for more."""
        scores: dict[str, float] = defaultdict(float)
        for name in names:
            rows = self._database.execute(
                "SELECT path, worth, start, end, qualified FROM definitions CROSS JOIN files INDEXED BY files_by_blob"
                " ON files.blob_id = definitions.blob_id AND commit_id = ? WHERE folded = ? AND name = ? LIMIT 200",
                (self._commit.id, name.lower(), name),
            ).fetchall()
            for path, worth, start, end, title in rows:
                if file := self._file(path, worth):
                    file.best = Best(start, end, title, "code")
                    scores[path] += worth / len(rows)
        return scores

    def by_written_path(self, written: Sequence[str]) -> dict[str, float]:
        """Files that the question names: by as much of the end of the path as is there."""
        scores: dict[str, float] = defaultdict(float)
        for path in written:
            parts = path.strip("/").split("/")
            for first in range(len(parts)):
                end = "/" + "/".join(parts[first:])
                rows = self._database.execute(
                    "SELECT path, worth FROM files WHERE commit_id = ? AND kind = 'text'"
                    " AND substr('/' || path, -length(?)) = ? LIMIT 20",
                    (self._commit.id, end, end),
                ).fetchall()
                is_vague = len(rows) > 1 and first == len(parts) - 1 > 0  # other folders' files of that name
                for found, worth in () if is_vague else rows:
                    if self._file(found, worth):
                        scores[found] += 1 / len(rows)  # of few files each counts for more
                if rows:
                    break
        return scores

    def by_meanings(self, groups: Iterable[Sequence[str]]) -> dict[str, float]:
        """Other words for the question's: those for one word count once together, however many of them stand there."""
        scores: dict[str, float] = defaultdict(float)
        for group in filter(None, groups):
            rows = self._database.execute(
                "SELECT files.path, worth, start, end, title, passages.kind, max(best.score) * worth FROM"  # noqa: S608
                f" (SELECT rowid AS id, -bm25(finder, {WEIGHTS}) AS score FROM finder WHERE finder MATCH ?"
                "  ORDER BY score DESC LIMIT ?) AS best CROSS JOIN passages ON passages.id = best.id"
                " CROSS JOIN files INDEXED BY files_by_blob ON files.blob_id = passages.blob_id AND commit_id = ?"
                " GROUP BY files.path",  # the other columns are those of the best passage
                (any_of(group), PASSAGES, self._commit.id),
            )
            for path, worth, start, end, title, kind, value in rows:
                if file := self._file(path, worth):
                    file.best = file.best or Best(start, end, title, kind)
                    scores[path] += value / (value + ENOUGH_TEXT)
        return scores

    def telling(self, words: Sequence[str]) -> list[str]:
        """Those that stand somewhere, and not everywhere."""
        passages, counts = self._counts(words)
        return [word for word in words if 0 < counts[word] <= max(20, passages * COMMON_SHARE)]

    def by_path(self, paths: Iterable[str], terms: Sequence[str], meant: Sequence[Meaning]) -> dict[str, float]:
        """Of each file, which share of the terms its path says in other words: at most 1."""
        rarity = self._rarity([*dict.fromkeys([*terms, *(word for one in meant for word in one.said)])])
        most = sum(rarity[term] for term in terms) or 1.0
        stem_of = stems([*dict.fromkeys(word for one in meant for word in (*one.said, *one.others))])
        grouped = [
            ({stem_of.get(word, word) for word in one.said}, {stem_of.get(word, word) for word in one.others},
             max(rarity[word] for word in one.said or one.others) / most)
            for one in meant
        ]  # fmt: skip
        return {
            path: self.files[path].worth
            * sum(share for these, those, share in grouped if not these & stand and those & stand)
            for path, stand in _path_stems(paths, set(stem_of.values())).items()
        }

    def _rarity(self, terms: Sequence[str]) -> dict[str, float]:
        passages, counts = self._counts(terms)
        return {term: math.log(1 + (passages - count + 0.5) / (count + 0.5)) for term, count in counts.items()}

    def _counts(self, terms: Sequence[str]) -> tuple[int, dict[str, int]]:
        """How many passages there are, and how many hold each word."""
        (passages,) = self._database.execute("SELECT coalesce(max(id), 0) FROM passages").fetchone()
        known_as = stems([*terms])
        counts = {}
        for term in terms:
            query = "SELECT doc FROM finder_words WHERE term = ?"
            row = self._database.execute(query, (known_as.get(term, term),)).fetchone()
            counts[term] = min(row[0], passages) if row else 0
        return passages, counts

    # --- what the history calls it ------------------------------------------------------------------------------------

    def by_history(self, groups: Sequence[Sequence[str]]) -> dict[str, float]:
        """BM25 over the words of the commits that touched it, a group of words as one; a commit counts less with its age and
        its breadth.
        """
        said: list[dict[str, float]] = []
        worths: dict[str, float] = {}
        for group in groups:
            rows = self._touched(
                "subjects MATCH ? AND changes.id <= ? GROUP BY owner", any_of(group), self._commit.learned
            )
            said.append({})
            for path, value, worth in rows:
                if self._file(path, worth):
                    said[-1][path], worths[path] = value * self._scale, worth
        lengths = self._lengths(list(worths))
        scores: dict[str, float] = defaultdict(float)
        for values in said:
            rarity = math.log(1 + (self._commit.known_files - len(values) + 0.5) / (len(values) + 0.5))
            for path, value in values.items():
                often = value / (0.5 + 0.5 * lengths[path] / self._commit.mean_length)
                scores[path] += rarity * often * 2.2 / (often + 1.2) * worths[path]
        return scores

    def _touched(self, where: str, *values: object) -> sqlite3.Cursor:
        return self._database.execute(
            "SELECT owner, sum(weight), worth FROM subjects CROSS JOIN changes ON changes.id = subjects.rowid"  # noqa: S608
            " CROSS JOIN touched ON change_id = changes.id CROSS JOIN trails ON trails.id = trail_id"
            f" CROSS JOIN files ON commit_id = ? AND files.path = owner AND files.kind = 'text' WHERE {where}",
            (self._commit.id, *values),
        )

    def _lengths(self, paths: Sequence[str]) -> dict[str, float]:
        found: dict[str, float] = {}
        for some in batched(paths):
            marks = ",".join("?" for _ in some)
            query = f"SELECT owner, sum(length) FROM trails WHERE owner IN ({marks}) GROUP BY owner"  # noqa: S608
            found.update(self._database.execute(query, some).fetchall())
        return found

    def by_commits(self, terms: Sequence[str]) -> dict[str, float]:
        """The files that the commits nearest to the question touched, of those whose subject says any of its words."""
        changes = self._database.execute(
            "SELECT changes.id, subject, at, weight FROM"
            " (SELECT rowid AS id FROM subjects WHERE subjects MATCH ? AND rowid <= ? ORDER BY bm25(subjects) LIMIT ?)"
            " AS best CROSS JOIN changes ON changes.id = best.id",
            (any_of(terms), self._commit.learned, COMMITS),
        ).fetchall()
        near = closeness(self._database, terms, [subject for _, subject, _, _ in changes])
        ranked = sorted(zip(near, changes, strict=True), key=lambda one: -one[0])[:NEAREST]
        scores: dict[str, float] = defaultdict(float)
        for close, (change, subject, at, weight) in ranked:
            value = max(0.0, close) ** 2 * weight * self._scale
            for path, worth in self._touched_by(change):
                if value and (file := self._file(path, worth)):
                    scores[path] += value * worth
                    told = file.subject or (0.0, "", 0)
                    file.subject = max(told, (value, subject, datetime.fromtimestamp(at, UTC).year))
        return scores

    def _touched_by(self, change: int) -> list[tuple[str, float]]:
        return self._database.execute(
            "SELECT owner, worth FROM touched CROSS JOIN trails ON trails.id = trail_id"
            " CROSS JOIN files ON commit_id = ? AND files.path = owner AND files.kind = 'text' WHERE change_id = ?",
            (self._commit.id, change),
        ).fetchall()


def _path_stems(paths: Iterable[str], wanted: set[str]) -> dict[str, set[str]]:
    """Which of the wanted stems each path says, for those that say any. Parts are looked at once: files of a folder share them."""
    parts = {path: path.split("/") for path in paths}
    beginnings = {stem[:2] for stem in wanted}
    spoken = {
        part: [word for word in re.findall(r"[^\W_]+", words(part).lower()) if word[:2] in beginnings]
        for part in {part for those in parts.values() for part in those}
    }
    stem_of = stems(sorted({word for those in spoken.values() for word in those}))
    said = {part: {stem_of.get(word, word) for word in those} & wanted for part, those in spoken.items() if those}
    found = {path: set().union(*(said.get(part, ()) for part in those)) for path, those in parts.items()}
    return {path: those for path, those in found.items() if those}


def any_of(terms: Iterable[str]) -> str:
    return " OR ".join('"' + term.replace('"', '""') + '"' for term in terms)


def batched(values: Sequence[str], most: int = 500) -> Iterator[Sequence[str]]:
    for first in range(0, len(values), most):
        yield values[first : first + most]
