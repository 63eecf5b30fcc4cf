"""Fields that a method asks of its own `self`, against the struct where the block itself shows it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from bot.capabilities.checks.verdicts import Finding
from storage.checks.formats import nodes
from storage.checks.syntax import field, parsed, text_of, walk

PLAIN = re.compile(r"#!?\[\s*(?:derive|doc|cfg|allow|expect|serde|repr|non_exhaustive|must_use|deprecated)\b")
"""Attributes that leave a struct's fields as they are written."""


def findings(code: str) -> Iterator[Finding]:
    root = parsed("rust", code)
    if root.has_error:
        return
    impls = [one for one in walk(root) if one.type == "impl_item"]
    handing = {_name(one) for one in impls if re.search(r"\bDeref\b", text_of(field(one, "trait")))}
    known = {name: told for name, told in _structs(root) if name not in handing}
    for asked in walk(root):
        if asked.type != "field_expression":
            continue
        name, around = field(asked, "field"), _around(asked)
        told = known.get(_name(around))
        if told is None or name is None or name.type != "field_identifier" or text_of(field(asked, "value")) != "self":
            continue
        is_called = asked.parent is not None and asked.parent.type in ("call_expression", "generic_function")
        if not is_called and text_of(name) not in told:
            said = f"`{_name(around)}` has no field `{text_of(name)[:40]}`{nodes.near(text_of(name), told)}"
            yield Finding(name.start_point[0] + 1, "attribute", said)


def _around(node: Node) -> Node | None:
    """The nearest `impl`; None in a trait."""
    above: Node | None = node
    while above is not None and above.type not in ("impl_item", "trait_item", "macro_definition"):
        above = above.parent
    return above if above is not None and above.type == "impl_item" else None


def _name(impl: Node | None) -> str:
    return re.sub(r"\W.*", "", text_of(field(impl, "type")), flags=re.DOTALL)


def _structs(root: Node) -> Iterator[tuple[str, frozenset[str]]]:
    """Those that are shown whole, once, with named fields."""
    shown = [one for one in walk(root) if one.type == "struct_item"]
    names = [text_of(field(one, "name")) for one in shown]
    for one, name in zip(shown, names, strict=True):
        body, above = field(one, "body"), one.prev_sibling
        is_plain = True
        while above is not None and above.type in ("attribute_item", "line_comment", "block_comment"):
            is_plain &= above.type != "attribute_item" or bool(PLAIN.match(text_of(above)))
            above = above.prev_sibling
        named = body.named_children if body is not None and body.type == "field_declaration_list" else []
        if named and is_plain and names.count(name) == 1 and not re.search(r"\.\.\.|…|\w!", text_of(body)):
            yield name, frozenset(text_of(field(each, "name")) for each in named if each.type == "field_declaration")
