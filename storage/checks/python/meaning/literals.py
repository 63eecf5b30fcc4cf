"""Lists, texts and functions that are handed over in a call, or stand as a key, where the declarations of what is called leave no room
for any. What a variable holds is often declared too narrowly; what is written out on the spot is certain, and so is how many arguments
a function takes.
"""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

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

ANY_CALL = f"lambda *_, **__: {ANYTHING}"
"""A function that can be called with anything."""

WHOLE, ONE = "no-matching-overload", "invalid-argument-type"
Literal = ast.List | ast.Constant | ast.JoinedStr
Function = ast.Lambda | ast.Name | ast.Attribute
Method = ast.FunctionDef | ast.AsyncFunctionDef
Ask = Callable[[str], Awaitable[Sequence[Diagnostic]]]


@dataclass(frozen=True, slots=True)
class Given:
    """What may be at fault in a call, what takes it, and two texts to put in its place: one of its own form, and one that anything
    takes. It is at fault where the first is no better, and the second is."""

    found: Diagnostic
    call: ast.Call
    node: Literal | Function
    home: Defined
    bare: str
    free: str = ANYTHING
    defined: Method | None = None
    """The function of the block that is handed over: what is to be changed."""

    @property
    def line(self) -> int:
        return (self.defined or self.node).lineno

    @property
    def at(self) -> tuple[str, int, int]:
        return self.found.code, self.found.line, self.found.start


async def misfits(sight: Sight, found: Sequence[Diagnostic], ask: Ask, lines: range) -> list[Finding]:
    """`ask` says what the checker finds in another text of this document; the block stands on these lines of it, from 1. Lines of the
    findings count from 0."""
    made: list[Finding] = []
    unsure: list[Given] = []
    for one in found:
        if one.code == "not-subscriptable" or one.message.startswith("Method `__getitem__`"):
            made += await _subscripted(sight, one)
        elif one.code in (WHOLE, ONE) and (literal := await _literal(sight, one)):
            if one.code == WHOLE:
                unsure.append(literal)
            elif not _room(literal.node).search(_expected(one)):
                made.append(_finding(sight, literal))
        elif one.code in (WHOLE, ONE) and (function := await _function(sight, one, lines)):
            unsure.append(function)
    if unsure:
        bare = await ask(sight.replaced([(one.node, one.bare) for one in unsure]))
        free = await ask(sight.replaced([(one.node, one.free) for one in unsure]))
        still, gone = ({(each.code, each.line, each.start) for each in said} for said in (bare, free))
        made += [_finding(sight, one) for one in unsure if one.at in still - gone]
    return made


def _expected(found: Diagnostic) -> str:
    return found.message.partition("Expected ")[2].partition(", found")[0] or "object"


async def _literal(sight: Sight, found: Diagnostic) -> Given | None:
    """The one list or text that may be at fault."""
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
    if len(every) != 1 or not isinstance(every[0], Literal):
        return None
    return Given(found, call, every[0], home, "[]" if isinstance(every[0], ast.List) else '""')


async def _function(sight: Sight, found: Diagnostic, lines: range) -> Given | None:
    """The one function of the reader's that is handed over, to be called with what it may not take."""
    call = sight.call_at(found, is_argument=found.code == ONE)
    home = await sight.defined(call.func) if call is not None and not is_elided(call) else None
    if call is None or home is None or not _is_declaring(sight, home):
        return None
    given = [*call.args, *(one.value for one in call.keywords)]
    if found.code == ONE:
        given = [one for one in given if one.lineno == found.line + 1 and _starts(sight, one) == found.start]
    every = [(one, made) for one in given if isinstance(one, Function) and (made := await _form(sight, one))]
    if len(every) != 1:
        return None
    node, (form, defined) = every[0]
    is_shown = defined is not None and defined.lineno in lines
    return Given(found, call, node, home, form, ANY_CALL, defined if is_shown else None)


def _is_declaring(sight: Sight, home: Defined) -> bool:
    """Whether who makes what is called says itself what it takes."""
    return sight.is_standard(home) or (not home.is_stub and sight.library.is_typed(home.package))


async def _form(sight: Sight, node: Function) -> tuple[str, Method | None] | None:
    """A function of the same arguments as this one, of which nothing else is known, and where the block defines it; None for what is no
    plain function of the block."""
    defined: Method | None = None
    if isinstance(node, ast.Lambda):
        arguments, is_bound = node.args, False
    else:
        home = await sight.defined(node)
        if home is None or not isinstance(home.node, Method) or home.node.decorator_list or home.path != sight.path:
            return None
        defined, arguments = home.node, home.node.args
        is_bound = isinstance(sight.parents.get(id(home.node)), ast.ClassDef)
        if is_bound and not (isinstance(node, ast.Attribute) and ast.unparse(node.value) == "self" and arguments.args):
            return None
    bare = copy.deepcopy(arguments)
    bare.args = bare.args[is_bound:]
    for one in (*bare.posonlyargs, *bare.args, *bare.kwonlyargs, bare.vararg, bare.kwarg):
        if one is not None:
            one.annotation = None
    bare.defaults = [ast.Constant(None) for _ in bare.defaults]
    bare.kw_defaults = [ast.Constant(None) if one is not None else None for one in bare.kw_defaults]
    return f"lambda {ast.unparse(bare)}: {ANYTHING}", defined


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


def _room(literal: Literal | Function) -> re.Pattern[str]:
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


def _finding(sight: Sight, given: Given) -> Finding:
    node, package = given.node, given.home.package
    called, where = short(given.call.func), f" in {sight.library.where(package)}" if package else ""
    if isinstance(node, Function):
        what = "this function" if isinstance(node, ast.Lambda) else f"`{short(node)}`"
        said = f"{what} does not take the arguments that `{called}` calls it with{where}"
    else:
        said = f"`{called}` takes no {'list' if isinstance(node, ast.List) else 'plain text'} here{where}"
    return sight.library.told(given.line - 1, "argument", said, package)


async def _subscripted(sight: Sight, found: Diagnostic) -> list[Finding]:
    """What is asked by a key that it does not have: no `__getitem__`, or one for numbers only."""
    said = wording.ticked(found.message)
    of = wording.short_type(said[-1] if found.message.startswith("Method") else said[0]) if said else ""
    if not of.isidentifier() or (found.code != "not-subscriptable" and '`Literal["' not in found.message):
        return []
    for node in sight.nodes(ast.Subscript):
        if node.lineno != found.line + 1 or not isinstance(node.ctx, ast.Load):
            continue
        if not isinstance(node.slice, ast.Constant) or not isinstance(node.value, ast.Name | ast.Attribute):
            continue
        home = await sight.type_of(node.value)
        owner = home.node if home is not None else None
        if home is None or not isinstance(owner, ast.ClassDef) or owner.name != of or home.is_stub:
            continue
        if not sight.library.is_typed(home.package) or "|" in await sight.hover(node.value):
            continue
        said_ = f"`{of}` cannot be asked with `[{ast.unparse(node.slice)}]` in {sight.library.where(home.package)}"
        return [sight.library.told(found.line, "attribute", said_, home.package)]
    return []
