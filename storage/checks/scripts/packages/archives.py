"""What is taken out of a package's archive: its declarations and its `package.json`, as plain files below one folder. Nothing else.

Links, devices, absolute paths and names that climb out are passed over, as if they were not there.
"""

from __future__ import annotations

import gzip
import io
import re
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, cast

MOST_FILES = 30_000
MOST_FILE_BYTES = 12_000_000
MOST_BYTES = 200_000_000
"""Of one package, unpacked; what is passed over counts too, for it has to be read."""
MOST_PATH = 250

TOO_LARGE = "it unpacks to more than is kept"
KEPT = re.compile(r"\.d\.(?:[\w-]+\.)?[cm]?ts$|(?:^|/)package\.json$|^tsconfig[\w.-]*\.json$")
SOURCE = re.compile(r"\.[cm]?[jt]sx?$|\.node$|\.json$")


class BadArchive(Exception):
    """Why nothing of it is taken, in words for people."""


class _Bounded:
    """A stream that ends with BadArchive when more comes out of it than may: the length of a header is the archive's own word."""

    def __init__(self, packed: gzip.GzipFile) -> None:
        self._packed = packed
        self._read = 0

    def read(self, size: int) -> bytes:
        self._read += size
        if size > MOST_FILE_BYTES * 2 or self._read > MOST_BYTES:
            raise BadArchive(TOO_LARGE)
        return self._packed.read(size)


@dataclass(slots=True)
class Unpacked:
    """`files` are the paths of all that it has besides, so that one can say whether a module is there."""

    declarations: int = 0
    size: int = 0
    files: list[str] = field(default_factory=list)


def unpack(content: bytes, folder: Path) -> Unpacked:
    """Blocks. Raises BadArchive; what was written by then is for the caller to take away."""
    done = Unpacked()
    with _opened(content) as archive:
        for count, member in enumerate(archive):
            if count > MOST_FILES:
                raise BadArchive(TOO_LARGE)
            path = _path(member)
            if path is None:
                continue
            if KEPT.search(path) and member.size <= MOST_FILE_BYTES:
                _write(archive, member, folder / path, done)
            elif SOURCE.search(path):
                done.files.append(path)
    return done


def text_in(content: bytes, path: str, most: int) -> str:
    """One file of an archive that was unpacked before; "" where it is not there, or has more than `most` bytes. Blocks."""
    with suppress(BadArchive), _opened(content) as archive:
        for member in archive:
            if _path(member) == path:
                opened = archive.extractfile(member) if member.size <= most else None
                return opened.read(most).decode("utf-8", "replace") if opened else ""
    return ""


@contextmanager
def _opened(content: bytes) -> Iterator[tarfile.TarFile]:
    """What cannot be read ends in BadArchive."""
    try:
        with (
            gzip.GzipFile(fileobj=io.BytesIO(content)) as packed,
            tarfile.open(fileobj=cast(IO[bytes], _Bounded(packed)), mode="r|") as archive,
        ):
            yield archive
    except (tarfile.TarError, zlib.error, EOFError, OSError, ValueError, OverflowError) as fault:
        raise BadArchive("its archive could not be read") from fault


def _path(member: tarfile.TarInfo) -> str | None:
    """Below the archive's first folder, whatever that is called; None for what is no plain file, or leads elsewhere."""
    if not member.isreg() or "\0" in member.name or "\\" in member.name or len(member.name) > MOST_PATH:
        return None
    parts = PurePosixPath(member.name).parts
    if member.name.startswith("/") or ".." in parts or len(parts) < 2 or any(len(one) > 200 for one in parts):
        return None
    return "/".join(parts[1:]) if "node_modules" not in parts else None


def _write(archive: tarfile.TarFile, member: tarfile.TarInfo, target: Path, done: Unpacked) -> None:
    opened = archive.extractfile(member)
    if opened is None:
        return
    text = opened.read(MOST_FILE_BYTES + 1)
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as written:
        written.write(text)
    done.size += len(text)
    done.declarations += target.suffix != ".json"
