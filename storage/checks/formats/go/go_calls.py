"""What a Go block asks of packages whose declarations are at hand (the standard library's, the team's own, those in `vendor` or in
Go's module cache): names and members that they do not have, fields of literals, how many arguments a call takes and how many values
it gives, methods that an interface wants.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tree_sitter import Node

from bot.capabilities.checks.verdicts import Finding
from storage.checks.formats import nodes
from storage.checks.formats.go import go_iterators, go_packages, go_standard, go_versions
from storage.checks.formats.go.go_packages import BASIC, FUNCTION, Call, Package, Type, call
from storage.checks.formats.go.go_types import DECLARING, Scope, Typed, declared, fill
from storage.checks.syntax import field, parsed, text_of, walk

DECLARED = re.compile(r"\b(?:func|type|var|const)\s+(\w+)")
METHOD = re.compile(r"\bfunc\s*\([^)]*\)\s*(\w+)")
NUMBERS = frozenset(
    "int int8 int16 int32 int64 uint uint8 uint16 uint32 uint64 float32 float64 byte rune uintptr time.Duration Duration".split()
)
LITERALS = {
    "interpreted_string_literal": "string",
    "raw_string_literal": "string",
    "int_literal": "int",
    "float_literal": "float",
}


@dataclass(frozen=True, slots=True)
class Ground:
    """The repository, its modules with their folders, versions of others by their modules, the folder that the block stands in, and
    the minor version of Go 1 in go.mod (0 for none)."""

    tree: Path | None
    own: Mapping[str, Path]
    versions: Mapping[str, str]
    folder: Path | None = None
    minor: int = 0


@dataclass(frozen=True, slots=True)
class Around:
    """`added` are names that other blocks of the answer declare; `is_whole`: all of the block's own package is known; `is_alone`: the
    block is all of it; `minor`: see `Ground`."""

    added: frozenset[str]
    is_whole: bool
    is_alone: bool
    minor: int = 0


def findings(code: str, beside: Sequence[str], ground: Ground) -> tuple[list[Finding], set[str]]:
    """And the imports that were looked at."""
    root = parsed("go", code)
    if root.has_error:
        return [], set()

    def reach(path: str) -> Package | None:
        return _package(path, ground)

    known: dict[str, Package] = {}
    seen: set[str] = set()
    for alias, path in _imports(root):
        package = reach(path)
        if package is not None and not package.is_open:
            known[alias or package.name] = package
            seen.add(path)
    added = {name for text in (code, *beside) for name in METHOD.findall(text)}
    added |= {name for text in beside for name in DECLARED.findall(text)}
    if re.search(r"^package \w+_test\b", code, re.MULTILINE) and ground.tree is not None:
        added |= {name for path in seen for name in _of_tests(path, ground)}
    own, is_whole = Package(), False
    if ground.folder is not None:
        around = go_packages.read(ground.folder)
        own.types.update(around.types)
        own.functions.update(around.functions)
        is_whole = not around.is_open
    is_alone = ground.folder is None and not _is_there(code, ground.tree)
    go_packages.declare(root, own)
    go_packages.join(own)
    found = [*go_versions.declarations(root, ground.minor)]
    made = added | {*own.functions, *own.types} | (set() if ground.folder is not None else {*go_versions.BUILTINS})
    for node in root.named_children:
        if node.type in ("function_declaration", "method_declaration"):
            scope = _scope(node, Scope(own, known, reach))
            found += go_versions.findings(node, scope, ground.minor, frozenset(made))
            found += _of_function(node, scope, Around(frozenset(added), is_whole, is_alone, ground.minor))
    return list({(one.line, one.message): one for one in found}.values()), seen


def _of_tests(path: str, ground: Ground) -> Iterator[str]:
    """What a package's tests declare in it, for the tests beside it (`export_test.go`)."""
    folder = go_packages.folder_of(path, ground.tree, ground.own, ground.versions) if ground.tree is not None else None
    for one in sorted(folder.glob("*_test.go"))[:60] if folder is not None else ():
        text = one.read_text("utf-8", "replace")[:200_000]
        yield from (*DECLARED.findall(text), *METHOD.findall(text))


def _is_there(code: str, tree: Path | None) -> bool:
    """Whether the repository has a folder of the block's package: more of it may stand there."""
    name = re.search(r"^package (\w+)", code, re.MULTILINE)
    return tree is not None and name is not None and any(one.is_dir() for one in tree.rglob(name[1]))


def _package(path: str, ground: Ground) -> Package | None:
    standard = go_standard.package(path)
    if standard is not None:
        return standard
    folder = go_packages.folder_of(path, ground.tree, ground.own, ground.versions) if ground.tree is not None else None
    return go_packages.read(folder) if folder is not None else None


def _imports(root: Node) -> Iterator[tuple[str, str]]:
    for node in walk(root):
        if node.type == "import_spec":
            alias = text_of(field(node, "name"))
            if alias not in ("_", "."):
                yield alias, text_of(field(node, "path")).strip('"`')


def _line(node: Node) -> int:
    return int(node.start_point[0]) + 1


def _scope(function: Node, around: Scope) -> Scope:
    """Names that the function gives to something else do not mean a package in it."""
    shadowed = {text_of(one) for node in walk(function) if node.type in DECLARING for one in declared(node)}
    scope = Scope(around.own, {name: one for name, one in around.known.items() if name not in shadowed}, around.reach)
    fill(function, scope)
    return scope


def _of_function(function: Node, scope: Scope, around: Around) -> Iterator[Finding]:
    results = go_packages.call(function).results
    yield from go_iterators.findings(function, results, scope)
    for node in walk(function):
        match node.type:
            case "selector_expression":
                yield from _selector(node, scope, around)
            case "qualified_type":
                name, word = text_of(field(node, "package")), text_of(field(node, "name"))
                if name in scope.known and word not in scope.known[name].names | around.added:
                    yield _no_name(_line(node), name, word, scope.known[name])
            case "call_expression":
                yield from _arguments(node, scope, around)
            case "composite_literal":
                yield from _fields(node, scope, around)
            case "short_var_declaration" | "assignment_statement":
                yield from _values(node, scope)
            case "return_statement" if not go_iterators.is_inner(node, function):
                yield from _returned(node, results, scope, around)


def _no_name(line: int, called: str, word: str, package: Package) -> Finding:
    return Finding(line, "attribute", f"`{called}` has no `{word}`{nodes.near(word, package.names)}", package.name)


def _is_seen(package: Package, told: Type, scope: Scope, around: Around) -> bool:
    """Whether nothing else can have given the type anything."""
    return not told.is_open and (around.is_whole or package is not scope.own)


def _selector(node: Node, scope: Scope, around: Around) -> Iterator[Finding]:
    operand, name = field(node, "operand"), text_of(field(node, "field"))
    line = _line(field(node, "field") or node)
    owner = scope.named(scope.kind(operand))
    if owner is not None:
        home, kind, told = owner
        members = told.fields.keys() | told.methods.keys()
        if _is_seen(home, told, scope, around) and name not in members | around.added:
            called = f"{home.name}.{kind}" if home.name else kind
            yield Finding(line, "attribute", f"`{called}` has no `{name}`{nodes.near(name, members)}", home.name)
        elif too_new := _too_new(home, kind, name, around.minor):
            yield Finding(line, "attribute", too_new, home.path, f"1.{around.minor}")
        return
    package = scope.known.get(text_of(operand)) if operand is not None and operand.type == "identifier" else None
    if package is not None and name not in package.names | around.added:
        yield _no_name(line, package.name, name, package)


def _too_new(home: Package, kind: str, member: str, minor: int) -> str:
    """Whether a member of the standard library is not in the team's Go yet; "" for one that is."""
    first = go_standard.since(home.path, kind, member) if home.path and minor else 0
    return f"`{home.name}.{kind}.{member}` came with Go 1.{first}; your go.mod says 1.{minor}" if first > minor else ""


def _fields(node: Node, scope: Scope, around: Around) -> Iterator[Finding]:
    """Of a literal with names: those that its type does not have."""
    owner = scope.named(scope.kind(node))
    body = field(node, "body")
    if owner is None or body is None or not owner[2].is_struct or not _is_seen(*owner[::2], scope, around):
        return
    package, kind, told = owner
    for one in body.named_children:
        key = field(one, "key") if one.type == "keyed_element" else None
        name = text_of(key)
        if not name.isidentifier():
            continue
        if name not in told.fields:
            called = f"{package.name}.{kind}" if package.name else kind
            said = f"`{called}` has no field `{name}`{nodes.near(name, told.fields)}"
            yield Finding(_line(one), "attribute", said, package.name)
        elif too_new := _too_new(package, kind, name, around.minor):
            yield Finding(_line(one), "attribute", too_new, package.path, f"1.{around.minor}")
        elif fault := _misfit(field(one, "value"), told.fields[name]):
            yield Finding(_line(one), "argument", f"`{name}` is {told.fields[name]}, and {fault}")


def _misfit(value: Node | None, wanted: str) -> str:
    """What is wrong with a literal where a plain type is wanted; "" for nothing."""
    if value is not None and value.type == "literal_element" and value.named_children:
        value = value.named_children[0]
    if value is not None and value.type == "func_literal" and wanted.startswith(FUNCTION):
        return _misshaped(call(value), wanted)
    kind = LITERALS.get(value.type, "") if value is not None else ""
    if kind == "string" and wanted in NUMBERS | {"bool", "error"}:
        return "a text stands there"
    if kind in ("int", "float") and wanted in ("string", "bool", "error", "[]byte", "[]string"):
        return "a number stands there"
    if value is not None and value.type == "nil" and wanted in NUMBERS | {"bool", "string"}:
        return "nil stands there"
    return ""


def _misshaped(given: Call, wanted: str) -> str:
    """A function that takes or gives another number of values, or another plain one."""
    _, count, told = wanted.split(":", 2)
    results = [one for one in told.split(";") if one]
    is_other = any(one != two and {one, two} <= BASIC for one, two in zip(results, given.results, strict=False))
    if str(given.least) != count:
        return f"the function there takes {given.least}"
    gives = ", ".join(given.results) or "nothing"
    return f"the function there gives {gives}" if is_other or len(results) != len(given.results) else ""


def _said(wanted: str) -> str:
    if not wanted.startswith(FUNCTION):
        return wanted
    _, count, told = wanted.split(":", 2)
    return f"a function that takes {count} and gives {told.replace(';', ', ') or 'nothing'}"


def _called_as(call: Node) -> str:
    return " ".join(text_of(field(call, "function")).split())[:80]


def _arguments(node: Node, scope: Scope, around: Around) -> Iterator[Finding]:
    listed, called = field(node, "arguments"), scope.called(node)
    if listed is None or called is None or (called[0] is scope.own and not _is_own_call(node, called[1], around)):
        return
    given = [one for one in listed.named_children if one.type != "comment"]
    is_spread = text_of(listed).rstrip(") ,\n\t").endswith("...") or (
        len(given) == 1 and given[0].type == "call_expression"
    )
    package, told = called
    if is_spread:
        return
    if len(given) < told.least or (len(given) > told.least and not told.is_variadic):
        wanted = f"{told.least} or more" if told.is_variadic else str(told.least)
        said = f"`{_called_as(node)}` takes {wanted} argument{'s' * (told.least != 1)}, not {len(given)}"
        yield Finding(_line(node), "argument", said)
        return
    for one, wanted in zip(given, told.parameters, strict=False):
        if fault := _misfit(one, wanted):
            yield Finding(_line(one), "argument", f"`{_called_as(node)}` takes {_said(wanted)} here, and {fault}")
        elif lacks := _lacks(one, Typed(package, wanted), scope, around):
            yield Finding(_line(one), "argument", lacks)


def _is_own_call(node: Node, told: Call, around: Around) -> bool:
    return around.is_whole or (text_of(field(node, "function")) not in around.added and told.is_seen)


def _values(node: Node, scope: Scope) -> Iterator[Finding]:
    """Names on the left of one call, held against how many values it gives."""
    left, right = field(node, "left"), field(node, "right")
    if left is None or right is None or len(right.named_children) != 1:
        return
    call = right.named_children[0]
    called = scope.called(call) if call.type == "call_expression" else None
    names = [one for one in left.named_children if one.type != "comment"]
    if called is None or called[0] is scope.own or text_of(node)[len(text_of(left)) :].lstrip()[:1] not in ":=":
        return
    count = len(called[1].results)
    if count != len(names):
        said = (
            f"`{_called_as(call)}` gives {count or 'no'} value{'s' * (count != 1)}, and {len(names)} stand on the left"
        )
        yield Finding(_line(node), "argument", said)


def _returned(node: Node, results: Sequence[str], scope: Scope, around: Around) -> Iterator[Finding]:
    listed = node.named_children[0] if node.named_children else None
    values = [one for one in listed.named_children if one.type != "comment"] if listed is not None else []
    if len(values) != len(results):
        return
    for one, wanted in zip(values, results, strict=True):
        if fault := _misfit(one, wanted):
            yield Finding(_line(one), "argument", f"the function gives {wanted} here, and {fault}")
        elif lacks := _lacks(one, Typed(scope.own, wanted), scope, around):
            yield Finding(_line(one), "argument", lacks)


def _lacks(value: Node, wanted: Typed, scope: Scope, around: Around) -> str:
    """What a value lacks to be the interface that is wanted; "" for nothing, or where that cannot be told."""
    interface = scope.named(wanted)
    if interface is None or not interface[2].is_interface or interface[2].is_open:
        return ""
    has = scope.kind(value)
    owner = scope.named(has)
    if owner is None or has is None or owner[2].is_open or owner[2] is interface[2]:
        return ""
    if owner[0] is scope.own and (owner[1] in around.added or not _is_shown(owner[1], around, scope)):
        return ""
    missing = sorted(interface[2].methods.keys() - owner[2].methods.keys() - (around.added - owner[2].methods.keys()))
    missing = [one for one in missing if one not in around.added or one in owner[2].methods]
    if not missing:
        return ""
    return f"`{has.text}` has no {', '.join(f'`{one}`' for one in missing[:3])}, and so is no `{wanted.text}`"


def _is_shown(name: str, around: Around, scope: Scope) -> bool:
    """Whether all methods of an own type can be seen: the block has some of them, or the package is known whole."""
    told = scope.own.types.get(name)
    return around.is_whole or (around.is_alone and told is not None and bool(told.methods))
