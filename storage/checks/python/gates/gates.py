"""Which of a checker's diagnostics are believed, and what they are called: the library's real source has the last word.

A type checker knows what was declared. What exists at run time besides (attributes made on the fly, stubs that lack a name, arguments
that decorators add) would make its word a false alarm.
"""

from __future__ import annotations

from bot.capabilities.checks.python import deprecations, wording
from bot.capabilities.checks.verdicts import Finding
from storage.checks.python.gates.gate_calls import CallGate
from storage.checks.python.gates.gate_making import MakingGate
from storage.checks.python.gates.gate_names import NameGate
from storage.checks.servers import Diagnostic


class Gates(NameGate, CallGate, MakingGate):
    """For one opened document."""

    async def finding(self, found: Diagnostic) -> Finding | None:
        """With the line of the text, from 0, as its line."""
        match found.code:
            case "missing-attribute":
                return await self._attribute(found)
            case "missing-union-attribute":
                return await self._maybe_awaited(found)
            case "missing-module-member" | "missing-module-attribute":
                return await self._member(found)
            case (
                "unknown-argument"
                | "unexpected-keyword"
                | "parameter-already-assigned"
                | "positional-only-parameter-as-kwarg"
            ):
                return await self._of_call(found, self._keyword)
            case "missing-argument":
                return await self._of_call(found, self._lacking)
            case "too-many-positional-arguments" | "bad-argument-count":
                return await self._of_call(found, self._too_many)
            case "no-matching-overload":
                return await self._of_call(found, self._overload)
            case "unused-awaitable" | "unused-coroutine":
                return await self._unawaited(found)
            case "invalid-await" | "not-async":
                return await self._not_awaitable(found)
            case "invalid-context-manager" | "bad-context-manager":
                return await self._context(found)
            case "not-iterable" | "not-subscriptable" | "unsupported-operator" | "invalid-argument-type":
                return await self._method_used(found) or await self._coroutine_used(found)
            case "not-callable":
                return await self._not_callable(found)
            case "invalid-typed-dict-key":
                return self._no_key(found)
            case "abstract-class-instantiation" | "bad-instantiation":
                return await self._abstract(found)
            case "invalid-assignment":
                return await self._read_only(found)
            case "deprecated":
                return await self._deprecated(found)
            case _:
                return None

    async def _deprecated(self, found: Diagnostic) -> Finding | None:
        said = wording.ticked(found.message)
        if not said:
            return None
        name = said[0].rpartition(".")[2]
        since = deprecations.STANDARD_SINCE.get(name)
        home = await self._sight.defined_at(found.line, found.start)
        package = home.package if home else ""
        python = tuple(int(part) for part in self._library.environment.python.split("."))
        if since and not package and python < since:
            return None
        if "soft deprecated" in found.message.lower():
            return None  # it stays, and nothing warns of it: https://peps.python.org/pep-0387/#soft-deprecation
        why = found.message.partition(" is deprecated")[2].lstrip(": \n") or found.message
        return self._made(found, "deprecated", wording.deprecated(name, why, self._library.where(package)), package)
