"""What a Protocol Buffers file defines: messages, enums and their values, services and their calls.

A reader of our own, for want of a well-kept grammar: the language is a few words and braces
(https://protobuf.dev/reference/protobuf/proto3-spec/). One pass, no recursion.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

TOKEN = re.compile(
    rb"(?P<comment>//[^\n]*|/\*.*?(?:\*/|\Z))|(?P<string>\"(?:[^\"\\\n]|\\.)*+\"?|'(?:[^'\\\n]|\\.)*+'?)"
    rb"|(?P<word>[A-Za-z_][\w.]*)|(?P<mark>[{};=])",
    re.DOTALL,
)
KINDS = {b"message": "class", b"enum": "enum", b"service": "interface", b"rpc": "method"}
STARTS = frozenset({b"", b"{", b"}", b";"})


@dataclass(slots=True)
class Found:
    """A definition by its byte offsets; `around` is the name of what it stands in, with a dot behind."""

    kind: str
    around: str
    name: str
    begin: int
    named_at: int
    stop: int = 0


def definitions(source: bytes) -> tuple[list[Found], list[tuple[int, int, bool]]]:
    """What is defined, in order, and where comments and strings stand."""
    found: list[Found] = []
    quiet: list[tuple[int, int, bool]] = []
    open_ones: list[Found | None] = []
    pending: Found | None = None
    before: tuple[bytes, int] = (b"", 0)
    last = b""  # the mark or word in front of `before`
    for token in TOKEN.finditer(source):
        text, kind = token[0], token.lastgroup
        if kind in ("comment", "string"):
            quiet.append((token.start(), token.end(), True))
            continue
        if kind == "word" and before[0] in KINDS and last in STARTS:
            name = text.decode("ascii", "replace")
            pending = Found(KINDS[before[0]], _around(open_ones), name, before[1], token.start())
            found.append(pending)
        elif text == b"=" and last in STARTS and _is_enum(open_ones) and before[0] not in STARTS:
            name = before[0].decode("ascii", "replace")
            value = Found("constant", _around(open_ones), name, before[1], before[1], token.start())
            found.append(value)
        elif text == b"{":
            open_ones.append(pending)
            pending = None
        elif text == b"}" and open_ones:
            if closed := open_ones.pop():
                closed.stop = token.end()
        elif text == b";" and pending is not None:
            pending.stop, pending = token.end(), None
        last, before = before[0], (text, token.start())
    for one in found:
        one.stop = one.stop or len(source)
    return found, quiet


def _around(open_ones: list[Found | None]) -> str:
    inner = next((one for one in reversed(open_ones) if one is not None), None)
    return f"{inner.around}{inner.name}." if inner else ""


def _is_enum(open_ones: list[Found | None]) -> bool:
    return bool(open_ones) and open_ones[-1] is not None and open_ones[-1].kind == "enum"
