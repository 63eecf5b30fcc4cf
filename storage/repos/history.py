"""A repository's own history as a dictionary of its files: the words of the commits that touched a file are words for it.

Learned after a commit is indexed, from its ancestors alone, and at most once: a later commit adds what is new. What is secret or
denied leaves no trace here, under an old name neither; subjects are masked like everything else.
"""

from __future__ import annotations

import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from bot.capabilities.team_code.secret_files import is_secret, matches
from bot.writing.masking import mask
from storage.repos.latent import learn_latent
from storage.repos.passages import words
from storage.repos.questions import STOP_WORDS
from storage.repos.schema import open_for_writing
from storage.repos.steps import Step, reaches, steps

HALF_LIFE_SECONDS = 8 * 365.25 * 86_400
EPOCH = 1_577_836_800
"""2020-01-01: ages are counted from one fixed day, so that what was learned stays true when newer commits come."""

TELLING_WORDS = 3


def learn(folder: Path, index: Path, sha: str, deny: Sequence[str] = (), *, is_newest: bool = True) -> None:
    """Learn the history of an indexed commit; nothing happens when it is known already.

    An older commit that is looked at again gets what its ancestors know, and changes nothing for the newest.
    """
    database = open_for_writing(index, deny)
    try:
        row = database.execute("SELECT learned FROM commits WHERE sha = ?", (sha,)).fetchone()
        if row is None or row[0] is not None:
            return
        database.execute("BEGIN IMMEDIATE")
        _Learning(folder, database, sha, deny).run(is_newest)
        database.execute("COMMIT")
        database.execute("BEGIN IMMEDIATE")  # apart: the history is kept where this turns out to be too large
        learn_latent(database, sha, is_newest=is_newest)
        database.execute("COMMIT")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        database.close()


def weight(paths: int, at: int) -> float:
    """What a commit says of each file it touched: less when they are many, half as much each eight years."""
    return float(paths**-0.5 * 2 ** ((at - EPOCH) / HALF_LIFE_SECONDS))


def telling_words(subject: str) -> int:
    """How many of its words say something."""
    return sum(1 < len(word) < 40 and word not in STOP_WORDS for word in re.findall(r"[^\W_]+", words(subject).lower()))


class _Learning:
    def __init__(self, folder: Path, database: sqlite3.Connection, sha: str, deny: Sequence[str]) -> None:
        self._folder = folder
        self._database = database
        self._sha = sha
        self._deny = tuple(deny)

    def run(self, is_newest: bool) -> None:
        base, known = self._base()
        if is_newest:
            if known < self._last():  # another branch, or history was rewritten
                self._forget()
                base = ""
            self._write([*steps(self._folder, self._sha, base)][::-1])
            known = self._last()
        self._note(known)

    def _last(self) -> int:
        return int(self._database.execute("SELECT coalesce(max(id), 0) FROM changes").fetchone()[0])

    def _base(self) -> tuple[str, int]:
        """The newest ancestor whose history is known, and its last change."""
        rows = self._database.execute(
            "SELECT sha, learned FROM commits WHERE learned > 0 ORDER BY learned DESC, id DESC"
        ).fetchall()
        return next(((sha, last) for sha, last in rows if reaches(self._folder, self._sha, sha)), ("", 0))

    def _forget(self) -> None:
        for table in ("changes", "trails", "touched"):
            self._database.execute(f"DELETE FROM {table}")  # noqa: S608 - our own words
        self._database.execute("INSERT INTO subjects (subjects) VALUES ('delete-all')")
        self._database.execute("UPDATE commits SET learned = NULL, telling = 0")

    def _write(self, found: Sequence[Step]) -> None:
        trails: dict[str, int] = dict(self._database.execute("SELECT path, id FROM trails").fetchall())
        renamed: dict[str, str] = dict(
            self._database.execute("SELECT path, owner FROM trails WHERE path <> owner").fetchall()
        )
        lengths: dict[str, float] = defaultdict(
            float, self._database.execute("SELECT path, length FROM trails").fetchall()
        )
        change_id = self._last()
        changes, touched = [], []
        for step in found:
            for old, new in step.renames:
                if not self._is_hidden(old) and not self._is_hidden(new):
                    renamed[old] = new
                    trails.setdefault(old, len(trails) + 1)
            paths = [path for path in step.paths if not self._is_hidden(path)]
            if not paths:
                continue
            change_id += 1
            subject = mask(step.subject, is_typed=True)
            value = weight(len(step.paths), step.at)
            changes.append((change_id, step.sha, subject, step.at, value))
            for path in paths:
                trail = trails.setdefault(path, len(trails) + 1)
                touched.append((change_id, trail))
                lengths[path] += value * telling_words(subject)
        rows = self._database.execute(
            "SELECT path FROM files JOIN commits ON id = commit_id WHERE sha = ? AND kind = 'text'", (self._sha,)
        )
        current = {path for (path,) in rows}
        many = self._database.executemany
        many("INSERT INTO changes VALUES (?, ?, ?, ?, ?)", changes)
        many("INSERT INTO subjects (rowid, subject) VALUES (?, ?)", [(one[0], words(one[2])) for one in changes])
        many("INSERT OR IGNORE INTO touched VALUES (?, ?)", touched)
        owned = [(trail, path, _owner(path, renamed, current), lengths[path]) for path, trail in trails.items()]
        many("INSERT OR REPLACE INTO trails VALUES (?, ?, ?, ?)", owned)

    def _is_hidden(self, path: str) -> bool:
        return is_secret(path) or matches(path, self._deny)

    def _note(self, last: int) -> None:
        """What ranking asks for again and again: how much is known, and of how many files."""
        subjects = self._database.execute("SELECT subject FROM changes WHERE id <= ?", (last,))
        telling = sum(telling_words(subject) >= TELLING_WORDS for (subject,) in subjects)
        known, mean = self._database.execute(
            "SELECT count(*), coalesce(avg(length), 0) FROM (SELECT sum(length) AS length FROM trails JOIN files ON files.path = owner"
            " JOIN commits ON commits.id = commit_id WHERE sha = ? GROUP BY owner HAVING sum(length) > 0)",
            (self._sha,),
        ).fetchone()
        self._database.execute(
            "UPDATE commits SET learned = ?, telling = ?, known_files = ?, mean_length = ? WHERE sha = ?",
            (last, telling, known, mean, self._sha),
        )


def _owner(path: str, renamed: Mapping[str, str], current: Iterable[str]) -> str:
    """What a file is called today; it may have been called several things since."""
    seen = {path}
    while path not in current and renamed.get(path, path) not in seen:
        path = renamed[path]
        seen.add(path)
    return path
