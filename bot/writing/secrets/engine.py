"""How this room compiles its patterns: RE2 over bytes, so that nothing takes more than linear time, whatever the text."""

from __future__ import annotations

import re

import re2

Pattern = re.Pattern[bytes]

LONGEST_VALUE = 8_192
"""Bytes of one value that are looked at; a longer one is masked this far, and is judged by its beginning."""


def compiled(pattern: str) -> Pattern:
    options = re2.Options()
    options.max_mem = 32 << 20  # of states that it remembers: more is not faster, and fills up
    options.log_errors = False
    options.encoding = re2.Options.Encoding.LATIN1
    found: Pattern = re2.compile(pattern.encode(), options=options)
    return found


def literals(words: str) -> str:
    """An alternative of each literal, parted by blanks, the longest first."""
    return "|".join(re.escape(word) for word in sorted(set(words.split()), key=lambda word: (-len(word), word)))
