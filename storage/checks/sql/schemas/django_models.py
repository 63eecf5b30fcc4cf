"""Django's models as tables, by the rules of its own schema: https://docs.djangoproject.com/en/stable/ref/models/fields/"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from storage.checks.sql.schemas.python_files import assigned, classes, constant, keyword, last, modules, text_of
from storage.checks.sql.schemas.tables import Column, Table, Tables

TYPES = {
    "AutoField": "serial", "BigAutoField": "bigserial", "SmallAutoField": "smallserial", "CharField": "varchar",
    "TextField": "text", "SlugField": "varchar", "EmailField": "varchar", "URLField": "varchar", "FilePathField": "varchar",
    "FileField": "varchar", "ImageField": "varchar", "IntegerField": "integer", "BigIntegerField": "bigint",
    "SmallIntegerField": "smallint", "PositiveIntegerField": "integer", "PositiveSmallIntegerField": "smallint",
    "PositiveBigIntegerField": "bigint", "BooleanField": "boolean", "NullBooleanField": "boolean",
    "DateTimeField": "timestamptz", "DateField": "date", "TimeField": "time", "DecimalField": "numeric",
    "FloatField": "double precision", "UUIDField": "uuid", "JSONField": "jsonb", "BinaryField": "bytea",
    "DurationField": "interval", "GenericIPAddressField": "inet", "IPAddressField": "inet", "HStoreField": "",
    "SearchVectorField": "tsvector", "CICharField": "citext", "CIEmailField": "citext", "CITextField": "citext",
    "IntegerRangeField": "int4range", "BigIntegerRangeField": "int8range", "DateRangeField": "daterange",
    "DateTimeRangeField": "tstzrange", "DecimalRangeField": "numrange",
}  # fmt: skip
LINKS = ("ForeignKey", "OneToOneField", "TreeForeignKey", "ParentalKey")
NO_COLUMN = (
    "ManyToManyField",
    "GenericForeignKey",
    "GenericRelation",
    "ParentalManyToManyField",
    "TaggableManager",
    "Manager",
)
USER = {
    "password": "varchar", "last_login": "timestamptz", "is_superuser": "boolean", "username": "varchar",
    "first_name": "varchar", "last_name": "varchar", "email": "varchar", "is_staff": "boolean", "is_active": "boolean",
    "date_joined": "timestamptz",
}  # fmt: skip
KNOWN = {
    "AbstractUser": USER,
    "AbstractBaseUser": {"password": "varchar", "last_login": "timestamptz"},
    "PermissionsMixin": {"is_superuser": "boolean"},
}
PLAIN = ("Model", "object", "ABC", "Generic", "Protocol")
OWN = {
    "django_content_type": {"id": "serial", "app_label": "varchar", "model": "varchar"},
    "django_migrations": {"id": "bigserial", "app": "varchar", "name": "varchar", "applied": "timestamptz"},
    "django_session": {"session_key": "varchar", "session_data": "text", "expire_date": "timestamptz"},
    "auth_group": {"id": "serial", "name": "varchar"},
    "auth_permission": {"id": "serial", "name": "varchar", "content_type_id": "integer", "codename": "varchar"},
    "auth_user": {"id": "serial", **USER},
}


@dataclass(slots=True)
class Model:
    app: str
    name: str
    node: ast.ClassDef
    meta: dict[str, ast.expr]

    @property
    def is_abstract(self) -> bool:
        return constant(self.meta.get("abstract")) is True

    @property
    def table(self) -> str:
        return (
            text_of(self.meta.get("db_table")).strip('"')
            or f"{text_of(self.meta.get('app_label')) or self.app}_{self.name.lower()}"
        )


def read(folder: Path, files: Sequence[str]) -> Tables:
    found = Tables()
    parsed = modules(
        folder, tuple(files), ("models.Model", "AbstractUser", "AbstractBaseUser", "django.db", "DEFAULT_AUTO_FIELD")
    )
    parsed = [(path, tree) for path, tree in parsed if "/migrations/" not in f"/{path}"]
    labels = _labels(parsed)
    known: dict[str, list[Model]] = {}
    for path, tree in parsed:
        if (
            any(isinstance(node, ast.ImportFrom | ast.Import) and "django" in ast.unparse(node) for node in tree.body)
            or "models" in path
        ):
            for node in classes(tree):
                known.setdefault(node.name, []).append(Model(_app(path, labels), node.name, node, _meta(node)))
    models = _models(known)
    if not models:
        return found
    key = next(
        (
            kind
            for _, tree in parsed
            for name, _, value in assigned(tree.body)
            if name == "DEFAULT_AUTO_FIELD" and (kind := text_of(value))
        ),
        "",
    )
    reader = _Reader(
        found, known, {one.name for one in models}, "serial" if key.endswith(".AutoField") else "bigserial"
    )
    for model in sorted(models, key=lambda one: one.name):
        if not model.is_abstract and constant(model.meta.get("proxy")) is not True:
            reader.add(model)
    for name, columns in OWN.items():
        found.add(Table(name, {one: Column(one, kind, one == next(iter(columns))) for one, kind in columns.items()}))
    return found


def _labels(parsed: Sequence[tuple[str, ast.Module]]) -> dict[str, str]:
    """Labels that applications give themselves in `apps.py`, by their folder."""
    return {
        path.rpartition("/")[0]: label
        for path, tree in parsed
        if path.endswith("apps.py")
        for node in classes(tree)
        for name, _, value in assigned(node.body)
        if name == "label" and (label := text_of(value))
    }


def _app(path: str, labels: dict[str, str]) -> str:
    parts = path.split("/")[:-1]
    if "models" in parts:
        parts = parts[: parts.index("models")]
    return labels.get("/".join(parts), parts[-1] if parts else "app")


def _meta(node: ast.ClassDef) -> dict[str, ast.expr]:
    inner = next((one for one in node.body if isinstance(one, ast.ClassDef) and one.name == "Meta"), None)
    return {name: value for name, _, value in assigned(inner.body) if value is not None} if inner else {}


def _models(known: dict[str, list[Model]]) -> list[Model]:
    """Those that are one by a base of Django's, or by a base that is one."""
    every = [one for of_name in known.values() for one in of_name]
    found = {id(one) for one in every if any(_is_django(base) for base in one.node.bases)}
    while True:
        names = {one.name for one in every if id(one) in found}
        more = {id(one) for one in every if any(last(base) in names - {one.name} for base in one.node.bases)}
        if more <= found:
            return [one for one in every if id(one) in found]
        found |= more


def _is_django(base: ast.expr) -> bool:
    return last(base) in ("Model", "AbstractUser", "AbstractBaseUser")


class _Reader:
    def __init__(self, found: Tables, known: dict[str, list[Model]], is_model: set[str], key: str) -> None:
        self._found = found
        self._known = known
        self._is_model = is_model
        self._key = key

    def add(self, model: Model) -> None:
        table = Table(model.table)
        self._fields(model, table, model, 0)
        if not any(one.is_key for one in table.columns.values()) and not table.key:
            table.columns = {"id": Column("id", self._key, True)} | table.columns
        for option in ("unique_together", "constraints"):
            self._unique(table, model.meta.get(option))
        self._found.add(table)

    def _fields(self, model: Model, table: Table, top: Model, depth: int) -> None:
        for base in model.node.bases:
            name = last(base)
            if name in KNOWN:
                for one, kind in KNOWN[name].items():
                    table.add(Column(one, kind))
            elif (above := self._nearest(name, model)) is not None and depth < 8:
                if above.is_abstract or name not in self._is_model:
                    self._fields(above, table, top, depth + 1)
                elif constant(top.meta.get("proxy")) is not True:
                    table.add(
                        Column(f"{name.lower()}_ptr_id", is_key=True, refers=f"{above.table}.{self._key_of(above)}")
                    )
            elif name not in PLAIN and not name.endswith("Mixin"):
                table.is_open = True
        for name, _, value in assigned(model.node.body):
            if isinstance(value, ast.Call):
                self._field(table, top, name, value)

    def _nearest(self, name: str, model: Model) -> Model | None:
        of_name = [one for one in self._known.get(name, []) if one is not model]
        return next((one for one in of_name if one.app == model.app), of_name[0] if of_name else None)

    def _key_of(self, model: Model) -> str:
        for name, _, value in assigned(model.node.body):
            if isinstance(value, ast.Call) and constant(keyword(value, "primary_key")) is True:
                return text_of(keyword(value, "db_column")) or name
        return "id"

    def _field(self, table: Table, top: Model, name: str, call: ast.Call) -> None:
        kind = last(call.func)
        if kind in ("ManyToManyField", "ParentalManyToManyField"):
            self._between(top, name, call)
        if kind in NO_COLUMN or not (kind in TYPES or kind in LINKS or kind.endswith("Field")):
            return
        given = keyword(call, "output_field") if kind == "GeneratedField" else call
        column = Column(
            text_of(keyword(call, "db_column")) or name,
            TYPES.get(last(given.func), "") if isinstance(given, ast.Call) else "",
            constant(keyword(call, "primary_key")) is True,
            constant(keyword(call, "unique")) is True or kind == "OneToOneField",
            constant(keyword(call, "null")) is not True,
            keyword(call, "db_default") is not None,
            made="stored" if kind == "GeneratedField" else "",
        )
        if kind == "ArrayField":
            inner = call.args[0] if call.args else keyword(call, "base_field")
            column.kind = (
                (TYPES.get(last(inner), "") or "") + "[]"
                if isinstance(inner, ast.Call) and TYPES.get(last(inner))
                else ""
            )
        elif kind in LINKS:
            column.name = text_of(keyword(call, "db_column")) or f"{name}_id"
            target = call.args[0] if call.args else keyword(call, "to")
            column.refers = self._target(target, top)
        table.add(column)

    def _target(self, target: ast.expr | None, top: Model) -> str:
        name = text_of(target).rpartition(".")[2] or last(target)
        if self._is_user(name):
            user = self._user()
            return f"{user.table}.{self._key_of(user)}" if user else "auth_user.id"
        model = top if name == "self" else self._nearest(name, top) if name != top.name else top
        if model is None:
            return ""
        key = self._key_of(model)
        above = next((one for base in model.node.bases if (one := self._nearest(last(base), model))), None)
        return (
            f"{model.table}.{self._key_of(above) if key == 'id' and above is not None and above.is_abstract else key}"
        )

    def _is_user(self, name: str) -> bool:
        """Whether it stands for the users of whoever signs in, whatever model they are."""
        return name in ("AUTH_USER_MODEL", "get_user_model") or (name == "User" and "User" not in self._known)

    def _user(self) -> Model | None:
        """The team's own model of users; None for Django's."""
        every = (one for all_of in self._known.values() for one in all_of)
        bases = {"AbstractUser", "AbstractBaseUser"}
        return next((one for one in every if bases & {last(base) for base in one.node.bases}), None)

    def _between(self, top: Model, name: str, call: ast.Call) -> None:
        """The table of a relation of many to many."""
        if keyword(call, "through") is not None:
            return
        to = call.args[0] if call.args else keyword(call, "to")
        target = self._target(to, top)
        other = text_of(to).rpartition(".")[2] or last(to)
        if self._is_user(other):
            user = self._user()
            other = user.name if user else "User"
        other = top.name if other == "self" else other
        one, two = f"{top.name.lower()}_id", f"{other.lower()}_id"
        if one == two:
            one, two = f"from_{one}", f"to_{two}"
        table = Table(text_of(keyword(call, "db_table")) or f"{top.table}_{name}", is_open=not target)
        table.add(Column("id", self._key, True))
        table.add(Column(one, refers=f"{top.table}.{self._key_of(top)}"))
        table.add(Column(two, refers=target))
        self._found.add(table)

    def _unique(self, table: Table, value: ast.expr | None) -> None:
        def columns(names: list[str]) -> tuple[str, ...]:
            return tuple(one if one in table.columns else f"{one}_id" for one in names)

        if not isinstance(value, ast.List | ast.Tuple | ast.Set):
            return
        if value.elts and all(text_of(one) for one in value.elts):
            table.unique.append(columns([text_of(one) for one in value.elts]))
        for one in value.elts:
            if isinstance(one, ast.List | ast.Tuple):
                table.unique.append(columns([text_of(inner) for inner in one.elts]))
            elif (
                isinstance(one, ast.Call) and last(one.func) == "UniqueConstraint" and keyword(one, "condition") is None
            ):
                fields = keyword(one, "fields")
                if isinstance(fields, ast.List | ast.Tuple):
                    table.unique.append(columns([text_of(inner) for inner in fields.elts]))
