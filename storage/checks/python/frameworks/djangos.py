"""What Django refuses, or has not yet, and no declaration tells of: options of `Meta`, names of asynchronous queries."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from bot.capabilities.checks.python import wording
from bot.capabilities.checks.verdicts import Finding
from storage.checks.python.library.library import Library, near
from storage.checks.python.library.lookup import find
from storage.checks.python.library.members import class_names
from storage.checks.python.meaning.sight import Sight

OPTIONS, QUERIES = "django.db.models.options", "django.db.models.query"
MOST_STEPS = 8
MODELS = ("models.Model", "Model")


def findings(sight: Sight, lines: range) -> Iterator[Finding]:
    """For these lines of the text, from 1; lines of the findings count from 0."""
    version = sight.library.environment.versions.get("django", "")
    if not version or not _is_djangos(sight):
        return
    for node in sight.nodes(ast.ClassDef):
        if node.lineno in lines and {ast.unparse(one) for one in node.bases} & {*MODELS}:
            yield from _options(sight.library, node, version)
    for asked in sight.nodes(ast.Await, ast.AsyncFor):
        value = asked.value if isinstance(asked, ast.Await) else asked.iter if isinstance(asked, ast.AsyncFor) else None
        match value:
            case ast.Call(func=ast.Attribute(value=of, attr=name) as func) if (func.end_lineno or 0) in lines:
                if "objects" in ast.unparse(of).split(".") and _is_later(sight, name):
                    said = wording.attribute("QuerySet", name, f"django {version}", near(name, (name[1:],)))
                    yield Finding((func.end_lineno or func.lineno) - 1, "attribute", said, "django", version)
            case _:
                continue


def _is_djangos(sight: Sight) -> bool:
    return any(
        isinstance(node, ast.ImportFrom) and (node.module or "").startswith("django")
        for node in sight.nodes(ast.ImportFrom)
    )


def _options(library: Library, node: ast.ClassDef, version: str) -> Iterator[Finding]:
    known = _known(library)
    for inner in node.body:
        if not isinstance(inner, ast.ClassDef) or inner.name != "Meta" or inner.bases or not known:
            continue
        for one in inner.body:
            match one:
                case ast.Assign(targets=[ast.Name(id=name)]) if name not in known and not name.startswith("_"):
                    guess = near(name, known)
                    said = f"`Meta` of a model takes no `{name}` in django {version}"
                    said += f"; did you mean `{guess}`?" if guess else ""
                    yield Finding(one.lineno - 1, "argument", said, "django", version)
                case _:
                    continue


def _known(library: Library) -> frozenset[str]:
    """Django's own list of what `Meta` of a model may have, and what it takes besides."""
    tree = library.source(OPTIONS)
    for node in tree.body if tree is not None else ():
        match node:
            case ast.Assign(targets=[ast.Name(id="DEFAULT_NAMES")], value=ast.Tuple(elts=names)):
                return frozenset({"abstract"} | {str(one.value) for one in names if isinstance(one, ast.Constant)})
            case _:
                continue
    return frozenset()


def _is_later(sight: Sight, name: str) -> bool:
    """Whether it is the asynchronous form of a method that this version has, and itself stands nowhere: not in Django, not here."""
    library = sight.library
    found = find(library, QUERIES, "QuerySet", MOST_STEPS) if name.startswith("a") else None
    has = set(class_names(found[1])) if found is not None and isinstance(found[1], ast.ClassDef) else set()
    if name[1:] not in has or name in has or f"def {name}" in sight.text:
        return False
    return not library.has_word("django", name)
