"""What is meant without being said again: the file that lines are of, in the items of a list, under a heading, in a table's cells; and
the symbol that the line before a place names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.capabilities.team_code.cited import lines, units
from bot.capabilities.team_code.cited.claims import SYMBOL, Context
from bot.capabilities.team_code.cited.forms import Reference
from bot.capabilities.team_code.cited.lines import DASH, MANY, WORDS, Lines, Span
from bot.capabilities.team_code.cited.places import Found

TITLE = re.compile(
    r"^\s*(?:#{1,6}\s+|[-*+]\s+|\d{1,2}[.)]\s+)?[*_]{0,3}(?P<name>[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*)(?:\(\))?[*_]{0,3}:?\s*$"
)
"""A heading or an item that is a name and nothing else."""

PLACE = re.compile(
    rf"[>*+:\s-]*(?:\d{{1,2}}[.)]\s)?[*_]{{0,2}}(?:(?:{lines.LEAD}|file|path|location|where|source|code|datei|ort|fichier|quelle)\b:?[*_]{{0,2}}:?\s*){{0,6}}"
    r"[(\[<]?\[?[*_`]{0,3}[^\s`()\[\]]+[/.][^\s`()\[\]]+[*_`]{0,3}\]?(?:\([^\s()]+\))?"
    rf"(?:[,;:]?\s?[(]?(?:{lines.LINE}|{lines.LINES}){lines.NUMBER}[)]?)?[)\]>]?[.*_`]*",
    re.IGNORECASE,
)

MOST_UNITS = 15
"""How long a file is meant without being named again."""

CELL = re.compile(rf"[\s`*]*(?P<lines>(?P<sign>L|lines?\s)?\d{{1,7}}(?:{DASH}L?\d{{1,7}})?)[\s`*]*", re.IGNORECASE)
HEADING = re.compile(
    rf"[\s*_`]*(?:{WORDS}|{MANY}|行号?|行目|行番号)(?: ?(?:no\.?|numbers?|nr\.?))?[\s*_`]*", re.IGNORECASE
)


@dataclass(slots=True)
class Carried:
    """Fed with each unit in its order."""

    found: Found | None = None
    left: int = 0
    column: int | None = None
    """Of the table that is read: the cell that holds lines, as its heading says."""
    in_table: bool = False
    symbol: str = ""
    """The only one that the unit before named; a unit that is nothing but a place is said of it."""

    def about(self, unit: str, context: Context) -> Context:
        """With the symbol before, where a unit names none itself and is nothing but a place."""
        if context.near or context.weak or not self.symbol or not is_place_alone(unit):
            return context
        return replace(context, weak=(self.symbol,))

    def enter(self, unit: str) -> None:
        """Before a unit is checked."""
        is_row = units.is_row(unit)
        if is_row and not self.in_table:
            headings = [
                number for number, (start, end) in enumerate(_cells(unit)) if HEADING.fullmatch(unit, start, end)
            ]
            self.column = headings[0] if len(headings) == 1 else None
        self.in_table = is_row or (self.in_table and not unit.strip())
        self.left -= bool(unit.strip())
        if self.left <= 0 or unit.lstrip().startswith("#"):
            self.found = None

    def leave(self, unit: str, files: Sequence[Found]) -> None:
        """After it: the files that it named."""
        if unit.strip():
            names = {one["name"] for one in SYMBOL.finditer(unit)} or {one["name"] for one in TITLE.finditer(unit)}
            if names or not is_place_alone(unit):
                self.symbol = names.pop() if len(names) == 1 else ""
        if files:
            self.found = files[0] if len({(one.tree.name, one.entry.path) for one in files}) == 1 else None
            self.left = MOST_UNITS

    def with_cell(self, unit: str, one: Reference) -> Reference:
        """A path in a row, with the lines that stand in a cell of their own behind it."""
        if not self.in_table or one.lines or one.symbol:
            return one
        for number, (start, end) in enumerate(_cells(unit)):
            found = CELL.fullmatch(unit, start, end)
            if found and (number == self.column or (found["sign"] and start >= one.whole[1])):
                return replace(one, lines=lines.each(unit, *found.span("lines")), cut=(found.span("lines"),))
        return one

    def cell(self, unit: str) -> tuple[tuple[Lines, ...], Span] | None:
        """The lines in the column that the table's heading says to hold them."""
        cells = _cells(unit) if self.in_table and self.column is not None else []
        if self.column is None or self.column >= len(cells) or not (found := CELL.fullmatch(unit, *cells[self.column])):
            return None
        return lines.each(unit, *found.span("lines")), found.span("lines")


def is_place_alone(unit: str) -> bool:
    """A path, lines, or both, with nothing said of them: `- File: src/pay.py:40`, `It starts at line 40.`"""
    return lines.is_label(unit) or bool(PLACE.fullmatch(unit.strip()))


def _cells(row: str) -> list[Span]:
    """The cells of a row, by their offsets; a bar in a code span parts them in Markdown, too."""
    bars = [found.start() for found in re.finditer(r"(?<!\\)\|", row)]
    return [
        (start + 1, end) for start, end in zip(bars, [*bars[1:], len(row.rstrip())], strict=True) if start + 1 <= end
    ]
