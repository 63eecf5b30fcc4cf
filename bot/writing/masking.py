"""Takes secrets out of what people write, of code and of logs: `[masked: GitHub token]` stands in their place, line for line.

What a secret looks like stands in `secrets/`. Linear time (RE2); a text's lines stay where they are, so that citations stay true.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from bot.writing.secrets.armour import CUES, mask_blocks
from bot.writing.secrets.engine import compiled
from bot.writing.secrets.finding import find
from bot.writing.secrets.manifests import find_in_manifests

RULES = 16
"""One higher (below 1,000) whenever something is masked, or a file is secret, otherwise than before: indexes are then made anew."""

HUNK = compiled(r"(?m)^@@ -\d+(?:,\d+)? \+\d+")
WIDE = re.compile("[\uff01-\uff5e\u2460-\u24ff\U0001d400-\U0001d7ff]")
"""Letters, digits and marks in full width, in circles and of mathematics: read as the plain ones they stand for."""

BLOCK = compiled(CUES + r"|[A-Za-z0-9+/]{60}")


@dataclass(frozen=True, slots=True)
class Masked:
    """A text without its secrets, and what they were (`GitHub token`), each once, in order."""

    text: str
    kinds: tuple[str, ...] = ()


def mask(text: str, *, is_piece: bool = False, is_typed: bool = False) -> str:
    """The text with each secret replaced; as many lines as before."""
    return masked(text, is_piece=is_piece, is_typed=is_typed).text


def masked(text: str, *, is_piece: bool = False, is_typed: bool = False) -> Masked:
    """`is_piece`: it may be cut out of a whole, as a patch or a quoted piece is; then the middle of a key counts as one, too.
    `is_typed`: people wrote it into a chat, so that a plainer value behind `password:` counts as one, too."""
    kinds: dict[str, None] = {}
    data = text.encode("utf-8", "surrogatepass")
    if BLOCK.search(data):
        lines = data.split(b"\n")
        if blocks := mask_blocks(lines, is_piece=is_piece or bool(HUNK.search(data))):
            kinds.update(dict.fromkeys(blocks.values()))
            text = b"\n".join(lines).decode("utf-8", "surrogatepass")
    plain = text if text.isascii() else WIDE.sub(_narrow, text)
    data = plain.encode("utf-8", "surrogatepass")
    found = find_in_manifests(data, find(data, is_typed=is_typed))
    kinds.update(dict.fromkeys(one.name for one in found))
    pieces, at, characters = [], 0, 0
    for one in found:
        kept, secret = (
            len(part.decode("utf-8", "surrogatepass")) for part in (data[at : one.start], data[one.start : one.end])
        )
        pieces += [text[characters : characters + kept], f"[masked: {one.name}]"]
        characters += kept + secret
        at = one.end
    return Masked("".join([*pieces, text[characters:]]), tuple(kinds)) if kinds else Masked(text)


def _narrow(wide: re.Match[str]) -> str:
    """One character for one, so that places stay what they are."""
    narrow = unicodedata.normalize("NFKC", wide[0])
    return narrow if len(narrow) == 1 and narrow.isascii() else wide[0]
