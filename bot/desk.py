"""What every door hands its visitors to: a message is kept, a command is run, a press is heard."""

from __future__ import annotations

import asyncio
import logging
import re

from bot import phrases
from bot.commands import Commands
from bot.conversation import Author, Message, Press, ThreadId
from bot.ports import Accepted, Clock, Desk, FeedbackLog, Inbox, Received, Reply

log = logging.getLogger(__name__)

RETRY_LOOKS, RETRY_PAUSE_SECONDS = 8, 0.25

COMMAND = re.compile(r"!(?P<word>[a-z]+)(?:\s+(?P<rest>.*))?", re.DOTALL | re.IGNORECASE)


class FrontDesk(Desk):
    """The one desk of the house."""

    def __init__(self, inbox: Inbox, commands: Commands, feedback: FeedbackLog, clock: Clock) -> None:
        self._inbox = inbox
        self._commands = commands
        self._feedback = feedback
        self._clock = clock

    async def receive(self, message: Message) -> Received:
        called = COMMAND.fullmatch(message.text.strip())
        if called and self._commands.knows(called["word"].lower()) and not message.author.is_bot:
            return await self._obey(message, called["word"].lower(), called["rest"] or "")
        accepted = await self._inbox.accept(message)
        log.info(
            "message received",
            extra={"thread_id": str(message.thread), "message_id": message.id, "accepted": accepted.value},
        )
        if accepted is Accepted.FULL and await self._inbox.claim(message.thread, f"full:{message.id}"):
            return Received(accepted, Reply(phrases.inbox_full()))
        return Received(accepted)

    async def _obey(self, message: Message, word: str, rest: str) -> Received:
        """A `!word` counts where we are addressed or take part; elsewhere it belongs to some other bot."""
        if not (message.addressed or await self._inbox.knows(message.thread)):
            return Received(Accepted.UNKNOWN_THREAD)
        if not await self._inbox.claim(message.thread, f"command:{message.id}"):
            return Received(Accepted.DUPLICATE)
        return Received(Accepted.NEW, await self.command(message.thread, message.author, word, rest))

    async def command(self, thread: ThreadId, author: Author, word: str, rest: str) -> Reply:
        log.info("command", extra={"thread_id": str(thread), "word": word if self._commands.knows(word) else "unknown"})
        return await self._commands.run(thread, author, word, rest)

    async def press(self, press: Press) -> Reply | None:
        log.info("press", extra={"thread_id": str(press.thread), "turn": press.turn_id, "action": press.action})
        match press.action:
            case "stop":
                return await self._commands.run(press.thread, press.author, "stop", "")
            case "retry":
                retried = await self._retry(press)
                return Reply(phrases.retrying() if retried else phrases.retry_refused(), private=True)
            case "good" | "bad":
                await self._feedback.record(press, self._clock())
                return Reply(phrases.thanks_for_feedback(), private=True)

    async def _retry(self, press: Press) -> bool:
        """An apology is seen a moment before its turn is put down: a quick press waits for that."""
        for _ in range(RETRY_LOOKS):
            is_quiet = not await self._inbox.askers(press.thread)
            if await self._inbox.retry(press.thread, press.turn_id):
                return True
            if is_quiet:
                return False
            await asyncio.sleep(RETRY_PAUSE_SECONDS)
        return False
