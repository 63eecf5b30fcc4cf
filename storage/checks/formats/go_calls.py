"""What a Go block asks of packages whose sources are at hand: names that they do not have, methods that their types do not have, and
how many arguments a call takes. Followed are variables that are made, declared or handed in once, fields, and what a call gives back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tree_sitter import Node

from bot.capabilities.checks.verdicts import Finding
from storage.checks.formats import go_packages, nodes
from storage.checks.formats.go_packages import Call, Package, Type
from storage.checks.syntax import field, parsed, text_of, walk

Known = Mapping[str, Package]
Typed = tuple[Package, str]
DEEPEST = 8


@dataclass(frozen=True, slots=True)
class Scope:
    """`own` is what the block declares. Where more of its package may stand in files that are not known (`is_whole` is false),
    nothing is said to be missing there.
    """

    known: Known
    own: Package
    typed: dict[str, Typed]
    is_whole: bool = False


DECLARED = re.compile(r"\b(?:func|type|var|const)\s+(\w+)")
METHOD = re.compile(r"\bfunc\s*\([^)]*\)\s*(\w+)")


@dataclass(frozen=True, slots=True)
class Ground:
    """The repository, its modules with their folders, versions of others by their modules, and the folder that the block stands in."""

    tree: Path
    own: Mapping[str, Path]
    versions: Mapping[str, str]
    folder: Path | None = None


def findings(code: str, beside: Sequence[str], ground: Ground) -> tuple[list[Finding], set[str]]:
    """And the imports that were looked at."""
    root = parsed("go", code)
    if root.has_error:
        return [], set()
    known: dict[str, Package] = {}
    seen: set[str] = set()
    for alias, path in _imports(root):
        folder = go_packages.folder_of(path, ground.tree, ground.own, ground.versions)
        package = go_packages.read(folder) if folder is not None else None
        if package is not None and not package.is_open:
            known[alias or package.name] = package
            seen.add(path)
    if not known and ground.folder is None:
        return [], seen
    added = {name for text in (code, *beside) for name in METHOD.findall(text)}
    added |= {name for text in beside for name in DECLARED.findall(text)}
    own_package, is_whole = Package(), False
    if ground.folder is not None:
        around = go_packages.read(ground.folder)
        own_package.types.update(around.types)
        is_whole = not around.is_open
    go_packages.declare(root, own_package)
    found: list[Finding] = []
    for node in root.named_children:
        if node.type in ("function_declaration", "method_declaration"):
            found += _of_function(node, Scope(known, own_package, {}, is_whole), added)
    return list({(one.line, one.message): one for one in found}.values()), seen


def _imports(root: Node) -> Iterator[tuple[str, str]]:
    for node in walk(root):
        if node.type == "import_spec":
            alias = text_of(field(node, "name"))
            if alias not in ("_", "."):
                yield alias, text_of(field(node, "path")).strip('"`')


def _line(node: Node) -> int:
    return int(node.start_point[0]) + 1


def _of_function(function: Node, around: Scope, added: set[str]) -> Iterator[Finding]:
    known = around.known
    shadowed = {text_of(one) for node in walk(function) if node.type in DECLARING for one in _declared(node)}
    clear = {name: one for name, one in known.items() if name not in shadowed}
    scope = Scope(clear, around.own, {}, around.is_whole)
    scope.typed.update({name: kind for name, kind in _typed(function, scope).items() if name not in known})
    for node in walk(function):
        if node.type == "selector_expression":
            yield from _selector(node, scope, added)
        elif node.type == "qualified_type":
            name, word = text_of(field(node, "package")), text_of(field(node, "name"))
            if name in known and word not in known[name].names | added:
                yield Finding(
                    _line(node), "attribute", f"`{name}` has no `{word}`{nodes.near(word, known[name].names)}", name
                )
        elif node.type == "call_expression":
            yield from _arguments(node, scope)


DECLARING = ("short_var_declaration", "var_spec", "parameter_declaration", "range_clause", "const_spec")


def _declared(node: Node) -> Iterator[Node]:
    if node.type in ("short_var_declaration", "range_clause"):
        left = field(node, "left")
        yield from (one for one in left.named_children if one.type == "identifier") if left is not None else ()
    else:
        yield from node.children_by_field_name("name")


def _typed(function: Node, scope: Scope) -> dict[str, Typed]:
    """Variables that are declared once, with the type that they have."""
    found: dict[str, Typed] = {}
    counts: dict[str, int] = {}
    for node in walk(function):
        if node.type not in DECLARING:
            continue
        names = [text_of(one) for one in _declared(node)]
        for name in names:
            counts[name] = counts.get(name, 0) + 1
        kind = _type_of(node, Scope(scope.known, scope.own, found))
        if kind is not None and names:
            found[names[0]] = kind
    return {name: kind for name, kind in found.items() if counts[name] == 1}


def _type_of(node: Node, scope: Scope) -> Typed | None:
    told = field(node, "type")
    if node.type in ("parameter_declaration", "var_spec") and told is not None:
        return _written(text_of(told), scope.own, scope)
    if node.type != "short_var_declaration":
        return None
    right = field(node, "right")
    value = right.named_children[0] if right is not None and len(right.named_children) == 1 else None
    return _kind(value, scope)


def _kind(node: Node | None, scope: Scope, depth: int = 0) -> Typed | None:
    """The type of a value, as far as the declarations at hand tell it."""
    if node is None or depth > DEEPEST:
        return None
    match node.type:
        case "identifier":
            return scope.typed.get(text_of(node))
        case "unary_expression" if text_of(node).startswith("&"):
            return _kind(field(node, "operand"), scope, depth + 1)
        case "composite_literal":
            return _written(text_of(field(node, "type")), scope.own, scope)
        case "selector_expression":
            owner = _kind(field(node, "operand"), scope, depth + 1)
            told = owner[0].types[owner[1]].fields.get(text_of(field(node, "field")), "") if owner else ""
            return _written(told, owner[0], scope) if owner and told else None
        case "call_expression":
            called = _called(node, scope, depth + 1)
            return _written(called[1].results[0], called[0], scope) if called and called[1].results else None
    return None


def _written(text: str, where: Package, scope: Scope) -> Typed | None:
    """A type by its words; those of another package's file are only read where they are of that package itself."""
    found = re.fullmatch(r"\*?(?:(\w+)\.)?(\w+)", text)
    if not found:
        return None
    package = where if not found[1] else scope.known.get(found[1]) if where is scope.own else None
    return (package, found[2]) if package is not None and found[2] in package.types else None


def _called(call: Node, scope: Scope, depth: int = 0) -> tuple[Package, Call] | None:
    function = field(call, "function")
    if function is None or function.type != "selector_expression":
        return None
    operand, name = field(function, "operand"), text_of(field(function, "field"))
    owner = _kind(operand, scope, depth)
    if owner is not None:
        package, told = owner[0], owner[0].types[owner[1]].methods.get(name)
    elif (found := scope.known.get(text_of(operand))) is not None:
        package, told = found, found.functions.get(name)
    else:
        return None
    return (package, told) if told is not None else None


def _selector(node: Node, scope: Scope, added: set[str]) -> Iterator[Finding]:
    operand, name = field(node, "operand"), text_of(field(node, "field"))
    line = _line(field(node, "field") or node)
    owner = _kind(operand, scope)
    if owner is not None:
        package, kind = owner
        told: Type = package.types[kind]
        members = told.fields.keys() | told.methods.keys()
        if (scope.is_whole or package is not scope.own) and not told.is_open and name not in members | added:
            said = f"`{package.name}.{kind}` has no `{name}`{nodes.near(name, members)}"
            yield Finding(line, "attribute", said, package.name)
    elif (found := scope.known.get(text_of(operand))) is not None and name not in found.names | added:
        yield Finding(line, "attribute", f"`{found.name}` has no `{name}`{nodes.near(name, found.names)}", found.name)


def _arguments(node: Node, scope: Scope) -> Iterator[Finding]:
    listed, called = field(node, "arguments"), _called(node, scope)
    if listed is None or called is None or (called[0] is scope.own and not scope.is_whole):
        return
    given = [one for one in listed.named_children if one.type != "comment"]
    is_spread = text_of(listed).rstrip(") ,\n\t").endswith("...") or (
        len(given) == 1 and given[0].type == "call_expression"
    )
    told = called[1]
    if not is_spread and (len(given) < told.least or (len(given) > told.least and not told.is_variadic)):
        wanted = f"{told.least} or more" if told.is_variadic else str(told.least)
        said = (
            f"`{text_of(field(node, 'function'))}` takes {wanted} argument{'s' * (told.least != 1)}, not {len(given)}"
        )
        yield Finding(_line(node), "argument", said)
