"""The ports of a team's code: what the tools ask of whoever keeps it. Implemented in storage/repos/.

Every method may raise StoreUnavailable when the index cannot be read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from bot.capabilities.team_code.code import (
    Blame,
    Candidates,
    Change,
    CodeQuery,
    Definition,
    FileEntry,
    Found,
    Log,
    Passage,
    Repository,
    RepositoryState,
    ShownLines,
)
from bot.conversation import ThreadId
from bot.ports.model import ToolFailed


class BadQuery(ToolFailed):
    """What was asked cannot be answered; the message says why, in words that a model or a person can act on."""


class Snapshot(Protocol):
    """One repository at one commit. Nothing in it ever changes."""

    repository: Repository
    commit: str
    committed_at: datetime

    async def files(self) -> Sequence[FileEntry]:
        """Every path, sorted."""
        ...

    async def entry(self, path: str) -> FileEntry | None: ...

    async def text(self, path: str) -> str | None:
        """A text file with its secrets masked; None for a path that is not there or is not read."""
        ...

    async def search(self, query: CodeQuery) -> Found:
        """Raises BadQuery for a pattern that cannot be searched."""
        ...

    async def definitions(self, name: str) -> Sequence[Definition]: ...

    async def defined(self, names: Sequence[str]) -> Mapping[str, Sequence[Definition]]:
        """Where each of these names is defined, in exactly these letters; the code itself before tests and what is vendored."""
        ...

    async def outline(self, path: str) -> Sequence[Definition]: ...

    async def references(self, name: str, path_glob: str, limit: int) -> Found: ...

    async def ranked(self, path_glob: str, limit: int) -> Sequence[tuple[Definition, int]]:
        """The definitions that most files mention, and how many do."""
        ...

    async def passages(self, question: str, kinds: Sequence[str], path_glob: str, limit: int) -> Sequence[Passage]:
        """What best answers plain words, the best first; `kinds` are of "code" and "doc"."""
        ...

    async def candidates(self, question: str, path_glob: str, limit: int, names: Sequence[str] = ()) -> Candidates:
        """The files that a question in plain words may mean, the likeliest first. `names` are guesses of what the code calls it."""
        ...

    async def log(self, path: str, since: datetime | None, limit: int) -> Log:
        """The commits that changed a file, followed to its older names, or a folder. Raises BadQuery where it takes too long, as do
        `blame` and `change`."""
        ...

    async def blame(self, path: str, start: int, end: int) -> Sequence[Blame]: ...

    async def change(self, sha: str, path: str) -> Change:
        """A commit that led to this one. Raises BadQuery for any other."""
        ...


class Repositories(Protocol):
    def declared(self) -> Sequence[Repository]: ...

    def default(self, place: str) -> str:
        """The operator's default repository of a channel, or ""."""
        ...

    def guidance(self, place: str) -> tuple[str, ...]:
        """Globs of files that are the team's rules in this channel, besides each repository's own."""
        ...

    async def head(self, name: str) -> str:
        """The newest commit that can be looked into. Raises BadQuery while there is none, saying why."""
        ...

    async def at(self, name: str, commit: str) -> Snapshot:
        """Raises BadQuery when that commit is not there any more."""
        ...

    async def indexed(self, name: str, commit: str) -> Snapshot | None:
        """The same where it is at hand: nothing is fetched or indexed for it. None where it is not."""
        ...

    async def states(self) -> Sequence[RepositoryState]: ...


MOST_SHOWN = 300
"""Of how many files, the newest last, a thread remembers which lines were shown; about 50 kB."""


class Pins(Protocol):
    """Which commit of each repository a thread looks at: fixed when it first looks, until it is refreshed or forgotten. And which
    lines it was shown there."""

    async def load(self, thread: ThreadId) -> Mapping[str, str]:
        """Repository name -> commit."""
        ...

    async def pin(self, thread: ThreadId, name: str, commit: str) -> str:
        """The thread's commit of this repository: the first one that was pinned wins."""
        ...

    async def show(self, thread: ThreadId, places: Sequence[ShownLines]) -> None:
        """Remember them with the thread; beyond MOST_SHOWN the oldest go."""
        ...

    async def shown(self, thread: ThreadId) -> Sequence[ShownLines]: ...

    async def forget(self, thread: ThreadId) -> None: ...


class NoRepositories(Repositories):
    """A team that has declared nothing: there is nothing to look into, and nothing has to be loaded for it."""

    def declared(self) -> Sequence[Repository]:
        return ()

    def default(self, place: str) -> str:
        return ""

    def guidance(self, place: str) -> tuple[str, ...]:
        return ()

    async def head(self, name: str) -> str:
        raise BadQuery(name)

    async def at(self, name: str, commit: str) -> Snapshot:
        raise BadQuery(name)

    async def indexed(self, name: str, commit: str) -> Snapshot | None:
        return None

    async def states(self) -> Sequence[RepositoryState]:
        return ()
