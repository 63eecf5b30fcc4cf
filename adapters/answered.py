"""Which of the messages that are read back from a platform were answered already, though the store knows nothing of it.

A store that was restored from a copy has lost what it took since. People see the answers, and so do we: the buttons under each name
its turn, and a turn is named by the first message that it answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.conversation import Message, ThreadId
from bot.editions import order, said_at
from bot.ports.inbox import turn_id


@dataclass(frozen=True, slots=True)
class OwnPost:
    """A part of an answer, or of an apology, as it stands in a thread; begun at `at`, which may leave out fractions of a second."""

    thread: ThreadId
    turn_id: str
    id: str
    at: datetime


def unanswered(
    said: Iterable[Message], posts: Sequence[OwnPost], edited_at: Callable[[str], datetime]
) -> list[Message]:
    """Those that no post of ours answers, in the order in which they were said. A turn answers its first message, and what was said
    between it and the turn's first post; never an edition that is newer than that. `edited_at`: when an edition was made."""
    ordered = sorted(said, key=said_at)
    begun: dict[str, OwnPost] = {}
    for post in sorted(posts, key=lambda one: order(one.id)):
        begun.setdefault(post.turn_id, post)
    answered = list[tuple[Message, OwnPost]]()
    for message in ordered:
        if begins := begun.get(turn_id(message.thread, message.id)):
            answered.append((message, begins))
    return [one for one in ordered if not any(_covers(first, post, one, edited_at) for first, post in answered)]


def _covers(first: Message, post: OwnPost, message: Message, edited_at: Callable[[str], datetime]) -> bool:
    if message.thread != post.thread or order(message.id) < order(first.id):
        return False
    if message.edition and edited_at(message.edition) >= post.at:
        return False
    return order(message.id) < order(post.id)
