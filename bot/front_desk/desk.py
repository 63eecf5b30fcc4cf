"""What every door hands its visitors to: a message is kept, a command is run, a press is heard."""

from __future__ import annotations

import contextlib
import logging
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from bot.answering.audience import id_of_going_on, may_see
from bot.answering.phrases import refused
from bot.capability import Pressed
from bot.conversation import Author, Conversation, Message, ThreadId, Turn
from bot.copies import HERE, Change, sources, turn_as_now, turn_without_text_of
from bot.editions import ASIDE, COMMAND, begins_to_ask, is_aside, is_newer, order, reads_differently
from bot.errors import StoreUnavailable
from bot.front_desk import phrases
from bot.front_desk.commands import LONE_MENTION, Commands
from bot.ports import Clock
from bot.ports.copies import Copies
from bot.ports.doors import Desk, Received, Reply
from bot.ports.inbox import Accepted, Door, Revision
from bot.ports.policy import Decision
from bot.ports.stores import ChannelSettingsStore, FeedbackLog, History, Presence
from bot.views import Action, Press
from bot.writing.gestures import is_gesture
from bot.writing.text import is_blank

log = logging.getLogger(__name__)

HELP = re.compile(r"[!/]?(?:help|hilfe)[\s!?.]*|[!/]?\?+|!|", re.IGNORECASE)
"""How people call for help, where it is clear that they speak to us."""


MARKS, SHORT_CHARACTERS = " *_~`\t\n", 40

DELETED = "deleted"
"""The edition of a message that is none any more: its answer is taken back once."""


class FrontDesk(Desk):
    """The one desk of the house."""

    def __init__(
        self,
        inbox: Door,
        history: History,
        copies: Copies,
        channels: ChannelSettingsStore,
        commands: Commands,
        feedback: FeedbackLog,
        clock: Clock,
        presses: Mapping[Action, Pressed] | None = None,
        presence: Presence | None = None,
    ) -> None:
        """`presses` are the buttons that capabilities bring. `presence`: who answers, where that may be nobody."""
        self._inbox = inbox
        self._history = history
        self._copies = copies
        self._channels = channels
        self._commands = commands
        self._feedback = feedback
        self._clock = clock
        self._presses = presses or {}
        self._presence = presence

    async def receive(self, message: Message) -> Received:
        if called := self._called(message):
            return await self._obey(message, *called)
        message = replace(message, typed=None)  # said above; what is kept is the text
        await self._copies.hold(message.thread, {*sources([message])})
        accepted = await self._inbox.accept(await self._addressed(message))
        log.info(
            "message received",
            extra={"thread_id": str(message.thread), "message_id": message.id, "accepted": accepted.value},
        )
        if accepted is Accepted.FULL and await self._inbox.claim(message.thread, f"full:{message.id}"):
            return Received(accepted, Reply(phrases.inbox_full()))
        awaited = accepted is Accepted.NEW and _is_for_us(message)
        return Received(accepted, aside=await self._waits_alone() if awaited else None, awaited=awaited)

    async def _waits_alone(self) -> Reply | None:
        """A word for whoever asks while nobody answers: the question is safe, and that is all for now."""
        if self._presence is None:
            return None
        with contextlib.suppress(StoreUnavailable):
            if not await self._presence.count("worker"):
                log.warning("no worker is alive")
                return Reply(phrases.no_worker(), private=True)
        return None

    def asks(self, text: str) -> bool:
        return self._command(text.strip(), text.strip(), addressed=True, nods=is_gesture(text)) is None

    def _called(self, message: Message) -> tuple[str, str] | None:
        if message.author.is_bot:
            return None
        text = message.text.strip()
        own = text if message.typed is None else message.typed.strip()
        nods = message.gesture or is_gesture(text)
        return self._command(text, own, addressed=message.addressed, nods=nods, shows=bool(message.attachments))

    def _command(
        self, text: str, own: str, *, addressed: bool, nods: bool, shows: bool = False
    ) -> tuple[str, str] | None:
        """The command that a person gives, in words of their `own`: one that we know, any that is said to us, a call for help, or our
        name and nothing else that says or `shows` something."""
        bare = _bare(own)
        found = COMMAND.fullmatch(own) or COMMAND.fullmatch(bare)
        word = found["word"].lower() if found else ""
        if found and (self._commands.knows(word) or (addressed and f"!{word}" != ASIDE)):
            return word, found["rest"] or ""
        if not addressed or shows:
            return None
        if is_blank(text) or nods:
            return LONE_MENTION, ""
        return ("help", "") if HELP.fullmatch(_bare(text)) else None

    async def _addressed(self, message: Message) -> Message:
        """In a channel where every new post is answered, what begins a thread is said to us."""
        if message.addressed or message.author.is_bot or message.id != message.thread.thread:
            return message
        settings = await self._channels.get(message.thread.place)
        return replace(message, addressed=settings.answer_mode == "every")

    async def revise(self, message: Message) -> Received:
        if is_command(message.text) and not is_aside(message.text):
            return Received(Accepted.DUPLICATE)  # a word that was obeyed, or not, when it was said
        message = await self._addressed(replace(message, typed=None))
        if called := self._called(message):
            return await self._obey(message, *called)  # no question (any more)
        received = await self._revised(message)
        extra = {"thread_id": str(message.thread), "message_id": message.id, "accepted": received.accepted.value}
        log.info("message edited", extra=extra)
        return received

    async def _revised(self, message: Message) -> Received:
        await self._copies.hold(message.thread, {*sources([message])})
        revised = await self._inbox.revise(message)
        is_known = revised is Revision.UNKNOWN and await self._inbox.knows(message.thread)
        if is_known:  # it may have been read for a turn in the air
            here = f"{HERE}{message.id}"
            change = Change(here, message.text, message.attachments, message.edition)
            await self._copies.change(message.thread, change)
        conversation = await self._history.load(message.thread)
        heard = next((one for turn in conversation.turns for one in turn.context if one.id == message.id), None)
        if heard:  # also where the inbox holds it still, for the turn that it was told in ends just now
            await self._history.amend(message.thread, lambda turns: tuple(_reworded(turns, message)))
            log.info("what was heard is remembered as it reads now", extra={"message_id": message.id})
        if revised is Revision.KEPT:
            return Received(Accepted.DUPLICATE, awaited=_is_for_us(message))
        turn = next((one for one in conversation.turns if _place(one.messages, message) is not None), None)
        if turn is None:
            is_old = is_known and _is_before(message, conversation)
            is_told = (heard or is_old or message.author.is_bot) and not message.addressed
            is_told = is_told and not (heard and begins_to_ask(message, heard))
            return Received(Accepted.DUPLICATE) if is_told else await self.receive(message)
        asked = turn.messages[_place(turn.messages, message) or 0]
        if not (is_newer(message, asked) and reads_differently(message, asked)):
            return Received(Accepted.DUPLICATE)
        await self._inbox.ask_again(message, turn)
        if is_aside(message.text):  # its answer is taken back, with what goes on from it
            await self.withdraw(message.thread, id_of_going_on(turn.id))
        return Received(Accepted.NEW, awaited=_is_for_us(message))

    async def withdraw(self, thread: ThreadId, message_id: str) -> None:
        await self._inbox.withdraw(thread, message_id)
        if await self._inbox.knows(thread):  # it may have been read for a turn in the air
            await self._copies.change(thread, Change(f"{HERE}{message_id}", None))
        for turn in (await self._history.load(thread)).turns:
            if {one.id for one in turn.messages} == {message_id}:
                await self._take_back(turn)
        await self._history.amend(thread, lambda turns: tuple(_without(turns, message_id)))
        log.info("message deleted", extra={"thread_id": str(thread), "message_id": message_id})

    async def copied(self, platform: str, source: str) -> Sequence[ThreadId]:
        return await self._copies.holders(platform, source)

    async def requote(self, threads: Sequence[ThreadId], change: Change) -> None:
        changes = {change.source: change}
        for thread in threads:
            await self._copies.change(thread, change)
            await self._history.amend(thread, lambda turns: tuple(turn_as_now(one, changes) for one in turns))
        log.info("what was copied has changed", extra={"source": change.source, "threads": len(threads)})

    async def forget_text(self, threads: Sequence[ThreadId], file_id: str) -> None:
        for thread in threads:
            await self._history.amend(thread, lambda turns: tuple(turn_without_text_of(one, file_id) for one in turns))
        log.info("a file has changed", extra={"file_id": file_id, "threads": len(threads)})

    async def _take_back(self, turn: Turn) -> None:
        """The answer to a message that was deleted, and what goes on from it. As when it is deleted earlier, a turn of empty messages,
        in the same place, is what a worker takes back."""
        last = turn.messages[-1]
        await self._inbox.ask_again(replace(last, text="", attachments=(), edition=DELETED, withdrawn=True), turn)
        await self.withdraw(last.thread, id_of_going_on(turn.id))

    async def _obey(self, message: Message, word: str, rest: str) -> Received:
        """A `!word` counts where we are addressed or take part; elsewhere it belongs to some other bot."""
        if not (message.addressed or await self._inbox.knows(message.thread)):
            return Received(Accepted.UNKNOWN_THREAD)
        if not await self._inbox.claim(message.thread, f"command:{message.id}"):
            return Received(Accepted.DUPLICATE)
        return Received(Accepted.NEW, await self._run(message.thread, message.author, word, rest))

    async def clean(self, thread: ThreadId, text: str) -> str:
        """As it is: whoever masks stands before this desk."""
        return text

    async def command(self, thread: ThreadId, author: Author, word: str, rest: str) -> Reply:
        return await self._run(thread, author, *_parted(f"{word} {rest}"))

    async def _run(self, thread: ThreadId, author: Author, word: str, rest: str) -> Reply:
        log.info("command", extra={"thread_id": str(thread), "word": word if self._commands.knows(word) else "unknown"})
        return await self._commands.run(thread, author, word, rest)

    async def press(self, press: Press) -> Reply | None:
        log.info("press", extra={"thread_id": str(press.thread), "turn": press.turn_id, "action": press.action})
        if press.action == "stop":
            return await self._commands.run(press.thread, press.author, "stop", "")
        turn = _turn(await self._history.load(press.thread), press.turn_id)
        decision = await self._commands.decide(press.thread, press.author, _route_of(turn, press))
        if decision.refused:
            return Reply(refused(decision.rule.name.name), private=True)
        match press.action:
            case "retry":
                return await self._commands.retry(press.thread, press.turn_id)
            case "go_on":
                return await self._go_on(press, turn, decision)
            case "good" | "bad":
                await self._feedback.record(press, self._clock())
                return Reply(phrases.thanks_for_feedback(), private=True)
            case _:
                return await self._brought(press, turn, decision)

    async def _brought(self, press: Press, turn: Turn | None, decision: Decision) -> Reply:
        """A button that a capability brings, under a turn that is still remembered."""
        pressed = self._presses.get(press.action)
        if turn is None or pressed is None or not may_see(turn, decision):
            return Reply(phrases.not_remembered(), private=True)
        return Reply(await pressed(press, turn), private=True)

    async def _go_on(self, press: Press, turn: Turn | None, decision: Decision) -> Reply | None:
        """An answer that was stopped, or cut at its length limit, is gone on with: a question of whoever pressed, once for each answer,
        on the way that the one before it came; one for its asker alone by the press itself, and there it stands for a reply."""
        if turn is None or not may_see(turn, decision):
            return Reply(phrases.go_on_refused(), private=True)
        asked = turn.messages[-1]
        if press.route and asked.author.id != press.author.id:
            return Reply(phrases.go_on_refused(), private=True)
        message = replace(
            asked,
            id=id_of_going_on(turn.id),
            author=press.author,
            text=phrases.go_on(turn.answer.text),
            sent_at=self._clock(),
            addressed=True,
            mentions_others=False,
            attachments=(),
            edition="",
            route=press.route or asked.route,
            zone=asked.zone if asked.author.id == press.author.id else "",
        )
        match await self._inbox.accept(message):
            case Accepted.FULL:
                return Reply(phrases.inbox_full(), private=True)
            case Accepted.DUPLICATE:
                return Reply(phrases.going_on_already(), private=True)
            case _:
                return None if press.route else Reply(phrases.going_on(), private=True)


def _turn(conversation: Conversation, turn_id: str) -> Turn | None:
    return next((one for one in conversation.turns if one.id == turn_id), None)


def _route_of(turn: Turn | None, press: Press) -> Mapping[str, str]:
    """The way on which the turn was asked and the button pressed, for whoever asked it: an answer for them alone is for them alone
    under its buttons, too."""
    asked = turn.messages[-1] if turn and turn.messages else None
    return {**asked.route, **press.route} if asked and asked.author.id == press.author.id else {}


def _bare(text: str) -> str:
    """A short text as it is meant: in letters of the usual width, without marks of emphasis and code around it."""
    return unicodedata.normalize("NFKC", text).strip(MARKS) if len(text) <= SHORT_CHARACTERS else text


def is_command(text: str) -> bool:
    """A whole message that gives a command, ours or another bot's; it counts when it is said, not by an edit."""
    return COMMAND.fullmatch(text.strip()) is not None


def _is_before(message: Message, conversation: Conversation) -> bool:
    """Whether it was said before we were called, or before what is remembered: nobody asks it by an edit that does not call us."""
    first = next((one.id for turn in conversation.turns for one in turn.messages), "")
    return message.id == message.thread.thread or not first or order(message.id) < order(first)


def _is_for_us(message: Message) -> bool:
    return message.addressed and not is_aside(message.text)


def _parted(typed: str) -> tuple[str, str]:
    """A command and what belongs to it, as people type it behind `/plumbline`: with or without the mark, on one line or on two."""
    first, rest = (*typed.split(maxsplit=1), "", "")[:2]
    word = "help" if HELP.fullmatch(first) else first.lower().lstrip("!/").rstrip(".,:;!")
    return word, rest.strip()


def _place(messages: Sequence[Message], message: Message) -> int | None:
    return next((place for place, one in enumerate(messages) if one.id == message.id), None)


def _without(turns: Iterable[Turn], message_id: str) -> Iterator[Turn]:
    """Turns without a message that was deleted: one that answered it alone is forgotten, another is kept as plain texts."""
    for turn in turns:
        messages = tuple(one for one in turn.messages if one.id != message_id)
        context = tuple(one for one in turn.context if one.id != message_id)
        if (messages, context) == (turn.messages, turn.context):
            yield turn
        elif messages:
            yield replace(turn, messages=messages, context=context, answer=replace(turn.answer, transcript=()))


def _reworded(turns: Iterable[Turn], message: Message) -> Iterator[Turn]:
    """Turns with what was heard as it reads now; one that was told the old words, or a file that is gone, is kept as plain texts."""
    for turn in turns:
        place = _place(turn.context, message)
        old = turn.context[place] if place is not None else message
        if place is None or not (is_newer(message, old) and reads_differently(message, old)):
            yield turn
            continue
        new = replace(
            old,
            text=message.text,
            attachments=message.attachments,
            edition=message.edition,
            quotes=message.quotes,
        )
        says_something = not is_blank(new.text) or new.attachments
        context = (*turn.context[:place], *((new,) if says_something else ()), *turn.context[place + 1 :])
        yield replace(turn, context=context, answer=replace(turn.answer, transcript=()))
