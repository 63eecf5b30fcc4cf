"""What a person sends from the page -> Said, Press. Forms end here."""

from __future__ import annotations

import asyncio
import hashlib
import mimetypes
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from aiohttp import BodyPartReader, MultipartReader
from aiohttp.http_exceptions import HttpProcessingError

from adapters.calling import without_our_name
from adapters.events import ACTIONS, Said
from adapters.web import phrases
from adapters.web.threads import is_name, new_name, thread_at
from bot.conversation import Attachment, Author, Message, ThreadId
from bot.ports.stores import Board, BoardPost
from bot.views import Press
from bot.writing.text import sanitise

SHOWN_CHARACTERS = 20_000
"""Of a person's own message: the page shows a giant paste in excerpts, the bot reads it as it came."""

MOST_BYTES = 20 * 1024 * 1024
MOST_FILES = 10
LONGEST_ZONE = 60


MOST_PARTS = MOST_FILES + 10
"""Of a form: its files, its few fields, and what a browser might add."""

MALFORMED = (ValueError, LookupError, RuntimeError, AssertionError, HttpProcessingError)
"""What the library raises over a form that is none: no boundary, a header too long, an encoding that nobody knows."""


class FormRefused(Exception):
    """A form that cannot be taken; the message tells the person why."""


@dataclass(frozen=True, slots=True)
class Submitted(Said):
    """A form as it was sent. `typed` is what the person wrote, with our name if they called us by it; `form` is the name that its page
    gave it; `files` are its files' bytes, as the message names them."""

    typed: str
    form: str
    files: tuple[bytes, ...]


async def read(
    parts: MultipartReader, thread: ThreadId | None, author: Author, own_name: str, now: datetime
) -> Submitted:
    """The fields `form`, `text` and `zone`, and any number of `file`s; without a thread they begin one.

    Raises FormRefused when the form is empty or too large.
    """
    name, text, zone, room = "", "", "", MOST_BYTES
    files: list[tuple[str, bytes]] = []
    count = 0
    async for part in parts:
        count += 1
        if count > MOST_PARTS:
            raise FormRefused(phrases.too_many_fields(MOST_PARTS))
        if not isinstance(part, BodyPartReader):
            continue
        data = await _read(part, room)
        room -= len(data)
        if part.name == "form":
            name = data.decode("ascii", errors="ignore")
        elif part.name == "zone":
            zone = _zone(data.decode("ascii", errors="ignore"))
        elif part.name == "text":
            # A pasted megabyte takes a sixth of a second, in which everybody else would wait.
            text = await asyncio.to_thread(sanitise, data.decode("utf-8", errors="replace"))
        elif part.name == "file" and part.filename:
            if len(files) == MOST_FILES:
                raise FormRefused(phrases.too_many_files_at_once(MOST_FILES))
            files.append((_file_name(part.filename), data))
    if not text.strip() and not files:
        raise FormRefused(phrases.nothing_to_send())
    form = name if is_name(name) else new_name()
    message_id = _id(form, text, files)
    ids = file_ids(message_id, len(files))
    attachments = tuple(_attachment(file_id, name, len(data)) for file_id, (name, data) in zip(ids, files, strict=True))
    words = without_our_name(text, own_name)
    message = Message(
        thread or thread_at(form), message_id, author, words, now, addressed=True, attachments=attachments, zone=zone
    )
    return Submitted(message, text, form, tuple(data for _, data in files))


async def keep_files(sent: Submitted, board: Board) -> tuple[Submitted, Mapping[str, Sequence[str]]]:
    """Where a worker finds them: the form with its files as they are kept, and which secrets were taken out, by the file's name."""
    kept = [
        (one, await board.keep_file(one.id, data))
        for one, data in zip(sent.message.attachments, sent.files, strict=True)
    ]
    files = tuple(replace(attachment, size_bytes=file.size_bytes) for attachment, file in kept)
    masked = {attachment.name: file.masked for attachment, file in kept if file.masked}
    return replace(sent, message=replace(sent.message, attachments=files)), masked


async def edited(
    post: BoardPost, thread: ThreadId, author: Author, text: str, now: datetime, zone: str, board: Board
) -> Message:
    """A message that was sent from here, as it reads now, with the files that it came with."""
    attachments = []
    for file_id, name in zip(file_ids(post.id, len(post.files)), post.files, strict=True):
        data = await board.file(file_id)
        attachments.append(_attachment(file_id, name, len(data or b"")))
    edition = str(int(now.timestamp() * 1000))
    return Message(
        thread, post.id, author, text, post.sent_at, addressed=True, attachments=tuple(attachments), edition=edition,
        zone=_zone(zone),
    )  # fmt: skip


def file_ids(message_id: str, count: int) -> list[str]:
    """The names of a message's files on the board."""
    return [f"{message_id}-{place}" for place in range(count)]


def read_press(form: Mapping[str, Any], thread: ThreadId, author: Author) -> Press | None:
    """None for what is no button of ours."""
    action, turn_id = ACTIONS.get(str(form.get("action"))), str(form.get("turn", ""))
    return Press(thread, turn_id, action, author) if action and turn_id else None


def _id(form: str, text: str, files: list[tuple[str, bytes]]) -> str:
    """The same for the same words and files in the same form, so sending it again does not ask again."""
    digest = hashlib.sha256(f"{form}\0{text}".encode())
    for name, data in files:
        digest.update(f"\0{name}\0".encode() + hashlib.sha256(data).digest())
    return digest.hexdigest()[:20]


async def _read(part: BodyPartReader, room: int) -> bytes:
    data = bytearray()
    while chunk := await part.read_chunk():
        data += chunk
        if len(data) > room:
            raise FormRefused(phrases.too_much_at_once(MOST_BYTES // 1024 // 1024))
    return bytes(data)


def _file_name(name: str) -> str:
    return sanitise(name).replace("\n", " ").rsplit("/", 1)[-1][:120] or "file"


def _zone(written: str) -> str:
    return written[:LONGEST_ZONE] if written.isascii() else ""


def _attachment(file_id: str, name: str, size_bytes: int) -> Attachment:
    media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Attachment(file_id, name, media_type, size_bytes, url=file_id)
