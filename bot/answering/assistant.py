"""THE path: from a turn's messages to its answer, as a stream of events.

It knows ports only: who answers, who remembers and where it is shown are given to it. Whatever happens, the stream ends in
one Answer or one BotError; a stream without events means that people talk to each other.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from bot.answering import phrases
from bot.answering.asking import Asking
from bot.answering.audience import alike, goes_on_unseen, may_see, narrowest, replayable, resumable, written
from bot.answering.gate import Verdict, judge_turn
from bot.answering.gathering import gather, told_alone
from bot.answering.keeping import TurnKeeper
from bot.answering.ledger import Entry, Ledger
from bot.answering.notes import KeptNotes
from bot.answering.prompt import PromptBuilder
from bot.answering.questioner import Questioner
from bot.answering.reviews import Reviews
from bot.answering.side_questions import SideQuestions
from bot.answering.standing import Standing, signs_until
from bot.answering.stopping import until_stopped
from bot.answering.stream import AnswerStream, ProgressKeeper
from bot.answering.tool_calls import ToolCalls
from bot.capability import Asked, Capability
from bot.conversation import Conversation, Message, Turn, refusal_keys
from bot.copies import Change, heard_as_now, message_as_now
from bot.editions import is_aside
from bot.errors import (
    GivenUp,
    LeaseLost,
    ModelRefused,
    NotForYou,
    ReadersUnknown,
    ReasonLost,
    StoreUnavailable,
    SwitchedOff,
    TooLate,
)
from bot.events import AnswerEvent, PickedUp, Thinking
from bot.ports import Clock
from bot.ports.copies import Copies
from bot.ports.doors import Platform
from bot.ports.inbox import Lease, Progress, ProgressLog, Redraw
from bot.ports.model import Model
from bot.ports.policy import Decision, Policy, RuleName
from bot.ports.stores import Attendance, ChannelSettings, ChannelSettingsStore, History

log = logging.getLogger(__name__)

MOST_ATTEMPTS = 3
"""A turn that came back more often than this killed its workers: it is apologised for, and its thread goes on."""

TOO_LATE = timedelta(minutes=15)
"""A question that lay longer, with nobody alive to answer it, gets one notice with Retry: an answer would be a surprise."""


class Assistant:
    """Answers turns. One object serves all threads; it keeps nothing between two turns."""

    def __init__(
        self,
        model: Model,
        history: History,
        copies: Copies,
        progress: ProgressLog,
        ledger: Ledger,
        channels: ChannelSettingsStore,
        policy: Policy,
        builder: PromptBuilder,
        capabilities: Sequence[Capability],
        clock: Clock,
        text_limit_chars: int = 60_000,
        answers_bots: bool = False,
        attendance: Attendance | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._model = model
        self._questioner = Questioner(model, history, builder, clock)
        self._keeper = TurnKeeper(history, copies, builder, clock, sleep)
        self._history = history
        self._copies = copies
        self._progress = progress
        self._ledger = ledger
        self._channels = channels
        self._policy = policy
        self._builder = builder
        self._capabilities = capabilities
        self._clock = clock
        self._text_limit_chars = text_limit_chars
        self._answers_bots = answers_bots
        self._attendance = attendance
        self._admission = asyncio.Lock()

    async def answer(self, lease: Lease, platform: Platform) -> AsyncGenerator[AnswerEvent, None]:
        """The answer to a turn, entered in the ledger however it ends. Raises a BotError where there can be none."""
        entry = self._ledger.open(lease, self._clock())
        try:
            async with contextlib.aclosing(self._answer(lease, platform, entry)) as events:
                async for event in events:
                    entry.see(event, self._clock())
                    yield event
        except (LeaseLost, asyncio.CancelledError, GeneratorExit):
            await self._ledger.leave(entry)
            raise
        except Exception as fault:
            await self._ledger.close(entry, self._clock(), fault)
            raise
        await self._ledger.close(entry, self._clock())

    async def recall(self, lease: Lease) -> AsyncGenerator[AnswerEvent, None]:
        """What a turn ended with, for drawing it once more: its saved answer, or nothing when that was forgotten or may not be seen
        here any more.

        Raises ReasonLost for a turn that had failed.
        """
        if lease.redraw is Redraw.APOLOGY:
            raise ReasonLost(lease.turn_id)
        saved = _saved(await self._history.load(lease.thread), lease.turn_id)
        if saved:
            decision = await self._decide(lease, await self._channels.get(lease.thread.place))
            if not decision.refused and may_see(saved, decision):
                yield saved.answer

    async def _answer(self, lease: Lease, platform: Platform, entry: Entry) -> AsyncGenerator[AnswerEvent, None]:
        lease = replace(lease, messages=tuple(one for one in lease.messages if not one.withdrawn))
        lease, is_changed = _as_now(lease, await self._copies.changes(lease.thread))
        conversation = await self._history.load(lease.thread)
        settings = await self._channels.get(lease.thread.place)
        saved = _saved(conversation, lease.turn_id)
        is_answered = saved is not None and _editions(saved.messages) == _editions(lease.messages)
        if not is_answered and not self._wants_answer(lease, settings, conversation):
            if saved and all(is_aside(one.text) for one in lease.messages):
                await self._keeper.forget(lease)
            return
        is_of_bot = lease.messages[-1].author.is_bot
        deciding = asyncio.create_task(self._decide(lease, settings))
        async with contextlib.aclosing(signs_until(deciding)) as signs:
            async for sign in signs:
                if not is_of_bot:
                    yield sign
        decision = deciding.result()
        if decision.refused and is_of_bot:
            return  # a sentence might be answered, and so on
        _admit(decision)
        if goes_on_unseen(lease.messages, conversation, decision):
            raise NotForYou("GOES_ON_UNSEEN")
        if saved and is_answered and may_see(saved, decision):
            yield saved.answer  # of a worker that died before all of it was shown: it is not asked for again
            return
        if saved:
            # It was edited since, or may not be seen any more: the answer is forgotten, and replaced where it stands.
            await self._keeper.forget(lease)
            conversation = await self._history.load(lease.thread)
        progress = Progress() if saved or is_changed else resumable(await self._progress.load(lease), decision)
        yield Thinking() if progress == Progress() else PickedUp(progress.text)
        self._refuse(lease)
        async with self._admission:
            if await self._policy.check_budget(lease.messages[-1].author, lease.thread, settings):
                await self._ledger.hold(entry, self._clock())
        standing = Standing(lambda: self._decide(lease, settings, again=True), decision)
        asking = await self._asking(lease, platform, settings, conversation, progress, decision, entry, standing)
        async with contextlib.aclosing(self._written(asking, standing)) as events:
            async for event in events:
                yield event
        answer = await asking.finished()
        entry.answer = answer
        notices = (*answer.notices, *asking.notices(), *await self._alerts(asking, platform, entry))
        async for event in self._keeper.keep(asking, replace(answer, notices=notices)):
            yield event

    async def _written(self, asking: Asking, standing: Standing) -> AsyncGenerator[AnswerEvent, None]:
        """The answer while it is written, for as long as whoever asks may see it. What was written when it is cut off is kept."""
        lease = asking.lease
        try:
            async with (
                contextlib.aclosing(self._questioner.write(asking)) as written_down,
                contextlib.aclosing(until_stopped(written_down, lease.stop.requested)) as events,
            ):
                async for event in events:
                    standing.glance()
                    yield event
            await standing.check()
        except (asyncio.CancelledError, GeneratorExit):
            await asking.stream.keep()
            raise
        except ModelRefused:
            await self._history.refuse(lease.thread, {key for one in lease.messages for key in refusal_keys(one)})
            raise
        finally:
            await standing.close()

    async def forget(self, lease: Lease) -> None:
        """A turn of which all messages were deleted."""
        await self._keeper.forget(lease)

    async def is_taken_back(self, lease: Lease) -> bool:
        """Whether what a turn was left alone over had been asked before it was edited: what was posted of its answer goes."""
        if not any(message.edition for message in lease.messages):
            return False
        return _saved(await self._history.load(lease.thread), lease.turn_id) is None

    async def _alerts(self, asking: Asking, platform: Platform, entry: Entry) -> Sequence[str]:
        """That a budget is nearly used up: a person's is told to them alone, where that can be."""
        lease, more = asking.lease, entry.cost_microdollars - entry.held
        try:
            found = await self._policy.budget_alerts(lease.messages[-1].author, lease.thread, asking.settings, more)
        except StoreUnavailable:
            log.warning("budgets not looked at", extra={"thread_id": str(lease.thread)})
            return ()
        own = [phrases.budget_nearly_used(scope, percent) for scope, percent in found if scope == "you"]
        others = [phrases.budget_nearly_used(scope, percent) for scope, percent in found if scope != "you"]
        return others if not own or await told_alone(platform, lease, own) else [*own, *others]

    async def _lost_since(self, conversation: Conversation) -> datetime | None:
        """When the last turn ended that is remembered, where its platform was not heard without a break since."""
        if self._attendance is None or not conversation.turns:
            return None
        ended_at = conversation.turns[-1].ended_at
        unbroken = await self._attendance.unbroken_since(conversation.thread.platform, self._clock())
        return ended_at if unbroken and ended_at < unbroken else None

    async def _asking(
        self,
        lease: Lease,
        platform: Platform,
        settings: ChannelSettings,
        conversation: Conversation,
        progress: Progress,
        decision: Decision,
        entry: Entry,
        standing: Standing,
    ) -> Asking:
        """All that is read before the model is asked, and every capability opened for whoever asks."""
        whole, conversation = conversation, replayable(conversation, decision)
        masks = not settings.keeps_secrets
        lost = await self._lost_since(whole)
        limit = self._text_limit_chars
        gathered = await gather(conversation, lease, platform, limit, decision, masks=masks, lost_since=lost)
        progress = replace(progress, grants=written(decision))
        keeper = ProgressKeeper(self._progress, lease, progress, self._clock)
        beside = SideQuestions(
            self._model,
            (conversation.pinned or self._builder.pin(settings)).model,
            self._builder.asker(lease.messages[-1].author),
            spent=entry.spend,
            keep=lambda written: keeper.save(asked=written),
            kept=progress.asked,
        )
        notes = KeptNotes(lambda written: keeper.save(notes=written), progress.notes)
        asked = Asked(lease.thread, gathered.messages, settings, gathered.said, decision.may, beside.ask, notes)
        sessions = [one.open(asked) for one in self._capabilities]
        reviews = Reviews([one.review for one in sessions if one.review])
        stream = AnswerStream(reviews, keeper, entry.pay, partial(self._ledger.note, entry))
        tools = ToolCalls(sessions, standing.check)
        is_whole = conversation is whole
        return Asking(
            lease, entry, settings, conversation, gathered, sessions, tools, stream, keeper, decision, is_whole=is_whole
        )

    async def alike(self, lease: Lease) -> Lease:
        """The lease with the first of its messages that one answer may have: their authors may see the same. The others come again."""
        authors = {message.author.id for message in lease.messages}
        if len(authors) == 1 or lease.redraw:
            return lease
        settings = await self._channels.get(lease.thread.place)
        decisions = {
            message.author.id: await self._policy.decide(message.author, lease.thread, settings, message.route)
            for message in lease.messages
        }
        return replace(lease, messages=alike(decisions, lease.messages))

    async def _decide(self, lease: Lease, settings: ChannelSettings, *, again: bool = False) -> Decision:
        """The decision for whoever asks: of several people the narrowest. `again`: while the answer is written."""
        decisions = [
            await self._policy.decide(message.author, lease.thread, settings, message.route, again=again)
            for message in {one.author.id: one for one in lease.messages}.values()
        ]
        return narrowest(decisions)

    def _wants_answer(self, lease: Lease, settings: ChannelSettings, conversation: Conversation) -> bool:
        verdict = judge_turn(lease, settings, conversation.turns, answers_bots=self._answers_bots)
        if verdict is Verdict.SWITCHED_OFF:
            raise SwitchedOff
        return verdict is Verdict.ANSWER

    def _refuse(self, lease: Lease) -> None:
        """Raises GivenUp for a turn that killed its workers, and TooLate for one that lay while nobody was alive."""
        if lease.attempt > MOST_ATTEMPTS:
            raise GivenUp(f"attempt {lease.attempt}")
        asked_at = lease.messages[-1].sent_at
        waited = (lease.taken_at or self._clock()) - max(asked_at, lease.last_active_at or asked_at)
        if waited > TOO_LATE:
            raise TooLate(int(waited.total_seconds() // 60))


def _as_now(lease: Lease, changes: Mapping[str, Change]) -> tuple[Lease, bool]:
    """The lease with all that its messages copy as that reads now, and whether anything was different."""
    messages = tuple(message_as_now(one, changes) for one in lease.messages)
    context = heard_as_now(lease.context, changes)
    return replace(lease, messages=messages, context=context), (messages, context) != (lease.messages, lease.context)


def _admit(decision: Decision) -> None:
    if decision.rule.name is RuleName.LOOK_UP_FAILED:
        raise ReadersUnknown(decision.rule.where)
    if decision.refused:
        raise NotForYou(decision.rule.name.name)


def _saved(conversation: Conversation, turn_id: str) -> Turn | None:
    return next((turn for turn in conversation.turns if turn.id == turn_id), None)


def _editions(messages: Sequence[Message]) -> list[tuple[str, str]]:
    return [(message.id, message.edition) for message in messages]
