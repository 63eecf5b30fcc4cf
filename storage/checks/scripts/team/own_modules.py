"""What a JavaScript file of the team's exports, read from its text: `module.exports`, `exports.x`, `export`, and what hangs on them.

Where more might be exported than is read here (a spread, a call, `export *`, a key that is computed, a name that is handed on), nobody
knows, and nothing is said (https://nodejs.org/api/modules.html#moduleexports).
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from tree_sitter import Node

from bot.capabilities.checks.verdicts import Finding
from storage.checks.scripts.blocks.grammars import field as part
from storage.checks.scripts.blocks.grammars import line_of, parsed, text_of, unquoted, walk
from storage.checks.scripts.blocks.paths import ENDINGS
from storage.checks.scripts.blocks.reading import names_of
from storage.checks.scripts.blocks.written import Document, Written

ENDING = re.compile(r"\.[cm]?js$")
LARGEST_BYTES = 300_000
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


class _Unknown(Exception):
    """More may be exported than is seen."""


def lacking(document: Document, root: Path, written: Written) -> Iterator[Finding]:
    """Names that a block of JavaScript takes out of the team's own modules and that these do not export. Blocks."""
    if document.snippet.is_typed:
        return
    bound = {name for one in document.snippet.imports for name in one.bound}
    loose = written.loose - (document.snippet.defined - bound)
    for call, specifier, names in _taken(parsed(document.snippet.text, document.snippet.is_jsx).root_node):
        file = document.place.resolved.get(specifier, "")
        if not ENDING.search(file) or file in written.paths or specifier in document.answered:
            continue
        if re.sub(ENDINGS, "", specifier.rpartition("/")[2]) in written.files:
            continue
        exported = of_file(root / file)
        for name, line in names if exported is not None else ():
            if exported is None or name in exported.names or name in loose or name in written.names:
                continue
            yield Finding(line, "import", _sentence(name, specifier, exported, is_import=call is None))


def _sentence(name: str, specifier: str, exported: Exported, *, is_import: bool) -> str:
    if name == "default":
        return f"`{specifier}` of yours has no default export"
    said = f"`{specifier}` of yours exports no `{name}`"
    if exported.whole == name:
        way = f"import {name} from '{specifier}'" if is_import else f"const {name} = require('{specifier}')"
        return f"{said}; it is what the module is: `{way}`"
    near = difflib.get_close_matches(name, sorted(exported.names - {"default"}), n=1, cutoff=0.6)
    return f"{said}; did you mean `{near[0]}`?" if near else said


def _taken(root: Node) -> Iterator[tuple[Node | None, str, list[tuple[str, int]]]]:
    """The call, where it is `require`, the specifier and the names that are asked of it, each with its line."""
    wholes = _wholes(root)
    for node in walk(root):
        if node.type == "import_statement" and not text_of(node).startswith("import type"):
            names = [(text_of(part(one, "name")), line_of(one)) for one in walk(node) if one.type == "import_specifier"]
            clause = next((one for one in node.named_children if one.type == "import_clause"), None)
            whole = [one for one in clause.named_children if one.type == "identifier"] if clause is not None else []
            yield None, unquoted(part(node, "source")), [*names, *(("default", line_of(one)) for one in whole)]
        elif node.type == "export_statement" and part(node, "source") is not None:
            names = [(text_of(part(one, "name")), line_of(one)) for one in walk(node) if one.type == "export_specifier"]
            yield None, unquoted(part(node, "source")), names
        elif node.type == "member_expression" and (called := _required(part(node, "object"))):
            word = part(node, "property")
            if word is not None and (node.parent is None or node.parent.type != "assignment_expression"):
                yield node, called, [(text_of(word), line_of(word))]
        elif node.type == "variable_declarator" and (pattern := part(node, "name")) is not None:
            value = part(node, "value")
            if value is not None and value.type == "await_expression" and value.named_children:
                value = value.named_children[0]
            specifier = _required(value) or (wholes.get(text_of(value), "") if value is not None else "")
            if specifier and pattern.type == "object_pattern":
                yield value, specifier, list(_keys_asked(pattern))


def _required(value: Node | None) -> str:
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


def _wholes(root: Node) -> dict[str, str]:
    """Names that stand for a whole module, each with its specifier; a name that is bound twice is none."""
    found: dict[str, list[str]] = {}
    for node in walk(root):
        name = part(node, "name") if node.type == "variable_declarator" else None
        if name is not None and name.type == "identifier":
            found.setdefault(text_of(name), []).append(_required(part(node, "value")))
    return {name: one[0] for name, one in found.items() if len(one) == 1 and one[0]}


def _keys_asked(pattern: Node) -> Iterator[tuple[str, int]]:
    """With a value of their own for want of one, they may be missing."""
    for one in pattern.named_children:
        if one.type == "shorthand_property_identifier_pattern":
            yield text_of(one), line_of(one)
        elif one.type == "pair_pattern" and (key := part(one, "key")) is not None:
            value = part(one, "value")
            if key.type in ("property_identifier", "string") and (value is None or value.type != "assignment_pattern"):
                yield unquoted(key), line_of(key)


def of_file(path: Path) -> Exported | None:
    """None where nobody can say. Blocks."""
    try:
        told = path.stat()
        return _of_file(path, told.st_mtime_ns) if told.st_size < LARGEST_BYTES else None
    except OSError:
        return None


@lru_cache(maxsize=500)
def _of_file(path: Path, _changed: int) -> Exported | None:
    return exported_by(path.read_text("utf-8", "replace"))


def exported_by(text: str) -> Exported | None:
    text = COMMENTED.sub("export ", text)
    tree = parsed(text, is_jsx=False)
    if tree.root_node.has_error:
        tree = parsed(text, is_jsx=True)
    root = tree.root_node
    if root.has_error:
        return None
    try:
        return _of_module(root) if _is_module(root) else _of_commonjs(root)
    except _Unknown:
        return None


def _is_module(root: Node) -> bool:
    return any(one.type in ("import_statement", "export_statement") for one in root.named_children)


def _of_module(root: Node) -> Exported:
    if re.search(r"\bexports\b\s*[.=,\[)]", text_of(root)):
        raise _Unknown
    found: set[str] = set()
    for node in root.named_children:
        if node.type != "export_statement":
            continue
        words = {one.type for one in node.children}
        if "*" in words or "namespace_export" in words:
            raise _Unknown
        if "default" in words:
            found.add("default")
        elif (declared := part(node, "declaration")) is not None:
            found |= set(_declared(declared))
        for one in walk(node):
            if one.type == "export_specifier":
                found.add(unquoted(part(one, "alias") or part(one, "name")))
    return Exported(frozenset(found))


def _declared(node: Node) -> Iterator[str]:
    if node.type in ("lexical_declaration", "variable_declaration"):
        for one in node.named_children:
            yield from names_of(part(one, "name"))
    elif name := part(node, "name"):
        yield text_of(name)


# --- CommonJS ---------------------------------------------------------------------------------------------------------


def _of_commonjs(root: Node) -> Exported:
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
            names, whole = _of_value(_last(part(above, "right")), root)
            found |= names
        elif above is not None and above.type == "assignment_expression":
            continue  # `exports = module.exports`, whose other side is looked at on its own
        elif above is not None and above.type in ("member_expression", "subscript_expression"):
            found |= _of_member(above, node)
        elif above is not None and above.type == "arguments" and (given := _of_call(above, node, root)) is not None:
            found |= given
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


def _of_call(arguments: Node, exports: Node, root: Node) -> set[str] | None:
    """`Object.assign(exports, {...})`, `Object.defineProperty(exports, 'a', ...)`; None for another."""
    called = text_of(part(arguments.parent, "function"))
    given = arguments.named_children
    if not given or given[0] != exports:
        return None
    if called == "Object.assign":
        return set().union(*(_of_value(one, root)[0] for one in given[1:]))
    if called == "Object.defineProperty" and len(given) > 1 and given[1].type == "string":
        return {unquoted(given[1])}
    return set() if called in ("Object.freeze", "Object.seal", "Object.preventExtensions") else None


def _of_value(value: Node | None, root: Node, depth: int = 3) -> tuple[set[str], str]:
    """The names on a value, and its own name where it is a class or a function."""
    if value is None or not depth:
        raise _Unknown
    if value.type == "object":
        return _keys(value), ""
    if value.type in CLASSES:
        if any(one.type == "class_heritage" for one in value.named_children):
            raise _Unknown
        return set(_statics(value)) | OF_FUNCTIONS, text_of(part(value, "name"))
    if value.type in FUNCTIONS:
        return set(OF_FUNCTIONS), text_of(part(value, "name"))
    if value.type == "identifier":
        return _of_name(text_of(value), root, depth - 1)
    raise _Unknown


def _of_name(name: str, root: Node, depth: int) -> tuple[set[str], str]:
    kinds = ("variable_declarator", *FUNCTIONS, *CLASSES)
    homes = [one for one in walk(root) if one.type in kinds and text_of(part(one, "name")) == name]
    if len(homes) != 1:
        raise _Unknown
    home = part(homes[0], "value") if homes[0].type == "variable_declarator" else homes[0]
    found, _ = _of_value(home, root, depth)
    return found | set(_put_on(name, root)), name


def _put_on(name: str, root: Node) -> Iterator[str]:
    """`name.a = ...`; a name that is handed to others may be given more there."""
    for node in walk(root):
        if node.type != "identifier" or text_of(node) != name or node.parent is None:
            continue
        above = node.parent
        is_given = above.type == "assignment_expression" and part(above, "left") == node
        is_indexed = above.type == "subscript_expression" and part(above, "object") == node
        if is_given or is_indexed or above.type in ("arguments", "spread_element"):
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
        elif one.type != "comment":
            raise _Unknown
    return found


def _statics(value: Node) -> Iterator[str]:
    body = part(value, "body")
    for one in body.named_children if body is not None else ():
        if any(each.type == "static" for each in one.children):
            yield text_of(part(one, "name"))
