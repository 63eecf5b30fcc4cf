"""The index of one repository in one SQLite file: what is in it, and how it is opened.

Texts are kept once a blob, however many commits hold it; a commit is a list of paths. `grams` finds substrings (trigrams without
positions: candidates that are then looked at; gathered in 512 kB before they are written, as in more its lists grow slower), `finder`
ranks passages by words. Both are contentless: the text stands in `blobs`.
`changes`, `subjects`, `trails` and `touched` are what the repository's history calls its files (see history.py), `latent_words` and
`latent_files` what they speak of (see latent.py).

`rules` says what the operator had denied when the index was made. Under other rules it is not read at all, and made anew by whoever
writes next: nothing of a file that was denied since is left in it, its words and its history neither.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from bot.writing.masking import RULES

LAYOUT, NO_INDEX = 7, -1
VERSION = LAYOUT * 1_000 + RULES
"""Another version's file is made anew: an index can always be built again. What is masked in it is part of its version."""

SCHEMA = """
CREATE TABLE rules (id INTEGER PRIMARY KEY CHECK (id = 1), deny TEXT NOT NULL);
CREATE TABLE commits (
    id INTEGER PRIMARY KEY, sha TEXT NOT NULL UNIQUE, committed_at TEXT NOT NULL, indexed_at TEXT NOT NULL,
    learned INTEGER, telling INTEGER NOT NULL DEFAULT 0, known_files INTEGER NOT NULL DEFAULT 0, mean_length REAL NOT NULL DEFAULT 0
);
CREATE TABLE blobs (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, language TEXT NOT NULL, lines INTEGER NOT NULL, generated INTEGER NOT NULL,
    text BLOB NOT NULL, quiet BLOB
);
CREATE TABLE files (
    commit_id INTEGER NOT NULL, path TEXT NOT NULL, kind TEXT NOT NULL, size INTEGER NOT NULL, blob_id INTEGER,
    worth REAL NOT NULL, PRIMARY KEY (commit_id, path)
) WITHOUT ROWID;
CREATE INDEX files_by_blob ON files (blob_id, commit_id, worth);
CREATE TABLE definitions (
    id INTEGER PRIMARY KEY, blob_id INTEGER NOT NULL, name TEXT NOT NULL, folded TEXT NOT NULL, qualified TEXT NOT NULL,
    kind TEXT NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL, signature TEXT NOT NULL
);
CREATE TABLE passages (
    id INTEGER PRIMARY KEY, blob_id INTEGER NOT NULL, kind TEXT NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL,
    title TEXT NOT NULL
);
CREATE TABLE mentions (name TEXT PRIMARY KEY, files INTEGER NOT NULL) WITHOUT ROWID;
CREATE VIRTUAL TABLE grams USING fts5(text, content='', detail=none, tokenize='trigram');
INSERT INTO grams (grams, rank) VALUES ('hashsize', 524288);
CREATE VIRTUAL TABLE finder USING fts5(path, heads, notes, body, content='', tokenize='porter unicode61');
CREATE VIRTUAL TABLE finder_words USING fts5vocab(finder, 'row');
CREATE TABLE changes (
    id INTEGER PRIMARY KEY, sha TEXT NOT NULL, subject TEXT NOT NULL, at INTEGER NOT NULL, weight REAL NOT NULL
);
CREATE VIRTUAL TABLE subjects USING fts5(subject, content='', tokenize='porter unicode61');
CREATE VIRTUAL TABLE subjects_words USING fts5vocab(subjects, 'row');
CREATE TABLE trails (id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, owner TEXT NOT NULL, length REAL NOT NULL);
CREATE INDEX trails_by_owner ON trails (owner);
CREATE TABLE touched (change_id INTEGER NOT NULL, trail_id INTEGER NOT NULL, PRIMARY KEY (change_id, trail_id)) WITHOUT ROWID;
CREATE TABLE latent_words (stem TEXT PRIMARY KEY, rarity REAL NOT NULL, vector BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE latent_files (
    blob_id INTEGER NOT NULL, path TEXT NOT NULL, vector BLOB NOT NULL, PRIMARY KEY (blob_id, path)
) WITHOUT ROWID;
"""

CURRENT = """
CREATE TABLE IF NOT EXISTS current (
    id INTEGER PRIMARY KEY CHECK (id = 1), origin TEXT NOT NULL, ref TEXT NOT NULL, sha TEXT NOT NULL
);
"""
"""Added to indexes that are there already: making them all anew would keep every team waiting."""

INDEXES = """
CREATE INDEX IF NOT EXISTS definitions_by_name ON definitions (folded);
CREATE INDEX IF NOT EXISTS definitions_by_blob ON definitions (blob_id);
CREATE INDEX IF NOT EXISTS passages_by_blob ON passages (blob_id);
"""


def open_for_writing(path: Path, deny: Sequence[str] | None = None) -> sqlite3.Connection:
    """The index, made where there is none, and anew where it was made under other rules. One writer at a time; readers go on.

    Without `deny` the rules are left as they are.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    database = _connect(path)
    version = _version(database)
    if version not in (0, VERSION) or (version and deny is not None and _rules(database) != _written(deny)):
        database.close()
        remove_index(path)
        database, version = _connect(path), 0
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = NORMAL")
    if version == 0:
        database.executescript(f"BEGIN; {SCHEMA} PRAGMA user_version = {VERSION}; COMMIT;")
        database.execute("INSERT INTO rules VALUES (1, ?)", (_written(deny or ()),))
    database.executescript(CURRENT)
    return database


def open_for_reading(path: Path, deny: Sequence[str] = ()) -> sqlite3.Connection | None:
    """The index as it is, or None where there is none of this version and made under these rules. May be used from any one
    thread at a time."""
    if not path.exists():
        return None
    database = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, check_same_thread=False, timeout=5)
    if _version(database) != VERSION or _rules(database) != _written(deny):
        database.close()
        return None
    database.execute("PRAGMA mmap_size = 1073741824")
    database.execute("PRAGMA cache_size = -16000")
    return database


def remove_index(path: Path) -> None:
    """Whoever reads it still reads it to the end."""
    for leftover in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
        leftover.unlink(missing_ok=True)


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=30, isolation_level=None)


def _rules(database: sqlite3.Connection) -> str:
    row = database.execute("SELECT deny FROM rules").fetchone()
    return str(row[0]) if row else ""


def _written(deny: Sequence[str]) -> str:
    return json.dumps(sorted(set(deny)))


def _version(database: sqlite3.Connection) -> int:
    """NO_INDEX for a file that is no database, or not any more."""
    try:
        return int(database.execute("PRAGMA user_version").fetchone()[0])
    except sqlite3.DatabaseError as fault:
        if fault.sqlite_errorcode in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
            return NO_INDEX
        raise
