"""Whether a module really lacks a name: its real source has the last word."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from bot.capabilities.checks.python import wording
from bot.capabilities.checks.verdicts import Finding
from storage.checks.python.gates import bestowed
from storage.checks.python.gates.gate_awaits import AwaitGate
from storage.checks.python.library.library import near
from storage.checks.python.library.members import Members, Reader
from storage.checks.servers import Diagnostic


class MemberGate(AwaitGate):
    async def _module_attribute(self, found: Diagnostic, node: ast.Attribute, module: str) -> Finding | None:
        package = self._library.owner(module)
        if found.checker != "ty" and not package:
            return None  # the standard library of one platform only
        if not self._is_missing_member(package, module, node.attr) or self._is_hidden(node):
            return None
        if package and bestowed.is_put_on(node.attr, self._sight.text, self._own_words):
            return None
        return self._made(
            found,
            "attribute",
            wording.attribute(
                module, node.attr, self._library.where(package), near(node.attr, self._library.exports(module)), True
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
            wording.imported(name, module, self._library.where(package), near(name, self._library.exports(module))),
            package,
        )

    def _is_relative(self, line: int) -> bool:
        """Whether an import on this line, from 0, is from a place beside the block's own."""
        return any(
            isinstance(one, ast.ImportFrom) and one.level and one.lineno <= line + 1 <= (one.end_lineno or one.lineno)
            for one in self._sight.nodes(ast.ImportFrom)
        )

    def _own_files(self, module: str) -> list[Path]:
        """The files of the team's tree that may be the module."""
        parts = tuple(module.split("."))
        return [
            path
            for name in (f"{parts[-1]}.py", "__init__.py")
            for path in (self._sight.tree.rglob(name) if self._sight.tree else ())
            if _dotted(path)[-len(parts) :] == parts
        ]

    def _own_file(self, module: str) -> Path | None:
        found = self._own_files(module)
        return found[0] if len(found) == 1 else None

    def _own_members(self, module: str) -> Members | None:
        """What a module of the team's tree really has; None where the tree has no such module, or several."""
        path = self._own_file(module)
        return Reader(self._library.tree, {module: path}.get).of(module) if path is not None else None

    def _is_hidden(self, node: ast.Attribute) -> bool:
        """Whether what is taken for a module of the team's has the name of something that the package above it makes besides:
        `config` of a package that says `public(config=Configuration())` and has a `config.py`."""
        at: ast.expr = node
        while isinstance(at, ast.Attribute):
            at = at.value
        for one in self._sight.nodes(ast.ImportFrom) if isinstance(at, ast.Name) else ():
            if not one.module or one.level:
                continue
            names = [
                each.name for each in one.names if isinstance(at, ast.Name) and (each.asname or each.name) == at.id
            ]
            above = self._own_file(one.module) if names else None
            if above is not None and re.search(
                rf"\b{re.escape(names[0])}\s*=(?!=)", above.read_text("utf-8", "replace")
            ):
                return True
        return False

    def _is_missing_member(self, package: str, module: str, name: str) -> bool:
        """A declaration that lacks a name is no proof: the module's real source is."""
        if name.startswith("__" if package else "_"):
            return False
        if not package:
            members = self._own_members(module)
            if members is None:  # of several modules of one name nobody knows which is meant
                return len(self._own_files(module)) < 2
            return not members.is_open and not members.answers and name not in members.names
        if self._library.file_of(f"{module}.{name}") or self._own_files(module):
            return False
        members = self._library.members(module)
        if name in members.names or members.is_any:
            return False
        if members.is_open and not members.answers:
            if self._library.is_registering(module):
                return False  # another module stands in its place
            real = self._library.file_of(module)
            if real is not None and real.suffix == ".py" and name in real.read_text("utf-8", "replace"):
                return False  # within a text, as what protoc makes has its names: no word of its own
            is_declared = real is not None and real.suffix == ".pyi"
            return not (
                self._library.has_definition(package, name) if is_declared else self._library.has_word(package, name)
            )
        return True


def _dotted(path: Path) -> tuple[str, ...]:
    parts = path.with_suffix("").parts
    return parts[:-1] if parts[-1] == "__init__" else parts
