"""What people do with what stands on the page: the buttons under an answer, their own messages, a thread as a whole.

A page with scripts is told in JSON what we say to it; one without goes back to its thread.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from aiohttp import web
from multidict import MultiDictProxy

from adapters.calling import without_our_name
from adapters.web import incoming, phrases
from adapters.web.pages import Box, Pages
from adapters.web.threads import thread_of
from bot.answering.audience import id_of_going_on
from bot.conversation import Author, Message, ThreadId
from bot.front_desk import phrases as front_desk_phrases
from bot.front_desk.desk import is_command
from bot.ports.doors import Desk
from bot.ports.inbox import Accepted
from bot.ports.stores import Board, BoardPost
from bot.writing.text import excerpt, sanitise

MOST_NAME_CHARACTERS = 80

MOST_BYTES = 16 * 1024
"""Of a press, a name: a few words. What is larger is refused before it is read."""

MOST_EDIT_BYTES = 1024 * 1024
"""Of an edit: a text as it stands on the page, which shows no longer one."""


class Interactions:
    def __init__(
        self, desk: Desk, board: Board, pages: Pages, author: Author, own_name: str, clock: Callable[[], datetime]
    ) -> None:
        self._desk = desk
        self._board = board
        self._pages = pages
        self._author = author
        self._own_name = own_name
        self._clock = clock

    def register(self, app: web.Application) -> None:
        app.add_routes(
            [
                web.post("/t/{thread}/press", self._press),
                web.post("/t/{thread}/name", self._rename),
                web.post("/t/{thread}/forget", self._forget),
                web.post("/t/{thread}/p/{post}/edit", self._edit),
                web.post("/t/{thread}/p/{post}/delete", self._delete),
            ]
        )

    async def _press(self, request: web.Request) -> web.StreamResponse:
        thread = thread_of(request)
        pressed = incoming.read_press(await form_of(request), thread, self._author)
        if pressed is None:
            raise web.HTTPUnprocessableEntity(text="There is no such button.")
        reply = await self._desk.press(pressed)
        return _done(request, f"/t/{thread.thread}", text=reply.text if reply else "")

    # --- a person's own message ----------------------------------------------------------------------------------------

    async def _edit(self, request: web.Request) -> web.StreamResponse:
        """The question is asked again as it reads now, and its answer replaced in place, as on a chat."""
        thread, form = thread_of(request), await form_of(request, MOST_EDIT_BYTES)
        text = sanitise(str(form.get("text", "")))
        post = await self._own_post(request, thread)
        if post is None:
            return await self._refused(request, thread, phrases.no_such_message(), 404)
        words = without_our_name(text, self._own_name)
        if refusal := _unfit(post, words):
            return await self._refused(request, thread, refusal, 422)
        if text != post.text:
            message = await incoming.edited(
                post, thread, self._author, words, self._clock(), str(form.get("zone", "")), self._board
            )
            received = await self._desk.revise(message)
            if received.accepted is Accepted.FULL:
                return await self._refused(request, thread, front_desk_phrases.inbox_full(), 429)
            await self._board.put(thread, said(message, text, waits=received.awaited))
            if received.aside:
                answers = ((message.id, message.edition),)
                told = BoardPost(
                    f"{message.id}-aside",
                    self._own_name,
                    self._clock(),
                    received.aside.text,
                    turn_id="-",
                    answers=answers,
                )
                await self._board.put(thread, told)
        return _done(request, f"/t/{thread.thread}", title=await self._pages.title(thread))

    async def _delete(self, request: web.Request) -> web.StreamResponse:
        """The message is forgotten; an answer to it alone, and what goes on from that, goes with it."""
        thread = thread_of(request)
        if post := await self._own_post(request, thread):
            await self._desk.withdraw(thread, post.id)
            gone = {post.id}
            for one in await self._board.posts(thread):
                if one.answers and {message for message, _ in one.answers} <= gone:
                    gone.add(id_of_going_on(one.turn_id))
                    await self._board.remove(thread, one.id)
            await self._board.remove(thread, post.id)
            await self._board.forget_files(incoming.file_ids(post.id, len(post.files)))
        left = await self._board.posts(thread)
        return _done(request, f"/t/{thread.thread}" if left else "/", title=await self._pages.title(thread))

    async def _own_post(self, request: web.Request, thread: ThreadId) -> BoardPost | None:
        posts = await self._board.posts(thread)
        return next((one for one in posts if one.id == request.match_info["post"] and not one.is_ours), None)

    # --- a thread ------------------------------------------------------------------------------------------------------

    async def _rename(self, request: web.Request) -> web.StreamResponse:
        thread = thread_of(request)
        name = " ".join(sanitise(str((await form_of(request)).get("name", ""))).split())[:MOST_NAME_CHARACTERS]
        await self._board.rename(thread, name)
        return _done(request, f"/t/{thread.thread}", title=await self._pages.title(thread))

    async def _forget(self, request: web.Request) -> web.StreamResponse:
        """Whatever is being answered ends, nothing of the thread is remembered, and it stands here no more."""
        thread = thread_of(request)
        posts = await self._board.posts(thread)
        for post in posts:
            if not post.is_ours:
                await self._desk.withdraw(thread, post.id)
                await self._board.forget_files(incoming.file_ids(post.id, len(post.files)))
        await self._desk.command(thread, self._author, "reset", "")
        await self._board.forget(thread)
        return _done(request, "/")

    async def _refused(self, request: web.Request, thread: ThreadId, notice: str, status: int) -> web.StreamResponse:
        if wants_json(request):
            return web.json_response({"notice": notice}, status=status)
        return await self._pages.thread(thread, Box(notice), status)


async def form_of(
    request: web.Request, most_bytes: int = MOST_BYTES
) -> MultiDictProxy[str | bytes | bytearray | web.FileField]:
    try:
        return await request.clone(client_max_size=most_bytes).post()
    except incoming.MALFORMED as fault:
        raise web.HTTPBadRequest(text="This form cannot be read.") from fault


def said(message: Message, typed: str, *, waits: bool) -> BoardPost:
    """A person's message as it stands on the board."""
    names = tuple(attachment.name for attachment in message.attachments)
    text, cut = excerpt(typed, incoming.SHOWN_CHARACTERS)
    return BoardPost(
        message.id, message.author.name, message.sent_at, text=text, files=names, edition=message.edition, waits=waits,
        is_excerpt=cut is not None,
    )  # fmt: skip


def wants_json(request: web.Request) -> bool:
    return request.headers.get("Accept") == "application/json"


def _unfit(post: BoardPost, text: str) -> str:
    """Why a message cannot be made to read like this, or ""."""
    if post.is_excerpt:
        return phrases.too_long_to_edit()
    if not text.strip() and not post.files:
        return phrases.nothing_to_send()
    return phrases.command_by_edit() if is_command(text) else ""


def _done(request: web.Request, place: str, **told: str) -> web.StreamResponse:
    if wants_json(request):
        return web.json_response({**told, "place": place})
    raise web.HTTPSeeOther(place)
