"""Names for folders of the team's own (`@/db` for `src/db`) that no configuration at hand tells, for it is generated, a bundler's or a
program: where what the team's files ask for by a name all lies below one folder, the name stands for that folder."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from functools import lru_cache
from pathlib import Path

from storage.checks.scripts.blocks import placing
from storage.checks.scripts.blocks.placing import Files
from storage.checks.scripts.team import own_exports
from storage.checks.scripts.team.own_texts import own_texts

ENDING = re.compile(r"(?<!\.d)\.(?:[cm]?[jt]sx?|vue|svelte|astro)$")
NAME = re.compile(r"[@~$\w][\w@~$-]*")
FEWEST = 2
"""Files that have to be asked for by a name."""
MOST_STRAY = 0.2
"""The part of what is asked for that may lie nowhere: it is generated."""


def found(
    root: Path, folder: str, folders: frozenset[str], files: Callable[[], Files], is_known: Callable[[str], bool]
) -> dict[str, list[str]]:
    """Paths for the compiler's configuration of one of the team's `folders` with settings. `is_known` knows specifiers that lead to a
    package or by a configuration. Blocks."""
    made: dict[str, list[str]] = {}
    for name, inner in _asked(root, folders).get(folder, {}).items():
        if len(inner) < FEWEST or is_known(f"{name}/{min(inner)}"):
            continue
        counted = Counter(
            home for one in inner for home in set(placing.folders_for(f"./{one}", files())) if _is_below(home, folder)
        )
        (home, most), (_, second) = [*counted.most_common(2), ("", 0), ("", 0)][:2]
        if most > second and most >= FEWEST and most >= len(inner) * (1 - MOST_STRAY):
            made[f"{name}/*"] = [f"/{home}/*".replace("//", "/")]
    return made


def _is_below(home: str, folder: str) -> bool:
    return not folder or f"{home}/".startswith(f"{folder}/")


@lru_cache(maxsize=8)
def _asked(root: Path, folders: Collection[str]) -> Mapping[str, Mapping[str, frozenset[str]]]:
    """By folder with settings, and by the first word of a specifier, what is asked for below it."""
    asked: dict[str, dict[str, set[str]]] = {}
    for path, text in own_texts(root, ENDING, own_exports.MOST_FILES):
        home = placing.home_of(posixpath.dirname(path), folders)
        for _, module, _ in own_exports.imported_by(text):
            name, _, inner = module.partition("/")
            if inner and NAME.fullmatch(name):
                asked.setdefault(home, {}).setdefault(name, set()).add(inner)
    return {home: {name: frozenset(one) for name, one in names.items()} for home, names in asked.items()}
