"""What a schema of Prisma says, read from its text: https://www.prisma.io/docs/orm/reference/prisma-schema-reference"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

BLOCK = re.compile(
    r"^\s*(model|enum|view|datasource|generator|type)\s+(\w+)\s*\{\n?(.*?)^\s*\}", re.MULTILINE | re.DOTALL
)
FIELD = re.compile(r"^\s*(\w+)\s+(\w+)(\[\])?(\?)?(.*)$")


@dataclass(frozen=True, slots=True)
class Block:
    """`kind` is model, view, enum, type, datasource or generator."""

    kind: str
    name: str
    body: str


@dataclass(frozen=True, slots=True)
class Field:
    """`attributes` is what follows the type, `@id @default(...)`."""

    name: str
    kind: str
    is_list: bool
    is_optional: bool
    attributes: str


def blocks(text: str) -> list[Block]:
    return [Block(*found) for found in BLOCK.findall(re.sub(r"//[^\n]*", "", text))]


def fields(block: Block) -> Iterator[Field]:
    for line in block.body.split("\n"):
        if not line.strip().startswith("@@") and (found := FIELD.match(line)):
            name, kind, is_list, is_optional, rest = found.groups()
            yield Field(name, kind, bool(is_list), bool(is_optional), rest)


def values(block: Block) -> list[tuple[str, str]]:
    """Of an enum: each value as the program writes it, and as the database holds it."""
    body = re.sub(r"^\s*@@.*$", "", block.body, flags=re.MULTILINE)
    found = re.findall(r'^\s*(\w+)(?:[^\n]*@map\("([^"]+)"\))?', body, re.MULTILINE)
    return [(value, mapped or value) for value, mapped in found]


def keys(block: Block) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """`id` or `unique`, the name it is given ("" for none), and its fields."""
    for what, given in re.findall(r"@@(id|unique)\(([^\n]*)\)", block.body):
        listed = re.search(r"\[([^\]]*)\]", given)
        named = re.search(r'(?<!\w)name:\s*"(\w+)"', given)
        names = tuple(re.sub(r"\(.*", "", one.strip()) for one in listed[1].split(",")) if listed else ()
        yield what, named[1] if named else "", names
