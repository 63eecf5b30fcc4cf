"""XML read into plain elements that remember their line.

A document type is refused: no build file needs one, and entities are what blows up small files. Nothing outside the text is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from bot.capabilities.team_code.dependencies.words import Malformed, Word, word

MAX_DEPTH = 100
MAX_ELEMENTS = 200_000


@dataclass(slots=True)
class Element:
    """`tag` is without its namespace, `text` without the space around it; both stand on a line."""

    tag: str
    line: int
    attributes: dict[str, Word]
    children: list[Element] = field(default_factory=list)
    pieces: list[tuple[str, int]] = field(default_factory=list)

    @property
    def text(self) -> Word:
        """On the line of its first letter."""
        line = self.line
        for piece, number in self.pieces:
            if written := piece.lstrip():
                line = number + piece[: len(piece) - len(written)].count("\n")
                break
        return word("".join(piece for piece, _ in self.pieces).strip(), line)

    def all(self, *path: str) -> Iterator[Element]:
        """The elements down there, in order."""
        for child in self.children:
            if child.tag == path[0]:
                yield from child.all(*path[1:]) if path[1:] else (child,)

    def get(self, *path: str) -> Word | None:
        """The text of the first element down there; None where there is none, or it is empty."""
        return next((element.text for element in self.all(*path) if element.text), None)


def read_xml(text: str) -> Element:
    reader = _Reader()
    try:
        reader.parser.Parse(text, True)
    except expat.ExpatError as error:
        raise Malformed(f"not valid XML (line {error.lineno})") from error
    return reader.root.children[0]


class _Reader:
    def __init__(self) -> None:
        self.root = Element("", 1, {})
        self._open = [self.root]
        self._count = 0
        self.parser = expat.ParserCreate(encoding="utf-8")
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._data

    def _doctype(self, *_: object) -> None:
        raise Malformed("not read: it has a document type")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if len(self._open) > MAX_DEPTH:
            raise Malformed("not read: nested too deep")
        if self._count > MAX_ELEMENTS:
            raise Malformed("not read: too many elements")
        line = self.parser.CurrentLineNumber
        element = Element(tag.rpartition(":")[2], line, {name: word(value, line) for name, value in attributes.items()})
        self._open[-1].children.append(element)
        self._open.append(element)

    def _end(self, _: str) -> None:
        self._open.pop()

    def _data(self, text: str) -> None:
        self._open[-1].pieces.append((text, self.parser.CurrentLineNumber))
