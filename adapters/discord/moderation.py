"""What Discord's own moderation takes out of an answer: a rule of the server (AutoMod), or the filter of harmful links.

The codes: https://docs.discord.com/developers/topics/opcodes-and-status-codes#json.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import replace

import discord

from adapters.discord import phrases
from adapters.discord.formatting import DiscordPart

BLOCKED, TITLE_BLOCKED = (200000, 240000), 200001
MOST = 3
"""Messages of one answer for which a sentence stands; where there are more, one stands for all."""


class Moderated:
    """The messages of one answer that were refused: a sentence stands for each, and the others are shown."""

    def __init__(self) -> None:
        self._contents: set[str] = set()

    @contextlib.contextmanager
    def noted(self, part: DiscordPart, *, is_final: bool) -> Iterator[None]:
        """Around showing it. What is still being written may yet become something else."""
        try:
            yield
        except discord.HTTPException as refused:
            if is_final and refused.code in BLOCKED:
                self._contents.add(part.content)
            raise

    @property
    def can_be_covered(self) -> bool:
        return len(self._contents) <= MOST and phrases.moderated() not in self._contents

    def covered(self, parts: Sequence[DiscordPart]) -> list[DiscordPart]:
        words = phrases.moderated()
        return [replace(one, content=words) if one.content in self._contents else one for one in parts]
