"""Reads a repository's objects through libgit2, in this process: no git command runs, so nothing in a repository can be run.

Hooks, filters, textconv, fsmonitor, submodules and symbolic links are all inert here: only trees, blobs and commits are read,
from the object store. Blocking; callers run it in a thread. One object for one thread at a time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pygit2
from pygit2.enums import BlameFlag, ConfigLevel, FileMode, RepositoryOpenFlag, SortMode

from bot.capabilities.team_code.code import Blame, Change, Commit

pygit2.settings.owner_validation = False
"""A checkout of another user is data like any other: nothing in it is run, so its owner does not matter."""

for level in (ConfigLevel.GLOBAL, ConfigLevel.XDG, ConfigLevel.SYSTEM):
    pygit2.settings.search_path[level] = ""
"""The host's own git configuration has no say here."""

PULL_REQUEST = re.compile(
    r"\(#(\d+)\)|[Mm]erge pull request #(\d+)|[Pp]ull request #(\d+)|See merge request [\w./-]*!(\d+)"
)
PATCH_LINES = 400
LOG_WALK = 20_000
"""Commits looked at for one file's log; a file that was not touched in as many is not searched further."""


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
    """`folder` is a bare mirror, a checkout, or a worktree: its root. Raises NoSuchCommit where there is no repository."""

    def __init__(self, folder: Path) -> None:
        self._repo = _open(folder)

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
        return _commit(self._commit(sha))

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
        """Every path of the commit's tree, in order, with directories left out."""
        pending: list[tuple[str, pygit2.Tree]] = [("", self._commit(sha).tree)]
        while pending:
            prefix, tree = pending.pop()
            folders = []
            for entry in tree:
                path = prefix + _name(entry)
                if isinstance(entry, pygit2.Tree):
                    folders.append((path + "/", entry))
                else:
                    yield TreeEntry(path, str(entry.id), entry.filemode)
            pending += reversed(folders)

    def size(self, oid: str) -> int:
        """A blob's size in bytes without reading it whole."""
        return int(self._repo.odb.read_header(oid)[1])

    def blob(self, oid: str) -> bytes:
        return bytes(self._repo.read(oid)[1])

    def log(self, sha: str, path: str, since: datetime | None, limit: int) -> list[Commit]:
        """The newest commits first; of one file or folder those that changed it (renames are not followed)."""
        found: list[Commit] = []
        for seen, commit in enumerate(self._repo.walk(self._commit(sha).id, SortMode.TIME)):
            if len(found) >= limit or seen >= LOG_WALK or (since and _when(commit) < since):
                break
            if not path or _touches(commit, path):
                found.append(_commit(commit))
        return found

    def blame(self, sha: str, path: str, start: int, end: int) -> list[Blame]:
        try:
            hunks = self._repo.blame(
                path, BlameFlag.NORMAL, newest_commit=self._commit(sha).id, min_line=start, max_line=end
            )
        except (KeyError, ValueError, pygit2.GitError) as fault:
            raise NoSuchCommit(f"{path} has no history at this commit") from fault
        spans = []
        for hunk in hunks:
            first = max(start, hunk.final_start_line_number)
            last = min(end, hunk.final_start_line_number + hunk.lines_in_hunk - 1)
            if first <= last:
                spans.append(Blame(first, last, _commit(self._commit(str(hunk.final_commit_id)))))
        return spans

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

    def change(self, sha: str, path: str, may_show: Callable[[str], bool]) -> Change:
        """A commit against its first parent; of files that may not be shown only the counts."""
        commit = self._commit(sha)
        diff = _diff(self._repo, commit)
        files: list[tuple[str, int, int]] = []
        patch: list[str] = []
        room = PATCH_LINES
        for one in filter(None, diff):
            name = _text(one.delta.new_file.raw_path)
            if path and name != path and not name.startswith(path.rstrip("/") + "/"):
                continue
            _, added, removed = one.line_stats
            files.append((name, added, removed))
            if one.delta.is_binary or not may_show(name):
                continue
            lines = _text(one.data).splitlines()
            patch += lines[:room]
            if len(lines) > room:
                patch.append(f"… {len(lines) - room} more lines in {name}")
            room = max(0, room - len(lines))
        return Change(_commit(commit), commit.message.strip(), tuple(files), "\n".join(patch))


def _open(folder: Path) -> pygit2.Repository:
    """Never the repository around a folder: who names a part of one has not given us the rest."""
    try:
        return pygit2.Repository(str(folder), RepositoryOpenFlag.NO_SEARCH)
    except pygit2.GitError as fault:
        around = pygit2.discover_repository(str(folder)) if folder.is_dir() else None
        if around:
            raise NoSuchCommit(
                f"{folder.name} is only a part of a git repository; give the path of its root"
            ) from fault
        raise NoSuchCommit(f"{folder.name} is not a git repository ({fault})") from fault


def _diff(repo: pygit2.Repository, commit: pygit2.Commit) -> pygit2.Diff:
    if commit.parents:
        return commit.parents[0].tree.diff_to_tree(commit.tree)
    return commit.tree.diff_to_tree(swap=True)


def _touches(commit: pygit2.Commit, path: str) -> bool:
    """True when the path differs from every parent: what `git log -- path` shows."""
    mine = _oid(commit.tree, path)
    parents = commit.parents
    return all(_oid(parent.tree, path) != mine for parent in parents) if parents else mine is not None


def _oid(tree: pygit2.Tree, path: str) -> pygit2.Oid | None:
    try:
        return tree[path].id
    except (KeyError, ValueError, pygit2.GitError):
        return None


def _name(entry: pygit2.Object) -> str:
    return _text(entry.raw_name or b"")


def _text(raw: bytes | None) -> str:
    """Names and patches are bytes of any kind; what is not UTF-8 is shown as replacement characters."""
    return (raw or b"").decode("utf-8", "replace")


def _when(commit: pygit2.Commit) -> datetime:
    zone = timezone(timedelta(minutes=max(-1439, min(1439, commit.commit_time_offset))))
    try:
        return datetime.fromtimestamp(commit.commit_time, zone)
    except (ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0, UTC)


def _commit(commit: pygit2.Commit) -> Commit:
    message = commit.message.strip()
    found = PULL_REQUEST.search(message)
    number = next((group for group in found.groups() if group), "") if found else ""
    return Commit(str(commit.id), commit.author.name, _when(commit), message.split("\n", 1)[0][:200], number)
