"""What is called and cannot be, and methods that are used as if they were what they give: `response.text()`, `response.json["a"]`."""

from __future__ import annotations

import ast
import re

from bot.capabilities.checks.python import wording
from bot.capabilities.checks.verdicts import Finding
from storage.checks.python.gates.gate_forms import FormGate
from storage.checks.python.gates.gate_members import MemberGate
from storage.checks.python.library.library import near
from storage.checks.python.meaning import classes
from storage.checks.python.meaning.calls import is_wrapped, short
from storage.checks.python.meaning.sight import Defined
from storage.checks.servers import Diagnostic

Method = ast.FunctionDef | ast.AsyncFunctionDef
VALUES = frozenset(
    ["str", "int", "float", "bool", "bytes", "dict", "list", "tuple", "set", "frozenset", "date", "datetime", "Decimal"]
)
"""Types of the standard library whose objects nobody can call."""

MODULE = re.compile(r"<module '([\w.]+)'>")
KEY = re.compile(r"Unknown key \"(\w+)\" for TypedDict `(\w+)`(?:: did you mean|.*Did you mean \"(\w+)\")?", re.I)


class CallGate(FormGate, MemberGate):
    async def _not_callable(self, found: Diagnostic) -> Finding | None:
        said = wording.ticked(found.message)
        call = self._sight.call_at(found)
        if not said or call is None or found.checker != "ty":
            return None
        if module := MODULE.fullmatch(said[0]):
            return self._called_module(found, call, module[1])
        of = said[0].partition("[")[0]
        if not isinstance(call.func, ast.Attribute) or not re.fullmatch(r"\w+", of):
            return None
        home = await self._sight.defined(call.func)
        if home is None or not await self._is_no_method(home, call.func):
            return None
        if of not in VALUES and not await self._is_plain_object(call.func):
            return None
        name = short(call.func)
        said_ = f"`{name}` cannot be called: it is {'an' if of[:1] in 'aeiAEIO' else 'a'} `{of}`, without brackets"
        return self._made(found, "attribute", said_, home.package)

    def _called_module(self, found: Diagnostic, call: ast.Call, module: str) -> Finding | None:
        """A library's module is called, in place of what it has of the same name, mostly."""
        package = self._library.owner(module)
        members = self._library.members(module) if package else None
        if (members is not None and (members.is_open or members.answers)) or (not package and self._own_file(module)):
            return None
        last = module.rpartition(".")[2]
        guess = f"; did you mean `{short(call.func)}.{last}`?" if members and last in members.names else ""
        return self._made(found, "attribute", f"`{short(call.func)}` is a module, and cannot be called{guess}", package)

    async def _is_no_method(self, home: Defined, node: ast.Attribute) -> bool:
        """Whether what is called is declared as a value by who makes it, and is no function behind a stub."""
        if home.node is not None and not (isinstance(home.node, Method) and _is_property(home.node)):
            return False
        if self._sight.is_standard(home):
            return True
        if not home.package:
            return home.path == self._sight.path and not self._is_excerpt
        if not home.is_stub:
            return home.node is not None or self._library.is_typed(home.package)
        owner = await self._sight.type_of(node.value) if isinstance(node.value, ast.Name | ast.Attribute) else None
        if owner is None or not isinstance(owner.node, ast.ClassDef):
            return False
        real = self._library.beside_stub(owner.path, owner.node.name)
        methods = [one for one in real.body if isinstance(one, Method)] if isinstance(real, ast.ClassDef) else []
        same = [one for one in methods if one.name == node.attr]
        return isinstance(real, ast.ClassDef) and all(map(_is_property, same))

    async def _is_plain_object(self, node: ast.expr) -> bool:
        """Whether it holds an object of a typed library's class, of which all that stands above is known and nothing takes calls."""
        home = await self._sight.type_of(node)
        if home is None or not home.package or home.is_stub or not isinstance(home.node, ast.ClassDef):
            return False
        if not self._library.is_typed(home.package):
            return False
        has = classes.names(self._library, classes.Known(self._library.module_of(home.path), home.node))
        return has is not None and "__call__" not in has

    async def _method_used(self, found: Diagnostic) -> Finding | None:
        """A method that is gone through, or asked for a key, in place of what it gives."""
        if found.checker != "ty" or "`bound method " not in found.message.split("\n")[0]:
            return None
        for node in self._sight.nodes(ast.Attribute):
            if node.lineno != found.line + 1:
                continue
            parent = self._sight.parents.get(id(node))
            is_used = (isinstance(parent, ast.Subscript) and parent.value is node) or (
                isinstance(parent, ast.For | ast.comprehension) and parent.iter is node
            )
            home = await self._sight.defined(node) if is_used else None
            if home is not None and self._is_method(home):
                said = f"`{short(node)}` is a method: it has to be called"
                return self._made(found, "attribute", said, home.package)
        return None

    def _is_method(self, home: Defined) -> bool:
        if isinstance(home.node, Method) and _is_property(home.node):
            return False
        if not isinstance(home.node, Method) or is_wrapped(home.node):
            return self._sight.is_standard(home) and home.node is None
        real = self._library.beside_stub(home.path, home.node.name) if home.is_stub else None
        return real is None or (isinstance(real, Method) and not is_wrapped(real))

    async def uncalled(self, lines: range) -> list[Finding]:
        """Statements that name a library's method and do not call it; the last one of a text may be there to be seen."""
        found = []
        last = self._sight.root.body[-1] if self._sight.root and self._sight.root.body else None
        for node in self._sight.nodes(ast.Expr):
            if node.lineno not in lines or node is last:
                continue
            if not isinstance(node.value, ast.Attribute):
                continue
            home = await self._sight.defined(node.value)
            if home is not None and home.package and self._is_method(home):
                said = f"`{short(node.value)}` is a method that is named here, and not called"
                found.append(self._library.told((node.end_lineno or node.lineno) - 1, "attribute", said, home.package))
        return found

    def _no_key(self, found: Diagnostic) -> Finding | None:
        """A key that a TypedDict of the block's own, or the team's, does not have, where it is read."""
        said = KEY.search(found.message)
        home = self._sight.own_definition(said[2]) if said and found.checker == "ty" else None
        if said is None or home is None or not isinstance(home.node, ast.ClassDef):
            return None
        keys = [
            one.target.id
            for one in home.node.body
            if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)
        ]
        is_read = any(
            isinstance(one, ast.Subscript)
            and isinstance(one.ctx, ast.Load)
            and isinstance(one.slice, ast.Constant)
            and one.slice.value == said[1]
            and one.lineno <= found.line + 1 <= (one.end_lineno or one.lineno)
            for one in self._sight.nodes(ast.Subscript)
        )
        if not is_read or said[1] in keys:
            return None
        return self._made(found, "attribute", wording.attribute(said[2], said[1], "", near(said[1], keys)))


def _is_property(node: Method) -> bool:
    return any("property" in ast.unparse(one).rpartition(".")[2] for one in node.decorator_list)
