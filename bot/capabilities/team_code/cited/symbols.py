"""The symbols that a sentence names, and which of them a reference in it is said of. Pure.

Symbols are what stands in backticks and looks like a name; where there is none, what is written like one in plain words. A reference's
own are those before it since the reference before, or those behind it where a sentence begins with the reference.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.capabilities.team_code.cited.forms import ENDINGS
from bot.capabilities.team_code.cited.lines import Span

SYMBOL = re.compile(
    r"(?<!`)`(?:(?:async\s+)?(?:class|def|function|func|fn|struct|interface|enum|trait|type|const|var|let|module|method)\s+|@)?"
    r"(?:::)?(?P<name>[A-Za-z_$][\w$]*[?!]?(?:(?:\.|::|#|->)[A-Za-z_$][\w$]*[?!]?)*=?)(?:\([^`]*\)|<[^`]*>)?`(?!`)"
)
PLAIN_SYMBOL = re.compile(
    r"(?<![\w`./\\-])(?P<name>(?:[A-Za-z_$][\w$]*\.)*(?:[A-Za-z$][\w$]*(?:_|[a-z\d][A-Z])[\w$]*|[A-Za-z_$][\w$]*[?!]?(?=\(\)))|(?:[A-Za-z_$][\w$]*\.)+[A-Za-z_$][\w$]+)(?:\(\))?(?![\w`/\\-]|\.\w)"
)
"""`charge_card`, `ChargeCard`, `Card.charge` or `charge()` in plain words or in bold."""

PLAIN = frozenset(
    ("true", "false", "null", "none", "nil", "self", "this", "str", "int", "bool", "return", "async", "await", "import")
)
"""Words of languages: nobody defines them."""

DEFINED = re.compile(
    r"\b(?:defined|declared|implemented|definitions?|declarations?|défini|definiert|deklariert|implementiert|definid)"
    r"|定[义義]|声明|宣言|实现于",
    re.IGNORECASE,
)
DEFINES = re.compile(r"[`)\]*_]*[^.`]{0,30}?\b(?:defines|declares|implements)\b", re.IGNORECASE)
DEFINED_BEHIND = re.compile(
    r"[`)\]*_）」]*[^.。,，`]{0,20}?(?:\b(?:definiert|deklariert|implementiert|umgesetzt)\b|定[义義]|実装|实现|宣言|声明)"
)
"""Languages in which the verb comes last."""

NAMED_IN_WORDS = re.compile(
    r"(?<![\w`./-])(?P<name>[A-Za-z_$][\w$]{2,}[?!]?)[*_\"']{0,3}\s(?:is|are|was|wird|ist|est|está|è)\s(?:[^\W\d_]+\s){0,2}"
    r"(?:defined|declared|implemented|located|found|definiert|deklariert|implementiert|défini|declarad|definid)"
    r"|\b(?:function|method|class|struct|trait|interface|type|enum|constant|module|symbol|Funktion|Methode|Klasse|fonction|méthode|classe)"
    r"(?:\s|[\"']?[:=]\s?[\"']?)(?P<kept>[A-Za-z_$][\w$]{2,}[?!]?)"
    r"|\bthe\s(?P<lead>[A-Za-z_$][\w$]{2,}[?!]?)\s(?:function|method|class|struct|trait|interface|type|enum|constant|helper)\b"
    r"|(?:\*\*|__|<code>)(?P<bold>[A-Za-z_$][\w$]{2,}[?!]?(?:\.[A-Za-z_$][\w$]*)*)(?:\(\))?(?:\*\*|__|</code>)",
    re.IGNORECASE,
)
"""A plain word that a sentence or bold print makes a name."""

LABEL = r"(?i:file|path|source|location|where|place|lines?|ref|reference|datei|fichier|ort|quelle)"
ALONE = re.compile(
    rf"[^\w`/]*(?!{LABEL}[*_]*:)(?P<name>[A-Za-z_$][\w$]{{2,}}[?!]?(?:\.[A-Za-z_$][\w$]*)*)(?:\(\))?[^\w`/]*"
)
SAID_BEHIND = re.compile(
    r"[`)\]*_]*\s(?:defines|declares|implements|holds|contains|has)\s(?P<name>[A-Za-z_$][\w$]{2,}[?!]?)(?![\w`])"
)
PRINTED = re.compile(r":(?!\d)[ \t]*(?P<line>[^`\n]*[^`\s])\s*`")
SPAN = re.compile(r"(?<!`)`[^`\n]+`(?!`)")
NAME = re.compile(r"[A-Za-z_$][\w$]*[?!]?(?:(?:\.|::|#)[A-Za-z_$][\w$]*[?!]?)*")
LOCATES = re.compile(
    r"(?:\b(?:defined|declared|implemented|located|found|introduced|lives?|resides?|sits|definition is|is) (?:in|at|on|inside)"
    r"(?: the)?(?: file)?"
    r"|\b(?:steht|liegt|lebt|sitzt|findet sich|definiert|deklariert|implementiert|umgesetzt|ist) (?:in|unter)(?: der)?(?: Datei)?"
    r"|(?:位于|定义在|实现在)(?:文件)?)"
    r":? ?[(\[{\"'*_`]*\Z",
    re.IGNORECASE,
)
"""What makes of the path behind it the place where something is."""

BESIDE = re.compile(r"[^\w`,;.。、]*(?:[^\W\d_]+\s[^\w`,;.。、]*){0,3}`?")


@dataclass(frozen=True, slots=True)
class Context:
    """The symbols around one reference. `own` are those that it is said of, `near` those that may speak for it as well."""

    own: tuple[str, ...]
    near: tuple[str, ...]
    is_definition: bool
    weak: tuple[str, ...] = ()
    """Names that count only where the file defines them: they stand in a line before, or are written like any word."""
    later: tuple[str, ...] = ()
    """Of the line behind: they count where the file defines none of those."""
    maybe: tuple[str, ...] = ()
    """Those of `own` and `near` that are the names of files or folders as well: they count where the cited file defines them."""
    quote: str = ""
    """The line of code that the place is said to show."""

    @property
    def names(self) -> tuple[str, ...]:
        """All that the place may be said of."""
        return self.near or (*self.own, *self.weak, *self.later)


def context(unit: str, at: Span, others: Sequence[Span]) -> Context:
    """`others` are the other references of the unit."""
    places = sorted([at, *others])
    here = places.index(at)
    begins, ends = [0, *(end for _, end in places)], [*(start for start, _ in places), len(unit)]
    symbols = [one for one in SYMBOL.finditer(unit) if _is_name(one["name"]) and not _touches(one.span(), places)]
    between = [[one for one in symbols if begin <= one.start() < end] for begin, end in zip(begins, ends, strict=True)]
    earlier = next((names for names in reversed(between[: here + 1]) if names), [])
    behind = between[here + 1]
    own = behind if behind and not between[0] else earlier or behind
    if not earlier and not behind and len(symbols) == len(places):
        own = behind = [symbols[here]]  # all places, then all names
    near = [*earlier, *behind]
    if _is_beside(unit, between[here], at[0]) and _is_beside(unit, behind, ends[here + 1]) and here + 1 < len(places):
        near.pop()  # it is said of the reference behind it
    is_definition = (
        DEFINED.search(unit, begins[here], at[0])
        or DEFINES.match(unit, at[1], ends[here + 1])
        or DEFINED_BEHIND.match(unit, at[1], ends[here + 1])
    )
    weak = () if near else _plain_names(unit, begins[here], at, ends[here + 1])
    later = () if near else _named(unit, at[1], ends[here + 1])[:1]
    return Context(_names(own), _names(near), bool(is_definition), weak, later)


def says_defined(unit: str, at: Span) -> bool:
    """Whether a path is said to be where something is defined, right before it or behind it."""
    located = LOCATES.search(unit, max(0, at[0] - 60), at[0])
    return bool(DEFINES.match(unit, at[1]) or (located and DEFINED.search(located[0])))


def last_name(unit: str, end: int) -> str:
    """The symbol that stands last before `end`, in backticks or plain; or ""."""
    names = [one["name"] for one in SYMBOL.finditer(unit, 0, end) if _is_name(one["name"])] or _named(unit, 0, end)
    return names[-1] if names else ""


def _named(unit: str, begin: int, end: int) -> tuple[str, ...]:
    """Names without backticks, in order."""
    found = [(one.end(), part) for one in NAMED_IN_WORDS.finditer(unit, begin, end) for part in one.groups() if part]
    found += [(one.end(), one["name"]) for one in PLAIN_SYMBOL.finditer(unit, begin, end)]
    return tuple(name for _, name in sorted(found))


def _plain_names(unit: str, begin: int, at: Span, end: int) -> tuple[str, ...]:
    """Names without backticks that a place may be said of: before it, or where nothing else stands beside it, in a row in a cell."""
    if names := _named(unit, begin, at[0])[-1:]:
        return names
    if behind := SAID_BEHIND.match(unit, at[1]):
        return (behind["name"],)
    if unit.lstrip(" >").startswith("|"):
        cells = [ALONE.fullmatch(cell) for cell in unit.split("|")]
    else:
        cells = [ALONE.fullmatch(unit, begin, at[0]), ALONE.fullmatch(unit, at[1], end)]
    return tuple(dict.fromkeys(one["name"] for one in cells if one))


def with_names_inside(unit: str, at: Span, about: Context) -> Context:
    """With the only name that shares a code span or a link with the place, where nothing else is named, and code that grep prints."""
    if printed := PRINTED.match(unit, at[1]):
        about = replace(about, quote=printed["line"])
    if about.names:
        return about
    if unit[at[0] - 2 : at[0]] == "](" and (alone := ALONE.fullmatch(unit, unit.rfind("[", 0, at[0]) + 1, at[0] - 2)):
        return replace(about, weak=(alone["name"],))
    for span in SPAN.finditer(unit):
        if span.start() < at[0] and at[1] < span.end():
            rest = unit[span.start() + 1 : at[0]] + " " + unit[at[1] : span.end() - 1]
            found = {one[0] for one in NAME.finditer(rest) if _is_name(one[0])}
            return replace(about, weak=tuple(found)) if len(found) == 1 else about
    return about


def _names(symbols: Sequence[re.Match[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one["name"] for one in symbols))


def _is_beside(unit: str, symbols: Sequence[re.Match[str]], at: int) -> bool:
    """Whether the last of these symbols stands right before a reference, as in "`charge` (src/pay.py:3)" or "`charge` is in"."""
    return bool(symbols) and bool(BESIDE.fullmatch(unit, symbols[-1].end(), at))


def _is_name(name: str) -> bool:
    if re.fullmatch(r"[Ll]\d+", name):
        return False  # a line
    _, point, ending = name.rpartition(".")
    return len(name) > 1 and name.lower() not in PLAIN and not (point and ending.lower() in ENDINGS)


def _touches(span: Span, others: Sequence[Span]) -> bool:
    return any(span[0] < end and start < span[1] for start, end in others)
