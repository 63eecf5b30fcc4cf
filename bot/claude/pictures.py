"""What the header of an image says, read without decoding it: its size, and whether all of it is there.

Claude takes PNG, JPEG, GIF and WebP up to 8000 pixels a side, and up to 2000 where a request holds more than 20 images:
https://docs.claude.com/en/docs/build-with-claude/vision. Every step moves on in bytes that came, so a crafted file costs no more than
one look at each.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

MOST_PIXELS = 8_000
MANY_IMAGES, MOST_PIXELS_OF_MANY = 20, 2_000
"""From the 21st image on the lower limit holds for all of them, those of earlier turns included."""


@dataclass(frozen=True, slots=True)
class Picture:
    """`is_whole`: its last byte came."""

    width: int
    height: int
    is_whole: bool

    @property
    def longest(self) -> int:
        return max(self.width, self.height)


def picture(media_type: str, data: bytes) -> Picture | None:
    """None where there is no such image in these bytes."""
    try:
        found = READERS[media_type](data)
    except (struct.error, IndexError):
        return None
    return found if found and found.width and found.height else None


def _png(data: bytes) -> Picture | None:
    """https://www.w3.org/TR/png-3/#5PNG-file-signature: chunks of a length, a name, so many bytes and a check sum."""
    if data[12:16] != b"IHDR":
        return None
    width, height = struct.unpack_from(">II", data, 16)
    at = 8
    while at + 12 <= len(data):
        if data[at + 4 : at + 8] == b"IEND":
            return Picture(width, height, True)
        at += 12 + struct.unpack_from(">I", data, at)[0]
    return Picture(width, height, False)


FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
SCAN, LAST, ALONE = 0xDA, 0xD9, frozenset((0x01, *range(0xD0, 0xD9)))


def _jpeg(data: bytes) -> Picture | None:
    """Segments of ITU-T T.81, B.1.1.3; a size stands in the first frame, and the image ends with a marker after its first scan."""
    size, at = (0, 0), 2
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            at += 1  # bytes between segments are passed over, as decoders do
            continue
        kind = data[at + 1]
        if kind == 0xFF or kind in ALONE or kind == 0:
            at += 1 if kind == 0xFF else 2
            continue
        if kind in FRAMES and size == (0, 0):
            height, width = struct.unpack_from(">HH", data, at + 5)
            size = (width, height)
        if kind in (SCAN, LAST):
            break
        at += 2 + struct.unpack_from(">H", data, at + 2)[0]
    return Picture(*size, data.find(b"\xff\xd9", at) >= 0) if size != (0, 0) else None


def _gif(data: bytes) -> Picture | None:
    """https://www.w3.org/Graphics/GIF/spec-gif89a.txt: the first frame has to be there."""
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    at = 13 + _colours(flags)
    while at < len(data):
        match data[at]:
            case 0x3B:
                return None  # an end before any image
            case 0x2C:
                frame_width, frame_height, flags = struct.unpack_from("<HHB", data, at + 5)
                at = _after_blocks(data, at + 11 + _colours(flags))
                return Picture(max(width, frame_width), max(height, frame_height), at <= len(data))
            case 0x21:
                at = _after_blocks(data, at + 2)
            case _:
                return None
    return Picture(width, height, False)


def _colours(flags: int) -> int:
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _after_blocks(data: bytes, at: int) -> int:
    """Where the blocks end that begin here; beyond the data where their end is missing."""
    while at < len(data) and data[at]:
        at += 1 + data[at]
    return at + 1


def _webp(data: bytes) -> Picture | None:
    """https://developers.google.com/speed/webp/docs/riff_container."""
    is_whole = 8 + struct.unpack_from("<I", data, 4)[0] <= len(data)
    match data[12:16]:
        case b"VP8 " if data[23:26] == b"\x9d\x01\x2a":
            width, height = struct.unpack_from("<HH", data, 26)
            return Picture(width & 0x3FFF, height & 0x3FFF, is_whole)
        case b"VP8L" if data[20] == 0x2F:
            bits = struct.unpack_from("<I", data, 21)[0]
            return Picture((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1, is_whole)
        case b"VP8X":
            width, height = (int.from_bytes(data[at : at + 3], "little") + 1 for at in (24, 27))
            return Picture(width, height, is_whole)
    return None


READERS: dict[str, Callable[[bytes], Picture | None]] = {
    "image/png": _png,
    "image/jpeg": _jpeg,
    "image/gif": _gif,
    "image/webp": _webp,
}
