"""Protocol Buffers (https://protobuf.dev/reference/protobuf/proto3-spec/): what the language cannot read, numbers and names that stand
twice, types that it does not have. Of files that are imported only those that the compiler brings are known.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from bot.capabilities.checks.verdicts import Finding
from storage.checks.formats import nodes
from storage.checks.formats.apis.proto_tokens import number_of, tokens
from storage.checks.formats.apis.proto_types import SCALARS, Names, Used, unknown
from storage.checks.formats.said import Said, unread

BEGINNINGS = ("message", "enum", "service", "import", "package", "option", "syntax", "extend")
LABELS = ("optional", "required", "repeated")
RESERVED = range(19_000, 20_000)
MOST = 536_870_911
DEEPEST = 40
LEFT_OUT = re.compile(
    r"(?://|/\*)[^\n]*\b(?:rest|existing|other|others|omitted|unchanged|same|before|above|elsewhere|defined|import|imported|imports)\b",
    re.IGNORECASE,
)
"""A comment that tells of what does not stand here."""
HELD = {"Protocol Buffers": ""}


class Unreadable(Exception):
    def __init__(self, line: int, why: str) -> None:
        super().__init__(why)
        self.line = line


@dataclass(slots=True)
class Reader:
    tokens: list[tuple[str, int]]
    place: int = 0
    syntax: str = ""
    findings: list[Finding] = field(default_factory=list)
    names: Names = field(default_factory=Names)
    scope: list[str] = field(default_factory=list)

    # --- tokens -----------------------------------------------------------------------------------------------------

    @property
    def here(self) -> str:
        return self.tokens[self.place][0] if self.place < len(self.tokens) else ""

    @property
    def line(self) -> int:
        return self.tokens[min(self.place, len(self.tokens) - 1)][1] if self.tokens else 1

    @property
    def last_line(self) -> int:
        return self.tokens[max(0, self.place - 1)][1] if self.tokens else 1

    def take(self, wanted: str = "") -> str:
        found = self.here
        if wanted and found != wanted:
            where = self.last_line if wanted == ";" else self.line
            raise Unreadable(where, f"`{wanted}` is missing" + (f" before `{found[:30]}`" if found else " at the end"))
        if not found:
            raise Unreadable(self.last_line, "it ends too early")
        self.place += 1
        return found

    def name(self) -> str:
        found = self.take()
        if not re.fullmatch(r"[A-Za-z_][\w.]*|\.[A-Za-z_][\w.]*", found):
            raise Unreadable(self.last_line, f"a name is wanted, not `{found[:30]}`")
        return found

    def until(self, *ends: str) -> list[str]:
        """What stands before one of these, braces and brackets with what they hold."""
        depth, found = 0, []
        while self.here and not (depth == 0 and self.here in ends):
            depth += (self.here in ("{", "[", "(")) - (self.here in ("}", "]", ")"))
            if depth < 0:
                break
            found.append(self.take())
        return found

    # --- the language -----------------------------------------------------------------------------------------------

    def file(self) -> None:
        while self.here:
            match self.here:
                case "syntax" | "edition":
                    self.take()
                    self.take("=")
                    self.syntax = self.take().strip("\"'")
                    self.names.files += 1
                    if self.syntax not in ("proto2", "proto3") and not self.syntax.isdigit():
                        self.findings.append(
                            Finding(self.last_line, "syntax", f"there is no syntax `{self.syntax[:30]}`")
                        )
                    self.take(";")
                case "package":
                    self.take()
                    self.names.package = self.name()
                    self.take(";")
                case "import":
                    self.take()
                    if self.here in ("public", "weak", "option"):
                        self.take()
                    if not self.here.startswith(("'", '"')):
                        raise Unreadable(self.line, "an import names its file in quotes")
                    self.names.imports.add(self.take().strip("\"'"))
                    self.take(";")
                case "option":
                    self.option()
                case "message" | "enum" | "service" | "extend":
                    self.definition(0)
                case ";":
                    self.take()
                case _:
                    raise Unreadable(
                        self.line,
                        f"`{self.here[:30]}` begins nothing{nodes.near(self.here, BEGINNINGS)}",
                    )

    def option(self) -> None:
        self.take("option")
        self.until("=", ";")
        self.take("=")
        self.until(";")
        self.take(";")

    def definition(self, depth: int) -> None:
        kind = self.take()
        if depth > DEEPEST:
            raise Unreadable(self.line, "it is nested too deep")
        name = self.name()
        inner = [name] if kind != "extend" else []
        if kind in ("message", "enum"):
            self.names.define([*self.scope, name])
        self.take("{")
        self.scope += inner
        if kind == "enum":
            self.enum(name)
        elif kind == "service":
            self.service()
        else:
            self.message(name, depth, is_own=kind == "message")
        self.take("}")
        del self.scope[len(self.scope) - len(inner) :]

    def message(self, name: str, depth: int, *, is_own: bool = True) -> None:
        numbers: dict[int, str] = {}
        names: set[str] = set()
        self.fields(name, depth, numbers, names, is_own=is_own)

    def fields(self, name: str, depth: int, numbers: dict[int, str], names: set[str], *, is_own: bool) -> None:
        while self.here and self.here != "}":
            match self.here:
                case "message" | "enum" | "extend" if (
                    re.fullmatch(r"[A-Za-z_][\w.]*", self._ahead(1)) and self._ahead(2) == "{"
                ):
                    self.definition(depth + 1)
                case "oneof" if self._ahead(2) == "{":
                    self.take()
                    self.name()
                    self.take("{")
                    if depth > DEEPEST:
                        raise Unreadable(self.line, "it is nested too deep")
                    self.fields(name, depth + 1, numbers, names, is_own=is_own)
                    self.take("}")
                case "option":
                    self.option()
                case "reserved" | "extensions":
                    self.take()
                    self.until(";")
                    self.take(";")
                case ";":
                    self.take()
                case _:
                    self.one_field(name, depth, numbers, names, is_own=is_own)

    def _ahead(self, by: int) -> str:
        return self.tokens[self.place + by][0] if self.place + by < len(self.tokens) else ""

    def type_name(self) -> str:
        """The parts of a long one may stand on several lines."""
        found = self.name()
        while self.here.startswith(".") or (found.endswith(".") and self.here):
            found += self.take()
        return found

    def use(self, name: str, line: int) -> None:
        self.names.used.append(Used(name, line, tuple(self.scope)))

    def one_field(self, owner: str, depth: int, numbers: dict[int, str], names: set[str], *, is_own: bool) -> None:
        line = self.line
        if self.here in LABELS:
            label = self.take()
            if label == "required" and self.syntax == "proto3":
                self.findings.append(Finding(line, "syntax", "proto3 has no `required`"))
        if self.here == "map" and self._ahead(1) == "<":
            self.take()
            self.take("<")
            key = self.take()
            if key not in SCALARS - {"float", "double", "bytes"}:
                self.findings.append(
                    Finding(
                        line, "argument", f"the key of a map is a whole number, a bool or a string, not `{key[:30]}`"
                    )
                )
            self.take(",")
            self.use(self.type_name(), line)
            self.take(">")
        elif self.here == "group":
            self.take()
            self.names.define([*self.scope, self.here])
        else:
            self.use(self.type_name(), line)
        name = self.name()
        if self.here != "=":
            raise Unreadable(line, f"the field `{name[:40]}` has no number")
        self.take("=")
        self.number(owner, name, line, numbers, names if is_own else set())
        if self.here == "[":
            self.until(";", "{")
        if self.here == "{":
            self.take()
            self.scope.append(name)
            self.message(name, depth + 1)
            self.scope.pop()
            self.take("}")
        else:
            self.take(";")

    def number(self, owner: str, name: str, line: int, numbers: dict[int, str], names: set[str]) -> None:
        told = self.take()
        if not re.fullmatch(r"\d{1,20}|0[xX][0-9a-fA-F]{1,16}", told):
            raise Unreadable(line, f"the number of `{name[:40]}` is none: `{told[:30]}`")
        value = number_of(told)
        if value in numbers:
            self.findings.append(
                Finding(line, "argument", f"the number {value} stands in `{owner}` for `{numbers[value]}`, too")
            )
        elif not 1 <= value <= MOST or value in RESERVED:
            self.findings.append(
                Finding(
                    line, "argument", f"{value} is no number of a field: 1 to {MOST:,}, and 19000 to 19999 are kept"
                )
            )
        if name in names:
            self.findings.append(Finding(line, "name", f"`{owner}` has two fields `{name}`"))
        numbers.setdefault(value, name)
        names.add(name)

    def enum(self, owner: str) -> None:
        values: dict[int, str] = {}
        first, has_alias = True, False
        while self.here and self.here != "}":
            if self.here == "option":
                start = self.place
                self.option()
                has_alias = has_alias or any(word == "allow_alias" for word, _ in self.tokens[start : self.place])
                continue
            if self.here == "reserved":
                self.until(";")
                self.take(";")
                continue
            if self.here == ";":
                self.take()
                continue
            line, name = self.line, self.name()
            if self.here != "=":
                raise Unreadable(line, f"the value `{name[:40]}` has no number")
            self.take("=")
            sign = self.take() if self.here == "-" else ""
            told = self.take()
            if not re.fullmatch(r"\d{1,20}|0[xX][0-9a-fA-F]{1,16}", told):
                raise Unreadable(line, f"the number of `{name[:40]}` is none")
            value = number_of(told) * (-1 if sign else 1)
            if first and value != 0 and self.syntax == "proto3":
                self.findings.append(
                    Finding(line, "argument", f"the first value of `{owner}` is 0 in proto3, not {value}")
                )
            if value in values and not has_alias:
                self.findings.append(
                    Finding(line, "argument", f"{value} stands in `{owner}` for `{values[value]}`, too")
                )
            values.setdefault(value, name)
            first = False
            self.until(";")
            self.take(";")

    def service(self) -> None:
        while self.here and self.here != "}":
            if self.here == "option":
                self.option()
                continue
            if self.here == ";":
                self.take()
                continue
            if self.here != "rpc":
                raise Unreadable(self.line, f"a service holds `rpc`, not `{self.here[:30]}`")
            self.take()
            self.name()
            self.side()
            self.take("returns")
            self.side()
            if self.here == "{":
                self.take()
                self.until("}")
                self.take("}")
            else:
                self.take(";")

    def side(self) -> None:
        self.take("(")
        if self.here == "stream" and self._ahead(1) != ")":
            self.take()
        line, name = self.line, self.name()
        if name in SCALARS:
            self.findings.append(Finding(line, "argument", f"an rpc takes and gives messages, not `{name}`"))
        else:
            self.use(name, line)
        self.take(")")


def read(code: str) -> Said:
    if re.search(r"(?<!\.)\.\.\.(?!\.)|…|\{\{", re.sub(r"//[^\n]*", "", code)):
        return unread("parts of it are left out")
    reader = Reader(list(tokens(code)))
    if not reader.tokens:
        return unread("it is empty")
    try:
        if not any(
            word in ("message", "enum", "service", "syntax", "edition", "extend", "package", "import")
            for word, _ in reader.tokens
        ):
            reader.fields("", 0, {}, set(), is_own=True)  # a few fields out of a message
        else:
            _whole(reader)
    except Unreadable as fault:
        reader.findings.append(Finding(fault.line, "syntax", f"this is no valid proto: {fault}"))
    findings, reason = unknown(reader.names, is_left_out=bool(LEFT_OUT.search(code)))
    return Said(dict(HELD), reader.findings + findings, [reason] if reason else [])


def _whole(reader: Reader) -> None:
    if reader.here in (*LABELS, "oneof", "reserved", "map", *SCALARS):
        reader.fields("", 0, {}, set(), is_own=True)
    reader.file()
