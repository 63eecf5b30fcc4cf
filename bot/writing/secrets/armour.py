"""Key blocks: masked while a line looks like armour, and no further.

A block may stand in a patch, in a comment, in quotes, behind line numbers, or lack its beginning or its end: a tool shows pieces. A line
that only names a key's beginning is no block. Certificates, public keys and signed messages are left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.writing.secrets.engine import compiled

KEY_BLOCK, VAULT = "private key", "Ansible vault"

DASHES = r"(?:-{4,5}|-{0,3}(?:(?:—|–|―)-{0,3}){1,5})"
"""Five hyphens, and what an editor with smart punctuation makes of them."""

KEY = r"(?:[A-Z0-9 ]* )?(?:PRIVATE KEY(?: BLOCK)?|OpenVPN Static key V1|PGP PRIVATE KEY BLOCK)"
BEGIN = compiled(rf"{DASHES} ?BEGIN {KEY} ?{DASHES}")
END = compiled(rf"{DASHES} ?END {KEY} ?{DASHES}")
OTHER = compiled(rf"{DASHES} ?(BEGIN|END) [A-Za-z0-9 ]{{1,60}}{DASHES}")
PUTTY = compiled(r"^\s*(?:[+\- ]\s*)?Private-(?:Lines|MAC|Hash):")

BEFORE = r"^([ \t]*(?:\d{1,7}[ \t]*[|:\t][ \t]?|\d{1,7}  ?)?(?:[+\-][ \t]*)?(?:[#>*;|]+|//+|--+|REM)?[ \t]*(?:[rbu]?[\"'`]+)?)"
AFTER = r"((?:\\n|\\r|\\)*[\"'`]*[ \t]*(?:[+.,;)\\&]|<<|\.\.)*[ \t]*\r?)$"
BEFORE_ALONE, AFTER_ALONE = compiled(BEFORE), compiled(AFTER)
BODY = compiled(BEFORE + r"([A-Za-z0-9+/]+={0,2}|=[A-Za-z0-9+/]{4})" + AFTER)
HEAD = compiled(
    BEFORE
    + r"((?:Proc-Type|DEK-Info|Version|Comment|Charset|Hash|MessageID|X-[A-Za-z\-]+|Key-Info|Content-Domain)[:,].{0,200}|)"
    + AFTER
)
LONG = compiled(BEFORE + r"([A-Za-z0-9+/]{60,80}={0,2})" + AFTER)
ONE_LINE = compiled(
    r"(-----BEGIN (?:[A-Z0-9 ]* )?PRIVATE KEY(?: BLOCK)?-----(?:\\+[nr]|\s|&#10;|%0A|[A-Za-z0-9+/=\\:,\-]){60,})"
)
MIXED = compiled(r"[0-9+/]")
CAPITAL, SMALL = compiled(r"[A-Z]"), compiled(r"[a-z]")

SHORTEST_RUN = 3
"""So many full lines of armour in a row are a key's middle, where neither beginning nor end is to be seen."""

CUES = r"PRIVATE KEY|Static key V1|Private-Lines|KEY BLOCK|\$ANSIBLE_VAULT;"
VAULT_HEAD = b"$ANSIBLE_VAULT;"
DIGITS = compiled(r"\d+")


def mask_blocks(lines: list[bytes], *, is_piece: bool) -> dict[int, str]:
    """Masks keys in place, and gives back what each line that it changed was of. `is_piece`: the text may be cut out of a whole, as a
    patch is."""
    changed = _mask_logged(lines)
    for first, last in _blocks(lines, is_piece):
        name = VAULT if VAULT_HEAD in lines[first] else KEY_BLOCK
        for at in range(first, last):
            masked = _masked(lines[at], name)
            if masked != lines[at]:
                lines[at] = masked
                changed[at] = name
    return changed


def _mask_logged(lines: list[bytes]) -> dict[int, str]:
    """Masks keys that were written to a log: each line bears what stands before and behind the key's beginning, but for its numbers."""
    changed, at = dict[int, str](), 0
    while at < len(lines):
        begin = BEGIN.search(lines[at]) if b"BEGIN" in lines[at] else None
        before, behind = (lines[at][: begin.start()], lines[at][begin.end() :]) if begin else (b"", b"")
        if not begin or at + 1 == len(lines) or (BEFORE_ALONE.fullmatch(before) and AFTER_ALONE.fullmatch(behind)):
            at += 1
            continue
        dressed = compiled(f"{_numbered(before)}(.*?){_numbered(behind)}")
        inner = list[re.Match[bytes]]()
        while at + len(inner) < len(lines) and (found := dressed.fullmatch(lines[at + len(inner)])):
            inner.append(found)
        bare = [found[1] for found in inner]
        for number, name in (
            mask_blocks(bare, is_piece=False) if len(bare) > 1 and bare[0] == begin[0] else {}
        ).items():
            line = inner[number]
            lines[at + number] = line[0][: line.start(1)] + bare[number] + line[0][line.end(1) :]
            changed[at + number] = name
        at += max(1, len(inner))
    return changed


def _numbered(decoration: bytes) -> str:
    return r"\d{1,20}".join(re.escape(one).decode("latin-1") for one in DIGITS.sub(b"\0", decoration).split(b"\0"))


def _masked(line: bytes, name: str) -> bytes:
    found, mark = BODY.match(line) or HEAD.match(line), f"[masked: {name}]".encode()
    if found and found[2]:
        return found[1] + mark + found[3]
    if BEGIN.search(line) or END.search(line):
        return ONE_LINE.sub(mark, line)
    return line


def _blocks(lines: list[bytes], is_piece: bool) -> Iterator[tuple[int, int]]:
    """From which line to before which one, the lines that name beginning and end included when they hold more than the name."""
    at, public = 0, False
    while at < len(lines):
        line = lines[at]
        if (
            VAULT_HEAD in line
            or (b"BEGIN" in line and BEGIN.search(line))
            or (b"Private-Lines" in line and PUTTY.search(line))
        ):
            end = _end_of(lines, at + 1)
            yield at, end
            at, public = max(end, at + 1), False
        elif b"END" in line and END.search(line):
            start = at
            while start and _is_armour(lines[start - 1]):
                start -= 1
            yield start, at
            at += 1
        elif (b"BEGIN" in line or b"END" in line) and (other := OTHER.search(line)):
            public = other[1] == b"BEGIN"
            at += 1
        elif is_piece and not public and _is_full(line):
            end = at
            while end < len(lines) and _is_full(lines[end]):
                end += 1
            if end - at >= SHORTEST_RUN:
                while end < len(lines) and BODY.match(lines[end]) and not lines[end].strip().isalpha():
                    end += 1
                yield at, end
            at = end
        else:
            at += 1


def _end_of(lines: list[bytes], at: int) -> int:
    """The first line that is no armour any more. Heads and one empty line are armour only before the body."""
    begun = False
    while at < len(lines):
        found = BODY.match(lines[at])
        if found and (begun or _is_key_line(found[2])):
            begun = True
        elif begun or not (HEAD.match(lines[at]) and _leads_on(lines, at + 1)):
            break
        at += 1
    return at


def _leads_on(lines: list[bytes], at: int) -> bool:
    """Within the next lines a body follows."""
    for line in lines[at : at + 8]:
        found = BODY.match(line)
        if found and _is_key_line(found[2]):
            return True
        if not HEAD.match(line):
            return False
    return False


def _is_key_line(body: bytes) -> bool:
    """The first line of a body: no word of code that happens to stand alone on its line."""
    return len(body) >= 16 and bool(
        MIXED.search(body) or (CAPITAL.search(body) and SMALL.search(body) and len(body) >= 40)
    )


def _is_armour(line: bytes) -> bool:
    found = BODY.match(line)
    return found is not None and (len(found[2]) >= 40 or b"=" in found[2] or bool(MIXED.search(found[2])))


def _is_full(line: bytes) -> bool:
    found = LONG.match(line)
    if not found:
        return False
    body = found[2]
    return bool(MIXED.search(body) and CAPITAL.search(body) and SMALL.search(body))
