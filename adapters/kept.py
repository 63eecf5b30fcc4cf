"""What somebody gives us to keep: a token or key, in the settings file, for its owner alone. It is never shown."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from dotenv import set_key


def keep(env_file: Path, name: str, value: str) -> None:
    """Made for its owner alone before anything stands in it. The other lines of a file that is there stay as they are.

    Raises OSError; of what is no plain file before it is touched: root would put a file in the place of /dev/null.
    """
    if env_file.exists() and not env_file.is_file():
        raise OSError(errno.EINVAL, "it is no plain file", str(env_file))
    os.close(os.open(env_file, os.O_CREAT | os.O_APPEND, 0o600))
    env_file.chmod(0o600)
    set_key(env_file, name, value, quote_mode="never")
    env_file.chmod(0o600)
