"""The next best place of an answer, and the next best form: what a refusal leads to, and what is said about it once.

Shared by every platform and knowing none: each reads what its own refusals mean.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto

PATIENCE = 5
"""Refusals with the same unknown code before it is believed: with the pauses between drawings a quarter of a minute."""


class Place(Enum):
    """Where an answer can stand, as seen from its question."""

    THREAD = auto()
    CHANNEL = auto()
    DIRECT = auto()
    NOWHERE = auto()


class Lack(Enum):
    """What a refusal says that there is not."""

    QUESTION = "question"
    FILES = "files"
    FORM = "form"
    PLACE = "place"
    ROOM = "room"
    """Lacking only for a while, so each answer that lacks it says so; where there is no other place it is waited for."""
    CONTENT = "content"
    """What the answer says is not taken, here or elsewhere: that is said in its stead."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """`notice` says it to people. `is_guess`: the platform may have meant the place; where that turns out, it is tried again there."""

    lack: Lack
    notice: str = ""
    is_guess: bool = False


class Ladder:
    """The places of one answer, best first, and whether files and rich forms still go. Each step down is taken once."""

    def __init__(self, places: Sequence[Place]) -> None:
        self._places = [*places, Place.NOWHERE]
        self._notices: dict[Lack, Refusal] = {}
        self.takes_files = True
        self.takes_rich_forms = True
        self.takes_content = True
        self._unknown: Counter[str] = Counter()

    @property
    def place(self) -> Place:
        return self._places[0]

    @property
    def notices(self) -> Mapping[Lack, str]:
        """What is missing where the answer stands now."""
        return {lack: refusal.notice for lack, refusal in self._notices.items() if refusal.notice}

    def step(self, meanings: Iterable[Refusal]) -> bool:
        """Take the first step that is left of what a refusal can mean; False where there is none."""
        return any(self._take(refusal) for refusal in meanings)

    def give_up(self, code: str, notice: str) -> bool:
        """Take a step for a refusal that nobody understands. It may pass, so it is believed after PATIENCE of them, for a turn that is
        given back for ever would hold up its thread; then `notice` stands for what the answer says, and where that is refused as well
        there is no place. False before that."""
        self._unknown[code] += 1
        return self._unknown[code] >= PATIENCE and self.step(unsayable(notice))

    def _take(self, refusal: Refusal) -> bool:
        match refusal.lack:
            case Lack.QUESTION:
                self._places = [Place.NOWHERE]
                return True
            case Lack.FILES if self.takes_files:
                self.takes_files = False
            case Lack.FORM if self.takes_rich_forms:
                self.takes_rich_forms = False
            case Lack.CONTENT if self.takes_content:
                self.takes_content = False
            case Lack.PLACE if self.place is not Place.NOWHERE:
                self._move()
            case Lack.ROOM if len(self._places) > 2:
                self._move()
            case _:
                return False
        self._notices[refusal.lack] = refusal
        return True

    def _move(self) -> None:
        self._places = self._places[1:]
        for lack in (Lack.PLACE, Lack.ROOM):
            self._notices.pop(lack, None)
        files = self._notices.get(Lack.FILES)
        if files and files.is_guess:  # it was not the file
            del self._notices[Lack.FILES]
            self.takes_files = True


def unsayable(notice: str) -> Sequence[Refusal]:
    """What the answer says is refused; and where that was so already, it has no place."""
    return Refusal(Lack.CONTENT, notice), Refusal(Lack.QUESTION)
