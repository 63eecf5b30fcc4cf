"""What a source file defines, and which of its words are names: tree-sitter on one text. Pure but for the parser's cache."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node, QueryCursor, Tree

from storage.repos.grammar import load

SIGNATURE_CHARACTERS = 160
PARSE_BYTES = 400_000
"""Longer files are generated; they are searched as text."""

MOST_DEFINITIONS = 5_000
MOST_OPEN = 2_000
"""Brackets without their other half: a file of 400 kB of them keeps a query for minutes, as its
cost grows with their square, and the library cannot be stopped. No code has as many."""

PAIRS = ((b"(", b")"), (b"[", b"]"), (b"{", b"}"))
DEEPEST_NAME = 500
"""What stands deeper is taken for a name: looking at each node around it costs the square of the depth."""


_PARSING = threading.Lock()


@dataclass(frozen=True, slots=True)
class Symbol:
    """Lines count from 1; `begin` and `stop` are byte offsets of the whole definition."""

    name: str
    qualified: str
    kind: str
    start: int
    end: int
    signature: str
    begin: int
    stop: int


def symbols(source: bytes, language: str) -> list[Symbol]:
    """The definitions of a file, in order; what stands in another one is named by it (`Invoice.total`). () for an unknown language."""
    loaded = load(language)
    if loaded is None or not is_parsable(source):
        return []
    parser, query = loaded
    with _PARSING:
        tree = parser.parse(source)
        found = list(_captured(tree, QueryCursor(query)))
    found.sort(key=lambda one: (one[1].start_byte, -one[1].end_byte))
    return list(_named(found[:MOST_DEFINITIONS], source))


def is_parsable(source: bytes) -> bool:
    """Whether parser and query are done with it in a moment."""
    if len(source) > PARSE_BYTES:
        return False
    unmatched = (abs(source.count(opening) - source.count(closing)) for opening, closing in PAIRS)
    return sum(unmatched) <= MOST_OPEN


def _captured(tree: Tree, cursor: QueryCursor) -> Iterator[tuple[str, Node, Node]]:
    """(kind, whole definition, its name), one a definition."""
    seen: set[tuple[int, int]] = set()
    for _, captures in cursor.matches(tree.root_node):
        names = captures.pop("name", [])
        if not names:
            continue
        for kind, nodes in captures.items():
            place = (nodes[0].start_byte, names[0].start_byte)
            if place not in seen:
                seen.add(place)
                yield kind, nodes[0], names[0]


def _named(found: list[tuple[str, Node, Node]], source: bytes) -> Iterator[Symbol]:
    around: list[tuple[int, str]] = []  # (end, qualified name) of what we stand in
    for kind, whole, named in found:
        name = _text(source[named.start_byte : named.end_byte]).strip("'\"`[]")
        name = name.split("::")[-1].split("<")[0] if kind in ("method", "impl") else name
        while around and around[-1][0] <= whole.start_byte:
            around.pop()
        qualified = f"{around[-1][1]}.{name}" if around else name
        if receiver := _receiver(whole, source):
            qualified = f"{receiver}.{name}"
        if whole.end_byte > named.end_byte:
            around.append((whole.end_byte, qualified))
        if name and len(name) <= 200:
            yield Symbol(
                name,
                qualified[:300],
                kind,
                whole.start_point.row + 1,
                whole.end_point.row + (1 if whole.end_point.column else 0),
                _signature(source, whole.start_byte, whole.end_byte),
                whole.start_byte,
                whole.end_byte,
            )


def _receiver(whole: Node, source: bytes) -> str:
    """The type that a Go method belongs to."""
    receiver = whole.child_by_field_name("receiver") if whole.type == "method_declaration" else None
    if receiver is None:
        return ""
    words = _text(source[receiver.start_byte : receiver.end_byte]).strip("()").split()
    return words[-1].lstrip("*").split("[")[0] if words else ""


def _signature(source: bytes, begin: int, stop: int) -> str:
    """The definition's head: up to its body, in one line."""
    head = _text(source[begin : min(stop, begin + 3 * SIGNATURE_CHARACTERS)])
    depth = 0
    for place, character in enumerate(head):
        if character in "([":
            depth += 1
        elif character in ")]":
            depth -= 1
        elif depth <= 0 and (character in "{\n" or (character == ":" and head[place + 1 : place + 2] == "\n")):
            head = head[:place]
            break
    return " ".join(head.split())[:SIGNATURE_CHARACTERS]


def names_at(source: bytes, language: str, offsets: list[int]) -> list[bool]:
    """For each byte offset whether a name of the code begins there, and not a word of a comment or a string.

    True for all where the language has no grammar.
    """
    loaded = load(language)
    if loaded is None or not is_parsable(source):
        return [True] * len(offsets)
    with _PARSING:
        root = loaded[0].parse(source).root_node
        return [_is_name(root.descendant_for_byte_range(offset, offset + 1)) for offset in offsets]


def _is_name(node: Node | None) -> bool:
    for _ in range(DEEPEST_NAME):
        if node is None or node.parent is None:
            break
        if node.type in ("interpolation", "template_substitution"):
            return True
        if "comment" in node.type or "string" in node.type:
            return False
        node = node.parent
    return True


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
