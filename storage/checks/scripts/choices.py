"""Words that a type of the team's own does not hold: handed over, or compared with. And what stands where only an object can: the shape
that a call had in another version.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from tree_sitter import Node

from storage.checks.scripts import misfits, wording
from storage.checks.scripts.grammars import field as part
from storage.checks.servers import Diagnostic

LITERAL = r"\"[^\"]*\"|-?[\d.]+"
UNION = re.compile(rf"(?:{LITERAL})(?: \| (?:{LITERAL}))*")
EMPTY = re.compile(r" \| (?:undefined|null)\b")
LAST = re.compile(rf"(?:Argument of type|Type) '({LITERAL})' is not assignable to (?:parameter of )?type '(.+)'\.")
FIRST = re.compile(r"(?:Argument of type|Type) '(.+?)' is not assignable to (?:parameter of )?type '(.+?)'\.")
COMPARED = re.compile(r"the types '(.+?)' and '(.+?)' have no overlap|Type '(.+?)' is not comparable to type '(.+?)'\.")
SHAPELESS = ("array", "string", "number", "template_string", "arrow_function", "function_expression", "true", "false")
LACKING = re.compile(
    r"(?:Property '[^']+' is missing in type '(.+)' but required in type|"
    r"Type '(.+)' is missing the following properties from type|Type '(.+)' has no properties in common with type) '(.+?)'[.:]"
)


def misfit(one: Diagnostic, is_own: Callable[[str], bool], text: str, *, is_nobodys: bool) -> str:
    """A word that the wanted type lacks; "" for none. `is_own` knows types that the team exports, `is_nobodys` says that no package
    wants it."""
    lines = [line.strip() for line in one.message.split("\n") if line.strip()]
    if one.code in ("2367", "2678"):
        return _compared(lines[0], is_own)
    if one.code not in ("2345", "2322", "2820"):
        return ""
    first, last = FIRST.match(lines[0]), LAST.match(lines[-1])
    if not first or not last:
        return ""
    given, wanted = EMPTY.sub("", first[1]), EMPTY.sub("", last[2])
    if not UNION.fullmatch(re.sub(r"^\((.*)\)\[\]$|\[\]$", r"\1", given)) and not re.fullmatch(
        r"[A-Z]\w*(?:\[\])?", given
    ):
        return ""
    if UNION.fullmatch(wanted):
        words = re.findall(r"\"([^\"]*)\"", wanted)
        if not is_nobodys or all(re.search(rf"[\"'`]{re.escape(each)}[\"'`]", text) for each in words):
            return ""  # what is allowed may be taken from the block itself
    elif not re.fullmatch(r"\w+", wanted) or not is_own(wanted):
        return ""
    return f"`{last[1]}` does not fit: `{wording.spoken(chr(39) + wanted + chr(39)).strip('`')}` is wanted"


def _compared(line: str, is_own: Callable[[str], bool]) -> str:
    """Only with the whole of a type by its name: what is left of it at one place the compiler may take for too little."""
    found = COMPARED.search(line)
    if found is None:
        return ""
    one, other = (found[1], found[2]) if found[1] else (found[4], found[3])
    word, kind = (one, other) if UNION.fullmatch(one) else (other, one)
    if not UNION.fullmatch(word) or " | " in word or not re.fullmatch(r"[A-Z]\w*", kind) or not is_own(kind):
        return ""
    return f"`{word}` is none of `{kind}`: this is never so"


def shape(one: Diagnostic, node: Node) -> str:
    """A list, a text, a number or a function where in every form an object with members is wanted."""
    if one.code not in ("2769", "2345", "2559", "2740", "2739", "2741"):
        return ""
    value = misfits.argument(node)
    lines = [line.strip() for line in one.message.split("\n") if line.strip()]
    found = LACKING.match(lines[-1])
    if value is None or value.type not in SHAPELESS or not found or not _is_of(value, found[1] or found[2] or found[3]):
        return ""
    if found[4].endswith("[]") or "=>" in found[4] or not re.match(r"[A-Z]\w+", found[4]):
        return ""
    if one.code == "2769":
        call = value.parent.parent if value.parent is not None else None
        called = misfits.plain(part(call, "function") or part(call, "constructor"))
        return f"no form of `{called}` takes these arguments: `{misfits.plain(value)}` does not fit" if called else ""
    wanted = wording.spoken(f"'{found[4]}'").strip("`")
    return f"`{misfits.plain(value)}` does not fit: `{wanted}` is wanted"


def _is_of(value: Node, kind: str) -> bool:
    """The fault is about this very argument, and not about something in it."""
    if value.type == "array":
        return kind.endswith("[]") or kind.startswith(("[", "readonly ["))
    if value.type in ("arrow_function", "function_expression"):
        return "=>" in kind
    return bool(re.fullmatch(rf"string|number|boolean|true|false|{LITERAL}", kind))
