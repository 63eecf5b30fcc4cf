"""Checks what an answer cites: every `path:line` must exist at the commit that the thread looks at, before anybody reads it.

Works on the text while it streams: a word is held back until it is whole, so what was shown is never taken back, and the whole
text checked at once gives the same as its pieces. Code blocks are code and pass as they are; what a person wrote in this thread
(a traceback, say) may be repeated.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from bot.capabilities.team_code import phrases
from bot.capabilities.team_code.code import FileEntry
from bot.capabilities.team_code.permalinks import permalink
from bot.capabilities.team_code.repositories import Snapshot
from bot.capabilities.team_code.tools.access import Access
from bot.capability import Review, Shown
from bot.conversation import Answer, AnswerEvent, Links, TextDelta, ToolResult
from bot.writing.fences import FenceReader, Line
from bot.writing.links import LinkPolicy, host_of
from bot.writing.text import seen

log = logging.getLogger(__name__)

PATH = r"(?:[\w@.+\-\[\]()$]+/)*[\w@.+\-\[\]()$]*[\w\])]"
CITATION = re.compile(
    rf"(?<![\w/:.@])(?P<path>(?=[^\s:`]*[./]){PATH})(?:@[0-9a-f]{{7,40}})?"
    r"(?::(?P<start>\d{1,7})(?:[-\u2013](?P<end>\d{1,7}))?|#L(?P<hash>\d{1,7})(?:-L?(?P<hash_end>\d{1,7}))?)(?![\w:])"
)
LINK = re.compile(
    r"\[(?P<text>[^\[\]\n]{0,300})\]\((?P<url>https?://[^\s)]+)\)|(?<![(\[\w])(?P<bare>https?://[^\s<>()\"']+)"
)
CLOSED_LINK = re.compile(r"\[[^\[\]]*\](?:\([^)]*\)|[^(])")
FILE = re.compile(r"(?:^|/)(?:(?:Docker|Make|Gem|Pip|Rake|Proc)file[\w.]*|[^/]*\.[A-Za-z][\w+]{0,9})$")
"""A path that ends like a file; `org/image:3` and `redis:6379` do not."""

HOST = re.compile(r"\.(?:com|org|net|io|dev|local|internal|example|test|svc|cloud|app|corp|lan|home)$", re.I)

LONGEST_WORD = 1_000
MOST_SOURCES = 12

Replace = Callable[[re.Match[str]], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Source:
    """A place that was cited and exists. Lines are 0 for a whole file."""

    repository: str
    path: str
    start: int
    end: int


@dataclass(slots=True)
class Checked:
    """What became of an answer's citations."""

    sources: dict[Source, None] = field(default_factory=dict)
    corrected: int = 0
    removed: int = 0


class CitationCheck:
    """One answer's text on its way to the reader. `said` is what people wrote in the thread."""

    def __init__(self, access: Access, said: str) -> None:
        self._access = access
        self.said = said
        self._reader = FenceReader()
        self._shown = 0
        """Characters of the line that is not whole yet."""
        self.checked = Checked()
        self.built: dict[str, None] = {}
        """Links of our own making, kept over a restart."""

    async def feed(self, piece: str) -> str:
        """The next piece of the text; gives back what can be shown now: whole lines, or whole words of the last one."""
        if not self._access.granted:
            return piece
        out = [await self._rest_of(line, kind) for line, kind in self._reader.feed(seen(piece))]
        rest, shown = self._reader.rest, self._shown
        if self._reader.in_code:
            out.append(rest[shown:])
            self._shown = len(rest)
        elif self._reader.in_code is False:
            self._shown = _last_gap(rest, shown)
            if len(rest) - self._shown > LONGEST_WORD:
                self._shown = len(rest)
            out.append(await self._line(rest[shown : self._shown]))
        return "".join(out)

    async def end(self) -> str:
        """What was held back."""
        return "".join([await self._rest_of(line, kind) for line, kind in self._reader.end()])

    def restart(self) -> None:
        """The text begins anew."""
        self._reader = FenceReader()
        self._shown = 0
        self.checked = Checked()

    async def _rest_of(self, line: str, kind: Line) -> str:
        """What was not shown yet of a line that is whole now."""
        rest, self._shown = line[self._shown :], 0
        return rest if kind is Line.CODE else await self._line(rest)

    async def _line(self, line: str) -> str:
        line = await _replaced(LINK, line, self._link)
        return await _replaced(CITATION, line, self._citation)

    async def _link(self, found: re.Match[str]) -> str:
        """A link into a repository's own pages stands only when it leads to a place that exists."""
        url, text = found["url"] or found["bare"], found["text"]
        for snapshot in await self._access.pinned():
            base = snapshot.repository.web
            if not base or not url.startswith(base + "/"):
                continue
            place = re.search(r"/(?:-/)?(?:blob|src|browse|tree)/(?:commit/)?(?:[^/]+/)?(?P<path>[^#?]+)", url)
            lines = re.search(r"#(?:L|lines-|n)?(\d+)", url)
            if place is None:
                return found[0]
            source = await self._resolve(place["path"], int(lines[1]) if lines else 0, 0)
            if source is None:
                self.checked.removed += 1
                return text or phrases.reference_removed()
            self.checked.sources[source] = None
            address = permalink(snapshot.repository, snapshot.commit, source.path, source.start, source.end)
            self.built[address] = None
            return f"[{text or source.path}]({address})"
        return found[0]

    async def _citation(self, found: re.Match[str]) -> str:
        written, path = found[0], found["path"]
        start = int(found["start"] or found["hash"])
        end = int(found["end"] or found["hash_end"] or start)
        source = await self._resolve(path, start, end)
        if source and source.start:
            self.checked.sources[source] = None
            if source.path == path or source.path == path.removeprefix(source.repository + "/"):
                return written
            self.checked.corrected += 1
            return _written(source)
        is_file = FILE.search(path) and not ("/" not in path and HOST.search(path))
        if not is_file or written in self.said or not await self._access.pinned():
            return written
        if source:
            self.checked.corrected += 1
            self.checked.sources[source] = None
            return source.path
        self.checked.removed += 1
        return phrases.reference_removed()

    async def _resolve(self, path: str, start: int, end: int) -> Source | None:
        """The place at the thread's commits: as it is written, behind the repository's name, or the only file that ends so.

        A line behind the file's end gives the file without lines.
        """
        path = path.removeprefix("./")
        for snapshot in await self._access.pinned():
            name = snapshot.repository.name
            for candidate in dict.fromkeys((path, path.removeprefix(name + "/"))):
                if (entry := await snapshot.entry(candidate)) and entry.kind == "text":
                    return _source(name, entry, start, end)
        endings: list[tuple[str, FileEntry]] = []
        for snapshot in await self._access.pinned():
            files = await snapshot.files()
            endings += [
                (snapshot.repository.name, one) for one in files if one.path.endswith("/" + path) and one.kind == "text"
            ]
        return _source(*endings[0], start, end) if len(endings) == 1 else None


def _source(name: str, entry: FileEntry, start: int, end: int) -> Source:
    end = max(start, end)
    fits = 1 <= start <= entry.lines and end <= entry.lines
    return Source(name, entry.path, start, end) if fits else Source(name, entry.path, 0, 0)


def _written(source: Source) -> str:
    lines = f"{source.start}-{source.end}" if source.end > source.start else str(source.start)
    return f"{source.path}:{lines}"


async def _replaced(pattern: re.Pattern[str], text: str, replace: Replace) -> str:
    out, at = [], 0
    for found in pattern.finditer(text):
        out += [text[at : found.start()], await replace(found)]
        at = found.end()
    return "".join(out) + text[at:]


def _last_gap(text: str, start: int) -> int:
    """Behind the last space outside a link or an open code span of the line that begins at `start`; `start` where there is none."""
    line = text[start:]
    stop = line.rfind("`") if line.count("`") % 2 else len(line)
    opened = line.rfind("[", 0, stop)
    if opened >= 0 and not CLOSED_LINK.match(line, opened):
        stop = opened
    gap = line.rfind(" ", 0, stop) + 1
    for link in reversed(list(CLOSED_LINK.finditer(line))):
        if link.start() < gap < link.end():
            gap = line.rfind(" ", 0, link.start()) + 1
    return start + gap


def sources(check: Checked, access: Access, built: dict[str, None]) -> str:
    """The answer's last lines: what it cites, or else what was read for it, as links to the exact lines."""
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
    name = f"`{source.path}{lines}`"
    address = permalink(snapshot.repository, snapshot.commit, source.path, source.start, source.end)
    built[address] = None
    owner = f"{source.repository}: " if several else ""
    return f"- {owner}[{name}]({address})" if address else f"- {owner}{name}"


class CitationReview(Review):
    """One answer's citations on their way to its readers, with its sources and the commits it looked at under it.

    Addresses on the hosts of the repositories may be live where they were seen, and our own permalinks always.
    """

    def __init__(self, access: Access, said: str) -> None:
        self._access = access
        self._check = CitationCheck(access, said)
        self._links = LinkPolicy(host_of(one.web) for one in access.granted.values() if one.web)
        self._links.hear(said)

    async def feed(self, piece: str) -> Sequence[Shown]:
        return self._shown(await self._check.feed(piece))

    async def end(self) -> Sequence[Shown]:
        return self._shown(await self._check.end())

    def _shown(self, text: str) -> Sequence[Shown]:
        if not text:
            return ()
        self._links.build(self._check.built)
        news = self._links.news()
        return (Links(news), TextDelta(text)) if news else (TextDelta(text),)

    def restart(self) -> None:
        self._check.restart()

    def see(self, event: AnswerEvent) -> None:
        if isinstance(event, ToolResult):
            self._links.hear(event.text)

    async def finish(self, answer: Answer) -> Answer:
        checked = self._check.checked
        listed = sources(checked, self._access, self._check.built)
        text = "\n\n".join(part for part in (answer.text.rstrip() if listed else answer.text, listed) if part)
        self._links.build(self._check.built)
        self._log(checked)
        return replace(
            answer,
            text=text,
            notices=(*answer.notices, *self._notices(checked)),
            links=(*answer.links, *self._links.used_in(text)),
        )

    def _notices(self, checked: Checked) -> Iterator[str]:
        if opened := self._access.opened.values():
            yield phrases.looked_at([(one.repository.name, one.commit, one.repository.branch) for one in opened])
        if checked.removed:
            yield phrases.references_removed(checked.removed)

    def _log(self, checked: Checked) -> None:
        if checked.removed or checked.corrected:
            counts = {"removed": checked.removed, "corrected": checked.corrected}
            log.warning("citations mended", extra={"thread_id": str(self._access.thread), **counts})
