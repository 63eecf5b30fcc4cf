"""What people do with the buttons under an answer on the page."""

from __future__ import annotations

from aiohttp import web

from adapters.web.incoming import MALFORMED, read_press
from bot.conversation import Author, ThreadId
from bot.ports.doors import Desk

MOST_BYTES = 16 * 1024
"""Of a press: an action and a turn. What is larger is refused before it is read."""


async def press(request: web.Request, thread: ThreadId, author: Author, desk: Desk) -> web.StreamResponse:
    """A page with scripts is told in JSON what we say to it; one without goes back to its thread."""
    try:
        form = await request.clone(client_max_size=MOST_BYTES).post()
    except MALFORMED as fault:
        raise web.HTTPBadRequest(text="This form cannot be read.") from fault
    pressed = read_press(form, thread, author)
    if pressed is None:
        raise web.HTTPUnprocessableEntity(text="There is no such button.")
    reply = await desk.press(pressed)
    if request.headers.get("Accept") == "application/json":
        return web.json_response({"text": reply.text if reply else ""})
    raise web.HTTPSeeOther(f"/t/{thread.thread}")
