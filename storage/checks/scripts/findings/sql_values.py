"""Values that are put into the text of an SQL statement, in TypeScript and JavaScript, instead of being handed over beside it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from tree_sitter import Node

from bot.capabilities.checks.injected import ORDERED, Assembled, is_of_request
from bot.capabilities.checks.python.sql import NAMES, STATEMENT, VALUE_PLACE
from storage.checks.scripts.blocks.grammars import field as part
from storage.checks.scripts.blocks.grammars import line_of, text_of, walk
from storage.checks.scripts.blocks.sql_texts import bare, given_to, last_of, meant_by, parts_of, tag_of, values_of

SAFE_CALLS = frozenset(
    """
    Number BigInt parseInt parseFloat Boolean escape escapeId escapeLiteral escapeIdentifier quote quoteIdent quoteLiteral ident
    literal identifier format placeholders repeat toFixed getTime
    """.split()  # noqa: SIM905
)
SAFE_NAMES = re.compile(
    r"(?:placeholders?|marks?|columns?|cols|fields?|tables?|tableName|schema|params?List|binds?|holders?|where|clauses?|conditions?|"
    r"orderBy|direction|sql|query|stmt|filters?|joins?|returning|fragments?|predicates?|assignments?|sets)$",
    re.IGNORECASE,
)
"""What parts of a statement are called that a program writes itself, at the end of a name."""
QUOTED = re.compile(r"'%?$")
MARKS = ("$", ":", "@", "@p", "?")
MOST_STEPS = 6


def assembled(root: Node) -> Iterator[Assembled]:
    """Statements with a value put into their text that are handed to something that runs SQL."""
    values, seen, open_ = values_of(root), set[int](), _unchecked(root)
    for given in given_to(root):
        for one in meant_by(given, values):
            if tag_of(one):
                continue
            found = _value_in(one, values, open_)
            if found is not None and line_of(found[0]) not in seen:
                seen.add(line_of(found[0]))
                yield Assembled(line_of(found[0]), " ".join(text_of(found[0]).split())[:80], is_name=found[1])


def _unchecked(root: Node) -> frozenset[str]:
    """Names that stand twice: where they get a value, or as arguments, and where they are used. Nothing looks at what they hold."""
    words = Counter(text_of(node) for node in walk(root) if node.type == "identifier")
    given = {text_of(part(node, "name")) for node in walk(root) if node.type == "variable_declarator"}
    lists = [node for node in walk(root) if node.type == "formal_parameters"]
    given |= {text_of(part(one, "pattern") or one) for each in lists for one in each.named_children}
    return frozenset(name for name in given if words[name] == 2)


def _is_asked(node: Node, values: dict[str, list[Node]], open_: frozenset[str], before: str) -> bool:
    """Where a name stands, whoever asks may write it: it is the request's own, or, to order by, an argument that nothing looks at."""
    name = text_of(bare(node))
    if bare(node).type != "identifier":
        return is_of_request(name)
    if known := values.get(name):
        return name in open_ and is_of_request(text_of(known[0]))
    return name in open_ and bool(ORDERED.search(before))


def _value_in(node: Node, values: dict[str, list[Node]], open_: frozenset[str]) -> tuple[Node, bool] | None:
    """The first value within the statement, and whether it stands for a name; None where there is none, or it is no statement."""
    parts = [one for one, _ in parts_of(node)]
    if not STATEMENT.search("".join(one if isinstance(one, str) else "?" for one in parts)):
        return None
    before = ""
    for one in parts:
        if isinstance(one, str):
            before += one
            continue
        is_safe = _is_safe(one, values, is_quoted=bool(QUOTED.search(before)))
        if not is_safe and VALUE_PLACE.search(before) and not NAMES.search(before):
            return one, False
        if not is_safe and _is_asked(one, values, open_, before):
            return one, True
        before += "?"
    return None


def _is_safe(node: Node, values: dict[str, list[Node]], depth: int = 0, *, is_quoted: bool = False) -> bool:
    """It can only be what the program's own text says, or a number, or holds no value at all. What stands in quotes is a value, by
    whatever name."""
    node = bare(node)
    if depth > MOST_STEPS:
        return False

    def safe(one: Node | None) -> bool:
        return one is not None and _is_safe(one, values, depth + 1)

    match node.type:
        case (
            "string"
            | "number"
            | "true"
            | "false"
            | "null"
            | "undefined"
            | "regex"
            | "update_expression"
            | "unary_expression"
        ):
            return True
        case "identifier":
            name = text_of(node)
            known = values.get(name, [])
            is_called_so = name.isupper() or (not is_quoted and bool(SAFE_NAMES.search(name)))
            return all(safe(one) for one in known) if known else is_called_so
        case "member_expression":
            name = text_of(part(node, "property"))
            return name.isupper() or name == "length" or (not is_quoted and bool(SAFE_NAMES.search(name)))
        case "ternary_expression":
            return safe(part(node, "consequence")) and safe(part(node, "alternative"))
        case "binary_expression":
            operator = text_of(part(node, "operator"))
            if operator in ("-", "*", "/", "%", "**", "|", "&", "<<", ">>"):
                return True
            return safe(part(node, "left")) and safe(part(node, "right"))
        case "template_string" | "array":
            inner = [one for one, _ in parts_of(node)] if node.type == "template_string" else node.named_children
            return all(isinstance(one, str) or safe(one) for one in inner)
        case "subscript_expression":
            return _is_table(part(node, "object"), values)
        case "augmented_assignment_expression":
            return safe(part(node, "right"))
        case "call_expression":
            return _is_safe_call(node, values, depth)
    return False


def _is_table(node: Node | None, values: dict[str, list[Node]]) -> bool:
    """`COLUMNS[key]`, an object of literals: whatever the key, its own words come out."""
    known = values.get(text_of(node), [])
    return text_of(node).isupper() or (bool(known) and all(one.type == "object" for one in known))


def _is_safe_call(node: Node, values: dict[str, list[Node]], depth: int) -> bool:
    called, arguments = part(node, "function"), part(node, "arguments")
    if called is None or arguments is None:
        return False
    if arguments.type == "template_string":
        return True  # a tagged template's own business
    name = last_of(called)
    thing = part(called, "object") if called.type == "member_expression" else None
    if name in SAFE_CALLS or text_of(thing) == "Math":
        return True
    if name == "join" and thing is not None:
        return _is_list_of_marks(bare(thing), values, depth)
    return (
        name in ("trim", "toUpperCase", "toLowerCase", "toString", "slice", "map", "filter")
        and thing is not None
        and _is_safe(thing, values, depth + 1)
    )


def _is_list_of_marks(node: Node, values: dict[str, list[Node]], depth: int) -> bool:
    """What is joined: placeholders and names are safe; values that somebody gave are not."""
    called, arguments = part(node, "function"), part(node, "arguments")
    if called is None or arguments is None or last_of(called) not in ("map", "fill") or not arguments.named_children:
        return _is_safe(node, values, depth + 1)
    made = arguments.named_children[0]
    body = part(made, "body") if made.type == "arrow_function" else None
    if body is None:
        return last_of(made) in SAFE_CALLS or made.type == "string"
    if body.type != "template_string":
        return _is_safe(body, values, depth + 1)
    before = ""
    for one, _ in parts_of(body):
        if not isinstance(one, str) and not before.endswith(MARKS) and not _is_safe(one, values, depth + 1):
            return False
        before += one if isinstance(one, str) else "?"
    return True
