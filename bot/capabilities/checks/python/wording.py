"""What checkers say, in words for people: one plain sentence about the code, without the checker's own terms."""

from __future__ import annotations

import re

TICKED = re.compile(r"`([^`]*)`")


def ticked(message: str) -> list[str]:
    return TICKED.findall(message.split("\n")[0])


def short_type(text: str) -> str:
    """`CoroutineType[Any, Any, Response]` as `Response`'s coroutine, `<class 'X'>` as X, generics without their arguments, one text as
    a text."""
    text = re.sub(r"^Literal\[(b?)[\"'].*", lambda found: "bytes" if found[1] else "str", text)
    text = re.sub(r"<(?:class|module) '([^']+)'>", r"\1", text)
    text = re.sub(r"^type\[(.+)\]$", r"\1", text)
    return text.partition("[")[0].partition("@")[0]


def or_none(text: str) -> str:
    """The one class of `Order | None`; "" for any other."""
    kinds = [short_type(one.strip()) for one in text.split("|")]
    others = [one for one in kinds if one != "None"]
    return others[0] if len(others) == 1 < len(kinds) and others[0].isidentifier() else ""


def attribute(of: str, name: str, where: str, near: str, is_module: bool = False) -> str:
    kind = "the module " if is_module else ""
    return f"{kind}`{of}` has no `{name}`{_in(where)}" + (f"; did you mean `{near}`?" if near else "")


def imported(name: str, module: str, where: str, near: str) -> str:
    return f"`{module}` has no `{name}`{_in(where)}" + (f"; did you mean `{near}`?" if near else "")


def keyword(name: str, called: str, where: str, near: str) -> str:
    return f"`{called}` takes no argument `{name}`{_in(where)}" + (f"; did you mean `{near}`?" if near else "")


def lacking(names: list[str], called: str, where: str) -> str:
    listed = ", ".join(f"`{one}`" for one in names)
    return f"`{called}` also needs {listed}{_in(where)}"


def too_many(called: str, where: str) -> str:
    return f"`{called}` takes fewer positional arguments than are given here{_in(where)}"


def by_name(called: str, where: str) -> str:
    return f"`{called}` takes by name only what is given here in its place{_in(where)}"


def not_awaited(expression: str) -> str:
    return f"`{expression}` is a coroutine: without `await` it never runs"


def await_before(expression: str, use: str) -> str:
    return f"`{expression}` gives a coroutine: it has to be awaited before {use}"


def deprecated(name: str, why: str, where: str) -> str:
    reason = " ".join(why.split())
    reason = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", reason)
    reason = re.sub(r"^(?:The )?[\w.`]+(?: \w+)? is deprecated[.;:,]?\s*", "", reason, flags=re.I)
    return f"`{name}` is deprecated{_in(where)}" + (f": {_first(reason)}" if reason else "")


def _first(text: str) -> str:
    sentence = re.split(r"(?<=[.;])\s+(?=[A-Z])", text)[0].strip().rstrip(".")
    return sentence[:160]


def _in(where: str) -> str:
    return f" in {where}" if where else ""
