"""What becomes of the words that somebody's question brings of somebody else's, once those are edited or deleted: one rule for what
waits, what is being answered and what is remembered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.conversation import Attachment, Message, Quote, Turn
from bot.editions import order

GONE = "(deleted since)"
HERE = "here/"
"""What the source of a message begins with that stands in the thread itself; behind it comes its id."""


@dataclass(frozen=True, slots=True)
class Change:
    """What stands now where something was copied from. `source`: its name as in `Quote`; of a file, `file/` and its id. `words`: None
    where it is gone. `attachments`: what it brings now. `edition`: the platform's mark of the edit, "" where it has none."""

    source: str
    words: str | None
    attachments: tuple[Attachment, ...] = ()
    edition: str = ""

    def is_older(self, than: Change) -> bool:
        return than.words is None or order(self.edition) < order(than.edition)


def sources(messages: Iterable[Message]) -> Iterator[str]:
    """All that these hold a copy of, or that may be taken away: whoever keeps them wants to hear of it."""
    for message in messages:
        yield from (quote.source for quote in message.quotes)
        yield from (file_source(one.id) for one in message.attachments)


def file_source(file_id: str) -> str:
    return f"file/{file_id}"


def message_as_now(message: Message, changes: Mapping[str, Change]) -> Message:
    """The message without copies of what is gone, and with what it quotes as that reads now."""
    for quote in message.quotes:
        if change := changes.get(quote.source):
            message = _requoted(message, quote, change)
    left = tuple(one for one in message.attachments if not _is_gone(changes.get(file_source(one.id))))
    return message if left == message.attachments else replace(message, attachments=left)


def heard_as_now(context: Sequence[Message], changes: Mapping[str, Change]) -> tuple[Message, ...]:
    """What was heard, where in it somebody has edited or deleted something of their own, too."""
    return tuple(message_as_now(one, changes) for one in _own_as_now(context, changes))


def turn_as_now(turn: Turn, changes: Mapping[str, Change]) -> Turn:
    """One that was told something else is kept as plain texts."""
    messages = tuple(message_as_now(one, changes) for one in turn.messages)
    context = heard_as_now(turn.context, changes)
    if (messages, context) == (turn.messages, turn.context):
        return turn
    return replace(turn, messages=messages, context=context, answer=replace(turn.answer, transcript=()))


def turn_without_text_of(turn: Turn, file_id: str) -> Turn:
    """The turn as plain texts, without what it was told of the file; the file is named still."""
    held = (one.id for message in (*turn.context, *turn.messages) for one in message.attachments)
    return replace(turn, answer=replace(turn.answer, transcript=())) if file_id in held else turn


def in_quotation(text: str) -> str:
    return "\n".join(f"> {line}" for line in text.strip().split("\n"))


def _is_gone(change: Change | None) -> bool:
    return change is not None and change.words is None


def _requoted(message: Message, quote: Quote, change: Change) -> Message:
    said = GONE if change.words is None else change.words.strip() or "(no words)"
    new = "\n".join(part for part in (quote.head, in_quotation(said)) if part)
    if new == quote.text:
        return message
    kept = {one.id for one in change.attachments}
    gone = set(quote.files) - kept
    now = Quote(quote.source, new, quote.head, tuple(one for one in quote.files if one in kept))
    return replace(
        message,
        text=_replaced(message.text, quote, new),
        attachments=tuple(one for one in message.attachments if one.id not in gone),
        quotes=tuple(now if one == quote else one for one in message.quotes),
    )


def _replaced(text: str, quote: Quote, new: str) -> str:
    """Where the copy does not stand there whole, for it was too long, all goes from where it begins."""
    if quote.text in text:
        return text.replace(quote.text, new)
    before, found, _ = text.partition(quote.head) if quote.head else ("", "", "")
    return f"{before}{new}" if found else new


def _own_as_now(context: Sequence[Message], changes: Mapping[str, Change]) -> Iterator[Message]:
    for message in context:
        change = changes.get(f"{HERE}{message.id}")
        if change is None:
            yield message
        elif change.words is not None and order(change.edition) > order(message.edition):
            yield replace(message, text=change.words, attachments=change.attachments, edition=change.edition, quotes=())
        elif change.words is not None:
            yield message
