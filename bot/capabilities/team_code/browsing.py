"""What people look at themselves, on a page of the bot's own: repositories, folders and files at a commit that is indexed.

Bound to whoever looks: a name that is not given to them is answered like one that does not exist. Nothing is fetched or indexed for
a look, and what is shown is the index's text, with its secrets masked.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from bot.capabilities.team_code.code import FileEntry, Repository, RepositoryState
from bot.capabilities.team_code.repositories import BadQuery, Repositories, Snapshot
from bot.capabilities.team_code.tools.access import granted_in
from bot.ports.policy import Rights

COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
PLAIN = frozenset({"", "text", "json", "yaml", "toml", "markdown", "ini", "xml", "restructuredtext", "asciidoc"})
"""What is no language that anybody writes a service in."""

MOST_LANGUAGES = 6


class NotThere(Exception):
    """What was looked for is not there, or not for whoever looks. The message says so to them."""


@dataclass(frozen=True, slots=True)
class Glance:
    """A repository in numbers; `languages` are the most written ones with their lines, the most first."""

    files: int
    lines: int
    languages: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Folder:
    """What lies in one folder: folders with how many files each holds below it, then files."""

    path: str
    folders: tuple[tuple[str, int], ...]
    files: tuple[FileEntry, ...]


class Looking:
    """`rights` asks what whoever looks may do, now."""

    def __init__(self, repositories: Repositories, rights: Callable[[], Awaitable[Rights]]) -> None:
        self._repositories = repositories
        self._rights = rights

    async def granted(self) -> Sequence[Repository]:
        if not self._repositories.declared():
            return ()
        return granted_in(self._repositories, (await self._rights()).may)

    async def states(self) -> Sequence[tuple[Repository, RepositoryState]]:
        """Each with how its mirror and index are, in the order of their declaration."""
        granted = await self.granted()
        states = {one.name: one for one in await self._repositories.states()} if granted else {}
        return [(one, states[one.name]) for one in granted if one.name in states]

    async def state(self, name: str) -> tuple[Repository, RepositoryState]:
        """Raises NotThere."""
        found = next((one for one in await self.states() if one[0].name == name), None)
        if found is None:
            raise NotThere("There is no repository of that name here.")
        return found

    async def snapshot(self, name: str, commit: str = "") -> Snapshot:
        """At a commit, or at the newest that is indexed. Raises NotThere."""
        _, state = await self.state(name)
        wanted = commit or state.commit
        if not wanted:
            raise NotThere(f"{name} is being prepared; it can be looked into in a minute.")
        found = await self._at(name, wanted) if COMMIT.fullmatch(wanted) else None
        if found is None:
            raise NotThere(f"{name} is not kept here at that commit.")
        return found

    async def _at(self, name: str, commit: str) -> Snapshot | None:
        try:
            return await self._repositories.indexed(name, commit)
        except BadQuery:
            return None


def glance(files: Sequence[FileEntry]) -> Glance:
    lines: Counter[str] = Counter()
    for entry in files:
        if entry.language not in PLAIN:
            lines[entry.language] += entry.lines
    named = lines.most_common()
    first, rest = named[:MOST_LANGUAGES], sum(count for _, count in named[MOST_LANGUAGES:])
    languages = tuple(one for one in (*first, ("others", rest)) if one[1])
    return Glance(len(files), sum(entry.lines for entry in files), languages)


def folder(files: Sequence[FileEntry], path: str) -> Folder | None:
    """None where there is no such folder; "" is the root, which there is always."""
    head = f"{path}/" if path else ""
    inside = [entry for entry in files if entry.path.startswith(head)]
    if path and not inside:
        return None
    folders: Counter[str] = Counter()
    here = []
    for entry in inside:
        name, slash, _ = entry.path[len(head) :].partition("/")
        if slash:
            folders[head + name] += 1
        else:
            here.append(entry)
    return Folder(path, tuple(sorted(folders.items())), tuple(here))
