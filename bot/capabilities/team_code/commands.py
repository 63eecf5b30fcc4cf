"""The commands about repositories: what can be looked at here, who shares what with a channel, and the newest commits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.capabilities.team_code import phrases
from bot.capabilities.team_code.repositories import Pins, Repositories
from bot.capabilities.team_code.tools.access import granted_in
from bot.capability import Call, Command
from bot.ports.doors import Reply
from bot.ports.policy import ChangeSettings, NotAllowed
from bot.ports.stores import ChannelSettings, ChannelSettingsStore


class RepositoryCommands:
    def __init__(self, repositories: Repositories, pins: Pins, channels: ChannelSettingsStore) -> None:
        self._repositories = repositories
        self._pins = pins
        self._channels = channels

    def all(self) -> Sequence[Command]:
        return (
            Command("repos", phrases.repos_written(), phrases.repos_meaning(), self._repos),
            Command("refresh", "`!refresh`", phrases.refresh_meaning(), self._refresh),
        )

    async def _refresh(self, call: Call) -> Reply:
        await self._pins.forget(call.thread)
        return Reply(phrases.refreshed())

    async def _repos(self, call: Call) -> Reply:
        settings = await self._channels.get(call.thread.place)
        word, _, name = call.rest.partition(" ")
        word, name = word.lower(), name.strip()
        if not word:
            rows = await self._listed(call)
            return Reply(phrases.repository_table(rows) if rows else phrases.no_repositories(), private=True)
        if word not in ("allow", "deny", "default"):
            return Reply(phrases.repos_usage(), private=True)
        if not call.rights.may(ChangeSettings()):
            raise NotAllowed
        return await self._share(call, settings, word, name)

    async def _share(self, call: Call, settings: ChannelSettings, word: str, name: str) -> Reply:
        known = {one.name for one in self._repositories.declared()}
        match word:
            case "allow" if name in known:
                allowed = tuple(sorted({*settings.repositories, name}))
                changed, said = replace(settings, repositories=allowed), phrases.repository_allowed(name)
            case "deny" if name in settings.repositories:
                kept = tuple(one for one in settings.repositories if one != name)
                changed, said = replace(settings, repositories=kept), phrases.repository_denied(name)
            case "default" if name in ("", "-") or name in known:
                chosen = name.strip("-")
                changed, said = replace(settings, default_repository=chosen), phrases.repository_default(chosen)
            case _:
                return Reply(phrases.repository_unknown(name), private=True, secret=True)
        await self._channels.put(call.thread.place, changed, by=call.author.id)
        return Reply(said, private=True, secret=True)

    async def _listed(self, call: Call) -> list[tuple[str, str, str, str]]:
        """What can be looked at here: name, the thread's or else the newest commit, how it is, what it is."""
        pinned = await self._pins.load(call.thread)
        states = {state.name: state for state in await self._repositories.states()}
        rows = []
        for one in granted_in(self._repositories, call.rights.may):
            state = states[one.name]
            commit = pinned.get(one.name, state.commit)[:8]
            how = phrases.repository_state(state.progress, state.fault, state.fetched_at)
            rows.append((one.name, commit, how, one.description))
        return rows
