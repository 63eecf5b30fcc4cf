"""What stands in an environment, read from its files: whose a module is, what it exports, whether a word occurs in a package at all."""

from __future__ import annotations

import ast
import difflib
import re
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from bot.capabilities.checks.python.snippet import parsed
from bot.capabilities.checks.verdicts import Finding, Kind
from storage.checks.python.environment.environments import Environment
from storage.checks.python.library.descent import Descent
from storage.checks.python.library.members import Members, Reader, is_entered, starred

MOST_SOURCE_BYTES = 3_000_000
MOST_SEARCHED_BYTES = 150_000_000
KEPT_TREE_BYTES = 2_000_000
"""Of source, of which the trees are kept: some 75 MB in memory, for a tree takes 37 times its source. More would leave the checkers
less, and one that is ended for memory costs a second or two to start anew; to read a module again takes some milliseconds."""

KEPT_ANSWERS = 4_000
MOST_TAKEN = 200
"""Modules that one takes in by `*`."""

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def near(name: str, among: Iterable[str]) -> str:
    found = difflib.get_close_matches(
        name, [one for one in among if one != name and not one.startswith("__")], n=1, cutoff=0.7
    )
    return found[0] if found else ""


class Library:
    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._site = environment.site
        self._trees: OrderedDict[Path, tuple[ast.Module | None, int]] = OrderedDict()
        self._held_bytes = 0
        self._answers: OrderedDict[tuple[str, str, str], bool] = OrderedDict()
        self._exports: dict[str, dict[str, str]] = {}
        self._members = Reader(self.tree, self.file_of)
        self._descent = Descent(self._site, self._files, self.tree)

    @property
    def environment(self) -> Environment:
        return self._environment

    def where(self, package: str) -> str:
        """The package with its version; "" for one that is not here."""
        version = self._environment.versions.get(package, "")
        return f"{package} {version}" if version else ""

    def told(self, line: int, kind: Kind, said: str, package: str) -> Finding:
        """What is found wrong with the package's version; `line` from 0."""
        return Finding(line, kind, said, package, self._environment.versions.get(package, ""))

    def owner(self, module: str) -> str:
        """The package that brings a module, by its longest known beginning; "" for none."""
        parts = module.split(".")
        for length in range(min(len(parts), 3), 0, -1):
            owners = self._environment.modules.get(".".join(parts[:length]), ())
            if owners and (length > 1 or len(owners) == 1 or len(parts) == 1):
                return owners[0]
        owners = self._environment.modules.get(parts[0], ())
        return owners[0] if len(owners) == 1 else ""

    def owner_of_file(self, path: Path) -> str:
        module = self.module_of(path)
        return self.owner(module) if module else ""

    def is_here(self, path: Path) -> bool:
        return path.is_relative_to(self._site)

    def module_of(self, path: Path) -> str:
        """The dotted name of a file of the environment, a stub's as that of what it describes."""
        if not path.is_relative_to(self._site):
            return ""
        parts = list(path.relative_to(self._site).with_suffix("").parts)
        parts[0] = parts[0].removesuffix("-stubs")
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    def is_stub(self, path: Path) -> bool:
        return path.suffix == ".pyi"

    def is_typed(self, package: str) -> bool:
        return package in self._environment.typed

    def top(self) -> frozenset[str]:
        return frozenset(name.partition(".")[0] for name in self._environment.modules)

    def file_of(self, module: str, *, stub: bool = False) -> Path | None:
        base = self._site.joinpath(*module.split("."))
        ends = (".pyi", ".py") if stub else (".py", ".pyi")
        for end in ends:
            for one in (base / f"__init__{end}", base.with_name(base.name + end)):
                if one.is_file():
                    return one
        return None

    def source(self, module: str) -> ast.Module | None:
        """The tree of a module's own source; None where it has none that is Python."""
        path = self.file_of(module)
        return self.tree(path) if path is not None and path.suffix == ".py" else None

    def is_namespace(self, module: str) -> bool:
        """Whether it is a folder without a file of its own, which several packages may share."""
        return self._site.joinpath(*module.split(".")).is_dir() and self.file_of(module) is None

    def is_binary(self, module: str) -> bool:
        base = self._site.joinpath(*module.split("."))
        return any(base.parent.glob(f"{base.name}.*.so")) or any(base.parent.glob(f"{base.name}*.pyd"))

    def is_registering(self, module: str) -> bool:
        """Whether a module, or one above it, puts modules into `sys.modules` itself: what lies below it nobody can list."""
        while module:
            tree = self.source(module)
            if tree is not None and any(map(is_entered, ast.walk(tree))):
                return True
            module = module.rpartition(".")[0]
        return False

    def members(self, module: str) -> Members:
        """What a module really has at run time."""
        return self._members.of(module)

    # --- words ------------------------------------------------------------------------------------------------------

    def has_word(self, package: str, word: str) -> bool:
        """Whether the word occurs anywhere in the package's own source or binaries."""
        return self._search(package, word, "word", re.compile(rb"\b" + re.escape(word.encode()) + rb"\b"))

    def has_definition(self, package: str, word: str) -> bool:
        """Whether it occurs as something that is given a meaning: defined, assigned, named in quotes, or in a binary."""
        one = re.escape(word.encode())
        return self._search(
            package,
            word,
            "definition",
            re.compile(
                rb"\b(?:def|class)\s+"
                + one
                + rb"\b|(?:^|[\s.(,])"
                + one
                + rb"\s*(?::[^=\n(]+)?=(?!=)|['\"]"
                + one
                + rb"['\"]|\bas\s+"
                + one
                + rb"\b|"
                rb"\bimport\b[^\n]*\b" + one + rb"\b|^\s+" + one + rb",?\s*$|^\s+" + one + rb"\s*:",
                re.M,
            ),
        )

    def has_field(self, package: str, word: str) -> bool:
        """Whether a class of the package declares it, with a type."""
        return self._search(package, word, "field", re.compile(rb"^    " + re.escape(word.encode()) + rb": ", re.M))

    def has_method(self, package: str, word: str) -> bool:
        return self._search(package, word, "method", re.compile(rb"\bdef " + re.escape(word.encode()) + rb"\("))

    def matches(self, package: str, word: str, pattern: re.Pattern[bytes]) -> bool:
        """Whether a file of the package that has the word has this."""
        return self._search(package, word, pattern.pattern.decode(), pattern)

    def is_below(self, package: str, owner: str, word: str) -> bool:
        """Whether a class of the package below one so named has the word, however far: what is declared as one may be the other."""
        return self._told((package, word, f"below {owner}"), lambda: self._descent.has(package, owner, word))

    def _search(self, package: str, word: str, kind: str, pattern: re.Pattern[bytes]) -> bool:
        return self._told(
            (package, word, kind), lambda: any(self._in_file(path, word, pattern) for path in self._files(package))
        )

    def _told(self, key: tuple[str, str, str], answer: Callable[[], bool]) -> bool:
        """An answer that is kept."""
        if key not in self._answers:
            self._answers[key] = answer()
            while len(self._answers) > KEPT_ANSWERS:
                self._answers.popitem(last=False)
        return self._answers[key]

    def _in_file(self, path: Path, word: str, pattern: re.Pattern[bytes]) -> bool:
        try:
            content = path.read_bytes()
        except OSError:
            return True  # nobody can say that it is not there
        if word.encode() not in content:
            return False
        if path.suffix != ".py":
            pattern = re.compile(rb"(?<![A-Za-z0-9_])" + re.escape(word.encode()) + rb"(?![A-Za-z0-9_])")
        return bool(pattern.search(content))

    def _files(self, package: str) -> Iterator[Path]:
        searched = 0
        for module, owners in self._environment.modules.items():
            if package not in owners:
                continue
            base = self._site.joinpath(*module.split("."))
            for path in base.rglob("*") if base.is_dir() else base.parent.glob(base.name + ".*"):
                if path.suffix in (".py", ".so", ".pyd", ".json") and path.is_file():
                    searched += path.stat().st_size
                    if searched > MOST_SEARCHED_BYTES:
                        return
                    yield path

    # --- trees ------------------------------------------------------------------------------------------------------

    def tree(self, path: Path) -> ast.Module | None:
        """The least recently read go first."""
        if path in self._trees:
            self._trees.move_to_end(path)
            return self._trees[path][0]
        try:
            text = path.read_text("utf-8", "replace") if path.stat().st_size < MOST_SOURCE_BYTES else None
        except OSError:
            text = None
        tree, text = parsed(text) if text is not None else None, text or ""
        self._trees[path] = (tree, len(text))
        self._held_bytes += len(text)
        while self._held_bytes > KEPT_TREE_BYTES and len(self._trees) > 1:
            _, (_, size) = self._trees.popitem(last=False)
            self._held_bytes -= size
        return tree

    def definition_at(self, path: Path, line: int) -> Definition | None:
        """What is defined at this line, from 0."""
        tree = self.tree(path)
        return defined_at(tree.body, line + 1) if tree else None

    def beside_stub(
        self, path: Path, name: str, within: str = ""
    ) -> ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | None:
        """The real definition of what a stub declares: of this name, in a class of that one."""
        module = self.module_of(path)
        real = self.file_of(module) if module else None
        if real is None or real.suffix != ".py":
            return None
        tree = self.tree(real)
        for node in ast.walk(tree) if tree else ():
            if isinstance(node, ast.ClassDef) and within and node.name == within:
                return next(
                    (
                        one
                        for one in node.body
                        if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef) and one.name == name
                    ),
                    None,
                )
            if (
                not within
                and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
                and node.name == name
            ):
                return node
        return None

    def exports(self, module: str) -> dict[str, str]:
        """The public names of a module, by what they are: "class", "def", "module" or "name". What modules take in of each other by `*`
        comes after their own, the nearest first; then the modules beside them."""
        if module not in self._exports:
            found: dict[str, str] = {}
            waiting, seen = [module], [module]
            for one in waiting:  # grows while it is gone through
                own, taken = self._own_exports(one)
                found = {**{name: kind for name, kind in own.items() if one == module or name[:1] != "_"}, **found}
                waiting += [each for each in dict.fromkeys(taken) if each not in seen and len(seen) < MOST_TAKEN]
                seen += waiting[len(seen) :]
            self._exports[module] = {**{name: "module" for one in seen for name in self._modules_in(one)}, **found}
        return self._exports[module]

    def _own_exports(self, module: str) -> tuple[dict[str, str], list[str]]:
        """What a module's file says by itself, and the modules that it takes in."""
        path = self.file_of(module, stub=True)
        tree = self.tree(path) if path else None
        found = dict(_exported(tree.body)) if tree else {}
        if tree is None or path is None or not found.pop("*", None):
            return found, []
        return found, [*starred(module if path.name.startswith("__init__") else module.rpartition(".")[0], tree)]

    def _modules_in(self, module: str) -> Iterator[str]:
        path = self.file_of(module, stub=True)
        for one in path.parent.iterdir() if path is not None and path.name.startswith("__init__") else ():
            name = one.name.partition(".")[0]
            if not name.startswith("_") and (one.suffix in (".py", ".pyi", ".so") or (one / "__init__.py").exists()):
                yield name


def defined_at(body: Iterable[ast.stmt], line: int) -> Definition | None:
    """Only statements that reach over the line are looked into: a file may have thousands."""
    for one in body:
        if isinstance(one, Definition) and one.lineno == line:
            return one
        if one.lineno <= line <= (one.end_lineno or one.lineno):
            bodies = [getattr(one, name, ()) for name in ("body", "orelse", "finalbody")]
            bodies += [each.body for name in ("handlers", "cases") for each in getattr(one, name, ())]
            return next((found for each in bodies if (found := defined_at(each, line))), None)
    return None


def _exported(body: Sequence[ast.stmt]) -> Iterator[tuple[str, str]]:
    for node in body:
        match node:
            case ast.ClassDef(name=name):
                yield name, "class"
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name, "def"
            case ast.ImportFrom(names=names, module=module, level=level):
                for alias in names:
                    own = level or (module or "").count(".")
                    yield (
                        alias.asname or alias.name,
                        "def" if own and not alias.name[:1].isupper() else "class" if own else "name",
                    )
            case ast.Assign(targets=targets):
                for target in targets:
                    if isinstance(target, ast.Name):
                        yield target.id, "name"
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield name, "name"
            case ast.If(body=inner, orelse=other) | ast.Try(body=inner, orelse=other):
                yield from _exported(inner)
                yield from _exported(other)
            case _:
                continue
