"""The Lua that Redis or Valkey runs for us, each script in one step. A line `-- uses heads, queue` puts functions of shared/ in front
of it: servers have no way to share code between scripts that works alike on all of them, and with EVALSHA on a cluster.
"""

from __future__ import annotations

import re
from importlib.resources import files

USES = re.compile(r"^-- uses (.+)$", re.MULTILINE)


def source(name: str) -> str:
    """The whole text of a script. Its `#!lua` line, where it has one, stays the first."""
    own = _text(f"{name}.lua")
    used = USES.search(own)
    shared = [_text(f"shared/{one}.lua") for one in used[1].split(", ")] if used else []
    first, _, rest = own.partition("\n")
    return "\n".join((first, *shared, rest)) if first.startswith("#!") else "\n".join((*shared, own))


def _text(path: str) -> str:
    return files(__name__).joinpath(*path.split("/")).read_text()
