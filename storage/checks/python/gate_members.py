"""Whether a module really lacks a name: its real source has the last word."""

from __future__ import annotations

import ast

from bot.capabilities.checks.python import wording
from bot.capabilities.checks.verdicts import Finding
from storage.checks.python.gate_awaits import AwaitGate
from storage.checks.python.library import near
from storage.checks.servers import Diagnostic


class MemberGate(AwaitGate):
    async def _module_attribute(self, found: Diagnostic, node: ast.Attribute, module: str) -> Finding | None:
        package = self._library.owner(module)
        if found.checker != "ty" and not package:
            return None  # the standard library of one platform only
        if not self._is_missing_member(package, module, node.attr):
            return None
        return self._made(
            found,
            "attribute",
            wording.attribute(
                module, node.attr, self._where(package), near(node.attr, self._library.exports(module)), True
            ),
            package,
        )

    async def _member(self, found: Diagnostic) -> Finding | None:
        said = wording.ticked(found.message)
        if len(said) < 2:
            return None
        module, name = (said[0], said[1]) if found.checker == "ty" else (said[1], said[0])
        node = self._sight.attribute_at(found)
        if node is not None and isinstance(node.ctx, ast.Load):
            return await self._module_attribute(found, node, module)
        if found.checker != "ty" and self._is_relative(found.line):
            return None  # the team's own module, which bears the name of a package
        if self._library.is_namespace(module):
            return None  # several packages share it: told of with the imports
        package = self._library.owner(module)
        if found.checker != "ty" and not package and self._sight.tree is None:
            return None  # the standard library of one platform only
        if not self._is_missing_member(package, module, name) or (not package and name in self._answer_makes):
            return None
        return self._made(
            found,
            "import",
            wording.imported(name, module, self._where(package), near(name, self._library.exports(module))),
            package,
        )

    def _is_relative(self, line: int) -> bool:
        """Whether an import on this line, from 0, is from a place beside the block's own."""
        return any(
            isinstance(one, ast.ImportFrom) and one.level and one.lineno <= line + 1 <= (one.end_lineno or one.lineno)
            for one in self._sight.nodes(ast.ImportFrom)
        )

    def _is_missing_member(self, package: str, module: str, name: str) -> bool:
        """A declaration that lacks a name is no proof: the module's real source is."""
        if name.startswith("__" if package else "_"):
            return False
        if not package:
            return True
        if self._library.file_of(f"{module}.{name}"):
            return False
        members = self._library.members(module)
        if name in members.names:
            return False
        if members.is_open and not members.answers:
            real = self._library.file_of(module)
            if real is not None and real.suffix == ".py" and name in real.read_text("utf-8", "replace"):
                return False  # within a text, as what protoc makes has its names: no word of its own
            is_declared = real is not None and real.suffix == ".pyi"
            return not (
                self._library.has_definition(package, name) if is_declared else self._library.has_word(package, name)
            )
        return True
