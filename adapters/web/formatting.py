"""CommonMark -> safe HTML for the page, with highlighted code. No raw HTML passes, no picture is fetched, no inline style."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from itertools import count
from typing import Any

from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

from adapters.web.addresses import NO_CITES, Cites
from bot.conversation import Mark
from bot.writing.dialect import parser
from bot.writing.markdown import as_numbered, boxed, label, named
from bot.writing.text import seen

PREFIX = "hl-"
LONGEST_HIGHLIGHTED = 50_000
"""Characters; longer code stays plain, for a page must not wait for its colours."""


def html(markdown: str, links: Sequence[str] = (), marks: Sequence[Mark] = (), cites: Cites = NO_CITES) -> str:
    """The text as HTML. An unclosed fence is closed; only `links` are live, and open safely. `marks` stand under their code; what
    `cites` knows leads to the page's own sight of it."""
    env = {
        "links": frozenset(links), "marks": {mark.place: mark for mark in marks}, "places": count(), "cites": cites
    }  # fmt: skip
    return str(PARSER.render(seen(markdown), env))


def highlight_css(style: str, scope: str = ".code") -> str:
    """The rules for highlighted code in a pygments style; its ground is the page's own."""
    formatter: Any = HtmlFormatter(style=style, classprefix=PREFIX)
    return "\n".join(formatter.get_token_style_defs(scope))


class PageRenderer(RendererHTML):
    """markdown-it's own renderer but for code, links, pictures and tables."""

    def fence(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        figure = _figure(label(tokens[idx].info), tokens[idx].content, named(tokens[idx].info))
        return figure + _mark(env)

    def code_block(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return _figure("", tokens[idx].content) + _mark(env)

    def code_inline(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        code = f"<code>{escape(tokens[idx].content, quote=False)}</code>"
        address = "" if _is_in_link(tokens, idx) else env["cites"].address(tokens[idx].content)
        return f'<a class="place" href="{escape(address)}">{code}</a>' if address else code

    def ordered_list_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """An item that does not follow the one before it says its number."""
        items = list(_items(tokens, idx))
        numbers = as_numbered([one.info for one in items])
        for item, before, number in zip(items[1:], numbers, numbers[1:], strict=False):
            if number != before + 1:
                item.attrs["value"] = number
        return self.renderToken(tokens, idx, options, env)

    def link_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        if here := env["cites"].page(str(tokens[idx].attrs["href"])):
            return f'<a class="place" href="{escape(here)}">'
        address = escape(str(tokens[idx].attrs["href"]))
        return f'<a href="{address}" rel="noopener noreferrer nofollow" target="_blank">'

    def table_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return '<div class="table" tabindex="0"><table>\n'

    def table_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return "</table></div>\n"

    def th_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return f"<th{_alignment(tokens[idx])}>"

    def td_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return f"<td{_alignment(tokens[idx])}>"


def _is_in_link(tokens: Sequence[Token], idx: int) -> bool:
    kinds = [token.type for token in tokens[:idx]]
    return kinds.count("link_open") > kinds.count("link_close")


def _items(tokens: Sequence[Token], idx: int) -> Iterator[Token]:
    """Of the list that opens here."""
    for token in tokens[idx + 1 :]:
        if token.level == tokens[idx].level:
            return
        if token.type == "list_item_open" and token.level == tokens[idx].level + 1:
            yield token


def _mark(env: EnvType) -> str:
    """What the bot says under the code that was just drawn: a line that opens where there is more to say."""
    mark: Mark | None = env["marks"].get(next(env["places"]))
    if mark is None:
        return ""
    if not mark.detail:
        return f'<p class="looked">{escape(mark.line)}</p>\n'
    detail = "".join(f"<li>{escape(line)}</li>" for line in mark.detail)
    return f'<details class="looked"><summary>{escape(mark.line)}</summary><ul>{detail}</ul></details>\n'


def _alignment(token: Token) -> str:
    """markdown-it says it as an inline style, which the page's policy forbids."""
    found = str(token.attrs.get("style", "")).removeprefix("text-align:")
    return f' class="{found}"' if found in ("left", "right", "center") else ""


def _figure(language: str, code: str, name: str = "") -> str:
    caption = escape(" ".join(part for part in (language, name) if part))
    return (
        f'<figure class="code" data-language="{escape(language)}"><figcaption><span>{caption}</span>'
        f'<button class="copy" type="button">Copy</button></figcaption>'
        f'<pre tabindex="0"><code>{_highlighted(language, code)}</code></pre></figure>\n'
    )


def _highlighted(language: str, code: str) -> str:
    """The code in spans of colour, or escaped; its text content is the code, exactly."""
    if not language or len(code) > LONGEST_HIGHLIGHTED:
        return escape(code, quote=False)
    try:
        lexer: Any = get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return escape(code, quote=False)
    return str(highlight(code, lexer, HtmlFormatter(nowrap=True, classprefix=PREFIX)))


def boxes(state: StateCore) -> None:
    """`[ ]` and `[x]` at an item's start as boxes, as in the chats."""
    for item, paragraph, inline in zip(state.tokens, state.tokens[1:], state.tokens[2:], strict=False):
        if item.type != "list_item_open" or paragraph.type != "paragraph_open" or not inline.children:
            continue
        first = inline.children[0]
        if first.type == "text" and (shown := boxed(first.content)) != first.content:
            first.content = shown
            item.attrs["class"] = "task"


PARSER = parser(renderer_cls=PageRenderer)
PARSER.core.ruler.push("boxes", boxes)
