"""The one builder of Redis keys. All keys of a thread share a hash tag, so every script is legal on a cluster.

Some names are older than our words, and stay, for they stand in stores: `in` is what waits, `heard` the context; of `state`, `part`
says that we took part, `stirred` when something happened last, `apart` the sizes of the next turns.
"""

from __future__ import annotations

import hashlib

from bot.conversation import ThreadId


def thread_key(thread: ThreadId, name: str, *more: str) -> str:
    """`plumbline:{slack:T1:C7:1719.42}:name...`; the tag is the thread's address, in which nothing is left out."""
    return ":".join(("plumbline", f"{{{thread}}}", name, *more))


def thread_keys(thread: ThreadId, *names: str) -> list[str]:
    return [thread_key(thread, name) for name in names]


def shard(thread: ThreadId, shards: int = 16) -> str:
    """Which of the lists of busy threads this one is listed in."""
    number = int.from_bytes(hashlib.sha256(str(thread).encode()).digest()[:4]) % shards
    return f"plumbline:busy:{number}"


SHARDS = tuple(f"plumbline:busy:{number}" for number in range(16))

READY, READY_SECONDS = "plumbline:ready", 60
"""Written when somebody asks how it is: a store that is read-only or full answers, and takes no question."""
