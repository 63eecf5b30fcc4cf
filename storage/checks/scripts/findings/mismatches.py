"""Functions that were meant to be called, and kinds of plain values that are never alike."""

from __future__ import annotations

import re

from tree_sitter import Node

from storage.checks.scripts.blocks.grammars import field as part
from storage.checks.scripts.blocks.grammars import text_of
from storage.checks.scripts.findings import wording
from storage.checks.scripts.findings.misfits import plain
from storage.checks.servers import Diagnostic

COMPARED = re.compile(
    r"the types '(string|number|boolean)((?: \| (?:undefined|null))*)' and '(string|number|boolean)\2?' have no overlap"
)
TO_CALL = "Did you mean to call this expression"
OF_NODE = re.compile(r"typeof import\(\"(?!/)[\w:/]+\"\)")
"""A module of Node's own: no path leads to it."""
FUNCTION = re.compile(r"Type '(?!Promise<).*=> .*' (?:must have|is not an array)")


def wrong(one: Diagnostic, node: Node) -> str:
    """ "" for what is not believed."""
    first = one.message.split("\n")[0]
    if one.code in ("2345", "2322") and any(TO_CALL in each for each in one.related):
        return f"`{plain(_whole(node))}` is a function, and is not called"
    if one.code in ("2488", "2461") and FUNCTION.search(first):
        return f"`{plain(_whole(node))}` is a function, and is not called"
    if one.code == "2367" and COMPARED.search(first):
        return wording.spoken(first)
    return ""


def named(marker: Node | None) -> str:
    """The same of what our own marker was given."""
    given = part(marker.parent, "arguments") if marker is not None and marker.parent is not None else None
    return (
        f"`{plain(given.named_children[0])}` is a function, and is not called" if given and given.named_children else ""
    )


def not_callable(message: str, *, is_declared: bool) -> str:
    """What is called and is no function; of what only JavaScript of the team's own says what it is, a promise alone is believed."""
    is_no_function = "is not callable" in message and bool(
        re.search(r"has no call signatures|No constituent of type", message)
    )
    is_module = "typeof import" in message and not OF_NODE.search(message)
    is_sure = is_declared and is_no_function and not is_module and "never" not in message
    return wording.spoken(message) if is_sure or "Promise<" in message else ""


def _whole(node: Node) -> Node:
    """The expression that begins here, up to its call's end."""
    here = node
    while (
        here.parent is not None
        and here.parent.start_byte == here.start_byte
        and here.parent.type in ("member_expression", "subscript_expression", "call_expression")
    ):
        here = here.parent
    if here.type == "property_identifier" and here.parent is not None:
        here = part(here.parent, "value") or here
    return here if text_of(here) else node
