"""Texts that stand in a call where a library's declarations name every text that it takes: `merge(how="lefts")`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from bot.capabilities.checks.verdicts import Finding
from storage.checks.python.library.library import near
from storage.checks.python.meaning.calls import is_elided, short
from storage.checks.python.meaning.sight import Defined, Sight
from storage.checks.servers import Diagnostic

ONE, WHOLE = "invalid-argument-type", "no-matching-overload"
GIVEN = re.compile(r"Expected `(.+)`, found `Literal\[\"([^\"]*)\"\]`")
CHOICE = re.compile(r"(?:\w+\.)?Literal\[((?:\s*(?:'[^']*'|\"[^\"]*\"|None|True|False|-?\d+)\s*,?)+)\]")
MAY_BE = re.compile(
    r"\b(?:str|AnyStr|LiteralString|Text|Sequence|Iterable|Collection|Container|Sized|Hashable|object|Any|Unknown|T|_T\w*|Enum|\w+Enum"
    r"|TypeVar)\b|@|['\"]"
)
"""What says of a union's other types that a text may be one of them."""

TEXT = re.compile(r"'([^']*)'|\"([^\"]*)\"")
Method = ast.FunctionDef | ast.AsyncFunctionDef


async def unknown(sight: Sight, found: Sequence[Diagnostic], lines: range) -> list[Finding]:
    """By what the checker found on these lines, from 1; lines of the findings count from 0."""
    told: list[Finding] = []
    for one in found:
        if one.code not in (ONE, WHOLE) or one.line + 1 not in lines:
            continue
        call = sight.call_at(one, is_argument=one.code == ONE)
        home = await sight.defined(call.func) if call is not None and not is_elided(call) else None
        if call is None or home is None or not home.package or _is_from_outside(sight, home):
            continue
        if one.code == ONE:
            told += _of_one(sight, one, call, home)
        else:
            told += _of_several(sight, call, home)
    return told


def _is_from_outside(sight: Sight, home: Defined) -> bool:
    """Whether another package's stub says so, of any version."""
    site = sight.library.environment.site
    return home.path.is_relative_to(site) and home.path.relative_to(site).parts[0].endswith("-stubs")


def _of_one(sight: Sight, found: Diagnostic, call: ast.Call, home: Defined) -> Iterator[Finding]:
    said = GIVEN.search(found.message)
    allowed = members(said[1]) if said is not None else frozenset()
    given: list[tuple[ast.expr | ast.keyword, ast.expr]] = [(one, one) for one in call.args]
    given += [(one, one.value) for one in call.keywords]
    for place, value in given if said is not None and allowed else ():
        if not isinstance(value, ast.Constant) or not isinstance(value.value, str):
            continue
        if place.lineno == found.line + 1 and sight.column(place.lineno - 1, place.col_offset) == found.start:
            yield from _finding(sight, call, home, value, allowed)


def _of_several(sight: Sight, call: ast.Call, home: Defined) -> Iterator[Finding]:
    """Of a call of which no form fits: a text by name that none of the forms takes."""
    forms = _forms(sight, home)
    for word in call.keywords if len(forms) > 1 else ():
        if not word.arg or not isinstance(word.value, ast.Constant) or not isinstance(word.value.value, str):
            continue
        declared = [_resolved(sight, home, one) for form in forms for one in _declared(form, word.arg)]
        allowed = [members(one) for one in declared]
        if allowed and all(allowed) and all(form.args.kwarg is None for form in forms):
            yield from _finding(sight, call, home, word.value, frozenset().union(*allowed))


def members(declared: str) -> frozenset[str]:
    """The texts of a type that is a choice of some; empty where it takes other texts, or is none."""
    found: set[str] = set()
    rest = declared
    for one in CHOICE.finditer(declared):
        found |= {single or double for single, double in TEXT.findall(one[1])}
        rest = rest.replace(one[0], "None")
    if "->" in rest:
        rest = re.sub(r"\(.*\)", "()", rest, flags=re.S)
    while (shorter := re.sub(r"\[[^\[\]]*\]", "", rest)) != rest and "Optional" not in rest:
        rest = shorter
    return frozenset(found) if not MAY_BE.search(rest) else frozenset()


def _finding(
    sight: Sight, call: ast.Call, home: Defined, value: ast.Constant, allowed: frozenset[str]
) -> Iterator[Finding]:
    text = str(value.value)
    guess = near(text, allowed)
    if text in allowed or not (guess or sight.library.is_typed(home.package)):
        return
    version = sight.library.environment.versions.get(home.package, "")
    said = f"`{short(call.func)}` takes no {text!r} here in {home.package} {version}"
    if any(map(str.isidentifier, allowed)):
        said += f"; did you mean {guess!r}?" if guess else f": one of {', '.join(map(repr, sorted(allowed)[:6]))}"
    else:
        said = said.replace(f"no {text!r} here", f"no text like {text!r} here")
    yield Finding(value.lineno - 1, "argument", said, home.package, version)


def _forms(sight: Sight, home: Defined) -> list[Method]:
    """All declarations of a function, beside each other."""
    tree = sight.library.tree(home.path)
    for node in ast.walk(tree) if tree is not None else ():
        body = getattr(node, "body", None)
        if isinstance(body, list) and home.node in body and home.node is not None:
            same = [one for one in body if isinstance(one, Method) and one.name == home.node.name]
            over = [one for one in same if any("overload" in ast.unparse(mark) for mark in one.decorator_list)]
            return over or same
    return []


def _declared(form: Method, name: str) -> list[str]:
    every = [*form.args.args, *form.args.kwonlyargs]
    return [ast.unparse(one.annotation) if one.annotation else "object" for one in every if one.arg == name]


def _resolved(sight: Sight, home: Defined, declared: str) -> str:
    """A declaration with the name of a choice that its own module makes replaced by it."""
    if not declared.isidentifier():
        return declared
    tree = sight.library.tree(home.path)
    for node in tree.body if tree is not None else ():
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            ) if name == declared:
                return ast.unparse(value)
            case _:
                continue
    return declared
