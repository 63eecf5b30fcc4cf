"""Takes secrets out of what people write, of code and of logs: `[masked: GitHub token]` stands in their place, line for line.

What a secret looks like stands in `secrets/`. Linear time (RE2); a text's lines stay where they are, so that citations stay true.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.writing.secrets.armour import CUES, mask_blocks
from bot.writing.secrets.engine import compiled
from bot.writing.secrets.finding import find
from bot.writing.secrets.manifests import find_in_manifests

RULES = 3
"""One higher (below 1,000) whenever something is masked, or a file is secret, otherwise than before: indexes are then made anew."""

HUNK = compiled(r"(?m)^@@ -\d+(?:,\d+)? \+\d+")
BLOCK = compiled(CUES + r"|[A-Za-z0-9+/]{60}")


@dataclass(frozen=True, slots=True)
class Masked:
    """A text without its secrets, and what they were (`GitHub token`), each once, in order."""

    text: str
    kinds: tuple[str, ...] = ()


def mask(text: str, *, is_piece: bool = False) -> str:
    """The text with each secret replaced; as many lines as before."""
    return masked(text, is_piece=is_piece).text


def masked(text: str, *, is_piece: bool = False) -> Masked:
    """`is_piece`: it may be cut out of a whole, as a patch or a quoted piece is; then the middle of a key counts as one, too."""
    data = text.encode("utf-8", "surrogatepass")
    kinds: dict[str, None] = {}
    if BLOCK.search(data):
        lines = data.split(b"\n")
        if mask_blocks(lines, is_piece=is_piece or bool(HUNK.search(data))):
            kinds["private key"] = None
            data = b"\n".join(lines)
    found = find(data)
    found = find_in_manifests(data, found)
    if not found and not kinds:
        return Masked(text)
    pieces, at = [], 0
    for one in found:
        kinds.setdefault(one.name)
        pieces += [data[at : one.start], b"[masked: ", one.name.encode(), b"]"]
        at = one.end
    pieces.append(data[at:])
    return Masked(b"".join(pieces).decode("utf-8", "surrogatepass"), tuple(kinds))
