"""Names that a block of JavaScript takes out of the team's own modules and that these do not export."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from pathlib import Path

from tree_sitter import Node

from bot.capabilities.checks.verdicts import Finding
from storage.checks.scripts.blocks.grammars import field as part
from storage.checks.scripts.blocks.grammars import line_of, parsed, text_of, unquoted, walk
from storage.checks.scripts.blocks.paths import ENDINGS
from storage.checks.scripts.blocks.written import Document, Written
from storage.checks.scripts.team import javascript, module_exports, own_texts
from storage.checks.scripts.team.module_exports import ENDING, Exported, required

OF_OBJECTS = frozenset({"hasOwnProperty", "toString", "valueOf", "isPrototypeOf", "propertyIsEnumerable"})
MOCKS = re.compile(r"\b(?:jest|vi|sinon|proxyquire|rewire|mock)\b")


def lacking(document: Document, root: Path, written: Written) -> Iterator[Finding]:
    """Names that a block of JavaScript takes out of the team's own modules and that these do not export. Blocks."""
    if document.snippet.is_typed:
        return
    bound = {name for one in document.snippet.imports for name in one.bound}
    loose = written.loose - (document.snippet.defined - bound)
    for call, specifier, names in _taken(parsed(document.snippet.text, document.snippet.is_jsx).root_node):
        file = document.place.resolved.get(specifier, "")
        if not ENDING.search(file) or file in written.paths or specifier in document.answered:
            continue
        if re.sub(ENDINGS, "", specifier.rpartition("/")[2]) in written.files:
            continue
        exported = module_exports.of_file(root / file)
        for name, line in names if exported is not None else ():
            if exported is None or name in exported.names or name in loose or name in written.names:
                continue
            if call is not None and call.type == "member_expression" and _may_be_put(name, document, root):
                continue
            yield Finding(line, "import", _sentence(name, specifier, exported, is_import=call is None))


def _may_be_put(name: str, document: Document, root: Path) -> bool:
    """Every object has it, or a test puts it there, or the block, or a file of the team's. Blocks."""
    put = re.compile(rf"\.{re.escape(name)}\s*=(?![=>])")
    if name in OF_OBJECTS or MOCKS.search(document.snippet.text):
        return True
    return bool(put.search(document.snippet.text)) or own_texts.any_holds(root, ENDING, javascript.MOST_FILES, put)


def _sentence(name: str, specifier: str, exported: Exported, *, is_import: bool) -> str:
    if name == "default":
        return f"`{specifier}` of yours has no default export"
    said = f"`{specifier}` of yours exports no `{name}`"
    if exported.whole == name:
        way = f"import {name} from '{specifier}'" if is_import else f"const {name} = require('{specifier}')"
        return f"{said}; it is what the module is: `{way}`"
    near = difflib.get_close_matches(name, sorted(exported.names - {"default"}), n=1, cutoff=0.6)
    return f"{said}; did you mean `{near[0]}`?" if near else said


def _taken(root: Node) -> Iterator[tuple[Node | None, str, list[tuple[str, int]]]]:
    """The call, where it is `require`, the specifier and the names that are asked of it, each with its line."""
    wholes = _wholes(root)
    for node in walk(root):
        if node.type == "import_statement" and not text_of(node).startswith("import type"):
            names = [(text_of(part(one, "name")), line_of(one)) for one in walk(node) if one.type == "import_specifier"]
            clause = next((one for one in node.named_children if one.type == "import_clause"), None)
            whole = [one for one in clause.named_children if one.type == "identifier"] if clause is not None else []
            yield None, unquoted(part(node, "source")), [*names, *(("default", line_of(one)) for one in whole)]
        elif node.type == "export_statement" and part(node, "source") is not None:
            names = [(text_of(part(one, "name")), line_of(one)) for one in walk(node) if one.type == "export_specifier"]
            yield None, unquoted(part(node, "source")), names
        elif node.type == "member_expression" and (called := required(part(node, "object"))):
            word = part(node, "property")
            if word is not None and (node.parent is None or node.parent.type != "assignment_expression"):
                yield node, called, [(text_of(word), line_of(word))]
        elif node.type == "variable_declarator" and (pattern := part(node, "name")) is not None:
            value = part(node, "value")
            if value is not None and value.type == "await_expression" and value.named_children:
                value = value.named_children[0]
            specifier = required(value) or (wholes.get(text_of(value), "") if value is not None else "")
            if specifier and pattern.type == "object_pattern":
                yield value, specifier, list(_keys_asked(pattern))


def _wholes(root: Node) -> dict[str, str]:
    """Names that stand for a whole module, each with its specifier; a name that is bound twice is none."""
    found: dict[str, list[str]] = {}
    for node in walk(root):
        name = part(node, "name") if node.type == "variable_declarator" else None
        if name is not None and name.type == "identifier":
            found.setdefault(text_of(name), []).append(required(part(node, "value")))
    return {name: one[0] for name, one in found.items() if len(one) == 1 and one[0]}


def _keys_asked(pattern: Node) -> Iterator[tuple[str, int]]:
    """With a value of their own for want of one, they may be missing."""
    for one in pattern.named_children:
        if one.type == "shorthand_property_identifier_pattern":
            yield text_of(one), line_of(one)
        elif one.type == "pair_pattern" and (key := part(one, "key")) is not None:
            value = part(one, "value")
            if key.type in ("property_identifier", "string") and (value is None or value.type != "assignment_pattern"):
                yield unquoted(key), line_of(key)
