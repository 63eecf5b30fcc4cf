"""A git host on loopback that speaks git's smart HTTP, with a token and with its faults."""

from __future__ import annotations

import base64
import sys
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from dulwich.repo import Repo
from dulwich.server import DEFAULT_HANDLERS, BackendRepo, DictBackend, UploadPackHandler
from dulwich.web import make_wsgi_chain

from tests.servers.health import Health

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        return None


class _Threaded(WSGIServer):
    health: Health

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no fault of ours."""
        fault = sys.exception()
        if fault and not isinstance(fault, OSError):
            self.health.broke(fault)


class _UploadPack(UploadPackHandler):
    """Names itself last, as every real host does: libgit2 cannot read a list that ends with the object format."""

    def capabilities(self) -> list[bytes]:
        return [
            *super().capabilities(),
            b"allow-tip-sha1-in-want",
            b"allow-reachable-sha1-in-want",
            b"agent=git/2.47.0",
        ]


class _Hiding(Repo):
    """What stands in `refs/left/` is given to whoever asks for it by name, and told to nobody, like a commit that a branch has left."""

    is_listing = False

    def get_refs(self) -> dict[Any, Any]:
        refs: dict[Any, Any] = super().get_refs()
        return {name: sha for name, sha in refs.items() if not self.is_listing or not name.startswith(b"refs/left/")}


class GitServer:
    """Serves one repository as /shop.git. `token`: asked for as the password. `fault`: a status that every request gets."""

    def __init__(self, folder: Path, token: str = "") -> None:
        self.token = token
        self.fault = ""
        self.redirect = ""
        self.answers = threading.Event()
        """Cleared: whoever asks waits."""
        self.answers.set()
        self.requests: list[tuple[str, str]] = []
        self._repo = _Hiding(str(folder))
        repositories: dict[str, BackendRepo] = {"/shop.git": self._repo}
        self._git: Wsgi = make_wsgi_chain(
            DictBackend(repositories), handlers={**DEFAULT_HANDLERS, b"git-upload-pack": _UploadPack}
        )
        self._server = make_server("127.0.0.1", 0, self._answer, server_class=_Threaded, handler_class=_Quiet)
        self._server.health = self.health = Health()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/shop.git"

    def __enter__(self) -> GitServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.answers.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._repo.close()
        self.health.check()

    def _serve(self) -> None:
        try:
            self._server.serve_forever(poll_interval=0.02)
        except BaseException as fault:
            self.health.broke(fault)
            raise

    def _answer(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        try:
            return self._answered(environ, start_response)
        except Exception as fault:
            self.health.broke(fault)
            raise

    def _answered(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        given = environ.get("HTTP_AUTHORIZATION", "")
        self.requests.append((environ["PATH_INFO"], given))
        self.answers.wait()
        if self.fault:
            start_response(self.fault, [("Content-Type", "text/plain")])
            return [b"no"]
        if self.redirect:
            query = environ.get("QUERY_STRING", "")
            where = self.redirect + environ["PATH_INFO"] + (f"?{query}" if query else "")
            start_response("302 Found", [("Location", where)])
            return [b""]
        if self.token:
            password = base64.b64decode(given.removeprefix("Basic ")).decode().partition(":")[2] if given else ""
            if password != self.token:
                start_response("401 Unauthorized", [("WWW-Authenticate", 'Basic realm="git"')])
                return [b""]
        return self._whole(environ, start_response)

    def _whole(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """The answer in one piece with its length, as a host behind a proxy gives it."""
        head: list[Any] = []
        body: list[bytes] = []

        def begin(status: str, headers: list[tuple[str, str]], *_: object) -> Callable[[bytes], None]:
            head[:] = [status, headers]
            return body.append

        self._repo.is_listing = environ["PATH_INFO"].endswith("/info/refs")
        body.extend(self._git(environ, begin))
        whole = b"".join(body)
        start_response(head[0], [*head[1], ("Content-Length", str(len(whole)))])
        return [whole]
