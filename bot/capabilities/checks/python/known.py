"""Which package brings which module, for those that backends use and that a lock may not have. A name that is not here may be the
team's own. The tables stand in known.json, from the packages' own metadata.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files


def _words(lines: list[str]) -> frozenset[str]:
    return frozenset(word for line in lines for word in line.split())


_TABLES = json.loads(files(__package__).joinpath("known.json").read_text())

MODULES: Mapping[str, str] = _TABLES["modules"]
"""Modules whose package is called otherwise."""

SAME = _words(_TABLES["same"])
"""Modules whose package bears their name."""

OWN = _words(_TABLES["own"])
"""What teams call their own modules."""

FAMILIES = tuple(sorted(_words(_TABLES["families"])))
"""What begins so names an addition to a library, which teams seldom write under such a name."""


def package_of(module: str) -> str:
    """The package that brings a module, as far as it is known; "" for others."""
    top = module.partition(".")[0]
    for name in (".".join(module.split(".")[:2]), top):
        if name in MODULES:
            return MODULES[name]
    return top.replace("_", "-").lower() if top in SAME else ""
