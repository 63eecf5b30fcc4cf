"""Whether a definition says of itself that it is deprecated: by a decorator, a warning that it always gives, or one for an argument."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator

Defined = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef

MARK = re.compile(r"deprecat|legacy|moved_20|removed_in|pending_removal", re.IGNORECASE)
WARNINGS = re.compile(
    r"(?:Pending)?DeprecationWarning|FutureWarning|RemovedIn\w*Warning|\w*Deprecat\w*|MovedIn20Warning"
)
WARNING = re.compile(r"^_?(?:warn|deprecat)|_warn(?:ing)?$|_deprecat(?:ed|ion)$", re.I)
"""In the name of a function that gives warnings."""
NOT_ONE = re.compile(r"param|arg|keyword|positional|alias", re.I)
"""In the name of a decorator that is about arguments, not about the function."""

ABOUT_A_PART = re.compile(
    r"^[`*]|argument|parameter|option|keyword|attribute|passing|method|support for|\bwhen\b|\bunless\b|\bnow requires\b",
    re.I,
)
NOTE = re.compile(r"^\.\. deprecated:: *(\S*)(?: +(?=\S)|\n(?:[ \t]*\n)?[ \t]+(?=\S)|)(.*)$", re.M)
"""With what it says on its own line, or in the first one of its paragraph."""

STANDARD_SINCE = {
    "utcnow": (3, 12),
    "utcfromtimestamp": (3, 12),
    "iscoroutinefunction": (3, 14),
    "get_event_loop_policy": (3, 14),
    "set_event_loop_policy": (3, 14),
    "datetime": (3, 99),
    "asynccontextmanager": (3, 99),
    "contextmanager": (3, 99),
}
"""typeshed marks these for every version; they are deprecated since these."""

RETIRED_MODULES = {
    **dict.fromkeys(
        [
            "aifc",
            "audioop",
            "cgi",
            "cgitb",
            "chunk",
            "crypt",
            "imghdr",
            "mailcap",
            "msilib",
            "nis",
            "nntplib",
            "ossaudiodev",
            "pipes",
            "sndhdr",
            "spwd",
            "sunau",
            "telnetlib",
            "uu",
            "xdrlib",
        ],
        (3, 11),
    ),
    "asyncore": (3, 6),
    "asynchat": (3, 6),
    "smtpd": (3, 6),
    "imp": (3, 4),
    "distutils": (3, 10),
    "lib2to3": (3, 11),
}
"""Modules of the standard library whose import gives a warning since these versions (PEP 594, PEP 632)."""


def said(node: Defined, keywords: Collection[str] = (), taken: Collection[str] = ()) -> str:
    """What the definition says of its being deprecated, used with these keywords; "" where it says nothing. Those that are `taken`
    do not come as far as to it by `**extra`."""
    marks = [ast.unparse(one.func if isinstance(one, ast.Call) else one) for one in node.decorator_list]
    is_form = any(mark.rpartition(".")[2] == "overload" for mark in marks)
    for decorator, text in zip(node.decorator_list, marks, strict=True):
        if MARK.search(text) and not NOT_ONE.search(text) and not is_form:  # which form a call means, the checkers tell
            return text_of(decorator) or "it is marked as deprecated"
    note = NOTE.search(ast.get_docstring(node) or "")
    why = re.split(r"(?<=\.)\s", " ".join(note[2].split()))[0] if note else ""
    if note and not (ABOUT_A_PART.search(why) or set(re.findall(r"\w+", why)) & set(arguments(node))):
        return f"deprecated since {note[1]}: {why}".rstrip(": ") if note[1] else "it is marked as deprecated"
    body = node.body
    if isinstance(node, ast.ClassDef):
        body = next(
            (one.body for one in node.body if isinstance(one, ast.FunctionDef) and one.name in ("__init__", "__new__")),
            [],
        )
    if not isinstance(node, ast.ClassDef) and WARNING.search(node.name):
        return ""  # what warns for others is not gone itself
    maker = _maker(node)
    extra = _extra(maker, [one for one in keywords if one not in taken])
    is_reached = True
    for statement in body:
        is_reached = is_reached and not (isinstance(statement, ast.If) and any(map(_may_end, statement.body)))
        if (isinstance(statement, ast.Expr) and is_reached and _warns(statement.value)) and not isinstance(
            statement.value, ast.Constant
        ):
            return text_of(statement.value) or "it warns that it is deprecated"
        if not isinstance(statement, ast.If) or not any(_deep_warns(one) for one in statement.body):
            continue
        asked = _asked(statement.test) if _is_alone(statement.test, set(arguments(node)), keywords) else ""
        if maker is not None and maker.args.kwarg is not None and asked == maker.args.kwarg.arg:
            asked = extra
        if asked and asked in keywords:
            text = next((text_of(call) for one in statement.body for call in _calls(one) if _warns(call)), "")
            return f"its argument {asked} is deprecated" + (f": {text}" if text else "")
    return _of_arguments(maker, keywords, extra) if not isinstance(node, ast.ClassDef) or extra else ""


def _may_end(node: ast.stmt) -> bool:
    """Whether the function may end here: what comes behind is not for every call."""
    return any(isinstance(one, ast.Return) for one in ast.walk(node))


def _maker(node: Defined) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    """The function that takes the arguments: of a class, its `__init__`."""
    if not isinstance(node, ast.ClassDef):
        return node
    return next((one for one in node.body if isinstance(one, ast.FunctionDef) and one.name == "__init__"), None)


def _extra(maker: ast.FunctionDef | ast.AsyncFunctionDef | None, keywords: Collection[str]) -> str:
    """The first of the keywords that goes into `**extra`; "" where none does."""
    if maker is None or maker.args.kwarg is None:
        return ""
    named = {one.arg for one in (*maker.args.posonlyargs, *maker.args.args, *maker.args.kwonlyargs)}
    return next((one for one in keywords if one not in named), "")


def _of_arguments(maker: ast.FunctionDef | ast.AsyncFunctionDef | None, keywords: Collection[str], extra: str) -> str:
    """What the annotation of an argument says, or that of `**extra`."""
    if maker is None:
        return ""
    given = [(one.arg, one.annotation) for one in (*maker.args.args, *maker.args.kwonlyargs) if one.arg in keywords]
    given += [(extra, maker.args.kwarg.annotation)] if extra and maker.args.kwarg is not None else []
    for name, annotation in given:
        if annotation is not None and (found := _annotated(annotation)):
            return f"its argument {name} is deprecated" + ("" if found is True else f": {found}")
    return ""


def arguments(node: Defined) -> Iterator[str]:
    """What it takes by name; of a class, what its making takes."""
    inner = node.body if isinstance(node, ast.ClassDef) else [node]
    for maker in inner:
        if not isinstance(maker, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if maker is not node and maker.name not in ("__init__", "__new__"):
            continue
        yield from (one.arg for one in (*maker.args.posonlyargs, *maker.args.args, *maker.args.kwonlyargs))


def _annotated(node: ast.expr) -> str | bool:
    """The text of an `Annotated[..., deprecated("...")]`."""
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and MARK.search(ast.unparse(call.func)):
            return text_of(call) or True
    return False


def _calls(node: ast.AST) -> Iterator[ast.Call]:
    return (one for one in ast.walk(node) if isinstance(one, ast.Call))


def _deep_warns(node: ast.AST) -> bool:
    return any(_warns(call) for call in _calls(node))


def _warns(node: ast.expr) -> bool:
    """A call that gives a warning of deprecation, by its name or by its category."""
    if not isinstance(node, ast.Call):
        return False
    name = ast.unparse(node.func)
    if re.search(
        r"warn_?deprecat|deprecat\w*_?warn|^_?deprecat\w*$|warn_deprecated|moved_20_warn", name.rpartition(".")[2], re.I
    ):
        return True
    if not re.search(r"(?:^|\.|_)warn(?:_explicit)?$", name):
        return False
    return any(
        WARNINGS.fullmatch(ast.unparse(one).rpartition(".")[2])
        for one in [*node.args[1:], *(word.value for word in node.keywords)]
    )


def _asked(test: ast.expr) -> str:
    """The argument that a condition asks for: `if x:`, `if x is not None:`, `if "x" in kwargs:`."""
    match test:
        case ast.Name(id=name):
            return name
        case ast.Compare(left=ast.Name(id=name), ops=[ast.IsNot() | ast.NotEq()]):
            return name
        case ast.Compare(left=ast.Constant(value=str(name)), ops=[ast.In()]):
            return name
        case ast.BoolOp(
            op=ast.And(), values=[ast.Compare(ops=[ast.Is()], comparators=[ast.Constant(None)]), second, *_]
        ):
            return _asked(second)  # where another one is not given
        case ast.BoolOp(values=[first, *_]):
            return _asked(first)
        case _:
            return ""


def _is_alone(test: ast.expr, taken: Collection[str], keywords: Collection[str]) -> bool:
    """Whether a condition is about its first argument only, or about others besides that are given as well: `if until and count:`."""
    if not isinstance(test, ast.BoolOp) or not isinstance(test.op, ast.And):
        return True
    first = _asked(test)
    for one in test.values[1:]:
        named = {each.id for each in ast.walk(one) if isinstance(each, ast.Name)}
        named |= {each.attr.lstrip("_") for each in ast.walk(one) if isinstance(each, ast.Attribute)}
        others = named & set(taken) - {first}
        if others and _asked(one) not in keywords:
            return False
    return True


def warned(node: ast.stmt) -> str:
    """What a statement warns of as deprecated, or that it does; "" for any other."""
    call = node.value if isinstance(node, ast.Expr) else None
    if not isinstance(call, ast.Call) or not _warns(call):
        return ""
    return text_of(call) or "it is given with a warning"


def text_of(node: ast.expr) -> str:
    """The longest text in a call: what it tells people, without the sentences that hold what only a run knows."""
    texts = [text for one in _texts(node) if " " in (text := _whole(one))]
    return max(texts, key=len, default="")[:200]


HOLE = "\0"
"""Where a text has what only a run puts in."""


def _texts(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.JoinedStr(values=values):
            parts = (one.value if isinstance(one, ast.Constant) else HOLE for one in values)
            yield "".join(map(str, parts))
        case ast.Constant(value=str(text)):
            yield re.sub(r"%\(?\w*\)?[srd]|\{\w*\}", HOLE, text)
        case _:
            for child in ast.iter_child_nodes(node):
                yield from _texts(child)


def _whole(text: str) -> str:
    plain = re.sub(rf"\s*\([^()]*{HOLE}[^()]*\)", "", " ".join(text.split()))
    kept = [one for one in re.split(r"(?<=[.;!])\s+", plain) if HOLE not in one]
    return " ".join(kept).rstrip(" ,:;(")
