"""The blocks of one answer as the compiler sees them: a file each, and what they have written together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tree_sitter import Tree

from storage.checks.scripts.blocks.placing import Place
from storage.checks.scripts.blocks.reading import Imported, Snippet


@dataclass(slots=True)
class Document:
    """`place` is where it stands among the team's files, `named` the path that the block says it has."""

    path: Path
    place: Place
    snippet: Snippet
    text: str
    tree: Tree
    first: int
    """Lines of the text before the block's first."""
    named: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    """What it takes from earlier blocks, by name the file."""
    defaults: frozenset[str] = frozenset()
    """Names that are taken for default exports, and have what their modules export, too."""
    is_change: bool = False
    """It shows a part of its file."""
    language: str = ""
    """The word of its fence, or of its file."""
    beside: tuple[Imported, ...] = ()
    """Imports of the file that it shows a part of, as far as it needs them."""
    answered: frozenset[str] = frozenset()
    """Specifiers that other blocks of the answer give."""

    @property
    def folder(self) -> str:
        return self.place.folder

    def line_of(self, line: int) -> int:
        """The block's line, from 1, for one of the text, from 0; 0 for what is not the block's."""
        found = line - self.first + 1
        return found if 1 <= found <= self.snippet.text.count("\n") + 1 else 0


@dataclass(slots=True)
class Written:
    """What the answer has said so far: by name the document that defines it, by path the one that writes it, and the files that it
    writes at all, by their paths and by their names without endings."""

    names: dict[str, Document] = field(default_factory=dict)
    at: dict[str, Document] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)
    paths: frozenset[str] = frozenset()
    loose: frozenset[str] = frozenset()
    """Names that its blocks define which say no file: each may become any file."""
    text: str = ""
    """Of all its blocks."""
