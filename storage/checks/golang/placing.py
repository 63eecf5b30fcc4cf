"""Where a block stands among the team's packages: as a file, as declarations, or as statements of a function, with imports that it
leaves to the reader.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from tree_sitter import Node

from storage.checks.syntax import field, parsed, text_of, walk

DECLARATIONS = frozenset(
    [
        "function_declaration",
        "method_declaration",
        "type_declaration",
        "const_declaration",
        "var_declaration",
        "import_declaration",
        "comment",
    ]
)
LEFT_OUT = re.compile(r"(?<![\w.)\]>])\.\.\.(?![\w.\]*\[(])|…|\{\{")
BOUND = (
    "parameter_declaration", "variadic_parameter_declaration", "var_spec", "const_spec", "type_spec", "type_alias",
    "function_declaration", "type_parameter_declaration", "field_declaration", "method_declaration",
)  # fmt: skip
LISTED = ("short_var_declaration", "range_clause", "receive_statement", "type_switch_statement")
EMBED = re.compile(r"^//go:embed[ \t]+(.+)$", re.MULTILINE)
MOST_FILES, MOST_BYTES = 3_000, 400_000
USUAL = {
    "rand": "math/rand",
    "template": "html/template",
    "scanner": "text/scanner",
    "pprof": "runtime/pprof",
    "fs": "io/fs",
}
"""Of names that several packages of the standard library have."""


@dataclass(frozen=True, slots=True)
class Placed:
    """`text` is what the compiler reads, its lines those of the block. `folder` is that of the package, None for one by itself;
    `replaces` a file that the block is a new form of. `is_whole`: a file as it stands."""

    text: str
    package: str
    imports: tuple[str, ...]
    is_whole: bool
    folder: Path | None = None
    replaces: str = ""


@dataclass(frozen=True, slots=True)
class Module:
    """`folder` of its go.mod; `packages` folders by the name in their package clause; `names` import paths by what code calls them;
    `embedded` are files that its packages take in and that are not there: only source is exported."""

    folder: Path
    path: str
    minor: int
    packages: Mapping[str, tuple[str, ...]]
    names: Mapping[str, str]
    embedded: tuple[str, ...] = ()


def placed(code: str, path: str, module: Module | None, standard: Mapping[str, str]) -> Placed | None:
    """None for what is no Go as it stands, or only a part of something."""
    root = parsed("go", code)
    if root.has_error:
        return None
    kinds = {one.type for one in root.named_children}
    asked = tuple(_imports(root))
    if "package_clause" in kinds:
        name = text_of(next(one for one in root.named_children if one.type == "package_clause").named_children[0])
        folder, replaces = _folder(name, path, module, root)
        return Placed(code, name, asked, not LEFT_OUT.search(code), folder, replaces)
    if kinds and kinds <= DECLARATIONS:
        before, after = "", ""
    elif kinds & {"function_declaration", "method_declaration", "import_declaration"} or not kinds:
        return None
    else:
        before, after = "func _() { ", "\n}"
    taken = () if asked else tuple(_wanted(root, module, standard))
    name = "plumblineblock"
    folder, replaces = _folder("", path, module, root)
    if folder is not None and module is not None:
        name = next((one for one, folders in module.packages.items() if str(folder) in folders), name)
    head = f"package {name}; " + "".join(f'import {alias} "{one}"; ' for alias, one in taken)
    return Placed(f"{head}{before}{code}{after}", name, asked or tuple(one for _, one in taken), False, folder, "")


def _folder(name: str, path: str, module: Module | None, root: Node) -> tuple[Path | None, str]:
    """Of the package that a block belongs to, and the file that it stands for."""
    if module is None:
        return None, ""
    if path.endswith(".go") and not path.endswith("_test.go"):
        parts = path.lstrip("/").split("/")
        for start in range(len(parts)):
            own = module.folder.joinpath(*parts[start:])
            if own.is_file() or (own.parent.is_dir() and own.parent != module.folder and any(own.parent.glob("*.go"))):
                return own.parent, own.name if own.is_file() and name else ""
        return None, ""
    folders = module.packages.get(name, ()) if name not in ("", "main") else ()
    if len(folders) == 1:
        return Path(folders[0]), ""
    wanted = set(_bare(root)) - set(bound(root))
    known = [(len(wanted & _declared_in(one)), one) for one in folders]
    most = max(known, default=(0, ""))
    return (Path(most[1]), "") if most[0] else (None, "")


@lru_cache(maxsize=64)
def _declared_in(folder: str) -> frozenset[str]:
    found: set[str] = set()
    for path in sorted(Path(folder).glob("*.go"))[:60]:
        text = path.read_text("utf-8", "replace")[:MOST_BYTES]
        found |= set(re.findall(r"^(?:func|type|var|const)\s+(\w+)", text, re.MULTILINE))
    return frozenset(found)


def _imports(root: Node) -> Iterator[str]:
    for node in walk(root):
        if node.type == "import_spec":
            yield text_of(field(node, "path")).strip('"`')


def _wanted(root: Node, module: Module | None, standard: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Packages that a part of a file uses and leaves to the reader to import, each with the name that it has there."""
    taken = set(bound(root))
    seen: set[str] = set()
    for node in walk(root):
        operand = field(node, "operand" if node.type == "selector_expression" else "package")
        member = field(node, "field" if node.type == "selector_expression" else "name")
        if (
            node.type not in ("selector_expression", "qualified_type")
            or operand is None
            or not text_of(member)[:1].isupper()
        ):
            continue
        name = text_of(operand)
        if operand.type not in ("identifier", "package_identifier") or name in taken or name in seen:
            continue
        seen.add(name)
        path = (module.names.get(name) if module else None) or standard.get(name)
        if path:
            yield name, path


def bound(root: Node) -> Iterator[str]:
    """Names that the block itself declares."""
    for node in walk(root):
        if node.type in BOUND:
            for one in node.children_by_field_name("name"):
                yield text_of(one)
        elif node.type in LISTED:
            left = field(node, "left") or field(node, "alias")
            for one in left.named_children if left is not None else ():
                yield text_of(one)


def _bare(root: Node) -> Iterator[str]:
    for node in walk(root):
        if node.type in ("identifier", "type_identifier"):
            yield text_of(node)


@lru_cache(maxsize=2)
def standard_library(root: Path) -> Mapping[str, str]:
    """The paths of its packages by their last names."""
    found: dict[str, str] = {}
    source = root / "src"
    for folder in sorted(source.rglob("*")):
        parts = folder.relative_to(source).parts
        if (
            {"internal", "vendor", "testdata", "cmd", "builtin"} & set(parts)
            or not folder.is_dir()
            or parts[0].startswith("_")
        ):
            continue
        if any(folder.glob("*.go")):
            last = parts[-2] if re.fullmatch(r"v\d+", parts[-1]) else parts[-1]
            found.setdefault(last, "/".join(parts))
    return found | USUAL


def modules(tree: Path) -> Sequence[Module]:
    return [
        _module(one.parent, str(tree))
        for one in sorted(tree.rglob("go.mod"))[:40]
        if "testdata" not in one.parts and "vendor" not in one.parts
    ]


@lru_cache(maxsize=32)
def _module(folder: Path, _tree: str) -> Module:
    text = (folder / "go.mod").read_text("utf-8", "replace")[:MOST_BYTES]
    path = re.search(r"^module\s+\"?([^\s\"]+)", text, re.MULTILINE)
    minor = re.search(r"^go\s+1\.(\d+)", text, re.MULTILINE)
    packages: dict[str, set[str]] = {}
    names: dict[str, dict[str, int]] = {}
    embedded: list[str] = []
    for one in sorted(folder.rglob("*.go"))[:MOST_FILES]:
        parts = one.relative_to(folder).parts
        if {"vendor", "testdata", "node_modules"} & set(parts) or any(part.startswith((".", "_")) for part in parts):
            continue
        whole = one.read_text("utf-8", "replace")[:MOST_BYTES]
        head = whole[:8_000]
        embedded += [missing for line in EMBED.findall(whole) for missing in _missing(one.parent, line)]
        if found := re.search(r"^package\s+(\w+)", head, re.MULTILINE):
            if not one.name.endswith("_test.go"):
                packages.setdefault(found[1], set()).add(str(one.parent))
            for alias, asked in re.findall(r'^\s*(?:import\s+)?(\w+\s+|)"([\w.~/-]+)"$', head, re.MULTILINE):
                last = (
                    re.sub(r"/v\d+$", "", asked)
                    .rpartition("/")[2]
                    .removeprefix("go-")
                    .removesuffix("-go")
                    .replace("-", "_")
                )
                of_name = names.setdefault(alias.strip() or last, {})
                of_name[asked] = of_name.get(asked, 0) + 1
    most = {
        name: max(sorted(counts), key=lambda one: counts[one])
        for name, counts in names.items()
        if name not in ("_", ".")
    }
    return Module(
        folder,
        path[1] if path else "",
        int(minor[1]) if minor else 0,
        {name: tuple(sorted(folders)) for name, folders in packages.items()},
        most,
        tuple(dict.fromkeys(embedded))[:2_000],
    )


def _missing(folder: Path, patterns: str) -> Iterator[str]:
    """A file for each pattern that fits nothing, called as the pattern would have it: https://pkg.go.dev/embed"""
    for quoted, bare in re.findall(r"[\"`]([^\"`]+)[\"`]|(\S+)", patterns):
        pattern = (quoted or bare).removeprefix("all:")
        if pattern.startswith("/") or ".." in pattern.split("/"):
            continue
        own = folder / pattern
        if own.is_dir():
            if not any(one.is_file() for one in own.rglob("*")):
                yield str(own / "x")
        elif not any(folder.glob(pattern)):
            yield str(folder / re.sub(r"\[[^\]]*\]|[*?]", "x", pattern))
