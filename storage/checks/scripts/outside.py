"""Names of files in a block that lead out of the repository: the compiler would read them, and tell in its findings what they hold.

What stands there is taken away before the compiler sees the block; on Linux the compiler may not read such files besides.
"""

from __future__ import annotations

import posixpath
import re

BETWEEN = r"(?:\s|/\*[^*]*\*/|//[^\n]*\n)*"
NAMED = re.compile(
    rf"""(?P<before>\b(?:from|import|require|module|resolve|export\s*\*)\b{BETWEEN}(?:[(=]{BETWEEN})?(?:require{BETWEEN}\({BETWEEN})?)"""
    r"""(?P<quote>["'`])(?P<name>(?:\\.|(?!(?P=quote))[^\\\n])*)(?P=quote)"""
)
DIRECTIVE = re.compile(r"^[ \t]*///[ \t]*<.*$|@jsx\w*\b.*$", re.MULTILINE)
"""What names a file, or a package, in a comment."""
NOWHERE = "plumbline-outside"


def without(text: str, folder: str) -> str:
    """The text, in which no module outside the repository is named; lines stay where they are. `folder` is the block's own."""
    return NAMED.sub(lambda found: _kept(found, folder), DIRECTIVE.sub("", text))


def _kept(found: re.Match[str], folder: str) -> str:
    if not leads_out(found["name"], folder):
        return found[0]
    return f"{found['before']}{found['quote']}{NOWHERE}{found['quote']}"


def leads_out(name: str, folder: str) -> bool:
    """An absolute path or an address of a file, a way up further than the repository goes, and whatever is written in escapes."""
    if "\\" in name or name.startswith(("/", "file:", "~")) or re.match(r"[A-Za-z]:[/\\]", name):
        return not name.startswith("~/")
    if ".." not in name:
        return False
    if not name.startswith("."):
        return True
    return posixpath.normpath(posixpath.join(folder or ".", name)).startswith("..")
