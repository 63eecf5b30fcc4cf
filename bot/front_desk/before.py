"""A desk that stands before another: it changes what it is for, and hands everything else on.

The desk that takes secrets away (discretion.py) is none of these: what it does with each word that comes in is written there.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.conversation import Author, Message, ThreadId
from bot.copies import Change
from bot.ports.doors import Desk, Received, Reply
from bot.views import Press


class DeskBefore(Desk):
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def receive(self, message: Message) -> Received:
        return await self._desk.receive(message)

    def asks(self, text: str) -> bool:
        return self._desk.asks(text)

    async def revise(self, message: Message) -> Received:
        return await self._desk.revise(message)

    async def withdraw(self, thread: ThreadId, message_id: str) -> None:
        await self._desk.withdraw(thread, message_id)

    async def copied(self, platform: str, source: str) -> Sequence[ThreadId]:
        return await self._desk.copied(platform, source)

    async def requote(self, threads: Sequence[ThreadId], change: Change) -> None:
        await self._desk.requote(threads, change)

    async def forget_text(self, threads: Sequence[ThreadId], file_id: str) -> None:
        await self._desk.forget_text(threads, file_id)

    async def press(self, press: Press) -> Reply | None:
        return await self._desk.press(press)

    async def clean(self, thread: ThreadId, text: str) -> str:
        return await self._desk.clean(thread, text)

    async def command(self, thread: ThreadId, author: Author, word: str, rest: str) -> Reply:
        return await self._desk.command(thread, author, word, rest)
