"""What of a conversation may be told again: nothing that was said with a wider audience's rights reaches a narrower one.

Each turn notes which repositories something in it is from (`Turn.seen`). A turn that its asker may not see whole is left out, and
the others are told as plain texts, for a model checks that what came before a turn is what it was.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.conversation import Conversation, Message, Turn
from bot.ports.inbox import Progress
from bot.ports.policy import Decision


def may_see(turn: Turn, decision: Decision) -> bool:
    """A turn of an older release, of which nothing is known, is told where nothing is withheld."""
    if turn.seen is None:
        return not decision.withheld
    return decision.shows_no_more_than(frozenset(turn.seen))


def replayable(conversation: Conversation, decision: Decision) -> Conversation:
    """The conversation as this turn may know it; the same object where that is all of it."""
    kept = [turn for turn in conversation.turns if may_see(turn, decision)]
    if len(kept) == len(conversation.turns):
        return conversation
    plain = tuple(replace(turn, answer=replace(turn.answer, transcript=(), mended=())) for turn in kept)
    return replace(conversation, turns=plain, folded=len(plain))


GOING_ON = "-go-on"


def id_of_going_on(turn_id: str) -> str:
    """The id of the message by which somebody has us go on with a turn's answer."""
    return f"{turn_id}{GOING_ON}"


def goes_on_unseen(messages: Sequence[Message], conversation: Conversation, decision: Decision) -> bool:
    """Whether one of these asks us to go on with an answer that may not be seen here any more: it quotes where that ended."""
    turns = {id_of_going_on(turn.id): turn for turn in conversation.turns}
    asked = [turns.get(message.id) for message in messages if message.id.endswith(GOING_ON)]
    return any(bool(decision.withheld) if turn is None else not may_see(turn, decision) for turn in asked)


def readable(context: Sequence[Message], decision: Decision) -> tuple[Message, ...]:
    """What was read back from the platform; our own answers only where nothing is withheld, for nobody knows what they were from."""
    return tuple(one for one in context if not (one.ours and decision.withheld))


def resumable(progress: Progress, decision: Decision) -> Progress:
    """How far another worker has come, where this decision shows all that it could see; else the turn begins anew."""
    if progress == Progress():
        return progress
    if not progress.grants:
        return progress if not decision.withheld else Progress()
    return progress if decision.shows_no_more_than(frozenset(json.loads(progress.grants))) else Progress()


def written(decision: Decision) -> str:
    """What `resumable` reads."""
    return json.dumps(sorted(decision.visible))


def seen_in(told: Sequence[Turn], decision: Decision, *, has_looked: bool, opened: frozenset[str]) -> tuple[str, ...]:
    """What a turn that ends has something from: all that it could see once a tool has run, what a check opened, and what it was
    told of earlier turns."""
    earlier = {name for turn in told for name in (decision.visible if turn.seen is None else turn.seen)}
    return tuple(sorted(earlier | opened | (frozenset(decision.visible) if has_looked else frozenset())))


def narrowest(decisions: Sequence[Decision]) -> Decision:
    """Of several people's decisions the one that shows what all of them may see."""
    least = min(decisions, key=lambda one: (not one.refused, len(one.visible)))
    common = [name for name in least.visible if all(name in one.visible for one in decisions)]
    return replace(least, visible={name: least.visible[name] for name in common})


def alike(decisions: Mapping[str, Decision], messages: Sequence[Message]) -> tuple[Message, ...]:
    """The first of these messages, up to the one whose author may see more or less than the author of the first."""
    first = decisions[messages[0].author.id]
    for place, message in enumerate(messages):
        other = decisions[message.author.id]
        if (other.refused, other.visible.keys()) != (first.refused, first.visible.keys()):
            return tuple(messages[:place])
    return tuple(messages)
