"""The team's Python as syntax trees, for readers of models: parsed once, bounded, never run."""

from __future__ import annotations

import ast
import warnings
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import cast

from storage.checks.sql.schemas.steps import snake

MOST_FILES, MOST_BYTES = 3_000, 400_000


@lru_cache(maxsize=4)
def modules(folder: Path, files: Sequence[str], words: tuple[str, ...]) -> list[tuple[str, ast.Module]]:
    """The files that hold one of these words, or have it in their path."""
    found: list[tuple[str, ast.Module]] = []
    for path in files:
        if not path.endswith(".py") or len(found) >= MOST_FILES:
            continue
        full = folder / path
        if full.stat().st_size > MOST_BYTES:
            continue
        text = full.read_text("utf-8", "replace")
        if not any(word in text or word in f"/{path}" for word in words):
            continue
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found.append((path, _with_constants(ast.parse(text))))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
    return found


def _with_constants(tree: ast.Module) -> ast.Module:
    """Names that a module sets once, to a text, as that text."""
    given = {name: value for name, _, value in assigned(tree.body) if text_of(value)}
    every = list(ast.walk(tree)) if given else []
    stored = Counter(one.id for one in every if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store))
    stored.update(one.arg for one in every if isinstance(one, ast.arg))
    texts = {name: value for name, value in given.items() if stored[name] == 1}
    return cast(ast.Module, _Constants(texts).visit(tree)) if texts else tree


class _Constants(ast.NodeTransformer):
    def __init__(self, texts: Mapping[str, ast.expr | None]) -> None:
        self._texts = texts

    def visit_Name(self, node: ast.Name) -> ast.expr:
        given = self._texts.get(node.id) if isinstance(node.ctx, ast.Load) else None
        return ast.copy_location(ast.Constant(text_of(given)), node) if given else node

    def visit_FormattedValue(self, node: ast.FormattedValue) -> ast.expr:
        self.generic_visit(node)
        return node.value if text_of(node.value) else node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.expr:
        self.generic_visit(node)
        parts = [text_of(one) for one in node.values]
        return ast.copy_location(ast.Constant("".join(parts)), node) if all(parts) else node


def statements(tree: ast.Module) -> Iterator[ast.stmt]:
    """All of them, at any depth, one level after the other; what stands within their expressions is not gone through."""
    pending: deque[ast.AST] = deque([tree])
    while pending:
        node = pending.popleft()
        if isinstance(node, ast.stmt):
            yield node
        for name in ("body", "handlers", "orelse", "finalbody", "cases"):
            pending.extend(getattr(node, name, ()))


def classes(tree: ast.Module) -> Iterator[ast.ClassDef]:
    return (node for node in statements(tree) if isinstance(node, ast.ClassDef))


class Classes:
    """All classes of some files, as the names in one of these mean them; `files` are all of the team's."""

    def __init__(self, parsed: Sequence[tuple[str, ast.Module]], files: Iterable[str] = ()) -> None:
        self._named: dict[str, list[tuple[str, ast.ClassDef]]] = {}
        self._imported: dict[str, dict[str, tuple[str, str]]] = {}
        parts = {
            tuple(path.removesuffix(".py").split("/"))[:end] for path in files for end in range(1, path.count("/") + 2)
        }
        self._modules = {".".join(one[start:]) for one in parts for start in range(len(one))}
        for path, tree in parsed:
            names = self._imported.setdefault(path, {})
            for node in statements(tree):
                if isinstance(node, ast.ClassDef):
                    self._named.setdefault(node.name, []).append((path, node))
                elif isinstance(node, ast.ImportFrom):
                    module = "." * node.level + (node.module or "")
                    names |= {one.asname or one.name: (module, one.name) for one in node.names}
                elif isinstance(node, ast.Import):
                    names |= {one.asname or one.name.partition(".")[0]: (one.name, "") for one in node.names}

    def original(self, path: str, name: ast.expr) -> str:
        """The last word of a name, as where it is imported from."""
        return (
            self._imported.get(path, {}).get(name.id, ("", ""))[1] or name.id
            if isinstance(name, ast.Name)
            else last(name)
        )

    def is_own(self, path: str, name: ast.expr) -> bool:
        """Whether it is imported from a module of the team's."""
        module, _ = self._imported.get(path, {}).get(ast.unparse(name).partition(".")[0], ("", ""))
        return module[:1] == "." or module in self._modules

    def found(self, path: str, name: ast.expr | str | None, but: ast.ClassDef | None = None) -> ast.ClassDef | None:
        """The class that an expression of a file names, or a text: of the file, from where it imports, else the nearest of its name;
        None for another package's."""
        word = last(name) if isinstance(name, ast.expr) else (name or "").rpartition(".")[2]
        first = (ast.unparse(name) if isinstance(name, ast.expr) else word).partition(".")[0]
        here = self._imported.get(path, {})
        module, original = here.get(first, ("", ""))
        possible = [
            one for one in self._named.get(original if first == word and original else word, []) if one[1] is not but
        ]
        if module and module[0] != "." and module not in self._modules:
            return None
        if isinstance(name, ast.expr) and not module and "*" not in here:
            possible = [one for one in possible if one[0] == path]
        home = "/".join([module.strip(".").replace(".", "/"), "" if first == word else original]).strip("/")

        def nearness(one: tuple[str, ast.ClassDef]) -> tuple[bool, bool, int]:
            is_imported = bool(home) and f"/{home}/" in f"/{one[0].removesuffix('.py')}/"
            shared = next(
                (n for n, (a, b) in enumerate(zip(one[0].split("/"), path.split("/"), strict=False)) if a != b), 99
            )
            return one[0] == path and not module, is_imported, shared

        return max(possible, key=nearness)[1] if possible else None


def calls(tree: ast.Module, name: str) -> Iterator[ast.Call]:
    """Of this function, where a statement does nothing but hold what it gives."""
    for one in statements(tree):
        value = one.value if isinstance(one, ast.Assign | ast.AnnAssign | ast.Expr | ast.Return) else None
        if isinstance(value, ast.Call) and last(value.func) == name:
            yield value


def last(node: ast.expr | None) -> str:
    """The last word of a dotted name, through subscripts and calls."""
    while isinstance(node, ast.Subscript | ast.Call):
        node = node.value if isinstance(node, ast.Subscript) else node.func
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def constant(node: ast.expr | None) -> object:
    return node.value if isinstance(node, ast.Constant) else None


def text_of(node: ast.expr | None) -> str:
    value = constant(node)
    return value if isinstance(value, str) else ""


def keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((one.value for one in call.keywords if one.arg == name), None)


def assigned(body: Sequence[ast.stmt]) -> Iterator[tuple[str, ast.expr | None, ast.expr | None]]:
    """Names that a class sets: name, annotation, value."""
    for node in body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id, node.annotation, node.value
        elif isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            yield node.targets[0].id, None, node.value


def members(node: ast.ClassDef) -> list[tuple[str, object]]:
    """Of an enumeration: names and values, in their order."""
    found: list[tuple[str, object]] = []
    for name, _, value in assigned(node.body):
        if name.startswith("_") or value is None:
            continue
        if isinstance(value, ast.Tuple) and value.elts:
            value = value.elts[0]
        found.append((name, constant(value) if isinstance(value, ast.Constant) else name.lower()))
    return found


def made_of(node: ast.expr | None, name: str) -> str:
    """What an expression makes of `cls.__name__`; "" where that cannot be told."""
    match node:
        case ast.Attribute(attr="__name__"):
            return name
        case ast.Constant(value=str(text)):
            return text
        case ast.Call(func=ast.Attribute(value=inner, attr="lower"), args=[]):
            return made_of(inner, name).lower()
        case ast.Call(args=[*_, inner]) if made_of(inner, name) == name:  # of a function that takes it apart
            return snake(name)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            parts = [made_of(left, name), made_of(right, name)]
        case ast.JoinedStr(values=values):
            parts = [made_of(one.value if isinstance(one, ast.FormattedValue) else one, name) for one in values]
        case _:
            return ""
    return "".join(parts) if all(parts) else ""
