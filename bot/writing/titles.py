"""What a thread is called: the first words of its question that people would read, for every door that shows a title.

No Markdown, no fence's language, no raw address, no mention and no emoji's code: a list of threads has no room for what is not words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from bot.writing.markdown import Block, Code, Span, Table, Text, parse
from bot.writing.text import by_code

LOOKED_AT = 2_000
"""Characters of a question in which its title is looked for."""

RAW = re.compile(r"<(?:a?:\w+:\d+|(?:@[!&]?|#|!)[\w^]+(?:\|[^<>]*)?)>")
"""Emoji, people, channels and groups, as platforms write them; as Markdown some of it would be a mail address."""

SIGNS = re.compile(
    r"(?<![\w:]):(?:[\w+-]*[^\W\d][\w+-]*|100|1234|[+-]1):(?::skin-tone-\d:|\d{15,})?(?![\w:])"  # an emoji's name
    r"|(?<![\w@])@(?:here|channel|everyone)\b"
)
AT = re.compile(r"(?<![\w@.])@(?=\w)")
LINK = re.compile(r"!?\[([^\[\]\n]{1,300})\]\([^()\s]*(?:\([^()\s]*\)[^()\s]*)*(?:\s+\"[^\"\n]*\")?\)")
ADDRESS = re.compile(r"(?:[a-z][a-z0-9+.-]{1,20}://|www\.(?=\w))[^\s<>|`]*[^\s<>|`.,;:!?)\]*_~'\"]", re.IGNORECASE)
AUTOLINK = re.compile(r"<([a-z][a-z0-9+.-]{1,20}:[^\s<>]*)>", re.IGNORECASE)
WORD = re.compile(r"[^\W_]")


def title(text: str, most_characters: int, otherwise: str = "") -> str:
    """One line of at most so many characters; `otherwise` where there is no word at all."""
    pieces = by_code(text[:LOOKED_AT])
    blocks = parse("".join(piece if is_code else _without_addresses(piece) for is_code, piece in pieces))
    found = next(_lines(blocks), "") or otherwise
    return found if len(found) <= most_characters else found[: most_characters - 1].rstrip() + "…"


def _without_addresses(text: str) -> str:
    """Of a link its words, of a bare address its host."""
    return ADDRESS.sub(_host, LINK.sub(r"\1", AUTOLINK.sub(r"\1", RAW.sub(" ", text))))


def _host(address: re.Match[str]) -> str:
    try:
        return urlsplit(address[0] if "://" in address[0] else f"//{address[0]}").hostname or " "
    except ValueError:
        return " "


def _lines(blocks: list[Block]) -> Iterator[str]:
    """Lines with a word in them: what somebody says before what is quoted, and code last."""
    said = [block.spans for block in blocks if isinstance(block, Text) and not block.quote]
    quoted = [block.spans for block in blocks if isinstance(block, Text) and block.quote]
    cells = [
        cell for block in blocks if isinstance(block, Table) for row in (block.header, *block.rows) for cell in row
    ]
    for spans in (*said, *quoted, *cells):
        yield from _with_words("".join(_readable(span) for span in spans))
    for block in blocks:
        if isinstance(block, Code):
            yield from _with_words(block.text)


def _readable(span: Span) -> str:
    return span.text if span.code else AT.sub("", SIGNS.sub(" ", span.text))


def _with_words(text: str) -> Iterator[str]:
    for line in text.split("\n"):
        words = re.sub(r"\s+([,.;:!?])(?!\S)", r"\1", " ".join(line.split()))
        if WORD.search(words):
            yield words.strip(" ,;:")
