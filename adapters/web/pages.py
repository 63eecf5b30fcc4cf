"""What the page shows: a thread with its posts, the list of threads, one post as it is now. Markup is in `templates`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined

from adapters.phrases import BUTTONS
from adapters.web import phrases, plots
from adapters.web.addresses import Cites, Trail
from adapters.web.formatting import html
from adapters.web.searching import find
from adapters.web.sheets import Window
from adapters.web.starters import Start
from adapters.web.threads import WORKSPACE, new_name
from bot.capabilities.team_code.code import Commit
from bot.capabilities.team_code.tools.sheet import one_line
from bot.conversation import Author, ThreadId
from bot.ports.stores import Board, BoardPost, FeedbackLog
from bot.writing.masking import mask

NOTHING = Start()


@dataclass(frozen=True, slots=True)
class Box:
    """The question box: what it says is wrong, the words in it, and the name of its form ("": a new one)."""

    notice: str = ""
    draft: str = ""
    form: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a reader sees beside the posts themselves: the thumbs that they gave, by turn, and which messages wait for an answer."""

    thumbs: Mapping[str, str] = field(default_factory=dict)
    waiting: Collection[str] = ()


class Pages:
    """`reader` is whoever sits here; `notice` stands over every thread, "" for none; `takes_key`: with a place to give a key."""

    def __init__(
        self,
        board: Board,
        feedback: FeedbackLog,
        *,
        name: str,
        reader: Author,
        notice: str = "",
        takes_key: bool = False,
    ) -> None:
        self._board = board
        self._feedback = feedback
        self._reader = reader
        self._templates = Environment(
            loader=PackageLoader("adapters.web"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
        )
        labels = {action: phrases.BUTTONS.get(action, words) for action, words in BUTTONS.items()}
        self._templates.filters["markdown"] = html
        self._templates.globals |= {
            "name": name, "house_notice": notice, "takes_key": takes_key, "labels": labels, "meanings": phrases.MEANINGS,
            "cites_of": _cites_of, "new_name": new_name, "percent_of": plots.percent_of, "shares": plots.shares,
            "one_line": one_line, "subject": _subject, "ask_about": _ask_about,
        }  # fmt: skip

    def page(self, template: str, status: int = 200, **values: Any) -> web.Response:
        headers = {"Cache-Control": "no-store"}
        return web.Response(
            text=self._drawn(template, **values), content_type="text/html", status=status, headers=headers
        )

    async def listed(self, template: str, query: str = "", status: int = 200, **values: Any) -> web.Response:
        """A page with the list of threads beside it: of all, or of those in which the words of `query` are."""
        threads = await find(self._board, WORKSPACE, query) if query.strip() else await self._board.threads(WORKSPACE)
        return self.page(template, status, threads=threads, query=query, **values)

    async def thread(
        self,
        thread: ThreadId | None,
        box: Box | None = None,
        status: int = 200,
        query: str = "",
        start: Start = NOTHING,
    ) -> web.Response:
        """`start` is what stands there while nothing was said."""
        box = box or Box()
        posts = await self._board.posts(thread) if thread else []
        title = await self.title(thread) if posts and thread else phrases.new_thread()
        return await self.listed(
            "thread.html", query, status, thread=thread, posts=posts, title=title, box=box, form=box.form or new_name(),
            seen=await self._seen(posts), start=start,
        )  # fmt: skip

    def offline(self, thread: ThreadId | None, box: Box) -> web.Response:
        """The question box alone: the store, which has all the rest, is away."""
        return self.page(
            "thread.html", 503, thread=thread, threads=[], query="", posts=[], title="", box=box,
            form=box.form or new_name(), seen=Seen(), start=NOTHING,
        )  # fmt: skip

    async def title(self, thread: ThreadId) -> str:
        listed = await self._board.threads(WORKSPACE)
        return next((one.title for one in listed if one.thread == thread), phrases.new_thread())

    async def post(self, thread: ThreadId, post: BoardPost) -> str:
        """One post as it is now, the same as it stands in the whole page."""
        around = await self._board.posts(thread) if post.waits else []
        seen = Seen(await self._thumbs([post]), _waiting([*around, post]))
        return self._drawn("post.html", thread=thread, post=post, seen=seen)

    async def _seen(self, posts: Sequence[BoardPost]) -> Seen:
        return Seen(await self._thumbs(posts), _waiting(posts))

    async def _thumbs(self, posts: Sequence[BoardPost]) -> Mapping[str, str]:
        turns = [post.turn_id for post in posts if post.view and post.view.final]
        return await self._feedback.of(self._reader, turns) if turns else {}

    def _drawn(self, template: str, **values: Any) -> str:
        return self._templates.get_template(template).render(**values)


def _subject(commit: Commit) -> str:
    """Of a commit, as it is shown: without secrets, on one line."""
    return one_line(mask(commit.subject, is_typed=True))


def _ask_about(here: Trail, path: str, shown: Window) -> str:
    """The empty page with a question begun about lines of a file."""
    lines = f":{shown.start}" + (f"-{shown.end}" if shown.end > shown.start else "") if shown.start else ""
    return "/?" + urlencode({"about": f"{here.repository}/{path}{lines}"})


def _cites_of(thread: ThreadId, post: BoardPost) -> Cites:
    return Cites(post.view.cites if post.view else (), thread.thread, post.id)


def _waiting(posts: Sequence[BoardPost]) -> frozenset[str]:
    answered = {message for post in posts for message in post.answers}
    return frozenset(post.id for post in posts if post.waits and (post.id, post.edition) not in answered)
