"""What a door hears, typed: something was said, reads differently now, or is gone. Each door's `incoming` makes these; its `app` hands
them on. What counts as an edit is said here, for all doors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args

from bot.conversation import Message, ThreadId
from bot.views import Action

ACTIONS: Mapping[str, Action] = {one: one for one in get_args(Action)}
"""What a button under an answer does, by the name that it comes back with."""


@dataclass(frozen=True, slots=True)
class Said:
    """Something new that concerns us."""

    message: Message


@dataclass(frozen=True, slots=True)
class Edited:
    """A message as it reads now; it concerns us, or did before."""

    message: Message


@dataclass(frozen=True, slots=True)
class Deleted:
    """A message that nobody sees any more."""

    thread: ThreadId
    message_id: str


@dataclass(frozen=True, slots=True)
class Wording:
    """What an edit can change of a message."""

    text: str
    files: tuple[str, ...]


def is_edit(now: Wording, before: Wording | None, *, is_marked: bool) -> bool:
    """True when other words or other files stand there now. Platforms tell of previews, pins and counts of replies in the same way;
    where what stood there before is not known, the platform's own mark of an edit decides."""
    return is_marked if before is None else now != before
