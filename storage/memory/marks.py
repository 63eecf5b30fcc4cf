"""Marks of facts in memory."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from bot.ports.policy import Marks


class MemoryMarks(Marks):
    def __init__(self) -> None:
        self._marks: dict[str, str] = {}
        self._numbers = itertools.count(1)

    async def of(self, subjects: Sequence[str]) -> Sequence[str]:
        return [self._marks.get(subject, "") for subject in subjects]

    async def change(self, subject: str, state: str = "") -> bool:
        if state and self._marks.get(subject, "").rpartition("#")[0] == state:
            return False
        self._marks[subject] = f"{state}#{next(self._numbers)}"
        return True
