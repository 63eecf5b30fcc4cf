"""The tools of one turn: made for its thread's grants, run eight at once, bounded together, and masked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.answering.tool_calls import ToolCalls
from bot.capabilities.team_code import phrases
from bot.capabilities.team_code.code import Passage, Repository
from bot.capabilities.team_code.repositories import Pins, Repositories, Snapshot
from bot.capabilities.team_code.tools.access import Access
from bot.capabilities.team_code.tools.dependencies import DependencyVersions
from bot.capabilities.team_code.tools.history import GitHistory
from bot.capabilities.team_code.tools.repository import ListRepos, ReadFile, RepoOverview
from bot.capabilities.team_code.tools.searching import FindSymbol, SearchCode, SearchDocs
from bot.capabilities.team_code.tools.sheet import CHARACTERS_PER_TOKEN
from bot.conversation import ThreadId, ToolCall, ToolResult
from bot.ports.model import Tool
from bot.ports.stores import ChannelSettings
from bot.writing.masking import mask

KINDS = (ListRepos, RepoOverview, SearchCode, ReadFile, FindSymbol, DependencyVersions, GitHistory, SearchDocs)
TURN_TOKENS = 40_000
"""What all results of one turn may cost together."""


class Toolbox(ToolCalls):
    """One turn's tools."""

    def __init__(self, access: Access) -> None:
        super().__init__([kind(access) for kind in KINDS])
        self.access = access
        self._room = TURN_TOKENS * CHARACTERS_PER_TOKEN

    async def run(self, calls: Sequence[ToolCall]) -> list[ToolResult]:
        return [self._within(result) for result in await super().run(calls)]

    def _within(self, result: ToolResult) -> ToolResult:
        """Secrets in a result are masked a last time, whatever it is made of."""
        text = mask(result.text)
        if len(text) > self._room:
            spent = "This turn's budget for looking is spent. Answer with what you have, and say what you could not look at."
            return ToolResult(result.call_id, spent, is_error=True)
        self._room -= len(text)
        return ToolResult(result.call_id, text, result.is_error)

    async def find(self, question: str, limit: int) -> Sequence[tuple[Snapshot, Passage]]:
        return await self.access.find(question, limit)


class Workshop:
    """Hands every turn its own toolbox. Without any declared repository there are no tools at all."""

    def __init__(self, repositories: Repositories, pins: Pins) -> None:
        self._repositories = repositories
        self._pins = pins

    @property
    def kinds(self) -> Sequence[type[Tool]]:
        """What is offered to the model, the same in every thread."""
        return KINDS if self._repositories.declared() else ()

    def open(self, thread: ThreadId, settings: ChannelSettings) -> Toolbox:
        """The toolbox of one turn; from here on its grants stand."""
        return Toolbox(self.access(thread, settings))

    def access(self, thread: ThreadId, settings: ChannelSettings) -> Access:
        granted = granted_in(self._repositories, thread, settings)
        default = settings.default_repository or self._repositories.default(thread.place)
        rules = self._repositories.guidance(thread.place)
        granted = [replace(one, guidance=one.guidance + rules) for one in granted]
        return Access(thread, granted, default, self._repositories, self._pins)

    @property
    def names(self) -> frozenset[str]:
        """Every declared repository, for admins."""
        return frozenset(one.name for one in self._repositories.declared())

    async def listed(self, thread: ThreadId, settings: ChannelSettings) -> list[tuple[str, str, str, str]]:
        """What can be looked at here: name, the thread's or else the newest commit, how it is, what it is."""
        pinned = await self._pins.load(thread)
        states = {state.name: state for state in await self._repositories.states()}
        rows = []
        for one in granted_in(self._repositories, thread, settings):
            state = states[one.name]
            commit = pinned.get(one.name, state.commit)[:8]
            how = phrases.repository_state(state.progress, state.fault, state.fetched_at)
            rows.append((one.name, commit, how, one.description))
        return rows

    async def refresh(self, thread: ThreadId) -> None:
        """The thread's next look is at the newest commits."""
        await self._pins.forget(thread)


def granted_in(repositories: Repositories, thread: ThreadId, settings: ChannelSettings) -> list[Repository]:
    """What the operator's file and the channel's admins gave to this channel; nothing by default."""
    names = repositories.granted(thread.place) | set(settings.repositories)
    own = thread.platform in ("web", "console")
    return [one for one in repositories.declared() if one.name in names or (own and one.is_local)]
