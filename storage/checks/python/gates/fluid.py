"""Objects that answer to any name, so that no type checker objects: what they give for a made-up one cannot be called, or is not there.

What they really have is read from their source, or from what they are made of.
"""

from __future__ import annotations

import ast
import inspect
import json
from pathlib import Path

from bot.capabilities.checks.python import wording
from bot.capabilities.checks.verdicts import Finding
from storage.checks.python.library.library import Library, near
from storage.checks.python.library.lookup import find
from storage.checks.python.meaning import classes, decorators, forwarding, later
from storage.checks.python.meaning.calls import forms, is_elided, is_wrapped, parameters, short
from storage.checks.python.meaning.named import NAMED, UNUSED, is_dialects
from storage.checks.python.meaning.real import modules
from storage.checks.python.meaning.services import Services
from storage.checks.python.meaning.sight import Defined, Sight

CLASSES = {
    "pymongo": ("Collection", "Database", "MongoClient", "AsyncCollection", "AsyncDatabase", "AsyncMongoClient"),
    "motor": ("AgnosticCollection", "AgnosticDatabase", "AgnosticClient"),
    "pandas": ("DataFrame", "Series", "Index"),
    "faker": ("Faker",),
    "beautifulsoup4": ("BeautifulSoup", "Tag"),
}
"""Classes whose `__getattr__` gives something for every name, and never something to call."""

TAGS = ("BeautifulSoup", "Tag")
"""Of which any word may be the name of a tag; none of those has an underscore."""

JSON = {
    function.__name__: frozenset([*inspect.signature(function).parameters, *inspect.signature(coder).parameters])
    - {"kw"}
    for function, coder in (
        (json.dumps, json.JSONEncoder),
        (json.dump, json.JSONEncoder),
        (json.loads, json.JSONDecoder),
        (json.load, json.JSONDecoder),
    )
}
"""What the functions of `json` take, with those that they hand the rest to."""

MOST_BASES = 30


class Fluid:
    def __init__(self, library: Library) -> None:
        self._library = library
        self._services = Services(library)
        self._classes: dict[tuple[Path, str], frozenset[str] | None] = {}

    async def findings(self, sight: Sight, lines: range) -> list[Finding]:
        """Lines of the findings count from 0."""
        found = list(self._services.findings(sight, lines))
        for node in sight.nodes(ast.Call):
            if node.lineno not in lines:
                continue
            if isinstance(node.func, ast.Attribute) and self._may_be_fluid():
                found += await self._of_class(sight, node.func)
            found += await self._handed_on(sight, node)
            found += self._to_json(sight, node)
        return found

    def reasons(self, sight: Sight, lines: range) -> dict[str, str]:
        """Of what is described, by the names on these lines: why nothing can be said of it."""
        return self._services.reasons(sight, lines)

    def _may_be_fluid(self) -> bool:
        return any(package in self._library.environment.versions for package in CLASSES)

    async def _of_class(self, sight: Sight, node: ast.Attribute) -> list[Finding]:
        home = await self._held(sight, node.value)
        if home is not None and getattr(home.node, "name", "") == "Faker" and home.package == "faker":
            return self._of_provider(sight, node)
        if (
            home is None
            or not isinstance(home.node, ast.ClassDef)
            or home.node.name not in CLASSES.get(home.package, ())
        ):
            return []
        has = self._names(home, home.node.name)
        if has is None or node.attr in has or node.attr.startswith("_"):
            return []
        if home.node.name in TAGS and "_" not in node.attr:
            return []
        where = self._library.where(home.package)
        said = wording.attribute(home.node.name, node.attr, where, near(node.attr, has))
        return [self._library.told((node.end_lineno or node.lineno) - 1, "attribute", said, home.package)]

    def _of_provider(self, sight: Sight, node: ast.Attribute) -> list[Finding]:
        """Faker hands every name on to its providers; the block may bring some of its own."""
        if "add_provider" in sight.text or node.attr.startswith("_") or self._library.has_method("faker", node.attr):
            return []
        said = wording.attribute("Faker", node.attr, self._library.where("faker"), "")
        return [self._library.told((node.end_lineno or node.lineno) - 1, "attribute", said, "faker")]

    async def is_known(self, sight: Sight, node: ast.expr) -> bool:
        """Whether all that an object has is known, though it answers to any name."""
        if not self._may_be_fluid():
            return False
        home = await self._held(sight, node)
        name = getattr(home.node, "name", "") if home is not None else ""
        return home is not None and name in CLASSES.get(home.package, ()) and self._names(home, name) is not None

    async def _held(self, sight: Sight, node: ast.expr) -> Defined | None:
        """The class of an expression; of `database["x"]` what asking that class by key is declared to give."""
        if "motor" in self._library.environment.versions and (steps := _steps_from_motor(sight, node)) is not None:
            return self._of_motor(steps)
        if not isinstance(node, ast.Subscript):
            home = await sight.type_named(node, "")
            first = _first_given(sight, node) if home is None and isinstance(node, ast.Name) else None
            return await sight.type_of(first) if first is not None else home
        if isinstance(node.value, ast.Attribute) and node.value.attr == "loc":
            frame = await self._held(sight, node.value.value)
            return frame if _is_frame(frame) and isinstance(node.slice, ast.Compare) else None
        of = await self._held(sight, node.value)
        if of is None or not isinstance(of.node, ast.ClassDef):
            return None
        if _is_frame(of):
            return (
                of
                if isinstance(node.slice, ast.Compare | ast.List) or await _is_list(sight, node.slice)
                else self._class(of, "Series")
                if _is_key(node)
                else None
            )
        for one in of.node.body:
            if isinstance(one, ast.FunctionDef) and one.name == "__getitem__" and one.returns is not None:
                return self._class(of, ast.unparse(one.returns).strip("'\"").partition("[")[0])
        return None

    def _of_motor(self, steps: int) -> Defined | None:
        """Motor makes its classes when it is imported: a database is asked of a client, and a collection of that."""
        name = CLASSES["motor"][max(0, 2 - steps)]
        found = find(self._library, "motor.core", name, MOST_BASES)
        path = self._library.file_of("motor.core")
        return Defined(path, "motor", found[1]) if found and path else None

    def _class(self, of: Defined, name: str) -> Defined | None:
        """The class that the module of another one calls so."""
        found = find(self._library, self._library.module_of(of.path), name, MOST_BASES)
        path = self._library.file_of(found[0]) if found else None
        return Defined(path, self._library.owner(found[0]), found[1]) if found and path else None

    def _names(self, home: Defined, name: str) -> frozenset[str] | None:
        """What a class has, with all its bases, in the real source; None where it cannot be read whole."""
        key = (home.path, name)
        if key not in self._classes:
            self._classes[key] = self._gathered(home, name)
        return self._classes[key]

    def _gathered(self, home: Defined, name: str) -> frozenset[str] | None:
        module = self._library.module_of(home.path)
        found = find(self._library, module, name, MOST_BASES)
        if found is None or not isinstance(found[1], ast.ClassDef):
            return None
        known = classes.Known(found[0], found[1])
        has, line = classes.written(self._library, known), classes.lineage(self._library, known)
        above = [one.module for one in line or ()]
        return None if has is None else has | later.given(self._library, module, name, [module, *above])

    # --- arguments that are only handed on --------------------------------------------------------------------------

    async def _handed_on(self, sight: Sight, call: ast.Call) -> list[Finding]:
        words = [one.arg for one in call.keywords if one.arg]
        if not words or is_elided(call) or not isinstance(call.func, ast.Name | ast.Attribute):
            return []
        home = await sight.defined(call.func)
        if home is None or not home.package or home.node is None:
            return []
        names = self._accepted(sight, home, await self._asked_of(sight, call.func), call)
        if names is None:
            return []  # what takes any word may hand it to anybody, or keep it
        called, where = short(call.func), self._library.where(home.package)
        return [
            self._library.told(
                one.lineno - 1, "argument", wording.keyword(one.arg, called, where, near(one.arg, names)), home.package
            )
            for one in call.keywords
            if one.arg
            and one.arg not in names
            and not is_dialects(home.package, one.arg, names)
            and not await decorators.speaking_of(sight, call.func, home, one.arg)
        ]

    def _to_json(self, sight: Sight, call: ast.Call) -> list[Finding]:
        """The `json` module hands what it does not know to a class, its own unless one is named, which takes no more than these."""
        given = [one for one in call.keywords if one.arg]
        called = ast.unparse(call.func)
        names = JSON.get(called.rpartition(".")[2]) if called.startswith("json.") else None
        if names is None or "cls" in {one.arg for one in given} or modules(sight).get("json") != "json":
            return []
        return [
            Finding(one.lineno - 1, "argument", wording.keyword(one.arg, called, "", near(one.arg, names)))
            for one in given
            if one.arg and one.arg not in names
        ]

    async def _asked_of(self, sight: Sight, called: ast.expr) -> forwarding.Owner | None:
        """The library's class of an object whose method is called."""
        named = isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name | ast.Attribute)
        of = await sight.type_of(called.value) if named and isinstance(called, ast.Attribute) else None
        is_class = of is not None and of.package and not of.is_stub and isinstance(of.node, ast.ClassDef)
        return (
            (self._library.module_of(of.path), of.node)
            if is_class and of and isinstance(of.node, ast.ClassDef)
            else None
        )

    def _accepted(
        self, sight: Sight, home: Defined, of: forwarding.Owner | None, call: ast.Call
    ) -> frozenset[str] | None:
        """The names that a call may give; None where that cannot be told."""
        if home.node is not None and (home.package, home.node.name) in NAMED:
            return forwarding.accepted(self._library, home.path, home.node, home.package)
        if home.node is not None and (home.package, home.node.name) in UNUSED:
            return frozenset(parameters(home.node)[0])
        real = self._library.beside_stub(home.path, home.node.name) if home.is_stub and home.node else home.node
        if real is None or home.node is None:
            return None
        all_forms = [] if home.is_stub else forms(sight, home)
        if all_forms and not any(is_open for _, is_open in all_forms) and not is_wrapped(real):
            return frozenset(name for names, _ in all_forms for name in names)
        if isinstance(real, ast.FunctionDef | ast.AsyncFunctionDef):
            module = self._library.module_of(home.path)
            if not real.args.kwarg or not decorators.keeps(self._library, module, real, is_by_name=True):
                return None
        return forwarding.accepted(self._library, home.path, real, home.package, of, call)


def _is_frame(home: Defined | None) -> bool:
    return home is not None and home.package == "pandas" and getattr(home.node, "name", "") == "DataFrame"


async def _is_list(sight: Sight, node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and (await sight.hover(node)).startswith("list[")


def _is_key(node: ast.Subscript) -> bool:
    return isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str)


def _steps_from_motor(sight: Sight, node: ast.expr, left: int = 6) -> int | None:
    """How often a client of motor is asked for something by name or by key; None for what does not come from one."""
    if left == 0:
        return None
    match node:
        case ast.Call(func=ast.Name(id="AsyncIOMotorClient") | ast.Attribute(attr="AsyncIOMotorClient")):
            return 0
        case ast.Attribute(value=value) | ast.Subscript(value=value):
            steps = _steps_from_motor(sight, value, left - 1)
            return None if steps is None else steps + 1
        case ast.Name(id=name):
            values = sight.given(name)
            return _steps_from_motor(sight, values[0], left - 1) if len(values) == 1 else None
        case _:
            return None


def _first_given(sight: Sight, node: ast.Name) -> ast.Name | None:
    """Where a name is first given something, if all that it is given later is made of itself: `rows = rows.append(row)` in a loop."""
    given = sorted(sight.given(node.id), key=lambda one: one.lineno)
    every = (one for one in sight.nodes(ast.Name) if one.id == node.id)
    stored = sorted((one for one in every if isinstance(one.ctx, ast.Store)), key=lambda one: one.lineno)
    later = [{part.id for part in ast.walk(one) if isinstance(part, ast.Name)} for one in given[1:]]
    return stored[0] if len(stored) == len(given) > 1 and all(node.id in one for one in later) else None
