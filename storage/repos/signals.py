"""The signals that speak for a file: its passages, the commits that touched it, the names that good files use, its folder.

Each is a query or two to the index, and gives numbers that only compare within one question.
"""

from __future__ import annotations

import math
import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.capabilities.team_code.secret_files import matches
from storage.repos.history import EPOCH, HALF_LIFE_SECONDS
from storage.repos.passages import words
from storage.repos.questions import stems
from storage.repos.ranking import MORE_PASSAGES_SHARE, WEIGHTS
from storage.repos.thesaurus import Meaning
from storage.repos.worth import ASIDE, CODE

PASSAGES = 1_500
COMMON_SHARE = 0.1
"""Another word that stands in more of the passages says nothing, and costs most."""

COMMITS, USERS, TEXT_BYTES = 50, 20, 50_000
ENOUGH_TEXT = 5.0
"""A BM25 of so much is half of what other words for one word can say."""

MOST_DEFINERS = 24
INLINE_TEST = re.compile(r"(^|\.)(tests?|test_\w+)(\.|$)")
"""A test that stands within the file of what it tests, as Rust has it."""

NAME = re.compile(rb"[A-Za-z_]\w{5,60}")


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
    """A file on the way: its best passage, the commit that speaks most for it, and the best file that uses it."""

    worth: float
    best: Best | None = None
    subject: tuple[float, str, int] | None = None
    user: tuple[float, str] | None = None


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

    def by_path(
        self, paths: Iterable[str], terms: Sequence[str], meant: Sequence[Meaning]
    ) -> tuple[dict[str, float], dict[str, float]]:
        """Of each file, which share of the question its path says, and which share it says in other words: at most 1."""
        said = [*dict.fromkeys([*terms, *(word for one in meant for word in one.said)])]
        rarity = self._rarity(said)
        most = sum(rarity[term] for term in terms) or 1.0
        stem_of = stems([*dict.fromkeys([*said, *(word for one in meant for word in one.others)])])
        asked = [(stem_of.get(term, term), rarity[term] / most) for term in terms]
        grouped = [
            ({stem_of.get(word, word) for word in one.said}, {stem_of.get(word, word) for word in one.others},
             max(rarity[word] for word in one.said) / most)
            for one in meant
        ]  # fmt: skip
        own, other = {}, {}
        for path, stand in _path_stems(paths, set(stem_of.values())).items():
            value = self.files[path].worth
            own[path] = value * sum(share for stem, share in asked if stem in stand)
            other[path] = value * sum(share for these, those, share in grouped if not these & stand and those & stand)
        return own, other

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
        """The commits whose subject fits best, for the files that they touched."""
        rows = self._database.execute(
            "SELECT owner, worth, best.score * best.score * weight AS value, subject, at FROM"
            " (SELECT rowid AS id, -bm25(subjects) AS score FROM subjects WHERE subjects MATCH ? AND rowid <= ?"
            "  ORDER BY score DESC LIMIT ?) AS best"
            " CROSS JOIN changes ON changes.id = best.id CROSS JOIN touched ON change_id = changes.id"
            " CROSS JOIN trails ON trails.id = trail_id"
            " CROSS JOIN files ON commit_id = ? AND files.path = owner AND files.kind = 'text' ORDER BY value DESC",
            (any_of(terms), self._commit.learned, COMMITS, self._commit.id),
        )
        scores: dict[str, float] = defaultdict(float)
        for path, worth, value, subject, at in rows:
            if file := self._file(path, worth):
                scores[path] += value * self._scale * worth
                file.subject = file.subject or (value, subject, datetime.fromtimestamp(at, UTC).year)
        return scores

    # --- what stands around it ----------------------------------------------------------------------------------------

    def by_names(self, scores: Mapping[str, float]) -> dict[str, float]:
        """Files that define, alone, the names that the best ones use."""
        used: dict[str, list[str]] = defaultdict(list)
        for path in sorted(scores, key=lambda one: -scores[one])[:USERS]:
            for name in set(NAME.findall(self._text(path)[:TEXT_BYTES])):
                if not name.islower() or b"_" in name:  # a plain word may be anything
                    used[name.decode()].append(path)
        edges: dict[tuple[str, str], int] = defaultdict(int)
        for name, definer in self._definers(list(used)):
            for user in used[name]:
                edges[user, definer] += user != definer
        lifted: dict[str, float] = defaultdict(float)
        for (user, definer), count in edges.items():
            if count and (file := self._file(definer, CODE)):
                value = scores[user] * math.log(1 + count)
                lifted[definer] += value
                file.user = max(file.user or (0.0, ""), (value, user))
        return lifted

    def _definers(self, names: Sequence[str]) -> Iterator[tuple[str, str]]:
        """The names that exactly one file of code defines, and which; of names with many definitions nothing is known."""
        places: dict[str, set[str]] = defaultdict(set)
        for some in batched(names):
            marks = ",".join("?" for _ in some)
            rows = self._database.execute(
                f"SELECT name, path FROM (SELECT folded FROM definitions WHERE folded IN ({marks})"  # noqa: S608
                "  GROUP BY folded HAVING count(*) <= ?) AS rare CROSS JOIN definitions ON definitions.folded = rare.folded"
                " CROSS JOIN files INDEXED BY files_by_blob"
                " ON files.blob_id = definitions.blob_id AND commit_id = ? AND worth = ?",
                (*(name.lower() for name in some), MOST_DEFINERS, self._commit.id, CODE),
            )
            for name, path in rows:
                places[name].add(path)
        for name in names:
            if len(where := places.get(name, ())) == 1:
                yield name, next(iter(where))

    def by_folders(self, scores: Mapping[str, float]) -> dict[str, float]:
        """What its neighbours score, less in a folder that holds many."""
        sums: dict[str, float] = defaultdict(float)
        for path, score in scores.items():
            sums[folder_of(path)] += score
        sizes: dict[str, int] = defaultdict(int)
        for (path,) in self._database.execute("SELECT path FROM files WHERE commit_id = ?", (self._commit.id,)):
            sizes[folder_of(path)] += 1
        values = {folder: value / math.sqrt(max(1, sizes[folder])) for folder, value in sums.items()}
        return {path: values[folder_of(path)] * self.files[path].worth for path in scores}

    def _text(self, path: str) -> bytes:
        query = "SELECT text FROM files JOIN blobs ON blobs.id = blob_id WHERE commit_id = ? AND path = ?"
        row = self._database.execute(query, (self._commit.id, path)).fetchone()
        return bytes(row[0]) if row else b""


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


def folder_of(path: str) -> str:
    return path.rpartition("/")[0]
