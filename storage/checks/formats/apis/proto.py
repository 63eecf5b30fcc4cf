"""Protocol Buffers by their own compiler, as grpcio-tools brings it: no program is started, and nothing is generated.

What is imported is read from the repository. Where it is not there, types that the block does not define are not looked at.
"""

from __future__ import annotations

import contextlib
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import as_file, files
from itertools import pairwise
from pathlib import Path

from bot.capabilities.checks.verdicts import Finding, Kind
from storage.checks.formats import nodes
from storage.checks.formats.said import Said, unread

HELD = {"Protocol Buffers": ""}
BLOCK = "block_that_is_checked.proto"
DEEPEST = 30
MOST_FILES = 5_000
LEFT_OUT = re.compile(
    r"\b(?:rest|existing|other|others|omitted|unchanged|same|before|above|elsewhere|defined|import|imported|imports)\b",
    re.IGNORECASE,
)
"""A comment that tells of what does not stand here."""
COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.DOTALL)
SYNTAX = re.compile(r"^[ \t]*(?:syntax|edition)\s*=", re.MULTILINE)
DEFINITION = re.compile(r"^[ \t]*(?:message|enum|service|extend|package|import|option)\b", re.MULTILINE)
LABEL = re.compile(r"^[ \t]*(?:required|optional|extensions)\b", re.MULTILINE)
OPTION = re.compile(
    r"^[ \t]*option\s*\([^{;]*(?:\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\})?\s*;|\[[^][]*\([^][]*(?:\[[^][]*\][^][]*)*\]",
    re.MULTILINE,
)
"""One that somebody else defines, as a statement or behind a field."""
KEPT = re.compile(r"^[ \t]*(?:\w+[ \t]+)?[\w.<>, ]+[ \t]+\w+\s*=\s*19\d{3}\b(?=\s*[;\[])", re.MULTILINE)
"""Of these the compiler speaks only where it generates."""
NAME = re.compile(r"\w[\w./-]*")
PROTO2 = 'syntax = "proto2"; '
UNDEFINED = re.compile(r'"([\w.]+)" (?:is not defined\.|seems to be|is resolved to)')
IMPORT = re.compile(r'^[ \t]*import\s+(?:public\s+|weak\s+|option\s+)?"([\w./-]+)"', re.MULTILINE)
FOLLOWS = re.compile(
    r"was not found or had errors|^Suggested field numbers|^Option \"\(.*unknown|Messages can't have default|unused",
    re.IGNORECASE,
)
"""What the compiler says because of something else: an import that is not there, or a number that it has told of."""
SCALARS = """
double float int32 int64 uint32 uint64 sint32 sint64 fixed32 fixed64 sfixed32 sfixed64 bool string bytes
""".split()


@dataclass(frozen=True, slots=True)
class Fault:
    """Line and column are counted from 1, and 0 where the compiler does not know."""

    file: str
    line: int
    column: int
    message: str

    @property
    def undefined(self) -> str:
        found = UNDEFINED.search(self.message)
        return found[1] if found else ""


def read(code: str, tree: Path | None = None) -> Said:
    bare = COMMENT.sub(_blank, code)
    if re.search(r"(?<!\.)\.\.\.(?!\.)|…|\{\{", bare):
        return unread("parts of it are left out")
    if not bare.strip():
        return unread("it is empty")
    if _depth(bare) > DEEPEST:
        return unread("it is nested too deep")
    said = Said(dict(HELD))
    said.findings += [
        Finding(
            bare.count("\n", 0, one.end()) + 1,
            "argument",
            "numbers of fields from 19000 to 19999 are kept for the language",
        )
        for one in KEPT.finditer(bare)
    ]
    starts = [one.start() for one in SYNTAX.finditer(code)]
    edges = [0, *starts[1:], len(code)]
    for start, end in pairwise(edges):  # several files in one block
        _file(said, "\n" * code.count("\n", 0, start) + code[start:end], tree, is_alone=len(starts) < 2)
    return said


def _blank(found: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", found[0])


def _depth(bare: str) -> int:
    depth = most = 0
    for letter in bare:
        depth += (letter == "{") - (letter == "}")
        most = max(most, depth)
    return most


def _file(said: Said, code: str, tree: Path | None, is_alone: bool) -> None:
    text = code
    if not SYNTAX.search(code):
        text = f'syntax = "proto{2 if LABEL.search(code) else 3}"; '
        text += code if DEFINITION.search(code) else f"message Shown {{ {code}\n}}"  # fields out of a message
    faults = _faults(tree, text, {})
    lost = [one.file for one in faults if one.file != BLOCK]
    undefined = [one.undefined for one in faults if one.undefined]
    is_open = (
        bool(lost)
        or not (SYNTAX.search(code) and is_alone)
        or any(one[0] == "/" and LEFT_OUT.search(one) for one in COMMENT.findall(code))
    )
    if is_open and (lost or undefined):
        said.reasons.append(
            "what it imports is not looked at" if lost else "types that it does not define are not looked at"
        )
        named = {f'"{one}"' for one in undefined}
        again = _faults(tree, *_assumed(text, lost, undefined))
        faults += [one for one in again if not any(name in one.message for name in named)]
    for one in faults:
        if one.file == BLOCK and (told := _told(one, code, is_open)):
            kind: Kind = "name" if one.undefined else "syntax"
            said.findings.append(Finding(_line(one, code), kind, told))


def _faults(tree: Path | None, text: str, beside: Mapping[str, str]) -> list[Fault]:
    from grpc_tools import _protoc_compiler as compiler

    with tempfile.TemporaryDirectory() as folder, as_file(files("grpc_tools") / "_proto") as own:
        for name, content in {**beside, BLOCK: text}.items():
            path = Path(folder, name)
            with contextlib.suppress(OSError):  # a name that is too long, or of a folder: its import stays lost
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(content, "utf-8", "replace")
        roots = [folder, str(own), *(_roots(tree, tree.stat().st_mtime) if tree else ())]
        try:
            compiler.get_protos(BLOCK.encode(), [one.encode() for one in roots])
        except compiler.ProtocErrors as fault:
            return [
                Fault(one.filename.decode(), one.line + 1, one.column + 1, one.message.decode("utf-8", "replace"))
                for one in fault.args[0]
            ]
    return []


@lru_cache(maxsize=8)
def _roots(tree: Path, stamp: float) -> tuple[str, ...]:
    """The repository, and its folders from which an import in one of its own files leads to another one."""
    paths = sorted(tree.rglob("*.proto"))[:MOST_FILES]
    known = {str(one) for one in paths}
    found = {str(tree): None}
    for path in paths:
        for name in IMPORT.findall(path.read_text("utf-8", "replace")):
            if root := next((str(one) for one in path.parents if f"{one}/{name}" in known), ""):
                found[root] = None
    return tuple(found)


def _assumed(text: str, lost: list[str], undefined: list[str]) -> tuple[str, Mapping[str, str]]:
    """The text without what options of others say, and files for those which are not there: with them the compiler goes on."""
    bare = OPTION.sub(_blank, COMMENT.sub(lambda found: _blank(found) if found[0].startswith("/") else found[0], text))
    beside = dict.fromkeys((one for one in lost if NAME.fullmatch(one) and ".." not in one), PROTO2)
    for number, name in enumerate(dict.fromkeys(undefined)):
        package, _, own = name.lstrip(".").rpartition(".")
        header = f"package {package};" if package else ""
        beside[f"assumed_{number}.proto"] = f"{PROTO2}{header} message {own} {{ extensions 1 to max; }}"
    return f"{bare}\n" + "".join(f'import "{one}"; ' for one in beside if one.startswith("assumed_")), beside


def _told(fault: Fault, code: str, is_open: bool) -> str:
    """ "" for what another file may well explain."""
    if FOLLOWS.search(fault.message):
        return ""
    name = fault.undefined
    if name.islower() and name.isalnum() and not re.search(rf"\b(?:message|enum)\s+{name}\b", code):
        return f"Protocol Buffers have no type `{name}`{nodes.near(name, SCALARS)}"
    if name and is_open:
        return ""
    if name:
        brought = _brought().get(name.rpartition(".")[2], "")
        is_named = name.startswith("google.protobuf.")
        hint = f'; it needs `import "{brought}";`' if is_named else f"; did you mean `google.protobuf.{name}`?"
        own = re.findall(r"\b(?:message|enum)\s+(\w+)", code)
        return f"`{name[:60]}` is neither defined here nor imported" + (hint if brought else nodes.near(name, own))
    return re.sub(r'"([^"\n]*)"', r"`\1`", fault.message.rstrip("."))[:300]


@lru_cache(maxsize=1)
def _brought() -> Mapping[str, str]:
    """The messages of the compiler's own files, each with its file."""
    folder = files("grpc_tools") / "_proto" / "google" / "protobuf"
    return {
        name: f"google/protobuf/{one.name}"
        for one in folder.iterdir()
        if one.name.endswith(".proto")
        for name in re.findall(r"^(?:message|enum)\s+(\w+)", one.read_text("utf-8"), re.MULTILINE)
    }


def _line(fault: Fault, code: str) -> int:
    """A missing `;` belongs behind what stands before; of a map the compiler does not tell the place, and of a reserved number that of
    `reserved`."""
    lines = COMMENT.sub(_blank, code).split("\n")
    if told := re.search(r'"(\w+)" uses reserved number (\d+)', fault.message):
        field = re.compile(rf"\b{told[1]}\s*=\s*{told[2]}\b")
        return next((at for at, line in enumerate(lines, 1) if field.search(line)), fault.line)
    if fault.line < 1:
        return next(
            (at for at, line in enumerate(lines, 1) if re.search(rf"\b{re.escape(fault.undefined)}\b", line)), 1
        )
    if 'Expected ";"' not in fault.message or (
        lines[fault.line - 1][: fault.column - 1].strip() if fault.line <= len(lines) else ""
    ):
        return fault.line
    return next((at for at in range(min(fault.line - 1, len(lines)), 0, -1) if lines[at - 1].strip()), fault.line)
