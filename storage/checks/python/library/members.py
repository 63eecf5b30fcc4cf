"""What a module really has at run time, read from its source: names it binds, takes in from others, or answers for on the fly."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

MOST_STEPS = 6
HIDDEN = ("exec", "install", "attach", "attach_stub", "alias_module", "_LazyModule", "import_structure")
NAMESPACES = ("globals", "vars", "locals")
"""What names may come by at a module's top that its source does not show."""


@dataclass(frozen=True, slots=True)
class Members:
    """`is_open`: there may be others, which nothing in the source names. `answers`: for others it has a function of its own; `is_any`:
    one that looks for any name."""

    names: frozenset[str]
    is_open: bool = False
    answers: bool = False
    is_any: bool = False


OPEN = Members(frozenset(), is_open=True)


@dataclass(frozen=True, slots=True)
class Own:
    """What one file says of its module: names, those that it refuses to answer for, and the modules it takes in by `*`. `quoted`: the
    words in quotes of one that answers for names, or is put together from a table of them."""

    names: frozenset[str]
    quoted: frozenset[str]
    refused: frozenset[str]
    taken: Sequence[str]
    is_open: bool
    is_remade: bool
    is_any: bool = False

    def has(self, taken: frozenset[str]) -> frozenset[str]:
        """With what is taken in."""
        every = self.names | taken
        is_told = self.is_remade or "__getattr__" in every
        return (every | self.quoted) - self.refused if is_told else every


NOTHING_READ = Own(frozenset(), frozenset(), frozenset(), (), True, False)


class Reader:
    """`tree` parses a file, `file_of` finds a module's: its real source first. What it says of a module does not depend on earlier
    questions: kept is what each file says by itself, for modules may take in each other."""

    def __init__(self, tree: Callable[[Path], ast.Module | None], file_of: Callable[[str], Path | None]) -> None:
        self._tree = tree
        self._file_of = file_of
        self._own: dict[str, Own] = {}
        self._known: dict[str, Members] = {}

    def of(self, module: str) -> Members:
        if module not in self._known:
            self._known[module] = self._gathered(module)
        return self._known[module]

    def _gathered(self, module: str) -> Members:
        """Level by level, MOST_STEPS of them."""
        own = self._own_of(module)
        names: set[str] = set()
        is_open, seen, level = own.is_open, {module}, list(own.taken)
        for _ in range(MOST_STEPS - 1):
            level = [one for one in dict.fromkeys(level) if one not in seen]
            seen |= set(level)
            found = [self._own_of(one) for one in level]
            names |= {name for one in found for name in one.has(frozenset())}
            is_open |= any(one.is_open for one in found)
            level = [name for one in found for name in one.taken]
        names |= own.names
        return Members(own.has(frozenset(names)), is_open or not set(level) <= seen, "__getattr__" in names, own.is_any)

    def _own_of(self, module: str) -> Own:
        if module not in self._own:
            self._own[module] = self._read(module)
        return self._own[module]

    def _read(self, module: str) -> Own:
        path = self._file_of(module)
        tree = self._tree(path) if path is not None and path.suffix == ".py" else None
        if tree is None or path is None:
            return NOTHING_READ
        package = module if path.name == "__init__.py" else module.rpartition(".")[0]
        names: set[str] = set()
        taken: list[str] = []
        is_open = False
        for node in top(tree.body):
            if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names):
                taken.append(target(package, node))
            else:
                names |= set(_bound(node))
                is_open |= _is_hiding(node) or (_hands_out(node, tree) and not _is_remade(node))
        is_open |= any(is_entered_by_any_name(one) or _is_set_from_within(one, module) for one in ast.walk(tree))
        refused = frozenset(_refused(tree)) - names
        if path.name == "__init__.py":
            names |= {one.name.partition(".")[0] for one in path.parent.iterdir() if not one.name.startswith("__")}
        is_remade = any(_is_remade(node) for node in tree.body)
        text = path.read_text("utf-8", "replace") if is_remade or taken or "__getattr__" in names else ""
        quoted = frozenset(re.findall(r"['\"]([A-Za-z_]\w*)['\"]", text))
        return Own(frozenset(names), quoted, refused, taken, is_open, is_remade, _is_looking(tree))


def _is_looking(tree: ast.Module) -> bool:
    """Whether a module's `__getattr__` looks for the name in an object of another module: `return plumbum.local[name]`."""
    answering = [one for one in top(tree.body) if isinstance(one, ast.FunctionDef) and one.name == "__getattr__"]
    returned = [one.value for node in answering for one in ast.walk(node) if isinstance(one, ast.Return)]
    return any(isinstance(one, ast.Subscript) and isinstance(one.value, ast.Attribute) for one in returned)


def _is_hiding(node: ast.stmt) -> bool:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return False
    for one in ast.walk(node):
        match one:
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in HIDDEN:
                return True
            case ast.Call(func=ast.Attribute(attr=name), args=[_, *_]) if name.startswith("BuildMessage"):
                return True  # what protoc makes: https://protobuf.dev/reference/python/python-generated/
            case ast.Call(func=ast.Attribute(value=ast.Call(func=ast.Name(id=name)), attr="update")) if (
                name in NAMESPACES
            ):
                return True
            case ast.Call(func=ast.Name(id="setattr"), args=[of, *_]) if (
                "modules" in ast.unparse(of) or ast.unparse(of) == "module"
            ):
                return True
            case ast.Subscript(value=ast.Call(func=ast.Name(id=name)), ctx=ast.Store(), slice=key) if (
                name in NAMESPACES and any(isinstance(part, ast.Name) for part in ast.walk(key))
            ):
                return True
            case ast.Subscript(value=ast.Attribute(attr="modules"), ctx=ast.Store(), slice=ast.Name(id="__name__")):
                return True
            case _:
                continue
    return False


def _hands_out(node: ast.stmt, tree: ast.Module) -> bool:
    """Whether the module gives its own names to somebody who may add to them: `make_proxies(globals(), locals())`."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return False
    calls = [one for one in ast.walk(node) if isinstance(one, ast.Call)]
    return any(_is_given_names(one) and not _only_reads(ast.unparse(one.func), tree) for one in calls)


def _is_given_names(call: ast.Call) -> bool:
    return any(
        isinstance(given, ast.Call)
        and isinstance(given.func, ast.Name)
        and given.func.id in NAMESPACES
        and not given.args
        for given in (*call.args, *(keyword.value for keyword in call.keywords))
    )


def _only_reads(name: str, tree: ast.Module) -> bool:
    """Whether a function of the module itself leaves alone what it is given: SQLAlchemy's `__go(locals())` makes `__all__` of it."""
    if name == "__import__":
        return True
    own = [one for one in tree.body if isinstance(one, ast.FunctionDef) and one.name == name]
    taken = {one.arg for function in own for one in function.args.args}
    return bool(own) and not any(_changed(one) in taken for function in own for one in ast.walk(function))


def _changed(node: ast.AST) -> str:
    """The name of a table that gets an entry here."""
    match node:
        case ast.Subscript(value=ast.Name(id=name), ctx=ast.Store()):
            return name
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="update" | "setdefault")):
            return name
        case _:
            return ""


def is_entered(node: ast.AST) -> bool:
    """Whether another module than the one itself is put into `sys.modules` here."""
    match node:
        case ast.Subscript(value=ast.Attribute(attr="modules"), ctx=ast.Store(), slice=key):
            return ast.unparse(key) != "__name__"
        case ast.Call(func=ast.Attribute(value=ast.Attribute(attr="modules"), attr="setdefault" | "update")):
            return True
        case _:
            return False


def _is_set_from_within(node: ast.AST, module: str) -> bool:
    """Whether a function of a module sets names that it computes on the module itself: `setattr(txaio, name, ...)`, or has its table of
    names at hand: `g = globals()`, and then `g[name] = ...`."""
    match node:
        case ast.Assign(value=ast.Call(func=ast.Name(id="globals"), args=[])):
            return True
        case ast.Call(func=ast.Name(id="setattr"), args=[ast.Name(id=of), key, *_]):
            return of == module and not isinstance(key, ast.Constant)
        case _:
            return False


def is_entered_by_any_name(node: ast.AST) -> bool:
    """Whether modules are put into `sys.modules` by names that only a run knows: the module's own may be among them."""
    return (
        is_entered(node)
        and isinstance(node, ast.Subscript)
        and any(isinstance(one, ast.Call) for one in ast.walk(node.slice))
    )


def _refused(tree: ast.Module) -> Iterator[str]:
    """Names of which a module's `__getattr__` says that they are gone: `if name in GONE: raise AttributeError(...)`."""
    tables: set[str] = set()
    for node in top(tree.body):
        if isinstance(node, ast.FunctionDef) and node.name == "__getattr__":
            for one in ast.walk(node):
                match one:
                    case ast.If(
                        test=ast.Compare(ops=[ast.In()], comparators=[ast.Name(id=table)]), body=[*_, ast.Raise()]
                    ):
                        tables.add(table)
                    case _:
                        continue
    for node in top(tree.body):
        if isinstance(node, ast.Assign) and {one.id for one in node.targets if isinstance(one, ast.Name)} & tables:
            yield from _firsts(node.value)
            read = {
                one.id for one in ast.walk(node.value) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Load)
            }
            for name in read:
                before = _assigned(tree, name, node.lineno)
                yield from _firsts(before) if before is not None else ()


def _assigned(tree: ast.Module, name: str, line: int) -> ast.expr | None:
    """What a name of the module was given last above a line."""
    found = None
    for node in top(tree.body):
        match node:
            case ast.Assign(targets=[ast.Name(id=one)], value=value) if one == name and node.lineno < line:
                found = value
            case _:
                continue
    return found


def _firsts(value: ast.expr) -> Iterator[str]:
    """The keys of a table: of a dictionary, of pairs, of a list of names."""
    match value:
        case ast.Dict(keys=keys):
            yield from (one.value for one in keys if isinstance(one, ast.Constant) and isinstance(one.value, str))
        case ast.List(elts=elements) | ast.Tuple(elts=elements) | ast.Set(elts=elements):
            for one in elements:
                first = one.elts[0] if isinstance(one, ast.Tuple) and one.elts else one
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    yield first.value
        case _:
            return


def _is_remade(node: ast.stmt) -> bool:
    """Whether a module is put together anew from a table of names: `recreate_module(__name__, by_module={...})`."""
    return isinstance(node, ast.Assign | ast.Expr) and any(
        isinstance(one, ast.Call)
        and any(ast.unparse(arg) in ("__name__", "globals()") for arg in one.args)
        and any(isinstance(keyword.value, ast.Dict) for keyword in one.keywords)
        for one in ast.walk(node)
    )


def target(package: str, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    parts = package.split(".")
    base = ".".join(parts[: len(parts) - node.level + 1])
    return f"{base}.{node.module}" if node.module else base


def starred(package: str, tree: ast.Module) -> Iterator[str]:
    """The modules that a module of this package takes in by `*` at its top, whichever way its conditions go."""
    for node in top(tree.body):
        if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names):
            yield target(package, node)


def top(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements that run when the module is imported, whichever way its conditions go."""
    for node in body:
        yield node
        for name in ("body", "orelse", "finalbody"):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                yield from top(getattr(node, name, ()))
        for handler in getattr(node, "handlers", ()):
            yield from top(handler.body)


def _bound(node: ast.stmt) -> Iterator[str]:
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
            return
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            for alias in names:
                yield (alias.asname or alias.name).partition(".")[0]
            return
    match node:
        case ast.Expr(value=ast.Call(keywords=keywords)):  # `public(name=...)`, which puts it into the module
            yield from (one.arg for one in keywords if one.arg)
    for one in ast.walk(node):
        if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store):
            yield one.id


def class_names(node: ast.ClassDef) -> Iterator[str]:
    """What a class gives its objects itself, anywhere in its text."""
    for one in ast.walk(node):
        if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield one.name
        elif isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store):
            yield one.id
        elif isinstance(one, ast.Attribute) and isinstance(one.ctx, ast.Store):
            yield one.attr
        elif isinstance(one, ast.Import | ast.ImportFrom):
            yield from ((alias.asname or alias.name).partition(".")[0] for alias in one.names)
