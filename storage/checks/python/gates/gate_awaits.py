"""What is to be awaited and is not, and what cannot be."""

from __future__ import annotations

import ast
import re

from bot.capabilities.checks.python import wording
from bot.capabilities.checks.verdicts import Finding
from storage.checks.python.gates.gate import NOTHING_KNOWN, Gate
from storage.checks.python.library.lookup import find
from storage.checks.python.library.members import class_names
from storage.checks.python.meaning import classes
from storage.checks.python.meaning.both import ASYNCHRONOUS, Both
from storage.checks.python.meaning.calls import is_wrapped, short
from storage.checks.python.meaning.sight import Defined
from storage.checks.servers import Diagnostic

Defs = ast.FunctionDef | ast.AsyncFunctionDef
MOST_STEPS = 8
OUTCOME = "is a coroutine: it has to be awaited before its outcome is there"
ASYNC_FOR = "what is gone through here is asynchronous: it needs `async for`"
READING = frozenset(["print", "str", "repr", "bool", "int", "float", "len"])
"""Built-in functions that want what something is, never a coroutine."""

VALUES = frozenset("None int float str bytes bool list dict tuple".split())
UNSURE = re.compile(r"Await|Corout|Future|Task|Any|object")
PLAIN = re.compile(r"[\w.]+(?:\[[\w., |\[\]]*\])?(?: \| None)?")
"""What a function is declared to give back: told apart from what may be a coroutine."""


class AwaitGate(Gate):
    async def _unawaited(self, found: Diagnostic) -> Finding | None:
        if found.checker == "ty" and "`CoroutineType" not in found.message:
            return None
        call = self._sight.call_at(found) or self._call_on(found)
        if call is None:
            return None
        home = await self._sight.defined(call.func)
        return self._made(found, "await", wording.not_awaited(short(call)), home.package if home else "")

    def _call_on(self, found: Diagnostic) -> ast.Call | None:
        for node in self._sight.nodes(ast.Expr):
            if isinstance(node.value, ast.Call) and node.lineno == found.line + 1:
                return node.value
        return None

    async def _not_awaitable(self, found: Diagnostic) -> Finding | None:
        said = wording.ticked(found.message)
        of = wording.short_type(said[0]) if said else ""
        node = next(
            (one for one in self._sight.nodes(ast.Await) if one.lineno == found.line + 1),
            None,
        )
        if (
            node is None
            or found.checker != "ty"
            or of in ("Unknown", "Any", "object")
            or "|" in (re.sub(r"\[.*\]", "", said[0]) if said else "|")
        ):
            return None
        home = await self._sight.defined(node.value.func) if isinstance(node.value, ast.Call) else None
        if home is None:
            return None
        is_declared = not home.is_stub and (self._library.is_typed(home.package) or self._sight.is_own(home))
        if not is_declared and not self._is_plain(home, of):
            return None
        where = f" in {self._library.where(home.package)}" if home.package else ""
        return self._made(
            found,
            "await",
            f"`{short(node.value)}` is no coroutine{where}: it cannot be awaited",
            home.package,
        )

    def _is_plain(self, home: Defined, of: str) -> bool:
        """Whether it is a function of the standard library that gives something which nobody could await."""
        return self._sight.is_standard(home) and of in VALUES

    async def _context(self, found: Diagnostic) -> Finding | None:
        said = wording.ticked(found.message)
        of = wording.short_type(said[0]) if said else ""
        if not of or of in NOTHING_KNOWN or found.checker != "ty" or "|" in said[0]:
            return None
        if of.startswith("Coroutine"):
            return self._made(
                found,
                "await",
                f"`{self._sight.lines[found.line].strip().rstrip(':')[:80]}`: a coroutine has to be awaited before it is entered",
            )
        if await self._has_both(found, of):
            return None
        if "can be used as async context managers" in found.message or "Consider using `async with`" in found.message:
            return self._made(found, "await", f"`{of}` is entered with `async with`")
        if "Consider using `with`" in found.message:
            return self._made(found, "await", f"`{of}` is entered with plain `with`, not with `async with`")
        return None

    async def _has_both(self, found: Diagnostic, of: str) -> bool:
        """Whether the source of a library's class has what it is said to lack for this kind of `with`."""
        for node in self._sight.nodes(ast.With, ast.AsyncWith):
            if not isinstance(node, ast.With | ast.AsyncWith):
                continue
            wanted = "__aenter__" if isinstance(node, ast.AsyncWith) else "__enter__"
            for item in node.items:
                if item.context_expr.lineno == found.line + 1:
                    home = await self._sight.type_named(item.context_expr, of)
                    if home is None or not home.package or not isinstance(home.node, ast.ClassDef):
                        continue
                    known = classes.Known(self._library.module_of(home.path), home.node)
                    line = classes.lineage(self._library, known)
                    if any(wanted in set(class_names(one.node)) for one in line or [known]):
                        return True
        return False

    async def _maybe_awaited(self, found: Diagnostic) -> Finding | None:
        """Of what one declaration serves for both kinds of a client, a plain one and one to await: which of them was called."""
        if "on `Awaitable[" not in found.message:
            return None
        for node in self._sight.nodes(ast.Name):
            if node.lineno != found.line + 1 or not (origin := self._origin(node)):
                continue
            called = origin[2].func
            client = await self._sight.type_of(called.value) if isinstance(called, ast.Attribute) else None
            if client is not None and client.package and ASYNCHRONOUS.search(self._library.module_of(client.path)):
                return self._not_awaited(*origin)
        return None

    async def _coroutine_used(self, found: Diagnostic) -> Finding | None:
        if found.code == "invalid-argument-type":
            if "found `CoroutineType" not in found.message:
                return None
            if origin := await self._made_before(found):
                return origin
            text = (
                self._sight.lines[found.line].encode("utf-16-le")[2 * found.start : 2 * found.end].decode("utf-16-le")
            )
            return self._made(
                found, "await", f"`{text[:80]}` is a coroutine: it has to be awaited before it is handed over"
            )
        if "`CoroutineType" not in found.message.split("\n")[0]:
            if found.code == "not-iterable" and re.search(
                r"`Async(?:Generator|Iterator|Iterable)\b", found.message.split("\n")[0]
            ):
                return self._made(found, "await", ASYNC_FOR)
            return self._made(found, "await", ASYNC_FOR) if await self._is_asynchronous(found) else None
        if origin := await self._made_before(found):
            return origin
        text = self._sight.lines[found.line].strip()[:80]
        return self._made(found, "await", f"`{text}`: what is used here is a coroutine, it has to be awaited first")

    async def _is_asynchronous(self, found: Diagnostic) -> bool:
        """Whether what is gone through on this line is an object that can only be gone through by `async for`."""
        said = wording.ticked(found.message)
        for node in self._sight.nodes(ast.For):
            if node.iter.lineno == found.line + 1 and found.code == "not-iterable" and said:
                home = await self._sight.type_named(node.iter, wording.short_type(said[0]))
                has = set(class_names(home.node)) if home and isinstance(home.node, ast.ClassDef) else set()
                return "__aiter__" in has and "__iter__" not in has
        return False

    async def _made_before(self, found: Diagnostic) -> Finding | None:
        """Of a name on this line that holds a coroutine: what is wrong is the line that gave it to the name."""
        for node in self._sight.nodes(ast.Name):
            if (
                node.lineno == found.line + 1
                and (origin := self._origin(node))
                and re.search(r"\bCoroutine(?:Type)?\[", await self._sight.hover(node))
            ):
                return self._not_awaited(*origin)
        return None

    def _awaited_first(self, home: Defined, node: ast.Attribute) -> Finding | None:
        """Of a name that holds what is still to be awaited, of a library's own class, and is only asked for what that lacks."""
        origin = self._origin(node.value) if isinstance(node.value, ast.Name) else None
        if origin is None or not isinstance(home.node, ast.ClassDef):
            return None
        known = classes.Known(self._library.module_of(home.path), home.node)
        has = classes.written(self._library, known) or frozenset()
        asked = {
            one.attr
            for one in self._sight.nodes(ast.Attribute)
            if ast.unparse(one.value) == origin[1] and self._sight.around(one) is self._sight.around(node)
        }
        if "__await__" not in has or asked & has:
            return None
        line, name, call = origin
        said = f"`{name}` is no outcome yet: `{short(call)}` has to be awaited"
        return self._library.told(line, "await", said, home.package)

    def _origin(self, node: ast.Name) -> tuple[int, str, ast.Call] | None:
        """The last call above in the same function whose outcome a name holds: line from 0, name, call."""
        around = self._sight.around(node)
        found = None
        for one in self._sight.nodes(ast.Assign):
            match one:
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as call) if name == node.id:
                    if one.lineno < node.lineno and self._sight.around(one) is around:
                        found = (one.lineno - 1, name, call)
        return found

    @staticmethod
    def _not_awaited(line: int, name: str, call: ast.Call) -> Finding:
        return Finding(line, "await", f"`{name}` is a coroutine: `{short(call)}` has to be awaited")

    async def unawaited_names(self, lines: range) -> list[Finding]:
        """Names that hold a coroutine and that nobody awaits or hands on; lines of the text, from 1, those of the findings from 0."""
        found, both = [], Both(self._sight)
        for node in self._sight.nodes(ast.Assign):
            if node.lineno not in lines or not isinstance(node.value, ast.Call):
                continue
            (target, *others) = node.targets
            if others or not isinstance(target, ast.Name):
                continue
            if await self._is_handed_on(target, both):
                continue
            if (home := await self._sight.defined(node.value.func)) and (package := both.stands_for(home)):
                if self._is_only_looked_at(target.id):
                    said = f"`{target.id}` is no outcome yet: `{short(node.value)}` has to be awaited"
                    found.append(self._library.told(node.lineno - 1, "await", said, package))
                continue
            if "CoroutineType[" in await self._sight.hover(target) or await both.package_of(
                node.value, await self._sight.defined(node.value.func)
            ):
                found.append(self._not_awaited(node.lineno - 1, target.id, node.value))
        return found

    async def unawaited_values(self, lines: range) -> list[Finding]:
        """Calls of coroutines of which the outcome is looked at on the spot: a condition, a text, what is given back."""
        found, both = [], Both(self._sight)
        for node in self._sight.nodes(ast.Call):
            if node.lineno not in lines:
                continue
            is_lost = isinstance(self._sight.parents.get(id(node)), ast.Expr)
            if not is_lost and not self._is_looked_at(node) and not await both.is_taken_as_value(node):
                continue
            home = await self._sight.defined(node.func)
            package = await both.package_of(node, home) or ("" if is_lost or home is None else both.stands_for(home))
            if not package:
                made = home.node if home is not None else None
                if home is None or not isinstance(made, ast.AsyncFunctionDef) or not self._is_coroutine(home, made):
                    continue
                if is_lost and not is_wrapped(made):
                    continue  # the checkers tell of those
                package = home.package
            if ") | (" in await self._sight.hover(node.func):
                continue  # of one of several classes, of which another's may give no coroutine
            said = wording.not_awaited(short(node)) if is_lost else f"`{short(node)}` {OUTCOME}"
            found.append(self._library.told((node.func.end_lineno or node.lineno) - 1, "await", said, package))
        return found

    def _is_only_looked_at(self, name: str) -> bool:
        """Whether a name is given something once, and is only held against values."""
        every = [one for one in self._sight.nodes(ast.Name) if one.id == name]
        read = [one for one in every if isinstance(one.ctx, ast.Load)]
        return len(every) == len(read) + 1 and all(map(self._is_looked_at, read))

    def _is_coroutine(self, home: Defined, node: ast.AsyncFunctionDef) -> bool:
        """Whether calling it gives a coroutine: no generator, and nothing else that a decorator makes of it."""
        if any(isinstance(one, ast.Yield | ast.YieldFrom) for one in ast.walk(node)):
            return False
        module = self._library.module_of(home.path)
        return not is_wrapped(node) or (
            bool(module) and all(self._is_kept_coroutine(module, mark) for mark in node.decorator_list)
        )

    def _is_kept_coroutine(self, module: str, mark: ast.expr) -> bool:
        """Whether a decorator of the library gives a coroutine in place of one: all that it puts in its place is `async def`."""
        name = ast.unparse(mark.func if isinstance(mark, ast.Call) else mark)
        found = find(self._library, module, name, MOST_STEPS) if name.isidentifier() else None
        inner = [one for one in ast.walk(found[1]) if isinstance(one, Defs) and one is not found[1]] if found else []
        last = [one for one in inner if not any(isinstance(each, Defs) and each is not one for each in ast.walk(one))]
        return bool(last) and all(isinstance(one, ast.AsyncFunctionDef) for one in last)

    async def awaited_values(self, lines: range) -> list[Finding]:
        """Awaited calls of plain functions that give what a decoder of theirs gives, which nobody can await, whatever they declare."""
        found = []
        for node in self._sight.nodes(ast.Await):
            if node.lineno not in lines or not isinstance(node.value, ast.Call):
                continue
            home = await self._sight.defined(node.value.func)
            if home is not None and home.package and isinstance(home.node, ast.FunctionDef) and _is_decoding(home.node):
                where = self._library.where(home.package)
                said = f"`{short(node.value)}` is no coroutine in {where}: it cannot be awaited"
                found.append(self._library.told(node.lineno - 1, "await", said, home.package))
        return found

    def _is_looked_at(self, node: ast.expr) -> bool:
        """Whether an expression is held for its outcome where it stands, which a coroutine has none of."""
        parent = self._sight.parents.get(id(node))
        match parent:
            case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test) | ast.Assert(test=test):
                return test is node
            case ast.UnaryOp(op=ast.Not()) | ast.FormattedValue():
                return True
            case ast.Compare(ops=ops):
                return not any(isinstance(one, ast.Is | ast.IsNot) for one in ops)
            case ast.BoolOp(values=values):
                return node is not values[-1] or self._is_looked_at(parent)
            case ast.Call(func=ast.Name(id=name), args=args):
                return name in READING and node in args
            case ast.Return():
                around = self._sight.around(node)
                return (
                    isinstance(around, ast.AsyncFunctionDef)
                    and around.returns is not None
                    and not UNSURE.search(ast.unparse(around.returns))
                    and bool(PLAIN.fullmatch(ast.unparse(around.returns)))
                )
            case _:
                return False

    async def _is_handed_on(self, target: ast.Name, both: Both) -> bool:
        """Whether a name is awaited, given to somebody, or kept; also where it is never used, and what comes after may use it."""
        uses, name = 0, target.id
        for node in self._sight.nodes(ast.Name):
            if node.id != name or not isinstance(node.ctx, ast.Load):
                continue
            uses += 1
            parent = self._sight.parents.get(id(node))
            if isinstance(parent, ast.Attribute | ast.Subscript | ast.Compare) or self._is_looked_at(node):
                continue
            if not await both.is_taken_as_value(node):
                return True
        return uses == 0 and (self._is_excerpt or self._sight.around(target) is None)


def _is_decoding(node: ast.FunctionDef) -> bool:
    """Whether all that a function returns is what `loads` makes of a text."""
    returned = [one.value for one in ast.walk(node) if isinstance(one, ast.Return)]
    calls = [
        one for one in returned if isinstance(one, ast.Call) and ast.unparse(one.func).rpartition(".")[2] == "loads"
    ]
    return bool(calls) and len(calls) == len(returned) and not is_wrapped(node)
