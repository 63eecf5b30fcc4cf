"""Calls whose promise nobody waits for, seen by the compiler itself: each is handed to a function of ours that no promise may be
given to.

Handing it a promise is a fault of a kind of its own, which names the line.
"""

from __future__ import annotations

import re

from tree_sitter import Node

from storage.checks.scripts.grammars import field, text_of, walk

MARKER = "plumblineStatement"
DECLARED = (
    f"declare function {MARKER}<T>(value: T, ...rest: 0 extends (1 & T) ? [] : [T] extends [never] ? [] : "
    "[T] extends [Promise<unknown>] ? [never] : []): void;\n"
)
"""A declaration of the project, not of a block: JavaScript cannot hold one."""

LEFT_ALONE = re.compile(
    r"(?:assert|invariant|ensure|expect|fail|exit|abort|redirect|notFound|throw|super|require|import|describe|it|test|beforeEach|afterEach|"
    r"beforeAll|afterAll|before|after|suite|bench|main|run|bootstrap|start|init|setup|seed)\w*"
)
"""What narrows types or never comes back, what a test's framework waits for, and a program's own start, which nobody waits for."""
CHAINED = ("then", "catch", "finally")


def candidates(root: Node) -> list[Node]:
    """Call expressions that stand as a statement, in the order of the text."""
    found = []
    for node in walk(root):
        if node.type != "expression_statement" or not node.named_children:
            continue
        call = node.named_children[0]
        if call.type != "call_expression" or any(one.has_error for one in (call,)):
            continue
        called = field(call, "function")
        if called is None or called.type not in ("member_expression", "identifier"):
            continue
        last = text_of(field(called, "property")) if called.type == "member_expression" else text_of(called)
        first = text_of(called).partition(".")[0].partition("(")[0]
        if last in CHAINED or first in ("console", "process", "expect", "assert", "t", "cy", "jest", "vi"):
            continue
        if called.type == "identifier" and LEFT_ALONE.fullmatch(last):
            continue
        found.append(call)
    return found


def marked(text: str, root: Node) -> str:
    """The text with its statements handed over; lines stay where they are."""
    raw = text.encode()
    changes: list[tuple[int, int, bytes]] = []
    for call in candidates(root):
        changes += [(call.start_byte, 0, f"{MARKER}(".encode()), (call.end_byte, 1, b")")]
    done, at = [], 0
    for place, _, what in sorted(changes, key=lambda one: (one[0], -one[1])):
        done += [raw[at:place], what]
        at = place
    return b"".join((*done, raw[at:])).decode()
