"""What a block only names, written out as code in another text of the document and held against the sources like any other: the call
that becomes of a function handed over with its arguments (`Thread(target=work, args=("a", 2))`, `partial(fetch, timeout=5)`), and what
a text stands for (`patch("shop.orders.charge")`, `"class": "logging.StreamHandler"`).
"""

from __future__ import annotations

import ast
import importlib.util
import re
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import replace

from bot.capabilities.checks.python.names import STANDARD
from bot.capabilities.checks.verdicts import Finding
from storage.checks.python.gates.gates import Gates
from storage.checks.python.meaning.calls import parameters
from storage.checks.python.meaning.inferred import Inferred
from storage.checks.python.meaning.sight import Sight
from storage.checks.servers import Diagnostic

FUNCTIONS = ("target", "func", "function", "fn")
"""What those who take a function and its arguments apart call the function."""

PLACED, NAMED = ("args",), ("kwargs", "kwds")
PARTIAL = ("partial", "functools.partial")
DOTTED = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")
TAKING = re.compile(
    r"(?:.*\.)?(?:patch|patch\.dict|patch\.multiple|monkeypatch\.(?:set|del)attr|import_string|resolve_name)"
)
"""Functions that take the dotted name of something: https://docs.python.org/3/library/unittest.mock.html#patch"""

MADE_OF = ("class", "()", "BACKEND")
"""Keys of tables with such a name: https://docs.python.org/3/library/logging.config.html#logging-config-dictschema"""


async def findings(
    sight: Sight,
    inferred: Inferred,
    lines: range,
    ask: Callable[[str], Awaitable[Sequence[Diagnostic]]],
    gates: Callable[[Sight], Gates],
) -> list[Finding]:
    """`ask` says what the checker finds in another text of the document. For these lines of it, from 1; the findings' from 0."""
    calls = [one for one in sight.nodes(ast.Call) if one.lineno in lines]
    every = [
        (one, made) for one in calls if (made := _bound(sight, inferred, one) or await _apart(sight, one)) is not None
    ]
    inner = {id(part) for one, _ in every for part in ast.walk(one) if part is not one}
    every = [(one, made) for one, made in every if id(one) not in inner]
    named = [(one, of) for one in _named(sight) if one.lineno in lines and (of := _told(sight, str(one.value)))]
    if not every and not named:
        return []
    text = sight.replaced([(one, ast.unparse(made)) for one, made in every]).rstrip("\n")
    at = {one.lineno - 1: (one.lineno - 1, "argument") for one, _ in every}
    for number, (one, (module, rest)) in enumerate(named):
        text += f"\nimport {module} as plumbline_{number}; plumbline_{number}.{rest}"
        at[text.count("\n")] = (one.lineno - 1, "attribute")
    other = sight.rewritten(text)
    judge = gates(other)
    found: list[Finding] = []
    for said in await ask(other.text):
        line, kind = at.get(said.line, (0, ""))
        told = await judge.finding(said) if kind else None
        found += [replace(told, line=line)] if told is not None and told.kind == kind else []
    return found


async def _apart(sight: Sight, call: ast.Call) -> ast.Call | None:
    """The call that somebody makes later of a function, a list of arguments and a table of others."""
    words = {one.arg: one.value for one in call.keywords}
    placed = next((words[one] for one in PLACED if one in words), None)
    named = next((words[one] for one in NAMED if one in words), None)
    function = next((words[one] for one in FUNCTIONS if one in words), call.args[0] if call.args else None)
    if (placed is None and named is None) or not isinstance(function, ast.Name | ast.Attribute) or None in words:
        return None
    if not isinstance(placed, ast.Tuple | ast.List | None) or not isinstance(named, ast.Dict | None):
        return None
    home = await sight.defined(call.func)
    if home is None or (not home.package and not sight.is_standard(home)):
        return None
    if home.package and (home.node is None or not {*PLACED, *NAMED} & {*parameters(home.node)[0]}):
        return None
    keys = [one.value if isinstance(one, ast.Constant) else None for one in (named.keys if named else ())]
    if not all(isinstance(one, str) and one.isidentifier() for one in keys):
        return None
    keywords = [ast.keyword(str(key), value) for key, value in zip(keys, named.values if named else (), strict=True)]
    return ast.Call(function, placed.elts if placed else [], keywords)


def _bound(sight: Sight, inferred: Inferred, call: ast.Call) -> ast.Call | None:
    """The call that becomes of one of a name which holds a function with some of its arguments, and nothing else."""
    made = inferred.value(call.func.id, sight.around(call)) if isinstance(call.func, ast.Name) else None
    if not isinstance(made, ast.Call) or ast.unparse(made.func) not in PARTIAL or not made.args:
        return None
    given = {one.arg for one in call.keywords}
    kept = [one for one in made.keywords if one.arg is None or one.arg not in given]
    return ast.Call(made.args[0], [*made.args[1:], *call.args], [*kept, *call.keywords])


def _named(sight: Sight) -> Iterator[ast.Constant]:
    """Texts that stand for something of a module: by who takes them, or as the name of a class in a table or list."""
    for node in sight.nodes(ast.Call, ast.Dict, ast.List):
        match node:
            case ast.Call(func=func, args=[ast.Constant(value=str()) as one, *_], keywords=words):
                is_made = any(each.arg == "create" for each in words)
                yield from [one] if not is_made and TAKING.fullmatch(ast.unparse(func)) else []
            case ast.Dict(keys=keys, values=values):
                pairs = zip(keys, values, strict=True)
                yield from (
                    value
                    for key, value in pairs
                    if isinstance(key, ast.Constant) and key.value in MADE_OF and isinstance(value, ast.Constant)
                )
            case ast.List(elts=elements):
                texts = (one for one in elements if isinstance(one, ast.Constant) and isinstance(one.value, str))
                yield from (one for one in texts if re.search(r"\w\.\w+\.[A-Z]\w*$", str(one.value)))
            case _:
                continue


def _told(sight: Sight, text: str) -> tuple[str, str] | None:
    """The module that a dotted name begins with, the longest that there is, and what is asked of it."""
    parts = text.split(".") if DOTTED.fullmatch(text) else []
    for end in range(len(parts) - 1, 0, -1):
        module = ".".join(parts[:end])
        if _is_module(sight, module):
            return module, ".".join(parts[end:])
    return None


def _is_module(sight: Sight, module: str) -> bool:
    if sight.library.file_of(module) is not None:
        return True
    if module.partition(".")[0] in STANDARD:
        try:
            return importlib.util.find_spec(module) is not None
        except ImportError:
            return False
    path = module.replace(".", "/")
    files = [one for end in (".py", "/__init__.py") for one in (sight.tree.rglob(path + end) if sight.tree else ())]
    return len(files) == 1
