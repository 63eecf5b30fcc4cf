"""A schema is read from what a repository has: SQL files in their order, and models that are never run."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage.checks.sql.schemas import schema
from storage.checks.sql.statements import reading
from storage.checks.sql.verdicts import catalog


def tables(folder: Path, files: dict[str, str]) -> dict[str, set[str] | None]:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    found = schema.read(folder)
    return catalog.of(found.statements, frozenset(found.open)).tables


MIGRATIONS = [
    {
        "db/V1__init.sql": "create table a (id int, b text);",
        "db/V2__more.sql": "alter table a add column c int;",
        "db/V10__rename.sql": "alter table a rename column c to d;",
    },
    {
        "migrations/0001_init.up.sql": "create table a (id int, b text, d int);",
        "migrations/0001_init.down.sql": "drop table a;",
    },
    {"db/migrate/1.sql": "-- migrate:up\ncreate table a (id int, b text, d int);\n-- migrate:down\ndrop table a;\n"},
    {
        "prisma/migrations/2024_a/migration.sql": 'CREATE TABLE "a" ("id" int, "b" text);',
        "prisma/migrations/2025_b/migration.sql": 'ALTER TABLE "a" ADD COLUMN "d" int;',
    },
    {
        "oss/0/01_a.sql": "create table a (id int, b text);",
        "oss/2/01_b.sql": "alter table a add column c int;",
        "oss/10/01_c.sql": "alter table a rename column c to d;",
    },
    {
        "migrations/20160101000000_a/up.sql": "create table x (id int);",
        "migrations/2017-01-01-000000_b/up.sql": "drop table x; create table a (id int, b text);",
        "migrations/20170201000000_c/up.sql": "alter table a rename to old; create table a (id int, b text, d int);",
        "migrations/2026-01-01-000000-0000_d/up.sql": "drop table old;",
    },
    {
        "db/schema.sql": "create table a (id int, b text, d int);\ncreate table other (id int);",
        "db/migrations/1.sql": "create table a (id int, gone int);\nalter table a drop column gone;\nalter table a add column b text;",
        "db/migrations/2.sql": "create table old (id int); drop table old; alter table other add column d int; drop table other;",
    },
    {"m/1.sql": "-- why\n" * 900 + "create table a (id int, b text);", "m/2.sql": "alter table a add column d int;"},
    {
        "m/1.sql": "do $$ begin\n if 1 = 1 then create table a (id int, b text); end if;\n execute 'alter table a add d int';\nend $$;"
    },
    {
        "server/migrations/1.sql": "create table a (id bigserial, b text, d int);",
        "app/migrations/1.sql": "create table a (id integer primary key, e text);",
        "app/migrations/2.sql": "insert or ignore into a (id) values (1); create table f (id blob);",
    },
    {
        "db/migrations/1.sql": "create table a (id int, b text, d int);",
        "replica/schema.sql": "drop table if exists a; create table a (id int, b text);",
    },
    {
        "schema.sql": "-- dump\nSET x = 1;\nCREATE TABLE public.a (id int, b text, d int);\nCOPY public.a FROM stdin;\n1\tx\t2\n\\.\n"
    },
]


@pytest.mark.parametrize("files", MIGRATIONS)
def test_sql_files_are_applied_in_the_order_of_their_tools(tmp_path: Path, files: dict[str, str]) -> None:
    assert tables(tmp_path, files) == {"a": {"id", "b", "d"}}


COMMAS = [
    ("select a\n  b.c,\n  d from b", 1),
    ("select a, -- why\n  b\n  count(*) from c", 2),
    ("select a,\n  b,\nfrom c", 2),
    ("update user\nset a = 1\nwhere b = 2", 1),
]


@pytest.mark.parametrize(("code", "line"), COMMAS)
def test_a_comma_that_is_missing_or_too_much_is_told_where_it_belongs(code: str, line: int) -> None:
    assert [one.error_line for one in reading.read(code).errors] == [line]


def test_files_of_another_dialect_stay_out(tmp_path: Path) -> None:
    files = {
        "sql/postgres/1.sql": "create table a (id bigserial);",
        "sql/mysql/1.sql": "create table b (id int auto_increment) engine=innodb;",
    }

    assert tables(tmp_path, files) == {"a": {"id"}}
    assert schema.read(tmp_path).dialects == {"postgresql", "mysql"}


DJANGO = {
    "shop/models.py": """
from django.db import models

class Stamped(models.Model):
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True

class Customer(Stamped):
    email = models.EmailField(unique=True)
    tags = models.ManyToManyField("Tag")
    keepers = models.ManyToManyField(to=settings.AUTH_USER_MODEL)
    net = models.IntegerField()
    gross = models.GeneratedField(expression=F("net"), output_field=models.IntegerField(), db_persist=True)

class Tag(models.Model):
    slug = models.SlugField(primary_key=True)

    class Meta:
        db_table = "labels"

class Order(Stamped):
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE)
    note = models.TextField(db_column="remark")

    @property
    def total(self):
        return 1
"""
}


def test_django_models_are_tables_by_its_own_rules(tmp_path: Path) -> None:
    found = tables(tmp_path, DJANGO)

    assert found["shop_customer"] == {"id", "created", "email", "net", "gross"}
    assert found["shop_customer_keepers"] == {"id", "customer_id", "user_id"}
    assert found["shop_order"] == {"id", "created", "customer_id", "remark"}
    assert found["labels"] == {"slug"}
    assert found["shop_customer_tags"] == {"id", "customer_id", "tag_id"}
    assert "shop_stamped" not in found


ALCHEMY = {
    "app/models.py": """
import enum
from sqlalchemy import Column, Enum, ForeignKey, Integer, String, Table
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

class Base(DeclarativeBase):
    pass

class Stamped:
    created_at: Mapped[int] = mapped_column()

class Named:
    @declared_attr.directive
    def __tablename__(cls) -> str:
        return f"{cls.__name__.lower()}" + "s"

class Court(Named, Base):
    number: Mapped[int]

class Role(enum.Enum):
    owner = "o"

class User(Stamped, Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str | None]
    role = Column(Enum(Role))
    kind = Column("type", String(20))
    orders = relationship("Order")

links = Table("links", Base.metadata, Column("user_id", ForeignKey("users.id")), Column("n", Integer))
""",
    "alembic/versions/2_second.py": """
from alembic import op
import sqlalchemy as sa
revision = "2"
down_revision = "1"

def upgrade():
    op.drop_column("old", "gone")
    op.add_column("old", sa.Column("new", sa.Integer()))
    op.execute("CREATE VIEW seen AS SELECT 1 AS one")
""",
    "alembic/versions/9_first.py": """
from alembic import op
import sqlalchemy as sa
revision = "1"
down_revision = None

def upgrade():
    op.create_table("old", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("gone", sa.String()))
""",
}


def test_sqlalchemy_models_and_the_revisions_of_alembic_in_their_order(tmp_path: Path) -> None:
    found = tables(tmp_path, ALCHEMY)

    assert found["users"] == {"id", "created_at", "email", "role", "type"}
    assert found["links"] == {"user_id", "n"}
    assert found["courts"] == {"number"}
    assert "nameds" not in found
    assert found["old"] == {"id", "new"}
    assert "seen" in found


def test_prisma_names_columns_as_it_maps_them(tmp_path: Path) -> None:
    text = """
datasource db { provider = "postgresql" }
datasource db {
  provider = "postgresql"
}
model User {
  id    Int    @id @default(autoincrement())
  email String @unique @map("mail") // unique
  posts Post[]
  @@map("users")
}
model Post {
  id     Int  @id
  author User @relation(fields: [authorId], references: [id])
  authorId Int
  tags   Tag[]
}
model Tag {
  name  String @id
  posts Post[]
}
"""
    found = tables(tmp_path, {"prisma/schema.prisma": text})

    assert found["users"] == {"id", "mail"}
    assert found["Post"] == {"id", "authorId"}
    assert found["_PostToTag"] == {"A", "B"}


def test_drizzle_tables_with_what_they_share(tmp_path: Path) -> None:
    text = """
import { pgTable, pgEnum, serial, text, timestamp, integer } from "drizzle-orm/pg-core";
const stamps = { createdAt: timestamp("created_at", { withTimezone: true }).defaultNow() };
export const mood = pgEnum("mood", ["ok", "bad"]);
export const users = pgTable("users", {
  id: serial("id").primaryKey(),
  fullName: text("full_name").notNull(),
  mood: mood("mood"),
  bossId: integer("boss_id").references((): AnyPgColumn => users.id),
  ...stamps,
}, (t) => [unique().on(t.fullName)]);
"""
    found = tables(tmp_path, {"src/schema.ts": text})

    assert found == {"users": {"id", "full_name", "mood", "boss_id", "created_at"}}


def test_a_base_that_nobody_can_read_leaves_a_table_open(tmp_path: Path) -> None:
    text = "from other import Thing\nfrom django.db import models\n\nclass A(Thing, models.Model):\n    b = models.IntegerField()\n"

    assert tables(tmp_path, {"shop/models.py": text})["shop_a"] is None


TYPEORM = {
    "src/base.ts": "import { PrimaryGeneratedColumn, CreateDateColumn } from 'typeorm';\nexport abstract class Base {\n"
    "  @PrimaryGeneratedColumn('uuid') id: string;\n  @CreateDateColumn({ name: 'created_at' }) createdAt: Date;\n}\n",
    "src/author.ts": "import { Entity, Column, OneToMany } from 'typeorm';\nimport { Base } from './base';\n"
    "@Entity({ name: 'authors' })\nexport class Author extends Base {\n"
    "  @Column({ type: 'varchar', length: 20, nullable: true }) name?: string;\n"
    "  @OneToMany(() => BookItem, (one) => one.author) books: BookItem[];\n}\n",
    "src/book.ts": "import { Entity, Column, ManyToOne, JoinColumn } from 'typeorm';\n@Entity()\nexport class BookItem {\n"
    "  @PrimaryColumn() isbn: string;\n  @ManyToOne(() => Author) @JoinColumn({ name: 'author_id' }) author: Author;\n}\n",
}
RAILS = {
    "db/schema.rb": 'ActiveRecord::Schema[7.1].define(version: 1) do\n  create_table "orders", force: :cascade do |t|\n'
    '    t.string "email", null: false\n    t.jsonb "meta", default: {}\n    t.datetime "created_at", null: false\n'
    '    t.index ["email"], name: "by_email", unique: true\n  end\nend\n',
}
LARAVEL = {
    "database/migrations/2024_01_01_000000_a.php": "<?php\nreturn new class {\n  public function up(): void {\n"
    "    Schema::create('orders', function (Blueprint $table) {\n      $table->id();\n      $table->string('email')->unique();\n"
    "      $table->timestamps();\n    });\n  }\n  public function down(): void { Schema::dropIfExists('orders'); }\n};\n",
    "database/migrations/2024_02_01_000000_b.php": "<?php\nSchema::table('orders', function (Blueprint $table) {\n"
    "  $table->renameColumn('email', 'mail');\n  $table->dropColumn('updated_at');\n});\n",
}
KNEX = {
    "migrations/1_a.js": "/** @param {import('knex').Knex} knex */\n"
    "exports.up = (knex) => knex.schema.createTable('orders', (table) => {\n"
    "  table.increments('id');\n  table.string('email').notNullable();\n"
    "  table.timestamp('created_at').defaultTo(knex.fn.now());\n});\n"
    "exports.down = (knex) => knex.schema.dropTable('orders');\n",
    "package.json": '{"dependencies": {"knex": "^3", "pg": "^8"}}',
}

LARAVEL_DOWN_FIRST = {
    "database/migrations/2024_01_01_000000_a.php": "<?php\nreturn new class extends Migration {\n"
    "  public function down(): void { Schema::dropIfExists('orders'); }\n"
    "  public function up(): void { $this->orders(); }\n"
    "  private function orders(): void {\n    if (!Schema::hasTable('orders')) {\n"
    "      Schema::create('orders', static function (Blueprint $table): void {\n        $table->increments('id');\n"
    "        $table->foreignIdFor(ShopOwner::class)->constrained();\n        $table->unsignedTinyInteger('kind');\n"
    "        $table->nullableMorphs('about');\n        $table->datetime('paid')->nullable();\n      });\n    }\n  }\n};\n",
}
DOCTRINE = {
    "migrations/Version2024.php": "<?php\nfinal class Version2024 extends AbstractMigration {\n"
    "  public function up(Schema $schema): void {\n"
    "    $this->addSql('CREATE TABLE orders (id SERIAL NOT NULL, ' . 'mail VARCHAR(180) NOT NULL, PRIMARY KEY(id))');\n  }\n"
    "  public function down(Schema $schema): void { $this->addSql('DROP TABLE orders'); }\n}\n",
    "composer.json": '{"require": {"doctrine/orm": "^3"}}',
}
SEQUELIZE = {
    "migrations/2024-a.js": "module.exports = {\n  up: async (queryInterface, Sequelize) => {\n"
    "    await queryInterface.createTable('orders', {\n      id: { type: Sequelize.UUID, primaryKey: true },\n"
    "      email: { type: Sequelize.STRING(40), allowNull: false },\n      tags: Sequelize.ARRAY(Sequelize.STRING),\n    });\n  },\n"
    "  down: (queryInterface) => queryInterface.dropTable('orders'),\n};\n",
    "migrations/2025-b.js": "module.exports = {\n  async up(queryInterface, Sequelize) {\n"
    "    await queryInterface.addColumn('orders', 'paid', { type: Sequelize.DATE });\n"
    "    await queryInterface.renameColumn('orders', 'email', 'mail');\n"
    "    await queryInterface.sequelize.query('ALTER TABLE orders DROP COLUMN tags');\n  },\n};\n",
}
KYSELY = {
    "src/migrations/1_a.ts": "import { Kysely } from 'kysely';\nexport async function up(db: Kysely<any>) {\n"
    "  await db.schema.createTable('orders').addColumn('id', 'serial', (c) => c.primaryKey())\n"
    "    .addColumn('mail', 'varchar', (c) => c.notNull()).execute();\n"
    "  await db.schema.alterTable('orders').dropColumn('mail').execute();\n}\n"
    "export async function down(db: Kysely<any>) {\n  await db.schema.dropTable('orders').execute();\n}\n",
}
TYPEORM_MIGRATIONS = {
    "src/migrations/1-a.ts": "import { MigrationInterface, QueryRunner, Table, TableColumn } from 'typeorm';\n"
    "export class A1 implements MigrationInterface {\n  async up(queryRunner: QueryRunner) {\n"
    '    await queryRunner.query(`CREATE TABLE "orders" ("id" SERIAL NOT NULL, "mail" varchar)`);\n'
    "    await queryRunner.createTable(new Table({ name: 'items', columns: [{ name: 'id', type: 'int', isPrimary: true }] }));\n"
    "    await queryRunner.addColumn('items', new TableColumn({ name: 'price', type: 'numeric' }));\n  }\n"
    "  async down(queryRunner: QueryRunner) { await queryRunner.query('DROP TABLE orders'); }\n}\n",
}
TYPEORM_BOTH = {
    "src/migrations/1-a.ts": "import { MigrationInterface, QueryRunner } from 'typeorm';\n"
    "export class A1 implements MigrationInterface {\n  async up(queryRunner: QueryRunner) {\n"
    '    await queryRunner.query(`CREATE TABLE "parcel" ("id" SERIAL NOT NULL, "weight" numeric)`);\n'
    '    await queryRunner.query(`ALTER TABLE "parcel" RENAME COLUMN "weight" TO "weight_kg"`);\n  }\n}\n',
    "src/parcel.ts": "import { Entity, Column, PrimaryGeneratedColumn } from 'typeorm';\n@Entity({ name: 'parcel' })\n"
    "export class Parcel {\n  @PrimaryGeneratedColumn()\n  id: number;\n  @Column({ name: 'weight_kg' })\n  weightKg: number;\n"
    "  @Column({ type: 'text' })\n  note: string;\n}\n",
}
ECTO = {
    "priv/repo/migrations/20240101_a.exs": "defmodule Shop.Repo.Migrations.A do\n  use Ecto.Migration\n  def up do\n"
    "    create table(:orders, primary_key: false) do\n      add :id, :binary_id, primary_key: true\n"
    "      add :mail, :string, null: false\n      add :tags, {:array, :string}\n      timestamps(updated_at: false)\n    end\n"
    '    execute """\n    ALTER TABLE orders ADD COLUMN note text\n    """\n  end\n'
    "  def down do\n    drop table(:orders)\n  end\nend\n",
    "priv/repo/migrations/20240201_b.exs": "defmodule Shop.Repo.Migrations.B do\n  use Ecto.Migration\n  def change do\n"
    "    rename table(:orders), :mail, to: :email\n    alter table(:orders) do\n      remove :tags\n    end\n  end\nend\n",
}
EF_CORE = {
    "Data/Migrations/ShopModelSnapshot.cs": "// Npgsql\npartial class ShopModelSnapshot {\n"
    "  void BuildModel(ModelBuilder modelBuilder) {\n"
    '            modelBuilder.Entity("Shop.Order", b =>\n                {\n                    b.Property<int>("Id")\n'
    '                        .ValueGeneratedOnAdd()\n                        .HasColumnType("integer");\n'
    '                    b.Property<string>("_mail")\n                        .HasMaxLength(20)\n'
    '                        .HasColumnType("character varying(20)")\n                        .HasColumnName("Mail");\n'
    '                    b.HasKey("Id");\n                    b.ToTable("orders", (string)null);\n                });\n  }\n}\n',
}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (LARAVEL_DOWN_FIRST, {"orders": {"id", "shop_owner_id", "kind", "about_id", "about_type", "paid"}}),
        (DOCTRINE, {"orders": {"id", "mail"}}),
        (SEQUELIZE, {"orders": {"id", "mail", "paid"}}),
        (KYSELY, {"orders": {"id"}}),
        (TYPEORM_MIGRATIONS, {"orders": {"id", "mail"}, "items": {"id", "price"}}),
        (TYPEORM_BOTH, {"parcel": {"id", "weight_kg", "note"}}),
        (ECTO, {"orders": {"id", "email", "inserted_at", "note"}}),
        (EF_CORE, {"orders": {"Id", "Mail"}}),
        (TYPEORM, {"authors": {"id", "created_at", "name"}, "book_item": {"isbn", "author_id"}}),
        (RAILS, {"orders": {"id", "email", "meta", "created_at"}}),
        (LARAVEL, {"orders": {"id", "mail", "created_at"}}),
        (KNEX, {"orders": {"id", "email", "created_at"}}),
    ],
    ids=[
        "Laravel, down first",
        "Doctrine",
        "Sequelize",
        "Kysely",
        "TypeORM's migrations",
        "TypeORM's migrations, and a model that has more since",
        "Ecto",
        "EF Core",
        "TypeORM",
        "Rails",
        "Laravel",
        "Knex",
    ],
)
def test_models_and_steps_of_other_frameworks_are_read(
    tmp_path: Path, files: dict[str, str], expected: dict[str, set[str]]
) -> None:
    assert tables(tmp_path, files) == expected


def test_what_a_step_does_that_is_not_understood_leaves_its_table_open(tmp_path: Path) -> None:
    step = "exports.up = (knex) => knex.schema.createTable('a', (t) => { t.increments(); t.ours('b'); });\n"

    assert tables(tmp_path, {"migrations/1.js": step}) == {"a": None}


def test_keys_and_batches_of_revisions_are_read(tmp_path: Path) -> None:
    (tmp_path / "1_farms.py").write_text(
        'revision = "1"\ndown_revision = None\nimport sqlalchemy as sa\nfrom alembic import op\n\n\ndef upgrade():\n'
        '    op.create_table("farms", sa.Column("name", sa.Text), sa.Column("kg", sa.Integer))\n'
        '    with op.batch_alter_table("farms") as batch:\n'
        '        batch.add_column(sa.Column("region", sa.Text))\n'
        '        batch.alter_column("kg", new_column_name="net")\n'
        '    op.create_table("barns", sa.Column("id", sa.Integer))\n'
        '    with op.batch_alter_table("barns") as batch:\n'
        '        batch.add_column(sa.Column("rooms", sa.Integer))\n'
        '    op.create_index("one", "farms", [sa.text("lower(name)"), "region"], unique=True)\n'
        '    op.create_check_constraint("some", "farms", "net > 0")\n'
    )

    made = schema.read(tmp_path)
    written = " ".join(" ".join(one.text for one in made.statements).split())

    assert made.open == set()
    assert catalog.of(made.statements, frozenset()).tables == {
        "farms": {"name", "net", "region"},
        "barns": {"id", "rooms"},
    }
    assert 'create unique index on "farms" (lower(name), "region")' in written
    assert "add check (net > 0)" in written


REVISED = {
    "models.py": """
import uuid
from typing import Optional
from sqlalchemy import MetaData, String, select
from sqlalchemy.orm import DeclarativeBase, Mapped, column_property, mapped_column

class Base(DeclarativeBase):
    metadata = MetaData(naming_convention={})

class Kind(StrEnum):
    big = "b"

class Words(TypeDecorator):
    impl = String

class Animal(Base):
    __tablename__ = "animals"
    size: Mapped[Kind | None] = mapped_column(Words(Kind))
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), default="dog")
    seen: Mapped[int] = mapped_column(server_default="0")
    told: Mapped[int] = mapped_column(default=0)
    nick: Mapped[Optional[str]]
    loose: Mapped[str] = mapped_column(nullable=True)
    total: Mapped[int] = column_property(select(1))

class Dog(Animal):
    barks: Mapped[int]

class Vet(Animal):
    __tablename__ = "vets"
    clinic: Mapped[str]
""",
    "alembic/versions/1.py": """
from alembic import op
import sqlalchemy as sa
revision = "a1"
down_revision = None
TABLE = "animals"

def upgrade():
    op.create_table(TABLE, sa.Column("id", sa.UUID()), sa.Column("told", sa.Integer(), nullable=False, server_default="0"))
    op.create_table("walks", sa.Column("id", sa.Integer(), nullable=False), sa.PrimaryKeyConstraint("id"))
""",
    "alembic/versions/2.py": 'revision = "a2"\ndown_revision = ("a1",)\n',
    "alembic/versions/0.py": """
from alembic import op
import sqlalchemy as sa
revision = "a3"
down_revision = "a2"
NAME = "length"

def upgrade():
    op.add_column("animals", sa.Column("gone", sa.Integer(), nullable=False))
    op.add_column("walks", sa.Column(NAME, sa.Integer()))
    op.execute(f"ALTER TABLE walks ADD COLUMN {NAME}_unit text")
""",
}


def test_what_a_model_of_today_requires_and_a_revision_by_other_ways_than_constants(tmp_path: Path) -> None:
    assert tables(tmp_path, REVISED) == {
        "animals": {"id", "size", "kind", "seen", "told", "nick", "loose", "barks", "gone"},
        "vets": {"clinic"},
        "walks": {"id", "length", "length_unit"},
    }
    animals, vets, walks = (
        next(one.text for one in schema.read(tmp_path).statements if one.text.startswith(f'create table "{name}"'))
        for name in ("animals", "vets", "walks")
    )
    assert [line.split()[0] for line in animals.split("\n") if "not null" in line] == ['"kind"']
    assert [line.split()[0] for line in animals.split("\n") if "default" in line] == ['"told"', '"seen"']
    assert '"clinic" varchar not null' in vets
    assert '"size" varchar' in animals
    assert '"id" serial' in walks


STEP = """import { MigrationInterface } from "typeorm";
export class %s implements MigrationInterface {
  async up(queryRunner) { await queryRunner.query(`%s`); }
}
"""


def test_typeorms_migrations_go_by_the_number_of_their_class_and_tell_the_whole_of_their_tables(tmp_path: Path) -> None:
    entity = '@Entity("farms")\nexport class Farm extends Kept {\n  @Column() name: string; }\n'
    files = {
        "src/migration/first.ts": STEP % ("First1", 'CREATE TABLE "farms" ("id" int, "net" varchar)'),
        "src/migration/20-more.ts": STEP % ("More20", 'ALTER TABLE "farms" ADD "name" text DEFAULT now()'),
        "src/migration/30-type.ts": STEP % ("Type30", 'ALTER TABLE farms ALTER COLUMN "net" TYPE ${to}'),
        "src/farm.ts": 'import { Entity } from "typeorm";\n' + entity,
    }

    assert tables(tmp_path, files) == {"farms": {"id", "net", "name"}}
    made = schema.read(tmp_path)
    assert [one.text.split()[0].lower() for one in made.statements if one.node is not None][:2] == ["create", "alter"]
    assert made.untyped == {"net"}  # nobody could read what it became
    assert [one.text for one in made.statements if one.node is None] == made.unread


def test_a_default_of_the_database_is_known_from_django(tmp_path: Path) -> None:
    model = "from django.db import models\n\nclass Tag(models.Model):\n    n = models.IntegerField(db_default=1)\n"
    tables(tmp_path, {"shop/models.py": model})

    made = next(one.text for one in schema.read(tmp_path).statements if "shop_tag" in one.text)
    assert '"n" integer default' in made
