"""What a Rust block takes from the standard library, and whether it is there: modules, functions, types, what belongs to a type,
methods.

`rust_names.json` holds the names of https://doc.rust-lang.org/nightly/std/ (1.97), those that are not stable yet included. Types are
inferred nowhere: a method is missing only where its word is that of no method of the library, and nothing else can have brought it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tree_sitter import Node

from bot.capabilities.checks.verdicts import Finding
from storage.checks.formats import nodes
from storage.checks.syntax import field, parsed, text_of, walk

LIBRARY = "std"
OWN_ROOTS = frozenset(["crate", "self", "super"])
PRELUDE = {
    "Vec": "std::vec::Vec", "String": "std::string::String", "Option": "std::option::Option", "Result": "std::result::Result",
    "Box": "std::boxed::Box",
}  # fmt: skip
PRELUDE_TYPES = frozenset(
    """
    Vec String Option Result Box Self Some None Ok Err Send Sized Sync Unpin Copy Drop Fn FnMut FnOnce AsyncFn AsyncFnMut AsyncFnOnce
    ToOwned Clone PartialEq PartialOrd Eq Ord AsRef AsMut Into From Default Iterator Extend IntoIterator DoubleEndedIterator
    ExactSizeIterator ToString TryFrom TryInto FromIterator Future IntoFuture Debug Hash
    """.split()
)
BINARY = frozenset(["+", "-", "*", "/", "%", "<", ">", "<=", ">=", "==", "!="])
PLAIN = re.compile(
    r"#\[\s*(?:derive|test|cfg|allow|warn|deny|must_use|inline|rustfmt|should_panic|ignore|doc|expect|default|non_exhaustive|repr)\b"
)
"""Attributes that give nothing a method that it did not have."""

PATHS = ("scoped_identifier", "scoped_type_identifier")


@dataclass(frozen=True, slots=True)
class Library:
    modules: Mapping[str, frozenset[str]]
    types: Mapping[str, frozenset[str]]
    methods: frozenset[str]


@cache
def _library() -> Library:
    told = json.loads(Path(__file__).with_name("rust_names.json").read_text())
    common = frozenset(told["common"].split())
    types = {name: frozenset(words.split()) | common for name, words in told["types"].items()}
    methods = frozenset(told["methods"].split()).union(*types.values())
    return Library({name: frozenset(words.split()) for name, words in told["modules"].items()}, types, methods)


def findings(code: str) -> list[Finding]:
    root = parsed("rust", code)
    if root.has_error:
        return []
    imports = dict(bindings(root))
    made = _made(root)
    is_closed = _is_closed(root, imports, made)
    found = [*_missing(root, imports, made, is_closed)]
    if is_closed:
        found += [*_methods(root, made), *_values(root, code)]
    return list({(one.line, one.message): one for one in found}.values())


def _line(node: Node) -> int:
    return int(node.start_point[0]) + 1


def bindings(root: Node) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What each `use` binds: the name, and the path that it is."""
    for node in walk(root):
        if node.type == "use_declaration" and not _is_within(node):
            for name, path, _ in _used(field(node, "argument"), ()):
                yield name, path


def _used(node: Node | None, before: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...], Node]]:
    if node is None:
        return
    match node.type:
        case "scoped_use_list":
            path = field(node, "path")
            head = (*before, *_segments(path))
            listed = field(node, "list")
            for one in listed.named_children if listed is not None else ():
                yield from _used(one, head)
        case "use_list":
            for one in node.named_children:
                yield from _used(one, before)
        case "use_as_clause":
            yield text_of(field(node, "alias")), (*before, *_segments(field(node, "path"))), node
        case "use_wildcard":
            yield "*", (*before, *_segments(node.named_children[0] if node.named_children else None)), node
        case "self":
            yield before[-1] if before else "self", before, node
        case _:
            found = (*before, *_segments(node))
            yield found[-1] if found else "", found, node


def _segments(node: Node | None) -> tuple[str, ...]:
    """Of a path, without the types in angle brackets; none of one that begins with a type (`<T as A>::b`)."""
    text = re.sub(r"::<.*", "", text_of(node).replace(" ", "").replace("\n", ""))
    text = re.sub(r"<.*>", "", text)
    found = tuple(one for one in text.split("::") if one)
    return found if all(re.fullmatch(r"(?:r#)?\w+", one) for one in found) else ()


def _made(root: Node) -> frozenset[str]:
    """Names that the block itself gives to something."""
    kinds = (
        "function_item", "function_signature_item", "struct_item", "enum_item", "trait_item", "type_item", "mod_item", "const_item",
        "static_item", "union_item", "enum_variant", "field_declaration", "macro_definition", "associated_type", "type_parameter",
    )  # fmt: skip
    return frozenset(text_of(field(node, "name")) for node in walk(root) if node.type in kinds)


def _is_closed(root: Node, imports: Mapping[str, tuple[str, ...]], made: frozenset[str]) -> bool:
    """All that it uses is the standard library's or its own, so no other crate can have given a type more methods."""
    if any(path[:1] != (LIBRARY,) for path in imports.values()):
        return False
    if any(_gives(node) or _is_of_others(node, made | imports.keys()) for node in walk(root)):
        return False
    bound = frozenset(text_of(node) for node in walk(root) if node.type == "type_identifier" and _is_parameter(node))
    known = made | imports.keys() | PRELUDE_TYPES | bound
    names = {text_of(node) for node in walk(root) if node.type == "type_identifier" and not _is_inner(node)}
    return names <= known and any(node.type == "function_item" for node in root.named_children)


def _is_of_others(node: Node, known: frozenset[str]) -> bool:
    """A path or a call that begins with a name which nothing in the block defines."""
    first = field(node, "path" if node.type == "scoped_identifier" else "function")
    if node.type not in ("scoped_identifier", "call_expression") or first is None or first.type != "identifier":
        return False
    name = text_of(first)
    return name[:1].islower() and name not in known | OWN_ROOTS | PRIMITIVE | {LIBRARY, "core", "alloc", "drop"}


PRIMITIVE = frozenset("bool char str i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize f32 f64".split())


def _gives(node: Node) -> bool:
    """A macro, or an attribute of somebody's own, may make what stands nowhere."""
    return node.type == "macro_definition" or (node.type == "attribute_item" and not PLAIN.match(text_of(node)))


def _is_within(node: Node) -> bool:
    """A `use super::...` in a module of the block leads into the block."""
    above = node.parent
    return (
        text_of(field(node, "argument")).startswith("super::")
        and above is not None
        and above.type == "declaration_list"
    )


def _is_parameter(node: Node) -> bool:
    above = node.parent
    return above is not None and above.type in ("type_parameters", "type_parameter", "constrained_type_parameter")


def _is_inner(node: Node) -> bool:
    """The end of a longer path, which is looked at as a whole."""
    above = node.parent
    return above is not None and above.type in (*PATHS, "type_binding")


def _missing(
    root: Node, imports: Mapping[str, tuple[str, ...]], made: frozenset[str], is_closed: bool
) -> Iterator[Finding]:
    paths = [
        (path, _line(node))
        for use in walk(root)
        if use.type == "use_declaration"
        for _, path, node in _used(field(use, "argument"), ())
    ]
    for node in walk(root):
        if (
            node.type in PATHS
            and node.parent is not None
            and node.parent.type not in (*PATHS, "use_as_clause", "generic_type")
        ):
            if _is_in_use(node) or not (segments := _segments(node)):
                continue
            head = imports.get(segments[0]) or ((PRELUDE[segments[0]],) if segments[0] in PRELUDE else None)
            if head is not None and segments[0] not in made:
                paths.append((tuple("::".join((*head, *segments[1:])).split("::")), _line(node)))
            elif segments[0] == LIBRARY:
                paths.append((segments, _line(node)))
    for path, line in paths:
        if path[:1] == (LIBRARY,) and (said := _absent(path, made, is_closed)):
            yield Finding(line, "attribute", said, LIBRARY)


def _is_in_use(node: Node) -> bool:
    above = node.parent
    while above is not None and above.type.startswith(("use_", "scoped_")):
        if above.type == "use_declaration":
            return True
        above = above.parent
    return False


def _absent(path: tuple[str, ...], made: frozenset[str], is_closed: bool) -> str:
    """Of a type only what no method of the library is called, unless nothing else can have given it one."""
    library = _library()
    where = LIBRARY
    for word in path[1:]:
        known = library.types.get(where)
        if known is not None:
            if word in known or word in made or not is_closed:
                return ""
            return f"`{where}` has no `{word}`{nodes.near(word, known)}"
        names = library.modules.get(where)
        if names is None:
            return ""
        below = f"{where}::{word}"
        if word not in names and below not in library.modules and below not in library.types:
            return f"`{where}` has no `{word}`{nodes.near(word, names)}"
        where = below
    return ""


def _methods(root: Node, made: frozenset[str]) -> Iterator[Finding]:
    library = _library()
    for node in walk(root):
        function = field(node, "function") if node.type == "call_expression" else None
        if function is not None and function.type == "generic_function":
            function = field(function, "function")
        if function is None or function.type != "field_expression":
            continue
        name = text_of(field(function, "field"))
        if re.fullmatch(r"[a-z]\w*", name) and name not in library.methods | made:
            said = f"nothing of the standard library has a method `{name}`{nodes.near(name, library.methods)}"
            yield Finding(_line(field(function, "field") or node), "attribute", said, LIBRARY)


def _values(root: Node, code: str) -> Iterator[Finding]:
    """A word in a sum or a comparison that is bound nowhere: neither a parameter, nor a `let`, nor a pattern."""
    counts: dict[str, int] = {}
    for word in re.findall(r"\b[a-z_]\w*\b", re.sub(r"//.*|\"(?:\\.|[^\"\\])*\"", "", code)):
        counts[word] = counts.get(word, 0) + 1
    for node in walk(root):
        if node.type != "binary_expression" or text_of(field(node, "operator")) not in BINARY:
            continue
        for side in ("left", "right"):
            one = field(node, side)
            if (
                one is not None
                and one.type == "identifier"
                and text_of(one).islower()
                and counts.get(text_of(one)) == 1
            ):
                yield Finding(_line(one), "name", f"`{text_of(one)}` is defined nowhere")
