"""What a name of an npm package is at the version in use: the lines that declare it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from pathlib import Path

from storage.checks.scripts.packages.specifiers import LARGEST_BYTES, mangled
from storage.checks.scripts.packages.types import Types

MOST_LINES, MOST_PLACES, MOST_NAMES = 6, 3, 6_000
NAME = re.compile(r"[A-Za-z_$][\w$]*")


def described(types: Types, package: str, name: str) -> str:
    """Blocks. `name` may be dotted: its last part is looked for. "" for a package that is not there."""
    places = [
        (held, types.folder / held.place)
        for held in (
            types.held(folder, one) for folder in types.folders for one in (package, f"@types/{mangled(package)}")
        )
        if held is not None and held.place and held.typed
    ]
    if not places:
        return ""
    word = name.strip().strip("()").rpartition(".")[2]
    if not NAME.fullmatch(word):
        return ""
    held, _ = places[0]
    lines: list[str] = []
    for place in dict.fromkeys(place for _, place in places):
        lines += list(_declared(place, word))[: MOST_PLACES - len(lines)]
    where = f"{package} {held.version}"
    if lines:
        return f"{word} in {where}:\n" + "\n".join(lines)
    known = sorted({one for _, place in places[:2] for one in _names(place)})
    near = difflib.get_close_matches(word, known, n=3, cutoff=0.7)
    return f"{where} has no {word}." + (f" Nearest: {', '.join(near)}." if near else "")


def _declared(place: Path, word: str) -> Iterator[str]:
    """Where it is given a meaning: a function, a class, a type, a member."""
    wanted = re.compile(
        rf"^[ \t]*(?:export |declare |default |abstract |static |readonly |public |async |get |set )*"
        rf"(?:(?:function|class|interface|type|const|let|enum|namespace) )?{re.escape(word)}\??(?=[\s<(:={{;])",
        re.MULTILINE,
    )
    for text in _texts(place):
        for found in wanted.finditer(text):
            yield "\n".join(line.rstrip() for line in text[found.start() :].lstrip("\n").split("\n")[:MOST_LINES])


def _names(place: Path) -> Iterator[str]:
    member = re.compile(r"^[ \t]*(?:[a-z]+ )*([A-Za-z_$][\w$]*)\??[<(:]", re.MULTILINE)
    count = 0
    for text in _texts(place):
        for found in member.finditer(text):
            count += 1
            if count > MOST_NAMES:
                return
            yield found[1]


def _texts(place: Path) -> Iterator[str]:
    for file in sorted(place.rglob("*.*ts")):
        if file.stat().st_size < LARGEST_BYTES:
            yield file.read_text("utf-8", "replace")
