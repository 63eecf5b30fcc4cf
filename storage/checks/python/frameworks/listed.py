"""Fields of a Django model that other classes list in texts: serializers, forms and filters in their `Meta`, and the admin's pages.

https://www.django-rest-framework.org/api-guide/serializers/, https://docs.djangoproject.com/en/5.2/topics/forms/modelforms/,
https://docs.djangoproject.com/en/5.2/ref/contrib/admin/
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from bot.capabilities.checks.verdicts import Finding
from storage.checks.python.frameworks import mapped
from storage.checks.python.frameworks.queries import OPEN, Fields
from storage.checks.python.meaning import made
from storage.checks.python.meaning.sight import Sight

LISTING = frozenset("ModelSerializer HyperlinkedModelSerializer ModelForm FilterSet".split())
ADMINS = frozenset("ModelAdmin TabularInline StackedInline".split())
IN_META: Sequence[str] = ("fields", "exclude", "read_only_fields")
OF_ADMIN: Sequence[str] = (
    "list_display",
    "list_filter",
    "search_fields",
    "ordering",
    "readonly_fields",
    "list_editable",
    "raw_id_fields",
)
OWN = frozenset(["url", "__all__", "__str__", "action_checkbox"])
"""What these classes have besides, or take for all."""

Named = tuple[str, int]


async def unknown(sight: Sight, lines: range, words: str) -> list[Finding]:
    """For the classes on these lines of the text, from 1; lines of the findings count from 0. `words` are those of the team's tree."""
    version = sight.library.environment.versions.get("django", "")
    text = f"{sight.text}\n{words}"
    if not version or OPEN.search(text):
        return []
    reader = Fields(sight, words, text, manager="")
    found: list[Finding] = []
    for node in sight.nodes(ast.ClassDef):
        if node.lineno not in lines or made.is_partial(node, sight.lines):
            continue
        model, names = _asked(node)
        home = await sight.defined(model) if model is not None else None
        if home is None or not isinstance(home.node, ast.ClassDef) or not mapped.is_theirs(sight, home):
            continue
        for name, line in names:
            said = reader.fault(home, name.split("__"), is_lookup=True)
            if said:
                found.append(Finding(line - 1, "argument", said, "django", version))
    return found


def _asked(node: ast.ClassDef) -> tuple[ast.expr | None, list[Named]]:
    """The model of a class, and what the class lists of it but for what it has itself."""
    bases = {ast.unparse(one).rpartition(".")[2] for one in node.bases}
    own = {each for one in node.body for each in _bound(one)} | OWN
    if len(bases) != 1:
        return None, []
    if bases & LISTING:
        meta = next((one for one in node.body if isinstance(one, ast.ClassDef) and one.name == "Meta"), None)
        body, wanted = (meta.body if meta is not None else []), IN_META
    elif bases & ADMINS:
        body, wanted = node.body, OF_ADMIN
    else:
        return None, []
    model = next((one.value for one in body if isinstance(one, ast.Assign) and _bound(one) == ["model"]), None)
    for one in node.decorator_list:
        if isinstance(one, ast.Call) and ast.unparse(one.func).endswith("register") and len(one.args) == 1:
            model = one.args[0]
    listed = [each for one in body if isinstance(one, ast.Assign) and _bound(one)[:1] in [[name] for name in wanted]
              for each in _texts(one.value)]  # fmt: skip
    plain = [(name.lstrip("-^=@$"), line) for name, line in listed]
    return (model if isinstance(model, ast.Name) else None), [
        one for one in plain if one[0] not in own and not one[0].endswith("_set")
    ]


def _bound(node: ast.stmt) -> list[str]:
    match node:
        case ast.Assign(targets=targets):
            return [one.id for one in targets if isinstance(one, ast.Name)]
        case ast.AnnAssign(target=ast.Name(id=name)):
            return [name]
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return [name]
        case _:
            return []


def _texts(node: ast.expr) -> Iterator[Named]:
    """Of a list or a tuple, or the keys of a dictionary of fields and their lookups."""
    match node:
        case ast.List(elts=parts) | ast.Tuple(elts=parts):
            pass
        case ast.Dict(keys=keys):
            parts = [one for one in keys if one is not None]
        case ast.BinOp(left=left, right=right):
            yield from _texts(left)
            yield from _texts(right)
            return
        case _:
            return
    for one in parts:
        if (
            isinstance(one, ast.Constant)
            and isinstance(one.value, str)
            and re.fullmatch(r"[-^=@$]?[A-Za-z]\w*", one.value)
        ):
            yield one.value, one.lineno
