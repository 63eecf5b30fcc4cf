"""Objects of the team's own classes that cannot be made, because something of them is abstract, and attributes that cannot be set."""

from __future__ import annotations

import ast
import re
from dataclasses import replace

from bot.capabilities.checks.python import wording
from bot.capabilities.checks.verdicts import Finding
from storage.checks.python.gates.gate import Gate
from storage.checks.python.library.members import class_names
from storage.checks.python.meaning.calls import short
from storage.checks.python.meaning.sight import Defined
from storage.checks.servers import Diagnostic

READ_ONLY = re.compile(r"read-only", re.IGNORECASE)


class MakingGate(Gate):
    async def _abstract(self, found: Diagnostic) -> Finding | None:
        """A class of the block's or the team's; what a library declares abstract may be filled in by what makes the class. It is
        told at the class itself, where the block defines that and leaves something out."""
        call = self._sight.call_at(found)
        said = wording.ticked(found.message)
        if call is None or len(said) < 2 or self._is_excerpt:
            return None
        home = await self._sight.defined(call.func)
        if home is None or not self._is_ours(home) or not isinstance(home.node, ast.ClassDef):
            return None
        names = said[1:]
        if home.node.decorator_list or any(self._is_given(home.node.name, one) for one in names):
            return None
        listed = ", ".join(f"`{one}`" for one in names)
        if home.path == self._sight.path and not set(names) & set(class_names(home.node)):
            found = replace(found, line=home.node.lineno - 1)
        return self._made(
            found, "attribute", f"`{home.node.name}` cannot be made: it does not define {listed}, which is abstract"
        )

    async def _read_only(self, found: Diagnostic) -> Finding | None:
        """Of a frozen dataclass, a named tuple, or a property without a setter, where the team or the block says so itself."""
        node = next((one for one in self._sight.nodes(ast.Attribute) if self._is_target(one, found)), None)
        if not READ_ONLY.search(found.message) or not isinstance(node, ast.Attribute):
            return None
        home = await self._sight.defined(node)
        if home is None or not self._is_ours(home):
            return None
        return self._made(found, "attribute", f"`{short(node)}` cannot be set: it is read-only")

    def _is_target(self, node: ast.AST, found: Diagnostic) -> bool:
        return (
            isinstance(node, ast.Attribute)
            and isinstance(node.ctx, ast.Store)
            and node.lineno == found.line + 1
            and self._sight.column(found.line, node.col_offset) == found.start
        )

    def _is_ours(self, home: Defined) -> bool:
        return home.path == self._sight.path or self._sight.is_own(home)

    def _is_given(self, owner: str, name: str) -> bool:
        """The block puts it onto the class."""
        return bool(
            re.search(
                rf"\b{re.escape(owner)}\.{re.escape(name)}\s*=|setattr\(\s*{re.escape(owner)}\b", self._sight.text
            )
        )
