"""One repository at one commit behind the Snapshot port: its index for texts and symbols (in threads), its
objects for history (in a process of its own).
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

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
)
from bot.capabilities.team_code.repositories import BadQuery, Snapshot
from bot.errors import StoreUnavailable
from storage.repos import looking
from storage.repos.catalogue import Source
from storage.repos.index import CodeIndex
from storage.repos.past_child import Question

Result = TypeVar("Result")


@dataclass(slots=True)
class IndexedSnapshot(Snapshot):
    """One commit, looked at through its index and its object store. Its list of files is read once."""

    source: Source
    repository: Repository
    commit: str
    committed_at: datetime
    index: Path
    objects: Path
    _files: dict[str, FileEntry] | None = None

    async def files(self) -> Sequence[FileEntry]:
        return list((await self._by_path()).values())

    async def entry(self, path: str) -> FileEntry | None:
        return (await self._by_path()).get(path)

    async def _by_path(self) -> dict[str, FileEntry]:
        if self._files is None:
            self._files = {one.path: one for one in await self._ask(lambda index: index.files())}
        return self._files

    async def text(self, path: str) -> str | None:
        return await self._ask(lambda index: index.text(path))

    async def search(self, query: CodeQuery) -> Found:
        return await self._ask(lambda index: index.search(query))

    async def definitions(self, name: str) -> Sequence[Definition]:
        return await self._ask(lambda index: index.definitions(name))

    async def defined(self, names: Sequence[str]) -> Mapping[str, Sequence[Definition]]:
        return await self._ask(lambda index: index.defined(names))

    async def outline(self, path: str) -> Sequence[Definition]:
        return await self._ask(lambda index: index.outline(path))

    async def references(self, name: str, path_glob: str, limit: int) -> Found:
        return await self._ask(lambda index: index.references(name, path_glob, limit))

    async def ranked(self, path_glob: str, limit: int) -> Sequence[tuple[Definition, int]]:
        return await self._ask(lambda index: index.ranked(path_glob, limit))

    async def passages(self, question: str, kinds: Sequence[str], path_glob: str, limit: int) -> Sequence[Passage]:
        return await self._ask(lambda index: index.passages(question, kinds, path_glob, limit))

    async def candidates(self, question: str, path_glob: str, limit: int, names: Sequence[str] = ()) -> Candidates:
        return await self._ask(lambda index: index.candidates(question, path_glob, limit, names))

    async def log(self, path: str, since: datetime | None, limit: int) -> Log:
        return await looking.log(Question(kind="log", path=path, since=since, limit=limit, **self._here()))

    async def blame(self, path: str, start: int, end: int) -> Sequence[Blame]:
        return await looking.blame(Question(kind="blame", path=path, start=start, end=end, **self._here()))

    async def change(self, sha: str, path: str) -> Change:
        return await looking.change(Question(kind="change", sha=sha, path=path, **self._here()))

    def _here(self) -> dict[str, Any]:
        return {
            "folder": self.objects,
            "commit": self.commit,
            "deny": self.source.deny,
            "forge": self.repository.web_kind,
        }

    async def _ask(self, question: Callable[[CodeIndex], Result]) -> Result:
        def ask() -> Result:
            index = CodeIndex.open(self.index, self.commit, self.source.deny)
            if index is None:
                raise BadQuery(f"The index of {self.repository.name} is being made anew; ask again in a minute.")
            try:
                return question(index)
            finally:
                index.close()

        return await in_thread(ask)


async def in_thread(work: Callable[[], Result]) -> Result:
    try:
        return await asyncio.to_thread(work)
    except sqlite3.Error as fault:
        raise StoreUnavailable(f"the index cannot be read ({fault})") from fault
