"""What a person sends from the page -> Message, with its files kept on the board."""

from __future__ import annotations

import asyncio
import mimetypes
import re
import secrets
from datetime import datetime

from aiohttp import BodyPartReader, MultipartReader

from bot.conversation import Attachment, Author, Message, ThreadId
from bot.ports import Board
from bot.text import sanitise

MOST_BYTES = 20 * 1024 * 1024
MOST_FILES = 10
WORKSPACE, CHANNEL = "local", "page"
THREAD = re.compile(r"[A-Za-z0-9_-]{8,32}")


class FormRefused(Exception):
    """A form that cannot be taken; the message tells the person why."""


def new_thread() -> ThreadId:
    return ThreadId("web", WORKSPACE, CHANNEL, secrets.token_urlsafe(9))


def thread_of(name: str) -> ThreadId | None:
    """The thread that an address names, or None for what is no name of ours."""
    return ThreadId("web", WORKSPACE, CHANNEL, name) if THREAD.fullmatch(name) else None


async def to_message(form: MultipartReader, board: Board, thread: ThreadId, author: Author, now: datetime) -> Message:
    """Read the form: `text`, and any number of `file`s. Raises FormRefused when it is empty or too large."""
    text, room = "", MOST_BYTES
    files: list[Attachment] = []
    async for part in form:
        if not isinstance(part, BodyPartReader):
            continue
        data = await _read(part, room)
        room -= len(data)
        if part.name == "text":
            # A pasted megabyte takes a sixth of a second, in which everybody else would wait.
            text = await asyncio.to_thread(sanitise, data.decode("utf-8", errors="replace"))
        elif part.name == "file" and part.filename:
            if len(files) == MOST_FILES:
                raise FormRefused(f"Please send at most {MOST_FILES} files at once.")
            files.append(await _keep(part.filename, data, board))
    if not text.strip() and not files:
        raise FormRefused("Please write something, or add a file.")
    return Message(thread, secrets.token_urlsafe(12), author, text, now, addressed=True, attachments=tuple(files))


async def _read(part: BodyPartReader, room: int) -> bytes:
    data = bytearray()
    while chunk := await part.read_chunk():
        data += chunk
        if len(data) > room:
            raise FormRefused(f"That is more than {MOST_BYTES // 1024 // 1024} MB; please send less.")
    return bytes(data)


async def _keep(name: str, data: bytes, board: Board) -> Attachment:
    name = sanitise(name).replace("\n", " ").rsplit("/", 1)[-1][:120] or "file"
    file_id = secrets.token_urlsafe(12)
    await board.keep_file(file_id, data)
    media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Attachment(file_id, name, media_type, len(data), url=file_id)
