"""Tokens of vendors that are not listed: a short word or two in one case, a joint, and a long row that nobody made up (`acme_live_x8Kp..`).

Such a beginning is how vendors make their tokens known (https://docs.github.com/en/code-security/secret-scanning/secret-scanning-partnership-program).
A row of hexadecimal digits may be a digest as well: it counts only behind a word that says otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.writing.secrets.engine import compiled
from bot.writing.secrets.places import Found
from bot.writing.secrets.values import HEX, flips, is_random

PREFIXED = compiled(
    r"(?:^|[^A-Za-z0-9_./+#\-])((?:(?:[a-z]{2,12}|[A-Z]{2,12})[0-9]{0,2}[_\-]){1,3})([A-Za-z0-9]{24,120}|[A-Za-z0-9_\-]{36,120})(?:[^A-Za-z0-9_/+=\-]|$)"
)
WORDS = compiled(
    r"(?i)(?:.*[_\-])?(?:sk|pat|key|apikey|api|tok|token|secret|auth|live|test|prod|sandbox)[_\-](?:.*[_\-])?"
)
ID = compiled(r"(?i)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-")
LEAST_TURNS = 3
"""Of so many characters one turns into another kind: names in code and ids of words do so less often."""


def find_prefixed(text: bytes) -> Iterator[Found]:
    """Wherever they stand; a row of 40 characters and more is looked at once."""
    for found in PREFIXED.finditer(text):
        row = found[2]
        if not is_random(row) or flips(row) * LEAST_TURNS < len(row):
            continue
        if ID.search(found[0]):
            continue
        if HEX.fullmatch(row) and not WORDS.fullmatch(found[1]):
            continue
        yield Found(found.start(1), found.end(2), "token")
