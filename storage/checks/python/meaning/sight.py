"""One opened document: its tree by position, and what the checker knows of an expression in it. Positions as in the protocol."""

from __future__ import annotations

import ast
import asyncio
import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar, cast

from bot.capabilities.checks.python.snippet import parsed
from storage.checks.locations import Place
from storage.checks.python.library.library import Library
from storage.checks.python.library.lookup import find
from storage.checks.python.library.members import top
from storage.checks.servers import Diagnostic, Server

MOST_STEPS = 8
BUILT_IN = frozenset(["str", "bytes", "bytearray", "int", "float", "bool", "list", "dict", "tuple", "set", "frozenset"])
BUILT_INS = Path("builtins.pyi")
"""Where they are defined, by its name only."""

SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
Callable_ = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
N = TypeVar("N", bound=ast.AST)


@dataclass(frozen=True, slots=True)
class Defined:
    """Where something is defined: the file, the package it belongs to ("" for none), its node as far as it can be read."""

    path: Path
    package: str
    node: Callable_ | None
    is_stub: bool = False


class Sight:
    def __init__(
        self,
        server: Server,
        library: Library,
        path: Path,
        text: str,
        tree: Path | None,
        defined_in: Callable[[str], Sequence[Path]] = lambda name: (),
    ) -> None:
        """`defined_in` gives the files of the tree that define a name at their top."""
        self._defined_in = defined_in
        self._server = server
        self.library = library
        self.path = path
        self.text = text
        self.lines = text.split("\n")
        self.root = parsed(text)
        self.tree = tree
        self.parents: dict[int, ast.AST] = {}
        self._nodes: list[ast.AST] = [self.root] if self.root else []
        for node in self._nodes:
            for child in ast.iter_child_nodes(node):
                self.parents[id(child)] = node
                self._nodes.append(child)
        self._by_kind: dict[type[ast.AST], list[ast.AST]] = {}
        for node in self._nodes:
            self._by_kind.setdefault(type(node), []).append(node)
        self._definitions: dict[tuple[int, int], Defined | None] = {}
        self._types: dict[tuple[int, int], Defined | None] = {}
        self._hovers: dict[tuple[int, int], str] = {}

    def defining(self, name: str) -> Sequence[Path]:
        """The files of the team's tree that define a name at their top."""
        return self._defined_in(name)

    def through(self, server: Server) -> Sight:
        """The same document as another checker sees it."""
        other = copy.copy(self)
        other._server = server
        other._definitions, other._types, other._hovers = {}, {}, {}
        return other

    def rewritten(self, text: str) -> Sight:
        """The same document with another text."""
        return Sight(self._server, self.library, self.path, text, self.tree, self._defined_in)

    def around(self, node: ast.AST, *kinds: type[ast.AST]) -> ast.AST | None:
        """The nearest of these that something stands in: by itself, a function."""
        at = self.parents.get(id(node))
        while at is not None and not isinstance(at, kinds or SCOPES):
            at = self.parents.get(id(at))
        return at

    async def look_up(self, lines: range) -> None:
        """Ask where all that is called or decorates on these lines, from 1, is defined, in one go: one after the other takes longer."""
        named = [one.func for one in self.nodes(ast.Call) if one.lineno in lines]
        for one in self._nodes:
            if isinstance(one, Callable_) and one.lineno in lines:
                named += [mark.func if isinstance(mark, ast.Call) else mark for mark in one.decorator_list]
        await asyncio.gather(*(self.defined(one) for one in named if isinstance(one, ast.Name | ast.Attribute)))

    def column(self, line: int, offset: int) -> int:
        """UTF-16 units for the tree's bytes; `line` from 0."""
        text = self.lines[line] if line < len(self.lines) else ""
        if text.isascii():
            return offset
        return len(text.encode()[:offset].decode("utf-8", "replace").encode("utf-16-le")) // 2

    def nodes(self, *kinds: type[N]) -> Iterator[N]:
        if len(kinds) == 1:
            return iter(cast(Sequence[N], self._by_kind.get(kinds[0], ())))
        return (node for node in self._nodes if isinstance(node, kinds))

    def given(self, name: str) -> list[ast.expr]:
        """What a name is given alone, by `=`, anywhere in the document."""
        every = (one for one in self._by_kind.get(ast.Assign, ()) if isinstance(one, ast.Assign))
        return [one.value for one in every if [ast.unparse(each) for each in one.targets] == [name]]

    def entered(self) -> Iterator[ast.withitem]:
        """What is entered by `with`."""
        return (node for node in self._by_kind.get(ast.withitem, ()) if isinstance(node, ast.withitem))

    def packages(self) -> list[str]:
        """The packages that the document imports from."""
        modules = [one.module for one in self.nodes(ast.ImportFrom) if not one.level]
        every = list(self.nodes(ast.Import))
        modules += [alias.name for one in every for alias in one.names]
        return sorted({self.library.owner(one) for one in modules if one} - {""})

    def replaced(self, every: Sequence[tuple[ast.expr, str]]) -> str:
        """The text with something else in the place of these, which are no part of each other; lines stay where they are."""
        lines = [one.encode() for one in self.lines]
        for one, instead in sorted(every, key=lambda each: (each[0].lineno, each[0].col_offset), reverse=True):
            first, last = one.lineno - 1, (one.end_lineno or one.lineno) - 1
            rest = lines[last][one.end_col_offset or 0 :]
            start = lines[first][: one.col_offset] + instead.encode()
            if last == first:
                lines[first] = start + rest
            else:
                lines[first : last + 1] = [start, *[b""] * (last - first - 1), rest]
        return b"\n".join(lines).decode("utf-8", "replace")

    def attribute_at(self, found: Diagnostic) -> ast.Attribute | None:
        """The attribute that a diagnostic is about: it ends where that does."""
        for node in self.nodes(ast.Attribute):
            if node.end_lineno != found.end_line + 1:
                continue
            if self.column(found.end_line, node.end_col_offset or 0) == found.end:
                return node
        return None

    def call_at(self, found: Diagnostic, is_argument: bool = False) -> ast.Call | None:
        """The innermost call that a diagnostic lies within, or names; of an argument, which may be a call, the one around it."""
        best: ast.Call | None = None
        for node in self.nodes(ast.Call):
            if not self._covers(node, found, is_argument):
                continue
            if best is None or self._size(node) <= self._size(best):
                best = node
        return best

    def _covers(self, node: ast.Call, found: Diagnostic, is_argument: bool) -> bool:
        start = (node.lineno - 1, self.column(node.lineno - 1, node.col_offset))
        last = (node.end_lineno or node.lineno) - 1
        end = (last, self.column(last, node.end_col_offset or 0))
        first, final = (found.line, found.start), (found.end_line, found.end)
        return start <= first and final <= end and not (is_argument and (start, end) == (first, final))

    @staticmethod
    def _size(node: ast.Call) -> tuple[int, int]:
        last = node.end_lineno or node.lineno
        return last - node.lineno, (node.end_col_offset or 0) - (node.col_offset if last == node.lineno else 0)

    def end_of(self, node: ast.expr) -> tuple[int, int]:
        """Within the last word of an expression: where to ask what it is."""
        line = (node.end_lineno or node.lineno) - 1
        return line, max(0, self.column(line, node.end_col_offset or 0) - 1)

    async def defined(self, node: ast.expr) -> Defined | None:
        """Where what an expression names is defined."""
        at = self.end_of(node)
        if at not in self._definitions:
            place = await self._server.definition(self.path, *at)
            found = self._known(place)
            if place is not None and found is not None and found.package and found.node is None and not found.is_stub:
                name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
                found = self._meant(place, found, name) or found
            if found is not None and isinstance(node, ast.Name) and _is_parameter(node.id, found.node):
                found = Defined(found.path, found.package, None, found.is_stub)
            self._definitions[at] = found
        return self._definitions[at]

    async def defined_at(self, line: int, column: int) -> Defined | None:
        return self._known(await self._server.definition(self.path, line, column))

    async def type_of(self, node: ast.expr) -> Defined | None:
        """Where the type of an expression is defined."""
        at = self.end_of(node)
        if at not in self._types:
            self._types[at] = self._known(await self._server.type_definition(self.path, *at))
        return self._types[at]

    async def type_named(self, node: ast.expr, name: str) -> Defined | None:
        """Where the type of an expression is defined, which the checker calls by this name. What ends in a bracket has no last word to
        ask about: there the name is looked for where the function is defined, or where the block imports from."""
        while isinstance(node, ast.Await):
            node = node.value
        if isinstance(node, ast.Name | ast.Attribute):
            found = await self.type_of(node)
            is_of_its_parts = name in BUILT_IN and found is not None and found.package  # of a list's elements
            return Defined(BUILT_INS, "", None) if is_of_its_parts else found
        called = await self.defined(node.func) if isinstance(node, ast.Call) else None
        is_written = isinstance(node, ast.Constant | ast.JoinedStr)
        if name in BUILT_IN and (is_written or (called is not None and not called.is_stub)):
            return Defined(BUILT_INS, "", None)
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Attribute):
            called = await self.defined(node.value)  # `answer.choices[0]`: by the module that declares the choices
        if called is not None and isinstance(called.node, ast.ClassDef):
            return called
        for one in self._nodes:
            if isinstance(one, ast.ClassDef) and one.name == name:
                return Defined(self.path, "", one)
        of = called
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
            of = await self.type_of(node.value)
        modules = [self.library.module_of(of.path)] if of is not None and of.package else []
        modules += [
            one.module for one in self._nodes if isinstance(one, ast.ImportFrom) and one.module and not one.level
        ]
        modules += [alias.name for one in self._nodes if isinstance(one, ast.Import) for alias in one.names]
        for module in modules:
            if home := find(self.library, module, name, MOST_STEPS):
                path = self.library.file_of(home[0], stub=True) or self.library.file_of(home[0])
                return Defined(path, self.library.owner(home[0]), home[1], path.suffix == ".pyi") if path else None
            if declared := self._declared(module, name):
                return declared
        is_own = called is not None and self.is_own(called)
        if (is_own or isinstance(node, ast.Subscript)) and (mine := self._own_class(name)):
            return mine
        standard = called.path if called is not None and self.is_standard(called) else None
        return Defined(standard, "", None) if standard else None

    def own_definition(self, name: str) -> Defined | None:
        """The one class or function of this name at the top of the block, or else in the team's tree."""
        mine = [one for one in self.root.body if isinstance(one, Callable_) and one.name == name] if self.root else []
        if mine:
            return Defined(self.path, "", mine[-1])
        found = self._defined_in(name)
        root = self.library.tree(found[0]) if len(found) == 1 else None
        nodes = [one for one in root.body if isinstance(one, Callable_) and one.name == name] if root else []
        return Defined(found[0], "", nodes[0]) if len(nodes) == 1 else None

    def _own_class(self, name: str) -> Defined | None:
        """The one class of this name in the team's tree."""
        found = self.own_definition(name)
        return found if found is not None and isinstance(found.node, ast.ClassDef) else None

    def _declared(self, module: str, name: str) -> Defined | None:
        """A class that only a stub shows: what its module makes when it is imported, as motor's."""
        first, _, rest = module.partition(".")
        beside = self.library.file_of(f"{first}-stubs" + (f".{rest}" if rest else ""), stub=True)
        for path in (beside, self.library.file_of(module, stub=True)):
            tree = self.library.tree(path) if path is not None and path.suffix == ".pyi" else None
            for node in tree.body if tree else ():
                if isinstance(node, ast.ClassDef) and node.name == name and path is not None:
                    return Defined(path, self.library.owner(module), node, True)
        return None

    def is_standard(self, found: Defined) -> bool:
        """Whether it is of the standard library, as the checker's own stubs have it."""
        return (
            not found.package
            and found.path != self.path
            and not self.is_own(found)
            and not self.library.is_here(found.path)
        )

    async def hover(self, node: ast.expr) -> str:
        at = self.end_of(node)
        if at not in self._hovers:
            self._hovers[at] = await self._server.hover(self.path, *at)
        return self._hovers[at]

    def _known(self, place: Place | None) -> Defined | None:
        if place is None:
            return None
        if place.path == self.path:
            return Defined(place.path, "", self._own_at(place.line))
        node = self.library.definition_at(place.path, place.line)
        return Defined(place.path, self.library.owner_of_file(place.path), node, self.library.is_stub(place.path))

    def _meant(self, place: Place, found: Defined, name: str) -> Defined | None:
        """What a library's module really calls so, where a checker names the line that takes it in, or gives it another name."""
        tree, module = self.library.tree(place.path), self.library.module_of(place.path)
        for one in top(tree.body) if tree is not None else ():
            if one.lineno <= place.line + 1 <= (one.end_lineno or one.lineno):
                is_named_anew = isinstance(one, ast.Assign) and isinstance(one.value, ast.Name)
                wanted = ast.unparse(one.value) if isinstance(one, ast.Assign) else name
                is_here = is_named_anew or isinstance(one, ast.Import | ast.ImportFrom)
                real = find(self.library, module, wanted, MOST_STEPS) if is_here else None
                path = self.library.file_of(real[0]) if real else None
                return Defined(path, found.package, real[1], path.suffix == ".pyi") if real and path else None
        return None

    def _own_at(self, line: int) -> Callable_ | None:
        for node in self._nodes:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.lineno == line + 1:
                return node
        return None

    def is_own(self, found: Defined) -> bool:
        """Whether it is the team's, in its tree."""
        return self.tree is not None and found.path.is_relative_to(self.tree)


def _is_parameter(name: str, node: Callable_ | None) -> bool:
    """Whether what stands on the definition's line is an argument of it: what it holds is only known when it is called."""
    if node is None or isinstance(node, ast.ClassDef) or node.name == name:
        return False
    arguments = node.args
    return name in [one.arg for one in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
