"""Values of another kind than is wanted, where both kinds are plain: a text for a number, an object of the team's for a text, a
function that was meant to be called. Of types that are put together or only inferred nothing is said.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from tree_sitter import Node

from storage.checks.scripts import wording
from storage.checks.scripts.grammars import field as part
from storage.checks.scripts.grammars import text_of
from storage.checks.scripts.misfits import argument, plain
from storage.checks.servers import Diagnostic

PLAIN = r"string|number|boolean|bigint|Date"
GIVEN = re.compile(
    r"(?:Argument of type|Type) '([A-Za-z]\w*(?:\[\])?)' is not assignable to (?:parameter of )?type '(\w+(?:\[\])?)"
    r"((?: \| (?:undefined|null))*)'\."
)
COMPARED = re.compile(
    r"the types '(string|number|boolean)((?: \| (?:undefined|null))*)' and '(string|number|boolean)\2?' have no overlap"
)
NAMED = re.compile(
    r"Argument of type '([A-Z]\w+)(?:<.*>)?' is not assignable to parameter of type "
    r"'(?:string|number|boolean)(?: \| (?:undefined|null))*'\."
)
"""An object of a class or interface, for something plain."""
FOR_TEXT = re.compile(r"Argument of type '\(.*\) => .*' is not assignable to parameter of type '(string)'\.\s*$")
SAYING_LITTLE = frozenset({"Object", "Function", "Promise", "String", "Number", "Boolean", "Symbol"})
TO_CALL = "Did you mean to call this expression"
FUNCTION = re.compile(r"Type '(?!Promise<).*=> .*' (?:must have|is not an array)")


def wrong(one: Diagnostic, node: Node, is_own: Callable[[str], bool]) -> str:
    """ "" for what is not believed. `is_own` knows types that the team exports."""
    first = one.message.split("\n")[0]
    if one.code in ("2345", "2322") and any(TO_CALL in each for each in one.related):
        return f"`{plain(_whole(node))}` is a function, and is not called"
    if one.code in ("2488", "2461") and FUNCTION.search(first):
        return f"`{plain(_whole(node))}` is a function, and is not called"
    if one.code == "2367" and COMPARED.search(first):
        return wording.spoken(first)
    if one.code == "2345" and (named := NAMED.match(first)) and named[1] not in SAYING_LITTLE:
        return wording.spoken(first)
    if (swapped := FOR_TEXT.search(one.message)) and one.code in ("2345", "2769") and _is_before_text(node):
        return f"`{plain(_whole(node))}` does not fit: `{swapped[1]}` is wanted"
    found = GIVEN.match(first) if one.code in ("2345", "2322") else None
    if found is None:
        return ""
    given, wanted = (each.removesuffix("[]") for each in (found[1], found[2]))
    is_plain = [bool(re.fullmatch(PLAIN, each)) for each in (given, wanted)]
    is_list = [each.endswith("[]") for each in (found[1], found[2])]
    if all(is_plain):
        return wording.spoken(first) if (given, is_list[0]) != (wanted, is_list[1]) else ""
    known = [is_plain[at] or is_own(each) for at, each in enumerate((given, wanted))]
    return wording.spoken(first) if all(known) and any(is_plain) and given != wanted else ""


def not_callable(message: str, *, is_declared: bool) -> str:
    """What is called and is no function; of what only JavaScript of the team's own says what it is, a promise alone is believed."""
    is_no_function = "is not callable" in message and "has no call signatures" in message
    is_sure = is_declared and is_no_function and "typeof import" not in message and "never" not in message
    return wording.spoken(message) if is_sure or "Promise<" in message else ""


def _is_before_text(node: Node) -> bool:
    """A function, written out, with a text behind it: they changed places."""
    given = argument(node)
    behind = given.next_named_sibling if given is not None else None
    is_function = given is not None and given.type in ("arrow_function", "function_expression")
    return is_function and behind is not None and behind.type in ("string", "number", "template_string")


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
