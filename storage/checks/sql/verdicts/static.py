"""What a statement says against itself, with no schema: names that nothing in it brings, groups, counts, words of other dialects."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from pglast import ast, enums
from pglast.stream import RawStream

from storage.checks.sql.statements import definitions, trees, words
from storage.checks.sql.statements.faults import Fault
from storage.checks.sql.statements.scopes import relations, unknown_qualifiers
from storage.checks.sql.statements.trees import below, function_name, texts, walk, within_query

KEYLIKE = re.compile(
    r"(?:^|_)(?:id|uuid|guid|pk|key|code|sku|slug|no|number|name|email|hash|ref|token)s?$|^id_", re.IGNORECASE
)
MOST_SIDES = 50


class Judge:
    """`functions` and `types` are those of the team or of the answer: a word of another dialect may be one of them."""

    def __init__(
        self,
        functions: frozenset[str] = frozenset(),
        types: frozenset[str] = frozenset(),
        arities: Mapping[str, tuple[int, int]] = MappingProxyType({}),
    ) -> None:
        """`arities` are of PostgreSQL's own functions: the fewest and the most arguments that one of a name takes."""
        self._arities = arities
        self.functions = functions
        self._types = types

    def faults(self, node: Any) -> list[Fault]:
        found = [*self._words(node)]
        links = (*below(node, ast.SubLink), *(one for one in below(node, ast.RangeSubselect) if one.lateral))
        inner = {id(query) for link in links for query in below(link, ast.SelectStmt)}
        for query in walk(node):
            if isinstance(query, trees.QUERIES):
                found += self._query(query, id(query) in inner)
        match node:
            case ast.IndexStmt():
                found += definitions.index(node)
            case ast.CreateStmt():
                found += definitions.table(node)
            case ast.MergeStmt():
                found += [fault for one in node.mergeWhenClauses or () for fault in _set(one.targetList, node.relation)]
        found += unknown_qualifiers(node)
        return list(dict.fromkeys(found))

    def _words(self, node: Any) -> Iterator[Fault]:
        sources = {id(call) for one in below(node, ast.RangeFunction) for call in below(one, ast.FuncCall)}
        for call in below(node, ast.FuncCall):
            name = function_name(call)
            if trees.is_own(call) or name in self.functions or (name == "unnest" and id(call) in sources):
                continue  # as a table `unnest` takes as many arrays as there are
            if name in words.FUNCTIONS:
                instead = words.FUNCTIONS[name]
                yield Fault(
                    call.location,
                    f"PostgreSQL has no function `{name}`" + (f"; it has {instead}" if instead else ""),
                    "name",
                )
            elif (
                name in words.WINDOWS
                and call.over is None
                and name not in ("rank", "dense_rank", "percent_rank", "cume_dist")
            ):
                yield Fault(call.location, f"`{name}` needs an OVER clause", "sql")
            elif fault := _arguments(call, name, self._arities):
                yield fault
        for one in below(node, ast.TypeName):
            names = texts(one.names)
            word = names[-1].lower() if names else ""
            if len(names) == 1 and word in words.TYPES and word not in self._types:
                yield Fault(one.location, f"PostgreSQL has no type `{word}`; it has {words.TYPES[word]}", "name")

    def _query(self, query: Any, is_inner: bool) -> Iterator[Fault]:
        """`is_inner`: it may use columns of the query around it."""
        match query:
            case ast.SelectStmt():
                yield from _select(query, is_inner)
            case ast.InsertStmt():
                yield from _insert(query)
            case ast.UpdateStmt():
                yield from _set(query.targetList, query.relation)


def _arguments(call: Any, name: str, arities: Mapping[str, tuple[int, int]]) -> Fault | None:
    if name not in arities or call.agg_star or call.agg_within_group or call.func_variadic:
        return None
    (fewest, most), count = arities[name], len(call.args or ())
    if fewest <= count <= most:
        return None
    takes = str(most) if fewest == most else f"{fewest} to {most}"
    return Fault(call.location, f"`{name}` takes {takes} arguments, and gets {count}", "argument")


# --- queries ------------------------------------------------------------------------------------------------------------


def _calls(node: Any, names: frozenset[str]) -> Iterator[Any]:
    """Of aggregates or window functions at this level of the query."""
    for call in below(node, ast.FuncCall, within_query):
        name = function_name(call)
        if not trees.is_own(call) and name in names and (call.over is None) == (names is words.AGGREGATES):
            yield call


def _select(query: Any, is_inner: bool) -> Iterator[Fault]:
    if query.op != enums.SetOperation.SETOP_NONE:
        left, right = _width(query.larg), _width(query.rarg)
        if left and right and left != right:
            word = query.op.name.removeprefix("SETOP_")
            yield Fault(trees.location(query.rarg), f"the sides of {word} have {left} and {right} columns")
        return
    for call in _calls(query.whereClause, words.AGGREGATES):
        yield Fault(
            call.location, f"`{function_name(call)}` may not stand in WHERE; HAVING is for conditions on groups"
        )
    for call in below(query.whereClause, ast.FuncCall, within_query):
        if call.over is not None:
            yield Fault(call.location, f"the window function `{function_name(call)}` may not stand in WHERE")
    for call in _calls((query.targetList, query.havingClause, query.sortClause), words.AGGREGATES):
        for inner in _calls((call.args, call.agg_filter), words.AGGREGATES):
            yield Fault(inner.location, f"`{function_name(inner)}` may not stand within `{function_name(call)}`")
    yield from _aliases(query)
    yield from _groups(query, is_inner)
    yield from _distinct(query)
    lengths = {len(row) for row in query.valuesLists or ()}
    if len(lengths) > 1:
        yield Fault(trees.location(query.valuesLists), "the rows of VALUES differ in length")


def _width(query: Any) -> int:
    """0 where a star, or anything else, leaves it open."""
    for _ in range(MOST_SIDES):
        if query.op == enums.SetOperation.SETOP_NONE:
            break
        query = query.larg
    else:
        return 0
    if query.valuesLists:
        return len(query.valuesLists[0])
    return 0 if any(_is_star(one.val) for one in query.targetList or ()) else len(query.targetList or ())


def _is_star(node: Any) -> bool:
    return (isinstance(node, ast.ColumnRef) and isinstance(node.fields[-1], ast.A_Star)) or (
        isinstance(node, ast.A_Indirection) and any(isinstance(one, ast.A_Star) for one in node.indirection)
    )


def _targets(query: Any) -> dict[str, Any]:
    return {one.name: one.val for one in query.targetList or () if isinstance(one, ast.ResTarget) and one.name}


def _columns(node: Any, enters: Any = within_query) -> Iterator[Any]:
    return (one for one in below(node, ast.ColumnRef, enters) if not isinstance(one.fields[-1], ast.A_Star))


def _aliases(query: Any) -> Iterator[Fault]:
    """A name that SELECT gives is not yet there in WHERE and HAVING; what a column of that name would be, nobody writes."""
    targets = _targets(query)
    computed = {
        name: value
        for name, value in targets.items()
        if any(
            call.over is not None or function_name(call) in words.AGGREGATES
            for call in below(value, ast.FuncCall, within_query)
        )
    }
    given = {one.name for one in relations(query.fromClause)} if computed else set()
    for clause, where in ((query.whereClause, "WHERE"), (query.havingClause, "HAVING")):
        for column in _columns(clause):
            name = texts(column.fields)[-1]
            if len(column.fields) == 1 and name in computed and not given & {"?"}:
                yield Fault(
                    column.location,
                    f"`{name}` is a name that SELECT gives; {where} comes before it and does not know it",
                    "name",
                )


def _groups(query: Any, is_inner: bool) -> Iterator[Fault]:
    grouped = query.groupClause or ()
    has_aggregate = any(
        True for _ in _calls((query.targetList, query.havingClause, query.sortClause), words.AGGREGATES)
    )
    if not query.fromClause or not (grouped or has_aggregate or query.havingClause):
        return
    if any(isinstance(one, ast.GroupingSet) for one in walk(grouped)) or getattr(query, "groupByAll", False):
        return
    names, forms = _grouped(query)
    if any(KEYLIKE.search(name) for name in names) or any(_is_star(one.val) for one in query.targetList or ()):
        return

    def enters(node: Any) -> bool:
        if isinstance(node, ast.SelectStmt) or _form(node) in forms:
            return False
        return not (isinstance(node, ast.FuncCall) and node.over is None and function_name(node) in words.AGGREGATES)

    own = {one.name for one in relations(query.fromClause)}
    for part in (query.targetList, query.havingClause):
        for column in _columns(part, enters):
            name = texts(column.fields)[-1]
            if is_inner and (len(column.fields) == 1 or texts(column.fields)[0] not in own):
                continue
            if name not in names and _form(column) not in forms:
                yield Fault(
                    column.location, f"`{'.'.join(texts(column.fields))}` must stand in GROUP BY or within an aggregate"
                )
                return


def _grouped(query: Any) -> tuple[set[str], set[str]]:
    """Names and forms of what is grouped by, with what positions and names of SELECT stand for."""
    names: set[str] = set()
    forms: set[str] = set()
    targets = _targets(query)
    for one in query.groupClause or ():
        value = one
        if isinstance(one, ast.A_Const) and isinstance(one.val, ast.Integer):
            place = one.val.ival - 1
            value = query.targetList[place].val if 0 <= place < len(query.targetList or ()) else one
        elif isinstance(one, ast.ColumnRef) and len(one.fields) == 1:
            value = targets.get(texts(one.fields)[0], one)
        for form in (one, value):
            forms.add(_form(form))
            if isinstance(form, ast.ColumnRef):
                names.add(texts(form.fields)[-1])
    return names, forms


def _form(node: Any) -> str:
    if not isinstance(node, ast.Node) or isinstance(
        node, ast.ResTarget | ast.RangeVar | ast.SelectStmt | ast.String | ast.SortBy
    ):
        return "-"
    try:
        return str(RawStream()(node))
    except (NotImplementedError, TypeError, AttributeError, RecursionError, ValueError, KeyError):
        return "-"


def _distinct(query: Any) -> Iterator[Fault]:
    on = [_form(one) for one in query.distinctClause or () if one is not None]
    first = [_form(one.node) for one in (query.sortClause or ())[: len(on)]]
    if on and first and not {"-"} & {*on, *first} and not set(first) <= set(on):
        named = {one.name for one in query.targetList or () if one.name}
        if not named & {*on, *first} and not any(one.isdigit() for one in (*on, *first)):
            yield Fault(trees.location(query.sortClause), "ORDER BY must begin with what DISTINCT ON names")
    if query.distinctClause is None or query.distinctClause != (None,) or not query.sortClause:
        return
    if any(_is_star(one.val) for one in query.targetList or ()):
        return
    forms = {_form(one.val) for one in query.targetList or ()}
    names = {
        one.name or (texts(one.val.fields)[-1] if isinstance(one.val, ast.ColumnRef) else "")
        for one in query.targetList or ()
    }
    for one in query.sortClause:
        if (
            isinstance(one.node, ast.ColumnRef)
            and texts(one.node.fields)[-1] not in names
            and _form(one.node) not in forms
        ):
            said = (
                f"with SELECT DISTINCT what ORDER BY takes, `{'.'.join(texts(one.node.fields))}`, must be selected, too"
            )
            yield Fault(one.node.location, said)


def _insert(query: Any) -> Iterator[Fault]:
    named = [one.name for one in query.cols or () if not one.indirection]
    if named and len(named) == len(query.cols) and query.selectStmt is not None:
        lengths = {len(row) for row in query.selectStmt.valuesLists or ()}
        width = _width(query.selectStmt)
        if len(lengths) <= 1 and width and width != len(named):
            yield Fault(trees.location(query.selectStmt), f"INSERT names {len(named)} columns and gives {width} values")
    clause = query.onConflictClause
    if clause is not None and clause.action == enums.OnConflictAction.ONCONFLICT_UPDATE and clause.infer is None:
        yield Fault(
            clause.location, "ON CONFLICT DO UPDATE needs a target: the columns or the constraint that conflict"
        )


def _set(targets: Any, relation: Any) -> Iterator[Fault]:
    given = {relation.relname, trees.relation_name(relation)}
    for one in targets or ():
        if one.name in given and one.indirection and isinstance(one.indirection[0], ast.String):
            column = one.indirection[0].sval
            said = f"the column that SET changes is named without its table: `{column}`, not `{one.name}.{column}`"
            yield Fault(one.location, said, "name")
