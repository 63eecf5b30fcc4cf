"""Our own name before a question, where nobody needs to call us: on the page and in the terminal everything is said to us."""

from __future__ import annotations

import re


def without_our_name(text: str, our_name: str) -> str:
    """The text behind `@Name`, as people type it who come from a chat; all of it where it does not begin so."""
    called = re.match(rf"\s*@{re.escape(our_name)}(?![\w-]|\.\w)[ \t]*[,:;.!]?(?:\s+|\Z)", text, re.IGNORECASE)
    return text[called.end() :] if called else text
