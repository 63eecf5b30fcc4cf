"""The operator's npm registry over HTTP: what versions a package has, and its archives, taken only when they are what was pinned.

Wire: https://github.com/npm/registry/blob/main/docs/responses/package-metadata.md; hashes: https://www.w3.org/TR/SRI/.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import logging
import re
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

import aiohttp

from storage.checks.scripts.packages.npmrc import Registries

log = logging.getLogger(__name__)

NAME = re.compile(r"(?:@[a-z0-9~-][a-z0-9._~-]{0,100}/)?[a-zA-Z0-9~-][a-zA-Z0-9._~-]{0,200}")
"""What a package may be called (https://github.com/npm/validate-npm-package-name); nothing else is asked for, or becomes a path."""
VERSION = re.compile(r"\d{1,9}\.\d{1,9}\.\d{1,9}(?:-[0-9A-Za-z.-]{1,100})?(?:\+[0-9A-Za-z.-]{1,100})?")

MOST_AT_ONCE = 12
ARCHIVE_SECONDS = 60
MOST_ARCHIVE_BYTES = 60_000_000
MOST_METADATA_BYTES = 40_000_000
STRENGTHS = ("sha512", "sha384", "sha256", "sha1")
LATEST = "latest"
SHORT = "application/vnd.npm.install-v1+json"


class RegistryFailed(Exception):
    """Why a package cannot be had, in words for people."""


class NotThere(RegistryFailed):
    """The registry has no package of this name, or no such version."""


class Unreachable(RegistryFailed):
    """The registry itself did not answer: no use in asking for the next one."""


@dataclass(frozen=True, slots=True)
class Release:
    """One version as a registry offers it."""

    version: str
    integrity: str
    tarball: str
    needs: Mapping[str, str] = field(default_factory=dict)


class Registry:
    def __init__(self, registries: Registries) -> None:
        self._registries = registries
        self._at_once = asyncio.Semaphore(MOST_AT_ONCE)

    @property
    def is_known(self) -> bool:
        return self._registries.is_known

    @asynccontextmanager
    async def session(self) -> AsyncIterator[aiohttp.ClientSession]:
        """For some questions after each other; proxies are those of the environment."""
        context = ssl.create_default_context()
        if self._registries.ca_file:
            try:
                context.load_verify_locations(self._registries.ca_file)
            except (OSError, ssl.SSLError):
                log.warning("the registry's certificates are not readable")
        limit = aiohttp.ClientTimeout(total=ARCHIVE_SECONDS, sock_connect=10)
        connector = aiohttp.TCPConnector(ssl=context, limit=MOST_AT_ONCE)
        async with aiohttp.ClientSession(connector=connector, timeout=limit, trust_env=True) as session:
            yield session

    async def archive(
        self, session: aiohttp.ClientSession, name: str, version: str, integrity: str, resolved: str = ""
    ) -> bytes:
        """The archive of a package, when its hash is the pinned one. `resolved` is the lock's own address: it counts where it leads
        to a registry of the operator's, for a lock is the team's text, and may name any host. Raises RegistryFailed."""
        if not NAME.fullmatch(name) or not VERSION.fullmatch(version):
            raise RegistryFailed("its name or version is none")
        expected = strongest(integrity)
        if expected is None:
            raise RegistryFailed("the lock has no hash of it")
        content = await self._get(session, self._place(name, version, resolved), MOST_ARCHIVE_BYTES)
        if hashlib.new(expected[0], content, usedforsecurity=False).digest() != expected[1]:
            raise RegistryFailed("what the registry has is not what the lock pins")
        return content

    def _place(self, name: str, version: str, resolved: str) -> str:
        address = resolved.partition("#")[0]
        if any(address.startswith(one) for one in self._registries.all()) and "/../" not in address:
            return address
        base = name.rpartition("/")[2]
        return f"{self._registries.of(name)}{name}/-/{base}-{version.partition('+')[0]}.tgz"

    async def releases(self, session: aiohttp.ClientSession, name: str) -> tuple[list[Release], str]:
        """All versions that a package has, and which is the newest. Raises RegistryFailed."""
        if not NAME.fullmatch(name):
            raise NotThere("its name is none")
        address = f"{self._registries.of(name)}{quote(name, safe='@')}"
        content = await self._get(session, address, MOST_METADATA_BYTES, {"Accept": SHORT})
        try:
            told: Any = await asyncio.to_thread(json.loads, content)
            found = [_release(version, one) for version, one in told["versions"].items() if VERSION.fullmatch(version)]
            return found, str(told.get("dist-tags", {}).get("latest", ""))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as fault:
            raise RegistryFailed("the registry's answer could not be read") from fault

    async def release(self, session: aiohttp.ClientSession, name: str, version: str) -> Release:
        """One version, or that of a tag: some packages have so many that nobody wants to read them all. Raises RegistryFailed."""
        if not NAME.fullmatch(name) or not (VERSION.fullmatch(version) or version == LATEST):
            raise NotThere("its name or version is none")
        address = f"{self._registries.of(name)}{quote(name, safe='@')}/{version}"
        content = await self._get(session, address, MOST_METADATA_BYTES)
        try:
            told: Any = await asyncio.to_thread(json.loads, content)
            return _release(str(told["version"]), told)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as fault:
            raise RegistryFailed("the registry's answer could not be read") from fault

    async def _get(
        self, session: aiohttp.ClientSession, address: str, most_bytes: int, headers: dict[str, str] | None = None
    ) -> bytes:
        said = dict(headers or {})
        if authorization := self._registries.authorization(address):
            said["Authorization"] = authorization  # the library drops it where a redirect leads to another host
        try:
            async with self._at_once, session.get(address, headers=said, max_redirects=5) as response:
                if response.status != 200:
                    raise _refused(response.status)
                content = bytearray()
                async for piece in response.content.iter_chunked(1 << 16):
                    content += piece
                    if len(content) > most_bytes:
                        raise RegistryFailed(f"it is larger than {most_bytes // 1_000_000} MB")
                return bytes(content)
        except TimeoutError as fault:
            raise Unreachable("the registry took too long") from fault
        except (aiohttp.ClientError, OSError, ValueError) as fault:
            log.info("registry not reached", extra={"host": urlsplit(address).hostname, "reason": type(fault).__name__})
            raise Unreachable("the registry could not be reached") from fault


def _release(version: str, told: Mapping[str, Any]) -> Release:
    needs = {**(told.get("peerDependencies") or {}), **(told.get("dependencies") or {})}
    return Release(
        version,
        str(told["dist"].get("integrity") or _hex(told["dist"].get("shasum"))),
        str(told["dist"]["tarball"]),
        {name: str(wanted) for name, wanted in needs.items()},
    )


def _refused(status: int) -> RegistryFailed:
    if status == 404:
        return NotThere("the registry does not have it")
    if status in (401, 403):
        return RegistryFailed("the registry does not let us have it")
    return Unreachable(f"the registry answered {status}")


def strongest(integrity: str) -> tuple[str, bytes] | None:
    """The best hash of a pinned list, with its bytes; None where there is none that is known."""
    found: dict[str, bytes] = {}
    for one in integrity.split():
        kind, mark, rest = one.partition("-")
        try:
            value = base64.b64decode(rest.partition("?")[0], validate=True)
        except ValueError:
            continue
        if mark and kind in STRENGTHS and len(value) == hashlib.new(kind, usedforsecurity=False).digest_size:
            found.setdefault(kind, value)
    return next(((kind, found[kind]) for kind in STRENGTHS if kind in found), None)


def _hex(shasum: object) -> str:
    """An old release's hash in the form of the others."""
    text = str(shasum or "")
    return "sha1-" + base64.b64encode(bytes.fromhex(text)).decode() if re.fullmatch(r"[0-9a-f]{40}", text) else ""
