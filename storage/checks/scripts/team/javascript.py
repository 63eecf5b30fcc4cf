"""What JavaScript lets a program do and no declaration tells: members that are put onto things later, names that are given something
else, buffers that a stream was told to read as text. What is so is no finding; of TypeScript none of it holds.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from pathlib import Path

from tree_sitter import Node

from storage.checks.scripts.blocks import chains
from storage.checks.scripts.blocks.grammars import field as part
from storage.checks.scripts.blocks.grammars import root_of, text_of, walk
from storage.checks.scripts.team.own_texts import any_holds, own_texts

MEMBER = re.compile(
    r"\.([A-Za-z_$][\w$]*)\s*=(?![=>])|(?:^|[{,;}\s])(?:async\s+)?([A-Za-z_$][\w$]*)\s*(?::(?!:)|\([^()\n]*\)\s*\{)",
    re.MULTILINE,
)
"""What is put onto something, or stands in an object or a class."""
KEYWORDS = frozenset({"if", "for", "while", "switch", "catch", "function", "return", "with", "case", "default"})
ENDING = re.compile(r"\.[cm]?jsx?$")
DOCUMENTED = re.compile(r"/\*\*.*?\*/", re.DOTALL)
TYPED = re.compile(
    r"@(?:param|arg|argument|returns?|type|this|extends|property|prop)\s+\{(?![^{}\n]*import\()[^{}\n]*\}"
)
BUFFER = re.compile(r"(?:NonShared)?Buffer(?:<.*>)?")
MOST_FILES = 4_000
CHAINED = ("member_expression", "subscript_expression", "call_expression", "await_expression")
FUNCTIONS = ("function_declaration", "function_expression", "arrow_function", "method_definition")
SHORT = {"request": "req", "response": "res", "error": "err", "options": "opts"}
TYPES_OF_SEQUELIZE = 'typeof import("sequelize").DataTypes & typeof import("sequelize").Sequelize'
HANDED: tuple[tuple[str, Mapping[str, str], frozenset[str]], ...] = (
    ("express", {"req": "Request", "res": "Response", "next": "NextFunction", "err": ""}, frozenset({"req", "res"})),
    ("fastify", {"req": "FastifyRequest", "reply": "FastifyReply"}, frozenset({"req", "reply"})),
    ("fastify", {"fastify": "FastifyInstance", "opts": "", "done": ""}, frozenset({"fastify", "opts"})),
    ("@hapi/hapi", {"req": "Request", "h": "ResponseToolkit"}, frozenset({"req", "h"})),
    ("knex", {"knex": "Knex"}, frozenset({"knex"})),
    (
        "koa",
        {"ctx": 'import("koa").ExtendableContext & { state: any; params: any }', "next": "Next"},
        frozenset({"ctx", "next"}),
    ),
    ("sequelize", {"queryInterface": "QueryInterface", "Sequelize": TYPES_OF_SEQUELIZE}, frozenset({"queryInterface"})),
    ("sequelize", {"sequelize": "Sequelize", "DataTypes": TYPES_OF_SEQUELIZE}, frozenset({"sequelize", "DataTypes"})),
)
"""How the documentation of each of these calls what a function of the reader's own is handed: by package the names with their types,
and those that must be among them."""


def is_declared(node: Node) -> bool:
    """A member of what a function is given: of that the compiler knows only what declarations say, of the callee that it is handed to
    or of a framework's."""
    thing = root_of(node.parent) if node.parent is not None and node.parent.type == "member_expression" else None
    return thing is not None and thing.type == "identifier" and is_parameter(text_of(thing), node)


def is_given_anything(node: Node, *, is_typed: bool) -> bool:
    """The call that a node stands in is handed what a function of the reader's own is given without a type; of JavaScript, anything
    that is not written out there."""
    handed = getattr(part(chains.call_of(node), "arguments"), "named_children", ())
    if not is_typed:
        return any(one.type in ("identifier", *CHAINED) for one in handed)
    return any(is_parameter(text_of(root_of(one)), node) for one in handed)


def taken_for_another(lacked: Iterable[Node]) -> frozenset[str]:
    """Parameters of which two or more methods are not there: what they were taken for by their names they are not."""
    found: dict[str, set[str]] = {}
    for node in lacked:
        thing = part(node.parent, "object") if node.parent is not None else None
        over = node.parent.parent if node.parent is not None else None
        is_called = over is not None and part(over, "function") == node.parent
        if is_called and thing is not None and thing.type == "identifier" and is_parameter(text_of(thing), node):
            found.setdefault(text_of(thing), set()).add(text_of(node))
    return frozenset(name for name, members in found.items() if len(members) > 1)


def is_parameter(name: str, node: Node) -> bool:
    """Of a function around a node."""
    here: Node | None = node
    while here is not None:
        if here.type in FUNCTIONS and name in {text_of(one) for one in _parameters(here)}:
            return True
        here = here.parent
    return False


def is_put_there(name: str, kind: str, text: str, packages: Collection[str]) -> bool:
    """The block says the name of the member as a text, or its class is made of one of these names, which a package may give members
    while it runs (Sequelize's `Shop.hasMany(Sale)`)."""
    made = re.search(rf"\bclass\s+{re.escape(kind)}\s+extends\s+([\w$.]+)", text)
    is_named = re.search(rf"(['\"`]){re.escape(name)}\1", text) is not None
    return is_named or (made is not None and not {*made[1].split(".")}.isdisjoint(packages))


def is_asked_again(name: str, node: Node) -> bool:
    """The member is asked of what a call of the same member of something gave."""
    thing = part(node.parent, "object")
    called = part(thing, "function") if thing is not None and thing.type == "call_expression" else None
    return called is not None and text_of(part(called, "property")) == name


def members_of(root: Path) -> frozenset[str]:
    """Every member that JavaScript of the team sets or defines. Blocks."""
    return frozenset(name for _, text in own_texts(root, ENDING, MOST_FILES) for name in members_in(text))


@lru_cache(maxsize=500)
def is_called(root: Path, name: str) -> bool:
    """JavaScript of the team calls something of this name without `new`. Blocks."""
    wanted = re.compile(rf"(?<![\w$.])(?<!new )(?<!class )(?<!function )(?:[\w$]+\.)*{re.escape(name)}\(")
    return any_holds(root, ENDING, MOST_FILES, wanted)


def members_in(text: str) -> set[str]:
    return {one or other for one, other in MEMBER.findall(text)} - KEYWORDS


def without_annotations(text: str, root: Node) -> str:
    """The text without the types that stand behind its names: in JavaScript they are Flow's, in which other things hold. Lines and
    columns stay."""
    raw = bytearray(text.encode())
    for node in walk(root):
        if node.type == "type_annotation":
            raw[node.start_byte : node.end_byte] = re.sub(rb"[^\n]", b" ", raw[node.start_byte : node.end_byte])
    return raw.decode()


def without_documentation(text: str) -> str:
    """The text, in whose comments no types stand but those that are imported by their module: people write there what others read, not
    what holds (`{Response}` of Express, `{Array}`). Lines and columns stay."""
    return DOCUMENTED.sub(lambda found: TYPED.sub(lambda one: " " * len(one[0]), found[0]), text)


def with_handed(text: str, root: Node, asked: Collection[str], own: Collection[str]) -> str:
    """The text with the types of what functions of the reader's own are handed by a framework, which nothing else tells. Lines stay.
    `asked` are the team's packages, `own` the names that are of its files."""
    raw = text.encode()
    changes: list[tuple[int, bytes]] = []
    for node in walk(root):
        names = _parameters(node) if node.type in FUNCTIONS and not _is_told(node, own) else []
        words = [SHORT.get(word := text_of(one).lstrip("_"), word) for one in names]
        types: list[str] = []
        for package, kinds, needed in HANDED:
            if names and package in asked and needed <= set(words) <= kinds.keys():
                types = [
                    kind if "import(" in kind else kind and f'import("{package}").{kind}'
                    for kind in (kinds[word] for word in words)
                ]
                break
        for one, kind in zip(names, types, strict=False):
            is_bare = one.parent == node and bool(kind)
            changes.append((one.start_byte, ("(" * is_bare + (f"/** @type {{{kind}}} */ " if kind else "")).encode()))
            changes.append((one.end_byte, b")" * is_bare))
    for at, what in sorted(changes, reverse=True):
        raw = raw[:at] + what + raw[at:]
    return raw.decode()


def _parameters(node: Node) -> list[Node]:
    """None unless all are plain names."""
    if (only := part(node, "parameter")) is not None:
        return [only]
    given = part(node, "parameters")
    listed = [one for one in given.named_children if one.type != "comment"] if given is not None else []
    names = [part(one, "pattern") for one in listed]
    is_plain = all(one is not None and one.type == "identifier" and one.parent.text == one.text for one in names)  # type: ignore[union-attr]
    return [one for one in names if one is not None] if is_plain else []


def _is_told(node: Node, own: Collection[str]) -> bool:
    """It is handed to a function of somebody else's, which says itself what it gives it."""
    if node.parent is None or node.parent.type != "arguments":
        return False
    name = text_of(root_of(part(node.parent.parent, "function")))
    return name not in own and not is_parameter(name, node.parent)


def is_given_anew(name: str, text: str) -> bool:
    """The block gives a name of its own another value than it began with."""
    return bool(name) and bool(
        re.search(rf"(?<![\w$.])(?<!const )(?<!let )(?<!var ){re.escape(name)}\s*(?:=(?![=>])|\?\?=|\|\|=)", text)
    )


def is_text_after_all(kind: str, root: str, text: str) -> bool:
    """A stream that was told its encoding, and a program that was started with options which nobody knows, hand texts over, where
    declarations can only say buffers."""
    is_of_text = "setEncoding(" in text or root in ("stdout", "stderr")
    return bool(BUFFER.fullmatch(kind)) and is_of_text
