"""What an expression of a block holds of Django: a manager, a query, or an object of a model, as far as the classes are known.
https://docs.djangoproject.com/en/5.2/topics/db/managers/
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from storage.checks.python.frameworks import mapped
from storage.checks.python.library.members import class_names
from storage.checks.python.meaning import made, whereabouts
from storage.checks.python.meaning.sight import Sight
from storage.checks.python.meaning.vocabulary import Vocabulary
from storage.checks.python.meaning.whereabouts import Found

QUERY, MANAGER, MODEL = "django.db.models.query", "django.db.models.manager", "django.db.models.base"
SAME = frozenset(
    """
    all filter exclude order_by reverse distinct select_related prefetch_related annotate alias using none only defer extra
    select_for_update complex_filter union intersection difference
    """.split()
)
ROWS = frozenset(["values", "values_list", "dates", "datetimes"])
"""What they give are queries still, but of no objects."""

RELATED = frozenset(
    "add aadd set aset remove aremove clear aclear through source_field target_field core_filters".split()
)
ONE = frozenset(["get", "first", "last", "earliest", "latest", "create"])
MOST_STEPS = 12
Defs = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Held:
    """What an expression holds: a manager, a query, or one object of a model; `names` are all that the first two have."""

    kind: str
    model: Found
    names: frozenset[str] | None
    has_objects: bool = True


class Holder:
    """For one opened document. `words` are those of the team's tree."""

    def __init__(self, sight: Sight, words: Vocabulary) -> None:
        self._sight = sight
        self._library = sight.library
        self._every = (Vocabulary(sight.text), words)
        self._version = sight.library.environment.versions.get("django", "")
        self._names: dict[tuple[str, str], frozenset[str] | None] = {}

    async def held(self, node: ast.expr) -> Held | None:
        """The manager, query or object of a model that an expression holds; None where that is not known."""
        return await self._held(node, MOST_STEPS)

    async def model_of(self, node: ast.expr) -> Found | None:
        """The model that an expression is, or holds a manager or a query of."""
        if isinstance(node, ast.Name) and (of := await self._model(node)) is not None:
            return of
        held = await self.held(node)
        return held.model if held is not None and held.kind != "object" else None

    def _is_defined(self, name: str) -> bool:
        return any(name in one.functions for one in self._every)

    # --- what there is ----------------------------------------------------------------------------------------------

    def _all_of(self, held: Held) -> frozenset[str] | None:
        return held.names if held.kind != "object" else self._of(held.model)

    def _of(self, of: Found) -> frozenset[str] | None:
        """All that objects of a class have by its text and those above it; None where one of them is not known."""
        key = (str(of.path), of.node.name)
        if key not in self._names:
            found: set[str] = set()
            is_whole = True
            for one in whereabouts.above(self._sight, of):
                if one is None or not isinstance(one.node, ast.ClassDef) or self._is_open(one):
                    is_whole = False
                    break
                found |= set(class_names(one.node))
            self._names[key] = frozenset(found) if is_whole else None
        return self._names[key]

    def _is_open(self, of: Found) -> bool:
        node = of.node
        if of.module.startswith("django.") or not isinstance(node, ast.ClassDef):
            return False
        return bool(node.decorator_list or {"__getattr__", "__getattribute__", "__new__"} & set(class_names(node)))

    def _kept_to_queries(self) -> set[str]:
        home = whereabouts.in_module(self._sight, QUERY, "QuerySet")
        found = set()
        for one in home.node.body if home is not None else ():
            match one:
                case ast.Assign(targets=[ast.Attribute(value=ast.Name(id=name), attr="queryset_only")], value=value):
                    found |= {name} if isinstance(value, ast.Constant) and value.value is True else set()
                case _:
                    continue
        return found

    def _methods(self, module: str, name: str) -> dict[str, Defs]:
        home = whereabouts.in_module(self._sight, module, name)
        return {one.name: one for one in home.node.body if isinstance(one, Defs)} if home is not None else {}

    # --- what an expression holds -----------------------------------------------------------------------------------

    async def _held(self, node: ast.expr, steps: int) -> Held | None:
        if steps == 0:
            return None
        match node:
            case ast.Attribute(value=ast.Name() as model, attr=name) if model.id[:1].isupper():
                return await self._manager(await self._model(model), name)
            case ast.Attribute(value=value, attr=name):
                held = await self._held(value, steps - 1)
                return await self._related(held.model, name) if held is not None and held.kind == "object" else None
            case ast.Call(func=ast.Attribute(value=value, attr=name)):
                held = await self._held(value, steps - 1)
                return self._given(held, name) if held is not None else None
            case (
                ast.Call(func=ast.Name(id="get_object_or_404"), args=[asked, *_])
                | ast.Await(value=ast.Call(func=ast.Name(id="aget_object_or_404"), args=[asked, *_]))
            ):
                of = await self.model_of(asked)
                return Held("object", of, None) if of is not None else None
            case ast.Await(value=ast.Call(func=ast.Attribute(value=value, attr=name))) if name[:1] == "a":
                held = await self._held(value, steps - 1)
                return self._given(held, name[1:]) if held is not None and name[1:] in ONE else None
            case ast.Subscript(value=value, slice=key):
                held = await self._held(value, steps - 1)
                if held is None or held.kind != "query":
                    return None
                return held if isinstance(key, ast.Slice) else self._object(held)
            case ast.Name():
                return await self._of_name(node, steps - 1)
            case _:
                return None

    def _given(self, held: Held, name: str) -> Held | None:
        if held.kind != "object" and self._is_kept(name):
            return Held("query", held.model, held.names, held.has_objects)
        own = self._methods(QUERY, "QuerySet")
        if held.kind == "object" or name not in own or self._is_defined(name):
            return None
        if name in SAME | ROWS:
            names = held.names | self._kept_to_queries() if held.names is not None else None
            return Held("query", held.model, names, held.has_objects and name not in ROWS)
        return self._object(held) if name in ONE else None

    def _is_kept(self, name: str) -> bool:
        """Whether the one function of this name that the team has gives back a query made of its own object."""
        texts = list(dict.fromkeys(body for one in self._every for body in one.bodies(name)))
        kept = [re.fullmatch(r"\s*return self\.(?:get_queryset\(\)\.)?(\w+)\([\s\S]*\)\s*", one) for one in texts]
        return len(texts) == 1 and kept[0] is not None and kept[0][1] in SAME and ")." not in kept[0][0]

    @staticmethod
    def _object(held: Held) -> Held | None:
        return Held("object", held.model, None) if held.has_objects else None

    async def _of_name(self, node: ast.Name, steps: int) -> Held | None:
        """Of a name that its function, or the block's top, gives something once; or that goes through a query."""
        around = self._sight.around(node)
        stored: list[ast.AST] = [
            one
            for one in self._sight.nodes(ast.Name, ast.arg)
            if (one.id if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store) else getattr(one, "arg", ""))
            == node.id
            and self._sight.around(one) is around
        ]
        if len(stored) != 1:
            return None
        if isinstance(stored[0], ast.arg):
            return await self._of_argument(stored[0])
        parent = self._sight.parents.get(id(stored[0]))
        match parent:
            case ast.Assign(targets=[ast.Name()], value=value):
                return await self._held(value, steps)
            case ast.For(target=ast.Name(), iter=value) | ast.AsyncFor(target=ast.Name(), iter=value):
                held = await self._held(value, steps)
            case ast.comprehension(target=ast.Name(), iter=value):
                held = await self._held(value, steps)
            case _:
                return None
        return self._object(held) if held is not None and held.kind == "query" else None

    async def _of_argument(self, node: ast.arg) -> Held | None:
        """Of an argument that is declared to be an object of a model, or that is `self` in one."""
        if node.arg == "self":
            around = self._sight.around(node)
            owner = self._sight.parents.get(id(around)) if around is not None else None
            home = Found(self._sight.path, owner) if isinstance(owner, ast.ClassDef) else None
            is_whole = home is not None and not made.is_partial(home.node, self._sight.lines)
            return Held("object", home, None) if home is not None and is_whole and self._is_model(home) else None
        of = await self._model(node.annotation) if isinstance(node.annotation, ast.Name) else None
        return Held("object", of, None) if of is not None else None

    # --- models and their managers ----------------------------------------------------------------------------------

    async def _model(self, node: ast.Name) -> Found | None:
        home = await self._sight.defined(node)
        if home is None or not isinstance(home.node, ast.ClassDef) or not mapped.is_theirs(self._sight, home):
            return None
        of = Found(home.path, home.node)
        return of if self._is_model(of) else None

    def _is_model(self, of: Found) -> bool:
        return any(
            one is not None and one.module == MODEL and one.node.name == "Model"
            for one in whereabouts.above(self._sight, of)
        )

    async def _related(self, of: Found, name: str) -> Held | None:
        """The other end of a relation, where one class of the team's names it so, or bears its name."""
        has = self._of(of)
        if has is None or name in has:
            return None
        names = [owner for one in self._every for owner in one.relations.get(name, ())]
        if name.endswith("_set"):
            of_it = name.removesuffix("_set")
            names += [each for one in self._every for each in one.classes if each.lower() == of_it]
        names = list(dict.fromkeys(names))
        home = self._sight.own_definition(names[0]) if len(names) == 1 else None
        if home is None or not isinstance(home.node, ast.ClassDef):
            return None
        held = await self._manager(Found(home.path, home.node), "objects")
        if held is None or held.names is None:
            return None
        return Held("manager", held.model, held.names | RELATED)

    async def _manager(self, of: Found | None, name: str) -> Held | None:
        if of is None:
            return None
        line = list(whereabouts.above(self._sight, of))
        if None in line:
            return None
        every = [(one, value) for one in line if one is not None for value in _set(one.node, name)]
        if every:
            names = self._of_value(*every[0])
        elif name == "objects" and not any(map(_has_managers, filter(None, line))):
            names = self._together(of, [], "Manager")
        else:
            return None
        return Held("manager", of, names) if names else None

    def _of_value(self, of: Found, value: ast.expr) -> frozenset[str] | None:
        """What the manager has that a class is given by an expression: `ProductQuerySet.as_manager()`, `ShopManager()`."""
        match value:
            case ast.Call(func=ast.Attribute(value=query, attr="as_manager"), args=[]):
                return self._together(of, [query], "Manager")
            case ast.Call(func=ast.Call(func=ast.Attribute(value=base, attr="from_queryset"), args=[query, *_])):
                return self._together(of, [base, query], "Manager")
            case ast.Call(func=ast.Name() | ast.Attribute() as made):
                return self._together(of, [made], "")
            case _:
                return None

    def _together(self, of: Found, made: Sequence[ast.expr], besides: str) -> frozenset[str] | None:
        every = [whereabouts.found(self._sight, of.path, ast.unparse(one)) for one in made]
        every += [whereabouts.in_module(self._sight, MANAGER, besides)] if besides else []
        found: set[str] = set()
        for one in every:
            names = self._of(one) if one is not None else None
            if names is None:
                return None
            found |= names
        if not {"get_queryset", "filter"} <= found:
            return None
        own = set(filter(self._is_defined, self._kept_to_queries()))
        return frozenset(found - self._kept_to_queries() | own)


def _set(node: ast.AST, name: str) -> Iterator[ast.expr]:
    for one in getattr(node, "body", ()):
        match one:
            case (
                ast.Assign(targets=[ast.Name(id=own)], value=value)
                | ast.AnnAssign(target=ast.Name(id=own), value=ast.expr() as value)
            ) if own == name:
                yield value
            case _:
                continue


def _has_managers(of: Found) -> bool:
    """Whether a class is given a manager by any name: then Django gives it no `objects` of its own accord."""
    return not of.module.startswith("django.") and any(
        "anager" in ast.unparse(one.value) or "objects" in ast.unparse(one.value)
        for one in of.node.body
        if isinstance(one, ast.Assign)
    )
