"""The commands, written once for every platform: as `!word` in a thread and behind a slash command. They answer in Markdown."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import get_args

from bot.answering.phrases import refused
from bot.capability import Call, Capability
from bot.conversation import Author, Effort, ThreadId
from bot.front_desk import phrases
from bot.ports import Clock
from bot.ports.doors import Reply
from bot.ports.inbox import Controls
from bot.ports.policy import ChangeSettings, ChangeThread, Decision, NotAllowed, Policy, SeeSpending, StopAnswer
from bot.ports.stores import ChannelSettings, ChannelSettingsStore, History, UsageLog, UsageTotal

EFFORTS: tuple[str, ...] = get_args(Effort)

LONE_MENTION = ""
"""The word of whoever names us and says no more: nothing that could be typed."""

WHY = "why"
FOR_ALL = ("help", "stop")
"""What is done for people who are not answered, too: it says nothing of the team's."""

RETRY_LOOKS, RETRY_PAUSE_SECONDS = 8, 0.25

Run = Callable[[Call], Awaitable[Reply]]


class Commands:
    """The bot's own, and what its capabilities bring."""

    def __init__(
        self,
        inbox: Controls,
        history: History,
        usage_log: UsageLog,
        channels: ChannelSettingsStore,
        policy: Policy,
        models: Callable[[str], str],
        capabilities: Sequence[Capability],
        clock: Clock,
    ) -> None:
        """`models` turns a name (`opus`) into an exact id; it raises ValueError with a plain reason for an unknown one."""
        self._inbox = inbox
        self._history = history
        self._usage_log = usage_log
        self._channels = channels
        self._policy = policy
        self._models = models
        self._capabilities = capabilities
        self._clock = clock
        self._brought = [command for one in capabilities for command in one.commands()]
        self._run: Mapping[str, Run] = {
            LONE_MENTION: self._hello,
            "help": self._help,
            "reset": self._reset,
            "stop": self._stop,
            "mute": self._mute,
            "unmute": self._unmute,
            "usage": self._usage,
            "model": self._model,
            "effort": self._effort,
            "mode": self._mode,
            "prompt": self._prompt,
            "budget": self._budget,
            "secrets": self._secrets,
            "on": self._on,
            "off": self._off,
        } | {command.word: command.run for command in self._brought}

    def knows(self, word: str) -> bool:
        return word in self._run or word == WHY

    async def run(self, thread: ThreadId, author: Author, word: str, rest: str) -> Reply:
        """Raises StoreUnavailable when a store is away."""
        decision = await self.decide(thread, author)
        if word == WHY:
            return Reply(phrases.why(decision, is_whole=decision.is_admin), private=True, secret=True)
        if decision.refused and word not in FOR_ALL:
            return Reply(refused(decision.rule.name.name), private=True)
        if not self.knows(word):
            return Reply(phrases.unknown_command(word), private=True)
        try:
            return await self._run[word](Call(thread, author, rest.strip(), decision))
        except NotAllowed:
            admins = self._policy.admins(thread.platform)
            return Reply(phrases.admins_only(named=bool(admins)), private=True, people=admins)

    async def decide(self, thread: ThreadId, author: Author, route: Mapping[str, str] | None = None) -> Decision:
        return await self._policy.decide(author, thread, await self._channels.get(thread.place), route)

    async def retry(self, thread: ThreadId, turn_id: str) -> Reply:
        """An apology is seen a moment before its turn is put down: a quick press waits for that."""
        for _ in range(RETRY_LOOKS):
            is_quiet = not await self._inbox.askers(thread)
            if await self._inbox.retry(thread, turn_id):
                return Reply(phrases.retrying(), private=True)
            if is_quiet:
                break
            await asyncio.sleep(RETRY_PAUSE_SECONDS)
        return Reply(phrases.retry_refused(), private=True)

    async def _hello(self, call: Call) -> Reply:
        return Reply(phrases.hello(), private=True)

    async def _help(self, call: Call) -> Reply:
        return Reply(phrases.help_page([(one.written, one.meaning) for one in self._brought]), private=True)

    async def _may_change(self, call: Call) -> bool:
        """Visitors may change what they began: a thread of which nothing is remembered, where they alone wait for an answer."""
        turns, askers = (await self._history.load(call.thread)).turns, await self._inbox.askers(call.thread)
        starter = turns[0].messages[0].author.id if turns and turns[0].messages else next(iter(askers), "")
        return call.rights.may(ChangeThread(starter if turns or len(askers) == 1 else ""))

    async def _reset(self, call: Call) -> Reply:
        if not await self._may_change(call):
            return Reply(phrases.others_thread(), private=True)
        await self._history.forget(call.thread, self._clock())
        await self._inbox.forget(call.thread)
        for one in self._capabilities:
            await one.forget(call.thread)
        return Reply(phrases.forgotten())

    async def _stop(self, call: Call) -> Reply:
        if not call.rights.may(StopAnswer(await self._inbox.askers(call.thread))):
            return Reply(phrases.stop_refused(), private=True)
        stopped = await self._inbox.stop(call.thread, call.author.name)
        return Reply(phrases.stopping() if stopped else phrases.nothing_to_stop(), private=True)

    async def _mute(self, call: Call) -> Reply:
        if not await self._may_change(call):
            return Reply(phrases.others_thread(), private=True)
        await self._inbox.mute(call.thread, True)
        return Reply(phrases.muted())

    async def _unmute(self, call: Call) -> Reply:
        if not await self._may_change(call):
            return Reply(phrases.others_thread(), private=True)
        await self._inbox.mute(call.thread, False)
        return Reply(phrases.unmuted())

    async def _usage(self, call: Call) -> Reply:
        now, sees_all = self._clock(), call.rights.may(SeeSpending())
        rows = list[tuple[int, UsageTotal, UsageTotal | None]]()
        for days in (1, 7, 30):
            since = now - timedelta(days=days)
            yours = await self._usage_log.total(since, asker=call.author.id)
            here = await self._usage_log.total(since, place=call.thread.place) if sees_all else None
            rows.append((days, yours, here))
        return Reply(phrases.usage_table(rows), private=True)

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

    async def _secrets(self, call: Call) -> Reply:
        settings = await self._channels.get(call.thread.place)
        if call.rest not in ("mask", "keep"):
            return Reply(phrases.secrets_choices(keeps=settings.keeps_secrets), private=True)
        keeps = call.rest == "keep"
        return await self._change(call, replace(settings, keeps_secrets=keeps), phrases.secrets_set(keeps=keeps))

    async def _on(self, call: Call) -> Reply:
        settings = await self._channels.get(call.thread.place)
        return await self._change(call, replace(settings, enabled=True), phrases.switched_on())

    async def _off(self, call: Call) -> Reply:
        settings = await self._channels.get(call.thread.place)
        return await self._change(call, replace(settings, enabled=False), phrases.switched_off())

    async def _change(self, call: Call, settings: ChannelSettings, said: str) -> Reply:
        if not call.rights.may(ChangeSettings()):
            raise NotAllowed
        await self._channels.put(call.thread.place, settings, by=call.author.id)
        return Reply(said)
