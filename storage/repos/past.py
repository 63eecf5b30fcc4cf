"""Reads a repository's history: who changed what, and how. Runs in a process of its own (past_child.py), for a commit of a few
objects can be as large as somebody likes.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from itertools import islice
from pathlib import Path

import pygit2
from pygit2.enums import BlameFlag, FileMode, SortMode

from bot.capabilities.team_code.code import Blame, Change, Commit, Log
from storage.repos.objects import LONGEST_MESSAGE, LONGEST_PATH, GitObjects, NoSuchCommit, text_of, when

LOG_WALK = 20_000
"""Commits looked at for one log; a file that was not touched in as many is not searched further."""

MOST_FILES, MOST_COUNTED, MOST_FOLDERS = 200, 5_000, 20_000
"""Of one commit: files that are compared, files that are counted, folders that are looked into."""

COMPARED_BYTES, COMPARED_TOTAL_BYTES = 1_000_000, 20_000_000
MOST_RENAMES, MOST_OLDER_NAMES = 10, 30
"""Renames that one log follows, and files that went with a commit which are compared with the one that came."""

LEAST_ALIKE = 0.5
"""Of two contents, the share of lines that both have: what git takes for a rename too."""

PATCH_LINES, PATCH_COLUMNS = 400, 2_000

NAME = re.compile(r"[^~^\s:{}]*(?:[~^]\d{0,4}){0,9}")
HERE = re.compile(r"(?:HEAD|@)?(?=[~^]|\Z)", re.IGNORECASE)
"""`HEAD~2`, looked at from a commit; libgit2 would read dates and searches too (https://git-scm.com/docs/gitrevisions)."""

REQUEST = re.compile(r"(?:[#!]|(?:PR|MR|(?:pull|merge)(?:[\s-]request)?)[\s/-]?#?)?(\d{1,7})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Delta:
    """A file that a commit added, changed or took away; a side that is not there is None."""

    path: str
    old: pygit2.Object | None
    new: pygit2.Object | None


@dataclass(slots=True)
class _Patch:
    """What is shown of a commit's files, within bounds."""

    files: list[tuple[str, int, int]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    uncompared: list[tuple[str, str]] = field(default_factory=list)
    compared_bytes: int = 0

    def add(self, path: str, lines: list[str]) -> None:
        room = max(0, PATCH_LINES - len(self.lines))
        self.lines += [line[:PATCH_COLUMNS] for line in lines[:room]]
        if len(lines) > room:
            self.lines.append(f"… {len(lines) - room} more lines in {path}")


class Past(GitObjects):
    """The history that leads to a commit."""

    def log(
        self,
        sha: str,
        path: str,
        since: datetime | None,
        limit: int,
        may_show: Callable[[str], bool] = lambda path: True,
    ) -> Log:
        """The newest commits first; of one file or folder those that changed it. A file is followed to its older names."""
        found: list[Commit] = []
        renames: list[tuple[str, str, str]] = []
        walked, back_to, is_whole = 0, None, not self._ends
        for commit in self._repo.walk(self._commit(sha).id, SortMode.TIME):
            if since and when(commit) < since:
                break
            if len(found) >= limit or walked >= LOG_WALK:
                is_whole = False
                break
            walked, back_to = walked + 1, when(commit)
            if not path or _touches(commit, path):
                found.append(self._told(commit))
                older = self._older_name(commit, path) if path and len(renames) < MOST_RENAMES else ""
                if older and may_show(older):
                    renames.append((found[-1].sha, older, path))
                    path = older
        return Log(tuple(found), walked, back_to, is_whole, tuple(renames))

    def _older_name(self, commit: pygit2.Commit, path: str) -> str:
        """What a file was called before the commit that it came with; "" where it was new then, or is a folder."""
        if len(commit.parents) != 1 or _oid(commit.parents[0].tree, path) is not None:
            return ""
        came = _entry(commit.tree, path)
        if came is None or came.filemode == FileMode.TREE:
            return ""
        gone: list[Delta] = []
        try:
            for place, delta in enumerate(self._deltas(commit.parents[0].tree_id, commit.tree_id, "")):
                if place >= MOST_COUNTED:
                    return ""
                if delta.new is None:
                    gone.append(delta)
        except (_TooMany, NoSuchCommit):
            return ""
        same = next((one.path for one in gone if one.old is not None and one.old.id == came.id), "")
        return same or self._most_alike(came, path, gone)

    def _most_alike(self, came: pygit2.Object, path: str, gone: list[Delta]) -> str:
        new = self._comparable(came)
        if not new:
            return ""
        name, ending = path.rsplit("/", 1)[-1], path.rsplit(".", 1)[-1]
        gone.sort(key=lambda one: (one.path.rsplit("/", 1)[-1] != name, not one.path.endswith(ending)))
        best, best_share = "", LEAST_ALIKE
        for one in gone[:MOST_OLDER_NAMES]:
            old = self._comparable(one.old)
            if not old or not 0.25 < len(old) / len(new) < 4:
                continue
            _, added, removed = pygit2.Patch.create_from(old, new).line_stats
            share = 1 - (added + removed) / max(1, old.count(b"\n") + new.count(b"\n"))
            if share > best_share:
                best, best_share = one.path, share
        return best

    def _comparable(self, side: pygit2.Object | None) -> bytes:
        if side is None or side.filemode == FileMode.COMMIT or not 0 < self._side_size(side) <= COMPARED_BYTES:
            return b""
        return self._content(side)

    def blame(self, sha: str, path: str, start: int, end: int) -> list[Blame]:
        try:
            hunks = self._repo.blame(
                path, BlameFlag.NORMAL, newest_commit=self._commit(sha).id, min_line=start, max_line=end
            )
        except (KeyError, ValueError, pygit2.GitError) as fault:
            raise NoSuchCommit(f"{path} has no history that could be read at this commit") from fault
        spans = []
        for hunk in hunks:
            first = max(start, hunk.final_start_line_number)
            last = min(end, hunk.final_start_line_number + hunk.lines_in_hunk - 1)
            if first <= last:
                commit = self._commit(str(hunk.final_commit_id))
                spans.append(Blame(first, last, self._told(commit), self._holds_before(commit, hunk.orig_path or path)))
        return spans

    @cached_property
    def _ends(self) -> frozenset[str]:
        """The commits before which a shallow clone holds nothing."""
        folder = Path(self._repo.path)
        shared = folder / "commondir"  # of a worktree
        marked = (folder / shared.read_text().strip() if shared.exists() else folder) / "shallow"
        return frozenset(marked.read_text().split()) if marked.exists() else frozenset()

    def _holds_before(self, commit: pygit2.Commit, path: str) -> bool:
        """Whether the clone can tell what a file was before a commit."""
        before = [_entry(parent.tree, path) for parent in commit.parents]
        return str(commit.id) not in self._ends and all(one is None or self._side_size(one) >= 0 for one in before)

    def named(self, name: str, sha: str) -> str:
        """The commit that somebody means who looks from `sha`: only what led to that one may be shown."""
        name = name.strip(" `'\"").removeprefix("commit ")
        if ".." in name:
            raise NoSuchCommit("a range of commits is not shown; ask for one commit, or for the log")
        meant = self._standing_at(HERE.sub(sha, name, 1) if HERE.match(name) else name) if NAME.fullmatch(name) else ""
        if meant and not self.reaches(sha, meant):
            is_newer = self.reaches(meant, sha)
            there = "newer than what is looked at; HEAD shows that one" if is_newer else "not in its history"
            raise NoSuchCommit(f"there is no commit {name[:60]} before {sha[:12]}: it is {there}")
        if not meant and (number := REQUEST.fullmatch(name)):
            meant = self._requested(number[1], sha)
        if not meant:
            raise NoSuchCommit(f"{name[:60]!r} is no commit, branch, tag or pull request that is known here")
        return meant

    def _standing_at(self, name: str) -> str:
        """Of a commit's own name, a tag or a branch; a mirror's branches have no `origin`. "" where there is none."""
        for one in (name, name.lower(), name.removeprefix("origin/"), f"origin/{name}"):
            with contextlib.suppress(KeyError, ValueError, pygit2.GitError):
                return str(self._repo.revparse_single(one).peel(pygit2.Commit).id)
        return ""

    def _requested(self, number: str, sha: str) -> str:
        """The newest commit that came by a pull request."""
        for commit in islice(self._repo.walk(self._commit(sha).id, SortMode.TIME), LOG_WALK):
            if number in commit.message[:LONGEST_MESSAGE] and self._told(commit).pull_request == number:
                return str(commit.id)
        return ""

    def change(self, sha: str, path: str, may_show: Callable[[str], bool]) -> Change:
        """A commit against its first parent; of files that may not be shown only the counts. Counted first, then compared."""
        commit = self._commit(sha)
        if str(commit.id) in self._ends:
            text = commit.message[:LONGEST_MESSAGE].strip()
            return Change(
                self._told(commit), text, (), "", (("all files", "what they were before is not in this clone"),), 0
            )
        before = commit.parents[0].tree_id if commit.parents else None
        deltas: list[Delta] = []
        is_whole = True
        try:
            for delta in self._deltas(before, commit.tree_id, path.strip("/")):
                if len(deltas) >= MOST_COUNTED:
                    is_whole = False
                    break
                deltas.append(delta)
        except _TooMany:
            is_whole = False
        patch = _Patch()
        for delta in deltas[:MOST_FILES]:
            self._compare(delta, patch, may_show)
        left_out = max(0, len(deltas) - MOST_FILES) if is_whole else None
        message = commit.message[:LONGEST_MESSAGE].strip()
        return Change(
            self._told(commit), message, tuple(patch.files), "\n".join(patch.lines), tuple(patch.uncompared), left_out
        )  # fmt: skip

    def _deltas(self, before: pygit2.Oid | None, after: pygit2.Oid | None, path: str) -> Iterator[Delta]:
        """Only what differs is looked into, so a large tree costs what changed in it."""
        pending: list[tuple[str, pygit2.Oid | None, pygit2.Oid | None]] = [("", before, after)]
        looked_into = 0
        while pending:
            prefix, old_id, new_id = pending.pop()
            looked_into += 1
            if looked_into > MOST_FOLDERS or len(prefix) > LONGEST_PATH:
                raise _TooMany
            old, new = self._entries(old_id), self._entries(new_id)
            folders = []
            for name in sorted(old.keys() | new.keys()):
                mine, theirs = old.get(name), new.get(name)
                here = prefix + text_of(name)
                if _same(mine, theirs) or not _leads_to(here, path):
                    continue
                old_tree, new_tree = _folder(mine), _folder(theirs)
                if old_tree or new_tree:
                    folders.append((here + "/", old_tree, new_tree))
                old_file, new_file = None if old_tree else mine, None if new_tree else theirs
                if old_file is not None or new_file is not None:
                    yield Delta(here, old_file, new_file)
            pending += reversed(folders)

    def _entries(self, oid: pygit2.Oid | None) -> dict[bytes, pygit2.Object]:
        return {entry.raw_name or b"": entry for entry in self._tree(oid)} if oid is not None else {}

    def _compare(self, delta: Delta, patch: _Patch, may_show: Callable[[str], bool]) -> None:
        sizes = [self._side_size(side) for side in (delta.old, delta.new)]
        if min(sizes) < 0:
            patch.uncompared.append((delta.path, "not in this clone"))
            return
        if max(sizes) > COMPARED_BYTES or patch.compared_bytes + sum(sizes) > COMPARED_TOTAL_BYTES:
            why = "too large to be compared" if max(sizes) > COMPARED_BYTES else "not compared, behind too many others"
            patch.uncompared.append((delta.path, f"{why}, {max(sizes):,} bytes"))
            return
        patch.compared_bytes += sum(sizes)
        old, new = self._content(delta.old), self._content(delta.new)  # kept: the patch reads them where they are
        one = pygit2.Patch.create_from(old, new, old_as_path=delta.path, new_as_path=delta.path)
        _, added, removed = one.line_stats
        patch.files.append((delta.path, added, removed))
        if not one.delta.is_binary and may_show(delta.path):
            patch.add(delta.path, text_of(one.data).split("\n"))

    def _side_size(self, side: pygit2.Object | None) -> int:
        return 0 if side is None or side.filemode == FileMode.COMMIT else self.size(str(side.id))

    def _content(self, side: pygit2.Object | None) -> bytes:
        if side is None:
            return b""
        return (
            f"Subproject commit {side.id}\n".encode() if side.filemode == FileMode.COMMIT else self.blob(str(side.id))
        )


class _TooMany(Exception):
    """More than is looked into."""


def _same(one: pygit2.Object | None, other: pygit2.Object | None) -> bool:
    return one is not None and other is not None and one.id == other.id and one.filemode == other.filemode


def _folder(entry: pygit2.Object | None) -> pygit2.Oid | None:
    return entry.id if entry is not None and entry.filemode == FileMode.TREE else None


def _leads_to(here: str, path: str) -> bool:
    """True for what lies on the way to the path, is it, or lies within it."""
    return not path or here == path or here.startswith(path + "/") or path.startswith(here + "/")


def _touches(commit: pygit2.Commit, path: str) -> bool:
    """True when the path differs from every parent: what `git log -- path` shows."""
    mine = _oid(commit.tree, path)
    parents = commit.parents
    return all(_oid(parent.tree, path) != mine for parent in parents) if parents else mine is not None


def _oid(tree: pygit2.Tree, path: str) -> pygit2.Oid | None:
    entry = _entry(tree, path)
    return entry.id if entry is not None else None


def _entry(tree: pygit2.Tree, path: str) -> pygit2.Object | None:
    try:
        return tree[path]
    except (KeyError, ValueError, pygit2.GitError):
        return None
