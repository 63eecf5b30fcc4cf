"""Asks the index of one repository at one commit. Blocking, and bounded in time; callers run it in a thread.

Substrings: trigrams give candidates, RE2 looks at their text, so a hit is always a hit. Words: BM25 over passages, where a word in a
definition's name counts more than one in its body.
"""

from __future__ import annotations

import re
import sqlite3
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from bot.capabilities.team_code.code import (
    Candidates,
    CodeQuery,
    Definition,
    FileEntry,
    FileKind,
    Found,
    Passage,
    SymbolsOf,
)
from bot.capabilities.team_code.repositories import BadQuery
from bot.capabilities.team_code.secret_files import matches
from storage.repos import signals
from storage.repos.finding import Finder
from storage.repos.grammar import has_symbols
from storage.repos.questions import question_words
from storage.repos.ranking import WEIGHTS
from storage.repos.ranking import best as best_of
from storage.repos.scanning import Scan, compile_linear, compiled
from storage.repos.schema import open_for_reading
from storage.repos.symbols import names_at
from storage.repos.worth import remote

SEARCH_SECONDS = 5.0
MOST_MATCHES = 5_000
AT_ONCE, MOST_DEFINED = 400, 8_000
"""Of names that are looked up together, in one query, and of their definitions: beyond that they are names of everything."""

ENTRIES = (
    "SELECT path, kind, size, coalesce(lines, 0), coalesce(language, ''), quiet IS NOT NULL FROM files"
    " LEFT JOIN blobs ON blobs.id = blob_id"
)


class CodeIndex:
    """One commit of one index. Not for two threads at once."""

    def __init__(self, database: sqlite3.Connection, commit_id: int) -> None:
        self._database = database
        self._commit_id = commit_id

    @classmethod
    def open(cls, path: Path, sha: str, deny: Sequence[str] = ()) -> CodeIndex | None:
        """None when this commit is not indexed, or was indexed while something else was denied."""
        database = open_for_reading(path, deny)
        if database is None:
            return None
        row = database.execute("SELECT id FROM commits WHERE sha = ?", (sha,)).fetchone()
        if row is None:
            database.close()
            return None
        return cls(database, row[0])

    def close(self) -> None:
        self._database.close()

    def files(self) -> list[FileEntry]:
        rows = self._database.execute(f"{ENTRIES} WHERE commit_id = ? ORDER BY path", (self._commit_id,))
        return [_entry(*row) for row in rows]

    def entry(self, path: str) -> FileEntry | None:
        row = self._database.execute(f"{ENTRIES} WHERE commit_id = ? AND path = ?", (self._commit_id, path)).fetchone()
        return _entry(*row) if row else None

    def text(self, path: str) -> str | None:
        row = self._database.execute(
            "SELECT text FROM files JOIN blobs ON blobs.id = blob_id WHERE commit_id = ? AND path = ?",
            (self._commit_id, path),
        ).fetchone()
        return row[0].decode() if row else None

    # --- substrings and expressions ---------------------------------------------------------------------------------

    def search(self, query: CodeQuery) -> Found:
        """Raises BadQuery for a pattern that is empty, too long, or not a linear-time expression."""
        deadline = time.monotonic() + SEARCH_SECONDS
        pattern, literal = compiled(query)
        scan = Scan(pattern, query, deadline, self._defining(query))
        for blob_id, paths in self._candidates(literal, query.path_glob):
            row = self._database.execute("SELECT text FROM blobs WHERE id = ?", (blob_id,)).fetchone()
            if not scan.look(row[0], paths):
                break
        return scan.found()

    def _defining(self, query: CodeQuery) -> dict[str, set[int]]:
        """Where the pattern, being a name, is defined: those hits come first."""
        if not re.fullmatch(r"[\w$]+", query.pattern):
            return {}
        places: dict[str, set[int]] = defaultdict(set)
        for one in self.definitions(query.pattern, exact=True, limit=200):
            places[one.path].add(one.start)
        return places

    def _candidates(self, literals: Sequence[str], glob: str) -> Iterator[tuple[int, list[str]]]:
        """Blobs that may hold the literals, with their paths at this commit; the first path first, tests and vendored code last."""
        grams = sorted({literal[i : i + 3] for literal in literals for i in range(len(literal) - 2)})
        if grams:
            match = " AND ".join('"' + gram.replace('"', '""') + '"' for gram in grams[:64])
            rows = self._database.execute(
                "SELECT files.blob_id, path FROM grams CROSS JOIN files ON files.blob_id = grams.rowid AND commit_id = ?"
                " WHERE grams MATCH ?",
                (self._commit_id, match),
            )
        else:
            rows = self._database.execute(
                "SELECT blob_id, path FROM files WHERE commit_id = ? AND kind = 'text'", (self._commit_id,)
            )
        paths: dict[int, list[str]] = defaultdict(list)
        for blob_id, path in rows:
            if not glob or matches(path, (glob,)):
                paths[blob_id].append(path)
        order = sorted(paths.items(), key=lambda one: (remote(min(one[1])), min(one[1])))
        for blob_id, found in order:
            yield blob_id, sorted(found)

    # --- symbols ------------------------------------------------------------------------------------------------------

    def definitions(self, name: str, *, exact: bool = False, limit: int = 50) -> list[Definition]:
        """By name, or by the end of a qualified one (`Invoice.total`); the same letters first, then other cases, then longer names."""
        last = re.split(r"\.|::|#|/", name)[-1]
        found = self._definitions("folded = ?", last.lower(), 2_000)
        if last != name:
            end = re.sub(r"::|#|/", ".", name).lower()
            found = [one for one in found if ("." + one.qualified.lower()).endswith("." + end)]
        if exact:
            found = [one for one in found if one.name == last]
        elif not found and last == name and len(last) >= 3:
            found = self._definitions("folded LIKE ? ESCAPE '\\'", f"%{_like(last.lower())}%", 500)
        found.sort(
            key=lambda one: (one.name != last, remote(one.path), one.kind == "impl", len(one.name), one.path, one.start)
        )
        return found[:limit]

    def defined(self, names: Sequence[str]) -> dict[str, list[Definition]]:
        """Exactly these names, of those that are defined at all; of each the first few."""
        found: dict[str, list[Definition]] = defaultdict(list)
        wanted = sorted(set(names))
        for start in range(0, len(wanted), AT_ONCE):
            some = wanted[start : start + AT_ONCE]
            marks = ",".join("?" for _ in some)
            rows = self._database.execute(
                "SELECT name, qualified, definitions.kind, path, start, end, signature FROM definitions"  # noqa: S608
                f" CROSS JOIN files ON files.blob_id = definitions.blob_id AND commit_id = ? WHERE folded IN ({marks})"
                " LIMIT ?",
                (self._commit_id, *(name.lower() for name in some), MOST_DEFINED),
            )
            for row in rows:
                one = Definition(*row)
                if one.name in some:
                    found[one.name].append(one)
        return {
            name: sorted(places, key=lambda one: (remote(one.path), one.kind == "impl", one.path, one.start))
            for name, places in found.items()
        }

    def outline(self, path: str) -> list[Definition]:
        rows = self._database.execute(
            "SELECT name, qualified, definitions.kind, path, start, end, signature FROM files"
            " CROSS JOIN definitions ON definitions.blob_id = files.blob_id WHERE commit_id = ? AND path = ? ORDER BY start",
            (self._commit_id, path),
        )
        return [Definition(*row) for row in rows]

    def _definitions(self, where: str, value: str, limit: int) -> list[Definition]:
        """CROSS JOIN keeps the order: a name's few definitions first, then whether this commit has their blobs."""
        rows = self._database.execute(
            "SELECT name, qualified, definitions.kind, path, start, end, signature FROM definitions"  # noqa: S608
            f" CROSS JOIN files ON files.blob_id = definitions.blob_id AND commit_id = ? WHERE {where} LIMIT ?",
            (self._commit_id, value, limit),
        )
        return [Definition(*row) for row in rows]

    def references(self, name: str, glob: str, limit: int) -> Found:
        """Where the code names it, besides its definitions: whole words that stand in no comment and no string."""
        if not re.fullmatch(r"[\w$]+", name):
            raise BadQuery("References are found for one name, without dots or spaces.")
        query = CodeQuery(name, path_glob=glob, limit=limit)
        pattern = compile_linear(rf"\b{re.escape(name)}\b" if re.fullmatch(r"\w+", name) else re.escape(name))
        deadline = time.monotonic() + SEARCH_SECONDS
        scan = Scan(pattern, query, deadline, self._defining(query), definitions_too=False)
        for blob_id, paths in self._candidates([name] if len(name) >= 3 else [], glob):
            text, quiet = self._database.execute("SELECT text, quiet FROM blobs WHERE id = ?", (blob_id,)).fetchone()
            offsets = [found.start() for _, found in zip(range(200), pattern.finditer(text), strict=False)]
            named = names_at(quiet, offsets) if offsets else []
            if any(named) and not scan.look(
                text, paths, frozenset(o for o, is_name in zip(offsets, named, strict=True) if is_name)
            ):
                break
        return scan.found()

    def ranked(self, glob: str, limit: int) -> list[tuple[Definition, int]]:
        """The definitions that most files mention, with how many do; tests, docs and vendored code left out.

        A name that is defined in many places says little about each of them, and a plain word may be anything.
        """
        rows = self._database.execute(
            "SELECT definitions.name, qualified, definitions.kind, path, start, end, signature, mentions.files FROM mentions"
            " CROSS JOIN definitions ON definitions.folded = lower(mentions.name) AND definitions.name = mentions.name"
            " CROSS JOIN files ON files.blob_id = definitions.blob_id AND commit_id = ?"
            " WHERE mentions.files > 1 AND definitions.kind NOT IN ('attribute', 'variable', 'impl', 'constant', 'property')"
            " ORDER BY mentions.files DESC LIMIT 6000",
            (self._commit_id,),
        ).fetchall()
        places: dict[str, int] = Counter(row[0] for row in rows)
        weighed: list[tuple[float, Definition, int]] = []
        for *fields, count in rows:
            one = Definition(*fields)
            if remote(one.path) or one.name.startswith("__") or (glob and not matches(one.path, (glob,))):
                continue
            telling = 1.0 if re.search(r"[a-z][A-Z]|_|^[A-Z]", one.name) else 0.2
            outer = 1.0 if one.qualified == one.name else 0.3
            weighed.append((count * telling * outer / places[one.name], one, count))
        weighed.sort(key=lambda one: (-one[0], one[1].path, one[1].start))
        return [(one, count) for _, one, count in weighed[:limit]]

    # --- words --------------------------------------------------------------------------------------------------------

    def passages(self, question: str, kinds: Sequence[str], glob: str, limit: int) -> list[Passage]:
        """The passages that best answer plain words, the best first; of one file at most three."""
        terms = question_words(question)
        if not terms:
            return []
        marks = ",".join("?" for _ in kinds)
        rows = self._database.execute(
            "SELECT files.path, start, end, title, passages.kind,"  # noqa: S608
            " best.score * CASE passages.kind WHEN 'doc' THEN min(1.0, 2 * worth) ELSE worth END AS weighed FROM"
            f" (SELECT rowid AS id, -bm25(finder, {WEIGHTS}) AS score FROM finder WHERE finder MATCH ? ORDER BY score DESC"
            f"  LIMIT ?) AS best CROSS JOIN passages ON passages.id = best.id AND passages.kind IN ({marks})"
            " CROSS JOIN files INDEXED BY files_by_blob ON files.blob_id = passages.blob_id AND commit_id = ?"
            " ORDER BY weighed DESC",
            (signals.any_of(terms), MOST_MATCHES, *kinds, self._commit_id),
        )
        return best_of((Passage(*row) for row in rows), glob, limit)

    def candidates(self, question: str, glob: str, limit: int, names: Sequence[str] = ()) -> Candidates:
        """The files that the question may mean, the likeliest first; `names` are guesses of what the code calls it."""
        commit = signals.IndexedCommit.of(self._database, self._commit_id)
        return Finder(self._database, commit, glob).best(question, limit, names)


def _entry(path: str, kind: FileKind, size: int, lines: int, language: str, is_parsed: int) -> FileEntry:
    symbols: SymbolsOf = "known" if is_parsed else "given up" if has_symbols(language) else "none"
    return FileEntry(path, kind, size, lines, language, symbols)


def _like(text: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", text)
