"""The page's sight of the team's code: what there is, a repository at a glance, its folders, a file, and where a name stands.

What somebody may look at, and whether a commit is at hand, is decided in one place (`Looking`); these are its pages.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from adapters.web import phrases, sheets
from adapters.web.addresses import Trail, lines_of, trail
from adapters.web.colours import Colours
from adapters.web.pages import Pages
from bot.capabilities.team_code import versions
from bot.capabilities.team_code.browsing import Looking, NotThere, folder, glance
from bot.capabilities.team_code.code import CodeQuery, Commit, Definition, FileEntry, Hit, Repository
from bot.capabilities.team_code.permalinks import permalink
from bot.capabilities.team_code.repositories import BadQuery, Snapshot
from bot.capabilities.team_code.tools.repository import unread
from bot.capabilities.team_code.tools.sheet import one_line
from bot.errors import StoreUnavailable
from bot.ports.model import ToolFailed

MOST_COMMITS = 8
KEPT_ROOTS = 32
MOST_FOUND = 60
MOST_ENTRIES = 2_000
LONGEST_QUERY = 200
DEPENDENCY_SECONDS = 20


@dataclass(frozen=True, slots=True)
class FoundHere:
    """What is found for words: where they are defined, files that are called so, lines that hold them."""

    definitions: Sequence[Definition]
    files: Sequence[FileEntry]
    hits: Sequence[Hit]
    total: int


class RepositoryPages:
    """`environments`: how far what checks code is prepared, by repository."""

    def __init__(self, looking: Looking, pages: Pages, environments: Callable[[], Mapping[str, str]]) -> None:
        self._looking = looking
        self._pages = pages
        self._environments = environments
        self._colours = Colours()
        self._roots: dict[tuple[str, str], Mapping[str, Any]] = {}

    def register(self, app: web.Application) -> None:
        app.add_routes(
            [
                web.get("/repos", self._all),
                web.get("/repos/states", self._states),
                web.get("/repos/{name}", self._one),
                web.get("/repos/{name}/file", self._file),
                web.get("/repos/{name}/find", self._find),
            ]
        )

    async def _all(self, request: web.Request) -> web.StreamResponse:
        """How every repository is: fetched, indexed, at which commit, and what went wrong."""
        return await self._states_of(None)

    async def _states(self, request: web.Request) -> web.StreamResponse:
        """The list alone, or one of it, for a page that watches long work."""
        return self._pages.page("states.html", states=await self._told(request.query.get("name", "")))

    async def _told(self, only: str = "") -> Sequence[tuple[object, ...]]:
        environments = await asyncio.to_thread(self._environments)
        return [
            (about, state, environments.get(about.name, ""), await self._glance(about.name))
            for about, state in await self._looking.states()
            if only in ("", about.name)
        ]

    async def _glance(self, name: str) -> object:
        try:
            return glance(await (await self._looking.snapshot(name)).files())
        except (NotThere, BadQuery, StoreUnavailable):
            return None

    # --- one repository -----------------------------------------------------------------------------------------------

    async def _one(self, request: web.Request) -> web.StreamResponse:
        """A folder; at the root with what the repository stands on, and what was changed last."""
        here, path = _trail(request), request.query.get("path", "").strip("/")
        try:
            about, state = await self._looking.state(here.repository)
            if not (state.commit or here.commit):
                return await self._states_of(about)
            snapshot = await self._looking.snapshot(here.repository, here.commit)
            files = await snapshot.files()
        except (NotThere, BadQuery) as fault:
            return await self._not_there(str(fault))
        inside = folder(files, path)
        if inside is None:
            return await self._not_there(phrases.no_such_folder())
        return await self._pages.listed(
            "repo.html", thread=None, about=about, state=state, here=here, snapshot=snapshot, inside=inside, path=path,
            glance=glance(files), crumbs=_crumbs(path), most=MOST_ENTRIES,
            **(await self._root(snapshot) if not path else {"pins": (), "commits": ()}),
        )  # fmt: skip

    async def _root(self, snapshot: Snapshot) -> Mapping[str, Any]:
        """A commit never changes: looked up once, as long as all of it could be."""
        key = (snapshot.repository.name, snapshot.commit)
        if key not in self._roots:
            pins, commits = await asyncio.gather(_pins(snapshot), _commits(snapshot))
            if pins is None or commits is None:
                return {"pins": pins or (), "commits": commits or ()}
            while len(self._roots) >= KEPT_ROOTS:
                self._roots.pop(next(iter(self._roots)))
            self._roots[key] = {"pins": pins, "commits": commits}
        return self._roots[key]

    # --- a file -------------------------------------------------------------------------------------------------------

    async def _file(self, request: web.Request) -> web.StreamResponse:
        here, path = _trail(request), request.query.get("path", "")
        start, end = lines_of(request.query.get("lines", ""))
        newest = ""
        try:
            about, state = await self._looking.state(here.repository)
            if not (state.commit or here.commit):
                return await self._states_of(about)
            newest = _newest(here, path, start, end) if state.commit not in ("", here.commit) else ""
            snapshot = await self._looking.snapshot(here.repository, here.commit)
            entry = await snapshot.entry(path)
            text = await snapshot.text(path) if entry else None
        except (NotThere, BadQuery) as fault:
            return await self._not_there(str(fault), newest)
        if entry is None:
            return await self._not_there(phrases.no_such_file())
        at = Trail(here.repository, snapshot.commit, here.thread, here.post)
        values: dict[str, Any] = {
            "here": at, "path": path, "crumbs": _crumbs(path), "entry": entry, "snapshot": snapshot, "thread": None,
            "forge": permalink(snapshot.repository, snapshot.commit, path, start, end),
            "newest": newest if here.commit else "",
        }  # fmt: skip
        if text is None:
            return await self._pages.listed(
                "file.html", why=f"This file {unread(entry)}.", lines="", shown=None, **values
            )
        shown = sheets.window(entry.lines, start, end)
        return await self._pages.listed(
            "file.html", why="", shown=shown, lines=await self._drawn(snapshot, at, path, text, shown), **values
        )

    async def _drawn(self, snapshot: Snapshot, here: Trail, path: str, text: str, shown: sheets.Window) -> str:
        text = text.replace("\r\n", "\n")
        coloured = await self._colours.of((here.repository, here.commit, path), path, text)
        lines = coloured[shown.first - 1 : shown.last]
        defined = await sheets.definitions(snapshot, lines)
        return await asyncio.to_thread(sheets.html, lines, shown, path, here, defined)

    # --- a name -------------------------------------------------------------------------------------------------------

    async def _find(self, request: web.Request) -> web.StreamResponse:
        here, words = _trail(request), " ".join(request.query.get("q", "").split())[:LONGEST_QUERY]
        try:
            about, state = await self._looking.state(here.repository)
            if not (state.commit or here.commit):
                return await self._states_of(about)
            snapshot = await self._looking.snapshot(here.repository, here.commit)
            found, notice = await _found(snapshot, words), ""
        except NotThere as fault:
            return await self._not_there(str(fault))
        except BadQuery as fault:
            found, notice = FoundHere((), (), (), 0), str(fault)
        return await self._pages.listed(
            "find.html", about=about, here=here, snapshot=snapshot, words=words, found=found, notice=notice, thread=None
        )

    async def _states_of(self, about: Repository | None) -> web.StreamResponse:
        """All, or the one that cannot be looked into yet: how far it is."""
        states = await self._told(about.name if about else "")
        return await self._pages.listed("repos.html", about=about, thread=None, states=states)

    async def _not_there(self, sentence: str, newest: str = "") -> web.StreamResponse:
        return await self._pages.listed("absent.html", status=404, sentence=sentence, newest=newest, thread=None)


def _trail(request: web.Request) -> Trail:
    return trail(request.match_info["name"], request.query.get("at", ""), request.query.get("from", ""))


def _newest(here: Trail, path: str, start: int, end: int) -> str:
    return Trail(here.repository, "", here.thread, here.post).file(path, start, end)


def _crumbs(path: str) -> Sequence[tuple[str, str]]:
    """The folders that lead to a path, and itself: what each is called, and where it is."""
    parts = path.split("/") if path else []
    return [(one_line(part), "/".join(parts[: at + 1])) for at, part in enumerate(parts)]


async def _pins(snapshot: Snapshot) -> Sequence[versions.Pin] | None:
    try:
        async with asyncio.timeout(DEPENDENCY_SECONDS):
            return versions.pins((await versions.look_up(snapshot)).rows)
    except (ToolFailed, BadQuery, StoreUnavailable, TimeoutError):
        return None


async def _commits(snapshot: Snapshot) -> Sequence[Commit] | None:
    try:
        return (await snapshot.log("", None, MOST_COMMITS)).commits
    except (BadQuery, StoreUnavailable):
        return None


async def _found(snapshot: Snapshot, words: str) -> FoundHere:
    """Raises BadQuery where it cannot be searched."""
    if not words:
        return FoundHere((), (), (), 0)
    defined = (await snapshot.defined([words])).get(words) or await snapshot.definitions(words)
    folded = words.casefold()
    files = [one for one in await snapshot.files() if folded in one.path.casefold()]
    is_name = words.isidentifier()
    hits = await (
        snapshot.references(words, "", MOST_FOUND)
        if is_name and defined
        else snapshot.search(CodeQuery(words, limit=MOST_FOUND))
    )
    return FoundHere(
        defined[:MOST_FOUND], files[:MOST_FOUND], [one for one in hits.hits if not one.is_definition], hits.total
    )
