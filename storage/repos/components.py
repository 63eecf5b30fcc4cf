"""Files that hold code of another language: of a Vue or Svelte component, its scripts.

All around them becomes white space of the same length, so that every offset and line stays what it is.
"""

from __future__ import annotations

import re

COMPONENTS = frozenset({"vue", "svelte", "astro"})
SCRIPT = re.compile(
    rb"<script\b((?:[^>\"']|\"[^\"]*\"|'[^']*')*)>(.*?)</script\s*>"
    rb"|\A\s*---[^\S\n]*\n(.*?\n)---[^\S\n]*$",  # what an Astro page begins with
    re.DOTALL | re.IGNORECASE | re.MULTILINE,
)
IS_TYPED = re.compile(rb"\blang\s*=\s*[\"']?(ts|tsx|typescript)\b")
NO_CODE = re.compile(rb"\btype\s*=\s*[\"'](?!module|text/javascript|application/javascript)|\bsrc\s*=")
NOT_A_BREAK = re.compile(rb"[^\n]")


def scripts(source: bytes, language: str) -> tuple[bytes, str]:
    """The scripts of a component where they stand, and the language that they are in."""
    found = [one for one in SCRIPT.finditer(source) if _is_code(one, language)]
    is_typed = language == "astro" or any(IS_TYPED.search(one[1] or b"") for one in found)
    parts, at = [], 0
    for one in found:
        begin, end = one.span(2) if one[3] is None else one.span(3)
        parts += [NOT_A_BREAK.sub(b" ", source[at:begin]), source[begin:end]]
        at = end
    parts.append(NOT_A_BREAK.sub(b" ", source[at:]))
    return b"".join(parts), "typescript" if is_typed else "javascript"


def _is_code(found: re.Match[bytes], language: str) -> bool:
    if found[3] is not None:
        return language == "astro"
    return not NO_CODE.search(found[1])
