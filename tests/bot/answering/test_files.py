"""A file is what its bytes are; what is not read is said."""

from __future__ import annotations

import pytest

from bot.answering.files import TextFile, read_file
from bot.conversation import Attachment, ImagePart, PdfPart

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


def attachment(name: str, size: int = 0, media_type: str = "application/octet-stream") -> Attachment:
    return Attachment("f1", name, media_type, size, "url")


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"plain", "plain"),
        ("\ufeffmark".encode(), "mark"),
        ("utf16 é".encode("utf-16"), "utf16 é"),
        (b"caf\xe9 latin", "café latin"),
        ("cut é".encode()[:-1], "cut "),
        (b"\x1b[31mred\x1b[0m", "[31mred[0m"),
    ],
)
def test_text_in_any_usual_encoding_is_read(data: bytes, text: str) -> None:
    assert read_file(attachment("message.txt"), data, 1_000).parts == (TextFile("message.txt", text),)


def test_an_image_is_known_by_its_bytes_and_not_by_its_name() -> None:
    assert read_file(attachment("notes.txt"), PNG, 1_000).parts == (ImagePart("image/png", PNG),)
    assert read_file(attachment("x.bin"), b"RIFF0000WEBPrest", 1_000).parts == (
        ImagePart("image/webp", b"RIFF0000WEBPrest"),
    )


def test_a_pdf_is_passed_on() -> None:
    assert read_file(attachment("a.pdf"), b"%PDF-1.7 ...", 1_000).parts == (PdfPart("a.pdf", b"%PDF-1.7 ..."),)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04\0\0zip", b"\x7fELF\0\0", PNG + b"\0" * 6_000_000])
def test_anything_else_is_named_and_declined(data: bytes) -> None:
    read = read_file(attachment("thing.bin"), data, 1_000)

    assert read.parts == ()
    assert "thing.bin" in read.notices[0]


def test_what_was_cut_is_said() -> None:
    read = read_file(attachment("big.log", size=50_000), b"x\n" * 25_000, 1_000)

    assert "big.log is long" in read.notices[0]
    part = read.parts[0]
    assert isinstance(part, TextFile)
    assert len(part.text) < 2_000


def test_a_file_that_came_only_in_part_is_said() -> None:
    assert "first 3 of 9 bytes" in read_file(attachment("a.txt", size=9), b"abc", 100).notices[0]
