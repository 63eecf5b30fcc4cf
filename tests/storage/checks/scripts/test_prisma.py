"""The client that Prisma generates, from the team's schema: through the real compiler, where no package is there at all."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from bot.capabilities.checks.verdicts import Block
from storage.checks import prisma_schema, source
from storage.checks.pins import Pins
from storage.checks.room import Stand
from storage.checks.scripts.packages.npmrc import Registries
from storage.checks.scripts.packages.registry import Registry
from storage.checks.scripts.room import ScriptRoom
from tests.servers.npm import NpmServer
from tests.typescript import lent_to

SCHEMA = """datasource db { provider = "postgresql" }
generator client {
  provider = "prisma-client"
  output   = "../src/generated/prisma"
}

enum State { // of an order
  OPEN
  PAID
}

model Order {
  id       String   @id @default(uuid())
  state    State    @default(OPEN)
  total    Decimal?
  tags     String[]
  placedAt DateTime @map("placed_at")
  buyer    Person   @relation(fields: [buyerId], references: [id])
  buyerId  Int

  @@unique([buyerId, placedAt])
}

model Person {
  id     Int     @id
  email  String  @unique
  orders Order[]
}
"""
FILES = {
    "package.json": '{"name": "shop", "dependencies": {"@prisma/client": "6.0.0"}}',
    "prisma/schema.prisma": SCHEMA,
    "src/service.ts": "import { PrismaClient } from '@prisma/client';\nexport class Service extends PrismaClient {}\n",
}
HEAD = "import { Prisma, PrismaClient, State, type Order } from '@prisma/client';\nconst prisma = new PrismaClient();\n"
RIGHT = [
    "export const f = () => prisma.order.findMany({ where: { state: 'OPEN', buyer: { is: { email: { contains: 'a' } } } },"
    " orderBy: [{ placedAt: 'desc' }, { buyer: { email: 'asc' } }], include: { buyer: true }, take: 5 });\n",
    "export const f = () => prisma.order.findMany({ where: { OR: [{ total: { gt: 1 } }], state: { in: ['OPEN'] } } });\n",
    "const one = { where: { email: 'a' }, include: { orders: { where: { state: State.PAID } } } };\n"
    "export const f = async () => (await prisma.person.findUniqueOrThrow(one)).orders[0].id;\n",
    "export const f = () => prisma.order.update({ where: { buyerId_placedAt: { buyerId: 1, placedAt: new Date() } },"
    " data: { state: { set: 'PAID' }, total: { increment: 1 }, tags: { push: 'a' }, buyer: { connect: { id: 1 } } } });\n",
    "export const f = () => prisma.$transaction(async (tx) => {\n"
    "  await tx.order.deleteMany();\n  return tx.person.count({ where: { id: { in: [1] } } });\n});\n",
    "export const f = (given: Prisma.OrderCreateInput): Promise<Order> => prisma.order.create({ data: given });\n",
    "export const f = (where: Prisma.OrderWhereInput) => prisma.$queryRaw<Order[]>`SELECT 1`;\n",
    "export const f = (e: unknown) => e instanceof Prisma.PrismaClientKnownRequestError && e.code;\n",
    "export const f = () => prisma.order.findUnique({ where: { id: 'a' } }).buyer().orders({ take: 1 });\n",
    "export const f = () => prisma.$transaction([prisma.order.delete({ where: { id: 'a' } }), prisma.person.count()]);\n",
    "export const f = () => prisma.$extends({ model: { order: { async paid() { return 1; } } } }).order.paid();\n",
]
WRONG = [
    ("export const f = () => prisma.order.findMany({ where: { status: 'OPEN' } });\n", "status"),
    ("export const f = () => prisma.order.findMany({ where: { state: 'CANCELLED' } });\n", "CANCELLED"),
    ("export const f = () => prisma.order.update({ where: { id: 'a' }, data: { state: 'VOID' } });\n", "VOID"),
    ("export const f = () => prisma.order.findMany({ include: { customer: true } });\n", "customer"),
    ("export const f = () => prisma.orders.findMany();\n", "orders"),
    ("import { Orders } from '@prisma/client';\nexport type Many = Orders[];\n", "Orders"),
    ("export const f = () => prisma.order.findUnique({ where: { id: 'a' } }).customer();\n", "customer"),
    ("export const f = () => prisma.order.findFirstOrThrow().total;\n", "promise"),
    ("export const f = async () => (await prisma.order.findFirstOrThrow()).amount;\n", "amount"),
    ("export const f = () => prisma.order.findMany({ orderBy: { createdAt: 'desc' } });\n", "createdAt"),
    ("export const f = () => prisma.$transaction(async (tx) => tx.order.findAll());\n", "findAll"),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[ScriptRoom, Stand]]:
    folder = tmp_path_factory.mktemp("prisma")
    lent_to(folder / "scripts")
    for name, text in FILES.items():
        (folder / "shop" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "shop" / name).write_text(text)
    async with NpmServer() as npm:
        npm.add("@prisma/client", "6.0.0", {"index.d.ts": "export {};\n"}, {"types": "index.d.ts"})
        locked = {"version": "6.0.0", "integrity": npm.hash_of("@prisma/client", "6.0.0")}
        lock = {"packages": {"": {}, "node_modules/@prisma/client": locked}}
        (folder / "shop" / "package-lock.json").write_text(json.dumps(lock))
        stand = Stand(Pins("3.11"), source.export(folder / "shop", "", "shop", folder / "trees"))
        room = ScriptRoom(folder / "scripts", folder / "trees", Registry(Registries(npm.address)))
        yield room, stand
        await room.stop()


@pytest.mark.slow
@pytest.mark.asyncio(loop_scope="module")
async def test_what_the_schema_has_is_not_flagged(shop: tuple[ScriptRoom, Stand]) -> None:
    room, stand = shop
    codes = [HEAD + code for code in RIGHT]
    codes.append(
        "import { PrismaClient } from './generated/prisma';\nexport const all = new PrismaClient().order.count();\n"
    )
    codes.append("import { Service } from './service';\nexport const f = (all: Service) => all.person.findFirst();\n")

    for code in codes:
        (verdict,) = await room.check([Block("ts", code, "src/new.ts")], stand)
        assert not verdict.findings, (code, verdict)


@pytest.mark.slow
@pytest.mark.asyncio(loop_scope="module")
async def test_what_the_schema_does_not_have_is_told(shop: tuple[ScriptRoom, Stand]) -> None:
    room, stand = shop

    for code, word in WRONG:
        (verdict,) = await room.check([Block("ts", HEAD + code)], stand)
        assert [(one.line, word in one.message) for one in verdict.findings] == [(3, True)], (code, verdict)


FIELD = st.tuples(
    st.from_regex(r"[a-z][A-Za-z0-9_]{0,8}", fullmatch=True),
    st.sampled_from(["String", "Int", "Json"]),
    st.sampled_from(["", "?", "[]"]),
)


@given(st.lists(FIELD, min_size=1))
def test_fields_are_read_as_they_are_written(fields: list[tuple[str, str, str]]) -> None:
    body = "\n".join(f'  {name}   {kind}{mark} @map("x") // said {{}} @@unique([a])' for name, kind, mark in fields)

    (block,) = prisma_schema.blocks(f'model A {{\n{body}\n  @@map("as")\n}}\n')

    read = [
        (one.name, one.kind, "[]" if one.is_list else "?" if one.is_optional else "")
        for one in prisma_schema.fields(block)
    ]
    assert read == fields
