"""Tokens of vendors that are not listed: a short word or two in one case, a joint, and a long row that nobody made up (`acme_live_x8Kp..`);
or such a row alone, in quotes, of letters in both cases and digits.

Such a beginning is how vendors make their tokens known (https://docs.github.com/en/code-security/secret-scanning/secret-scanning-partnership-program).
A row of hexadecimal digits may be a digest as well: it counts only behind a word that says otherwise.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator

from bot.writing.secrets.engine import compiled
from bot.writing.secrets.letters import is_drawn
from bot.writing.secrets.places import Found
from bot.writing.secrets.values import HEX, LETTERS, flips, is_random

PREFIXED = compiled(
    r"(?:^|[^A-Za-z0-9_./+#\-]|\\[nrt])((?:(?:[a-z]{2}[a-z0-9]{0,10}|[A-Z]{2}[A-Z0-9]{0,10}|[a-z][0-9][a-z]{1,6})[_\-.]){1,3})([A-Za-z0-9]{20,400}|[A-Za-z0-9_\-]{20,400}|[A-Za-z0-9+/]{40,400}={0,2})(?:[^A-Za-z0-9_/+=\-]|$)"
)
WORDED = compiled(r"(?:^|[_\-])(?:[a-z]{4,}|[A-Z]{4,})(?:[_\-]|$)")
WORDS = compiled(
    r"(?i)(?:.*[_\-])?(?:sk|pat|key|apikey|api|tok|token|secret|auth|live|test|prod|sandbox)[_\-](?:.*[_\-])?"
)
NO_TOKEN = compiled(r"(?i)^(?:sha[0-9]|md5)|[_\-]id[_\-]|__|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-")
ALONE = compiled(r"(?:[=:(,\[]|=>|[ \t]--?[A-Za-z][\w-]{0,24}[ \t=])[ \t]*[\"'`]([A-Za-z0-9_\-]{20,120})[\"'`]")
OTHERWISE = compiled(
    r"(?i)sha|md5|hash|digest|commit|checksum|integrity|revision|\brev\b|\bref\b|(?:finger|thumb)print|\bid\b|[a-z_]id\b|uuid|guid|etag|cert|version|nonce|public|src=|href|\btrace|span|cursor|challenge|verification|\bexample\b|address|\b(?:[xyn]|kid|x5\w{1,5})[\"' ]{1,3}[:=]"
)
"""What is of the same disorder and opens nothing."""

SHORT = compiled(r"[a-z]{1,12}_|eyJ|[a-z]pub")
"""How ids begin whose drawn part is short, a part of a JWT, and the keys of a wallet that may be shown."""

CASES = (compiled("[a-z]"), compiled("[A-Z]"), compiled("[0-9]"))
LEAST_TURNS, SURE, LONG, REACH = 3, 24, 36, 120
"""Of so many characters one turns into another kind: names and ids of words turn less often. Of a row that tells; of a long one; bytes before a row."""


def find_prefixed(text: bytes) -> Iterator[Found]:
    """Wherever they stand; a row of 40 characters and more is looked at once."""
    for found in PREFIXED.finditer(text):
        row = found[2]
        is_told = len(row) >= SURE and not found[1].endswith(b".")
        if not (
            _is_of_token(row) if is_told else b"/" not in row and _is_drawn(row) and not WORDED.search(row)
        ) or NO_TOKEN.search(found[1] + row):
            continue
        if HEX.fullmatch(row) and not WORDS.fullmatch(found[1]):
            continue
        yield Found(found.start(1), found.end(2), "token")
    for found in ALONE.finditer(text):
        row = found[1]
        if _is_drawn(row) and not (SHORT.match(row) or _is_text(row)):
            line = text.rfind(b"\n", max(0, found.start() - REACH), found.start()) + 1 or max(0, found.start() - REACH)
            if not OTHERWISE.search(text, line, found.start(1)):
                yield Found(*found.span(1), "token")


def _is_drawn(row: bytes) -> bool:
    return all(kind.search(row) for kind in CASES) and is_random(row) and flips(row) * LEAST_TURNS >= len(row)


def _is_of_token(row: bytes) -> bool:
    """Of letters and digits of any disorder; of other signs too, where it is long or of all cases."""
    if WORDED.search(row):
        return False
    if not row.isalnum() and (len(row) < LONG or b"/" in row or b"+" in row):
        return _is_drawn(row)
    return is_random(row) and (flips(row) * LEAST_TURNS >= len(row) or is_drawn(b"".join(LETTERS.findall(row))))


def _is_text(row: bytes) -> bool:
    """Words in base64."""
    try:
        return base64.urlsafe_b64decode(row + b"=" * (-len(row) % 4)).isascii()
    except binascii.Error:
        return False
