"""A block as text that a compiler can read: what kind of file it is, which lines are meant as they stand, what it imports and
defines."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from tree_sitter import Node, Tree

from storage.checks.scripts.blocks.grammars import field as part
from storage.checks.scripts.blocks.grammars import line_of, parsed, root_of, text_of, unquoted, walk

LONGEST = 100_000
DEEPEST = 300
TYPED = frozenset({"typescript", "ts", "mts", "cts", "tsx", "typescriptreact"})
JSX_WORDS = frozenset({"tsx", "jsx", "typescriptreact", "javascriptreact", "react"})

PLACEHOLDER = re.compile(r"(?<![\w)\]}\"'`$])(?:\.\.\.|…)(?=\s*(?:[)}\],;]|$|//))", re.MULTILINE)
"""`...` where something is left out: never before a name, where it spreads."""
SHEBANG = re.compile(r"\A\ufeff?#![^\n]*")
GENERIC = re.compile(r"<[A-Z]\w*(?:\s*(?:,|=|extends\b)[^<>\n]*)?>\s*\(")
CLOSING = re.compile(r"</[A-Za-z>]|/>")
PROMPT = re.compile(r"^(?:> |\.\.\. )", re.MULTILINE)
LEFT_OUT = re.compile(r"\.\.\.|…")
JSX = re.compile(
    r"(?:return|=>|=|\()\s*\(?\s*<(?:[A-Z][\w.]*|[a-z][\w-]*|)(?:\s[^<>]*)?/?>|^\s*<[A-Za-z][\w.]*(?:\s[^<>]*)?/?>\s*$",
    re.MULTILINE,
)
TYPES_ONLY = re.compile(
    r"^\s*(?:export\s+)?(?:interface|type|enum|declare|namespace|abstract)\s+\w|:\s*(?:string|number|boolean|any|void|unknown|Promise<)|\bas\s+const\b|\bimport\s+type\b",
    re.MULTILINE,
)
REQUIRING = re.compile(r"^(?!import\b)[^\s/*].*\brequire\(", re.MULTILINE)
"""What TypeScript without a type does not do: such a block is JavaScript."""


@dataclass(frozen=True, slots=True)
class Imported:
    """One import. `names` are those that it asks the module for, each with its line; `kind` is import, require, dynamic or reexport."""

    specifier: str
    line: int
    names: tuple[tuple[str, int], ...]
    kind: str
    bound: tuple[str, ...] = ()
    """What it is called by in the block."""
    is_type: bool = False
    at: int = 0
    """The line of the specifier, the last one of a long import."""
    is_tried: bool = False
    """It stands in a `try`, which asks whether it is there."""


@dataclass(slots=True)
class Snippet:
    """`before` and `after` stand around the text on lines that are not the block's. `reason`: why it cannot be read."""

    text: str
    is_typed: bool
    is_jsx: bool
    before: str = ""
    after: str = ""
    reason: str = ""
    is_excerpt: bool = False
    imports: tuple[Imported, ...] = ()
    defined: frozenset[str] = frozenset()
    """At the top."""
    used: frozenset[str] = frozenset()
    open_lines: frozenset[int] = field(default_factory=frozenset)
    """Where something is left out."""

    @property
    def ending(self) -> str:
        if not self.is_typed:
            return ".jsx" if self.is_jsx else ".js"
        return ".tsx" if self.is_jsx else ".ts"


COMMENTS = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
OBJECT = re.compile(r"\{\s*(?:[\w$]+|\"[^\"\n]*\"|'[^'\n]*')\s*:(?!:)(?!\s*(?:for|while|do)\b)")
ANONYMOUS = re.compile(r"(?:async\s+)?function\s*\*?\s*\(")
AS_VALUE = ("const plumblineExcerpt: any = ", "")
FITTING_SECONDS = 0.5
"""Of this thread's processor, for all ways in which a block may be read: what is no code takes the square of its length in each."""

AROUND = (
    ("", ""),
    ("class PlumblineExcerpt { [name: string]: any; ", "\n}"),
    AS_VALUE,
    ("const plumblineExcerpt: any = { ", "\n}"),
    ("const plumblineExcerpt: any = [ ", "\n]"),
    ("type PlumblineExcerpt = ", ""),
    ("async function* plumblineExcerpt(this: any) { ", "\n}"),
)


def read(language: str, code: str) -> Snippet:
    """Never raises: what cannot be read has its reason."""
    word = language.lower()
    if len(code) > LONGEST:
        return Snippet("", True, False, reason=f"it is longer than {LONGEST:,} characters")
    if _depth(code) > DEEPEST:
        return Snippet("", True, False, reason="it is nested too deeply")
    code = SHEBANG.sub(lambda found: " " * len(found[0]), code)
    text = PLACEHOLDER.sub(lambda found: " " * len(found[0]), code.replace("\r\n", "\n").replace("\x00", " "))
    is_typed = word in TYPED and (bool(TYPES_ONLY.search(text)) or not REQUIRING.search(text))
    is_jsx = word in JSX_WORDS or (bool(JSX.search(text)) and not (word in TYPED and _is_generic(text)))
    snippet = Snippet(text, is_typed, is_jsx)
    snippet.open_lines = frozenset(
        number for number, line in enumerate(code.split("\n"), 1) if LEFT_OUT.search(_bare(line))
    )
    tree = _fitting(snippet, word)
    snippet.imports = tuple(imports_of(tree.root_node))
    snippet.defined = frozenset(defined(tree.root_node))
    snippet.used = frozenset(
        text_of(one)
        for one in walk(tree.root_node)
        if one.type in ("identifier", "type_identifier", "shorthand_property_identifier")
    )
    return snippet


def _is_generic(text: str) -> bool:
    """`<T>(a: T) => ...`, which looks like an element that is never closed."""
    return bool(GENERIC.search(text)) and not CLOSING.search(text)


def _bare(line: str) -> str:
    """Without what spreads."""
    return re.sub(r"\.\.\.(?=[\w$(\[{])", "", line)


def _ways(text: str) -> list[tuple[str, str]]:
    """The likely one first: a parser takes `{ a: 1 }` for a block of statements."""
    bare = COMMENTS.sub("", text).strip()
    if OBJECT.match(bare) or ANONYMOUS.match(bare):
        return [AS_VALUE, *(one for one in AROUND if one != AS_VALUE)]
    return list(AROUND)


def _fitting(snippet: Snippet, word: str) -> Tree:
    """The first way in which the block can be read whole; where there is none, as it stands."""
    first: Tree | None = None
    until = time.thread_time() + FITTING_SECONDS
    for before, after in _ways(snippet.text):
        for is_jsx in dict.fromkeys((snippet.is_jsx, not snippet.is_jsx)):
            if (
                is_jsx
                and not snippet.is_jsx
                and word in TYPED - JSX_WORDS
                and ("<" not in snippet.text or _is_generic(snippet.text))
            ):
                continue
            tree = parsed(f"{before}{snippet.text}{after}", is_jsx)
            if not before:
                first = first or tree
            if not tree.root_node.has_error:
                snippet.before, snippet.after, snippet.is_jsx = before, after, is_jsx
                snippet.is_excerpt = bool(before) or any(map(_is_key, tree.root_node.named_children))
                return tree
            if time.thread_time() > until:
                return first or tree
    if first is None:
        raise AssertionError("there is a first way")
    return first


def _is_key(statement: Node) -> bool:
    """What is named at the top, and is no loop, was cut out of an object: `router: {...}`."""
    body = part(statement, "body") if statement.type == "labeled_statement" else None
    return body is not None and body.type in ("statement_block", "expression_statement")


def _depth(code: str) -> int:
    depth = deepest = 0
    for one in code:
        if one in "([{<":
            depth += 1
            deepest = max(deepest, depth)
        elif one in ")]}>":
            depth = max(0, depth - 1)
    return deepest


# --- what a tree says -----------------------------------------------------------------------------------------------


def imports_of(root: Node) -> Iterator[Imported]:
    for node in walk(root):
        source = part(node, "source")
        required = next((one for one in node.named_children if one.type == "import_require_clause"), None)
        names: list[tuple[str, int]] = []
        bound: list[str] = []
        is_type = False
        if node.type == "import_statement" and source is not None:
            kind, is_type = "import", text_of(node).startswith("import type")
            names, bound = _asked(node)
        elif node.type == "import_statement" and required is not None:
            kind, source, bound = "import", part(required, "source"), [text_of(required.named_children[0])]
        elif node.type == "export_statement" and source is not None:
            kind = "reexport"
        elif node.type == "call_expression":
            kind = {"import": "dynamic", "require": "require"}.get(text_of(part(node, "function")), "")
            given = part(node, "arguments") if kind else None
            only = given.named_children if given is not None else []
            source = only[0] if len(only) == 1 and only[0].type == "string" else None
            bound = list(_bound_of(node)) if source is not None else []
        else:
            continue
        if source is not None:
            yield Imported(
                unquoted(source),
                line_of(node),
                tuple(names),
                kind,
                tuple(bound),
                is_type,
                line_of(source),
                _is_tried(node),
            )


def _is_tried(node: Node) -> bool:
    here: Node | None = node
    while here is not None and here.type != "try_statement":
        here = here.parent
    body = part(here, "body")
    return body is not None and body.start_byte <= node.start_byte < body.end_byte


def _asked(node: Node) -> tuple[list[tuple[str, int]], list[str]]:
    names: list[tuple[str, int]] = []
    bound: list[str] = []
    for one in walk(node):
        if one.type == "import_specifier":
            names.append((text_of(part(one, "name")), line_of(one)))
            bound.append(text_of(part(one, "alias") or part(one, "name")))
        elif one.type == "namespace_import":
            bound.append(text_of(one.named_children[-1]) if one.named_children else "")
        elif one.type == "import_clause":
            for inner in one.named_children:
                if inner.type == "identifier":
                    names.append(("default", line_of(inner)))
                    bound.append(text_of(inner))
    return names, [one for one in bound if one]


def _bound_of(call: Node) -> list[str]:
    """The names that `const { a, b: c } = require(..)` binds."""
    node: Node | None = call
    while node is not None and node.type in ("call_expression", "member_expression", "await_expression"):
        node = node.parent
    if node is None or node.type != "variable_declarator":
        return []
    return list(names_of(part(node, "name")))


def defined(root: Node) -> Iterator[str]:
    """What is defined at the top, imports included."""
    for node in root.named_children:
        yield from defined_by(node)


def defined_by(node: Node) -> Iterator[str]:
    """By one statement."""
    inner = part(node, "declaration") if node.type == "export_statement" else node
    if inner is None:
        return
    if inner.type == "import_statement":
        yield from _asked(inner)[1]
    elif inner.type in ("lexical_declaration", "variable_declaration"):
        for one in inner.named_children:
            yield from names_of(part(one, "name"))
    elif inner.type == "ambient_declaration" and inner.named_children:
        yield text_of(part(inner.named_children[0], "name"))
    elif name := part(inner, "name"):
        yield text_of(name)


def names_of(pattern: Node | None) -> Iterator[str]:
    if pattern is None:
        return
    if pattern.type in ("identifier", "shorthand_property_identifier_pattern"):
        yield text_of(pattern)
        return
    for one in walk(pattern):
        if one.type == "shorthand_property_identifier_pattern" or (
            (
                one.type == "identifier"
                and one.parent is not None
                and one.parent.type in ("array_pattern", "pair_pattern", "rest_pattern", "assignment_pattern")
            )
            and part(one.parent, "right") != one
        ):
            yield text_of(one)


def origin(root: Node, name: str, depth: int = 6) -> str:
    """The name that a variable's value comes from in the end: `createClient` for `const db = createClient()`."""
    for node in walk(root):
        if node.type == "variable_declarator" and depth and name in set(names_of(part(node, "name"))):
            value = root_of(part(node, "value"))
            if value is not None and value.type == "identifier" and text_of(value) not in (name, "require"):
                return origin(root, text_of(value), depth - 1)
            break
    return name


def named_at(root: Node) -> set[str]:
    """Every name that the block gives a meaning to, at whatever depth."""
    found = set()
    for node in walk(root):
        if (
            node.type in ("identifier", "type_identifier", "shorthand_property_identifier_pattern")
            and node.parent is not None
        ):
            above = node.parent
            if above.type in (
                "variable_declarator", "function_declaration", "class_declaration", "interface_declaration", "type_alias_declaration",
                "enum_declaration", "required_parameter", "optional_parameter", "formal_parameters", "import_specifier",
                "import_clause",
                "namespace_import", "object_pattern", "array_pattern", "pair_pattern", "rest_pattern", "catch_clause", "arrow_function",
                "type_parameter", "abstract_class_declaration", "for_in_statement", "generator_function_declaration", "internal_module",
            ) and (part(above, "value") != node and part(above, "right") != node and part(above, "body") != node):  # fmt: skip
                found.add(text_of(node))
    return found
