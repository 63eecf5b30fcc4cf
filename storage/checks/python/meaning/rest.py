"""What a function does with the rest of its arguments, `**kwargs`, read from its own text: what it asks of it by name, what it refuses,
and which class it calls with it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

Method = ast.FunctionDef | ast.AsyncFunctionDef


def own(node: ast.AST) -> frozenset[str]:
    """What a function names itself."""
    if not isinstance(node, Method):
        return frozenset()
    return frozenset(one.arg for one in (*node.args.args, *node.args.kwonlyargs))


def given(node: ast.AST | None, name: str) -> list[ast.expr]:
    """What a name is given in a function or a module."""
    found: list[ast.expr] = []
    for one in ast.walk(node) if node is not None else ():
        match one:
            case (
                ast.Assign(targets=[ast.Name(id=of)], value=value)
                | ast.AnnAssign(target=ast.Name(id=of), value=ast.expr() as value)
                | ast.withitem(context_expr=value, optional_vars=ast.Name(id=of))
            ) if of == name:
                found.append(value)
            case _:
                continue
    return found


def renamed(node: ast.AST, rest: str) -> Iterator[str]:
    """Other names that a function gives to the rest of its arguments: `options = kwargs`."""
    for one in ast.walk(node):
        match one:
            case ast.Assign(targets=[ast.Name(id=other)], value=ast.Name(id=name)) if name == rest:
                yield other
            case _:
                continue


def uses(node: ast.AST, name: str) -> int:
    """How often a name is read."""
    return sum(
        1
        for one in ast.walk(node)
        if isinstance(one, ast.Name) and one.id == name and not isinstance(one.ctx, ast.Store)
    )


def is_refusal(node: ast.AST, rest: str) -> bool:
    """Whether a function refuses here what is left of its arguments: `if kwargs: raise ...`, `assert not kwargs`."""
    tests = (rest, f"not {rest}", f"len({rest}) == 0", f"len({rest}) > 0")
    is_one = isinstance(node, ast.Assert) or (isinstance(node, ast.If) and isinstance(node.body[-1], ast.Raise))
    return is_one and isinstance(node, ast.Assert | ast.If) and ast.unparse(node.test) in tests


def refused(node: ast.AST, rest: str) -> int:
    """How often the rest is named in what refuses it."""
    return sum(uses(one, rest) for one in ast.walk(node) if is_refusal(one, rest))


def is_usual(node: Method, call: ast.Call | None) -> bool:
    """Whether a call leaves it to the function what it hands the rest on to: `option("--x", cls=Mine)` does not."""
    placed = [one.arg for one in (*node.args.posonlyargs, *node.args.args)]
    if call is None or any(isinstance(one, ast.Starred) for one in call.args):
        return False
    words = {one.arg for one in call.keywords} | {*placed[: len(call.args) + (placed[:1] == ["self"])]}
    makers = {one.func.id for one in ast.walk(node) if isinstance(one, ast.Call) and isinstance(one.func, ast.Name)}
    return None not in words and not words & (makers | {*_keys(node)})


def _keys(node: Method) -> Iterator[str]:
    """What a function takes out of its arguments, with a class in its place."""
    for one in ast.walk(node):
        match one:
            case ast.Call(
                func=ast.Attribute(attr="pop" | "get"),
                args=[ast.Constant(value=str(key)), ast.Name() | ast.Attribute()],
            ):
                yield key
            case _:
                continue


def _usual(value: ast.expr) -> ast.expr | None:
    """The class in what a function gives a name: `kwargs.pop("cls", Task)`, `cls or Task`, `cast("type[T]", Task)`, `Task`."""
    match value:
        case ast.Call(
            func=ast.Attribute(attr="pop" | "get" | "cast"), args=[ast.Constant(), ast.Name() | ast.Attribute() as one]
        ):
            return one
        case ast.BoolOp(op=ast.Or(), values=[_, ast.Name() | ast.Attribute() as one]):
            return one
        case ast.Name() | ast.Attribute():
            return value
        case _:
            return None


def chosen(node: Method, name: str) -> ast.expr | None:
    """The class that a function calls by an argument's name, or by one of its own, where nobody chooses another."""
    arguments = node.args
    placed = [*arguments.posonlyargs, *arguments.args]
    defaults = dict(zip([one.arg for one in placed[::-1]], arguments.defaults[::-1], strict=False))
    defaults |= {one.arg: each for one, each in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if each}
    values = [defaults[name]] if name in defaults and not isinstance(defaults[name], ast.Constant) else []
    values += given(node, name)
    return _usual(values[0]) if len(values) == 1 else None


def is_bound(node: Method, name: str) -> bool:
    """Whether a name is an argument of the function, or one that it gives something."""
    return any(
        (isinstance(one, ast.arg) and one.arg == name)
        or (isinstance(one, ast.Name) and one.id == name and isinstance(one.ctx, ast.Store))
        for one in ast.walk(node)
    )


def set_in(node: ast.AST, rest: str) -> tuple[frozenset[str], int]:
    """What is put into the arguments, or asked of them, by name: `kwargs.setdefault("x", ...)`, `kwargs["x"] = ...`; and how often."""
    names, count = set(), 0
    for one in ast.walk(node):
        match one:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id=name), attr="setdefault" | "pop" | "get"),
                args=[ast.Constant(value=str(key)), *_],
            ) if name == rest:
                names.add(key)
                count += 1
            case ast.Compare(
                left=ast.Constant(value=str()), ops=[ast.In() | ast.NotIn()], comparators=[ast.Name(id=name)]
            ) if name == rest:
                count += 1
            case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=str(key))) if name == rest:
                names.add(key)
                count += 1
            case _:
                continue
    return frozenset(names), count


def forbidden(node: ast.AST, rest: str) -> frozenset[str]:
    """What is asked of the arguments by name to refuse it: `mode = kwargs.get("mode")`, `if mode is not None: raise ...`."""
    taken = {
        one.targets[0].id: ast.unparse(one.value)
        for one in ast.walk(node)
        if isinstance(one, ast.Assign) and isinstance(one.targets[0], ast.Name) and isinstance(one.value, ast.Call)
    }
    tests = [one.test for one in ast.walk(node) if isinstance(one, ast.If) and isinstance(one.body[-1], ast.Raise)]
    every = [one.values if isinstance(one, ast.BoolOp) and isinstance(one.op, ast.Or) else [one] for one in tests]
    said = [ast.unparse(one).removesuffix(" is not None") for each in every for one in each]
    asked = [taken.get(one, one) for one in said]
    keys = (re.match(rf"{rest}\.(?:get|pop)\('(\w+)'|'(\w+)' in {rest}$", one) for one in asked)
    return frozenset(one[1] or one[2] for one in keys if one)


def asked(node: ast.FunctionDef) -> frozenset[str]:
    """The arguments that a function names itself, or looks for among those that it is given by other names."""
    return own(node) | (set_in(node, node.args.kwarg.arg)[0] if node.args.kwarg else frozenset())
