"""Where the page shows a repository, its folders, its files and what is found in it; and where somebody came from.

A path stands in the query, where no browser shortens it: a file may be called anything.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from adapters.web.threads import is_name
from bot.capabilities.team_code.cited import pages
from bot.conversation import Cited

POST = re.compile(r"[A-Za-z0-9_-]{1,64}")
LINES = re.compile(r"(\d{1,7})(?:-(\d{1,7}))?")
WRITTEN = re.compile(r"(?P<path>[^\n]+?)(?::(?P<lines>\d{1,7}(?:\s?[-–]\s?\d{1,7})?))?")
"""A place as answers write it: a path, and perhaps its lines."""


@dataclass(frozen=True, slots=True)
class Trail:
    """One repository at one commit ("" for the newest), and the post of a thread that led there, if any did."""

    repository: str
    commit: str = ""
    thread: str = ""
    post: str = ""

    def home(self) -> str:
        return self._address("")

    def folder(self, path: str) -> str:
        return self._address("", path=path) if path else self.home()

    def file(self, path: str, start: int = 0, end: int = 0) -> str:
        lines = (f"{start}-{end}" if end > start else str(start)) if start else ""
        return self._address("/file", path=path, lines=lines) + (f"#L{start}" if start else "")

    def find(self, words: str) -> str:
        return self._address("/find", q=words)

    @property
    def fields(self) -> Mapping[str, str]:
        """What a form of the page carries on."""
        told = {"at": self.commit, "from": f"{self.thread}/{self.post}" if self.thread else ""}
        return {name: value for name, value in told.items() if value}

    @property
    def back(self) -> str:
        """Where somebody came from, or ""."""
        return f"/t/{self.thread}#p-{self.post}" if self.thread else ""

    def _address(self, kind: str, **query: str) -> str:
        told = {name: value for name, value in query.items() if value} | dict(self.fields)
        return f"/repos/{quote(self.repository, safe='')}{kind}" + (f"?{urlencode(told, safe='/')}" if told else "")


def trail(repository: str, commit: str, came_from: str) -> Trail:
    """What a request says of itself; where it says nonsense about its past, it has none."""
    thread, _, post = came_from.partition("/")
    is_ours = is_name(thread) and POST.fullmatch(post) is not None
    return Trail(repository, commit, *((thread, post) if is_ours else ()))


def lines_of(written: str) -> tuple[int, int]:
    """(0, 0) where no lines are named; the lower first."""
    found = LINES.fullmatch(written)
    if found is None:
        return 0, 0
    start, end = int(found[1]), int(found[2] or found[1])
    return (min(start, end), max(start, end)) if min(start, end) else (0, 0)


class Cites:
    """The files that an answer names, as links: what it writes in code leads to the file where it is one of them."""

    def __init__(self, cites: Sequence[Cited], thread: str = "", post: str = "") -> None:
        self._by_path: dict[str, list[Cited]] = {}
        for one in cites:
            self._by_path.setdefault(one.path, []).append(one)
            self._by_path.setdefault(f"{one.repository}/{one.path}", []).append(one)
        self._came_from = (thread, post)

    def address(self, written: str) -> str:
        """Where a place leads, or "" for what is none, or may be one of several."""
        if not self._by_path or (found := WRITTEN.fullmatch(written.strip())) is None:
            return ""
        files = self._by_path.get(found["path"], ())
        if len(files) != 1:
            return ""
        return self._file(files[0], *lines_of(re.sub(r"\s", "", found["lines"] or "").replace("–", "-")))

    def page(self, address: str) -> str:
        """Where a link to a page of a forge leads here, or ""."""
        if not self._by_path:
            return ""
        for path in pages.paths(address):
            if found := next((one for one in self._by_path.get(path, ()) if one.commit in address), None):
                return self._file(found, *pages.lines(address))
        return ""

    def _file(self, one: Cited, start: int, end: int) -> str:
        return Trail(one.repository, one.commit, *self._came_from).file(one.path, start, end)


NO_CITES = Cites(())
