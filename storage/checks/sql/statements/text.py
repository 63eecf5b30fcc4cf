"""A block of SQL, made into text that a grammar can read: as many lines, without prompts, client commands and placeholders."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

OPENING = re.compile(r"--|/\*|[eE]?'|\"|`|\$(?:[A-Za-z_]\w*)?\$")
PROMPT = re.compile(r"^\s*(?:[\w.-]*[=\-('\"*^!$][>#]|mysql>|sqlite>|MariaDB \[[^]]*\]>|postgres[#>])(?:\s|$)")
CONTINUED = re.compile(r"^\s*(?:-+>|\.\.\.>)\s")
CLIENT = re.compile(r"^\s*\\(?!\.)\S*.*$")
CLIENT_AT_END = re.compile(r"\\(?:g|gx|gset|gexec|watch|crosstabview)\b[^\n;]*")
COPIED = re.compile(r"^\s*copy\b[^;]*\bfrom\s+stdin\b[^;]*;", re.IGNORECASE)
TEMPLATE = re.compile(r"\{\{[^{}\n]*\}\}|[$#]\{[^{}\n]*\}|\{[^{}\n]*\}|<%[^%\n]*%>|\{%[^%\n]*%\}")
TEMPLATE_IN_TEXT = re.compile(
    r"\{\{[^{}\n]*\}\}|[$#]\{[^{}\n]*\}|\{\w+(?:[.:!\[][^{}\n]*)?\}|<%[^%\n]*%>|\{%[^%\n]*%\}"
)
"""In a string: `{}` and `{"a": 1}` are JSON there."""

NAMED = re.compile(
    r"%\((\w+)\)[sbt]|%s(?!\w)|(?:(?<=[=<>(,])|(?<=[=<>(,] ))%[bt](?!\w)|(?<![:\w\[]):([A-Za-z_]\w*)"
    r"|(?<![\w@<>&|*/+~!#-])@([A-Za-z_]\w*)|(?<![\w$])\$([A-Za-z_]\w*)(?![\w$])"
)
"""Parameters by name, as drivers write them: psycopg's (`%b` and `%t` say how one is sent), SQLAlchemy's, those of .NET and of
Sequelize's `bind`."""

SQLC = (
    (re.compile(r"\bsqlc\.(?:n?arg|slice)\(\s*['\"]?(\w+)['\"]?\s*\)"), r"@\1"),
    (re.compile(r"\bsqlc\.embed\(\s*(\w+)\s*\)"), r"\1.*"),
)
"""What sqlc writes for parameters and rows: https://docs.sqlc.dev/en/latest/reference/macros.html"""

FORMATTED = re.compile(r"\$\d+(?::(?:name|alias|raw|csv|list|json|value)\b|[~^](?=\s*[().,;]|\s*$))")
"""What pg-promise puts in as names and lists: https://vitaly-t.github.io/pg-promise/formatting.html"""

QUESTION = re.compile(
    r"((?:^|[=<>(,+\-*/|\[]|\b(?:in|like|ilike|limit|offset|values|and|or|not|set|between|then|else|when|select|by|interval|any|all|is))\s*)"
    r"\?(?![|&?])\d*",
    re.IGNORECASE,
)
EXCERPT = re.compile(r"(?<!\.)\.\.\.(?!\.)|…")
ANY_NAME = "any_name_of_yours"
FILLED = "a name in the SQL is filled in by the program: what it stands for is not looked at"

ASIDE = re.compile(r"'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/", re.DOTALL)
"""What stands in a statement and is no code: texts and comments."""


@dataclass(slots=True)
class Prepared:
    """`is_excerpt`: something was left out where `...` stands; `is_templated`: something else writes part of it."""

    text: str
    is_excerpt: bool = False
    is_templated: bool = False
    is_transcript: bool = False
    parameters: dict[str, int] = field(default_factory=dict)


def pieces(text: str) -> Iterator[tuple[str, int, int]]:
    """The text in pieces: `code`, `comment`, `string`, `name` (in double quotes), `tick` (in backticks), `body` (in dollars)."""
    place = 0
    unclosed: set[str] = set()
    while found := OPENING.search(text, place):
        mark = found[0]
        if found.start() > place:
            yield "code", place, found.start()
        kind, end = _end(text, mark, found.end(), unclosed)
        if end < 0:
            unclosed.add(mark)
            kind, end = "code", found.end()
        yield kind, found.start(), end
        place = end
    if place < len(text):
        yield "code", place, len(text)


def _end(text: str, mark: str, start: int, unclosed: set[str]) -> tuple[str, int]:
    if mark in unclosed:
        return "code", -1
    if mark == "--":
        end = text.find("\n", start)
        return "comment", len(text) if end < 0 else end
    if mark == "/*":
        end = text.find("*/", start)
        return "comment", end + 2 if end >= 0 else -1
    if mark[-1] in "'\"`":
        return {"'": "string", '"': "name", "`": "tick"}[mark[-1]], _closed(text, mark, start)
    end = text.find(mark, start)
    return "body", end + len(mark) if end >= 0 else -1


def _closed(text: str, mark: str, start: int) -> int:
    quote, place = mark[-1], start
    while (end := text.find(quote, place)) >= 0:
        if text.startswith(quote, end + 1):
            place = end + 2
        elif len(mark) == 2 and (len(text[start:end]) - len(text[start:end].rstrip("\\"))) % 2:
            place = end + 1
        else:
            return end + 1
    return -1


def prepare(code: str) -> Prepared:
    """Of a session at a prompt only what was typed is kept."""
    lines = code.replace("\r\n", "\n").replace("\r", "\n").replace("\0", " ").split("\n")
    is_transcript = any(PROMPT.match(line) for line in lines)
    lines = _typed(lines) if is_transcript else lines
    text = "\n".join(lines)
    for macro, meant in SQLC if "sqlc." in text else ():
        text = macro.sub(meant, text)
    prepared = Prepared(_without_client(text), is_transcript=is_transcript)
    prepared.text = _replaced(prepared)
    return prepared


def _typed(lines: list[str]) -> list[str]:
    kept, is_open = [], False
    for line in lines:
        if found := PROMPT.match(line) or (CONTINUED.match(line) if is_open else None):
            typed = line[found.end() :]
            is_open = ";" not in typed
            kept.append(typed)
        else:
            kept.append("")
    return kept


def _without_client(text: str) -> str:
    kept, is_data = [], False
    body = [(start, end) for kind, start, end in pieces(text) if kind in ("body", "string", "comment")]
    inside, place = iter([*body, (len(text) + 1, 0)]), 0
    span = next(inside)
    for line in text.split("\n"):
        while span[1] <= place and span[0] <= len(text):
            span = next(inside)
        is_inside = span[0] < place < span[1]
        place += len(line) + 1
        if is_data or (not is_inside and CLIENT.match(line)):
            is_data = is_data and line.strip() != "\\."
            kept.append("")
            continue
        is_data = not is_inside and bool(COPIED.match(line))
        kept.append("" if is_data else CLIENT_AT_END.sub(";", line) if "\\" in line and not is_inside else line)
    return "\n".join(kept)


def _replaced(prepared: Prepared) -> str:
    numbers = prepared.parameters
    first = max((int(one) for one in re.findall(r"\$(\d{1,4})", prepared.text)), default=0)

    def numbered(found: re.Match[str]) -> str:
        name = next((one for one in found.groups() if one), f"%{len(numbers)}")
        return f"${numbers.setdefault(name, first + len(numbers) + 1)}"

    def template(found: re.Match[str]) -> str:
        prepared.is_templated = True
        return ANY_NAME

    out = []
    for kind, start, end in pieces(prepared.text):
        piece = prepared.text[start:end]
        if kind == "code":
            piece = FORMATTED.sub(template, TEMPLATE.sub(template, piece))
            prepared.is_excerpt = prepared.is_excerpt or bool(EXCERPT.search(piece))
            piece = re.sub(r"(?<![:\w]):$", " ", piece)  # psql's :'name'
            piece = NAMED.sub(numbered, piece)
        elif kind in ("string", "name") and TEMPLATE_IN_TEXT.search(piece):
            prepared.is_templated = True
        elif kind == "comment" and EXCERPT.fullmatch(piece.strip("-/* \t")):
            prepared.is_excerpt = True
        out.append(piece)
    return "".join(out)


def with_numbers(text: str) -> str:
    """Question marks as numbered parameters, for where they are no operator."""
    count = max((int(one) for one in re.findall(r"\$(\d{1,4})", text)), default=0)
    out = []
    for kind, start, end in pieces(text):
        piece = text[start:end]
        if kind == "code":
            numbers = itertools.count(count + 1)
            piece = QUESTION.sub(lambda found, numbers=numbers: f"{found[1]}${next(numbers)}", piece)  # type: ignore[misc]
            count = next(numbers) - 1
        out.append(piece)
    return "".join(out)


def place_of(piece: str, name: str) -> int:
    """Where a name, `table.column` or alone, stands in a statement's code first; else where the statement begins."""
    parts = [re.escape(one) for one in name.split(".")]
    named = re.compile(r'["`\]]?\s*\.\s*["`\[]?'.join(parts) + r"(?!\w)", re.IGNORECASE)
    plain = ASIDE.sub(lambda found: " " * len(found[0]), piece)
    for found in named.finditer(plain):
        if not re.search(r"\w\Z", plain[: found.start()]):
            return found.start()
    return len(piece) - len(piece.lstrip())


def line_at(text: str, place: int) -> int:
    """From 1."""
    return text.count("\n", 0, max(0, place)) + 1
