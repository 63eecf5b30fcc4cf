"""The blocks of one answer as a checker sees them: each a document, below the names of those before it, or in its file's place."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.capabilities.checks.python import demonstrations, names
from bot.capabilities.checks.python.snippet import Snippet, parsed, prepare
from bot.capabilities.checks.verdicts import Block
from storage.checks.places import path_in

ASSUMED = "plumbline_assumed"
"""The module that names of the reader's own are declared from: a stub in which everything is of any type."""

IGNORED = re.compile(
    r"#\s*(?:(?:type|ty|pyright|pyrefly):\s*ignore(?!\[(?:assignment|arg-type|return-value|override|misc|no-untyped-\w+)\])|"
    r"noqa\b(?!:\s*(?:[A-EG-Z]|F[0-79])))"
)
"""What tells a checker that the writer knows; not where it names rules of style, or of types alone."""

LONGEST_CONTEXT = 60_000


@dataclass(slots=True)
class Document:
    """A block's text with what stands before it. Line `first` of the text, from 0, is the block's line 1."""

    path: Path
    snippet: Snippet
    context: str = ""
    names: list[str] = field(default_factory=list)
    lent: dict[str, str] = field(default_factory=dict)
    """Names that are imported for the text, with their modules."""

    lines: dict[int, int] | None = None
    """Where a diff was applied: the block's line for each added line of the text."""

    @property
    def head(self) -> str:
        future = (
            "from __future__ import annotations; "
            if "from __future__ import annotations" in self.snippet.text + self.context
            else ""
        )
        own = [name for name in self.names if name not in self.lent]
        declared = [f"from {ASSUMED} import {', '.join(own)}"] if own else []
        declared += [f"from {module} import {name}" for name, module in self.lent.items()]
        return f"{future}{'; '.join(declared)}\n"

    @property
    def text(self) -> str:
        return f"{self.head}{self.context}{self.snippet.text}\n"

    @property
    def first(self) -> int:
        return 1 + self.context.count("\n") + self.snippet.offset

    def line_of(self, line: int) -> int:
        """The block's line, from 1, for one of the text, from 0; 0 for what is not the block's."""
        if self.lines is not None:
            return self.lines.get(line - 1, 0)
        found = line - self.first + 1
        last = self.snippet.text.count("\n") + 1 - self.snippet.offset
        return found if 1 <= found <= last else 0


@dataclass(slots=True)
class Written:
    """What the blocks of an answer have said so far."""

    context: str = ""
    names: set[str] = field(default_factory=set)
    modules: set[str] = field(default_factory=set)
    """Modules that the answer itself writes, by the paths of its blocks."""

    def add(self, snippet: Snippet, path: str | None) -> None:
        if snippet.tree is None:
            return
        self.names |= set(names.defined(snippet.tree))
        if path and path.endswith(".py"):
            self.modules |= modules_of(path)
        kept = snippet.text if not snippet.offset else ""
        if kept and len(self.context) + len(kept) < LONGEST_CONTEXT:
            self.context += kept.rstrip("\n") + "\n\n"


def modules_of(path: str) -> set[str]:
    """The names that a file can be imported by, wherever its root is."""
    parts = path.removesuffix(".py").removesuffix("/__init__").strip("/").split("/")
    return {".".join(parts[at:]) for at in range(len(parts))}


def everything(blocks: Sequence[Block]) -> tuple[frozenset[str], frozenset[str]]:
    """Names of the whole answer, for a helper may stand below its use; and those that it makes at its top."""
    found: set[str] = set()
    made: set[str] = set()
    for block in blocks:
        if (tree := prepare(block.code).tree) is not None:
            found |= set(names.defined(tree))
            made |= set(names.made(tree))
    return frozenset(found), frozenset(made)


def is_change(code: str) -> bool:
    """Whether a block is a diff, whatever its fence says."""
    return bool(re.match(r"(?:---|diff --git|@@) ", code))


def applied(diff: str, text: str) -> tuple[str, dict[int, int]] | None:
    """The file with a unified diff applied, and for each added line of it the diff's own line. None where it does not fit."""
    lines = text.split("\n")
    added: dict[int, int] = {}
    at = 0
    for first, hunk in _hunks(diff):
        old = [line[1:] for line in hunk if line[:1] in (" ", "-") or not line]
        place = _find(lines, old, at)
        if place is None:
            return None
        new: list[str] = []
        for offset, line in enumerate(hunk):
            if line.startswith("-"):
                continue
            if line.startswith("+"):
                added[place + len(new)] = first + offset
            new.append(line[1:])
        lines[place : place + len(old)] = new
        at = place + len(new)
    return ("\n".join(lines), added) if added or at else None


def parts(block: Block) -> list[Block]:
    """A change of several files as one change of each, at its own lines; what removes a file is left out."""
    lines = block.code.split("\n")
    starts = [at for at, line in enumerate(lines[:-1]) if line.startswith("--- ") and lines[at + 1].startswith("+++ ")]
    if len(starts) < 2 or not (block.diff or is_change(block.code)):
        return [block]
    found = []
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        path = re.sub(r"^b/", "", lines[start + 1][4:].split("\t")[0].strip())
        if path != "/dev/null":
            found.append(Block(block.language, "\n" * start + "\n".join(lines[start:end]), path, True))
    return found or [block]


def _hunks(diff: str) -> list[tuple[int, list[str]]]:
    hunks: list[tuple[int, list[str]]] = []
    current: list[str] | None = None
    for number, line in enumerate(diff.split("\n"), 1):
        if line.startswith(("--- ", "+++ ", "diff ", "index ", "new file", "deleted file", "\\ ")):
            current = None if line.startswith(("diff ", "--- ")) else current
            continue
        if line.startswith("@@"):
            current = []
            hunks.append((number + 1, current))
        elif line[:1] in ("+", "-", " ") or not line:
            if current is None:
                if not line:
                    continue
                current = []
                hunks.append((number, current))
            current.append(line)
    for _, hunk in hunks:
        while hunk and not hunk[-1]:
            hunk.pop()
    return [(first, hunk) for first, hunk in hunks if hunk]


def _find(lines: list[str], old: list[str], start: int) -> int | None:
    """Where these lines stand; trailing blanks do not count."""
    bare, wanted = [line.rstrip() for line in lines], [line.rstrip() for line in old]
    for begin in (start, 0):
        for place in range(begin, len(bare) - len(wanted) + 1):
            if bare[place : place + len(wanted)] == wanted:
                return place
    return None


def document(block: Block, number: str, written: Written, folder: Path, tree: Path | None) -> Document:
    """The document of a block. One that is a file of the tree stands in its place, as a whole or below what the file has."""
    path = path_in(block)
    standing = tree / path if tree is not None and path and _is_inside(tree, path) else None
    text = standing.read_text("utf-8", "replace") if standing is not None and standing.is_file() else ""
    if block.diff or is_change(block.code):
        if (
            not text
            and standing is None
            and (found := re.search(r"^\+\+\+ (?:b/)?(\S+)", block.code, re.M))
            and tree is not None
        ):
            return (
                document(Block(block.language, block.code, found[1], True), number, written, folder, tree)
                if found[1] != path
                else _loose(block, number, folder)
            )
        if text and standing is not None and (done := applied(block.code, text)):
            return Document(standing, prepare(done[0]), lines=done[1])
        return _loose(block, number, folder)
    snippet = prepare(block.code)
    if standing is not None and (text or path):
        context = "" if _is_whole(snippet, text) else text.rstrip("\n") + "\n\n"
        return Document(standing, snippet, context)
    return Document(folder / f"answer_block_{number}.py", snippet, written.context)


def _loose(block: Block, number: str, folder: Path) -> Document:
    """A diff that fits no file: what it adds, at its own lines."""
    kept = [
        line[1:] if line[:1] in ("+", " ") and not line.startswith("+++") else "" for line in block.code.split("\n")
    ]
    snippet = prepare("\n".join(kept))
    if not snippet.is_readable:
        snippet = Snippet("", reason="the change fits no file that could be read")
    return Document(folder / f"answer_block_{number}.py", snippet)


def _is_inside(tree: Path, path: str) -> bool:
    return ".." not in path.split("/") and not path.startswith("/") and len(path) < 300 and "\0" not in path


def _is_whole(snippet: Snippet, text: str) -> bool:
    """Whether a block is all of the file: it has imports, and most of what the file defines."""
    if not text or snippet.tree is None:
        return True
    before = prepare(text).tree
    if before is None:
        return True
    own, mine = _tops(before), _tops(snippet.tree)
    return bool(own) and len(own & mine) >= 0.6 * len(own)


def _tops(tree: ast.Module) -> set[str]:
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)}


def wrong_lines(document: Document) -> frozenset[int]:
    """The block's lines that are shown as not to be done, from 1."""
    snippet = document.snippet
    found = demonstrations.wrong_lines(snippet.text, snippet.tree)
    ignored = {number for number, line in enumerate(snippet.text.split("\n"), 1) if IGNORED.search(line)}
    return frozenset(line - snippet.offset for line in found | ignored) | snippet.fails


def parsed_text(document: Document) -> ast.Module | None:
    """The tree of the whole text, its head and what stands before it included."""
    return parsed(document.text)
