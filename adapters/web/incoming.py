"""What a person sends from the page -> Message, with its files kept on the board."""

from __future__ import annotations

import asyncio
import hashlib
import mimetypes
import re
import secrets
from dataclasses import dataclass
from datetime import datetime

from aiohttp import BodyPartReader, MultipartReader

from adapters.web import phrases
from bot.conversation import Attachment, Author, Message, ThreadId
from bot.ports.stores import Board
from bot.writing.text import sanitise

MOST_BYTES = 20 * 1024 * 1024
MOST_FILES = 10
WORKSPACE, CHANNEL = "local", "page"
THREAD = re.compile(r"[A-Za-z0-9_-]{8,32}")


class FormRefused(Exception):
    """A form that cannot be taken; the message tells the person why."""


def new_form() -> str:
    """A form's own name: whoever sends the same form twice has asked once."""
    return secrets.token_urlsafe(12)


def thread_of(name: str) -> ThreadId | None:
    """The thread that an address names, or None for what is no name of ours."""
    return ThreadId("web", WORKSPACE, CHANNEL, name) if THREAD.fullmatch(name) else None


@dataclass(frozen=True, slots=True)
class Submission:
    """A form as it was sent. `form` is the name that its page gave it."""

    form: str
    text: str
    files: tuple[tuple[str, bytes], ...]

    @property
    def message_id(self) -> str:
        """The same for the same words and files in the same form, so sending it again does not ask again."""
        digest = hashlib.sha256(f"{self.form}\0{self.text}".encode())
        for name, data in self.files:
            digest.update(f"\0{name}\0".encode() + hashlib.sha256(data).digest())
        return digest.hexdigest()[:20]


async def read_form(form: MultipartReader) -> Submission:
    """The fields `form` and `text`, and any number of `file`s. Raises FormRefused when it is empty or too large."""
    name, text, room = "", "", MOST_BYTES
    files: list[tuple[str, bytes]] = []
    async for part in form:
        if not isinstance(part, BodyPartReader):
            continue
        data = await _read(part, room)
        room -= len(data)
        if part.name == "form":
            name = data.decode("ascii", errors="ignore")
        elif part.name == "text":
            # A pasted megabyte takes a sixth of a second, in which everybody else would wait.
            text = await asyncio.to_thread(sanitise, data.decode("utf-8", errors="replace"))
        elif part.name == "file" and part.filename:
            if len(files) == MOST_FILES:
                raise FormRefused(phrases.too_many_files_at_once(MOST_FILES))
            files.append((_file_name(part.filename), data))
    if not text.strip() and not files:
        raise FormRefused(phrases.nothing_to_send())
    return Submission(name if THREAD.fullmatch(name) else new_form(), text, tuple(files))


async def to_message(sent: Submission, board: Board, thread: ThreadId, author: Author, now: datetime) -> Message:
    """The message, with its files kept where a worker finds them."""
    files = tuple([await _keep(f"{sent.message_id}-{place}", *file, board) for place, file in enumerate(sent.files)])
    return Message(thread, sent.message_id, author, sent.text, now, addressed=True, attachments=files)


async def _read(part: BodyPartReader, room: int) -> bytes:
    data = bytearray()
    while chunk := await part.read_chunk():
        data += chunk
        if len(data) > room:
            raise FormRefused(phrases.too_much_at_once(MOST_BYTES // 1024 // 1024))
    return bytes(data)


def _file_name(name: str) -> str:
    return sanitise(name).replace("\n", " ").rsplit("/", 1)[-1][:120] or "file"


async def _keep(file_id: str, name: str, data: bytes, board: Board) -> Attachment:
    await board.keep_file(file_id, data)
    media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Attachment(file_id, name, media_type, len(data), url=file_id)
