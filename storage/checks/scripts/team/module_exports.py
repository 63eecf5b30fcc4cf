"""What a JavaScript file of the team's exports, read from its text: `module.exports`, `exports.x`, `export`, what hangs on them, and
what it hands on from files beside it.

Where more might be exported than is read here (a call, a key that is computed, a name that is handed on, a package), nobody knows, and
nothing is said (https://nodejs.org/api/modules.html#moduleexports).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from tree_sitter import Node

from storage.checks.scripts.blocks.grammars import field as part
from storage.checks.scripts.blocks.grammars import parsed, text_of, unquoted, walk
from storage.checks.scripts.blocks.reading import defined_by

ENDING = re.compile(r"\.[cm]?js$")
LARGEST_BYTES = 300_000
MOST_STEPS = 3
COMMENTED = re.compile(r"^export\s*/\*.*?\*/\s*", re.MULTILINE | re.DOTALL)
"""The grammar takes `export` for a statement of its own before a comment."""
OF_FUNCTIONS = frozenset({"name", "length", "prototype", "call", "apply", "bind", "toString"})
FUNCTIONS = ("function_expression", "arrow_function", "function_declaration", "generator_function_declaration")
CLASSES = ("class", "class_declaration")


@dataclass(frozen=True, slots=True)
class Exported:
    names: frozenset[str]
    whole: str = ""
    """What `module.exports` is by its name, where that is a class or a function."""


Beside = Callable[[str], Exported | None]
"""What the file that a specifier leads to exports."""


class _Unknown(Exception):
    """More may be exported than is seen."""


def required(value: Node | None) -> str:
    """What `require` or `import()` is given; "" for another expression."""
    if (
        value is None
        or value.type != "call_expression"
        or text_of(part(value, "function")) not in ("require", "import")
    ):
        return ""
    given = part(value, "arguments")
    only = given.named_children if given is not None else []
    return unquoted(only[0]) if len(only) == 1 and only[0].type == "string" else ""


def of_file(path: Path, steps: int = MOST_STEPS) -> Exported | None:
    """None where nobody can say; what a file hands on from others is followed for some steps. Blocks."""
    try:
        told = path.stat()
        return _of_file(path, told.st_mtime_ns, steps) if told.st_size < LARGEST_BYTES else None
    except OSError:
        return None


@lru_cache(maxsize=500)
def _of_file(path: Path, _changed: int, steps: int) -> Exported | None:
    def beside(specifier: str) -> Exported | None:
        if not steps or not specifier.startswith("."):
            return None
        whole = path.parent / specifier
        ways = (whole, *(whole.with_name(whole.name + one) for one in (".js", ".cjs")), whole / "index.js")
        return next((of_file(one, steps - 1) for one in ways if one.is_file()), None)

    return exported_by(path.read_text("utf-8", "replace"), beside)


def exported_by(text: str, beside: Beside = lambda specifier: None) -> Exported | None:
    text = COMMENTED.sub("export ", text)
    tree = parsed(text, is_jsx=False)
    if tree.root_node.has_error:
        tree = parsed(text, is_jsx=True)
    root = tree.root_node
    if root.has_error:
        return None
    try:
        return _of_module(root, beside) if _is_module(root) else _of_commonjs(root, beside)
    except _Unknown:
        return None


def _is_module(root: Node) -> bool:
    return any(one.type in ("import_statement", "export_statement") for one in root.named_children)


def _of_module(root: Node, beside: Beside) -> Exported:
    if re.search(r"\bexports\b\s*[.=,\[)]", text_of(root)):
        raise _Unknown
    found = exported(root)
    for node in root.named_children:
        words = {one.type for one in node.children} if node.type == "export_statement" else set()
        if "*" in words:
            found |= _handed_on(unquoted(part(node, "source")), beside).names - {"default"}
        elif "namespace_export" in words:
            raise _Unknown
    return Exported(frozenset(found))


def exported(root: Node) -> set[str]:
    """What the `export` statements of a module name themselves."""
    found: set[str] = set()
    for node in root.named_children:
        if node.type == "export_statement":
            is_default = any(one.type == "default" for one in node.children)
            found |= {"default"} if is_default else set(defined_by(node)) if part(node, "declaration") else set()
            found |= {
                unquoted(part(one, "alias") or part(one, "name"))
                for one in walk(node)
                if one.type == "export_specifier"
            }
    return found


# --- CommonJS ---------------------------------------------------------------------------------------------------------


def _handed_on(specifier: str, beside: Beside) -> Exported:
    found = beside(specifier)
    if found is None:
        raise _Unknown
    return found


def _of_commonjs(root: Node, beside: Beside) -> Exported:
    """A file that exports nothing is one whose exports are not seen."""
    found: set[str] = set()
    whole = ""
    is_any = False
    for node in walk(root):
        if (
            node.type == "this"
            and node.parent is not None
            and node.parent.type == "member_expression"
            and not _within(node)
        ):
            raise _Unknown
        if not _is_exports(node):
            continue
        is_any = True
        above = node.parent
        if above is not None and above.type == "assignment_expression" and part(above, "left") == node:
            names, whole = _of_value(_last(part(above, "right")), root, beside)
            found |= names
        elif above is not None and above.type == "assignment_expression":
            continue  # `exports = module.exports`, whose other side is looked at on its own
        elif above is not None and above.type in ("member_expression", "subscript_expression"):
            found |= _of_member(above, node)
        else:
            raise _Unknown
    if not is_any:
        raise _Unknown
    return Exported(frozenset(found | {"default"}), whole)


def _within(node: Node) -> bool:
    here = node.parent
    while here is not None and here.type not in (*FUNCTIONS, *CLASSES, "method_definition", "object"):
        here = here.parent
    return here is not None


def _is_exports(node: Node) -> bool:
    """`module.exports`, or `exports` alone."""
    if node.type == "member_expression":
        return text_of(node) == "module.exports"
    if node.type != "identifier" or text_of(node) not in ("exports", "module"):
        return False
    above = node.parent
    if text_of(node) == "module":
        is_asked = above is not None and above.type == "member_expression" and part(above, "object") == node
        if not is_asked and not (above is not None and above.type == "binary_expression"):
            raise _Unknown  # handed on, or a name of the file's own
        return False
    return True


def _last(value: Node | None) -> Node | None:
    """Of `exports = module.exports = value`."""
    while value is not None and value.type == "assignment_expression":
        value = part(value, "right")
    return value


def _of_member(member: Node, exports: Node) -> set[str]:
    if member.type == "subscript_expression":
        index = part(member, "index")
        if part(member, "object") != exports or index is None or index.type != "string":
            raise _Unknown
        return {unquoted(index)}
    name = text_of(part(member, "property"))
    above = member.parent
    is_set = above is not None and above.type == "assignment_expression" and part(above, "left") == member
    return {name} if is_set else set()


def _of_value(value: Node | None, root: Node, beside: Beside, depth: int = 3) -> tuple[set[str], str]:
    """The names on a value, and its own name where it is a class or a function."""
    if value is None or not depth:
        raise _Unknown
    if value.type == "object":
        spread = [one for one in value.named_children if one.type == "spread_element"]
        return _keys(value).union(*(_of_value(one.named_children[0], root, beside, depth - 1)[0] for one in spread)), ""
    if specifier := required(value):
        found = _handed_on(specifier, beside)
        return set(found.names), found.whole
    if value.type in CLASSES:
        if any(one.type == "class_heritage" for one in value.named_children):
            raise _Unknown
        return set(_statics(value)) | OF_FUNCTIONS, text_of(part(value, "name"))
    if value.type in FUNCTIONS:
        return set(OF_FUNCTIONS), text_of(part(value, "name"))
    if value.type == "identifier":
        return _of_name(text_of(value), root, beside, depth - 1)
    raise _Unknown


def _of_name(name: str, root: Node, beside: Beside, depth: int) -> tuple[set[str], str]:
    kinds = ("variable_declarator", *FUNCTIONS, *CLASSES)
    homes = [one for one in walk(root) if one.type in kinds and text_of(part(one, "name")) == name]
    if len(homes) != 1:
        raise _Unknown
    home = part(homes[0], "value") if homes[0].type == "variable_declarator" else homes[0]
    found, _ = _of_value(home, root, beside, depth)
    return found | set(_put_on(name, root)), name


def _put_on(name: str, root: Node) -> Iterator[str]:
    """`name.a = ...`; a name that is handed to others may be given more there."""
    for node in walk(root):
        if node.type != "identifier" or text_of(node) != name or node.parent is None:
            continue
        above = node.parent
        is_given = above.type == "assignment_expression" and part(above, "left") == node
        is_indexed = above.type == "subscript_expression" and part(above, "object") == node
        if is_given or is_indexed or above.type == "arguments":
            raise _Unknown
        over = above.parent
        if above.type == "member_expression" and over is not None and over.type == "assignment_expression":
            yield from [text_of(part(above, "property"))] if part(over, "left") == above else []


def _keys(value: Node) -> set[str]:
    found = set()
    for one in value.named_children:
        if one.type == "shorthand_property_identifier":
            found.add(text_of(one))
        elif one.type in ("pair", "method_definition"):
            key = part(one, "key") or part(one, "name")
            if key is None or key.type not in ("property_identifier", "string", "number"):
                raise _Unknown
            found.add(unquoted(key))
        elif one.type not in ("comment", "spread_element"):
            raise _Unknown
    return found


def _statics(value: Node) -> Iterator[str]:
    body = part(value, "body")
    for one in body.named_children if body is not None else ():
        if any(each.type == "static" for each in one.children):
            yield text_of(part(one, "name"))
