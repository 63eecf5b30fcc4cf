"""Where a block stands: by itself, or in one of the team's crates, in place of a file, beside its items, or as a module of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tree_sitter import Node

from storage.checks.rust.crates import Crate, words
from storage.checks.syntax import field, parsed, text_of, walk

MODULE = "plumbline_block"
ELSEWHERE = frozenset(["use_declaration", "line_comment", "block_comment", "attribute_item", "inner_attribute_item"])
ITEMS = ELSEWHERE | frozenset(
    """
    function_item struct_item enum_item union_item type_item const_item static_item trait_item impl_item mod_item
    macro_definition extern_crate_declaration foreign_mod_item macro_invocation empty_statement
    function_signature_item shebang
    """.split()
)
LEFT_OUT = re.compile(
    r"(?<![\w.)\]>])\.\.\.(?![\w.\]*\[])|…|\{\{|\.\.\.\s*$|\b(?:omitted|elided|snip|unchanged|same as (?:before|above))\b",
    re.I | re.M,
)
HIDDEN = re.compile(r"^(\s*)# ?(?![\[!])", re.MULTILINE)
"""What rustdoc compiles and does not show."""

TAKES_ALL = re.compile(r"^(?:pub )?use (?:super|crate)(?:::\w+)*::\*", re.MULTILINE)
SAME_FILE = 0.6
"""Of the names that a file has: a block with as many of them is a new form of the file, and not a part of it."""


@dataclass(frozen=True, slots=True)
class Placed:
    """`text` has the lines of the block. `is_whole`: nothing is left out as far as one can see, so what lacks is missing.
    `is_wrapped`: it is made a function's body; `shows_imports`: what it takes from elsewhere is there to be seen."""

    text: str
    is_whole: bool
    is_wrapped: bool
    shows_imports: bool


def placed(code: str) -> Placed | None:
    """None for what cannot stand by itself: a method without its type, arms of a `match`."""
    code = HIDDEN.sub(r"\1", code)
    root = parsed("rust", code)
    kinds = {one.type if one.type != "expression_statement" else _inner(one) for one in root.named_children}
    if not kinds - ELSEWHERE or any(_takes_self(one) for one in root.named_children):
        return None
    is_open = bool(LEFT_OUT.search(code))
    if not root.has_error and kinds <= ITEMS:
        shows = "use_declaration" in kinds and not TAKES_ALL.search(code)
        return Placed(code, not is_open, False, not is_open and shows)
    before = "async fn plumbline_block() { let _ = { "
    wrapped = f"{before}{code}\n}}; }}"
    return None if parsed("rust", wrapped).has_error else Placed(wrapped, False, True, False)


def _inner(statement: Node) -> str:
    return statement.named_children[0].type if statement.named_children else ""


def _takes_self(node: Node) -> bool:
    listed = field(node, "parameters") if node.type == "function_item" else None
    return any(one.type == "self_parameter" for one in (listed.named_children if listed is not None else ()))


def crate_of(code: str, path: str, tree: Path, known: Sequence[Crate]) -> Crate | None:
    """The crate that a block belongs to or uses: by its file, by what stands behind `crate::`, by the name that it says most often."""
    holding = [one for one in known if path.startswith(prefix(one, tree))] if path else []
    if holding:
        return max(holding, key=lambda one: len(one.folder.parts))
    counts = {one.name: len(re.findall(rf"(?<![\w:]){re.escape(one.name)}::", code)) for one in known if one.is_library}
    asked = set(re.findall(r"(?<![\w$])crate::(?:\{\s*)?(\w+)", code))
    home = [one for one in known if asked and all(_has_module(one, each) for each in asked)]
    home = home or [one for one in known if asked and asked <= words(one)]
    if len(home) == 1 and not counts.get(home[0].name):
        return home[0]
    name = max(counts, key=lambda one: counts[one], default="")
    return next((one for one in known if one.name == name and one.is_library and counts[name]), None)


def _has_module(crate: Crate, name: str) -> bool:
    source = (crate.folder / crate.root).parent
    return (source / f"{name}.rs").is_file() or (source / name / "mod.rs").is_file()


def prefix(crate: Crate, tree: Path) -> str:
    """Of a path below its folder."""
    below = crate.folder.relative_to(tree).as_posix()
    return "" if below == "." else f"{below}/"


def missing(text: str, own: frozenset[str]) -> list[str]:
    """Crates that its imports and paths begin with and that are neither Rust's nor the block's own."""
    root = parsed("rust", text)
    made = {text_of(field(one, "name")) for one in walk(root) if one.type in ("mod_item", "extern_crate_declaration")}
    known = own | made | {"std", "core", "alloc", "crate", "self", "super", "proc_macro", "test", MODULE}
    found = dict.fromkeys(_heads(root))
    return [one for one in found if one not in known]


def _heads(root: Node) -> Iterator[str]:
    for node in walk(root):
        if node.type == "use_declaration":
            text = text_of(field(node, "argument")).removeprefix("::")
            heads = (
                re.findall(r"[{,]\s*(\w+)\s*::", text) if text.startswith("{") else re.findall(r"^(\w+)(?:::|$)", text)
            )
            yield from (one for one in heads if one[:1].islower())
        elif node.type == "extern_crate_declaration":
            yield text_of(field(node, "name"))


def may_bring_methods(text: str, missing_crates: Sequence[str]) -> bool:
    """Whether a trait of a crate that is not there may give anything a method: a name that is only imported, everything of a module,
    an attribute or a derivation that Rust does not have itself."""
    if not missing_crates:
        return False
    heads = "|".join(map(re.escape, missing_crates))
    for one in re.finditer(rf"\buse\s+(?:::)?(?:{heads})\b([^;]*);", text):
        names = re.findall(r"\b([A-Z]\w*)\b(?!\s*(?:::|\{{))", one[1])
        rest = text[: one.start()] + text[one.end() :]
        if "*" in one[1] or re.search(r"\bas\s+_", one[1]):
            return True
        if any(not re.search(rf"\b{name}\b", rest) for name in names):
            return True
    return False


def names(root: Node) -> set[str]:
    """What a file's items are called."""
    return {text_of(field(one, "name")) for one in root.named_children if field(one, "name") is not None}


def is_new_form(code: str, file: str) -> bool:
    theirs = names(parsed("rust", file))
    ours = names(parsed("rust", code))
    return not theirs or len(ours & theirs) >= SAME_FILE * len(theirs)
