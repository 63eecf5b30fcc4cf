"""What the server knows: one workspace with one app in it, its messages, and what was sent to it."""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from collections import defaultdict, deque

from aiohttp import web

from tests.servers.slack.limits import SOCKETS
from tests.servers.slack.posts import BOT_USER, Json, Post, Refused, found, pings_in
from tests.servers.slack.rates import Limits
from tests.servers.watched import Watched

PEOPLE = {"U1": "Ana", "U2": "Ben", BOT_USER: "Plumbline"}
ZONE = "Europe/Berlin"
SCOPES = (
    "app_mentions:read,assistant:write,channels:history,groups:history,im:history,mpim:history,"
    "chat:write,commands,files:read,files:write,users:read,channels:read,groups:read,mpim:read"
)


class Workspace(Watched):
    """`limits`: how many times Slack's documented limits it allows; False or 0: all. `signing_secret` and `http_url`: deliver by
    HTTP."""

    def __init__(self, *, limits: float = 0, http_url: str = "", signing_secret: str = "", port: int = 0) -> None:
        super().__init__()
        self.rates = Limits(float(limits))
        self.http_url = http_url
        self.signing_secret = signing_secret
        self.scopes = SCOPES
        self.calls: list[tuple[str, Json]] = []
        self.called_at: list[float] = []
        """When each of `calls` came, monotonic."""
        self.faults: defaultdict[str, deque[str]] = defaultdict(deque)
        """What becomes of the next calls of a method: "429", "429:30" (Retry-After), "500", "cut" (after it was taken), "html", "hang",
        "" (nothing), or an error name of Slack's."""
        self.closed_until = 0.0
        """Until then (monotonic) every call that writes is answered with 429."""
        self.enterprise = ""
        """The Enterprise organisation that the workspace is of."""
        self.people: dict[str, Json] = {}
        """What is to be told of somebody beside what is told of all, by user id."""
        self.conversations: dict[str, Json] = {}
        """The same of a channel."""
        self.inside: dict[str, list[str]] = {}
        """Who is in a channel, where that was said; else the two that everybody knows."""
        self.groups: dict[str, list[str]] = {}
        """User groups: their members by id."""
        self.channels: defaultdict[str, dict[str, Post]] = defaultdict(dict)
        self.channel_names = {"C1": "general", "C2": "incidents"}
        self.absent: set[str] = set()
        self.bot_name = "plumbline"
        """Channels in which the app is not."""
        self.archived: set[str] = set()
        self.is_agent = True
        self.deleted_roots: set[str] = set()
        self.stray_posts = 0
        """Answers that appeared in the channel because their question was gone, however shortly."""
        self.delivered: list[tuple[str, bool]] = []
        self.ephemeral: list[Json] = []
        self.responses: list[Json] = []
        self.respondable: dict[str, float] = {}
        """When each `response_url` was given, by its last part."""
        self.responded: list[str] = []
        self.respond_refusals: list[str] = []
        self.uploads: dict[str, Json] = {}
        self.downloads: dict[str, tuple[bytes, str]] = {}
        self.stubs: dict[str, Json] = {}
        """Slack Connect's files, that an event only names: files.info has the rest."""
        self.endless: set[str] = set()
        """Files whose bytes never end."""
        self.statuses: dict[tuple[str, str], str] = {}
        """The status line of each thread that has one now."""
        self.sessions: dict[tuple[str, str], str] = {}
        self.titles: dict[tuple[str, str], str] = {}
        self.prompts: dict[str, list[Json]] = {}
        self.ack_seconds: list[float] = []
        self.refused = 0
        self.first_refused: dict[str, float] = {}
        self.most_sockets = SOCKETS.most
        self.opens: list[float] = []
        self.is_zombie = False
        """Connections stay open, and nothing is sent, not even a pong."""
        self.random = random.Random(0)
        self.cut_share = 0.0
        """Of posts, those whose connection is cut after they were taken."""
        self.lag_share, self.lag_seconds = 0.0, 2.0
        """Of posts, those that `conversations.replies` shows only so much later."""
        self._sockets: list[web.WebSocketResponse] = []
        self._acks: dict[str, asyncio.Future[Json]] = {}
        self._numbers = itertools.count(1)
        self._port = port

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def api_url(self) -> str:
        return f"{self.url}/api/"

    @property
    def limits(self) -> float:
        return self.rates.times

    # --- what people see -----------------------------------------------------------------------------------------------

    def thread(self, channel: str, root: str) -> list[Post]:
        """The bot's messages in a thread, in order."""
        return [post for post in self.channels[channel].values() if post.thread_ts == root and post.user == BOT_USER]

    def at_root(self, channel: str) -> list[Post]:
        """The bot's messages that stand in the channel itself."""
        return [post for post in self.channels[channel].values() if not post.thread_ts and post.user == BOT_USER]

    def code(self, channel: str, root: str) -> str:
        """All code blocks of the bot in a thread, joined."""
        blocks = [
            block for post in self.thread(channel, root) for block in found(post.blocks, "rich_text_preformatted")
        ]
        return "".join(element["text"] for block in blocks for element in block["elements"])

    def pings(self) -> list[str]:
        """Every live mention in anything that was sent."""
        return [one for method, body in self.calls for one in pings_in(method, body)]

    def count(self, method: str) -> int:
        return sum(one == method for one, _ in self.calls)

    def bodies(self, method: str) -> list[Json]:
        return [body for one, body in self.calls if one == method]

    def times(self, method: str) -> list[float]:
        return [at for (one, _), at in zip(self.calls, self.called_at, strict=True) if one == method]

    def is_final(self, channel: str, root: str) -> bool:
        """True when the last message of the bot's answer carries thumbs or Retry, and no Stop."""
        posts = self.thread(channel, root)
        ids = [button["action_id"] for post in posts for button in found(post.blocks, "button")]
        return bool(ids) and "plumbline:stop" not in ids

    # --- within --------------------------------------------------------------------------------------------------------

    def _last_calls(self) -> str:
        return str([(method, str(body.get("text"))[:80]) for method, body in self.calls[-12:]])

    def _post(self, body: Json) -> Post:
        post = self.channels[str(body["channel"])].get(str(body["ts"]))
        if post is None:
            raise Refused("message_not_found")
        return post

    def _ts(self, seconds_ago: int = 0) -> str:
        return f"{int(time.time()) - seconds_ago}.{next(self._numbers):06d}"
