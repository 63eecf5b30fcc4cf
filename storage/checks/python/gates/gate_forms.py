"""Calls that no form of an overloaded function, or of how objects of a class are made, can be meant by."""

from __future__ import annotations

import ast

from bot.capabilities.checks.python import wording
from bot.capabilities.checks.verdicts import Finding
from storage.checks.python.gates.gate_arguments import ArgumentGate, Method
from storage.checks.python.library.library import near
from storage.checks.python.meaning import classes, decorators
from storage.checks.python.meaning.calls import forms, is_overload
from storage.checks.python.meaning.sight import Defined
from storage.checks.servers import Diagnostic


class FormGate(ArgumentGate):
    async def _overload(self, found: Diagnostic, call: ast.Call, home: Defined | None, name: str) -> Finding | None:
        """Types are nobody's business here; a word that no form of the call knows is."""
        if home is None or home.node is None:
            return None
        if lacking := self._lacking_everywhere(home, call):
            said = wording.lacking(lacking, name, self._library.where(home.package))
            return self._made(found, "argument", said, home.package)
        if self._is_too_much(home, call):
            return self._made(
                found, "argument", wording.too_many(name, self._library.where(home.package)), home.package
            )
        known = forms(self._sight, home, call) if call.keywords else []
        if not known or any(is_open for _, is_open in known):
            return None
        names = {one for some, _ in known for one in some}
        words = [one.arg for one in call.keywords if one.arg and one.arg not in names]
        if not words or (home.is_stub and self._takes(home, call, words[0])):
            return None
        if mark := await decorators.speaking_of(self._sight, call.func, home, words[0]):
            return self._by_mark(found, mark, words[0], name, home.package)
        return self._made(
            found,
            "argument",
            wording.keyword(words[0], name, self._library.where(home.package), near(words[0], names)),
            home.package,
        )

    def _whole(self, home: Defined) -> list[Method]:
        """The forms of an overloaded function of a library's own, or of how its objects are made, and what they stand for."""
        if home.is_stub or not home.package or home.node is None:
            return []
        node, tree = home.node, self._library.tree(home.path)
        if isinstance(node, ast.ClassDef):
            known = classes.Known(self._library.module_of(home.path), node)
            if any(classes.method(self._library, known, name) for name in ("__new__", "__call__")) or node.keywords:
                return []
            made = classes.method(self._library, known, "__init__")
            inits = made[0].node.body if made is not None else []
            return [one for one in inits if isinstance(one, Method) and one.name == "__init__"]
        for one in ast.walk(tree) if tree and is_overload(node) else ():
            body = getattr(one, "body", None)
            if isinstance(body, list) and node in body:
                return [each for each in body if isinstance(each, Method) and each.name == node.name]
        return []

    def _lacking_everywhere(self, home: Defined, call: ast.Call) -> list[str]:
        """What no form of a function can do without, its real one neither, and a call does not give."""
        every = self._whole(home)
        if not every or is_overload(every[-1]) or not self._library.is_typed(home.package):
            return []
        is_method = every[-1].args.args[:1] and every[-1].args.args[0].arg in ("self", "cls")
        lacking = [classes.wanted(call, one, 1 if is_method else 0) for one in every]
        return [name for name in lacking[0] if all(name in one for one in lacking)]

    def _is_too_much(self, home: Defined, call: ast.Call) -> bool:
        """Whether no form of a function takes as many arguments in their places, and its real one does not either."""
        every = self._whole(home)
        if not every or is_overload(every[-1]) or any(isinstance(one, ast.Starred) for one in call.args):
            return False
        module = self._library.module_of(home.path)
        if not decorators.keeps(self._library, module, every[-1], is_by_name=False):
            return False
        most = [None if one.args.vararg else len((*one.args.posonlyargs, *one.args.args)) for one in every]
        is_method = every[-1].args.args[:1] and every[-1].args.args[0].arg in ("self", "cls")
        return all(one is not None and one - bool(is_method) < len(call.args) for one in most)
