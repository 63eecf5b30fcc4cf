"""What is to be awaited and is not, and what cannot be."""

from __future__ import annotations

import ast
import re

from bot.capabilities.checks.python import wording
from bot.capabilities.checks.verdicts import Finding
from storage.checks.calls import short
from storage.checks.gate import NOTHING_KNOWN, Gate
from storage.checks.servers import Diagnostic


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
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and node.lineno == found.line + 1:
                return node.value
        return None

    async def _not_awaitable(self, found: Diagnostic) -> Finding | None:
        said = wording.ticked(found.message)
        of = wording.short_type(said[0]) if said else ""
        node = next(
            (
                one
                for one in self._sight.nodes(ast.Await)
                if isinstance(one, ast.Await) and one.lineno == found.line + 1
            ),
            None,
        )
        if (
            node is None
            or found.checker != "ty"
            or of in ("Unknown", "Any", "object")
            or "|" in (said[0] if said else "|")
        ):
            return None
        home = await self._sight.defined(node.value.func) if isinstance(node.value, ast.Call) else None
        if (
            home is None
            or (not home.package and not self._sight.is_own(home))
            or home.is_stub
            or not (self._library.is_typed(home.package) or self._sight.is_own(home))
        ):
            return None
        return self._made(
            found,
            "await",
            f"`{short(node.value)}` is no coroutine{' in ' + self._where(home.package) if home.package else ''}: it cannot be awaited",
            home.package,
        )

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
        if "can be used as async context managers" in found.message or "Consider using `async with`" in found.message:
            return self._made(found, "await", f"`{of}` is entered with `async with`")
        if "Consider using `with`" in found.message:
            return self._made(found, "await", f"`{of}` is entered with plain `with`, not with `async with`")
        return None

    def _coroutine_used(self, found: Diagnostic) -> Finding | None:
        if found.code == "invalid-argument-type":
            if "found `CoroutineType" not in found.message:
                return None
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
                return self._made(found, "await", "what is gone through here is asynchronous: it needs `async for`")
            return None
        text = self._sight.lines[found.line].strip()[:80]
        return self._made(found, "await", f"`{text}`: what is used here is a coroutine, it has to be awaited first")

    async def unawaited_names(self, lines: range) -> list[Finding]:
        """Names that hold a coroutine and that nobody awaits or hands on; lines of the text, from 1, those of the findings from 0."""
        found = []
        for node in self._sight.nodes(ast.Assign):
            if not isinstance(node, ast.Assign) or node.lineno not in lines or not isinstance(node.value, ast.Call):
                continue
            (target, *others) = node.targets
            if others or not isinstance(target, ast.Name) or self._is_handed_on(target.id):
                continue
            if "CoroutineType[" in await self._sight.hover(target):
                said = f"`{target.id}` is a coroutine: `{short(node.value)}` has to be awaited"
                found.append(Finding(node.lineno - 1, "await", said))
        return found

    def _is_handed_on(self, name: str) -> bool:
        """Whether a name is awaited, given to somebody, or kept; also where it is never used at all."""
        uses = 0
        for node in self._sight.nodes(ast.Name):
            if not isinstance(node, ast.Name) or node.id != name or not isinstance(node.ctx, ast.Load):
                continue
            uses += 1
            parent = self._sight.parents.get(id(node))
            if not isinstance(parent, ast.FormattedValue | ast.Attribute | ast.Subscript | ast.Compare | ast.If):
                return True
        return uses == 0
