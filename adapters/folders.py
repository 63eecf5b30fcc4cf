"""The data directory, made for us alone; a sentence where it cannot be."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from bot.errors import ConfigError

LEAST_BYTES = 1_000_000
"""What is written on trial."""

ROOM_MEGABYTES = 100
"""What the embedded stores and an index or two take to begin with; a store whose disk fills up under it takes no more questions."""


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
