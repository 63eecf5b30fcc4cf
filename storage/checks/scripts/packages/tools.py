"""The native TypeScript compiler on this machine: one archive of the npm registry, pinned by version and hash, fetched when first
needed.

No script of it is run, and nothing else of the registry's package around it is needed: the program is a binary with its libraries
beside.
"""

from __future__ import annotations

import asyncio
import io
import logging
import os
import platform
import shutil
import sys
import tarfile
import time
import zlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from storage.checks.folders import alone
from storage.checks.scripts.packages import npmrc
from storage.checks.scripts.packages.registry import Registry, RegistryFailed

log = logging.getLogger(__name__)

VERSION = "7.0.2"
PACKAGE = "@typescript/typescript-{}"
HASHES: Mapping[str, str] = {
    "linux-x64": "sha512-EYdf2cNg7rgCWJnxCdJ+F3V39O8ihb37eHAu1LK8oAFizgTQbPOK7zHHXbPt8rX24COqODXeI3sIf0fCXG7H/A==",
    "linux-arm64": "sha512-Qh4eU4/y3yDjnfjjyPYihMj5/ODIlmt+Bzu17OI+fiSRDW57QmU5SiN63exPRNJPKUzcc1INa1NXdrJ+MqHjUQ==",
    "darwin-x64": "sha512-SZ9xZInqApNlNGc9s0W1VSsktYSOe9cFqNOIqmN1Gs8SmkjKZYFt017G4VwPxASInODuAdbTW7sXiFUf893RgA==",
    "darwin-arm64": "sha512-gowzar9MwS/aRWp6f3a4KUqzRjAZjOsmGNCM6LcTgXum+dBfgsBVMN+AgvOCCbguXyick6LJhpBszxMebJ8syA==",
}
"""By platform, as the registry published them."""
MACHINES = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}
RETRY_SECONDS = 300
MOST_FILES, MOST_BYTES = 1_000, 200_000_000


class NoCompiler(Exception):
    """Why there is none, in words for people."""


class Tools:
    """`folder` holds the compiler of each version."""

    def __init__(self, folder: Path, registry: Registry, hashes: Mapping[str, str] = HASHES) -> None:
        self._hashes = hashes
        self._folder = folder.resolve()
        self._registry = registry
        self._failed = (0.0, "")

    @property
    def program(self) -> Path:
        return self._folder / f"typescript-{VERSION}" / "lib" / "tsc"

    async def compiler(self) -> Path:
        """Fetched where it is not there yet. Raises NoCompiler."""
        if self.program.exists():
            return self.program
        at, why = self._failed
        if why and time.monotonic() - at < RETRY_SECONDS:
            raise NoCompiler(why)
        name = f"{sys.platform}-{MACHINES.get(platform.machine().lower(), platform.machine())}"
        if name not in self._hashes:
            raise NoCompiler(f"there is no TypeScript compiler for {name}")
        if not self._registry.is_known:
            raise NoCompiler("no npm registry to fetch the TypeScript compiler from")
        async with alone(self._folder / "lock"):
            if not self.program.exists():
                await self._fetch(name)
        return self.program

    async def _fetch(self, name: str) -> None:
        started = time.monotonic()
        try:
            async with self._registry.session() as session:
                content = await self._registry.archive(session, PACKAGE.format(name), VERSION, self._hashes[name])
            await asyncio.to_thread(self._unpack, content)
        except (RegistryFailed, OSError, tarfile.TarError, zlib.error, ValueError) as fault:
            cause = fault if isinstance(fault, RegistryFailed) else "the disk did not take it"
            why = f"the TypeScript compiler could not be fetched: {cause}"
            self._failed = (time.monotonic(), why)
            log.warning("compiler not fetched", extra={"reason": why})
            raise NoCompiler(why) from fault
        log.info("compiler fetched", extra={"version": VERSION, "seconds": round(time.monotonic() - started, 1)})

    def _unpack(self, content: bytes) -> None:
        """Its hash is known, so it is what was published; all the same only plain files below its own folder are written."""
        beside = self._folder / f"unpacking-{os.getpid()}"
        shutil.rmtree(beside, ignore_errors=True)
        try:
            with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as archive:
                for member in archive:
                    parts = PurePosixPath(member.name).parts
                    opened = archive.extractfile(member) if member.isreg() else None
                    if opened is None or ".." in parts or member.name.startswith("/") or len(parts) < 2:
                        continue
                    target = beside.joinpath(*parts[1:])
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_bytes(opened.read(MOST_BYTES))
                    target.chmod(0o700 if target.name == "tsc" else 0o600)
            beside.rename(self.program.parents[1])
        finally:
            shutil.rmtree(beside, ignore_errors=True)


def main() -> int:
    """`python -m storage.checks.scripts.packages.tools FOLDER` fetches it there ahead, and says where it is."""
    try:
        print(asyncio.run(Tools(Path(sys.argv[1]), Registry(npmrc.or_public(""))).compiler()))
    except NoCompiler as fault:
        print(fault, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
