"""What all gates share: the document, its library, and how a finding is made."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

from bot.capabilities.checks.verdicts import Finding, Kind
from storage.checks.python.library.library import Library
from storage.checks.python.library.lookup import imported
from storage.checks.python.library.members import target
from storage.checks.python.meaning import whereabouts
from storage.checks.python.meaning.sight import Callable_, Defined, Sight
from storage.checks.servers import Diagnostic

NOTHING_KNOWN = frozenset(
    "object None Unknown Any Never NoneType type property cached_property Divergent EllipsisType".split()
)
"""Types of which a missing attribute tells nothing."""


CLASS_MAKERS = ("namedtuple", "NamedTuple", "Enum", "IntEnum", "StrEnum", "Flag", "IntFlag")
"""https://typing.python.org/en/latest/spec/: what makes classes by a call."""


class Gate:
    """For one opened document."""

    def __init__(
        self,
        sight: Sight,
        own_words: str,
        is_excerpt: bool,
        answer_makes: Collection[str] = (),
        *,
        is_alone: bool = False,
        settled: Collection[int] = (),
    ) -> None:
        """`is_alone`: the word of one checker, of which the other says nothing. `settled`: attributes of which all is known, by their
        nodes."""
        self._settled = settled
        self.doubts: dict[str, str] = {}
        """What a checker says is missing, and the sources neither confirm nor refute: the reasons, by what it is."""
        self._is_alone = is_alone
        self._answer_makes = answer_makes
        self._sight = sight
        self._library: Library = sight.library
        self._own_words = own_words
        self._is_excerpt = is_excerpt

    def _made(self, found: Diagnostic, kind: Kind, message: str, package: str = "", precise: bool = True) -> Finding:
        return Finding(found.line, kind, message, package, self._library.environment.versions.get(package, ""), precise)

    def _above(self, home: Defined, *, is_own: bool = False) -> Iterator[whereabouts.Found]:
        """A class and what stands above it, as far as that is known; with `is_own` without what libraries have."""
        if isinstance(home.node, ast.ClassDef):
            of = whereabouts.Found(home.path, home.node, self._library.module_of(home.path))
            yield from (one for one in whereabouts.above(self._sight, of, is_own=is_own) if one is not None)

    def _is_made_here(self, name: str) -> bool:
        """Whether the block makes a class by a call of which checkers know all: `Point = namedtuple("Point", "x y")`."""
        made = [one for one in self._sight.given(name) if isinstance(one, ast.Call)]
        return any(ast.unparse(one.func).rpartition(".")[2] in CLASS_MAKERS for one in made)

    def _has_stub(self, module: str) -> bool:
        top = module.partition(".")[0]
        return (self._library.environment.site / f"{top}-stubs").is_dir()

    def _declared(self, named: ast.expr, home: Defined | None) -> Defined | None:
        """Where the checker names the line by which a module takes something from a binary: what the stub beside it defines."""
        if home is None or home.node is not None or not home.package or home.is_stub:
            return home
        name = named.attr if isinstance(named, ast.Attribute) else named.id if isinstance(named, ast.Name) else ""
        module = self._library.module_of(home.path)
        module, name = self._named_anew(home, module, name)
        path = self._library.file_of(module, stub=True)
        tree = self._library.tree(path) if path is not None and path.suffix == ".pyi" else None
        found = [one for one in tree.body if isinstance(one, Callable_) and one.name == name] if tree else []
        return Defined(path, home.package, found[0], True) if path is not None and len(found) == 1 else home

    def _named_anew(self, home: Defined, module: str, name: str) -> tuple[str, str]:
        """The module and name of what a module only calls by a name of its own: `load = binary.keys.load_pem`; else as they were."""
        tree = self._library.tree(home.path)
        values = [
            one.value
            for one in (tree.body if tree else ())
            if isinstance(one, ast.Assign) and [ast.unparse(each) for each in one.targets] == [name]
        ]
        if len(values) != 1 or not isinstance(values[0], ast.Attribute):
            return module, name
        first, *between = ast.unparse(values[0].value).split(".")
        above = imported(self._library, module, first)
        there = ".".join([above, *between])
        return (there, values[0].attr) if above and self._library.file_of(there) else (module, name)

    def _is_compiled(self, home: Defined) -> bool:
        """Whether it is a binary's function, of which the package's own stub tells what it takes: nothing else does."""
        module = self._library.module_of(home.path)
        path = self._library.file_of(module) if home.node is not None and self._library.is_typed(home.package) else None
        if path is None or home.node is None or self._is_from_outside(home):
            return False
        if path.suffix != ".py":
            return self._is_within_binary(module)
        package = module if path.name == "__init__.py" else module.rpartition(".")[0]
        tree = self._library.tree(path)
        taken = [one for one in tree.body if isinstance(one, ast.ImportFrom)] if tree else []
        homes = [
            target(package, one) for one in taken if home.node.name in [each.asname or each.name for each in one.names]
        ]
        return bool(homes) and self._is_within_binary(homes[-1])

    def _is_within_binary(self, module: str) -> bool:
        """Whether a module is compiled, or is made by one above it that is."""
        parts = module.split(".")
        return any(self._library.is_binary(".".join(parts[:end])) for end in range(2, len(parts) + 1))

    def _is_from_outside(self, home: Defined) -> bool:
        """Whether a stub comes from another package than what it describes."""
        site = self._library.environment.site
        return home.path.is_relative_to(site) and home.path.relative_to(site).parts[0].endswith("-stubs")
