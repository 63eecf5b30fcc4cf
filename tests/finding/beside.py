"""What a search is measured beside: grep of a question's rarest words, and plain BM25 over windows of lines."""

from __future__ import annotations

import re
import shutil
import sqlite3
import subprocess
from collections import Counter
from pathlib import Path

from storage.repos.questions import STOP_WORDS

WINDOW_LINES = 40
RAREST = 3


def words_of(question: str) -> list[str]:
    words = re.findall(r"[A-Za-z_]{3,}", question)
    return list(dict.fromkeys(word.lower() for word in words if word.lower() not in STOP_WORDS))


def grep(folder: Path, question: str) -> list[str]:
    """The files with most lines that hold one of the three rarest words: ripgrep where it is installed, else grep."""
    command = ["rg", "-ciF", "--no-ignore", "-e"] if shutil.which("rg") else ["grep", "-rciIF", "-e"]
    counts: dict[str, Counter[str]] = {}
    for word in words_of(question):
        ran = subprocess.run([*command, word, "."], cwd=folder, capture_output=True, check=False)
        lines = (line.rpartition(":") for line in ran.stdout.decode("utf-8", "replace").splitlines())
        found = Counter(
            {path.removeprefix("./"): int(count) for path, _, count in lines if count.isdigit() and int(count)}
        )
        if found:
            counts[word] = found
    rarest = sorted(counts, key=lambda word: counts[word].total())[:RAREST]
    summed = sum((counts[word] for word in rarest), Counter[str]())
    return [path for path, _ in summed.most_common()]


class PlainBM25:
    """SQLite's own ranking over forty lines at a time, words stemmed and nothing else done."""

    def __init__(self, folder: Path) -> None:
        self._database = sqlite3.connect(":memory:")
        self._database.execute(
            "CREATE VIRTUAL TABLE windows USING fts5(path UNINDEXED, text, tokenize='porter unicode61')"
        )
        for path in sorted(folder.rglob("*")):
            if path.is_file() and b"\0" not in (data := path.read_bytes())[:8_000]:
                lines = data.decode("utf-8", "replace").split("\n")
                windows = ("\n".join(lines[at : at + WINDOW_LINES]) for at in range(0, len(lines), WINDOW_LINES))
                rows = ((str(path.relative_to(folder)), text) for text in windows)
                self._database.executemany("INSERT INTO windows VALUES (?, ?)", rows)

    def best(self, question: str) -> list[str]:
        match = " OR ".join(f'"{word}"' for word in words_of(question))
        if not match:
            return []
        rows = self._database.execute(
            "SELECT path FROM windows WHERE windows MATCH ? ORDER BY rank LIMIT 2000", (match,)
        )
        return list(dict.fromkeys(path for (path,) in rows))
