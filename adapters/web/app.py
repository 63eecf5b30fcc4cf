"""The local chat page: server-rendered, small, no build step. Threads, streaming by server-sent events, files, buttons.

It listens on loopback unless told otherwise, and elsewhere only with a token. A strict policy lets nothing run or load but our
own files; forms from other pages and requests under other host names are refused.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import itertools
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined
from yarl import URL

from adapters import phrases as adapters_phrases
from adapters.web import incoming, interactions, phrases
from adapters.web.formatting import highlight_css, html
from adapters.web.incoming import MALFORMED, FormRefused, Submitted
from adapters.web.threads import WORKSPACE, is_name, new_name, thread_at
from bot.answering import phrases as answering_phrases
from bot.capabilities.team_code.repositories import Repositories
from bot.conversation import Author, Message, ThreadId
from bot.errors import BotError, ConfigError, StoreUnavailable
from bot.front_desk import phrases as front_desk_phrases
from bot.ports.doors import Adapter, Desk
from bot.ports.inbox import Accepted
from bot.ports.stores import Board, BoardPost
from bot.writing.text import excerpt

log = logging.getLogger(__name__)

LOOPBACK = ("127.0.0.1", "::1", "localhost")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # with no-referrer a browser sends `Origin: null` with our own forms
    "Cross-Origin-Opener-Policy": "same-origin",
}
COOKIE, COOKIE_SECONDS = "plumbline", 30 * 24 * 3600
KEEP_ALIVE_SECONDS = 15
SECOND_LOOK_SECONDS = 1
SHOWN_CHARACTERS = 20_000
"""Of a person's own message: the page shows a giant paste in excerpts, the bot reads it as it came."""

STYLES = {"code-light.css": "friendly", "code-dark.css": "github-dark"}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class WebAdapter(Adapter):
    """`port` 0 takes any free one; `url` says which. `public_url`: what the page is called where a proxy stands before it. `person`
    is the name of whoever sits here."""

    name = "web"

    def __init__(
        self,
        desk: Desk,
        board: Board,
        repositories: Repositories,
        *,
        host: str,
        port: int,
        public_url: str = "",
        token: str = "",
        name: str,
        person: str = "you",
        rehearsal: bool = False,
        say: Callable[[str], None] = lambda line: None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        if host not in LOOPBACK and not token:
            raise ConfigError(
                "PLUMBLINE_WEB_TOKEN is not set: the page needs it wherever PLUMBLINE_WEB_HOST is not loopback"
            )
        self._desk = desk
        self._board = board
        self._repositories = repositories
        self._host = host
        self._port = port
        self._public = URL(public_url).origin() if public_url else None
        self._token = token
        self._name = name
        self._author = Author(f"web:{person}", person)
        self._say = say
        self._clock = clock
        self._listening = asyncio.Event()
        pages = Environment(
            loader=PackageLoader("adapters.web"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
        )
        searches = bool(repositories.declared())
        notice = answering_phrases.search_only_notice() if searches else answering_phrases.rehearsal_notice()
        pages.globals |= {"name": name, "person": person, "rehearsal": rehearsal, "rehearsal_notice": notice}
        pages.filters["markdown"] = html
        self._pages = pages
        self._static = _static_files()

    @property
    def url(self) -> str:
        """Where the page is, once it listens."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}/"

    def is_ready(self) -> bool:
        return self._listening.is_set()

    async def listening(self) -> str:
        """The page's address, as soon as it is served."""
        await self._listening.wait()
        return self.url

    async def run(self) -> None:
        runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=1)
        await runner.setup()
        try:
            site = web.TCPSite(runner, self._host, self._port)
            try:
                await site.start()
            except OSError as fault:
                raise ConfigError(
                    f"PLUMBLINE_WEB_PORT: {self._port} cannot be used ({fault.strerror}); choose another"
                ) from fault
            self._port = self._port or int(runner.addresses[0][1])
            self._listening.set()
            self._say(f"The local page is at {self.url}" + ("?token=..." if self._token else ""))
            await asyncio.Event().wait()
        finally:
            self._listening.clear()
            await runner.cleanup()

    def _app(self) -> web.Application:
        app = web.Application(middlewares=[self._guard], client_max_size=0)
        app.add_routes(
            [
                web.get("/", self._home),
                web.post("/t", self._ask),
                web.get("/t/{thread}", self._show),
                web.post("/t/{thread}", self._ask),
                web.post("/t/{thread}/press", self._press),
                web.get("/t/{thread}/events", self._events),
                web.get("/repos", self._repos),
                web.get("/static/{file}", self._file),
            ]
        )
        return app

    async def _repos(self, request: web.Request) -> web.StreamResponse:
        """How every repository is: fetched, indexed, at which commit, and what went wrong."""
        about = {one.name: one for one in self._repositories.declared()}
        states = [(about[one.name], one) for one in await self._repositories.states() if one.name in about]
        return self._page("repos.html", states=states, threads=await self._board.threads(WORKSPACE), thread=None)

    # --- who may -------------------------------------------------------------------------------------------------------

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            self._check_origin(request)
            if entered := self._enter(request):
                return entered
            response = await handler(request)
        except web.HTTPException as refused:
            refused.headers.update(HEADERS)
            raise
        except StoreUnavailable:
            response = self._page("notice.html", status=503, text=adapters_phrases.store_away())
        if not response.prepared:
            response.headers.update(HEADERS)
        return response

    def _check_origin(self, request: web.Request) -> None:
        """Another host name for our address is a page that was rebound to us; another origin is a form of somebody else's."""
        host, called = request.url.host or "", {self._public.host} if self._public else set()
        if self._host in LOOPBACK and host not in (*LOOPBACK, *called):
            raise web.HTTPForbidden(text="This page answers to localhost only.")
        if request.method != "POST":
            return
        origin, site = request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site")
        ours = {str(request.url.origin()), *([str(self._public)] if self._public else [])}
        same = (origin is None or origin in ours) and site in (None, "same-origin", "none")
        if not same or (origin is None and site is None):
            raise web.HTTPForbidden(text="This form did not come from this page.")

    def _enter(self, request: web.Request) -> web.StreamResponse | None:
        """Ask for the token once, then know the browser by a cookie that does not hold it."""
        if not self._token:
            return None
        pass_key = hmac.new(self._token.encode(), b"page", hashlib.sha256).hexdigest()
        if _same(request.cookies.get(COOKIE, ""), pass_key):
            return None
        if _same(request.query.get("token", ""), self._token):
            entered = web.Response(status=303, headers={"Location": "/"})
            is_safe = self._public is not None and self._public.scheme == "https"
            entered.set_cookie(
                COOKIE, pass_key, max_age=COOKIE_SECONDS, httponly=True, samesite="Strict", secure=is_safe
            )
            return entered
        if request.path.startswith("/static/"):
            return None
        return self._page("notice.html", status=401, text="This page needs its token: open it as /?token=…")

    # --- pages ---------------------------------------------------------------------------------------------------------

    def _page(self, template: str, status: int = 200, **values: Any) -> web.Response:
        text = self._pages.get_template(template).render(**values)
        return web.Response(text=text, content_type="text/html", status=status, headers={"Cache-Control": "no-store"})

    async def _home(self, request: web.Request) -> web.StreamResponse:
        return await self._thread_page(None)

    async def _show(self, request: web.Request) -> web.StreamResponse:
        return await self._thread_page(_thread(request))

    async def _thread_page(
        self, thread: ThreadId | None, notice: str = "", draft: str = "", status: int = 200, form: str = ""
    ) -> web.Response:
        threads = await self._board.threads(WORKSPACE)
        posts = await self._board.posts(thread) if thread else []
        title = next((one.title for one in threads if one.thread == thread), "New thread")
        return self._page(
            "thread.html", status, thread=thread, threads=threads, posts=posts, title=title, notice=notice, draft=draft,
            form=form or new_name(),
        )  # fmt: skip

    async def _file(self, request: web.Request) -> web.StreamResponse:
        found = self._static.get(request.match_info["file"])
        if not found:
            raise web.HTTPNotFound
        body, content_type = found
        headers = {"Cache-Control": "no-cache", "ETag": f'"{hashlib.sha256(body).hexdigest()[:16]}"'}
        if request.headers.get("If-None-Match") == headers["ETag"]:
            return web.Response(status=304, headers=headers)
        return web.Response(body=body, content_type=content_type, charset="utf-8", headers=headers)

    # --- what people do ------------------------------------------------------------------------------------------------

    async def _ask(self, request: web.Request) -> web.StreamResponse:
        thread = _thread(request) if "thread" in request.match_info else None
        if not request.content_type.startswith("multipart/"):
            raise web.HTTPUnsupportedMediaType(text="This form sends multipart/form-data.")
        try:
            sent = await incoming.read(await request.multipart(), thread, self._author, self._clock())
        except FormRefused as refused:
            return await self._thread_page(thread, notice=str(refused), status=422)
        except MALFORMED as fault:
            raise web.HTTPBadRequest(text="This form cannot be read.") from fault
        message, thread = sent.message, sent.message.thread
        try:
            await incoming.keep_files(sent, self._board)
            received = await self._desk.receive(message)
        except StoreUnavailable:
            return self._unsent(thread, sent)
        if received.accepted is Accepted.FULL:
            return await self._thread_page(thread, front_desk_phrases.inbox_full(), message.text, 429, form=sent.form)
        try:
            await self._board.put(thread, _said(message))
            if received.reply:
                await self._board.put(thread, self._reply(message, received.reply.text))
        except StoreUnavailable:
            return self._page("notice.html", status=503, text=phrases.kept_not_shown())
        raise web.HTTPSeeOther(f"/t/{thread.thread}")

    def _unsent(self, thread: ThreadId, sent: Submitted) -> web.Response:
        """The store is away: the words are given back, in the same form, so that sending them again asks once."""
        return self._page(
            "thread.html", 503, thread=thread, threads=[], posts=[], title="", notice=adapters_phrases.store_away(),
            draft=sent.message.text, form=sent.form,
        )  # fmt: skip

    def _reply(self, message: Message, text: str) -> BoardPost:
        """What a command says at once, as a post of ours."""
        return BoardPost(f"{message.id}-reply", self._name, self._clock(), text=text, turn_id="-")

    async def _press(self, request: web.Request) -> web.StreamResponse:
        return await interactions.press(request, _thread(request), self._author, self._desk)

    async def _events(self, request: web.Request) -> web.StreamResponse:
        """Every post of the thread as it is now, then each as it changes, until the browser leaves."""
        thread = _thread(request)
        response = web.StreamResponse(
            headers={
                **HEADERS,
                "Content-Type": "text/event-stream",
                "Cache-Control": "no-store",
                "X-Accel-Buffering": "no",
            }
        )
        await response.prepare(request)
        news: asyncio.Queue[BoardPost | None] = asyncio.Queue()
        watching = asyncio.create_task(self._watch(thread, news))
        try:
            # What changed between the first reading and the watch's own beginning is in the second reading.
            for patience in itertools.chain((0.0, SECOND_LOOK_SECONDS), itertools.repeat(KEEP_ALIVE_SECONDS)):
                await self._pass_on(response, thread, news, patience)
                if patience < KEEP_ALIVE_SECONDS:
                    for post in await self._board.posts(thread):
                        await self._send(response, thread, post)
                else:
                    await response.write(b": still here\n\n")
        except (ConnectionResetError, BotError):
            log.debug("page left", extra={"thread_id": str(thread)})
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
        return response

    async def _pass_on(
        self,
        response: web.StreamResponse,
        thread: ThreadId,
        news: asyncio.Queue[BoardPost | None],
        patience_seconds: float,
    ) -> None:
        """Send what comes, until nothing has come for so long."""
        while True:
            try:
                async with asyncio.timeout(patience_seconds):
                    post = await news.get()
            except TimeoutError:
                return
            if post is None:
                raise StoreUnavailable("the watch has ended")
            await self._send(response, thread, post)

    async def _watch(self, thread: ThreadId, news: asyncio.Queue[BoardPost | None]) -> None:
        """Pass on what happens. When the store fails, end the page's stream, so that the browser asks for a new one."""
        try:
            async with aclosing(self._board.watch(thread)) as posts:  # type: ignore[type-var]
                async for post in posts:
                    news.put_nowait(post)
        finally:
            news.put_nowait(None)

    async def _send(self, response: web.StreamResponse, thread: ThreadId, post: BoardPost) -> None:
        body = self._pages.get_template("post.html").render(post=post, thread=thread)
        data = json.dumps({"id": post.id, "html": body, "final": post.view is None or post.view.final})
        await response.write(f"event: post\ndata: {data}\n\n".encode())


def _same(given: str, wanted: str) -> bool:
    """Compared in constant time, and as bytes: as text only ASCII could be compared."""
    return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), wanted.encode("utf-8", "surrogateescape"))


def _said(message: Message) -> BoardPost:
    names = tuple(attachment.name for attachment in message.attachments)
    text, _ = excerpt(message.text, SHOWN_CHARACTERS)
    return BoardPost(message.id, message.author.name, message.sent_at, text=text, files=names)


def _thread(request: web.Request) -> ThreadId:
    name = request.match_info["thread"]
    if not is_name(name):
        raise web.HTTPNotFound(text="There is no such thread.")
    return thread_at(name)


def _static_files() -> Mapping[str, tuple[bytes, str]]:
    folder = files("adapters.web").joinpath("static")
    kinds = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
    found = {one.name: (one.read_bytes(), kinds[one.name.rsplit(".", 1)[-1]]) for one in folder.iterdir()}
    return found | {name: (highlight_css(style).encode(), "text/css") for name, style in STYLES.items()}
