"""Small second questions to the model within a turn: bounded, priced, and asked once, also when another worker takes the turn over."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import asdict

from bot.conversation import Usage
from bot.errors import BotError
from bot.ports.model import Model, SideAnswer, SideQuestion

log = logging.getLogger(__name__)

MOST = 3
"""Of one turn, all its capabilities together."""

MOST_CHARACTERS = 60_000
MOST_TOKENS = 4_000
TIMEOUT_SECONDS = 60


class SideQuestions:
    """Of one turn. `model` and `asker` as in SideQuestion; `spent` is told of each answer, `kept` is what a worker before us had.

    `keep` saves `written()` before an answer is used, so that it is paid for once.
    """

    def __init__(
        self,
        model: Model,
        model_id: str,
        asker: str,
        *,
        spent: Callable[[SideAnswer], None],
        keep: Callable[[str], Awaitable[None]],
        kept: str = "",
    ) -> None:
        self._model = model
        self._model_id = model_id
        self._asker = asker
        self._spent = spent
        self._keep = keep
        self._answers = _read(kept)
        self._asked = len(self._answers)
        self._asking = asyncio.Lock()
        for answer in self._answers.values():
            spent(answer)

    async def ask(self, system: str, text: str) -> str | None:
        """The answer; None where there is none: too long, refused, cut, late, or one too many."""
        if len(system) + len(text) > MOST_CHARACTERS:
            return None
        digest = hashlib.sha256(f"{system}\0{text}".encode()).hexdigest()
        async with self._asking:
            if digest not in self._answers:
                if self._asked == MOST:
                    return None
                self._asked += 1
                if (answer := await self._request(system, text)) is None:
                    return None
                self._answers[digest] = answer
                self._spent(answer)
                await self._keep(self.written())
        answer = self._answers[digest]
        return answer.text if answer.is_whole and answer.text.strip() else None

    async def _request(self, system: str, text: str) -> SideAnswer | None:
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                return await self._model.ask(SideQuestion(system, text, self._model_id, self._asker, MOST_TOKENS))
        except (BotError, TimeoutError) as fault:
            log.warning("second question not answered", extra={"reason": type(fault).__name__})
            return None

    def written(self) -> str:
        """All answers, for whoever takes the turn over."""
        return json.dumps({digest: asdict(answer) for digest, answer in self._answers.items()}, ensure_ascii=False)


def _read(kept: str) -> dict[str, SideAnswer]:
    """What another release wrote and we cannot read was never asked."""
    try:
        written = json.loads(kept) if kept else {}
        return {
            digest: SideAnswer(**{**answer, "usage": Usage(**answer["usage"])}) for digest, answer in written.items()
        }
    except (ValueError, TypeError, KeyError, AttributeError):
        log.warning("second questions not readable")
        return {}
