"""TOML and JSON read into trees of words.

Each string is marked with its line before the standard parser runs, and unmarked on the way out: the parser alone decides
what is valid, and two entries of the same name keep their own lines. The scans below only find strings, in linear time.
"""

from __future__ import annotations

import json
import re
import tomllib

from bot.capabilities.team_code.dependencies.words import Malformed, Word, word

MARK = "\ue000"
MAX_LINE_DOTS = 500
"""The standard TOML parser takes quadratic time over the parts of one dotted key."""

BASIC = r'"[^"\\\n]*+(?:\\[^\n][^"\\\n]*+)*+"'
LITERAL = r"'[^'\n]*+'"
JSON_TOKEN = re.compile(
    rf'(?P<text>{BASIC})|(?P<torn>"[^\n]*)|(?P<comment>//[^\n]*|/\*.*?(?:\*/|\Z))|(?P<comma>,(?=\s*+[}}\]]))', re.S
)
TOML_TOKEN = re.compile(
    r'(?P<long>"""(?:[^"\\]|\\.|"(?!""))*+"{3,5}|'
    r"'''.*?'{3,5})|(?P<unended>\"\"\"|''')"
    rf"|(?P<key>(?:{BASIC}|{LITERAL})(?=[ \t]*+[=.]))|(?P<text>{BASIC}|{LITERAL})|(?P<torn>[\"'][^\n]*)"
    r"|(?P<comment>\#[^\n]*)|(?P<equals>=)|(?P<opens>[\[{])|(?P<closes>[\]}])|(?P<newline>\n)"
    r"|(?P<yes>(?<![\w.-])true(?![\w.-])(?![ \t]*+=))",
    re.S,
)


def read_toml(text: str) -> object:
    """`true` becomes a word too: it is the only other value that an entry may consist of (`serde.workspace = true`)."""
    if any(line.count(".") > MAX_LINE_DOTS for line in text.split("\n")):
        raise Malformed("not read: a line of too many dots")
    try:
        return _plain(tomllib.loads(_mark_toml(text)))
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line (\d+)", str(error))
        raise Malformed("not valid TOML" + (f" (line {found[1]})" if found else "")) from error
    except RecursionError as error:
        raise Malformed("not read: nested too deep") from error
    except ValueError as error:
        raise Malformed("not valid TOML") from error


def read_json(text: str, *, loose: bool = False) -> object:
    """`loose` lets comments and trailing commas stand."""
    try:
        return _plain(json.loads(_mark_json(text, loose), object_pairs_hook=_pairs))
    except json.JSONDecodeError as error:
        raise Malformed(f"not valid JSON (line {error.lineno})") from error
    except RecursionError as error:
        raise Malformed("not read: nested too deep") from error
    except ValueError as error:
        raise Malformed("not valid JSON") from error


def _mark_json(text: str, loose: bool) -> str:
    line, at = 1, 0

    def marked(token: re.Match[str]) -> str:
        nonlocal line, at
        found = token[0]
        if token.lastgroup != "text":
            return "\n" * found.count("\n") if loose else found
        start = token.start()
        line += text.count("\n", at, start)
        at = start
        return f'{found[:-1]}{MARK}{line}"'

    return JSON_TOKEN.sub(marked, text)


def _mark_toml(text: str) -> str:
    """Values only: the parser puts keys of the same name together, which marks would keep apart."""
    out: list[str] = []
    line, at, depth, in_value = 1, 0, 0, False
    for token in TOML_TOKEN.finditer(text):
        match token.lastgroup:
            case "newline":
                line += 1
                in_value = in_value and depth > 0
            case "equals":
                in_value = True
            case "opens":
                depth += in_value
            case "closes":
                depth = max(0, depth - 1)
            case "unended":
                break
            case "text" | "long" if in_value:
                quotes = 3 if token.lastgroup == "long" else 1
                out += text[at : token.end() - quotes], f"{MARK}{line}"
                at = token.end() - quotes
                line += token[0].count("\n")
            case "yes" if in_value:
                out += text[at : token.start()], f'"true{MARK}{line}"'
                at = token.end()
    return "".join(out) + text[at:]


def _plain(value: object) -> object:
    match value:
        case Word():
            return value
        case str():
            return _word(value)
        case list():
            return [_plain(part) for part in value]
        case dict():
            return {key: part if isinstance(part, Word) else _plain(part) for key, part in value.items()}
    return value


def _word(marked: str) -> Word:
    text, mark, line = marked.rpartition(MARK)
    return word(text, int(line)) if mark else word(marked, 1)


def _pairs(pairs: list[tuple[str, object]]) -> dict[Word, object]:
    """The last of two equal keys holds, line and all."""
    out: dict[Word, object] = {}
    for marked, value in pairs:
        key = _word(marked)
        out.pop(key, None)
        out[key] = _word(value) if isinstance(value, str) else value
    return out
