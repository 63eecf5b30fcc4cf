"""What is checked, and what was found: a block of code, its findings, and what may be said about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal[
    "package",
    "import",
    "name",
    "attribute",
    "argument",
    "await",
    "deprecated",
    "syntax",
    "sql",
    "call sites",
    "install",
    "destructive",
]

# none: looked at whole, and nothing found. problems: something found. partial: nothing found, in the part that could be looked at.
# unchecked: not looked at; the reasons say why. checking: not yet, its environment is still being built.
State = Literal["none", "problems", "partial", "unchecked", "checking"]


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block of an answer. The path, and whether it is a diff, where it says that it is a file of the repository."""

    language: str
    code: str
    path: str | None = None
    diff: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, in words for a person. The line counts from 1 in the block as written; a precise one may be repaired."""

    line: int
    kind: Kind
    message: str
    package: str = ""
    version: str = ""
    precise: bool = True


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found in a block, and what it was held against.

    `versions` are those that were looked at, with the team's own code as `repo: commit`; `assumed` the names that nobody could look
    up; `reasons` why something was not checked; `warnings` what is not wrong, but wants care.
    """

    state: State
    versions: Mapping[str, str] = field(default_factory=dict)
    assumed: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    reasons: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
