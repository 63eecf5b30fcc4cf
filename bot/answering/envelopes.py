"""Who said what, when: an envelope for each message and file, closed by a key that nobody in the thread can guess.

What stands inside is that person's text, code untouched. The bytes depend on the message alone, so that replaying it costs nothing.
Of what was heard only so much is written as fits: the thread's first message, and the newest.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from html import escape
from zoneinfo import ZoneInfo

from bot.answering.files import TextFile, UnreadFile
from bot.conversation import Message, ThreadId, Turn
from bot.ports.model import FoldedTurn
from bot.writing.text import excerpt, is_blank, sanitise

CONTEXT_CHARACTERS = 60_000
"""Of all that was heard before one question: about 20,000 tokens."""

NAME_CHARACTERS = 80
REASON_CHARACTERS = 500
NO_TEXT = "(no text)"
HEARD, OURS = ' heard="1"', ' yours="1"'

Placed = tuple[int, Message]
"""A message, and how many were said before it."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """How many messages the model does not get; `is_more`: at least, for the platform was not asked for all."""

    count: int = 0
    is_more: bool = False


NOTHING = LeftOut()


@dataclass(frozen=True, slots=True)
class Heard:
    """What of a context goes to the model: its first message where not all fits, what was left out behind it, and the newest."""

    first: Sequence[Placed]
    between: LeftOut
    newest: Sequence[Placed]

    @property
    def left_out(self) -> LeftOut:
        """In all."""
        behind = sum(message.unread for _, message in self.newest)
        return LeftOut(self.between.count + behind, self.between.is_more or behind > 0)


def heard(context: Sequence[Message], characters: int = CONTEXT_CHARACTERS) -> Heard:
    """The thread's beginning always, then as many of the newest as there is room for, each cut where it is very long."""
    placed = [(place, _cut(message, characters // 4)) for place, message in enumerate(context)]
    room = characters - (len(placed[0][1].text) if placed else 0)
    kept = 0
    for _, message in reversed(placed[1:]):
        room -= len(message.text)
        if room < 0:
            break
        kept += 1
    cut = max(0, len(placed) - 1 - kept)
    unread = sum(message.unread for _, message in placed[: 1 + cut])
    return Heard(placed[:1], LeftOut(cut + unread, unread > 0), placed[1 + cut :])


def _cut(message: Message, most: int) -> Message:
    """Of one message that was heard a quarter of the room at most."""
    return replace(message, text=excerpt(message.text, most)[0]) if len(message.text) > most else message


class Envelopes:
    """Writes messages of one thread. A key depends on the message alone, so that replaying it gives the same bytes."""

    def __init__(self, secret: bytes, thread: ThreadId, labels: Mapping[str, str]) -> None:
        self._secret = hmac.new(secret, str(thread).encode(), hashlib.sha256).digest()
        self._labels = labels

    def key(self, of: str) -> str:
        return hmac.new(self._secret, of.encode(), hashlib.sha256).hexdigest()[:6]

    def write(self, messages: Iterable[Message], number: int) -> Iterator[str]:
        """One envelope for each message that is said to us; `number` is the first one's place in the thread."""
        for place, message in enumerate(messages, number):
            yield self._written(message, place, ' yours="1"' if message.ours else "", zone=message.zone)

    def write_heard(self, heard: Heard, number: int) -> Iterator[str]:
        """One envelope for each message that was heard; `number` is the place of the first one that was said."""
        for place, message in heard.first:
            yield self._written(message, number + place, HEARD if not message.ours else OURS)
        yield from _left_out(heard.between)
        for place, message in heard.newest:
            yield self._written(message, number + place, HEARD if not message.ours else OURS)
            yield from _left_out(LeftOut(message.unread, True))

    def _written(self, message: Message, place: int, mark: str, zone: str = "") -> str:
        key = self.key(message.id)
        name, author = _attribute(self._labels[message.author.id]), _attribute(message.author.id)
        when = f' at="{_moment(message.sent_at)}"{_local(message.sent_at, zone)}'
        body = _without(message.text, f"</msg {key}") or NO_TEXT
        return f'<msg n="{place}" from="{name}" id="{author}"{when} k="{key}"{mark}>\n{body}\n</msg {key}>'

    def mended(self, turns: Sequence[Turn]) -> Iterator[str]:
        """What became of the last answer, where the model is sent its own words of it. It stays in the question, byte for byte."""
        if turns and turns[-1].answer.transcript and (mended := turns[-1].answer.mended):
            key = self.key(f"check\0{turns[-1].id}")
            lines = "\n".join(f"- {_without(line, f'</check {key}')}" for line in mended)
            yield f'<check k="{key}">\nCorrected in your last answer:\n{lines}\n</check {key}>'

    def file(self, file: TextFile) -> str:
        key = self.key(f"file\0{file.name}\0{hashlib.sha256(file.text.encode()).hexdigest()}")
        body = _without(file.text, f"</file {key}") or NO_TEXT
        return f'<file name="{_attribute(file.name)}" k="{key}">\n{body}\n</file {key}>'

    @staticmethod
    def unread(file: UnreadFile) -> str:
        """A file that the model does not get, and why."""
        return f'<file name="{_attribute(file.name)}" held="0" reason="{_attribute(file.reason, REASON_CHARACTERS)}"/>'

    def fold(self, turn: Turn, number: int) -> FoldedTurn:
        """A past turn as two plain texts."""
        question = [*self.write_heard(heard(turn.context), number)]
        question += self.write(turn.messages, number + len(turn.context))
        said = (*turn.context, *turn.messages)
        names = [_attribute(attachment.name) for message in said for attachment in message.attachments]
        question += [f'<file name="{name}" held="0"/>' for name in names]
        answered = NO_TEXT if is_blank(turn.answer.text) else turn.answer.text
        return FoldedTurn("\n".join(question), answered)


def _left_out(left_out: LeftOut) -> Iterator[str]:
    if left_out.count:
        yield f'<left-out messages="{left_out.count}{"+" * left_out.is_more}"/>'


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%a %Y-%m-%d %H:%M} UTC"


def _local(at: datetime, zone: str) -> str:
    """The same moment by the speaker's own clock, where the platform tells their zone and this machine knows it."""
    try:
        return f' local="{at.astimezone(ZoneInfo(zone)):%a %Y-%m-%d %H:%M} {_attribute(zone)}"' if zone else ""
    except (KeyError, ValueError, OSError):  # ZoneInfoNotFoundError is a KeyError; a folder's name gives an OSError
        return ""


def _attribute(text: str, most: int = NAME_CHARACTERS) -> str:
    """A name as it may stand in an envelope; names come from platforms as people wrote them, and are cleaned like any text."""
    return escape(re.sub(r"\s+", " ", sanitise(text)).strip()[:most], quote=True)


def _without(text: str, closing: str) -> str:
    """The text without the one string that would end its envelope; taking it out must not put a new one together."""
    while closing in text:
        text = text.replace(closing, "")
    return text
