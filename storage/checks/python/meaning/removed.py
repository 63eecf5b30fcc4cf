"""Names that a library keeps only to say that they are gone: functions that do nothing but raise, modules that end in an ImportError,
fields that Django's own checks refuse, names that a module's `__getattr__` gives with a warning.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import replace

from bot.capabilities.checks.python import deprecations, wording
from bot.capabilities.checks.verdicts import Finding
from storage.checks.python.library.library import Library
from storage.checks.python.library.lookup import Callable_, find
from storage.checks.python.library.members import top
from storage.checks.python.meaning import classes
from storage.checks.python.meaning.classes import Known
from storage.checks.python.meaning.real import modules
from storage.checks.python.meaning.sight import Sight

MOST_STEPS = 8
TOLD = ("removed", "no longer", "moved", "instead", "replaced", "separate project")
"""Words of one that says that it is gone, not that something is to be written or installed."""

GONE = "system_check_removed_details"
GOING = "system_check_deprecated_details"
"""https://docs.djangoproject.com/en/stable/topics/checks/: what a field says of itself to Django's checks."""


def findings(sight: Sight, lines: range) -> list[Finding]:
    """For these lines of the text, from 1; lines of the findings count from 0."""
    found: list[Finding] = []
    for node in sight.nodes(ast.ImportFrom):
        if node.lineno in lines and node.module and not node.level:
            found += _of_module(sight.library, node.module, node.lineno - 1)
            for alias in node.names:
                for one in _of_name(sight.library, node.module, alias.name, alias.lineno - 1):
                    used = _first_call(sight, alias.asname or alias.name) if one.kind == "attribute" else None
                    found.append(one if used is None else replace(one, line=used))
    every = [alias for one in sight.nodes(ast.Import) for alias in one.names]
    for alias in every:
        found += _of_module(sight.library, alias.name, alias.lineno - 1) if alias.lineno in lines else ()
    whole = modules(sight) | _submodules(sight) | {alias.name: alias.name for alias in every if not alias.asname}
    for asked in sight.nodes(ast.Attribute):
        if asked.lineno not in lines:
            continue
        if module := whole.get(_dotted(asked.value), ""):
            found += _of_name(sight.library, module, asked.attr, (asked.end_lineno or asked.lineno) - 1)
    return found


def _dotted(node: ast.expr) -> str:
    """A name, or names with dots between; "" for anything else."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=name) if of := _dotted(value):
            return f"{of}.{name}"
        case _:
            return ""


def _submodules(sight: Sight) -> dict[str, str]:
    """Modules that a block takes from their package: `from django.db import models`."""
    return {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in sight.nodes(ast.ImportFrom)
        if node.module and not node.level
        for alias in node.names
        if sight.library.owner(node.module) and sight.library.file_of(f"{node.module}.{alias.name}")
    }


def _of_module(library: Library, module: str, line: int) -> Iterator[Finding]:
    package = library.owner(module)
    path = library.file_of(module) if package else None
    tree = library.tree(path) if path is not None and path.suffix == ".py" else None
    for node in tree.body if tree is not None else ():
        match node:
            case ast.Raise(exc=ast.Call(func=ast.Name(id="ImportError" | "ModuleNotFoundError" | "RuntimeError"))):
                yield library.told(line, "import", _gone(module, library, package, _said(node)), package)
                return
            case ast.Try(handlers=[ast.ExceptHandler(body=body)], body=[*tried]) if _is_needed(library, tried):
                for each in body:
                    if isinstance(each, ast.Raise) and (why := _said(each)) and _is_told(why):
                        yield library.told(line, "import", _gone(module, library, package, why), package)
                        return
            case _:
                continue


def _said(node: ast.Raise) -> str:
    return deprecations.text_of(node.exc) if node.exc is not None else ""


def _is_needed(library: Library, tried: list[ast.stmt]) -> bool:
    """Whether what a module tries is to import one that the lock does not have, and nothing else."""
    taken = [one for one in tried if not isinstance(one, ast.Assign)]
    for node in taken:
        if not isinstance(node, ast.ImportFrom) or node.level or not node.module or library.owner(node.module):
            return False
        if library.file_of(node.module) is not None:
            return False
    return bool(taken)


def _gone(name: str, library: Library, package: str, why: str) -> str:
    return f"`{name}` cannot be used any more in {library.where(package)}" + (f": {why}" if why else "")


def _first_call(sight: Sight, name: str) -> int | None:
    """Where a name is first called, from 0: what only says that it is gone may be imported."""
    calls = (one for one in sight.nodes(ast.Call) if ast.unparse(one.func) == name)
    return min((one.lineno - 1 for one in calls), default=None)


def _of_name(library: Library, module: str, name: str, line: int) -> Iterator[Finding]:
    package = library.owner(module)
    if not package:
        return
    home = find(library, module, name, MOST_STEPS)
    if why := _given_with_warning(library, module, name, home is None):
        yield library.told(line, "deprecated", wording.deprecated(name, why, library.where(package)), package)
    if home is None or why:
        return
    path = library.file_of(home[0])
    if path is None or path.suffix != ".py":
        return
    node = home[1]
    is_gone, why = _refusal(library, home[0], node)
    if is_gone:
        yield library.told(line, "attribute", _gone(name, library, package, why), package)
    if is_gone or not isinstance(node, ast.ClassDef):
        return
    marks = _marks(library, Known(home[0], node)) if package == "django" else frozenset()
    if GONE in marks:
        yield library.told(line, "attribute", _gone(name, library, package, ""), package)
    elif GOING in marks:
        yield library.told(line, "deprecated", wording.deprecated(name, "", library.where(package)), package)


def _marks(library: Library, known: Known) -> frozenset[str]:
    """Names that the class sets, or one above it, to more than None."""
    return frozenset(
        target.id
        for one in classes.lineage(library, known) or [known]
        for each in one.node.body
        if isinstance(each, ast.Assign) and ast.unparse(each.value) != "None"
        for target in each.targets
        if isinstance(target, ast.Name)
    )


def _is_told(why: str) -> bool:
    return any(word in why.lower() for word in TOLD)


def _refusal(library: Library, module: str, node: Callable_) -> tuple[bool, str]:
    """Whether a function, or the making of a class's objects, only raises what says that it is gone; and what it says."""
    making = [one for one in node.body if isinstance(one, ast.FunctionDef) and one.name == "__init__"]
    body = _without_text((making[-1].body if making else []) if isinstance(node, ast.ClassDef) else node.body)
    if len(body) != 1 or node.decorator_list:
        return False, ""
    raised = _raised(library, module, body, MOST_STEPS)
    why = _said(raised[0]) if raised and isinstance(raised[0], ast.Raise) else ""
    return bool(raised) and _is_told(" ".join(map(ast.unparse, raised))), why if _is_told(why) else ""


def _raised(library: Library, module: str, body: Sequence[ast.stmt], steps: int) -> list[ast.stmt]:
    """What these statements always end in raising, and nothing returns before, with the functions that do so for them; empty else."""
    if not steps or not body or any(isinstance(one, ast.Return) for each in body for one in ast.walk(each)):
        return []
    match body[-1]:
        case ast.Raise():
            return [body[-1]]
        case ast.If(body=first, orelse=[_, *_] as second):
            both = [_raised(library, module, one, steps - 1) for one in (first, second)]
            return [*both[0], *both[1]] if all(both) else []
        case ast.Expr(value=ast.Call(func=ast.Name(id=name))):
            other = find(library, module, name, MOST_STEPS)
            is_one = other is not None and not isinstance(other[1], ast.ClassDef)
            inner = _raised(library, other[0], _without_text(other[1].body), steps - 1) if other and is_one else []
            return [*inner, other[1]] if other and inner else []
        case _:
            return []


def _without_text(body: Sequence[ast.stmt]) -> list[ast.stmt]:
    return [one for one in body if not (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant))]


def _given_with_warning(library: Library, module: str, name: str, is_answered: bool) -> str:
    """What a module says when it is asked for this very name: in its `__getattr__`, `if name == "X": warnings.warn(..., Deprecat...)`,
    if that is what answers, or by a call at its top that withdraws the name: `utils.deprecated(X, __name__, "X has moved", ...)`,
    `lazy_import(globals(), deprecated_aliases={"X": ".old"})`."""
    tree = library.source(module)
    for node in top(tree.body) if tree is not None else ():
        match node:
            case ast.FunctionDef(name="__getattr__") if is_answered:
                tests = [one for one in ast.walk(node) if isinstance(one, ast.If) and _asks_for(one.test, name)]
                said = [told for one in tests for each in one.body if (told := deprecations.warned(each))]
                if said:
                    return said[0]
            case ast.Expr(value=ast.Call() as call) | ast.Assign(value=ast.Call() as call):
                if why := _withdrawn(call, name):
                    return why
            case _:
                continue
    return ""


def _withdrawn(call: ast.Call, name: str) -> str:
    """What a call says of a name that it makes a deprecated one; "" where it does not."""
    named: list[ast.AST] = [word.value for word in call.keywords if word.arg and "deprecat" in word.arg]
    is_told = ast.unparse(call.func).rpartition(".")[2].startswith("deprecat")
    named += [*call.args, *(word.value for word in call.keywords if word.arg == "name")] if is_told else []
    keys = [key for one in named for key in ([one] if not isinstance(one, ast.Dict) else one.keys)]
    if not any((isinstance(one, ast.Name) and one.id == name) or ast.unparse(one) == repr(name) for one in keys if one):
        return ""
    return deprecations.text_of(call) or "its module withdraws it"


def _asks_for(test: ast.expr, name: str) -> bool:
    match test:
        case ast.Compare(left=ast.Name(), ops=[ast.Eq()], comparators=[ast.Constant(value=value)]):
            return bool(value == name)
        case _:
            return False
