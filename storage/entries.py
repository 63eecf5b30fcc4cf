"""A message as it stands in the inbox: a head that the scripts read, and a body that only we read.

One JSON on two lines. The first is the head, so that a script needs no look at the body, which may then be sealed; what the whole
says besides is what releases before heads wrote, and still read.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

from bot.conversation import Message
from bot.editions import asks
from storage.encoding import MESSAGE, VERSION, readable


def write(message: Message) -> str:
    head = {
        "id": message.id,
        "edition": message.edition,
        "addressed": message.addressed,
        "withdrawn": message.withdrawn,
        "asks": asks(message),
        "digest": _digest(message),
    }
    return f'{{"v": {VERSION}, "head": {json.dumps(head, ensure_ascii=False)},\n"data": {MESSAGE.body(message)}}}'


def read(entry: str) -> Message:
    """With a head or without one. Raises UnreadableEntry."""
    return MESSAGE.read(entry)


def read_all(entries: Iterable[str | bytes]) -> tuple[Message, ...]:
    """Those that are ours to read."""
    return tuple(readable(MESSAGE, entries))


def _digest(message: Message) -> str:
    """Two messages have one digest when a person wrote the same and sent the same files (bot/editions.py, `reads_differently`).

    SHA-1, for the scripts make the same of entries without a head, and know no other. Whoever seals bodies keys it, too: a short
    text can be guessed.
    """
    said = (message.text, *(file.id for file in message.attachments))
    return _sha1("".join(_sha1(one) for one in said))


def _sha1(text: str) -> str:
    return hashlib.sha1(text.encode(errors="surrogateescape"), usedforsecurity=False).hexdigest()
