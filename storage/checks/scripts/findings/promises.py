"""Promises that nobody waits for: which call is meant, and whether it is left alone on purpose."""

from __future__ import annotations

import re
from collections.abc import Callable

from tree_sitter import Node, Tree

from storage.checks.scripts.blocks.grammars import field as part
from storage.checks.scripts.blocks.grammars import root_of, text_of, walk
from storage.checks.scripts.blocks.reading import names_of
from storage.checks.scripts.blocks.statements import CHAINED, MARKER, MARKERS, TRUTH, VALUE
from storage.checks.scripts.findings.misfits import plain
from storage.checks.servers import Diagnostic

STARTING = re.compile(
    r"(?:listen|connect|login|start|launch|run|init|initialize|register|bootstrap|close|quit|disconnect|destroy|on|once|use|serve|emit)"
)
"""What a program calls at its top and goes on."""
RUNS_LATE = re.compile(
    r"\).*\.(?:insert|update|upsert|delete|del)\b|"
    r"\.(?:(?:update|delete)(?:One|Many)|replaceOne|find(?:One|ById)And(?:Update|Delete|Replace|Remove))$",
    re.DOTALL,
)
"""What writes, and is sent only when somebody waits for it: queries of Supabase, Knex, Mongoose. A query that is still being put
together may stand alone."""
TAKEN = re.compile(r"null|undefined|\[\]|\{\}|''|\"\"")
FUNCTIONS = frozenset({
    "function_declaration", "function_expression", "arrow_function", "method_definition", "generator_function_declaration",
    "generator_function",
})  # fmt: skip


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
    if "Expected 4" in one.message and not RUNS_LATE.search(text_of(called)):
        return None
    function = _function(call)
    if function is None:
        waits = any(each.type == "await_expression" and _function(each) is None for each in walk(tree.root_node))
        return called if waits and not STARTING.fullmatch(last) else None
    is_async = text_of(function).lstrip().startswith("async") or any(one.type == "async" for one in function.children)
    return called if is_async else None


def at_marker(one: Diagnostic, node: Node | None, tree: Tree) -> tuple[int, str, Node] | None:
    """The line, from 0, the sentence and the node of what our own marker was given; None where a program may mean that."""
    if text_of(node) == TRUTH:
        call = bound(given, tree.root_node) if (given := taken_for_value(node)[0]) is not None else None
        if call is None or one.code != "2554":
            return None
        return (
            int(call.start_point[0]),
            f"`{plain(part(call, 'function'))}()` gives a promise: `await` is missing",
            call,
        )
    if text_of(node) != VALUE:
        call = left_alone(one, node, tree)
        return (
            (one.line, f"nobody waits for the promise of `{plain(call)}()`: `await` is missing", call) if call else None
        )
    given, said = taken_for_value(node)
    if given is None or one.code != "2554":
        return None
    return (one.line, said, given) if said else of_value(one, given, tree.root_node)


def of_value(one: Diagnostic, node: Node, root: Node) -> tuple[int, str, Node]:
    """The same of a promise that is used as its value: at the call, where a name was given what it gives, and nobody waits for that
    later."""
    call = bound(node, root)
    if call is None:
        return one.line, f"{waited_for(node)} gives a promise: `await` is missing", node
    return int(call.start_point[0]), f"`{plain(part(call, 'function'))}()` gives a promise: `await` is missing", call


def taken_for_value(node: Node | None) -> tuple[Node | None, str]:
    """What stands in the place of what its promise gives, at our own marker; a sentence, where it is not the one for any promise."""
    arguments = part(node.parent, "arguments") if node is not None and node.parent is not None else None
    given = arguments.named_children[0] if arguments is not None and arguments.named_children else None
    if given is None or given.type == "identifier":
        return given, ""
    if given.type == "call_expression":
        return given, f"nobody waits for the promise of `{plain(part(given, 'function'))}()`: `await` is missing"
    call = _call_above(given)
    method = text_of(part(part(call, "function"), "property"))
    return given, f"`{method}` does not wait for what an async function gives: each promise counts as true"


def _call_above(node: Node) -> Node | None:
    """The call of the reader's own, around our marker, that it is an argument of."""
    here = node.parent
    while here is not None and (here.type != "call_expression" or text_of(part(here, "function")) in MARKERS):
        here = here.parent
    return here


def bound(node: Node, root: Node) -> Node | None:
    """The call whose promise a name was given, where nobody waits for it later: the name at `node`, or that of its chain."""
    is_member = node.parent is not None and node.parent.type in ("member_expression", "subscript_expression")
    name = root_of(node.parent if is_member else node)
    if name is None or name.type != "identifier":
        return None
    word = text_of(name)
    homes = _homes(word, name, root)
    call = _given(part(homes[0], "value")) if len(homes) == 1 else None
    is_module = text_of(part(call, "function")) in ("require", "import")
    if call is None or is_module or call.type != "call_expression" or _is_met_later(word, _function(homes[0]) or root):
        return None
    return call


def _given(value: Node | None) -> Node | None:
    """The call of `wanted ? find() : null` and `find() || []`."""
    while value is not None and value.type in ("ternary_expression", "binary_expression", "parenthesized_expression"):
        calls = [one for one in value.named_children if one.type != "comment" and not TAKEN.fullmatch(text_of(one))]
        value = calls[-1] if value.type == "ternary_expression" else calls[0] if calls else None
    return value


def of_any_form(root: Node, package: Callable[[str], tuple[str, str]]) -> set[str]:
    """Names of what `promisify` made of a package's function, and of what that gives: of a function with several forms the compiler
    takes the last (https://www.typescriptlang.org/docs/handbook/2/conditional-types.html#inferring-within-conditional-types)."""
    made: set[str] = set()
    for node in walk(root):
        name, value = part(node, "name"), part(node, "value")
        if node.type != "variable_declarator" or name is None or value is None:
            continue
        called, given = text_of(part(value, "function")), part(value, "arguments")
        if called.rpartition(".")[2] == "promisify" and given is not None and given.named_children:
            is_node_s = package(text_of(root_of(given.named_children[0])))[0] == "node"
            made |= set() if is_node_s else set(names_of(name))
        elif text_of(root_of(value)) in made:
            made |= set(names_of(name))
    return made


def _homes(word: str, node: Node, root: Node) -> list[Node]:
    """Where a name is declared: in the innermost function around a node that declares it, else anywhere."""
    here: Node | None = node
    while here is not None:
        here = _function(here)
        found = [
            one
            for one in walk(here or root)
            if one.type == "variable_declarator" and text_of(part(one, "name")) == word
        ]
        if found or here is None:
            return found
    return []


def _is_met_later(word: str, root: Node) -> bool:
    """Somebody waits for it, hands its outcome on, or puts it among others."""
    for one in walk(root):
        if one.type == "identifier" and text_of(one) == word and (above := one.parent) is not None:
            if above.type in (
                "await_expression",
                "array",
                "assignment_expression",
                "spread_element",
                "return_statement",
            ):
                return True
            if above.type == "member_expression" and text_of(part(above, "property")) in CHAINED:
                return True
    return False


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
