"""Objects that hand the names which they lack on to modules: `db.select` of Flask-SQLAlchemy is `sqlalchemy.select`."""

from __future__ import annotations

import ast

from bot.capabilities.checks.python import wording
from bot.capabilities.checks.verdicts import Finding
from storage.checks.python.library.library import Library, near
from storage.checks.python.library.lookup import imported
from storage.checks.python.meaning import classes
from storage.checks.python.meaning.sight import Sight


def has(library: Library, module: str, node: classes.Method, name: str) -> bool | None:
    """Whether the modules that a `__getattr__` asks have the name; None where it asks something else, or one of them cannot be read."""
    every = [library.members(one) for one in _asked(library, module, node)]
    named = [one.value for one in ast.walk(node) if isinstance(one, ast.Constant)]
    if any(name in one.names for one in every) or name in named:
        return True
    return False if every and not any(one.is_open or one.answers for one in every) else None


def _asked(library: Library, module: str, node: classes.Method) -> list[str]:
    """The modules of `for mod in (sa, sa_orm): if hasattr(mod, name): return getattr(mod, name)`, and of that only."""
    special = [one for one in ast.walk(node) if isinstance(one, ast.If) and isinstance(one.test, ast.Compare)]
    aside = {id(each) for one in special for each in ast.walk(one)}
    returned = [
        one.value for one in ast.walk(node) if isinstance(one, ast.Return) and one.value and id(one) not in aside
    ]
    loops = [one for one in ast.walk(node) if isinstance(one, ast.For) and isinstance(one.iter, ast.Tuple | ast.List)]
    if (
        len(loops) != 1
        or not isinstance(loops[0].target, ast.Name)
        or not isinstance(loops[0].iter, ast.Tuple | ast.List)
    ):
        return []
    taken = f"getattr({loops[0].target.id}, "
    if not returned or not all(ast.unparse(one).startswith(taken) for one in returned):
        return []
    found = [imported(library, module, ast.unparse(one)) for one in loops[0].iter.elts]
    return found if all(found) else []


async def lacking(sight: Sight, lines: range) -> list[Finding]:
    """What neither such an object nor the modules have; for these lines of the text, from 1, those of the findings from 0."""
    library, found = sight.library, []
    for node in sight.nodes(ast.Attribute):
        match node:
            case ast.Attribute(value=ast.Name() as value, attr=name, ctx=ast.Load()) if node.lineno in lines:
                call = sight.parents.get(id(node))
            case _:
                continue
        if not isinstance(call, ast.Call) or call.func is not node or await sight.defined(node) is not None:
            continue
        home = await sight.type_of(value)
        if home is None or not home.package or home.is_stub or not isinstance(home.node, ast.ClassDef):
            continue
        known = classes.Known(library.module_of(home.path), home.node)
        answering = classes.method(library, known, "__getattr__")
        names = classes.written(library, known) or frozenset()
        if answering is None or name in names or has(library, answering[0].module, answering[1], name) is not False:
            continue
        said = wording.attribute(home.node.name, name, library.where(home.package), near(name, names))
        found.append(library.told((node.end_lineno or node.lineno) - 1, "attribute", said, home.package))
    return found
