"""What a source file defines, and which of its words are names: tree-sitter on one text. Pure but for the parser's cache."""

from __future__ import annotations

import re
import threading
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node, QueryCursor, Tree

from storage.repos import protobuf
from storage.repos.components import COMPONENTS, scripts
from storage.repos.grammar import load

SIGNATURE_CHARACTERS = 160
PARSE_BYTES = 400_000
"""Longer files are generated; they are searched as text."""

MOST_DEFINITIONS = 5_000
MOST_OPEN = 2_000
"""Brackets without their other half: a file of 400 kB of them keeps a query for minutes, as its
cost grows with their square, and the library cannot be stopped. No code has as many."""

PAIRS = ((b"(", b")"), (b"[", b"]"), (b"{", b"}"))
LEAVES = frozenset({"attribute", "association", "constant", "property", "variable", "local"})
"""Kinds that say little where something better is known of the same place."""

ANNOTATIONS = frozenset({"annotation", "marker_annotation", "attribute", "attribute_list", "decorator", "comment"})
"""What may stand before a declaration and is none: `@Service`, `[Serializable]`, `#[Route]`."""

MODIFIERS = frozenset({"modifiers"})
"""Where some grammars keep annotations together with `public` and `final`."""

HOMES = {"resource": "", "data": "data.", "ephemeral": "ephemeral.", "variable": "var.", "module": "module."}
"""What a Terraform block is called by elsewhere: `data.aws_ami.base`, `var.region`."""

TURNS = re.compile(r"[()\[\]{\n]|:(?=\n)")
"""Where a declaration's head may end, and the brackets within which it does not."""

_PARSING = threading.Lock()


@dataclass(frozen=True, slots=True)
class Symbol:
    """Lines count from 1: the whole from `start` to `end`, annotations and all, and its name in `line`; `begin` and `stop` are
    byte offsets of the whole."""

    name: str
    qualified: str
    kind: str
    start: int
    end: int
    signature: str
    begin: int
    stop: int
    line: int


@dataclass(frozen=True, slots=True)
class Parsed:
    """`quiet` are the offsets where comments and strings begin and end, in turn; None where the language has no grammar."""

    symbols: list[Symbol]
    quiet: bytes | None = None


def parse(source: bytes, language: str) -> Parsed:
    """What a file defines, in order, and where it speaks of no names. What stands in another definition is named by it."""
    if language == "protobuf":
        return _protobuf(source) if len(source) <= PARSE_BYTES else Parsed([])
    if language in COMPONENTS and len(source) <= PARSE_BYTES:
        source, language = scripts(source, language)
    loaded = load(language)
    if loaded is None or not is_parsable(source):
        return Parsed([])
    parser, query = loaded
    quiet: list[tuple[int, int, bool]] = []
    with _PARSING:
        tree = parser.parse(source)
        found = list(_captured(tree, QueryCursor(query), quiet))
    found.sort(key=lambda one: (one[1].start_byte, -one[1].end_byte))
    return Parsed(list(_named(found[:MOST_DEFINITIONS], source)), turns(quiet))


def _protobuf(source: bytes) -> Parsed:
    found, quiet = protobuf.definitions(source)
    breaks = [place for place, byte in enumerate(source) if byte == 0x0A]

    def line(offset: int) -> int:
        return bisect_left(breaks, offset) + 1

    return Parsed(
        [
            Symbol(
                one.name[:200], (one.around + one.name)[:300], one.kind, line(one.begin), line(one.stop - 1),
                _signature(source, one.begin, one.stop), one.begin, one.stop, line(one.named_at),
            )
            for one in found[:MOST_DEFINITIONS]
        ],
        turns(quiet),
    )  # fmt: skip


def is_parsable(source: bytes) -> bool:
    """Whether parser and query are done with it in a moment."""
    if len(source) > PARSE_BYTES:
        return False
    unmatched = (abs(source.count(opening) - source.count(closing)) for opening, closing in PAIRS)
    return sum(unmatched) <= MOST_OPEN


def symbols(source: bytes, language: str) -> list[Symbol]:
    return parse(source, language).symbols


def turns(nodes: list[tuple[int, int, bool]]) -> bytes:
    """The offsets where quiet begins and ends, of nested nodes (begin, end, is quiet) where the innermost decides."""
    offsets: list[int] = []
    around: list[tuple[int, bool]] = []
    now = False
    for begin, end, is_quiet in (*sorted(nodes, key=lambda one: (one[0], -one[1])), (PARSE_BYTES + 1, 0, False)):
        while around and around[-1][0] <= begin:
            turn, _ = around.pop()
            outside = around[-1][1] if around else False
            if outside is not now:
                _turn(offsets, turn)
                now = outside
        if is_quiet is not now:
            _turn(offsets, begin)
            now = is_quiet
        around.append((end, is_quiet))
    return array("I", offsets).tobytes()


def _turn(offsets: list[int], offset: int) -> None:
    """Two at one place are none."""
    if offsets and offsets[-1] == offset:
        offsets.pop()
    else:
        offsets.append(offset)


def names_at(quiet: bytes | None, offsets: list[int]) -> list[bool]:
    """For each byte offset whether a name of the code may begin there, and not a word of a comment or a string."""
    if quiet is None:
        return [True] * len(offsets)
    known = array("I", quiet)
    return [bisect_right(known, offset) % 2 == 0 for offset in offsets]


def _captured(tree: Tree, cursor: QueryCursor, quiet: list[tuple[int, int, bool]]) -> Iterator[tuple[str, Node, Node]]:
    """(kind, whole definition, its name), one a definition; comments and strings go to `quiet`."""
    best: dict[tuple[int, int], tuple[str, Node, Node]] = {}
    for _, captures in cursor.matches(tree.root_node):
        names = captures.pop("name", [])
        captures.pop("_says", None)
        for kind, nodes in captures.items():
            if kind in ("quiet", "loud"):
                quiet.append((nodes[0].start_byte, nodes[0].end_byte, kind == "quiet"))
                continue
            for name in names:
                place = (nodes[0].start_byte, name.start_byte)
                if place not in best or (best[place][0] in LEAVES and kind not in LEAVES):
                    best[place] = (kind, nodes[0], name)
    yield from best.values()


def _named(found: list[tuple[str, Node, Node]], source: bytes) -> Iterator[Symbol]:
    around: list[tuple[int, str]] = []  # (end, qualified name) of what we stand in
    for kind, whole, named in found:
        before, name = _parts(_text(source[named.start_byte : named.end_byte]), named, kind)
        while around and around[-1][0] <= named.start_byte:
            around.pop()
        qualified = f"{around[-1][1]}.{before}{name}" if around else before + name
        if receiver := _receiver(whole, source):
            qualified = f"{receiver}.{name}"
        if kind == "block":
            kind = _text(source[whole.start_byte : named.start_byte]).split()[0]
        if whole.end_byte > named.end_byte and kind not in LEAVES:
            around.append((whole.end_byte, qualified))
        if name and len(name) <= 200:
            yield Symbol(
                name,
                qualified[:300],
                kind,
                whole.start_point.row + 1,
                whole.end_point.row + (1 if whole.end_point.column else 0),
                _signature(source, min(_declared_at(whole), named.start_byte), whole.end_byte),
                whole.start_byte,
                whole.end_byte,
                named.start_point.row + 1,
            )


def _parts(text: str, named: Node, kind: str) -> tuple[str, str]:
    """What a name stands in as it is written itself (`Shop.` of `Shop::Cart`), and the name."""
    if "string" in named.type or kind in ("scope", "association", "task"):
        return "", text.strip("'\"`:")
    plain = text.strip("'\"`[]:") or text
    if plain.startswith("operator") or "operator" in named.type:
        return "", plain
    if kind == "impl" or "<" in plain:
        plain = re.sub(r"<.*>", "", plain, flags=re.DOTALL)
    *before, name = re.split(r"::|[.:]", plain)
    operator = plain.find("::operator")
    if operator >= 0:
        before, name = [plain[:operator]], plain[operator + 2 :]
    return "".join(f"{one.strip()}." for one in before if one.strip()), name.strip()


def _declared_at(whole: Node) -> int:
    """Where a declaration begins behind its annotations: they say what it is for, and not what it is."""
    for child in whole.children:
        if _is_beside(child):
            continue
        if child.type in MODIFIERS:
            plain = [one for one in child.children if not _is_beside(one)]
            if not plain:
                continue
            child = plain[0]
        return child.start_byte
    return whole.start_byte


def _is_beside(node: Node) -> bool:
    """An annotation, a comment behind one, or a condition of the preprocessor around one."""
    return node.type in ANNOTATIONS or node.is_extra or node.type.startswith("preproc")


def _receiver(whole: Node, source: bytes) -> str:
    """What a definition belongs to that does not stand around it: the type of a Go method, the kind of a Terraform block."""
    if whole.parent is not None and whole.parent.type == "body" and whole.type == "attribute":
        return "local"
    if whole.type == "block":
        says, *labels = (_text(source[one.start_byte : one.end_byte]).strip('"') for one in whole.named_children[:3])
        label = labels[0] if says in ("resource", "data", "ephemeral") and labels else ""
        return (HOMES.get(says, says + ".") + label).strip(".")
    receiver = whole.child_by_field_name("receiver") if whole.type == "method_declaration" else None
    if receiver is None:
        return ""
    words = _text(source[receiver.start_byte : receiver.end_byte]).split("[")[0].strip("() ").split()
    return words[-1].lstrip("*") if words else ""


def _signature(source: bytes, begin: int, stop: int) -> str:
    """The definition's head: up to its body, in one line."""
    head = _text(source[begin : min(stop, begin + 3 * SIGNATURE_CHARACTERS)])
    depth = 0
    for found in TURNS.finditer(head):
        if found[0] in "([":
            depth += 1
        elif found[0] in ")]":
            depth -= 1
        elif depth <= 0:
            head = head[: found.start()]
            break
    return " ".join(head.split())[:SIGNATURE_CHARACTERS]


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
