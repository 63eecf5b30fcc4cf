"""A capability with a tool and a review that replaces what was shown: it repairs one word, and asks the model how it is spelt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from adapters import wiring
from bot.capability import Asked, Capability, Review, Session, Shown
from bot.conversation import Answer
from bot.events import Revised, TextDelta
from bot.ports.model import Tool, ToolDefinition

WRONG, RIGHT = "teh", "the"
INSTRUCTIONS = "Words are repaired."
SPELL = "You spell."


def is_second_question(body: Mapping[str, Any]) -> bool:
    """True for a request to Claude that this review makes."""
    return bool(body["system"][0]["text"] == SPELL)


class Spell(Tool):
    name = "spell"
    description = "How a word is spelt."
    schema: Mapping[str, object] = {"type": "object", "properties": {"word": {"type": "string"}}, "required": ["word"]}

    def label(self, arguments: Mapping[str, object]) -> str:
        return "looking up a word"

    async def run(self, arguments: Mapping[str, object]) -> str:
        return RIGHT if arguments["word"] == WRONG else str(arguments["word"])


class RepairReview(Review):
    """Shows everything at once, and mends a word as soon as the line that it stands in is whole."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._text = ""
        self.repaired = 0

    async def feed(self, piece: str) -> Sequence[Shown]:
        self._text += piece
        whole = self._text.rfind("\n") + 1
        return await self._repaired(whole) or (TextDelta(piece),)

    async def end(self) -> Sequence[Shown]:
        return await self._repaired(len(self._text))

    async def _repaired(self, end: int) -> Sequence[Shown]:
        if WRONG not in self._text[:end]:
            return ()
        right = await self._asked.ask(SPELL, f"How is {WRONG} spelt?")
        if right is None:
            return ()
        self.repaired += self._text[:end].count(WRONG)
        self._text = self._text[:end].replace(WRONG, right) + self._text[end:]
        return (Revised(self._text),)

    def restart(self) -> None:
        self._text, self.repaired = "", 0

    async def finish(self, answer: Answer) -> Answer:
        return answer


class RepairSession(Session):
    def __init__(self, asked: Asked) -> None:
        self._review = RepairReview(asked)
        super().__init__([Spell()], self._review)

    def notices(self) -> Sequence[str]:
        return [f"Words repaired: {self._review.repaired}."] if self._review.repaired else []


class WordRepair(Capability):
    name = "word repair"

    def instructions(self) -> str:
        return INSTRUCTIONS

    def definitions(self) -> Sequence[ToolDefinition]:
        return [ToolDefinition.of(Spell)]

    def open(self, asked: Asked) -> Session:
        return RepairSession(asked)


def join() -> None:
    """The line in the wiring, from outside."""
    listed = wiring.capabilities

    def longer(*arguments: Any) -> Sequence[Capability]:
        return (*listed(*arguments), WordRepair())

    setattr(wiring, "capabilities", longer)  # noqa: B010 - nothing in the bot knows of this
