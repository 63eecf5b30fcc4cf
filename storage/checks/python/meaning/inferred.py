"""Objects of libraries that declare no types, followed through what their functions give back: what such an object lacks, and what its
methods do not take. Only where no checker knows anything of it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from bot.capabilities.checks.python import deprecations, wording
from bot.capabilities.checks.verdicts import Finding
from storage.checks.python.library.library import Library, near
from storage.checks.python.library.lookup import find
from storage.checks.python.meaning import classes, fixtures, forwarding
from storage.checks.python.meaning.calls import is_elided, is_overload, is_wrapped, parameters, short
from storage.checks.python.meaning.classes import Known
from storage.checks.python.meaning.real import modules
from storage.checks.python.meaning.sight import Defined, Sight

MOST_STEPS = 6
DESCRIBED = ("boto3", "botocore")
"""Made of descriptions: their sources name nothing."""

FLASK = "flask-sqlalchemy"


class Inferred:
    """For one opened document. What each name holds is kept."""

    def __init__(self, sight: Sight) -> None:
        self._sight = sight
        self._library: Library = sight.library
        self._held: dict[tuple[str, int], Known | None] = {}

    async def findings(self, lines: range) -> list[Finding]:
        """For these lines of the text, from 1; lines of the findings count from 0."""
        found: list[Finding] = []
        called = {id(node.func) for node in self._sight.nodes(ast.Call)}
        for node in list(self._sight.nodes(ast.Attribute)):
            if node.lineno not in lines or not isinstance(node.ctx, ast.Load):
                continue
            if id(node) not in called and not isinstance(node.value, ast.Name):
                continue
            home = await self._sight.defined(node)
            if home is not None:  # a checker knows it
                found += self._declared_only(node, home)
                continue
            known = await self.class_of(node.value)
            if known is not None and known.is_read and not node.attr.startswith("_"):
                found += self._asked(node, known)
                found += self._retired(node, known) if id(node) in called else ()
        return found

    def _retired(self, node: ast.Attribute, known: Known) -> Iterator[Finding]:
        """A method of such an object that says of itself that it is deprecated."""
        home = classes.method(self._library, known, node.attr)
        package = self._library.owner(home[0].module) if home is not None else ""
        said = deprecations.said(home[1]) if home is not None and package else ""
        if said:
            text = wording.deprecated(node.attr, "" if said.startswith("it ") else said, self._library.where(package))
            yield self._library.told((node.end_lineno or node.lineno) - 1, "deprecated", text, package)

    def _declared_only(self, node: ast.Attribute, home: Defined) -> Iterator[Finding]:
        """What a stub from elsewhere has, and the library itself has not, at this version."""
        if not home.is_stub or not home.package or home.package in DESCRIBED or home.node is None:
            return
        tree, module = self._library.tree(home.path), self._library.module_of(home.path)
        around = [one for one in tree.body if isinstance(one, ast.ClassDef) and home.node in one.body] if tree else []
        real = find(self._library, module, around[0].name, MOST_STEPS) if around else None
        path = self._library.file_of(real[0]) if real else None
        if real is None or path is None or path.suffix != ".py" or not isinstance(real[1], ast.ClassDef):
            return
        has = classes.names(self._library, Known(real[0], real[1]))
        if has is not None and node.attr not in has and not self._library.has_word(home.package, node.attr):
            where = self._library.where(home.package)
            said = wording.attribute(real[1].name, node.attr, where, near(node.attr, has))
            yield self._library.told((node.end_lineno or node.lineno) - 1, "attribute", said, home.package)

    def _asked(self, node: ast.Attribute, known: Known) -> Iterator[Finding]:
        has = classes.names(self._library, known) or self._typed_names(known)
        package = self._library.owner(known.module)
        where, line = self._library.where(package), (node.end_lineno or node.lineno) - 1
        if has is None or not package:
            return
        if node.attr not in has:
            if self._library.is_below(package, known.node.name, node.attr):
                return
            said = wording.attribute(known.node.name, node.attr, where, near(node.attr, has))
            yield self._library.told(line, "attribute", said, package)
            return
        call = self._sight.parents.get(id(node))
        if not isinstance(call, ast.Call) or call.func is not node or is_elided(call):
            return
        home = classes.method(self._library, known, node.attr)
        if home is None or is_wrapped(home[1]):
            return
        unknown = list(self._unknown(call, *home))
        for word, at, guess in unknown:
            said = wording.keyword(word, short(node), where, guess)
            yield self._library.told(at - 1, "argument", said, package)
        if not unknown and self._is_too_much(call, home[1]):
            made = wording.by_name if home[1].args.kwonlyargs else wording.too_many
            yield self._library.told(line, "argument", made(short(node), where), package)
            return
        lacking = classes.lacking(call, home[1]) if not unknown else []
        if lacking:
            yield self._library.told(line, "argument", wording.lacking(lacking, short(node), where), package)

    @staticmethod
    def _is_too_much(call: ast.Call, method: classes.Method) -> bool:
        placed = (*method.args.posonlyargs, *method.args.args)
        is_spread = method.args.vararg is not None or any(isinstance(one, ast.Starred) for one in call.args)
        return not method.decorator_list and not is_spread and len(call.args) > max(0, len(placed) - 1)

    def _typed_names(self, known: Known) -> frozenset[str] | None:
        """What a class of a typed library has by its own text, whatever it does to other objects."""
        found = classes.written(self._library, known) or frozenset(["__getattr__"])
        is_open = "__getattr__" in found or not self._library.is_typed(self._library.owner(known.module))
        return None if is_open else found

    def _unknown(self, call: ast.Call, owner: Known, method: classes.Method) -> Iterator[tuple[str, int, str]]:
        names, is_open = parameters(method)
        if is_open:
            path = self._library.file_of(owner.module)
            accepted = forwarding.accepted(self._library, path, method, "") if path else None
            if accepted is None:
                return
            names = sorted(accepted)
        for one in call.keywords:
            if one.arg and one.arg not in names:
                yield one.arg, one.lineno, near(one.arg, names)

    async def is_told(self, node: ast.expr) -> bool:
        """Whether all that an object has is known, though nobody declares it."""
        known = await self.class_of(node)
        return known is not None and classes.names(self._library, known) is not None

    # --- what an expression holds -----------------------------------------------------------------------------------

    async def class_of(self, node: ast.expr, steps: int = MOST_STEPS) -> Known | None:
        if steps == 0:
            return None
        match node:
            case ast.Name():
                return await self._of_name(node, steps)
            case ast.Await(value=value):
                known = await self.class_of(value, steps) if isinstance(value, ast.Call) else None
                is_wrapping = known is not None and "__await__" in (classes.written(self._library, known) or ())
                return None if is_wrapping else known  # what stands for a coroutine gives something else
            case ast.Call(func=called):
                return await self._given(called, steps)
            case ast.Subscript(value=value):
                of = await self.class_of(value, steps - 1)
                home = classes.method(self._library, of, "__getitem__") if of else None
                return classes.given(self._library, home[0].module, home[1], of) if home else None
            case ast.Attribute(value=ast.Name(id="self")) if (kept := self._kept(node)) is not None:
                return await self.class_of(kept, steps - 1)
            case ast.Attribute(value=ast.Name() as model, attr="query") if (
                asked := await self._query_of(model)
            ) is not None:
                return asked
            case ast.Attribute(value=value, attr=name):
                of = await self.class_of(value, steps - 1)
                home = classes.method(self._library, of, name) if of else None
                if home is None or not any("property" in ast.unparse(mark) for mark in home[1].decorator_list):
                    return None
                return classes.given(self._library, home[0].module, home[1], of)
            case _:
                return None

    async def _query_of(self, node: ast.Name) -> Known | None:
        """What `Order.query` is of a model below Flask-SQLAlchemy's, where nobody puts another class in its place."""
        if FLASK not in self._library.environment.versions or "query_class" in self._sight.text:
            return None
        home = await self._sight.defined(node)
        bases = home.node.bases if home is not None and isinstance(home.node, ast.ClassDef) and not home.package else []
        made = find(self._library, "flask_sqlalchemy.query", "Query", MOST_STEPS) or find(
            self._library, "flask_sqlalchemy", "BaseQuery", MOST_STEPS
        )
        if not any(ast.unparse(one).endswith(".Model") for one in bases) or made is None:
            return None
        return Known(made[0], made[1], is_read=True) if isinstance(made[1], ast.ClassDef) else None

    async def _of_name(self, node: ast.Name, steps: int) -> Known | None:
        scope = self._sight.around(node)
        key = (node.id, id(scope))
        if key not in self._held:
            self._held[key] = None  # while it is looked for
            value = self.value(node.id, scope)
            known = await self.class_of(value, steps - 1) if value is not None else None
            if known is not None and any(one.context_expr is value for one in self._sight.entered()):
                known = self._entered(known)
            if known is None and value is None:
                known = self._known(await self._sight.type_of(node)) or self._of_fixture(node.id, scope)
            self._held[key] = known
        return self._held[key]

    def _of_fixture(self, name: str, scope: ast.AST | None) -> Known | None:
        """What pytest gives a test for an argument without a type, where no fixture of the reader's has its name."""
        if not fixtures.is_asking(scope) or not isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef):
            return None
        taken = [one for one in (*scope.args.args, *scope.args.kwonlyargs) if one.arg == name and not one.annotation]
        stored = any(
            isinstance(one, ast.Name) and one.id == name and isinstance(one.ctx, ast.Store) for one in ast.walk(scope)
        )
        is_own = self._sight.own_definition(name) is not None
        return fixtures.given(self._library, name) if taken and not stored and not is_own else None

    def _entered(self, of: Known) -> Known | None:
        """What `with` gives of such an object."""
        home = classes.method(self._library, of, "__enter__") or classes.method(self._library, of, "__aenter__")
        return classes.given(self._library, home[0].module, home[1], of) if home else None

    def value(self, name: str, scope: ast.AST | None) -> ast.expr | None:
        """What a name is given, where it is given something once: in its function, else at the top."""
        for place in dict.fromkeys((scope, None)):
            values: list[ast.expr | None] = []
            for one in (*self._sight.nodes(ast.Assign, ast.Name, ast.arg, ast.alias), *self._sight.entered()):
                if self._sight.around(one) is not place:
                    continue
                match one:
                    case ast.Name(id=name_, ctx=ast.Store()) if name_ == name:
                        values.append(None)
                    case ast.alias() if (one.asname or one.name.partition(".")[0]) == name:
                        values.append(None)
                    case ast.arg(arg=name_) if name_ == name:
                        return None
                    case ast.Assign(targets=[ast.Name(id=name_)], value=value) if name_ == name:
                        values.append(value)
                    case ast.withitem(context_expr=value, optional_vars=ast.Name(id=name_)) if name_ == name:
                        values.append(value)
                    case _:
                        continue
            if values:
                given = [one for one in values if one is not None]
                return given[0] if len(given) == 1 and len(values) == 2 else None
        return None

    def _kept(self, node: ast.Attribute) -> ast.expr | None:
        """What the class around gives this attribute of `self`, where it gives it one thing besides None."""
        around = self._sight.around(node, ast.ClassDef)
        text = ast.unparse(node)
        stored, values = 0, []
        for one in ast.walk(around) if around else ():
            match one:
                case ast.Attribute(ctx=ast.Store()) if ast.unparse(one) == text:
                    stored += 1
                case (
                    ast.Assign(targets=[target], value=value) | ast.AnnAssign(target=target, value=ast.expr() as value)
                ):
                    values += [value] if ast.unparse(target) == text else []
                case _:
                    continue
        given = [one for one in values if not (isinstance(one, ast.Constant) and one.value is None)]
        return given[0] if len(given) == 1 and stored == len(values) else None

    async def _given(self, called: ast.expr, steps: int) -> Known | None:
        """`self` and `cls` in it are of the class that is asked, as far as that is known: it may be one below the function's own."""
        home = await self._sight.defined(called)
        if home is not None and isinstance(home.node, ast.ClassDef):
            return self._known(home)
        of = await self.class_of(called.value, steps - 1) if isinstance(called, ast.Attribute) else None
        if home is None:
            found = classes.method(self._library, of, called.attr) if of and isinstance(called, ast.Attribute) else None
            return classes.given(self._library, found[0].module, found[1], of) if found else None
        if not home.package or home.is_stub or not isinstance(home.node, classes.Method):
            return None
        if is_overload(home.node):
            return self._declared(home)
        if (
            of is None
            and isinstance(called, ast.Attribute)
            and "classmethod" in map(ast.unparse, home.node.decorator_list)
        ):
            of = await self._asked_of(called.value, home)
        return classes.given(self._library, self._library.module_of(home.path), home.node, of)

    def _declared(self, home: Defined) -> Known | None:
        """The class that stands above all that the forms of a function are declared to give, where nobody can tell which form it is."""
        tree, module = self._library.tree(home.path), self._library.module_of(home.path)
        bodies = (
            [one.body for one in tree.body if isinstance(one, ast.ClassDef) and home.node in one.body] if tree else []
        )
        every = [
            one.returns
            for one in (bodies[0] if bodies else tree.body if tree else ())
            if isinstance(one, classes.Method) and home.node and one.name == home.node.name and is_overload(one)
        ]
        given = [
            find(self._library, module, ast.unparse(one).partition("[")[0], MOST_STEPS) if one else None
            for one in every
        ]
        known = [Known(one[0], one[1], is_read=True) for one in given if one and isinstance(one[1], ast.ClassDef)]
        lines = [{each.node.name for each in classes.lineage(self._library, one) or [one]} for one in known]
        above = [one for one in known if all(one.node.name in line for line in lines)]
        return above[0] if above and len(known) == len(every) else None

    async def _asked_of(self, node: ast.expr, home: Defined) -> Known | None:
        """The class whose own method is called by its name, or by that of a module which keeps it: `docker.from_env()`."""
        if isinstance(node, ast.Name) and node.id in modules(self._sight):
            tree = self._library.tree(home.path)
            around = (
                [one for one in tree.body if isinstance(one, ast.ClassDef) and home.node in one.body] if tree else []
            )
            return Known(self._library.module_of(home.path), around[0]) if around else None
        return self._known(await self._sight.defined(node))

    def _known(self, home: Defined | None) -> Known | None:
        if home is None or not home.package or home.is_stub or not isinstance(home.node, ast.ClassDef):
            return None
        module = self._library.module_of(home.path)
        path: Path | None = self._library.file_of(module)
        return Known(module, home.node) if path == home.path else None
