"""The commands, written once for every platform: as `!word` in a thread and behind a slash command. They answer in Markdown."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import get_args

from bot.capabilities.team_code import phrases as team_code_phrases
from bot.capabilities.team_code.tools.toolbox import Workshop
from bot.conversation import Author, Effort, ThreadId
from bot.front_desk import phrases
from bot.ports import Clock
from bot.ports.doors import Reply
from bot.ports.inbox import Inbox
from bot.ports.stores import ChannelSettings, ChannelSettingsStore, History, UsageLog

EFFORTS: tuple[str, ...] = get_args(Effort)


@dataclass(frozen=True, slots=True)
class Call:
    """One command as it was typed: where, by whom, and what stood behind the word."""

    thread: ThreadId
    author: Author
    rest: str


Run = Callable[[Call], Awaitable[Reply]]


class Commands:
    """`admins` holds author ids; the local page's own user is always one (`web` and `console` have a single owner)."""

    def __init__(
        self,
        inbox: Inbox,
        history: History,
        usage_log: UsageLog,
        channels: ChannelSettingsStore,
        admins: frozenset[str],
        models: Callable[[str], str],
        workshop: Workshop,
        clock: Clock,
    ) -> None:
        """`models` turns a name (`opus`) into an exact id; it raises ValueError with a plain reason for an unknown one."""
        self._inbox = inbox
        self._history = history
        self._usage_log = usage_log
        self._channels = channels
        self._admins = admins
        self._models = models
        self._workshop = workshop
        self._clock = clock
        self._run: Mapping[str, Run] = {
            "help": self._help,
            "reset": self._reset,
            "stop": self._stop,
            "mute": self._mute,
            "unmute": self._unmute,
            "usage": self._usage,
            "repos": self._repos,
            "refresh": self._refresh,
            "model": self._model,
            "effort": self._effort,
            "mode": self._mode,
            "prompt": self._prompt,
            "budget": self._budget,
            "on": self._on,
            "off": self._off,
        }

    def knows(self, word: str) -> bool:
        return word in self._run

    async def run(self, thread: ThreadId, author: Author, word: str, rest: str) -> Reply:
        """Raises StoreUnavailable when a store is away."""
        if not self.knows(word):
            return Reply(phrases.unknown_command(word), private=True)
        return await self._run[word](Call(thread, author, rest.strip()))

    def is_admin(self, author: Author) -> bool:
        return author.id in self._admins or author.id.startswith(("web:", "console:"))

    async def may_stop(self, thread: ThreadId, author: Author) -> bool:
        """Whoever asked, and admins."""
        return self.is_admin(author) or author.id in await self._inbox.askers(thread)

    async def _help(self, call: Call) -> Reply:
        return Reply(phrases.help_page(), private=True)

    async def _reset(self, call: Call) -> Reply:
        await self._history.forget(call.thread, self._clock())
        await self._inbox.forget(call.thread)
        await self._workshop.refresh(call.thread)
        return Reply(phrases.forgotten())

    async def _stop(self, call: Call) -> Reply:
        if not await self.may_stop(call.thread, call.author):
            return Reply(phrases.stop_refused(), private=True)
        stopped = await self._inbox.stop(call.thread, call.author.name)
        return Reply(phrases.stopping() if stopped else phrases.nothing_to_stop(), private=True)

    async def _mute(self, call: Call) -> Reply:
        await self._inbox.mute(call.thread, True)
        return Reply(phrases.muted())

    async def _unmute(self, call: Call) -> Reply:
        await self._inbox.mute(call.thread, False)
        return Reply(phrases.unmuted())

    async def _usage(self, call: Call) -> Reply:
        now = self._clock()
        rows = []
        for days in (1, 7, 30):
            since = now - timedelta(days=days)
            yours = await self._usage_log.total(since, asker=call.author.id)
            here = await self._usage_log.total(since, place=call.thread.place)
            rows.append((days, yours, here))
        return Reply(phrases.usage_table(rows), private=True)

    async def _refresh(self, call: Call) -> Reply:
        await self._workshop.refresh(call.thread)
        return Reply(team_code_phrases.refreshed())

    async def _repos(self, call: Call) -> Reply:
        settings = await self._channels.get(call.thread.place)
        word, _, name = call.rest.partition(" ")
        name = name.strip()
        match word.lower():
            case "":
                rows = await self._workshop.listed(call.thread, settings)
                return Reply(
                    team_code_phrases.repository_table(rows) if rows else team_code_phrases.no_repositories(),
                    private=True,
                )
            case "allow" | "deny" | "default" if not self.is_admin(call.author):
                return Reply(phrases.admins_only(), private=True)
            case "allow" if name in self._workshop.names:
                allowed = tuple(sorted({*settings.repositories, name}))
                return await self._change(
                    call, replace(settings, repositories=allowed), team_code_phrases.repository_allowed(name)
                )
            case "deny" if name in settings.repositories:
                kept = tuple(one for one in settings.repositories if one != name)
                return await self._change(
                    call, replace(settings, repositories=kept), team_code_phrases.repository_denied(name)
                )
            case "default" if name in ("", "-") or name in self._workshop.names:
                chosen = name.strip("-")
                changed = replace(settings, default_repository=chosen)
                return await self._change(call, changed, team_code_phrases.repository_default(chosen))
            case "allow" | "deny" | "default":
                return Reply(team_code_phrases.repository_unknown(name), private=True)
            case _:
                return Reply(team_code_phrases.repos_usage(), private=True)

    async def _model(self, call: Call) -> Reply:
        settings = await self._channels.get(call.thread.place)
        if not call.rest:
            return Reply(phrases.current_model(settings.model, settings.effort), private=True)
        try:
            model = self._models(call.rest)
        except ValueError as fault:
            return Reply(str(fault), private=True)
        return await self._change(call, replace(settings, model=model), phrases.model_set(model))

    async def _effort(self, call: Call) -> Reply:
        settings = await self._channels.get(call.thread.place)
        if call.rest not in EFFORTS:
            return Reply(phrases.effort_choices(settings.effort, EFFORTS), private=True)
        return await self._change(call, replace(settings, effort=call.rest), phrases.effort_set(call.rest))

    async def _mode(self, call: Call) -> Reply:
        settings = await self._channels.get(call.thread.place)
        match call.rest:
            case "thread" | "mention" | "every" as mode:
                return await self._change(call, replace(settings, answer_mode=mode), phrases.mode_set(mode))
            case _:
                return Reply(phrases.mode_choices(settings.answer_mode), private=True)

    async def _prompt(self, call: Call) -> Reply:
        settings = await self._channels.get(call.thread.place)
        if not call.rest:
            return Reply(phrases.current_prompt(settings.prompt_addition), private=True)
        addition = "" if call.rest == "-" else call.rest
        return await self._change(call, replace(settings, prompt_addition=addition), phrases.prompt_set(addition))

    async def _budget(self, call: Call) -> Reply:
        settings = await self._channels.get(call.thread.place)
        try:
            dollars = float(call.rest.lstrip("$"))
        except ValueError:
            return Reply(phrases.budget_usage(settings.daily_budget_microdollars), private=True)
        if not 0 <= dollars <= 1_000_000:
            return Reply(phrases.budget_usage(settings.daily_budget_microdollars), private=True)
        changed = replace(settings, daily_budget_microdollars=round(dollars * 1_000_000))
        return await self._change(call, changed, phrases.budget_set(dollars))

    async def _on(self, call: Call) -> Reply:
        settings = await self._channels.get(call.thread.place)
        return await self._change(call, replace(settings, enabled=True), phrases.switched_on())

    async def _off(self, call: Call) -> Reply:
        settings = await self._channels.get(call.thread.place)
        return await self._change(call, replace(settings, enabled=False), phrases.switched_off())

    async def _change(self, call: Call, settings: ChannelSettings, said: str) -> Reply:
        if not self.is_admin(call.author):
            return Reply(phrases.admins_only(), private=True)
        await self._channels.put(call.thread.place, settings, by=call.author.id)
        return Reply(said)
