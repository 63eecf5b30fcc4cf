"""A YAML document as nodes that know their lines: small questions to them, for those who hold one against a schema."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9_]*|0x[0-9a-fA-F]+|0o?[0-7]+)")
NUMBER = re.compile(r"[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?")
TRUTH = re.compile(r"(?:true|false|True|False|TRUE|FALSE|yes|no|Yes|No|YES|NO|on|off|On|Off|ON|OFF)")
NOTHING = re.compile(r"(?:~|null|Null|NULL|)")
MOST_NODES = 100_000
FILLED = re.compile(r"\$\{|\$\(|\{\{|<\w|%\w+%|^\$\w")
"""What another program puts in."""


def documents(code: str) -> list[Node]:
    """Raises YAMLError, also for what grows beyond reason where it refers to itself."""
    found = [one for one in yaml.compose_all(code, Loader=yaml.SafeLoader) if one is not None]
    sizes: dict[int, int] = {}
    if sum(_size(one, sizes, set()) for one in found) > MOST_NODES:
        raise yaml.YAMLError("it refers to itself too often")
    return found


def _size(node: Node, sizes: dict[int, int], above: set[int]) -> int:
    """Of the tree that a walk goes through: what is referred to counts each time."""
    key = id(node)
    if key in above:
        raise yaml.YAMLError("it holds itself")
    if key not in sizes:
        inner = list(node.value) if isinstance(node, SequenceNode) else []
        if isinstance(node, MappingNode):
            inner = [one for pair in node.value for one in pair]
        sizes[key] = 1 + sum(_size(one, sizes, above | {key}) for one in inner)
    return sizes[key]


def pairs(node: Node | None) -> Iterator[tuple[str, Node, int]]:
    """Of a mapping each key, its value and its line."""
    if isinstance(node, MappingNode):
        for key, value in node.value:
            if isinstance(key, ScalarNode):
                yield key.value, value, key.start_mark.line + 1


def items(node: Node | None) -> list[Node]:
    return list(node.value) if isinstance(node, SequenceNode) else []


def at(node: Node | None, *path: str) -> Node | None:
    for name in path:
        node = next((value for key, value, _ in pairs(node) if key == name), None)
    return node


def keys(node: Node | None) -> set[str]:
    return {key for key, _, _ in pairs(node)}


def is_open(node: Node | None) -> bool:
    """It takes more in from elsewhere."""
    return "<<" in keys(node)


def text(node: Node | None) -> str:
    return node.value if isinstance(node, ScalarNode) else ""


def line(node: Node) -> int:
    return int(node.start_mark.line) + 1


def kind(node: Node) -> str:
    """`map`, `list`, `text`, `integer`, `number`, `truth`, `nothing`, or "" for what is not known."""
    if isinstance(node, MappingNode):
        return "map"
    if isinstance(node, SequenceNode):
        return "list"
    if not isinstance(node, ScalarNode) or FILLED.search(node.value):
        return ""
    if node.style or not node.tag.startswith("tag:yaml.org,2002:"):
        return "text" if node.style else ""
    for name, pattern in (("nothing", NOTHING), ("integer", INTEGER), ("number", NUMBER), ("truth", TRUTH)):
        if pattern.fullmatch(node.value):
            return name
    return "text"


def near(word: str, words: Iterable[str]) -> str:
    """`; did you mean ...?`, or nothing."""
    found = next(iter(difflib.get_close_matches(word, sorted(words), n=1, cutoff=0.6)), "")
    return f"; did you mean `{found}`?" if found else ""


def scalars(node: Node) -> Iterator[ScalarNode]:
    """All texts below, keys too, in their order."""
    pending = [node]
    while pending:
        one = pending.pop()
        if isinstance(one, ScalarNode):
            yield one
        elif isinstance(one, MappingNode):
            pending += [each for pair in reversed(one.value) for each in reversed(pair)]
        pending += reversed(items(one))


def line_in(node: ScalarNode, place: int) -> int:
    """Of a place in a text that keeps its lines; of another text its own."""
    return line(node) + (1 + node.value.count("\n", 0, place) if node.style == "|" else 0)
