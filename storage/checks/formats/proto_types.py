"""Types of Protocol Buffers, and the words of other languages that are written for them."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass

from bot.capabilities.checks.verdicts import Finding
from storage.checks.formats import nodes

SCALARS = frozenset(
    "double float int32 int64 uint32 uint64 sint32 sint64 fixed32 fixed64 sfixed32 sfixed64 bool string bytes".split()
)
MEANT = {
    "int": "int32", "integer": "int32", "long": "int64", "uint": "uint32", "str": "string", "text": "string", "boolean": "bool",
    "float32": "float", "float64": "double", "decimal": "double", "number": "double", "int16": "int32", "int8": "int32",
    "byte": "bytes",
    "uuid": "string",
    "datetime": "google.protobuf.Timestamp", "timestamp": "google.protobuf.Timestamp", "date": "string",
    "String": "string", "Int": "int32", "Boolean": "bool", "any": "google.protobuf.Any", "list": "repeated", "array": "repeated",
}  # fmt: skip


@dataclass(slots=True)
class Used:
    name: str
    line: int


def unknown(used: Iterable[Used], defined: Container[str], *, has_imports: bool) -> Iterator[Finding]:
    """A type by the name of another language's. What else nothing defines may be another file's."""
    for one in used:
        if one.name in SCALARS or one.name.rpartition(".")[2] in defined or "." in one.name:
            continue
        if meant := MEANT.get(one.name):
            yield Finding(one.line, "name", f"Protocol Buffers have no type `{one.name}`; did you mean `{meant}`?")
        elif not has_imports and one.name.islower() and (guess := nodes.near(one.name, SCALARS)):
            yield Finding(one.line, "name", f"Protocol Buffers have no type `{one.name}`{guess}")
