"""The local chat page: server-rendered, small, no build step. Threads, streaming by server-sent events, files, buttons.

It listens on loopback unless told otherwise, and elsewhere only with a token. A strict policy lets nothing run or load but our
own files; forms from other pages and requests under other host names are refused (guard.py).
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.resources import files

from aiohttp import web

from adapters import phrases as adapters_phrases
from adapters.listening import listen
from adapters.web import incoming, phrases, plots
from adapters.web.formatting import highlight_css
from adapters.web.guard import HEADERS, LOOPBACK, Guard, TokenWanted
from adapters.web.incoming import MALFORMED, FormRefused, Submitted
from adapters.web.interactions import Interactions, form_of, said, wants_json
from adapters.web.pages import Box, Pages
from adapters.web.repos import RepositoryPages
from adapters.web.starters import Starters
from adapters.web.threads import new_name, thread_of
from adapters.web.usage import by_day
from adapters.web.watching import watch
from bot.answering import phrases as answering_phrases
from bot.capabilities.team_code.browsing import Looking
from bot.capabilities.team_code.repositories import Repositories
from bot.capabilities.team_code.tools.sheet import one_line
from bot.conversation import Author, Message, ThreadId
from bot.errors import ConfigError, StoreUnavailable
from bot.front_desk import phrases as front_desk_phrases
from bot.ports.doors import Adapter, Desk, Received
from bot.ports.inbox import Accepted
from bot.ports.policy import Rights
from bot.ports.stores import Board, BoardPost, FeedbackLog, UsageLog

STYLES = {"code-light.css": "xcode", "code-dark.css": "one-dark"}
"""All of their colours can be read on our ground (tests/adapters/test_web_contrast.py)."""

LONGEST_ABOUT = 300

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class WebAdapter(Adapter):
    """`port` 0 takes any free one; `url` says which. `public_url`: what the page is called where a proxy stands before it. `person`
    is the name of whoever sits here."""

    name = "web"

    def __init__(
        self,
        desk: Desk,
        board: Board,
        feedback: FeedbackLog,
        repositories: Repositories,
        usage: UsageLog,
        rights: Callable[[Author], Awaitable[Rights]],
        *,
        host: str,
        port: int,
        public_url: str = "",
        token: str = "",
        name: str,
        person: str = "you",
        rehearsal: bool = False,
        environments: Callable[[], Mapping[str, str]] = dict,
        take_key: Callable[[str], Awaitable[Sequence[str]]] | None = None,
        say: Callable[[str], None] = lambda line: None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        if host not in LOOPBACK and not token:
            raise ConfigError(
                "PLUMBLINE_WEB_TOKEN is not set: the page needs it wherever PLUMBLINE_WEB_HOST is not loopback"
            )
        self._desk = desk
        self._board = board
        self._usage = usage
        self._host = host
        self._port = port
        self._has_token = bool(token)
        self._guard_at = Guard(host, token, public_url)
        self._name = name
        self._author = Author(f"web:{person}", person)
        self._say = say
        self._clock = clock
        self._listening = asyncio.Event()
        may_give = take_key is not None
        notice = _notice(repositories, takes_key=may_give) if rehearsal else ""
        self._pages = Pages(board, feedback, name=name, reader=self._author, notice=notice, takes_key=may_give)
        self._take_key = take_key
        self._interactions = Interactions(desk, board, self._pages, self._author, name, clock)
        looking = Looking(repositories, lambda: rights(self._author))
        self._starters = Starters(looking)
        self._code = RepositoryPages(looking, self._pages, environments)
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
            await listen(runner, self._host, self._port, "PLUMBLINE_WEB_PORT")
            self._port = self._port or int(runner.addresses[0][1])
            self._listening.set()
            self._say(f"The local page is at {self.url}" + ("?token=..." if self._has_token else ""))
            await asyncio.Event().wait()
        finally:
            self._listening.clear()
            await self._starters.stop()
            await runner.cleanup()

    def _app(self) -> web.Application:
        app = web.Application(middlewares=[self._guard], client_max_size=incoming.MOST_BYTES)
        app.add_routes(
            [
                web.get("/", self._home),
                web.get("/threads", self._threads),
                web.post("/t", self._ask),
                web.get("/t/{thread}", self._show),
                web.post("/t/{thread}", self._ask),
                web.get("/t/{thread}/events", self._events),
                web.get("/starters", self._begin),
                web.get("/usage", self._used),
                web.post("/key", self._key),
                web.get("/static/{file}", self._file),
            ]
        )
        self._interactions.register(app)
        self._code.register(app)
        return app

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            response = self._guard_at.admit(request) or await self._handled(request, handler)
        except web.HTTPException as refused:
            refused.headers.update(HEADERS)
            raise
        except TokenWanted:
            response = self._pages.page("notice.html", status=401, text=phrases.token_wanted())
        except StoreUnavailable:
            response = self._unable(request, adapters_phrases.store_away())
        if not response.prepared:
            response.headers.update(HEADERS)
        return response

    async def _handled(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """What somebody's browser is shown where there is nothing is a page, too."""
        try:
            return await handler(request)
        except web.HTTPNotFound:
            if request.method != "GET" or "text/html" not in request.headers.get("Accept", ""):
                raise
            return await self._pages.listed(
                "absent.html", status=404, sentence=phrases.no_such_page(), is_elsewhere=True, thread=None
            )

    def _unable(self, request: web.Request, notice: str) -> web.Response:
        if wants_json(request):
            return web.json_response({"notice": notice}, status=503)
        return self._pages.page("notice.html", status=503, text=notice)

    # --- pages ---------------------------------------------------------------------------------------------------------

    async def _home(self, request: web.Request) -> web.StreamResponse:
        """`about`: a place in the code that a question is begun about."""
        place = one_line(request.query.get("about", ""))[:LONGEST_ABOUT].replace("`", "'")
        box = Box(draft=phrases.about_lines(place)) if place else Box()
        query = request.query.get("q", "")
        return await self._pages.thread(None, box, query=query, start=await self._starters.now())

    async def _begin(self, request: web.Request) -> web.StreamResponse:
        """What stands on the empty page alone, for one that waits for more of it."""
        start = await self._starters.now()
        headers = {} if start.is_coming else {"X-Complete": "1"}
        answer = self._pages.page("starters.html", start=start)
        answer.headers.update(headers)
        return answer

    async def _key(self, request: web.Request) -> web.StreamResponse:
        """Claude's key, given where it is missed: tried at once, kept, and never shown."""
        if self._take_key is None:
            raise web.HTTPNotFound
        key = str((await form_of(request)).get("key", "")).strip()
        faults = await self._take_key(key)
        notice = phrases.key_taken() if not faults else phrases.key_refused("; ".join(faults))
        if wants_json(request):
            return web.json_response({"notice": notice}, status=422 if faults else 200)
        return self._pages.page("notice.html", status=422 if faults else 200, text=notice)

    async def _used(self, request: web.Request) -> web.StreamResponse:
        days = await by_day(self._usage, self._clock())
        answered = [(day.name, day.turns, f"{day.turns:,} answer{'s' * (day.turns != 1)}") for day in days]
        paid = [(day.name, day.dollars, f"${day.dollars:,.2f}") for day in days]
        drawn = [("Answers", plots.columns(answered)), ("Cost", plots.columns(paid))]
        drawn = [(title, bars) for title, bars in drawn if any(bar.length for bar in bars)]
        return await self._pages.listed("usage.html", days=days, plots=drawn, thread=None)

    async def _show(self, request: web.Request) -> web.StreamResponse:
        return await self._pages.thread(thread_of(request), query=request.query.get("q", ""))

    async def _threads(self, request: web.Request) -> web.StreamResponse:
        """The list alone, for a page that searches while somebody types."""
        return await self._pages.listed("threads.html", request.query.get("q", ""), thread=None)

    async def _events(self, request: web.Request) -> web.StreamResponse:
        return await watch(request, thread_of(request), self._board, self._pages)

    async def _file(self, request: web.Request) -> web.StreamResponse:
        found = self._static.get(request.match_info["file"])
        if not found:
            raise web.HTTPNotFound
        body, content_type = found
        headers = {"Cache-Control": "no-cache", "ETag": f'"{hashlib.sha256(body).hexdigest()[:16]}"'}
        if request.headers.get("If-None-Match") == headers["ETag"]:
            return web.Response(status=304, headers=headers)
        return web.Response(body=body, content_type=content_type, charset="utf-8", headers=headers)

    # --- asking --------------------------------------------------------------------------------------------------------

    async def _ask(self, request: web.Request) -> web.StreamResponse:
        thread = thread_of(request) if "thread" in request.match_info else None
        if not request.content_type.startswith("multipart/"):
            raise web.HTTPUnsupportedMediaType(text="This form sends multipart/form-data.")
        try:
            sent = await incoming.read(await request.multipart(), thread, self._author, self._name, self._clock())
        except FormRefused as refused:
            return await self._not_taken(request, thread, Box(str(refused)), 422)
        except MALFORMED as fault:
            raise web.HTTPBadRequest(text="This form cannot be read.") from fault
        thread = sent.message.thread
        try:
            sent, masked = await incoming.keep_files(sent, self._board)
            received = await self._desk.receive(sent.message)
        except StoreUnavailable:
            return await self._not_taken(request, thread, _given_back(sent, adapters_phrases.store_away()), 503)
        if received.accepted is Accepted.FULL:
            return await self._not_taken(request, thread, _given_back(sent, front_desk_phrases.inbox_full()), 429)
        try:
            await self._put(sent, received, masked)
        except StoreUnavailable:
            return self._unable(request, phrases.kept_not_shown())
        if wants_json(request):
            return web.json_response({"place": f"/t/{thread.thread}", "form": new_name()})
        raise web.HTTPSeeOther(f"/t/{thread.thread}")

    async def _put(self, sent: Submitted, received: Received, masked: Mapping[str, Sequence[str]]) -> None:
        """Show what was taken. What was taken before stands there as it reads now, unless it could not be shown then."""
        message = sent.message
        is_new = received.accepted is Accepted.NEW
        if not is_new and any(post.id == message.id for post in await self._board.posts(message.thread)):
            return
        await self._board.put(message.thread, said(message, sent.typed, waits=is_new and received.awaited))
        if received.reply:
            await self._board.put(message.thread, self._reply(message, received.reply.text))
        asides = [received.aside.text] if received.aside else []
        asides += [answering_phrases.secrets_in_file(name, kinds) for name, kinds in masked.items()]
        if asides:
            await self._board.put(message.thread, self._reply(message, "\n\n".join(asides), "aside"))

    def _reply(self, message: Message, text: str, kind: str = "reply") -> BoardPost:
        """What a command says at once, as a post of ours."""
        answers = ((message.id, message.edition),)
        return BoardPost(f"{message.id}-{kind}", self._name, self._clock(), text=text, turn_id="-", answers=answers)

    async def _not_taken(self, request: web.Request, thread: ThreadId | None, box: Box, status: int) -> web.Response:
        """The words are given back, in the same form, so that sending them again asks once."""
        if wants_json(request):
            return web.json_response({"notice": box.notice}, status=status)
        return self._pages.offline(thread, box) if status == 503 else await self._pages.thread(thread, box, status)


def _given_back(sent: Submitted, notice: str) -> Box:
    return Box(notice, sent.typed, sent.form)


def _notice(repositories: Repositories, *, takes_key: bool) -> str:
    says = answering_phrases.search_only_notice if repositories.declared() else answering_phrases.rehearsal_notice
    return says("Real answers need a key.") if takes_key else says()


def _static_files() -> Mapping[str, tuple[bytes, str]]:
    folder = files("adapters.web").joinpath("static")
    kinds = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
    found = {one.name: (one.read_bytes(), kinds[one.name.rsplit(".", 1)[-1]]) for one in folder.iterdir()}
    return found | {name: (highlight_css(style).encode(), "text/css") for name, style in STYLES.items()}
