"""How objects of a class are made, where no `__init__` says it: by what stands above the class in a library that declares no types."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from pathlib import Path

from storage.checks.python.meaning import classes, decorators, whereabouts
from storage.checks.python.meaning.calls import is_plain
from storage.checks.python.meaning.rest import asked as asked_by_name
from storage.checks.python.meaning.sight import Callable_, Defined, Sight

MOST_STEPS = 6
MAKING = ("__init__", "__new__")
LEFT_OUT = re.compile(r"\s*(?:\.\.\.|pass|#.*(?:\.\.\.|other|existing|rest|more|omitted|etc).*)\s*$")


async def is_made_unseen(sight: Sight, home: Defined, steps: int = MOST_STEPS) -> bool:
    """Whether a metaclass, which no declaration describes, may give the class another making than the checkers see: graphene's."""
    if not isinstance(home.node, ast.ClassDef) or steps == 0:
        return False
    if home.package:
        return not home.is_stub and not sight.library.is_typed(home.package) and _is_meta(sight, home, home.node)
    if _is_making(home.node) or home.path != sight.path:
        return False
    for base in home.node.bases:
        above = await sight.defined(base.value if isinstance(base, ast.Subscript) else base)
        if above is not None and await is_made_unseen(sight, above, steps - 1):
            return True
    return False


def _is_meta(sight: Sight, home: Defined, node: ast.ClassDef) -> bool:
    line = classes.lineage(sight.library, classes.Known(sight.library.module_of(home.path), node))
    for one in line or ():
        if _is_making(one.node):
            return False
        if any(not ast.unparse(word.value).endswith("ABCMeta") for word in one.node.keywords):
            return True
    return line is None


def _is_making(node: ast.ClassDef) -> bool:
    return any(isinstance(one, ast.FunctionDef) and one.name in MAKING for one in node.body)


def is_handed_elsewhere(sight: Sight, call: ast.Call) -> bool:
    """Whether the `__new__` of the class that is called hands what this call gives to something else than the making of its objects:
    a serializer of Django REST framework with `many=True` is a list of them, which takes other arguments."""
    of = whereabouts.found(sight, sight.path, ast.unparse(call.func))
    for one in whereabouts.above(sight, of) if of is not None and isinstance(of.node, ast.ClassDef) else ():
        for each in one.node.body if one is not None else ():
            if isinstance(each, ast.FunctionDef) and each.name == "__new__":
                return _is_handing(each, call)
    return False


def _is_handing(node: ast.FunctionDef, call: ast.Call) -> bool:
    """Whether a `__new__` gives its arguments by name to another function, and the call gives some of what it asks for first."""
    rest = node.args.kwarg.arg if node.args.kwarg else ""
    elsewhere = [
        one
        for one in ast.walk(node)
        if isinstance(one, ast.Return)
        and isinstance(one.value, ast.Call)
        and not ast.unparse(one.value.func).endswith("__new__")
        and any(each.arg is None and ast.unparse(each.value) == rest for each in one.value.keywords)
    ]
    asked = asked_by_name(node)
    given = {
        one.arg
        for one in call.keywords
        if not (isinstance(one.value, ast.Constant) and one.value.value in (False, None))
    }
    return bool(elsewhere) and (not asked or None in given or bool(asked & given))


def is_partial(node: Callable_, lines: Sequence[str]) -> bool:
    """Whether the block of these lines shows only a part of the class."""
    if len(node.body) == 1 and ast.unparse(node.body[0]) == "...":
        return True
    return any(map(LEFT_OUT.match, lines[node.lineno - 1 : (node.end_lineno or node.lineno) + 1]))


def is_variable_type(path: Path, name: str) -> bool:
    """Whether a file makes this a type variable, or a mere name for a type: what stands for it is of a class of its own."""
    return bool(
        re.search(
            rf"^{re.escape(name)}\b.*=\s*(?:\w+\.)?(?:TypeVar|NewType)\(", path.read_text("utf-8", "replace"), re.M
        )
    )


def is_without_making(node: ast.ClassDef) -> bool:
    """Whether a block shows a class without the `__init__` that it must have: its methods ask themselves for what nothing gives."""
    asked, given = set(), {"__class__", "__dict__"}
    for one in ast.walk(node):
        match one:
            case ast.Attribute(value=ast.Name(id="self"), attr=name, ctx=ast.Load()):
                asked.add(name)
            case ast.Attribute(value=ast.Name(id="self"), attr=name):
                given.add(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.Name(id=name, ctx=ast.Store()):
                given.add(name)
            case _:
                continue
    return not node.bases and "__init__" not in given and bool(asked - given)


def is_without_object(sight: Sight, home: Defined) -> bool:
    """Whether it is a method that takes no object: it is made a static one below, or only declares what others have, as those of
    zope's interfaces do."""
    if not isinstance(home.node, ast.FunctionDef | ast.AsyncFunctionDef) or home.node.decorator_list:
        return False
    tree = sight.root if home.path == sight.path else sight.library.tree(home.path)
    owners = [one for one in ast.walk(tree) if isinstance(one, ast.ClassDef) and home.node in one.body] if tree else []
    again = [ast.unparse(one) for owner in owners for one in owner.body if isinstance(one, ast.Assign)]
    if any(one.startswith(f"{home.node.name} = ") for one in again):
        return True
    bases = [ast.unparse(base).rpartition(".")[2] for owner in owners for base in owner.bases]
    first = [one.arg for one in (*home.node.args.posonlyargs, *home.node.args.args)][:1]
    return first not in (["self"], ["cls"]) and any(one.startswith("I") for one in bases)


def is_made_over(sight: Sight, home: Defined) -> bool:
    """Whether a class of the reader's, or one above it, is put through a decorator that gives something else than the class
    (a singleton, `as_declarative()`; one that nobody finds the source of is taken to give it back), or puts names that it is given on
    its objects: `self.__dict__.update(words)`."""
    if not isinstance(home.node, ast.ClassDef) or home.package:
        return False
    every = whereabouts.above(sight, whereabouts.Found(home.path, home.node), is_own=True)
    return any(
        any(_is_replacing(sight, one.path, mark) for mark in one.node.decorator_list)
        or classes.is_filled(sight.library, classes.Known("", one.node))
        for one in every
        if one is not None and isinstance(one.node, ast.ClassDef)
    )


def _is_replacing(sight: Sight, path: Path, mark: ast.expr) -> bool:
    if is_plain(mark):
        return False
    made = _source(sight, path, mark)
    if made is None or "dataclass_transform" in "".join(map(ast.unparse, made.decorator_list)):
        return False
    return isinstance(made, ast.ClassDef) or not decorators.gives_back(made)


def _source(sight: Sight, path: Path, mark: ast.expr) -> Callable_ | None:
    """What a decorator that stands in a file is, of the reader's own or a library's; what a library's stub declares, the checkers
    know: attrs' decorators."""
    home = whereabouts.found(sight, path, ast.unparse(mark.func if isinstance(mark, ast.Call) else mark))
    modules = (home.module, home.module.partition(".")[0]) if home is not None and home.module else ()
    stubs = (sight.library.file_of(one, stub=True) for one in modules)
    return (
        home.node if home is not None and not any(one is not None and one.suffix == ".pyi" for one in stubs) else None
    )
