"""Objects whose words, and kinds of values, a publisher's types declare: what they do not have, lack, or cannot take.

A field's type is `s` (text), `i`, `n` (numbers), `b` (truth), `x` (anything), `[` or `{` before the type of what it holds, or `@`
before the name of a type.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from yaml.nodes import MappingNode, Node

from bot.capabilities.checks.verdicts import Finding
from storage.checks.formats import nodes

WANTED = {"s": "text", "i": "integer", "n": "number", "b": "truth"}
CALLED = {
    "map": "an object", "list": "a list", "text": "a text", "integer": "a number", "number": "a number",
    "truth": "true or false", "nothing": "nothing",
}  # fmt: skip
DEEPEST = 40


@dataclass(frozen=True, slots=True)
class Typed:
    """`fields` and `needed` tell of a type by its name; of the words in `left` at the top nothing is said; where it is `lenient`, a
    text may stand for a number or a truth and the other way about."""

    fields: Callable[[str], Mapping[str, str]]
    needed: Callable[[str], tuple[str, ...]]
    of: str
    left: tuple[str, ...] = ()
    lenient: bool = False

    def object(self, node: Node, type_name: str, where: str, depth: int = 0) -> Iterator[Finding]:
        fields = self.fields(type_name)
        if nodes.kind(node) != "map" or _is_computed(node) or not fields or depth > DEEPEST:
            return
        seen: set[str] = set()
        for key, value, line in nodes.pairs(node):
            if key in seen and key != "<<":
                yield Finding(line, "syntax", f"`{key}` stands here twice")
            seen.add(key)
            if key in self.left and not depth:
                continue
            if key in fields:
                yield from self._value(value, fields[key], key, line, depth + 1)
            elif key != "<<" and not nodes.FILLED.search(key):
                yield Finding(line, "name", f"`{where}` of {self.of} has no `{key}`{nodes.near(key, fields)}")
        if not nodes.is_open(node):
            for one in self.needed(type_name):
                if one not in seen:
                    yield Finding(nodes.line(node), "argument", f"`{where}` needs `{one}`")

    def _value(self, node: Node, wanted: str, key: str, line: int, depth: int) -> Iterator[Finding]:
        kind = nodes.kind(node)
        if kind in ("", "nothing") or wanted == "x" or _is_computed(node):
            return
        if wanted.startswith("@"):
            if kind == "map":
                yield from self.object(node, wanted[1:], key, depth)
            else:
                yield Finding(line, "argument", f"`{key}` takes an object, not {CALLED[kind]}")
        elif wanted.startswith("["):
            if kind != "list":
                yield Finding(line, "argument", f"`{key}` takes a list, not {CALLED[kind]}")
            for one in nodes.items(node):
                yield from self._value(one, wanted[1:], key, nodes.line(one), depth + 1)
        elif wanted.startswith("{"):
            if kind != "map":
                yield Finding(line, "argument", f"`{key}` takes an object, not {CALLED[kind]}")
            for name, value, at in nodes.pairs(node):
                if name != "<<":
                    yield from self._value(value, wanted[1:], f"{key}.{name}", at, depth + 1)
        elif self.lenient and kind not in ("list", "map"):
            if _is_none(nodes.text(node), wanted):
                yield Finding(
                    line, "argument", f"`{key}` takes {CALLED[WANTED[wanted]]}, not `{nodes.text(node)[:40]}`"
                )
        elif kind != WANTED[wanted] and not (wanted == "n" and kind == "integer"):
            quotes = ", in quotes" if wanted == "s" and kind in ("integer", "number", "truth") else ""
            yield Finding(
                line,
                "argument",
                f"`{key}` takes {CALLED[WANTED[wanted]]}{quotes}, not {CALLED[kind]}: `{nodes.text(node)[:40]}`",
            )


def _is_computed(node: Node) -> bool:
    """CloudFormation's functions: `!Ref x`, `Fn::If: [...]`."""
    if not node.tag.startswith("tag:yaml.org,2002:"):
        return True
    names = nodes.keys(node) if isinstance(node, MappingNode) else set()
    return len(names) == 1 and bool(names & {"Ref", "Condition"} or "::" in next(iter(names)))


def _is_none(text: str, wanted: str) -> bool:
    pattern = {"i": nodes.INTEGER, "n": nodes.NUMBER, "b": nodes.TRUTH}.get(wanted)
    return pattern is not None and not pattern.fullmatch(text)
