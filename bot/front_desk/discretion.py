"""Nothing secret gets past the door: what people write is masked before it is kept, asked, shown again or logged.

One place for every door. An admin may switch it off for a channel; files that a platform keeps are masked when they are read, in
`answering/gathering.py`, by the same rules.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace

from bot.answering.files import text_of, without_secrets
from bot.answering.pdfs import MAGIC, PdfNotRead, words_of
from bot.claude.papers import begun
from bot.conversation import Author, Message, ThreadId
from bot.copies import Change
from bot.front_desk import phrases
from bot.loops import read_beside
from bot.ports.doors import Desk, Received, Reply
from bot.ports.inbox import Accepted, Door
from bot.ports.stores import ChannelSettingsStore
from bot.views import Press
from bot.writing.masking import Masked, masked

log = logging.getLogger(__name__)


class Discretion:
    """Masks texts of a channel (`place`), unless its admins have said that secrets are to be kept there."""

    def __init__(self, channels: ChannelSettingsStore) -> None:
        self._channels = channels

    async def text(self, place: str, text: str) -> Masked:
        """Raises StoreUnavailable when it cannot be seen whether the channel keeps its secrets; asked only when there is one."""
        found = await read_beside(len(text), _typed, text)
        if found.kinds and (await self._channels.get(place)).keeps_secrets:
            return Masked(text)
        return found

    async def message(self, message: Message) -> tuple[Message, Sequence[str]]:
        """The message without secrets, and what they were, each once."""
        kinds = dict[str, None]()

        def hide(text: str) -> str:
            found = _typed(text)
            kinds.update(dict.fromkeys(found.kinds))
            return found.text

        length = len(message.text) + sum(len(one.text) for one in message.quotes)
        clean = await read_beside(length, message.rewritten, hide)
        if not kinds or (await self._channels.get(message.thread.place)).keeps_secrets:
            return message, ()
        return clean, tuple(kinds)

    async def file(self, place: str, data: bytes) -> tuple[bytes, Sequence[str]]:
        """A file as it may be kept, and which secrets were taken out: a text in any usual encoding, and the words of a PDF in which one
        is written. Anything else comes back as it is: no image and no archive is looked into, and a PDF that nobody can read goes to no
        model."""
        text = await self._written(data)
        if text is None:
            return data, ()
        clean, kinds = await asyncio.to_thread(without_secrets, text)
        if not kinds or (await self._channels.get(place)).keeps_secrets:
            return data, ()
        return clean.encode("utf-8", "replace"), kinds

    async def _written(self, data: bytes) -> str | None:
        if not (data := begun(data)).startswith(MAGIC):
            return await asyncio.to_thread(text_of, data)
        try:
            return await words_of(data)
        except PdfNotRead as fault:
            log.warning("PDF not looked into", extra={"reason": str(fault)})
            return None


def _typed(text: str) -> Masked:
    return masked(text, is_typed=True)


class DiscreetDesk(Desk):
    """A desk that is handed everything without its secrets; whoever wrote one is told so, once for each message."""

    def __init__(self, desk: Desk, inbox: Door, discretion: Discretion) -> None:
        self._desk = desk
        self._inbox = inbox
        self._discretion = discretion

    async def receive(self, message: Message) -> Received:
        clean, kinds = await self._discretion.message(message)
        return await self._told(clean, kinds, await self._desk.receive(clean))

    def asks(self, text: str) -> bool:
        return self._desk.asks(text)

    async def revise(self, message: Message) -> Received:
        clean, kinds = await self._discretion.message(message)
        return await self._told(clean, kinds, await self._desk.revise(clean))

    async def withdraw(self, thread: ThreadId, message_id: str) -> None:
        await self._desk.withdraw(thread, message_id)

    async def copied(self, platform: str, source: str) -> Sequence[ThreadId]:
        return await self._desk.copied(platform, source)

    async def requote(self, threads: Sequence[ThreadId], change: Change) -> None:
        for thread in threads:
            words = None if change.words is None else await self.clean(thread, change.words)
            await self._desk.requote([thread], replace(change, words=words))

    async def forget_text(self, threads: Sequence[ThreadId], file_id: str) -> None:
        await self._desk.forget_text(threads, file_id)

    async def press(self, press: Press) -> Reply | None:
        return await self._desk.press(press)

    async def command(self, thread: ThreadId, author: Author, word: str, rest: str) -> Reply:
        return await self._desk.command(thread, author, word, await self.clean(thread, rest))

    async def clean(self, thread: ThreadId, text: str) -> str:
        return (await self._discretion.text(thread.place, text)).text

    async def _told(self, message: Message, kinds: Sequence[str], received: Received) -> Received:
        if not kinds or message.author.is_bot or received.accepted is Accepted.UNKNOWN_THREAD:
            return received
        if not await self._inbox.claim(message.thread, f"masked:{message.id}"):
            return received
        return replace(received, aside=Reply(phrases.secret_masked(kinds), private=True))
