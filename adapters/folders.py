"""The data directory, made for us alone; a sentence where it cannot be."""

from __future__ import annotations

import os
from pathlib import Path

from bot.errors import ConfigError


def data_folder(folder: Path) -> Path:
    """The folder, there and ours to write in. Raises ConfigError."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as fault:
        raise ConfigError(
            f"PLUMBLINE_DATA_DIR: {folder} cannot be made ({fault.strerror}); name another folder"
        ) from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ConfigError(f"PLUMBLINE_DATA_DIR: {folder} cannot be written to; make it yours, or name another folder")
    return folder
