"""Who may: requests under another host name, forms of other pages, and whoever does not know the token are refused."""

from __future__ import annotations

import hashlib
import hmac

from aiohttp import web
from yarl import URL

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


class TokenWanted(Exception):
    """Whoever asks has not shown the token."""


class Guard:
    """`host` is where the page listens; `token` "" asks for none; `public_url`: what the page is called where a proxy stands before
    it."""

    def __init__(self, host: str, token: str, public_url: str = "") -> None:
        self._host = host
        self._token = token
        self._public = URL(public_url).origin() if public_url else None

    def admit(self, request: web.Request) -> web.StreamResponse | None:
        """None for a request that may pass, or the answer to the token. Raises HTTPForbidden, HTTPBadRequest and TokenWanted."""
        try:
            self._check_origin(request)
        except ValueError as fault:
            raise web.HTTPBadRequest(text="This is no name of a host.") from fault
        return self._enter(request)

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
        raise TokenWanted


def _same(given: str, wanted: str) -> bool:
    """Compared in constant time, and as bytes: as text only ASCII could be compared."""
    return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), wanted.encode("utf-8", "surrogateescape"))
