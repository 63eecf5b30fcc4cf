"""The end of an answer: the places that it cites, or else what was read for it, as links to the exact lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.capabilities.team_code import phrases
from bot.capabilities.team_code.permalinks import permalink
from bot.capabilities.team_code.repositories import Snapshot
from bot.capabilities.team_code.tools.access import Access
from bot.conversation import Cited

MOST_SOURCES = 12
MOST_MENDED = 20
MOST_CITED = 60


@dataclass(frozen=True, slots=True)
class Source:
    """A place that was cited and exists. Lines are 0 for a whole file; `repository` is "" where it may be one of several."""

    repository: str
    path: str
    start: int
    end: int


@dataclass(slots=True)
class Checked:
    """What became of an answer's references. `dropped` kept their path and lost their lines; `mended` says it of each."""

    sources: dict[Source, None] = field(default_factory=dict)
    corrected: int = 0
    dropped: int = 0
    removed: int = 0
    unchecked: int = 0
    mended: list[str] = field(default_factory=list)

    def note(self, written: str, shown: str) -> None:
        if len(self.mended) < MOST_MENDED:
            self.mended.append(f"{_quoted(written)} -> {_quoted(shown)}" if shown else f"{_quoted(written)} removed")


def shown_in_list(path: str) -> str:
    """A path as it stands in code: one line, and no backtick that would end it."""
    return " ".join(path.split()).replace("`", "'")


def _quoted(text: str) -> str:
    return " ".join(text.replace("`", "").split())[:200]


def sources(check: Checked, access: Access, built: dict[str, None]) -> str:
    named = access.opened
    places = list(check.sources)
    if not places:
        seen = {(one.repository, one.path): one for one in access.seen}
        places = [Source(one.repository, one.path, one.start, one.end) for one in seen.values()]
    places = _merged([one for one in places if one.repository in named])
    if not places:
        return ""
    lines = [_listed(one, named[one.repository], len(named) > 1, built) for one in places[:MOST_SOURCES]]
    more = [f"- and {len(places) - MOST_SOURCES} more places"] if len(places) > MOST_SOURCES else []
    return "\n".join([phrases.sources(), *lines, *more])


def cited(check: Checked, access: Access, text: str) -> tuple[Cited, ...]:
    """The files that `text` names, of those that it cites or that were looked at for it."""
    paths = dict.fromkeys([(one.repository, one.path) for one in check.sources])
    paths |= dict.fromkeys([(one.repository, one.path) for one in access.seen])
    named = [(name, path) for name, path in paths if name in access.opened and shown_in_list(path) in text]
    return tuple(Cited(name, access.opened[name].commit, path) for name, path in named[:MOST_CITED])


def _merged(places: Sequence[Source]) -> list[Source]:
    """Each place once, in the order in which they were cited; one that lies within another is left out."""
    once = list(dict.fromkeys(places))
    return [one for one in once if not any(other != one and _holds(other, one) for other in once)]


def _holds(other: Source, one: Source) -> bool:
    """True when `one` adds nothing to `other`: the same file without lines, or lines within its lines."""
    if (other.repository, other.path) != (one.repository, one.path) or not other.start:
        return False
    return not one.start or (other.start <= one.start and one.end <= other.end)


def _listed(source: Source, snapshot: Snapshot, several: bool, built: dict[str, None]) -> str:
    lines = f":{source.start}" + (f"-{source.end}" if source.end > source.start else "") if source.start else ""
    name = f"`{shown_in_list(source.path)}{lines}`"
    address = permalink(snapshot.repository, snapshot.commit, source.path, source.start, source.end)
    built[address] = None
    owner = f"{source.repository}: " if several else ""
    return f"- {owner}[{name}]({address})" if address else f"- {owner}{name}"
