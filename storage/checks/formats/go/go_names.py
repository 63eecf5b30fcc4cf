"""What Go's compiler refuses and a syntax tree shows: imports that nobody uses, packages that nobody imports, names that a package of
the standard library does not have, or not in the team's Go.

`go_names.json` has the exported names of the standard library with the version that brought them, as Go's own `api` folder says
(https://go.dev/src/cmd/api), and of its types the methods and fields since Go 1.17 (`go_calls` asks for them).
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
from storage.checks.syntax import parsed, text_of, walk

OWN = (
    "parameter_declaration",
    "variadic_parameter_declaration",
    "var_spec",
    "const_spec",
    "type_spec",
    "function_declaration",
    "type_parameter_declaration",
)
LISTED = ("short_var_declaration", "range_clause", "receive_statement", "type_switch_statement", "assignment_statement")


@dataclass(frozen=True, slots=True)
class Import:
    path: str
    alias: str
    line: int

    @property
    def name(self) -> str:
        """By which the code calls it, "" where that cannot be told from the path."""
        if self.alias:
            return self.alias
        last = self.path.rpartition("/")[2]
        if re.fullmatch(r"v\d+", last):
            last = self.path.rpartition("/")[0].rpartition("/")[2]
        return last if re.fullmatch(r"\w+", last) else ""


@cache
def _standard() -> Mapping[str, Mapping[str, int]]:
    """By package its names, each with the minor version of Go 1 that brought it, 0 for the first."""
    told = json.loads(Path(__file__).with_name("go_names.json").read_text())
    return {
        package: {one.partition(":")[0]: int(one.partition(":")[2] or 0) for one in names.split()}
        for package, names in told["packages"].items()
    }


@cache
def _others() -> frozenset[str]:
    """Packages whose names are not kept."""
    return frozenset(json.loads(Path(__file__).with_name("go_names.json").read_text())["others"].split())


@cache
def known_to() -> int:
    """The newest version of Go that the table knows."""
    return int(json.loads(Path(__file__).with_name("go_names.json").read_text())["version"])


def imports(root: Node) -> list[Import]:
    found = []
    for node in walk(root):
        if node.type == "import_spec":
            path, name = node.child_by_field_name("path"), node.child_by_field_name("name")
            found.append(Import(text_of(path).strip('"`'), text_of(name), int(node.start_point[0]) + 1))
    return found


def findings(code: str, team_s: int, *, is_whole: bool) -> Iterator[Finding]:
    """`team_s` is the minor version of Go 1 in go.mod, 0 for none. `is_whole`: nothing is left out."""
    root = parsed("go", code)
    if root.has_error:
        root = parsed("go", f"package any\n{code}" if "package " not in code else code)
        shift = 0 if "package " in code else 1
    else:
        shift = 0
    asked = imports(root)
    declared = set(_declared(root))
    used = [(name, member, line - shift) for name, member, line in _used(root)]
    names = {name for name, _, _ in used}
    standard = _standard()
    kinds = {node.type for node in root.named_children}
    has_package = "package_clause" in kinds and not kinds <= {"package_clause", "import_declaration", "comment"}
    for one in asked:
        line = one.line - shift
        if "." not in one.path.partition("/")[0] and one.path not in {*standard, *_others()} and _is_slip(one.path):
            said = f"Go has no package `{one.path}`{nodes.near(one.path, standard)}"
            yield Finding(line, "package", said, one.path)
        elif team_s and (first := min(standard.get(one.path, {}).values(), default=0)) > team_s:
            said = f"`{one.path}` came with Go 1.{first}; your go.mod says 1.{team_s}"
            yield Finding(line, "package", said, one.path)
        elif is_whole and has_package and one.path in standard and one.name not in ("_", ".") and one.name not in names:
            yield Finding(line, "import", f"`{one.path}` is imported and not used: Go does not compile that", one.path)
    if asked and is_whole and has_package:
        yield from _left_out(used, declared, {one.name for one in asked}, standard)
    by_name = {one.name: one.path for one in asked if one.name and one.path in standard}
    if not asked:
        by_name = {path.rpartition("/")[2]: path for path in USUAL}
    told: set[tuple[str, str]] = set()
    for name, member, line in used:
        path = by_name.get(name, "")
        if not path or name in declared or (path, member) in told:
            continue
        told.add((path, member))
        yield from _member(path, name, member, line, team_s)


USUAL = tuple(
    """
    fmt strings strconv errors os context sort time net/http encoding/json path/filepath slices maps
    """.split()
)
"""What an excerpt without imports means by its name."""


def _is_slip(path: str) -> bool:
    """It reads as one of the standard library's, and not as one of its inner ones, or of a module with a short name."""
    parts = path.split("/")
    return (
        bool(re.fullmatch(r"[a-z0-9]+(?:/[a-z0-9]+)*", path))
        and "internal" not in parts
        and parts[0] not in ("cmd", "vendor", "runtime")
        and (len(parts) == 1 or parts[0] in {one.partition("/")[0] for one in _standard()})
    )


def _left_out(
    used: list[tuple[str, str, int]], declared: set[str], imported: set[str], standard: Mapping[str, Mapping[str, int]]
) -> Iterator[Finding]:
    if "" in imported or "." in imported:
        return  # one of them is called otherwise than its path ends
    seen: set[str] = set()
    for name, member, line in used:
        homes = [path for path in standard if path.rpartition("/")[2] == name and member in standard[path]]
        if homes and name not in declared and name not in imported and name not in seen:
            seen.add(name)
            yield Finding(line, "import", f'`{name}` is used, and not imported: `import "{homes[0]}"`', homes[0])


def _member(path: str, name: str, member: str, line: int, team_s: int) -> Iterator[Finding]:
    names = _standard()[path]
    if member in names:
        if team_s and names[member] > team_s:
            said = f"`{name}.{member}` came with Go 1.{names[member]}; your go.mod says 1.{team_s}"
            yield Finding(line, "attribute", said, path, f"1.{team_s}")
        return
    if not member[:1].isupper() or team_s > known_to():
        return
    yield Finding(line, "attribute", f"Go's `{path}` has no `{member}`{nodes.near(member, names)}", path)


def _used(root: Node) -> Iterator[tuple[str, str, int]]:
    """`package.Name`, with its line."""
    for node in walk(root):
        if node.type == "selector_expression":
            operand, member = node.child_by_field_name("operand"), node.child_by_field_name("field")
        elif node.type == "qualified_type":
            operand, member = node.child_by_field_name("package"), node.child_by_field_name("name")
        else:
            continue
        if operand is not None and member is not None and operand.type in ("identifier", "package_identifier"):
            yield text_of(operand), text_of(member), int(node.start_point[0]) + 1


def _declared(root: Node) -> Iterator[str]:
    for node in walk(root):
        if node.type in OWN:
            for one in node.children_by_field_name("name"):
                yield text_of(one)
        elif node.type in LISTED:
            left = node.child_by_field_name("left") or node.child_by_field_name("alias")
            for one in left.named_children if left is not None else ():
                yield text_of(one)
