"""The worker's side of the local page: the board, where answers and files are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from adapters.doors import HomePlatform
from adapters.web.posts import WebPost
from bot.conversation import Attachment
from bot.errors import FileUnreadable
from bot.ports.doors import LivePost
from bot.ports.inbox import Lease, Outbox
from bot.ports.stores import Board


class WebPlatform(HomePlatform):
    """Stands on the board alone, so that a worker in another process can answer on the page."""

    name = "web"

    def __init__(self, board: Board, name: str, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._board = board
        self._name = name
        self._clock = clock

    async def open(self, lease: Lease, outbox: Outbox) -> LivePost:
        return WebPost(self._board, lease, self._clock(), self._name)

    async def read(self, attachment: Attachment, limit_bytes: int) -> bytes:
        data = await self._board.file(attachment.id)
        if data is None:
            raise FileUnreadable("it is not kept any more; please send it again.")
        return data[:limit_bytes]
