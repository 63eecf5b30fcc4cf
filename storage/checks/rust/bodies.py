"""A file without what its functions do: the compiler is asked about a block, and need not look into the rest of the team's crate."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from storage.checks.syntax import field, parsed, text_of, walk

NOTHING = b"{ loop {} }"
KEPT = re.compile(r"\bimpl\b|\bconst\b")
"""A function whose type is that of its body, or that is worked out while the crate is read."""


BUILT_IN = frozenset(["Clone", "Copy", "Debug", "Default", "Eq", "Hash", "Ord", "PartialEq", "PartialOrd"])
ATTRIBUTES = frozenset(
    """
    derive allow warn deny expect cfg cfg_attr inline must_use repr test doc non_exhaustive deprecated track_caller
    cold default path macro_use macro_export automatically_derived no_mangle
    """.split()
)
"""Derivations and attributes that Rust has itself; others come from crates."""

NAME = re.compile(r"#\[\s*([\w:]+)")
DERIVED = re.compile(r"([\w:]+)\s*(?:,|\)|$)")


def emptied(text: str) -> str:
    """On the same lines or fewer; a file that the grammar cannot read stays as it is. Attributes of other crates are left out: the
    compiler would look for each of them everywhere."""
    root = parsed("rust", text)
    if root.has_error:
        return text
    whole = text.encode()
    pieces, at = [], 0
    for start, end, instead in _cuts(root):
        if start >= at:
            pieces += [whole[at:start], instead]
            at = end
    return b"".join([*pieces, whole[at:]]).decode()


def _cuts(root: Node) -> Iterator[tuple[int, int, bytes]]:
    for node in walk(root):
        if node.type == "attribute_item":
            if (instead := _kept(text_of(node))) is not None:
                yield node.start_byte, node.end_byte, instead.encode()
            continue
        body = field(node, "body") if node.type == "function_item" else None
        if body is not None and not KEPT.search(text_of(node)[: body.start_byte - node.start_byte]):
            yield body.start_byte, body.end_byte, NOTHING


def _kept(attribute: str) -> str | None:
    """What stands there instead; None for one that stays."""
    name = NAME.match(attribute)
    if name is None or name[1] not in ATTRIBUTES:
        return ""
    if name[1] != "derive":
        return None
    names = [one for one in DERIVED.findall(attribute.partition("(")[2]) if one in BUILT_IN]
    return f"#[derive({', '.join(names)})]"
