"""Where a name that a block uses without an import is to be imported from: the packages that it imports from, and what they export."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from bot.capabilities.checks.python.names import UNMISTAKABLE
from storage.checks.python.library import Library

MOST_SOUGHT = 80
"""Files that are looked through below a package."""
TELLING = re.compile(r"[A-Z][A-Za-z0-9]*[a-z][A-Z][A-Za-z0-9]*")
"""A class's name of two words or more: those of one are often given to something of one's own."""
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
            if attributes and set(attributes) <= library.members(module).names:
                homes.append(module)
    return homes[0] if len(homes) == 1 else ""


def home_of(library: Library, name: str, imported: Sequence[str]) -> str:
    """The module of the imported packages that a name is to be imported from; "" for none."""
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
                return module
    module = UNMISTAKABLE.get(name, "")
    if module and library.file_of(module) and name in library.exports(module):
        return module
    if not TELLING.fullmatch(name):
        return ""
    return _defining(library, name, [top for top in tops if top not in HOMES]) or _bearing(library, name)


def _bearing(library: Library, name: str) -> str:
    """The module whose own name a class bears that it exports: `QdrantClient` of qdrant_client; "" for none."""
    word = name.lower()
    tops = [one for one in library.top() if len(one) >= MOST_BRIEF and word.startswith(one.replace("_", "").lower())]
    return next((one for one in tops if library.exports(one).get(name) == "class"), "")


def _defining(library: Library, name: str, tops: Sequence[str]) -> str:
    """The one public module right below these packages that defines a class of this name; "" for none, or for several."""
    pattern = re.compile(rf"^class {re.escape(name)}\b", re.M)
    homes = []
    for top in tops:
        for path in sorted(
            (*(library.environment.site / top).glob("*.py"), *(library.environment.site / top).glob("*/__init__.py"))
        )[:MOST_SOUGHT]:
            module = library.module_of(path)
            if "._" not in module and pattern.search(path.read_text("utf-8", "replace")):
                homes.append(module)
    return homes[0] if len(homes) == 1 else ""


def _homes(imported: Sequence[str]) -> list[str]:
    """Where the packages of these modules keep what is mostly taken from them."""
    return [module for top in dict.fromkeys(one.partition(".")[0] for one in imported) for module in HOMES.get(top, ())]


def _is_marked(name: str) -> bool:
    """Whether a short name is written as hardly anybody writes a variable: `Q`, `F`, `or_`."""
    return name[:1].isupper() or name.endswith("_")
