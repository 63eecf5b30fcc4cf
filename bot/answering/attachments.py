"""Fetches the files of a turn's messages, each within limits, and says of every one what became of it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.answering import phrases
from bot.answering.files import FileContent, UnreadFile, read_file
from bot.answering.pdfs import MAGIC, PdfNotRead, words_of
from bot.claude.papers import MOST_PAGES, begun
from bot.conversation import Attachment, Message
from bot.errors import BotError, FileUnreadable
from bot.ports.doors import Platform
from bot.ports.model import ImagePart, PdfPart

log = logging.getLogger(__name__)

MOST_FILES = 10
MOST_BYTES = 20 * 1024 * 1024
"""Of one file: Claude takes 32 MB in a request, and base64 makes three bytes four."""

MOST_BYTES_TOGETHER = 20 * 1024 * 1024
"""Of all images and PDFs of one question, for the same reason."""

READ_TIMEOUT_SECONDS = 20


@dataclass(frozen=True, slots=True)
class ReadFiles:
    """What the model gets of the files, and what the asker is told of them; `asides` in private, where that can be."""

    parts: tuple[FileContent, ...] = ()
    notices: tuple[str, ...] = ()
    asides: tuple[str, ...] = ()


async def read_files(
    platform: Platform,
    messages: Sequence[Message],
    context: Sequence[Message],
    text_limit_chars: int,
    *,
    masks: bool = True,
) -> ReadFiles:
    """The files of the messages, in order, then those of what was heard before them, the newest first, as many as there is room for.

    One that cannot be read, or for which there is no room, becomes a notice and is named to the model; never an exception.
    """
    said = [attachment for message in messages for attachment in message.attachments]
    known = {attachment.id for attachment in said}
    before = [one for message in reversed(context) for one in message.attachments if one.id not in known]
    attachments = [*said, *before]
    read = await asyncio.gather(*(_read(platform, one, text_limit_chars, masks) for one in attachments[:MOST_FILES]))
    read = _within(read, attachments)
    read += [_unread(one, phrases.file_one_too_many(MOST_FILES)) for one in attachments[MOST_FILES:]]
    notices = [notice for one in read[:MOST_FILES] for notice in one.notices]
    if len(attachments) > MOST_FILES:
        notices.append(phrases.too_many_files(len(attachments), MOST_FILES))
    asides = tuple(aside for one in read for aside in one.asides)
    return ReadFiles(tuple(part for one in read for part in one.parts), tuple(notices), asides)


def _within(read: Sequence[ReadFiles], attachments: Sequence[Attachment]) -> list[ReadFiles]:
    """Those that go into one request together; of each other one the asker is told."""
    room, pages_left, kept = MOST_BYTES_TOGETHER, MOST_PAGES, []
    for attachment, one in zip(attachments, read, strict=False):
        size = sum(len(part.data) for part in one.parts if isinstance(part, ImagePart | PdfPart))
        pages = sum(part.pages for part in one.parts if isinstance(part, PdfPart))
        if size > room:
            kept.append(_unread(attachment, phrases.files_too_large_together(MOST_BYTES_TOGETHER)))
        elif pages > pages_left:
            kept.append(_unread(attachment, phrases.pdfs_too_long_together(MOST_PAGES)))
        else:
            room, pages_left = room - size, pages_left - pages
            kept.append(one)
    return kept


def without(files: ReadFiles, places: Sequence[int]) -> ReadFiles:
    """The files without those parts, which the model's service does not take: they are named to it, and to whoever asked."""
    parts, notices = list(files.parts), list(files.notices)
    for place in places:
        name = getattr(parts[place], "name", "") or "an image"
        parts[place] = UnreadFile(name, phrases.file_refused())
        notices.append(phrases.file_not_read(name, phrases.file_refused()))
    return replace(files, parts=tuple(parts), notices=tuple(notices))


async def _read(platform: Platform, attachment: Attachment, text_limit_chars: int, masks: bool) -> ReadFiles:
    try:
        async with asyncio.timeout(READ_TIMEOUT_SECONDS):
            came = await platform.read(attachment, MOST_BYTES)
            data = begun(came)
            attachment = replace(attachment, size_bytes=attachment.size_bytes - len(came) + len(data))
        words = await _words(attachment, data) if masks and data.startswith(MAGIC) else None
        read = await asyncio.to_thread(read_file, attachment, data, text_limit_chars, masks, words)
    except TimeoutError:
        return _unread(attachment, phrases.file_took_too_long())
    except FileUnreadable as fault:
        return _unread(attachment, str(fault))
    except BotError as fault:
        log.warning("file not read", extra={"file": attachment.id, "reason": type(fault).__name__})
        return _unread(attachment, phrases.file_not_fetched())
    return ReadFiles(read.parts, read.notices, read.asides)


async def _words(attachment: Attachment, data: bytes) -> str | None:
    try:
        return await words_of(data)
    except PdfNotRead as fault:
        log.warning("PDF not looked into", extra={"file": attachment.id, "reason": str(fault)})
        return None


def _unread(attachment: Attachment, reason: str) -> ReadFiles:
    return ReadFiles((UnreadFile(attachment.name, reason),), (phrases.file_not_read(attachment.name, reason),))
