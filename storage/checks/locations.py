"""Where a checker says that something is defined: of several places always the same one, whatever it was asked before.

Protocol: https://microsoft.github.io/language-server-protocol/specifications/lsp/3.17/specification/#location.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

TYPES = "textDocument/typeDefinition"
MARKERS = "ty_extensions"
"""The folder of what ty calls a type that it does not know: of several possible types, that one is none."""


@dataclass(frozen=True, slots=True)
class Place:
    """A definition: its file, and its line from 0."""

    path: Path
    line: int


def first_place(told: Any, is_type: bool) -> Place | None:
    """Of what a checker was asked for. The types that something may be of come in an order that depends on earlier questions: of those
    the first by name, after them those of Python itself."""
    found = [_located(one) for one in (told if isinstance(told, list) else [told])]
    places = [one for one in found if one is not None and one.path.parent.name != MARKERS]
    if is_type:
        places.sort(key=lambda one: ("typeshed" in one.path.parts, one.path.as_posix(), one.line))
    return places[0] if places else None


def _located(told: Any) -> Place | None:
    if not isinstance(told, dict):
        return None
    uri, span = told.get("uri") or told.get("targetUri"), told.get("range") or told.get("targetSelectionRange")
    if not uri or not span or urlsplit(uri).scheme != "file":
        return None
    return Place(Path(unquote(urlsplit(uri).path)), span["start"]["line"])
