"""Listens for the git host's push webhooks: a push is looked at now instead of at the next round.

GitHub, Gitea and Bitbucket sign the body (HMAC-SHA256 of it, with the shared secret); GitLab sends the secret itself. What is not
signed, or too large, is refused; a signed push to an unknown repository changes nothing and is answered like a known one.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import logging
from collections.abc import Callable, Iterator, Sequence

from aiohttp import web

from adapters.listening import listen

log = logging.getLogger(__name__)

LARGEST_BYTES = 2_000_000
SIGNATURES = ("X-Hub-Signature-256", "X-Gitea-Signature", "X-Hub-Signature")
ADDRESSES = (
    "clone_url",
    "ssh_url",
    "git_url",
    "html_url",
    "git_http_url",
    "git_ssh_url",
    "http_url",
    "url",
    "web_url",
    "homepage",
    "href",
)

AROUND = ("repository", "project", "links", "html", "clone")
"""What addresses stand in."""

DEEPEST, MOST_LOOKED_INTO = 6, 1_000


class PushHooks:
    """`pushed` is told each address that a push names; it gives back the repositories that are looked at now."""

    def __init__(self, host: str, port: int, secret: str, pushed: Callable[[str], Sequence[str]]) -> None:
        self._host = host
        self.port = port
        self._secret = secret.encode()
        self._pushed = pushed
        self.listening = asyncio.Event()

    async def run(self) -> None:
        """Serve `POST /push` until cancelled."""
        app = web.Application(client_max_size=LARGEST_BYTES)
        app.add_routes([web.post("/push", self._push)])
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        try:
            await listen(runner, self._host, self.port, "PLUMBLINE_HOOK_PORT")
            self.port = self.port or int(runner.addresses[0][1])
            self.listening.set()
            log.info("webhooks are listened to", extra={"host": self._host, "port": self.port})
            await asyncio.Event().wait()
        finally:
            await runner.cleanup()

    async def _push(self, request: web.Request) -> web.Response:
        body = await request.read()
        if not self._is_signed(request, body):
            raise web.HTTPForbidden(text="The signature is missing or wrong.")
        try:
            told = json.loads(body)
        except (ValueError, RecursionError) as fault:
            raise web.HTTPBadRequest(text="The body is not JSON; choose application/json.") from fault
        names = sorted({name for address in _addresses(told) for name in self._pushed(address)})
        log.info("push heard", extra={"repositories": names})
        return web.Response(status=202)

    def _is_signed(self, request: web.Request, body: bytes) -> bool:
        expected = hmac.new(self._secret, body, hashlib.sha256).hexdigest().encode()
        for header in SIGNATURES:
            given = request.headers.get(header, "").removeprefix("sha256=").encode(errors="surrogateescape")
            if given and hmac.compare_digest(given, expected):
                return True
        token = request.headers.get("X-Gitlab-Token", "").encode(errors="surrogateescape")
        return bool(token) and hmac.compare_digest(token, self._secret)


def _addresses(told: object) -> Iterator[str]:
    """Every address of a repository that the body names, wherever its host puts it."""
    waiting = [(told, 0)]
    for _ in range(MOST_LOOKED_INTO):
        if not waiting:
            return
        one, depth = waiting.pop()
        if isinstance(one, dict) and depth < DEEPEST:
            yield from (value for key, value in one.items() if key in ADDRESSES and isinstance(value, str))
            waiting += [(value, depth + 1) for key, value in one.items() if key in AROUND]
        elif isinstance(one, list) and depth < DEEPEST:
            waiting += [(value, depth + 1) for value in one[:20]]
