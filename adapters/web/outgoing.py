"""Answers on the local page: each turn is one post on the board, replaced as it grows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from bot.conversation import Attachment, Message, View
from bot.errors import FileUnreadable
from bot.ports.doors import LivePost, Platform
from bot.ports.inbox import Lease, Outbox
from bot.ports.stores import Board, BoardPost

OURS = "Plumbline"


class WebPlatform(Platform):
    """Stands on the board alone, so that a worker in another process can answer on the page."""

    name = "web"

    def __init__(self, board: Board, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._board = board
        self._clock = clock

    async def open(self, lease: Lease, outbox: Outbox) -> LivePost:
        return WebPost(self._board, lease, self._clock())

    async def earlier(self, message: Message) -> Sequence[Message]:
        return ()

    async def read(self, attachment: Attachment, limit_bytes: int) -> bytes:
        data = await self._board.file(attachment.id)
        if data is None:
            raise FileUnreadable("it is not kept any more; please send it again.")
        return data[:limit_bytes]

    async def check(self) -> Sequence[str]:
        return ()

    async def start(self) -> None:
        return None

    async def close(self) -> None:
        return None


class WebPost(LivePost):
    """A post's id is its turn's, so a turn that is taken over goes on in the same place."""

    pause_seconds = 0.08

    def __init__(self, board: Board, lease: Lease, at: datetime) -> None:
        self._board = board
        self._lease = lease
        self._at = max(at, lease.messages[-1].sent_at)

    async def draw(self, view: View) -> None:
        post = BoardPost(self._lease.turn_id, OURS, self._at, view=view, turn_id=self._lease.turn_id)
        await self._board.put(self._lease.thread, post)

    async def withdraw(self) -> None:
        await self._board.remove(self._lease.thread, self._lease.turn_id)
