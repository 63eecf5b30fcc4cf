"""What a file is, by its bytes and not by its name, and what the model gets of it.

Text in any usual encoding, images and PDFs are read; a long text is excerpted, and the asker is told what was left out. Of a PDF in
which a secret is written the model gets the text without it. Anything else is named and declined.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.answering import phrases
from bot.answering.encodings import likely
from bot.answering.pdfs import MAGIC
from bot.claude.papers import MOST_PAGES, paper
from bot.claude.pictures import MOST_PIXELS, picture
from bot.conversation import Attachment
from bot.ports.model import ImagePart, PdfPart
from bot.writing.masking import masked
from bot.writing.text import excerpt, sanitise

IMAGES = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}
MOST_IMAGE_BYTES = 5 * 1024 * 1024 // 4 * 3
"""Of one image: the API takes 5 MB of base64, which makes three bytes four: https://docs.claude.com/en/docs/build-with-claude/vision."""

MOST_MASKED_CHARACTERS = 4_000_000

MARKS = {b"\xff\xfe\x00\x00": "utf-32", b"\x00\x00\xfe\xff": "utf-32", b"\xef\xbb\xbf": "utf-8-sig"} | {
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}


@dataclass(frozen=True, slots=True)
class TextFile:
    """A text with its name; the prompt puts it in an envelope."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class UnreadFile:
    """A file that the model does not get: its name and why, so that it knows what it has not seen."""

    name: str
    reason: str


FileContent = TextFile | UnreadFile | ImagePart | PdfPart


@dataclass(frozen=True, slots=True)
class FileRead:
    """One file: what the model gets, if anything, and what the asker is told; `asides` in private, where that can be."""

    parts: tuple[FileContent, ...] = ()
    notices: tuple[str, ...] = ()
    asides: tuple[str, ...] = ()


def read_file(
    attachment: Attachment, data: bytes, text_limit_chars: int, masks: bool = True, words: str | None = None
) -> FileRead:
    """The file's content within limits, and without secrets where it `masks`. Never raises for what stands in a file.

    `words`: what is written in a PDF; one of which nobody knows that is not shown where it `masks`.
    """
    name = attachment.name
    if not data:
        return _declined(name, phrases.file_empty())
    if data.startswith(MAGIC):
        return _read_pdf(attachment, data, text_limit_chars, words, masks=masks)
    if kind := _image_type(data):
        return _image(name, kind, data)
    if (decoded := _decode(data)) is None:
        return _declined(name, phrases.file_not_text())
    text, guessed = decoded
    notices = [phrases.encoding_guessed(name, guessed)] if guessed else []
    if len(data) < attachment.size_bytes:
        notices.append(phrases.file_begins_only(name, len(data), attachment.size_bytes))
    text = sanitise(text)
    clean, kinds = without_secrets(text, is_typed=is_prose(name)) if masks else (text, ())
    asides = (phrases.secrets_in_file(name, kinds),) if kinds else ()
    shown, cut = excerpt(clean, text_limit_chars)
    if cut:
        notices.append(phrases.file_cut(name, cut.kept, max(cut.total, len(text))))
    return FileRead((TextFile(name, shown),), tuple(notices), asides)


def _read_pdf(
    attachment: Attachment, data: bytes, text_limit_chars: int, words: str | None, *, masks: bool
) -> FileRead:
    name, seen = attachment.name, paper(data)
    if len(data) < attachment.size_bytes or not seen.is_whole:
        return _declined(name, phrases.file_cut_off())
    if seen.is_encrypted:
        return _declined(name, phrases.pdf_encrypted())
    if seen.pages > MOST_PAGES:
        return _declined(name, phrases.pdf_too_long(seen.pages, MOST_PAGES))
    if masks and words is None:
        return _declined(name, phrases.pdf_not_looked_into())
    clean, kinds = without_secrets(sanitise(words or ""), is_typed=True) if masks else ("", ())
    if not kinds:
        return FileRead((PdfPart(name, data, seen.pages),))
    shown, _ = excerpt(clean, text_limit_chars)
    return FileRead((TextFile(name, shown),), (phrases.pdf_text_alone(name),), (phrases.secrets_in_file(name, kinds),))


def _image(name: str, kind: str, data: bytes) -> FileRead:
    if len(data) > MOST_IMAGE_BYTES:
        return _declined(name, phrases.image_too_large(MOST_IMAGE_BYTES))
    seen = picture(kind, data)
    if seen is None:
        return _declined(name, phrases.image_damaged())
    if not seen.is_whole:
        return _declined(name, phrases.file_cut_off())
    if seen.longest > MOST_PIXELS:
        return _declined(name, phrases.image_too_many_pixels(seen.width, seen.height, MOST_PIXELS))
    return FileRead((ImagePart(kind, data, name),))


def is_prose(name: str) -> bool:
    """Written by people for people, as its name says: what is pasted into Slack at some length becomes a file `.txt`."""
    return name.lower().endswith((".txt", ".text", ".md", ".markdown", ".eml", ".rtf"))


def without_secrets(text: str, *, is_typed: bool = False) -> tuple[str, Sequence[str]]:
    """The text, and what was masked in it. Of a giant text only what would be shown at most is looked through and kept, its two ends:
    20 MB would take half a minute."""
    if len(text) <= MOST_MASKED_CHARACTERS:
        found = masked(text, is_piece=True, is_typed=is_typed)
        return found.text, found.kinds
    half = MOST_MASKED_CHARACTERS // 2
    first, last = (masked(part, is_piece=True, is_typed=is_typed) for part in (text[:half], text[-half:]))
    between = phrases.left_out_between(len(text) - 2 * half)
    return f"{first.text}\n{between}\n{last.text}", tuple(dict.fromkeys((*first.kinds, *last.kinds)))


def text_of(data: bytes) -> str | None:
    """A file's text in any usual encoding; None for an image, a PDF and whatever else is none."""
    found = None if data.startswith(MAGIC) or _image_type(data) else _decode(data)
    return found[0] if found else None


def _image_type(data: bytes) -> str:
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for magic, kind in IMAGES.items() if data.startswith(magic)), "")


def _decode(data: bytes) -> tuple[str, str] | None:
    """The text, by its byte order mark or as UTF-8, else by what its letters make likely, with that encoding's name; None for binary
    data."""
    for mark, encoding in MARKS.items():
        if data.startswith(mark):
            return data.decode(encoding, errors="replace"), ""
    if b"\0" in data:
        return None
    try:
        return data.decode("utf-8"), ""
    except UnicodeDecodeError as fault:
        if fault.start > len(data) - 4 and fault.end == len(data):
            return data[: fault.start].decode("utf-8"), ""  # cut within a character
    if any(byte < 32 and byte not in b"\t\n\r\f\x1b" for byte in data[:4096]):
        return None
    guessed = likely(data)
    return data.decode(guessed, errors="replace"), guessed


def _declined(name: str, reason: str) -> FileRead:
    return FileRead((UnreadFile(name, reason),), (phrases.file_not_read(name, reason),))
