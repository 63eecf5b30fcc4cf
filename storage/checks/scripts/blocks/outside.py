"""Names of files that lead out of the repository: the compiler would read them, and tell in its findings what they hold.

What stands in a block is taken away before the compiler sees it. From what the team's files and packages name the kernel keeps the
compiler; where it cannot, nothing is compiled beside a file that names one.
"""

from __future__ import annotations

import json
import os
import posixpath
import re
from collections.abc import Iterator
from pathlib import Path

BETWEEN = r"(?:[\s\ufeff\u200b\u180e]|/\*(?:[^*]|\*(?!/))*\*/|//[^\n\r\u2028\u2029]*[\n\r\u2028\u2029])*"  # as the compiler reads space
NAMED = re.compile(
    rf"""(?P<before>\b(?:from|import|require|module|resolve|export\s*\*)\b{BETWEEN}(?:[(=]{BETWEEN})?(?:require{BETWEEN}\({BETWEEN})?)"""
    r"""(?P<quote>["'`])(?P<name>(?:\\[\s\S]|(?!(?P=quote))[^\\\n])*)(?P=quote)"""
)
DIRECTIVE = re.compile(r"^[ \t\ufeff]*///[ \t]*<.*$|@jsx\w*\b.*$", re.MULTILINE)
"""What names a file, or a package, in a comment."""
IN_DIRECTIVE = re.compile(r"@jsx\w*\s+(\S+)|[\"']([^\"'\n]*)[\"']")
NOWHERE = "plumbline-outside"
SOURCES = re.compile(r"\.[cm]?[jt]sx?$")
POINTING = ("main", "module", "browser", "types", "typings", "typesVersions", "exports", "imports")
"""Fields of a package.json that name files (https://nodejs.org/api/packages.html)."""
SETTINGS = ("tsconfig.json", "jsconfig.json")


def without(text: str, folder: str) -> str:
    """The text, in which no module outside the repository is named; lines stay where they are. `folder` is the block's own."""
    return NAMED.sub(lambda found: _kept(found, folder), DIRECTIVE.sub("", text))


def _kept(found: re.Match[str], folder: str) -> str:
    if not leads_out(found["name"], folder):
        return found[0]
    lines = found["name"].count("\n")
    return f"{found['before']}{found['quote']}{NOWHERE}{found['quote']}" + "\n" * lines


def leads_out(name: str, folder: str) -> bool:
    """An absolute path or an address of a file, a way up further than the repository goes, and whatever is written in escapes."""
    if "\\" in name or name.startswith(("/", "file:", "~")) or re.match(r"[A-Za-z]:[/\\]", name):
        return not name.startswith("~/")
    if ".." not in name:
        return False
    if not name.startswith("."):
        return True
    return posixpath.normpath(posixpath.join(folder or ".", name)).startswith("..")


def way_out(root: Path) -> str:
    """The first file below a folder that names one outside it, relative to the folder; "" for none. Links are not followed. Blocks."""
    for base, folders, files in os.walk(root, followlinks=False):
        folders.sort()
        inner = Path(base).relative_to(root).as_posix()
        folder = "" if inner == "." else inner
        for name in sorted(files):
            if any(leads_out(one, folder) for one in _named(Path(base, name))):
                return posixpath.join(folder, name)
    return ""


def _named(file: Path) -> Iterator[str]:
    """What a file names in the places where the compiler looks for files."""
    is_source = bool(SOURCES.search(file.name))
    if file.is_symlink() or not (is_source or file.name == "package.json" or file.name in SETTINGS):
        return
    text = file.read_text("utf-8-sig", "replace")
    if file.name in SETTINGS:
        yield from (one for one in re.findall(r"\"((?:\\.|[^\"\\\n])*)\"", text) if ".." in one or one.startswith("/"))
    elif is_source:
        yield from (one["name"] for one in NAMED.finditer(text))
        for line in DIRECTIVE.findall(text):
            yield from (one or other for one, other in IN_DIRECTIVE.findall(line))
    else:
        yield from _pointed(text)


def _pointed(text: str) -> Iterator[str]:
    """Relative to the package; one that cannot be read leads nowhere."""
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return
    waiting: list[object] = [told.get(one) for one in POINTING] if isinstance(told, dict) else []
    while waiting:
        here = waiting.pop()
        if isinstance(here, str):
            yield here if here.startswith(("/", ".", "#")) else f"./{here}"
        else:
            waiting += here.values() if isinstance(here, dict) else here if isinstance(here, list) else ()
