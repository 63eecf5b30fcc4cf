"""Promises that nobody waits for: which call is meant, and whether it is left alone on purpose."""

from __future__ import annotations

import re

from tree_sitter import Node, Tree

from storage.checks.scripts.grammars import field as part
from storage.checks.scripts.grammars import text_of, walk
from storage.checks.scripts.misfits import plain
from storage.checks.scripts.statements import MARKER
from storage.checks.servers import Diagnostic

STARTING = re.compile(
    r"(?:listen|connect|login|start|launch|run|init|initialize|register|bootstrap|close|quit|disconnect|destroy|on|once|use|serve|emit)"
)
"""What a program calls at its top and goes on."""
FUNCTIONS = frozenset(
    {
        "function_declaration",
        "function_expression",
        "arrow_function",
        "method_definition",
        "generator_function_declaration",
        "generator_function",
    }
)


def left_alone(one: Diagnostic, node: Node | None, tree: Tree) -> Node | None:
    """What is called in a statement whose promise is lost; None where a program may mean that."""
    if one.code != "2554" or node is None or text_of(node) != MARKER or node.parent is None:
        return None
    arguments = part(node.parent, "arguments")
    call = arguments.named_children[0] if arguments is not None and arguments.named_children else None
    called = part(call, "function")
    if call is None or called is None:
        return None
    last = text_of(part(called, "property")) if called.type == "member_expression" else text_of(called)
    function = _function(call)
    if function is None:
        waits = any(each.type == "await_expression" and _function(each) is None for each in walk(tree.root_node))
        return called if waits and not STARTING.fullmatch(last) else None
    is_async = text_of(function).lstrip().startswith("async") or any(one.type == "async" for one in function.children)
    return called if is_async else None


def waited_for(node: Node) -> str:
    """What should have been waited for, as it stands in the block."""
    target = node.parent if node.parent is not None and node.parent.type == "member_expression" else node
    thing = part(target, "object") if target.type == "member_expression" else target
    return f"`{plain(thing)}`" if thing is not None else "this"


def _function(node: Node) -> Node | None:
    here = node.parent
    while here is not None and here.type not in FUNCTIONS:
        here = here.parent
    return here
