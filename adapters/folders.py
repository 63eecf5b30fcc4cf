"""The data directory, made for us alone; a sentence where it cannot be."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from bot.errors import BotError, ConfigError

LEAST_BYTES = 1_000_000
"""What is written on trial."""

ROOM_MEGABYTES = 100
"""What the embedded stores and an index or two take to begin with; a store whose disk fills up under it takes no more questions."""

FEW_BYTES = 100_000_000
"""With less the disk is about to be full."""


FOLDERS, FILES = ("valkey", "repos", "checks"), ("plumbline.db", "envelope.key")
"""What we keep there under a name of its own."""


def free_bytes(folder: Path) -> int:
    """How much more can be kept there."""
    return shutil.disk_usage(folder).free


async def has_room(folder: Path) -> None:
    """Raises BotError where the disk is full, or nearly."""
    if (free := free_bytes(folder)) < FEW_BYTES:
        raise BotError(f"{free / 1e6:.0f} MB are free where {folder} is; when it is full nothing new is taken")


def data_folder(folder: Path) -> Path:
    """The folder, there and ours to write in. Raises ConfigError."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except FileExistsError:
        raise ConfigError(f"PLUMBLINE_DATA_DIR: {folder} is a file; name a folder") from None
    except OSError as fault:
        raise ConfigError(
            f"PLUMBLINE_DATA_DIR: {folder} cannot be made ({fault.strerror}); name another folder"
        ) from None
    for name in (*FOLDERS, *FILES):
        place, kind = folder / name, "folder" if name in FOLDERS else "file"
        if os.path.lexists(place) and not (place.is_dir() if kind == "folder" else place.is_file()):
            raise ConfigError(
                f"PLUMBLINE_DATA_DIR: {place} is no {kind}, as it has to be; move it away, or name another folder"
            )
    free = shutil.disk_usage(folder).free // 1_000_000
    if free < ROOM_MEGABYTES:
        raise ConfigError(
            f"PLUMBLINE_DATA_DIR: {free} MB are free in {folder}, and at least {ROOM_MEGABYTES} MB are needed; make room there, "
            "or name another folder"
        )
    try:
        with tempfile.TemporaryFile(dir=folder) as trial:
            trial.write(bytes(LEAST_BYTES))
    except PermissionError:
        raise ConfigError(
            f"PLUMBLINE_DATA_DIR: {folder} cannot be written to; make it yours, or name another folder"
        ) from None
    except OSError as fault:
        raise ConfigError(f"PLUMBLINE_DATA_DIR: {folder} cannot be written to ({fault.strerror})") from None
    return folder
