"""Where a name that a block uses without an import is to be imported from: the packages that it imports from, and what they export."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Sequence

from bot.capabilities.checks.python.names import UNMISTAKABLE
from storage.checks.python.library.library import Library
from storage.checks.python.library.lookup import Callable_, find
from storage.checks.python.meaning.calls import parameters
from storage.checks.python.meaning.classes import Known, method, wanted, written

MOST_SOUGHT = 400
"""Files of a package that are looked through."""
MOST_STEPS = 8
ASIDE = frozenset(["test", "tests", "testing", "_test", "migrations", "examples", "vendor", "compat"])
"""Modules of a package that nobody imports from."""
TELLING = re.compile(r"[A-Z][A-Za-z0-9]*[a-z][A-Z][A-Za-z0-9]*|[a-z]+(?:_[a-z]+){2,}")
"""A class's name of two words or more, a function's of three: those of fewer are often given to something of one's own."""
MOST_BRIEF = 5
"""Packages with fewer letters may be the beginning of any word."""
MOST_SHORT = 4
"""Names with fewer letters may be anybody's: they are only looked for in what is imported itself."""

HOMES = {
    "sqlalchemy": (
        "sqlalchemy",
        "sqlalchemy.orm",
        "sqlalchemy.ext.asyncio",
        "sqlalchemy.exc",
        "sqlalchemy.ext.declarative",
    ),
    "fastapi": ("fastapi", "fastapi.responses", "fastapi.security", "fastapi.middleware.cors"),
    "starlette": ("starlette.responses", "starlette.requests", "starlette.applications", "starlette.routing"),
    "django": (
        "django.db.models",
        "django.db",
        "django.http",
        "django.shortcuts",
        "django.urls",
        "django.conf",
        "django.core.exceptions",
        "django.views",
        "django.utils.timezone",
        "django.core.cache",
    ),
    "rest_framework": (
        "rest_framework.response",
        "rest_framework.views",
        "rest_framework.decorators",
        "rest_framework.serializers",
        "rest_framework.viewsets",
        "rest_framework.permissions",
        "rest_framework.generics",
    ),
    "pydantic_settings": ("pydantic_settings",),
}


def module_in(library: Library, name: str, imported: Sequence[str], attributes: Collection[str]) -> str:
    """The one module of this name in the imported packages that has all of these; "" for none, or for several."""
    homes = []
    for top in dict.fromkeys(one.partition(".")[0] for one in imported):
        base = library.environment.site / top
        inner = (f"{name}.py", f"*/{name}.py", f"{name}/__init__.py", f"*/{name}/__init__.py")
        for path in (path for pattern in inner for path in base.glob(pattern)):
            module = library.module_of(path)
            called = {one for one in attributes if library.file_of(f"{module}.{one}")}  # modules, which nobody calls
            if attributes and set(attributes) <= library.members(module).names - called:
                homes.append(module)
    return homes[0] if len(homes) == 1 else ""


def home_of(library: Library, name: str, imported: Sequence[str], tree: ast.Module | None = None) -> str:
    """The module of the imported packages that a name is to be imported from; "" for none. A name that may be anybody's is only a
    library's where its calls in the tree give by name what that takes."""
    if len(name) < MOST_SHORT:
        places = [*imported, *_homes(imported)] if _is_marked(name) else imported
        named = [one for one in places if library.exports(one).get(name) in ("class", "def")]
        return named[0] if named else ""
    tops = dict.fromkeys(one.partition(".")[0] for one in imported)
    for top in tops:
        for module in dict.fromkeys(
            (*(one for one in imported if one.partition(".")[0] == top), *HOMES.get(top, (top,)))
        ):
            kind = library.exports(module).get(name)
            if kind in ("class", "def") or (kind == "name" and (name[:1].isupper() or module in HOMES.get(top, ()))):
                return _nearest(library, module, name)
    module = UNMISTAKABLE.get(name, "")
    if module and library.file_of(module) and name in library.exports(module):
        return module
    is_telling = TELLING.fullmatch(name) is not None
    homes = [one for one in (_defining(library, name, top) for top in tops) if one is not None]
    if len(homes) == 1 and _is_meant(library, *homes[0], name, tree, is_telling):
        return homes[0][0]
    return _bearing(library, name) if is_telling else ""


def has_all(library: Library, module: str, name: str, attributes: Collection[str]) -> bool:
    """Whether the class that a module has by this name, as far as it can be read, has all of these."""
    home = find(library, module, name, MOST_STEPS)
    own = written(library, Known(home[0], home[1])) if home and isinstance(home[1], ast.ClassDef) else None
    return own is None or set(attributes) <= own


def _is_meant(
    library: Library, module: str, node: Callable_, name: str, tree: ast.Module | None, is_telling: bool
) -> bool:
    """Whether a name that the package has in one place is not somebody's own."""
    top = module.partition(".")[0]
    if name.lower() == top.replace("_", ""):
        return True
    is_telling = is_telling and top not in HOMES
    if is_telling and isinstance(node, ast.ClassDef):
        return True
    return _fits(library, module, node, name, tree, is_told=is_telling)


def _bearing(library: Library, name: str) -> str:
    """The module whose own name a class bears that it exports: `QdrantClient` of qdrant_client; "" for none."""
    word = name.lower()
    tops = [one for one in library.top() if len(one) >= MOST_BRIEF and word.startswith(one.replace("_", "").lower())]
    return next((one for one in tops if library.exports(one).get(name) == "class"), "")


def _defining(library: Library, name: str, top: str) -> tuple[str, Callable_] | None:
    """What a package defines by this name in one place only, and the module to import it from; None for none, or for several."""
    found: dict[tuple[str, int], tuple[str, Callable_]] = {}
    for module in _mentioning(library, name, top):
        home = find(library, module, name, MOST_STEPS)
        if home is not None and home[0].partition(".")[0] == top:
            found.setdefault((home[0], home[1].lineno), (_nearest(library, module, name), home[1]))
    return next(iter(found.values())) if len(found) == 1 else None


def _nearest(library: Library, module: str, name: str) -> str:
    """Of the public modules above the one where a name is defined, and that one, the first that gives it; else the module that is known
    to."""
    home = find(library, module, name, MOST_STEPS)
    parts = home[0].split(".") if home is not None else []
    above = [".".join(parts[:end]) for end in range(1, len(parts) + 1)]
    public = [one for one in above if "._" not in one and name in library.exports(one)]
    return public[0] if public and public[0].partition(".")[0] == module.partition(".")[0] else module


def _mentioning(library: Library, name: str, top: str) -> Iterator[str]:
    """The public modules of a package in which the word stands at the top, the nearest first."""
    base = library.environment.site / top
    pattern = re.compile(rf"^(?:class|(?:async )?def|from .*\bimport\b.*|    )\W*{re.escape(name)}\b", re.M)
    paths = [one for one in base.rglob("*.py") if not ASIDE & set(one.relative_to(base).with_suffix("").parts)]
    modules = {path: library.module_of(path) for path in sorted(paths, key=lambda one: (len(one.parts), one))}
    public = [(path, module) for path, module in modules.items() if "._" not in module]
    for path, module in public[:MOST_SOUGHT]:
        if pattern.search(path.read_text("utf-8", "replace")):
            yield module


def _fits(library: Library, module: str, node: Callable_, name: str, tree: ast.Module | None, *, is_told: bool) -> bool:
    """Whether all calls of the name can be meant for it, and name something that it takes, unless the name tells enough."""
    calls = [
        one
        for one in (ast.walk(tree) if tree is not None else ())
        if isinstance(one, ast.Call) and isinstance(one.func, ast.Name) and one.func.id == name
    ]
    made: tuple[Known, ast.FunctionDef | ast.AsyncFunctionDef] | None = None
    if isinstance(node, ast.ClassDef):
        home = find(library, module, node.name, MOST_STEPS)
        made = method(library, Known(home[0], node), "__init__") if home is not None else None
    function = made[1] if made is not None else node
    if isinstance(function, ast.ClassDef):
        return False
    names, _ = parameters(function)
    words = [one.arg for call in calls for one in call.keywords if one.arg is not None]
    if not (words or (is_told and calls)) or not set(words) <= set(names):
        return False
    return not any(wanted(one, function, 0 if made is None else 1) for one in calls)


def _homes(imported: Sequence[str]) -> list[str]:
    """Where the packages of these modules keep what is mostly taken from them."""
    return [module for top in dict.fromkeys(one.partition(".")[0] for one in imported) for module in HOMES.get(top, ())]


def _is_marked(name: str) -> bool:
    """Whether a short name is written as hardly anybody writes a variable: `Q`, `F`, `or_`."""
    return name[:1].isupper() or name.endswith("_")
