"""What is meant without being said again: the file that lines are of, in the items of a list, under a heading, in a table's cells; and
the symbol that the line before a place names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from bot.capabilities.team_code.cited import lines, units
from bot.capabilities.team_code.cited.lines import DASH, MANY, TO, WORDS, Lines, Span
from bot.capabilities.team_code.cited.mentions import Mention
from bot.capabilities.team_code.cited.places import Found
from bot.capabilities.team_code.cited.symbols import SYMBOL, Context, last_name

TITLE = re.compile(
    r"^[\s>]*(?:#{1,6}\s+|[-*+]\s+|\d{1,2}[.)]\s+)?[*_]{0,3}(?P<name>[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*)(?:\(\))?[*_]{0,3}:?\s*$"
)
"""A heading or an item that is a name and nothing else."""

PLACE = re.compile(
    rf"\[[^\[\]\n]*\]\([^()\s]*\)|`[^`\n]*[/.:][^`\n]*`|[^\s`()\[\]*]*[\w)\]][/.:\\][\w([][^\s`()*]*|\b(?:{lines.LINE}|{lines.LINES})`?{lines.NUMBER}`?",
    re.IGNORECASE,
)
WORD = re.compile(r"[^\W\d_]+")
TAG = re.compile(r"</?\w{1,10}>")
FILLING = frozenset(
    ("a", "an", "and", "around", "at", "begins", "block", "by", "can", "check", "class", "code", "datei", "declared", "defined",
     "definition", "entry", "fichier", "file", "find", "for", "found", "from", "function", "go", "have", "here", "hier", "i", "in",
     "into", "it", "jump", "line", "live", "ll", "location", "look", "method", "near", "of", "on", "onwards", "open", "ort", "path",
     "place", "point", "quelle", "re", "read", "ref", "reference", "relevant", "runs", "s", "see", "siehe", "sits", "source",
     "spans", "spot", "stand", "start", "starting", "steht", "take", "that", "the", "there", "this", "to", "ve", "voir", "where",
     "which", "you")
)  # fmt: skip
"""Words that say nothing of the place beside them, without a plural's ending."""

NAMED = re.compile(
    r"[\s>*+_-]*(?:symbol|name|function|method|class|what|funktion|methode|klasse|fonction)[*_]{0,2}:[*_]{0,2}\s*"
    r"[*_`\"“‘'\[]*(?P<name>[A-Za-z_$][\w$.]*)(?:\([.…]*\))?[*_`\"”’'\]]*\s*$",
    re.IGNORECASE,
)
"""`Symbol: charge` behind the line of its place."""

LEADING = re.compile(
    r"[^\w`(\[\"“‘]*(?:\d{1,2}[.)]\s)?(?:[*_]{0,2}[^\W\d_]+[*_]{0,2}[:,]?[*_]{0,2}\s){0,3}[(\[\"“‘]{0,2}(?:[*_]{1,3}(?=`))?"
)
USES_IT = re.compile(
    r"(?:[^`]*\bwhat\s)|[^`]*`[^`]+`\W*\s(?!(?:is|are|ist)\b)(?:\w+\s){1,3}(?:it|them|this|that)\b", re.IGNORECASE
)
"""`charge` calls it: the place before is another's."""
EMPHASISED = re.compile(r"(?P<mark>\*\*|__|)(?P<name>[A-Za-z_$][\w$]*[?!]?)(?:(?P<call>\(\))|(?=\*\*|__))(?P=mark)")
"""What stands before the first symbol of a sentence that goes on about the place before."""

THING = r"(?:function|method|class|type|symbol|name|Funktion|Methode|Klasse)"
LOCATED = re.compile(
    rf"\b(?:(?:(?:it|that|this|which)(?:\sone)?|es|sie|er|(?:the|this|that|its|die|der|das|ihre?|seine?)\s(?:{THING}|definition|body|implementation|declaration|source|code|location))"
    r"(?:[’']s|\s(?:is|ist|wird|(?:can|may) be))?(?:\s(?:also|itself|then|only|dort))?"
    r"\s(?:starts?|begins?|sits|lives|spans|resides|goes|runs|stands|defined|declared|located|implemented|found|in|at|on|beginnt|steht|liegt|geht"
    r"|definiert|deklariert|befindet)|find\sit|findest\sdu\s(?:sie|es|ihn))\b",
    re.IGNORECASE,
)
"""A sentence that tells where that is which the one before named."""

NAMES_IT = re.compile(
    rf"[\s>]*(?:that|this|it|there|here|the\s{THING}|das|dort|es|hier)(?:\s(?:one|line|{THING}))?(?:[’']s|\s(?:is|begins|starts|ist|beginnt|steht))"
    rf"\s(?:called\s|where\s|the\s(?:{THING}|(?:start|beginning|definition)\sof)\s)?[*_]{{0,2}}`(?P<name>[A-Za-z_$][\w$.]*[?!]?)(?:\([^`]*\))?`"
    r"[*_]{0,2}(?=[.,;:!)]|\s*$|\s(?:which|that|and|is|begins|starts)\b)",
    re.IGNORECASE,
)
"""`That is charge.` behind a sentence that cites a place and names nothing."""

MOST_NOTES = 200
MOST_UNITS = 15
"""How long a file is meant without being named again."""

CELL = re.compile(
    rf"[\s`*_~≈#]*(?P<lines>(?P<sign>L|:|lines?\s|(?=\d+\s?{DASH}\s?L?\d))?\d{{1,7}}(?:(?:{TO}|,\s)L?\d{{1,7}})?)(?::\d{{1,4}}|\+)?[\s`*_]*",
    re.IGNORECASE,
)
"""Lines alone in a cell; `sign` where nothing else is written so."""

ENDS = re.compile(
    r"[\s*_`]*(?:starts?|ends?|first|last|from|to|until|begins?|von|bis|ab)(?:[ _-]?(?:line|at|on))?[\s*_`]*",
    re.IGNORECASE,
)
HEADING = re.compile(
    rf"[\s*_`]*#?\s?(?:L|{WORDS}|{MANY}|rows?|loc(?:ation)?|where|place|stelle|range|span|pos(?:ition)?|(?:[a-z]+(?:ed|s)\s)?at|行号?|行目|行番号)"
    r"(?:[ _]?(?:no\.?|numbers?|nr\.?|range|#))?(?:\s?\([^|()]*\))?[\s*_`]*",
    re.IGNORECASE,
)
RECORD = re.compile(rf"[\s>]*\|{HEADING.pattern}\|{CELL.pattern}\|?\s*", re.IGNORECASE)
"""`| Line | 50 |`"""

NOTED = re.compile(r"[\[(](?P<label>\^?[\w-]{1,20})\\?[\])](?![(:])|(?P<raised>[¹²³⁴-⁹])")
"""The mark of the note or the link that tells where something is."""
NOTE = re.compile(r"\s*(?:\[(?P<label>\^?[\w-]{1,20})\]:?|\(?(?P<number>\d{1,2})[.)]|(?P<raised>[¹²³⁴-⁹]))\s")


@dataclass(slots=True)
class Carried:
    """Fed with each unit in its order."""

    found: Found | None = None
    left: int = 0
    columns: tuple[int, ...] = ()
    """Of the table that is read: the cells that hold lines, as their headings say."""
    is_pair: bool = False
    """Two of them are a first line and a last one."""
    in_table: bool = False
    is_gone: bool = False
    """The path that was named last is nowhere."""
    notes: dict[str, str] = field(default_factory=dict)
    """The symbol that a note or a link at the end of the text is of, by its mark."""
    symbol: str = ""
    """The only one that the unit before named; a unit that is nothing but a place is said of it."""

    def about(self, unit: str, context: Context) -> Context:
        """With the symbol before, where a unit names none itself and is nothing but a place."""
        if context.near:
            return context
        if (note := NOTE.match(unit)) and (name := self.notes.get(next(filter(None, note.groups())))):
            return replace(context, weak=(name,))
        if not self.symbol or not (is_place_alone(unit) or LOCATED.search(unit) or RECORD.fullmatch(unit)):
            return context
        return replace(context, weak=(self.symbol,))

    def enter(self, unit: str) -> None:
        """Before a unit is checked."""
        is_row = units.is_row(unit)
        if is_row and not self.in_table:
            ends, others = (_headed(unit, pattern) for pattern in (ENDS, HEADING))
            self.is_pair = len(ends) == 2 and not others
            self.columns = ends if self.is_pair or not others else others
            self.columns = self.columns if len(self.columns) <= 2 else ()
        self.in_table = is_row or (self.in_table and not unit.strip())
        self.left -= bool(unit.strip())
        if self.left <= 0 or unit.lstrip().startswith("#"):
            self.found, self.is_gone = None, False
        if len(self.notes) < MOST_NOTES and not NOTE.match(unit):
            self.notes.update(
                {
                    one["label"] or one["raised"]: name
                    for one in NOTED.finditer(unit)
                    if (name := last_name(unit, one.start()))
                }
            )

    def leave(self, unit: str, files: Sequence[Found], *, is_gone: bool = False) -> None:
        """After it: the files that it named, or that it named one that is nowhere."""
        if not _says_nothing(unit):
            names = next(
                (found for it in (SYMBOL, TITLE, NAMED) if (found := {one["name"] for one in it.finditer(unit)})), set()
            )
            if names or not is_place_alone(unit):
                self.symbol = names.pop() if len(names) == 1 else ""
        if files or is_gone:
            self.is_gone = is_gone and not files
            self.found = files[0] if len({(one.tree.name, one.entry.path) for one in files}) == 1 else None
            self.left = MOST_UNITS

    def cells(self, unit: str) -> list[Mention]:
        """The lines that stand in a row's cells of their own: in the columns whose headings say so, else behind a word for a line."""
        if not self.in_table:
            return []
        found = [CELL.fullmatch(unit, start, end) for start, end in _cells(unit)]
        own = [one for one in (found[number] for number in self.columns if number < len(found)) if one]
        own = own or [one for one in found if one and one["sign"]]
        if not own and (record := RECORD.fullmatch(unit)):
            own = [record]
        if self.is_pair and len(own) == 2 and all(one["lines"].isdigit() for one in own):
            first, last = (one.span("lines") for one in own)
            return [Mention((Lines(first, last),), first, (first, last))]
        return [Mention(lines.each(unit, *one.span("lines")), one.span("lines"), (one.span("lines"),)) for one in own]


def is_place_alone(unit: str) -> bool:
    """A path, lines, or both, with nothing said of them: `- File: src/pay.py:40`, `It starts at line 40.`"""
    rest = PLACE.sub(" ", unit := TAG.sub(" ", unit))
    return rest != unit and _says_nothing(rest)


def _says_nothing(unit: str) -> bool:
    words = (word.lower() for word in WORD.findall(unit) if word.isalpha())
    return all(word in FILLING or word.removesuffix("s") in FILLING for word in words)


def named_after(unit: str, after: str) -> str:
    """What the sentence behind a place says that it is the place of, or ""."""
    if is_place_alone(unit):
        return "" if unit.rstrip().endswith(".") and USES_IT.match(after) else first_symbol(after)
    found = NAMES_IT.match(after)
    return found["name"] if found else ""


def first_symbol(unit: str) -> str:
    """The symbol that a sentence begins with, or ""."""
    found = LEADING.match(unit)
    symbol = SYMBOL.match(unit, found.end()) or EMPHASISED.match(unit, found.end()) if found else None
    if symbol is not None:
        return symbol["name"]
    title = TITLE.match(unit) or NAMED.match(unit)
    return title["name"] if title else ""


def _headed(row: str, pattern: re.Pattern[str]) -> tuple[int, ...]:
    return tuple(number for number, cell in enumerate(_cells(row)) if pattern.fullmatch(row, *cell))


def _cells(row: str) -> list[Span]:
    """The cells of a row, by their offsets; a bar in a code span parts them in Markdown, too."""
    bars = [found.start() for found in re.finditer(r"(?<!\\)\|", row)]
    return [
        (start + 1, end) for start, end in zip(bars, [*bars[1:], len(row.rstrip())], strict=True) if start + 1 <= end
    ]
