"""The process that reads a whole history: bounded in memory and in processor time. Two trees can differ in more places than there
is room for, and the library that compares them cannot be stopped.
"""

from __future__ import annotations

import sys
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from bot.apart import bounded
from storage.repos.history import learn

MEMORY_BYTES = 2_000_000_000
PROCESSOR_SECONDS = 150


class Lesson(BaseModel):
    model_config = ConfigDict(frozen=True)

    folder: Path
    index: Path
    sha: str
    deny: tuple[str, ...]
    is_newest: bool


def main() -> int:
    bounded(MEMORY_BYTES, PROCESSOR_SECONDS)
    lesson = Lesson.model_validate_json(sys.stdin.read())
    learn(lesson.folder, lesson.index, lesson.sha, lesson.deny, is_newest=lesson.is_newest)
    return 0


if __name__ == "__main__":
    sys.exit(main())
