"""What the compiler says of types in TypeScript, whatever they are: believed, unless it may come of something that we do not have as
the team has it.

Doubtful is what depends on strictness (a value that may be missing), on a type that nobody declares, on how wide a literal's type is
taken, on two copies of one package, on a letter that stands for any type.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from tree_sitter import Node

from storage.checks.scripts.blocks import chains
from storage.checks.scripts.blocks.grammars import field as part
from storage.checks.scripts.findings import misfits, wording
from storage.checks.servers import Diagnostic

OF_CLASSES = ("2416", "2420", "2515")
"""A class is not what its base or its interface asks for."""
CODES = frozenset({"2345", "2322", "2769", "2739", "2740", "2741", "2559", "2560", "2820", "2344", *OF_CLASSES})
WRITTEN = (
    "string", "number", "true", "false", "template_string", "regex", "array", "arrow_function", "function_expression",
)  # fmt: skip
UNFIT = re.compile(
    r"(?:Argument of type|Type) '(.+)' (?:is not assignable to (?:parameter of )?type|does not satisfy the constraint) '(.+)'\."
)
LACKING = re.compile(
    r"Type '(.+)' is missing the following properties from type '(.+)': .+|"
    r"Property '[^']+' is missing in type '(.+)' but required in type '(.+)'\.|"
    r"(?:Type|Value of type) '(.+)' has no properties in common with type '(.+?)'\."
)
SAYING_NOTHING = re.compile(r"(?:unknown|any|never|object|void|undefined|null|Object|Function|\{\})(?:\[\])*")
WIDE = re.compile(r"(?:string|number|boolean)(?:\[\])?")
LITERAL = re.compile(r"\"[^\"]*\"|-?[\d.]+|true|false|`.*`")
OF_ANYTHING = re.compile(r"string|number|boolean|Date|bigint|\bkeyof\b|\bany\b|\bunknown\b|\"|\b[A-Z]\b")
"""What takes a plain value after all, or is a type that a package leaves to its user, which JavaScript cannot give."""
COMPARED = re.compile(r"the types '(.+)' and '(.+)' have no overlap|Type '(.+)' is not comparable to type '(.+)'\.")
OF_TYPEOF = frozenset(
    f'"{one}"' for one in ("bigint", "boolean", "function", "number", "object", "string", "symbol", "undefined")
)
UNSURE = (
    "could be instantiated with",
    "separate declarations of",
    "two different types with this name",
    "exactOptional",
)
OPENING, CLOSING = "<({[", ">)}]"


def unfit(one: Diagnostic, node: Node, text: str) -> str:
    """The sentence; "" for what is doubtful. `text` is that of the block."""
    if one.code not in CODES or any(each in one.message for each in UNSURE):
        return ""
    lines = [line.strip() for line in one.message.split("\n") if line.strip()]
    if one.code == "2769":
        lines = [line for line in lines if not line.startswith(("No overload", "Overload ", "The last overload"))]
    pairs = [pair for line in lines if (pair := _pair(line))]
    if (not pairs and one.code != "2515") or any(_is_doubtful(given, wanted, text) for given, wanted in pairs):
        return ""
    if one.code == "2769":
        call = chains.call_of(node)
        called = misfits.plain(chains.called_in(call))
        value = misfits.argument(node)
        is_plain_value = pairs[-1][0] in ("string", "number", "boolean") or (
            value is not None and value.type in WRITTEN
        )
        is_sure = is_plain_value and part(call, "type_arguments") is None
        if not called or not is_sure:
            return ""  # of values by their types, this compiler may see other forms than the team's
        return f"no form of `{called}` takes these arguments: {wording.spoken(lines[0])}"
    return wording.spoken(lines[0])


def is_another_kind(one: Diagnostic, value: Node) -> bool:
    """What stands there cannot be made what is wanted by a language that turns plain values into each other."""
    wanted = [pair[1] for line in one.message.split("\n") if (pair := _pair(line.strip()))]
    if value.type in ("arrow_function", "function_expression", "regex"):
        return value.type == "regex" or not any("=>" in each for each in wanted)  # it may take more than it is handed
    is_plain_value = value.type in ("string", "number", "template_string", "true", "false")
    return is_plain_value and bool(wanted) and not OF_ANYTHING.search(wanted[-1])


def compared(one: Diagnostic, is_own: Callable[[str], bool], *, is_typed: bool) -> str:
    """A function that is not called, in a comparison with what it would give; a word that `typeof` never gives, or that a type of the
    team's does not hold, by its name: what is left of a type at one place the compiler may take for too little."""
    found = COMPARED.search(one.message.split("\n")[0]) if one.code in ("2367", "2678") else None
    if found is None:
        return ""
    sides = [each for each in found.groups() if each]
    words = [each for each in sides if LITERAL.fullmatch(each)]
    kinds = [each for each in sides if each not in words]
    if len(words) == 1 and (frozenset(members(kinds[0])) == OF_TYPEOF or (is_typed and is_own(kinds[0]))):
        return f"`{words[0]}` is none of `{'typeof' if '|' in kinds[0] else kinds[0]}`: this is never so"
    is_function = len([each for each in sides if re.match(r"\(.*\) => ", each)]) == 1
    return wording.spoken(one.message) if is_typed and is_function else ""


def members(kind: str) -> list[str]:
    """The members of a union, as they stand; a type that is no union is its own. What stands in brackets stays whole, also where the
    compiler has cut it off."""
    found, depth, start, quote = [], 0, 0, ""
    for at, letter in enumerate(kind):
        if letter in "\"'`":
            quote = "" if quote == letter else quote or letter
        elif not quote:
            is_arrow = letter == ">" and kind[at - 1 : at] == "="
            depth += (letter in OPENING) - (letter in CLOSING and not is_arrow)
            if letter == "|" and not depth:
                found.append(kind[start:at].strip())
                start = at + 1
    return [*found, kind[start:].strip()]


def is_plain(kind: str) -> bool:
    """No member of it may be missing, or says nothing of what it has."""
    return not any(SAYING_NOTHING.fullmatch(one) or "..." in one for one in members(kind))


def _pair(line: str) -> tuple[str, str] | None:
    """The type that is given, and the one that is wanted."""
    found = UNFIT.match(line) or LACKING.match(line)
    if found is None:
        return None
    given, wanted = (one for one in found.groups() if one is not None)
    return given, wanted


def _is_doubtful(given: str, wanted: str, text: str) -> bool:
    has, may = members(given), members(wanted)
    if any(SAYING_NOTHING.fullmatch(one) for one in has) or all(SAYING_NOTHING.fullmatch(one) for one in may):
        return True
    if any(re.fullmatch(r"[A-Z]", one) for one in (given, wanted)) or wording.bare(given) == wording.bare(wanted):
        return True
    words = [one for one in may if LITERAL.fullmatch(one)]
    is_wide = any(WIDE.fullmatch(one) for one in has) and any(
        LITERAL.fullmatch(one.rstrip("[]").strip("()")) for one in may
    )
    named = {one.rpartition(".")[2] for one in may if re.fullmatch(r"\w+(?:\.\w+)+", one)}
    if named and {one.strip('"') for one in has} <= named:
        return True  # a word for the value of an enum of the same name
    is_of_block = bool(words) and all(one.strip("\"'`") in text for one in words if one.startswith('"'))
    return is_wide or is_of_block
