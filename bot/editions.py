"""Which of two messages was said first, what is for us at all, and whether an edit asks anything new: one rule for every store and
every door.

Platforms number messages and edits in their own ways, with one thing in common: a longer name is a later one, and among equally long
ones text order is time order (Slack's `1719.000042`, Discord's snowflakes and ISO times).
"""

from __future__ import annotations

import re
from datetime import datetime

from bot.conversation import Message

ASIDE = "!aside"

COMMAND = re.compile(r"!(?P<word>[a-z]+)(?:\s+(?P<rest>.*))?", re.DOTALL | re.IGNORECASE)
"""A whole message that gives a command: ours, or that of some other bot in the same channel."""


def order(name: str) -> tuple[int, bytes]:
    """A sort key for ids and editions. By bytes, so that a store that knows no characters sorts alike."""
    written = name.encode(errors="surrogatepass")
    return len(written), written


def said_at(message: Message) -> tuple[datetime, tuple[int, bytes]]:
    """A sort key for messages: when they were said; at one moment, in the order of their ids."""
    return message.sent_at, order(message.id)


def is_newer(new: Message, old: Message) -> bool:
    """True for a later edition. A message as first said is older than any edit of it."""
    return order(new.edition) > order(old.edition)


def reads_differently(one: Message, other: Message) -> bool:
    """True when a person wrote other words or sent other files; marks, routes and previews do not count."""
    return one.text != other.text or _file_ids(one) != _file_ids(other)


def says_more(new: Message, old: Message) -> bool:
    """True for a later edition with other words or files, or one that is addressed to others: it replaces the old one, and is asked."""
    return is_newer(new, old) and (reads_differently(new, old) or new.addressed != old.addressed)


def _file_ids(message: Message) -> list[str]:
    return [file.id for file in message.attachments]


def is_aside(text: str) -> bool:
    """Said among people, in so many words."""
    return text.lstrip().lower().startswith(ASIDE)


def asks(message: Message) -> bool:
    """Whether it may be for us at all. An aside and a `!word` of some other bot are not, nor what is turned to others and does not call
    us."""
    if is_aside(message.text):
        return False
    return message.addressed or not (message.mentions_others or COMMAND.fullmatch(message.text.strip()))


def begins_to_ask(new: Message, old: Message) -> bool:
    """What was said among people is for us since it was edited."""
    return asks(new) and (not asks(old) or (new.addressed and not old.addressed))
