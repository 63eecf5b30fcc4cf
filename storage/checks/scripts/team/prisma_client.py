"""Declarations of the client that Prisma generates from a schema: names of models, fields, relations and values of enums, with as much
of the rest as is needed to read code that uses them. What could be more than one thing is `any`.

https://www.prisma.io/docs/orm/reference/prisma-client-reference
"""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from storage.checks import prisma_schema
from storage.checks.prisma_schema import Block, Field
from storage.checks.scripts.team.own_texts import text_of, walked

HEAD = Path(__file__).with_suffix(".d.ts")
FILE = "plumbline_prisma{}.d.ts"
LARGEST_BYTES, MOST_FILES, MOST_MODELS = 1_000_000, 200, 600
SCALARS = {
    "String": "string", "Boolean": "boolean", "Int": "number", "Float": "number", "BigInt": "bigint | number", "Decimal": "any",
    "DateTime": "Date | string", "Json": "any", "Bytes": "any",
}  # fmt: skip
READ = {**SCALARS, "BigInt": "bigint", "DateTime": "Date"}
"""As a result has them."""

OF_MODEL = """FindManyArgs FindUniqueArgs FindFirstArgs FindUniqueOrThrowArgs FindFirstOrThrowArgs CreateArgs UpdateArgs
UpsertArgs DeleteArgs CreateManyArgs UpdateManyArgs DeleteManyArgs CountArgs AggregateArgs GroupByArgs
DefaultArgs FieldRefs Delegate ScalarFieldEnum ScalarWhereInput ScalarWhereWithAggregatesInput RelationFilter
ListRelationFilter CreateNestedManyWithoutInput"""
OF_CLIENT = """JsonValue JsonObject JsonArray InputJsonValue InputJsonObject InputJsonArray PrismaClientOptions LogLevel
LogDefinition QueryEvent LogEvent MiddlewareParams Middleware BatchPayload SortOrder QueryMode NullsOrder Sql
ModelName PrismaPromise DMMF TypeMap DefaultArgs InternalArgs Exact Args Result Payload Operation Subset
SelectSubset GetEvents Datasource Datasources ErrorFormat TransactionIsolationLevel NullableJsonNullValueInput
JsonNullValueInput JsonNullValueFilter Enumerable XOR Metrics Metric Bytes"""
VALUES = """Decimal sql join raw empty defineExtension getExtensionContext dmmf prismaVersion JsonNull DbNull AnyNull skip
ModelName SortOrder QueryMode TransactionIsolationLevel NullTypes Sql NullsOrder objectEnumValues sqltag"""
"""Of its namespace, what may be more than one thing."""
GENERATORS = re.compile(r'provider\s*=\s*"prisma-client(?:-js)?"')
OUTPUT = re.compile(r'output\s*=\s*"([\w./@-]+)"')
DECLARED = re.compile(r"^ *export interface (\w+)", re.MULTILINE)
FIELDS = re.compile(r"\bfields:\s*\[([^\]]*)\]")
ENTRIES = ("@prisma/client", *(f"@prisma/client/{one}" for one in ("index.js", "index", "default", "edge", "wasm")))


def schemas(root: Path) -> list[str]:
    """The files of a tree that hold schemas, by their paths."""
    found = [
        posixpath.join(here, one) for here, _, files in walked(root) for one in sorted(files) if one.endswith(".prisma")
    ]
    return found[:MOST_FILES]


def is_made(root: Path) -> bool:
    return any(root.glob(FILE.format("*")))


def names(root: Path) -> frozenset[str]:
    """Of the client and the models that are declared; none where nothing is. Blocks."""
    texts = [text_of(one, LARGEST_BYTES) for one in root.glob(FILE.format("*"))]
    return frozenset(name for text in texts for name in DECLARED.findall(text))


def made(root: Path, folder: str, files: Sequence[str]) -> dict[str, list[str]]:
    """Writes the declarations for a folder of the tree, from the schema below it or the only one of the tree. Gives what `paths` of a
    configuration maps to them; nothing where there is no schema, or more than one, or more than 600 models. `files` are the tree's
    schemas; one above 1 MB counts as empty. Raises OSError where the disk does not take it."""
    below = [one for one in files if one.startswith(f"{folder}/")] if folder else []
    chosen = below or list(files)
    every = prisma_schema.blocks("\n".join(text_of(root / one, LARGEST_BYTES) for one in chosen))
    sources = sum(one.kind == "datasource" for one in every)
    models = [one for one in every if one.kind in ("model", "view")]
    if sources > 1 or not models or len(models) > MOST_MODELS or len({one.name for one in models}) != len(models):
        return {}
    name = FILE.format(f"_{re.sub(r'[^A-Za-z0-9]+', '_', folder)}" if below and folder else "")
    _put(root / name, written(every))
    for one in every:
        if one.kind == "generator" and GENERATORS.search(one.body) and (output := OUTPUT.search(one.body)):
            place = posixpath.normpath(posixpath.join(posixpath.dirname(chosen[0]), output[1]))
            if not place.startswith((".", "/")) and "node_modules" not in place and not (root / place).exists():
                (root / place).mkdir(parents=True)
                up = "/".join([".."] * (place.count("/") + 1))
                for entry in ("index.d.ts", "client.d.ts"):
                    _put(root / place / entry, f"export * from '{up}/{name.removesuffix('.d.ts')}';\n")
    return {one: [f"/{name}"] for one in ENTRIES}


def _put(path: Path, text: str) -> None:
    beside = path.with_name(f"{path.name}.{os.getpid()}.new")
    beside.write_text(text)
    beside.replace(path)


def written(every: Sequence[Block]) -> str:
    """The declarations of a schema's client."""
    models = {one.name: one for one in every if one.kind in ("model", "view")}
    enums = {one.name: [value for value, _ in prisma_schema.values(one)] for one in every if one.kind == "enum"}
    parts = [HEAD.read_text(), *(_enum(name, values) for name, values in enums.items())]
    space = [f"  export type {one}<A = any, B = any, C = any> = any;" for one in OF_CLIENT.split()]
    space += [f"  export const {one}: any;" for one in VALUES.split()]
    for name, block in models.items():
        kept = [one for one in prisma_schema.fields(block) if "@ignore" not in one.attributes]
        scalars = [one for one in kept if one.kind not in models]
        relations = [one for one in kept if one.kind in models]
        parts.append(_result(name, scalars, relations, enums))
        space += _inputs(name, block, scalars, relations, enums)
    client = [f"  {name[0].lower()}{name[1:]}: {_delegate(name)};" for name in models]
    parts.append("export declare namespace Prisma {\n" + "\n".join(space) + "\n}")
    parts.append("export interface PrismaClient<A = any, B = any, C = any> {\n" + "\n".join(client) + "\n}")
    held = "".join(f" export type {one} = any; export const {one}: any;" for one in enums)
    parts.append(f"export declare namespace $Enums {{{held} }}\n")
    return "\n".join(parts)


def _enum(name: str, values: Sequence[str]) -> str:
    held = "; ".join(f"{one}: '{one}'" for one in values)
    return f"export declare const {name}: {{ {held} }};\nexport type {name} = (typeof {name})[keyof typeof {name}];"


def _result(name: str, scalars: Sequence[Field], relations: Sequence[Field], enums: Mapping[str, object]) -> str:
    """What a query gives: with the relations, which an `include` may ask for."""
    lines = [f"{one.name}: {_read(one, enums)}" for one in scalars]
    lines += [
        f"{one.name}: {one.kind}{'[]' if one.is_list else ' | any' if one.is_optional else ''}" for one in relations
    ]
    return f"export interface {name} {{ {'; '.join(lines)}; _count: any }}"


def _read(one: Field, enums: Mapping[str, object]) -> str:
    kind = one.kind if one.kind in enums else READ.get(one.kind, "any")
    return f"({kind})[]" if one.is_list else f"{kind} | null" if one.is_optional and kind != "any" else kind


def _kind(one: Field, enums: Mapping[str, object]) -> str:
    return one.kind if one.kind in enums else SCALARS.get(one.kind, "any")


def _asked(one: Field, enums: Mapping[str, object]) -> str:
    """What a field may be compared with; an enum's values stand in full, for messages name them."""
    if one.is_list:
        return "any"
    return f"{one.kind} | null | $Compare" if one.kind in enums else f"$Filter<{_kind(one, enums)}>"


def _written(one: Field, enums: Mapping[str, object]) -> str:
    """What a field may be set to."""
    if one.is_list:
        return "any"
    return f"{one.kind} | null | {{ set?: any }}" if one.kind in enums else f"$Value<{_kind(one, enums)}>"


def _inputs(
    name: str, block: Block, scalars: Sequence[Field], relations: Sequence[Field], enums: Mapping[str, object]
) -> Iterator[str]:
    def typed(what: str, lines: Sequence[str]) -> str:
        return f"  export type {name}{what} = {{ {'; '.join(lines)} }};"

    where = [f"{one.name}?: {_asked(one, enums)}" for one in scalars]
    where += [f"{one.name}?: ${'List' if one.is_list else 'One'}Filter<{one.kind}WhereInput>" for one in relations]
    where += [f"AND?: $Many<{name}WhereInput>", f"OR?: {name}WhereInput[]", f"NOT?: $Many<{name}WhereInput>"]
    unique = [f"{given or '_'.join(names)}?: any" for _, given, names in prisma_schema.keys(block)]
    data = [f"{one.name}?: {_written(one, enums)}" for one in scalars]
    data += [f"{one.name}?: $Related" for one in relations]
    single = [one.name for one in scalars if re.search(r"@(?:id|unique)\b", one.attributes)]
    yield typed("WhereInput", where)
    yield typed("By", [*where, *unique])
    keys = [*single, *(given or "_".join(names) for _, given, names in prisma_schema.keys(block))]
    by = " | ".join(f"{{ {one}: any }}" for one in keys)
    yield f"  export type {name}WhereUniqueInput = {name}By" + (f" & ({by});" if by else ";")
    yield typed("DataInput", data)
    needed = "; ".join(f"{one.name}: any" for one in _needed(scalars, relations))
    yield f"  export type {name}NewInput = {name}DataInput & {{ {needed} }};"
    yield typed(
        "OrderByInput",
        [*(f"{one.name}?: $Order" for one in scalars), *(f"{one.name}?: any" for one in relations), "_relevance?: any"],
    )
    yield typed(
        "Select",
        [
            *(f"{one.name}?: boolean" for one in scalars),
            *(f"{one.name}?: boolean | {_nested(one)}" for one in relations),
            "_count?: any",
        ],
    )
    yield typed("Include", [*(f"{one.name}?: boolean | {_nested(one)}" for one in relations), "_count?: any"])
    names = " | ".join(f"'{one.name}'" for one in scalars) or "never"
    yield f"  export type {name}Names = {names};"
    asked = "; ".join(
        f"{one.name}(args?: {_nested(one)}): {'PrismaPromise<any>' if one.is_list else f'Prisma__{one.kind}Client<any>'}"
        for one in relations
    )
    yield f"  export interface Prisma__{name}Client<T, A = any, B = any, C = any> extends $Query<T> {{ {asked} }}"
    for alias in (
        "OrderByWithRelationInput",
        "OrderByWithRelationAndSearchRelevanceInput",
        "OrderByWithAggregationInput",
    ):
        yield f"  export type {name}{alias} = {name}OrderByInput;"
    for alias in ("CreateInput", "UncheckedCreateInput", "CreateManyInput"):
        yield f"  export type {name}{alias} = {name}NewInput;"
    for alias in ("UpdateInput", "UncheckedUpdateInput",
                  "UpdateManyMutationInput", "UncheckedUpdateManyInput"):  # fmt: skip
        yield f"  export type {name}{alias} = {name}DataInput;"
    yield f"  export type {name}GetPayload<A = any> = {name};"
    yield from (f"  export type {name}{one}<A = any> = any;" for one in OF_MODEL.split())


def _needed(scalars: Sequence[Field], relations: Sequence[Field]) -> Iterator[Field]:
    """What a new row cannot do without; keys of other rows may be given by the relation instead."""
    keys = {name for one in relations for found in FIELDS.findall(one.attributes) for name in re.findall(r"\w+", found)}
    for one in scalars:
        is_given = one.is_list or one.is_optional or re.search(r"@(?:default|updatedAt)\b", one.attributes)
        if not is_given and one.name not in keys:
            yield one


def _nested(one: Field) -> str:
    return (
        f"$Search<{one.kind}WhereInput, {one.kind}WhereUniqueInput, {one.kind}Select, {one.kind}Include, "
        f"{one.kind}OrderByInput, {one.kind}Names>"
    )


def _delegate(name: str) -> str:
    of = [
        f"Prisma.{name}{one}"
        for one in (
            "WhereInput",
            "WhereUniqueInput",
            "DataInput",
            "NewInput",
            "Select",
            "Include",
            "OrderByInput",
            "Names",
        )
    ]
    return f"$Delegate<{name}, {', '.join(of)}, {_query(name, name)}, {_query(name, f'{name} | null')}>"


def _query(name: str, row: str) -> str:
    """What a query for one row is before it is waited for: its relations may be asked of it."""
    return f"Prisma.Prisma__{name}Client<{row}>"
