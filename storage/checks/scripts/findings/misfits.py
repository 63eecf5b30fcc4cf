"""What the compiler says of arguments, as sentences: options that are not there, values that do not fit, too many or too few."""

from __future__ import annotations

import re
from collections.abc import Callable

from tree_sitter import Node

from storage.checks.scripts.blocks import chains
from storage.checks.scripts.blocks.grammars import field as part
from storage.checks.scripts.blocks.grammars import text_of, unquoted
from storage.checks.scripts.blocks.statements import CALLED, MARKER, MARKERS, VALUE
from storage.checks.scripts.findings import wording
from storage.checks.servers import Diagnostic

PRIMITIVE = re.compile(
    r"(?:\(?(?:\"[^\"]*\"|-?[\d.]+|string|number|boolean|true|false|bigint|symbol|undefined|null|void)\)?(?:\[\])?(?: \| )?)+"
)
GIVEN = re.compile(r"(?:Argument of type|Type) '(.+?)' is not assignable to (?:parameter of )?type '(.+?)'(?:\.|$)")
LACKED = re.compile(r"Type '.*' is missing the following properties from type '(.*?)': ([\w, ]+)\.?$")
COUNTED = re.compile(r"Expected (.+?) arguments?, but got (.+?)\.")
OF_CALLS = re.compile(r"in type '(?:\w*(?:Callback|Listener|Handler|Function)\b|\()")
LITERALS = frozenset({
    "string", "number", "true", "false", "template_string", "array", "object", "arrow_function", "function_expression", "null",
})  # fmt: skip


def option(message: str, node: Node, is_known: Callable[[str], bool]) -> str:
    """A property that the object handed over does not have; `is_known` holds one back."""
    found = re.search(r"'([^']+)' does not exist in type '(.*?)'(?:\.|$)", message, re.MULTILINE)
    if not found or (node.parent is not None and _is_own_literal(node)):
        return ""
    guess = guess_in(message)
    if not guess and is_known(found[1]):
        return ""
    kind = wording.kind(found[2])
    of = f" in `{kind}`" if re.fullmatch(r"[\w.]+(?:<.*>)?", kind) else ""
    return f"there is no `{found[1].strip(chr(34))}`{of}" + (f"; did you mean `{guess}`?" if guess else "")


def misfit(
    one: Diagnostic, node: Node, is_known: Callable[[str], bool], text: str, *, is_typed: bool, is_told: bool
) -> str:
    """A literal that does not fit, or, in TypeScript and handed to a package (`is_told`), lacks what is needed; of values whose type is
    only inferred nothing is said."""
    lines = [line.strip() for line in one.message.split("\n") if line.strip()]
    if one.code == "2769":
        inner = [line for line in lines if not line.startswith(("No overload", "Overload ", "The last overload"))]
        lines = inner or lines
    if any(
        "'Promise<" in line and "is not assignable to" in line and "Promise<" not in line.partition("assignable to")[2]
        for line in lines[:1]
    ):
        return wording.spoken(lines[0])
    for line in reversed(lines):
        if "Object literal may only specify known properties" in line:
            return option(line, node, is_known) if one.code != "2769" or not OF_CALLS.search(line) else _no_form(node)
        if found := re.match(r"Property '([^']+)' is missing in type '(.*?)' but required in type '(.*?)'", line):
            literal = _literal(node)
            is_object = (is_typed or is_told) and literal is not None and literal.type == "object"
            is_whole = is_object and all(each.type != "spread_element" for each in literal.named_children)  # type: ignore[union-attr]
            if is_whole or (is_typed and found[1] != "children" and _is_element(node)):
                return f"`{found[1]}` is missing; `{wording.kind(found[3])}` needs it"
            return ""
        if is_typed and (found := LACKED.match(line)) and "children" not in found[2].split(", ") and _is_element(node):
            return f"`{found[2]}` are missing; `{wording.kind(found[1])}` needs them"
        if found := _no_attribute(line, node):
            return f"`{found[1]}` is no property of this element" + (
                f"; did you mean `{guess_in(line)}`?" if guess_in(line) else ""
            )
    found = GIVEN.match(lines[-1]) or GIVEN.match(lines[0])
    literal = _literal(node)
    if (
        not found
        or literal is None
        or literal.type not in ("string", "number", "true", "false", "array", "object", "template_string")
    ):
        return ""
    is_choice = literal.type == "string" and found[1].startswith('"')  # it says so only where certain words are allowed
    called = plain(chains.called_in(node))
    if is_choice and found[2] == "never" and called.endswith(".from"):
        return f"`{called}` knows no {text_of(literal)}"  # of Supabase, where the last form is that of views
    if found[2] in ("never", "undefined", "null") or (not PRIMITIVE.fullmatch(found[2]) and not is_choice):
        return ""
    choices = re.findall(r'"([^"]+)"', re.sub(r"<.*>", "", found[2]))
    if is_choice and choices and all(re.search(rf"[\"'`]{re.escape(each)}[\"'`]", text) for each in choices):
        return ""  # what is allowed was taken from the block itself
    word = unquoted(literal)
    if not is_typed and one.code == "2769" and any(map(is_known, (word, word.upper(), word.lower()))):
        return ""  # another form may take it
    guess = guess_in(one.message)
    return f"`{plain(literal)}` does not fit: `{wording.kind(found[2])}` is wanted" + (
        f"; did you mean `{guess}`?" if guess else ""
    )


def _is_element(node: Node) -> bool:
    """The name of an element in JSX whose attributes all stand there."""
    name = node
    while name.parent is not None and name.parent.type in ("member_expression", "nested_identifier"):
        name = name.parent
    tag = name.parent
    return (
        tag is not None
        and tag.type in ("jsx_opening_element", "jsx_self_closing_element")
        and part(tag, "name") == name
        and not any(one.type == "jsx_expression" for one in tag.named_children)
    )


def _no_form(node: Node) -> str:
    """The last form of several wants a function here: of the form that was meant the compiler says nothing."""
    called = plain(chains.called_in(node))
    return f"no form of `{called}` takes these arguments: the object does not fit" if called else ""


def argument(node: Node) -> Node | None:
    """The argument that begins here, whole."""
    here: Node | None = node
    while here is not None and here.parent is not None and here.parent.type != "arguments":
        if here.parent.start_byte != here.start_byte:
            return None
        here = here.parent
    if here is None or here.parent is None or text_of(part(here.parent.parent, "function")) in MARKERS:
        return None
    return here


def made_of(node: Node) -> list[str]:
    """The name that is given the outcome of the call that this stands in; none for what is handed to another function."""
    here: Node | None = node
    while here is not None and here.type not in ("variable_declarator", "statement_block", "program"):
        here = here.parent
    name = part(here, "name") if here is not None and here.type == "variable_declarator" else None
    return [text_of(name)] if name is not None and name.type == "identifier" else []


def _no_attribute(line: str, node: Node) -> re.Match[str] | None:
    """Of an element, in JSX."""
    found = re.match(r"Property '([^']+)' does not exist on type '(.*)", line)
    if found is None or found[2].startswith(("IntrinsicAttributes", "Detailed")):
        return found
    return (
        found
        if node.type == "property_identifier"
        and text_of(node) == found[1]
        and text_of(node.parent).startswith(found[1])
        else None
    )


def counted(one: Diagnostic, node: Node) -> Node | None:
    """What is called with too many or too few arguments: too many are said at the arguments, which may be calls themselves."""
    found = COUNTED.match(one.message)
    is_surplus = found is not None and found[2].isdigit() and int(found[2]) > int(re.findall(r"\d+", found[1])[-1])
    value = argument(node) if is_surplus else None
    return chains.called_in(node if value is None else value.parent)


def count(one: Diagnostic, called: Node | None, *, is_typed: bool, is_told: bool) -> str:
    """Too many or too few arguments; `is_told` says that what is called is a package's or Node's."""
    found = COUNTED.match(one.message)
    if (
        not found
        or called is None
        or text_of(called) in ("resolve", "next", "done", "cb", "callback", "reject")
        or "..." in text_of(given := part(called.parent, "arguments"))
    ):
        return ""
    most = int(re.findall(r"\d+", found[1])[-1])
    surplus = [one for one in given.named_children if one.type != "comment"][most:] if given is not None else []
    is_lost = is_told and any(one.type in ("arrow_function", "function_expression", "object") for one in surplus)
    if not is_typed and surplus and not is_lost:
        return ""  # JavaScript passes over what is too many: of a callback or options that is no small thing
    if not (is_typed or is_told) and found[2] == "0":
        return ""  # and hands on what is left out
    return f"`{plain(called)}` takes {found[1].replace('-', ' to ')} argument{'' if found[1] == '1' else 's'}, not {found[2]}"


def _literal(node: Node) -> Node | None:
    """The literal that a fault is about: itself, or the value of the property that it names."""
    here: Node | None = node
    for _ in range(3):
        if here is None:
            return None
        if here.type in LITERALS:
            return here
        if here.type == "pair":
            value = part(here, "value")
            return value if value is not None and value.type in LITERALS else None
        if here.type in ("string_fragment", "property_identifier", "{", "[", '"', "'", "template_string", "`"):
            here = here.parent
            continue
        return None
    return None


def _is_own_literal(node: Node) -> bool:
    """An object literal of a type that the block itself writes out in place: `const a: { b: string } = ...`."""
    return False if node.parent is None else node.parent.type == "type_annotation"


MARKED = re.compile(rf"\b(?:{VALUE}|{CALLED})\((\w[\w.]*(?:\([^()]*\))?)\)")


def guess_in(message: str) -> str:
    found = re.search(r"Did you mean(?: to write)? '([^']+)'", message)
    return found[1] if found else ""


def plain(node: Node | None) -> str:
    text = MARKED.sub(r"\1", " ".join(text_of(node).split())).replace(f"{MARKER}(", "")
    return text if len(text) <= 50 else text[:24] + "…" + text[-20:]


def library(message: str) -> str:
    found = re.search(r"to '(es\d+|esnext)'", message)
    return f"it came with {found[1].upper()}" if found else "a newer version of the language has it"


def named(kind: str, target: Node) -> str:
    """What a person calls it: the type, or the expression where the type has no name."""
    thing = part(target, "object")
    has_name = re.fullmatch(r"[A-Za-z_$][\w.$]*(?:<.*>)?", kind) and len(kind) < 60
    return kind if has_name or thing is None else plain(thing)
