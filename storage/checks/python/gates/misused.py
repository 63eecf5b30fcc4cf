"""What stands in a call and is of a kind that nothing there can be: a function that is called where it has to be handed over, a number
or a text in the place of a mapping, the outcome of a function that gives nothing back.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from bot.capabilities.checks.verdicts import Finding
from storage.checks.python.meaning.calls import is_elided, is_wrapped, short
from storage.checks.python.meaning.sight import Defined, Sight
from storage.checks.servers import Diagnostic

MAPPING = re.compile(r"(?:Mapping|MutableMapping|dict|Dict)\[.*\]|dict|Dict|Mapping")
SEQUENCE = re.compile(r"(?:Sequence|MutableSequence|list|List)\[.*\]|list|List|Sequence")
PLAIN = re.compile(r"int|float|str|bytes|Literal\[.*\]")
GIVEN = re.compile(r"Expected `(.+)`, found `(.+?)`")
CALLABLE = re.compile(r"\bCallable\b")
LATER: dict[str, str | int] = {
    "Thread": "target",
    "Process": "target",
    "Timer": 1,
    "submit": 0,
    "run_in_executor": 1,
    "to_thread": 0,
    "call_soon": 0,
    "call_later": 1,
    "add_done_callback": 0,
    "add_task": 0,
    "on_commit": 0,
}
"""What calls a function later, by its name, and where it takes that."""

SENT = frozenset(["delay", "apply_async"])
"""Methods of a task whose outcome nobody can call."""

CHANGING = frozenset("sort append extend update shuffle clear reverse insert".split())
"""Methods that change their object, and give nothing back."""

RUNNING = re.compile(r"\b(?:Iterable|Iterator|AsyncIterator|Generator|AsyncGenerator|Awaitable|Coroutine|object)\b")
"""What a declaration says that takes what a generator or a coroutine is."""

Method = ast.FunctionDef | ast.AsyncFunctionDef


async def findings(sight: Sight, found: Sequence[Diagnostic], lines: range) -> list[Finding]:
    """`found` is what the checker says. Of these lines of the text, from 1; lines of the findings count from 0."""
    told = [each for one in found if one.line + 1 in lines for each in await _no_mapping(sight, one)]
    for call in sight.nodes(ast.Call):
        if call.lineno in lines and not is_elided(call):
            told += await _called(sight, call)
    for one in found:
        if one.line + 1 in lines and one.code == "missing-attribute" and "type `None`" in one.message:
            node = sight.attribute_at(one)
            told += _of_a_name(sight, node)
            told += await _of_nothing(sight, node, node.value) if node and isinstance(node.value, ast.Call) else []
    return told


def _of_a_name(sight: Sight, node: ast.Attribute | None) -> list[Finding]:
    """`frame = frame.dropna(inplace=True)`, and then `frame.head()`: a name for what gives nothing back."""
    if node is None or not isinstance(node.value, ast.Name):
        return []
    called = None
    for one in sight.nodes(ast.Assign):
        match one:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if (
                name == node.value.id and one.lineno < node.lineno
            ):
                called = value
            case _:
                continue
    match called:
        case ast.Call(func=ast.Attribute() as func, keywords=words):
            is_inplace = any(one.arg == "inplace" and ast.unparse(one.value) == "True" for one in words)
            if is_inplace or func.attr in CHANGING:
                said = f"`{node.value.id}` holds nothing: `{short(func)}` changes its object, and gives nothing back"
                return [Finding(called.lineno - 1, "attribute", said)]
            return []
        case _:
            return []


async def _no_mapping(sight: Sight, found: Diagnostic) -> list[Finding]:
    """`zadd(key, score, member)`: a number or a text, where a typed library takes a mapping and nothing else."""
    said = GIVEN.search(found.message) if found.code == "invalid-argument-type" else None
    what = _what(said[1], said[2]) if said is not None else ""
    if not what:
        return []
    call = sight.call_at(found, is_argument=True)
    home = await sight.defined(call.func) if call is not None and not is_elided(call) else None
    if call is None or home is None or home.is_stub or not sight.library.is_typed(home.package):
        return []
    text = f"`{short(call.func)}` takes {what} here in {sight.library.where(home.package)}"
    return [sight.library.told(found.line, "argument", text, home.package)]


def _what(expected: str, given: str) -> str:
    """What is wanted, and what is given instead of it; "" where it may fit."""
    if MAPPING.fullmatch(expected):
        is_number = given in ("int", "float") or re.fullmatch(r"Literal\[-?\d+\]", given)
        return ("a mapping, no number," if is_number else "a mapping, no text,") if PLAIN.fullmatch(given) else ""
    return "a list, no mapping," if SEQUENCE.fullmatch(expected) and given.startswith("dict[") else ""


async def _called(sight: Sight, call: ast.Call) -> list[Finding]:
    """`Depends(get_db())`: what is handed over is a generator or a coroutine, where a function is to be called later."""
    given: list[tuple[str | int, ast.expr]] = list(enumerate(call.args))
    given += [(one.arg, one.value) for one in call.keywords if one.arg]
    for place, value in given:
        if not isinstance(value, ast.Call) or not isinstance(value.func, ast.Name | ast.Attribute):
            continue
        name = short(value.func)
        last = ast.unparse(call.func).rpartition(".")[2]
        is_sent = isinstance(value.func, ast.Attribute) and value.func.attr in SENT and last == "on_commit"
        if is_sent:
            said = f"`{last}` wants a function: `lambda: {name}(...)`, not its outcome"
            return [Finding(value.lineno - 1, "argument", said)]
        inner = await sight.defined(value.func)
        if inner is None or inner.package or not isinstance(inner.node, Method):
            continue
        if LATER.get(last) == place and (_runs(inner.node) or _gives_nothing(inner.node)):
            said = f"`{last}` wants the function itself: `{name}`, without being called"
            return [Finding(value.lineno - 1, "argument", said)]
        if not _runs(inner.node):
            continue
        home = await sight.defined(call.func)
        if home is None or not home.package or home.is_stub or not sight.library.is_typed(home.package):
            continue
        declared = _declared(home, place)
        if declared is None or not CALLABLE.search(declared) or RUNNING.search(_without_callables(declared)):
            continue
        said = f"`{short(call.func)}` wants the function itself: `{name}`, without being called"
        return [sight.library.told(value.lineno - 1, "argument", said, home.package)]
    return []


def _runs(node: Method) -> bool:
    """Whether calling it gives a generator or a coroutine, which nobody can call."""
    if is_wrapped(node):
        return False
    return isinstance(node, ast.AsyncFunctionDef) or any(
        isinstance(one, ast.Yield | ast.YieldFrom) for one in _own(node)
    )


def _gives_nothing(node: Method) -> bool:
    """Whether it has a body that gives nothing back."""
    is_shown = not all(isinstance(one, ast.Pass | ast.Raise) or "..." in ast.unparse(one) for one in node.body)
    return (
        is_shown and not is_wrapped(node) and not any(isinstance(one, ast.Return) and one.value for one in _own(node))
    )


def _own(node: Method) -> Iterator[ast.AST]:
    """What stands in a function and in none within it."""
    waiting: list[ast.AST] = list(node.body)
    while waiting:
        one = waiting.pop()
        yield one
        if not isinstance(one, Method | ast.Lambda | ast.ClassDef):
            waiting += ast.iter_child_nodes(one)


def _declared(home: Defined, place: str | int) -> str | None:
    """What a library's function declares of an argument."""
    node = home.node
    if isinstance(node, ast.ClassDef):
        made = [one for one in node.body if isinstance(one, Method) and one.name == "__init__"]
        node = made[-1] if made else None
    if not isinstance(node, Method) or any("overload" in ast.unparse(one) for one in node.decorator_list):
        return None
    placed = [*node.args.posonlyargs, *node.args.args]
    placed = placed[1:] if placed and placed[0].arg in ("self", "cls") else placed
    every = {one.arg: one for one in [*placed, *node.args.kwonlyargs]}
    found = every.get(place) if isinstance(place, str) else placed[place] if place < len(placed) else None
    annotation = found.annotation if found is not None else None
    if isinstance(annotation, ast.Subscript) and ast.unparse(annotation.value).endswith("Annotated"):
        inner = annotation.slice
        annotation = inner.elts[0] if isinstance(inner, ast.Tuple) and inner.elts else annotation
    return ast.unparse(annotation) if annotation is not None else None


def _without_callables(declared: str) -> str:
    while (changed := re.sub(r"\bCallable\[(?:[^\[\]]|\[[^\[\]]*\])*\]", "", declared)) != declared:
        declared = changed
    return declared


async def _of_nothing(sight: Sight, node: ast.Attribute, call: ast.Call) -> list[Finding]:
    """`response.raise_for_status().json()`, where it gives nothing back at this version."""
    home = await sight.defined(call.func)
    declared = home.node if home is not None else None
    if home is None or not isinstance(declared, ast.FunctionDef) or is_wrapped(declared) or home.is_stub:
        return []
    if not (isinstance(declared.returns, ast.Constant) and declared.returns.value is None):
        return []
    if hasattr(None, node.attr) or (home.package and not sight.library.is_typed(home.package)):
        return []
    if any(isinstance(one, ast.Return) and one.value is not None for one in _own(declared)):
        return []
    where = f" in {there}" if (there := sight.library.where(home.package)) else ""
    said = f"`{short(call.func)}` gives nothing back{where}: there is no `{node.attr}` of it"
    return [sight.library.told((node.end_lineno or node.lineno) - 1, "attribute", said, home.package)]
