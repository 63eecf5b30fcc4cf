"""SQLAlchemy's and SQLModel's tables, and what Alembic's revisions add to them, read from their source.

https://docs.sqlalchemy.org/en/20/orm/declarative_tables.html, https://alembic.sqlalchemy.org/en/latest/ops.html
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from pathlib import Path

from storage.checks.sql.schemas import alembic
from storage.checks.sql.schemas.python_files import (
    Classes,
    assigned,
    calls,
    classes,
    constant,
    keyword,
    last,
    made_of,
    members,
    modules,
    text_of,
)
from storage.checks.sql.schemas.sqlalchemy_types import NO_COLUMN, PYTHON, TYPES
from storage.checks.sql.schemas.steps import of_postgres, snake, sql_type
from storage.checks.sql.schemas.tables import Column, Table, Tables

COLUMNS = ("Column", "mapped_column", "deferred", "column_property", "Field")
WORDS = ("sqlalchemy", "sqlmodel", "SQLModel", "down_revision", "__tablename__", "mapped_column")
RESERVED = ("metadata", "registry")
"""Of a declarative class, and never columns: https://docs.sqlalchemy.org/en/20/orm/declarative_config.html"""
KEYS = tuple(
    "PrimaryKeyConstraint UniqueConstraint Index ForeignKeyConstraint CheckConstraint ExcludeConstraint Column".split()
)
NOT_MIXED = tuple(
    "DeclarativeBase DeclarativeBaseNoMeta MappedAsDataclass AsyncAttrs SQLModel Base Model object ABC Generic BaseModel".split()
)


def read(folder: Path, files: Sequence[str]) -> Tables:
    parsed = modules(folder, tuple(files), WORDS)
    known = Classes(parsed, [one for one in files if one.endswith(".py")])
    reader, revised = Reader(parsed, known), Reader(parsed, known)
    revisions = {path: found for path, tree in parsed if (found := alembic.revision(tree))}
    for path, tree in parsed:
        if path not in revisions:
            reader.models(path, tree)
    of_path, kept = dict(parsed), of_postgres(revisions)
    for tree in alembic.in_order({revisions[path][0]: (revisions[path][1], of_path[path]) for path in kept}):
        alembic.revise(tree, revised)
    return alembic.together(reader.found, revised.found)


class Reader:
    def __init__(self, parsed: Sequence[tuple[str, ast.Module]], known: Classes) -> None:
        self.found = Tables()
        self._known = known
        self._homes = {id(node): path for path, tree in parsed for node in classes(tree)}
        self._here = ""
        self._names = {name: value for _, tree in parsed for name, _, value in assigned(tree.body) if value is not None}
        self._aliases = {
            name: value.slice
            for name, value in self._names.items()
            if isinstance(value, ast.Subscript) and last(value.value) == "Annotated"
        }
        self._gone: set[str] = set()

    def know(self, body: Sequence[ast.stmt]) -> None:
        """Names that a function sets, for the types that it uses."""
        self._names |= {name: value for name, _, value in assigned(body) if value is not None}

    def models(self, path: str, tree: ast.Module) -> None:
        for node in classes(tree):
            self._here = path
            is_sqlmodel = any(one.arg == "table" and constant(one.value) is True for one in node.keywords)
            name = self._named(node) or (node.name.lower() if is_sqlmodel else self._worked_out(node))
            if not name:
                self._more(node)
                continue
            table = Table(name)
            self._fill(table, node, 0, is_sqlmodel)
            self._arguments(
                table, next((value for one, _, value in assigned(node.body) if one == "__table_args__"), None)
            )
            if table.columns:
                self.found.add(table)
        for call in calls(tree, "Table"):
            if len(call.args) > 2 and (name := text_of(call.args[0])):
                self.found.add(self.table(name, call, call.args[2:]))

    def _named(self, node: ast.ClassDef) -> str:
        return next((text_of(value) for one, _, value in assigned(node.body) if one == "__tablename__"), "")

    def _more(self, node: ast.ClassDef) -> None:
        """Columns that a model without a table brings to that of the model above it, where null stands for the other models."""
        above = next((name for one in self._above(node) if (name := self._named(one))), "")
        if above:
            table = Table(above)
            self._fill(table, node, 0, False)
            for one in table.columns.values():
                one.is_required = False
            self.found.add(table)

    def _worked_out(self, node: ast.ClassDef) -> str:
        """The name that a function of a class above makes of a model's own: `cls.__name__.lower() + "s"`."""
        if any(name == "__abstract__" for name, _, _ in assigned(node.body)):
            return ""
        every = (
            (one, above)
            for above in (node, *self._above(node))
            for one in above.body
            if isinstance(one, ast.FunctionDef)
        )
        given, home = next((one for one in every if one[0].name == "__tablename__"), (None, None))
        is_derived = given is not None and "__name__" in ast.unparse(given)
        if is_derived and home is node:
            return ""  # for those below it
        value = next((one.value for one in given.body if isinstance(one, ast.Return)), None) if given else None
        return made_of(value, node.name) or (snake(node.name) if is_derived else "")

    def _above(self, node: ast.ClassDef, depth: int = 0) -> Iterator[ast.ClassDef]:
        for base in node.bases if depth < 8 else ():
            above = self._known.found(self._homes[id(node)], base, node)
            if above is not None:
                yield above
                yield from self._above(above, depth + 1)

    def _fill(self, table: Table, node: ast.ClassDef, depth: int, is_sqlmodel: bool) -> None:
        here = self._here
        for base in reversed(node.bases):
            name = last(base)
            above = self._known.found(self._homes[id(node)], base, node)
            if above is not None and depth < 8:
                if not self._named(above):  # what has a table of its own keeps its columns there
                    self._fill(table, above, depth + 1, is_sqlmodel)
            elif name and name not in NOT_MIXED and name not in self._names:
                table.is_open = True
        self._here = self._homes[id(node)]
        for function in (one for one in node.body if isinstance(one, ast.FunctionDef)):
            if any(last(one) in ("declared_attr", "declared_attr.directive") for one in function.decorator_list):
                value = next((one.value for one in ast.walk(function) if isinstance(one, ast.Return)), None)
                if isinstance(value, ast.Call) and last(value.func) in COLUMNS:
                    self._attribute(table, function.name, function.returns, value, is_sqlmodel)
        for name, annotation, value in assigned(node.body):
            if not name.startswith("__") and name not in RESERVED:
                self._attribute(table, name, annotation, value, is_sqlmodel)
        self._here = here

    def _attribute(
        self, table: Table, name: str, annotation: ast.expr | None, value: ast.expr | None, is_sqlmodel: bool
    ) -> None:
        call = value if isinstance(value, ast.Call) and last(value.func) in COLUMNS else None
        if call and last(call.func) in ("column_property", "deferred"):
            if not call.args or last(call.args[0]) not in COLUMNS:
                return  # of a query
            call = call.args[0] if isinstance(call.args[0], ast.Call) else call
        if isinstance(value, ast.Call) and call is None and last(value.func) not in ("Field",):
            if last(value.func) not in NO_COLUMN and name not in table.columns:
                table.add(Column(name))
            return
        is_mapped = annotation is not None and last(annotation) == "Mapped"
        if call is None and not is_mapped and not (is_sqlmodel and annotation is not None):
            return
        hint = annotation.slice if isinstance(annotation, ast.Subscript) and is_mapped else annotation
        inner = keyword(call, "sa_column") if call else None
        if isinstance(inner, ast.Call):
            call = inner
        column = self.column(name, call, hint)
        if (is_mapped or is_sqlmodel) and inner is None and not (call and keyword(call, "nullable")):
            column.is_required = not self._is_optional(hint)
        table.add(column)

    def _is_optional(self, hint: ast.expr | None) -> bool:
        """Whether null is among what an annotation allows, or nobody knows what it is: it says so of its column."""
        match hint:
            case ast.Constant(value=str(text)):
                return "None" in text or "Optional" in text
            case ast.Constant(value=None) | None:
                return True
            case ast.BinOp(left=left, right=right):
                return self._is_optional(left) or self._is_optional(right)
            case ast.Subscript(slice=inner) if last(hint.value) in ("Optional", "Union", "Annotated"):
                parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
                return last(hint.value) == "Optional" or any(self._is_optional(one) for one in parts[:9])
            case ast.Name(id=name) if name in self._names:
                return name not in self._aliases or self._is_optional(self._names[name])
        return False

    def table(self, name: str, call: ast.Call, arguments: Sequence[ast.expr]) -> Table:
        table = Table(name)
        if schema := text_of(keyword(call, "schema")):
            table.schema = schema
        for one in arguments:
            if isinstance(one, ast.Call) and last(one.func) == "Column" and one.args and text_of(one.args[0]):
                table.add(self.column(text_of(one.args[0]), one, None))
            elif isinstance(one, ast.Starred) or (isinstance(one, ast.Call) and last(one.func) not in KEYS):
                table.is_open = True
            else:
                self._key(table, one)
        return table

    def _arguments(self, table: Table, value: ast.expr | None) -> None:
        for one in value.elts if isinstance(value, ast.Tuple | ast.List) else [value] if value is not None else []:
            if isinstance(one, ast.Dict):
                for key, inner in zip(one.keys, one.values, strict=True):
                    if text_of(key) == "schema":
                        table.schema = text_of(inner)
            self._key(table, one)

    def _key(self, table: Table, one: ast.expr) -> None:
        if not isinstance(one, ast.Call):
            return
        names = tuple(text_of(arg) or last(arg) for arg in one.args)
        match last(one.func):
            case "PrimaryKeyConstraint":
                table.key = names
            case "UniqueConstraint":
                table.unique.append(names)
            case "Index" if constant(keyword(one, "unique")) is True:
                where = text_of(alembic.raw(keyword(one, "postgresql_where")))
                table.indexes.append((tuple(alembic.index_part(arg) for arg in one.args[1:]), where))
            case "CheckConstraint" if one.args:
                table.checks.append(text_of(alembic.raw(one.args[0])))

    def column(self, name: str, call: ast.Call | None, hint: ast.expr | None) -> Column:
        column = Column(name)
        if isinstance(hint, ast.Name) and hint.id in self._aliases:
            alias = self._aliases[hint.id]
            parts = alias.elts if isinstance(alias, ast.Tuple) else [alias]
            hint = parts[0]
            call = next(
                (one for one in [call, *parts[1:]] if isinstance(one, ast.Call) and (one.args or one.keywords)), call
            )
        arguments = list(call.args) if call else []
        if call and last(call.func) == "Field":
            arguments = []
        if arguments and text_of(arguments[0]):
            column.name = text_of(arguments.pop(0))
        if call:
            column.name = text_of(keyword(call, "name")) or column.name
            column.is_key = constant(keyword(call, "primary_key")) is True
            column.is_unique = constant(keyword(call, "unique")) is True
            column.is_required = constant(keyword(call, "nullable")) is False
            column.has_default = keyword(call, "server_default") is not None
            column.has_default = column.has_default or keyword(call, "sa_column_kwargs") is not None
            if target := text_of(keyword(call, "foreign_key")):
                column.refers = target
            arguments += [one for one in (keyword(call, "type_"), keyword(call, "sa_type")) if one is not None]
        has_type = False
        for one in arguments:
            if last(one) == "ForeignKey" and isinstance(one, ast.Call) and one.args:
                column.refers = text_of(one.args[0]) or self._referred(one.args[0])
            elif last(one) == "Identity":
                always = isinstance(one, ast.Call) and constant(keyword(one, "always")) is True
                column.made = "always as identity" if always else "by default as identity"
            elif last(one) == "Computed":
                column.made = "stored"
            elif last(one) not in ("Sequence", "CheckConstraint", "FetchedValue") and not has_type:
                has_type, column.kind = True, self._type(one)
        column.kind = "" if column.refers else column.kind if has_type else self._hinted(hint)
        return column

    def change(self, column: Column, call: ast.Call) -> None:
        """What ALTER COLUMN says."""
        column.name = text_of(keyword(call, "new_column_name")) or column.name
        if (kind := keyword(call, "type_")) is not None:
            column.kind, column.refers = self._type(kind), ""
        if isinstance(nullable := constant(keyword(call, "nullable")), bool):
            column.is_required = not nullable
        if (default := keyword(call, "server_default")) is not None:
            column.has_default = not (isinstance(default, ast.Constant) and default.value in (None, False))

    def _referred(self, node: ast.expr) -> str:
        """`ForeignKey(User.id)`."""
        known = self._known.found(self._here, node.value) if isinstance(node, ast.Attribute) else None
        return (
            f"{self._named(known) or self._worked_out(known)}.{node.attr}"
            if known and isinstance(node, ast.Attribute)
            else ""
        )

    def _type(self, node: ast.expr) -> str:
        name = last(node)
        call = node if isinstance(node, ast.Call) else None
        if name in ("ARRAY",) and call and call.args:
            inner = self._type(call.args[0])
            return f"{inner}[]" if inner else ""
        if name in ("Enum", "ENUM", "SAEnum", "SqlEnum", "PgEnum") and call:
            return self._enum(call)
        if (
            name in ("DateTime", "TIMESTAMP", "DATETIME")
            and call
            and (constant(keyword(call, "timezone")) is True or any(constant(one) is True for one in call.args))
        ):
            return "timestamptz"
        if (
            name in ("String", "VARCHAR", "CHAR", "Unicode")
            and call
            and call.args
            and isinstance(constant(call.args[0]), int)
        ):
            return f"{sql_type(name, TYPES)}({constant(call.args[0])})"
        if name == "with_variant" and call and isinstance(call.func, ast.Attribute):
            return self._type(call.func.value)
        own = self._known.found(self._here, call.func if call else node)
        if own is None and (kind := sql_type(name, TYPES)):
            return kind
        if isinstance(node, ast.Name) and isinstance(self._names.get(name), ast.Call):
            return self._type(self._names[name])
        if own and any(isinstance(one, ast.FunctionDef) and one.name == "load_dialect_impl" for one in own.body):
            return ""
        impl = next((value for one, _, value in assigned(own.body) if one == "impl"), None) if own else None
        return self._type(impl) if impl is not None and last(impl) != name else ""  # of a TypeDecorator

    def _enum(self, call: ast.Call) -> str:
        name = text_of(keyword(call, "name"))
        values = [text_of(one) for one in call.args if text_of(one)]
        if not values and call.args and (node := self._known.found(self._here, call.args[0])):
            by_value = keyword(call, "values_callable") is not None
            values = [str(value) if by_value else one for one, value in members(node)]
            name = name or node.name.lower()
        if constant(keyword(call, "native_enum")) is False or not values or not name:
            return "varchar" if values else ""
        self.found.enums.setdefault(name, tuple(values))
        return f'"{name}"'

    def _hinted(self, hint: ast.expr | None) -> str:
        if isinstance(hint, ast.Constant) and isinstance(hint.value, str):
            try:
                hint = ast.parse(hint.value, mode="eval").body
            except SyntaxError:
                return ""
        if isinstance(hint, ast.BinOp):
            sides = [
                one for one in (hint.left, hint.right) if constant(one) is not None or not isinstance(one, ast.Constant)
            ]
            hint = sides[0] if sides else None
        if isinstance(hint, ast.Subscript) and last(hint.value) in ("Optional", "Mapped"):
            return self._hinted(hint.slice)
        if isinstance(hint, ast.Subscript) and last(hint.value) in ("dict", "Dict", "list", "List"):
            return ""
        name = last(hint)
        own = self._known.found(self._here, hint)
        if own and any("Enum" in last(base) for base in own.bases):
            self.found.enums.setdefault(name.lower(), tuple(one for one, _ in members(own)))
            return f'"{name.lower()}"'
        return PYTHON.get(name, "")
