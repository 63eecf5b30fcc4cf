"""Django's models as tables, by the rules of its own schema: https://docs.djangoproject.com/en/stable/ref/models/fields/"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence, Set
from functools import partial
from pathlib import Path
from typing import Any

from storage.checks.sql.schemas import django_conditions
from storage.checks.sql.schemas.python_files import (
    Classes,
    assigned,
    classes,
    constant,
    keyword,
    last,
    modules,
    text_of,
)
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
    "DateTimeRangeField": "tstzrange", "DecimalRangeField": "numrange", "ArrayField": "", "GeneratedField": "",
}  # fmt: skip
LINKS = ("ForeignKey", "OneToOneField", "TreeForeignKey", "ParentalKey")
MANY = ("ManyToManyField", "ParentalManyToManyField")
WORDS = (
    "/models/",
    "/models.py",
    "/apps.py",
    "models.Model",
    "django.db",
    "django.contrib",
    "AUTO_FIELD",
    "AUTH_USER_MODEL",
)
NO_FIELDS = ("object", "ABC", "Generic", "Protocol", "Model")
OWN = """
class ContentType(Model):
    app_label = CharField(); model = CharField()
    class Meta: unique_together = ["app_label", "model"]; db_table = "django_content_type"
class Permission(Model):
    name = CharField(); content_type = ForeignKey(ContentType); codename = CharField()
    class Meta: unique_together = ["content_type", "codename"]
class Group(Model): name = CharField(unique=True); permissions = ManyToManyField(Permission)
class AbstractBaseUser(Model):
    password = CharField(); last_login = DateTimeField(null=True)
    class Meta: abstract = True
class PermissionsMixin(Model):
    is_superuser = BooleanField(); groups = ManyToManyField(Group); user_permissions = ManyToManyField(Permission)
    class Meta: abstract = True
class AbstractUser(AbstractBaseUser, PermissionsMixin):
    username = CharField(unique=True); first_name = CharField(); last_name = CharField(); email = CharField()
    is_staff = BooleanField(); is_active = BooleanField(); date_joined = DateTimeField()
    class Meta: abstract = True
class User(AbstractUser): pass
class Session(Model):
    session_key = CharField(primary_key=True); session_data = TextField(); expire_date = DateTimeField()
    class Meta: db_table = "django_session"
class Migration(Model):
    id = BigAutoField(primary_key=True); app = CharField(); name = CharField(); applied = DateTimeField()
    class Meta: db_table = "django_migrations"
"""
"""The tables of Django's own applications, in its own words."""

OWN_PATH = "django/contrib/auth/models.py"


class Model:
    def __init__(self, path: str, app: str, node: ast.ClassDef) -> None:
        self.path, self.app, self.name, self.node = path, app, node.name, node
        self.inner = next((one for one in node.body if isinstance(one, ast.ClassDef) and one.name == "Meta"), None)
        self.meta = (
            {name: value for name, _, value in assigned(self.inner.body) if value is not None} if self.inner else {}
        )

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
    parsed = [
        one
        for one in modules(folder, tuple(files), WORDS)
        if not {"migrations", "tests", "test"} & set(one[0].split("/"))
    ]
    reader = _Reader(found, parsed, [one for one in files if one.endswith(".py")])
    if not reader.has_team_models:
        return found
    for model in sorted(reader.models, key=lambda one: one.name):
        if not model.is_abstract and constant(model.meta.get("proxy")) is not True:
            reader.add(model)
    return found


def _settings(parsed: Sequence[tuple[str, ast.Module]], name: str) -> dict[str, str]:
    """What applications say of themselves in `apps.py`, by their folder."""
    return {
        path.rpartition("/")[0]: label
        for path, tree in parsed
        if path.endswith("apps.py")
        for node in classes(tree)
        for one, _, value in assigned(node.body)
        if one == name and (label := text_of(value))
    }


def _folder(path: str) -> str:
    parts = path.split("/")[:-1]
    return "/".join(parts[: parts.index("models")] if "models" in parts else parts)


class _Reader:
    def __init__(self, found: Tables, parsed: Sequence[tuple[str, ast.Module]], files: Sequence[str]) -> None:
        own = [(OWN_PATH, ast.parse(OWN))]
        self._found = found
        self._classes, self._django = Classes(parsed, files), Classes(own)
        labels = _settings(parsed, "label")
        every = {
            id(node): Model(path, labels.get(_folder(path), _folder(path).rpartition("/")[2] or "app"), node)
            for path, tree in [*parsed, *own]
            for node in classes(tree)
        }
        self._every = every
        self._told: dict[tuple[str, int], Any] = {}
        self.models = [one for one in every.values() if self._is_model(one)]
        self.has_team_models = any(one.path != OWN_PATH for one in self.models)
        self._set = {
            name: text_of(value) for _, tree in parsed for name, _, value in assigned(tree.body) if text_of(value)
        }
        user = self._set.get("AUTH_USER_MODEL", "").rpartition(".")[2]
        (django,) = (one for one in self.models if one.path == OWN_PATH and one.name == "User")
        teams = [one for one in self.models if one.name == user and one.path != OWN_PATH]
        self._user = teams[0] if teams else django
        if user:
            self.models = [one for one in self.models if one.path != OWN_PATH or one.name != "User"]
        self._keys = {**_settings(parsed, "default_auto_field"), _folder(OWN_PATH): "AutoField"}

    def _class(self, path: str, name: ast.expr | str | None, but: ast.ClassDef | None = None) -> ast.ClassDef | None:
        return self._classes.found(path, name, but) or self._django.found(
            OWN_PATH, self._classes.original(path, name) if isinstance(name, ast.expr) else name, but
        )

    def _once(self, what: str, model: Model, at_first: Any, told: Callable[[], Any]) -> Any:
        """Told once of each model; `at_first` to whoever asks while it is worked out, as classes that stand above themselves do."""
        if (what, id(model)) not in self._told:
            self._told[what, id(model)] = at_first
            self._told[what, id(model)] = told()
        return self._told[what, id(model)]

    def _above(self, model: Model) -> list[tuple[str, Model | None]]:
        """The bases: their names, and those that are known; not the team's own, in files that know no models."""
        return list(self._once("above", model, [], partial(self._bases, model)))

    def _bases(self, model: Model) -> list[tuple[str, Model | None]]:
        found = []
        for base in model.node.bases:
            name = self._classes.original(model.path, base)
            above = None if name == "Model" else self._every.get(id(self._class(model.path, base, model.node)))
            if above is not None or not self._classes.is_own(model.path, base):
                found.append((name, above))
        return found

    def _is_model(self, model: Model) -> bool:
        """By a class above it; or what a library's class is above, by its fields."""

        def told() -> bool:
            above = self._above(model)
            if any(name == "Model" if one is None else self._is_model(one) for name, one in above):
                return True
            return any(one is None for _, one in above) and any(
                isinstance(value, ast.Call) and ast.unparse(value.func).startswith("models.")
                for _, _, value in assigned(model.node.body)
            )

        return bool(self._once("model", model, False, told))

    def add(self, model: Model) -> None:
        table = Table(model.table)
        self._fields(model, table, model, set())
        if not any(one.is_key for one in table.columns.values()):
            table.columns = {"id": Column("id", self._own_key(model), True)} | table.columns
        if "order_with_respect_to" in model.meta:
            table.add(Column("_order", "integer", is_required=True))
        for option in ("unique_together", "constraints"):
            django_conditions.constrain(table, self._option(model, option))
        self._found.add(table)

    def _own_key(self, model: Model) -> str:
        key = self._keys.get(_folder(model.path), self._set.get("DEFAULT_AUTO_FIELD", ""))
        return TYPES.get(key.rpartition(".")[2], "bigserial")

    def _option(self, model: Model, name: str) -> ast.expr | None:
        """Of its Meta, or of that of an abstract model above it which it leaves as it is or extends."""
        if name in model.meta or (model.inner is not None and not model.inner.bases):
            return model.meta.get(name)
        every = [one for _, one in self._above(model) if one is not None and one.is_abstract]
        above = (self._once(name, one, None, partial(self._option, one, name)) for one in every)
        return next((one for one in above if one is not None), None)

    def _fields(self, model: Model, table: Table, top: Model, done: set[int]) -> None:
        done.add(id(model))
        for name, above in self._above(model):
            if above is None:
                table.is_open = table.is_open or not (name in NO_FIELDS or name.endswith("Mixin"))
            elif above.is_abstract or not self._is_model(above):
                if id(above) not in done:
                    self._fields(above, table, top, done)
            elif constant(top.meta.get("proxy")) is not True:
                key = f"{above.table}.{self._key_of(above)}"
                table.add(Column(f"{above.name.lower()}_ptr_id", is_key=True, is_required=True, refers=key))
        for name, _, value in assigned(model.node.body):
            if isinstance(value, ast.Call):
                self._field(table, top, model.path, name, value)
            elif isinstance(value, ast.Constant):
                table.columns.pop(name, None)  # `field = None` takes away what a base brings

    def _key_of(self, model: Model) -> str:
        return str(self._once("key", model, "id", partial(self._key, model)))

    def _key(self, model: Model) -> str:
        """The column that is the key of a model."""
        for name, _, value in assigned(model.node.body):
            if isinstance(value, ast.Call) and constant(keyword(value, "primary_key")) is True:
                return text_of(keyword(value, "db_column")) or (f"{name}_id" if last(value.func) in LINKS else name)
        for _, above in self._above(model):
            if above is not None and self._is_model(above):
                key = self._key_of(above) if above.is_abstract else f"{above.name.lower()}_ptr_id"
                if key != "id":
                    return key
        return "id"

    def _kind(self, path: str, name: ast.expr, depth: int = 0) -> tuple[str, list[ast.ClassDef]]:
        """Which field of Django's, or another library's, a class is, and the team's own classes on the way."""
        own = self._classes.found(path, name)
        if own is None or depth > 8:
            return self._classes.original(path, name), []
        found = [self._kind(self._every[id(own)].path, base, depth + 1) for base in own.bases] or [("", [])]
        kind, between = next((one for one in found if one[0] in (*TYPES, *LINKS, *MANY)), found[-1])
        return kind, [own, *between]

    def _field(self, table: Table, top: Model, path: str, name: str, call: ast.Call) -> None:
        kind, own = self._kind(path, call.func)
        words = {one.name for node in own for one in node.body if isinstance(one, ast.FunctionDef)}
        if kind in MANY:
            self._between(top, path, name, call)
        elif kind not in TYPES and kind not in LINKS:
            if kind.endswith("Field"):
                table.add(Column(text_of(keyword(call, "db_column")) or name))
                table.is_open = True  # of a library: it may be a link, or bring columns beside it
        else:
            table.is_open |= "contribute_to_class" in words or any("unique=" in ast.unparse(one) for one in own)
            self._column(table, top, path, name, call, kind, words)

    def _column(
        self, table: Table, top: Model, path: str, name: str, call: ast.Call, kind: str, words: Set[str]
    ) -> None:
        """`words` are the functions of the team's own class of fields."""
        given = keyword(call, "output_field") if kind == "GeneratedField" else call
        column = Column(
            text_of(keyword(call, "db_column")) or name,
            TYPES.get(self._kind(path, given.func)[0], "") if isinstance(given, ast.Call) else "",
            constant(keyword(call, "primary_key")) is True,
            constant(keyword(call, "unique")) is True or kind == "OneToOneField",
            constant(keyword(call, "null")) is not True,
            keyword(call, "db_default") is not None,
            made="stored" if kind == "GeneratedField" else "",
        )
        if words & {"__init__", "get_internal_type", "db_type"}:
            column.is_required, column.kind = False, "" if words & {"get_internal_type", "db_type"} else column.kind
        if kind == "ArrayField":
            inner = call.args[0] if call.args else keyword(call, "base_field")
            of = TYPES.get(last(inner), "") if isinstance(inner, ast.Call) else ""
            column.kind = f"{of}[]" if of else ""
        elif kind in LINKS:
            column.name = text_of(keyword(call, "db_column")) or f"{name}_id"
            target = self._target(call.args[0] if call.args else keyword(call, "to"), top, path)
            key = text_of(keyword(call, "to_field")) or (self._key_of(target) if target else "")
            column.refers = f"{target.table}.{key}" if target else ""
        table.add(column)

    def _target(self, target: ast.expr | None, top: Model, path: str) -> Model | None:
        name = text_of(target).rpartition(".")[2] or last(target)
        if name in ("AUTH_USER_MODEL", "get_user_model"):
            return self._user
        if name == "self":
            return top
        app = text_of(target).rpartition(".")[0]
        named = [one for one in self.models if app and (one.app, one.name.lower()) == (app, name.lower())]
        found = named[0] if named else self._every.get(id(self._class(path, text_of(target) or target)))
        return self._user if found is not None and found.path == OWN_PATH and name == "User" else found

    def _between(self, top: Model, path: str, name: str, call: ast.Call) -> None:
        """The table of a relation of many to many."""
        if keyword(call, "through") is not None:
            return
        to = call.args[0] if call.args else keyword(call, "to")
        target = self._target(to, top, path)
        other = target.name if target else text_of(to).rpartition(".")[2] or last(to)
        one, two = f"{top.name.lower()}_id", f"{other.lower()}_id"
        if one == two:
            one, two = f"from_{one}", f"to_{two}"
        table = Table(text_of(keyword(call, "db_table")) or f"{top.table}_{name}", is_open=not other)
        table.add(Column("id", self._own_key(top), True))
        table.add(Column(one, is_required=True, refers=f"{top.table}.{self._key_of(top)}"))
        table.add(Column(two, is_required=True, refers=f"{target.table}.{self._key_of(target)}" if target else ""))
        table.unique.append((one, two))
        self._found.add(table)
