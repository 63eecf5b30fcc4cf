"""Parses files in a process of its own, so that no file can keep a synchronisation for ever or take its memory.

A file that ends the process, or takes too long, is given up: it keeps its text and has no definitions. After many of them nothing
more is parsed for this commit: whoever wrote them wanted it to be slow.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import sys
import time
from types import TracebackType
from typing import Self

from bot.apart import environment
from storage.repos.grammar import has_symbols
from storage.repos.parsing_child import FILE_SECONDS, HEAD, NO_QUIET
from storage.repos.symbols import PARSE_BYTES, Parsed, Symbol

MOST_GIVEN_UP = 40
WAIT_SECONDS = 120.0
"""By the clock, for a process that gets no processor time at all."""


class Parsing:
    """Starts its process with the first file. `seconds` is the processor time that one file may take."""

    def __init__(self, seconds: float = FILE_SECONDS) -> None:
        self._seconds = seconds
        self._process: subprocess.Popen[bytes] | None = None
        self.given_up = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def parse(self, source: bytes, language: str) -> Parsed:
        """What a file defines; nothing where its language has no grammar, or where it was given up."""
        if not has_symbols(language) or len(source) > PARSE_BYTES or self.given_up >= MOST_GIVEN_UP:
            return Parsed([])
        try:
            return self._asked(source, language)
        except (OSError, EOFError):
            self.given_up += 1
            self._end()
            return Parsed([])

    def _asked(self, source: bytes, language: str) -> Parsed:
        process = self._started()
        if process.stdin is None or process.stdout is None:
            raise AssertionError("the pipes were asked for")
        process.stdin.write(HEAD.pack(len(language.encode()), len(source)) + language.encode() + source)
        process.stdin.flush()
        deadline = time.monotonic() + WAIT_SECONDS
        definitions_bytes, quiet_bytes = HEAD.unpack(_read(process.stdout.fileno(), HEAD.size, deadline))
        definitions = json.loads(_read(process.stdout.fileno(), definitions_bytes, deadline))
        quiet = None if quiet_bytes == NO_QUIET else _read(process.stdout.fileno(), quiet_bytes, deadline)
        return Parsed([Symbol(*one) for one in definitions], quiet)

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            self._process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-m", "storage.repos.parsing_child", str(self._seconds)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                env=environment(),
            )  # fmt: skip
        return self._process

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            for pipe in (self._process.stdin, self._process.stdout):
                with contextlib.suppress(OSError):  # what it did not take any more
                    if pipe is not None:
                        pipe.close()
            self._process.wait()
            self._process = None


def _read(file: int, count: int, deadline: float) -> bytes:
    """Raises EOFError where the process is gone or says nothing any more."""
    parts: list[bytes] = []
    while count:
        ready, _, _ = select.select([file], [], [], max(0.0, deadline - time.monotonic()))
        part = os.read(file, min(count, 1 << 20)) if ready else b""
        if not part:
            raise EOFError
        parts.append(part)
        count -= len(part)
    return b"".join(parts)
