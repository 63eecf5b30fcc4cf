"""Arguments to a function that takes any by name: what it does with them is read nowhere, so a word that its package does not know
at all is a slip.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from storage.checks.calls import parameters
from storage.checks.library import Library, near
from storage.checks.sight import Callable_

FREE_NAMES = """
    filter exclude get create update get_or_create update_or_create annotate aggregate alias values render format
    bind unbind info debug warning error exception log critical labels url_for bindparams filter_by dict replace
    evolve model_construct construct partial call apply apply_async delay send s si set_extra add_fields new
    contextualize context opt patch mock Mock MagicMock AsyncMock update_state render_template
    render_template_string get_or_404 reverse make build factory from_dict extra model_copy TypedDict namedtuple
    bind_contextvars msg insert where set execute run invoke emit publish create_model with_columns assign query
    agg catch trace success
"""
FREE = frozenset(FREE_NAMES.split())
"""Functions whose arguments are named by whoever calls them."""

OPTION_NAMES = "kwargs kw options opts dialect_kwargs dialect_kw config client_kwargs connection_kwargs init_kwargs"
OPTIONS = frozenset(OPTION_NAMES.split())
"""How functions call arguments that they, or what they call, have a meaning for."""

ELSEWHERE_NAMES = """
    psycopg psycopg2 psycopg2-binary mysqlclient pymysql pandas attrs mock pytest dataclasses-json django djangorestframework peewee
    tortoise-orm mongoengine beanie factory-boy graphene django-filter odmantic pynamodb
"""
ELSEWHERE = frozenset(ELSEWHERE_NAMES.split())
"""Packages that hand them to something that is no package, to any other, or take them for the columns of a table."""

MOST_REQUIRED = 12
DOCUMENTED = re.compile(
    r":(?:param|keyword|kwarg)(?: [\w.\[\], |]+)? (\w+):|^ *(\w+) ?(?:\([^)\n]*\))?: |^ *(\w+) : ", re.M
)


def unknown(
    library: Library, package: str, name: str, forms: Iterable[Callable_], words: Iterable[str]
) -> dict[str, str]:
    """The words that nobody in the package knows, each with what may be meant, "" for nothing near."""
    if name in FREE or package in ELSEWHERE:
        return {}
    known: set[str] = set()
    rests: set[str] = set()
    for form in forms:
        known |= set(parameters(form)[0])
        known |= {one for found in DOCUMENTED.findall(ast.get_docstring(form) or "") for one in found if one}
        inner = (
            [one for one in form.body if isinstance(one, ast.FunctionDef)] if isinstance(form, ast.ClassDef) else [form]
        )
        for one in inner:
            if (
                isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)
                and one.args.kwarg
                and (one is form or one.name in ("__init__", "__new__"))
            ):
                rests.add(one.args.kwarg.arg)
    found: dict[str, str] = {}
    for word in words:
        if word in known or not rests:
            continue
        guess = near(word, known)
        if (guess or rests & OPTIONS) and not _is_known(library, package, word):
            found[word] = guess
    return found


def _is_known(library: Library, package: str, word: str) -> bool:
    if library.has_word(package, word):
        return True
    required = [one for one in library.environment.requires.get(package, ()) if one in library.environment.versions]
    return any(library.has_word(one, word) for one in required[:MOST_REQUIRED])
