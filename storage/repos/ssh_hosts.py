"""The host behind a name of this machine's ssh configuration: a checkout's remote may be `git@work:team/shop.git`.

Only `Host` and `HostName` are read, as ssh reads them (the first that fits wins): https://man.openbsd.org/ssh_config
"""

from __future__ import annotations

import shlex
from fnmatch import fnmatchcase
from pathlib import Path

CONFIG = Path("~/.ssh/config")
MOST_BYTES = 1_000_000


def ssh_host(name: str, config: Path = CONFIG) -> str:
    """What `HostName` says for this name; the name itself where nothing does."""
    try:
        with config.expanduser().open(encoding="utf-8", errors="replace") as file:
            text = file.read(MOST_BYTES)
    except (OSError, RuntimeError):
        return name
    fits = True
    for line in text.splitlines():
        key, values = _words(line)
        if key == "host":
            fits = any(fnmatchcase(name, one) for one in values if one[0] != "!") and not any(
                fnmatchcase(name, one[1:]) for one in values if one[0] == "!"
            )
        elif key == "match":
            fits = False
        elif key == "hostname" and fits and values:
            return values[0].replace("%h", name)
    return name


def _words(line: str) -> tuple[str, list[str]]:
    """The keyword in small letters, and its arguments; `Key=value` is allowed too."""
    try:
        words = shlex.split(line.replace("=", " ", 1) if "=" in line.split(" ", 1)[0] else line, comments=True)
    except ValueError:
        return "", []
    words = [one for one in words if one != "="]
    return (words[0].lower(), [one for one in words[1:] if one]) if words else ("", [])
