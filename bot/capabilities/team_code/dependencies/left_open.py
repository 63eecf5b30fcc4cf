"""Whether a manifest leaves the version open, and which lock files may settle it."""

from __future__ import annotations

import posixpath

from bot.capabilities.team_code.dependencies.ecosystems import exact
from bot.capabilities.team_code.dependencies.facts import OVERRIDE, Declared
from bot.capabilities.team_code.dependencies.places import is_above

NEEDS_LOCK = frozenset({"python", "node", "rust", "ruby", "php", "elixir", "dart"})
"""Where a range alone leaves the version open, and the lock stands beside or above the manifest."""


def is_loose(asks: Declared) -> bool:
    """A range; neither a pin, nor a path or address that says itself what it is."""
    if asks.group.startswith(("managed", "peer", "constraint", OVERRIDE)) or exact(asks.ecosystem, asks.range):
        return False
    return not any(
        mark in asks.range for mark in ("path ", "git ", "://", "workspace:", "file:", "link:", "(managed outside")
    )


def covers(lock: str, asks: Declared) -> bool:
    """A lock holds for its own folder and those below; one in a folder of requirements for the folder above."""
    folder = posixpath.dirname(lock)
    if posixpath.basename(folder) == "requirements":
        folder = posixpath.dirname(folder)
    return asks.ecosystem == "swift" or is_above(folder, posixpath.dirname(asks.path))
