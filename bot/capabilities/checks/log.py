"""What is remembered of checks, for an operator: how often a flag was right, and the false alarms that people report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.capabilities.checks.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class FalseAlarm:
    """A finding that somebody called wrong, with the block's code and the versions that it was held against."""

    turn_id: str
    place: int
    line: int
    kind: str
    message: str
    package: str
    version: str
    code: str
    versions: str
    by: str


@dataclass(frozen=True, slots=True)
class Tally:
    """`blocks` by state and `findings` by kind since a moment, and how many findings of a kind were called wrong."""

    blocks: dict[str, int]
    findings: dict[str, int]
    wrong: dict[str, int]


class CheckLog(Protocol):
    async def checked(self, verdicts: Iterable[Verdict]) -> None:
        """Count what was shown. A store that is away costs the count, not the answer."""

    async def wrong(self, alarms: Sequence[FalseAlarm]) -> None:
        """Keep what somebody called wrong, once for each finding. Raises StoreUnavailable."""

    async def tally(self, since: datetime) -> Tally: ...

    async def alarms(self, since: datetime) -> Sequence[FalseAlarm]: ...
