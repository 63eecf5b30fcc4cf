"""Configuration of nginx: what is begun and not ended. What its directives mean is looked at in `nginx_words`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from bot.capabilities.checks.verdicts import Finding
from storage.checks.formats.said import Said, unread
from storage.checks.formats.settings import nginx_versions, nginx_words

TOKEN = re.compile(
    r"#[^\n]*|\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|[;{}]|(?:\\.|\$\{[^}\n]*\}|[^\s;{}\"'\\])+", re.DOTALL
)
LEFT_OUT = re.compile(r"\{\{|\{%|<%|(?<![\w.])\.\.\.(?![\w.])|…|_by_lua_block|(?<![?P\w])<[a-z]\w*[ -][\w -]+>")
MOST_ARGUMENTS = 400
DEEPEST = 60
HELD = {"nginx": ""}


@dataclass(frozen=True, slots=True)
class Token:
    text: str
    line: int
    is_first: bool
    """Of its line."""


def read(code: str, tree: Path | None = None) -> Said:
    said = _read(code, tree)
    if any(one.kind == "syntax" for one in said.findings):
        first = [one.text for one in _tokens(code) if one.is_first and one.text not in "{};"]
        if 2 * sum(nginx_words.are_directives(one) for one in first) < len(first):
            return unread("it is no configuration of nginx")
    return said


def _read(code: str, tree: Path | None) -> Said:
    if LEFT_OUT.search(re.sub(r"#[^\n]*", "", code)):
        return unread("parts of it are left out, or another program fills them in")
    said = Said(dict(HELD))
    opened: list[Token] = []
    words: list[Token] = []
    statements: list[nginx_words.Statement] = []
    for one in _tokens(code):
        if one.text in "{;" and words:
            above = tuple(each.text for each in opened)
            told = [(word.text, word.line) for word in words]
            statements.append(nginx_words.Statement(told, above, one.text == "{"))
        if one.text == "{":
            if not words:
                return _fault(said, one.line, "nothing stands before `{`")
            opened.append(words[0])
            words = []
            if len(opened) > DEEPEST:
                return unread("it is nested too deep")
        elif one.text == "}":
            if words:
                return _fault(said, words[-1].line, f"`;` is missing behind `{words[-1].text[:40]}`")
            if not opened:
                return _fault(said, one.line, "a `}` is too much")
            opened.pop()
        elif one.text == ";":
            words = []
        else:
            if words and one.is_first and len(words) > 1 and nginx_words.are_directives(one.text, words[0].text):
                return _fault(said, words[-1].line, f"`;` is missing behind `{words[-1].text[:40]}`")
            words.append(one)
            if len(words) > MOST_ARGUMENTS:
                return unread("it is no configuration of nginx")
    if words:
        return _fault(said, words[-1].line, f"`;` is missing behind `{words[-1].text[:40]}`")
    if opened:
        return _fault(said, opened[-1].line, f"`{opened[-1].text[:40]}` is not closed: `}}` is missing")
    if statements and not nginx_words.is_nginx(statements):
        return unread("it is no configuration of nginx")
    found, assumed = nginx_words.read(statements)
    said.findings += [*found, *nginx_versions.newer(statements, tree)]
    said.assumed += assumed
    return said


def _tokens(code: str) -> list[Token]:
    found: list[Token] = []
    line, last = 1, 0
    for one in TOKEN.finditer(code):
        line += code.count("\n", last, one.start())
        last = one.start()
        if not one[0].startswith("#"):
            found.append(Token(one[0], line, not found or found[-1].line != line))
    return found


def _fault(said: Said, line: int, why: str) -> Said:
    said.findings.append(Finding(line, "syntax", why))
    return said
