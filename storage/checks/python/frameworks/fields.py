"""Fields that Django's queries and models are asked for by name or in a text, wherever the model is known: behind a manager of the
team's own, at the other end of a relation, on an object, within an aggregate, in the `Meta` of a model.
https://docs.djangoproject.com/en/5.2/ref/models/querysets/, https://docs.djangoproject.com/en/5.2/ref/models/expressions/
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator
from functools import cached_property

from bot.capabilities.checks.verdicts import Finding
from storage.checks.python.frameworks.managers import Managers
from storage.checks.python.frameworks.queries import BY_NAME, BY_TEXT, FIELDS, NAMING, OPEN, Fields
from storage.checks.python.meaning import made
from storage.checks.python.meaning.sight import Defined, Sight
from storage.checks.python.meaning.whereabouts import Found

FIELD = re.compile(r"[-+]?[A-Za-z]\w*")
DATES = frozenset(["dates", "datetimes"])
MAKING = frozenset(["create", "acreate", "get_or_create", "aget_or_create", "update_or_create", "aupdate_or_create"])
SETTING = frozenset(["update", "aupdate"])
LISTING = {"bulk_update": "fields", "abulk_update": "fields", "save": "update_fields", "asave": "update_fields",
           "refresh_from_db": "fields", "arefresh_from_db": "fields"}  # fmt: skip
"""Methods that take a list of fields, by the argument that has it."""

SHORTCUTS = frozenset(["get_object_or_404", "aget_object_or_404", "get_list_or_404", "aget_list_or_404"])
OF_META = frozenset(["ordering", "unique_together", "index_together", "indexes", "constraints", "get_latest_by"])
OTHERS = frozenset(["Value", "OuterRef", "Subquery", "Exists", "RawSQL", "Prefetch", "FilteredRelation"])
"""Expressions whose texts name no field of this model."""

SEVERAL = frozenset(["Coalesce", "Concat", "Greatest", "Least", "NullIf"])
"""Expressions that take more than one field."""

QUERY = BY_NAME | BY_TEXT | NAMING | MAKING | SETTING | {"aggregate", "aaggregate", "prefetch_related"}
Named = tuple[str, int, bool]
"""A path of names, its line, and whether a lookup may end it."""


class FieldNames:
    """For one opened document. `words` are those of the team's tree, `elsewhere` names that other blocks of the answer define."""

    def __init__(self, sight: Sight, managers: Managers, words: str, elsewhere: Collection[str] = ()) -> None:
        self._elsewhere = frozenset(elsewhere)
        self._sight = sight
        self._managers = managers
        self._text = f"{sight.text}\n{words}"
        self._reader = Fields(sight, words, self._text, manager="")
        self._version = sight.library.environment.versions.get("django", "")
        self._expressions = _expressions(sight)

    async def unknown(self, lines: range) -> list[Finding]:
        """For these lines of the text, from 1; lines of the findings count from 0."""
        if not self._version:
            return []
        found: dict[tuple[int, str], Finding] = {}
        for call in self._sight.nodes(ast.Call):
            if call.lineno not in lines:
                continue
            model = await self._model(call)
            is_joined = isinstance(call.func, ast.Attribute) and call.func.attr == "select_related"
            for name, line, is_lookup in self._named(call) if model is not None else ():
                if model is None:
                    continue
                said = self._fault(model, name, is_lookup) or (self._unjoined(model, name) if is_joined else "")
                if said:
                    found.setdefault((line, said), self._made(line, said))
        for node in self._sight.nodes(ast.ClassDef):
            if node.lineno in lines and not made.is_partial(node, self._sight.lines):
                for name, line in _of_meta(node):
                    own = Defined(self._sight.path, "", node)
                    if not self._is_open and (said := self._reader.fault(own, [name], is_lookup=False)):
                        found.setdefault((line, said), self._made(line, said))
        return list(found.values())

    @cached_property
    def _annotated(self) -> frozenset[str] | None:
        """What queries compute anywhere."""
        return None if self._is_open else computed(self._text)

    @cached_property
    def _is_open(self) -> bool:
        """Whether models may have names that no class shows."""
        return bool(OPEN.search(self._text))

    def _made(self, line: int, said: str) -> Finding:
        return Finding(line - 1, "argument", said, "django", self._version)

    async def _model(self, call: ast.Call) -> Found | None:
        """The model that a call asks about."""
        match call.func:
            case ast.Name(id=name) if name in SHORTCUTS and call.args:
                return await self._managers.model_of(call.args[0])
            case ast.Attribute(value=of, attr=name) if name in QUERY:
                held = await self._managers.held(of)
                return held.model if held is not None and held.kind != "object" else None
            case ast.Attribute(value=of, attr=name) if name in LISTING:
                held = await self._managers.held(of)
                return held.model if held is not None else None
            case _:
                return None

    def _fault(self, model: Found, name: str, is_lookup: bool) -> str:
        first = name.partition("__")[0]
        if self._annotated is None or {first, name} & self._annotated or self._elsewhere & set(name.split("__")):
            return ""
        return self._reader.fault(Defined(model.path, "", model.node), name.split("__"), is_lookup=is_lookup)

    def _unjoined(self, model: Found, name: str) -> str:
        """What `select_related` cannot follow: fields that are no relation, and relations that lead to many."""
        first = name.partition("__")[0]
        kind, _ = self._reader.field(model.node, first) if isinstance(model.node, ast.ClassDef) else ("", None)
        if kind == "ManyToManyField" or (not kind and self._reader.is_many(first)):
            return f"`select_related` cannot follow `{first}`, which leads to many; did you mean `prefetch_related`?"
        return f"`select_related` cannot follow `{first}`: it is no relation" if kind in FIELDS else ""

    def _named(self, call: ast.Call) -> Iterator[Named]:
        method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        words = [one for one in call.keywords if one.arg]
        if method in LISTING:
            listed = [one.value for one in words if one.arg == LISTING[method]]
            listed += call.args[1:2] if method in ("bulk_update", "abulk_update") else []
            for one in listed:
                yield from ((name, line, False) for name, line in _texts(one))
            return
        if method in BY_NAME | MAKING | SETTING or not method:
            beside = {"defaults", "create_defaults"} if method in BY_NAME | MAKING else set[str]()
            yield from ((one.arg, one.lineno, True) for one in words if one.arg and one.arg not in beside)
            for word in words:
                if word.arg in beside and isinstance(word.value, ast.Dict):
                    yield from ((name, line, False) for name, line in _texts(word.value))
        if method in BY_TEXT | {"prefetch_related"}:
            for argument in call.args[:1] if method in DATES else call.args:
                yield from ((name, line, False) for name, line in _texts(argument))
        for value in [*call.args, *(one.value for one in call.keywords)]:
            yield from self._within(value)

    def _within(self, node: ast.AST) -> Iterator[Named]:
        """What the expressions name that stand in an argument."""
        if isinstance(node, ast.Lambda):
            return
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func).rpartition(".")[2] if self._is_expression(node.func) else ""
            if not name or name in OTHERS:
                return
            if name == "Q":
                yield from ((one.arg, one.lineno, True) for one in node.keywords if one.arg and one.arg[0] != "_")
            else:
                for one in node.args if name in SEVERAL else node.args[:1]:
                    yield from ((text, line, name == "F") for text, line in _texts(one) if text != "*")
        for child in ast.iter_child_nodes(node):
            yield from self._within(child)

    def _is_expression(self, node: ast.expr) -> bool:
        match node:
            case ast.Name(id=name):
                return name in self._expressions
            case ast.Attribute(value=ast.Name(id=module), attr=name):
                return module in self._expressions and name[:1].isupper()
            case _:
                return False


def computed(text: str) -> frozenset[str] | None:
    """The names that queries give anywhere to what they compute; None where some are computed themselves."""
    found: set[str] = set()
    for one in re.finditer(r"\.(?:annotate|alias|values|extra|values_list|aggregate)\(", text):
        within = _balanced(text, one.end())
        if "**" in within:
            return None
        found |= set(re.findall(r"\b(\w+)\s*=(?!=)", within))
        if one[0] != ".values(" and one[0] != ".values_list(":
            found |= set(re.findall(r"['\"](\w+)['\"]\s*:", within))
            bare = re.findall(r"(?:^|,)\s*(?:\w+\.)?(\w+)\(\s*['\"](\w+)['\"]\s*\)", within)
            found |= {f"{path}__{name.lower()}" for name, path in bare}
    return frozenset(found)


def _balanced(text: str, start: int) -> str:
    """What stands between a bracket, whose place is before `start`, and the one that ends it."""
    depth = 1
    for at in range(start, min(len(text), start + 4_000)):
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        if depth == 0:
            return text[start:at]
    return text[start : start + 4_000]


def _expressions(sight: Sight) -> frozenset[str]:
    """Names of the block for Django's expressions, and for the modules that have them."""
    found: set[str] = set()
    for node in sight.nodes(ast.ImportFrom):
        if re.match(r"django\.(?:db|contrib\.postgres)\b", node.module or ""):
            found |= {one.asname or one.name for one in node.names}
    return frozenset(found)


def _texts(node: ast.expr) -> Iterator[tuple[str, int]]:
    """The names that are written out in an argument: a text, a list of them, or the keys of a dictionary."""
    match node:
        case ast.Constant(value=str(text)) if FIELD.fullmatch(text):
            yield text.lstrip("-+"), node.lineno
        case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts):
            for one in parts:
                yield from _texts(one)
        case ast.Dict(keys=keys):
            for key in keys:
                if key is not None:
                    yield from _texts(key)
        case _:
            return


def _of_meta(node: ast.ClassDef) -> Iterator[tuple[str, int]]:
    """Fields that the `Meta` of a model lists."""
    if not {"Model"} & {ast.unparse(one).rpartition(".")[2] for one in node.bases}:
        return
    for meta in node.body:
        for one in meta.body if isinstance(meta, ast.ClassDef) and meta.name == "Meta" and not meta.bases else ():
            match one:
                case ast.Assign(targets=[ast.Name(id=option)], value=value) if option in OF_META:
                    yield from _plain(_listed(option, value))
                case _:
                    continue


def _listed(option: str, value: ast.expr) -> Iterator[tuple[str, int]]:
    if option not in ("indexes", "constraints"):
        yield from _texts(value)
        return
    for one in ast.walk(value):
        if isinstance(one, ast.keyword) and one.arg in ("fields", "include"):
            yield from _texts(one.value)


def _plain(names: Iterator[tuple[str, int]]) -> Iterator[tuple[str, int]]:
    """Without paths to other models, and what stands for no field."""
    return ((name, line) for name, line in names if "__" not in name and name not in ("pk", "_order"))
