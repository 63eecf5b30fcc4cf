"""Calls whose promise nobody waits for, and promises or functions in the place of what they give, seen by the compiler itself: each
is handed to a function of ours that none of these may be given to.

Handing it one is a fault of a kind of its own, which names the line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from storage.checks.scripts.blocks.grammars import field, root_of, text_of, walk

MARKER = "plumblineStatement"
VALUE = "plumblineValue"
TRUTH = "plumblineTruth"
CALLED = "plumblineCalled"
MARKERS = (MARKER, VALUE, TRUTH, CALLED)
UNKNOWN = "0 extends (1 & T) ? [] : [T] extends [never] ? [] : "
LISTED = (
    "T extends readonly (infer U)[] ? (0 extends (1 & U) ? [] : [U] extends [never] ? [] : "
    "[U] extends [Promise<unknown>] ? [never] : []) : "
)
DECLARED = (
    f"declare function {MARKER}<T, R>(value: T, of: R, ...rest: {UNKNOWN}"
    "[T] extends [Promise<unknown>] ? (0 extends (1 & R) ? [never] : [R] extends [PromiseLike<unknown>] ? [never, never] : [never]) : "
    "[T] extends [PromiseLike<unknown>] ? [never, never] : []): void;\n"
    f"declare function {VALUE}<T>(value: T, ...rest: {UNKNOWN}{LISTED}"
    "[T] extends [Promise<unknown> | ((...given: never[]) => Promise<unknown>)] ? [never] : []): T;\n"
    f"declare function {TRUTH}<T>(value: T, ...rest: {UNKNOWN}[T] extends [PromiseLike<unknown>] ? [never] : []): void;\n"
    f"declare function {CALLED}<T>(value: T, ...rest: {UNKNOWN}[T] extends [{{ then: unknown }}] ? [] : "
    "[T] extends [(...given: never[]) => unknown] ? [never] : []): T;\n"
)
"""Declarations of the project, not of a block: JavaScript cannot hold them. What is no promise, and runs only when it is waited for,
lacks two arguments; so does what a query gives that is put together step by step, and is a promise itself."""

LEFT_ALONE = re.compile(
    r"(?:assert|invariant|ensure|expect|fail|exit|abort|redirect|notFound|throw|super|require|import|describe|it|test|beforeEach|afterEach|"
    r"beforeAll|afterAll|before|after|suite|bench|main|run|bootstrap|start|init|setup|seed)\w*"
)
"""What narrows types or never comes back, what a test's framework waits for, and a program's own start, which nobody waits for."""
CHAINED = ("then", "catch", "finally")
SETTLING = re.compile(r"\.(?:resolves|rejects)\b")
"""What an expectation of a test says of a promise is a promise itself."""
ASKING = frozenset({"filter", "some", "every", "find", "findIndex", "findLast", "findLastIndex"})
"""Methods of a list that take what a function gives for true or false."""
WAITING = re.compile(r"(?:\w*Promise|Bluebird|async|p)\b|.*(?:[Ss]tream|Readable|pipe\()")
"""What has methods of these names that do wait."""
WRITING = re.compile(r"(?:JSON\.stringify|(?:res|response|reply|c|ctx)(?:\.\w+\([^()]*\))*\.(?:json|send))")
"""Calls that write out what they are given as it is."""
REPLIED = re.compile(r"(?:ctx|context|this)(?:\.response)?\.body")
"""What Koa answers with (https://koajs.com/#response-body)."""


NEVER = ("console", "process", "expect", "assert", "t", "cy", "jest", "vi")
IN_WORDS = frozenset({"should", "to", "be", "is", "not", "have"})
"""Parts of a chain that asserts something by being read (https://www.chaijs.com/api/bdd/)."""


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
        is_settling = first == "expect" and bool(SETTLING.search(text_of(called)))
        if last in CHAINED or (first in NEVER and not is_settling):
            continue
        if called.type == "identifier" and LEFT_ALONE.fullmatch(last):
            continue
        found.append(call)
    return found


def values(root: Node) -> Iterator[Node]:
    """Expressions whose promise would be taken for its value: calls that are negated, loops' conditions, parts of a text, what a list's
    method asks a function for, what is written out."""
    for node in walk(root):
        inner = node.named_children[-1] if node.named_children else None
        if inner is None:
            continue
        if node.type == "unary_expression" and node.children[0].type == "!":
            yield from _calls(inner)
        elif node.type in ("while_statement", "do_statement"):
            held = field(node, "condition")
            yield from _calls(held.named_children[0]) if held is not None and held.named_children else ()
        elif node.type == "template_substitution" and not _is_tagged(node):
            yield from _calls(inner)
        elif node.type == "call_expression":
            yield from _given(node)
        elif _takes_whole(node):
            yield from _calls(inner)


def members(root: Node) -> Iterator[Node]:
    """Members that are waited for, put into a text, read for nothing, or asked for their truth by a list's method: a function there is
    one that was to be called."""
    for node in walk(root):
        inner = node.named_children[-1] if node.named_children else None
        if node.type == "call_expression":
            inner = _asked_for(node)
        elif node.type == "template_substitution":
            inner = None if _is_tagged(node) else inner
        elif node.type not in ("await_expression", "expression_statement") or _is_called(node):
            continue
        if inner is not None and inner.type == "member_expression" and IN_WORDS.isdisjoint(text_of(inner).split(".")):
            yield inner


def _is_called(node: Node) -> bool:
    """`await this.load` of `await this.load<Row>()`, as the grammar reads it."""
    return node.parent is not None and node.parent.type == "call_expression"


def _asked_for(call: Node) -> Node | None:
    """What a list's method asks a function for: `isFile` of `files.filter((file) => file.isFile)`."""
    called, first = field(call, "function"), next(iter(getattr(field(call, "arguments"), "named_children", ())), None)
    is_asking = called is not None and text_of(field(called, "property")) in ASKING
    body = field(first, "body") if is_asking and first is not None and first.type == "arrow_function" else None
    if body is not None and body.type == "statement_block":
        only = body.named_children[0] if len(body.named_children) == 1 else None
        body = (
            only.named_children[0]
            if only is not None and only.type == "return_statement" and only.named_children
            else None
        )
    return body.named_children[-1] if body is not None and body.type == "unary_expression" else body


def _takes_whole(node: Node) -> bool:
    """What is spread into an object, and what Koa answers with."""
    if node.type == "spread_element":
        return node.parent is not None and node.parent.type == "object"
    return node.type == "assignment_expression" and bool(REPLIED.fullmatch(text_of(field(node, "left"))))


def truths(root: Node) -> Iterator[tuple[Node, str]]:
    """Conditional statements, each with a name whose truth it asks for and that was given what a call gives, without waiting."""
    given = {
        text_of(field(one, "name"))
        for one in walk(root)
        if one.type == "variable_declarator" and (value := field(one, "value")) and value.type == "call_expression"
    }
    for node in walk(root):
        if (
            node.type == "if_statement"
            and node.parent is not None
            and node.parent.type in ("statement_block", "program")
        ):
            held = field(node, "condition")
            for name in _asked(held.named_children[0]) if held is not None and held.named_children else ():
                if text_of(name) in given:
                    yield node, text_of(name)


def _asked_of(call: Node) -> str:
    """The name that a chain begins with, or nothing of note."""
    here = root_of(call)
    is_member = field(call, "function") != here
    return text_of(here) if here is not None and here.type == "identifier" and is_member else "0"


def _asked(node: Node) -> Iterator[Node]:
    """Names that are true or false by themselves, in a condition."""
    if node.type == "identifier":
        yield node
    elif node.type == "parenthesized_expression" or any(one.type in ("!", "&&", "||") for one in node.children):
        for one in node.named_children:
            yield from _asked(one)


def _calls(node: Node) -> Iterator[Node]:
    if node.type == "call_expression" and text_of(field(node, "function")) not in ("require", "import", "super"):
        yield node


def _is_tagged(substitution: Node) -> bool:
    text = substitution.parent
    return text is not None and text.parent is not None and text.parent.type == "call_expression"


def _given(call: Node) -> Iterator[Node]:
    called, arguments = field(call, "function"), field(call, "arguments")
    first = arguments.named_children[0] if arguments is not None and arguments.named_children else None
    if called is None or first is None or called.type != "member_expression":
        return
    if WRITING.fullmatch(text_of(called)):
        yield from [first] if first.type in ("call_expression", "identifier") else ()
        for pair in first.named_children if first.type == "object" else ():
            value = field(pair, "value") if pair.type == "pair" else None
            yield from _calls(value) if value is not None else ()
    elif text_of(field(called, "property")) in ASKING and not WAITING.match(text_of(field(called, "object"))):
        body = field(first, "body") if first.type == "arrow_function" else None
        if any(one.type == "async" for one in first.children):
            yield first
        elif body is not None:
            yield from _calls(body)


def marked(text: str, root: Node) -> str:
    """The text with its statements and such values handed over; lines stay where they are."""
    raw = text.encode()
    changes: list[tuple[int, int, bytes]] = []
    for word, nodes in ((MARKER, candidates(root)), (VALUE, values(root)), (CALLED, members(root))):
        for node in nodes:
            closing = f", {_asked_of(node)})" if word == MARKER else ")"
            changes += [(node.start_byte, 0, f"{word}(".encode()), (node.end_byte, 2, closing.encode())]
    changes += [(node.start_byte, 1, f"{TRUTH}({name}); ".encode()) for node, name in truths(root)]
    done, at = [], 0
    for place, _, what in sorted(changes, key=lambda one: (one[0], -one[1])):
        done += [raw[at:place], what]
        at = place
    return b"".join((*done, raw[at:])).decode()
