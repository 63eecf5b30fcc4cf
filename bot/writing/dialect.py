"""The Markdown that answers are read as: CommonMark with tables, and with what models write taken as they mean it.

One parser for every door. It leaves CommonMark where its rules make words vanish that people should read, or turn identifiers into
emphasis: definitions are kept as they were typed unless a link needs them, `__init__` and formulas stay as they are, and emphasis
works beside Chinese, Japanese and Korean punctuation. Which lines are code it says as `fences.py` does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, blockquote, list_block

from bot.writing import definitions, emphasis
from bot.writing.containers import DEEPEST
from bot.writing.links import only_allowed
from bot.writing.tables import table

BlockRule = Callable[[StateBlock, int, int, bool], bool]

NESTING = 200
"""markdown-it drops what is nested deeper; nothing is, for containers end before (`DEEPEST`)."""


class Dialect(MarkdownIt):
    """Addresses stay as they were typed: what may not be live is shown, and is to be read and copied."""

    def normalizeLink(self, url: str) -> str:  # noqa: N802 - markdown-it's own name
        return url


def parser(**options: Any) -> MarkdownIt:
    """A parser of this dialect; `options` are markdown-it's own, a renderer for one."""
    made = Dialect("commonmark", {"html": False, "maxNesting": NESTING}, **options).enable("strikethrough")
    block = made.block.ruler
    block.disable("reference")
    block.at("blockquote", _within(blockquote), {"alt": ["paragraph", "reference", "blockquote", "list"]})
    block.at("list", _within(list_block), {"alt": ["paragraph", "reference", "blockquote"]})
    block.before("lheading", "table_of_text", table, {"alt": ["paragraph"]})
    emphasis.install(made)
    definitions.install(made)
    made.core.ruler.push("only_allowed", only_allowed)
    return made


def _within(rule: BlockRule) -> BlockRule:
    """The rule for a container, as far as containers go."""

    def bounded(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        return state.level < DEEPEST and rule(state, start, end, silent)

    return bounded
