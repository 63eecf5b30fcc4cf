"""The blocks of one answer as the compiler sees them: a file each, beside those of the team, that takes names of earlier ones by
import."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tree_sitter import Node, Tree

from bot.capabilities.checks.verdicts import Block
from storage.checks.scripts import outside, reading, statements
from storage.checks.scripts.grammars import field as part
from storage.checks.scripts.grammars import parsed, text_of, walk
from storage.checks.scripts.project import Project
from storage.checks.scripts.reading import Snippet
from storage.checks.scripts.specifiers import package_of

ENDINGS = re.compile(r"(?:\.d)?\.[cm]?[jt]sx?$")
CHANGED = re.compile(r"^\+\+\+ (?:b/)?(?!/dev/null)(\S+)", re.MULTILINE)
LANGUAGES_BY_ENDING = frozenset({"ts", "tsx", "mts", "cts", "js", "jsx", "mjs", "cjs"})
REQUIRED = re.compile(r"(?:const|let|var)\s+([A-Za-z_$][\w$]*)\s*=\s*require\((['\"][^'\"]+['\"])\)\s*;?\s*(?://.*)?")
PATH_LINE = re.compile(
    r"^\s*(?://|/\*)\s*(?:file(?:name)?:\s*)?`?((?:[\w@.()\[\]-]+/)*[\w@.()\[\]-]+\.[cm]?[jt]sx?)`?\s*(?:\*/)?\s*$",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Document:
    """`folder` is the team's folder that it stands in, `named` the path that the block says it has."""

    path: Path
    folder: str
    snippet: Snippet
    text: str
    tree: Tree
    first: int
    """Lines of the text before the block's first."""
    named: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    """What it takes from earlier blocks, by name the file."""
    defaults: frozenset[str] = frozenset()
    """Names that are taken for default exports, and have what their modules export, too."""
    is_change: bool = False
    """It shows a part of its file."""
    language: str = ""
    """The word of its fence, or of its file."""

    def line_of(self, line: int) -> int:
        """The block's line, from 1, for one of the text, from 0; 0 for what is not the block's."""
        found = line - self.first + 1
        return found if 1 <= found <= self.snippet.text.count("\n") + 1 else 0


@dataclass(slots=True)
class Written:
    """What the answer has said so far: by name the document that defines it, and the files that it writes, without endings."""

    names: dict[str, Document] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)
    loose: frozenset[str] = frozenset()
    """Names that its blocks define which say no file: each may become any file."""
    text: str = ""
    """Of all its blocks."""


def is_change(block: Block) -> bool:
    return block.diff or block.language in ("diff", "patch")


def language_of(block: Block) -> str:
    """A change is of the language of its file."""
    ending = path_in(block).rpartition(".")[2]
    return ending if ending in LANGUAGES_BY_ENDING and (is_change(block) or not block.language) else block.language


def path_in(block: Block) -> str:
    """The file that a block says it is."""
    if block.path:
        return posixpath.normpath(block.path.strip().removeprefix("./"))
    if is_change(block):
        changed = CHANGED.search(block.code)
        return posixpath.normpath(changed[1]) if changed else ""
    found = PATH_LINE.match(block.code.partition("\n")[0])
    return posixpath.normpath(found[1]) if found else ""


def made(block: Block, number: int, snippet: Snippet, project: Project, written: Written) -> Document:
    """A whole file takes nothing from others than it says; an excerpt takes what it does not define."""
    named = path_in(block)
    place = posixpath.dirname(named)
    is_inside = (
        named
        and not named.startswith(("/", ".."))
        and len(named) < 300
        and (project.root / place).is_dir()
        and "node_modules" not in named
    )
    folder = place if is_inside else _home(snippet, project)
    path = project.root / folder / f"plumbline_block_{number}{snippet.ending}"
    names = {
        name: f"./{posixpath.relpath(str(other.path), str(path.parent))}"
        for name, other in written.names.items()
        if name in snippet.used and name not in snippet.defined and other.path.suffix[1:2] == path.suffix[1:2]
    }
    head = "".join(f"import {{ {name} }} from {_quoted(where)}; " for name, where in names.items())
    body = outside.without(f"{snippet.before}{snippet.text}{snippet.after}", folder)
    tree = parsed(body, snippet.is_jsx)
    inner = statements.marked(body, tree.root_node)
    text = f"{head}\n{inner}\n{_exports(tree.root_node, snippet)}"
    tree = parsed(text, snippet.is_jsx)
    return Document(
        path,
        folder,
        snippet,
        text,
        tree,
        1,
        named,
        names,
        is_change=is_change(block),
        language=language_of(block).lower(),
    )


def take_defaults(document: Document, lines: Collection[int]) -> bool:
    """`const Redis = require('ioredis')` takes what CommonJS gives it, the thing itself, where declarations speak of a default export:
    what is built or called on these lines, from 0, is imported as such. Whether anything was changed."""
    texts = document.text.split("\n")
    called = {name for line in lines if 0 <= line < len(texts) for name in re.findall(r"[A-Za-z_$][\w$]*", texts[line])}
    changed = False
    for at, text in enumerate(texts):
        found = REQUIRED.fullmatch(text)
        if found and found[1] in called:
            texts[at] = f"import {found[1]} from {found[2]};"
            document.defaults |= {found[1]}
            changed = True
    if changed:
        document.text = "\n".join(texts)
        document.tree = parsed(document.text, document.snippet.is_jsx)
    return changed


def remember(document: Document, written: Written) -> None:
    for name in document.snippet.defined:
        if re.fullmatch(r"[A-Za-z_$][\w$]*", name) and not document.snippet.is_excerpt:
            written.names[name] = document


def _home(snippet: Snippet, project: Project) -> str:
    """Where a block that names no file stands best: the folder that asks for most of what it imports."""
    wanted = {package for one in snippet.imports if (package := package_of(one.specifier))}
    best = ""
    for folder in sorted(project.folders, key=lambda one: (one.count("/"), one)):
        names = project.folders[folder]
        if names and len(wanted & names) > len(wanted & project.folders.get(best, frozenset())):
            best = folder
    if not best and not project.folders.get("") and len(project.folders) > 1:
        best = max(project.folders, key=lambda one: (len(project.folders[one]), one))
    return best


def _quoted(path: str) -> str:
    return "'" + path.replace("'", "\\'") + "'"


def _exports(root: Node, snippet: Snippet) -> str:
    """So that later blocks can have what this one defines."""
    if snippet.is_excerpt or "module.exports" in snippet.text or re.search(r"^export\s*=", snippet.text, re.MULTILINE):
        return ""
    done = set(_exported(root))
    names = sorted(
        name
        for name in snippet.defined - done
        if re.fullmatch(r"[A-Za-z_$][\w$]*", name) and name not in ("default", "await")
    )
    return f"export {{ {', '.join(names)} }};\n" if names else "export {};\n"


def _exported(root: Node) -> Collection[str]:
    found = set()
    for node in root.named_children:
        if node.type != "export_statement":
            continue
        inner = part(node, "declaration")
        if inner is not None and "default" not in {each.type for each in node.children}:
            found |= set(reading.defined(_Around(node)))  # type: ignore[arg-type]
        for one in walk(node):
            if one.type == "export_specifier":
                found.add(text_of(part(one, "alias") or part(one, "name")))
    return found


class _Around:
    """A node as the only one of its parent."""

    def __init__(self, node: Node) -> None:
        self.named_children = [node]
