"""What people see and press, frozen: a post at one moment, its buttons, and who pressed one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from bot.conversation import Author, Cited, Mark, ThreadId

Action = Literal["stop", "retry", "go_on", "good", "bad", "looked", "wrong"]
"""`looked` asks what was looked at under the marks of an answer, `wrong` says that one of them is mistaken."""


@dataclass(frozen=True, slots=True)
class Button:
    """A neutral button under an answer; each platform draws it in its own way and hears it in its own `app`."""

    action: Action
    turn_id: str


@dataclass(frozen=True, slots=True)
class Press:
    """Somebody pressed a button under an answer. `route`: how that person alone is answered, under an answer for them alone."""

    thread: ThreadId
    turn_id: str
    action: Action
    author: Author
    route: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class View:
    """What a post shows at one moment: the answer so far in CommonMark, what the bot says under it, and its buttons.

    `status` is one line, empty when there is none. `final` is True once, at the end; only then are long code blocks moved
    to files. An apology is a view that `failed`: what was said so far, and one notice that tells why it ends here. `links` are the
    only addresses that may be live. `marks` stand under its code blocks. `cites` are the files that its text names, for a door that
    can show them.
    """

    text: str = ""
    status: str = ""
    notices: tuple[str, ...] = ()
    buttons: tuple[Button, ...] = ()
    final: bool = False
    links: tuple[str, ...] = ()
    marks: tuple[Mark, ...] = ()
    failed: bool = False
    cites: tuple[Cited, ...] = ()

    @property
    def notes(self) -> Mapping[int, str]:
        """The line under each code block that has one, by the block's place."""
        return {mark.place: mark.line for mark in self.marks}
