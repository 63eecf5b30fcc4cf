"""A block that shows a function or a class of one file of the team's is read with what stands beside it there: what it uses and does
not define is that file's own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tree_sitter import Node

from storage.checks.scripts.blocks import reading
from storage.checks.scripts.blocks.grammars import field as part
from storage.checks.scripts.blocks.grammars import parsed, text_of, walk
from storage.checks.scripts.blocks.reading import Imported, Snippet
from storage.checks.scripts.team import known, own_exports
from storage.checks.scripts.team.own_texts import text_of as file_text

CODE = (
    "function_declaration", "generator_function_declaration", "class_declaration", "abstract_class_declaration", "arrow_function",
    "function_expression", "class",
)  # fmt: skip
NAMES = ("identifier", "type_identifier", "shorthand_property_identifier")
MOST_STEPS = 20


@dataclass(frozen=True, slots=True)
class Rest:
    """Statements of a file, with what they import."""

    text: str = ""
    imports: tuple[Imported, ...] = ()


NONE = Rest()


class Beside:
    """`root` is the folder of the team's files; without `has_tree` there are none."""

    def __init__(self, root: Path, *, has_tree: bool) -> None:
        self._root = root
        self._has_tree = has_tree
        self._defining: Mapping[str, tuple[str, ...]] | None = None

    def files(self, names: Collection[str]) -> set[str]:
        """Those that define one of these names. Blocks."""
        if self._defining is None:
            self._defining = own_exports.defining(self._root) if self._has_tree else {}
        return {file for name in names for file in self._defining.get(name, ())}

    def home(self, snippet: Snippet) -> str:
        """The file that defines the functions and classes which the block shows, as far as any does, in the block's own language: of
        several the one that has most of the names which the block uses besides. "" for none, or no single one. Blocks."""
        if snippet.is_excerpt or not self._has_tree:
            return ""
        root = parsed(snippet.text, snippet.is_jsx).root_node
        every = [found for name in _code(root) if name not in known.COMMON and (found := self.files([name]))]
        homes = set.intersection(*every) if every else set()
        missing = snippet.used - reading.named_at(root) if len(homes) > 1 else ()
        known_there = Counter(file for name in missing for file in self.files([name]) if file in homes)
        (home, most), (_, second) = [*known_there.most_common(2), ("", 0), ("", 0)][:2]
        home = home if most > second else next(iter(homes)) if len(homes) == 1 else ""
        return home if home.rpartition(".")[2].lstrip("cm")[:1] == snippet.ending[1:2] else ""

    def rest(self, file: str, snippet: Snippet, given: Collection[str]) -> Rest:
        """What a file has of the names that a block uses and neither defines nor is given by other blocks, and what that needs in
        turn. Blocks."""
        root = parsed(file_text(self._root / file), file.endswith("x")).root_node
        shown = parsed(snippet.text, snippet.is_jsx).root_node
        taken = reading.named_at(shown) | set(given)
        wanted = set(snippet.used) - taken
        kept: dict[int, Node] = {}
        statements = [(node, set(reading.defined_by(node))) for node in root.named_children]
        for _ in range(MOST_STEPS):
            more = [
                node
                for node, names in statements
                if names & wanted and names.isdisjoint(taken) and node.start_byte not in kept
            ]
            if root.has_error or not more:
                break
            kept |= {node.start_byte: node for node in more}
            wanted |= {text_of(one) for node in more for one in walk(node) if one.type in NAMES} - taken
        nodes = [node for _, node in sorted(kept.items())]
        imports = tuple(each for node in nodes for each in reading.imports_of(node))
        return Rest("\n".join(text_of(node) for node in nodes), imports)


def _code(root: Node) -> Iterator[str]:
    """Names of the functions and classes at the top of a block."""
    for node in root.named_children:
        inner = part(node, "declaration") if node.type == "export_statement" else node
        if inner is not None and inner.type in CODE:
            yield text_of(part(inner, "name"))
        elif inner is not None and inner.type in ("lexical_declaration", "variable_declaration"):
            for one in inner.named_children:
                value = part(one, "value")
                if value is not None and value.type in CODE:
                    yield text_of(part(one, "name"))
