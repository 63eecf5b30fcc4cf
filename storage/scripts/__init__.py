"""The Lua that Redis or Valkey runs for us, each script in one step. A line `-- uses heads, queue` puts functions of shared/ in front
of it: servers have no way to share code between scripts that works alike on all of them, and with EVALSHA on a cluster.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import NoScriptError

USES = re.compile(r"^-- uses (.+)$", re.MULTILINE)


class Script:
    """One script on one Redis: run by its hash, and sent whole to a server that does not know it: a new one, or one that took over.

    redis-py's own loads it on every node of a cluster first, which fails while any of them is away.
    """

    def __init__(self, redis: Redis, name: str) -> None:
        self._redis = redis
        self.text = source(name)
        self.sha = hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest()

    async def __call__(self, keys: Sequence[str], arguments: Sequence[str | int | float] = ()) -> Any:
        try:
            return await self._redis.evalsha(self.sha, len(keys), *keys, *arguments)
        except NoScriptError:
            return await self._redis.eval(self.text, len(keys), *keys, *arguments)


def source(name: str) -> str:
    """The whole text of a script. Its `#!lua` line, where it has one, stays the first."""
    own = _text(f"{name}.lua")
    used = USES.search(own)
    shared = [_text(f"shared/{one}.lua") for one in used[1].split(", ")] if used else []
    first, _, rest = own.partition("\n")
    return "\n".join((first, *shared, rest)) if first.startswith("#!") else "\n".join((*shared, own))


def _text(path: str) -> str:
    return files(__name__).joinpath(*path.split("/")).read_text()
