"""One answer on the local page: its turn is one post on the board, replaced as it grows."""

from __future__ import annotations

from datetime import datetime

from bot.ports.doors import LivePost
from bot.ports.inbox import Lease
from bot.ports.stores import Board, BoardPost
from bot.views import View


class WebPost(LivePost):
    """A post's id is its turn's, so a turn that is taken over goes on in the same place."""

    pause_seconds = 0.08

    def __init__(self, board: Board, lease: Lease, at: datetime, name: str) -> None:
        self._board = board
        self._lease = lease
        self._name = name
        self._at = max(at, lease.messages[-1].sent_at)

    async def draw(self, view: View) -> None:
        answers = tuple((message.id, message.edition) for message in self._lease.messages)
        turn = self._lease.turn_id
        post = BoardPost(turn, self._name, self._at, view=view, turn_id=turn, answers=answers)
        await self._board.put(self._lease.thread, post)

    async def withdraw(self) -> None:
        await self._board.remove(self._lease.thread, self._lease.turn_id)
