"""What is entered by the wrong kind of `with`, or cannot be entered by one."""

from __future__ import annotations

import ast

from bot.capabilities.checks.python import wording
from bot.capabilities.checks.verdicts import Finding
from storage.checks.python.gates.gate import NOTHING_KNOWN, Gate
from storage.checks.python.library.members import class_names
from storage.checks.python.meaning import classes
from storage.checks.servers import Diagnostic


class EnterGate(Gate):
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
        if await self._is_bare(found, of):
            return self._made(found, "await", f"`{of}` cannot be entered with `async with`: it has no `__aenter__`")
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

    async def _is_bare(self, found: Diagnostic, of: str) -> bool:
        """Whether a class of the team's, that nothing stands above and nothing decorates, is entered by `async with` without having
        what that asks for, and without what plain `with` does."""
        for node in self._sight.nodes(ast.AsyncWith):
            for item in node.items if isinstance(node, ast.AsyncWith) else ():
                if item.context_expr.lineno == found.line + 1:
                    home = await self._sight.type_named(item.context_expr, of)
                    owner = home.node if home is not None and self._sight.is_own(home) else None
                    if isinstance(owner, ast.ClassDef) and not (owner.bases or owner.decorator_list or owner.keywords):
                        return not {"__aenter__", "__enter__", "__getattr__"} & set(class_names(owner))
        return False
