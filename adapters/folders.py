"""The data directory, made for us alone; a sentence where it cannot be."""

from __future__ import annotations

import tempfile
from pathlib import Path

from bot.errors import ConfigError

LEAST_BYTES = 1_000_000
"""What the embedded stores take to begin with."""


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
