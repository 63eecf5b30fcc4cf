"""Lists and texts that stand in a call, or as a key, where a library's own declarations leave no room for any. What a variable holds is
often declared too narrowly; what is written out on the spot is certain.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Awaitable, Callable, Sequence

from bot.capabilities.checks.python import wording
from bot.capabilities.checks.verdicts import Finding
from storage.checks.python.meaning.calls import is_elided, short
from storage.checks.python.meaning.sight import Defined, Sight
from storage.checks.servers import Diagnostic

LISTS = re.compile(r"\b(?:list|List|Sequence|MutableSequence|Iterable|Collection|Container|Sized|ArrayLike|object)\b")
TEXTS = re.compile(
    r"\b(?:str|AnyStr|Literal|LiteralString|Text|Sequence|Iterable|Collection|Container|Sized|object)\b|['\"]"
)
ANYTHING = '__import__("plumbline_assumed").x'
"""An expression of which a checker takes any use for right."""

WHOLE, ONE = "no-matching-overload", "invalid-argument-type"
Literal = ast.List | ast.Constant | ast.JoinedStr
Method = ast.FunctionDef | ast.AsyncFunctionDef
Ask = Callable[[str], Awaitable[Sequence[Diagnostic]]]


async def misfits(sight: Sight, found: Sequence[Diagnostic], ask: Ask) -> list[Finding]:
    """`ask` says what the checker finds in another text of this document. Lines of the findings count from 0."""
    made: list[Finding] = []
    unsure: list[tuple[Diagnostic, ast.Call, Literal, Defined]] = []
    for one in found:
        if one.code == "not-subscriptable" or one.message.startswith("Method `__getitem__`"):
            made += await _subscripted(sight, one)
        elif one.code in (WHOLE, ONE) and (told := await _literal(sight, one)):
            call, literal, home = told
            if one.code == WHOLE:
                unsure.append((one, call, literal, home))
            elif not _room(literal).search(_expected(one)):
                made.append(_finding(sight, call, literal, home))
    if unsure:
        bare = await ask(_replaced(sight, [literal for _, _, literal, _ in unsure], is_any=False))
        free = await ask(_replaced(sight, [literal for _, _, literal, _ in unsure], is_any=True))
        still, gone = ({(each.code, each.line, each.start) for each in said} for said in (bare, free))
        for one, call, literal, home in unsure:
            at = (one.code, one.line, one.start)
            if at in still and at not in gone:
                made.append(_finding(sight, call, literal, home))
    return made


def _expected(found: Diagnostic) -> str:
    return found.message.partition("Expected ")[2].partition(", found")[0] or "object"


async def _literal(sight: Sight, found: Diagnostic) -> tuple[ast.Call, Literal, Defined] | None:
    """The call that is meant, the one list or text in it that may be at fault, and what is called."""
    call = sight.call_at(found, is_argument=found.code == ONE)
    if call is None or is_elided(call) or any(isinstance(one, ast.Starred) for one in call.args):
        return None
    home = await sight.defined(call.func)
    if home is None or home.is_stub or home.node is None or not sight.library.is_typed(home.package):
        return None
    if _is_given_anew(sight, call):
        return None
    given = [*call.args, *(one.value for one in call.keywords)]
    every = [one for one in given if isinstance(one, ast.List) or _is_text(one)]
    if found.code == ONE:
        every = [one for one in every if one.lineno == found.line + 1 and _starts(sight, one) == found.start]
    else:
        declared = " ".join(_annotations(sight, home))
        every = [one for one in every if isinstance(one, Literal) and not _room(one).search(declared)]
    return (call, every[0], home) if len(every) == 1 and isinstance(every[0], Literal) else None


def _is_given_anew(sight: Sight, call: ast.Call) -> bool:
    """Whether it is asked of what an object of the block's keeps, `self.conn`, and is given in several ways: one of them may be of
    another class than the one that the class above declares."""
    match call.func:
        case ast.Attribute(value=ast.Attribute(value=ast.Name(id="self"), attr=name)):
            return len(re.findall(rf"\bself\.{name}\s*=(?!=)", sight.text)) > 1
        case _:
            return False


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _room(literal: Literal) -> re.Pattern[str]:
    return LISTS if isinstance(literal, ast.List) else TEXTS


def _starts(sight: Sight, node: ast.expr) -> int:
    return sight.column(node.lineno - 1, node.col_offset)


def _annotations(sight: Sight, home: Defined) -> list[str]:
    """What every form of a function declares of its arguments."""
    tree = sight.library.tree(home.path)
    name = home.node.name if home.node is not None else ""
    found = []
    for node in ast.walk(tree) if tree else ():
        body = getattr(node, "body", None)
        if isinstance(body, list) and home.node in body:
            for one in body:
                if isinstance(one, Method) and one.name == name:
                    arguments = one.args
                    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
                    every += [each for each in (arguments.vararg, arguments.kwarg) if each is not None]
                    found += [ast.unparse(each.annotation) for each in every if each.annotation is not None]
    return found or ["object"]


def _replaced(sight: Sight, literals: Sequence[Literal], *, is_any: bool) -> str:
    """The text with something else in the place of these, which are no part of each other; lines stay where they are."""
    lines = [one.encode() for one in sight.lines]
    for one in sorted(literals, key=lambda each: (each.lineno, each.col_offset), reverse=True):
        first, last = one.lineno - 1, (one.end_lineno or one.lineno) - 1
        instead = ANYTHING if is_any else "[]" if isinstance(one, ast.List) else '""'
        rest = lines[last][one.end_col_offset or 0 :]
        start = lines[first][: one.col_offset] + instead.encode()
        if last == first:
            lines[first] = start + rest
        else:
            lines[first : last + 1] = [start, *[b""] * (last - first - 1), rest]
    return b"\n".join(lines).decode("utf-8", "replace")


def _finding(sight: Sight, call: ast.Call, literal: Literal, home: Defined) -> Finding:
    version = sight.library.environment.versions.get(home.package, "")
    what = "list" if isinstance(literal, ast.List) else "plain text"
    said = f"`{short(call.func)}` takes no {what} here in {home.package} {version}"
    return Finding(literal.lineno - 1, "argument", said, home.package, version)


async def _subscripted(sight: Sight, found: Diagnostic) -> list[Finding]:
    """What is asked by a key that it does not have: no `__getitem__`, or one for numbers only."""
    said = wording.ticked(found.message)
    of = wording.short_type(said[-1] if found.message.startswith("Method") else said[0]) if said else ""
    if not of.isidentifier() or (found.code != "not-subscriptable" and '`Literal["' not in found.message):
        return []
    for node in sight.nodes(ast.Subscript):
        if not isinstance(node, ast.Subscript) or node.lineno != found.line + 1 or not isinstance(node.ctx, ast.Load):
            continue
        if not isinstance(node.slice, ast.Constant) or not isinstance(node.value, ast.Name | ast.Attribute):
            continue
        home = await sight.type_of(node.value)
        owner = home.node if home is not None else None
        if home is None or not isinstance(owner, ast.ClassDef) or owner.name != of or home.is_stub:
            continue
        if not sight.library.is_typed(home.package):
            continue
        version = sight.library.environment.versions.get(home.package, "")
        text = f"`{of}` cannot be asked with `[{ast.unparse(node.slice)}]` in {home.package} {version}"
        return [Finding(found.line, "attribute", text, home.package, version)]
    return []
