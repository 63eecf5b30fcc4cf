"""Go, Rust and Terraform by their grammars, and the modules and crates that a block names by the team's `go.mod` and `Cargo.lock`."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from bot.capabilities.checks.verdicts import Finding
from bot.capabilities.team_code import dependencies
from storage.checks.formats.said import Said, unread

LEFT_OUT = re.compile(
    r"(?<![\w.)\]>])\.\.\.(?![\w.\]*\[])|…|\{\{|<[a-z][\w -]*>(?=\s*[;,)]|\s*$)|=\s*\$[A-Z]", re.MULTILINE
)
"""Places for what the reader has, or another program, fills in."""

MEANT = re.compile(
    r"^\s*(?:pub\s+|async\s+)*(?:package|import|func|fn|use|type|struct|impl|enum|resource|variable|module|output|provider)\b",
    re.MULTILINE,
)
GO_WRAPS = (
    "",
    "package any\n",
    "package any\nfunc _() {\n",
    "package any\nvar _ = ",
    "package any\ntype any struct {\n",
)
RUST_WRAPS = ("", "fn any() {\n", "impl Any {\n", "struct Any {\n")
RUST_OWN = frozenset(["std", "core", "alloc", "crate", "self", "super", "proc_macro", "test"])
MOST_BYTES = 5_000_000


def go(code: str, tree: Path | None) -> Said:
    said = Said({"Go's grammar": ""}, reasons=["types and functions are not looked at: no Go toolchain is used"])
    if line := _broken("go", code, GO_WRAPS):
        if LEFT_OUT.search(code) or not MEANT.search(code):
            return unread("parts of it are left out")
        said.findings.append(Finding(line, "syntax", "this is no valid Go"))
    known = _locked(tree, "go") if tree else {}
    if known:
        own = _own_module(tree)
        for number, path in _go_imports(code):
            first = path.partition("/")[0]
            if "." not in first or any(path == one or path.startswith(f"{one}/") for one in (*known, *own)):
                continue
            said.findings.append(Finding(number, "package", f"`{path}` is of no module in your go.mod", path))
        said.held |= {
            name: version
            for name, version in known.items()
            if any(path.startswith(name) for _, path in _go_imports(code))
        }
    return said


def _go_imports(code: str) -> Iterator[tuple[int, str]]:
    inside = False
    for number, line in enumerate(code.split("\n"), 1):
        if re.match(r"\s*import\s*\(", line):
            inside = True
        elif inside and line.strip().startswith(")"):
            inside = False
        elif found := re.match(r'\s*import\s+(?:[\w.]+\s+)?"([^"]+)"', line) or (
            re.match(r'\s*(?:[\w.]+\s+)?"([^"]+)"', line) if inside else None
        ):
            yield number, found[1]


def rust(code: str, tree: Path | None) -> Said:
    said = Said(
        {"Rust's grammar": ""},
        reasons=["types and functions are not looked at: building a crate would run its scripts"],
    )
    if line := _broken("rust", code, RUST_WRAPS):
        if LEFT_OUT.search(code) or not MEANT.search(code):
            return unread("parts of it are left out")
        said.findings.append(Finding(line, "syntax", "this is no valid Rust"))
    known = _locked(tree, "rust") if tree else {}
    crates = {name.replace("-", "_"): version for name, version in known.items()}
    if crates:
        made = set(re.findall(r"\bmod\s+(\w+)", code)) | set(re.findall(r"\bextern\s+crate\s+(\w+)", code))
        for number, name in _rust_uses(code):
            if name in crates:
                said.held[name] = crates[name]
            elif name not in RUST_OWN | made and name[:1].islower() and not _is_module(tree, name):
                said.findings.append(Finding(number, "package", f"`{name}` is no crate of your Cargo.lock", name))
    return said


def _rust_uses(code: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(code.split("\n"), 1):
        if found := re.match(r"\s*(?:pub(?:\([^)]*\))?\s+)?use\s+(?:::)?(\w+)\s*(?:::|;)", line):
            yield number, found[1]


def terraform(code: str) -> Said:
    if line := _broken("hcl", code, ("",)):
        if LEFT_OUT.search(code) or re.search(r"<[\w -]+>", code):
            return unread("parts of it are left out")
        return Said({"Terraform's grammar": ""}, [Finding(line, "syntax", "this is no valid Terraform")])
    return Said({"Terraform's grammar": ""}, reasons=["providers and their arguments are not looked at"])


# --- grammars -----------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=4)
def _parser(language: str) -> Any:
    import tree_sitter

    grammar = importlib.import_module(f"tree_sitter_{language}")
    return tree_sitter.Parser(tree_sitter.Language(grammar.language()))


def _broken(language: str, code: str, wraps: tuple[str, ...]) -> int:
    """The first line that the grammar cannot read in the reading that goes furthest; 0 where one reads all."""
    furthest = 0
    for before in wraps:
        closing = "\n}" if before.endswith("{\n") else ""
        root = _parser(language).parse((before + code + closing).encode("utf-8", "replace")).root_node
        if not root.has_error:
            return 0
        furthest = max(furthest, _first_error(root) - before.count("\n"))
    return min(max(1, furthest), code.count("\n") + 1)


def _first_error(root: Any) -> int:
    pending, lines = [root], []
    while pending:
        node = pending.pop()
        if node.is_error or node.is_missing:
            lines.append(node.start_point[0] + 1)
        elif node.has_error:
            pending.extend(node.children)
    return min(lines, default=1)


# --- what is locked -----------------------------------------------------------------------------------------------------


@lru_cache(maxsize=16)
def _facts(tree: Path, stamp: float) -> dependencies.Dependencies:
    texts = {}
    for path in sorted(tree.rglob("*")):
        name = path.relative_to(tree).as_posix()
        if path.is_file() and dependencies.wants(name) and path.stat().st_size <= MOST_BYTES:
            texts[name] = path.read_text("utf-8", "replace")
    return dependencies.read(texts)


def facts(tree: Path) -> dependencies.Dependencies:
    return _facts(tree, tree.stat().st_mtime)


def _locked(tree: Path | None, ecosystem: str) -> dict[str, str]:
    if tree is None:
        return {}
    found = facts(tree)
    names = {one.name: one.version for one in found.locked if one.ecosystem == ecosystem}
    return names | {one.name: names.get(one.name, "") for one in found.declared if one.ecosystem == ecosystem}


def _own_module(tree: Path | None) -> tuple[str, ...]:
    if tree is None:
        return ()
    texts = [path.read_text("utf-8", "replace") for path in tree.rglob("go.mod")]
    return tuple(found[1] for text in texts if (found := re.search(r"^module\s+(\S+)", text, re.MULTILINE)))


def _is_module(tree: Path | None, name: str) -> bool:
    """Of the team's own: a crate by its manifest, or a file."""
    if tree is None:
        return True
    for path in tree.rglob("Cargo.toml"):
        if re.search(
            rf'^name\s*=\s*"{re.escape(name).replace("_", "[-_]")}"', path.read_text("utf-8", "replace"), re.MULTILINE
        ):
            return True
    return any(True for _ in tree.rglob(f"{name}.rs"))
