"""Builds a commit's index: every new blob is read, masked and cut up once; a commit that shares blobs with an earlier one costs
only what changed. Blocking and busy: it runs in a process of its own (see sync.py), with nothing else in it.
"""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.capabilities.team_code.code import LARGEST_BYTES, FileKind
from bot.capabilities.team_code.dependencies.reading import most_bytes
from bot.capabilities.team_code.secret_files import is_secret, matches
from bot.writing.masking import mask
from storage.repos.grammar import DOCUMENTS, language_of
from storage.repos.objects import GitObjects, TreeEntry
from storage.repos.parsing import Parsing
from storage.repos.passages import pieces, words
from storage.repos.schema import INDEXES, open_for_writing, remove_index
from storage.repos.symbols import Parsed
from storage.repos.worth import is_generated, marked_globs, worth

Progress = Callable[[int, int], None]
"""(files done, files in all)."""

LARGE_ROOM_BYTES = 400_000_000
"""For all larger files of a commit together: those that hold dependencies are kept up to their readers' own limits."""

MOST_FILES = 250_000
LFS = b"version https://git-lfs.github.com/spec/"
NAME = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]{2,60}")
GENERATED_LINE = 2_000
"""Characters a line on average above which a text was written by a machine: found as text, not cut into passages."""

LOCK = re.compile(
    r"(^|/)(package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|go\.sum|[^/]+\.lock|Package\.resolved)$", re.I
)
"""Found as text; what they pin is asked of dependency_versions, and they answer no question in words."""

BATCH = 400
BATCH_BYTES = 40_000_000
WASTE_LEAST = 5_000
"""Blobs that no commit holds any more are kept until they are more than the others; then the index is made anew."""


@dataclass(slots=True)
class Blob:
    """A text on its way into the index."""

    key: str
    path: str
    language: str
    text: str


def build(
    folder: Path, index: Path, sha: str, deny: Sequence[str] = (), progress: Progress = lambda done, total: None
) -> None:
    """Index one commit of the repository in `folder`; nothing happens when it is indexed already."""
    objects = GitObjects(folder)
    database = open_for_writing(index, deny)
    try:
        if database.execute("SELECT 1 FROM commits WHERE sha = ?", (sha,)).fetchone():
            return
        database.execute("BEGIN IMMEDIATE")
        with Parsing() as parsing:
            _Build(objects, database, parsing, sha, deny, progress).run()
        database.execute("COMMIT")
        database.executescript(INDEXES)
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        database.close()


def prune(index: Path, keep_days: int, current: str) -> None:
    """Forget commits that were indexed so long ago, but never the current one. They can be built again from the mirror."""
    database = open_for_writing(index)
    try:
        old = (datetime.now(UTC) - timedelta(days=keep_days)).isoformat()
        gone = "SELECT id FROM commits WHERE indexed_at < ? AND sha <> ?"
        database.execute("BEGIN IMMEDIATE")
        database.execute(f"DELETE FROM files WHERE commit_id IN ({gone})", (old, current))  # noqa: S608 - our own words
        database.execute(f"DELETE FROM commits WHERE id IN ({gone})", (old, current))  # noqa: S608 - our own words
        database.execute("COMMIT")
        kept = database.execute("SELECT count(*) FROM blobs").fetchone()[0]
        used = database.execute("SELECT count(DISTINCT blob_id) FROM files").fetchone()[0]
    finally:
        database.close()
    if kept > WASTE_LEAST and kept > 2 * used:
        remove_index(index)


class _Build:
    """One commit on its way into the index, in one transaction: readers see all of it or nothing."""

    def __init__(
        self,
        objects: GitObjects,
        database: sqlite3.Connection,
        parsing: Parsing,
        sha: str,
        deny: Sequence[str],
        progress: Progress,
    ) -> None:
        self._objects = objects
        self._database = database
        self._parsing = parsing
        self._sha = sha
        self._deny = tuple(deny)
        self._progress = progress
        self._mentions: Counter[str] = Counter()
        self._room = LARGE_ROOM_BYTES
        known = database.execute("SELECT key, id, generated FROM blobs").fetchall()
        self._known: dict[str, int] = {key: blob_id for key, blob_id, _ in known}
        self._generated = {blob_id for _, blob_id, generated in known if generated}
        self._next_passage = self._first_free("passages")
        self._next_blob = self._first_free("blobs")

    def _first_free(self, table: str) -> int:
        return int(self._database.execute(f"SELECT coalesce(max(id), 0) + 1 FROM {table}").fetchone()[0])  # noqa: S608

    def run(self) -> None:
        now = datetime.now(UTC).isoformat()
        at = self._objects.commit(self._sha).at.isoformat()
        row = self._database.execute(
            "INSERT INTO commits (sha, committed_at, indexed_at) VALUES (?, ?, ?)", (self._sha, at, now)
        )
        commit_id = row.lastrowid
        entries = [entry for _, entry in zip(range(MOST_FILES), self._objects.walk(self._sha), strict=False)]
        marked = self._marked(entries)
        files, pending, pending_bytes = [], list[Blob](), 0
        for done, entry in enumerate(entries, 1):
            kind, size, blob_id, blob = self._file(entry)
            if blob is not None:
                pending.append(blob)
                pending_bytes += size
            value = worth(entry.path, blob_id in self._generated, marked)
            files.append((commit_id, entry.path, kind, size, blob_id, value))
            if len(pending) >= BATCH or pending_bytes >= BATCH_BYTES:
                self._write(pending)
                pending, pending_bytes = [], 0
            if done % BATCH == 0 or done == len(entries):
                self._progress(done, len(entries))
        self._write(pending)
        self._database.executemany("INSERT OR IGNORE INTO files VALUES (?, ?, ?, ?, ?, ?)", files)
        self._write_mentions()

    def _marked(self, entries: Iterable[TreeEntry]) -> tuple[str, ...]:
        """What the repository's own .gitattributes calls generated."""
        own = next((entry for entry in entries if entry.path == ".gitattributes" and not entry.is_link), None)
        if own is None or not 0 <= self._objects.size(own.oid) <= LARGEST_BYTES:
            return ()
        return marked_globs(readable(self._objects.blob(own.oid)))

    def _file(self, entry: TreeEntry) -> tuple[FileKind, int, int | None, Blob | None]:
        if entry.is_submodule:
            return "submodule", 0, None, None
        if entry.is_link:
            return "link", 0, None, None
        size = self._objects.size(entry.oid)
        if is_secret(entry.path):
            return "secret", max(0, size), None, None
        if matches(entry.path, self._deny):
            return "denied", max(0, size), None, None
        if size < 0:
            return "absent", 0, None, None
        if size > LARGEST_BYTES and not self._is_worth_it(entry.path, size):
            return "large", size, None, None
        language = language_of(entry.path)
        key = f"{entry.oid} {language}"
        if key in self._known:
            return "text", size, self._known[key], None
        data = self._objects.blob(entry.oid)
        if b"\0" in data[:8_000]:
            return "binary", size, None, None
        if data.startswith(LFS):
            return "lfs", size, None, None
        blob_id = self._next_blob
        self._next_blob += 1
        self._known[key] = blob_id
        text = readable(data)
        if is_generated(text, count_lines(text)):
            self._generated.add(blob_id)
        return "text", size, blob_id, Blob(key, entry.path, language, text)

    def _is_worth_it(self, path: str, size: int) -> bool:
        """A lock file of a large repository is large, and its versions are asked for."""
        if size > min(most_bytes(path), self._room):
            return False
        self._room -= size
        return True

    def _write(self, blobs: Iterable[Blob]) -> None:
        texts, grams, finder = [], [], []
        definitions: list[tuple[object, ...]] = []
        passages: list[tuple[object, ...]] = []
        for blob in blobs:
            blob_id = self._known[blob.key]
            source = blob.text.encode()
            lines = count_lines(blob.text)
            is_flat = len(source) > min(LARGEST_BYTES, GENERATED_LINE * max(1, lines))
            parsed = Parsed([]) if is_flat else self._parsing.parse(source, blob.language)
            found = parsed.symbols
            texts.append((blob_id, blob.key, blob.language, lines, blob_id in self._generated, source, parsed.quiet))
            grams.append((blob_id, blob.text))
            if is_flat:
                continue
            definitions += [
                (blob_id, one.name, one.name.lower(), one.qualified, one.kind, one.line, one.end, one.signature)
                for one in found
            ]
            if found:
                self._mentions.update(set(NAME.findall(blob.text)))
            for piece in pieces(blob.path, blob.language, blob.text, found) if not LOCK.search(blob.path) else ():
                passages.append((self._next_passage, blob_id, piece.kind, piece.start, piece.end, piece.title[:300]))
                where = words(blob.path) if blob.language not in DOCUMENTS else blob.path
                finder.append((self._next_passage, where, words(piece.heads), words(piece.notes), words(piece.body)))
                self._next_passage += 1
        many = self._database.executemany
        many("INSERT INTO blobs (id, key, language, lines, generated, text, quiet) VALUES (?, ?, ?, ?, ?, ?, ?)", texts)
        many("INSERT INTO grams (rowid, text) VALUES (?, ?)", grams)
        many(
            "INSERT INTO definitions (blob_id, name, folded, qualified, kind, start, end, signature) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            definitions,
        )
        many("INSERT INTO passages (id, blob_id, kind, start, end, title) VALUES (?, ?, ?, ?, ?, ?)", passages)
        many("INSERT INTO finder (rowid, path, heads, notes, body) VALUES (?, ?, ?, ?, ?)", finder)

    def _write_mentions(self) -> None:
        """In how many files each defined name is mentioned: what ranks a repository's symbols."""
        defined = {name for (name,) in self._database.execute("SELECT DISTINCT name FROM definitions")}
        rows = [(name, count) for name, count in self._mentions.items() if name in defined]
        self._database.executemany(
            "INSERT INTO mentions VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET files = files + excluded.files", rows
        )


def readable(data: bytes) -> str:
    """A blob as text: UTF-8 where it is, else Latin-1; line feeds only; secrets masked."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    return mask(text.replace("\r\n", "\n").replace("\r", "\n"))


def count_lines(text: str) -> int:
    return text.count("\n") + (1 if text and not text.endswith("\n") else 0)
