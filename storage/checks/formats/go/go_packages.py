"""What Go packages declare, by their sources: the team's own, those in `vendor`, and those in Go's module cache. Nothing is
compiled.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from tree_sitter import Node

from storage.checks.syntax import field as part
from storage.checks.syntax import parsed, text_of, walk

MOST_FILES, MOST_BYTES = 400, 8_000_000
GENERATED = re.compile(r"^//go:generate|^import \"C\"", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Call:
    """`results` and `parameters` are types as they are written; of what varies in number only those before it."""

    least: int
    is_variadic: bool
    results: tuple[str, ...]
    parameters: tuple[str, ...] = ()
    is_seen: bool = True


@dataclass(slots=True)
class Type:
    """`is_open`: it takes more in from what could not be read."""

    fields: dict[str, str] = field(default_factory=dict)
    """With their types, as they are written."""
    methods: dict[str, Call] = field(default_factory=dict)
    embedded: list[str] = field(default_factory=list)
    is_open: bool = False
    is_struct: bool = False
    is_interface: bool = False
    is_declared: bool = True


@dataclass(slots=True)
class Package:
    name: str = ""
    names: set[str] = field(default_factory=set)
    functions: dict[str, Call] = field(default_factory=dict)
    types: dict[str, Type] = field(default_factory=dict)
    imports: dict[str, str] = field(default_factory=dict)
    """Paths by the names that its files call them."""
    is_open: bool = False
    """Programs make more of it."""
    path: str = ""
    """Of one of the standard library's."""


def folder_of(path: str, tree: Path, own: Mapping[str, Path], versions: Mapping[str, str]) -> Path | None:
    """Where the package of an import lies; `own` are the repository's modules with their folders."""
    for module, where in own.items():
        if path == module or path.startswith(f"{module}/"):
            return _inside(where, path[len(module) + 1 :])
    module = max((one for one in versions if path == one or path.startswith(f"{one}/")), key=len, default="")
    if not module:
        return None
    vendored = _inside(tree / "vendor", path)
    if vendored is not None:
        return vendored
    cache = os.environ.get("GOMODCACHE") or str(Path(os.environ.get("GOPATH") or Path.home() / "go") / "pkg" / "mod")
    escaped = re.sub(r"[A-Z]", lambda letter: f"!{letter[0].lower()}", module)
    if not re.fullmatch(r"[\w.+-]+", versions[module]):
        return None
    return _inside(Path(cache) / f"{escaped}@{versions[module]}", path[len(module) + 1 :])


def _inside(root: Path, path: str) -> Path | None:
    found = root / path
    return found if ".." not in path.split("/") and found.is_dir() else None


def read(folder: Path) -> Package:
    return _read(str(folder), folder.stat().st_mtime)


@lru_cache(maxsize=60)
def _read(folder: str, stamp: float) -> Package:
    found = Package()
    left = MOST_BYTES
    files = [
        one for one in sorted(Path(folder).glob("*.go")) if not one.name.endswith("_test.go") and not one.is_symlink()
    ]
    found.is_open = len(files) > MOST_FILES or not files
    for path in files[:MOST_FILES]:
        text = path.read_bytes()[: max(0, left)].decode("utf-8", "replace")
        left -= len(text)
        found.is_open = found.is_open or left <= 0 or bool(GENERATED.search(text))
        declare(parsed("go", text), found)
    join(found)
    return found


def join(found: Package) -> None:
    """Gives each type what it takes in from others of the package."""
    for one in found.types.values():
        one.is_open = one.is_open or not one.is_declared  # in a file that is not read: a test's, a generated one
        _embed(one, found, 0)


def declare(root: Node, found: Package) -> None:
    for node in root.named_children:
        match node.type:
            case "package_clause":
                found.name = text_of(node).split()[-1]
            case "import_declaration":
                found.imports |= dict(_imported(node))
            case "function_declaration":
                name = text_of(part(node, "name"))
                found.names.add(name)
                found.functions[name] = call(node)
            case "method_declaration":
                receiver = re.search(r"\*?\s*(\w+)\s*(?:\[[^\]]*\])?\s*\)$", text_of(part(node, "receiver")))
                if receiver:
                    found.types.setdefault(receiver[1], Type(is_declared=False)).methods[
                        text_of(part(node, "name"))
                    ] = call(node)
            case "type_declaration":
                for one in node.named_children:
                    _type(one, found)
            case "var_declaration" | "const_declaration":
                found.names |= set(
                    re.findall(r"(?:^|[\s,(])(\w+)(?=\s*(?:,|=|$|[\w*\[.(\s]))", text_of(node), re.MULTILINE)
                )


def _imported(node: Node) -> Iterator[tuple[str, str]]:
    for one in walk(node):
        if one.type == "import_spec":
            path = text_of(part(one, "path")).strip('"`')
            last = re.sub(r"/v\d+$", "", path).rpartition("/")[2]
            yield text_of(part(one, "name")) or last, path


def _type(node: Node, found: Package) -> None:
    name, told = text_of(part(node, "name")), part(node, "type")
    if not name:
        return
    found.names.add(name)
    one = found.types.setdefault(name, Type())
    one.is_declared = True
    if told is None or node.type == "type_alias":
        one.is_open = True
    elif told.type == "struct_type":
        one.is_struct = True
        for inner in (each for listed in told.named_children for each in listed.named_children):
            names = [text_of(each) for each in inner.children_by_field_name("name")]
            one.fields |= dict.fromkeys(names, text_of(part(inner, "type")))
            if inner.type == "field_declaration" and not names:
                one.embedded.append(text_of(part(inner, "type")).lstrip("*"))
    elif told.type == "interface_type":
        one.is_interface = True
        for inner in told.named_children:
            if inner.type == "method_elem":
                one.methods[text_of(part(inner, "name"))] = call(inner)
            elif inner.type == "type_elem":
                one.embedded.append(text_of(inner))
    elif told.type in ("type_identifier", "qualified_type", "pointer_type", "generic_type"):
        one.is_open = told.type != "type_identifier" or text_of(told) not in BASIC


FUNCTION = "func:"
BASIC = frozenset(
    "string bool byte rune int int8 int16 int32 int64 uint uint8 uint16 uint32 uint64 float32 float64".split()
)


def call(node: Node) -> Call:
    """Of a function, a method, or one of an interface."""
    parameters: list[str] = []
    is_variadic = False
    listed = part(node, "parameters")
    for one in listed.named_children if listed is not None else ():
        if one.type == "variadic_parameter_declaration":
            is_variadic = True
        elif one.type == "parameter_declaration":
            parameters += [_taken(part(one, "type"))] * max(1, len(one.children_by_field_name("name")))
    least, takes = len(parameters), tuple(parameters)
    result = part(node, "result")
    if result is None:
        return Call(least, is_variadic, (), takes)
    if result.type != "parameter_list":
        return Call(least, is_variadic, (text_of(result),), takes)
    results: list[str] = []
    for one in result.named_children:
        results += [text_of(part(one, "type"))] * max(1, len(one.children_by_field_name("name")))
    return Call(least, is_variadic, tuple(results), takes)


def _taken(told: Node | None) -> str:
    """The type of a parameter; of a function how many values it takes, and what it gives: `func:2:int`."""
    if told is None or told.type != "function_type":
        return text_of(told)
    shape = call(told)
    return f"{FUNCTION}{shape.least}:{';'.join(shape.results)}" if not shape.is_variadic else "?"


def _embed(one: Type, found: Package, depth: int) -> None:
    """What it takes in from types of the same package; of another's nothing is known here."""
    for name in one.embedded:
        bare = re.sub(r"\[.*", "", name, flags=re.DOTALL)
        inner = found.types.get(bare)
        if inner is None or inner is one or depth > 5:
            one.is_open = True
            continue
        _embed(inner, found, depth + 1)
        one.fields = {**inner.fields, bare: name, **one.fields}
        one.methods = {**inner.methods, **one.methods}
        one.is_open = one.is_open or inner.is_open
