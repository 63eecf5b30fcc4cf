"""Reads a repository's objects through libgit2: no git command runs, so nothing in a repository can be run.

Hooks, filters, textconv, fsmonitor, submodules and symbolic links are all inert here: only trees, blobs and commits are read,
from the object store. Blocking; callers run it in a thread. One object for one thread at a time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pygit2
from pygit2.enums import ConfigLevel, FileMode, RepositoryOpenFlag

from bot.capabilities.team_code.code import Commit, WebKind
from storage.repos.pull_requests import pull_request

pygit2.settings.owner_validation = False
"""A checkout of another user is data like any other: nothing in it is run, so its owner does not matter."""

for level in (ConfigLevel.GLOBAL, ConfigLevel.XDG, ConfigLevel.SYSTEM):
    pygit2.settings.search_path[level] = ""
"""The host's own git configuration has no say here."""

pygit2.settings.set_extensions(["partialclone"])
"""What a clone with a filter says of itself (https://git-scm.com/docs/partial-clone): what it does not hold is told file by file."""

MOST_FOLDERS = 250_000
"""Folders that are looked into: as many empty ones can stand in a few objects as there are atoms."""

LONGEST_PATH = 4_096
LONGEST_PATHS_BYTES = 100_000_000
"""All paths of a commit together: a quarter of a million of the longest would be ten times as much."""

LARGEST_FOLDER_BYTES = 50_000_000
"""Of a tree object, which is read whole: about a million names."""

LONGEST_MESSAGE = 100_000


class NoSuchCommit(LookupError):
    """The name leads to no commit in this repository."""


@dataclass(frozen=True, slots=True)
class TreeEntry:
    path: str
    oid: str
    mode: int

    @property
    def is_link(self) -> bool:
        return self.mode == FileMode.LINK

    @property
    def is_submodule(self) -> bool:
        return self.mode == FileMode.COMMIT


@dataclass(frozen=True, slots=True)
class Head:
    """A commit, and the reference that leads to it: the commit's own name where HEAD stands at no branch."""

    ref: str
    sha: str


class GitObjects:
    """`folder` is a bare mirror, a checkout, or a worktree: its root. Raises NoSuchCommit where there is no repository.

    `forge` is where it is kept, as far as that is known: it says how messages name pull requests.
    """

    def __init__(self, folder: Path, forge: WebKind = "") -> None:
        self._repo = _open(folder)
        self._forge = forge

    def head(self, branch: str = "") -> Head:
        """Where a branch stands, or a tag, or what HEAD points at. Raises NoSuchCommit for an empty repository."""
        names = [f"refs/heads/{branch}", f"refs/remotes/origin/{branch}", f"refs/tags/{branch}"] if branch else ["HEAD"]
        for name in names:
            try:
                reference = self._repo.lookup_reference(name)
                sha = str(reference.peel(pygit2.Commit).id)
                if name == "HEAD":
                    name = sha if self._repo.head_is_detached else reference.resolve().name
                return Head(name, sha)
            except (KeyError, pygit2.GitError, pygit2.InvalidSpecError):
                continue
        raise NoSuchCommit(f"there is no branch {branch}" if branch else "there is no commit yet")

    def commit(self, sha: str) -> Commit:
        return self._told(self._commit(sha))

    def _told(self, commit: pygit2.Commit) -> Commit:
        message = commit.message[:LONGEST_MESSAGE].strip()
        subject = message.split("\n", 1)[0][:200]
        return Commit(str(commit.id), commit.author.name, when(commit), subject, pull_request(message, self._forge))

    def _commit(self, sha: str) -> pygit2.Commit:
        """By its name, or an unambiguous beginning of it. Nothing else is a name here: no ranges, dates or options."""
        if not re.fullmatch(r"[0-9a-f]{4,40}", sha):
            raise NoSuchCommit(f"{sha[:60]!r} is not a commit's name")
        try:
            found = self._repo.get(sha) if len(sha) == 40 else self._repo[sha]
        except (KeyError, ValueError, pygit2.GitError):
            found = None
        if not isinstance(found, pygit2.Commit):
            raise NoSuchCommit(f"there is no commit {sha}")
        return found

    def walk(self, sha: str) -> Iterator[TreeEntry]:
        """Every path of the commit's tree, in order, with directories left out. Raises NoSuchCommit for more folders than a
        repository has."""
        pending: list[tuple[str, pygit2.Oid]] = [("", self._commit(sha).tree_id)]
        looked_into = held = 0
        while pending:
            prefix, oid = pending.pop()
            looked_into += 1
            if looked_into > MOST_FOLDERS or len(prefix) > LONGEST_PATH:
                raise NoSuchCommit(f"it has more than {MOST_FOLDERS:,} folders, or folders too deep to be read")
            folders = []
            for entry in self._tree(oid):
                path = prefix + _name(entry)
                held += len(path)
                if held > LONGEST_PATHS_BYTES:
                    raise NoSuchCommit("its paths are longer together than any repository's")
                if entry.filemode == FileMode.TREE:
                    folders.append((path + "/", entry.id))
                else:
                    yield TreeEntry(path, str(entry.id), entry.filemode)
            pending += reversed(folders)

    def _tree(self, oid: pygit2.Oid) -> pygit2.Tree:
        if self.size(str(oid)) > LARGEST_FOLDER_BYTES:
            raise NoSuchCommit("it has a folder with more names than can be read")
        tree = self._repo.get(oid)
        if not isinstance(tree, pygit2.Tree):
            raise NoSuchCommit("this clone does not have all of its folders (it was made with a filter)")
        return tree

    def size(self, oid: str) -> int:
        """A blob's size in bytes without reading it whole; -1 where this clone does not have it (`git clone --filter`)."""
        try:
            return int(self._repo.odb.read_header(oid)[1])
        except KeyError:
            return -1

    def blob(self, oid: str) -> bytes:
        return bytes(self._repo.read(oid)[1])

    def reaches(self, sha: str, other: str) -> bool:
        """True when `other` is `sha` or one of its ancestors: only what led to the pinned commit may be shown."""
        mine, theirs = self._commit(sha).id, self._commit(other).id
        return mine == theirs or bool(self._repo.descendant_of(mine, theirs))

    def is_pushed(self, sha: str) -> bool:
        """True when a branch that was fetched from `origin` holds the commit, so that a link to it will work."""
        remotes = [name for name in self._repo.references if name.startswith("refs/remotes/origin/")]
        return any(self._holds(name, sha) for name in remotes)

    def _holds(self, reference: str, sha: str) -> bool:
        try:
            tip = self._repo.lookup_reference(reference).peel(pygit2.Commit).id
        except (KeyError, pygit2.GitError, pygit2.InvalidSpecError):
            return False
        return str(tip) == sha or bool(self._repo.descendant_of(tip, self._commit(sha).id))

    def origin(self) -> str:
        """The address of the remote `origin`, or ""."""
        try:
            return self._repo.remotes["origin"].url or ""
        except (KeyError, ValueError, pygit2.GitError):
            return ""


def _open(folder: Path) -> pygit2.Repository:
    """Never the repository around a folder: who names a part of one has not given us the rest."""
    try:
        return pygit2.Repository(str(folder), RepositoryOpenFlag.NO_SEARCH)
    except pygit2.GitError as fault:
        around = pygit2.discover_repository(str(folder)) if folder.is_dir() else None
        if around and Path(around).resolve() not in (folder.resolve(), (folder / ".git").resolve()):
            raise NoSuchCommit(
                f"{folder.name} is only a part of a git repository; give the path of its root"
            ) from fault
        raise NoSuchCommit(f"{folder.name} is not a git repository ({fault})") from fault


def _name(entry: pygit2.Object) -> str:
    return text_of(entry.raw_name or b"")


def text_of(raw: bytes | None) -> str:
    """Names and patches are bytes of any kind; what is not UTF-8 is shown as replacement characters."""
    return (raw or b"").decode("utf-8", "replace")


def when(commit: pygit2.Commit) -> datetime:
    zone = timezone(timedelta(minutes=max(-1439, min(1439, commit.commit_time_offset))))
    try:
        return datetime.fromtimestamp(commit.commit_time, zone)
    except (ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0, UTC)
