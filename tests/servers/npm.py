"""An npm registry on this machine: packages made on the spot, their metadata and archives over the real wire.

It is no kinder than the real one: an archive has the hash that its metadata says, a package that it does not have is a 404, and
one that wants credentials answers 401 without them.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from aiohttp import web
from aiohttp.test_utils import TestServer


def archive(files: Mapping[str, str], extra: Sequence[tarfile.TarInfo] = ()) -> bytes:
    """A package's archive as npm packs it; `extra` are members that npm would never pack."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as made:
        for name, text in files.items():
            member = tarfile.TarInfo(f"package/{name}")
            member.size = len(text.encode())
            made.addfile(member, io.BytesIO(text.encode()))
        for member in extra:
            made.addfile(member, io.BytesIO(b"x" * member.size) if member.size else None)
    return gzip.compress(packed.getvalue(), mtime=0)


def integrity(content: bytes) -> str:
    return "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()


class NpmServer:
    """`asked` are the paths that were asked for, each with what was said of who asks."""

    def __init__(self) -> None:
        self._archives: dict[tuple[str, str], bytes] = {}
        self._needs: dict[tuple[str, str], Mapping[str, str]] = {}
        self.asked: list[tuple[str, str]] = []
        self.token = ""
        self.moved_to = ""
        """Another server that archives are redirected to."""
        app = web.Application()
        app.router.add_get("/{path:.+}", self._answer)
        self._server = TestServer(app)

    @property
    def address(self) -> str:
        return str(self._server.make_url("/"))

    async def __aenter__(self) -> NpmServer:
        await self._server.start_server()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._server.close()

    def add(
        self,
        name: str,
        version: str,
        files: Mapping[str, str],
        manifest: Mapping[str, Any] | None = None,
        extra: Sequence[tarfile.TarInfo] = (),
    ) -> str:
        """Publishes a version; gives its hash."""
        told = {"name": name, "version": version, **(manifest or {})}
        content = archive({"package.json": json.dumps(told), **files}, extra)
        self._archives[name, version] = content
        self._needs[name, version] = told.get("dependencies", {})
        return integrity(content)

    def hash_of(self, name: str, version: str) -> str:
        return integrity(self._archives[name, version])

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        path = unquote(request.match_info["path"])
        said = request.headers.get("Authorization", "")
        self.asked.append((path, said))
        if self.token and said != f"Bearer {self.token}":
            return web.json_response({"error": "authentication required"}, status=401)
        name, mark, file = path.partition("/-/")
        if mark:
            return self._archive(name, file)
        one, _, asked = path.rpartition("/")
        if (one, asked) in self._archives:
            return web.json_response(self._told(one, asked))
        versions = [version for known, version in self._archives if known == path]
        if not versions:
            return web.json_response({"error": "Not found"}, status=404)
        return web.json_response(
            {
                "name": path,
                "dist-tags": {"latest": versions[-1]},
                "versions": {one: self._told(path, one) for one in versions},
            }
        )

    def _told(self, name: str, version: str) -> dict[str, Any]:
        base = name.rpartition("/")[2]
        dist = {"integrity": self.hash_of(name, version), "tarball": f"{self.address}{name}/-/{base}-{version}.tgz"}
        return {"name": name, "version": version, "dist": dist, "dependencies": dict(self._needs[name, version])}

    def _archive(self, name: str, file: str) -> web.StreamResponse:
        base = name.rpartition("/")[2]
        content = self._archives.get((name, file.removeprefix(f"{base}-").removesuffix(".tgz")))
        if content is None:
            return web.json_response({"error": "Not found"}, status=404)
        if self.moved_to:
            raise web.HTTPFound(f"{self.moved_to}{name}/-/{file}")
        return web.Response(body=content, content_type="application/octet-stream")
