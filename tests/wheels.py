"""Wheels made on the spot: a library that nobody else has, for an index that is a folder, or one that keeps people waiting."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from aiohttp import web

SHOPLIB = {
    "shoplib/__init__.py": '''"""A shop."""

from shoplib.session import Session, open_session

__all__ = ["Session", "open_session"]
''',
    "shoplib/py.typed": "",
    "shoplib/session.py": '''"""Sessions with the shop."""


class Session:
    """One conversation with the shop."""

    def merge(self, row: object) -> None:
        """Put a row in, or replace the one that is there."""

    def add(self, row: object, *, flush: bool = False) -> None:
        """Put a row in."""


def open_session(name: str) -> Session:
    """A session by its name."""
    return Session()
''',
}


def make_wheel(folder: Path, name: str, version: str, files: Mapping[str, str], requires: Sequence[str] = ()) -> Path:
    """A pure wheel of these files."""
    folder.mkdir(parents=True, exist_ok=True)
    info = f"{name}-{version}.dist-info"
    needs = "".join(f"Requires-Dist: {one}\n" for one in requires)
    every = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},sha256={_digest(text)},{len(text.encode())}\n" for path, text in every.items())
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for inside, text in every.items():
            wheel.writestr(inside, text)
        wheel.writestr(f"{info}/RECORD", record + f"{info}/RECORD,,\n")
    return path


def _digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


class SlowIndex:
    """A package index over a folder of wheels (https://packaging.python.org/en/latest/specifications/simple-repository-api/) that gives
    out a wheel when `opened` is set, and not before."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._runner: web.AppRunner | None = None
        self.opened = asyncio.Event()
        self.url = ""

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.add_routes(self._routes())
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/simple"
        return self

    async def __aexit__(self, *_: object) -> None:
        self.opened.set()
        if self._runner:
            await self._runner.cleanup()

    def _routes(self) -> list[web.RouteDef]:
        return [web.get("/simple/{name}/", self._listed), web.get("/wheels/{file}", self._wheel)]

    async def _listed(self, request: web.Request) -> web.StreamResponse:
        found = sorted(one.name for one in self._folder.glob(f"{request.match_info['name']}-*.whl"))
        if not found:
            raise web.HTTPNotFound
        links = "".join(f'<a href="/wheels/{name}{self._fragment(name)}">{name}</a>' for name in found)
        return web.Response(text=f"<!DOCTYPE html><html><body>{links}</body></html>", content_type="text/html")

    def _fragment(self, name: str) -> str:
        return ""

    async def _wheel(self, request: web.Request) -> web.StreamResponse:
        await self.opened.wait()
        return web.FileResponse(self._folder / request.match_info["file"])


class PrivateIndex(SlowIndex):
    """One that lets nobody in without a name and a password (RFC 7617), names each wheel with its hash, that of `broken` wrongly, and
    sends whoever asks for a wheel on to another place of its own."""

    def __init__(self, folder: Path, user: str, password: str, broken: str = "") -> None:
        super().__init__(folder)
        self.opened.set()
        self._expected = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        self._broken = broken
        self.refused = 0
        self.asked: list[str] = []

    def _routes(self) -> list[web.RouteDef]:
        return [*super()._routes(), web.get("/files/{file}", self._file)]

    def _let_in(self, request: web.Request) -> None:
        self.asked.append(request.path)
        if request.headers.get("Authorization") != self._expected:
            self.refused += 1
            raise web.HTTPUnauthorized(headers={"WWW-Authenticate": 'Basic realm="wheels"'})

    def _fragment(self, name: str) -> str:
        content = (self._folder / name).read_bytes()
        if self._broken and name.startswith(self._broken):
            content += b"another"
        return f"#sha256={hashlib.sha256(content).hexdigest()}"

    async def _listed(self, request: web.Request) -> web.StreamResponse:
        self._let_in(request)
        return await super()._listed(request)

    async def _wheel(self, request: web.Request) -> web.StreamResponse:
        self._let_in(request)
        raise web.HTTPFound(f"/files/{request.match_info['file']}")

    async def _file(self, request: web.Request) -> web.StreamResponse:
        self._let_in(request)
        return await super()._wheel(request)
