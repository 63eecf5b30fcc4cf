"""Types of Protocol Buffers, and the words of other languages that are written for them."""

from __future__ import annotations

from dataclasses import dataclass, field

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


BROUGHT = {
    "any": "Any",
    "api": "Api Method Mixin",
    "duration": "Duration",
    "empty": "Empty",
    "field_mask": "FieldMask",
    "source_context": "SourceContext",
    "struct": "Struct Value ListValue NullValue",
    "timestamp": "Timestamp",
    "type": "Type Field Enum EnumValue Option Syntax",
    "wrappers": "DoubleValue FloatValue Int64Value UInt64Value Int32Value UInt32Value BoolValue StringValue BytesValue",
}
"""What the compiler's own files define (https://protobuf.dev/reference/protobuf/google.protobuf/)."""
FILE_OF = {
    f"google.protobuf.{one}": f"google/protobuf/{file}.proto" for file, told in BROUGHT.items() for one in told.split()
}
FILES = frozenset(FILE_OF.values())


@dataclass(frozen=True, slots=True)
class Used:
    name: str
    line: int
    scope: tuple[str, ...]


@dataclass(slots=True)
class Names:
    """Of a block: how many files it shows, by their `syntax`, what they import, define and use."""

    files: int = 0
    package: str = ""
    imports: set[str] = field(default_factory=set)
    defined: set[str] = field(default_factory=set)
    used: list[Used] = field(default_factory=list)

    def define(self, path: list[str]) -> None:
        self.defined.add(".".join(path))

    def leads(self, one: Used) -> bool:
        """From where it stands outwards, through the messages around it and the parts of the package."""
        package = self.package.split(".") if self.package else []
        known = {".".join([*package, told]) for told in self.defined}
        if one.name.startswith("."):
            return one.name[1:] in known
        around = [*package, *one.scope]
        return any(".".join([*around[:size], one.name]) in known for size in range(len(around) + 1))


def unknown(names: Names, *, is_left_out: bool) -> tuple[list[Finding], str]:
    """Types that a whole file neither defines nor imports, and everywhere those by the name of another language's; and what was not
    looked at.
    """
    lasts = {one.rpartition(".")[2] for one in names.defined}
    open_ones = [one for one in names.used if one.name not in SCALARS and not names.leads(one)]
    found, rest = [], []
    for one in open_ones:
        meant = MEANT.get(one.name, "") if one.name not in lasts else ""
        guess = (
            nodes.near(one.name, SCALARS)
            if one.name.islower() and one.name not in lasts and "." not in one.name
            else ""
        )
        if meant or (guess and not names.imports):
            hint = f"; did you mean `{meant}`?" if meant else guess
            found.append(Finding(one.line, "name", f"Protocol Buffers have no type `{one.name}`{hint}"))
        else:
            rest.append(one)
    if not names.imports <= FILES:
        return found, "what it imports is not looked at"
    if names.files != 1 or is_left_out or names.package.startswith("google"):
        return found, "types that it does not define are not looked at" if rest else ""
    found += [told for one in rest if (told := _missing(one, names))]
    return found, ""


def _missing(one: Used, names: Names) -> Finding | None:
    name = one.name.lstrip(".")
    full = name if name in FILE_OF else f"google.protobuf.{name}"
    if file := FILE_OF.get(name):
        if file in names.imports:
            return None
        return Finding(one.line, "name", f'`{name}` needs `import "{file}";`')
    if "." not in name and FILE_OF.get(full) in names.imports:
        return Finding(one.line, "name", f"nothing here defines `{name}`; did you mean `{full}`?")
    if inner := sorted(told for told in names.defined if told.endswith(f".{name}")):
        return Finding(one.line, "name", f"`{name}` is not known here; did you mean `{inner[0]}`?")
    guess = nodes.near(name, names.defined)
    return Finding(one.line, "name", f"`{name[:60]}` is neither defined here nor imported{guess}")
