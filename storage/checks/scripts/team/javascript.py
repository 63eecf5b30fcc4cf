"""What JavaScript lets a program do and no declaration tells: members that are put onto things later, names that are given something
else, buffers that a stream was told to read as text. What is so is no finding; of TypeScript none of it holds.
"""

from __future__ import annotations

import re
from pathlib import Path

from tree_sitter import Node

from storage.checks.scripts.blocks.grammars import field as part
from storage.checks.scripts.blocks.grammars import text_of, walk
from storage.checks.scripts.team.own_texts import own_texts

MEMBER = re.compile(
    r"\.([A-Za-z_$][\w$]*)\s*=(?![=>])|(?:^|[{,;}\s])(?:async\s+)?([A-Za-z_$][\w$]*)\s*(?::(?!:)|\([^()\n]*\)\s*\{)",
    re.MULTILINE,
)
"""What is put onto something, or stands in an object or a class."""
KEYWORDS = frozenset({"if", "for", "while", "switch", "catch", "function", "return", "with", "case", "default"})
ENDING = re.compile(r"\.[cm]?jsx?$")
OF_TEXTS = frozenset(dir(str)) | frozenset(
    """
    trim trimStart trimEnd split replace replaceAll match matchAll toLowerCase toUpperCase substring substr charAt charCodeAt startsWith
    endsWith padStart padEnd concat repeat normalize localeCompare codePointAt search
    """.split()  # noqa: SIM905
)
DOCUMENTED = re.compile(r"/\*\*.*?\*/", re.DOTALL)
TYPED = re.compile(
    r"@(?:param|arg|argument|returns?|type|this|extends|property|prop)\s+\{(?![^{}\n]*import\()[^{}\n]*\}"
)
BUFFER = re.compile(r"(?:NonShared)?Buffer(?:<.*>)?")
MOST_FILES = 4_000


def is_declared(node: Node) -> bool:
    """A member of what a function is given that is handed over in a call: the callee's declarations say what it is."""
    above = node.parent
    thing = part(above, "object") if above is not None and above.type == "member_expression" else None
    if thing is None or thing.type != "identifier":
        return False
    here = thing.parent
    while here is not None:
        given = part(here, "parameters") or part(here, "parameter")
        names = given.named_children if given is not None and given.type == "formal_parameters" else [given]
        if any(text_of(one) == text_of(thing) for one in names if one is not None):
            return here.parent is not None and here.parent.type == "arguments"
        here = here.parent
    return False


def is_asked_again(name: str, node: Node) -> bool:
    """The member is asked of what a call of the same member of something gave."""
    thing = part(node.parent, "object")
    called = part(thing, "function") if thing is not None and thing.type == "call_expression" else None
    return called is not None and text_of(part(called, "property")) == name


def members_of(root: Path) -> frozenset[str]:
    """Every member that JavaScript of the team sets or defines. Blocks."""
    return frozenset(name for _, text in own_texts(root, ENDING, MOST_FILES) for name in members_in(text))


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


def is_given_anew(name: str, text: str) -> bool:
    """The block gives a name of its own another value than it began with."""
    return bool(name) and bool(
        re.search(rf"(?<![\w$.])(?<!const )(?<!let )(?<!var ){re.escape(name)}\s*(?:=(?![=>])|\?\?=|\|\|=)", text)
    )


def is_text_after_all(kind: str, name: str, text: str) -> bool:
    """A stream that was told its encoding hands texts over, where declarations can only say buffers."""
    return bool(BUFFER.fullmatch(kind)) and name in OF_TEXTS and "setEncoding(" in text
