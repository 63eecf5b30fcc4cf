"""The process that looks into history: bounded in memory and in processor time. A question in, an answer out, as JSON."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Literal

import pygit2
from pydantic import BaseModel, ConfigDict, TypeAdapter

from bot.apart import bounded
from bot.capabilities.team_code.code import Blame, Change, Log, WebKind
from bot.capabilities.team_code.secret_files import is_secret, matches
from storage.repos.objects import NoSuchCommit
from storage.repos.past import Past

MEMORY_BYTES = 1_000_000_000
PROCESSOR_SECONDS = 20
WINDOW_BYTES, MAPPED_BYTES = 32 * 1024 * 1024, 128 * 1024 * 1024
"""Of a pack file, how much is in memory: libgit2's own windows would be larger than this process may be."""

ANSWER: TypeAdapter[Log | list[Blame] | Change] = TypeAdapter(Log | list[Blame] | Change)


class Question(BaseModel):
    """`commit` is the one that is looked from; `sha` names one that led to it, for `change`."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["log", "blame", "change"]
    folder: Path
    commit: str
    path: str = ""
    since: datetime | None = None
    limit: int = 0
    start: int = 0
    end: int = 0
    sha: str = ""
    deny: tuple[str, ...] = ()
    forge: WebKind = ""


def answer(asked: Question) -> Log | list[Blame] | Change:
    """Raises NoSuchCommit."""
    past = Past(asked.folder, asked.forge)

    def may_show(path: str) -> bool:
        return not is_secret(path) and not matches(path, asked.deny)

    match asked.kind:
        case "log":
            return past.log(asked.commit, asked.path, asked.since, asked.limit, may_show)
        case "blame":
            return past.blame(asked.commit, asked.path, asked.start, asked.end)
        case "change":
            return past.change(past.named(asked.sha, asked.commit), asked.path, may_show)


def main() -> int:
    bounded(MEMORY_BYTES, PROCESSOR_SECONDS)
    pygit2.settings.mwindow_size = WINDOW_BYTES
    pygit2.settings.mwindow_mapped_limit = MAPPED_BYTES
    asked = Question.model_validate_json(sys.stdin.read())
    try:
        sys.stdout.buffer.write(b"+" + ANSWER.dump_json(answer(asked)))
    except NoSuchCommit as fault:
        sys.stdout.buffer.write(b"-" + str(fault).encode("utf-8", "replace"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
