"""Go, Rust and Terraform by their grammars, and the modules and crates that a block names by the team's `go.mod` and `Cargo.lock`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from bot.capabilities.checks.verdicts import Finding
from bot.capabilities.team_code import dependencies
from storage.checks import syntax
from storage.checks.formats.code import code_sql
from storage.checks.formats.go import go_calls, go_names, go_unused
from storage.checks.formats.rust import crates as crates_of
from storage.checks.formats.rust import rust_fields, rust_names, rust_own
from storage.checks.formats.said import Said, unread

LEFT_OUT = re.compile(
    r"(?<![\w.)\]>])\.\.\.(?![\w.\]*\[])|…|\{\{|(?<![\w:])<[a-z][\w -]*>(?=\s*[;,)]|\s*$)|=\s*\$[A-Z]", re.MULTILINE
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
RUST_WRAPS = ("", "fn any() {\n", "impl Any {\n", "struct Any {\n", "trait Any {\n")
HIDDEN = re.compile(r"^(\s*)# ?(?![\[!])", re.MULTILINE)
"""What rustdoc compiles and does not show (https://doc.rust-lang.org/rustdoc/write-documentation/documentation-tests.html)."""

RUST_OWN = frozenset(["std", "core", "alloc", "crate", "self", "super", "proc_macro", "test"])
DEEPEST, LONGEST_LINE = 200, 20_000
MOST_BYTES = 5_000_000
MOST_MODULES = 60


def go(code: str, tree: Path | None, path: str = "", beside: Sequence[str] = ()) -> Said:
    if _is_deep(code):
        return unread("it is nested too deep")
    said = Said(
        {"Go's grammar": ""},
        reasons=["types are looked at only as far as declarations tell them: no Go toolchain is used"],
    )
    if line := _broken("go", code, GO_WRAPS):
        if LEFT_OUT.search(code) or not MEANT.search(code):
            return unread("parts of it are left out")
        said.findings.append(Finding(line, "syntax", "this is no valid Go"))
    said.findings += _assembled("go", code)
    minor = _go_minor(tree, code)
    if not said.findings or said.findings[0].kind != "syntax":
        tops = {path.partition("/")[0] for path in (_own_module(tree) if tree else ())}
        told = go_names.findings(code, minor, is_whole=not LEFT_OUT.search(code))
        said.findings += [one for one in told if one.kind != "package" or one.package.partition("/")[0] not in tops]
        root = syntax.parsed("go", code)
        if not root.has_error and not LEFT_OUT.search(code):
            said.findings += go_unused.findings(root)
    known = _locked(tree, "go") if tree else {}
    if known:
        own = _own_module(tree)
        for number, asked in _go_imports(code):
            first = asked.partition("/")[0]
            if "." not in first or any(asked == one or asked.startswith(f"{one}/") for one in (*known, *own)):
                continue
            said.findings.append(Finding(number, "package", f"`{asked}` is of no module in your go.mod", asked))
        said.held |= {
            name: version
            for name, version in known.items()
            if any(path.startswith(name) for _, path in _go_imports(code))
        }
    if not any(one.kind in ("syntax", "package") for one in said.findings):
        folder = (tree / path).parent if tree is not None and path and ".." not in path else None
        own_folders = _own_folders(tree) if tree is not None else {}
        ground = go_calls.Ground(tree, own_folders, known, folder if folder and folder.is_dir() else None, minor)
        found, seen = go_calls.findings(code, beside, ground)
        told_of = {one.line for one in said.findings}
        said.findings += [one for one in found if one.line not in told_of]
        said.held |= {one: "" for one in sorted(seen) if not any(one.startswith(name) for name in known) and "." in one}
    return said


def _is_deep(code: str) -> bool:
    return syntax.nesting(code) > DEEPEST or any(len(line) > LONGEST_LINE for line in code.split("\n"))


def _go_minor(tree: Path | None, code: str) -> int:
    """Of the Go 1 that go.mod asks for; 0 for none, or several, or where the file is only built by some versions."""
    if re.search(r"^//go:build .*\bgo1\.", code, re.MULTILINE):
        return 0
    versions = (
        {one.version for one in facts(tree).runtimes if one.name == "go" and one.path.endswith("go.mod")}
        if tree
        else set()
    )
    found = re.match(r"1\.(\d+)", versions.pop()) if len(versions) == 1 else None
    return int(found[1]) if found else 0


def _assembled(language: str, code: str) -> list[Finding]:
    return [Finding(one.line, "sql", one.said) for one in code_sql.assembled(language, code)]


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
    if _is_deep(code):
        return unread("it is nested too deep")
    code = HIDDEN.sub(r"\1", code)
    said = Said(
        {"Rust's grammar": ""},
        reasons=["types and functions are not looked at: building a crate would run its scripts"],
    )
    if line := _broken("rust", code, RUST_WRAPS):
        if code.rstrip().endswith(("{", "]")) or LEFT_OUT.search(code) or not MEANT.search(code):
            return unread("parts of it are left out")
        said.findings.append(Finding(line, "syntax", "this is no valid Rust"))
    said.findings += _assembled("rust", code)
    if not said.findings and not LEFT_OUT.search(code):
        said.findings += [*rust_names.findings(code), *rust_own.findings(code, tree), *rust_fields.findings(code)]
    known = _locked(tree, "rust") if tree else {}
    crates = {name.replace("-", "_"): version for name, version in known.items()}
    if crates:
        crates |= (
            {one.alias.replace("-", "_"): "" for one in facts(tree).declared if one.alias and one.ecosystem == "rust"}
            if tree
            else {}
        )
        made = set(re.findall(r"\bmod\s+(\w+)", code)) | set(re.findall(r"\bextern\s+crate\s+(\w+)", code))
        for number, name in (*_rust_uses(code), *_rust_paths(code, made)):
            if name in crates:
                said.held[name] = crates[name]
            elif (
                name not in RUST_OWN | made | _rust_bound(code)
                and name[:1].islower()
                and not _is_own_crate(tree, name, crates)
            ):
                said.findings.append(Finding(number, "package", f"`{name}` is no crate of your Cargo.lock", name))
        found, seen = crates_of.findings(code, known, tree)
        said.findings += found
        if seen:
            said.reasons = [
                f"only names of {', '.join(sorted(seen)[:4])} were looked at: building a crate would run its scripts"
            ]
    return said


def _rust_uses(code: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(code.split("\n"), 1):
        if found := re.match(r"\s*(?:pub(?:\([^)]*\))?\s+)?use\s+(?:::)?(\w+)\s*(?:::|;)", line):
            yield number, found[1]


def _rust_bound(code: str) -> set[str]:
    """What other imports bind, and modules that a macro makes after a type: `GetUser` of a GraphQL query has its `get_user`."""
    bound = {
        name
        for listed in re.findall(r"\buse\s([^;]+);", code)
        for name in re.findall(r"(?:::|[{,]|\bas)\s*(\w+)\s*(?=[,}]|$)", listed)
    }
    types = re.findall(r"\b(?:struct|enum)\s+(\w+)", code)
    return bound | {re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", one).lower() for one in types}


def _is_own_crate(tree: Path | None, name: str, crates: Mapping[str, str]) -> bool:
    """A module of the team's, or a crate whose package is called a little otherwise: `argon2` of `rust-argon2`."""
    return any(name in one for one in crates if len(name) > 3) or _is_module(tree, name)


def _rust_paths(code: str, made: set[str]) -> Iterator[tuple[int, str]]:
    """`reqwest::get(...)` without a `use`: a crate by its own name, unless something in the block is called so."""
    seen = made | {name for _, name in _rust_uses(code)}
    bound = _rust_bound(code)
    for number, line in enumerate(code.split("\n"), 1):
        bare = re.sub(r"\"(?:\\.|[^\"\\])*\"|//.*$", "", line)
        for one in re.finditer(r"(?<![\w:.$])([a-z]\w+)::\w", bare):
            name = one[1]
            if name in WELL_KNOWN_CRATES and name not in seen and name not in bound:
                seen.add(name)
                yield number, name


WELL_KNOWN_CRATES = frozenset(
    """
    serde serde_json tokio reqwest anyhow thiserror clap tracing tracing_subscriber sqlx diesel axum actix_web hyper rand regex chrono
    uuid futures rayon itertools once_cell env_logger tonic prost redis rusqlite tower bytes base64 sha2 lazy_static warp rocket
    serde_yaml toml csv url dashmap parking_lot crossbeam mongodb lapin rdkafka aws_sdk_s3 jsonwebtoken argon2 bcrypt
    """.split()
)
"""Names that nobody gives to a module of their own."""


# --- grammars -----------------------------------------------------------------------------------------------------------


def _broken(language: str, code: str, wraps: tuple[str, ...]) -> int:
    """The first line that the grammar cannot read in the reading that goes furthest; 0 where one reads all."""
    furthest = 0
    for before in wraps:
        closing = "\n;}" if before.startswith("trait") else "\n}" if before.endswith("{\n") else ""
        root = syntax.parsed(language, before + code + closing)
        if not root.has_error:
            return 0
        if (
            language == "go"
            and NEW.search(code)
            and not syntax.parsed(language, before + NEW.sub("any(", code)).has_error
        ):
            return 0
        furthest = max(furthest, _first_error(root) - before.count("\n"))
    return min(max(1, furthest), code.count("\n") + 1)


NEW = re.compile(r"\bnew\(")
"""Takes a value since Go 1.26 (https://go.dev/doc/go1.26#language), which the grammar does not know."""


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


def _own_folders(tree: Path) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for path in sorted(tree.rglob("go.mod"))[:MOST_MODULES]:
        told = re.search(r"^module\s+(\S+)", path.read_text("utf-8", "replace"), re.MULTILINE)
        if told and not path.is_symlink():
            found[told[1]] = path.parent
    return dict(sorted(found.items(), key=lambda one: -len(one[0])))


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
