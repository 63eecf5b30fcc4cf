"""Which files of a repository a question is about: those that can be read, those that cannot, and those that nobody here understands.

Locks before manifests, the product before its tests and examples; what is left out is counted.
"""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from dataclasses import dataclass

from bot.capabilities.team_code.code import FileEntry
from bot.capabilities.team_code.dependencies.kinds import kind_of
from bot.capabilities.team_code.dependencies.places import order
from bot.capabilities.team_code.dependencies.question import NotRead
from bot.capabilities.team_code.dependencies.reading import is_ours, wants
from bot.capabilities.team_code.dependencies.unread import is_lock, recognised
from bot.capabilities.team_code.secret_files import matches

MOST_FILES = 1_000
MOST_BYTES = 40_000_000
MOST_RUNTIME_FILES = 20
HOLDING = {
    "node": frozenset({"node", "deno"}),
    "python": frozenset({"python", "conda"}),
    "deno": frozenset({"deno", "node"}),
}
"""The ecosystems whose files hold packages of this one."""

REASONS = {
    "lfs": "it is kept elsewhere (Git LFS)",
    "binary": "it is not a text file",
    "secret": "it may hold secrets",
    "denied": "it may not be read here",
    "link": "it is a symbolic link",
    "absent": "it is not in this clone, which holds only a part of the files",
}


@dataclass(frozen=True, slots=True)
class Selection:
    """`read` are paths, the most telling first; the rest is as in a Question."""

    read: tuple[str, ...] = ()
    folder: str = ""
    outside: frozenset[str] = frozenset()
    not_read: tuple[NotRead, ...] = ()
    not_understood: tuple[NotRead, ...] = ()
    left_out: int = 0
    elsewhere: int = 0
    """Dependency files that the glob leaves aside."""


def select(entries: Sequence[FileEntry], ecosystem: str, glob: str) -> Selection:
    known = [one for one in entries if _concerns(one.path, ecosystem)]
    folder, fitting = _fitting([one.path for one in known], [one.path for one in entries], glob.strip())
    above = _above(folder, fitting, [one.path for one in known]) if glob.strip() else frozenset()
    near = [one for one in known if one.path in fitting or one.path in above]
    texts, not_read = [], []
    for one in near:
        if not wants(one.path):
            continue
        if one.kind == "text":
            texts.append(one)
        elif (kind := kind_of(one.path)) and kind.ecosystem and (kind.is_lock or one.kind != "link"):
            not_read.append(NotRead(one.path, kind.ecosystem, _reason(one), kind.is_lock))
    chosen, spared, left_out = _within(texts)
    not_understood = [
        NotRead(one.path, found, "", is_lock(one.path))
        for one in near
        if not wants(one.path) and (found := recognised(one.path)) is not None
    ]
    return Selection(
        tuple(one.path for one in chosen),
        folder,
        frozenset(above),
        (*not_read, *spared),
        tuple(not_understood),
        left_out,
        len(known) - len(fitting),
    )


def _concerns(path: str, ecosystem: str) -> bool:
    """Whether a file may say something of this ecosystem; files of runtimes always may."""
    kind = kind_of(path)
    found = kind.ecosystem if kind else recognised(path)
    if found is None or not is_ours(path):
        return False
    return not ecosystem or not found or found in HOLDING.get(ecosystem, (ecosystem,))


def _fitting(known: Sequence[str], everything: Sequence[str], glob: str) -> tuple[str, frozenset[str]]:
    """The files that a glob means, and the folder where it names one: `services/api` is all that is in it."""
    if not glob:
        return "", frozenset(known)
    bare = glob.removeprefix("./").strip("/").removesuffix("/**").rstrip("/")
    is_plain = bare and not any(mark in bare for mark in "*?[")
    if is_plain and any(path.startswith(f"{bare}/") for path in everything):
        return bare, frozenset(path for path in known if path.startswith(f"{bare}/"))
    fitting = frozenset(path for path in known if matches(path, (glob,)))
    return "", fitting or frozenset(path for path in known if matches(path, (f"{bare}/**",)))


def _above(base: str, fitting: frozenset[str], known: Sequence[str]) -> frozenset[str]:
    """Files of the folders above, whose locks, parents and workspaces hold for those that fit; a catalog stands in gradle/."""
    folders = {""} if fitting or base else set[str]()
    for path in (f"{base}/", *fitting):
        folder = posixpath.dirname(path)
        while folder not in folders:
            folders.add(folder)
            folder = posixpath.dirname(folder)
    out = set()
    for path in known:
        if path not in fitting and _home(path) in folders:
            out.add(path)
    return frozenset(out)


def _home(path: str) -> str:
    """The folder that a file speaks for: a catalog in gradle/, and what Xcode keeps within its own folders, for the one around."""
    parts = path.split("/")[:-1]
    if parts[-1:] == ["gradle"]:
        return "/".join(parts[:-1])
    within = next((at for at, part in enumerate(parts) if part.endswith((".xcodeproj", ".xcworkspace"))), len(parts))
    return "/".join(parts[:within])


def _within(texts: Sequence[FileEntry]) -> tuple[list[FileEntry], list[NotRead], int]:
    """As many as one answer may cost, the locks and the product's own first; a lock beyond that is named, others are counted."""
    chosen: list[FileEntry] = []
    spared: list[NotRead] = []
    room, runtime_files, left_out = MOST_BYTES, MOST_RUNTIME_FILES, 0
    for one in sorted(texts, key=_worth):
        kind = kind_of(one.path)
        is_runtime = not kind or not kind.ecosystem
        if is_runtime and runtime_files == 0:
            continue
        runtime_files -= is_runtime
        if len(chosen) < MOST_FILES and one.size_bytes <= room:
            chosen.append(one)
            room -= one.size_bytes
        elif kind and kind.is_lock:
            spared.append(
                NotRead(
                    one.path, kind.ecosystem, "the dependency files are too many or too large to be read at once", True
                )
            )
        else:
            left_out += 1
    return chosen, spared, left_out


def _worth(one: FileEntry) -> tuple[object, ...]:
    kind = kind_of(one.path)
    first = order(one.path)
    return first[0], not (kind and kind.ecosystem), not (kind and kind.is_lock), first


def _reason(one: FileEntry) -> str:
    return REASONS.get(one.kind, f"it has {one.size_bytes / 1_000_000:,.1f} MB, which is more than is read")
