"""TypeScript and JavaScript against declarations that a lock pins, with the real compiler: what is found, what is left alone, what is
said when something could not be looked at. The packages exist nowhere else, and come from a registry of ours.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from bot.capabilities.checks.verdicts import Block, Verdict
from storage.checks import source
from storage.checks.pins import Pins
from storage.checks.room import Stand
from storage.checks.rooms import Rooms
from storage.checks.scripts.packages.npmrc import Registries
from storage.checks.scripts.packages.registry import Registry
from storage.checks.scripts.room import ScriptRoom
from tests.servers.npm import NpmServer
from tests.typescript import lent_to

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow]

SHOPKIT = """import type { Money } from 'moneykit';
export interface OpenOptions { retries?: number; mode?: 'read' | 'write' }
export declare class Session {
  merge(value: object): Promise<void>;
  get(key: string): Promise<string | null>;
  total(): Money;
  /** @deprecated use merge */
  put(value: object): void;
}
export declare function openSession(url: string, options?: OpenOptions): Session;
export declare function closeAll(): Promise<number>;
export interface Place { port?: number; host?: string }
export interface Adapter { send(text: string): void }
export declare function open(place: Place, adapter?: Adapter): void;
export declare function hear(name: string): void;
export declare function hear(done: (fault: Error) => void): void;
"""
MONEYKIT = "export interface Money { cents: number; currency: string }\n"
NODE = """declare module 'node:fs' { export function readFileSync(path: string, encoding: 'utf8'): string; }
declare module 'fs' { export * from 'node:fs'; }
declare var process: { env: Record<string, string | undefined>; exit(code?: number): never };
declare function setTimeout(callback: () => void, ms: number): number;
declare function fetch(url: string): Promise<{ ok: boolean; json(): Promise<any> }>;
declare var console: { log(...data: any[]): void; error(...data: any[]): void };
"""
REACT = """export function useState<S>(initial: S): [S, (next: S) => void];
declare global { namespace JSX {
  interface Element {}
  interface IntrinsicElements { button: { onClick?: () => void; title?: string; children?: any }; p: { children?: any } }
} }
"""
QUERYKIT = {
    "index.d.ts": "export declare function same(a: unknown, b: unknown): boolean;\n"
    "export declare function build(given: boolean): () => number;\nexport declare function build(given: string): string;\n",
    "pg.d.ts": "export interface PgSelectBase<T> extends PromiseLike<T[]> { where(given: boolean): PgSelectBase<T> }\n"
    "export declare function rows(): PgSelectBase<number>;\n",
}
FASTIFY = """export interface FastifyReply { send(value: unknown): FastifyReply }
export interface FastifyRequest { body: unknown; as: 'json' | 'text' }
export interface FastifyInstance {
  get(path: string, handler: (request: FastifyRequest, reply: FastifyReply) => unknown): void;
  decorateReply(name: string, value: unknown): void;
}
export default function fastify(): FastifyInstance;
"""
PAGES = "declare module 'fastify' { interface FastifyReply { page(text: string): void } }\nexport declare const pages: unknown;\n"
MONGOOSE = """export interface Model<T> { findOne(given: object): Promise<T | null> }
export declare function model<T>(name: string, schema: Schema<T>): Model<T>;
export declare class Schema<T> { constructor(given: T); statics: Record<string, unknown> }
"""
MANIFEST = {
    "name": "shop",
    "engines": {"node": "20"},
    "dependencies": {
        "shopkit": "^2",
        "looselib": "^1",
        "modern": "^1",
        "cachekit": "^1",
        "react": "^18",
        "common": "^1",
        "unlisted": "^1",
        "querykit": "^1",
        "fastify": "^4",
        "@fastify/pages": "^1",
        "mongoose": "^8",
    },
}
TREE = {
    "package.json": json.dumps({**MANIFEST, "workspaces": ["packages/*"]}),
    "tsconfig.json": '{\n  // paths of ours\n  "extends": "./tsconfig.base.json",\n}',
    "tsconfig.base.json": '{"compilerOptions": {"strict": true, "baseUrl": "./src", "paths": {"@/*": ["*"]}}}',
    "src/orders.ts": "export class Order {\n  constructor(readonly cents: number) {}\n  total(): number { return this.cents; }\n}\n"
    "export async function load(id: string): Promise<Order> { return new Order(id.length); }\n",
    "src/api/show.ts": "import { load } from '../orders';\nexport const show = async () => (await load('1')).total();\n",
    "packages/tool/package.json": '{"name": "@team/tool", "main": "index.ts", "dependencies": {}}',
    "src/session.ts": "export interface Session { token: string }\nexport declare function open(): Session;\n",
    "src/status.ts": "export type Status = 'open' | 'paid';\nexport declare function mark(status: Status): void;\n"
    "/** @deprecated use mark */\nexport declare function oldMark(status: Status): void;\n",
    "src/heir.ts": "import { Base } from './generated/base';\nexport class Heir extends Base { own(): number { return 1; } }\n",
    "src/all.ts": "export * from './orders';\nexport * from './more';\n",
    "src/more.ts": "export * from 'not-there';\n",
    "lib/mail.js": "module.exports = { sendMail() {} };\n",
    "src/place.ts": "import { openSession } from 'shopkit';\nconst session = openSession('a');\n"
    "export async function place(id: string) {\n  return session.get(id);\n}\n",
    ".tools/tasks.ts": "export function run(name: string): string { return name; }\n",
    "packages/built/package.json": '{"name": "@team/built", "main": "dist/index.js", "types": "dist/index.d.ts"}',
    "packages/built/src/index.ts": "export const price = (cents: number): string => String(cents);\n",
    "packages/tool/index.ts": "export const tool = (name: string): string => name;\n",
}


@dataclass(frozen=True)
class Shop:
    rooms: Rooms
    room: ScriptRoom
    stand: Stand
    npm: NpmServer

    async def check(self, language: str, *codes: str, stand: Stand | None = None, path: str | None = None) -> Verdict:
        """Of the last block."""
        blocks = [Block(language, code, path if code == codes[-1] else None) for code in codes]
        return (await self.rooms.against(blocks, stand or self.stand))[-1]

    async def found(self, language: str, *codes: str, path: str | None = None) -> list[tuple[int, str]]:
        verdict = await self.check(language, *codes, path=path)
        return [(one.line, one.kind) for one in verdict.findings]


def published(npm: NpmServer) -> str:
    """A lock of what is published there."""
    npm.add("@types/node", "20.4.0", {"index.d.ts": NODE})
    npm.add("moneykit", "1.0.0", {"index.d.ts": MONEYKIT})
    exports = {
        "exports": {".": "./index.js", "./extra": "./extra.js"},
        "types": "index.d.ts",
        "dependencies": {"moneykit": "^1"},
    }
    npm.add("shopkit", "2.1.0", {"index.d.ts": SHOPKIT, "index.js": "", "extra.js": ""}, exports)
    npm.add("looselib", "1.0.0", {"index.js": "module.exports = {}"}, {"main": "index.js"})
    cache = {"index.d.ts": "export default class Cache { static open(): Cache; get(key: string): string }\n"}
    npm.add("cachekit", "1.0.0", cache, {"types": "index.d.ts"})
    npm.add(
        "modern",
        "1.0.0",
        {"index.d.ts": "export declare function now(): number;\n", "index.js": ""},
        {"type": "module", "types": "index.d.ts"},
    )
    both = "declare function common(url: string): common.Line;\ndeclare namespace common { interface Line { close(): void } }\n"
    npm.add(
        "common", "1.0.0", {"index.d.ts": f"{both}export {{ common, common as default }};\n"}, {"types": "index.d.ts"}
    )
    parts = {"exports": {".": {"node": {"import": "./index.mjs", "require": "./index.js"}}}, "types": "./index.d.ts"}
    npm.add("unlisted", "1.0.0", {"index.d.ts": "export declare function open(): number;\n"}, parts)
    npm.add("react", "18.0.0", {"index.d.ts": REACT}, {"types": "index.d.ts"})
    parts = {".": {"types": "./index.d.ts"}, "./pg": {"types": "./pg.d.ts"}}
    npm.add("querykit", "1.0.0", QUERYKIT, {"exports": parts})
    npm.add("fastify", "4.0.0", {"index.d.ts": FASTIFY}, {"types": "index.d.ts"})
    npm.add("@fastify/pages", "1.0.0", {"index.d.ts": PAGES}, {"types": "index.d.ts"})
    npm.add("mongoose", "8.0.0", {"index.d.ts": MONGOOSE}, {"types": "index.d.ts"})
    names = [
        ("querykit", "1.0.0"),
        ("fastify", "4.0.0"),
        ("@fastify/pages", "1.0.0"),
        ("mongoose", "8.0.0"),
        ("shopkit", "2.1.0"),
        ("moneykit", "1.0.0"),
        ("looselib", "1.0.0"),
        ("modern", "1.0.0"),
        ("cachekit", "1.0.0"),
        ("common", "1.0.0"),
        ("unlisted", "1.0.0"),
        ("react", "18.0.0"),
        ("@types/node", "20.4.0"),
    ]
    packages = {
        f"node_modules/{name}": {"version": version, "integrity": npm.hash_of(name, version)} for name, version in names
    }
    packages["node_modules/shopkit"]["dependencies"] = {"moneykit": "^1"}  # type: ignore[assignment]
    packages["node_modules/@team/tool"] = {"resolved": "packages/tool", "link": True}  # type: ignore[dict-item]
    packages["node_modules/@team/built"] = {"resolved": "packages/built", "link": True}  # type: ignore[dict-item]
    own = {f"packages/{name}": {"name": f"@team/{name}"} for name in ("tool", "built")}
    return json.dumps({"packages": {"": json.loads(TREE["package.json"]), **own, **packages}})


def stand_of(folder: Path, files: dict[str, str], trees: Path) -> Stand:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return Stand(Pins("3.11"), source.export(folder, "", "shop", trees))


def below(folder: Path) -> set[str]:
    return {one.name for one in folder.iterdir()}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shop]:
    folder = tmp_path_factory.mktemp("typescript")
    lent_to(folder / "scripts")
    async with NpmServer() as npm:
        lock = published(npm)
        stand = stand_of(folder / "shop", {**TREE, "package-lock.json": lock}, folder / "trees")
        room = ScriptRoom(folder / "scripts", folder / "trees", Registry(Registries(npm.address)))
        yield Shop(Rooms([room], lambda ground: stand), room, stand, npm)
        await room.stop()


OPEN = "import { openSession, closeAll } from 'shopkit';\nconst session = openSession('a');\n"
REPLY = "import fastify from 'fastify';\nconst app = fastify();\n"
MODEL = "import { Schema, model } from 'mongoose';\nconst schema = new Schema({ a: 1 });\nconst User = model('User', schema);\n"
WRONG = {
    "a name that the root of an imported part exports": (
        "ts",
        "import { rows } from 'querykit/pg';\nexport const f = () => rows().where(same(1, 2));\n",
        (2, "import"),
    ),
    "a query that is not waited for": (
        "ts",
        "import { rows } from 'querykit/pg';\nexport async function f() {\n  const all = rows();\n  return all[0];\n}\n",
        (3, "await"),
    ),
    "a method of a reply that no plugin adds": (
        "ts",
        REPLY + "app.get('/', (_, reply) => reply.json({}));\n",
        (3, "attribute"),
    ),
    "a method of a model that nothing adds": ("ts", MODEL + "User.findOrCreate({ a: 1 });\n", (4, "attribute")),
    "a method that is not there": ("ts", OPEN + "session.upsert({});\n", (3, "attribute")),
    "a slip in a method": ("ts", OPEN + "session.totl();\n", (3, "attribute")),
    "a field of what another package declares": ("ts", OPEN + "session.total().euros;\n", (3, "attribute")),
    "an option that is not there": ("ts", OPEN + "openSession('a', { retry: 1 });\n", (3, "argument")),
    "a word that is not allowed": ("ts", OPEN + "openSession('a', { mode: 'append' });\n", (3, "argument")),
    "too few arguments": ("ts", OPEN + "session.get();\n", (3, "argument")),
    "too many arguments": ("ts", OPEN + "session.get('a', 'b');\n", (3, "argument")),
    "a name that the package does not export": ("ts", "import { openSessions } from 'shopkit';\n", (1, "import")),
    "a default that it does not have": ("ts", "import modern from 'modern';\n", (1, "import")),
    "an ES module where Node cannot require it": ("js", "const { now } = require('modern');\nnow();\n", (1, "import")),
    "a part that its exports do not name": ("ts", "import { x } from 'shopkit/inner/thing';\n", (1, "import")),
    "a package that is not in the lock": ("ts", "import { x } from 'shopkitt';\n", (1, "package")),
    "a module that Node does not have": ("ts", "import { x } from 'node:filesystem';\n", (1, "import")),
    "a promise that nobody waits for": (
        "ts",
        OPEN + "export async function f() {\n  session.merge({});\n}\n",
        (4, "await"),
    ),
    "a promise used as its value": ("ts", OPEN + "const text = session.get('a');\ntext.trim();\n", (3, "await")),
    "a promise as a condition": (
        "ts",
        "async function ok(): Promise<boolean> { return true; }\nexport async function f() {\n  if (ok()) return 1;\n}\n",
        (3, "await"),
    ),
    "a promise that a promise of another gives": (
        "ts",
        "interface Job extends Promise<1> { start(): Promise<2> }\nexport async function f(job: Job) {\n  ({ job }).job.start();\n}\n",
        (3, "await"),
    ),
    "a promise whose truth is asked": (
        "ts",
        OPEN + "export async function f() {\n  const text = session.get('a');\n  if (!text) return 1;\n}\n",
        (4, "await"),
    ),
    "a list of promises that is written out": (
        "ts",
        OPEN + "export const f = (ids: string[]) => JSON.stringify(ids.map((id) => session.get(id)));\n",
        (3, "await"),
    ),
    "a promise that is spread": (
        "ts",
        OPEN + "export const f = () => ({ ...session.get('a'), ok: true });\n",
        (3, "await"),
    ),
    "a class of JavaScript that is called": (
        "js",
        "class Fault extends Error {}\nthrow Fault('a');\n",
        (2, "attribute"),
    ),
    "a function of JavaScript's that is not called": (
        "js",
        "const a = ' b'.trim;\nconst c = ' b'.trim.toUpperCase();\n",
        (2, "attribute"),
    ),
    "a member of what stands beside a function in its file": (
        "ts",
        "export async function place(id: string) {\n  return session.fetch(id);\n}\n",
        (2, "attribute"),
    ),
    "a method that is waited for, and not called": (
        "ts",
        OPEN + "export async function f() {\n  await session.get;\n}\n",
        (4, "attribute"),
    ),
    "a method of a reply that a handler is given": (
        "js",
        "exports.show = (request, reply) => {\n  reply.json({});\n};\n",
        (2, "attribute"),
    ),
    "what is deprecated": ("ts", OPEN + "session.put({});\n", (3, "deprecated")),
    "an import that is left out": (
        "ts",
        "import { Session } from 'shopkit';\nconst all = (s: Session) => s;\ncloseAll();\n",
        (3, "import"),
    ),
    "a number where an object is wanted": (
        "ts",
        "import { open } from 'shopkit';\nexport const f = (port: number) => open(port);\n",
        (2, "argument"),
    ),
    "a text where a thing is wanted": ("ts", "import { open } from 'shopkit';\nopen({}, 'fetch');\n", (2, "argument")),
    "what no form takes": ("ts", "import { hear } from 'shopkit';\nhear(3000);\n", (2, "argument")),
    "what no form takes, by its name": (
        "ts",
        "import { hear } from 'shopkit';\nexport const f = (port: number) => hear(port);\n",
        (2, "argument"),
    ),
    "an import of Node's that is left out": (
        "ts",
        "import { openSession } from 'shopkit';\nopenSession(readFileSync('a', 'utf8'));\n",
        (2, "import"),
    ),
    "a package of the lock that is not imported": (
        "js",
        "import { openSession } from 'shopkit';\nopenSession(looselib.name());\n",
        (2, "import"),
    ),
    "a name of the team's own that is not imported": (
        "ts",
        "import { openSession } from 'shopkit';\nopenSession(new Order(1).total() + '');\n",
        (2, "import"),
    ),
    "a file that the team's alias does not lead to": (
        "ts",
        "import { pay } from '@/payments';\npay();\n",
        (1, "import"),
    ),
    "a slip in a name of its own": ("ts", "const subtotal = 1;\nconsole.log(subtotals2);\nsubtotall;\n", (3, "name")),
    "what is no code": ("ts", "function f() {\n  return 1;\n}}\n", (3, "syntax")),
    "a method, in JavaScript": (
        "js",
        "const { openSession } = require('shopkit');\nopenSession('a').upsert({});\n",
        (2, "attribute"),
    ),
    "a name, in JavaScript": ("js", "const { openSessions } = require('shopkit');\n", (1, "import")),
    "what CommonJS gives as a whole": (
        "js",
        "const Cache = require('cachekit');\nnew Cache().gett('a');\n",
        (2, "attribute"),
    ),
    "a member of what CommonJS gives as a whole": (
        "js",
        "const Cache = require('cachekit');\nCache.opened().get('a');\n",
        (2, "attribute"),
    ),
    "a name that a file of the team does not export": (
        "ts",
        "import { loadAll } from './src/orders';\nloadAll();\n",
        (1, "import"),
    ),
    "a promise that is handed on": (
        "ts",
        "import { load, type Order } from './src/orders';\nconst show = (one: Order) => one;\nshow(load('1'));\n",
        (3, "await"),
    ),
    "a module that is newer than the team's Node": (
        "ts",
        "import { DatabaseSync } from 'node:sqlite';\nnew DatabaseSync('a');\n",
        (1, "import"),
    ),
    "a property of an element": (
        "tsx",
        "import { useState } from 'react';\nexport const A = () => {\n  const [n, setN] = useState(0);\n"
        "  return <button onclick={() => setN(n + 1)}>{n}</button>;\n};\n",
        (4, "argument"),
    ),
    "the language's own": ("ts", "const a: string[] = [];\na.mapp((one) => one);\n", (2, "attribute")),
}


@pytest.mark.parametrize(("language", "code", "expected"), WRONG.values(), ids=WRONG)
async def test_what_is_wrong_is_found_at_its_line(
    shop: Shop, language: str, code: str, expected: tuple[int, str]
) -> None:
    assert expected in await shop.found(language, code)


RIGHT = {
    "a query that is put together step by step": (
        "ts",
        "interface Query extends Promise<1[]> { where(a: string): Query }\n"
        "export async function f(query: Query) {\n  query.where('a');\n  return await query;\n}\n",
    ),
    "a method of a reply that a plugin adds": ("ts", REPLY + "app.get('/', (_, reply) => reply.page('a'));\n"),
    "a method of a reply that the block adds": (
        "ts",
        REPLY + "app.decorateReply('json', () => 1);\napp.get('/', (_, reply) => reply.json({}));\n",
    ),
    "a method of a model that the block adds": (
        "ts",
        MODEL + "schema.statics.findOrCreate = () => 1;\nUser.findOrCreate({ a: 1 });\n",
    ),
    "what came of a call that fits no form": (
        "ts",
        "import { build } from 'querykit';\nexport const f = (when: Date) => {\n  const made = build(when);\n  return made();\n};\n",
    ),
    "a query that is waited for": (
        "ts",
        "import { rows } from 'querykit/pg';\nexport const f = async () => (await rows())[0];\n",
    ),
    "a whole use": (
        "ts",
        OPEN + "export async function f() {\n  await session.merge({ a: 1 });\n  return session.get('a');\n}\n",
    ),
    "names of the reader's own": (
        "ts",
        OPEN + "const user = await findUser(request.params.id);\nsession.merge(user).catch(report);\n",
    ),
    "what comes from outside it": (
        "ts",
        "const { id } = useParams();\nconst useParam = 1;\nuser.name;\nconst User = 2;\n",
    ),
    "a browser's name for a thing of the reader's": (
        "ts",
        "const all: Notification[] = [];\nall.map((one) => one.userId);\n",
    ),
    "what CommonJS puts beside it": ("js", "const Cache = require('cachekit');\nnew Cache().get('a');\nCache.Fault;\n"),
    "a property that the block adds": ("ts", "const out = {};\nout.total = 1;\nconsole.log(out.total);\n"),
    "what is left out": ("ts", OPEN + "openSession(...);\nsession.get(...args);\nconst x = { ... };\n"),
    "methods without their class": (
        "ts",
        "async save(order: Order): Promise<void> {\n  await this.repo.save(order);\n}\n",
    ),
    "an object on its own": ("js", '{\n  "a": 1,\n  b: [1, 2],\n}\n'),
    "a function without a name": ("js", "function (times) {\n  return times * 2;\n}\n"),
    "an element on its own": ("jsx", '<button title="a">b</button>\n'),
    "what is shown to be wrong": (
        "ts",
        OPEN + "// ❌ wrong\nsession.upsert({});\n\n// ✅ right\nsession.merge({}).then(done);\n",
    ),
    "what its writer knows": ("ts", OPEN + "// @ts-expect-error not yet declared\nsession.upsert({});\n"),
    "a program's start": (
        "js",
        "import { openSession } from 'shopkit';\nasync function main() {}\nmain();\nopenSession('a').merge({});\n",
    ),
    "waiting in an event": ("ts", OPEN + "process.env.A;\nbus.on('a', () => { session.merge({}); });\n"),
    "a return at the top": ("ts", "const res = await fetch('https://a.example');\nif (!res.ok) return;\n"),
    "a request with more on it": ("ts", "app.use((req, res, next) => { req.user = 1; next(); });\n"),
    "types of documentation": (
        "js",
        "/**\n * @returns {Promise}\n * @param {Moment} when\n */\nexport const f = (when) => when;\n",
    ),
    "a form of several": (
        "ts",
        "import { hear, open } from 'shopkit';\nhear('a');\nhear((fault) => fault.message);\nopen({ port: 1 });\nopen(given.place);\n",
    ),
    "a part of a file, without imports": ("ts", "const all = readFileSync('a', 'utf8');\nnew Order(1);\n"),
    "a name that anybody's may be": (
        "ts",
        OPEN + "export const f = (s: Session2) => join(s, new Server(), parse(db.rows));\n",
    ),
    "a member of what CommonJS gives as a whole": (
        "js",
        "const Cache = require('cachekit');\nCache.open().get('a');\n",
    ),
    "a program that says who runs it": ("js", "#!/usr/bin/env node\nconst a = 1;\n"),
    "documentation that is no type": ("js", "/**\n * @param {} a\n */\nexport const f = (a) => a;\n"),
    "a type that stands for any": ("ts", "export const f = <T>(a: T): T => {\n  return a;\n};\n"),
    "a name that is given something else, in JavaScript": (
        "js",
        "const { openSession } = require('shopkit');\nlet s = openSession('a');\ns = JSON.parse('{}');\ns.upsert({});\n",
    ),
    "another language's word": (
        "typescript",
        "type A = { [K in 'a' | 'b']?: number };\nconst a = { a: 1 } satisfies A;\nconsole.log(a.a);\n",
    ),
}


@pytest.mark.parametrize(("language", "code"), RIGHT.values(), ids=RIGHT)
async def test_what_is_right_is_left_alone(shop: Shop, language: str, code: str) -> None:
    verdict = await shop.check(language, code)

    assert verdict.findings == ()
    assert verdict.state == "none"


async def test_what_was_looked_at_is_named_with_its_version(shop: Shop) -> None:
    verdict = await shop.check("ts", OPEN + "import { readFileSync } from 'node:fs';\nreadFileSync('a', 'utf8');\n")

    assert (verdict.state, verdict.versions) == ("none", {"shopkit": "2.1.0", "node": "20"})


async def test_a_finding_says_what_there_is_and_where(shop: Shop) -> None:
    (one,) = (await shop.check("ts", OPEN + "session.totl();\n")).findings

    assert (one.message, one.package, one.version) == (
        "`Session` has no `totl`; did you mean `total`?",
        "shopkit",
        "2.1.0",
    )


async def test_a_library_without_types_is_only_partly_looked_at(shop: Shop) -> None:
    verdict = await shop.check("ts", OPEN + "import loose from 'looselib';\nloose.anything();\n")

    assert (verdict.state, verdict.reasons) == ("partial", ("looselib declares no types",))


async def test_a_package_that_is_only_there_for_another_is_noted(shop: Shop) -> None:
    verdict = await shop.check("ts", "import type { Money } from 'moneykit';\nimport { other } from 'moneykit';\n")

    assert any("only for another package" in one for one in verdict.warnings)


async def test_later_blocks_know_the_names_of_earlier_ones(shop: Shop) -> None:
    first = "export interface Row { id: string }\nconst rows: Row[] = [];\n"

    assert await shop.found("ts", first, "rows.map((row) => row.idd);\n") == [(1, "attribute")]
    assert await shop.found("ts", first, "const rows = 3;\nrows.toFixed();\n") == []


async def test_the_team_s_own_files_count_by_their_paths_and_by_its_aliases(shop: Shop) -> None:
    assert await shop.found("ts", "import { Order } from '@/orders';\nnew Order(1).totl();\n") == [(2, "attribute")]
    assert await shop.found("ts", "import { tool } from '@team/tool';\ntool(1, 2);\n") == [(2, "argument")]
    show = "import { load } from '../orders';\nexport const show = async () => load('1').total();\n"
    assert await shop.found("ts", show, path="src/api/show.ts") == [(2, "await")]
    near = "import { load } from '../ordres';\nload('1');\n"
    assert await shop.found("ts", near, path="src/api/other.ts") == [(1, "import")]


async def test_a_file_that_is_not_there_is_said_where_its_folder_is_the_team_s(shop: Shop) -> None:
    lost = "import { pay } from '../billing';\npay();\n"
    assert await shop.found("ts", lost, path="src/api/pay.ts") == [(1, "import")]
    assert await shop.found("ts", lost.replace("..", "../far/away"), path="src/api/pay.ts") == []
    assert await shop.found("ts", "export const pay = () => 1;\n", lost, path="src/api/pay.ts") == []
    assert await shop.found("ts", lost) == []


OWN = "import { load } from './orders.js';\nimport { show } from './api/show';\nexport async function f() {\n"
OF_OWN = {
    "nothing": (OWN + "  return (await load('1')).cents + (await show());\n}\n", []),
    "a member": (OWN + "  return (await load('1')).euros;\n}\n", [(4, "attribute")]),
    "an argument": (OWN + "  await load(1);\n}\n", [(4, "argument")]),
    "a promise that is taken for its outcome": (OWN + "  return load('1').total();\n}\n", [(4, "await")]),
    "a promise that stands where its outcome is wanted": (
        OWN + "  let order: { cents: number; total(): number };\n  order = load('1');\n  return order;\n}\n",
        [(5, "await")],
    ),
    "a member of what a class holds": (
        "import { Order } from './orders.js';\nexport class A {\n  constructor(private readonly order: Order) {}\n"
        "  sum() { return this.order.total() + this.order.taxes() + this.mine; }\n}\n",
        [(4, "attribute")],
    ),
    "a promise that is negated": (OWN + "  if (!show()) return 1;\n}\n", [(4, "await")]),
    "a promise that a list is filtered by": (OWN + "  return ['a'].filter((one) => load(one));\n}\n", [(4, "await")]),
    "a default that is not there": ("import load from './orders.js';\nload('1');\n", [(1, "import")]),
    "a promise that nobody waits for": (OWN + "  show();\n}\n", [(4, "await")]),
    "a word that a union of the team's does not hold": (
        "import { mark } from './status';\nconst all = ['open', 'sent'] as const;\nexport const f = (at: 0 | 1) => mark(all[at]);\n",
        [(3, "argument")],
    ),
    "what is deprecated, at its use": (
        "import { mark, oldMark } from './status';\nmark('open');\noldMark('open');\n",
        [(3, "deprecated")],
    ),
    "a name of a file that hands on what nobody can read": (
        "import { load, other } from './all';\nother(load('1'));\n",
        [],
    ),
    "an heir of what is generated": (
        "import { Heir } from './heir';\nexport const f = (): number => new Heir(1).own() + new Heir().load();\n",
        [],
    ),
    "a path": (
        "import { load } from './orders.js';\nimport { show } from './api/shw';\nshow(load);\n",
        [(2, "import")],
    ),
    "a name": ("import { laod } from '../orders';\nlaod('1');\n", [(1, "import")]),
    "a package that is built first": ("import { price } from '@team/built';\nprice('1');\n", [(2, "argument")]),
}


@pytest.mark.parametrize(("code", "expected"), OF_OWN.values(), ids=OF_OWN)
async def test_a_block_that_names_no_file_stands_where_its_imports_lead(
    shop: Shop, code: str, expected: list[tuple[int, str]]
) -> None:
    verdict = await shop.check("ts", code)

    assert [(one.line, one.kind) for one in verdict.findings] == expected
    assert verdict.state == ("problems" if expected else "none")


@pytest.mark.parametrize("path", ["./somewhere/else", "../../../../etc/passwd", "@/generated/client"])
async def test_an_import_that_leads_to_no_file_is_not_said_to_be_right(shop: Shop, path: str) -> None:
    verdict = await shop.check("ts", f"import {{ thing }} from '{path}';\nthing.go();\n")

    assert (verdict.state, verdict.findings) == ("partial", ())
    assert any(path in one for one in verdict.reasons)


async def test_other_blocks_of_the_answer_count_as_files(shop: Shop) -> None:
    new = "// src/refunds.ts\nexport async function refund(id: string): Promise<number> { return id.length; }\n"
    used = "import { load } from './orders';\nimport { refund } from './refunds';\nexport const f = async () => "

    assert await shop.found("ts", new, used + "[await refund('1'), await load('1')];\n") == []
    assert await shop.found("ts", new, used + "[await refund(1), await load('1')];\n") == [(3, "argument")]
    changed = "export class Order { euros(): number { return 1; } }\n"
    assert await shop.found("ts", changed, "import { Order } from './orders';\nnew Order().euros();\n") == []


async def test_what_only_the_other_kind_of_module_has_is_said(shop: Shop) -> None:
    code = "const { openSession } = require('shopkit');\nimport 'shopkit';\nopenSession('a');\n"

    assert await shop.found("js", code, path="src/a.cjs") == [(2, "syntax")]


async def test_what_javascript_of_the_team_does_not_export_and_its_node_does_not_have_is_said(shop: Shop) -> None:
    code = "const { sendMial } = require('./lib/mail');\nrequire('fs');\nmodule.exports = () => sendMial(new WebSocket('a'));\n"

    assert await shop.found("js", code) == [(1, "import"), (3, "name")]


async def test_a_change_shows_no_imports_to_miss(shop: Shop) -> None:
    diff = "--- a/src/api/show.ts\n+++ b/src/api/show.ts\n@@ -1,2 +1,2 @@\n import { load } from '../orders';\n+new Order(1);\n"

    assert (await shop.check("diff", diff)).findings == ()


COMMON = "import whole from 'common';\nwhole.common('a').close();\n"
UNLISTED = "import { open, shut } from 'unlisted';\nopen();\n"
LAST = "export const last = (all: number[]) => all.findLast((one) => one > 1);\n"
CONFIGURED = {
    "a module of Node's": ({"module": "nodenext"}, COMMON, []),
    "the same for a bundler": ({"module": "esnext", "moduleResolution": "bundler"}, COMMON, [(2, "attribute")]),
    "from before exports": ({"module": "commonjs", "moduleResolution": "node"}, UNLISTED, [(1, "import")]),
    "since exports": ({"module": "nodenext"}, UNLISTED, []),
    "an older language": ({"target": "es2021"}, LAST, [(1, "attribute")]),
    "by its library": ({"target": "es2021", "lib": ["ES2023"]}, LAST, []),
    "a path without its ending": ({"module": "nodenext"}, "import { load } from '../orders';\nload('1');\n", []),
}


@pytest.mark.parametrize(("options", "code", "expected"), CONFIGURED.values(), ids=CONFIGURED)
async def test_the_team_s_compiler_options_count(
    shop: Shop, tmp_path: Path, options: dict[str, object], code: str, expected: list[tuple[int, str]]
) -> None:
    lock = shop.stand.tree.locks["package-lock.json"] if shop.stand.tree else ""
    told = json.dumps({**json.loads(TREE["package.json"]), "type": "module"})
    config = json.dumps({"compilerOptions": {"strict": True, **options}})
    files = {**TREE, "package.json": told, "package-lock.json": lock, "tsconfig.json": config}
    stand = stand_of(tmp_path / "shop", files, shop.room._trees)

    (verdict,) = await shop.rooms.against([Block("ts", code, "src/api/new.ts")], stand)

    assert [(one.line, one.kind) for one in verdict.findings] == expected


async def test_what_a_block_says_of_the_team_s_code_names_the_repository(shop: Shop) -> None:
    verdict = await shop.check("ts", "import { Order } from '@/orders';\nnew Order(1).total();\n")

    assert (verdict.state, set(verdict.versions)) == ("none", {"shop"})


async def test_a_change_is_looked_at_by_what_it_adds(shop: Shop) -> None:
    diff = "--- a/src/api/show.ts\n+++ b/src/api/show.ts\n@@ -1,2 +1,2 @@\n import { load } from '../orders';\n-x\n+load('1', 2);\n"
    verdict = await shop.check("diff", diff)

    assert [(one.line, one.kind) for one in verdict.findings] == [(6, "argument")]


async def test_without_a_repository_the_newest_versions_are_taken_and_named(shop: Shop) -> None:
    alone = Stand(Pins("3.11"))
    verdict = await shop.check("ts", OPEN + "session.merge({}).then(ok);\n", stand=alone)

    assert verdict.state == "none"
    assert "shopkit 2.1.0 (newest)" in verdict.assumed
    assert (await shop.check("ts", "import x from 'no-such-package-here';\n", stand=alone)).findings[0].message == (
        "the npm registry has no `no-such-package-here`"
    )
    own = await shop.check("ts", "import x from '@acme/inner';\nx();\n", stand=alone)
    assert (own.state, own.reasons) == ("unchecked", ("`@acme/inner` is not in the registry, and may be your own",))


async def test_without_a_registry_all_but_the_packages_is_looked_at(shop: Shop, tmp_path: Path) -> None:
    lent_to(tmp_path / "scripts")
    room = ScriptRoom(tmp_path / "scripts", tmp_path / "trees", Registry(Registries()))
    try:
        stand = stand_of(tmp_path / "shop", TREE, tmp_path / "trees")
        with_package, own = await room.check([Block("ts", OPEN), Block("ts", "const a = 1;\na.toFixd();\n")], stand)
    finally:
        await room.stop()

    assert (with_package.state, with_package.reasons[0]) == (
        "unchecked",
        "no npm registry: no npm package was looked at",
    )
    assert [(one.line, one.kind) for one in own.findings] == [(2, "attribute")]


async def test_a_registry_that_was_away_counts_again_when_it_is_back(shop: Shop, tmp_path: Path) -> None:
    lent_to(tmp_path / "scripts")
    files = {**TREE, "package-lock.json": shop.stand.tree.locks["package-lock.json"] if shop.stand.tree else ""}
    stand = stand_of(tmp_path / "shop", files, tmp_path / "trees")
    away = ScriptRoom(tmp_path / "scripts", tmp_path / "trees", Registry(Registries("http://127.0.0.1:9/")))
    back = ScriptRoom(tmp_path / "scripts", tmp_path / "trees", Registry(Registries(shop.npm.address)))
    wrong = Block("ts", OPEN + "session.totl();\n")
    try:
        (first,) = await away.check([wrong], stand)
        (second,) = await back.check([wrong], stand)
    finally:
        await away.stop()
        await back.stop()

    assert (first.state, first.findings) == ("unchecked", ())
    assert "could not be reached" in first.reasons[0]
    assert [one.line for one in second.findings] == [3]


async def test_without_a_compiler_a_block_says_that_it_is_not_checked(tmp_path: Path) -> None:
    room = ScriptRoom(tmp_path / "scripts", tmp_path / "trees", Registry(Registries()))

    (verdict,) = await room.check([Block("ts", "x")], Stand(Pins("3.11")))

    assert verdict == Verdict("unchecked", reasons=("no npm registry to fetch the TypeScript compiler from",))


HOSTILE = {
    "long": "a" * 100_001,
    "deep": "(" * 5_000 + ")" * 5_000,
    "deep types": "type A = " + "Array<" * 2_000 + "1" + ">" * 2_000,
    "deep members": "a" + ".b" * 2_000 + ";",
    "nothing": "\n \n",
    "zeros": "const a = 1;\0\0\n",
    "half a character": "const a = '\ud83d';\n",
    "a way up": "import '../../../../../../etc/passwd';\nimport x from '/etc/passwd';\nrequire('file:///etc/passwd');\n",
    "names that are none": "import a from '';\nimport b from ' ';\nimport d from '@';\nimport e from 'a/../../b';\n",
    "references": '/// <reference path="/etc/passwd" />\n/// <reference types="../../x" />\nconst a = 1;\n',
    "a type without an end": "type F<T> = F<[T]> | F<T>;\nconst x: F<[1]> = 1;\n",
}


@pytest.mark.parametrize("code", HOSTILE.values(), ids=HOSTILE)
async def test_hostile_blocks_end_in_a_verdict_and_nothing_else(shop: Shop, code: str) -> None:
    assert (await shop.check("ts", OPEN)).state == "none"  # with the team's packages fetched
    before = len(shop.npm.asked)

    verdict = await shop.check("ts", code)

    assert verdict.state in ("none", "partial", "unchecked", "problems")
    assert (await shop.check("ts", OPEN)).state == "none"
    assert len(shop.npm.asked) == before


SECRET = "export interface Salary { amountOfTheBoss: number }\nexport declare const salary: Salary;\n"
WAYS_OUT = {
    "an absolute path": "import {{ salary }} from '{0}';\nsalary.amountOfTheBos;\n",
    "in double quotes": 'import {{ salary }} from "{0}";\nsalary.amountOfTheBos;\n',
    "a way up": "import {{ salary }} from '../../../../../../../../../../..{0}';\nsalary.amountOfTheBos;\n",
    "a type": "const a: import('{0}').Salary = null!;\na.amountOfTheBos;\n",
    "with a comment between": "import {{ salary }} from /* a */ '{0}';\nsalary.amountOfTheBos;\n",
    "on two lines": "import {{ salary }} from\n'{0}';\nsalary.amountOfTheBos;\n",
    "asked for later": "const a = await import(`{0}`);\na.salary.amountOfTheBos;\n",
    "required": "import a = require('{0}');\na.salary.amountOfTheBos;\n",
    "a reference": '/// <reference path="{0}.ts" />\nimport {{ salary }} from "x/../../..{0}";\nsalary.amountOfTheBos;\n',
    "re-exported": "export * from '{0}';\nexport {{ salaryy }} from '{0}';\n",
    "in escapes": "import {{ salary }} from '\\x2f{0}';\nsalary.amountOfTheBos;\n",
    "declared": "declare module '{0}' {{ interface Salary {{ a: 1 }} }}\nconst a: import('{0}').Salary = null!;\na.amountOfTheBos;\n",
}


@pytest.mark.parametrize("code", WAYS_OUT.values(), ids=WAYS_OUT)
@pytest.mark.parametrize("language", ["ts", "js"])
async def test_no_file_outside_the_repository_is_told_of(shop: Shop, tmp_path: Path, language: str, code: str) -> None:
    (tmp_path / "secret.ts").write_text(SECRET)

    verdict = await shop.check(language, code.format(tmp_path / "secret"))

    assert "amountOfTheBoss" not in str(verdict)


@pytest.mark.parametrize("name", ["../../evil", "/evil", "a\0b", "x" * 5_000, "..", "@a/../../b", "a/b/c", ""])
async def test_a_lock_with_names_that_are_none_is_still_looked_at(shop: Shop, tmp_path: Path, name: str) -> None:
    lent_to(tmp_path / "scripts")
    lock = json.loads(shop.stand.tree.locks["package-lock.json"] if shop.stand.tree else "")
    told = {**json.loads(TREE["package.json"]), "name": name, "dependencies": {"shopkit": "^2", name: "^2"}}
    lock["packages"][""] = told
    lock["packages"][f"node_modules/{name}"] = {**lock["packages"]["node_modules/shopkit"], "name": "shopkit"}
    files = {"package.json": json.dumps(told), "package-lock.json": json.dumps(lock)}
    stand = stand_of(tmp_path / "shop", files, tmp_path / "trees")
    room = ScriptRoom(tmp_path / "scripts", tmp_path / "trees", Registry(Registries(shop.npm.address)))
    try:
        (verdict,) = await room.check([Block("ts", OPEN + "session.totl();\n")], stand)
    finally:
        await room.stop()

    assert [one.line for one in verdict.findings] == [3]
    assert below(tmp_path) == {"scripts", "shop", "trees"}


async def test_a_path_that_leads_elsewhere_is_no_place(shop: Shop) -> None:
    for path in ("../../../tmp/x.ts", "/etc/x.ts", "a/../../x.ts", "node_modules/shopkit/x.ts"):
        assert (await shop.check("ts", OPEN, path=path)).state == "none"


async def test_the_compiler_ends_when_nobody_asks_and_begins_again(shop: Shop) -> None:
    assert await shop.found("ts", OPEN + "session.upsert({});\n") == [(3, "attribute")]
    checkers = shop.room._checkers
    assert checkers is not None
    assert checkers.process_id is not None

    checkers._end()
    async with asyncio.timeout(60):
        await checkers.ended.wait()

    assert checkers.process_id is None
    assert await shop.found("ts", OPEN + "session.upsert({});\n") == [(3, "attribute")]


async def test_a_name_of_a_package_is_looked_up_at_the_locked_version(shop: Shop) -> None:
    said = await shop.room.api("shopkit", "Session.merge", shop.stand)

    assert said.startswith("merge in shopkit 2.1.0:")
    assert "merge(value: object): Promise<void>;" in said
    assert (
        await shop.room.api("shopkit", "opensession", shop.stand)
        == "shopkit 2.1.0 has no opensession. Nearest: openSession."
    )
    assert await shop.room.api("sqlalchemy", "Session", shop.stand) == ""


async def test_what_is_built_ahead_is_said(shop: Shop, tmp_path: Path) -> None:
    assert await shop.room.prepare(shop.stand) == "declarations of 13 npm packages"
    assert await shop.room.prepare(stand_of(tmp_path / "other", {"a.py": "x = 1\n"}, tmp_path / "trees")) == ""
