"""A thread as it changes, to a browser, as server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html.

`posts` names the posts that there are, so that a browser which was away takes the others from its page; `post` is one as it is now;
`gone` is one that was removed.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
from contextlib import aclosing

from aiohttp import web

from adapters.web.guard import HEADERS
from adapters.web.pages import Pages
from bot.conversation import ThreadId
from bot.errors import BotError, StoreUnavailable
from bot.ports.stores import Board, BoardPost, Removed

log = logging.getLogger(__name__)

KEEP_ALIVE_SECONDS = 15
SECOND_LOOK_SECONDS = 1

News = BoardPost | Removed | None
"""None: there will be no more."""


async def watch(request: web.Request, thread: ThreadId, board: Board, pages: Pages) -> web.StreamResponse:
    """Every post of the thread as it is now, then each as it changes, until the browser leaves."""
    response = web.StreamResponse(
        headers={**HEADERS, "Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    )
    await response.prepare(request)
    stream = _Stream(response, thread, board, pages)
    news: asyncio.Queue[News] = asyncio.Queue()
    watching = asyncio.create_task(_hear(board, thread, news))
    try:
        # What changed between the first reading and the watch's own beginning is in the second reading.
        for patience in itertools.chain((0.0, SECOND_LOOK_SECONDS), itertools.repeat(KEEP_ALIVE_SECONDS)):
            await stream.pass_on(news, patience)
            if patience < KEEP_ALIVE_SECONDS:
                await stream.send_all()
            else:
                await response.write(b": still here\n\n")
    except (ConnectionResetError, BotError):
        log.debug("page left", extra={"thread_id": str(thread)})
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
    return response


async def _hear(board: Board, thread: ThreadId, news: asyncio.Queue[News]) -> None:
    """Pass on what happens. When the store fails, end the page's stream, so that the browser asks for a new one."""
    try:
        async with aclosing(board.watch(thread)) as changes:  # type: ignore[type-var]
            async for change in changes:
                news.put_nowait(change)
    finally:
        news.put_nowait(None)


class _Stream:
    def __init__(self, response: web.StreamResponse, thread: ThreadId, board: Board, pages: Pages) -> None:
        self._response = response
        self._thread = thread
        self._board = board
        self._pages = pages

    async def pass_on(self, news: asyncio.Queue[News], patience_seconds: float) -> None:
        """Send what comes, until nothing has come for so long."""
        while True:
            try:
                async with asyncio.timeout(patience_seconds):
                    change = await news.get()
            except TimeoutError:
                return
            match change:
                case None:
                    raise StoreUnavailable("the watch has ended")
                case Removed(post_id):
                    await self._send("gone", {"id": post_id})
                case BoardPost():
                    await self._send_post(change)

    async def send_all(self) -> None:
        posts = await self._board.posts(self._thread)
        await self._send("posts", [post.id for post in posts])
        for post in posts:
            await self._send_post(post)

    async def _send_post(self, post: BoardPost) -> None:
        status = post.view.status if post.view and not post.view.final else ""
        is_final = post.view is None or post.view.final
        html = await self._pages.post(self._thread, post)
        await self._send(
            "post", {"id": post.id, "html": html, "final": is_final, "ours": post.is_ours, "status": status}
        )

    async def _send(self, event: str, data: object) -> None:
        await self._response.write(f"event: {event}\ndata: {json.dumps(data)}\n\n".encode())
