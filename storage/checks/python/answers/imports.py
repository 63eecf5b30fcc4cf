"""Where each import of a block comes from: the standard library, the environment, the team's tree, the answer itself, or nowhere."""

from __future__ import annotations

import ast
import difflib
import re
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.capabilities.checks.python import deprecations, wording
from bot.capabilities.checks.python.known import FAMILIES, OWN, package_of
from bot.capabilities.checks.verdicts import Finding
from bot.capabilities.team_code.secret_files import is_secret
from storage.checks.python.answers import own
from storage.checks.python.library.library import Library, near

PATHLESS = ("__future__", "__main__")
YOURS = re.compile(r"(?:^|[._])your_", re.I)
"""In a module's name that stands for whatever the reader calls it."""

UNSURE = "is neither in the lock nor known here: it may be code of your own"

TOOL_NAMES = """
    pytest pytest-asyncio pytest-mock hypothesis freezegun time-machine respx responses factory-boy faker moto mypy coverage
    testcontainers mock vcr nox tox ipython locust polyfactory dirty-equals fakeredis mongomock
"""
TOOLS = frozenset(TOOL_NAMES.split())
"""What tests are written with: a lock of what runs need not have it."""


@dataclass(slots=True)
class Imports:
    """`used` are packages that the block stands on, `unresolved` what could not be looked at, each with the reason."""

    used: set[str] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)
    unresolved: dict[str, str] = field(default_factory=dict)
    assumed: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    modules: list[str] = field(default_factory=list)
    declared: frozenset[int] = frozenset()  # lines below `if TYPE_CHECKING`, where nothing runs
    is_own_used: bool = False
    is_standard_used: bool = False

    def reasons(self) -> tuple[str, ...]:
        """What could not be looked at, each cause once: `no wheel for a, b`; what is the index's own fault without names."""
        causes: dict[str, list[str]] = {}
        for said in self.unresolved.values():
            cause, _, name = said.partition(" for ")
            causes.setdefault(cause, []).append(name)
        return tuple(
            cause
            if "index" in cause and "wheel" not in cause
            else f"{cause} for {', '.join(names)}"
            if all(names)
            else cause
            for cause, names in causes.items()
        )


@dataclass(frozen=True, slots=True)
class Ground:
    """What imports are held against. `imported` tells whether the team's own code imports a module, by its first name."""

    library: Library
    tree: Path | None
    roots: Collection[str]
    direct: frozenset[str] | None
    written: Collection[str]
    names: Collection[str]
    pinned: Mapping[str, str]
    imported: Callable[[str], bool] = lambda top: False


def read(root: ast.Module, lines: range, unresolved: Mapping[int, str], ground: Ground) -> Imports:
    """The imports on these lines of the tree."""
    typing = [one for one in ast.walk(root) if isinstance(one, ast.If) and "TYPE_CHECKING" in ast.unparse(one.test)]
    found = Imports(declared=frozenset(each.lineno for one in typing for each in one.body))
    for node in ast.walk(root):
        if not isinstance(node, ast.Import | ast.ImportFrom) or node.lineno not in lines:
            continue
        for module, names, line in _modules(node):
            _judge(found, module, names, line, unresolved, ground)
        if isinstance(node, ast.ImportFrom) and node.level and ground.tree is None:
            found.assumed.append("." * node.level + (node.module or ""))
    for module in _named_late(root, lines):
        if module not in ground.written and not (ground.tree is not None and _is_own(ground, module.partition(".")[0])):
            found.unresolved[module] = f"`{module}` is imported by its name while it runs, and was not looked at"
    return found


def _named_late(root: ast.Module, lines: range) -> Iterator[str]:
    """Modules that are imported by a text, `importlib.import_module("x")`: nobody knows what is asked of them."""
    for node in ast.walk(root):
        match node:
            case ast.Call(func=called, args=[ast.Constant(value=str(module)), *_]) if node.lineno in lines:
                name = ast.unparse(called).rpartition(".")[2]
                is_plain = module.partition(".")[0] not in (*sys.stdlib_module_names, "")
                if name in ("import_module", "__import__", "importorskip") and is_plain:
                    yield module
            case _:
                continue


def _modules(node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, list[str], int]]:
    if isinstance(node, ast.ImportFrom):
        if not node.level and node.module and node.module not in PATHLESS:
            yield node.module, [alias.name for alias in node.names], node.lineno
        return
    for alias in node.names:
        yield alias.name, [], alias.lineno


def _judge(
    found: Imports, module: str, names: list[str], line: int, unresolved: Mapping[int, str], ground: Ground
) -> None:
    top = module.partition(".")[0]
    library = ground.library
    if top == "plumbline_assumed":
        return
    is_missing = module in unresolved.values() and any(
        at <= line and said in (module, top) for at, said in unresolved.items()
    )
    if is_missing and YOURS.search(module):
        found.assumed.append(module)
        return
    if ground.tree is not None and _is_own(ground, top):
        found.is_own_used = True
        is_written = module in ground.written or set(names) <= set(ground.names)
        if is_missing and not is_written and not own.has_module(ground.tree, module):
            _own_missing(found, module, line, ground)
        elif is_missing:
            found.assumed.append(module)
        return
    if module in ground.written or (top in {one.partition(".")[0] for one in ground.written} and is_missing):
        found.assumed.append(module)
        return
    if is_missing and top in library.top() and ground.tree is not None and own.has_module(ground.tree, module):
        found.assumed.append(module)  # the team's own, which bears the name of a package
        return
    if top in library.top():
        found.modules.append(module)
        package = library.owner(module) or library.owner(top)
        if package:
            found.used.add(package)
            if ground.direct and package not in ground.direct and package not in library.environment.assumed:
                found.warnings.append(_transitive(package, library))
        if is_missing:
            _module_missing(found, module, package, line, library)
        elif names and library.is_namespace(module):
            _of_namespace(found, module, names, line, library)
        elif package:
            _answered_for(found, module, names, package, line, ground)
        elif not package and len(library.environment.modules.get(top, ())) > 1:
            found.used |= set(library.environment.modules[top][:1])
        return
    if top in sys.stdlib_module_names or (not is_missing and top not in ground.written):
        _standard(found, module, is_missing, line, library)
        return
    _nowhere(found, module, line, ground)


def _is_own(ground: Ground, top: str) -> bool:
    places = [ground.tree / root / top for root in ground.roots] if ground.tree is not None else []
    is_there = any(one.is_dir() or one.with_suffix(".py").is_file() for one in places)
    return is_there and top not in ground.library.top()


def _own_missing(found: Imports, module: str, line: int, ground: Ground) -> None:
    """A module of the team's package that is not there: a slip, where one of nearly this name is."""
    parent, _, name = module.rpartition(".")
    if ground.tree is None:
        return
    path = module.replace(".", "/")
    if is_secret(f"{path}.py") or is_secret(f"{path}/__init__.py"):
        found.unresolved[module] = f"`{module}` has a name that files with secrets bear, and was not looked at"
        return
    siblings: set[str] = set()
    for root in ground.roots:
        folder = ground.tree / root / Path(*parent.split(".")) if parent else ground.tree / root
        if folder.is_dir():
            siblings |= {one.stem for one in folder.iterdir() if one.suffix == ".py" or one.is_dir()}
    if guess := near(name, siblings):
        wanted = f"{parent}.{guess}" if parent else guess
        found.findings.append(
            Finding(line - 1, "import", f"there is no module `{module}` in your repository; did you mean `{wanted}`?")
        )
    else:
        lacking = [one for one in own.above(module) if not _is_there(one, ground)]
        said = f"package `{lacking[-1]}`" if lacking else f"module `{module}`"
        found.findings.append(Finding(line - 1, "import", f"there is no {said} in your repository"))


def _is_there(module: str, ground: Ground) -> bool:
    """Whether the team's tree has a package, or the answer writes one."""
    places = [ground.tree / root / Path(*module.split(".")) for root in ground.roots] if ground.tree else []
    return any(one.is_dir() or one.with_suffix(".py").is_file() for one in places) or module in ground.written


def _module_missing(found: Imports, module: str, package: str, line: int, library: Library) -> None:
    if library.file_of(module) is not None or any(
        library.environment.site.joinpath(*module.split(".")[:-1]).glob(module.rpartition(".")[2] + ".*.so")
    ):
        return
    top = module.partition(".")[0]
    is_shared = len(library.environment.modules.get(top, ())) > 1 or library.is_namespace(top)
    if is_shared and not library.owner(module):
        package = ""
    if not package:
        _lacking(found, module, line, library)
        return
    parent, _, name = module.rpartition(".")
    if library.is_registering(parent):
        return
    guess = near(name, [one for one, kind in library.exports(parent).items() if kind == "module"]) if parent else ""
    said = f"there is no module `{module}` in {library.where(package) or package}"
    said += f"; did you mean `{parent}.{guess}`?" if guess else ""
    found.findings.append(library.told(line - 1, "import", said, package))


def _of_namespace(found: Imports, module: str, names: list[str], line: int, library: Library) -> None:
    """What a folder that several packages share has of one of them: `from google.cloud import bigquery`."""
    for name in names:
        inner = f"{module}.{name}"
        if library.file_of(inner) or library.is_namespace(inner) or library.is_binary(inner):
            if owner := library.owner(inner):
                found.used.add(owner)
            continue
        top = module.partition(".")[0].lower()
        lacking = [one for one in library.environment.missing if one.partition("-")[0] == top]
        if lacking:
            found.unresolved |= {one: f"{library.environment.missing[one]} for {one}" for one in lacking}
        else:
            found.findings.append(Finding(line - 1, "package", f"`{inner}` is not in your lock", package_of(inner)))


def _answered_for(found: Imports, module: str, names: list[str], package: str, line: int, ground: Ground) -> None:
    """Names that a module does not have at run time, whatever is declared of it, or whatever it answers for."""
    library = ground.library
    members = library.members(module)
    if members.is_open or members.is_any or line in found.declared:
        return
    for name in names:
        if (
            name != "*"
            and not name.startswith("__")
            and name not in members.names
            and not library.file_of(f"{module}.{name}")
            and not (ground.tree is not None and own.has_module(ground.tree, module))
        ):
            said = wording.imported(name, module, library.where(package), near(name, library.exports(module)))
            found.findings.append(library.told(line - 1, "import", said, package))


def _lacking(found: Imports, module: str, line: int, library: Library) -> None:
    package = package_of(module)
    name = package or module
    if package in library.environment.missing:
        found.unresolved[package] = f"{library.environment.missing[package]} for {package}"
    else:
        found.findings.append(Finding(line - 1, "package", f"`{name}` is not in your lock", package))


def _standard(found: Imports, module: str, is_missing: bool, line: int, library: Library) -> None:
    top = module.partition(".")[0]
    found.is_standard_used |= not is_missing and top in sys.stdlib_module_names
    python = tuple(int(part) for part in library.environment.python.split("."))
    if is_missing:
        said = f"Python {library.environment.python} has no module `{module}`"
        guess = near(module, sys.stdlib_module_names) if "." not in module else ""
        said += f"; did you mean `{guess}`?" if guess else ""
        found.findings.append(Finding(line - 1, "import", said, "python", library.environment.python))
    elif (since := deprecations.RETIRED_MODULES.get(top)) and python >= since:
        said = wording.deprecated(top, "Python 3.12 and 3.13 no longer have it", f"Python {library.environment.python}")
        found.findings.append(Finding(line - 1, "deprecated", said, "python", library.environment.python))


def _nowhere(found: Imports, module: str, line: int, ground: Ground) -> None:
    library = ground.library
    top = module.partition(".")[0]
    package = package_of(module)
    missing = library.environment.missing
    absent = {*missing, *(one for one in ground.pinned if one not in library.environment.versions)}
    for name in dict.fromkeys((package, top.replace("_", "-").lower(), top.lower(), *_likely(top, absent))):
        if name and name in missing:
            found.unresolved[name] = f"{missing[name]} for {name}"
            return
        if name and name in ground.pinned and name not in library.environment.versions:
            found.unresolved[name] = f"{name} was left out"
            return
    if package in TOOLS and ground.pinned:
        found.unresolved[package] = f"{package} is not in the lock"
        return
    if ground.imported(top):
        found.unresolved[top] = f"`{top}` is not in the lock, though your code imports it, and was not looked at"
        return
    if package:
        if ground.tree is None and not ground.pinned:
            found.unresolved[package] = f"{package} was not looked at"
            return
        found.findings.append(Finding(line - 1, "package", f"`{package}` is not in your lock", package))
        return
    if ground.tree is not None and own.has_module(ground.tree, top):
        found.assumed.append(module)
        return
    tops = sorted(library.top() | ({"numpy", "pandas"} & library.top()))
    alike = difflib.get_close_matches(top, tops, n=1, cutoff=0.82) if top not in OWN else []
    guess = next((one for one in alike if not one.startswith("_")), "")
    if guess:
        said = f"there is no `{top}` in your lock; did you mean `{guess}`?"
        found.findings.append(Finding(line - 1, "package", said, ""))
    elif top.startswith(FAMILIES) and top not in OWN:
        said = f"`{top}` is not in your lock, and no module of yours that is known here"
        found.findings.append(Finding(line - 1, "package", said))
    elif ground.tree is not None and ground.pinned:
        found.findings.append(Finding(line - 1, "package", f"`{top}` is neither in your lock nor in your repository"))
    elif top in OWN:
        found.assumed.append(module)
    else:
        found.unresolved[top] = f"`{top}` {UNSURE}"


def _likely(top: str, packages: Collection[str]) -> Iterator[str]:
    """Packages that a module of this name may well be of, whatever else they are called: `nats` of nats-py."""
    word = top.lower().replace("_", "-")
    for package in packages:
        if re.sub(r"^(?:python|py)-|^py|(?:-?(?:python|py|sdk|client))+$", "", package) == word or (
            set(re.findall(r"[a-z]{3,}", word))
            & set(package.split("-")) - {"python", "sdk", "client", "django", "flask"}
        ):
            yield package


def _transitive(package: str, library: Library) -> str:
    asking = sorted(name for name, needs in library.environment.requires.items() if package in needs)
    why = f", only because {asking[0]} needs it" if asking else ""
    return f"{package} is in your lock{why}; it is better named there by yourselves"
