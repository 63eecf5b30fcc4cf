"""The package index, through uv: which versions fit together, and their wheels unpacked. Source archives are never touched, for
building one runs it; the interpreter of an environment is never started.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import re
import resource
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import uv

from storage.checks.folders import size_of

log = logging.getLogger(__name__)

PUBLIC = "pypi"
"""The setting's word for uv's own default, the public index."""

LARGEST_FILE_BYTES = 600_000_000
WATCH_SECONDS = 0.5
KEPT = (
    "PATH",
    "HOME",
    "LANG",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "NETRC",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "ALL_PROXY",
)
"""What uv is told of our environment, besides its own variables: it needs no secret of ours."""

OWN_INDEX = ("UV_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS", "UV_CONFIG_FILE")
DENIED = re.compile(
    r"No route|dns error|failed to lookup|error sending request|Could not connect|timed out|offline", re.IGNORECASE
)


REFUSED = re.compile(r"\b40[13]\b|Unauthorized|Forbidden|authentication credentials", re.IGNORECASE)


class IndexFailed(Exception):
    """uv ended without what was asked for; `said` is what it wrote, the message a sentence for people. `is_final` where it is no
    package's fault: the index lets nobody in, or is not there."""

    def __init__(self, sentence: str, said: str = "", *, is_final: bool = False) -> None:
        super().__init__(sentence)
        self.said = said
        self.is_final = is_final


@dataclass(frozen=True, slots=True)
class Index:
    """`where` is an address, a folder of wheels, or "pypi"; `credentials` a netrc file. Without `where` uv's own variables count."""

    where: str = ""
    credentials: Path | None = None

    @property
    def is_known(self) -> bool:
        return bool(self.where) or any(os.environ.get(name) for name in OWN_INDEX)

    def options(self) -> list[str]:
        if not self.where or self.where == PUBLIC:
            return []
        if Path(self.where).is_dir():
            return ["--no-index", "--find-links", str(Path(self.where).resolve())]
        return ["--default-index", self.where]

    async def resolve(
        self, requirements: Sequence[str], python: str, cache: Path, seconds: float, kept: Sequence[str] = ()
    ) -> dict[str, str]:
        """All that these need, each at one version: what is not pinned at its newest. What is `kept` stays as it is, whatever others
        say of it. Raises IndexFailed."""
        words = ["pip", "compile", "-", "--no-header", "--no-annotate", "--no-strip-markers", "--quiet"]
        await asyncio.to_thread(cache.mkdir, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=cache, suffix=".txt") as file:
            if kept:
                file.write("\n".join(kept) + "\n")
                file.flush()
                words += ["--override", file.name]
            told = await self._run([*words, *self._common(python)], "\n".join(requirements), cache, cache, seconds)
        lines = (line.partition(";")[0].strip() for line in told.splitlines())
        return {name: version for name, mark, version in (line.partition("==") for line in lines) if mark}

    async def unpack(
        self, requirements: Sequence[str], python: str, target: Path, cache: Path, seconds: float, most_bytes: int
    ) -> None:
        """Their wheels, into a folder, and nothing that they need besides. Raises IndexFailed."""
        words = ["pip", "install", "--target", str(target), "--no-deps", "--requirements", "-", "--quiet"]
        await self._run([*words, *self._common(python)], "\n".join(requirements), cache, target, seconds, most_bytes)
        if await asyncio.to_thread(size_of, target) > most_bytes:  # it may be done before anybody looks
            raise IndexFailed(_sentence(-1, ""))

    def _common(self, python: str) -> list[str]:
        common = ["--only-binary", ":all:", "--python-version", python, "--python", sys.executable, "--no-progress"]
        return [*common, "--no-python-downloads", *self.options()]

    async def _run(
        self, words: Sequence[str], text: str, cache: Path, target: Path, seconds: float, most_bytes: int = 0
    ) -> str:
        await asyncio.to_thread(cache.mkdir, parents=True, exist_ok=True)
        process = await asyncio.create_subprocess_exec(
            uv.find_uv_bin(),
            *words,
            env=self._environment(cache),
            cwd=cache.parent,
            preexec_fn=_bounded,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        watching = asyncio.create_task(_watch(process, target, most_bytes)) if most_bytes else None
        try:
            async with asyncio.timeout(seconds):
                told, said = await process.communicate(text.encode())
        except TimeoutError as fault:
            raise IndexFailed(f"the package index took longer than {seconds:.0f} s") from fault
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
            if watching:
                watching.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await watching
        if process.returncode:
            words = said.decode("utf-8", "replace")
            is_final = bool(DENIED.search(words) or REFUSED.search(words))
            raise IndexFailed(_sentence(process.returncode, words), words, is_final=is_final)
        return told.decode("utf-8", "replace")

    def _environment(self, cache: Path) -> Mapping[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if name in KEPT or name.lower() in ("http_proxy", "https_proxy", "no_proxy")
        }
        kept |= {name: value for name, value in os.environ.items() if name.startswith("UV_")}
        kept |= {"UV_CACHE_DIR": str(cache), "UV_PYTHON_DOWNLOADS": "never", "TMPDIR": str(cache)}
        kept.setdefault("UV_SYSTEM_CERTS", "true")
        if self.credentials:
            kept["NETRC"] = str(self.credentials)
        return kept


def _bounded() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE_BYTES, LARGEST_FILE_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


async def _watch(process: asyncio.subprocess.Process, target: Path, most_bytes: int) -> None:
    """End it when it unpacks more than it may: a small wheel can hold a large file many times."""
    while process.returncode is None:
        await asyncio.sleep(WATCH_SECONDS)
        if await asyncio.to_thread(size_of, target) > most_bytes:
            process.kill()
            return


def _sentence(code: int, said: str) -> str:
    if REFUSED.search(said):
        return "the password of the package index is missing or wrong"
    if DENIED.search(said):
        return "the package index could not be reached"
    if code < 0:
        return "its packages unpack to more than is kept"
    return "the package index does not have them all"
