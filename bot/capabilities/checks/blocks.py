"""The code blocks of an answer: what is checked, and how one is replaced where it stands."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.capabilities.checks.verdicts import Block
from bot.writing.markdown import Fence, fences

FILE = re.compile(r"(?P<path>(?:[\w@.+()\[\]$~-]+/)*[\w@+(\[$-][\w@.+()\[\]$~-]*\.\w{1,10})")
COMMENT = re.compile(
    r"\s*(?:#|//|--|;|/\*|<!--)\s*(?:[Ff]ile(?:name)?\s*[:=]\s*)?`?" + FILE.pattern + r"`?\s*(?:\*/|-->)?\s*"
)
TITLE = re.compile(r"""(?:(?:title|file(?:name)?|path)\s*[=:]\s*)?["']?""" + FILE.pattern + r"""["']?""")
CITED = re.compile(r"(?:/blob/\w+/|(?<![\w/:.@-]))(?P<path>(?:[\w@+-][\w@.+-]*/)+[\w@+-][\w@.+-]*\.\w{1,10})(?![\w/])")
MOST_CITED, LONGEST_LINE = 30, 2_000
DIFFS = ("diff", "patch")


@dataclass(frozen=True, slots=True)
class Placed:
    """A block, and where it stands in the answer's text."""

    block: Block
    fence: Fence


def placed_in(text: str) -> list[Placed]:
    """The blocks of a text, in the order in which they are drawn."""
    return [Placed(_block(fence), fence) for fence in fences(text)]


def _block(fence: Fence) -> Block:
    is_diff = fence.language.lower() in DIFFS
    return Block(fence.language.lower(), fence.text, _path(fence, is_diff), is_diff)


def _path(fence: Fence, is_diff: bool) -> str | None:
    """The file that a block says it is: beside its language, in a first line that is a comment, or in a diff's own head."""
    if is_diff:
        found = re.search(r"^\+\+\+ (?:b/)?(\S+)", fence.text, re.MULTILINE)
        return found[1] if found and found[1] != "/dev/null" else None
    if found := TITLE.fullmatch(fence.name.strip()[:LONGEST_LINE]):
        return found["path"]
    first = fence.text.partition("\n")[0]
    found = COMMENT.fullmatch(first[:LONGEST_LINE])
    return found["path"] if found and "/" in found["path"] else None


def cited_in(text: str) -> tuple[str, ...]:
    """The files that a text names beside its blocks, each with its folder: in words, as code, or in a link to them."""
    prose = text.split("\n")
    for fence in fences(text):
        prose[fence.start : fence.end] = [""] * (fence.end - fence.start)
    found = dict.fromkeys(one["path"] for line in prose for one in CITED.finditer(line[:LONGEST_LINE]))
    return tuple(found)[:MOST_CITED]


def with_code(text: str, changed: Sequence[tuple[Fence, str]]) -> str | None:
    """The text with the code of some blocks replaced; None where one stands in a way that cannot be written back exactly."""
    lines = text.split("\n")
    for fence, code in sorted(changed, key=lambda one: -one[0].start):
        margin = fence.margin
        if margin is None:
            return None
        body = [margin + line if line else "" for line in code.rstrip("\n").split("\n")]
        lines[fence.start : fence.end] = body
    written = "\n".join(lines)
    expected = {fence.start: code.rstrip("\n") for fence, code in changed}
    before, after = fences(text), fences(written)
    if len(before) != len(after):
        return None
    for old, new in zip(before, after, strict=True):
        if new.text.rstrip("\n") != expected.get(old.start, old.text.rstrip("\n")):
            return None
    return written
