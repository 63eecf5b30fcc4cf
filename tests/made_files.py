"""Images and PDFs of any size, as small as they can be and valid by their specifications."""

from __future__ import annotations

import struct
import zlib


def png(width: int = 2, height: int = 2, size: int = 0) -> bytes:
    """`size`: at least so many bytes, in a chunk that nobody reads."""
    rows = zlib.compress(b"\0" * min(1_000_000, height * (1 + width)))
    head = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    ends = _chunk(b"IDAT", rows) + _chunk(b"IEND", b"")
    padding = size - 8 - len(head) - len(ends) - 12
    return b"\x89PNG\r\n\x1a\n" + head + (_chunk(b"plMb", bytes(padding)) if padding > 0 else b"") + ends


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def jpeg(width: int = 2, height: int = 2, frame: int = 0xC0) -> bytes:
    """With a preview in its EXIF data, as cameras make it: a whole JPEG within the JPEG."""
    preview = b"\xff\xd8" + _segment(0xC0, struct.pack(">BHHB", 8, 120, 160, 1) + b"\x01\x11\x00") + b"\xff\xd9"
    size = _segment(frame, struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\x00")
    scan = _segment(0xDA, b"\x01\x01\x00\x00\x3f\x00") + b"\x12\xff\x00\x34"
    return b"\xff\xd8" + _segment(0xE1, b"Exif\0\0" + preview) + size + scan + b"\xff\xd9"


def _segment(kind: int, data: bytes) -> bytes:
    return b"\xff" + bytes([kind]) + struct.pack(">H", len(data) + 2) + data


def gif(width: int = 2, height: int = 2) -> bytes:
    comment = b"\x21\xfe\x05hello\x00"
    image = b"\x2c" + struct.pack("<HHHHB", 0, 0, width, height, 0x80) + bytes(6) + b"\x02\x02\x4c\x01\x00"
    return b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + bytes(6) + comment + image + b"\x3b"


def webp(width: int = 2, height: int = 2, kind: bytes = b"VP8 ") -> bytes:
    match kind:
        case b"VP8 ":
            body = b"\x10\x00\x00\x9d\x01\x2a" + struct.pack("<HH", width, height) + bytes(4)
        case b"VP8L":
            body = b"\x2f" + struct.pack("<I", (width - 1) | (height - 1) << 14) + bytes(5)
        case _:
            body = bytes(4) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    chunk = kind + struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk


def pdf(pages: int = 1, *, encrypted: bool = False, compressed: bool = False, size: int = 0) -> bytes:
    """`compressed`: the objects in a stream, as newer programs write them."""
    kids = b" ".join(b"%d 0 R" % (number + 3) for number in range(pages))
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Count %d /Kids [%s] >>" % (pages, kids)]
    objects += [b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>"] * pages
    lock = b" /Encrypt 9 0 R" if encrypted else b""
    parts = [b"%PDF-1.7\n", b"%" + b"x" * size + b"\n"]
    if compressed:
        packed = zlib.compress(b" ".join(objects))
        parts.append(
            b"1 0 obj\n<< /Type /ObjStm /N %d /First 0 /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream\nendobj\n"
            % (len(objects), len(packed), packed)
        )
        parts.append(b"2 0 obj\n<< /Type /XRef /Root 1 0 R%s >>\nstream\n\nendstream\nendobj\n" % lock)
    else:
        parts += [b"%d 0 obj\n%s\nendobj\n" % (number, one) for number, one in enumerate(objects, 1)]
        parts.append(b"trailer\n<< /Root 1 0 R%s >>\n" % lock)
    return b"".join(parts) + b"startxref\n0\n%%EOF\n"
