"""What is emphasis, and what only looks like it: markdown-it's rules for pairs of marks, with some of our own.

Beside Chinese, Japanese and Korean characters a mark needs no space around punctuation, as in the proposal for CommonMark at
https://github.com/tats-u/markdown-cjk-friendly. Names such as `__init__`, factors such as 2*3*4 and paths such as
/api/*/v1 are no emphasis, `handlers[0](request)` is no link. A formula between LaTeX's brackets or dollars stays as it was typed.
"""

from __future__ import annotations

import re
import unicodedata
from string import ascii_letters, digits, punctuation

from markdown_it import MarkdownIt
from markdown_it.common.utils import isPunctChar, isWhiteSpace
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Scanned
from markdown_it.token import Token
from markdown_it.utils import EnvType

NAME = re.compile(r"__[A-Za-z0-9]+(?:_+[A-Za-z0-9]+)*__(?![A-Za-z0-9_])")
FORMULA = re.compile(
    r"\\\([^`]{1,1000}?\\\)|\\\[[^`]{1,1000}?\\\](?!\()|\$\$[^`$]{1,1000}?\$\$"
    r"|\$(?=\S)[^`$\n]{0,300}?[\\^_][^`$\n]{1,300}?(?<=\S)\$(?!\w)"
)
CALL = re.compile(r"\[[^\[\]`\n]{0,60}\]\((?![\w+.-]+:|[/#.])[^()`\n]{0,80}\)")
"""What stands behind a name in code and reads like a link to nowhere: `handlers[0](request)`."""

STEP = r"(?:\\(?:[^\s\\`|<>\"*_]|[*_](?=[.\w\\]))*)"
DRIVE = re.compile(rf"{STEP}+")
SHARE = re.compile(rf"\\\\[A-Za-z0-9][\w.-]*(?=\\[\w$.*-]){STEP}+")
"""Paths of Windows behind `C:` and behind two backslashes: none of theirs escapes anything."""

LINE_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)

ENDS = {"\\(": "\\)", "\\[": "\\]", "$": "$"}
PLAIN = frozenset(ascii_letters + digits)
NAMED = PLAIN | {"_", ")", "]"}
EMOJI = re.compile("[\u231a-\u2bff\U0001f000-\U0001faff]")


def install(markdown: MarkdownIt) -> None:
    """Makes a parser read by these rules."""
    inline = _Inline()
    inline.ruler, inline.ruler2 = markdown.inline.ruler, markdown.inline.ruler2
    inline.ruler.before("escape", "formula", formula)
    inline.ruler.before("formula", "path", path)
    inline.ruler.before("autolink", "line_break", line_break)
    inline.ruler.before("emphasis", "name", name)
    inline.ruler.before("link", "call", call)
    markdown.inline = inline


def name(state: StateInline, silent: bool) -> bool:
    """An identifier between double underscores is text."""
    before = state.src[state.pos - 1 : state.pos]
    found = None if before.isalnum() or before == "_" else NAME.match(state.src, state.pos, state.posMax)
    return _as_typed(state, found, silent)


def call(state: StateInline, silent: bool) -> bool:
    """What is taken from a list and called is text."""
    before = state.src[state.pos - 1 : state.pos]
    found = CALL.match(state.src, state.pos, state.posMax) if before in NAMED and before else None
    return _as_typed(state, found, silent)


def formula(state: StateInline, silent: bool) -> bool:
    """A formula in LaTeX is text, its backslashes and underscores too."""
    opened = state.src[state.pos : state.pos + (1 if state.src[state.pos] == "$" else 2)]
    end = ENDS.get(opened, "")
    if not end or state.html_terminator_last(end) <= state.pos:
        return False
    return _as_typed(state, FORMULA.match(state.src, state.pos, state.posMax), silent)


def path(state: StateInline, silent: bool) -> bool:
    """A path of Windows is text, its backslashes too."""
    if state.src[state.pos] != "\\":
        return False
    before = state.src[max(0, state.pos - 3) : state.pos]
    if re.fullmatch(r"[^\W\d_]:|[\W_][A-Za-z]:", before):
        return _as_typed(state, DRIVE.match(state.src, state.pos, state.posMax), silent)
    if before[-1:].isalnum() or before[-1:] == "\\":
        return False
    return _as_typed(state, SHARE.match(state.src, state.pos, state.posMax), silent)


def line_break(state: StateInline, silent: bool) -> bool:
    """`<br>` between words without a space, or behind a line: what models write where Markdown takes no line feed. One that stands
    by itself is spoken of, and is shown."""
    found = LINE_BREAK.match(state.src, state.pos, state.posMax) if state.src[state.pos] == "<" else None
    before, after = state.src[state.pos - 1 : state.pos], state.src[found.end() : found.end() + 1] if found else ""
    if found is None or not before or before.isspace() or after == " ":
        return False
    if not silent:
        if after not in ("", "\n"):
            state.push("hardbreak", "br", 0)
        elif not after:
            state.pending = state.pending.rstrip()
    state.pos = found.end()
    return True


def _as_typed(state: StateInline, found: re.Match[str] | None, silent: bool) -> bool:
    if found is None:
        return False
    if not silent:
        state.append_pending(found[0])
    state.pos = found.end()
    return True


class _State(StateInline):
    def scanDelims(self, start: int, canSplitWord: bool) -> Scanned:  # noqa: N802, N803 - markdown-it calls it so
        """Whether a run of marks can open or close emphasis."""
        marker, end = self.src[start], start
        while end < self.posMax and self.src[end] == marker:
            end += 1
        before = self.src[start - 1] if start > 0 else " "
        after = self.src[end] if end < self.posMax else " "
        if marker == "*" and end - start == 1 and (before + after).isascii() and before.isalnum() and after.isalnum():
            return Scanned(False, False, 1)
        if marker == "*" and _is_path(before, after, end - start):
            return Scanned(False, False, end - start)
        left, right = _flanks(before, after), _flanks(after, before)
        can_open = left and (canSplitWord or not right or _is_punctuation(before))
        can_close = right and (canSplitWord or not left or _is_punctuation(after))
        return Scanned(can_open, can_close, end - start)


def _is_path(before: str, after: str, length: int) -> bool:
    """Whether asterisks stand for parts of a path: `/api/*/v1`, `src/**/*.ts`, `logs*/today`; `**GET**/**POST**` does not."""
    if length > 1:
        return before == after == "/"
    return (before == "/" and not isWhiteSpace(ord(after))) or (after == "/" and before.isalnum())


def _flanks(outside: str, inside: str) -> bool:
    if inside in PLAIN:
        return True
    if isWhiteSpace(ord(inside)):
        return False
    if not _is_punctuation(inside) or _is_cjk(inside):
        return True
    return outside not in PLAIN and (isWhiteSpace(ord(outside)) or _is_punctuation(outside) or _is_cjk(outside))


def _is_punctuation(character: str) -> bool:
    return character in punctuation if character.isascii() else isPunctChar(character)


def _is_cjk(character: str) -> bool:
    wide = character > "\u10ff" and unicodedata.east_asian_width(character) in "WFH"
    return wide and not EMOJI.match(character)


class _Inline(ParserInline):
    def parse(self, src: str, md: MarkdownIt, env: EnvType, tokens: list[Token]) -> list[Token]:
        state = _State(src, md, env, tokens)
        self.tokenize(state)
        for rule in self.ruler2.getRules(""):
            rule(state)
        return state.tokens
