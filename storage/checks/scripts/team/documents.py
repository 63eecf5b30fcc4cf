"""Makes of each block of an answer the file that the compiler reads: beside the team's, with names of earlier blocks by import."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection

from tree_sitter import Node

from bot.capabilities.checks.verdicts import Block
from storage.checks.scripts.blocks import outside, placing, statements
from storage.checks.scripts.blocks.grammars import parsed
from storage.checks.scripts.blocks.paths import is_change, language_of, path_in
from storage.checks.scripts.blocks.placing import Files, Place
from storage.checks.scripts.blocks.reading import Snippet
from storage.checks.scripts.blocks.written import Document, Written
from storage.checks.scripts.team import javascript, module_exports, standing
from storage.checks.scripts.team.beside import NONE, Rest
from storage.checks.scripts.team.project import Project

REQUIRED = re.compile(r"(?:const|let|var)\s+([A-Za-z_$][\w$]*)\s*=\s*require\((['\"][^'\"]+['\"])\)\s*;?\s*(?://.*)?")

AT_ONCE = re.compile(r"\brequire\((['\"][^'\"]+['\"])\)(?=\()")


def made(
    block: Block,
    number: int,
    snippet: Snippet,
    project: Project,
    written: Written,
    place: Place,
    files: Files,
    rest: Rest = NONE,
) -> Document:
    """A whole file takes nothing from others than it says; an excerpt takes what it does not define, also from `rest`, what its own
    file has besides."""
    folder = place.folder
    path = project.root / folder / f"plumbline_block_{number}{snippet.ending}"
    names = {
        name: f"./{posixpath.relpath(str(other.path), str(path.parent))}"
        for name, other in written.names.items()
        if name in snippet.used and name not in snippet.defined and other.path.suffix[1:2] == path.suffix[1:2]
    }
    head = "".join(f"import {{ {name} }} from {_quoted(where)}; " for name, where in names.items())
    given = standing.given(snippet, place, written, path.as_posix(), files)
    body = outside.without(f"{snippet.before}{snippet.text}{snippet.after}", folder)
    if not snippet.is_typed:
        body = javascript.without_documentation(body)
        body = javascript.without_annotations(body, parsed(body, snippet.is_jsx).root_node)
        own = {name for one in snippet.imports if placing.is_relative(one.specifier) for name in one.bound}
        body = javascript.with_handed(body, parsed(body, snippet.is_jsx).root_node, project.asked(folder), own)
    body = standing.replaced(body, given)
    tree = parsed(body, snippet.is_jsx)
    inner = statements.marked(body, tree.root_node)
    text = f"{head}\n{inner}\n{_exports(tree.root_node, snippet)}\n{rest.text}"
    return Document(
        path, place, snippet, text, parsed(text, snippet.is_jsx), 1, path_in(block), names,
        is_change=is_change(block), language=language_of(block).lower(), beside=rest.imports,
        answered=frozenset(one for one, other in given.items() if standing.is_of_answer(other)),
    )  # fmt: skip


def take_defaults(document: Document, lines: Collection[int], classes: Collection[int] = ()) -> bool:
    """`const Redis = require('ioredis')` takes what CommonJS gives it, the thing itself, where declarations speak of a default export:
    what is built or called on these lines, from 0, is imported as such, `require('pino')()` too. On the lines
    `classes` a default that is a class is called: some packages' can be built so. Whether anything was changed."""
    texts = document.text.split("\n")
    called = {name for line in lines if 0 <= line < len(texts) for name in re.findall(r"[A-Za-z_$][\w$]*", texts[line])}
    changed = False
    for at, text in enumerate(texts):
        found = REQUIRED.fullmatch(text)
        if at in classes and (name := next((one for one in document.defaults if f"{one}(" in text), "")):
            texts[at] = re.sub(rf"(?<!new )(?<![\w$.]){re.escape(name)}\(", f"new {name}(", text)
            changed = changed or texts[at] != text
        elif found and found[1] in called:
            texts[at] = f"import {found[1]} from {found[2]};"
            document.defaults |= {found[1]}
            changed = True
        elif at in lines and (called_at_once := AT_ONCE.search(text)):
            name = f"plumblineDefault{at}"
            texts[0] += f"import {name} from {called_at_once[1]}; "
            texts[at] = AT_ONCE.sub(name, text, count=1)
            document.defaults |= {name}
            changed = True
    if changed:
        document.text = "\n".join(texts)
        document.tree = parsed(document.text, document.snippet.is_jsx)
    return changed


def remember(document: Document, written: Written) -> None:
    if document.named:
        written.at[posixpath.join(document.folder, posixpath.basename(document.named))] = document
    for name in document.snippet.defined:
        if re.fullmatch(r"[A-Za-z_$][\w$]*", name) and not document.snippet.is_excerpt:
            written.names[name] = document


def _quoted(path: str) -> str:
    return "'" + path.replace("'", "\\'") + "'"


def _exports(root: Node, snippet: Snippet) -> str:
    """So that later blocks can have what this one defines."""
    if snippet.is_excerpt or "module.exports" in snippet.text or re.search(r"^export\s*=", snippet.text, re.MULTILINE):
        return ""
    done = module_exports.exported(root)
    names = sorted(
        name
        for name in snippet.defined - done
        if re.fullmatch(r"[A-Za-z_$][\w$]*", name) and name not in ("default", "await")
    )
    return f"export {{ {', '.join(names)} }};\n" if names else "export {};\n"
