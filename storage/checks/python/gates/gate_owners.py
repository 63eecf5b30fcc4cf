"""Whose an attribute may be besides the class that is declared: one of several, one beside or above, one that stands in for it."""

from __future__ import annotations

import ast
import re

from bot.capabilities.checks.python import wording
from bot.capabilities.checks.verdicts import Finding
from storage.checks.python.gates import bestowed
from storage.checks.python.gates.gate import NOTHING_KNOWN
from storage.checks.python.gates.gate_members import MemberGate
from storage.checks.python.library.lookup import find
from storage.checks.python.library.members import class_names
from storage.checks.python.meaning import classes
from storage.checks.python.meaning.sight import Defined
from storage.checks.servers import Diagnostic

MOST_STEPS = 8


MAKING = ("__init__", "__new__", "__post_init__", "__init_subclass__", "__setstate__")
"""Methods that may put names on an object in its making. Others that set what they compute change what is there."""


class OwnerGate(MemberGate):
    async def _of_several(self, found: Diagnostic, node: ast.Attribute, several: str) -> Finding | None:
        """Of what may be an object of any of several classes of one library, none of which has it: the whole package defines no such
        word. A checker that means only some of them has another rule for that."""
        names = sorted(
            {wording.short_type(one.strip()) for one in several.split("|")}
        )  # a checker lists them in any order
        names = [one for one in names if one != "None" and not one.startswith("...")]
        if set(names) & set(NOTHING_KNOWN) or not all(map(str.isidentifier, names)):
            return None
        home = await self._sight.type_named(node.value, names[0]) if names else None
        if home is None or not self._library.is_typed(home.package) or not isinstance(home.node, ast.ClassDef):
            return None
        if bestowed.is_handed_down(self._sight, node):
            return None
        if self._library.has_definition(home.package, node.attr) or node.attr.startswith("_"):
            self._doubt(names[0], node.attr, home.package)
            return None
        listed = "`, `".join(names[:2]) + ("` and the like" if len(names) > 2 else "`")
        said = f"`{listed} have no `{node.attr}`"
        where = self._library.where(home.package)
        return self._made(found, "attribute", f"{said} in {where}" if where else said, home.package)

    async def _is_stood_in_for(self, node: ast.Attribute) -> bool:
        """Whether a library's name is declared as an object of one class, and made as one of another which has this:
        `current_app: Flask = LocalProxy(...)`."""
        home = await self._sight.defined(node.value) if isinstance(node.value, ast.Name | ast.Attribute) else None
        if home is None or home.node is not None or not home.package:
            return False
        name = ast.unparse(node.value).rpartition(".")[2]
        return bestowed.is_stood_in_for(self._library, home.path, name, node.attr)

    def _is_caught(self, node: ast.Attribute, of: str) -> bool:
        """Whether it is asked of an error that is caught as one of the standard library's (`except ValueError as error`), while one
        below that, of a package that the block imports from, has the name, or may."""
        at = self._sight.parents.get(id(node))
        while at is not None and not (
            isinstance(at, ast.ExceptHandler) and isinstance(node.value, ast.Name) and at.name == node.value.id
        ):
            at = self._sight.parents.get(id(at))
        packages = self._sight.packages() if at is not None else []
        if any(self._library.is_below(one, of, node.attr) for one in packages):
            return True
        unsure = [one for one in packages if self._library.has_definition(one, node.attr)]
        for one in unsure[:1]:
            self._doubt(of, node.attr, one)
        return bool(unsure)

    def _is_called(self, node: ast.Attribute) -> bool:
        call = self._sight.parents.get(id(node))
        return isinstance(call, ast.Call) and call.func is node

    def _is_mixed_in(self, node: ast.Attribute) -> bool:
        """Whether a class of the reader's asks it of itself, or of what stands above it, which is made to stand beside others."""
        is_above = isinstance(node.value, ast.Call) and ast.unparse(node.value.func) == "super"
        if not is_above and not (isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")):
            return False
        at = self._sight.around(node, ast.ClassDef)
        return isinstance(at, ast.ClassDef) and bestowed.is_mixed_in(at.name, f"{self._sight.text}\n{self._own_words}")

    async def _is_slip(self, home: Defined, name: str) -> bool:
        """Whether a class of the block asks itself for what a library's class above it has but for a letter or two."""
        for base in home.node.bases if isinstance(home.node, ast.ClassDef) else ():
            above = await self._sight.defined(base.value if isinstance(base, ast.Subscript) else base)
            if above is None or not isinstance(above.node, ast.ClassDef):
                continue
            if self._sight.is_standard(above) and bestowed.is_slip(name, set(class_names(above.node))):
                return True
            if above.package:
                known = classes.Known(self._library.module_of(above.path), above.node)
                every = {
                    each for one in classes.lineage(self._library, known) or [known] for each in class_names(one.node)
                }
                if bestowed.is_slip(name, every):
                    return True
        return False

    def _is_filled(self, home: Defined) -> bool:
        """Whether something of the team's may put names that it computes on a class of the team's: the class itself, one of the team's
        above it, what decorates them or makes them, or whoever names the class for that."""
        if "setattr(" not in self._own_words and "__dict__" not in self._own_words:
            return False
        if not isinstance(home.node, ast.ClassDef):
            return True
        for node in (one.node for one in self._above(home, is_own=True)):
            named = rf"\bsetattr\(\s*{re.escape(node.name)}\b"
            if getattr(node, "keywords", ()) or node.decorator_list or re.search(named, self._own_words):
                return True
            making = [one for one in node.body if getattr(one, "name", "__init__") in MAKING]
            if any(classes.MADE_LATER.search(ast.unparse(one)) for one in making):
                return True
        return False

    async def _is_below_fields(self, node: ast.ClassDef) -> bool:
        """Whether a class that is made with options (`frozen=True`) is below one that makes its classes of their fields, and says so
        (PEP 681)."""
        for base in node.bases:
            named = base.value if isinstance(base, ast.Subscript) else base
            above = self._declared(named, await self._sight.defined(named))
            if above is None or not above.package or not isinstance(above.node, ast.ClassDef):
                return False
            metas = [ast.unparse(one.value) for one in above.node.keywords if one.arg == "metaclass"]
            made = [find(self._library, self._library.module_of(above.path), one, MOST_STEPS) for one in metas]
            nodes = [above.node, *(one[1] for one in made if one is not None)]
            if not any("dataclass_transform" in ast.unparse(mark) for one in nodes for mark in one.decorator_list):
                return False
        return bool(node.bases)

    def _doubt(self, of: str, name: str, package: str) -> None:
        if package:
            self.doubts[f"{of}.{name}"] = f"whether `{of}` has `{name}` cannot be told: {package} does not declare it"
