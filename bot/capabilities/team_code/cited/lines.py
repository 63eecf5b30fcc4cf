"""How models write lines: right behind a path, in words beside it, in the languages that people ask in. Pure.

A number may be one of a list (`a.py:10,14`, "lines 10, 14 and 20"), each a line or a range.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

Span = tuple[int, int]

DASH = r"(?:[-~\u2010-\u2015\u2212\u301c\uff0d\uff5e]|\.\.\.?)"
TO = rf"\s?(?:{DASH}|to|through|until|bis|à|al?|hasta|至|到|から|по)\s?"
AND = r"(?:\s?[,，、]\s?(?:(?:and|und|et|y)\s)?|\s(?:and|und|et|y|&|or|oder)\s|\s?[と和]\s?)"
WORDS = (
    r"(?:start|first|begin|data)?[_-]?lines?(?:[_-]?(?:no|number|start))?|ln\.?|Zeilen?|lignes?|l[íi]neas?|linhas?|righ?[ae]|linee?|regels?|rad(?:en|er)?|linj\w{1,3}|lini\w{1,3}|wiersz\w{0,3}|řád\w{2,3}"
    r"|rivi\w{0,4}|sor(?:ok)?|satır\w{0,4}|строк\w{0,2}|рядк\w{0,3}|γραμμ\w{1,3}|baris|dòng|שורה|السطر|سطر|บรรทัด(?:ที่)?|पंक्ति"
)
"""The word for a line in English, German, French, Spanish, Portuguese, Italian, Dutch, Swedish, Danish and Norwegian, Polish, Czech,
Finnish, Hungarian, Turkish, Russian, Ukrainian, Greek, Indonesian, Vietnamese, Hebrew, Arabic, Thai and Hindi."""

MANY = (
    r"lines|Zeilen|lignes|l[íi]neas|linhas|righe|linee|regels|rader|linjer"
    r"|linie|wiersze|řádky|rivit|sorok|satırlar|строк\w{0,2}|γραμμές"
)
APART = r"(?:[*_\"']{0,2}\s?[:#=][*_\"']{0,2}\s?[\"']?|\s)(?:(?:no|nr|number)\b\.?\s?)?[#~≈]?"
LINE = rf"(?:(?:{WORDS}){APART}|ll?\.\s?|Z\.\s?|стр\.\s?|#?L|행\s?)~?"
LINES = rf"(?:(?:{MANY}){APART}|ll\.\s?)~?"
NUMBER = rf"\d{{1,7}}(?:{TO}(?:lines?\s)?L?\d{{1,7}})?"
END = r"(?!_?[A-Za-z0-9])"
ONE = rf"{LINE}(?P<lines>{NUMBER}(?::\d{{1,7}})?)(?:ff?(?=\.))?{END}"
BETWEEN = rf"between\s{LINE}(?P<lines>\d{{1,7}}\sand\s(?:{LINE})?\d{{1,7}}){END}"
SEVERAL = rf"{LINES}(?P<lines>{NUMBER}(?:{AND}(?:lines?\s|L)?{NUMBER}){{1,12}}){END}"
ORDINAL = r"(?P<lines>\d{1,7})(?:(?:st|nd|rd|th)\sline|\.\s(?:Zeile|satır\w*|sor\w{0,4}|rivi\w{0,4}|rad(?:en)?|linj\w{1,3}))\b"
CJK = rf"第?\s?(?P<lines>{NUMBER})\s?(?:行目?|줄|행|번째\s줄)"
OPENING = r"(?:[(\[{\"'*_`„“‘«「]|<\w{1,6}>){0,6}"
CLOSING = r"(?:\]\([^()\s]{0,300}\)|[`*_\"'”’»」』》)}\]]|</\w{1,6}>){0,6}"
"""Marks around a path or its lines: quotes, brackets, code, emphasis, HTML, the target of a link."""

NEAR = (
    r"(?:(?:at|on|around|near|from|in|see|starting|starts|beginning|about|roughly|approx\.?|ca\.?|circa|the|auf|um|ab|bei|à|a|la|alla|en|na"
    r"|op|på|w|vid|ved|dosyas\w*|s\.|siehe|vgl\.|cf\.|voir|cfr\.),?\s){0,3}[~≈@]?\s?"
)
"""What leads to a line, and goes with it."""

DIVIDED = r"(?:\s?[,;:—–@·•→›»▸|>/-]{1,2}\s?|\s)"
OTHERS = r"[^\W\d_][\w']{0,14}(?:\s[^\W\d_][\w']{0,14}){0,2}?"
TIE = re.compile(
    rf"{CLOSING}(?:#\w+)?(?:{DIVIDED}(?:{OTHERS}{DIVIDED})?|[,，、]?\s?[(\[（の的]?\s?){NEAR}[*_`]{{0,3}}",
    re.IGNORECASE,
)
"""What stands between a path and lines that are surely its own; up to three other words."""

ELSEWHERE = re.compile(
    r"\s(?:of|in|from|von|aus|der|du|dans|di|del|van)\s(?!(?:it|there|(?:that|this|the same|dieser) (?:file|module|Datei))\b)",
    re.IGNORECASE,
)
"""`a.py` is called from line 5 of `b`: the line is the other's; "line 5 of it" and "of that file" are not."""

MARKED = (
    rf"(?:(?:{WORDS}){APART}(?P<mark>`|\*\*?|__?)(?P<lines>{NUMBER})(?P=mark)|`{ONE.replace('P<lines>', 'P<plain>')}`)"
)

AFTER = re.compile(rf"(?P<lines>{AND}L?{NUMBER}(?:{AND}L?{NUMBER}){{0,10}})(?=[*_`]*\s*(?:$|[.;:)\]|]))", re.IGNORECASE)
"""More lines behind those that are glued to a path: `a.py:10 and 25.`; a number before a word counts something."""

LEAD = (
    r"it|this|that|see|starts?|starting|begins?|runs?|spans?|is|are|sits|lives|stands|found|defined|declared|at|on|from|in|there|here|also|the"
    r"|function|method|class|definition|siehe|steht|beginnt|ab|voir|d[ée]finie?|à|la"
)
LABEL = re.compile(
    rf"[^\w(]*(?:\d{{1,2}}[.)]\s)?(?:(?:{LEAD})\s){{0,6}}[*_]{{0,2}}{LINE}`?{NUMBER}[\s.`*_]*", re.IGNORECASE
)
LEADS = re.compile(rf":(?:{WORDS})\Z", re.IGNORECASE)
"""`a.py:line 5`, up to the number."""

CLOSED = re.compile(CLOSING)

CRUMB = r"\s?[|/·•▸›>»–—]\s"
BESIDE = re.compile(
    rf"{CLOSING}(?P<crumb>(?:{CRUMB}|\s?\(){OPENING}[A-Za-z_$][\w$.]{{0,80}}(?:\(\))?[`*_\"'’”]{{0,4}}(?={CRUMB}|[,:@]\s?\d+\)))?(?P<cut>(?P<bracket>\s?[(\[（]\s?:?(?:(?:from|around|near|about)\s)?)?(?(bracket)|(?:\s?(?:::|->|[▸›→>»·•|:;,@†—–-])\s?|\s/\s|\s`?:?|,?\s(?:at|from|near|around|ab|à)\s))[~≈:]?`?"
    rf"(?P<lines>{NUMBER})(?(bracket)(?:,\s?\d{{1,4}})?[)\]）]|(?!:[0-5]\d\b)(?::\d{{1,3}})?`?))"
    rf"(?![\w%/]|\.\w|(?(bracket)|\s?)\(|\s?\[(?!`)|[-,]\d|:\d|\s[+-]{{2}})(?(bracket)|(?!\s(?!(?:for|on|onwards|to)\b)[^\W\d_]))"
)
"""A number with no word for a line that stands beside a path, or beside a name behind it: a line maybe, where the sentence names what
the file defines."""

GO = (
    r"(?:(?:jump|go|scroll|skip|head|move|navigate|turn|look|springe?|gehe?)(?:\s(?:straight|down|over|ahead))?\s(?:to|at|zu)"
    r"|breakpoint\sat|rows?)"
)
VERBS = ("begins", "declared", "defined", "found", "is", "it", "lives", "located", "sits", "starts", "starting")  # fmt: skip
AT = r"(?:(?<=[`*_)\]]\s)|" + "|".join(rf"(?<=\b{verb}\s)" for verb in VERBS) + r")(?:at|@)\s"
GOING = re.compile(
    rf"(?P<cut>(?:(?:\b{GO}|[→»›▸])\s|{AT})(?P<lines>{NUMBER}))(?!\s?%|[\w/]|\.\w|[-,:]\d|\s(?!(?:and|for|in|inside|of|on|onwards|to|until|where|which|is|has|holds|reads|und)\b)[^\W\d_])"
    rf"|(?:[(\[]|[:,@–—→-]\s|^[\W\d]*at\s|{AT}"
    rf"|\b(?:around|check(?:\sout)?|covers|fills|near|occupies|runs\sfrom|see|spans)\s|^[\s>*`-]*(?=\d+(?:{DASH}\d|\s(?:in|of|inside)\s\S+\s(?:is\s(?:where\s)?`|(?:defines|declares|holds)\s))))(?P<cut_of>(?P<lines_of>{NUMBER})\s(?:in|of|inside)\s)",
    re.IGNORECASE,
)
"""A number that somebody is sent to (`jump to 50`), or that is of the path behind it (`at 50 in a.py`, `50 in a.py is ..`)."""

OF = re.compile(
    r"\s(?:of|in|from|inside|within|von|aus|der|de|du|dans|di|del|van|i|w|v|у|в|din|του|tiedostossa|pliku|файла|ve|trong"
    r"|di file|a\(z\))\s",
    re.IGNORECASE,
)
"""What ties lines to the path behind it."""

FILE_OF = re.compile(rf"(?:[^\W\d_]+\s){{0,3}}?{OPENING}")
"""`the file`, `your`, `archivo`."""

NO_TEXT = r"(?<!\.md)(?<!\.mdx)(?<!\.rst)(?<!\.html)"
"""There `#300` is a heading."""

GLUED = re.compile(
    r"(?:@[0-9a-f]{7,40})?(?P<tail>"
    rf"[:：]{{1,2}}~?L?(?P<lines>\d{{1,7}}(?:{DASH}L?\d{{1,7}})?(?:(?:,\s?|[/;])L?\d{{1,7}}(?:{DASH}L?\d{{1,7}})?)*)(?P<column>:\d{{1,5}}(?!\d)(?:-\d{{1,7}}:\d{{1,5}}(?!\d))?)?(?:ff?(?!\w)|\+\d{{0,4}})?"
    rf"|(?:#(?:[Ll]|lines?[-=]|n)|{NO_TEXT}#|[?&][Ll](?:ine)?=|†(?:lines?\s)?L?)(?P<fragment>\d{{1,7}}(?:C\d+)?(?:[-:]L?\d{{1,7}}(?:C\d+)?)?)"
    r"|\((?P<bracket>\d{1,7})(?:,\d{1,5})?\)"
    r"|(?:@L?|\.?L)(?P<at>\d{1,6})(?![\w.-])"
    r"|:?\[(?P<square>\d{1,7}(?:-\d{1,7})?)\](?!\(|\[|\.\w)"
    rf"|{NO_TEXT}#(?!L\d)(?P<anchor>[A-Za-z_][\w$]*[?!]?)(?!-)"
    rf"|:(?P<of>[A-Za-z_$][\w$.]*):(?P<named>\d{{1,7}}(?:{DASH}\d{{1,7}})?)"
    r"|::(?P<symbol>[A-Za-z_$][\w$]*(?:(?:::|\.)[A-Za-z_$][\w$]*)*)(?:\[[^\]\s]*\])?"
    r")(?![A-Za-z0-9]|_+[A-Za-z0-9])"
)
"""What stands right behind a path: its lines, or a name in it. `values.first[0]` is written like lines in square brackets."""

EACH = re.compile(
    rf"(?P<first>\d{{1,7}})(?:C\d+)?(?:(?:{TO}|(?P<colon>:))(?:lines?\s)?L?(?P<last>\d{{1,7}})(?:C\d+)?)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Lines:
    """One line or range of a reference, by the offsets of its numbers."""

    first: Span
    last: Span | None = None

    @property
    def end(self) -> int:
        return (self.last or self.first)[1]


def glued(found: re.Match[str]) -> tuple[Lines, ...]:
    """The lines of a tail; none of a tail that is a name."""
    for group in ("lines", "fragment", "bracket", "square", "at", "named"):
        if found[group]:
            return each(found.string, *found.span(group))
    return ()


def each(text: str, start: int, end: int) -> tuple[Lines, ...]:
    return tuple(_each(text, start, end))


def _each(text: str, start: int, end: int) -> Iterator[Lines]:
    for found in EACH.finditer(text, start, end):
        is_column = found["colon"] and int(found["last"]) < int(found["first"])
        yield Lines(found.span("first"), found.span("last") if found["last"] and not is_column else None)


def closed(unit: str, at: int) -> int:
    """Behind what closes around a path that ends here."""
    found = CLOSED.match(unit, at)
    return found.end() if found else at


def is_label(unit: str) -> bool:
    """`Lines: 5-9` and nothing else."""
    return bool(LABEL.fullmatch(unit.strip()))


def after(unit: str, at: int) -> tuple[Lines, ...]:
    """Lines that go on behind those that are glued to a path."""
    found = AFTER.match(unit, at)
    return each(unit, *found.span("lines")) if found else ()


def beside(unit: str, at: Span | None) -> tuple[tuple[Lines, ...], Span, bool] | None:
    """A number alone behind the path that stands at `at`, or right before it; true where that may be a value of the file."""
    if at and (found := BESIDE.match(unit, at[1])):
        return each(unit, *found.span("lines")), found.span("cut"), bool(found["crumb"])
    for found in GOING.finditer(unit):
        if found["lines"]:
            return each(unit, *found.span("lines")), found.span("cut"), True
        if at and FILE_OF.fullmatch(unit, found.end(), at[0]):
            return each(unit, *found.span("lines_of")), found.span("cut_of"), True
    return None
