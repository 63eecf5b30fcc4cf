"""What a change of past turns does to a conversation, the same for every store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bot.conversation import Conversation, Turn


def amend(conversation: Conversation, change: Callable[[tuple[Turn, ...]], tuple[Turn, ...]]) -> Conversation:
    """The conversation with its turns changed. Turns cut off at the end leave what came before them as it was; after any other change
    all are folded, for a model checks that what came before a turn is what it was."""
    turns = change(conversation.turns)
    if turns == conversation.turns[: len(turns)]:
        return replace(conversation, turns=turns, folded=min(conversation.folded, len(turns)))
    return replace(conversation, turns=turns, folded=len(turns), pinned=None)
