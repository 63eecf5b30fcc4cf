"""Puts a block among the sources of the team's crate, in a copy in a folder of ours, where the compiler will read it."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from storage.checks.rust import crates, placing
from storage.checks.rust.bodies import emptied
from storage.checks.rust.crates import Crate
from storage.checks.rust.placing import MODULE, Placed


@dataclass(frozen=True, slots=True)
class Standing:
    """`root` is the crate's first file, `file` the block's own; `crate` None for a block by itself. `is_within`: the block is a part of
    that crate, and does not only use it."""

    root: Path
    file: Path
    crate: Crate | None
    is_within: bool = False


class Copies:
    """`scratch` is a folder of ours. A crate is copied once; what a block changed there is put back before the next one."""

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self._copied: dict[Path, Path] = {}
        self._changed: dict[Path, Path] = {}

    def stand(self, one: Placed, path: str, crate: Crate | None) -> Standing:
        """`path` is that of the block's file below the crate's folder, "" for none."""
        for place, original in self._changed.items():
            place.write_text(emptied(original.read_text("utf-8", "replace")))
        self._changed.clear()
        alone = self._scratch / f"{MODULE}.rs"
        copy = self._copy(crate) if crate is not None else None
        if crate is None or copy is None:
            alone.write_text(one.text)
            return Standing(alone, alone, None)
        root = copy / crate.root
        file = self._in_its_place(one, path, crate, copy) or self._beside(one, path, crate, copy, alone)
        self._write(root, f"{root.read_text('utf-8', 'replace')}\nextern crate self as {crate.name};\n", crate, copy)
        uses = re.search(rf"(?<![\w:]){re.escape(crate.name)}::", one.text)
        return Standing(root, file, crate, path.startswith("src/") if path else not uses)

    def _in_its_place(self, one: Placed, path: str, crate: Crate, copy: Path) -> Path | None:
        """As the new form of the file that it says it is."""
        place, theirs = copy / path, crate.folder / path
        if not is_module(place, path) or one.is_wrapped:
            return None
        if not placing.is_new_form(one.text, theirs.read_text("utf-8", "replace")):
            return None
        self._write(place, one.text, crate, copy)
        return place

    def _beside(self, one: Placed, path: str, crate: Crate, copy: Path, alone: Path) -> Path:
        """As a module of its own: below its file, with all that stands there, else below the crate's first one."""
        is_part = is_module(copy / path, path)
        host = copy / path if is_part else copy / crate.root
        alone.write_text(f"use super::*; {one.text}" if is_part and not one.is_wrapped else one.text)
        self._write(host, f'{host.read_text("utf-8", "replace")}\n#[path = "{alone}"] mod {MODULE};\n', crate, copy)
        return alone

    def _write(self, place: Path, text: str, crate: Crate, copy: Path) -> None:
        place.write_text(text)
        self._changed[place] = crate.folder / place.relative_to(copy)

    def _copy(self, crate: Crate) -> Path | None:
        """None for a crate of too many files."""
        kept = self._copied.get(crate.folder)
        if kept is not None:
            return kept
        place = self._scratch / "crates" / sha256(str(crate.folder).encode()).hexdigest()[:16]
        shutil.rmtree(place, ignore_errors=True)
        for one in crates.sources(crate):
            own = place / one.relative_to(crate.folder)
            own.parent.mkdir(parents=True, exist_ok=True)
            own.write_text(emptied(one.read_text("utf-8", "replace")))
        if not place.is_dir():
            return None
        self._copied[crate.folder] = place
        return place


def is_module(place: Path, path: str) -> bool:
    """A file that the crate's first one leads to, as far as its place tells."""
    return path.startswith("src/") and ".." not in path and "/bin/" not in path and place.is_file()
