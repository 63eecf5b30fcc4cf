"""The team's own files, as text."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

LARGEST_BYTES = 300_000


def walked(root: Path, below: str = "") -> Iterator[tuple[str, list[str], list[str]]]:
    """Each folder at or below one of the team's, from the root on, with the folders and the files in it: no packages and no links.
    Blocks."""
    for base, folders, files in os.walk(root / below, followlinks=False):
        folders[:] = sorted(one for one in folders if one != "node_modules")
        here = Path(base).relative_to(root).as_posix()
        yield ("" if here == "." else here), folders, files


def own_texts(root: Path, ending: re.Pattern[str], most: int, below: str = "") -> Iterator[tuple[str, str]]:
    """Each file of the team's whose name ends so: its path from the root, and its text; "" for one above 300 kB, or that cannot be
    read. In the order of their paths, so many at most, `below` a folder or the root. What we put beside them is none. Blocks."""
    count = 0
    for here, _, files in walked(root, below):
        for name in sorted(files):
            path = root / here / name
            if not ending.search(name) or name.startswith("plumbline_") or path.is_symlink():
                continue
            count += 1
            if count > most:
                return
            yield path.relative_to(root).as_posix(), text_of(path)


def any_holds(root: Path, ending: re.Pattern[str], most: int, wanted: re.Pattern[str]) -> bool:
    """Whether a file of the team's holds this, or there are more than so many, of which nobody can say. Blocks."""
    texts = enumerate(own_texts(root, ending, most + 1), 1)
    return any(number > most or wanted.search(text) for number, (_, text) in texts)


def text_of(path: Path, most_bytes: int = LARGEST_BYTES) -> str:
    """ "" for a file above so many bytes, or that cannot be read. Blocks."""
    try:
        return path.read_text("utf-8", "replace") if path.stat().st_size < most_bytes else ""
    except OSError:
        return ""
