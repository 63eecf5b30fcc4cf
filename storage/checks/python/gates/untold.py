"""Objects of which nobody can tell what they are, because the library that gave them declares no types, or not all. Of what is asked of
them "no problems found" may not be said.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from storage.checks.python.gates.fluid import Fluid
from storage.checks.python.library.members import class_names
from storage.checks.python.meaning import classes, handed, rest
from storage.checks.python.meaning.calls import short
from storage.checks.python.meaning.inferred import Inferred
from storage.checks.python.meaning.real import modules
from storage.checks.python.meaning.sight import Defined, Sight
from storage.checks.servers import Diagnostic

UNKNOWN, ANY = "Unknown", "Any"
"""What the checker calls the type of what is asked of such an object; and of one that is declared to be anything."""

MOST_STEPS = 8
DESCRIBED = ("client", "resource")
"""What boto3 gives by these is described, and looked at by that."""

MODELS = ("django", "djangorestframework")
"""What they give without saying what it is, is mostly an object of a model of the reader's own."""

JUDGED = ("missing-attribute", "missing-union-attribute", "missing-module-member")
Defs = ast.FunctionDef | ast.AsyncFunctionDef


class Untold:
    """For one opened document. `said` is what the checker says of it: where it knows a type it needs no word from here."""

    def __init__(self, sight: Sight, inferred: Inferred, fluid: Fluid, said: Sequence[Diagnostic]) -> None:
        self._sight = sight
        self._inferred = inferred
        self._fluid = fluid
        self._modules = modules(sight)
        self._judged = {(one.end_line, one.end) for one in said if one.code in JUDGED}

    async def reasons(self, lines: range) -> dict[str, str]:
        """By the names on these lines, from 1, that hold such an object and are asked for something."""
        found: dict[str, str] = {}
        told: set[str] = set()
        every = list(self._sight.nodes(ast.Attribute))
        for node in sorted(every, key=lambda one: (one.end_lineno or 0, one.end_col_offset or 0)):
            if node.lineno not in lines or not isinstance(node.ctx, ast.Load):
                continue
            name, text = _name(node.value), ast.unparse(node.value)
            if (
                text in self._modules
                or name in found
                or any(text.startswith((f"{one}.", f"{one}(", f"{one}[")) for one in told)
            ):
                continue
            type_of = await self._type_of(node)
            if type_of == UNKNOWN:
                package = "" if await self._is_looked_at(node) else await self._origin(node.value, MOST_STEPS)
            else:
                package = await self._made_of_any(node) if type_of == ANY else ""
            if package and package not in MODELS:
                told.add(text)
                why = "does not declare it" if self._is_declaring(package) else "declares no types"
                found[name] = f"what `{name}` is cannot be told: {package} {why}"
        return found

    def _is_declaring(self, package: str) -> bool:
        """Whether it has types, of its own or in a package beside it."""
        library = self._sight.library
        tops = [one for one, owners in library.environment.modules.items() if package in owners]
        return library.is_typed(package) or any((library.environment.site / f"{one}-stubs").is_dir() for one in tops)

    async def _type_of(self, node: ast.Attribute) -> str:
        """What the checker calls the type of what is asked for, if it knows of no place where that is defined: unknown, or any."""
        line, column = self._sight.end_of(node)
        if (line, column + 1) in self._judged or await self._sight.defined(node) is not None:
            return ""
        said = (await self._sight.hover(node)).replace("|", " ").split()
        return next((one for one in (UNKNOWN, ANY) if one in said), "")

    async def _is_looked_at(self, node: ast.Attribute) -> bool:
        """Whether the sources tell all that the object has, or that it has this."""
        if isinstance(node.value, ast.Name) and await self._inferred.class_of(node) is not None:
            return True
        known = await self._inferred.class_of(node.value)
        home = await self._sight.type_of(node.value) if isinstance(node.value, ast.Name | ast.Attribute) else None
        if known is None and home is not None and home.package and isinstance(home.node, ast.ClassDef):
            known = classes.Known(self._sight.library.module_of(home.path), home.node)
        if known is not None and self._has(known, node.attr):
            return True
        return await self._inferred.is_told(node.value) or await self._fluid.is_known(self._sight, node.value)

    def _has(self, known: classes.Known, name: str) -> bool:
        line = classes.lineage(self._sight.library, known) or [known]
        return any(name in set(class_names(one.node)) for one in line)

    async def _made_of_any(self, node: ast.Attribute) -> str:
        """The package whose metaclass makes an object of the block's own class, declared to give anything; "" where the class has what
        is asked for."""
        if package := await self._answers(node):
            return package
        values, is_own = self._values(node.value.id) if isinstance(node.value, ast.Name) else ([], True)
        called = values[0].func if len(values) == 1 and isinstance(values[0], ast.Call) and not is_own else None
        home = await self._sight.defined(called) if called is not None else None
        if home is None or home.path != self._sight.path or not isinstance(home.node, ast.ClassDef):
            return ""
        if node.attr in set(class_names(home.node)):
            return ""
        for base in home.node.bases:
            above = await self._sight.defined(base)
            if above is not None and above.package and isinstance(above.node, ast.ClassDef):
                known = classes.Known(self._sight.library.module_of(above.path), above.node)
                return "" if self._has(known, node.attr) else above.package
        return ""

    async def _answers(self, node: ast.Attribute) -> str:
        """The package of a library's class that answers to any name, of which an object is asked to do what no source names; "" where
        it hands the name on to modules that have it."""
        call = self._sight.parents.get(id(node))
        if (
            not isinstance(call, ast.Call)
            or call.func is not node
            or not isinstance(node.value, ast.Name | ast.Attribute)
        ):
            return ""
        home = await self._sight.type_of(node.value)
        if home is None or not home.package or home.is_stub or not isinstance(home.node, ast.ClassDef):
            return ""
        known = classes.Known(self._sight.library.module_of(home.path), home.node)
        found = classes.method(self._sight.library, known, "__getattr__")
        if found is None or self._has(known, node.attr) or await self._fluid.is_known(self._sight, node.value):
            return ""
        return "" if handed.has(self._sight.library, found[0].module, found[1], node.attr) is True else home.package

    async def _origin(self, node: ast.expr, steps: int) -> str:
        """The package that was looked at and gave this; "" for what is the reader's own, and for what is declared to be anything."""
        if steps == 0:
            return ""
        match node:
            case ast.Await(value=value) | ast.Subscript(value=value):
                return await self._origin(value, steps - 1)
            case ast.Call(func=called):
                return await self._given(called, steps)
            case ast.Attribute(value=value):
                home = await self._sight.defined(node)
                return home.package if home is not None and home.package else await self._origin(value, steps - 1)
            case ast.Name():
                return await self._of_name(node, steps)
            case _:
                return ""

    async def _given(self, called: ast.expr, steps: int) -> str:
        home = await self._sight.defined(called)
        if home is None:
            return await self._origin(called.value, steps - 1) if isinstance(called, ast.Attribute) else ""
        if home.package == "boto3" and isinstance(called, ast.Attribute) and called.attr in DESCRIBED:
            return ""
        if isinstance(home.node, ast.ClassDef) and not home.package:
            return await self._of_bases(home.node)
        returns = home.node.returns if isinstance(home.node, Defs) else None
        return "" if returns is not None and "Any" in ast.unparse(returns) else home.package

    async def _of_bases(self, node: ast.ClassDef) -> str:
        for base in node.bases:
            above = await self._sight.defined(base.value if isinstance(base, ast.Subscript) else base)
            if above is not None and above.package:
                return above.package
        return ""

    async def _of_name(self, node: ast.Name, steps: int) -> str:
        values, is_own = self._values(node.id)
        if values and not is_own:
            origins = [await self._origin(one, steps - 1) for one in values]
            return next(filter(None, origins), "")
        home: Defined | None = await self._sight.defined(node) if not values and not is_own else None
        if home is None:
            return ""
        if home.path == self._sight.path and isinstance(home.node, ast.ClassDef):
            return await self._of_bases(home.node)
        return home.package

    def _values(self, name: str) -> tuple[list[ast.expr], bool]:
        """What a name is given anywhere in the text; and whether it is an argument besides, or given something that cannot be seen."""
        found = rest.given(self._sight.root, name)
        stored = 0
        for one in self._sight.nodes(ast.Name, ast.arg, ast.NamedExpr, ast.For, ast.AsyncFor):
            match one:
                case ast.Name(id=name_, ctx=ast.Store()) if name_ == name:
                    stored += 1
                case ast.arg(arg=name_) if name_ == name:
                    return [], True
                case (
                    ast.NamedExpr(target=ast.Name(id=name_), value=value)
                    | ast.For(target=ast.Name(id=name_), iter=value)
                    | ast.AsyncFor(target=ast.Name(id=name_), iter=value)
                ) if name_ == name:
                    found.append(value)
                case _:
                    continue
        return found, stored != len(found)


def _name(node: ast.expr) -> str:
    """What people would call the object: the name that the expression begins with, or all of it."""
    at = node
    while isinstance(at, ast.Attribute | ast.Subscript | ast.Await | ast.Call):
        at = at.func if isinstance(at, ast.Call) else at.value
    return at.id if isinstance(at, ast.Name) and isinstance(node, ast.Name | ast.Subscript) else short(node)
