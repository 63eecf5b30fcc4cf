"""Models in Python and TypeScript as their frameworks make tables of them: the class that a name means, what constrains rows."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from storage.checks.sql.database.making import Database
from storage.checks.sql.database.outcomes import Outcome
from storage.checks.sql.schemas import schema, script_text
from storage.checks.sql.statements.faults import Fault
from storage.checks.sql.statements.reading import read
from storage.checks.sql.verdicts.believed import Known, judge
from tests.storage.checks.sql.test_schemas import tables

DJANGO = {
    "config/settings.py": 'AUTH_USER_MODEL = "people.Person"\nDJANGO = "django"',
    "people/models/person.py": """
from django.contrib.auth.models import AbstractUser
from django.db import models
class Person(AbstractUser):
    nick = models.CharField(max_length=9)
""",
    "core/fields.py": """
from django.db import models
class Words(models.TextField):
    pass
class Range(models.IntegerField):
    def contribute_to_class(self, cls, name):
        cls.add_to_class(name + "_end", models.IntegerField())
class Many(models.ManyToManyField):
    pass
""",
    "core/models/base.py": """
from django.db import models
class Base(models.Model):
    gone = models.DateTimeField(null=True)
    class Meta:
        abstract = True
        constraints = [models.UniqueConstraint(fields=["owner"], condition=models.Q(gone__isnull=True), name="one")]
""",
    "shop/models/order.py": """
from django.db import models
from core.models.base import Base
from core import fields
from library.models import Kept
class Order(Base):
    owner = models.ForeignKey("people.Person", on_delete=models.CASCADE)
    note = fields.Words()
    tags = fields.Many("Tag")
class Gift(Order):
    ribbon = models.CharField(max_length=9)
class Tag(models.Model):
    span = fields.Range()
class Letter(Kept):
    text = models.TextField()
""",
    "shop/wire.py": "import django\nclass Base:\n    pass\nclass Tag(Base):\n    pass\n",
}


def test_djangos_names_mean_the_classes_that_a_file_imports(tmp_path: Path) -> None:
    found = tables(tmp_path, DJANGO)

    assert found["shop_order"] == {"id", "gone", "owner_id", "note"}
    assert found["shop_order_tags"] == {"id", "order_id", "tag_id"}
    assert found["shop_gift"] == {"order_ptr_id", "ribbon"}
    assert {"nick", "username", "last_login"} <= (found["people_person"] or set())
    assert found["people_person_groups"] == {"id", "person_id", "group_id"}
    assert "auth_user" not in found


def test_what_a_field_or_a_librarys_class_may_add_leaves_a_table_open(tmp_path: Path) -> None:
    found = tables(tmp_path, DJANGO)

    assert found["shop_tag"] is None
    assert found["shop_letter"] is None


def test_djangos_constraints_are_unique_indexes_of_the_rows_that_they_name(tmp_path: Path) -> None:
    tables(tmp_path, DJANGO)
    made = "\n".join(one.text for one in schema.read(tmp_path).statements)

    assert 'create unique index on "shop_order" ("owner_id") where ("gone" is null)' in made
    assert 'unique ("order_id", "tag_id")' in made


def test_a_table_of_a_library_is_not_missing_and_a_slip_is() -> None:
    none = frozenset[str]()
    database = Database("d", relations=["shop_order", "shop_tag"])
    known = Known(database, True, none, none, none, none, from_models=True, has_libraries=True)

    def told(table: str) -> bool:
        one = read(f"table {table}").statements[0]
        return bool(judge(one, Outcome(Fault(6, f'relation "{table}" does not exist'), "42P01", table), known).faults)

    assert [told(one) for one in ("guardian_permission", "account_emailaddress")] == [False, False]
    assert [told(one) for one in ("shop_invoice", "orders", "shops_order")] == [True, True, True]


def test_sqlalchemys_table_names_that_a_base_works_out(tmp_path: Path) -> None:
    files = {
        "app/base.py": """
import re
from sqlalchemy.orm import DeclarativeBase, declared_attr
class Base(DeclarativeBase):
    @declared_attr.directive
    def __tablename__(cls) -> str:
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()
""",
        "app/models.py": """
from sqlalchemy import Column, ForeignKey, Integer
from sqlalchemy.orm import declared_attr
from app.base import Base
class WorkQueue(Base):
    id = Column(Integer, primary_key=True)
class Event(Base):
    @declared_attr
    def __tablename__(cls):
        return "events"
    queue_id = Column(ForeignKey(WorkQueue.id))
""",
        "app/wire.py": "import sqlalchemy\nclass Base:\n    pass\nclass WorkQueue(Base):\n    pass\n",
    }
    head = "from alembic import op\nimport sqlalchemy as sa\nrevision = '1'\ndown_revision = None\ndef upgrade():\n"
    for folder, column in (("postgresql", "p"), ("sqlite", "s")):
        files[f"app/versions/{folder}/1.py"] = (
            head + f"    op.create_table('old', sa.Column('{column}', sa.Integer()))\n"
        )
    found = tables(tmp_path, files)

    assert found == {"work_queue": {"id"}, "events": {"queue_id"}, "old": {"p"}}


def test_drizzles_unique_indexes_with_their_conditions(tmp_path: Path) -> None:
    text = """
import { pgTable, text, uniqueIndex, json } from "drizzle-orm/pg-core";
export const users = pgTable("users", {
  id: text("id").primaryKey(), // "the", 'key'
  name: text("name").notNull(),
  gone: json("gone_at").$type<Record<string, unknown>>(),
}, (t) => ({ one: uniqueIndex("one").on(t.id, sql`lower(${t.name})`).where(sql`${t.gone} IS NULL`) }));
"""
    assert tables(tmp_path, {"src/schema.ts": text})["users"] == {"id", "name", "gone_at"}
    made = "\n".join(one.text for one in schema.read(tmp_path).statements)
    assert 'create unique index on "users" ("id", lower("name")) where "gone_at" IS NULL' in made


def test_typeorms_names_by_the_usual_strategy_and_what_is_unique(tmp_path: Path) -> None:
    files = {
        "src/data.ts": 'import "typeorm"; new DataSource({ type: "postgres", namingStrategy: new SnakeNamingStrategy() })',
        "src/user.entity.ts": """
import { Entity, Column, Unique } from "typeorm";
@Entity()
@Unique(["firstName", "mail"])
export class AppUser {
  @PrimaryGeneratedColumn() id: number;
  @Column() firstName: string;
  @Column() mail: string;
}
""",
    }
    assert tables(tmp_path, files)["app_user"] == {"id", "first_name", "mail"}
    assert 'unique ("first_name", "mail")' in "\n".join(one.text for one in schema.read(tmp_path).statements)


PARTS = st.lists(
    st.sampled_from(["a", "'x, y'", '"\\"{"', "`) ${b}`", "f(b, [c])", "k: {l: 1, m: '}'}", "(d) => [e, 1]"]),
    max_size=9,
)


@given(PARTS)
def test_what_brackets_hold_comes_apart_at_its_own_commas(parts: list[str]) -> None:
    body = ", ".join(parts)

    assert script_text.enclosed(f"({body}) + (1", 0) == body
    assert list(script_text.properties(body)) == parts
    assert script_text.enclosed(f"({body}", 0) == ""
