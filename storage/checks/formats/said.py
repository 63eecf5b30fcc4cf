"""What a reader of a format says of a block."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.capabilities.checks.verdicts import Finding, Verdict


@dataclass(slots=True)
class Said:
    """`held` is what it was held against, with its version; `reasons` what was not looked at; `is_read` whether anything was."""

    held: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    is_read: bool = True
    assumed: list[str] = field(default_factory=list)
    """What is taken for granted: it may be defined elsewhere."""

    def verdict(self) -> Verdict:
        if not self.is_read and not self.findings:
            return Verdict("unchecked", reasons=tuple(self.reasons))
        found = tuple(sorted(dict.fromkeys(self.findings), key=lambda one: one.line))
        state = "problems" if found else "partial" if self.reasons else "none"
        assumed = tuple(dict.fromkeys(self.assumed))
        return Verdict(state, self.held, assumed, found, tuple(self.reasons))  # type: ignore[arg-type]


UNKNOWN_READER = "only its syntax is looked at: it is not known which program reads it"


def grammar(name: str, reason: str = UNKNOWN_READER) -> Said:
    """Nothing but its syntax was looked at."""
    return Said({name: ""}, reasons=[reason])


def unread(reason: str) -> Said:
    return Said(reasons=[reason], is_read=False)


def wrong(line: int, message: str, held: dict[str, str], kind: str = "syntax") -> Said:
    return Said(held, [Finding(max(1, line), kind, message)])  # type: ignore[arg-type]
