"""Names that an object has though its declared class lacks them: of a class below it, of a relation that leads to it, of the manager
that a model was given.
"""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Collection, Iterator
from pathlib import Path

from bot.capabilities.checks.python.snippet import parsed
from storage.checks.python.library.library import Library
from storage.checks.python.library.lookup import find, imported
from storage.checks.python.library.members import class_names, top
from storage.checks.python.meaning import classes
from storage.checks.python.meaning.calls import short
from storage.checks.python.meaning.sight import Sight

MOST_STEPS = 8
SLIP = 0.85
"""How alike two words are of which the one is meant by the other."""

CLOSE = 0.8
"""The same of a query's methods, which are longer and few."""

MANAGERS = ("Manager", "BaseManager", "RelatedManager", "ManyRelatedManager", "QuerySet")
"""Django's, which a model's own may stand in for by any of `as_manager`, `from_queryset`, a relation from elsewhere."""


def is_bestowed(text: str, name: str) -> bool:
    """Whether a text gives a class this name from outside: by a relation's other end, by `setattr`, by assigning to it."""
    one = re.escape(name)
    return is_other_end(text, name) or bool(
        re.search(rf"\bsetattr\([^,\n]+,\s*(?:['\"]{one}['\"]|[^'\"\s])|\w\.{one}\s*(?::[^=\n]+)?=(?!=)", text)
    )


def is_other_end(text: str, name: str) -> bool:
    """Whether a relation of a text calls its other end so, whosever class that is."""
    named = rf"\b(?:backref|related_name|back_populates)\s*=\s*(?:[\w.]*backref\(\s*)?['\"]{re.escape(name)}['\"]"
    return re.search(named, text) is not None


def is_put_on(name: str, *texts: str) -> bool:
    """Whether a text puts a name on an object that is not its own: `app.redis = Redis()`, `@register_dataframe_accessor("geo")`,
    `@Operations.register_operation("create_view")`."""
    one = re.escape(name)
    put = re.compile(
        rf"\b(?!self\b|cls\b)\w+\.{one}\s*(?::[^=\n]+)?=(?!=)|\bsetattr\([^,\n]+,\s*['\"]{one}['\"]"
        rf"|register\w*\(\s*(?:name\s*=\s*)?['\"]{one}['\"]"
    )
    return any(put.search(text) for text in texts)


def is_decorated_with(sight: Sight, node: ast.AST, name: str) -> bool:
    """Whether a class is decorated, and a package that the block imports from puts the name on what is handed to it."""
    put = re.compile(rf"\b(?!self\b)\w+\.{re.escape(name)}\s*(?::[^=\n]+)?=(?!=)".encode())
    marks = getattr(node, "decorator_list", ())
    return bool(marks) and any(sight.library.matches(one, name, put) for one in sight.packages())


async def is_handed_to_filler(sight: Sight) -> bool:
    """Whether the block makes an object of a library's class that puts names, which it computes, on objects of others: a machine that
    gives its model methods."""
    for call in sight.nodes(ast.Call):
        home = await sight.defined(call.func) if isinstance(call, ast.Call) and (call.args or call.keywords) else None
        if home is None or not home.package or not isinstance(call, ast.Call):
            continue
        found = find(sight.library, sight.library.module_of(home.path), short(call.func).rpartition(".")[2], MOST_STEPS)
        known = classes.Known(found[0], found[1]) if found and isinstance(found[1], ast.ClassDef) else None
        for each in (classes.lineage(sight.library, known) or [known]) if known else ():
            methods = [one for one in each.node.body if isinstance(one, classes.Method)]
            taken = [(one, arg.arg) for one in methods for arg in one.args.args[1:]]
            if any(classes.is_setting(sight.library, each.module, one, name, 0) for one, name in taken):
                return True
    return False


def is_added(of: str, name: str, text: str) -> bool:
    """Whether a team puts a name on an object or a class of the standard library: `logger.success = ...`, or, with names that it
    computes, `setattr(logging.getLoggerClass(), name, ...)`."""
    computed = rf"\bsetattr\(\s*[\w.]*\b(?:get)?{re.escape(of)}(?:Class\(\))?,\s*[^'\"\s]"
    return bool(re.search(rf"{computed}|\w\.{re.escape(name)}\s*=(?!=)", text))


def below(base: str, root: ast.Module | None, tree: Path | None, words: str) -> frozenset[str]:
    """What the classes have that stand below one of this name, in a block and in the team's tree, whose words are these."""
    found: set[str] = set()
    waiting, seen = [base], {base}
    while waiting:
        above = waiting.pop()
        pattern = re.compile(rf"^\s*class \w+\([^)]*\b{re.escape(above)}\b", re.M)
        roots = [root] if root is not None else []
        if tree is not None and pattern.search(words):
            texts = (path.read_text("utf-8", "replace") for path in sorted(tree.rglob("*.py")))
            roots += [each for each in map(parsed, filter(pattern.search, texts)) if each is not None]
        for node in _classes(roots):
            if above in (ast.unparse(one).partition("[")[0].rpartition(".")[2] for one in node.bases):
                found |= set(class_names(node))
                if node.name not in seen:
                    seen.add(node.name)
                    waiting.append(node.name)
    return frozenset(found)


def _classes(roots: Collection[ast.Module]) -> Iterator[ast.ClassDef]:
    return (one for root in roots for one in ast.walk(root) if isinstance(one, ast.ClassDef))


def is_managers(library: Library, node: ast.Attribute, root: ast.Module | None, words: str) -> bool:
    """Whether what a Django manager is asked for may be of the reader's own: anything that is no slip of the pen for one of Django's,
    unless the model stands in the block and keeps the plain manager."""
    if re.search(rf"\bdef {re.escape(node.attr)}\(", words) or _defines(root, node.attr):
        return True
    found = find(library, "django.db.models.query", "QuerySet", MOST_STEPS)
    has = set(class_names(found[1])) if found and isinstance(found[1], ast.ClassDef) else set()
    asked = node.value
    while isinstance(asked, ast.Call) and isinstance(asked.func, ast.Attribute) and asked.func.attr in has:
        asked = asked.func.value
    return not _is_plain(asked, root) and not (has and difflib.get_close_matches(node.attr, has, n=1, cutoff=CLOSE))


def _defines(root: ast.Module | None, name: str) -> bool:
    return root is not None and any(
        isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef) and one.name == name for one in ast.walk(root)
    )


def _is_plain(node: ast.expr, root: ast.Module | None) -> bool:
    """Whether it is `Model.objects` of a model whose class is in the block, is below Django's own, and says nothing of `objects`."""
    match node:
        case ast.Attribute(value=ast.Name(id=model), attr="objects"):
            return any(
                one.name == model
                and [ast.unparse(base) for base in one.bases] in (["models.Model"], ["Model"])
                and "objects" not in set(class_names(one))
                for one in _classes([root] if root is not None else [])
            )
        case _:
            return False


def is_of_a_field(node: ast.Attribute, root: ast.Module | None) -> bool:
    """Whether it is asked of a field in the class's own body, which still holds what made it and not what is declared of it:
    `@label.default` of attrs."""
    if not isinstance(node.value, ast.Name):
        return False
    for owner in _classes([root] if root is not None else []):
        made = {
            one.target.id
            for one in owner.body
            if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name) and isinstance(one.value, ast.Call)
        }
        if node.value.id in made and any(one is node for each in owner.body for one in _at_once(each)):
            return True
    return False


def _at_once(node: ast.stmt) -> Iterator[ast.AST]:
    """What runs with the class's own body: of a function its decorators only."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        for mark in node.decorator_list:
            yield from ast.walk(mark)
    else:
        yield from ast.walk(node)


def is_handed_down(sight: Sight, node: ast.Attribute) -> bool:
    """Whether it is asked of what a framework puts on an object of the reader's, `self.application`: declared as the framework's own
    class, while it is often one of the reader's below that. Also by another name: `app = self.application`."""
    value: ast.expr | None = node.value
    if isinstance(value, ast.Name):
        given = sight.given(value.id)
        value = given[0] if len(given) == 1 else None
    match value:
        case ast.Attribute(value=ast.Name(id="self"), attr=name):
            made = rf"\bself\.{name}\s*(?::[^=\n]+)?=(?!=)|^\s+{name}\s*[:=]|def {name}\b"
            return re.search(made, sight.text, re.M) is None
        case _:
            return False


def is_slip(name: str, among: Collection[str]) -> bool:
    """Whether it is one of these but for a letter or two."""
    return bool(difflib.get_close_matches(name, among, n=1, cutoff=SLIP))


def is_mixed_in(name: str, text: str) -> bool:
    """Whether a class is made to stand above others, beside a class that has what it lacks: by its name, or by those that take it."""
    one = re.escape(name)
    beside = rf"^\s*class \w+\((?:[^()]*,\s*)?{one}\s*,|^\s*class \w+\([^()]*,\s*{one}\b"
    return "Mixin" in name or bool(re.search(beside, text, re.M))


def is_stood_in_for(library: Library, path: Path, name: str, attribute: str) -> bool:
    """Whether a module makes an object of another class than it declares it as, and that class has the attribute, or may."""
    tree = library.tree(path)
    module = library.module_of(path)
    for node in top(tree.body) if tree else ():
        match node:
            case ast.AnnAssign(target=ast.Name(id=one), annotation=declared, value=ast.Call(func=made)) if one == name:
                if ast.unparse(made) == ast.unparse(declared).strip("'\""):
                    return False
                inner, _, last = ast.unparse(made).rpartition(".")
                home = find(library, imported(library, module, inner) if inner else module, last, MOST_STEPS)
                if home is None or not isinstance(home[1], ast.ClassDef):
                    return True
                return attribute in set(class_names(home[1]))
            case _:
                continue
    return False
