"""Django's managers and queries, and the objects that they give: what a chain from `Order.objects` on is asked for is held against
Django's own classes, the model's, and the manager that it was given, where all of them are known.
https://docs.djangoproject.com/en/5.2/topics/db/managers/
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.capabilities.checks.python import wording
from bot.capabilities.checks.python.snippet import parsed
from bot.capabilities.checks.verdicts import Finding
from storage.checks.python.frameworks.held import MOST_STEPS, QUERY, Held, Holder
from storage.checks.python.frameworks.tasks import held_against
from storage.checks.python.library.library import near
from storage.checks.python.meaning.calls import is_elided

GIVEN = re.compile(
    r"\w+_set|get_\w+_display|get_(?:next|previous)_by_\w+|\w+_id|\w+_ptr|DoesNotExist|MultipleObjectsReturned|_\w+|pk|id"
)


@dataclass(slots=True)
class Told:
    """`settled` are the attributes of which nothing else has to be said, by their nodes."""

    findings: list[Finding] = field(default_factory=list)
    settled: set[int] = field(default_factory=set)


class Managers(Holder):
    """For one opened document."""

    async def told(self, lines: range) -> Told:
        """For these lines of the text, from 1; lines of the findings count from 0."""
        found = Told()
        if not self._version or any(one.is_open for one in self._every):
            return found
        for node in self._sight.nodes(ast.Attribute):
            if node.lineno not in lines or not isinstance(node.ctx, ast.Load):
                continue
            held = await self._held(node.value, MOST_STEPS)
            has = self._all_of(held) if held is not None else None
            if held is None or has is None or node.attr.startswith("_"):
                continue
            if node.attr not in has and self._is_elsewhere(held, node.attr):
                if GIVEN.fullmatch(node.attr) or any(node.attr in one.relations for one in self._every):
                    found.settled.add(id(node))
                continue
            found.settled.add(id(node))
            found.findings += self._lacking(node, held, has) if node.attr not in has else self._awaited(node, held)
            found.findings += self._misfits(node, held)
        return found

    def _lacking(self, node: ast.Attribute, held: Held, has: frozenset[str]) -> Iterator[Finding]:
        is_one = held.kind == "object"
        of = held.model.node.name if is_one else {"manager": "Manager", "query": "QuerySet"}[held.kind]
        where = "" if is_one else f"django {self._version}"
        said = wording.attribute(of, node.attr, where, near(node.attr, [one for one in has if one[:1] != "_"]))
        line = (node.end_lineno or node.lineno) - 1
        yield Finding(line, "attribute", said, "" if is_one else "django", "" if is_one else self._version)

    def _awaited(self, node: ast.Attribute, held: Held) -> Iterator[Finding]:
        """A query that is awaited by its plain method: each that asks the database has another for that."""
        call = self._sight.parents.get(id(node))
        is_awaited = isinstance(call, ast.Call) and isinstance(self._sight.parents.get(id(call)), ast.Await)
        plain = self._methods(QUERY, "QuerySet").get(node.attr)
        if held.kind == "object" or not is_awaited or not isinstance(plain, ast.FunctionDef):
            return
        if self._is_defined(node.attr) or any(isinstance(one, ast.Await) for one in ast.walk(plain)):
            return
        other = f"a{node.attr}" if f"a{node.attr}" in self._methods(QUERY, "QuerySet") else ""
        said = f"`{node.attr}` of a query is no coroutine in django {self._version}: it cannot be awaited"
        said += f"; did you mean `{other}`?" if other else ""
        yield Finding((node.end_lineno or node.lineno) - 1, "await", said, "django", self._version)

    def _misfits(self, node: ast.Attribute, held: Held) -> list[Finding]:
        """A method of the team's own, the only one of its name, that is not called as it is written."""
        call = self._sight.parents.get(id(node))
        headings = list(dict.fromkeys(one for each in self._every for one in each.headings(node.attr)))
        if held.kind == "object" or not isinstance(call, ast.Call) or call.func is not node or len(headings) != 1:
            return []
        root = parsed(f"{headings[0].rstrip().removesuffix(':')}: ...") if headings[0] else None
        method = root.body[0] if root is not None and root.body else None
        is_open = any(isinstance(one, ast.Starred) for one in call.args) or any(
            one.arg is None for one in call.keywords
        )
        if not isinstance(method, ast.FunctionDef) or is_open or is_elided(call):
            return []
        if self._sight.library.has_method("django", node.attr):
            return []  # Django's own, whatever else of the team's bears its name
        return held_against(call, call, method, is_bound=True)

    def _is_elsewhere(self, held: Held, name: str) -> bool:
        """Whether a query, a relation or an assignment gives an object the name, as far as words tell."""
        if held.kind != "object":
            return False
        return bool(GIVEN.fullmatch(name)) or any(
            name in one.given or one.is_setting or name.lower() in {each.lower() for each in one.classes}
            for one in self._every
        )
