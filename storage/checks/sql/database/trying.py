"""One answer's statements, tried one after the other in a transaction that is rolled back. Queries are explained, never run."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from typing import Any

import asyncpg
from pglast import ast
from pglast.stream import RawStream

from storage.checks.sql.database import calls, nulls, plans, triggers, values
from storage.checks.sql.database.outcomes import OF_NAMES, Outcome, of_error
from storage.checks.sql.database.sent import carried_out, without_rows
from storage.checks.sql.schemas import bodies
from storage.checks.sql.statements import allowed, trees
from storage.checks.sql.statements.faults import Fault
from storage.checks.sql.statements.reading import Statement
from storage.checks.sql.statements.text import place_of

ANSWER_SECONDS = 5.0
"""For all statements of an answer; what comes later is not asked."""

READER = "reader"
"""The role as which queries are explained. It may use tables, and owns none."""

MOST_ROWS = 20
"""Of an INSERT that are held against what its table takes."""

PREFIX = "prepare plumbline_one as "


class Trial:
    """`seconds` for one statement; `large` are the tables of which it is said when no index serves a query."""

    def __init__(
        self, connection: asyncpg.Connection, seconds: float, large: Mapping[str, plans.Large] | None = None
    ) -> None:
        self._connection = connection
        self._seconds = seconds
        self._large = large or {}

    async def begin(self) -> None:
        limit = int(self._seconds * 1_000)
        await self._connection.execute(f"set statement_timeout = '{limit}ms'; set plan_cache_mode = force_generic_plan")
        await self._connection.execute("set enable_seqscan = off")

    async def answered(self, statements: Sequence[Statement]) -> list[Outcome]:
        loop = asyncio.get_running_loop()
        end = loop.time() + ANSWER_SECONDS
        await self._connection.execute("begin")
        try:
            outcomes = [
                await self._tried(one) if loop.time() < end else Outcome(skipped="there is too much of it")
                for one in statements
            ]
            called = triggers.of_answer(statements)
            read = {bodies.own_name(one.node) for one in statements}  # functions, with the table of their trigger
            read = {name for name, by in called.items() if name in read and by.table}
            for number, one in enumerate(statements):  # bodies may use what is made after them
                if outcomes[number] == Outcome() and isinstance(one.node, ast.CreateFunctionStmt | ast.DoStmt):
                    outcomes[number] = await self._within(one, called) if loop.time() < end else Outcome()
                elif outcomes[number] == Outcome() and isinstance(one.node, ast.CreateTrigStmt) and loop.time() < end:
                    outcomes[number] = await self._triggered(one, read)
        finally:
            await self._connection.execute("rollback")
            await self._connection.execute("discard all")
            await self.begin()
        return outcomes

    async def _tried(self, one: Statement) -> Outcome:
        if one.node is None:
            return Outcome(skipped="it could not be read")
        node = _inner(one.node)
        if allowed.is_query(node):
            return await self._explained(one, node)
        if isinstance(node, ast.CreateTableAsStmt):
            if not allowed.is_query(node.query):
                return Outcome(skipped="what it runs is not tried")
            return await self._defined(one, without_rows(one))
        if isinstance(node, ast.DoStmt):
            return await self._body(one, node)
        if isinstance(node, ast.TransactionStmt | ast.VariableSetStmt | ast.VariableShowStmt):
            await self._looks_in(node)
            return Outcome()
        if reason := allowed.refused(node):
            return Outcome(skipped=reason)
        return await self._defined(one, carried_out(one) or one.text)

    async def _looks_in(self, node: Any) -> None:
        """`SET search_path`: from then on names are looked for there first."""
        if not isinstance(node, ast.VariableSetStmt) or node.name != "search_path":
            return
        schemas = [
            one.val.sval for one in node.args or () if isinstance(one, ast.A_Const) and isinstance(one.val, ast.String)
        ]
        names = ", ".join(f'"{one.replace(chr(34), chr(34) * 2)}"' for one in schemas)
        await self._connection.execute(
            "select set_config('search_path', concat_ws(', ', nullif($1, ''), current_setting('search_path')), true)",
            names,
        )

    async def _explained(self, one: Statement, node: Any) -> Outcome:
        text = one.text if node is one.node else str(RawStream()(node))
        await self._connection.execute(f"savepoint one; set local transaction_read_only = on; set local role {READER}")
        is_prepared = False
        hints: tuple[str, ...] = ()
        try:
            await self._connection.fetch(PREFIX + text, timeout=2 * self._seconds)
            is_prepared = True
            hints = await self._nulls(node)
            count = await self._connection.fetchval(
                "select cardinality(parameter_types) from pg_prepared_statements where name = 'plumbline_one'",
                timeout=2 * self._seconds,
            )
            given = f"({', '.join(['null'] * count)})" if count else ""
            plan = await self._connection.fetchval(
                f"explain (format json, costs off) execute plumbline_one{given}", timeout=2 * self._seconds
            )
            hints += tuple(plans.unserved(plan, self._large)) if self._large else ()
            called = await self._called(node)
            return replace(called if called.fault else await self._written(node, text), hints=hints)
        except asyncpg.PostgresError as fault:
            if is_prepared and isinstance(fault, asyncpg.InsufficientPrivilegeError):
                return Outcome(
                    hints=hints
                )  # names and types are right; a function of the schema's own is not called to plan it
            return of_error(fault, one, len(PREFIX) if node is one.node else -1)
        finally:
            await self._connection.execute("rollback to savepoint one; deallocate all")

    async def _written(self, node: Any, text: str) -> Outcome:
        """What its table does not take of what it writes."""
        if (relation := values.target(node)) is None:
            return Outcome()
        table = values.table_of(relation)
        columns = [values.Column(*one) for one in await self._rows(values.COLUMNS, table)]
        checks = await self._rows(values.CHECKS, table) if columns else ()
        for row in itertools.islice(values.rows(node, text, columns), MOST_ROWS) if columns else ():
            faults = ((None, fault) for fault in (values.nulls(row, columns),) if fault)
            for query, fault in (*faults, *values.tried(row, columns, checks)):
                if await self._asked(values.FILLED, table, row.event):
                    break
                try:
                    if query is None or await self._asked(query):
                        return Outcome(fault, values.CODES[query is not None], relation.relname)
                except (
                    asyncpg.PostgresError
                ) as raised:  # the last that is asked: the statement's end gives the transaction back
                    if raised.sqlstate not in values.CODES:
                        return Outcome()
                    return Outcome(replace(fault, message=str(raised)), raised.sqlstate, relation.relname)
        return Outcome()

    async def _called(self, node: Any) -> Outcome:
        """A constant that no form of its function takes."""
        for one in itertools.islice(calls.calls(node), calls.MOST_CALLS):
            refused: list[asyncpg.PostgresError] = []
            for (types,) in await self._rows(calls.FORMS, one.name, len(one.given)):
                try:
                    await self._connection.execute(
                        f"savepoint two; {one.attempt(types) or 'select'}; release savepoint two"
                    )
                except asyncpg.PostgresError as raised:
                    await self._connection.execute("rollback to savepoint two")
                    if one.is_meant(raised.sqlstate or "", str(raised)):
                        refused.append(raised)
                    if raised in refused or raised.sqlstate in calls.OF_ANOTHER_FORM:
                        continue
                refused.clear()
                break
            if refused:
                return Outcome(Fault(one.place, str(refused[0]).split("\n")[0]), refused[0].sqlstate or "")
        return Outcome()

    async def _nulls(self, node: Any) -> tuple[str, ...]:
        """What is said of each NOT IN whose list may hold a null."""
        asked = [(one, await self._asked(nulls.ASKED, one.table, one.column)) for one in nulls.lists(node)]
        return tuple(one.said for one, may_be in asked if may_be)

    async def _asked(self, query: str, *given: object) -> Any:
        return await self._connection.fetchval(query, *given, timeout=2 * self._seconds)

    async def _rows(self, query: str, *given: object) -> Sequence[Any]:
        rows: Sequence[Any] = await self._connection.fetch(query, *given, timeout=2 * self._seconds)
        return rows

    async def _defined(self, one: Statement, text: str) -> Outcome:
        """What it defines stays for the statements after it."""
        await self._connection.execute("savepoint one")
        try:
            await self._connection.fetch(text, timeout=2 * self._seconds)
        except asyncpg.PostgresError as fault:
            await self._connection.execute("rollback to savepoint one")
            return of_error(fault, one, 0 if text == one.text else -1)
        await self._connection.execute("release savepoint one")
        return Outcome()

    async def _body(self, one: Statement, node: Any) -> Outcome:
        """The body of DO, as that of a function that nobody calls."""
        options = {option.defname: option.arg.sval for option in node.args or () if isinstance(option.arg, ast.String)}
        if options.get("language", "plpgsql").lower() != "plpgsql" or "$any_body$" in options.get("as", ""):
            return Outcome(skipped="DO in another language is not tried")
        text = f"create function pg_temp.plumbline_body() returns void language plpgsql as $any_body${options.get('as', '')}$any_body$"
        await self._connection.execute("savepoint one")
        try:
            await self._connection.fetch(text, timeout=2 * self._seconds)
            return Outcome()
        except asyncpg.PostgresError as fault:
            return of_error(fault, one, -1)
        finally:
            await self._connection.execute("rollback to savepoint one")

    async def _within(self, one: Statement, called: Mapping[str, triggers.Called]) -> Outcome:
        """The first query of a body that names a table or a column which is not there. Types are left alone: a variable's may be wider
        than what is written in its place. A trigger may give its function tables of changed rows, whatever they are called."""
        by = called.get(bodies.own_name(one.node), triggers.Called())
        may_be_given = triggers.returns_trigger(one.node) and not by.tables
        for inner in bodies.queries(one, by.table):
            said = await self._prepared(inner.statement)
            is_source = said.code == OF_NAMES[0] and not triggers.is_target(inner.statement.node, said.name)
            is_given = is_source and (may_be_given or said.name in by.changed)
            if said.fault is not None and said.code in OF_NAMES and not is_given:
                place = inner.places[said.fault.place] if said.fault.place >= 0 else inner.places[0]
                return replace(said, fault=replace(said.fault, place=place), within=inner.statement)
        return Outcome()

    async def _triggered(self, one: Statement, read: Set[str]) -> Outcome:
        """The first column of NEW or OLD that the trigger's function uses and its table lacks; not of functions that were `read`."""
        name, table = triggers.function_and_table(one.node)
        own = trees.texts(one.node.funcname)[-1]
        text = "" if own.lower() in read else await self._asked(triggers.DEFINITION, name)
        for query in triggers.of_row(str(text or ""), table):
            said = await self._prepared(query)
            if said.fault is not None and said.code == OF_NAMES[1] and "data type" in said.fault.message:
                message = f"`{own}` uses the column `{said.name}` of NEW or OLD, which `{one.node.relation.relname}` does not have"
                return Outcome(Fault(place_of(one.text, own), message, "name"), said.code, said.name)
        return Outcome()

    async def _prepared(self, one: Statement) -> Outcome:
        """What is said against a query of a body, which is not kept."""
        await self._connection.execute(f"savepoint one; set local role {READER}")
        try:
            await self._connection.fetch(PREFIX + one.text, timeout=2 * self._seconds)
        except asyncpg.PostgresError as raised:
            return of_error(raised, one, len(PREFIX))
        finally:
            await self._connection.execute("rollback to savepoint one; deallocate all")
        return Outcome()


def _inner(node: Any) -> Any:
    return node.query if isinstance(node, ast.ExplainStmt | ast.PrepareStmt | ast.DeclareCursorStmt) else node
