"""The words and signs of a line, each without what quotes and closes it."""

from __future__ import annotations

from bot.writing.secrets.engine import compiled

TOKEN = compiled(r"[^\s]+")
OPENING, CLOSING = b"\"'`*_([{<|,;", b"\"'`*_)]}>|,;:."
QUOTES = tuple(one.encode() for one in "“”„‟«»‹›‘’「」『』《》（）：，。")
SIGNS = frozenset(": = == := -> => --> <- <-- <= - | → ← ⇒ – — ： ? ... …".encode().split())
"""What stands between a word and a value, alone."""

MOST_WORDS, REACH = 9, 200
"""Words, and bytes, on either side of a word that are looked at."""

Token = tuple[int, int, bytes]
"""Where it stands, without what quotes and closes it, and what it says."""


def tokens_of(text: bytes, first: int, last: int) -> list[Token]:
    """Words and signs; a colon that ends a word stays with it."""
    found = []
    while first < last and 0x80 <= text[first] < 0xC0:
        first += 1  # within a character
    for token in TOKEN.finditer(text, first, last):
        said = token[0]
        start, core = bared(said)
        if not core or said in SIGNS:
            found.append((token.start(), token.end(), said.strip(b"*_\"'`()[]") or said))
            continue
        kept = core + b":" if said.rstrip(b"*_\"'`").endswith(b":") else core
        found.append((token.start() + start, token.start() + start + len(core), kept))
    return found


def bared(said: bytes) -> tuple[int, bytes]:
    """Where what it says begins, and that, without quotes and what closes a sentence."""
    core = said
    while True:
        opened = core.lstrip(OPENING)
        opened = next((opened.removeprefix(one) for one in QUOTES if opened.startswith(one)), opened)
        closed = opened.rstrip(CLOSING)
        closed = next((closed.removesuffix(one) for one in QUOTES if closed.endswith(one)), closed)
        if closed == core:
            return said.index(core) if core else 0, core
        core = closed
