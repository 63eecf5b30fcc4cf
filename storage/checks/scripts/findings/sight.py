"""What is known of a block while its faults are judged: its text, whose its names are, what the team's files may add to things."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from tree_sitter import Node, Tree

from storage.checks.scripts.blocks import chains
from storage.checks.scripts.blocks.grammars import root_of, text_of
from storage.checks.scripts.blocks.reading import Snippet, named_at
from storage.checks.scripts.findings import node_globals
from storage.checks.scripts.team import known


@dataclass(slots=True)
class Sight:
    """For one document. `package` finds whose a name is: package and version, both "" for nobody's."""

    tree: Tree
    text: str
    snippet: Snippet
    package: Callable[[str], tuple[str, str]]
    has_word: Callable[[str, str], bool]
    """Whether a package's declarations know a word."""
    defaults: frozenset[str] = frozenset()
    lacked: frozenset[tuple[int, int]] = frozenset()
    """Where neither what a module exports nor its default has a member."""
    may_add: Callable[[str], bool] = bool
    """Whether something of the team's may have put a method onto requests and replies."""
    members: Callable[[], Collection[str]] = frozenset
    """What JavaScript of the team sets or defines somewhere."""
    is_own: Callable[[str], bool] = bool
    """Whether a file of the team's exports a type of this name, and the block imports from their files."""
    unsure: frozenset[str] = frozenset()
    """Names of what came of a call that the compiler found no form of: what it takes them for says nothing."""
    unknown: frozenset[str] = frozenset()
    """Names that the compiler does not know."""
    node: str = ""
    """The major version of the team's."""
    is_lost: Callable[[str], bool] = lambda name: False
    """Whether a class of the team's has a base that nobody has seen."""
    generated: frozenset[str] = frozenset()
    """Types that are generated out of the team's files, and are known whole."""
    own_names: frozenset[str] = frozenset()
    """What the block imports out of the team's files."""
    is_closed: Callable[[str, bool], bool] = lambda name, is_asked: False
    """Whether a name, or what it itself is asked for, is imported from JavaScript of the team's that says all that it exports."""
    is_called: Callable[[str], bool] = bool
    """Whether a file of the team's calls a class of this name without `new`."""
    is_whole: bool = False
    """It is a file as it will stand, with nothing left out."""
    is_put: Callable[[str], bool] = lambda name: True
    """Whether a file of the team's may have put something onto a global name."""
    assumed: list[str] = field(default_factory=list)
    declared: frozenset[str] = frozenset()
    lines: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.lines = self.text.split("\n")
        self.declared = frozenset(named_at(self.tree.root_node))

    @property
    def _imported(self) -> frozenset[str]:
        return frozenset(name for one in self.snippet.imports for name in one.bound)

    def _node(self, line: int, column: int) -> Node | None:
        if line >= len(self.lines):
            return None
        place = len(self.lines[line].encode("utf-16-le")[: column * 2].decode("utf-16-le", "ignore").encode())
        return self.tree.root_node.descendant_for_point_range((line, place), (line, place))

    def _is_another(self, kind: str) -> bool:
        """The type is a browser's, and the block names it without importing it: it means one of the reader's own."""
        name = re.split(r"[<\[. ]", kind)[0]
        if (
            self.is_whole
            or (name in node_globals.OF_FETCH and re.search(rf"\bnew {name}\(", self.snippet.text))
            or name not in known.GLOBALS
            or name in self.declared
            or not re.search(rf"(?<![\w.$]){name}\b", self.snippet.text)
        ):
            return False
        self.assumed.append(name)
        return True

    def _is_global(self, node: Node) -> bool:
        """Of the language's or of Node's own: the block does not define it, and the compiler knows it all the same."""
        root = root_of(chains.outermost(node))
        name = text_of(root)
        is_name = root is not None and root.type == "identifier"
        return is_name and name not in self.declared and name not in self.unknown and name not in known.GLOBALS

    def _is_set(self, name: str, of: str = "") -> bool:
        """The block puts this property onto something itself, or onto this."""
        return bool(
            re.search(rf"{re.escape(of)}\.{re.escape(name)}\s*(?:=(?![=>])|\|\|=|\?\?=|\+=)", self.snippet.text)
        )

    def _root(self, node: Node) -> str:
        is_member = node.parent is not None and node.parent.type == "member_expression"
        return text_of(root_of(node.parent if is_member else node))

    def _is_open(self, node: Node) -> bool:
        """Something is left out in the call that it stands in."""
        first, last = chains.lines_of_call(node)
        shift = self.text.count("\n", 0, self.text.find("\n") + 1)
        return any(first - shift <= line <= last - shift for line in self.snippet.open_lines) and (last - first < 40)

    def _owner(self, node: Node | None) -> tuple[str, str]:
        """Whose a name is: that of the chain it stands in, or of the call that it is an argument of."""
        root = root_of(chains.outermost(node))
        return self.package(text_of(root)) if root is not None else ("", "")
