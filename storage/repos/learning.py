"""Learns a repository's history in a process of its own. Where it is made to be too large, nothing is known of it: the rest goes on."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from bot.apart import environment
from storage.repos.learning_child import Lesson
from storage.repos.schema import open_for_reading, open_for_writing

CHILD = "storage.repos.learning_child"
SECONDS = 900
"""By the clock; the child's own limit is of processor time."""


def _is_known(index: Path, sha: str, deny: Sequence[str]) -> bool:
    """Whether there is nothing to learn: most rounds find the same commit, and a process costs more than a look."""
    database = open_for_reading(index, deny)
    if database is None:
        return False
    try:
        row = database.execute("SELECT learned FROM commits WHERE sha = ?", (sha,)).fetchone()
    finally:
        database.close()
    return row is None or row[0] is not None


def learn_apart(folder: Path, index: Path, sha: str, deny: Sequence[str] = (), *, is_newest: bool = True) -> bool:
    """False where it could not be learned within bounds: it is not tried again for this commit."""
    if _is_known(index, sha, deny):
        return True
    lesson = Lesson(folder=folder, index=index, sha=sha, deny=tuple(deny), is_newest=is_newest)
    try:
        done = subprocess.run(  # noqa: S603 - our own module
            [sys.executable, "-m", CHILD],
            input=lesson.model_dump_json().encode(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env=environment(), timeout=SECONDS, check=False,
        )  # fmt: skip
        if done.returncode == 0:
            return True
    except subprocess.TimeoutExpired:
        pass  # it was ended
    database = open_for_writing(index, deny)
    try:
        database.execute("UPDATE commits SET learned = 0 WHERE sha = ? AND learned IS NULL", (sha,))
    finally:
        database.close()
    return False
