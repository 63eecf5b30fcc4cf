"""The nouns of a team's code: repositories, files, lines, definitions and commits, as they stand at one commit.

Plain data, like conversation.py. Paths are relative to the repository's root, with forward slashes; lines count from 1; a commit
is its full hexadecimal name.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

WebKind = Literal["github", "gitlab", "bitbucket", "bitbucket-server", "gitea", "cgit", "azure", ""]

FileKind = Literal["text", "binary", "large", "lfs", "link", "submodule", "secret", "denied", "absent"]
"""What a path holds. Only `text` is read; the others are named and explained."""


@dataclass(frozen=True, slots=True)
class Repository:
    """One repository that the bot was told about. `web` is the address of its pages, without a slash at the end.

    `guidance` are globs of files that the team marked as its own rules; `is_local` is a checkout on this machine.
    """

    name: str
    description: str = ""
    branch: str = ""
    web: str = ""
    web_kind: WebKind = ""
    guidance: tuple[str, ...] = ()
    is_local: bool = False


LARGEST_BYTES = 1_000_000
"""Of a text that is read; those that hold dependencies are read up to their readers' own limits."""

SymbolsOf = Literal["known", "none", "given up"]
"""Whether a text's definitions are known; `none`: its language has no grammar here; `given up`: too large, or made to be slow."""


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One path of a tree. `lines` is 0 for what is not text."""

    path: str
    kind: FileKind
    size_bytes: int
    lines: int
    language: str
    symbols: SymbolsOf = "known"


@dataclass(frozen=True, slots=True)
class Definition:
    """A function, class, table or the like; `qualified` names what it stands in: `Invoice.total`."""

    name: str
    qualified: str
    kind: str
    path: str
    start: int
    end: int
    signature: str


@dataclass(frozen=True, slots=True)
class CodeQuery:
    """What to look for. `path_glob` is "" for everywhere; `offset` hits are passed over."""

    pattern: str
    mode: Literal["literal", "regex", "symbol"] = "literal"
    path_glob: str = ""
    context_lines: int = 0
    limit: int = 50
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Hit:
    """A line that matched, with the lines around it as (number, text); `is_definition`: it defines what was looked for."""

    path: str
    line: int
    text: str
    around: tuple[tuple[int, str], ...] = ()
    is_definition: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """`total` counts all hits, in `files` files; `is_complete` is False when counting was stopped by time or size."""

    hits: tuple[Hit, ...]
    total: int
    files: int
    is_complete: bool = True


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a file that answers words: a definition, or a section of a document. A higher score is better."""

    path: str
    start: int
    end: int
    title: str
    kind: Literal["code", "doc"]
    score: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that a question may mean: its best passage (no lines where only its history or its place speaks for it), and why.

    `reason` is "" where its own words are the reason; `copies` counts further documents of the same name and title.
    """

    path: str
    start: int
    end: int
    title: str
    kind: str
    score: float
    reason: str = ""
    copies: int = 0


@dataclass(frozen=True, slots=True)
class Candidates:
    """`unknown` are the question's words that stand nowhere in the repository, each with the nearest that do."""

    files: tuple[Candidate, ...]
    unknown: tuple[tuple[str, tuple[str, ...]], ...] = ()
    has_history: bool = False


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit; `pull_request` is its number as its message names it, or "". No e-mail addresses."""

    sha: str
    author: str
    at: datetime
    subject: str
    pull_request: str = ""


@dataclass(frozen=True, slots=True)
class Log:
    """The newest commits first. `walked` were looked at, back to `back_to`; `is_whole`: there is no older one that could fit.

    `renames` are (commit, older path, newer path): from that commit on, backwards, it is the older path's history.
    """

    commits: tuple[Commit, ...]
    walked: int
    back_to: datetime | None
    is_whole: bool
    renames: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """One commit in full: `patch` is a unified diff, cut at a limit; `files` are (path, added, removed).

    `uncompared` are (path, why); `left_out` counts the files beyond a limit, None where they were not even counted.
    """

    commit: Commit
    message: str
    files: tuple[tuple[str, int, int], ...]
    patch: str
    uncompared: tuple[tuple[str, str], ...] = ()
    left_out: int | None = 0


@dataclass(frozen=True, slots=True)
class Blame:
    """Lines `start` to `end` were last changed by `commit`; where not `is_sure`, or before it: the clone lacks what they were."""

    start: int
    end: int
    commit: Commit
    is_sure: bool = True


@dataclass(frozen=True, slots=True)
class ShownLines:
    """Lines of a file at a commit that a tool showed, as (first, last)."""

    repository: str
    commit: str
    path: str
    lines: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class RepositoryState:
    """How a repository's mirror and index are. `progress` is a line such as "fetching 42 %", or "" when nothing runs."""

    name: str
    commit: str = ""
    committed_at: datetime | None = None
    indexed_at: datetime | None = None
    fetched_at: datetime | None = None
    progress: str = ""
    fault: str = ""
