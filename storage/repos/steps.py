"""What each commit touched: a bounded walk over a repository's history, tree against tree, without reading a file.

Commits of one parent only: what a merge brings was said by the commits that it merges. libgit2 alone; blocking.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pygit2
from pygit2.enums import DeltaStatus, SortMode

from storage.repos.objects import GitObjects

MOST_STEPS = 20_000
MOST_SECONDS = 60.0
"""Of processor time: a busy machine must not know less."""

MOST_PATHS = 30
"""A commit that touches more files says little about each of them."""

MOST_DELTAS = 5_000
CACHE_BYTES, WINDOW_BYTES, MAPPED_BYTES = 56 << 20, 4 << 20, 32 << 20
"""libgit2 keeps 256 MB of trees and maps whole packs by itself. With less than this a walk takes three times as long."""

MERGE = re.compile(r"Merge (?:pull request #|branch '|remote-tracking branch '|in )")


@dataclass(frozen=True, slots=True)
class Step:
    """One commit: `paths` as they were called then, () when there were too many; `renames` from the older name to the newer."""

    sha: str
    subject: str
    at: int
    paths: tuple[str, ...]
    renames: tuple[tuple[str, str], ...]


def steps(folder: Path, sha: str, after: str = "") -> Iterator[Step]:
    """The ancestors of `sha`, itself among them, the newest first; without those of `after`."""
    GitObjects(folder)
    pygit2.settings.cache_max_size(CACHE_BYTES)
    pygit2.settings.mwindow_size, pygit2.settings.mwindow_mapped_limit = WINDOW_BYTES, MAPPED_BYTES
    repo = pygit2.Repository(str(folder))
    walker = repo.walk(pygit2.Oid(hex=sha), SortMode.TIME)
    if after:
        walker.hide(pygit2.Oid(hex=after))
    deadline = time.process_time() + MOST_SECONDS
    titles: dict[pygit2.Oid, str] = {}
    for count, commit in enumerate(_commits(walker)):
        if count >= MOST_STEPS or time.process_time() > deadline:
            return
        parents = commit.parent_ids
        if len(parents) == 2 and (title := merge_title(commit.message)):
            titles[parents[1]] = title
        if len(parents) < 2 and (step := _step(repo, commit, titles.pop(commit.id, ""))):
            yield step


def _commits(walker: pygit2.Walker) -> Iterator[pygit2.Commit]:
    """As far as they are here: a shallow or partial clone ends somewhere."""
    while True:
        try:
            yield next(walker)
        except (StopIteration, KeyError, pygit2.GitError):
            return


def merge_title(message: str) -> str:
    """What a forge writes into a merge: the title of what was merged."""
    head, _, rest = message.strip().partition("\n")
    if not MERGE.match(head):
        return ""
    title = rest.strip().split("\n", 1)[0].strip()
    return "" if title.startswith(("See merge request", "* ", "Conflicts", "#")) else title


def reaches(folder: Path, sha: str, other: str) -> bool:
    """True when `other` is an ancestor of `sha`, or is it; False too where it is not there any more."""
    try:
        return GitObjects(folder).reaches(sha, other)
    except LookupError:
        return False


def _step(repo: pygit2.Repository, commit: pygit2.Commit, title: str) -> Step | None:
    try:
        parents = commit.parents
        diff = parents[0].tree.diff_to_tree(commit.tree) if parents else commit.tree.diff_to_tree(swap=True)
    except (KeyError, pygit2.GitError):  # a shallow or partial clone ends here
        return None
    deltas = [delta for _, delta in zip(range(MOST_DELTAS), diff.deltas, strict=False)]
    subject = commit.message.strip().split("\n", 1)[0]
    paths = (
        tuple(_text(one.new_file.raw_path or one.old_file.raw_path) for one in deltas)
        if len(deltas) <= MOST_PATHS
        else ()
    )
    text = f"{subject} {title}" if title and title not in subject else subject
    return Step(str(commit.id), text[:400], commit.commit_time, paths, tuple(_renames(deltas)))


def _renames(deltas: list[pygit2.DiffDelta]) -> Iterator[tuple[str, str]]:
    """By the same content, else by the same name in another folder."""
    added = [one.new_file for one in deltas if one.status == DeltaStatus.ADDED]
    if not added:
        return
    by_content = {one.id: _text(one.raw_path) for one in added}
    by_name = {path.rsplit("/", 1)[-1]: path for path in by_content.values()}
    for one in deltas:
        if one.status == DeltaStatus.DELETED:
            old = _text(one.old_file.raw_path)
            new = by_content.get(one.old_file.id) or by_name.get(old.rsplit("/", 1)[-1])
            if new:
                yield old, new


def _text(raw: bytes | None) -> str:
    return (raw or b"").decode("utf-8", "replace")
