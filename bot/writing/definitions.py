"""Definitions of links, `[label]: https://...`: used where a link needs them, and shown as they were typed where none does.

CommonMark takes every line of this form away, so a log's `[INFO]: started`, a footnote, or a list of sources vanishes. Here only a
web address on the label's own line defines anything, and a definition goes from the text only when a link with words of its own
refers to it. It is text to the parser of blocks, so it never changes what is a paragraph or code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.common.utils import normalizeReference
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

DEFINITION = re.compile(
    r"\[(?P<label>(?!\^)(?:[^\[\]\\\n]|\\.){1,200})\]:[ \t]*(?:<(?P<angled>https?://[^<>\n]*)>|(?P<bare>https?://[^\s<]+))"
    r"(?:[ \t]+(?:\"(?P<double>[^\"\n]*)\"|'(?P<single>[^'\n]*)'|\((?P<round>[^()\n]*)\)))?[ \t]*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Paragraph:
    token: Token
    defined: Sequence[tuple[str, str]]
    """Labels, and the lines as they were typed."""
    in_list: bool
    text: str


def install(markdown: MarkdownIt) -> None:
    """Makes a parser read by these rules."""
    markdown.options["store_labels"] = True
    markdown.core.ruler.before("inline", "define", define)
    markdown.core.ruler.after("inline", "show_definitions", show)


def define(state: StateCore) -> None:
    """Takes definitions out of the paragraphs that begin with them."""
    found: list[_Paragraph] = []
    references: dict[str, dict[str, object]] = {}
    depth = 0
    for before, token in zip([None, *state.tokens], state.tokens, strict=False):
        depth += {"list_item_open": 1, "list_item_close": -1}.get(token.type, 0)
        if before and before.type == "paragraph_open" and token.content.startswith("["):
            lines = token.content.split("\n")
            defined = list(_defined(lines, state.md, references))
            if defined:
                rest = "\n".join(lines[len(defined) :])
                found.append(_Paragraph(token, defined, depth > 0, rest))
                token.content = rest
    state.env["references"] = references
    state.env["paragraphs"] = found


def _defined(
    lines: Sequence[str], markdown: MarkdownIt, references: dict[str, dict[str, object]]
) -> Iterator[tuple[str, str]]:
    for line in lines:
        found = DEFINITION.fullmatch(line.strip())
        address = markdown.normalizeLink(found["angled"] or found["bare"]) if found else ""
        label = normalizeReference(found["label"]) if found else ""
        if not found or not label.strip() or not markdown.validateLink(address):
            return
        title = found["double"] or found["single"] or found["round"] or ""
        is_new = label not in references
        if is_new:
            references[label] = {"href": address, "title": title}
        yield (label if is_new else "", line)


def show(state: StateCore) -> None:
    """Puts back what nothing refers to."""
    paragraphs: list[_Paragraph] = state.env.pop("paragraphs")
    if not paragraphs:
        return
    used = {label for token in state.tokens for label in _used(token.children or ())}
    gone = set()
    for one in paragraphs:
        kept = [(label, line) for label, line in one.defined if one.in_list or label not in used]
        if kept:
            shown = {label for label, _ in kept}
            left = {key: value for key, value in state.env["references"].items() if key not in shown}
            one.token.content = "\n".join([*(line for _, line in kept), *([one.text] if one.text else [])])
            one.token.children = state.md.inline.parse(
                one.token.content, state.md, {**state.env, "references": left}, []
            )
        elif not one.text:
            gone.add(id(one.token))
    at = [place for place, token in enumerate(state.tokens) if id(token) in gone]
    dropped = {place + shift for place in at for shift in (-1, 0, 1)}
    state.tokens = [token for place, token in enumerate(state.tokens) if place not in dropped]


def _used(tokens: Sequence[Token]) -> Iterator[str]:
    """Labels that links refer to. A bare number is no name for a source: its line stays."""
    for token, following in zip(tokens, [*tokens[1:], None], strict=False):
        label = str(token.meta.get("label") or "")
        if label and not (label.isdigit() and following and following.content == label):
            yield label
        yield from _used(token.children or ())
