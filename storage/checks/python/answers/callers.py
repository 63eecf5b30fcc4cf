"""Whether a change to a file of the team still fits the team's own callers: they are checked once with the change and once without."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from bot.capabilities.checks.python.names import TOO_COMMON
from bot.capabilities.checks.python.snippet import Snippet, parsed
from bot.capabilities.checks.verdicts import Finding
from storage.checks.python.answers.answer import Document
from storage.checks.servers import Diagnostic, Server

MOST_CALLERS = 25
MOST_TREE_FILES = 10_000
TOP = re.compile(r"^(?:async )?def (\w+)\(", re.M)
HANDING_ON = (
    ast.Call,
    ast.Lambda,
    ast.Starred,
    ast.List,
    ast.Tuple,
    ast.comprehension,
    ast.ListComp,
    ast.GeneratorExp,
    ast.SetComp,
    ast.keyword,
)
"""What a coroutine may stand in that somebody else awaits."""

BREAKS = (
    "unknown-argument",
    "missing-argument",
    "too-many-positional-arguments",
    "missing-module-member",
    "missing-attribute",
    "positional-only-parameter-as-kwarg",
    "parameter-already-assigned",
    "invalid-await",
    "unused-awaitable",
)


async def broken(document: Document, server: Server, tree: Path | None) -> list[Finding]:
    """A finding for each definition that callers no longer fit; the line is the definition's in the text, from 0."""
    if tree is None or not document.path.is_relative_to(tree) or not document.path.is_file():
        return []
    before, after = parsed(document.path.read_text("utf-8", "replace")), parsed(document.text)
    if before is None or after is None:
        return []
    changed = _changed(before, after, min(document.lines) + 1 if document.lines else document.first)
    if not changed:
        return []
    turned = _turned(before, after)
    kept = _bound(after) | {name.rpartition(".")[2] for name, _ in _signatures(after)}
    found: dict[str, list[str]] = {}
    for path in _mentioning(tree, changed, document.path):
        text = path.read_text("utf-8", "replace")
        await server.open(path, text)
        new = await server.diagnostics(path)
        await server.close(document.path)
        old = await server.diagnostics(path)
        await server.open(document.path, document.text)
        await server.close(path)
        for one in _added(old, new):
            name = next((name for name in changed if _is_about(one, name, text)), "")
            if name:
                found.setdefault(name, []).append(f"{path.relative_to(tree).as_posix()}:{one.line + 1}")
        for name, line in _waiting_otherwise(parsed(text), turned, document.path.stem):
            place = f"{path.relative_to(tree).as_posix()}:{line}"
            if place not in found.setdefault(name, []):
                found[name].append(place)
    return [
        Finding(
            changed[name],
            "call sites",
            f"`{name}` is called otherwise in {_listed(places)}: these callers no longer fit"
            if name in kept
            else f"`{name}` is gone, and used in {_listed(places)}",
        )
        for name, places in found.items()
        if places
    ]


def _turned(before: ast.Module, after: ast.Module) -> dict[str, bool]:
    """Functions at the top that have to be awaited and had not to be: True; or the other way round: False."""
    kinds = [
        {one.name: type(one) for one in tree.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)}
        for tree in (before, after)
    ]
    old, new = kinds
    return {name: kind is ast.AsyncFunctionDef for name, kind in new.items() if old.get(name, kind) is not kind}


def _around(node: ast.AST, parents: Mapping[int, ast.AST]) -> ast.AST | None:
    """The function that something stands in."""
    at = parents.get(id(node))
    while at is not None and not isinstance(at, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        at = parents.get(id(at))
    return at


def _is_open(node: ast.AST, parents: Mapping[int, ast.AST]) -> bool:
    """Whether a coroutine that is called for here may be awaited by somebody else, or later."""
    parent = parents.get(id(node))
    around = _around(node, parents)
    match parent:
        case ast.Assign():
            return isinstance(around, ast.AsyncFunctionDef)
        case ast.Return():
            return isinstance(around, ast.FunctionDef) and around.returns is None
        case _:
            return isinstance(parent, HANDING_ON)


def _waiting_otherwise(root: ast.Module | None, turned: Mapping[str, bool], module: str) -> Iterator[tuple[str, int]]:
    """Calls, with their lines, that await what is no coroutine any more, or use the outcome of what has become one. What is handed on
    or given back somebody else may await."""
    parents = {id(child): node for node in (ast.walk(root) if root else ()) for child in ast.iter_child_nodes(node)}
    taken = {
        alias.asname or alias.name: alias.name
        for node in (ast.walk(root) if root else ())
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    for node in ast.walk(root) if root and turned else ():
        match node:
            case ast.Call(func=ast.Name(id=said)) if turned.get(taken.get(said, "")) is not None:
                name = taken[said]
            case ast.Call(func=ast.Attribute(value=ast.Name(id=of), attr=name)) if name in turned and of == module:
                pass
            case _:
                continue
        is_awaited = isinstance(parents.get(id(node)), ast.Await)
        if is_awaited is not turned[name] and not (turned[name] and _is_open(node, parents)):
            yield name, node.lineno


def functions(tree: Path) -> dict[str, list[Path]]:
    """The files of a tree that define a function at their top, by its name."""
    found: dict[str, list[Path]] = {}
    for path in sorted(tree.rglob("*.py"))[:MOST_TREE_FILES]:
        for name in dict.fromkeys(TOP.findall(path.read_text("utf-8", "replace"))):
            found.setdefault(name, []).append(path)
    return found


def rewritten(snippet: Snippet, defined: Mapping[str, Sequence[Path]]) -> Path | None:
    """The one file that defines the one function of a block, where its arguments show that it is the same one."""
    tops = (
        [one for one in snippet.tree.body if not isinstance(one, ast.Import | ast.ImportFrom)] if snippet.tree else []
    )
    if len(tops) != 1 or not isinstance(tops[0], ast.FunctionDef | ast.AsyncFunctionDef):
        return None
    name, mine = tops[0].name, {one.arg for one in tops[0].args.args}
    found = defined.get(name, ())
    if len(name) < 4 or name in TOO_COMMON or len(found) != 1:
        return None
    before = parsed(found[0].read_text("utf-8", "replace"))
    for node in before.body if before else ():
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name:
            theirs = {one.arg for one in node.args.args}
            return found[0] if len(mine & theirs) * 2 >= max(len(theirs), 1) else None
    return None


def _changed(before: ast.Module, after: ast.Module, first: int) -> dict[str, int]:
    """Functions whose arguments, or kind, differ, with their new lines; what is gone counts at the first line of what is new."""
    old, new = dict(_signatures(before)), dict(_signatures(after))
    changed: dict[str, int] = {}
    changed |= {name: first for name in sorted(_bound(before) - _bound(after)) if not name.startswith("_")}
    for name, (signature, _) in old.items():
        if name in new and new[name][0] != signature:
            changed[name.rpartition(".")[2]] = new[name][1] - 1
    return changed


def _bound(tree: ast.Module) -> set[str]:
    """What a file has at its top for others to import."""
    found: set[str] = set()
    for node in tree.body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                found.add(name)
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                found |= {(one.asname or one.name).partition(".")[0] for one in names}
            case _:
                found |= {
                    one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)
                }
    return found


def _signatures(tree: ast.Module) -> list[tuple[str, tuple[str, int]]]:
    found = []
    for node in tree.body:
        inner = node.body if isinstance(node, ast.ClassDef) else ()
        for one, prefix in ((node, ""), *((each, f"{getattr(node, 'name', '')}.") for each in inner)):
            if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef):
                found.append((prefix + one.name, (f"{type(one).__name__} {ast.unparse(one.args)}", one.lineno)))
    return found


def _mentioning(tree: Path, names: dict[str, int], own: Path) -> list[Path]:
    pattern = re.compile(r"\b(?:" + "|".join(re.escape(name) for name in names) + r")\b")
    found = []
    for path in sorted(tree.rglob("*.py"))[:MOST_TREE_FILES]:
        if path != own and pattern.search(path.read_text("utf-8", "replace")):
            found.append(path)
            if len(found) >= MOST_CALLERS:
                break
    return found


def _added(old: Sequence[Diagnostic], new: Sequence[Diagnostic]) -> list[Diagnostic]:
    known = {(one.code, one.line, one.start) for one in old}
    return [one for one in new if one.code in BREAKS and (one.code, one.line, one.start) not in known]


def _is_about(one: Diagnostic, name: str, text: str) -> bool:
    lines = text.split("\n")
    near = "\n".join(lines[max(0, one.line - 12) : one.end_line + 1])
    return bool(re.search(rf"\b{re.escape(name)}\b", one.message.split("\n")[0])) or bool(
        re.search(rf"\b{re.escape(name)}\s*\(", near)
    )


def _listed(places: Sequence[str]) -> str:
    unique = list(dict.fromkeys(places))
    return ", ".join(unique[:4]) + (f" and {len(unique) - 4} more" if len(unique) > 4 else "")
