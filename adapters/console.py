"""The terminal as a door: ask, watch the answer, go on. Works the same when its input is a pipe.

What is printed is never taken back: a line appears once it is whole and can no longer change.
"""

from __future__ import annotations

import asyncio
import mimetypes
import secrets
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from os.path import commonprefix, expanduser
from pathlib import Path
from typing import TextIO

from adapters import phrases as adapters_phrases
from adapters.calling import without_our_name
from adapters.doors import HomePlatform
from bot.answering import phrases
from bot.conversation import Attachment, Author, Message, ThreadId
from bot.errors import FileUnreadable
from bot.ports.doors import Adapter, Desk, LivePost
from bot.ports.inbox import Accepted, Lease, Outbox
from bot.views import View
from bot.writing.text import sanitise, seen

WELCOME = "Ask, and end with an empty line. :file PATH adds a file, !help lists commands, Ctrl-C stops an answer, Ctrl-D leaves."


class ConsolePlatform(HomePlatform):
    """Prints answers; tells the console when one has ended."""

    name = "console"

    def __init__(self, out: TextIO = sys.stdout) -> None:
        self._out = out
        self.ended = asyncio.Event()

    async def open(self, lease: Lease, outbox: Outbox) -> LivePost:
        return ConsolePost(self._out, self.ended)

    async def read(self, attachment: Attachment, limit_bytes: int) -> bytes:
        def begin() -> bytes:
            with Path(attachment.url).open("rb") as file:
                return file.read(limit_bytes)

        try:
            return await asyncio.to_thread(begin)
        except OSError as fault:
            raise FileUnreadable(f"it cannot be opened ({fault.strerror}).") from fault


class ConsolePost(LivePost):
    pause_seconds = 0.05

    def __init__(self, out: TextIO, ended: asyncio.Event) -> None:
        self._out = out
        self._ended = ended
        self._printed = ""
        self._status = ""

    async def draw(self, view: View) -> None:
        if view.status and view.status != self._status and not view.text:
            self._print(f"… {view.status}\n")
        self._status = view.status
        text = view.text.replace("\r\n", "\n").replace("\r", "\n")
        ready = text if view.final else text[: text.rfind("\n") + 1]
        if not ready.startswith(self._printed):
            same = commonprefix((ready, self._printed)).rfind("\n") + 1  # noqa: RUF071 - of characters, as wanted
            self._print(f"\n--- {'from here on it reads like this' if same else 'again, from the beginning'} ---\n")
            self._printed = ready[:same]
        self._print(ready[len(self._printed) :])
        self._printed = ready
        if view.final:
            said = [*(adapters_phrases.code_mark(mark.place, mark.line) for mark in view.marks), *view.notices]
            self._print("".join(f"\n({line})" for line in said) + "\n\n")
            self._ended.set()

    async def withdraw(self) -> None:
        """What a terminal has printed stays."""

    def _print(self, text: str) -> None:
        """Without what a terminal would obey, or would not show."""
        self._out.write(seen(text))
        self._out.flush()


class Console(Adapter):
    """One thread for as long as the console runs. `name` is the person's, `own_name` ours."""

    name = "console"

    def __init__(
        self,
        desk: Desk,
        platform: ConsolePlatform,
        *,
        name: str,
        own_name: str,
        rehearsal: bool = False,
        source: TextIO = sys.stdin,
        out: TextIO = sys.stdout,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._desk = desk
        self._platform = platform
        self._author = Author(f"console:{name}", name)
        self._own_name = own_name
        self._rehearsal = rehearsal
        self._source = source
        self._out = out
        self._clock = clock
        self._thread = ThreadId("console", "local", "terminal", secrets.token_urlsafe(9))
        self._files: list[Attachment] = []

    def is_ready(self) -> bool:
        return True

    async def run(self) -> None:
        """Until the input ends and its last question is answered."""
        self._say(WELCOME)
        if self._rehearsal:
            self._say(phrases.rehearsal_notice())
        while (text := await self._read()) is not None:
            if text.strip() or self._files:
                await self._ask(text)

    async def stop(self) -> None:
        """What Ctrl-C means while an answer is written."""
        await self._desk.command(self._thread, self._author, "stop", "")

    async def _read(self) -> str | None:
        """Lines up to an empty one, or None at the end of the input. A command stands alone."""
        lines: list[str] = []
        if self._source.isatty():
            self._out.write("> ")
            self._out.flush()
        while line := await asyncio.to_thread(self._source.readline):
            text = line.rstrip("\r\n")
            if text.startswith(":file ") and not lines:
                self._attach(text.removeprefix(":file ").strip())
                continue
            if text.startswith("!") and not lines:
                return text
            if not text.strip():
                if lines or self._files:
                    break
                continue
            lines.append(text)
        return "\n".join(lines) if lines or line else None

    def _attach(self, written: str) -> None:
        path = Path(expanduser(written))
        if not path.is_file():
            self._say(f"There is no file {path}.")
            return
        media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        self._files.append(Attachment(str(path), path.name, media_type, path.stat().st_size, str(path.resolve())))
        self._say(f"{path.name} goes with your next question.")

    async def _ask(self, text: str) -> None:
        files, self._files = tuple(self._files), []
        self._platform.ended.clear()
        message_id = secrets.token_urlsafe(12)
        words = without_our_name(sanitise(text), self._own_name)
        message = Message(self._thread, message_id, self._author, words, self._clock(), True, attachments=files)
        received = await self._desk.receive(message)
        if received.aside:
            self._say(f"({received.aside.text})")
        if received.reply:
            self._say(received.reply.text)
        elif received.accepted is Accepted.NEW:
            await self._platform.ended.wait()

    def _say(self, line: str) -> None:
        self._out.write(line + "\n")
        self._out.flush()
