"""Whether a call really cannot be made with these arguments: stubs lack some, decorators and others take more."""

from __future__ import annotations

import ast
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from bot.capabilities.checks.python import deprecations, wording
from bot.capabilities.checks.verdicts import Finding
from storage.checks.python.gates.gate import Gate
from storage.checks.python.library.library import near
from storage.checks.python.meaning import classes, decorators, forwarding, made, whereabouts
from storage.checks.python.meaning.calls import (
    SETTINGS,
    is_elided,
    is_overload,
    is_settings,
    is_wrapped,
    parameters,
    short,
)
from storage.checks.python.meaning.sight import Callable_, Defined
from storage.checks.servers import Diagnostic

ALIASED = re.compile(r"\balias(?:_generator)?=|@(?:root|model)_validator\(")
"""In a class whose fields are given under other names than their own, or filled by a function that sees all that is given."""

GENERATED = re.compile(r"\balias_generator\b")
"""What gives all fields other names, which no checker works out."""

UNION = "Union variant"
"""What the checker says of a call that it holds against each of several types."""

UNMADE = "`object.__init__`"
Method = ast.FunctionDef | ast.AsyncFunctionDef
WHOLE_CALL = ("missing-argument", "no-matching-overload")
UNNAMED = ("too-many-positional-arguments", "bad-argument-count", "no-matching-overload")
"""What is said of a call without a name."""

Judge = Callable[[Diagnostic, ast.Call, Defined | None, str], Awaitable[Finding | None]]


class ArgumentGate(Gate):
    async def _of_call(self, found: Diagnostic, judge: Judge) -> Finding | None:
        """What is said of the call that a diagnostic is about, where that can be told."""
        called = await self._called(found) if wording.ticked(found.message) or found.code in UNNAMED else None
        return await judge(found, *called) if called is not None else None

    async def _called(self, found: Diagnostic) -> tuple[ast.Call, Defined | None, str] | None:
        if UNION in found.message:
            return None  # one of several that it may be: another may take it
        call = self._sight.call_at(found, is_argument=found.code not in WHOLE_CALL)
        if call is None or is_elided(call):
            return None
        home = await self._sight.defined(call.func)
        declared = self._declared(call.func, home)
        if declared is not None and declared is not home and self._is_compiled(declared):
            home = declared
        if home is None or (home.node is None and not self._sight.is_standard(home)):
            home = await self._called_object(call.func)
        if home is None and self._is_made_here(ast.unparse(call.func)):
            return call, None, short(call.func)
        if home is None:
            return None  # a variable: what it holds has only been declared
        if made.is_handed_elsewhere(self._sight, call):
            return None
        if isinstance(home.node, ast.ClassDef) and (
            made.is_made_over(self._sight, home) or await made.is_made_unseen(self._sight, home)
        ):
            return None
        if made.is_without_object(self._sight, home) or (
            isinstance(home.node, ast.ClassDef) and self._is_part(home, home.node)
        ):
            return None
        return call, home, short(call.func)

    async def _called_object(self, node: ast.expr) -> Defined | None:
        """What takes the call of a variable that holds an object of a library's class: its own `__call__`."""
        if not isinstance(node, ast.Name | ast.Attribute):
            return None
        of = await self._sight.type_of(node)
        if of is None or not of.package or of.is_stub or not isinstance(of.node, ast.ClassDef):
            return None
        made = classes.method(self._library, classes.Known(self._library.module_of(of.path), of.node), "__call__")
        path = self._library.file_of(made[0].module) if made is not None else None
        return Defined(path, self._library.owner(made[0].module), made[1]) if made is not None and path else None

    def _is_part(self, home: Defined, node: ast.ClassDef) -> bool:
        return home.path == self._sight.path and not node.decorator_list and made.is_without_making(node)

    async def _keyword(self, found: Diagnostic, call: ast.Call, home: Defined | None, name: str) -> Finding | None:
        if (
            found.checker != "ty"
            and UNMADE in found.message
            and home
            and home.node
            and any(whereabouts.bases(home.node))
        ):
            return None  # it has lost sight of what stands above the class
        word = wording.ticked(found.message)[0]
        at = next((one for one in call.keywords if one.arg == word), None)
        if at is None:
            return None
        found = replace(found, line=at.lineno - 1)
        package = home.package if home else ""
        if (
            home
            and home.node is not None
            and is_wrapped(home.node)
            and not home.package
            and not self._sight.is_standard(home)
            and not await self._is_made_of_fields(home)
        ):
            return None
        if home and (mark := await decorators.speaking_of(self._sight, call.func, home, word)):
            return self._by_mark(found, mark, word, name, package)
        if home and home.node is not None:
            module = self._library.module_of(home.path)
            if module and decorators.names(self._library, module, home.node, word):
                return None
        names = self._parameters(home, call)
        if home and package and word in names and not is_overload(home.node):
            return None  # what was declared of it is not what it takes
        if home and (self._is_field(home, word) or self._is_of_own(home, call, word)):
            return None
        if home and (word in self._named_by_making(home) or self._says(home, GENERATED)):
            return None  # whatever becomes of its fields
        if home and (home.is_stub or self._has_stub_for(home)) and self._takes(home, call, word):
            return None
        if (
            home
            and package
            and not home.is_stub
            and not self._library.is_typed(package)
            and home.node is not None
            and not self._keeps(home, is_by_name=True)
        ):
            return None
        return self._made(
            found, "argument", wording.keyword(word, name, self._library.where(package), near(word, names)), package
        )

    def _says(self, home: Defined, what: re.Pattern[str]) -> bool:
        """Whether a class, or one above it that is not pydantic's own, has this in its text."""
        every = (one.node for one in self._above(home) if not _is_pydantics(one))
        return any(what.search(ast.unparse(one)[:20_000]) for one in every)

    def _named_by_making(self, home: Defined) -> Sequence[str]:
        """What the nearest `__init__` above a class names, beside the fields that its metaclass makes arguments of."""
        above = (one.node for one in self._above(home) if not _is_pydantics(one))
        making = next((one for each in above for one in _making(each)), None)
        is_above = making is not None and home.node is not None and making not in home.node.body
        return parameters(making)[0][1:] if is_above and making is not None and making.args.kwarg is not None else ()

    async def _is_made_of_fields(self, home: Defined) -> bool:
        """Whether the block's own class is decorated by what makes its arguments of its fields, and says so (PEP 681)."""
        if not isinstance(home.node, ast.ClassDef) or home.path != self._sight.path:
            return False
        for mark in home.node.decorator_list:
            made = await self._sight.defined(mark.func if isinstance(mark, ast.Call) else mark)
            says = made is not None and made.node is not None and made.node.decorator_list
            if not says or not any("dataclass_transform" in ast.unparse(one) for one in says):
                return False
        return True

    def _is_field(self, home: Defined, word: str) -> bool:
        """Whether a decorated class has a field of this name: what decorates it may make arguments of those, as attrs does."""
        if not isinstance(home.node, ast.ClassDef) or not is_wrapped(home.node) or not home.package:
            return False
        has = classes.fields(self._library, classes.Known(self._library.module_of(home.path), home.node))
        return has is None or word in has

    def _is_of_own(self, home: Defined, call: ast.Call, word: str) -> bool:
        """Whether a method that takes any word is asked of the reader's own function, which a decorator made an object of, and that
        takes this one: `tick.defer(timestamp=0)`."""
        of: ast.expr = call.func
        while isinstance(of, ast.Attribute | ast.Call):
            of = of.value if isinstance(of, ast.Attribute) else of.func
        own = self._sight.own_definition(of.id) if isinstance(of, ast.Name) and of is not call.func else None
        if own is None or own.node is None or home.node is None:
            return False
        return word in parameters(own.node)[0] and parameters(home.node)[1]

    def _has_stub_for(self, home: Defined) -> bool:
        module = self._library.module_of(home.path)
        return bool(module) and self._has_stub(module)

    def _takes(self, home: Defined, call: ast.Call, word: str) -> bool:
        """Whether the real function behind a stub takes the argument, or may."""
        name = (
            call.func.attr
            if isinstance(call.func, ast.Attribute)
            else call.func.id
            if isinstance(call.func, ast.Name)
            else ""
        )
        real = self._library.beside_stub(home.path, home.node.name if home.node else name)
        if real is None:
            is_own = self._library.is_typed(home.package) and not self._is_from_outside(home)
            is_told = not home.package or is_own or self._is_compiled(home)
            return not is_told and self._library.has_definition(home.package, word)
        names, is_open = parameters(real)
        if is_open and (accepted := forwarding.accepted(self._library, home.path, real, home.package)) is not None:
            return word in accepted
        return word in names or (is_open and self._library.has_definition(home.package, word))

    def _parameters(self, home: Defined | None, call: ast.Call) -> list[str]:
        return parameters(home.node)[0] if home and home.node is not None else []

    async def _lacking(self, found: Diagnostic, call: ast.Call, home: Defined | None, name: str) -> Finding | None:
        said = wording.ticked(found.message)
        if (
            any(one.arg is None for one in call.keywords)
            or any(isinstance(one, ast.Starred) for one in call.args)
            or home is None
            or self._is_joined(home, call)
        ):
            return None
        lacking = said if found.checker == "ty" else said[:1]
        if found.checker == "ty" and (after := re.search(r"parameters? (.*?)(?: of |$)", found.message.split("\n")[0])):
            lacking = wording.TICKED.findall(after[1])
        if home.node is not None and (
            (
                is_wrapped(home.node)
                and not self._is_bare_below(home, call, lacking)
                and not (await self._is_made_of_fields(home) and _are_bare(home.node, lacking))
            )
            or is_settings(home.node)
            or self._named_by_making(home)
            or self._says(home, ALIASED)
        ):
            return None
        if not home.package and self._is_excerpt and not self._sight.is_own(home):
            return None
        if isinstance(home.node, ast.ClassDef) and await self._is_unsure_class(home.node):
            return None
        if isinstance(home.node, Method) and is_wrapped(home.node) and _takes_in_place(home.node) < len(call.args):
            return None  # told of as what is given in its place, and not by name
        if home.is_stub and not self._sight.is_standard(home) and not self._needs(home, call, lacking):
            return None
        return self._made(
            found, "argument", wording.lacking(lacking, name, self._library.where(home.package)), home.package
        )

    def _is_joined(self, home: Defined, call: ast.Call) -> bool:
        """Whether a method that only keeps what another function takes is asked for a part of something, which may give that the rest:
        `fetch.message(1) | label.message()`."""
        rest = home.node.args.vararg if isinstance(home.node, Method) else None
        is_kept = rest is not None and rest.annotation is not None and ast.unparse(rest.annotation).endswith(".args")
        return is_kept and isinstance(self._sight.parents.get(id(call)), ast.BinOp | ast.List | ast.Tuple | ast.Call)

    async def _is_unsure_class(self, node: ast.ClassDef) -> bool:
        return any(
            ast.unparse(base).rpartition(".")[2] in (*SETTINGS, "Model", "Base", "DeclarativeBase")
            for base in node.bases
        )

    def _needs(self, home: Defined, call: ast.Call, lacking: list[str]) -> bool:
        real = self._library.beside_stub(
            home.path, home.node.name if home.node else short(call.func).rpartition(".")[2]
        )
        if real is None and self._library.is_typed(home.package) and not self._is_from_outside(home):
            return True  # the library's own declaration of what it makes on the fly
        if isinstance(real, ast.ClassDef):
            own = [one for one in real.body if isinstance(one, ast.FunctionDef) and one.name == "__init__"]
            real = (
                own[-1]
                if own and not any(one.name == "__new__" for one in real.body if isinstance(one, ast.FunctionDef))
                else None
            )
        if real is None or isinstance(real, ast.ClassDef):
            return False
        required = [one.arg for one in real.args.args[: len(real.args.args) - len(real.args.defaults)]]
        required += [
            one.arg for one, default in zip(real.args.kwonlyargs, real.args.kw_defaults, strict=True) if default is None
        ]
        return all(one in required for one in lacking)

    def _keeps(self, home: Defined, *, is_by_name: bool) -> bool:
        """Whether what decorates a function, as far as it is known, takes no other arguments than that: what a typed library's
        decorators make of it they say themselves, and the checker has followed it."""
        if home.node is None or not is_wrapped(home.node) or self._is_told(home):
            return True
        module = self._library.module_of(home.path)
        return (
            bool(module)
            and not home.is_stub
            and decorators.keeps(self._library, module, home.node, is_by_name=is_by_name)
        )

    def _is_told(self, home: Defined) -> bool:
        """Whether it is a function of a library that declares its types itself."""
        return isinstance(home.node, Method) and not home.is_stub and self._library.is_typed(home.package)

    def _is_bare_below(self, home: Defined, call: ast.Call, lacking: list[str]) -> bool:
        """Whether a typed library's decorators do not put anything in the place of what is lacking."""
        if home.node is None or not self._is_told(home):
            return False
        module, (names, is_open) = self._library.module_of(home.path), parameters(home.node)
        is_plain = is_open or all(one.arg in names for one in call.keywords)
        return is_plain and not any(decorators.names(self._library, module, home.node, one) for one in lacking)

    async def _too_many(self, found: Diagnostic, call: ast.Call, home: Defined | None, name: str) -> Finding | None:
        if (
            home is None
            or (home.node is not None and not self._keeps(home, is_by_name=False))
            or any(isinstance(one, ast.Starred) for one in call.args)
        ):
            return None
        if isinstance(home.node, Method) and home.package and _takes_in_place(home.node) >= len(call.args):
            return None  # a stub beside it declares less
        real = self._library.beside_stub(home.path, home.node.name if home.node else "") if home.is_stub else None
        if isinstance(real, ast.ClassDef) or (real and (real.args.vararg or len(real.args.args) > len(call.args))):
            return None
        is_named = isinstance(home.node, Method) and home.node.args.kwonlyargs
        said = (wording.by_name if is_named else wording.too_many)(name, self._library.where(home.package))
        return self._made(found, "argument", said, home.package)

    def _by_mark(self, found: Diagnostic, mark: str, word: str, name: str, package: str) -> Finding | None:
        """Of an argument that only a decorator takes: as one that is deprecated, where that says so."""
        if not deprecations.MARK.search(mark):
            return None
        said = f"the argument `{word}` of `{name}` is deprecated in {self._library.where(package)}"
        return self._made(found, "deprecated", said, package)


def _is_pydantics(of: whereabouts.Found) -> bool:
    return of.module.startswith("pydantic.")


def _making(node: Callable_) -> list[ast.FunctionDef]:
    return [one for one in node.body if isinstance(one, ast.FunctionDef) and one.name == "__init__"]


def _are_bare(node: Callable_, names: Sequence[str]) -> bool:
    """Whether all of these are fields of a class that are declared, and given nothing."""
    bare = {
        one.target.id
        for one in node.body
        if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name) and one.value is None
    }
    return set(names) <= bare


def _takes_in_place(node: Method) -> int:
    """How many arguments a function takes in their places, its object left out."""
    placed = [one.arg for one in (*node.args.posonlyargs, *node.args.args)]
    return len(placed) - (placed[:1] in (["self"], ["cls"]))
