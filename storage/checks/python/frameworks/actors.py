"""Options of dramatiq's actors: those that neither `actor` takes itself nor one of the middlewares announces are refused when the
function is decorated. https://dramatiq.io/reference.html#dramatiq.actor
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from bot.capabilities.checks.verdicts import Finding
from storage.checks.python.library.library import Library, near
from storage.checks.python.library.lookup import find
from storage.checks.python.meaning.sight import Sight

MOST_STEPS = 8
ANNOUNCING = "actor_options"
"""The property by which a middleware says which options it takes."""

MARK = re.compile(r"\bactor_options\b|\bactor_class\b|\badd_middleware\(")


def refused(sight: Sight, lines: range, words: str) -> Iterator[Finding]:
    """For these lines of the text, from 1; lines of the findings count from 0. `words` are those of the team's tree."""
    version = sight.library.environment.versions.get("dramatiq", "")
    if not version or "actor" not in sight.text:
        return
    known = _known(sight.library)
    named = {
        alias.asname or alias.name
        for one in sight.nodes(ast.ImportFrom)
        if one.module == "dramatiq"
        for alias in one.names
        if alias.name == "actor"
    }
    for call in sight.nodes(ast.Call):
        if call.lineno not in lines:
            continue
        if ast.unparse(call.func) not in {"dramatiq.actor", *named}:
            continue
        words_given = {one.arg for one in call.keywords}
        if None in words_given or "actor_class" in words_given or "broker" in words_given:
            continue
        for one in call.keywords:
            if known and one.arg and one.arg not in known and not _is_announced(one.arg, sight.text, words):
                guess = near(one.arg, known) or next((each for each in known if each.endswith(f"_{one.arg}")), "")
                said = f"`dramatiq.actor` knows no option `{one.arg}` in dramatiq {version}"
                said += f"; did you mean `{guess}`?" if guess else ""
                yield Finding(one.lineno - 1, "argument", said, "dramatiq", version)


def _is_announced(name: str, *texts: str) -> bool:
    """Whether a middleware of the reader's own may take it."""
    return any(MARK.search(text) and re.search(rf"['\"]{re.escape(name)}['\"]", text) for text in texts)


def _known(library: Library) -> frozenset[str]:
    """What `actor` takes itself, and what any of dramatiq's and its companions' middlewares announces."""
    home = find(library, "dramatiq.actor", "actor", MOST_STEPS)
    if home is None or not isinstance(home[1], ast.FunctionDef):
        return frozenset()
    tree = library.source("dramatiq.actor")
    found: set[str] = set()
    for node in tree.body if tree is not None else ():
        if isinstance(node, ast.FunctionDef) and node.name == "actor":
            found |= {one.arg for one in (*node.args.args, *node.args.kwonlyargs)}
    for file in sorted(library.environment.site.glob("*dramatiq*/**/*.py")):
        text = file.read_text("utf-8", "replace")
        if f"def {ANNOUNCING}(" in text and (root := library.tree(file)) is not None:
            found |= set(_announced(root))
    return frozenset(found) if "max_retries" in found else frozenset()


def _announced(root: ast.Module) -> Iterator[str]:
    for node in ast.walk(root):
        if isinstance(node, ast.FunctionDef) and node.name == ANNOUNCING:
            yield from (
                one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str)
                and one.value.isidentifier()
            )  # fmt: skip
